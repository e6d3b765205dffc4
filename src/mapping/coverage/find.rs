//! What each operation and each mapping carries.

use super::{Call, Mapping, Note, OfMessage, Operation, Side};
use crate::mapping::ast::{self, MappingFile, Message, Unmapped, UnmappedPath};
use crate::mapping::check::weakest;
use crate::mapping::convert::Law;
use crate::mapping::plan::Fan;
use crate::mapping::survey::deep;
use crate::mapping::survey::place::covers;
use crate::mapping::survey::tree::Ground;
use crate::mapping::survey::{Body, Carried, Does, MESSAGES, Survey, Tree, Usage, Walk};
use crate::mapping::syntax::Path;
use crate::mapping::table::TableRefusal;

/// Every operation of the canonical API, in its order.
pub(super) fn operations(survey: &Survey<'_>) -> Vec<Operation> {
    let offered = |id: &str| {
        let operations = survey.file().into_iter().flat_map(|file| &file.operations);
        operations.into_iter().find(|said| said.name.value == id)
    };
    let operation = |id: &str| {
        let said = offered(id).map(|said| &said.value);
        let steps = said.into_iter().flat_map(|said| &said.steps);
        let of_steps = steps.flat_map(|step| routes_of(survey, step));
        let routes = said
            .into_iter()
            .flat_map(|said| &said.routes)
            .chain(of_steps);
        Operation {
            id: id.to_owned(),
            calls: routes.map(|route| call(survey, route)).collect(),
        }
    };
    survey
        .catalog
        .operations
        .iter()
        .map(|one| operation(&one.id))
        .collect()
}

/// The routes of a step: its own, or those of its call.
pub(crate) fn routes_of<'a>(survey: &Survey<'a>, step: &'a ast::Step) -> &'a [ast::Route] {
    let named = step.call.as_ref().and_then(|name| {
        let calls = &survey.file()?.calls;
        calls.iter().find(|call| call.name.value == name.value)
    });
    named.map_or(&step.routes, |call| &call.value.routes)
}

fn call(survey: &Survey<'_>, route: &ast::Route) -> Call {
    let body = route
        .body
        .as_ref()
        .and_then(|said| survey.body(said, Message::Request));
    Call {
        call: route.call.to_string(),
        body: route.body.as_ref().map(ToString::to_string),
        forbidden: body.map_or_else(Vec::new, |body| forbidden(survey, &body)),
        declared: declared(&[&route.unmapped], Carried::Canonical),
    }
}

/// Canonical places whose native place the view forbids, those of mappings below among them.
fn forbidden(survey: &Survey<'_>, body: &Body<'_>) -> Vec<String> {
    let document = deep::document(survey, body, Message::Request);
    let mut places: Vec<String> = document
        .rules
        .iter()
        .filter(|rule| rule.entry.native.iter().any(|spot| spot.facts.forbidden))
        .flat_map(|rule| rule.canonical.iter().zip(&rule.entry.canonical))
        .filter(|(_, spot)| !spot.facts.read_only)
        .map(|(place, _)| place.to_string())
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Every mapping that serves a message, by name.
pub(super) fn mappings(survey: &Survey<'_>, usage: &Usage) -> Vec<Mapping> {
    let mut mappings: Vec<Mapping> = survey
        .set
        .mappings
        .iter()
        .filter(|mapping| !mapping.fragment)
        .filter_map(|mapping| of_mapping(survey, usage, mapping))
        .collect();
    mappings.sort_by(|one, other| one.name.cmp(&other.name));
    mappings
}

fn of_mapping(survey: &Survey<'_>, usage: &Usage, mapping: &MappingFile) -> Option<Mapping> {
    let known = survey.compiler.mapping(&mapping.name.value)?;
    let served = MESSAGES
        .into_iter()
        .filter(|message| usage.serves(mapping, *message));
    let messages: Vec<OfMessage> = served
        .map(|message| of_message(survey, known, message))
        .collect();
    if messages.is_empty() {
        return None;
    }
    let (normalising, lossy) = laws(survey, known);
    Some(Mapping {
        name: mapping.name.value.clone(),
        canonical: mapping.canonical.as_ref()?.value.clone(),
        messages,
        normalising,
        lossy,
    })
}

fn of_message(survey: &Survey<'_>, mapping: &MappingFile, message: Message) -> OfMessage {
    let Some(mapping) = survey.compiler.mapping(&mapping.name.value) else {
        return OfMessage {
            message,
            canonical: Side::default(),
            native: Side::default(),
            refused: Vec::new(),
        };
    };
    let walks = survey.walks(mapping, message);
    let refused = match message {
        Message::Request => refused(survey, &walks),
        Message::Response => Vec::new(),
    };
    OfMessage {
        message,
        canonical: side(survey, mapping, &walks, Carried::Canonical, message),
        native: side(survey, mapping, &walks, Carried::Native, message),
        refused,
    }
}

fn side(
    survey: &Survey<'_>,
    mapping: &MappingFile,
    walks: &[Walk<'_>],
    side: Carried,
    message: Message,
) -> Side {
    let mut found = Side::default();
    let mut tree = Tree::default();
    for walk in walks {
        tree.add(walk, side);
    }
    leaves(&tree, "", &mut found.carried);
    let root = Path {
        steps: Vec::new(),
        span: mapping.key,
    };
    let mut left: Vec<Path> = Vec::new();
    for walk in walks {
        let (shapes, shape) = match side {
            Carried::Canonical => (&survey.catalog.canonical, walk.canonical),
            Carried::Native => (&survey.set.native, walk.native),
        };
        for place in tree.uncovered(&Ground { shapes, message }, shape, &root) {
            if !left
                .iter()
                .any(|known| known.to_string() == place.to_string())
            {
                left.push(place);
            }
        }
    }
    let must = matches!(
        (side, message),
        (Carried::Canonical, Message::Request) | (Carried::Native, Message::Response)
    );
    if !must {
        found.computed = left.iter().map(ToString::to_string).collect();
        return found;
    }
    let unmapped: Vec<&Unmapped> = walks
        .first()
        .map_or_else(Vec::new, |walk| walk.unmapped.clone());
    found.declared = declared(&unmapped, side);
    found.rest = rest(&unmapped, side, &left);
    found
}

/// The declared entries that name places.
fn declared(unmapped: &[&Unmapped], side: Carried) -> Vec<Note> {
    let mut notes = Vec::new();
    for entry in entries(unmapped, side) {
        let places = match &entry.path {
            UnmappedPath::Places(places) => places.iter().map(ToString::to_string).collect(),
            UnmappedPath::Rest(_) => vec!["rest".to_owned()],
        };
        notes.extend(places.into_iter().map(|place| Note {
            place,
            text: entry.why.value.clone(),
        }));
    }
    notes
}

/// What the entry for the rest covers, and its reason.
fn rest(unmapped: &[&Unmapped], side: Carried, left: &[Path]) -> Option<(Vec<String>, String)> {
    let named = |place: &Path| {
        entries(unmapped, side).any(|entry| match &entry.path {
            UnmappedPath::Places(places) => places.iter().any(|declared| covers(declared, place)),
            UnmappedPath::Rest(_) => false,
        })
    };
    let rest = entries(unmapped, side).find(|entry| matches!(entry.path, UnmappedPath::Rest(_)))?;
    let places = left
        .iter()
        .filter(|place| !named(place))
        .map(ToString::to_string);
    Some((places.collect(), rest.why.value.clone()))
}

fn entries<'u>(
    unmapped: &'u [&'u Unmapped],
    side: Carried,
) -> impl Iterator<Item = &'u ast::UnmappedEntry> {
    unmapped.iter().flat_map(move |one| match side {
        Carried::Canonical => &one.canonical,
        Carried::Native => &one.native,
    })
}

/// The places where rules end.
fn leaves(tree: &Tree<'_>, path: &str, notes: &mut Vec<Note>) {
    if tree.whole || !tree.maps.is_empty() {
        let mut names: Vec<&str> = tree
            .maps
            .iter()
            .map(|map| map.name.value.as_str())
            .collect();
        names.dedup();
        notes.push(Note {
            place: if path.is_empty() {
                ".".to_owned()
            } else {
                path.to_owned()
            },
            text: names.join(", "),
        });
    }
    for (name, node) in &tree.members {
        let dot = if path.is_empty() { "" } else { "." };
        leaves(node, &format!("{path}{dot}{name}"), notes);
    }
    for (key, (_, node)) in &tree.cells {
        leaves(node, &format!("{path}[{key}]"), notes);
    }
}

/// Values of the model that a table has no row for.
fn refused(survey: &Survey<'_>, walks: &[Walk<'_>]) -> Vec<Note> {
    let mut notes = Vec::new();
    let entries = walks.iter().flat_map(|walk| &walk.entries);
    for entry in entries.filter(|entry| matches!(entry.does, Does::Value) && entry.travels) {
        let (Some(chain), Some(spot)) = (survey.chain(entry), entry.canonical.first()) else {
            continue;
        };
        let Some(Fan::Table(table)) = &chain.fan else {
            continue;
        };
        let scalar = survey.catalog.canonical.get(spot.shape).scalar();
        let values = scalar.into_iter().flat_map(|scalar| &scalar.values);
        let without: Vec<&str> = values
            .filter(|value| {
                table
                    .write(&[Some(value.as_bytes())])
                    .is_err_and(|why| why == TableRefusal::NoRow)
            })
            .map(|value| &**value)
            .collect();
        let note = Note {
            place: spot.path.to_string(),
            text: without.join(", "),
        };
        if !without.is_empty() && !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// Rules that are normalising, and rules that are lossy.
fn laws(survey: &Survey<'_>, mapping: &MappingFile) -> (Vec<Note>, Vec<Note>) {
    let (mut normalising, mut lossy) = (Vec::new(), Vec::new());
    let Some(mapping) = survey.compiler.mapping(&mapping.name.value) else {
        return (normalising, lossy);
    };
    for message in MESSAGES {
        for walk in survey.walks(mapping, message) {
            for entry in &walk.entries {
                let (Some(chain), Some(text), Does::Value) =
                    (survey.chain(entry), entry.text, entry.does)
                else {
                    continue;
                };
                let places: Vec<String> = entry
                    .canonical
                    .iter()
                    .map(|spot| spot.path.to_string())
                    .collect();
                let calls: Vec<String> = text.chain.iter().map(ToString::to_string).collect();
                let (notes, said) = match weakest(&chain) {
                    Law::Exact => continue,
                    Law::Normalising => (&mut normalising, calls.join(" | ")),
                    Law::Lossy => {
                        let said = entry.rule.lossy.as_ref().map_or("", |text| &text.value);
                        (&mut lossy, format!("{}: {said}", calls.join(" | ")))
                    }
                };
                let note = Note {
                    place: places.join(" + "),
                    text: said,
                };
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    (normalising, lossy)
}
