//! What a mapping carries and declares not to carry (M401, M411), and rules that never run (M203, M406).

use std::collections::HashSet;

use super::variants;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{ByMessage, Kind, MappingFile, Message, Rule, Unmapped, UnmappedPath};
use crate::mapping::schema;
use crate::mapping::survey::place::covers;
use crate::mapping::survey::tree::Ground;
use crate::mapping::survey::{Carried, MESSAGES, Survey, Tree, Walk};
use crate::mapping::syntax::Path;
use crate::model::shape::{ShapeId, Shapes};

/// True for the size and the cursor of a page, members of the criteria of a search: they belong to `paging`.
fn is_of_page(survey: &Survey<'_>, mapping: &MappingFile, place: &Path) -> bool {
    let named = ["limit", "cursor"].contains(&place.to_string().as_str());
    let root = mapping.canonical.as_ref().map(|name| name.value.as_str());
    let mut operations = survey.catalog.operations.iter();
    named
        && operations
            .any(|operation| operation.kind == Kind::Search && operation.body.as_deref() == root)
}

/// Checks the places that would lose a value: canonical ones of requests, native ones of responses.
pub(super) fn check<'a>(
    survey: &Survey<'a>,
    mapping: &'a MappingFile,
    message: Message,
    walks: &[Walk<'a>],
    report: &mut Report,
) {
    let side = declared_side(message);
    let span = match side {
        Carried::Canonical => mapping
            .canonical
            .as_ref()
            .map_or(mapping.name.span, |name| name.span),
        Carried::Native => native_span(mapping, message),
    };
    let name = &mapping.name.value;
    let mut judged = HashSet::new();
    for walk in walks {
        let (shapes, root) = shapes_of(survey, walk, side);
        if !judged.insert(root) {
            continue;
        }
        // Rules of one canonical type are told together; native shapes of a union one by one.
        let group: Vec<&Walk<'_>> = walks
            .iter()
            .filter(|other| shapes_of(survey, other, side).1 == root)
            .collect();
        let mut tree = Tree::default();
        for one in &group {
            tree.add(one, side);
        }
        let ground = Ground { shapes, message };
        let places = tree.uncovered(&ground, root, &empty(span));
        let declared = Declared::of(&shared(walk), side);
        // What is missing because a name is wrong is told of the name.
        let sound = !walk.broken && (walk.silent.is_empty() || walks.len() > 1);
        let of_page =
            |place: &Path| side == Carried::Canonical && is_of_page(survey, mapping, place);
        for place in places.iter().filter(|place| sound && !of_page(place)) {
            let elsewhere = group
                .iter()
                .all(|one| Declared::of(&one.unmapped, side).covers(place));
            if !elsewhere {
                report.push(lost(place, side, &format!("the mapping `{name}`"), span));
            }
        }
        declared.stale(&tree, &places, shapes, root, side, report);
        for one in &group {
            variants::partial(one, &group, &ground, root, side, report);
        }
    }
}

/// What is declared for all variants.
fn shared<'a>(walk: &Walk<'a>) -> Vec<&'a Unmapped> {
    let of_variant = usize::from(walk.variant.is_some());
    let count = walk.unmapped.len().saturating_sub(of_variant);
    walk.unmapped.iter().take(count).copied().collect()
}

/// The side whose places are declared in a message.
pub(crate) const fn declared_side(message: Message) -> Carried {
    match message {
        Message::Request => Carried::Canonical,
        Message::Response => Carried::Native,
    }
}

/// The shapes of a side and the root of a walk there.
pub(crate) fn shapes_of<'s>(
    survey: &Survey<'s>,
    walk: &Walk<'_>,
    side: Carried,
) -> (&'s Shapes, ShapeId) {
    match side {
        Carried::Canonical => (&survey.catalog.canonical, walk.canonical),
        Carried::Native => (&survey.set.native, walk.native),
    }
}

pub(crate) const fn empty(span: Span) -> Path {
    Path {
        steps: Vec::new(),
        span,
    }
}

fn native_span(mapping: &MappingFile, message: Message) -> Span {
    let path = mapping
        .native
        .as_ref()
        .and_then(|native| native.of(message)?.first());
    path.map_or(mapping.name.span, |path| path.span)
}

/// The fault of a place that nothing carries.
pub(super) fn lost(place: &Path, side: Carried, what: &str, span: Span) -> Diagnostic {
    let (message, key) = match side {
        Carried::Canonical => (
            format!("{what} loses a caller's `{place}`: no rule carries it in requests"),
            "canonical",
        ),
        Carried::Native => (
            format!("{what} loses the upstream's `{place}`: no rule carries it in responses"),
            "native",
        ),
    };
    let path = if place.steps.iter().any(|step| step.select.is_some()) {
        format!("'{place}'")
    } else {
        place.to_string()
    };
    Diagnostic::new(Code::M401, span, message).help(format!(
        "write a rule for it, or say why not: `unmapped: {{ {key}: [{{ path: {path}, why: ... }}] }}`"
    ))
}

/// What is declared not to be carried on one side.
pub(crate) struct Declared<'a> {
    places: Vec<&'a Path>,
    rest: bool,
}

impl<'a> Declared<'a> {
    pub(crate) fn of(unmapped: &[&'a Unmapped], side: Carried) -> Self {
        let mut declared = Self {
            places: Vec::new(),
            rest: false,
        };
        for one in unmapped {
            let entries = match side {
                Carried::Canonical => &one.canonical,
                Carried::Native => &one.native,
            };
            for entry in entries {
                match &entry.path {
                    UnmappedPath::Places(places) => declared.places.extend(places),
                    UnmappedPath::Rest(_) => declared.rest = true,
                }
            }
        }
        declared
    }

    pub(crate) fn covers(&self, place: &Path) -> bool {
        self.rest || self.places.iter().any(|declared| covers(declared, place))
    }

    /// Reports declared places that do not exist, or that a rule carries (M101, M102, M411).
    pub(super) fn stale(
        &self,
        tree: &Tree<'_>,
        left: &[Path],
        shapes: &Shapes,
        root: ShapeId,
        side: Carried,
        report: &mut Report,
    ) {
        for declared in &self.places {
            if let Err(unknown) = schema::path(shapes, root, declared) {
                let code = if side == Carried::Canonical {
                    Code::M101
                } else {
                    Code::M102
                };
                report.push(unknown.diagnostic(code));
                continue;
            }
            let needed = left
                .iter()
                .any(|place| covers(declared, place) || covers(place, declared));
            let carried = tree
                .find(&declared.steps)
                .is_some_and(|node| !node.is_empty());
            if !needed && carried {
                report.push(
                    Diagnostic::new(
                        Code::M411,
                        declared.span,
                        format!("a rule carries `{declared}`"),
                    )
                    .help("take the line away: a reason must not outlive what it explains"),
                );
            }
        }
    }
}

/// Rules that no message lets run: M406 for answers of places that are only written, M203 for the others.
pub(super) fn never_runs(survey: &Survey<'_>, mapping: &MappingFile, report: &mut Report) {
    let Some(mapping) = survey.compiler.mapping(&mapping.name.value) else {
        return;
    };
    let walks: Vec<Walk<'_>> = MESSAGES
        .into_iter()
        .flat_map(|message| survey.walks(mapping, message))
        .collect();
    let mut judged = HashSet::new();
    for walk in &walks {
        for entry in walk.entries.iter().filter(|entry| !entry.travels) {
            let rule = entry.rule;
            let same = |other: &Rule| other.key == rule.key;
            let runs = walks
                .iter()
                .flat_map(|walk| &walk.entries)
                .any(|other| same(other.rule) && other.travels);
            if runs || !judged.insert(rule.key) {
                continue;
            }
            let (first, place) = (entry.canonical.first(), entry.native.first());
            let written = |spot: &&crate::mapping::survey::Spot| spot.facts.write_only;
            let only_written = first.filter(written).or_else(|| place.filter(written));
            match (&rule.response, only_written) {
                (Some(text), Some(spot)) => report.push(
                    Diagnostic::new(Code::M406, text.span, format!("`{}` is only written and never answered", spot.path))
                        .help("use `request:`, or leave the message to the schemas: `native:`"),
                ),
                _ => report.push(
                    Diagnostic::new(Code::M203, rule.key, format!("no message carries the value of {}", shown(entry)))
                        .help("one side is for answers only and the other for requests only, or the rule is for the other message"),
                ),
            }
        }
    }
    let shapes: HashSet<ShapeId> = walks.iter().map(|walk| walk.native).collect();
    let several = shapes.len() > 1 || matches!(mapping.native, Some(ByMessage::Each { .. }));
    for walk in walks.iter().filter(|_| several) {
        for rule in &walk.silent {
            let speaks = walks
                .iter()
                .flat_map(|walk| &walk.entries)
                .any(|entry| entry.rule.key == rule.key);
            if !speaks && judged.insert(rule.key) {
                report.push(
                    Diagnostic::new(Code::M203, rule.key, "no native shape of this mapping has the places of the rule")
                        .help("a rule is silent where a shape lacks the member; this one is silent everywhere"),
                );
            }
        }
    }
}

fn shown(entry: &crate::mapping::survey::Entry<'_>) -> String {
    let names: Vec<String> = entry
        .canonical
        .iter()
        .map(|spot| format!("`{}`", spot.path))
        .collect();
    names.join(" + ")
}
