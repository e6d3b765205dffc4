//! Server role: a whole document as the merge patch that it is for an upstream whose update clears what is absent.

use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::codec::json::write;

/// Adds a null for each place that is absent.
pub(super) fn cleared(document: &[u8], clearable: &[Vec<Box<str>>], tape: &mut Tape) -> Vec<u8> {
    let text = String::from_utf8_lossy(document).into_owned();
    let Ok(root) = tape.parse(&text, &Limits::default()) else {
        return document.to_vec();
    };
    let mut out = Vec::with_capacity(document.len());
    let places: Vec<&[Box<str>]> = clearable.iter().map(Vec::as_slice).collect();
    object(root, &text, &places, &mut out);
    out
}

fn object(node: TapeNode<'_>, text: &str, places: &[&[Box<str>]], out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    let mut comma = |out: &mut Vec<u8>| {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
    };
    for (name, value) in node.members() {
        comma(out);
        write::string(out, name.as_bytes(), false);
        out.push(b':');
        let below = below(places, name);
        if below.is_empty() {
            let whole = value.whole();
            let range =
                usize::try_from(whole.start).unwrap_or(0)..usize::try_from(whole.end).unwrap_or(0);
            out.extend_from_slice(text.get(range).unwrap_or_default().as_bytes());
        } else {
            object(value, text, &below, out);
        }
    }
    let mut done: Vec<&str> = Vec::new();
    for name in places.iter().filter_map(|place| place.first()) {
        if node.get(name).is_none() && !done.contains(&&**name) {
            done.push(name);
            comma(out);
            write::string(out, name.as_bytes(), false);
            out.push(b':');
            nulls(&below(places, name), out);
        }
    }
    out.push(b'}');
}

/// Places below a member, from there.
fn below<'p>(places: &[&'p [Box<str>]], name: &str) -> Vec<&'p [Box<str>]> {
    let split = places.iter().filter_map(|place| place.split_first());
    split
        .filter(|(head, rest)| &***head == name && !rest.is_empty())
        .map(|(_, rest)| rest)
        .collect()
}

/// A null, or an object of nulls: what is kept beside them is not cleared.
fn nulls(places: &[&[Box<str>]], out: &mut Vec<u8>) {
    if places.is_empty() {
        out.extend_from_slice(b"null");
        return;
    }
    out.push(b'{');
    let mut done: Vec<&str> = Vec::new();
    for name in places.iter().filter_map(|place| place.first()) {
        if done.contains(&&**name) {
            continue;
        }
        if !done.is_empty() {
            out.push(b',');
        }
        done.push(name);
        write::string(out, name.as_bytes(), false);
        out.push(b':');
        nulls(&below(places, name), out);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_cleared() {
        let places: Vec<Vec<Box<str>>> = [
            &["a"][..],
            &["b", "c"],
            &["b", "d"],
            &["e", "f"],
            &["e", "g"],
        ]
        .iter()
        .map(|place| place.iter().map(|name| (*name).into()).collect())
        .collect();
        let out = cleared(
            br#"{"b": {"c": 1}, "x": [1]}"#,
            &places,
            &mut Tape::default(),
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"b":{"c":1,"d":null},"x":[1],"a":null,"e":{"f":null,"g":null}}"#
        );
    }
}
