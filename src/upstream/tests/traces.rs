//! What an upstream is told of the trace of a call.

use http::HeaderValue;

use super::peer::{Peer, answer};
use super::*;
use crate::telemetry::trace::{TraceParent, Traces};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const STATE: &str = "rojo=00f067aa0ba902b7 , congo=t61rcWkgMzE";

fn client(port: u16, trace_context: bool) -> UpstreamClient {
    let conduct = Conduct {
        trace_context,
        ..Conduct::default()
    };
    let limits = Limits::default();
    UpstreamClient::new(to(port), &conduct, &limits, || Err(TlsFault::NoRoots)).unwrap()
}

fn outbound(headers: &[(&'static str, &'static str)], state: &'static str) -> Outbound {
    let mut request = Request::get("/x").body(Bytes::new()).unwrap();
    for (name, value) in headers {
        let value = HeaderValue::from_static(value);
        request.headers_mut().insert(*name, value);
    }
    Outbound {
        request,
        is_repeatable: true,
        trace: Some(Onward {
            call: Traces::default().join(TraceParent::read(PARENT)).unwrap(),
            state: Some(HeaderValue::from_static(state)),
            resends: 0,
        }),
    }
}

fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    let mut lines = request.lines().filter_map(|line| line.split_once(": "));
    lines
        .find(|(other, _)| *other == name)
        .map(|(_, value)| value)
}

#[tokio::test]
async fn each_attempt_is_a_span_of_its_own_in_the_callers_trace() {
    let peer = Peer::new(vec![vec![Vec::new()], vec![answer("two")]]).await;

    let call = client(peer.port, true).oneshot(outbound(&[], STATE));
    assert_eq!(call.await.unwrap().body(), "two");

    let was = TraceParent::read(PARENT).unwrap();
    let seen = peer.requests().await;
    let told: Vec<_> = seen
        .iter()
        .map(|request| {
            assert_eq!(header(request, "tracestate"), Some(STATE), "{request}");
            TraceParent::read(header(request, "traceparent").unwrap()).unwrap()
        })
        .collect();
    let [first, second] = told.as_slice() else {
        panic!("{seen:?}");
    };
    for attempt in [first, second] {
        assert_eq!((attempt.trace, attempt.is_sampled), (was.trace, true));
        assert_ne!(attempt.span, was.span);
    }
    assert_ne!(first.span, second.span);
}

#[tokio::test]
async fn nobody_is_told_who_is_not_to_be() {
    let peer = Peer::new(vec![vec![answer("")]]).await;

    let call = client(peer.port, false).oneshot(outbound(&[], STATE));
    call.await.unwrap();

    assert!(!peer.requests().await[0].contains("trace"));
}

#[tokio::test]
async fn a_state_that_is_none_does_not_go_on() {
    let peer = Peer::new(vec![vec![answer("")]]).await;

    let call = client(peer.port, true).oneshot(outbound(&[], "no member"));
    call.await.unwrap();

    let seen = peer.requests().await;
    assert!(header(&seen[0], "traceparent").is_some(), "{seen:?}");
    assert_eq!(header(&seen[0], "tracestate"), None, "{seen:?}");
}

#[tokio::test]
async fn headers_that_the_mapping_makes_stay_as_they_are() {
    for (name, other) in [("traceparent", "tracestate"), ("tracestate", "traceparent")] {
        let peer = Peer::new(vec![vec![answer("")]]).await;

        let call = client(peer.port, true).oneshot(outbound(&[(name, "own")], STATE));
        call.await.unwrap();

        let seen = peer.requests().await;
        assert_eq!(header(&seen[0], name), Some("own"), "{seen:?}");
        assert_eq!(header(&seen[0], other), None, "{seen:?}");
    }
}
