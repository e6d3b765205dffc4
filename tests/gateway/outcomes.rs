//! What became of writes that bear a key, asked without them.

use std::time::Duration;

use http::{Method, Request};
use http_body_util::Full;

use crate::keyed::{CREATE, CUSTOMERS, SENT, SOUGHT, create, keyed, lost, world, world_within};
use crate::support::{Answer, Plan, Wire, World, failure, hangs, with, xml};
use crate::translated::{CUSTOMER, shipped_by};

const OUTCOME: &str = "/v1/outcomes/k-1?operation=createCustomer";

fn asked(method: Method, path: &str) -> Request<Full<bytes::Bytes>> {
    let request = Request::builder().method(method).uri(path);
    request
        .header("host", "gateway")
        .body(Full::default())
        .unwrap()
}

async fn tell(world: &World) -> Answer {
    world.call(asked(Method::GET, OUTCOME)).await
}

async fn settle(world: &World) -> Answer {
    world.call(asked(Method::POST, OUTCOME)).await
}

#[tokio::test]
async fn an_answered_write_is_told_as_it_was_answered() {
    let saved = include_str!("../../mappings/blubilling/cases/createCustomer/saved/native.xml");
    let (world, _folder) = world([xml(200, saved)]);
    assert_eq!(tell(&world).await.problem(), (404, "not-found".to_owned()));
    let created = create(&world).await;
    for told in [tell(&world).await, settle(&world).await] {
        assert_eq!(told.status, 200, "{}", told.text);
        assert_eq!(told.header("cache-control"), "no-store");
        let outcome = told.json();
        assert_eq!(outcome["operation"], "createCustomer");
        assert_eq!(outcome["upstream"], "blue");
        assert_eq!(outcome["state"], "answered");
        assert_eq!(outcome["answer"]["status"], 201);
        assert_eq!(outcome["answer"]["location"], created.header("location"));
        // Byte for byte.
        assert!(told.text.contains(&created.text), "{}", told.text);
    }
    assert_eq!(world.wire.sent(), [SENT]);
}

#[tokio::test]
async fn a_refused_write_is_told_with_its_problem() {
    let (world, _folder) = world([xml(400, "<error/>")]);
    let refused = create(&world).await;
    let outcome = tell(&world).await.json();
    assert_eq!(outcome["answer"]["status"], refused.status.as_u16());
    assert_eq!(outcome["answer"]["body"]["code"], refused.json()["code"]);
}

#[tokio::test]
async fn an_unknown_write_is_told_by_get_and_settled_by_post() {
    let (world, _folder) = world([lost(), xml(404, "<none/>"), xml(200, CUSTOMER)]);
    create(&world).await;
    for unknown in [tell(&world).await, settle(&world).await, tell(&world).await] {
        assert_eq!(unknown.json()["state"], "unknown", "{}", unknown.text);
        let seconds: u32 = unknown.header("retry-after").parse().unwrap();
        assert!((1..=20).contains(&seconds), "{seconds}");
    }
    let settled = settle(&world).await.json();
    assert_eq!(settled["state"], "answered");
    assert_eq!(settled["answer"]["status"], 201);
    assert_eq!(settled["answer"]["body"]["id"], "blue:340");
    assert_eq!(settled["answer"]["location"], "/v1/customers/blue:340");
    assert_eq!(tell(&world).await.json(), settled);
    // The write itself is answered by it, too.
    let again = create(&world).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.json()["id"], "blue:340");
    assert_eq!(world.wire.sent(), [SENT, SOUGHT, SOUGHT]);
}

#[tokio::test]
async fn what_is_not_there_when_nothing_can_land_was_not_done() {
    let nothing = std::iter::repeat_with(|| xml(404, "<none/>")).take(10_000);
    let script = std::iter::once(lost()).chain(nothing);
    let (world, _folder) = world_within(Duration::from_millis(300), script);
    create(&world).await;
    let mut tries = 0;
    let outcome = loop {
        let outcome = settle(&world).await.json();
        if outcome["state"] != "unknown" {
            break outcome;
        }
        tries += 1;
        assert!(tries < 10_000, "never settled");
    };
    assert_eq!(outcome["state"], "not-done");
    assert!(tries > 1, "settled at once");
    // Nothing was sent again, and nothing is known of the key any more.
    assert_eq!(
        world
            .wire
            .sent()
            .iter()
            .filter(|line| *line == SENT)
            .count(),
        1
    );
    assert_eq!(tell(&world).await.problem(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn a_write_that_runs_is_told_so() {
    let (world, _folder) = world([hangs()]);
    let mut gateway = world.gateway.clone();
    let call = keyed("POST", CUSTOMERS, CREATE, "k-1");
    let running = tokio::spawn(async move { tower::Service::call(&mut gateway, call).await });
    while world.wire.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    let told = settle(&world).await;
    assert_eq!(told.json()["state"], "in-flight");
    assert_eq!(told.header("retry-after"), "1");
    running.abort();
}

#[tokio::test]
async fn what_was_not_sent_is_not_known() {
    use interlingua::upstream::{FailureKind, Sent};
    let (world, _folder) = world([failure(FailureKind::Unreachable, Sent::NotSent)]);
    create(&world).await;
    assert_eq!(tell(&world).await.problem(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn abuse_21_an_outcome_is_told_to_its_caller_alone() {
    let (world, _folder) = world([lost()]);
    create(&world).await;
    let stranger = with(
        asked(Method::GET, OUTCOME),
        "interlingua-caller",
        r#"kind=agent, id="a17""#,
    );
    let refused = world.call(stranger).await;
    assert_eq!(refused.problem(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn a_question_names_an_operation_and_a_journal_is_there() {
    let (world, _folder) = world([]);
    for path in ["/v1/outcomes/k-1", "/v1/outcomes/k-1?operation=pay"] {
        let refused = world.call(asked(Method::GET, path)).await;
        assert_eq!(refused.problem(), (400, "malformed".to_owned()));
        assert_eq!(refused.json()["errors"][0]["parameter"], "operation");
    }
    let refused = world.call(asked(Method::PUT, OUTCOME)).await;
    assert_eq!(refused.header("allow"), "GET, HEAD, POST");
    let without = shipped_by(Plan {
        wire: Wire::answering([]),
        ..Plan::default()
    });
    let refused = tell(&without).await;
    assert_eq!(refused.problem(), (422, "not-supported-here".to_owned()));
}
