//! Which calls are recorded, and what of them.

use std::sync::{Arc, Mutex};

use super::*;
use crate::telemetry::names::attribute;

#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<Vec<Span>>>);

impl Sink for Kept {
    fn take(&self, span: Span) {
        self.0.lock().unwrap().push(span);
    }
}

fn recorded(per_mille: u16) -> (Traces, Kept) {
    let kept = Kept::default();
    let share = Share::of_per_mille(per_mille).unwrap();
    (Traces::recorded_by(Box::new(kept.clone()), share), kept)
}

/// The random part of the first is the least there is, that of the second the greatest.
const RARE: &str = "00-4bf92f3577b34da6a300000000000000-00f067aa0ba902b7-00";
const COMMON: &str = "00-4bf92f3577b34da6a3ffffffffffffff-00f067aa0ba902b7-00";

fn of(header: &str) -> TraceParent {
    TraceParent::read(header).unwrap()
}

#[test]
fn without_a_collector_a_trace_goes_on_and_none_begins() {
    let traces = Traces::default();
    assert_eq!(traces.join(None), None);

    for header in [COMMON.to_owned(), COMMON.replace("b7-00", "b7-01")] {
        let caller = of(&header);
        let call = traces.join(Some(caller)).unwrap();
        assert_eq!(call.id, caller.trace);
        let attempt = traces.attempt(call);
        assert_eq!(attempt.told().is_sampled, caller.is_sampled);
        assert!(traces.serve(call, "getThing").is_none());
        assert!(traces.ask(attempt, "GET").is_none());
    }
}

#[test]
fn a_callers_flag_counts_and_else_the_share() {
    let (traces, _) = recorded(1);
    let is_recorded = |caller| {
        let call = traces.join(caller);
        call.is_some_and(|call| traces.serve(call, "getThing").is_some())
    };
    let flagged = |header: &str| Some(of(&header.replace("b7-00", "b7-01")));
    assert!(is_recorded(flagged(RARE)) && is_recorded(flagged(COMMON)));
    assert!(is_recorded(Some(of(COMMON))));
    assert!(!is_recorded(Some(of(RARE))));
    let begun = (0..20_000).filter(|_| is_recorded(None)).count();
    assert!((1..200).contains(&begun), "{begun}");
}

#[test]
fn an_attempt_is_a_part_of_its_call_and_that_of_its_callers() {
    let (traces, kept) = recorded(1_000);
    let caller = of(COMMON);
    let call = traces.join(Some(caller)).unwrap();
    let server = traces.serve(call, "getThing").unwrap();
    let attempts = [traces.attempt(call), traces.attempt(call)];
    for attempt in attempts {
        let mut client = traces.ask(attempt, "GET").unwrap();
        client.tell(attribute::HTTP_STATUS, 200_u16);
        client.end();
    }
    server.end();

    let spans = kept.0.lock().unwrap();
    let [first, second, server] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert!(spans.iter().all(|span| span.trace == caller.trace));
    assert_eq!(server.parent, Some(caller.span));
    assert_eq!((server.kind, &*server.name), (SpanKind::Server, "getThing"));
    for (client, attempt) in [first, second].into_iter().zip(attempts) {
        assert_eq!(client.parent, Some(server.id));
        assert_eq!((client.kind, &*client.name), (SpanKind::Client, "GET"));
        // Who is asked hangs its own part below the attempt's.
        assert_eq!(client.id, attempt.told().span);
        assert!(attempt.told().is_sampled);
        assert_eq!(
            client.attributes,
            [("http.response.status_code", Value::Number(200))]
        );
        assert!(server.start_unix_ns <= client.start_unix_ns);
        assert!(client.start_unix_ns <= client.end_unix_ns && !client.has_failed);
    }
    assert_ne!(first.id, second.id);
}

#[test]
fn what_is_given_up_is_told_as_that() {
    let (traces, kept) = recorded(1_000);
    let call = traces.join(None).unwrap();

    drop(traces.serve(call, "getThing"));

    let spans = kept.0.lock().unwrap();
    let [span] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert!(span.has_failed && span.parent.is_none());
    assert_eq!(span.attributes, [("error.type", "given-up".into())]);
}

#[test]
fn what_is_not_recorded_allocates_nothing() {
    let (traces, kept) = recorded(1);
    let caller = of(RARE);
    let measured = allocation_counter::measure(|| {
        let call = traces.join(Some(caller)).unwrap();
        assert!(traces.serve(call, "getThing").is_none());
        assert!(traces.ask(traces.attempt(call), "GET").is_none());
    });
    assert_eq!(measured.count_total, 0);
    assert!(kept.0.lock().unwrap().is_empty());
}
