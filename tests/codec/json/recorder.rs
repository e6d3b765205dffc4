//! A sink that writes down what it is told.

use interlingua::codec::json::{JsonSink, Named, Reader};
use interlingua::codec::{Fault, Limits, Range, Stop, Text};

/// One event with its places; texts decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Key(String, Text, u32),
    BeginObject(u32),
    EndObject(Range),
    BeginArray(u32),
    EndArray(Range),
    String(String, Text, Range),
    Number(String, Range),
    Boolean(bool, Range),
    Null(Range),
}

/// Records events; expects the names it is given, one after another.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) events: Vec<Event>,
    pub(crate) expected: Vec<String>,
    pub(crate) hits: usize,
    /// Names that the sink says it watches itself.
    pub(crate) known: Vec<String>,
    /// Stops at the event of this number.
    pub(crate) stop_at: Option<usize>,
    /// Names told so far.
    pub(crate) keys: usize,
}

impl Recorder {
    fn note(&mut self, event: Event) -> Result<(), Stop> {
        if self.stop_at == Some(self.events.len()) {
            return Err(Stop);
        }
        self.events.push(event);
        Ok(())
    }

    fn named(&mut self, name: &str, text: Text, at: u32) -> Result<Named, Stop> {
        self.keys += 1;
        let seen = self
            .events
            .iter()
            .any(|event| matches!(event, Event::Key(other, ..) if other == name));
        self.note(Event::Key(name.to_owned(), text, at))?;
        match self.known.iter().any(|known| known == name) {
            true if seen => Ok(Named::Duplicate),
            true => Ok(Named::Known),
            false => Ok(Named::Unknown),
        }
    }
}

fn owned(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).unwrap().to_owned()
}

impl JsonSink for Recorder {
    fn predict(&self) -> &[u8] {
        self.expected
            .get(self.keys)
            .map_or(&[], |name| name.as_bytes())
    }

    fn predicted_key(&mut self, at: u32) -> Result<Named, Stop> {
        self.hits += 1;
        let name = self.expected[self.keys].clone();
        let start = at + 1;
        let text = Text {
            range: Range {
                start,
                end: start + name.len() as u32,
            },
            decoded: false,
            plain: true,
        };
        self.named(&name, text, at)
    }

    fn key(&mut self, text: Text, name: &[u8], at: u32) -> Result<Named, Stop> {
        self.named(&owned(name), text, at)
    }

    fn begin_object(&mut self, at: u32) -> Result<(), Stop> {
        self.note(Event::BeginObject(at))
    }

    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        self.note(Event::EndObject(whole))
    }

    fn begin_array(&mut self, at: u32) -> Result<(), Stop> {
        self.note(Event::BeginArray(at))
    }

    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        self.note(Event::EndArray(whole))
    }

    fn string(&mut self, text: Text, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.note(Event::String(owned(bytes), text, whole))
    }

    fn number(&mut self, bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.note(Event::Number(owned(bytes), whole))
    }

    fn boolean(&mut self, value: bool, whole: Range) -> Result<(), Stop> {
        self.note(Event::Boolean(value, whole))
    }

    fn null(&mut self, whole: Range) -> Result<(), Stop> {
        self.note(Event::Null(whole))
    }
}

/// The limits of these tests: as deep as any may go.
pub(crate) fn deep() -> Limits {
    Limits {
        depth: 127,
        ..Limits::default()
    }
}

/// Reads with a given recorder.
pub(crate) fn read_with(
    input: &[u8],
    limits: &Limits,
    mut recorder: Recorder,
) -> (Result<(), Fault>, Recorder) {
    let result = Reader::default().read(input, limits, &mut Vec::new(), &mut recorder);
    (result, recorder)
}

/// Reads with nothing expected and nothing known.
pub(crate) fn read(input: &[u8]) -> Result<Vec<Event>, Fault> {
    let (result, recorder) = read_with(input, &deep(), Recorder::default());
    result.map(|()| recorder.events)
}
