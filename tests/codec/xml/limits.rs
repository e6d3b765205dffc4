//! Every limit is the last figure that is allowed.

use interlingua::codec::{FaultKind, Limits};

use super::recorder::{fault, read};

/// A document that has just the allowed figure of one thing.
fn check(document: &[u8], figure: u32, set: fn(&mut Limits, u32)) {
    let mut limits = Limits::default();
    set(&mut limits, figure);
    let shown = String::from_utf8_lossy(document);
    assert_eq!(read(document, &limits, Vec::new()).1, Ok(()), "{shown}");
    set(&mut limits, figure - 1);
    assert_eq!(fault(document, &limits).kind, FaultKind::Limit, "{shown}");
}

fn nested(levels: usize) -> Vec<u8> {
    format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels)).into_bytes()
}

#[test]
fn bytes_of_the_document() {
    check(b"<a>12345</a>", 12, |limits, figure| limits.bytes = figure);
}

#[test]
fn levels() {
    check(&nested(3), 3, |limits, figure| limits.depth = figure);
    check(b"<a><b/></a>", 2, |limits, figure| limits.depth = figure);
}

#[test]
fn levels_end_at_127_whatever_the_limit() {
    let limits = Limits {
        depth: u32::MAX,
        ..Limits::default()
    };
    assert_eq!(read(&nested(127), &limits, Vec::new()).1, Ok(()));
    assert_eq!(fault(&nested(128), &limits).kind, FaultKind::Limit);
}

#[test]
fn elements() {
    check(b"<a><b/><c></c></a>", 3, |limits, figure| {
        limits.elements = figure
    });
}

#[test]
fn attributes_with_declarations() {
    check(b"<a b='' c=''/>", 2, |limits, figure| {
        limits.attributes = figure
    });
    check(b"<a xmlns='u' c=''/>", 2, |limits, figure| {
        limits.attributes = figure
    });
}

#[test]
fn declarations_in_scope() {
    let document = b"<a xmlns='u'><b xmlns:p='v'/><c xmlns:q='w'></c><d xmlns=''/></a>";
    check(document, 2, |limits, figure| limits.namespaces = figure);
}

#[test]
fn bytes_of_a_name() {
    check(b"<abcd/>", 4, |limits, figure| limits.name = figure);
    check(b"<a abcd=''/>", 4, |limits, figure| limits.name = figure);
    check("<éé/>".as_bytes(), 4, |limits, figure| {
        limits.name = figure
    });
}

#[test]
fn bytes_of_a_text_after_decoding() {
    let set: fn(&mut Limits, u32) = |limits, figure| limits.text = figure;
    check(b"<a>abcd</a>", 4, set);
    check(b"<a>a&amp;c<![CDATA[d]]></a>", 4, set);
    check(b"<a>abcd<b/></a>", 4, set);
    check(b"<a>\r\n\r\nab</a>", 4, set);
    check(b"<a b='abcd'/>", 4, set);
    check(b"<a b='ab&lt;d'/>", 4, set);
    check(b"<a xmlns='abcd'/>", 4, set);
}
