//! Lists of a request of which a patch does not say all: an upstream that replaces lists must get all of one, whichever
//! of the places that make it a patch names, and with what its items hold that no rule names.

use std::collections::BTreeSet;

use super::answer::AnswerBody;
use super::body::{Body, Root};
use super::operation::Operation;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, Named};
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::Compiler;
use crate::mapping::plan::{FromU32, Op, Plan, Wire};
use crate::model::shape::{Kind, Member, ShapeId, Shapes};

/// A native list whose items may hold more than a patch says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SharedList {
    /// The members on the way to it, each with the names that it may have.
    pub(crate) path: Vec<Spellings>,
    /// What is written into it.
    pub(crate) places: Vec<SharedPlace>,
    /// One place of the model makes all of its items: a patch that names it says which there are.
    pub(crate) is_one: bool,
    /// Where the answer of the operation's `base` holds the document of the request; none where it is not known.
    pub(crate) base: Option<Vec<Spellings>>,
}

/// The names that a member may have.
pub(crate) type Spellings = Vec<Box<str>>;

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
    let of_items = of_items(plan);
    for (index, rule) in plan.rules.iter().enumerate() {
        if of_items.contains(&index) {
            continue;
        }
        let makes = makes(plan, index);
        let canonical = rule.canonical.split(" + ").map(members);
        let canonical: Vec<_> = canonical.collect();
        for native in rule.native.split(" + ") {
            let Some((path, is_one)) = list(compiler.native, body.native, native, makes) else {
                elsewhere.extend(canonical.iter().cloned());
                continue;
            };
            let places = canonical.iter().map(|members| SharedPlace {
                members: members.clone(),
                alone: true,
            });
            match lists.iter_mut().find(|list| list.path == path) {
                Some(list) => {
                    list.places.extend(places);
                    list.is_one = false;
                }
                None => lists.push(SharedList {
                    path,
                    places: places.collect(),
                    is_one,
                    base: None,
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

/// What a rule makes of a list without a selector.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Makes {
    Entries,
    Items,
    Neither,
}

fn makes(plan: &Plan, rule: usize) -> Makes {
    let (mut entries, mut eaches) = (plan.write.entries.iter(), plan.write.eaches.iter());
    if entries.any(|entries| usize::from(entries.rule) == rule) {
        Makes::Entries
    } else if eaches.any(|each| usize::from(each.rule) == rule) {
        Makes::Items
    } else {
        Makes::Neither
    }
}

/// The rules of items, whose places begin there.
fn of_items(plan: &Plan) -> BTreeSet<usize> {
    let program = &plan.write;
    let blocks = program.blocks.iter().skip(1);
    let ops = blocks.filter_map(|block| {
        let range = usize::from_u32(block.ops.0)..usize::from_u32(block.ops.1);
        program.ops.get(range)
    });
    let rule = |op: &Op| match *op {
        Op::Value { value, .. } | Op::ReadOnly { value } | Op::Forbidden { value } => {
            Some(program.values.get(usize::from_u32(value))?.rule)
        }
        Op::Each { each } => Some(program.eaches.get(usize::from_u32(each))?.rule),
        Op::Entries { entries } => Some(program.entries.get(usize::from_u32(entries))?.rule),
        _ => None,
    };
    ops.flatten().filter_map(rule).map(usize::from).collect()
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

/// The list of which a native place is one of several items, or all, with the spellings of the members on the way; and
/// whether it is all.
fn list(
    shapes: &Shapes,
    root: ShapeId,
    place: &str,
    makes: Makes,
) -> Option<(Vec<Spellings>, bool)> {
    let mut path = Vec::new();
    let mut at = root;
    for step in steps(place) {
        let (_, member) = shapes.get(at).object()?.member(name(step))?;
        path.push(spellings(member));
        if step.ends_with("[]") {
            return None;
        }
        if step.contains('[') {
            return Some((path, false));
        }
        at = member.shape;
    }
    let Kind::List(list) = &shapes.get(at).kind else {
        return None;
    };
    // Items of one value hold nothing beside it.
    let holds_more = shapes.get(list.item).object().is_some();
    match makes {
        Makes::Entries => Some((path, false)),
        Makes::Items if holds_more => Some((path, true)),
        Makes::Items | Makes::Neither => None,
    }
}

fn spellings(member: &Member) -> Spellings {
    let aliases = member.aliases.iter().map(|alias| alias.name.local.clone());
    std::iter::once(member.name.clone())
        .chain(aliases)
        .collect()
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

/// Finds where the `base` of an update that replaces lists holds what is in them, and reports one of which a part alone
/// would be known (M513).
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
    let read: Vec<ShapeId> = base.into_iter().flat_map(bodies).collect();
    let Some(operation) = operations.get_mut(at).and_then(Option::as_mut) else {
        return;
    };
    let mut unknown = None;
    let routes = operation.routes.iter_mut();
    for body in routes.filter_map(|route| route.body.as_mut()) {
        let root = widest(compiler.native, body.body.native);
        let mut found = read.iter();
        let found = found.find_map(|read| held_at(compiler.native, *read, root));
        let is_of_its_own = !read.is_empty() && found.is_none();
        let found = found.filter(|_| body.body.plan.native.wire == Wire::Json);
        for list in &mut body.shared {
            list.base.clone_from(&found);
        }
        if let Some(list) = body.shared.iter().find(|list| !list.is_one)
            && found.is_none()
            && unknown.is_none()
        {
            unknown = Some(list.path.clone());
        }
        // Of a document of its own the schema says all that the upstream is told.
        body.shared.retain(|list| !list.is_one || !is_of_its_own);
    }
    let Some(path) = unknown else {
        return;
    };
    let names: Vec<&str> = path
        .iter()
        .filter_map(|names| names.first())
        .map(|name| &**name)
        .collect();
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

/// The way to a definition in a document: it is all of it, or stands at one member of an envelope.
fn held_at(shapes: &Shapes, document: ShapeId, definition: ShapeId) -> Option<Vec<Spellings>> {
    if widest(shapes, document) == definition {
        return Some(Vec::new());
    }
    let members = shapes.get(document).object()?.members.iter();
    let mut held = members.filter(|member| widest(shapes, member.shape) == definition);
    let first = held.next()?;
    held.next().is_none().then(|| vec![spellings(first)])
}

/// The documents of an operation's answers.
fn bodies(operation: &Operation) -> impl Iterator<Item = ShapeId> {
    operation
        .all_cases()
        .filter_map(|answer| match &answer.body {
            AnswerBody::Document(body) if body.root != Root::Problem => Some(body.native),
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
