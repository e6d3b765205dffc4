//! What the tree holds, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::diag::{Code, Report, Sources};

fn tree(text: &str) -> (Option<Node>, Sources, Report) {
    let mut sources = Sources::new();
    let id = sources.add("file.yaml", text);
    let mut report = Report::new();
    let node = read(id, &sources, &mut report);
    (node, sources, report)
}

fn good(text: &str) -> (Node, Sources) {
    let (node, sources, report) = tree(text);
    assert!(report.is_empty(), "{text}: {report:?}");
    (node.unwrap(), sources)
}

/// Gives codes, underlined texts and helps of all faults.
fn faults(text: &str) -> Vec<(Code, String, String)> {
    let (_, sources, report) = tree(text);
    let told = report.iter().map(|each| {
        let under = each
            .span
            .map(|span| sources.slice(span).to_owned())
            .unwrap_or_default();
        (each.code, under, each.help.clone().unwrap_or_default())
    });
    told.collect()
}

fn is_fault(text: &str, code: Code, under: &str, help: &str) {
    let told = faults(text);
    let [(found, at, advice)] = told.as_slice() else {
        panic!("{text}: {told:?}")
    };
    assert_eq!((*found, at.as_str()), (code, under), "{text}");
    assert!(advice.contains(help), "{text}: {advice}");
}

#[test]
fn every_scalar_is_its_text() {
    let (node, _) = good(
        "a: NO\nb: 007\nc: 1.10\nd: ~\ne: ''\nf:\ng: 'it''s'\nh: \"\\u00e9\\n\"\ni: |\n  x\n  y\n",
    );
    let texts: Vec<_> = node
        .as_map()
        .unwrap()
        .iter()
        .filter_map(|entry| entry.value.as_scalar())
        .collect();
    let told: Vec<_> = texts
        .iter()
        .map(|scalar| (scalar.text.as_str(), scalar.style))
        .collect();
    assert_eq!(
        told,
        [
            ("NO", Style::Plain),
            ("007", Style::Plain),
            ("1.10", Style::Plain),
            ("~", Style::Plain),
            ("", Style::SingleQuoted),
            ("", Style::Absent),
            ("it's", Style::SingleQuoted),
            ("é\n", Style::DoubleQuoted),
            ("x\ny\n", Style::Block),
        ]
    );
}

#[test]
fn spans_are_bytes_of_the_source() {
    let (node, sources) =
        good("é: 'ü x'\nlist:\n  - &a { b: c }   # remark\n  - *a\n  - &d \"e\"\nlast: f");
    let entries = node.as_map().unwrap();
    assert_eq!(sources.slice(entries[0].key.span), "é");
    assert_eq!(sources.slice(entries[0].value.span), "'ü x'");
    assert_eq!(
        sources.slice(entries[0].value.as_scalar().unwrap().content),
        "ü x"
    );
    let items = entries[1].value.as_list().unwrap();
    assert_eq!(sources.slice(items[0].span), "{ b: c }");
    assert_eq!(
        items[1].span, items[0].span,
        "an alias keeps the place of its anchor"
    );
    assert_eq!(sources.slice(items[2].span), "\"e\"");
    assert!(sources.slice(entries[1].value.span).ends_with("\"e\""));
    assert!(sources.slice(node.span).ends_with("last: f"));
}

#[test]
fn a_quoted_text_ends_with_its_quote() {
    let (node, sources) = good("a: { b: 'it''s' , c: \"d\\\"\" } # '\n");
    let inner = node.get("a").unwrap();
    assert_eq!(sources.slice(inner.get("b").unwrap().span), "'it''s'");
    assert_eq!(sources.slice(inner.get("c").unwrap().span), "\"d\\\"\"");
}

#[test]
fn windows_lines_and_a_byte_order_mark_are_read() {
    let (node, sources) = good("\u{feff}a: 'é'\r\nb: c\r\n");
    assert_eq!(sources.slice(node.get("a").unwrap().span), "'é'");
    assert_eq!(sources.slice(node.get("b").unwrap().span), "c");
}

#[test]
fn json_is_read() {
    let (node, _) = good("{\"a\":[1,-2.50,true,null],\"b\":{\"c\":\"\\u00e9\"}}");
    let texts: Vec<_> = node
        .get("a")
        .unwrap()
        .as_list()
        .unwrap()
        .iter()
        .filter_map(Node::as_scalar)
        .collect();
    let texts: Vec<_> = texts.iter().map(|scalar| scalar.text.as_str()).collect();
    assert_eq!(texts, ["1", "-2.50", "true", "null"]);
    assert_eq!(
        node.get("b")
            .and_then(|b| b.get("c"))
            .and_then(Node::as_scalar)
            .unwrap()
            .text,
        "é"
    );
}

#[test]
fn an_empty_file_is_an_absent_text() {
    assert!(good("").0.is_absent());
    assert!(good("# nothing\n").0.is_absent());
}

#[test]
fn what_readers_take_differently_is_refused() {
    is_fault("a: b\na: c\n", Code::M002, "a", "");
    is_fault("a: &x {b: c}\nd:\n  <<: *x\n", Code::M003, "<<", "alias");
    is_fault("a: !x b\n", Code::M003, "!x", "leave it out");
    is_fault("a: !x {b: c}\n", Code::M003, "!x", "leave it out");
    is_fault("a: b\n---\nc: d\n", Code::M001, "---", "one document");
    is_fault("{a: b}: c\n", Code::M001, "{a: b}", "quotes");
    assert!(good("a: '<<'\n'<<': b\n").0.get("<<").is_some());
}

#[test]
fn what_goes_wrong_in_practice_has_its_help() {
    is_fault("@type: x\n", Code::M001, "@", "write `'@type'`");
    is_fault("a: @type\n", Code::M001, "@", "write `'@type'`");
    is_fault("a: {id}/b\n", Code::M001, "/", "begins with `{`");
    is_fault(
        "r: { native: a[b=c].d }\n",
        Code::M001,
        "[",
        "inside braces",
    );
    is_fault("a: x | date(zone: UTC)\n", Code::M001, ":", "zone=UTC");
    is_fault("a:\n\t- b\n", Code::M001, "\t", "indent with blanks");
    is_fault("a: | upper\n", Code::M001, "|", "block");
    is_fault("a: *b\n", Code::M001, "*b", "anchor");
    is_fault("a: 'b' c\n", Code::M001, "c", "whole text");
    is_fault("a: \"b\\n\\q\"\n", Code::M001, "\\q", "backslash");
    is_fault("a: 'b\n", Code::M001, "'", "close it");
    is_fault("a: &x [*x]\n", Code::M001, "*x", "complete");
}

/// The place that is told is that of the mistake, not where the parser stumbles over it.
#[test]
fn a_slip_is_told_where_it_was_made() {
    for (text, under, help) in [
        // Tabs.
        ("a: b\n\tc: d\n", "\t", "indent with blanks"),
        ("a:\n  b: c\n\td: e\n  f: g\n", "\t", "indent with blanks"),
        // Colons.
        ("a: b\nc:d\ne: f\n", ":", "`c: ...`"),
        ("a:\n  - b: c\n    d:e\n    f: g\n", ":", "`d: ...`"),
        ("a: b\nc d\ne: f\n", "c d", "`c: ...`"),
        ("a: b\nc d # e: f\n", "c d", "`c: ...`"),
        ("a: b\nc = d\ne: f\n", "=", "`c: ...`"),
        ("a b\nc: d\n", "a b", "`a: ...`"),
        ("a\n  b: c\n", "a", "`a: ...`"),
        ("a: b: c\n", ":", "ends a key"),
        // Comments.
        ("a b # c: d\ne: f\n", "a b", "`a: ...`"),
        ("a # b: c\n  d: e\n", "a", "`a: ...`"),
        ("a: b # c: d\n    f: g\n", "f", "begin both"),
        ("a: b # c\n    d e\nf: g\n", "d e", "on one line"),
        ("a: \"b\" c # d: e\n", "c", "whole text"),
        ("a:\n  - b\n  { c: d } # e: f\n", "{", "a dash and a blank"),
        // Columns.
        ("a: b\n  c: d\n", "c", "begin both"),
        ("a:\n    b: c\n  d: e\n", "d: e", "4 or 0 blanks"),
        ("a:\n  - b\n  c: d\n", "c: d", "begin it with `- `"),
        ("a:\n  - b: c\n  -d: e\n", "-", "dash and a blank"),
        // Quotes.
        ("a: 'b\nc: d\n", "'", "close it"),
        ("a: \"b\nc: \"d\"\n", "\"", "close it"),
        ("a: [{ b: \"c }]\nd: \"e\"\n", "\"", "close it"),
        // Braces.
        ("a: { b: c\nd: e\n", "{", "close it with `}`"),
        ("a: [b, c\nd: e\n", "[", "close it with `]`"),
        ("a:\n  - [b, c\n  - d\n", "[", "close it with `]`"),
        ("a: { b: c d: e }\n", "d", "parted by commas"),
        ("{\n  \"a\": 1\n  \"b\": 2\n}\n", "", "parted by commas"),
        ("{\n  \"a\": [1, 2],\n  \"b\": {\n", "", "close it with `}`"),
    ] {
        is_fault(text, Code::M001, under, help);
    }
    let at = |text: &str| {
        let (_, sources, report) = tree(text);
        let span = report.iter().next().and_then(|fault| fault.span).unwrap();
        let place = sources.position(span);
        (place.line, place.column)
    };
    assert_eq!(at("a: b\nc: d\n\te: f\n"), (3, 1));
    assert_eq!(at("a: b\nc:d\n\n# e\nf: g\n"), (2, 2));
    assert_eq!(at("a: b\nc: \"d\n\ne: \"f\"\n"), (2, 4));
    assert_eq!(at("{\n  \"a\": 1\n  \"b\": 2\n}\n"), (2, 9));
    assert_eq!(at("{\n  \"a\": {\n    \"b\": 1\n"), (3, 11));
}

#[test]
fn a_blank_that_is_none_is_told_where_it_stands() {
    for (text, under, help) in [
        ("a:\u{a0}b\nc: d\n", "\u{a0}", "ordinary blank"),
        (
            "a:\n  b: c\n\u{a0}\u{a0}d: e\n  f: g\n",
            "\u{a0}\u{a0}",
            "ordinary blank",
        ),
        ("a:\u{a0}\n  b: c\n", "\u{a0}", "ordinary blank"),
        (
            "a:\u{202f}\n  b: '\u{a0}' # \u{a0}\n",
            "\u{202f}",
            "ordinary blank",
        ),
        ("a: {\u{a0}b: c, d: e }\n", "\u{a0}", "ordinary blank"),
        ("a: { b: c,\u{a0}d: e }\n", "\u{a0}", "ordinary blank"),
        ("a: { b:\u{a0}c, d: e }\n", "\u{a0}", "ordinary blank"),
        ("a: { b\u{202f}: c }\n", "\u{202f}", "ordinary blank"),
        ("a: { b: \u{a0}c }\n", "\u{a0}", "ordinary blank"),
        (
            "a: { b: 'é', c: d e\u{a0}\u{a0}}\n",
            "\u{a0}\u{a0}",
            "ordinary blank",
        ),
    ] {
        is_fault(text, Code::M001, under, help);
    }
}

/// A key that begins at the column of the one that it belongs to is one mistake, wherever the parser gives up.
#[test]
fn a_key_that_stands_twice_below_one_without_a_value_is_one_mistake() {
    for text in [
        "a: b\nc:\na:\n    - d\n  e: f\n",
        "a: b\nc:\na:\n  - d\n",
        "x:\n  - a: b\n    c: # d\n    a: e\n      f: g\n",
    ] {
        is_fault(text, Code::M002, "a", "begin it deeper");
    }
    is_fault("a: b\nc: d\na: e\n", Code::M002, "a", "take one away");
    is_fault("{ a: b, c: , a: e }\n", Code::M002, "a", "take one away");
    let quoted = "'a\u{a0}b': \"c\u{a0}\"\nd: e\u{a0}f\n";
    assert!(faults(quoted).is_empty());
}

/// Whatever is refused, somebody is told what to do.
#[test]
fn every_refusal_has_help() {
    for text in [
        "{{{",
        "]",
        "a: [",
        "a: }",
        "%YAML x\n",
        "a: &x b\n&x",
        "? [",
        "a: >0\n b",
        "a: \"\\x\"",
        "- a\nb: c",
        "a: - b",
        "a: b\n...\nc",
        "a: !",
        "a: *",
        "a: 'b'c",
        "---\n---\n",
        "a: `b`",
        "key: [a, b]]",
        "a: \u{1}",
    ] {
        for (code, _, help) in faults(text) {
            assert!(!help.is_empty(), "{text}: {code}");
        }
    }
}

#[test]
fn a_few_aliases_do_not_fill_the_memory() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let inner = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    let told = faults(&text);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, Code::M001);
}

#[test]
fn depth_is_bounded() {
    for text in [
        format!("a: {}", "[".repeat(5000)),
        "- ".repeat(5000),
        "{a: ".repeat(5000),
    ] {
        let told = faults(&text);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, Code::M001);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_panic(tokens in prop::collection::vec(prop::sample::select(vec![
        "a", "é", ": ", ":", "\n", "\n  ", "- ", "? ", "[", "]", "{", "}", ",", "'", "\"", "\\", "&x ", "*x", "!t ", "<<",
        "|", ">", "#", " ", "\t", "---\n", "...\n", "%YAML 1.2\n", "@", "`", "\r\n", "\u{feff}", "\u{1}", "~", "|2-\n",
    ]), 0..24)) {
        let text = tokens.concat();
        let (node, sources, report) = tree(&text);
        prop_assert!(node.is_some() || report.has_errors());
        let end = u32::try_from(text.len()).unwrap();
        for fault in report.iter() {
            let span = fault.span.unwrap();
            prop_assert!(span.start <= end && span.start <= span.end);
        }
        if let Some(node) = node {
            inside(&node, &sources)?;
        }
    }
}

/// Asserts that spans lie in the text at boundaries of characters, and that plain texts stand where they say.
fn inside(node: &Node, sources: &Sources) -> Result<(), TestCaseError> {
    let (start, end) = sources.clamp(node.span);
    prop_assert_eq!(
        (start, end),
        (
            usize::try_from(node.span.start).unwrap(),
            usize::try_from(node.span.end).unwrap()
        )
    );
    match &node.kind {
        NodeKind::Scalar(scalar)
            if scalar.style == Style::Plain && !scalar.text.contains(['\n', ' ']) =>
        {
            let written = sources.slice(scalar.content);
            prop_assert!(
                written == scalar.text || written.contains('\n'),
                "{written:?} is not {:?}",
                scalar.text
            );
        }
        NodeKind::Scalar(_) => {}
        NodeKind::Map(entries) => {
            for entry in entries {
                inside(&entry.value, sources)?;
            }
        }
        NodeKind::List(items) => {
            for item in items {
                inside(item, sources)?;
            }
        }
    }
    Ok(())
}

#[test]
fn json_is_the_same_tree_whoever_reads_it() {
    for text in [
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/schemas/canonical/customer.schema.json"
        )),
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/schemas/canonical/address.schema.json"
        )),
        "{\"a\": [1, -2.50, true, null, \"\"], \"b\": {}, \"c\": [], \"ä\": \"é\\n\\\"\"}\n",
    ] {
        let mut sources = Sources::new();
        let id = sources.add("file.json", text);
        let mut report = Report::new();
        let by_events = super::reader::read_events(id, text, &mut report);
        let at_once = super::json::read(id, text, 64);
        assert!(report.is_empty() && at_once.is_some(), "{report:?}");
        assert_eq!(at_once, by_events);
    }
}

#[test]
fn json_that_is_none_is_read_as_yaml() {
    for text in [
        "{a: 1}",
        "{\"a\": 1,}",
        "{\"a\": 1, \"a\": 2}",
        "{\"\\u0061\": 1}",
        "[1]",
        "a: 1",
    ] {
        let mut sources = Sources::new();
        let id = sources.add("file.json", text);
        assert_eq!(super::json::read(id, text, 64), None, "{text}");
    }
    is_fault("{\"a\": 1, \"a\": 2}", Code::M002, "\"a\"", "once");
}

#[test]
fn a_key_twice_is_found_among_many() {
    for keys in [3, 15, 16, 17, 40] {
        let mut text: String = (0..keys).map(|key| format!("k{key}: 1\n")).collect();
        text.push_str("k1: 2\n");
        is_fault(&text, Code::M002, "k1", "once");
    }
}
