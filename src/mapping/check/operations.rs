//! What an operation has to say beside its calls (M240, M241, M513, M514, M515).

use std::collections::HashSet;

use super::covered::empty;
use super::requests::{Offer, offers};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{Absent, Clear, Kind, MappingFile, Message};
use crate::mapping::convert::Joined;
use crate::mapping::plan::Fan;
use crate::mapping::survey::{Body, Carried, Does, Survey, Tree};
use crate::mapping::syntax::Path;
use crate::model::shape::{Kind as ShapeKind, ShapeId, Shapes};

/// Checks every operation that is offered.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let mut parted = HashSet::new();
    for offer in offers(survey) {
        absence(survey, &offer, report);
        recovery(survey, &offer, report);
        let first = offer.said.steps.first();
        if let Some(said) = first.and_then(|step| step.on_failure.as_ref()) {
            let message = "the failure of the first step is that of the operation";
            report.push(
                Diagnostic::new(Code::M515, said.span, message)
                    .help("take `on-failure` away: nothing was done before this step"),
            );
        }
        for step in offer.said.steps.iter().skip(1) {
            if step.on_failure.is_none() {
                let message = format!(
                    "the step `{}` does not say what its failure means",
                    step.id.value
                );
                report.push(
                    Diagnostic::new(Code::M515, step.id.span, message)
                        .help("`on-failure: fail` answers a problem that lists what was done, `on-failure: warn` a success with a warning"),
                );
            }
        }
        if offer.canonical.kind == Kind::Update && offer.said.base.is_none() {
            for mapping in bodies(survey, &offer) {
                for mapping in reached(survey, mapping) {
                    split_without_base(survey, mapping, &mut parted, report);
                }
            }
        }
    }
}

/// An update says what an absent member means.
fn absence(survey: &Survey<'_>, offer: &Offer<'_>, report: &mut Report) {
    let said = offer.said;
    let id = &offer.canonical.id;
    match &said.absent {
        None if offer.canonical.kind == Kind::Update && said.steps.is_empty() => report.push(
            Diagnostic::new(Code::M513, said.key, format!("`{id}` does not say what an absent member means"))
                .help("`absent: keeps` where the upstream keeps it, `absent: clears` with `base` where it removes it"),
        ),
        Some(absent) if absent.value == Absent::Clears && said.base.is_none() => report.push(
            Diagnostic::new(
                Code::M513,
                absent.span,
                format!("`{id}` sends whole documents, and nothing reads the one to be changed"),
            )
            .help("name the operation that reads it: `base: ...`"),
        ),
        Some(absent) if absent.value == Absent::Keeps => {
            let clear = survey.file().and_then(|file| file.clear.as_ref());
            let refuses = clear.is_none_or(|clear| clear.value == Clear::Refuse);
            let places = if refuses { nullable(survey, offer) } else { Vec::new() };
            if let Some(first) = places.first() {
                let more = places.len().saturating_sub(1);
                let others = if more == 0 { String::new() } else { format!(" and {more} more") };
                let message = format!("`{id}` carries `{first}`{others}, and the upstream has no word for a null there");
                report.push(
                    Diagnostic::new(Code::M240, absent.span, message)
                        .help("a caller who clears one is answered 422 `cannot-clear`; `clear: nil` or `clear: empty` says how the upstream clears"),
                );
            }
        }
        Some(_) | None => {}
    }
}

/// The single values that a patch may name and set to null.
fn nullable(survey: &Survey<'_>, offer: &Offer<'_>) -> Vec<String> {
    let mut places = Vec::new();
    for mapping in bodies(survey, offer) {
        for walk in survey.walks(mapping, Message::Request) {
            let tree = Tree::of(&walk, Carried::Canonical);
            optional(
                &survey.catalog.canonical,
                walk.canonical,
                &tree,
                &empty(mapping.key),
                &mut places,
            );
        }
    }
    places
}

fn optional(
    shapes: &Shapes,
    shape: ShapeId,
    tree: &Tree<'_>,
    path: &Path,
    places: &mut Vec<String>,
) {
    let ShapeKind::Object(object) = &shapes.get(shape).kind else {
        return;
    };
    for one in object
        .members
        .iter()
        .filter(|one| !one.read_only && !one.required)
    {
        if let Some(node) = tree.members.get(&*one.name) {
            let place = crate::mapping::survey::place::member(path, &one.name);
            match &shapes.get(one.shape).kind {
                ShapeKind::Object(_) if !node.whole => {
                    optional(shapes, one.shape, node, &place, places)
                }
                _ => places.push(place.to_string()),
            }
        }
    }
}

/// After an unknown outcome somebody must be able to find out what happened.
fn recovery(survey: &Survey<'_>, offer: &Offer<'_>, report: &mut Report) {
    let writes =
        matches!(offer.canonical.kind, Kind::Create | Kind::Command) && !offer.canonical.reads();
    let repeats = survey
        .file()
        .is_some_and(|file| file.every_call.idempotency.is_some());
    if writes && !repeats && offer.said.recover.is_none() {
        let message = format!(
            "after an unknown outcome nobody can tell whether `{}` was done",
            offer.canonical.id
        );
        report.push(
            Diagnostic::new(Code::M514, offer.said.key, message)
                .help("`recover: { by: ..., with: ... }` asks for it, `idempotency` under `every-call` lets it be sent again"),
        );
    }
}

/// A value that is taken apart to several places needs all of them to be written again.
fn split_without_base<'a>(
    survey: &Survey<'a>,
    mapping: &'a MappingFile,
    told: &mut HashSet<crate::diag::Span>,
    report: &mut Report,
) {
    for walk in survey.walks(mapping, Message::Request) {
        for entry in walk
            .entries
            .iter()
            .filter(|entry| matches!(entry.does, Does::Value) && entry.travels)
        {
            let split = survey.chain(entry).and_then(|chain| chain.fan);
            let whole = matches!(split, Some(Fan::Joined(Joined::Split(_))));
            if whole && entry.canonical.len() > 1 && told.insert(entry.rule.key) {
                report.push(
                    Diagnostic::new(
                        Code::M241,
                        entry.rule.key,
                        "`split` needs all parts of the value, and a patch may bring some of them",
                    )
                    .help("name the operation that reads the others: `base: ...` in the update"),
                );
            }
        }
    }
}

/// The mappings of an operation's request bodies.
fn bodies<'a>(survey: &Survey<'a>, offer: &Offer<'a>) -> Vec<&'a MappingFile> {
    let mut mappings: Vec<&MappingFile> = Vec::new();
    // Of a part all is said, and nothing is cleared.
    let of_steps = offer.said.steps.iter().flat_map(|step| &step.routes);
    let routes = offer.said.routes.iter().chain(of_steps);
    for said in routes.filter_map(|route| route.body.as_ref()) {
        if let Some(Body {
            mapping: Some(mapping),
            ..
        }) = survey.body(said, Message::Request)
            && !mappings.iter().any(|known| known.name == mapping.name)
        {
            mappings.push(mapping);
        }
    }
    mappings
}

/// A mapping and all that it leads to.
fn reached<'a>(survey: &Survey<'a>, mapping: &'a MappingFile) -> Vec<&'a MappingFile> {
    let mut found = vec![mapping];
    let mut next = 0;
    while let Some(mapping) = found.get(next).copied() {
        for walk in survey.walks(mapping, Message::Request) {
            for entry in &walk.entries {
                if let Does::Map(below) = entry.does
                    && !found.iter().any(|known| known.name == below.name)
                {
                    found.push(below);
                }
            }
        }
        next = next.saturating_add(1);
    }
    found
}
