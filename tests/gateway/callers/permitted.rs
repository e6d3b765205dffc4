//! What a caller may do: its upstreams and its operations.

use interlingua::config::{KnownCaller, Permitted};
use interlingua::gateway::CallbackDoor;
use interlingua::gateway::callers::Callers;
use serde_json::json;

use super::{THING, bearing, keyed, world};
use crate::support::{Fake, Plan, Wire, World, answer, get, json, request, with};

async fn status(world: &World, key: &str, method: &str, path: &str, body: &str) -> u16 {
    let call = match body {
        "" => request(method, path, &[], ""),
        body => json(method, path, body),
    };
    let answer = world.call(bearing(call, key)).await;
    if answer.status == 403 {
        assert_eq!(answer.problem().1, "forbidden");
        assert_eq!(answer.header("www-authenticate"), "");
    }
    answer.status.as_u16()
}

#[tokio::test]
async fn a_caller_calls_what_it_may() {
    let id = || Permitted::Operation("createCustomer".to_owned());
    for (operations, expected) in [
        (None, [200, 200, 201]),
        (Some(vec![Permitted::Reads]), [200, 200, 403]),
        (Some(vec![Permitted::Writes]), [403, 403, 201]),
        (Some(vec![id()]), [403, 403, 201]),
        (Some(vec![id(), Permitted::Reads]), [200, 200, 201]),
        (Some(Vec::new()), [403, 403, 403]),
    ] {
        let (key, shop) = keyed("shop");
        let shop = KnownCaller { operations, ..shop };
        let world = world(vec![shop], None);
        let told = [
            status(&world, &key, "GET", THING, "").await,
            status(
                &world,
                &key,
                "POST",
                "/v1/customers/search",
                r#"{"text":"ann"}"#,
            )
            .await,
            status(
                &world,
                &key,
                "POST",
                "/v1/customers",
                r#"{"name":{"full":"Ann"}}"#,
            )
            .await,
        ];
        assert_eq!(told, expected);
        let sent = expected.iter().filter(|status| **status < 300).count();
        assert_eq!(world.wire.sent().len(), sent);
    }
}

/// Two upstreams that offer everything, and a caller that may use the second.
fn limited() -> (World, String) {
    let (key, shop) = keyed("shop");
    let shop = KnownCaller {
        upstreams: Some(vec!["beta".to_owned()]),
        ..shop
    };
    let plan = Plan {
        beta: Fake::default(),
        wire: Wire::answering((0..8).map(|_| answer("[]"))),
        callers: Some(Callers::new(vec![shop], None)),
        ..Plan::default()
    };
    (plan.build(), key)
}

#[tokio::test]
async fn a_caller_uses_the_upstreams_that_it_may() {
    let (world, key) = limited();
    assert_eq!(
        status(&world, &key, "GET", "/v1/customers/beta:1", "").await,
        200
    );
    assert_eq!(status(&world, &key, "GET", THING, "").await, 403);
    // `json` names `alpha`.
    let search = r#"{"text":"ann"}"#;
    assert_eq!(
        status(&world, &key, "POST", "/v1/customers/search", search).await,
        403
    );
    for (named, expected) in [("beta", 200), ("alpha,beta", 403), ("*", 200)] {
        let call = with(get("/v1/customers"), "interlingua-upstream", named);
        let answer = world.call(bearing(call, &key)).await;
        assert_eq!(answer.status, expected, "{named}: {}", answer.text);
        if named == "*" {
            let asked = &answer.json()["upstreams"];
            assert_eq!(asked.as_array().unwrap().len(), 1, "{asked}");
            assert_eq!(asked[0]["name"], "beta");
        }
    }
}

#[tokio::test]
async fn a_caller_is_told_of_the_upstreams_that_it_may_use() {
    let (world, key) = limited();
    let listing = world.call(bearing(get("/v1/upstreams"), &key)).await;
    let items = listing.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 1, "{items}");
    assert_eq!(items[0]["name"], "beta");
    assert_eq!(
        status(&world, &key, "GET", "/v1/upstreams/beta", "").await,
        200
    );
    assert_eq!(
        status(&world, &key, "GET", "/v1/upstreams/alpha", "").await,
        403
    );
    let unnamed = world.call(bearing(get("/v1/customers"), &key)).await;
    assert_eq!(unnamed.problem(), (400, "upstream-required".to_owned()));
    assert_eq!(unnamed.json()["offeredBy"], json!(["beta"]));
}

#[tokio::test]
async fn upstreams_that_send_callbacks_are_no_callers() {
    let (_, shop) = keyed("shop");
    let plan = Plan {
        callers: Some(Callers::new(vec![shop], None)),
        events: None,
        door: Some(CallbackDoor {
            header: http::HeaderName::from_static("x-key"),
            secret: "a secret".to_owned().into(),
            from: Vec::new(),
        }),
        ..Plan::default()
    };
    let world = plan.build();
    let call = request("POST", "/v1/callbacks/alpha", &[("x-key", "a secret")], "");
    // Nobody is there to take it, but it was let in.
    assert_eq!(world.call(call).await.problem().0, 404);
}
