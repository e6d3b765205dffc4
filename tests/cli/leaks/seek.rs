//! Looks for planted values in whatever was shown, in the forms in which they may have been written.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

/// Shorter values are looked for as words of their own: a few digits stand in any number.
const SHORT: usize = 6;

/// A planted value.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
    /// `text`, a format of the model, or `config`.
    pub(crate) place: &'static str,
    /// Forms that tell case apart.
    exact: Vec<String>,
    /// Forms in lower case.
    folded: Vec<String>,
}

/// A text in which values are looked for.
#[derive(Debug)]
pub(crate) struct Shown {
    plain: String,
    folded: String,
    decoded: String,
    squeezed: String,
}

/// The kinds of the table.
pub(crate) fn kinds() -> Vec<Kind> {
    let lines = include_str!("kinds.tsv").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines.map(Kind::read).collect()
}

// === impl Kind ===

impl Kind {
    fn read(line: &'static str) -> Self {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, value, place] = cells.as_slice() else {
            panic!("{line}");
        };
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let numbers: Vec<String> = value.bytes().map(|byte| byte.to_string()).collect();
        let mut exact = in_base64(value);
        // As `Debug` shows bytes.
        exact.push(numbers.join(", "));
        Self {
            name,
            value,
            place,
            exact,
            folded: vec![value.to_lowercase(), hex, percent],
        }
    }

    pub(crate) fn is_of_config(&self) -> bool {
        self.place == "config"
    }

    pub(crate) fn stands_in(&self, shown: &Shown) -> bool {
        if self.value.len() < SHORT {
            return is_word(&shown.plain, self.value);
        }
        let bare: String = self.value.chars().filter(|c| !is_mark(*c)).collect();
        self.exact.iter().any(|form| shown.plain.contains(form))
            || self.folded.iter().any(|form| shown.folded.contains(form))
            || shown.decoded.contains(&self.value.to_lowercase())
            || shown.squeezed.contains(&bare.to_lowercase())
    }
}

/// What stands of a value in Base64, at whichever of three places it begins, without the digits that others share.
fn in_base64(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for lead in 0..3 {
        let bytes = [&b"\0\0"[..lead], value.as_bytes()].concat();
        for text in [
            BASE64_STANDARD.encode(&bytes),
            BASE64_URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            let begin = [0, 2, 3][lead];
            let whole = bytes.len() * 8 / 6;
            forms.push(text[begin..whole].to_owned());
        }
    }
    forms
}

fn is_mark(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '/' | '_' | '(' | ')')
}

fn is_word(text: &str, word: &str) -> bool {
    let is_inner =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ':' | '-'));
    text.match_indices(word).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + word.len()..]);
        !is_inner(before.chars().next_back()) && !is_inner(behind.chars().next())
    })
}

// === impl Shown ===

impl Shown {
    pub(crate) fn of(text: &str) -> Self {
        let folded = text.to_lowercase();
        Self {
            squeezed: folded.chars().filter(|c| !is_mark(*c)).collect(),
            decoded: decoded(&folded),
            plain: text.to_owned(),
            folded,
        }
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn a_planted_value_is_found_in_every_form() {
    let kinds = kinds();
    let found = |text: &str| -> Vec<&str> {
        let shown = Shown::of(text);
        let found = kinds.iter().filter(|kind| kind.stands_in(&shown));
        found.map(|kind| kind.name).collect()
    };
    for text in [
        "a4539578763621486b",
        "4539 5787 6362 1486",
        "4539-5787-6362-1486",
        "NDUzOTU3ODc2MzYyMTQ4Ng==",
        "YTo0NTM5NTc4NzYzNjIxNDg2",
        "YWE6NDUzOTU3ODc2MzYyMTQ4Njpi",
        "34353339353738373633363231343836",
        "%34539578763621486",
    ] {
        assert_eq!(found(text), ["card-number"], "{text}");
    }
    for text in [
        "sW0RDFISH-qZ7",
        "53773072646669736820",
        "5377307264666973682d517a37",
        "5377307264666973682D517A37",
        "Sw0rdfish%2DQz7",
        "[83, 119, 48, 114, 100, 102, 105, 115, 104, 45, 81, 122, 55]",
    ] {
        let expected: &[&str] = if text.ends_with("20") {
            &[]
        } else {
            &["password"]
        };
        assert_eq!(found(text), expected, "{text}");
    }
    assert_eq!(found("{\"cvv\":\"7391\"}"), ["security-code"]);
    assert_eq!(
        found("port 17391, took 0.7391, at 12:7391, id a-7391-b"),
        [""; 0]
    );
    assert_eq!(found("4539578763621487 and nothing planted"), [""; 0]);
}
