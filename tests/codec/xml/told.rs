//! What two readers tell of one document, in a form that can be compared.

use interlingua::codec::Limits;
use quick_xml::NsReader;
use quick_xml::XmlVersion::Implicit1_0;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use super::recorder::read;

/// What both readers have to agree on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) starts: Vec<String>,
    pub(crate) values: Vec<String>,
    /// Of every element as it ends: its text, or nothing if it has child elements.
    pub(crate) texts: Vec<String>,
}

/// The document by this reader; none if it is refused.
pub(crate) fn ours(document: &[u8]) -> Option<Told> {
    let (recorder, result) = read(document, &Limits::default(), Vec::new());
    result.ok()?;
    let starts = recorder
        .events
        .iter()
        .filter_map(|event| event.strip_prefix("start "))
        .map(str::to_owned)
        .collect();
    Some(Told {
        starts,
        values: recorder.values,
        texts: recorder.texts,
    })
}

/// The same by the general event reader, or why it refuses the document.
pub(crate) fn theirs(document: &str) -> Result<Told, quick_xml::Error> {
    let mut reader = NsReader::from_str(document.strip_prefix('\u{FEFF}').unwrap_or(document));
    reader.config_mut().check_comments = true;
    let mut told = Told::default();
    // Of every open element: its text so far, and whether it has child elements.
    let mut open: Vec<(String, bool)> = Vec::new();
    loop {
        let (namespace, event) = reader.read_resolved_event()?;
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            told.starts.push(expanded(&namespace, tag));
            told.values.extend(values(tag)?);
            if let Some(parent) = open.last_mut() {
                parent.1 = true;
            }
        }
        let more = match event {
            Event::Start(_) => {
                open.push((String::new(), false));
                continue;
            }
            Event::Empty(_) => {
                told.texts.push(String::new());
                continue;
            }
            Event::End(_) => {
                let (text, has_children) = open.pop().unwrap_or_default();
                told.texts
                    .push(if has_children { String::new() } else { text });
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                Some(character) => character.to_string(),
                None => resolve_predefined_entity(&reference)
                    .unwrap_or("undefined entity")
                    .to_owned(),
            },
            Event::Eof => return Ok(told),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => continue,
        };
        if let Some((text, _)) = open.last_mut() {
            text.push_str(&more);
        }
    }
}

fn expanded(namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> String {
    let local = tag.local_name();
    match namespace {
        ResolveResult::Bound(name) if !name.0.is_empty() => {
            format!("{{{}}}{}", name.0, local.as_ref())
        }
        _ => local.as_ref().to_owned(),
    }
}

fn values(tag: &BytesStart<'_>) -> Result<Vec<String>, quick_xml::Error> {
    let mut values = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute?;
        if attribute.key.as_namespace_binding().is_none() {
            values.push(attribute.normalized_value(Implicit1_0)?.into_owned());
        }
    }
    Ok(values)
}
