//! Answers of calls that succeed.

use std::collections::HashSet;

use interlingua::gateway::translate::{Answered, Outcome, Page, Warning};

use crate::complaints;
use crate::support::{Fake, Plan, Wire, World, answer, get, json, lost, outcome, request, with};

const CUSTOMER: &str = r#"{"id":"alpha:341","email":"ann@example.com"}"#;

#[tokio::test]
async fn a_resource_is_answered_byte_for_byte() {
    let world = World::answering([answer(CUSTOMER)]);

    let answer = world.get("/v1/customers/alpha:341").await;

    assert_eq!(
        (answer.status.as_u16(), answer.text.as_str()),
        (200, CUSTOMER)
    );
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-request-id"), "r1");
    assert_eq!(world.wire.sent(), ["POST /base/getCustomer"]);
}

#[tokio::test]
async fn what_is_sent_is_the_translations_and_nothing_of_the_callers() {
    let world = World::answering([answer(CUSTOMER)]);
    let mut call = get("/v1/customers/alpha:341");
    for name in [
        "authorization",
        "cookie",
        "x-forwarded-for",
        "idempotency-key",
    ] {
        call = with(call, name, "callers");
    }

    world.call(call).await;

    let headers = world.wire.last().headers().clone();
    let names: HashSet<_> = headers
        .keys()
        .map(|name| name.as_str().to_owned())
        .collect();
    assert_eq!(
        names,
        HashSet::from(["accept", "content-type", "x-fake"].map(str::to_owned))
    );
    assert_eq!(headers["accept"], "text/xml");
}

#[tokio::test]
async fn ids_are_taken_apart_and_decoded_once() {
    for (path, inputs) in [
        ("/v1/customers/alpha:341", [("id", "341")]),
        ("/v1/customers/alpha:ref:bj444", [("reference", "bj444")]),
        (
            "/v1/customers/alpha:ref:a%2Fb%2525",
            [("reference", "a/b%25")],
        ),
        ("/v1/customers/alpha%3Aid%3Aref:1", [("id", "ref:1")]),
    ] {
        let world = World::answering([answer(CUSTOMER)]);
        assert_eq!(world.get(path).await.status, 200, "{path}");
        assert_eq!(world.alpha.seen()[0].inputs(), inputs, "{path}");
    }
}

#[tokio::test]
async fn inputs_of_path_and_query_reach_the_translation() {
    let world = World::answering([answer("[]"), answer("{}")]);
    let path = "/v1/customers?status=active&createdFrom=2026-01-01T00:00:00%2B01:00&limit=20";
    world
        .call(with(get(path), "interlingua-upstream", "alpha"))
        .await;
    world.get("/v1/customers/alpha:1/contacts/billing").await;

    let seen = world.alpha.seen();
    assert_eq!(
        seen[0].inputs(),
        [
            ("status", "active"),
            ("createdFrom", "2026-01-01T00:00:00+01:00")
        ]
    );
    assert_eq!((seen[0].limit, &seen[0].cursor), (Some(20), &None));
    assert_eq!(seen[1].inputs(), [("id", "1"), ("role", "billing")]);
}

#[tokio::test]
async fn a_list_is_items_and_page() {
    let page = Page {
        next: Some("offset=2".to_owned()),
        more: Some(true),
        total: Some(7),
    };
    let list = Outcome {
        page,
        ..outcome(r#"[{"id":"alpha:1"},{"id":"alpha:2"}]"#)
    };
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(list))),
        ..Plan::default()
    };
    let world = plan.build();
    let path = "/v1/customers?limit=2&status=active";

    let first = world
        .call(with(get(path), "interlingua-upstream", "alpha"))
        .await;

    let document = first.json();
    assert_eq!(document["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&document["page"]["more"], &document["page"]["total"]),
        (&true.into(), &7.into())
    );
    let cursor = document["page"]["next"].as_str().unwrap();
    let next = format!("/v1/customers?limit=2&status=active&cursor={cursor}");
    assert_eq!(first.header("link"), format!("<{next}>; rel=\"next\""));

    world
        .call(with(get(&next), "interlingua-upstream", "alpha"))
        .await;
    assert_eq!(world.alpha.seen()[1].cursor.as_deref(), Some("offset=2"));
}

#[tokio::test]
async fn a_search_goes_on_by_the_cursor_among_its_criteria() {
    let list = Outcome {
        page: Page {
            next: Some("offset=2".to_owned()),
            ..Page::default()
        },
        ..outcome(r#"[{"id":"alpha:1"}]"#)
    };
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(list))),
        ..Plan::default()
    };
    let world = plan.build();
    let search = |body: &str| json("POST", "/v1/customers/search", body);

    let first = world.call(search(r#"{"text":"Jo"}"#)).await;
    let cursor = first.json()["page"]["next"].as_str().unwrap().to_owned();
    let next = format!(r#"{{"text":"Jo","cursor":"{cursor}"}}"#);
    assert_eq!(world.call(search(&next)).await.status, 200);

    assert_eq!(world.alpha.seen()[1].cursor.as_deref(), Some("offset=2"));
}

#[tokio::test]
async fn a_created_resource_says_where_it_is() {
    let made = Outcome {
        id: Some("alpha:ref:a/b c".to_owned()),
        ..outcome(CUSTOMER)
    };
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(made))),
        ..Plan::default()
    };
    let world = plan.build();

    let answer = world
        .call(json("POST", "/v1/customers", r#"{"email":"a@b.example"}"#))
        .await;

    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.header("location"),
        "/v1/customers/alpha:ref:a%2Fb%20c"
    );
    assert_eq!(answer.text, CUSTOMER);
}

#[tokio::test]
async fn a_created_part_is_where_it_is_read() {
    let world = World::answering([answer("{}")]);
    let answer = world
        .call(json("POST", "/v1/customers/alpha:1/payment-plan", "{}"))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (201, "/v1/customers/alpha:1/payment-plan")
    );
}

#[tokio::test]
async fn what_has_no_answer_is_204() {
    let world = World::answering([answer("")]);
    let answer = world
        .call(request("DELETE", "/v1/customers/alpha:1", &[], ""))
        .await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), "");
}

#[tokio::test]
async fn a_minimal_answer_has_no_representation_and_no_read_after_the_change() {
    let index = crate::support::CATALOG.operation("getCustomer").unwrap().0;
    let stub = Outcome {
        then: Some((index, vec![("id".to_owned(), "1".to_owned())])),
        id: Some("alpha:1".to_owned()),
        ..Outcome::default()
    };
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(stub))),
        ..Plan::default()
    };
    let world = plan.build();

    let create = json("POST", "/v1/customers", "{}");
    let answer = world.call(with(create, "prefer", "return=minimal")).await;

    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (201, ""));
    assert_eq!(answer.header("preference-applied"), "return=minimal");
    assert_eq!(answer.header("location"), "/v1/customers/alpha:1");
    assert_eq!(world.wire.sent(), ["POST /base/createCustomer"]);

    let patch = json("PATCH", "/v1/customers/alpha:1", "{}");
    let answer = world.call(with(patch, "prefer", "return=minimal")).await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn warnings_of_the_upstream_stand_beside_the_resource() {
    let warned = Outcome {
        warnings: vec![Warning {
            code: "saved-with-warning".to_owned(),
            detail: Some("No street for ann@example.com, card 4111 1111 1111 1111".to_owned()),
            pointer: None,
        }],
        ..outcome(r#"{"id":"alpha:1"}"#)
    };
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(warned))),
        ..Plan::default()
    };

    let create = json("POST", "/v1/customers", r#"{"email":"ann@example.com"}"#);
    let answer = plan.build().call(create).await;

    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.text,
        r#"{"id":"alpha:1","warnings":[{"code":"saved-with-warning","detail":"No street for [redacted], card [redacted]"}]}"#
    );
}

#[tokio::test]
async fn lenient_losses_are_warnings_and_are_counted() {
    let plan = Plan {
        alpha: Fake::losing(vec![lost("no-place", "/contacts/0/email")]),
        wire: Wire::answering([answer("")]),
        ..Plan::default()
    };
    let world = plan.build();

    let answer = world
        .call(json("PATCH", "/v1/customers/alpha:1", "{}"))
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text,
        r#"{"warnings":[{"code":"no-place","detail":"The upstream has no place for this value.","pointer":"/contacts/0/email"}]}"#
    );
    let metrics = world.metrics.encode().unwrap();
    assert!(metrics.contains(r#"interlingua_losses_total{code="no-place",mapping="alpha",place="contacts[].email",upstream="alpha"} 1"#));
}

#[tokio::test]
async fn the_read_after_a_change_is_the_answer() {
    let (read, _) = crate::support::CATALOG.operation("getCustomer").unwrap();
    let alpha = Fake {
        on_answer: Box::new(move |seen, answer| {
            let body = std::str::from_utf8(answer.body).unwrap();
            Answered::Outcome(Box::new(if seen.operation == "createCustomer" {
                Outcome {
                    id: Some("alpha:7".to_owned()),
                    then: Some((read, vec![("id".to_owned(), "7".to_owned())])),
                    ..Outcome::default()
                }
            } else {
                outcome(body)
            }))
        }),
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        wire: Wire::answering([answer("made"), answer(CUSTOMER)]),
        ..Plan::default()
    };
    let world = plan.build();

    let answer = world.call(json("POST", "/v1/customers", "{}")).await;

    assert_eq!(
        (answer.status.as_u16(), answer.text.as_str()),
        (201, CUSTOMER)
    );
    assert_eq!(answer.header("location"), "/v1/customers/alpha:7");
    assert_eq!(
        world.wire.sent(),
        ["POST /base/createCustomer", "POST /base/getCustomer"]
    );
    assert_eq!(world.alpha.seen()[1].inputs(), [("id", "7")]);
}

#[tokio::test]
async fn a_change_that_cannot_be_read_back_is_still_made() {
    let (read, _) = crate::support::CATALOG.operation("getCustomer").unwrap();
    let stub = Outcome {
        id: Some("alpha:7".to_owned()),
        then: Some((read, vec![("id".to_owned(), "7".to_owned())])),
        ..Outcome::default()
    };
    let down = crate::support::failure(
        interlingua::upstream::FailureKind::Unreachable,
        interlingua::upstream::Sent::NotSent,
    );
    let plan = Plan {
        alpha: Fake::meaning(Answered::Outcome(Box::new(stub))),
        wire: Wire::answering([answer(""), down]),
        ..Plan::default()
    };

    let answer = plan.build().call(json("POST", "/v1/customers", "{}")).await;

    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["warnings"][0]["code"], "not-read-back");
}

#[tokio::test]
async fn the_base_is_read_first_and_given_to_the_translation() {
    let alpha = Fake {
        bases: vec![("updateContact", "getCustomer")],
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        wire: Wire::answering([answer(CUSTOMER), answer("{}")]),
        ..Plan::default()
    };
    let world = plan.build();
    let patch = json(
        "PATCH",
        "/v1/customers/alpha:ref:x/contacts/billing",
        r#"{"email":"b@c.example"}"#,
    );

    let answer = world.call(patch).await;

    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, "{}"));
    let seen = world.alpha.seen();
    assert_eq!(seen[0].operation, "getCustomer");
    assert_eq!(
        (seen[0].inputs(), &seen[0].body),
        (vec![("reference", "x")], &None)
    );
    assert_eq!(seen[1].base.as_deref(), Some(CUSTOMER));
    assert_eq!(seen[1].inputs(), [("reference", "x"), ("role", "billing")]);
    assert_eq!(seen[1].body.as_deref(), Some(r#"{"email":"b@c.example"}"#));
}

#[tokio::test]
async fn the_caller_is_told_to_the_translation_and_numbers_are_used_once() {
    let world = World::answering([]);
    let call = || {
        with(
            get("/v1/customers/alpha:1"),
            "interlingua-caller",
            "kind=agent, id=\"a17\"",
        )
    };
    world.call(call()).await;
    world.get("/v1/customers/alpha:1").await;

    let seen = world.alpha.seen();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(seen[0].caller, (text("agent"), text("a17")));
    assert_eq!(seen[1].caller, (text("system"), None));
    assert_ne!(seen[0].nonce, seen[1].nonce);
}

/// What an answer holds beside the model, and what of it does not fit, is counted by declared names alone; a text that is
/// no address is found out by its rule, a number in its place by the schema.
#[tokio::test]
async fn what_an_answer_loses_is_counted_at_its_places() {
    for mail in ["\"nobody\"", "5"] {
        let native = format!(
            r#"{{"id":"9","label":"Ann","mail":{mail},"hull":"red","berth":{{"id":"b1","depth":4}},"hers":{{"a":1,"b":[2,3]}}}}"#
        );
        let world = crate::steps::world([crate::steps::says(200, &native)]);

        let answer = world.get("/v1/customers/harbor:9").await;

        assert_eq!(answer.status, 200, "{}", answer.text);
        let metrics = world.metrics.encode().unwrap();
        for (code, place, count) in [("invalid", "mail", 1), ("no-place", "elsewhere", 5)] {
            let counted = format!(
                r#"interlingua_losses_total{{code="{code}",mapping="harbor",place="{place}",upstream="harbor"}} {count}"#
            );
            assert!(metrics.contains(&counted), "{mail}: {counted} {metrics}");
        }
        assert!(!metrics.contains("hers"), "{metrics}");
    }
}

/// A place has the name that the schema gives it; one that nobody declared, or that stands in what nobody reads, has none.
#[tokio::test]
async fn residue_of_an_answer_is_counted_at_its_places() {
    let native = r#"{"id":"5","url":"/c/5","customer_accounts":{"list":[],"url":"/c/5/a","total_results_count":"0"},"payments":{"list":["p1"]},"planted":"x"}"#;
    let world = complaints::world("ebpp", &[(200, complaints::JSON, native)]);

    let get = complaints::asked("ebpp", "GET", "/v1/customers/ebpp:5", "");
    let answer = world.call(get).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let metrics = world.metrics.encode().unwrap();
    for (place, count) in [
        ("url", 1),
        ("customer_accounts.url", 1),
        ("customer_accounts.total_results_count", 1),
        ("elsewhere", 2),
    ] {
        let counted = format!(
            r#"interlingua_losses_total{{code="no-place",mapping="ebpp",place="{place}",upstream="ebpp"}} {count}"#
        );
        assert!(metrics.contains(&counted), "{counted} {metrics}");
    }
    assert!(!metrics.contains("planted"), "{metrics}");
}
