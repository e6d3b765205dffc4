//! Generated documents, well-formed ones and ones gone wrong.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What makes up texts and values; none of it holds a quote, a `<` or a bare `&`, and no two make `]]>`.
const PIECES: [&str; 22] = [
    "x",
    "some text",
    " ",
    "\n",
    "\t",
    "\r\n",
    "\r",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&#65;",
    "&#x1F600;",
    "&#13;",
    "&#10;",
    "]]",
    " >",
    "é日本",
    "\\",
    "12.50",
    "abcdefghijklmnopqrstuvwxyz",
];

/// What breaks documents, or nearly.
const TOKENS: [&str; 36] = [
    "<",
    ">",
    "/",
    "</",
    "/>",
    "<a>",
    "</a>",
    "<a",
    "&",
    ";",
    "&amp;",
    "&#0;",
    "&#x41;",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "--",
    "<?",
    "?>",
    "<?p?>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE a>",
    "\"",
    "'",
    "=",
    " ",
    "\r",
    "\n",
    "\0",
    "\u{FFFE}",
    " a='1'",
    " xmlns='u'",
    " xmlns:p='u'",
    "p:",
    "é",
];

fn text() -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 0..5).prop_map(|pieces| pieces.concat())
}

fn name() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "a",
            "b",
            "name",
            "countryCode",
            "paymentTermsValue",
            "größe",
            "p:a",
            "q:b",
            "_1",
        ][..],
    )
}

fn attributes() -> impl Strategy<Value = String> {
    let attribute = (name(), text(), any::<bool>());
    vec(attribute, 0..4).prop_map(|attributes| {
        let mut written = String::new();
        let mut names = Vec::new();
        for (name, value, double) in attributes {
            if !names.contains(&name) {
                names.push(name);
                let quote = if double { '"' } else { '\'' };
                written.push_str(&format!(" {name}={quote}{value}{quote}"));
            }
        }
        written
    })
}

fn declarations() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "",
            "",
            "",
            " xmlns=\"urn:d\"",
            " xmlns=\"\"",
            " xmlns:p=\"urn:e\"",
            " xmlns:q='urn:f'\n",
        ][..],
    )
}

fn element() -> impl Strategy<Value = String> {
    let leaf = (name(), attributes(), declarations(), text()).prop_map(
        |(name, attributes, declarations, text)| {
            if text.is_empty() {
                format!("<{name}{attributes}{declarations}/>")
            } else {
                format!("<{name}{declarations}{attributes} >{text}</{name}>")
            }
        },
    );
    leaf.prop_recursive(4, 24, 5, |child| {
        let aside = select(&["<!-- c -->", "<?p d?>", "<![CDATA[<&]]]>", "\n  ", ""][..])
            .prop_map(str::to_owned);
        let content = prop_oneof![4 => child, 1 => text(), 2 => aside];
        (name(), declarations(), attributes(), vec(content, 0..6)).prop_map(
            |(name, declarations, attributes, content)| {
                let content = content.concat();
                format!("<{name}{declarations}{attributes}>{content}</{name}\n>")
            },
        )
    })
}

/// A well-formed document.
pub(crate) fn document() -> impl Strategy<Value = String> {
    let prolog = select(
        &[
            "",
            "<?xml version=\"1.0\"?>\n",
            "\u{FEFF}",
            "<!-- c -->",
            "<?p?>\n",
        ][..],
    );
    let epilog = select(&["", "\n", "<!-- c -->", " <?p?>"][..]);
    (prolog, declarations(), element(), epilog).prop_map(
        |(prolog, declarations, element, epilog)| {
            let prefixes = "xmlns:p='urn:p' xmlns:q='urn:q'";
            format!(
                "{prolog}<root {prefixes}{}>{element}</root>{epilog}",
                declarations.replace(":p", ":r").replace(":q", ":s")
            )
        },
    )
}

/// A document with a few of its bytes replaced, removed or added.
pub(crate) fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let mutation = (
        any::<Index>(),
        0_usize..6,
        select(&TOKENS[..]),
        any::<u8>(),
        0_u8..4,
    );
    (document(), vec(mutation, 0..4)).prop_map(|(document, mutations)| {
        let mut bytes = document.into_bytes();
        for (place, length, token, byte, kind) in mutations {
            let start = place.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            match kind {
                0 => drop(bytes.splice(start..start, token.bytes())),
                1 => drop(bytes.splice(start..end, token.bytes())),
                2 => drop(bytes.drain(start..end)),
                _ => drop(bytes.splice(start..end, [byte])),
            }
        }
        bytes
    })
}
