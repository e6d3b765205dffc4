//! Every production and constraint, by documents written for it.

use std::collections::BTreeSet;

use interlingua::codec::{FaultKind, Limits};

use super::recorder::read;

const ACCEPTED: &str = include_str!("accepted.table");
const REFUSED: &str = include_str!("refused.table");

/// The rows of a table in so many columns, comments left out, the last column with its escapes read.
fn rows<const COLUMNS: usize>(table: &'static str) -> Vec<([&'static str; COLUMNS], Vec<u8>)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut fields = line.splitn(COLUMNS + 1, '|');
            let columns = std::array::from_fn(|_| fields.next().expect("a column").trim());
            (
                columns,
                unescaped(fields.next().expect("a document").trim()),
            )
        })
        .collect()
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (kind, tail) = behind.split_at(1);
        rest = tail;
        match kind {
            "n" => bytes.push(b'\n'),
            "r" => bytes.push(b'\r'),
            "t" => bytes.push(b'\t'),
            "\\" => bytes.push(b'\\'),
            "x" => {
                let (digits, tail) = rest.split_at(2);
                bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
                rest = tail;
            }
            "u" => {
                let (digits, tail) = rest[1..].split_once('}').expect("a closing brace");
                let code = u32::from_str_radix(digits, 16).expect("digits");
                let character = char::from_u32(code).expect("a character");
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = tail;
            }
            other => panic!("unknown escape {other}"),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

#[test]
fn every_document_that_conforms_is_accepted() {
    let mut names = BTreeSet::new();
    for ([name, production], document) in rows(ACCEPTED) {
        assert!(names.insert(name), "{name} twice");
        let (_, result) = read(&document, &Limits::default(), Vec::new());
        assert_eq!(result, Ok(()), "{name} ({production})");
    }
    assert!(names.len() >= 140);
}

#[test]
fn every_document_that_does_not_conform_is_refused_for_its_reason() {
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for ([name, production, kind], document) in rows(REFUSED) {
        assert!(names.insert(name), "{name} twice");
        let (_, result) = read(&document, &Limits::default(), Vec::new());
        match result {
            Err(fault) if format!("{:?}", fault.kind) == kind => {}
            other => wrong.push(format!("{name} ({production}): {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(names.len() >= 220);
}

/// What is refused stays refused when it is read under a prediction that comes true.
#[test]
fn predictions_do_not_hide_faults() {
    for ([name, _, kind], document) in rows(REFUSED) {
        for predicted in ["a", "ab", "p", "xmlns"] {
            let predictions = vec![predicted.to_owned(); 4];
            let (_, result) = read(&document, &Limits::default(), predictions);
            let found = result.map_err(|fault| format!("{:?}", fault.kind));
            assert_eq!(found, Err(kind.to_owned()), "{name} under {predicted}");
        }
    }
}

/// Every document cut anywhere is refused: nothing that conforms is a beginning of something else, but for
/// what may follow the root.
#[test]
fn a_cut_document_is_refused_wherever_it_is_cut() {
    for ([name, _], document) in rows(ACCEPTED) {
        let (whole, _) = read(&document, &Limits::default(), Vec::new());
        for length in 0..document.len() {
            let (cut, result) = read(&document[..length], &Limits::default(), Vec::new());
            match result {
                Ok(()) => assert_eq!(cut.events, whole.events, "{name} cut to {length}"),
                Err(fault) => assert_ne!(fault.kind, FaultKind::Limit, "{name} cut to {length}"),
            }
        }
    }
}
