//! The reader against another one, against itself under predictions, and against the writer.

use interlingua::codec::xml::{pretty, write};
use interlingua::codec::{FaultKind, Limits, encoding};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::documents::{document, mutated};
use super::recorder::{events, read};
use super::told::{Told, ours, theirs};

/// Names to predict from those a document really has: all of them, or every second one wrong.
fn predictions(document: &[u8], wrong: bool) -> Vec<String> {
    let (recorder, _) = read(document, &Limits::default(), Vec::new());
    let starts = recorder
        .events
        .iter()
        .filter_map(|event| event.strip_prefix("start "));
    let locals = starts.map(|name| name.rsplit('}').next().unwrap_or(name).to_owned());
    locals
        .enumerate()
        .map(|(place, name)| {
            if wrong && place % 2 == 1 {
                format!("{name}x")
            } else {
                name
            }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x1A7E),
        ..ProptestConfig::default()
    })]

    #[test]
    fn well_formed_documents_are_read_as_the_other_reader_reads_them(document in document()) {
        let told = ours(document.as_bytes());
        // An attribute may by chance be the same one under two prefixes.
        if let Some(told) = told {
            prop_assert_eq!(told, theirs(&document).unwrap());
        } else {
            let (_, result) = read(document.as_bytes(), &Limits::default(), Vec::new());
            prop_assert_eq!(result.unwrap_err().kind, FaultKind::Duplicate);
        }
    }

    #[test]
    fn nothing_is_accepted_that_the_other_reader_refuses_or_reads_otherwise(document in mutated()) {
        if let Some(told) = ours(&document) {
            let text = std::str::from_utf8(&document).unwrap();
            let other = theirs(text);
            prop_assert!(other.is_ok(), "{:?}", other);
            let other = other.unwrap();
            prop_assert_eq!(&told.values, &other.values);
            prop_assert_eq!(&told.texts, &other.texts);
            prop_assert_eq!(told.starts.len(), other.starts.len());
        }
    }

    #[test]
    fn predictions_change_nothing(document in mutated(), wrong in any::<bool>()) {
        let (plain, result) = read(&document, &Limits::default(), Vec::new());
        let (predicted, same) = read(&document, &Limits::default(), predictions(&document, wrong));
        prop_assert_eq!(result, same);
        prop_assert_eq!(plain.events, predicted.events);
    }

    #[test]
    fn limits_only_ever_refuse(document in mutated(), figure in 0_u32..40, which in 0_usize..7) {
        let mut limits = Limits::default();
        let fields = [
            &mut limits.bytes, &mut limits.depth, &mut limits.elements, &mut limits.attributes,
            &mut limits.namespaces, &mut limits.name, &mut limits.text,
        ];
        *fields.into_iter().nth(which).unwrap() = figure;
        let (free, unlimited) = read(&document, &Limits::default(), Vec::new());
        let (capped, limited) = read(&document, &limits, Vec::new());
        match limited {
            Ok(()) => prop_assert_eq!(capped.events, free.events),
            Err(fault) => prop_assert!(fault.kind == FaultKind::Limit || unlimited == Err(fault)),
        }
    }

    #[test]
    fn what_is_written_is_read_again(text in any::<String>(), value in any::<String>()) {
        let mut document = b"<a b=\"".to_vec();
        let written = write::attribute(&mut document, value.as_bytes());
        document.extend_from_slice(b"\">");
        let written = written.and(write::text(&mut document, text.as_bytes()));
        document.extend_from_slice(b"</a>");
        let holds = |text: &str| !text.chars().any(|c| {
            (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{FFFE}' | '\u{FFFF}')
        });
        prop_assert_eq!(written.is_ok(), holds(&text) && holds(&value));
        if written.is_ok() {
            let told = ours(&document).unwrap();
            prop_assert_eq!((told.values, told.texts), (vec![value], vec![text]));
        }
    }

    #[test]
    fn laying_out_changes_no_text(document in mutated()) {
        let laid_out = pretty::pretty(&document, &Limits::default());
        let told = ours(&document);
        prop_assert_eq!(laid_out.is_ok(), told.is_some());
        if let Ok(laid_out) = laid_out {
            prop_assert_eq!(ours(&laid_out), told);
            let again = pretty::pretty(&laid_out, &Limits::default());
            prop_assert_eq!(again.as_deref(), Ok(&laid_out[..]));
        }
    }

    #[test]
    fn utf_16_comes_out_as_it_went_in(text in "[^\u{0}-\u{1F}<&\u{FFFE}\u{FFFF}]{0,20}") {
        let document = format!("\u{FEFF}<?xml version='1.0' encoding='UTF-16'?><a>{text}</a>");
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = document.encode_utf16().flat_map(order).collect();
            for charset in [None, Some("utf-16")] {
                let decoded = encoding::decode(&bytes, charset);
                prop_assert_eq!(decoded.as_deref(), Ok(document.trim_start_matches('\u{FEFF}').as_bytes()));
            }
        }
    }

    #[test]
    fn single_byte_encodings_come_out_as_they_went_in(bytes in proptest::collection::vec(b' '.., 0..20)) {
        let document = [b"<?xml version='1.0' encoding='ISO-8859-1'?><a>", &bytes[..]].concat();
        let decoded = encoding::decode(&document, None).unwrap();
        let back: Vec<u8> = String::from_utf8(decoded.into_owned()).unwrap().chars()
            .map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
        prop_assert_eq!(&back, &document);

        match encoding::decode(&document, Some("windows-1252")) {
            Ok(decoded) => {
                let text = String::from_utf8(decoded.into_owned()).unwrap();
                let (back, _, lost) = encoding_rs::WINDOWS_1252.encode(&text);
                prop_assert_eq!((back.as_ref(), lost), (&document[..], false));
            }
            Err(fault) => {
                prop_assert!(matches!(document[fault.at as usize], 0x81 | 0x8D | 0x8F | 0x90 | 0x9D));
            }
        }
    }

    #[test]
    fn decoding_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60), mark in 0_usize..6) {
        let marks: [&[u8]; 6] = [b"", b"\xFF\xFE", b"\xFE\xFF", b"\xEF\xBB\xBF", b"<\0?\0", b"\0<\0?"];
        let document = [marks[mark], &bytes].concat();
        for charset in [None, Some("utf-8"), Some("utf-16"), Some("utf-16le"), Some("latin1"), Some("windows-1252")] {
            if let Ok(decoded) = encoding::decode(&document, charset) {
                let _ = read(&decoded, &Limits::default(), Vec::new());
            }
        }
    }
}

/// The generator would not be worth much if all its documents were alike.
#[test]
fn the_other_reader_sees_what_was_meant() {
    let told = theirs("<a xmlns='u' b='&lt;1\n'>x&amp;<![CDATA[y]]><!-- c --></a>").unwrap();
    let expected = Told {
        starts: vec!["{u}a".into()],
        values: vec!["<1 ".into()],
        texts: vec!["x&y".into()],
    };
    assert_eq!(told, expected);
    assert_eq!(events("<a xmlns='u'/>")[0], "start {u}a");
}
