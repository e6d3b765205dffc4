//! What documents that an upstream sends by itself tell.

use interlingua::engine::exchange::{Context, Event, ReceivedDocument, Worker};
use interlingua::mapping::compile::upstream::Upstream;

use crate::depot::{load_changed, settings, told, upstream};

fn events(content_type: Option<&str>, body: &str) -> Vec<Event> {
    let document = ReceivedDocument {
        content_type,
        body: body.as_bytes(),
    };
    let context = Context {
        now_unix_ms: 1_709_251_199_000,
        ..Context::default()
    };
    upstream().events(&document, &context, &mut Worker::default())
}

const JSON: Option<&str> = Some("application/json");

fn documents(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| String::from_utf8(event.document("north:fresh")).unwrap();
    events.iter().map(text).collect()
}

#[test]
fn each_item_is_an_event_with_the_id_that_the_mapping_says() {
    let told = events(JSON, r#"[{"id": "7", "label": "Ann"}, {"id": "8"}]"#);
    assert_eq!(
        documents(&told),
        [
            r#"{"id":"north:7","type":"customer.status-changed","time":"2024-02-29T23:59:59Z","data":{"id":"north:7","name":{"full":"Ann"}}}"#,
            r#"{"id":"north:8","type":"customer.status-changed","time":"2024-02-29T23:59:59Z","data":{"id":"north:8"}}"#,
        ]
    );
    assert_eq!(events(JSON, "[]"), []);
}

#[test]
fn a_resource_is_one_event_and_its_id_is_qualified() {
    let told = events(JSON, r#"{"id": "7", "ref": "c1"}"#);
    assert_eq!(told[0].id.as_deref(), Some("north:c1"));
    assert_eq!(&*told[0].kind, "customer.changed");
}

#[test]
fn a_resource_without_the_place_has_no_id_of_its_own() {
    let told = events(None, r#"{"id": "7"}"#);
    assert_eq!(told[0].id, None);
    assert!(documents(&told)[0].starts_with(r#"{"id":"north:fresh","#));
}

#[test]
fn what_fits_no_case_is_unknown_and_tells_no_byte_of_itself() {
    for (content_type, body) in [
        (JSON, r#""a text""#),
        (JSON, r#"{"id": "7", "label": 5}"#),
        (JSON, r#"[{"id": "7"},"#),
        (JSON, ""),
        (Some("application/xml"), r#"{"id": "7"}"#),
    ] {
        let told = events(content_type, body);
        assert_eq!(
            documents(&told),
            [r#"{"id":"north:fresh","type":"unknown","time":"2024-02-29T23:59:59Z"}"#],
            "{body}"
        );
    }
}

#[test]
fn what_the_model_does_not_know_is_refused_when_the_mapping_is_read() {
    for (from, to, code) in [
        ("event: customer.changed", "event: customer.chnaged", "M303"),
        ("once: reference", "once: refrence", "M101"),
        ("once: reference", "once: 'attributes[a=b]'", "M004"),
        ("body: client, event", "body: clint, event", "M103"),
    ] {
        let changed = load_changed(from, to);
        let fault = Upstream::compile(&changed, "depot", "north", &settings(&[]), None);
        let fault = told(&changed, &fault.unwrap_err());
        assert!(fault.contains(code), "{to}: {fault}");
    }
}
