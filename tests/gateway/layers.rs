//! The layers around the core.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use interlingua::config::Limits;
use interlingua::gateway::translate::Answered;
use tower::Service;

use crate::support::{Fake, Plan, Wire, World, answer, get, json, request, with};

/// What becomes of a request: hangs for ever.
fn hanging() -> Wire {
    Wire::answering(std::iter::repeat_with(crate::support::hangs).take(9))
}

#[tokio::test]
async fn every_answer_bears_the_id_of_its_call() {
    let world = World::answering([]);
    assert_eq!(world.get("/v1/nothing").await.header("x-request-id"), "r1");

    let malformed = with(get("/v1/nothing"), "x-request-id", "not well formed");
    let answer = world.call(malformed).await;
    let made = answer.header("x-request-id");
    assert_eq!(made.len(), 36, "{made}");
    assert_eq!(answer.json()["requestId"], made);
}

#[tokio::test]
async fn every_call_is_counted_by_operation_and_upstream() {
    let world = World::answering([answer("{}")]);
    world.get("/v1/customers/alpha:1").await;
    world.get("/v1/customers/gamma:1").await;
    world.get("/v1/nothing").await;

    let metrics = world.metrics.encode().unwrap();
    for line in [
        r#"interlingua_requests_total{operation="getCustomer",outcome="ok",sent="none",status="2xx",upstream="alpha"} 1"#,
        r#"interlingua_requests_total{operation="getCustomer",outcome="refused",sent="not-sent",status="4xx",upstream="none"} 1"#,
        r#"interlingua_requests_total{operation="none",outcome="refused",sent="not-sent",status="4xx",upstream="none"} 1"#,
        r#"interlingua_problems_total{code="not-found",operation="getCustomer",upstream="none"} 1"#,
        r#"interlingua_upstream_calls_total{operation="getCustomer",outcome="2xx",upstream="alpha"} 1"#,
        r#"interlingua_translation_seconds_count{direction="to-native",operation="getCustomer",upstream="alpha"} 1"#,
        r#"interlingua_translation_seconds_count{direction="to-canonical",operation="getCustomer",upstream="alpha"} 1"#,
        "interlingua_requests_in_flight 0",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn a_panic_is_a_500_of_its_own_call_only() {
    let alpha = Fake {
        on_answer: Box::new(|seen, answer| {
            assert_ne!(seen.operation, "listPaymentMethods", "SECRET");
            let body = std::str::from_utf8(answer.body).unwrap();
            Answered::Outcome(Box::new(crate::support::outcome(body)))
        }),
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        wire: Wire::answering([answer("[]"), answer("{}")]),
        ..Plan::default()
    };
    let world = plan.build();

    let fallen = world.get("/v1/customers/alpha:1/payment-methods").await;

    assert_eq!(fallen.problem(), (500, "internal".to_owned()));
    assert_eq!(fallen.json()["outcome"], "answered");
    assert!(!fallen.text.contains("SECRET"));
    assert_eq!(world.get("/v1/customers/alpha:1").await.status, 200);
    assert!(
        world
            .metrics
            .encode()
            .unwrap()
            .contains("interlingua_panics_total 1")
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline_and_says_what_left() {
    let plan = Plan {
        wire: hanging(),
        deadline: Duration::from_secs(3),
        ..Plan::default()
    };
    let world = plan.build();
    let started = tokio::time::Instant::now();

    let read = world.get("/v1/customers/alpha:1").await;
    assert_eq!(read.problem(), (504, "upstream-timeout".to_owned()));
    assert_eq!(started.elapsed().as_secs(), 3);
    assert_eq!(
        (&read.json()["outcome"], &read.json()["retryable"]),
        (&"unknown".into(), &true.into())
    );

    let change = world
        .call(json("PATCH", "/v1/customers/alpha:1", "{}"))
        .await;
    assert_eq!(
        (&change.json()["outcome"], &change.json()["retryable"]),
        (&"unknown".into(), &false.into())
    );
}

#[tokio::test(start_paused = true)]
async fn a_deadline_before_the_change_is_not_sent() {
    let alpha = Fake {
        bases: vec![("updateCustomer", "getCustomer")],
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        wire: hanging(),
        ..Plan::default()
    };
    let answer = plan
        .build()
        .call(json("PATCH", "/v1/customers/alpha:1", "{}"))
        .await;
    assert_eq!(
        (&answer.json()["outcome"], &answer.json()["retryable"]),
        (&"not-sent".into(), &true.into())
    );
}

/// A body in parts that never ends, or ends with an error.
struct Parts {
    parts: Vec<&'static str>,
    end: Option<&'static str>,
}

impl Body for Parts {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match (self.parts.pop(), self.end) {
            (Some(part), _) => {
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(part.as_bytes())))))
            }
            (None, Some("")) => Poll::Ready(None),
            (None, Some(error)) => Poll::Ready(Some(Err(error))),
            (None, None) => Poll::Pending,
        }
    }
}

async fn post(world: &World, parts: &[&'static str], end: Option<&'static str>) -> (u16, String) {
    let body = Parts {
        parts: parts.iter().rev().copied().collect(),
        end,
    };
    let (head, _) = json("POST", "/v1/customers", "").into_parts();
    let Ok(response) = world
        .gateway
        .clone()
        .call(Request::from_parts(head, body))
        .await;
    let status = response.status().as_u16();
    let text = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(text.to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_408() {
    let (status, text) = post(&World::answering([]), &["{"], None).await;
    assert_eq!(status, 408);
    assert!(text.contains(r#""code":"request-timeout""#), "{text}");
}

#[tokio::test]
async fn a_body_may_come_in_parts() {
    let world = World::answering([]);
    let (status, _) = post(
        &world,
        &[r#"{"ema"#, r#"il":"a@"#, r#"b.example"}"#],
        Some(""),
    )
    .await;
    assert_eq!(status, 201);
    assert_eq!(
        world.alpha.seen()[0].body.as_deref(),
        Some(r#"{"email":"a@b.example"}"#)
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400_and_one_that_grows_413() {
    let plan = Plan {
        limits: Limits {
            body: 8,
            ..Limits::default()
        },
        ..Plan::default()
    };
    let world = plan.build();
    let (status, text) = post(&world, &["{"], Some("reset")).await;
    assert_eq!((status, text.contains("reset")), (400, false));
    assert_eq!(post(&world, &["{      ", "     }"], Some("")).await.0, 413);
    let declared = request(
        "POST",
        "/v1/customers",
        &[("content-length", "9")],
        "123456789",
    );
    assert_eq!(
        world.call(declared).await.problem(),
        (413, "too-large".to_owned())
    );
}

#[tokio::test]
async fn calls_over_the_number_are_refused_at_once_and_turns_come_back() {
    let plan = Plan {
        wire: hanging(),
        limits: Limits {
            concurrency: 2,
            ..Limits::default()
        },
        ..Plan::default()
    };
    let world = plan.build();
    let mut cx = Context::from_waker(Waker::noop());
    let mut gateway = world.gateway.clone();
    let mut first = Box::pin(gateway.call(get("/v1/customers/alpha:1")));
    let mut second = pin!(gateway.call(get("/v1/customers/alpha:1")));
    assert!(
        first.as_mut().poll(&mut cx).is_pending() && second.as_mut().poll(&mut cx).is_pending()
    );

    let refused = world.get("/v1/customers/alpha:1").await;
    assert_eq!(refused.problem(), (503, "overloaded".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["outcome"], "not-sent");

    drop(first);
    let mut third = pin!(gateway.call(get("/v1/customers/alpha:1")));
    assert!(third.as_mut().poll(&mut cx).is_pending());
}
