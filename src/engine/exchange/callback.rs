//! Reads a document that an upstream sent by itself as the events that it tells.

use super::call::Context;
use super::media;
use super::outcome::text_of;
use super::worker::Worker;
use crate::codec::Limits;
use crate::codec::json::tape::TapeNode;
use crate::codec::json::write;
use crate::engine::{Direction, Engine, Incoming, Reading, Surroundings};
use crate::mapping::compile::upstream::{Callback, Root, Upstream};
use crate::model::date;

/// The type of an event that no rule knows.
const UNKNOWN: &str = "unknown";

/// A document as it was received.
#[derive(Clone, Copy)]
pub struct ReceivedDocument<'a> {
    /// Its media type.
    pub content_type: Option<&'a str>,
    /// Its bytes.
    pub body: &'a [u8],
}

/// Something that happened upstream.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened, in the model's words.
    pub kind: Box<str>,
    /// What makes delivery happen once, qualified; the same whenever the document comes again.
    pub id: Option<String>,
    /// What came with it: canonical JSON.
    pub data: Option<Vec<u8>>,
    /// When it was received, RFC 3339; none where the clock is beyond any calendar.
    pub time: Option<String>,
}

// === impl Event ===

impl Event {
    /// Writes the event as JSON, with this id where it has none of its own.
    #[must_use]
    pub fn document(&self, id: &str) -> Vec<u8> {
        let data = self.data.as_deref().unwrap_or_default();
        let mut out = Vec::with_capacity(data.len().saturating_add(160));
        let mut text = |name: &str, value: &str| {
            out.extend_from_slice(name.as_bytes());
            write::string(&mut out, value.as_bytes(), false);
        };
        text("{\"id\":", self.id.as_deref().unwrap_or(id));
        text(",\"type\":", &self.kind);
        if let Some(time) = &self.time {
            text(",\"time\":", time);
        }
        if !data.is_empty() {
            out.extend_from_slice(b",\"data\":");
            out.extend_from_slice(data);
        }
        out.push(b'}');
        out
    }
}

// === impl Upstream ===

impl Upstream {
    /// Reads a document: an event of each item, or one. What fits no case is one event of the type `unknown`, without
    /// a byte of the document.
    #[must_use]
    pub fn events(
        &self,
        document: &ReceivedDocument<'_>,
        context: &Context<'_>,
        worker: &mut Worker,
    ) -> Vec<Event> {
        let time = date::write_instant(context.now_unix_ms);
        let Worker {
            engine,
            result,
            limits,
            ..
        } = worker;
        for case in &self.callbacks {
            let Some(read) = read(case, document, context, engine, limits) else {
                continue;
            };
            let Some(root) = std::str::from_utf8(&read)
                .ok()
                .and_then(|text| result.parse(text, limits).ok())
            else {
                continue;
            };
            let event = |node: TapeNode<'_>| Event {
                kind: case.event.clone(),
                id: self.id_of(case, node),
                data: slice(&read, node),
                time: time.clone(),
            };
            return match (case.body.root, root.get("items"), root.get("resource")) {
                (Root::Outcome, Some(items), _) => items.items().map(event).collect(),
                (Root::Outcome, None, Some(resource)) => vec![event(resource)],
                (Root::Outcome, None, None) => Vec::new(),
                _ => vec![event(root)],
            };
        }
        vec![Event {
            kind: UNKNOWN.into(),
            id: None,
            data: None,
            time,
        }]
    }

    /// The value of the place that makes delivery happen once, with the upstream's name in front.
    fn id_of(&self, case: &Callback, item: TapeNode<'_>) -> Option<String> {
        let (last, before) = case.once.split_last()?;
        let holder = before.iter().try_fold(item, |at, name| at.get(name))?;
        let value = text_of(holder, last).filter(|value| !value.is_empty())?;
        Some(if value.starts_with(&*self.qualifier) {
            value
        } else {
            [&*self.qualifier, &value].concat()
        })
    }
}

/// Tries a case on the document: `None` if it does not fit.
fn read(
    case: &Callback,
    document: &ReceivedDocument<'_>,
    context: &Context<'_>,
    engine: &mut Engine,
    limits: &Limits,
) -> Option<Vec<u8>> {
    let plan = &case.body.plan;
    let wire = plan.native.wire;
    if !media::fits(document.content_type, wire) {
        return None;
    }
    let text = media::utf8(document.body, document.content_type, wire).ok()?;
    let facts = context.facts();
    let around = Surroundings {
        given: &[],
        call: &facts,
    };
    let mut out = Vec::new();
    let done = engine.translate(
        plan,
        Direction::ToCanonical,
        Incoming::Text(&text),
        Reading::Whole,
        limits,
        around,
        &mut out,
    );
    done.ok()?;
    if out.is_empty() {
        out.extend_from_slice(b"{}");
    }
    Some(out)
}

fn slice(text: &[u8], node: TapeNode<'_>) -> Option<Vec<u8>> {
    let whole = node.whole();
    let range = usize::try_from(whole.start).ok()?..usize::try_from(whole.end).ok()?;
    text.get(range).map(<[u8]>::to_vec)
}
