//! Prints a document anew: key order and number lexemes kept, needless escapes and blanks dropped.

use super::reader::Reader;
use super::sink::{JsonSink, Named};
use super::write;
use crate::codec::fault::Fault;
use crate::codec::limits::Limits;
use crate::codec::text::{Range, Stop, Text};

/// Spaces of one level of indentation.
const INDENT: usize = 2;

/// Appends a document to `out` without a blank between its tokens.
///
/// # Errors
/// The first fault of the document, as [`Reader::read`] says; `out` is then as it was.
pub fn compact(input: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<(), Fault> {
    print(input, limits, out, false)
}

/// Appends a document to `out` with one member or item to a line, indented by two spaces a level.
///
/// # Errors
/// The first fault of the document, as [`Reader::read`] says; `out` is then as it was.
pub fn pretty(input: &[u8], limits: &Limits, out: &mut Vec<u8>) -> Result<(), Fault> {
    print(input, limits, out, true)
}

fn print(input: &[u8], limits: &Limits, out: &mut Vec<u8>, lines: bool) -> Result<(), Fault> {
    let before = out.len();
    let mut printer = Printer {
        out,
        lines,
        depth: 0,
        place: Place::Alone,
    };
    let read = Reader::default().read(input, limits, &mut Vec::new(), &mut printer);
    if read.is_err() {
        out.truncate(before);
    }
    read
}

/// A sink that writes what it is told.
struct Printer<'a> {
    out: &'a mut Vec<u8>,
    lines: bool,
    depth: usize,
    place: Place,
}

/// What stands right before the place to write at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing: the root goes here.
    Alone,
    /// An opening bracket.
    First,
    /// A member's name.
    Member,
    /// A member or an item.
    Later,
}

// === impl Printer ===

impl Printer<'_> {
    /// Writes what parts the next name or item from what stands before it.
    fn part(&mut self) {
        match self.place {
            Place::Alone | Place::Member => {}
            Place::First => self.line(),
            Place::Later => {
                self.out.push(b',');
                self.line();
            }
        }
        self.place = Place::Later;
    }

    fn line(&mut self) {
        if self.lines {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + self.depth * INDENT, b' ');
        }
    }

    fn begin(&mut self, bracket: u8) -> Result<(), Stop> {
        self.value(&[bracket])?;
        self.depth += 1;
        self.place = Place::First;
        Ok(())
    }

    fn end(&mut self, bracket: u8) -> Result<(), Stop> {
        self.depth -= 1;
        if self.place != Place::First {
            self.line();
        }
        self.out.push(bracket);
        self.place = Place::Later;
        Ok(())
    }

    fn value(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.part();
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

impl JsonSink for Printer<'_> {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_key(&mut self, _: u32) -> Result<Named, Stop> {
        Err(Stop)
    }

    fn key(&mut self, text: Text, name: &[u8], _: u32) -> Result<Named, Stop> {
        self.part();
        write::string(self.out, name, text.plain);
        self.out
            .extend_from_slice(if self.lines { b": " } else { b":" });
        self.place = Place::Member;
        Ok(Named::Unknown)
    }

    fn begin_object(&mut self, _: u32) -> Result<(), Stop> {
        self.begin(b'{')
    }

    fn end_object(&mut self, _: Range) -> Result<(), Stop> {
        self.end(b'}')
    }

    fn begin_array(&mut self, _: u32) -> Result<(), Stop> {
        self.begin(b'[')
    }

    fn end_array(&mut self, _: Range) -> Result<(), Stop> {
        self.end(b']')
    }

    fn string(&mut self, text: Text, bytes: &[u8], _: Range) -> Result<(), Stop> {
        self.part();
        write::string(self.out, bytes, text.plain);
        Ok(())
    }

    fn number(&mut self, bytes: &[u8], _: Range) -> Result<(), Stop> {
        self.value(bytes)
    }

    fn boolean(&mut self, value: bool, _: Range) -> Result<(), Stop> {
        self.value(if value { b"true" } else { b"false" })
    }

    fn null(&mut self, _: Range) -> Result<(), Stop> {
        self.value(b"null")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = " { \"b\\u002f\" : [ ] , \"a\" : { } , \"n\" : [ 1.00 , -0E+2, \"q\\\"\\n\\/\\u00e9\" ,\ttrue,false,null ] }\r\n";

    type Print = fn(&[u8], &Limits, &mut Vec<u8>) -> Result<(), Fault>;

    fn printed(print: Print, input: &str) -> Result<String, Fault> {
        let mut out = b"kept".to_vec();
        let result = print(input.as_bytes(), &Limits::default(), &mut out);
        let text = String::from_utf8(out).unwrap();
        let text = text.strip_prefix("kept").unwrap().to_owned();
        if result.is_err() {
            assert_eq!(text, "");
        }
        result.map(|()| text)
    }

    #[test]
    fn compact_drops_blanks_and_keeps_order_and_lexemes() {
        assert_eq!(
            printed(compact, SAMPLE).unwrap(),
            r#"{"b/":[],"a":{},"n":[1.00,-0E+2,"q\"\n/é",true,false,null]}"#
        );
    }

    #[test]
    fn pretty_gives_each_member_and_item_a_line() {
        let expected = "{\n  \"b/\": [],\n  \"a\": {},\n  \"n\": [\n    1.00,\n    -0E+2,\n    \"q\\\"\\n/é\",\n    true,\n    false,\n    null\n  ]\n}";
        assert_eq!(printed(pretty, SAMPLE).unwrap(), expected);
    }

    #[test]
    fn a_scalar_document_is_printed_alone() {
        for scalar in ["1e400", "\"\"", "null"] {
            assert_eq!(printed(pretty, scalar).unwrap(), scalar);
            assert_eq!(printed(compact, scalar).unwrap(), scalar);
        }
    }

    #[test]
    fn a_faulty_document_leaves_the_buffer_as_it_was() {
        assert!(printed(pretty, r#"{"a":1,"a":2}"#).is_err());
        assert!(printed(compact, r#"[1,2"#).is_err());
    }
}
