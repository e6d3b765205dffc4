//! The cells of a list exclude each other (M220), and what is left of it is taken once (M203), of an open object
//! alone (M216).

use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::schema;
use crate::mapping::survey::place;
use crate::mapping::survey::{Carried, Does, Entry, Survey, Walk};
use crate::mapping::syntax::{Path, Select};
use crate::model::shape::{ShapeId, Shapes};

/// A selector on a list, and whether one rule takes all items that satisfy it.
struct Cell {
    list: String,
    select: Select,
    many: bool,
    span: Span,
}

/// Checks the lists of both sides of a mapping.
pub(super) fn check(survey: &Survey<'_>, walk: &Walk<'_>, report: &mut Report) {
    for side in [Carried::Canonical, Carried::Native] {
        let mut cells: Vec<Cell> = Vec::new();
        for entry in walk.entries.iter().filter(|entry| entry.travels) {
            for cell in of_entry(entry, side) {
                meet(&cells, &cell, report);
                cells.push(cell);
            }
        }
    }
    remainders(walk, report);
    open(&survey.set.native, walk, report);
    for entry in &walk.entries {
        for spot in &entry.canonical {
            keyed(
                &survey.catalog.canonical,
                walk.canonical,
                &spot.path,
                report,
            );
        }
    }
}

/// Members of any name are those of an object that names none itself (M216).
fn open(native: &Shapes, walk: &Walk<'_>, report: &mut Report) {
    let whole = |entry: &&Entry<'_>| {
        let rule = entry.rule;
        let is_alone = rule.member_key.is_none() && rule.value.is_none();
        matches!(entry.does, Does::Entries) && is_alone
    };
    for entry in walk.entries.iter().filter(whole) {
        let mut found = entry
            .native
            .iter()
            .filter_map(|spot| schema::path(native, walk.native, &spot.path).ok());
        let names_some = |shape: ShapeId| {
            let object = native.get(shape).object();
            object.is_some_and(|object| !object.members.is_empty())
        };
        if found.any(|found| names_some(found.shape)) {
            let message = "the object has named members beside the open ones";
            report.push(Diagnostic::new(Code::M216, entry.rule.key, message).help(
                "put the open members into an object of their own, or name those that are needed",
            ));
        }
    }
}

/// What no other rule takes can be taken once (M203).
fn remainders(walk: &Walk<'_>, report: &mut Report) {
    let mut taken: Vec<(String, Span)> = Vec::new();
    for entry in walk
        .entries
        .iter()
        .filter(|entry| matches!(entry.does, Does::Entries))
    {
        for spot in &entry.native {
            let list = spot.path.to_string();
            if let Some((_, first)) = taken.iter().find(|(known, _)| *known == list) {
                report.push(
                    Diagnostic::new(
                        Code::M203,
                        entry.rule.key,
                        format!("another rule takes all that is left of `{list}`"),
                    )
                    .help("take one of the two away: `entries` takes what no other rule names")
                    .note(*first, "the other rule"),
                );
            } else {
                taken.push((list, entry.rule.key));
            }
        }
    }
}

/// The selectors of an entry's own on the way to its places.
fn of_entry(entry: &Entry<'_>, side: Carried) -> Vec<Cell> {
    let (spots, below) = match side {
        Carried::Canonical => (entry.canonical.iter().chain(&[]), entry.below.0),
        Carried::Native => (entry.native.iter().chain(&entry.also), entry.below.1),
    };
    if matches!(entry.does, Does::Entries) {
        return Vec::new();
    }
    let mut cells = Vec::new();
    for spot in spots {
        let steps = &spot.path.steps;
        for (index, step) in steps.iter().enumerate().skip(below) {
            let Some(select) = &step.select else { continue };
            let list = Path {
                steps: steps.iter().take(index).cloned().collect(),
                span: spot.path.span,
            };
            cells.push(Cell {
                list: place::member(&list, &step.name).to_string(),
                select: select.clone(),
                many: matches!(entry.does, Does::Each) && index.saturating_add(1) == steps.len(),
                span: step.span,
            });
        }
    }
    cells
}

fn meet(cells: &[Cell], new: &Cell, report: &mut Report) {
    for cell in cells.iter().filter(|cell| cell.list == new.list) {
        // Rules over one item of a cell share it; a rule over many items has them for itself.
        let shared = !cell.many
            && !new.many
            && place::selector(&cell.select) == place::selector(&new.select);
        if shared || place::disjoint(&cell.select, &new.select) {
            continue;
        }
        report.push(
            Diagnostic::new(Code::M220, new.span, format!("an item of `{}` may be in two cells", new.list))
                .help("let both selectors name a constant for one common member; `~=` compares without case")
                .note(cell.span, "the other cell"),
        );
        return;
    }
}

/// Selectors on the canonical side stand on keyed lists only, and name the key.
fn keyed(shapes: &Shapes, root: ShapeId, path: &Path, report: &mut Report) {
    for (index, step) in path.steps.iter().enumerate() {
        let Some(Select::Tests(tests)) = &step.select else {
            continue;
        };
        let before = Path {
            steps: path.steps.iter().take(index).cloned().collect(),
            span: path.span,
        };
        let list = place::member(&before, &step.name);
        let Ok(found) = schema::path(shapes, root, &list) else {
            continue;
        };
        let key = shapes
            .get(found.shape)
            .list()
            .and_then(|list| list.key.as_deref());
        let Some(wrong) = tests
            .iter()
            .find(|test| key.is_none() || test.path.as_name() != key)
        else {
            continue;
        };
        let message = match key {
            Some(key) => format!(
                "items of `{list}` are told apart by `{key}`, not by `{}`",
                wrong.path
            ),
            None => format!("`{list}` has no key that items are told apart by"),
        };
        report.push(
            Diagnostic::new(Code::M210, step.span, message)
                .help("a selector of the model names the key of a list with `x-list-type: map`; other lists take `each`"),
        );
    }
}
