//! The trace that a call belongs to: its caller's, as its headers tell it, or one that begins with it.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::problem::redact::holds_card_number;
use crate::telemetry::trace::{TraceParent, Traces};
use crate::upstream::Onward;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Goes on with the trace of a call's caller, or begins one where the call is recorded.
pub(super) fn join(headers: &HeaderMap, traces: &Traces) -> Option<Onward> {
    let caller = of_caller(headers);
    let call = traces.join(caller)?;
    Some(Onward {
        call,
        state: caller.and_then(|_| state(headers)),
        resends: 0,
    })
}

/// The one `traceparent` of a call; none where it is to be ignored.
fn of_caller(headers: &HeaderMap) -> Option<TraceParent> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let (header, None) = (values.next()?, values.next()) else {
        return None;
    };
    TraceParent::read(header.to_str().ok()?).filter(|parent| !holds_card(parent))
}

/// The id of the trace as it stands there.
pub(super) fn id(headers: &HeaderMap) -> Option<&str> {
    of_caller(headers)?;
    headers
        .get(TRACEPARENT)?
        .to_str()
        .ok()?
        .get(TraceParent::ID)
}

/// The `tracestate` beside it, whatever it says. Several lines of it are one list.
fn state(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut lines = headers.get_all(TRACESTATE).iter();
    let mut list = lines.next()?.clone();
    for line in lines {
        let joined = [list.as_bytes(), b",", line.as_bytes()].concat();
        list = HeaderValue::try_from(joined).ok()?;
    }
    Some(list)
}

/// Whether an id may be the number of a card, which logs must not hold: digits alone, that pass Luhn. Of ids that are
/// made at random hardly one in a million is.
fn holds_card(parent: &TraceParent) -> bool {
    [parent.trace.to_string(), parent.span.to_string()]
        .iter()
        .any(|id| {
            let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
            is_number && holds_card_number(id.trim_start_matches('0'))
        })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let lines = lines.iter();
        let lines = lines.map(|line| (TRACEPARENT, HeaderValue::from_static(line)));
        lines.collect()
    }

    #[test]
    fn a_trace_is_known_by_one_header_of_its_form() {
        let one = headers(&[PARENT]);
        let parent = of_caller(&one).unwrap();
        assert_eq!(parent.to_string(), PARENT);
        assert_eq!(id(&one), Some(&*parent.trace.to_string()));

        for lines in [&[][..], &["x"], &[PARENT, PARENT]] {
            assert_eq!(of_caller(&headers(lines)), None, "{lines:?}");
            assert_eq!(id(&headers(lines)), None, "{lines:?}");
        }
    }

    #[test]
    fn a_state_is_one_list() {
        let state = |lines: &[&'static str]| {
            let lines = lines.iter();
            let lines = lines.map(|line| (TRACESTATE, HeaderValue::from_static(line)));
            state(&lines.collect())
        };
        let one = "rojo=00f067aa0ba902b7 , congo=t61rcWkgMzE";
        assert_eq!(state(&[one]).unwrap(), one);
        assert_eq!(state(&["a=1", "b=2"]).unwrap(), "a=1,b=2");
        assert_eq!(state(&[]), None);
    }

    #[test]
    fn the_number_of_a_card_is_no_id() {
        for line in [
            "00-00000000000000004539578763621486-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-4539578763621486-01",
        ] {
            assert_eq!(of_caller(&headers(&[line])), None, "{line}");
        }
        // Nor is every number of one.
        for line in [
            "00-00000000000000000000000000000001-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-4539578763621487-01",
        ] {
            assert!(of_caller(&headers(&[line])).is_some(), "{line}");
        }
    }
}
