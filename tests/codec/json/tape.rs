//! The flat document: what it tells is what the document says.

use interlingua::codec::json::tape::{Kind, Tape};
use interlingua::codec::{FaultKind, Limits, Range};
use serde_json::Value;

const DOCUMENT: &str = r#" {"id":"00123","n":-1.50,"list":[1,[],{"a/b":true,"m~n":null}, "x\u00e9\n"],
  "empty":{},"\u006eame":"Zo\u00eb","big":123456789012345678901234567890} "#;

#[test]
fn values_are_found_by_name_and_pointer() {
    let mut tape = Tape::default();
    let root = tape.parse(DOCUMENT, &Limits::default()).unwrap();
    assert_eq!(root.kind(), Kind::Object);
    assert_eq!(root.count(), 6);
    assert_eq!(root.get("id").unwrap().as_str(), Some("00123"));
    assert_eq!(root.get("n").unwrap().lexeme(), Some("-1.50"));
    assert_eq!(root.get("name").unwrap().as_str(), Some("Zoë"));
    assert_eq!(
        root.get("big").unwrap().lexeme(),
        Some("123456789012345678901234567890")
    );
    assert!(root.get("absent").is_none());
    assert!(root.get("").is_none());
    let found = |pointer| root.pointer(pointer);
    assert_eq!(found("").unwrap().kind(), Kind::Object);
    assert_eq!(found("/list/0").unwrap().lexeme(), Some("1"));
    assert_eq!(found("/list/1").unwrap().kind(), Kind::Array);
    assert_eq!(found("/list/2/a~1b").unwrap().as_bool(), Some(true));
    assert!(found("/list/2/m~0n").unwrap().is_null());
    assert_eq!(found("/list/3").unwrap().as_str(), Some("xé\n"));
    for nowhere in [
        "list", "/list/4", "/list/00", "/list/+1", "/list/-1", "/list/-", "/id/0", "/list/", "/",
    ] {
        assert!(found(nowhere).is_none(), "{nowhere}");
    }
}

#[test]
fn order_is_kept_and_kinds_do_not_mix() {
    let mut tape = Tape::default();
    let root = tape.parse(DOCUMENT, &Limits::default()).unwrap();
    let names: Vec<_> = root.members().map(|(name, _)| name).collect();
    assert_eq!(names, ["id", "n", "list", "empty", "name", "big"]);
    let list = root.get("list").unwrap();
    let kinds: Vec<_> = list.items().map(|item| item.kind()).collect();
    assert_eq!(
        kinds,
        [Kind::Number, Kind::Array, Kind::Object, Kind::String]
    );
    assert_eq!(list.members().count(), 0);
    assert_eq!(root.items().count(), 0);
    let id = root.get("id").unwrap();
    assert_eq!(
        (id.lexeme(), id.as_bool(), id.is_null()),
        (None, None, false)
    );
    assert_eq!(
        (id.members().count(), id.items().count(), id.count()),
        (0, 0, 0)
    );
    assert_eq!(root.get("n").unwrap().as_str(), None);
}

#[test]
fn places_cover_the_value_as_it_stands() {
    let mut tape = Tape::default();
    let document = r#"{"a":"x\ty", "b":[1, 2]}"#;
    let root = tape.parse(document, &Limits::default()).unwrap();
    let standing = |Range { start, end }| document.get(start as usize..end as usize).unwrap();
    assert_eq!(standing(root.whole()), document);
    assert_eq!(standing(root.get("a").unwrap().whole()), r#""x\ty""#);
    assert_eq!(standing(root.get("b").unwrap().whole()), "[1, 2]");
    assert_eq!(standing(root.pointer("/b/1").unwrap().whole()), "2");
}

#[test]
fn a_tree_made_from_it_is_the_one_that_serde_reads() {
    let mut tape = Tape::default();
    for document in [
        DOCUMENT,
        "[]",
        "{}",
        "1",
        "-0",
        "\"\"",
        "[[[]],{}]",
        "18446744073709551615",
        "1e2",
    ] {
        let tree = tape.parse(document, &Limits::default()).unwrap().to_value();
        assert_eq!(
            tree,
            serde_json::from_str::<Value>(document).unwrap(),
            "{document}"
        );
    }
}

#[test]
fn a_tape_reads_on_after_a_fault() {
    let mut tape = Tape::default();
    for broken in ["[\"\\u00e9", "{\"a\":1,\"a\":2}", "\"\\ud834\\udd1e", "["] {
        assert!(tape.parse(broken, &Limits::default()).is_err(), "{broken}");
        let root = tape.parse(r#"["\u00e9"]"#, &Limits::default()).unwrap();
        assert_eq!(root.pointer("/0").unwrap().as_str(), Some("é"));
    }
    let fault = tape
        .parse("{\"a\":1,\"a\":2}", &Limits::default())
        .unwrap_err();
    assert_eq!(fault.kind, FaultKind::Duplicate);
}

#[test]
fn nothing_of_a_document_is_shown_for_debugging() {
    let mut tape = Tape::default();
    let root = tape
        .parse(r#"{"secret":"pan"}"#, &Limits::default())
        .unwrap();
    let told = format!("{root:?} {:?} {:?}", root.members(), root.get("secret"));
    assert!(!told.contains("pan") && !told.contains("secret"), "{told}");
    let told = format!("{tape:?}");
    assert!(!told.contains("pan") && !told.contains("secret"), "{told}");
}
