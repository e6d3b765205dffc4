//! XML: what the strict reader makes of bytes, held against quick-xml, against itself and against the writer.

#[path = "../../tests/codec/xml/recorder.rs"]
#[allow(dead_code, reason = "tests of the codec use the rest")]
mod recorder;
#[path = "../../tests/codec/xml/told.rs"]
mod told;

use interlingua::codec::xml::pretty::pretty;
use interlingua::codec::xml::{Name, XmlReader, XmlSink, write};
use interlingua::codec::{Fault, Limits, Range, Stop, Text, encoding};
use recorder::{Recorder, read};
use told::{ours, theirs};

/// Holds every property for these bytes.
pub(crate) fn hold(bytes: &[u8]) {
    for charset in [
        "utf-8",
        "utf-16",
        "utf-16le",
        "utf-16be",
        "iso-8859-1",
        "windows-1252",
    ] {
        decoded_as_by_others(bytes, charset);
    }
    match encoding::decode(bytes, None) {
        Ok(document) => document_holds(&document),
        Err(fault) => assert!(fault.at as usize <= bytes.len()),
    }
}

/// A document of a charset that is given beside it is the text that other decoders make of it.
fn decoded_as_by_others(bytes: &[u8], charset: &str) {
    let decoded = match encoding::decode(bytes, Some(charset)) {
        Ok(decoded) => decoded,
        Err(fault) => return assert!(fault.at as usize <= bytes.len()),
    };
    let wide = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let (units, rest) = bytes.as_chunks::<2>();
        assert!(rest.is_empty(), "half a unit was let through");
        let units: Vec<u16> = units.iter().map(|unit| order(*unit)).collect();
        String::from_utf16(&units).unwrap()
    };
    let little = bytes.strip_prefix(b"\xFF\xFE");
    let big = bytes.strip_prefix(b"\xFE\xFF");
    let expected = match charset {
        // The reader looks at every byte of it anyway.
        "utf-8" => {
            let plain = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            return assert_eq!(&*decoded, plain);
        }
        "iso-8859-1" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        "windows-1252" => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
            text.into_owned()
        }
        "utf-16be" => wide(u16::from_be_bytes, big.unwrap_or(bytes)),
        "utf-16le" => wide(u16::from_le_bytes, little.unwrap_or(bytes)),
        _ => match (little, big) {
            (Some(rest), _) => wide(u16::from_le_bytes, rest),
            (_, Some(rest)) => wide(u16::from_be_bytes, rest),
            _ => panic!("UTF-16 of no order was let through"),
        },
    };
    assert_eq!(*decoded, *expected.as_bytes(), "{charset}");
}

fn document_holds(document: &[u8]) {
    let limits = Limits::default();
    let (cold, result) = read(document, &limits, Vec::new());
    expected_names_change_nothing(document, &cold, result);
    warm(document, &cold, result);
    let laid_out = pretty(document, &limits);
    assert_eq!(laid_out.is_ok(), result.is_ok());
    let Some(told) = ours(document) else { return };
    let text = std::str::from_utf8(document).unwrap();
    let mut other = theirs(text).unwrap();
    for start in &mut other.starts {
        *start = named(start);
    }
    assert_eq!(told, other);
    assert_eq!(ours(&laid_out.unwrap()), Some(told));
    transcoded(text);
    written_again(document, &cold);
}

/// An expanded name with its namespace as a value that was read: the other reader tells it as it stands.
fn named(start: &str) -> String {
    let Some((namespace, local)) = start
        .strip_prefix('{')
        .and_then(|rest| rest.rsplit_once('}'))
    else {
        return start.to_owned();
    };
    // References are put in behind the blanks, so that `&#10;` stays what it is (XML 1.0, 3.3.3).
    let blank = namespace
        .replace("\r\n", " ")
        .replace(['\r', '\n', '\t'], " ");
    let namespace = quick_xml::escape::unescape(&blank).unwrap();
    match namespace.is_empty() {
        true => local.to_owned(),
        false => format!("{{{namespace}}}{local}"),
    }
}

/// Elements that a sink expects, rightly or wrongly, change no event.
fn expected_names_change_nothing(document: &[u8], cold: &Recorder<'_>, result: Result<(), Fault>) {
    let starts = cold
        .events
        .iter()
        .filter_map(|event| event.strip_prefix("start "));
    let right: Vec<String> = starts
        .map(|name| name.rsplit('}').next().unwrap().to_owned())
        .collect();
    let wrong = right.iter().map(|name| format!("{name}a")).collect();
    for names in [right, wrong] {
        let (told, same) = read(document, &Limits::default(), names);
        assert_eq!(same, result);
        assert_eq!(told.events, cold.events);
    }
}

/// A reader that read half of the document before says the same, and so it does again.
fn warm(document: &[u8], cold: &Recorder<'_>, result: Result<(), Fault>) {
    let mut reader = XmlReader::default();
    let half = &document[..document.len() / 2];
    for document in [half, document, document] {
        let mut told = Recorder::over(document);
        let same = reader.read(document, &Limits::default(), &mut Vec::new(), &mut told);
        if document.len() > half.len() {
            assert_eq!(same, result);
            assert_eq!(told.events, cold.events);
        }
    }
}

/// A document of another encoding is the same document.
fn transcoded(text: &str) {
    for (charset, mark, order) in [
        (
            "utf-16",
            &b"\xFF\xFE"[..],
            u16::to_le_bytes as fn(u16) -> [u8; 2],
        ),
        ("utf-16", b"\xFE\xFF", u16::to_be_bytes),
        ("utf-16le", b"", u16::to_le_bytes),
    ] {
        let units = text.encode_utf16().flat_map(order);
        let bytes: Vec<u8> = mark.iter().copied().chain(units).collect();
        let decoded = encoding::decode(&bytes, Some(charset));
        assert_eq!(decoded.as_deref(), Ok(text.as_bytes()));
    }
    let latin: Option<Vec<u8>> = text
        .chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect();
    if let Some(bytes) = latin {
        let decoded = encoding::decode(&bytes, Some("iso-8859-1"));
        // Its first three bytes may happen to be a mark of UTF-8.
        assert!(decoded.is_err() || decoded.as_deref() == Ok(text.as_bytes()));
    }
}

/// What the writer makes of what was read reads as the same.
fn written_again(document: &[u8], cold: &Recorder<'_>) {
    let wide = Limits {
        bytes: u32::MAX,
        attributes: u32::MAX,
        namespaces: u32::MAX,
        text: u32::MAX,
        ..Limits::default()
    };
    let mut writer = Writer::default();
    let read_again = XmlReader::default().read(document, &wide, &mut Vec::new(), &mut writer);
    assert_eq!(read_again, Ok(()));
    let (again, result) = read(&writer.out, &wide, Vec::new());
    assert_eq!(result, Ok(()), "{}", String::from_utf8_lossy(&writer.out));
    assert_eq!(again.texts, cold.texts);
    assert_eq!(again.values, cold.values);
    let named = |recorder: &Recorder<'_>| -> Vec<String> {
        let events = recorder.events.iter();
        let named =
            events.filter(|event| event.starts_with("start ") || event.starts_with("attribute "));
        named.cloned().collect()
    };
    assert_eq!(named(&again), named(cold));
}

/// Writes what it is told, each element with its own declarations.
#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    open: Vec<Vec<u8>>,
}

impl Writer {
    fn value(&mut self, name: &str, value: &[u8]) {
        self.out.extend_from_slice(format!(" {name}=\"").as_bytes());
        write::attribute(&mut self.out, value).unwrap();
        self.out.push(b'"');
    }
}

impl XmlSink for Writer {
    fn predict(&self) -> &[u8] {
        b""
    }

    fn predicted_start(&mut self, _: u32) -> Result<(), Stop> {
        unreachable!("no element was expected")
    }

    fn start(&mut self, name: Name<'_>, _: u32) -> Result<(), Stop> {
        // The namespace of `xml` is nobody's default (Namespaces in XML 1.0, 3).
        let is_reserved = name.namespace == b"http://www.w3.org/XML/1998/namespace";
        let prefix: &[u8] = if is_reserved { b"xml:" } else { b"" };
        let whole = [prefix, name.local].concat();
        self.out.push(b'<');
        self.out.extend_from_slice(&whole);
        if !is_reserved {
            self.value("xmlns", name.namespace);
        }
        self.open.push(whole);
        Ok(())
    }

    fn attribute(
        &mut self,
        name: Name<'_>,
        _: Text,
        bytes: &[u8],
        _: Range,
        outer: Range,
    ) -> Result<(), Stop> {
        let local = std::str::from_utf8(name.local).unwrap();
        match name.namespace {
            b"" => self.value(local, bytes),
            b"http://www.w3.org/XML/1998/namespace" => self.value(&format!("xml:{local}"), bytes),
            namespace => {
                let prefix = format!("n{}", outer.start);
                self.value(&format!("xmlns:{prefix}"), namespace);
                self.value(&format!("{prefix}:{local}"), bytes);
            }
        }
        Ok(())
    }

    fn content(&mut self, _: u32, _: bool) -> Result<(), Stop> {
        self.out.push(b'>');
        Ok(())
    }

    fn mixed(&mut self, _: Text, bytes: &[u8]) -> Result<(), Stop> {
        write::text(&mut self.out, bytes).unwrap();
        Ok(())
    }

    fn end(&mut self, _: Text, bytes: &[u8], _: Range, _: Range) -> Result<(), Stop> {
        write::text(&mut self.out, bytes).unwrap();
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(&self.open.pop().unwrap());
        self.out.push(b'>');
        Ok(())
    }
}
