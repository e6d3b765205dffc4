//! Names of fields in error answers: which of the places that a call sent each is the name of, and the reverse.

use super::call::Call;
use super::params::pointer_to;
use super::parts::Part;
use super::problem::FieldError;
use super::{facts, fills, places};
use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::codec::json::write;
use crate::engine::trace::local;
use crate::engine::{Engine, Reading, Surroundings};
use crate::mapping::ast::Kind;
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
    /// What of the body the request is about; none if that is all of it.
    pub(super) part: Option<Part<'a>>,
    /// Headers of every call.
    pub(super) headers: &'a [Param],
}

/// A native name with what of the call it holds.
struct Named {
    path: Vec<String>,
    place: Whereabouts,
    /// The last of the path is the caller's own word.
    own_name: bool,
}

#[derive(Clone, PartialEq, Eq)]
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
        let name = segments(text, xml);
        let mut places = sent.iter().chain(&beside);
        error.is_known_field = is_bare(text, &name, asked.layout())
            && (places.any(|named| !named.own_name && named.is(&name, false))
                || asked.layout().is_some_and(|layout| has_way(layout, &name)));
        if error.pointer.is_some() {
            continue;
        }
        let found = found(&name, &sent, &beside);
        match found.as_slice() {
            [] => {}
            [Whereabouts::Pointer(pointer)] => error.pointer = Some(pointer.clone()),
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
        write::string(&mut out, named.in_style(style).as_bytes(), false);
        out.push(b',');
        at = start;
    }
    out.extend_from_slice(document.get(at..)?);
    Some(out)
}

/// The names in a path, in whatever way an upstream writes it.
fn segments(name: &str, xml: bool) -> Vec<String> {
    name.split(['.', '/', '[', ']'])
        .map(|part| part.trim_matches(|mark| mark == '@' || mark == '$' || mark == '\''))
        .map(|part| if xml { local(part) } else { part })
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// True if a text says nothing beside its names: prefixes are those that the schema has itself.
fn is_bare(text: &str, names: &[String], layout: Option<&Layout>) -> bool {
    let is_own = |prefix: &str| {
        let mut prefixes = layout.into_iter().flat_map(|layout| &layout.prefixes);
        prefixes.any(|(own, _)| **own == *prefix)
    };
    let whole = segments(text, false);
    let mut prefixes = whole.iter().zip(names).map(|(whole, name)| {
        let prefix = whole.strip_suffix(name.as_str()).unwrap_or(whole);
        prefix.strip_suffix(':').unwrap_or(prefix)
    });
    // A prefix without a name behind it is none of the names.
    whole.len() == names.len()
        && !names.is_empty()
        && prefixes.all(|prefix| prefix.is_empty() || is_own(prefix))
}

/// True if the native schema has these names one below the other, whether the call sent anything there or not.
fn has_way(layout: &Layout, names: &[String]) -> bool {
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
fn found(name: &[String], sent: &[Named], beside: &[Named]) -> Vec<Whereabouts> {
    if name.is_empty() {
        return Vec::new();
    }
    let fitting = |places: &[Named], whole: bool| {
        let mut found: Vec<Whereabouts> = Vec::new();
        for named in places.iter().filter(|named| named.is(name, whole)) {
            if !found.contains(&named.place) {
                found.push(named.place.clone());
            }
        }
        found
    };
    [(sent, true), (sent, false), (beside, false)]
        .into_iter()
        .map(|(places, whole)| fitting(places, whole))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

// === impl Named ===

impl Named {
    /// True if the name is this one, or the end of it. Numbers of items count only where the name has some.
    fn is(&self, name: &[String], whole: bool) -> bool {
        let numbered = name.iter().any(|part| is_number(part));
        let counts = |part: &&String| numbered || !is_number(part);
        let own: Vec<&String> = self.path.iter().filter(counts).collect();
        let Some(before) = own.len().checked_sub(name.len()) else {
            return false;
        };
        let end = own.get(before..).unwrap_or_default();
        (before == 0 || !whole) && end.iter().zip(name).all(|(one, other)| *one == other)
    }

    fn in_style(&self, style: FieldStyle) -> String {
        match style {
            FieldStyle::Leaf => self.path.last().cloned().unwrap_or_default(),
            FieldStyle::Path => self.path.join("."),
        }
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
        let Some((bytes, above)) = self.said(bytes) else {
            return Vec::new();
        };
        let document = match self.part {
            Some(_) => None,
            None => fills::document(self.operation, route, self.call, bytes, self.body),
        };
        let (input, shift) = document
            .as_ref()
            .map_or((bytes, 0), |document| (&*document.bytes, document.shift));
        let is_item = self.part.as_ref().is_some_and(Part::is_item);
        let reading = if self.operation.kind == Kind::Update && !is_item {
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
        own.into_iter()
            .zip(pointers)
            .filter_map(|(sent, pointer)| {
                Some(Named {
                    path: sent.path,
                    place: Whereabouts::Pointer(above.clone() + &pointer?),
                    own_name: sent.own_name,
                })
            })
            .collect()
    }

    /// What the caller says of what the request is about, and the pointer to it; none if that is nothing.
    fn said<'b>(&self, whole: &'b [u8]) -> Option<(&'b [u8], String)> {
        let Some(part) = &self.part else {
            return Some((whole, String::new()));
        };
        let said = whole.get(facts::range(part.node?))?;
        Some((said, part.pointer(self.body)))
    }

    /// Names of the query, of headers and of the path.
    fn beside_body(&self) -> Vec<Named> {
        let rules = self.route.params.iter();
        let rules = rules.chain(&self.route.headers).chain(self.headers);
        let of_rules = rules.flat_map(|param| {
            let source = param.sources.first();
            param
                .names
                .iter()
                .filter_map(move |name| Some((name, source?)))
        });
        let of_url = self
            .route
            .url_names
            .iter()
            .map(|(name, source)| (name, source));
        of_rules
            .chain(of_url)
            .filter_map(|(name, source)| {
                Some(Named {
                    path: vec![name.to_string()],
                    place: self.place_of(source)?,
                    own_name: false,
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
