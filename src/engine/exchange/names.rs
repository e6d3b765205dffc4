//! Names of fields in error answers: which of the places that a call sent each is the name of, and the reverse.

use super::call::Call;
use super::params::pointer_to;
use super::problem::FieldError;
use super::spoken::{self, Spoken, Step};
use super::{fills, places};
use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::codec::json::write;
use crate::engine::{Engine, Reading, Surroundings};
use crate::mapping::ast::{Absent, Kind};
use crate::mapping::compile::upstream::{Operation, Param, Route, Source};
use crate::mapping::convert::FieldStyle;
use crate::mapping::plan::{Layout, Node, NodeKind, Wire};

/// The call that an answer is to.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) operation: &'a Operation,
    pub(super) route: &'a Route,
    pub(super) call: &'a Call<'a>,
    pub(super) body: Option<TapeNode<'a>>,
    /// Headers of every call.
    pub(super) headers: &'a [Param],
}

/// A native name with what of the call it holds.
struct Named {
    path: Vec<Step>,
    place: Whereabouts,
    /// The last of the path is the caller's own word.
    own_name: bool,
    /// Its items may stand elsewhere in what was sent.
    moves: bool,
    /// Names of headers know no case.
    caseless: bool,
}

/// What a name leads to.
#[derive(Default)]
struct Found {
    places: Vec<Whereabouts>,
    /// They are some of those that may be meant.
    unsure: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Whereabouts {
    Pointer(String),
    Parameter(String),
}

/// Finds the places that errors name, and which of their names are known.
pub(super) fn resolve(
    errors: &mut [FieldError],
    asked: &Asked<'_>,
    engine: &mut Engine,
    limits: &Limits,
) {
    if errors.iter().all(|error| error.native_field.is_none()) {
        return;
    }
    let sent = asked.in_body(engine, limits);
    let beside = asked.beside_body();
    let xml = asked.is_xml();
    for error in errors {
        let Some(text) = error.native_field.as_deref() else {
            continue;
        };
        let name = Spoken::new(text, asked.layout(), xml);
        error.is_known_field = name.bare && is_known(&name, &sent, &beside, asked.layout());
        if error.pointer.is_some() {
            continue;
        }
        let found = found(&name, &sent, &beside, xml);
        match found.places.as_slice() {
            [] => {}
            [Whereabouts::Pointer(pointer)] if !found.unsure => {
                error.pointer = Some(pointer.clone());
            }
            [Whereabouts::Parameter(name)] => error.parameter = Some(name.clone()),
            several => {
                let pointers = several.iter().filter_map(|place| match place {
                    Whereabouts::Pointer(pointer) => Some(pointer.clone()),
                    Whereabouts::Parameter(_) => None,
                });
                error.candidates = pointers.collect();
            }
        }
    }
}

/// A canonical problem with the native names of the fields that its errors point at.
pub(super) fn told(
    document: &[u8],
    style: FieldStyle,
    asked: &Asked<'_>,
    engine: &mut Engine,
    limits: &Limits,
) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(document).ok()?;
    let mut tape = Tape::default();
    let root = tape.parse(text, limits).ok()?;
    let errors = root.get("errors")?;
    let mut sent = asked.in_body(engine, limits);
    sent.extend(asked.beside_body());
    let xml = asked.is_xml();
    let mut out = Vec::with_capacity(document.len());
    let mut at = 0;
    for error in errors.items() {
        let pointer = error.get("pointer").and_then(TapeNode::as_str);
        let parameter = error.get("parameter").and_then(TapeNode::as_str);
        let place = match (pointer, parameter) {
            (Some(pointer), _) => Whereabouts::Pointer(pointer.to_owned()),
            (None, Some(name)) => Whereabouts::Parameter(name.to_owned()),
            (None, None) => continue,
        };
        let named = sent.iter().find(|named| named.place == place);
        let (None, Some(named)) = (error.get("nativeField"), named) else {
            continue;
        };
        let start = usize::try_from(error.whole().start).ok()?.checked_add(1)?;
        out.extend_from_slice(document.get(at..start)?);
        write::string(&mut out, b"nativeField", false);
        out.push(b':');
        write::string(&mut out, named.in_style(style, xml).as_bytes(), false);
        out.push(b',');
        at = start;
    }
    out.extend_from_slice(document.get(at..)?);
    Some(out)
}

/// True if every name is one of the call's native document or of its schema; numbers are those of items that were sent.
fn is_known(name: &Spoken, sent: &[Named], beside: &[Named], layout: Option<&Layout>) -> bool {
    let mut places = sent.iter().chain(beside);
    let is_sent = |steps: &[Step]| {
        places.any(|named| {
            !named.own_name && named.is(steps, layout.is_some_and(is_xml), false) != Fit::No
        })
    };
    let of_schema = |names: &[&str]| {
        let numbered = name.is_numbered();
        layout.is_some_and(|layout| !numbered && has_way(layout, names))
    };
    let names = name.names().unwrap_or_default();
    let below = names.get(1..).filter(|_| name.has_root);
    let is_ended = [Some(&*name.steps), name.below_root()];
    is_ended.into_iter().flatten().any(is_sent) || of_schema(&names) || below.is_some_and(of_schema)
}

fn is_xml(layout: &Layout) -> bool {
    layout.wire == Wire::Xml
}

/// True if the native schema has these names one below the other, whether the call sent anything there or not.
fn has_way(layout: &Layout, names: &[&str]) -> bool {
    let mut above: Vec<&Node> = layout.nodes.iter().collect();
    for name in names {
        let edges = above.iter().flat_map(|node| layout.edges_of(node));
        let named = edges.filter(|edge| layout.local(edge) == name.as_bytes());
        above = named
            .flat_map(|edge| with_items(layout, edge.node))
            .collect();
    }
    !above.is_empty()
}

/// A node and what stands at once in it where it is a list, which paths do not name.
fn with_items(layout: &Layout, node: u16) -> impl Iterator<Item = &Node> {
    let node = layout.nodes.get(usize::from(node));
    let list = node.filter(|node| node.kind == NodeKind::List);
    let item = list.and_then(|list| layout.nodes.get(usize::from(list.item)));
    node.into_iter().chain(item)
}

/// Full paths go before ends of paths, and places of the body before names beside it.
fn found(name: &Spoken, sent: &[Named], beside: &[Named], xml: bool) -> Found {
    let fitting = |places: &[Named], steps: &[Step], whole: bool| {
        let mut found = Found::default();
        for named in places {
            let fit = named.is(steps, xml, whole);
            if fit != Fit::No && !found.places.contains(&named.place) {
                found.places.push(named.place.clone());
                found.unsure |= fit == Fit::Perhaps;
            }
        }
        found
    };
    let steps = &*name.steps;
    let below = name.below_root();
    let whole = [below, Some(steps)].into_iter().flatten();
    // What is told from the root is no end of another path.
    let is_end = !(name.from_root && name.has_root);
    let ends = Some((sent, steps)).filter(|_| is_end);
    whole
        .map(|steps| (sent, steps, true))
        .chain(ends.map(|(sent, steps)| (sent, steps, false)))
        .chain([(beside, steps, false)])
        .map(|(places, steps, whole)| fitting(places, steps, whole))
        .find(|found| !found.places.is_empty())
        .unwrap_or_default()
}

/// Whether a name is one of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    No,
    /// Which of the items it is of is not known.
    Perhaps,
    Yes,
}

// === impl Named ===

impl Named {
    /// Whether the name is this one, or the end of it. Numbers of items count where the name has some.
    fn is(&self, name: &[Step], xml: bool, whole: bool) -> Fit {
        let before = self.path.len().checked_sub(name.len());
        let Some(before) = before.filter(|before| !name.is_empty() && (*before == 0 || !whole))
        else {
            return Fit::No;
        };
        let end = self.path.get(before..).unwrap_or_default();
        let means = |(said, sent): (&Step, &Step)| match (&said.name, &sent.name) {
            (Some(said), Some(sent)) if self.caseless => said.eq_ignore_ascii_case(sent),
            _ => said.means(sent, xml, !self.moves),
        };
        let numbered = name.iter().any(|step| step.number.is_some());
        match name.iter().zip(end).all(means) {
            false => Fit::No,
            true if numbered && self.moves => Fit::Perhaps,
            true => Fit::Yes,
        }
    }

    fn in_style(&self, style: FieldStyle, xml: bool) -> String {
        let steps = match style {
            FieldStyle::Leaf => self.path.last().map_or(&[][..], std::slice::from_ref),
            FieldStyle::Path => &self.path,
        };
        let mut text = String::new();
        for step in steps {
            if !text.is_empty() {
                text.push(if xml { '/' } else { '.' });
            }
            if step.attribute && style == FieldStyle::Path {
                text.push('@');
            }
            text.push_str(step.name.as_deref().unwrap_or_default());
            let number = step.number.filter(|_| style == FieldStyle::Path);
            match number.map(|number| number.saturating_add(u32::from(xml))) {
                Some(number) if xml => text.push_str(&format!("[{number}]")),
                Some(number) => text.push_str(&format!(".{number}")),
                None => {}
            }
        }
        text
    }
}

// === impl Asked ===

impl Asked<'_> {
    /// The layout of the native body.
    fn layout(&self) -> Option<&Layout> {
        let body = self.route.body.as_ref();
        body.map(|route| &route.body.plan.native)
    }

    fn is_xml(&self) -> bool {
        self.layout().is_some_and(|layout| layout.wire == Wire::Xml)
    }

    /// The places of the native body, each with the pointer to its value in the caller's.
    fn in_body(&self, engine: &mut Engine, limits: &Limits) -> Vec<Named> {
        let (Some(route), Some(bytes)) = (&self.route.body, self.call.body) else {
            return Vec::new();
        };
        let facts = self.call.context.facts();
        let around = Surroundings {
            given: &[],
            call: &facts,
        };
        let document = fills::document(self.operation, route, self.call, bytes, self.body);
        let (input, shift) = document
            .as_ref()
            .map_or((bytes, 0), |document| (&*document.bytes, document.shift));
        let reading = if self.operation.kind == Kind::Update {
            Reading::Patch
        } else {
            Reading::Whole
        };
        let sent = engine.trace(&route.body.plan, input, reading, limits, around);
        // What stands before the caller's own document was put there.
        let own: Vec<_> = sent.into_iter().filter(|sent| sent.at >= shift).collect();
        let offsets: Vec<u32> = own
            .iter()
            .map(|sent| sent.at.saturating_sub(shift))
            .collect();
        let pointers = places::of_offsets(bytes, Wire::Json, &offsets);
        // What is written over another document stands among what that holds.
        let over = self.operation.absent == Some(Absent::Clears);
        let xml = self.is_xml();
        own.into_iter()
            .zip(pointers)
            .filter_map(|(sent, pointer)| {
                Some(Named {
                    path: spoken::of_sent(sent.path, sent.own_name, xml),
                    place: Whereabouts::Pointer(pointer?),
                    own_name: sent.own_name,
                    moves: over && sent.moves,
                    caseless: false,
                })
            })
            .collect()
    }

    /// Names of the query, of headers and of the path.
    fn beside_body(&self) -> Vec<Named> {
        let headers = self.route.headers.iter().chain(self.headers);
        let rules = self.route.params.iter().map(|param| (param, false));
        let rules = rules.chain(headers.map(|param| (param, true)));
        let of_rules = rules.flat_map(|(param, is_header)| {
            let source = param.sources.first();
            let names = param.spelled.iter();
            names.filter_map(move |name| Some((name, source?, is_header)))
        });
        let of_url = self.route.url_names.iter();
        let of_url = of_url.map(|(name, source)| (name, source, false));
        of_rules
            .chain(of_url)
            .filter_map(|(name, source, caseless)| {
                Some(Named {
                    path: vec![Step {
                        name: Some(name.to_string()),
                        ..Step::default()
                    }],
                    place: self.place_of(source)?,
                    own_name: false,
                    moves: false,
                    caseless,
                })
            })
            .collect()
    }

    /// Where the caller said what a source holds; none of what the call does not have.
    fn place_of(&self, source: &Source) -> Option<Whereabouts> {
        match source {
            Source::Input(name) => {
                self.call.input(name)?;
                Some(Whereabouts::Parameter(name.to_string()))
            }
            Source::Body(place) => pointer_to(self.body?, place).map(Whereabouts::Pointer),
            Source::Current(_)
            | Source::Outcome(_)
            | Source::Context(_)
            | Source::Setting(_)
            | Source::Nothing => None,
        }
    }
}
