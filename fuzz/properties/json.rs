//! JSON: what the strict reader makes of bytes, held against serde_json and against itself.

#[path = "../../tests/codec/json/recorder.rs"]
#[allow(dead_code, reason = "tests of the codec use the rest")]
mod recorder;

use std::collections::HashSet;
use std::fmt;

use interlingua::codec::json::tape::{Kind, Tape, TapeNode};
use interlingua::codec::json::{compact, pretty};
use interlingua::codec::{Fault, FaultKind, Limits};
use recorder::{Event, Recorder, read_with};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// No limit but that of nesting, which is serde_json's.
const WIDE: Limits = Limits {
    bytes: u32::MAX,
    depth: 127,
    elements: u32::MAX,
    attributes: u32::MAX,
    namespaces: u32::MAX,
    name: u32::MAX,
    text: u32::MAX,
    members: u32::MAX,
};

/// Two ways of rounding decimal digits to a float differ by less.
const ROUNDING: u64 = 4;

/// Holds every property for these bytes.
pub(crate) fn hold(bytes: &[u8]) {
    let mut small = Vec::new();
    let ours = compact(bytes, &WIDE, &mut small);
    if let Err(fault) = &ours {
        assert!(
            fault.at as usize <= bytes.len(),
            "a place behind the document"
        );
        assert_eq!(fault.kind == FaultKind::Encoding, is_other_encoding(bytes));
    }
    agree(bytes, &ours);
    limits_only_refuse(bytes, &ours);
    names_may_be_expected(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    assert_eq!(warm(text), ours.map(|()| small.clone()));
    if ours.is_ok() {
        printed(text, &small);
    }
}

/// Bytes that no text is made of; a byte order mark is refused before they are looked at.
fn is_other_encoding(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err() && !bytes.starts_with(b"\xEF\xBB\xBF")
}

/// Both readers say the same, but for what is declared to differ.
fn agree(bytes: &[u8], ours: &Result<(), Fault>) {
    match (ours, serde_json::from_slice::<Value>(bytes)) {
        (Ok(()), Ok(tree)) => {
            assert!(!names_twice(bytes), "a name twice was let through");
            let mut tape = Tape::default();
            let text = std::str::from_utf8(bytes).unwrap();
            same(tape.parse(text, &WIDE).unwrap(), &tree);
        }
        // Lexemes are kept, so a number may be larger than a float.
        (Ok(()), Err(error)) => {
            let why = error.to_string();
            assert!(why.starts_with("number out of range"), "{why}");
        }
        (Err(fault), Ok(_)) => {
            assert_eq!(fault.kind, FaultKind::Duplicate, "{fault}");
            assert!(names_twice(bytes), "no name stands twice");
        }
        (Err(_), Err(_)) => {}
    }
}

/// The tape tells what the tree holds, member by member.
fn same(node: TapeNode<'_>, tree: &Value) {
    match tree {
        Value::Null => assert!(node.is_null()),
        Value::Bool(value) => assert_eq!(node.as_bool(), Some(*value)),
        Value::Number(number) => {
            let lexeme = node.lexeme().unwrap();
            if number.to_string() != lexeme {
                let (exact, told): (f64, _) = (lexeme.parse().unwrap(), number.as_f64().unwrap());
                let apart = exact.to_bits().abs_diff(told.to_bits());
                assert!(apart <= ROUNDING, "{lexeme} {number}");
            }
        }
        Value::String(text) => assert_eq!(node.as_str(), Some(text.as_str())),
        Value::Array(items) => {
            assert_eq!((node.kind(), node.count()), (Kind::Array, items.len()));
            assert_eq!(node.items().count(), items.len());
            node.items()
                .zip(items)
                .for_each(|(node, item)| same(node, item));
        }
        Value::Object(members) => {
            assert_eq!((node.kind(), node.count()), (Kind::Object, members.len()));
            assert_eq!(node.members().count(), members.len());
            for ((told, node), (name, member)) in node.members().zip(members) {
                assert_eq!(told, name);
                same(node, member);
            }
        }
    }
}

/// A tighter limit refuses more and changes nothing else.
fn limits_only_refuse(bytes: &[u8], free: &Result<(), Fault>) {
    let sum = bytes.iter().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(*byte))
    });
    let mut limits = WIDE;
    let fields = [
        &mut limits.bytes,
        &mut limits.depth,
        &mut limits.elements,
        &mut limits.name,
        &mut limits.text,
        &mut limits.members,
    ];
    let which = sum as usize % fields.len();
    *fields.into_iter().nth(which).unwrap() = (sum >> 8) % 32;
    let capped = compact(bytes, &limits, &mut Vec::new());
    let is_limit = capped.is_err_and(|fault| fault.kind == FaultKind::Limit);
    assert!(is_limit || capped == *free, "{capped:?} {free:?}");
}

/// Names that a sink expects, rightly or wrongly, change no event.
fn names_may_be_expected(bytes: &[u8]) {
    let (plain, cold) = read_with(bytes, &WIDE, Recorder::default());
    let names = cold.events.iter().filter_map(|event| match event {
        Event::Key(name, ..) => Some(name),
        _ => None,
    });
    // A name that needs an escape may not be expected.
    let is_plain = |name: &&String| name.chars().all(|c| c >= ' ' && c != '"' && c != '\\');
    let right: Vec<String> = names
        .map(|name| Some(name).filter(is_plain).cloned().unwrap_or_default())
        .collect();
    let wrong = right.iter().map(|name| format!("{name}a")).collect();
    for expected in [right, wrong] {
        let recorder = Recorder {
            expected,
            ..Recorder::default()
        };
        let (result, told) = read_with(bytes, &WIDE, recorder);
        assert_eq!(result, plain);
        assert_eq!(told.events, cold.events);
    }
}

/// What a tape says that has read half of the document before, and the whole of it.
fn warm(text: &str) -> Result<Vec<u8>, Fault> {
    let mut tape = Tape::default();
    let half = text.floor_char_boundary(text.len() / 2);
    let _ = tape.parse(&text[..half], &WIDE);
    let first = tape.parse(text, &WIDE).map(shown);
    let again = tape.parse(text, &WIDE).map(shown);
    assert_eq!(first, again);
    again
}

/// A node printed from what it tells.
fn shown(node: TapeNode<'_>) -> Vec<u8> {
    fn print(node: TapeNode<'_>, out: &mut Vec<u8>) {
        let string = |text: &str, out: &mut Vec<u8>| {
            interlingua::codec::json::write::string(out, text.as_bytes(), false);
        };
        match node.kind() {
            Kind::Object => {
                out.push(b'{');
                for (at, (name, member)) in node.members().enumerate() {
                    out.extend_from_slice(if at > 0 { b"," } else { b"" });
                    string(name, out);
                    out.push(b':');
                    print(member, out);
                }
                out.push(b'}');
            }
            Kind::Array => {
                out.push(b'[');
                for (at, item) in node.items().enumerate() {
                    out.extend_from_slice(if at > 0 { b"," } else { b"" });
                    print(item, out);
                }
                out.push(b']');
            }
            Kind::String => string(node.as_str().unwrap(), out),
            Kind::Number => out.extend_from_slice(node.lexeme().unwrap().as_bytes()),
            Kind::Boolean => {
                out.extend_from_slice(format!("{:?}", node.as_bool().unwrap()).as_bytes())
            }
            Kind::Null => out.extend_from_slice(b"null"),
        }
    }
    let mut out = Vec::new();
    print(node, &mut out);
    out
}

/// What is printed reads as what was read, however it is laid out.
fn printed(text: &str, small: &[u8]) {
    let (mut lines, mut again) = (Vec::new(), Vec::new());
    pretty(text.as_bytes(), &WIDE, &mut lines).unwrap();
    compact(&lines, &WIDE, &mut again).unwrap();
    assert_eq!(again, small);
    assert!(again.len() <= text.len() && again.len() <= lines.len());
}

/// Whether an object names a member twice, as serde_json tells its members.
fn names_twice(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Twice>(bytes).is_ok_and(|found| found.0)
}

struct Twice(bool);

impl<'de> Deserialize<'de> for Twice {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Seek)
    }
}

struct Seek;

impl<'de> Visitor<'de> for Seek {
    type Value = Twice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_str<E>(self, _: &str) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Twice, A::Error> {
        let mut found = false;
        while let Some(Twice(inside)) = items.next_element()? {
            found |= inside;
        }
        Ok(Twice(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Twice, A::Error> {
        let (mut names, mut found) = (HashSet::new(), false);
        while let Some((name, Twice(inside))) = members.next_entry::<String, Twice>()? {
            found |= inside | !names.insert(name);
        }
        Ok(Twice(found))
    }
}
