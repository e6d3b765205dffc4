//! Documents that no reader may accept.

use interlingua::codec::FaultKind::{self, Encoding, Malformed, Refused};

use super::recorder::read;

/// A document, the family of its fault, and the offset that the fault is reported at.
const REFUSE: &[(&[u8], FaultKind, u32)] = &[
    // JSON-text: one value and nothing else
    (b"", Malformed, 0),
    (b" ", Malformed, 1),
    (b"\n\n", Malformed, 2),
    (b"1 2", Malformed, 2),
    (b"[][]", Malformed, 2),
    (b"{}{}", Malformed, 2),
    (b"null,", Malformed, 4),
    (b"\"a\" x", Malformed, 4),
    (b"[1]]", Malformed, 3),
    (b"{\"a\":1}}", Malformed, 7),
    (b"{\"a\":1}#", Malformed, 7),
    (b"{\"a\":1}//", Malformed, 7),
    (b"{\"a\":1}/**/", Malformed, 7),
    (b"[]\0", Malformed, 2),
    (b"[1],", Malformed, 3),
    (b"]", Malformed, 0),
    (b"}", Malformed, 0),
    (b",", Malformed, 0),
    (b":", Malformed, 0),
    (b"<null>", Malformed, 0),
    (b"*", Malformed, 0),
    (b"a", Malformed, 0),
    (b"(1)", Malformed, 0),
    (b"'a'", Malformed, 0),
    (b"#1", Malformed, 0),
    (b"// c\n1", Malformed, 0),
    (b"/* c */1", Malformed, 0),
    // ws: four bytes and no other
    (b"\x0B1", Malformed, 0),
    (b"\x0C1", Malformed, 0),
    (b"[\x0C]", Malformed, 1),
    (b"[1\x0B]", Malformed, 2),
    (b"\0", Malformed, 0),
    (b"\x1F1", Malformed, 0),
    (b"\x7F1", Malformed, 0),
    (b"\xC2\xA01", Malformed, 0),
    (b"\xE2\x81\xA0", Malformed, 0),
    (b"[\xE2\x80\x83]", Malformed, 1),
    (b"{\"a\":\xC2\x851}", Malformed, 5),
    // literals
    (b"nul", Malformed, 0),
    (b"n", Malformed, 0),
    (b"tru", Malformed, 0),
    (b"fals", Malformed, 0),
    (b"nulll", Malformed, 4),
    (b"truee", Malformed, 4),
    (b"True", Malformed, 0),
    (b"TRUE", Malformed, 0),
    (b"Null", Malformed, 0),
    (b"[nul]", Malformed, 1),
    (b"[fals e]", Malformed, 1),
    (b"undefined", Malformed, 0),
    (b"nan", Malformed, 0),
    (b"true1", Malformed, 4),
    (b"null\"\"", Malformed, 4),
    // array
    (b"[", Malformed, 1),
    (b"[1", Malformed, 2),
    (b"[1,", Malformed, 3),
    (b"[,", Malformed, 1),
    (b"[,1]", Malformed, 1),
    (b"[1,]", Malformed, 3),
    (b"[1,,2]", Malformed, 3),
    (b"[1,\n]", Malformed, 4),
    (b"[1 2]", Malformed, 3),
    (b"[1:2]", Malformed, 2),
    (b"[\"a\" \"b\"]", Malformed, 5),
    (b"[\"\":1]", Malformed, 3),
    (b"[1}", Malformed, 2),
    (b"[a", Malformed, 1),
    (b"[a]", Malformed, 1),
    (b"[*]", Malformed, 1),
    (b"[1;2]", Malformed, 2),
    (b"[[1]", Malformed, 4),
    (b"[3[4]]", Malformed, 2),
    (b"[\"a\",\n4\n,1,", Malformed, 11),
    (b"[{}", Malformed, 3),
    (b"[<null>]", Malformed, 1),
    (b"[1, 2", Malformed, 5),
    // object
    (b"{", Malformed, 1),
    (b"{\"", Malformed, 2),
    (b"{\"a", Malformed, 3),
    (b"{\"a\"", Malformed, 4),
    (b"{\"a\":", Malformed, 5),
    (b"{\"a\":1", Malformed, 6),
    (b"{\"a\":1,", Malformed, 7),
    (b"{,}", Malformed, 1),
    (b"{,\"a\":1}", Malformed, 1),
    (b"{\"a\":1,}", Malformed, 7),
    (b"{\"a\":1,,\"b\":2}", Malformed, 7),
    (b"{\"a\"}", Malformed, 4),
    (b"{\"a\":}", Malformed, 5),
    (b"{\"a\",1}", Malformed, 4),
    (b"{\"a\"::1}", Malformed, 5),
    (b"{\"a\" 1}", Malformed, 5),
    (b"{\"a\"=1}", Malformed, 4),
    (b"{:1}", Malformed, 1),
    (b"{a:1}", Malformed, 1),
    (b"{'a':1}", Malformed, 1),
    (b"{1:1}", Malformed, 1),
    (b"{null:1}", Malformed, 1),
    (b"{[]:1}", Malformed, 1),
    (b"{{}:1}", Malformed, 1),
    (b"{\"a\":1]", Malformed, 6),
    (b"{]", Malformed, 1),
    (b"{\"a\":1 \"b\":2}", Malformed, 7),
    (b"{\"a\":1;\"b\":2}", Malformed, 6),
    (b"{\"a\":/**/1}", Malformed, 5),
    (b"{/**/\"a\":1}", Malformed, 1),
    (b"{\"a\":\"b\"/**/}", Malformed, 8),
    (b"{\"a\":1:2}", Malformed, 6),
    (b"{\"a\" \"b\"}", Malformed, 5),
    (b"{\"a\":\"a", Malformed, 7),
    (b"{\"a\\u00e\":1}", Malformed, 5),
    // number
    (b"-", Malformed, 1),
    (b"+", Malformed, 0),
    (b"+1", Malformed, 0),
    (b"--1", Malformed, 1),
    (b"-+1", Malformed, 1),
    (b"- 1", Malformed, 1),
    (b"-a", Malformed, 1),
    (b"-[1]", Malformed, 1),
    (b"00", Malformed, 1),
    (b"01", Malformed, 1),
    (b"-01", Malformed, 2),
    (b"-00", Malformed, 2),
    (b"012", Malformed, 1),
    (b"00.1", Malformed, 1),
    (b"0x1", Malformed, 1),
    (b"0b1", Malformed, 1),
    (b".", Malformed, 0),
    (b".5", Malformed, 0),
    (b"-.5", Malformed, 1),
    (b"1.", Malformed, 2),
    (b"-1.", Malformed, 3),
    (b"1.]", Malformed, 2),
    (b"1.e1", Malformed, 2),
    (b"1..2", Malformed, 2),
    (b"1.2.3", Malformed, 3),
    (b"1.-2", Malformed, 2),
    (b"1.+2", Malformed, 2),
    (b"1e", Malformed, 2),
    (b"1E", Malformed, 2),
    (b"1e+", Malformed, 3),
    (b"1e-", Malformed, 3),
    (b"1e+-1", Malformed, 3),
    (b"1ee1", Malformed, 2),
    (b"1e1.5", Malformed, 3),
    (b"1e1e1", Malformed, 3),
    (b"0e", Malformed, 2),
    (b"0.e1", Malformed, 2),
    (b"1.0e", Malformed, 4),
    (b"[1.0e+]", Malformed, 6),
    (b"1_000", Malformed, 1),
    (b"1 000.0", Malformed, 2),
    (b"1a", Malformed, 1),
    (b"1f", Malformed, 1),
    (b"1L", Malformed, 1),
    (b"1eE2", Malformed, 2),
    (b"2.e+3", Malformed, 2),
    (b"Infinity", Malformed, 0),
    (b"-Infinity", Malformed, 1),
    (b"Inf", Malformed, 0),
    (b"NaN", Malformed, 0),
    (b"-NaN", Malformed, 1),
    (b"1+2", Malformed, 1),
    (b"1-2", Malformed, 1),
    (b"\xEF\xBC\x91", Malformed, 0),
    (b"\xD9\xA1", Malformed, 0),
    // string
    (b"\"", Malformed, 1),
    (b"\"a", Malformed, 2),
    (b"\"abcdefghijkl", Malformed, 13),
    (b"\"\\", Malformed, 1),
    (b"\"\\\"", Malformed, 3),
    (b"\"a\\\"", Malformed, 4),
    (b"\"\\\\\\\"", Malformed, 5),
    (b"\"\n\"", Malformed, 1),
    (b"\"\r\"", Malformed, 1),
    (b"\"\t\"", Malformed, 1),
    (b"\"\0\"", Malformed, 1),
    (b"\"a\0a\"", Malformed, 2),
    (b"\"\x1F\"", Malformed, 1),
    (b"\"abcdefghi\x01\"", Malformed, 10),
    (b"\"\\u0061\n\"", Malformed, 7),
    (b"\"\\a\"", Malformed, 1),
    (b"\"\\v\"", Malformed, 1),
    (b"\"\\0\"", Malformed, 1),
    (b"\"\\'\"", Malformed, 1),
    (b"\"\\x41\"", Malformed, 1),
    (b"\"\\ \"", Malformed, 1),
    (b"\"\\\n\"", Malformed, 1),
    (b"\"\\\0\"", Malformed, 1),
    (b"\"\\U0041\"", Malformed, 1),
    (b"\"\\\xC3\xA9\"", Malformed, 1),
    (b"\"\\u\"", Malformed, 3),
    (b"\"\\u0\"", Malformed, 3),
    (b"\"\\u00\"", Malformed, 3),
    (b"\"\\u004\"", Malformed, 3),
    (b"\"\\u004", Malformed, 3),
    (b"\"\\u00g0\"", Malformed, 3),
    (b"\"\\u 041\"", Malformed, 3),
    (b"\"\\u+041\"", Malformed, 3),
    (b"\"\\u{41}\"", Malformed, 3),
    (b"\"\\u00\xC3\xA9\"", Malformed, 3),
    (b"\"\\u-041\"", Malformed, 3),
    (b"'a'", Malformed, 0),
    (b"`a`", Malformed, 0),
    (b"\xE2\x80\x9Ca\xE2\x80\x9D", Malformed, 0),
    (b"\"a\"\"b\"", Malformed, 3),
    (b"\\u0022a\"", Malformed, 0),
    // surrogates
    (b"\"\\uD800\"", Malformed, 1),
    (b"\"\\uDC00\"", Malformed, 1),
    (b"\"\\uDFFF\"", Malformed, 1),
    (b"\"\\uDBFF\"", Malformed, 1),
    (b"\"\\uD800a\"", Malformed, 1),
    (b"\"\\uD800\\n\"", Malformed, 1),
    (b"\"\\uD800\\u\"", Malformed, 9),
    (b"\"\\uD800\\u1\"", Malformed, 9),
    (b"\"\\uD800\\u0061\"", Malformed, 1),
    (b"\"\\uD800\\uD800\"", Malformed, 1),
    (b"\"\\uD800\\uE000\"", Malformed, 1),
    (b"\"\\uDC00\\uD800\"", Malformed, 1),
    (b"\"\\uD834\\uDD1E\\uDD1E\"", Malformed, 13),
    (b"\"a\\uD834", Malformed, 2),
    (b"{\"\\uDADA\":1}", Malformed, 2),
    // encoding
    (b"\"\xFF\"", Encoding, 1),
    (b"\"\x80\"", Encoding, 1),
    (b"\"\xC3\"", Encoding, 1),
    (b"\"\xE2\x82\"", Encoding, 1),
    (b"\"\xF0\x9D\x84\"", Encoding, 1),
    (b"\"\xC0\x80\"", Encoding, 1),
    (b"\"\xC0\xAF\"", Encoding, 1),
    (b"\"\xE0\x80\xAF\"", Encoding, 1),
    (b"\"\xED\xA0\x80\"", Encoding, 1),
    (b"\"\xED\xB0\x80\"", Encoding, 1),
    (b"\"\xF4\x90\x80\x80\"", Encoding, 1),
    (b"\"\xF8\x88\x80\x80\x80\"", Encoding, 1),
    (b"\"\xE9\"", Encoding, 1),
    (b"\"\\u\xE5\"", Encoding, 3),
    (b"[\xFF]", Encoding, 1),
    (b"1\xE5", Encoding, 1),
    (b"\xFF", Encoding, 0),
    (b"{\"\xB9\":0}", Encoding, 2),
    (b"[\"abcdefghijklmnop\xFE\"]", Encoding, 18),
    (b"\xFE\xFF\0[\0]", Encoding, 0),
    (b"\xFF\xFE[\0]\0", Encoding, 0),
    (b"[\0]\0", Malformed, 1),
    (b"\0[\0]", Malformed, 0),
    (b"\xEF\xBB\xBF1", Refused, 0),
    (b"\xEF\xBB\xBF", Refused, 0),
    (b"\xEF\xBB\xBF{}", Refused, 0),
    (b"\xEF\xBB", Encoding, 0),
    (b"[\xEF\xBB\xBF]", Malformed, 1),
];

#[test]
fn documents_against_the_grammar_are_refused_where_they_go_wrong() {
    let mut wrong = Vec::new();
    for (document, kind, at) in REFUSE {
        let shown = String::from_utf8_lossy(document);
        match read(document) {
            Ok(_) => wrong.push(format!("{shown:?} accepted")),
            Err(fault) if (fault.kind, fault.at) != (*kind, *at) => {
                wrong.push(format!("{shown:?}: {:?} {fault}", fault.kind));
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn refused_documents_stay_refused_inside_others() {
    for (before, after) in [
        ("[0,", "]"),
        ("{\"a\":", "}"),
        ("[\"", "\"]"),
        ("\n ", " \n"),
    ] {
        for (document, ..) in REFUSE {
            let inside = [before.as_bytes(), *document, after.as_bytes()].concat();
            // A few become right by what stands around them: another reader tells which.
            let right = serde_json::from_slice::<serde_json::Value>(&inside).is_ok();
            let shown = String::from_utf8_lossy(&inside);
            assert_eq!(read(&inside).is_ok(), right, "{shown:?}");
        }
    }
}

#[test]
fn a_hundred_thousand_brackets_cost_no_stack() {
    for open in ["[", "{\"a\":", "[{\"\":"] {
        let fault = read(open.repeat(100_000).as_bytes()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Limit, "{open}");
    }
}

#[test]
fn faults_never_show_the_document() {
    for (document, ..) in REFUSE {
        let Err(fault) = read(document) else { continue };
        let told = format!("{fault} {fault:?}");
        assert!(
            !told.contains("DADA") && !told.contains("Infinity"),
            "{told}"
        );
    }
}
