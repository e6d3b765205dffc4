//! Documents that every reader must accept.

use interlingua::codec::json::{Reader, compact, pretty};
use interlingua::codec::{Limits, Range, Text};

use super::recorder::{Event, deep, read};

/// One document for each way the grammar allows, and what it is printed as without blanks.
const ACCEPT: &[(&str, &str)] = &[
    // JSON-text = ws value ws
    ("null", "null"),
    ("true", "true"),
    ("false", "false"),
    ("0", "0"),
    ("\"\"", "\"\""),
    ("[]", "[]"),
    ("{}", "{}"),
    (" null", "null"),
    ("null ", "null"),
    ("\t\n\r null \r\n\t", "null"),
    ("\n\n\n[\n\n]\n\n\n", "[]"),
    ("                 1                 ", "1"),
    ("7\n", "7"),
    ("\"a\"\n", "\"a\""),
    // array = begin-array [ value *( value-separator value ) ] end-array
    ("[null]", "[null]"),
    ("[true,false]", "[true,false]"),
    ("[1,2,3,4,5,6,7,8,9,10]", "[1,2,3,4,5,6,7,8,9,10]"),
    ("[ ]", "[]"),
    ("[\t]", "[]"),
    ("[ 1 , 2 ]", "[1,2]"),
    ("[\n  1,\n  2\n]", "[1,2]"),
    ("[1\n,\n2]", "[1,2]"),
    ("[[]]", "[[]]"),
    ("[[],[]]", "[[],[]]"),
    ("[[[[1]]],2]", "[[[[1]]],2]"),
    ("[\"\"]", "[\"\"]"),
    ("[\"a\",\"b\"]", "[\"a\",\"b\"]"),
    ("[1,null,\"a\",true,{},[]]", "[1,null,\"a\",true,{},[]]"),
    ("[{}]", "[{}]"),
    ("[{},{}]", "[{},{}]"),
    ("[2] ", "[2]"),
    (" [1]", "[1]"),
    ("[null, 1, \"1\", {}]", "[null,1,\"1\",{}]"),
    // object = begin-object [ member *( value-separator member ) ] end-object
    ("{ }", "{}"),
    ("{\r\n}", "{}"),
    ("{\"a\":1}", "{\"a\":1}"),
    ("{ \"a\" : 1 }", "{\"a\":1}"),
    ("{\"a\"\n:\n1\n,\n\"b\"\n:\n2\n}", "{\"a\":1,\"b\":2}"),
    ("{\"a\":  1}", "{\"a\":1}"),
    ("{\"a\": \n1}", "{\"a\":1}"),
    ("{\"\":0}", "{\"\":0}"),
    ("{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":1,\"b\":2,\"c\":3}"),
    ("{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}"),
    ("{\"a\":{}}", "{\"a\":{}}"),
    ("{\"a\":[]}", "{\"a\":[]}"),
    ("{\"a\":{\"a\":{\"a\":1}}}", "{\"a\":{\"a\":{\"a\":1}}}"),
    (
        "{\"a\":null,\"b\":true,\"c\":false}",
        "{\"a\":null,\"b\":true,\"c\":false}",
    ),
    ("[{\"a\":1},{\"a\":1}]", "[{\"a\":1},{\"a\":1}]"),
    ("{\"a\":{\"b\":1},\"b\":1}", "{\"a\":{\"b\":1},\"b\":1}"),
    ("{\"a\":1,\"A\":1}", "{\"a\":1,\"A\":1}"),
    ("{\"a\":1,\"a \":1,\" a\":1}", "{\"a\":1,\"a \":1,\" a\":1}"),
    ("{\"\\u0000\":1}", "{\"\\u0000\":1}"),
    ("{\"a\\u0062\":1}", "{\"ab\":1}"),
    ("{\"\\\"\":1}", "{\"\\\"\":1}"),
    ("{\"é\":1,\"e\u{301}\":2}", "{\"é\":1,\"e\u{301}\":2}"),
    (
        "{\"min\":-1.0e+28,\"max\":1.0e+28}",
        "{\"min\":-1.0e+28,\"max\":1.0e+28}",
    ),
    // number = [ minus ] int [ frac ] [ exp ]
    ("-0", "-0"),
    ("9", "9"),
    ("-1", "-1"),
    ("10", "10"),
    ("-10", "-10"),
    ("0.0", "0.0"),
    ("0.00", "0.00"),
    ("-0.0", "-0.0"),
    ("1.10", "1.10"),
    ("-135.33", "-135.33"),
    (
        "0.000000000000000000000000000000000000001",
        "0.000000000000000000000000000000000000001",
    ),
    ("1e1", "1e1"),
    ("1E1", "1E1"),
    ("1e+1", "1e+1"),
    ("1e-1", "1e-1"),
    ("1E+01", "1E+01"),
    ("1E-00", "1E-00"),
    ("0e1", "0e1"),
    ("0e+1", "0e+1"),
    ("0.1e1", "0.1e1"),
    ("123.456e78", "123.456e78"),
    (
        "123456789012345678901234567890",
        "123456789012345678901234567890",
    ),
    ("-9223372036854775809", "-9223372036854775809"),
    ("18446744073709551616", "18446744073709551616"),
    ("1e400", "1e400"),
    ("-1e400", "-1e400"),
    ("1e-400", "1e-400"),
    ("1e99999999999999999999", "1e99999999999999999999"),
    ("[1]", "[1]"),
    ("[-1]", "[-1]"),
    ("[1.5 ]", "[1.5]"),
    ("[1e5\n]", "[1e5]"),
    ("[20e1]", "[20e1]"),
    // string = quotation-mark *char quotation-mark
    ("\" \"", "\" \""),
    ("\"a\"", "\"a\""),
    ("\"asd\"", "\"asd\""),
    ("\"abcdefg\"", "\"abcdefg\""),
    ("\"abcdefgh\"", "\"abcdefgh\""),
    ("\"abcdefghi\"", "\"abcdefghi\""),
    ("\"{}[],:\"", "\"{}[],:\""),
    ("\"a/*b*/c/*d//e\"", "\"a/*b*/c/*d//e\""),
    ("\"\u{7F}\"", "\"\u{7F}\""),
    ("\"\u{80}\"", "\"\u{80}\""),
    ("\"é\"", "\"é\""),
    ("\"€\"", "\"€\""),
    ("\"𝄞\"", "\"𝄞\""),
    ("\"\u{2028}\u{2029}\"", "\"\u{2028}\u{2029}\""),
    ("\"\u{FEFF}\"", "\"\u{FEFF}\""),
    ("\"\u{FFFE}\u{FFFF}\"", "\"\u{FFFE}\u{FFFF}\""),
    ("\"\u{10FFFF}\"", "\"\u{10FFFF}\""),
    ("\"\u{200B}\"", "\"\u{200B}\""),
    // char = unescaped / escape ( " \ / b f n r t uXXXX )
    (r#""\"""#, r#""\"""#),
    (r#""\\""#, r#""\\""#),
    (r#""\/""#, r#""/""#),
    (r#""\b\f\n\r\t""#, r#""\b\f\n\r\t""#),
    (r#""\"\\\/\b\f\n\r\t""#, r#""\"\\/\b\f\n\r\t""#),
    (r#""\\u0061""#, r#""\\u0061""#),
    (r#""\\n""#, r#""\\n""#),
    (r#""\\\\""#, r#""\\\\""#),
    (r#""abcdefgh\n""#, r#""abcdefgh\n""#),
    (r#""\nabcdefgh""#, r#""\nabcdefgh""#),
    (r#""a\"b\"c""#, r#""a\"b\"c""#),
    (r#""\u0061""#, r#""a""#),
    (r#""\u0022""#, r#""\"""#),
    (r#""\u005C""#, r#""\\""#),
    (r#""\u002F""#, r#""/""#),
    (r#""\u0000""#, r#""\u0000""#),
    (r#""\u0001\u001f""#, r#""\u0001\u001f""#),
    (r#""\u0008\u000A""#, r#""\b\n""#),
    ("\"\\u007F\"", "\"\u{7F}\""),
    (r#""\u00e9""#, "\"é\""),
    (r#""\u00E9""#, "\"é\""),
    (r#""\u20AC""#, "\"€\""),
    ("\"\\u2028\"", "\"\u{2028}\""),
    (r#""\uD834\uDD1E""#, "\"𝄞\""),
    (r#""\ud834\udd1e""#, "\"𝄞\""),
    ("\"\\uD800\\uDC00\"", "\"\u{10000}\""),
    ("\"\\uDBFF\\uDFFF\"", "\"\u{10FFFF}\""),
    ("\"\\uD7FF\\uE000\"", "\"\u{D7FF}\u{E000}\""),
    ("\"\\uFDD0\\uFFFE\\uFFFF\"", "\"\u{FDD0}\u{FFFE}\u{FFFF}\""),
    ("\"\\u0060\\u012a\\u12AB\"", "\"`\u{12A}\u{12AB}\""),
    (r#""\uD801\udc37x""#, "\"\u{10437}x\""),
    (r#""new\u000Aline""#, r#""new\nline""#),
    ("[\"\\u0012\"]", "[\"\\u0012\"]"),
];

#[test]
fn documents_of_the_grammar_are_accepted() {
    for (document, _) in ACCEPT {
        if let Err(fault) = read(document.as_bytes()) {
            panic!("{document:?}: {fault}");
        }
    }
}

#[test]
fn accepted_documents_mean_what_another_reader_finds() {
    for (document, _) in ACCEPT {
        let mut printed = Vec::new();
        compact(document.as_bytes(), &deep(), &mut printed).unwrap();
        let read = serde_json::from_str::<serde_json::Value>(document).ok();
        let again = serde_json::from_slice(&printed).ok();
        assert_eq!(read, again, "{document:?}");
    }
}

#[test]
fn a_printed_document_has_no_needless_byte() {
    for (document, expected) in ACCEPT {
        let mut printed = Vec::new();
        compact(document.as_bytes(), &deep(), &mut printed).unwrap();
        assert_eq!(
            String::from_utf8(printed).unwrap(),
            *expected,
            "{document:?}"
        );
    }
}

#[test]
fn a_pretty_document_reads_as_the_compact_one() {
    for (document, expected) in ACCEPT {
        let (mut lines, mut again) = (Vec::new(), Vec::new());
        pretty(document.as_bytes(), &deep(), &mut lines).unwrap();
        compact(&lines, &deep(), &mut again).unwrap();
        assert_eq!(String::from_utf8(again).unwrap(), *expected, "{document:?}");
    }
}

#[test]
fn every_accepted_document_is_refused_when_cut_short() {
    for (document, _) in ACCEPT {
        let whole = document.trim_ascii_end();
        // A number cut short may be another number.
        if !whole.ends_with(['"', ']', '}', 'l', 'e']) {
            continue;
        }
        for end in 0..whole.len() {
            let cut = &whole.as_bytes()[..end];
            assert!(read(cut).is_err(), "{document:?} cut at {end}");
        }
    }
}

#[test]
fn depth_is_accepted_to_127_levels() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let inner = if open == "[" { "" } else { "1" };
        let document = format!("{}{inner}{}", open.repeat(127), close.repeat(127));
        assert!(read(document.as_bytes()).is_ok(), "{open}");
        let document = format!("{}{inner}{}", open.repeat(128), close.repeat(128));
        assert!(read(document.as_bytes()).is_err(), "{open}");
    }
}

#[test]
fn events_tell_where_everything_stands() {
    let range = |start, end| Range { start, end };
    let text = |start, end, decoded, plain| Text {
        range: range(start, end),
        decoded,
        plain,
    };
    let document = r#"{"a": ["x", "\u0079\n", -1.50], "\u0062":true,"c" : {},"d":null}"#;
    assert_eq!(
        read(document.as_bytes()).unwrap(),
        [
            Event::BeginObject(0),
            Event::Key("a".into(), text(2, 3, false, true), 1),
            Event::BeginArray(6),
            Event::String("x".into(), text(8, 9, false, true), range(7, 10)),
            Event::String("y\n".into(), text(0, 2, true, false), range(12, 22)),
            Event::Number("-1.50".into(), range(24, 29)),
            Event::EndArray(range(6, 30)),
            Event::Key("b".into(), text(2, 3, true, true), 32),
            Event::Boolean(true, range(41, 45)),
            Event::Key("c".into(), text(47, 48, false, true), 46),
            Event::BeginObject(52),
            Event::EndObject(range(52, 54)),
            Event::Key("d".into(), text(56, 57, false, true), 55),
            Event::Null(range(59, 63)),
            Event::EndObject(range(0, 64)),
        ]
    );
}

#[test]
fn scratch_is_only_appended_to() {
    let mut scratch = b"kept".to_vec();
    let mut sink = super::recorder::Recorder::default();
    Reader::default()
        .read(
            br#"["\u0061", "\u0062c"]"#,
            &Limits::default(),
            &mut scratch,
            &mut sink,
        )
        .unwrap();
    assert_eq!(scratch, b"keptabc");
    let texts: Vec<_> = sink
        .events
        .iter()
        .filter_map(|event| match event {
            Event::String(_, text, _) => Some((text.range.start, text.range.end, text.decoded)),
            _ => None,
        })
        .collect();
    assert_eq!(texts, [(4, 5, true), (5, 7, true)]);
}
