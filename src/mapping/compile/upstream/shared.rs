//! Lists of a request that several places of the model make together: an upstream that replaces lists must get all of
//! such a list, whichever of the places a patch names.

use super::answer::AnswerBody;
use super::body::Body;
use super::operation::Operation;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, Named};
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::Compiler;
use crate::mapping::plan::{Plan, Wire};
use crate::model::shape::{Kind, ShapeId, Shapes};

/// A native list whose items are selected, or entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedList {
    /// The members on the way to it, each with the names that it may have.
    pub(crate) path: Vec<Vec<Box<str>>>,
    /// What is written into it.
    pub(crate) places: Vec<SharedPlace>,
}

/// A place of the model that is written into such a list, up to the first list of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedPlace {
    /// The members on the way to it.
    pub(crate) members: Vec<Box<str>>,
    /// Nothing of it is written elsewhere.
    pub(crate) alone: bool,
}

/// Finds those of a body, at the places below one member of the document that makes it.
pub(super) fn lists_below(body: &Body, compiler: &Compiler<'_>, member: &str) -> Vec<SharedList> {
    let mut lists = lists(body, compiler);
    for list in &mut lists {
        list.places.retain(|place| {
            place
                .members
                .first()
                .is_some_and(|first| **first == *member)
        });
        for place in &mut list.places {
            place.members.remove(0);
        }
    }
    lists
}

/// Finds those of a body.
pub(super) fn lists(body: &Body, compiler: &Compiler<'_>) -> Vec<SharedList> {
    let plan = &body.plan;
    let mut lists: Vec<SharedList> = Vec::new();
    let mut elsewhere: Vec<Vec<Box<str>>> = Vec::new();
    for (index, rule) in plan.rules.iter().enumerate() {
        let is_entries = entries(plan, index);
        let canonical = rule.canonical.split(" + ").map(members);
        let canonical: Vec<_> = canonical.collect();
        for native in rule.native.split(" + ") {
            let Some(path) = list(compiler.native, body.native, native, is_entries) else {
                elsewhere.extend(canonical.iter().cloned());
                continue;
            };
            let places = canonical.iter().map(|members| SharedPlace {
                members: members.clone(),
                alone: true,
            });
            match lists.iter_mut().find(|list| list.path == path) {
                Some(list) => list.places.extend(places),
                None => lists.push(SharedList {
                    path,
                    places: places.collect(),
                }),
            }
        }
    }
    for place in lists.iter_mut().flat_map(|list| &mut list.places) {
        let own = &place.members;
        let mixed = |other: &Vec<Box<str>>| other.starts_with(own) || own.starts_with(other);
        place.alone = !elsewhere.iter().any(mixed);
    }
    lists
}

/// Tells whether a rule makes entries.
fn entries(plan: &Plan, rule: usize) -> bool {
    let mut entries = plan.write.entries.iter();
    entries.any(|entries| usize::from(entries.rule) == rule)
}

/// The members of a place of the model, up to the first list.
fn members(place: &str) -> Vec<Box<str>> {
    let mut found = Vec::new();
    for step in steps(place).filter(|step| *step != ".") {
        found.push(name(step).into());
        if step.contains('[') {
            break;
        }
    }
    found
}

/// The list of which a native place is one of several items, with the spellings of the members on the way.
fn list(
    shapes: &Shapes,
    root: ShapeId,
    place: &str,
    is_entries: bool,
) -> Option<Vec<Vec<Box<str>>>> {
    let mut path = Vec::new();
    let mut at = root;
    for step in steps(place) {
        let (_, member) = shapes.get(at).object()?.member(name(step))?;
        let aliases = member.aliases.iter().map(|alias| alias.name.local.clone());
        path.push(
            std::iter::once(member.name.clone())
                .chain(aliases)
                .collect(),
        );
        if step.ends_with("[]") {
            return None;
        }
        if step.contains('[') {
            return Some(path);
        }
        at = member.shape;
    }
    let is_list = matches!(shapes.get(at).kind, Kind::List(_));
    (is_entries && is_list).then_some(path)
}

fn name(step: &str) -> &str {
    step.split('[').next().unwrap_or(step)
}

/// The steps of a place: dots between brackets or quotes divide nothing.
fn steps(place: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted) = (0_u32, false);
    place.split(move |c: char| {
        match c {
            '"' | '\'' => quoted = !quoted,
            '[' if !quoted => depth = depth.saturating_add(1),
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '.' && depth == 0 && !quoted
    })
}

/// Reports an update that replaces lists and cannot know all of one (M513).
pub(super) fn check(
    said: &Named<ast::Operation>,
    operations: &mut [Option<Operation>],
    catalog: &Catalog,
    compiler: &Compiler<'_>,
    report: &mut Report,
) {
    let Some((index, _)) = catalog.operation(&said.name.value) else {
        return;
    };
    let at = usize::from(index.0);
    let Some(operation) = operations.get(at).and_then(Option::as_ref) else {
        return;
    };
    let base = operation
        .base
        .and_then(|base| operations.get(usize::from(base.0))?.as_ref());
    let is_read = |body: &Body| {
        let known = body.plan.native.wire == Wire::Json;
        let root = widest(compiler.native, body.native);
        let mut read = base.into_iter().flat_map(bodies);
        known && read.any(|read| widest(compiler.native, read.native) == root)
    };
    let bodies = operation
        .routes
        .iter()
        .filter_map(|route| route.body.as_ref());
    let mut unknown = bodies.filter(|body| !body.shared.is_empty() && !is_read(&body.body));
    let Some(list) = unknown.next().and_then(|body| body.shared.first()) else {
        return;
    };
    let names = list.path.iter().filter_map(|names| names.first());
    let names: Vec<&str> = names.map(|name| &**name).collect();
    let message = format!(
        "the upstream replaces `{}` whole, and an update may know a part of it alone",
        names.join(".")
    );
    let lists = said.value.lists.as_ref();
    let span = lists.map_or(said.value.key, |lists| lists.span);
    report.push(Diagnostic::new(Code::M513, span, message).help(
        "`base` with an operation that answers the same document, in JSON; or `lists: merged` where the upstream changes the items that it is sent",
    ));
}

/// The documents of an operation's answers.
fn bodies(operation: &Operation) -> impl Iterator<Item = &Body> {
    operation
        .all_cases()
        .filter_map(|answer| match &answer.body {
            AnswerBody::Document(body) => Some(&**body),
            _ => None,
        })
}

/// The definition that a view narrows in the end.
fn widest(shapes: &Shapes, mut at: ShapeId) -> ShapeId {
    for _ in 0..16 {
        let Some(wider) = shapes.get(at).view_of else {
            break;
        };
        at = wider;
    }
    at
}
