//! Forms: what the reader makes of bytes, held against the standard's few sentences and against the writer.

#[path = "../../tests/codec/json/recorder.rs"]
#[allow(dead_code, reason = "tests of the codec use the rest")]
mod recorder;

use interlingua::codec::form::{Reader, Writer};
use interlingua::codec::{Fault, FaultKind, Limits};
use recorder::{Event, Recorder};

/// Names with all of their values, in the order that they stand first.
type Pairs = Vec<(String, Vec<String>)>;

/// Holds every property for these bytes.
pub(crate) fn hold(bytes: &[u8]) {
    let limits = Limits::default();
    let mut reader = Reader::default();
    let _ = read(&mut reader, &bytes[..bytes.len() / 2], &limits);
    let ours = read(&mut reader, bytes, &limits);
    assert_eq!(ours, read(&mut Reader::default(), bytes, &limits));
    let few = Limits {
        elements: 3,
        members: 2,
        name: 5,
        text: 7,
        ..limits
    };
    let capped = read(&mut reader, bytes, &few);
    let is_limit = |found: &Result<Pairs, Fault>| matches!(found, Err(fault) if fault.kind == FaultKind::Limit);
    assert!(capped == ours || is_limit(&capped));
    match &ours {
        Ok(pairs) => {
            assert_eq!(Some(pairs), by_hand(bytes).as_ref());
            let count: usize = pairs.iter().map(|(_, values)| values.len()).sum();
            let most = bytes.iter().filter(|byte| **byte == b'&').count() + 1;
            assert!(count <= most, "{count} pairs of {most} pieces");
            let written = written(pairs);
            assert_eq!(read(&mut reader, &written, &limits).as_ref(), Ok(pairs));
        }
        Err(fault) => {
            assert!(fault.at as usize <= bytes.len(), "a place behind the form");
            assert!(
                by_hand(bytes).is_none() || fault.kind == FaultKind::Limit,
                "{fault}"
            );
        }
    }
}

fn read(reader: &mut Reader, form: &[u8], limits: &Limits) -> Result<Pairs, Fault> {
    let mut sink = Recorder::default();
    reader.read(form, limits, |_| false, &mut Vec::new(), &mut sink)?;
    let mut pairs = Pairs::new();
    for event in sink.events {
        match event {
            Event::Key(name, ..) => pairs.push((name, Vec::new())),
            Event::String(value, ..) => pairs.last_mut().unwrap().1.push(value),
            Event::BeginObject(_) | Event::EndObject(_) => {}
            Event::BeginArray(_) | Event::EndArray(_) => {}
            other => panic!("{other:?} in a form"),
        }
    }
    Ok(pairs)
}

fn written(pairs: &Pairs) -> Vec<u8> {
    let mut form = Vec::new();
    let mut writer = Writer::new(&mut form);
    for (name, values) in pairs {
        for value in values {
            writer.pair(name.as_bytes(), value.as_bytes());
        }
    }
    form
}

/// What a form says by <https://url.spec.whatwg.org/#urlencoded-parsing>, of one that is as its serialiser writes it.
fn by_hand(form: &[u8]) -> Option<Pairs> {
    if !form.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let mut pairs = Pairs::new();
    for piece in form
        .split(|byte| *byte == b'&')
        .filter(|piece| !piece.is_empty())
    {
        let mut parts = piece.splitn(2, |byte| *byte == b'=');
        let name = decoded(parts.next().unwrap_or_default())?;
        let value = decoded(parts.next().unwrap_or_default())?;
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => pairs.push((name, vec![value])),
        }
    }
    Some(pairs)
}

fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}
