//! A sink that writes down what it is told, and checks every promise of the ranges while it listens.

use interlingua::codec::xml::{Name, XmlReader, XmlSink};
use interlingua::codec::{Fault, FaultKind, Limits, Range, Stop, Text};

/// What one document told, one line an event, in the form the tests read best.
#[derive(Debug, Default)]
pub(crate) struct Recorder<'a> {
    document: &'a [u8],
    /// Names given as predictions, in turn; empty for none.
    predictions: Vec<String>,
    starts: usize,
    open: Vec<u32>,
    /// The events.
    pub(crate) events: Vec<String>,
    /// How often a prediction was taken.
    pub(crate) hits: usize,
    /// Every text lent at an end, decoded.
    pub(crate) texts: Vec<String>,
    /// Every attribute value lent, decoded.
    pub(crate) values: Vec<String>,
    /// Texts that did not stand in the document: range of the scratch and bytes, to be checked afterwards.
    decoded: Vec<(Range, Vec<u8>)>,
    /// Stops at the event of this number.
    pub(crate) stop_at: Option<usize>,
}

/// Reads a document with one kind of prediction and returns its events, or the fault.
pub(crate) fn read<'a>(
    document: &'a [u8],
    limits: &Limits,
    predictions: Vec<String>,
) -> (Recorder<'a>, Result<(), Fault>) {
    let mut recorder = Recorder {
        document,
        predictions,
        ..Recorder::default()
    };
    let mut scratch = b"what an earlier document left".to_vec();
    let result = XmlReader::default().read(document, limits, &mut scratch, &mut recorder);
    for (range, bytes) in &recorder.decoded {
        assert_eq!(
            &scratch[range.start as usize..range.end as usize],
            bytes,
            "a decoded text moved"
        );
    }
    assert!(scratch.starts_with(b"what an earlier document left"));
    if let Err(fault) = &result {
        assert!(fault.at as usize <= document.len(), "{fault}");
        assert_ne!(fault.kind, FaultKind::Stopped, "nobody asked to stop");
    }
    (recorder, result)
}

/// The events of a document that has to be accepted.
pub(crate) fn events(document: &str) -> Vec<String> {
    let (recorder, result) = read(document.as_bytes(), &Limits::default(), Vec::new());
    assert_eq!(result, Ok(()), "{document}");
    recorder.events
}

/// The fault of a document that has to be refused.
pub(crate) fn fault(document: &[u8], limits: &Limits) -> Fault {
    read(document, limits, Vec::new()).1.expect_err("a fault")
}

impl<'a> Recorder<'a> {
    /// A recorder of one document, without predictions.
    pub(crate) fn over(document: &'a [u8]) -> Self {
        Self {
            document,
            ..Self::default()
        }
    }

    fn tell(&mut self, event: String) -> Result<(), Stop> {
        self.events.push(event);
        if self.stop_at == Some(self.events.len()) {
            Err(Stop)
        } else {
            Ok(())
        }
    }

    fn slice(&self, range: Range) -> &str {
        std::str::from_utf8(&self.document[range.start as usize..range.end as usize])
            .expect("whole characters")
    }

    fn lend(&mut self, text: Text, bytes: &[u8]) -> String {
        if text.decoded {
            self.decoded.push((text.range, bytes.to_vec()));
        } else {
            assert_eq!(self.slice(text.range).as_bytes(), bytes);
        }
        let plain = !bytes
            .iter()
            .any(|byte| *byte < b' ' || matches!(byte, b'"' | b'\\'));
        assert_eq!(text.plain, plain, "plain of {bytes:?}");
        String::from_utf8(bytes.to_vec()).expect("UTF-8")
    }
}

fn name(name: Name<'_>) -> String {
    let local = String::from_utf8_lossy(name.local);
    if name.namespace.is_empty() {
        local.into_owned()
    } else {
        format!("{{{}}}{local}", String::from_utf8_lossy(name.namespace))
    }
}

impl XmlSink for Recorder<'_> {
    fn predict(&self) -> &[u8] {
        self.predictions
            .get(self.starts)
            .map_or(b"", String::as_bytes)
    }

    fn predicted_start(&mut self, at: u32) -> Result<(), Stop> {
        self.hits += 1;
        let predicted = self.predictions[self.starts].clone();
        let expected = format!("<{predicted}");
        assert!(self.document[at as usize..].starts_with(expected.as_bytes()));
        self.start(
            Name {
                local: predicted.as_bytes(),
                namespace: b"",
                prefix: 0,
            },
            at,
        )
    }

    fn start(&mut self, started: Name<'_>, at: u32) -> Result<(), Stop> {
        assert_eq!(self.document[at as usize], b'<');
        self.starts += 1;
        self.open.push(at);
        self.tell(format!("start {}", name(started)))
    }

    fn attribute(
        &mut self,
        named: Name<'_>,
        text: Text,
        bytes: &[u8],
        inner: Range,
        outer: Range,
    ) -> Result<(), Stop> {
        let value = self.lend(text, bytes);
        let whole = self.slice(outer);
        assert!(whole.starts_with([' ', '\t', '\n', '\r']), "{whole:?}");
        let quote = whole.chars().next_back().expect("a quote");
        let around = format!("{quote}{}{quote}", self.slice(inner));
        assert!(whole.ends_with(&around), "{whole:?} {around:?}");
        let event = format!("attribute {}={value:?}", name(named));
        self.values.push(value);
        self.tell(event)
    }

    fn content(&mut self, at: u32, empty: bool) -> Result<(), Stop> {
        let tag = self.slice(Range { start: 0, end: at });
        assert!(tag.ends_with(if empty { "/>" } else { ">" }));
        self.tell(if empty { "empty" } else { "content" }.to_owned())
    }

    fn mixed(&mut self, text: Text, bytes: &[u8]) -> Result<(), Stop> {
        let text = self.lend(text, bytes);
        assert!(
            !text.trim_matches([' ', '\t', '\n', '\r']).is_empty(),
            "blank text told as mixed"
        );
        self.tell(format!("mixed {text:?}"))
    }

    fn end(&mut self, text: Text, bytes: &[u8], inner: Range, outer: Range) -> Result<(), Stop> {
        let text = self.lend(text, bytes);
        assert_eq!(self.open.pop(), Some(outer.start));
        let whole = self.slice(outer);
        assert!(whole.ends_with('>'));
        if inner.end == outer.end {
            assert!(whole.ends_with("/>") && inner.start == inner.end);
        } else {
            assert!(
                self.slice(Range {
                    start: outer.start,
                    end: inner.start
                })
                .ends_with('>')
            );
            assert!(
                self.slice(Range {
                    start: inner.end,
                    end: outer.end
                })
                .starts_with("</")
            );
        }
        let event = format!("end {text:?} {:?}", self.slice(inner));
        self.texts.push(text);
        self.tell(event)
    }
}
