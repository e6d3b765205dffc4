//! Machines: moves that a caller may not make are refused before anything is sent.

use crate::steps::{says, world};
use crate::support::{Answer, World, json, with};

const NOW: &str = r#"{"id":"9","label":"Ann","state":"A","boats":[{"id":"1","plate":"X1","state":"A"},{"id":"2","plate":"X2","state":"S"}]}"#;

async fn update(world: &World, caller: &str, body: &str) -> Answer {
    let request = json("PATCH", "/v1/customers/harbor:9", body);
    world
        .call(with(request, "interlingua-caller", caller))
        .await
}

fn accounts(states: &[(&str, &str)]) -> String {
    let items: Vec<String> = states
        .iter()
        .map(|(number, status)| format!(r#"{{"number":"X{number}","status":"{status}"}}"#))
        .collect();
    format!(r#"{{"accounts":[{}]}}"#, items.join(","))
}

#[tokio::test]
async fn a_move_of_another_kind_of_caller_is_forbidden() {
    for (caller, body, pointer) in [
        (
            "kind=customer",
            r#"{"status":"inactive"}"#.to_owned(),
            "/status",
        ),
        (
            "kind=system, id=\"s1\"",
            accounts(&[("2", "active"), ("1", "inactive")]),
            "/accounts/1/status",
        ),
    ] {
        let world = world([says(200, NOW)]);

        let answer = update(&world, caller, &body).await;

        assert_eq!(answer.problem(), (403, "forbidden".to_owned()), "{body}");
        let problem = answer.json();
        assert_eq!(problem["errors"][0]["pointer"], pointer);
        assert_eq!(problem["outcome"], "not-sent");
        assert_eq!(world.wire.sent(), ["GET /clients/9"]);
    }
}

#[tokio::test]
async fn an_illegal_move_tells_those_that_the_caller_may_make() {
    let gone = r#"{"status":"suspended"}"#.to_owned();
    for (caller, now, body, allowed) in [
        ("kind=customer", r#""state":"R""#, gone.clone(), &[][..]),
        (
            "kind=customer",
            r#""state":"A""#,
            accounts(&[("1", "in-collections")]),
            &[],
        ),
        (
            "kind=agent",
            r#""state":"A""#,
            accounts(&[("1", "in-collections")]),
            &["inactive"],
        ),
        (
            "kind=customer",
            r#""state":"A""#,
            accounts(&[("2", "in-collections")]),
            &["active"],
        ),
    ] {
        let now = NOW.replacen(r#""state":"A""#, now, 1);
        let world = world([says(200, &now)]);

        let answer = update(&world, caller, &body).await;

        assert_eq!(answer.problem(), (409, "illegal-move".to_owned()), "{body}");
        let found = answer.json()["allowed"].clone();
        let found: Vec<&str> = found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .collect();
        assert_eq!(found, allowed, "{caller} {body}");
        assert_eq!(world.wire.sent(), ["GET /clients/9"]);
    }
}

#[tokio::test]
async fn a_legal_move_is_sent() {
    for (caller, body) in [
        ("kind=agent", r#"{"status":"inactive"}"#.to_owned()),
        ("kind=customer", r#"{"status":"suspended"}"#.to_owned()),
        (
            "kind=agent",
            accounts(&[("1", "inactive"), ("2", "active")]),
        ),
        // One that is not there yet moves from nowhere.
        ("kind=customer", accounts(&[("7", "in-collections")])),
    ] {
        let world = world([says(200, NOW), says(200, NOW), says(200, NOW)]);

        let answer = update(&world, caller, &body).await;

        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(
            world.wire.sent(),
            ["GET /clients/9", "PATCH /clients/9", "GET /clients/9"]
        );
    }
}

#[tokio::test]
async fn who_calls_is_checked_wherever_a_move_begins() {
    for now in [r#""state":null"#, r#""other":"x""#] {
        let own = NOW.replacen(r#""state":"A""#, now, 1);
        let of_item = NOW.replacen(
            r#""plate":"X1","state":"A""#,
            &format!(r#""plate":"X1",{now}"#),
            1,
        );
        for (held, body) in [
            (&own, r#"{"status":"inactive"}"#.to_owned()),
            (&of_item, accounts(&[("1", "inactive"), ("2", "inactive")])),
        ] {
            let refused = world([says(200, held)]);
            let answer = update(&refused, "kind=customer", &body).await;
            assert_eq!(answer.problem(), (403, "forbidden".to_owned()), "{body}");
            assert_eq!(refused.wire.sent(), ["GET /clients/9"]);

            let sent = world([says(200, held), says(200, NOW), says(200, NOW)]);
            let answer = update(&sent, "kind=agent", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn an_item_that_stands_twice_asks_for_one_state() {
    let refused = world([says(200, NOW)]);

    let twice = accounts(&[("1", "active"), ("2", "inactive"), ("1", "inactive")]);
    let answer = update(&refused, "kind=agent", &twice).await;

    assert_eq!(answer.problem(), (422, "conflicting-input".to_owned()));
    assert_eq!(answer.json()["errors"][0]["pointer"], "/accounts/2/status");
    assert_eq!(refused.wire.sent(), ["GET /clients/9"]);
}

#[tokio::test]
async fn what_asks_for_no_state_reads_nothing_before() {
    let world = world([says(200, NOW), says(200, NOW)]);

    let answer = update(&world, "kind=customer", r#"{"email":"a@b.example"}"#).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(world.wire.sent()[0], "PATCH /clients/9");
}

#[tokio::test]
async fn items_are_told_apart_by_what_the_request_tells_them_apart_by() {
    // By its id it might go to `active`; what the upstream changes is the one of this number.
    let body = r#"{"accounts":[{"id":"harbor:2","number":"X1","status":"inactive"}]}"#;
    let world = world([says(200, NOW)]);

    let answer = update(&world, "kind=customer", body).await;

    assert_eq!(answer.problem(), (403, "forbidden".to_owned()));
}

#[tokio::test]
async fn a_cut_list_is_told_and_never_taken_for_the_whole() {
    let cut = NOW.replace(r#""boats":"#, r#""more-boats":true,"boats":"#);
    let shown = world([says(200, &cut)]);
    let answer = shown.get("/v1/customers/harbor:9").await.json();
    assert_eq!(answer["warnings"][0]["code"], "truncated");
    assert_eq!(
        answer["warnings"][0]["detail"],
        "The upstream shows only a part of `accounts`."
    );

    for body in [accounts(&[("1", "active")]), accounts(&[("9", "active")])] {
        let world = world([says(200, &cut)]);
        let answer = update(&world, "kind=agent", &body).await;
        assert_eq!(answer.problem(), (422, "truncated-base".to_owned()));
        assert_eq!(answer.json()["errors"][0]["pointer"], "/accounts");
        assert_eq!(world.wire.sent(), ["GET /clients/9"]);
    }

    // What the patch does not touch may be cut; what is whole may be written.
    let email = r#"{"email":"a@b.example"}"#;
    let untouched = world([says(200, &cut), says(200, &cut)]);
    assert_eq!(update(&untouched, "kind=agent", email).await.status, 200);
    let whole = cut.replace("true", "false");
    let written = world([says(200, &whole), says(200, NOW), says(200, NOW)]);
    let answer = update(&written, "kind=agent", &accounts(&[("1", "active")])).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["warnings"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_list_is_whole_only_where_its_flag_says_so_or_says_nothing() {
    for (flag, whole) in [
        (r#""more-boats":false"#, true),
        (r#""more-boats":"false""#, true),
        (r#""more-boats":"FALSE""#, true),
        (r#""more-boats":"0""#, true),
        (r#""more-boats":"none""#, true),
        (r#""more-boats":null"#, true),
        (r#""more-boats":"true""#, false),
        (r#""more-boats":"True""#, false),
        (r#""more-boats":"yes""#, false),
        (r#""more-boats":"""#, false),
        (r#""boats-cut":true"#, false),
    ] {
        let told = NOW.replace(r#""boats":"#, &format!(r#"{flag},"boats":"#));
        let shown = world([says(200, &told)]);
        let answer = shown.get("/v1/customers/harbor:9").await;
        assert_eq!(answer.status, 200, "{flag}: {}", answer.text);
        let warned = answer.json()["warnings"][0]["code"] == "truncated";
        assert_eq!(warned, !whole, "{flag}");

        let written = world([says(200, &told), says(200, NOW), says(200, NOW)]);
        let answer = update(&written, "kind=agent", &accounts(&[("1", "inactive")])).await;
        assert_eq!(answer.status, if whole { 200 } else { 422 }, "{flag}");
    }
}
