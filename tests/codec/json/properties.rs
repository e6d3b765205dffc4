//! Laws of the reader and the printers over generated and broken documents.

use interlingua::codec::json::{compact, pretty};
use interlingua::codec::{FaultKind, Limits, Range, Text};
use proptest::prelude::*;
use serde_json::Value;

use super::generate::{document, mutated};
use super::recorder::{Event, Recorder, deep, read, read_with};

/// The reader's verdict is `serde_json`'s, but for what is declared to differ.
fn agrees(input: &[u8]) -> Result<(), TestCaseError> {
    let other = serde_json::from_slice::<Value>(input);
    match (read(input), other) {
        (Ok(_), Ok(_)) | (Err(_), Err(_)) => Ok(()),
        // Lexemes are kept, so a number may be larger than a float.
        (Ok(_), Err(error)) if error.to_string().starts_with("number out of range") => Ok(()),
        (Err(fault), Ok(_)) if fault.kind == FaultKind::Duplicate => Ok(()),
        (mine, other) => Err(TestCaseError::fail(format!(
            "{:?}: {:?} but {:?}",
            String::from_utf8_lossy(input),
            mine.map(|events| events.len()),
            other
        ))),
    }
}

fn names(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Key(name, ..) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

/// Names that need no escape may be expected.
fn plain(name: &str) -> bool {
    name.chars().all(|c| c >= ' ' && c != '"' && c != '\\')
}

/// What a document says, wherever it stands.
fn contents(input: &[u8]) -> Vec<Event> {
    let (text, whole) = (Text::default(), Range::default());
    let without_place = |event| match event {
        Event::Key(name, ..) => Event::Key(name, text, 0),
        Event::BeginObject(_) => Event::BeginObject(0),
        Event::EndObject(_) => Event::EndObject(whole),
        Event::BeginArray(_) => Event::BeginArray(0),
        Event::EndArray(_) => Event::EndArray(whole),
        Event::String(string, ..) => Event::String(string, text, whole),
        Event::Number(lexeme, _) => Event::Number(lexeme, whole),
        Event::Boolean(value, _) => Event::Boolean(value, whole),
        Event::Null(_) => Event::Null(whole),
    };
    read(input)
        .unwrap()
        .into_iter()
        .map(without_place)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn generated_documents_are_judged_as_by_serde(input in document()) {
        agrees(input.as_bytes())?;
    }

    #[test]
    fn broken_documents_are_judged_as_by_serde(input in mutated()) {
        agrees(&input)?;
    }

    #[test]
    fn arbitrary_bytes_are_judged_as_by_serde(input in prop::collection::vec(any::<u8>(), 0..64)) {
        agrees(&input)?;
    }

    #[test]
    fn bytes_of_the_grammar_in_any_order_are_judged_as_by_serde(
        input in prop::collection::vec(
            prop::sample::select(br#"{}[]:,"\u0d8e-1.+E tfnrulsa"#.to_vec()), 0..24)
    ) {
        agrees(&input)?;
    }

    #[test]
    fn expecting_names_changes_no_event(input in mutated(), others in prop::collection::vec("[a-c]{0,3}", 0..20)) {
        let limits = Limits { name: 9, ..deep() };
        let (plain_result, unexpected) = read_with(&input, &limits, Recorder::default());
        let mut right = names(&unexpected.events);
        for name in &mut right {
            if !plain(name) {
                name.clear();
            }
        }
        for expected in [right, others] {
            let recorder = Recorder { expected, ..Recorder::default() };
            let (result, recorder) = read_with(&input, &limits, recorder);
            prop_assert_eq!(result, plain_result);
            prop_assert_eq!(&recorder.events, &unexpected.events);
        }
    }

    #[test]
    fn what_is_printed_reads_the_same(input in document()) {
        let (mut small, mut lines, mut again) = (Vec::new(), Vec::new(), Vec::new());
        let result = compact(input.as_bytes(), &deep(), &mut small);
        prop_assert_eq!(result, read(input.as_bytes()).map(drop));
        prop_assume!(result.is_ok());
        prop_assert_eq!(contents(input.as_bytes()), contents(&small));
        prop_assert_eq!(serde_json::from_str::<Value>(&input).ok(), serde_json::from_slice(&small).ok());
        pretty(input.as_bytes(), &deep(), &mut lines).unwrap();
        compact(&lines, &deep(), &mut again).unwrap();
        prop_assert_eq!(&again, &small);
    }

    #[test]
    fn every_name_expected_rightly_is_hit(input in document()) {
        let Ok(events) = read(input.as_bytes()) else { return Ok(()) };
        let raw = events.iter().filter(|event| matches!(event, Event::Key(name, text, _) if !text.decoded && !name.is_empty())).count();
        let expected = names(&events).into_iter().map(|name| if plain(&name) { name } else { String::new() }).collect();
        let (_, recorder) = read_with(input.as_bytes(), &deep(), Recorder { expected, ..Recorder::default() });
        prop_assert_eq!(recorder.hits, raw);
    }
}
