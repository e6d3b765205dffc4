//! Spans as a collector takes them: the JSON of [OTLP](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
//!
//! It is the JSON of protocol buffers with two rules of its own: ids are hexadecimal digits, and enumerations numbers.

use serde_json::{Value as Json, json};

use crate::telemetry::names::attribute;
use crate::telemetry::trace::{Span, SpanKind, Value};

/// `SPAN_KIND_SERVER` and `SPAN_KIND_CLIENT`.
const SERVER: u8 = 2;
const CLIENT: u8 = 3;

/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// What makes the spans.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: Box<str>,
    pub(super) version: &'static str,
    /// What tells this process from its like.
    pub(super) instance: Box<str>,
}

/// A request with these spans.
pub(super) fn request(service: &Service, spans: &[Span]) -> Vec<u8> {
    let resource = [
        (attribute::SERVICE_NAME, &*service.name),
        (attribute::SERVICE_VERSION, service.version),
        (attribute::SERVICE_INSTANCE, &*service.instance),
    ];
    let resource = resource.map(|(key, text)| named(key, &json!({ "stringValue": text })));
    let spans: Vec<_> = spans.iter().map(of_span).collect();
    let request = json!({
        "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{
                "scope": { "name": "interlingua", "version": service.version },
                "spans": spans,
            }],
        }],
    });
    request.to_string().into_bytes()
}

/// How many of the spans of a request its answer says were refused.
pub(super) fn rejected(answer: &[u8]) -> usize {
    let answer: Json = serde_json::from_slice(answer).unwrap_or_default();
    let rejected = answer.pointer("/partialSuccess/rejectedSpans");
    // Numbers of 64 bits are texts, and whoever writes them as numbers is understood, too.
    let number = rejected.and_then(|rejected| match rejected {
        Json::String(text) => text.parse().ok(),
        other => other.as_u64(),
    });
    number.map_or(0, |number| usize::try_from(number).unwrap_or(usize::MAX))
}

fn of_span(span: &Span) -> Json {
    let attributes = span.attributes.iter();
    let attributes: Vec<_> = attributes
        .map(|(key, value)| named(key, &of(value)))
        .collect();
    let mut made = json!({
        "traceId": span.trace.to_string(),
        "spanId": span.id.to_string(),
        "name": span.name,
        "kind": match span.kind {
            SpanKind::Server => SERVER,
            SpanKind::Client => CLIENT,
        },
        "startTimeUnixNano": span.start_unix_ns.to_string(),
        "endTimeUnixNano": span.end_unix_ns.to_string(),
        "attributes": attributes,
    });
    if let Some(members) = made.as_object_mut() {
        if let Some(parent) = span.parent {
            members.insert("parentSpanId".to_owned(), json!(parent.to_string()));
        }
        if span.has_failed {
            members.insert("status".to_owned(), json!({ "code": ERROR }));
        }
    }
    made
}

fn named(key: &str, value: &Json) -> Json {
    json!({ "key": key, "value": value })
}

fn of(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!({ "stringValue": text }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::trace::{CallTrace, Share, Sink, TraceParent, Traces};
    use std::sync::{Arc, Mutex};

    #[derive(Debug, Clone, Default)]
    struct Kept(Arc<Mutex<Vec<Span>>>);

    impl Sink for Kept {
        fn take(&self, span: Span) {
            self.0.lock().unwrap().push(span);
        }
    }

    /// The names that the protocol's `.proto` files have, in the case that its JSON has them in.
    #[test]
    fn a_request_is_as_the_protocol_has_it() {
        let kept = Kept::default();
        let traces = Traces::recorded_by(Box::new(kept.clone()), Share::ALL);
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let call: CallTrace = traces.join(TraceParent::read(parent)).unwrap();
        let mut span = traces.serve(call, "getThing").unwrap();
        span.tell(attribute::HTTP_STATUS, 503_u16);
        span.tell(attribute::ERROR_TYPE, "upstream-unreachable");
        span.fail();
        span.end();
        let spans = kept.0.lock().unwrap().clone();
        let service = Service {
            name: "billing-gateway".into(),
            version: "1.2.3",
            instance: "one".into(),
        };

        let request: Json = serde_json::from_slice(&request(&service, &spans)).unwrap();

        let [span] = spans.as_slice() else {
            panic!("{spans:?}");
        };
        let expected = json!({ "resourceSpans": [{
            "resource": { "attributes": [
                { "key": "service.name", "value": { "stringValue": "billing-gateway" } },
                { "key": "service.version", "value": { "stringValue": "1.2.3" } },
                { "key": "service.instance.id", "value": { "stringValue": "one" } },
            ] },
            "scopeSpans": [{
                "scope": { "name": "interlingua", "version": "1.2.3" },
                "spans": [{
                    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
                    "spanId": span.id.to_string(),
                    "parentSpanId": "00f067aa0ba902b7",
                    "name": "getThing",
                    "kind": 2,
                    "startTimeUnixNano": span.start_unix_ns.to_string(),
                    "endTimeUnixNano": span.end_unix_ns.to_string(),
                    "attributes": [
                        { "key": "http.response.status_code", "value": { "intValue": "503" } },
                        { "key": "error.type", "value": { "stringValue": "upstream-unreachable" } },
                    ],
                    "status": { "code": 2 },
                }],
            }],
        }] });
        assert_eq!(request, expected);
    }

    #[test]
    fn a_part_may_be_refused() {
        for (answer, count) in [
            ("", 0),
            ("{}", 0),
            (r#"{"partialSuccess":{}}"#, 0),
            (r#"{"partialSuccess":{"rejectedSpans":"3"}}"#, 3),
            (r#"{"partialSuccess":{"rejectedSpans":3}}"#, 3),
            (r#"{"partialSuccess":{"rejectedSpans":"-1"}}"#, 0),
            ("[1]", 0),
        ] {
            assert_eq!(rejected(answer.as_bytes()), count, "{answer}");
        }
    }
}
