//! Documents drawn at random: blanks, escapes and number forms too, and names that stand twice.

use proptest::prelude::*;

/// A document of the grammar; some have a name twice in one object.
pub(crate) fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..400).prop_map(|choices| {
        let mut draw = Draw {
            choices: choices.into_iter(),
            out: String::new(),
        };
        draw.blank();
        draw.value(0);
        draw.blank();
        draw.out
    })
}

/// A document with a few bytes changed, put in or taken out.
pub(crate) fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        prop::sample::select(br#"{}[]:,"\ue0-1.+E tfn"#.to_vec()),
        any::<u8>(),
    ];
    let change = (any::<prop::sample::Index>(), 0..3_u8, byte);
    (document(), prop::collection::vec(change, 1..4)).prop_map(|(document, changes)| {
        let mut bytes = document.into_bytes();
        for (place, change, byte) in changes {
            let at = place.index(bytes.len() + 1);
            match change {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

/// Writes a document by one choice after another; when they run out it soon ends.
struct Draw {
    choices: std::vec::IntoIter<u8>,
    out: String,
}

impl Draw {
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.choices.next().unwrap_or(0)) % count
    }

    fn one_of(&mut self, pieces: &[&str]) {
        let chosen = self.below(pieces.len());
        self.out.push_str(pieces[chosen]);
    }

    fn blank(&mut self) {
        self.one_of(&[
            "",
            "",
            "",
            " ",
            "\n",
            "\t\r\n",
            "\n        ",
            "\n             ",
        ]);
    }

    fn value(&mut self, depth: usize) {
        match self.below(if depth < 6 { 9 } else { 5 }) {
            0 => self.one_of(&["null", "true", "false"]),
            1 | 2 => self.number(),
            3 | 4 => self.string(),
            5 | 6 => self.list(depth),
            _ => self.object(depth),
        }
    }

    fn list(&mut self, depth: usize) {
        self.out.push('[');
        self.blank();
        for item in 0..self.below(6) {
            if item > 0 {
                self.out.push(',');
            }
            self.blank();
            self.value(depth + 1);
            self.blank();
        }
        self.out.push(']');
    }

    fn object(&mut self, depth: usize) {
        self.out.push('{');
        self.blank();
        for member in 0..self.below(24) {
            if member > 0 {
                self.out.push(',');
            }
            self.blank();
            self.string();
            self.blank();
            self.out.push(':');
            self.blank();
            self.value(depth + 1);
            self.blank();
        }
        self.out.push('}');
    }

    fn number(&mut self) {
        self.one_of(&["", "-"]);
        self.one_of(&["0", "1", "20", "9007199254740993", "123456789012345678901"]);
        self.one_of(&["", "", ".0", ".50", ".000000000001"]);
        self.one_of(&["", "", "e1", "E+07", "e-00", "E400"]);
    }

    fn string(&mut self) {
        self.out.push('"');
        for _ in 0..self.below(12) {
            self.one_of(&[
                "a",
                "b",
                "ab",
                "abcdefgh",
                " ",
                "/",
                "{",
                ",",
                "é",
                "€",
                "𝄞",
                "\u{7F}",
                "\u{2028}",
                r#"\""#,
                r"\\",
                r"\/",
                r"\b",
                r"\n",
                r"\u0061",
                r"\u0022",
                r"\u001F",
                r"\u00e9",
                r"\uD834\uDD1E",
                r"\uffff",
            ]);
        }
        self.out.push('"');
    }
}
