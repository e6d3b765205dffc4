//! Entity tags and the conditions on them.

use interlingua::gateway::translate::{Answered, Outcome};

use crate::support::{Fake, Plan, Wire, World, answer, get, json, outcome, request, with};

const CUSTOMER: &str = r#"{"id":"alpha:1"}"#;

async fn tag(world: &World) -> String {
    world
        .get("/v1/customers/alpha:1")
        .await
        .header("etag")
        .to_owned()
}

#[tokio::test]
async fn what_can_be_changed_is_tagged_by_its_bytes() {
    let world = World::answering([answer(CUSTOMER), answer(CUSTOMER), answer("{}")]);
    let first = tag(&world).await;
    assert_eq!(first.len(), 34);
    assert_eq!(first, tag(&world).await);
    assert_ne!(first, tag(&world).await);
}

#[tokio::test]
async fn what_nobody_can_change_here_has_no_tag() {
    let plan = Plan {
        alpha: Fake::offering(&["getCustomer"]),
        wire: Wire::answering([answer(CUSTOMER)]),
        ..Plan::default()
    };
    assert_eq!(tag(&plan.build()).await, "");
}

#[tokio::test]
async fn the_upstreams_own_tag_goes_before() {
    let tagged = Outcome {
        etag: Some("W/\"v7\"".to_owned()),
        ..outcome(CUSTOMER)
    };
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(tagged))),
        ..Plan::default()
    };
    assert_eq!(tag(&plan.build()).await, "W/\"v7\"");
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again() {
    let world = World::answering([answer(CUSTOMER), answer(CUSTOMER)]);
    let tag = tag(&world).await;
    let again = with(
        get("/v1/customers/alpha:1"),
        "if-none-match",
        &format!("\"x\", W/{tag}"),
    );

    let answer = world.call(again).await;

    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (304, ""));
    assert_eq!(answer.header("etag"), tag);
}

fn changing(base: Option<&'static str>, answers: usize) -> World {
    let alpha = Fake {
        bases: base
            .map(|base| ("updateCustomer", base))
            .into_iter()
            .collect(),
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        wire: Wire::answering((0..answers).map(|_| answer(CUSTOMER))),
        ..Plan::default()
    };
    plan.build()
}

fn patch(tag: &str) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    with(
        json("PATCH", "/v1/customers/alpha:1", "{}"),
        "if-match",
        tag,
    )
}

#[tokio::test]
async fn a_change_is_checked_against_the_base_just_read() {
    let world = changing(Some("getCustomer"), 9);
    let tag = tag(&world).await;

    assert_eq!(world.call(patch(&tag)).await.status, 200);
    assert_eq!(world.call(patch("*")).await.status, 200);
    let stale = world.call(patch("\"stale\"")).await;

    assert_eq!(stale.problem(), (412, "precondition-failed".to_owned()));
    assert_eq!(stale.json()["outcome"], "not-sent");
    let sent = world.wire.sent();
    assert_eq!(sent.last().unwrap(), "POST /base/getCustomer");
    assert_eq!(sent.len(), 1 + 2 + 2 + 1);
}

#[tokio::test]
async fn without_a_base_the_resource_is_read_for_the_check_alone() {
    let world = changing(None, 9);
    let tag = tag(&world).await;
    assert_eq!(world.call(patch(&tag)).await.status, 200);
    assert_eq!(world.call(patch("\"stale\"")).await.status, 412);
    assert_eq!(
        world.wire.sent()[1..],
        [
            "POST /base/getCustomer",
            "POST /base/updateCustomer",
            "POST /base/getCustomer"
        ]
    );
}

#[tokio::test]
async fn a_base_of_another_resource_is_not_what_is_checked() {
    let alpha = Fake {
        bases: vec![("updateContact", "getCustomer")],
        ..Fake::default()
    };
    let contact = r#"{"role":"billing"}"#;
    let plan = Plan {
        alpha,
        wire: Wire::answering([
            answer(contact),
            answer(CUSTOMER),
            answer(contact),
            answer(contact),
        ]),
        ..Plan::default()
    };
    let world = plan.build();
    let path = "/v1/customers/alpha:1/contacts/billing";
    let tag = world.get(path).await.header("etag").to_owned();

    let answer = world
        .call(with(json("PATCH", path, "{}"), "if-match", &tag))
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        world.wire.sent()[1..],
        [
            "POST /base/getCustomer",
            "POST /base/getContact",
            "POST /base/updateContact"
        ]
    );
}

#[tokio::test]
async fn an_upstream_with_versions_checks_itself() {
    let alpha = Fake {
        tells_versions: true,
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        ..Plan::default()
    };
    let world = plan.build();
    assert_eq!(world.call(patch("\"v7\"")).await.status, 204);
    assert_eq!(world.wire.sent(), ["POST /base/updateCustomer"]);
    assert_eq!(world.alpha.seen()[0].if_match.as_deref(), Some("\"v7\""));
}

#[tokio::test]
async fn a_condition_that_cannot_be_checked_is_refused() {
    let plan = Plan {
        alpha: Fake::offering(&["deleteCustomer"]),
        ..Plan::default()
    };
    let world = plan.build();
    let delete = request(
        "DELETE",
        "/v1/customers/alpha:1",
        &[("if-match", "\"a\"")],
        "",
    );
    assert_eq!(
        world.call(delete).await.problem(),
        (422, "not-supported-here".to_owned())
    );
    assert_eq!(world.wire.sent(), Vec::<String>::new());
}
