//! Forms: read as an object, written by the standard's set.

use interlingua::codec::form::{Reader, Writer};
use interlingua::codec::{Fault, FaultKind, Limits, Range, Text};
use proptest::prelude::*;

use super::json::recorder::{Event, Recorder};

fn read_with(form: &[u8], limits: &Limits, lists: &[&str]) -> Result<Vec<Event>, Fault> {
    let mut sink = Recorder::default();
    Reader::default()
        .read(
            form,
            limits,
            |name| lists.iter().any(|list| list.as_bytes() == name),
            &mut Vec::new(),
            &mut sink,
        )
        .map(|()| sink.events)
}

fn read(form: &str) -> Result<Vec<Event>, Fault> {
    read_with(form.as_bytes(), &Limits::default(), &[])
}

/// The events as the JSON they stand for.
fn shown(events: &[Event]) -> String {
    let mut out = String::new();
    for event in events {
        match event {
            Event::BeginObject(_) => out.push('{'),
            Event::EndObject(_) => out.push('}'),
            Event::BeginArray(_) => out.push('['),
            Event::EndArray(_) => out.push(']'),
            Event::Key(name, ..) => out += &format!("{name}:"),
            Event::String(text, ..) => out += &format!("{text};"),
            other => panic!("{other:?}"),
        }
    }
    out
}

#[test]
fn a_form_is_an_object_of_strings() {
    for (form, expected) in [
        ("", "{}"),
        ("a=1", "{a:1;}"),
        ("a=1&b=2", "{a:1;b:2;}"),
        ("a=", "{a:;}"),
        ("a", "{a:;}"),
        ("=1", "{:1;}"),
        ("=", "{:;}"),
        ("&&a=1&&b=2&", "{a:1;b:2;}"),
        ("a=b=c", "{a:b=c;}"),
        ("a+b=c+d%20e", "{a b:c d e;}"),
        ("%61=%E2%82%AC", "{a:€;}"),
        ("a=%26%3D%2B%25", "{a:&=+%;}"),
        ("b=2&a=1", "{b:2;a:1;}"),
        ("a=?/:@!$'()*,;", "{a:?/:@!$'()*,;;}"),
    ] {
        assert_eq!(shown(&read(form).unwrap()), expected, "{form}");
    }
}

#[test]
fn a_name_that_stands_again_makes_a_list_where_it_stood_first() {
    for (form, expected) in [
        ("a=1&a=2", "{a:[1;2;]}"),
        ("a=2&b=x&a=1&c=y&a=2", "{a:[2;1;2;]b:x;c:y;}"),
        ("a=1&%61=2", "{a:[1;2;]}"),
        ("a&a", "{a:[;;]}"),
        ("b=1&a=1&b=2&a=2", "{b:[1;2;]a:[1;2;]}"),
    ] {
        assert_eq!(shown(&read(form).unwrap()), expected, "{form}");
    }
}

#[test]
fn a_name_known_as_a_list_is_one_even_alone() {
    let events = read_with(b"a=1&b=2", &Limits::default(), &["a"]).unwrap();
    assert_eq!(shown(&events), "{a:[1;]b:2;}");
}

#[test]
fn events_tell_where_everything_stands() {
    let range = |start, end| Range { start, end };
    let text = |start, end, decoded, plain| Text {
        range: range(start, end),
        decoded,
        plain,
    };
    assert_eq!(
        read("a=x&b%22=%5C&a=z\"").unwrap(),
        [
            Event::BeginObject(0),
            Event::Key("a".into(), text(0, 1, false, true), 0),
            Event::BeginArray(2),
            Event::String("x".into(), text(2, 3, false, true), range(2, 3)),
            Event::String("z\"".into(), text(15, 17, false, false), range(15, 17)),
            Event::EndArray(range(2, 17)),
            Event::Key("b\"".into(), text(0, 2, true, false), 4),
            Event::String("\\".into(), text(2, 3, true, false), range(9, 12)),
            Event::EndObject(range(0, 17)),
        ]
    );
}

#[test]
fn what_no_form_may_hold_is_refused_where_it_stands() {
    for (form, kind, at) in [
        (&b"a=b c"[..], FaultKind::Malformed, 3),
        (b"a=\n", FaultKind::Malformed, 2),
        (b"a=\0", FaultKind::Malformed, 2),
        (b"a=\xC3\xA9", FaultKind::Malformed, 2),
        (b"\xEF\xBB\xBFa=1", FaultKind::Malformed, 0),
        (b"a=%", FaultKind::Malformed, 2),
        (b"a=1%4&b=2", FaultKind::Malformed, 3),
        (b"a=1&b%zz=2", FaultKind::Malformed, 5),
        (b"a=%+1", FaultKind::Malformed, 2),
        (b"b=1&a=%FF", FaultKind::Encoding, 6),
        (b"a=%C3&b=%A9", FaultKind::Encoding, 2),
        (b"%ED%A0%80=1", FaultKind::Encoding, 0),
    ] {
        let fault = read_with(form, &Limits::default(), &[]).unwrap_err();
        let shown = String::from_utf8_lossy(form);
        assert_eq!((fault.kind, fault.at), (kind, at), "{shown}");
    }
}

#[test]
fn every_limit_counts() {
    let refused = |form: &str, change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        match read_with(form.as_bytes(), &limits, &[]) {
            Ok(_) => false,
            Err(fault) => fault.kind == FaultKind::Limit,
        }
    };
    assert!(refused("a=1", |l| l.bytes = 2));
    assert!(!refused("a=1", |l| l.bytes = 3));
    assert!(refused("a=1&a=2", |l| l.elements = 1));
    assert!(!refused("a=1&&a=2", |l| l.elements = 2));
    assert!(refused("a=1&b=2", |l| l.members = 1));
    assert!(!refused("a=1&a=2", |l| l.members = 1));
    assert!(refused("abc=1", |l| l.name = 2));
    assert!(!refused("%61bc=1", |l| l.name = 3));
    assert!(refused("a=123", |l| l.text = 2));
    assert!(!refused("a=%31%32", |l| l.text = 2));
}

#[test]
fn a_sink_stops_the_reading_at_any_event() {
    let form = b"a=1&b=2&a=3";
    let whole = read_with(form, &Limits::default(), &[]).unwrap();
    for stop in 0..whole.len() {
        let mut sink = Recorder {
            stop_at: Some(stop),
            ..Recorder::default()
        };
        let fault = Reader::default()
            .read(
                form,
                &Limits::default(),
                |_| false,
                &mut Vec::new(),
                &mut sink,
            )
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::Stopped, "event {stop}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_the_same(pairs in prop::collection::vec((".{1,6}", ".{0,12}"), 0..12)) {
        let mut form = Vec::new();
        let mut writer = Writer::new(&mut form);
        for (name, value) in &pairs {
            writer.pair(name.as_bytes(), value.as_bytes());
        }
        let events = read_with(&form, &Limits::default(), &[]).unwrap();
        let mut read = Vec::new();
        let mut key = String::new();
        for event in events {
            match event {
                Event::Key(name, ..) => key = name,
                Event::String(value, ..) => read.push((key.clone(), value)),
                _ => {}
            }
        }
        let mut pairs = pairs;
        pairs.sort();
        read.sort();
        prop_assert_eq!(read, pairs);
    }

    #[test]
    fn any_bytes_are_judged_without_panic(form in prop::collection::vec(prop::sample::select(b"ab=&%+4C3\xC3 ".to_vec()), 0..24)) {
        if let Ok(events) = read_with(&form, &Limits::default(), &[]) {
            prop_assert!(events.len() >= 2);
            prop_assert!(form.is_ascii());
        }
    }
}
