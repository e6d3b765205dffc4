//! Every cap is passed by the first thing too much and by nothing before it.

use interlingua::codec::json::Reader;
use interlingua::codec::{FaultKind, Limits};

use super::recorder::{Event, Recorder, read_with};

/// The offset at which a document passes a limit, if it does.
fn passed(document: &str, limits: Limits) -> Option<u32> {
    let (result, _) = read_with(document.as_bytes(), &limits, Recorder::default());
    result.err().map(|fault| {
        assert_eq!(fault.kind, FaultKind::Limit, "{document}: {fault}");
        fault.at
    })
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    change(&mut limits);
    limits
}

#[test]
fn bytes() {
    assert_eq!(passed("[1,2]", limits(|l| l.bytes = 5)), None);
    assert_eq!(passed("[1,2]", limits(|l| l.bytes = 4)), Some(4));
    assert_eq!(passed("[1] ", limits(|l| l.bytes = 3)), Some(3));
}

#[test]
fn depth() {
    assert_eq!(passed("[[{}]]", limits(|l| l.depth = 3)), None);
    assert_eq!(passed("[[{}]]", limits(|l| l.depth = 2)), Some(2));
    assert_eq!(passed("[[],[]]", limits(|l| l.depth = 2)), None);
    assert_eq!(passed("[]", limits(|l| l.depth = 0)), Some(0));
    assert_eq!(passed("1", limits(|l| l.depth = 0)), None);
    let deep = "[".repeat(128) + &"]".repeat(128);
    assert_eq!(passed(&deep, limits(|l| l.depth = 1_000)), Some(127));
}

#[test]
fn elements_are_values() {
    assert_eq!(passed(r#"{"a":[1,2]}"#, limits(|l| l.elements = 4)), None);
    assert_eq!(
        passed(r#"{"a":[1,2]}"#, limits(|l| l.elements = 3)),
        Some(8)
    );
    assert_eq!(passed("1", limits(|l| l.elements = 0)), Some(0));
}

#[test]
fn members_of_one_object() {
    let document = r#"{"a":1,"b":{"c":1,"d":2}}"#;
    assert_eq!(passed(document, limits(|l| l.members = 2)), None);
    assert_eq!(passed(document, limits(|l| l.members = 1)), Some(7));
    assert_eq!(passed("{}", limits(|l| l.members = 0)), None);
}

#[test]
fn names_count_decoded() {
    assert_eq!(passed(r#"{"abc":1}"#, limits(|l| l.name = 3)), None);
    assert_eq!(passed(r#"{"abc":1}"#, limits(|l| l.name = 2)), Some(1));
    assert_eq!(passed(r#"{"\u0061bc":1}"#, limits(|l| l.name = 3)), None);
    assert_eq!(passed(r#"{"\u0061bc":1}"#, limits(|l| l.name = 2)), Some(1));
    assert_eq!(passed(r#"{"":1}"#, limits(|l| l.name = 0)), None);
}

#[test]
fn an_expected_name_is_no_exception() {
    for name in [2, 3] {
        let recorder = Recorder {
            expected: vec!["abc".into()],
            ..Recorder::default()
        };
        let (result, recorder) = read_with(br#"{"abc":1}"#, &limits(|l| l.name = name), recorder);
        assert_eq!(result.is_ok(), name == 3);
        assert_eq!(recorder.hits, usize::from(name == 3));
    }
}

#[test]
fn texts_are_strings_and_numbers() {
    assert_eq!(passed(r#"["abc",123]"#, limits(|l| l.text = 3)), None);
    assert_eq!(passed(r#"["abc"]"#, limits(|l| l.text = 2)), Some(1));
    assert_eq!(passed(r#"["\u00e9"]"#, limits(|l| l.text = 2)), None);
    assert_eq!(passed(r#"["\u00e9"]"#, limits(|l| l.text = 1)), Some(1));
    assert_eq!(passed("[1.5]", limits(|l| l.text = 2)), Some(1));
    assert_eq!(passed("[true]", limits(|l| l.text = 1)), None);
}

#[test]
fn a_sink_stops_the_reading_at_any_event() {
    let document = br#"{"a":["s",1,true,null,{}],"b":{"c":[]}}"#;
    let (_, whole) = read_with(document, &Limits::default(), Recorder::default());
    for stop in 0..whole.events.len() {
        let recorder = Recorder {
            stop_at: Some(stop),
            ..Recorder::default()
        };
        let (result, recorder) = read_with(document, &Limits::default(), recorder);
        assert_eq!(result.unwrap_err().kind, FaultKind::Stopped, "event {stop}");
        assert_eq!(recorder.events, whole.events[..stop]);
    }
}

#[test]
fn a_reader_forgets_a_document_that_failed() {
    let mut reader = Reader::default();
    let mut scratch = Vec::new();
    for broken in [r#"{"a":{"b":1,"#, r#"[[[["\u0061"#, r#"{"a":1,"a":2}"#] {
        let mut sink = Recorder::default();
        let read = reader.read(
            broken.as_bytes(),
            &Limits::default(),
            &mut scratch,
            &mut sink,
        );
        assert!(read.is_err());
        let mut sink = Recorder::default();
        reader
            .read(
                br#"{"a":1,"b":2}"#,
                &Limits::default(),
                &mut scratch,
                &mut sink,
            )
            .unwrap();
        assert!(matches!(sink.events.last(), Some(Event::EndObject(whole)) if whole.end == 13));
    }
}
