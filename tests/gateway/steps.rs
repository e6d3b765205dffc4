//! Operations of several calls: what a caller is told when all goes well, and when a part of it does not.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use interlingua::gateway::UpstreamSetup;
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::{Settings, Upstream};
use interlingua::upstream::{FailureKind, Sent};

use crate::support::{Answer, Plan, Scripted, Wire, World, failure, json, with};

static HARBOR: LazyLock<Arc<Upstream>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = std::collections::BTreeMap::new();
    let mut add = |folder: &str, name: &str| {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = format!("{name}/{}", path.file_name().unwrap().to_str().unwrap());
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    };
    add("schemas/canonical", "schemas/canonical");
    add("tests/fixtures/steps/schemas/native", "schemas/native");
    add("tests/fixtures/steps/mappings/harbor", "mappings/harbor");
    let catalog = Catalog::load(files).0;
    Arc::new(Upstream::compile(&catalog, "harbor", "harbor", &Settings::new(), None).unwrap())
});

pub(crate) fn world(script: impl IntoIterator<Item = Scripted>) -> World {
    let plan = Plan {
        wire: Wire::answering(script),
        ..Plan::default()
    };
    plan.build_with(|client| {
        vec![UpstreamSetup::new(
            Arc::clone(&HARBOR),
            client,
            serde_json::Value::Null,
        )]
    })
}

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const TAGGED: &[(&str, &str)] = &[("content-type", "application/json"), ("etag", "\"v2\"")];

pub(crate) fn says(status: u16, body: &str) -> Scripted {
    Scripted::Answer(status, JSON, body.to_owned())
}

fn tagged(status: u16, body: &str) -> Scripted {
    Scripted::Answer(status, TAGGED, body.to_owned())
}

const NEW: &str = r#"{"name":{"full":"Ann"},"addresses":[{"use":"shipping","line1":"1 Quay"}]}"#;
const STUB: &str = r#"{"id":"9","label":"Ann"}"#;
const WHOLE: &str = r#"{"id":"9","label":"Ann","berth":{"id":"b1","street":"1 Quay"}}"#;
const REFUSAL: &str = r#"{"reason":"1 Quay is taken","number":"E7"}"#;

async fn create(world: &World, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = with(
        json("POST", "/v1/customers", NEW),
        "interlingua-upstream",
        "harbor",
    );
    for (name, value) in headers {
        request = with(request, name, value);
    }
    world.call(request).await
}

async fn update(world: &World, body: &str) -> Answer {
    world
        .call(json("PATCH", "/v1/customers/harbor:9", body))
        .await
}

#[tokio::test]
async fn all_calls_make_one_answer() {
    let world = world([
        says(201, STUB),
        says(201, r#"{"id":"b1"}"#),
        tagged(200, WHOLE),
    ]);

    let answer = create(&world, &[]).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(
        world.wire.sent(),
        ["POST /clients", "POST /clients/9/berths", "GET /clients/9"]
    );
    assert_eq!(world.wire.headers("accept"), ["application/json"; 3]);
    let customer = answer.json();
    assert_eq!(customer["addresses"][0]["line1"], "1 Quay");
    assert_eq!(
        customer["warnings"],
        serde_json::Value::Null,
        "{}",
        answer.text
    );
    assert_eq!(answer.header("location"), "/v1/customers/harbor:9");
    assert_eq!(answer.header("etag"), "\"v2\"");
}

const KEYED: &[&[(&str, &str)]] = &[&[("idempotency-key", "k1")], &[]];

/// The keys under which the upstream knows repetitions, no two of them alike.
fn distinct(world: &World) -> Vec<String> {
    let keys = world.wire.headers("x-once");
    let several: std::collections::BTreeSet<&String> = keys.iter().collect();
    assert_eq!(several.len(), keys.len(), "{keys:?}");
    keys
}

#[tokio::test]
async fn each_request_has_a_key_of_its_own() {
    for headers in KEYED {
        let world = world([says(201, STUB), says(201, "{}"), says(200, WHOLE)]);

        create(&world, headers).await;

        assert_eq!(distinct(&world).len(), 3);
    }
}

#[tokio::test]
async fn what_is_read_before_and_after_a_change_has_not_the_key_of_the_change() {
    let mut changes = Vec::new();
    for headers in [KEYED[0], KEYED[0], KEYED[1]] {
        let world = world([says(200, WHOLE), says(200, STUB), says(200, WHOLE)]);
        let request = json("PATCH", "/v1/customers/harbor:9", r#"{"status":"active"}"#);
        let request = headers.iter().fold(
            with(request, "interlingua-caller", "kind=agent"),
            |request, (name, value)| with(request, name, value),
        );

        let answer = world.call(request).await;

        assert_eq!(answer.status, 200, "{}", answer.text);
        let expected = ["GET /clients/9", "PATCH /clients/9", "GET /clients/9"];
        assert_eq!(world.wire.sent(), expected);
        changes.push(distinct(&world)[1].clone());
    }
    // The caller's key makes the change one and the same, and nothing but it does.
    assert_eq!(changes[0], changes[1]);
    assert_ne!(changes[0], changes[2]);
}

#[tokio::test]
async fn a_failure_that_warns_is_told_beside_the_answer() {
    let world = world([says(201, STUB), says(422, REFUSAL), says(200, STUB)]);

    let answer = create(&world, &[]).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    let customer = answer.json();
    let warning = &customer["warnings"][0];
    assert_eq!(warning["code"], "not-done");
    assert_eq!(warning["pointer"], "/addresses/0");
    assert_eq!(
        warning["detail"],
        "The step `berth` failed (invalid-input): its part of the call was not done."
    );
    assert_eq!(customer["id"], "harbor:9");
    let problem = &warning["problem"];
    assert_eq!(
        (&problem["code"], &problem["outcome"], &problem["retryable"]),
        (&"invalid-input".into(), &"answered".into(), &false.into())
    );
    // The upstream's words without the caller's.
    assert_eq!(
        problem["upstream"],
        serde_json::json!({ "name": "harbor", "status": 422, "code": "E7", "message": "[redacted] is taken" })
    );
}

#[tokio::test]
async fn only_a_refusal_says_that_a_part_was_not_done() {
    for (status, said, word) in [
        (503, REFUSAL, "may-not-be-done"),
        (500, "", "may-not-be-done"),
        (201, "<html>", "may-not-be-done"),
        (201, r#"{"zip":7}"#, "may-not-be-done"),
        (302, "", "not-done"),
        (404, "", "not-done"),
        (424, REFUSAL, "not-done"),
        (429, REFUSAL, "not-done"),
    ] {
        let world = world([says(201, STUB), says(status, said), says(200, STUB)]);

        let answer = create(&world, &[]).await;

        assert_eq!(answer.status, 201, "{status} {}", answer.text);
        let warning = &answer.json()["warnings"][0];
        assert_eq!(warning["code"], word, "{status} {said}");
        assert_eq!(warning["problem"]["upstream"]["status"], status);
    }
}

#[tokio::test]
async fn an_unknown_outcome_of_a_part_is_not_told_as_a_failure() {
    let lost = failure(FailureKind::FirstByteTimeout, Sent::MaybeSent);
    let world = world([says(201, STUB), lost, says(200, STUB)]);

    let answer = create(&world, &[]).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["warnings"][0]["code"], "may-not-be-done");
}

#[tokio::test]
async fn nothing_follows_a_first_call_that_failed() {
    let world = world([says(422, REFUSAL)]);

    let answer = create(&world, &[]).await;

    assert_eq!(answer.problem(), (422, "invalid-input".to_owned()));
    assert_eq!(answer.json()["done"], serde_json::Value::Null);
    assert_eq!(world.wire.sent(), ["POST /clients"]);
}

#[tokio::test]
async fn an_answer_without_what_the_next_call_needs_leaves_that_undone() {
    let world = world([says(201, r#"{"label":"Ann"}"#), says(200, STUB)]);

    let answer = create(&world, &[]).await;

    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.json()["warnings"][0]["code"], "not-done");
}

const CHANGE: &str = r#"{"email":"a@b.example","addresses":[{"use":"shipping","line1":"2 Quay"}]}"#;

#[tokio::test]
async fn a_failure_that_fails_lists_what_was_done() {
    let world = world([says(200, WHOLE), says(200, STUB), says(503, REFUSAL)]);

    let answer = update(&world, CHANGE).await;

    assert_eq!(
        answer.problem(),
        (502, "upstream-error".to_owned()),
        "{}",
        answer.text
    );
    let problem = answer.json();
    assert_eq!(
        problem["done"],
        serde_json::json!([{ "step": "update", "id": "harbor:9" }])
    );
    assert_eq!(
        (&problem["outcome"], &problem["retryable"]),
        (&"answered".into(), &false.into())
    );
    assert!(!answer.text.contains("1 Quay"), "{}", answer.text);
    assert_eq!(
        world.wire.sent(),
        [
            "GET /clients/9",
            "PATCH /clients/9",
            "PATCH /clients/9/berths/b1"
        ]
    );
}

#[tokio::test]
async fn what_was_never_sent_after_something_was_done_is_not_told_as_nothing() {
    let refused = failure(FailureKind::Unreachable, Sent::NotSent);
    let world = world([says(200, WHOLE), says(200, STUB), refused]);

    let problem = update(&world, CHANGE).await.json();

    assert_eq!(problem["code"], "upstream-unreachable");
    assert_eq!(problem["outcome"], "answered");
    assert_eq!(problem["retryable"], false);
}

#[tokio::test]
async fn a_part_changed_alone_is_answered_by_a_read() {
    let changed = WHOLE.replace("1 Quay", "2 Quay");
    let world = world([says(200, WHOLE), says(200, "{}"), tagged(200, &changed)]);
    let body = r#"{"addresses":[{"use":"shipping","line1":"2 Quay"}]}"#;

    let answer = update(&world, body).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["addresses"][0]["line1"], "2 Quay");
    assert_eq!(answer.header("etag"), "\"v2\"");
    assert_eq!(
        world.wire.sent(),
        [
            "GET /clients/9",
            "PATCH /clients/9/berths/b1",
            "GET /clients/9"
        ]
    );
}

#[tokio::test]
async fn a_patch_that_says_nothing_is_answered_by_what_is() {
    let world = world([tagged(200, WHOLE)]);

    let answer = update(&world, "{}").await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["name"]["full"], "Ann");
    assert_eq!(world.wire.sent(), ["GET /clients/9"]);
}

#[tokio::test]
async fn a_condition_holds_of_a_patch_that_says_nothing_too() {
    for (tag, status) in [("\"v1\"", 412), ("\"v2\"", 200), ("*", 200)] {
        let world = world([tagged(200, WHOLE)]);

        let answer = world.call(conditional("{}", tag)).await;

        assert_eq!(answer.status, status, "{tag} {}", answer.text);
        assert_eq!(world.wire.sent(), ["GET /clients/9"]);
    }
}

#[tokio::test]
async fn strict_handling_counts_all_calls_together() {
    let refused = world([]);
    let strict = [("prefer", "handling=strict")];
    let whole = world([says(201, STUB), says(201, "{}"), says(200, WHOLE)]);

    assert_eq!(create(&whole, &strict).await.status, 201);

    let body = r#"{"addresses":[{"use":"shipping","line1":"1","line2":"x"}]}"#;
    let request = with(
        json("POST", "/v1/customers", body),
        "interlingua-upstream",
        "harbor",
    );
    let answer = refused
        .call(with(request, "prefer", "handling=strict"))
        .await;
    assert_eq!(answer.problem(), (422, "would-lose".to_owned()));
    assert_eq!(answer.json()["errors"][0]["pointer"], "/addresses/0/line2");
    assert_eq!(refused.wire.sent(), Vec::<String>::new());
}

fn conditional(body: &str, tag: &str) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    with(
        json("PATCH", "/v1/customers/harbor:9", body),
        "if-match",
        tag,
    )
}

#[tokio::test]
async fn the_upstreams_tag_comes_and_goes_as_it_is() {
    let world = world([
        Scripted::Answer(200, WEAK, WHOLE.to_owned()),
        says(200, STUB),
        says(200, WHOLE),
    ]);
    let tag = world
        .get("/v1/customers/harbor:9")
        .await
        .header("etag")
        .to_owned();
    assert_eq!(tag, "W/\"v2\"");

    let answer = world
        .call(conditional(r#"{"email":"a@b.example"}"#, &tag))
        .await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(world.wire.headers("if-match"), [tag]);
    assert_eq!(
        world.wire.sent()[1..],
        ["PATCH /clients/9", "GET /clients/9"]
    );
}

const WEAK: &[(&str, &str)] = &[("content-type", "application/json"), ("etag", "W/\"v2\"")];

#[tokio::test]
async fn the_upstreams_refusals_of_a_condition_and_of_a_place_are_told_apart() {
    for (status, expected) in [
        (412, (412, "precondition-failed")),
        (404, (404, "not-found")),
        (410, (410, "gone")),
        (424, (502, "upstream-config")),
        (409, (422, "declined")),
    ] {
        let world = world([says(status, REFUSAL)]);

        let answer = world
            .call(conditional(r#"{"email":"a@b.example"}"#, "\"v1\""))
            .await;

        let (code, name) = expected;
        assert_eq!(answer.problem(), (code, name.to_owned()), "{status}");
        assert_eq!(answer.json()["outcome"], "answered");
        assert_eq!(answer.json()["upstream"]["status"], status);
        assert_eq!(world.wire.sent(), ["PATCH /clients/9"], "{status}");
    }
}

#[tokio::test]
async fn a_condition_that_no_request_carries_is_checked_before() {
    let part = r#"{"addresses":[{"use":"shipping","line1":"2 Quay"}]}"#;
    let stale = world([tagged(200, WHOLE)]);

    let answer = stale.call(conditional(part, "\"v1\"")).await;

    assert_eq!(answer.problem(), (412, "precondition-failed".to_owned()));
    assert_eq!(answer.json()["outcome"], "not-sent");
    assert_eq!(stale.wire.sent(), ["GET /clients/9"]);

    let fresh = world([tagged(200, WHOLE), says(200, "{}"), says(200, WHOLE)]);
    assert_eq!(fresh.call(conditional(part, "\"v2\"")).await.status, 200);
    assert_eq!(fresh.wire.headers("if-match"), Vec::<String>::new());
}

#[tokio::test]
async fn a_first_call_that_carries_the_condition_guards_the_later_ones() {
    let world = world([tagged(200, WHOLE), says(412, "")]);

    let answer = world.call(conditional(CHANGE, "\"v1\"")).await;

    assert_eq!(answer.problem(), (412, "precondition-failed".to_owned()));
    assert_eq!(world.wire.sent(), ["GET /clients/9", "PATCH /clients/9"]);
    assert_eq!(world.wire.headers("if-match"), ["\"v1\""]);
}
