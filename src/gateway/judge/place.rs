//! Where in the caller's document its fault is: found by reading it again, since documents that read need no places.

use crate::codec::json::{JsonSink, Named, Reader};
use crate::codec::{Fault, Limits, Range, Stop, Text};

/// Follows the reader and knows where it is.
struct Place {
    /// Offset of the fault.
    wanted: u32,
    open: Vec<Step>,
}

/// What is being read in an open container.
enum Step {
    Member(Option<String>),
    Item(usize),
}

/// The JSON pointer to what was being read when the fault was found.
#[cold]
pub(super) fn of(fault: &Fault, input: &[u8], limits: &Limits) -> String {
    let mut place = Place {
        wanted: fault.at,
        open: Vec::new(),
    };
    // It ends by the same fault, or at the name that the fault is about.
    let _ = Reader::default().read(input, limits, &mut Vec::new(), &mut place);
    let mut pointer = String::new();
    for step in &place.open {
        match step {
            Step::Member(Some(name)) => push_token(&mut pointer, name),
            Step::Member(None) => {}
            Step::Item(position) => push_token(&mut pointer, &position.to_string()),
        }
    }
    pointer
}

/// Appends a reference token of RFC 6901.
pub(super) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

// === impl Place ===

impl Place {
    /// A value was read: the next item stands one further.
    fn told(&mut self) -> Result<(), Stop> {
        if let Some(Step::Item(position)) = self.open.last_mut() {
            *position = position.saturating_add(1);
        }
        Ok(())
    }

    fn begin(&mut self, step: Step) -> Result<(), Stop> {
        self.open.push(step);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.open.pop();
        self.told()
    }
}

impl JsonSink for Place {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_key(&mut self, _: u32) -> Result<Named, Stop> {
        Err(Stop)
    }

    fn key(&mut self, _: Text, name: &[u8], at: u32) -> Result<Named, Stop> {
        if let Some(Step::Member(last)) = self.open.last_mut() {
            *last = Some(String::from_utf8_lossy(name).into_owned());
        }
        if at == self.wanted {
            Err(Stop)
        } else {
            Ok(Named::Unknown)
        }
    }

    fn begin_object(&mut self, _: u32) -> Result<(), Stop> {
        self.begin(Step::Member(None))
    }

    fn end_object(&mut self, _: Range) -> Result<(), Stop> {
        self.end()
    }

    fn begin_array(&mut self, _: u32) -> Result<(), Stop> {
        self.begin(Step::Item(0))
    }

    fn end_array(&mut self, _: Range) -> Result<(), Stop> {
        self.end()
    }

    fn string(&mut self, _: Text, _: &[u8], _: Range) -> Result<(), Stop> {
        self.told()
    }

    fn number(&mut self, _: &[u8], _: Range) -> Result<(), Stop> {
        self.told()
    }

    fn boolean(&mut self, _: bool, _: Range) -> Result<(), Stop> {
        self.told()
    }

    fn null(&mut self, _: Range) -> Result<(), Stop> {
        self.told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::FaultKind;
    use crate::codec::json::tape::Tape;

    fn fault(input: &str, limits: &Limits) -> (FaultKind, String) {
        let fault = Tape::default().parse(input, limits).unwrap_err();
        (fault.kind, of(&fault, input.as_bytes(), limits))
    }

    #[test]
    fn a_fault_is_placed_in_the_callers_document() {
        let limits = Limits::default();
        for (input, kind, pointer) in [
            (r#"{"a":{"x":1,"b":2,"x":3}}"#, FaultKind::Duplicate, "/a/x"),
            (r#"{"a":[1,{"b":tru}]}"#, FaultKind::Malformed, "/a/1/b"),
            (r#"{"a":[1,2,]}"#, FaultKind::Malformed, "/a/2"),
            (r#"{"a":[[],{}],"b":[01]}"#, FaultKind::Malformed, "/b/1"),
            (r#"{"a":1} x"#, FaultKind::Malformed, ""),
            ("", FaultKind::Malformed, ""),
            (r#"{"a~/b":"\ud800"}"#, FaultKind::Malformed, "/a~0~1b"),
        ] {
            assert_eq!(fault(input, &limits), (kind, pointer.to_owned()), "{input}");
        }
    }

    #[test]
    fn a_limit_is_placed_too() {
        let limits = Limits {
            text: 3,
            ..Limits::default()
        };
        let placed = fault(r#"{"a":{"b":["ok","four"]}}"#, &limits);
        assert_eq!(placed, (FaultKind::Limit, "/a/b/1".to_owned()));
    }

    #[test]
    fn a_second_name_among_many_is_placed() {
        let many: String = (0..20).map(|n| format!("\"n{n}\":{n},")).collect();
        let input = format!("{{{many}\"n3\":1,\"z\":2}}");
        assert_eq!(
            fault(&input, &Limits::default()),
            (FaultKind::Duplicate, "/n3".to_owned())
        );
    }
}
