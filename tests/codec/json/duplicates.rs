//! A name stands once in an object, however it is written and however many there are.

use interlingua::codec::FaultKind;

use super::recorder::{Recorder, deep, read, read_with};

fn duplicate_at(document: &str) -> Option<u32> {
    match read(document.as_bytes()) {
        Ok(_) => None,
        Err(fault) => {
            assert_eq!(fault.kind, FaultKind::Duplicate, "{document}: {fault}");
            Some(fault.at)
        }
    }
}

#[test]
fn a_second_member_of_a_name_is_refused() {
    for (document, at) in [
        (r#"{"a":1,"a":2}"#, 7),
        (r#"{"a":1,"a":1}"#, 7),
        (r#"{"":1,"":2}"#, 6),
        (r#"{"a":{},"b":1,"a":[]}"#, 14),
        (r#"{"a":1,"\u0061":2}"#, 7),
        (r#"{"\u0061":1,"a":2}"#, 12),
        (r#"{"\u0061":1,"\u0061":2}"#, 12),
        (r#"{"a/b":1,"a\/b":2}"#, 9),
        (r#"{"é":1,"\u00e9":2}"#, 8),
        (r#"{"𝄞":1,"\uD834\uDD1E":2}"#, 10),
        (r#"{"longer than eight":1,"longer than eight":2}"#, 23),
        (r#"[{"x":{"a":1,"b":2,"a":3}}]"#, 19),
        (r#"{"a":{"a":1},"a":2}"#, 13),
        (r#"{"\u0000":1,"\u0000":2}"#, 12),
    ] {
        assert_eq!(duplicate_at(document), Some(at), "{document}");
    }
}

#[test]
fn names_that_differ_are_not_confused() {
    for document in [
        r#"{"a":1,"b":2}"#,
        r#"{"a":{"a":{"a":1}}}"#,
        r#"{"longer than eight":1,"longer than eighty":2,"longer than":3}"#,
        r#"{"abcdefgh":1,"abcdefghi":2,"abcdefg":3,"abcdefgh\u0000":4}"#,
        r#"{"a":1,"a\u0000":2,"a\u0000\u0000":3,"":4}"#,
        r#"{"12345678x":1,"12345678y":2}"#,
        r#"[{"a":1},{"a":1}]"#,
        r#"{"a":{"b":1},"b":{"a":1}}"#,
    ] {
        assert_eq!(duplicate_at(document), None, "{document}");
    }
}

/// An object of so many members, each name written by `name`.
fn object(count: usize, name: impl Fn(usize) -> String) -> String {
    let members: Vec<_> = (0..count).map(|n| format!("\"{}\":{n}", name(n))).collect();
    format!("{{{}}}", members.join(","))
}

#[test]
fn one_duplicate_is_found_wherever_it_stands_among_many() {
    for count in [2, 3, 15, 16, 17, 18, 33, 200] {
        let names = |n: usize| format!("the name number {n}");
        assert_eq!(duplicate_at(&object(count, names)), None, "{count}");
        for (first, second) in [(0, 1), (0, count - 1), (count / 2, count - 1)] {
            if first == second {
                continue;
            }
            let document = object(count, |n| names(if n == second { first } else { n }));
            let at = document.rfind(&format!("\"{}\"", names(first))).unwrap();
            assert_eq!(
                duplicate_at(&document),
                Some(at as u32),
                "{count} {first} {second}"
            );
        }
    }
}

#[test]
fn the_first_name_that_stands_twice_is_the_one_reported() {
    let document = object(40, |n| format!("{}", if n >= 36 { 39 - n } else { n }));
    let at = document.rfind("\"3\"").unwrap();
    assert_eq!(duplicate_at(&document), Some(at as u32));
}

#[test]
fn many_names_of_one_beginning_are_told_apart() {
    assert_eq!(
        duplicate_at(&object(2_000, |n| format!("{:0>200}", n))),
        None
    );
    let document = object(2_000, |n| format!("{:0>200}", n % 1_999));
    assert!(duplicate_at(&document).is_some());
}

#[test]
fn escaped_and_plain_names_are_compared_decoded_above_the_linear_size() {
    let mut document = object(20, |n| format!("n{n}"));
    document.truncate(document.len() - 1);
    document.push_str(r#","\u006e7":0}"#);
    assert_eq!(
        duplicate_at(&document),
        Some(document.find("\"\\u").unwrap() as u32)
    );
}

#[test]
fn names_after_a_closed_inner_object_belong_to_the_outer_one() {
    let inner = object(20, |n| format!("n{n}"));
    let document = format!(r#"{{"x":{inner},"n0":1,"y":{inner},"x":2}}"#);
    assert_eq!(
        duplicate_at(&document),
        Some(document.rfind("\"x\"").unwrap() as u32)
    );
}

#[test]
fn a_sink_that_knows_a_name_answers_for_it() {
    let known = || Recorder {
        known: vec!["a".into()],
        ..Recorder::default()
    };
    let (result, _) = read_with(br#"{"a":1,"b":2,"\u0061":3}"#, &deep(), known());
    let fault = result.unwrap_err();
    assert_eq!((fault.kind, fault.at), (FaultKind::Duplicate, 13));
    let (result, _) = read_with(br#"{"a":1,"b":2,"b":3}"#, &deep(), known());
    let fault = result.unwrap_err();
    assert_eq!((fault.kind, fault.at), (FaultKind::Duplicate, 13));
}
