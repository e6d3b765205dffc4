//! Tagged unions: conditions that exclude each other and take every alternative (M221 to M224).

use super::covered::{Declared, empty};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{CellValue, Condition, MappingFile, Message, Variant};
use crate::mapping::schema;
use crate::mapping::survey::place::covers;
use crate::mapping::survey::tree::Ground;
use crate::mapping::survey::{Carried, MESSAGES, Survey, Tree, Walk};
use crate::mapping::syntax::Path;
use crate::model::shape::{ShapeId, Shapes};

/// Checks the conditions of a mapping's variants.
pub(super) fn check(survey: &Survey<'_>, mapping: &MappingFile, report: &mut Report) {
    for (index, later) in mapping.variants.iter().enumerate() {
        for earlier in mapping.variants.iter().take(index) {
            overlap(earlier, later, report);
        }
    }
    if let Some(root) = survey.canonical_of(mapping) {
        for variant in &mapping.variants {
            holds(
                &survey.catalog.canonical,
                root,
                &variant.canonical,
                Code::M101,
                report,
            );
        }
    }
    for message in MESSAGES {
        for root in survey.natives_of(mapping, message) {
            for variant in &mapping.variants {
                holds(
                    &survey.set.native,
                    root,
                    &variant.native,
                    Code::M102,
                    report,
                );
            }
            missing(&survey.set.native, root, mapping, message, report);
        }
    }
}

/// On each side some place must tell the two apart.
fn overlap(earlier: &Variant, later: &Variant, report: &mut Report) {
    for (side, one, other) in [
        ("canonical", &earlier.canonical, &later.canonical),
        ("native", &earlier.native, &later.native),
    ] {
        let apart = one
            .iter()
            .any(|one| other.iter().any(|other| excludes(one, other)));
        if !apart {
            let span = other
                .first()
                .map_or(later.span, |condition| condition.place.span);
            let mut fault = Diagnostic::new(Code::M221, span, format!("a {side} document may fit two variants"))
                .help("let both name another value of one place; `<none>` excludes `<present>` and every value");
            fault = fault.note(
                one.first()
                    .map_or(earlier.span, |condition| condition.place.span),
                "the other variant",
            );
            report.push(fault);
        }
    }
}

fn excludes(one: &Condition, other: &Condition) -> bool {
    let below = covers(&one.place, &other.place) || covers(&other.place, &one.place);
    let same = one.place.to_string() == other.place.to_string();
    match (&one.value.value, &other.value.value) {
        (CellValue::Literal(one), CellValue::Literal(other)) => same && one != other,
        (CellValue::None, CellValue::None) => false,
        (CellValue::None, _) => covers(&one.place, &other.place),
        (_, CellValue::None) => below && covers(&other.place, &one.place),
        (CellValue::Present, _) | (_, CellValue::Present) => false,
    }
}

/// Conditions that no document fulfils.
fn holds(
    shapes: &Shapes,
    root: ShapeId,
    conditions: &[Condition],
    unknown: Code,
    report: &mut Report,
) {
    for (index, condition) in conditions.iter().enumerate() {
        let found = match schema::path(shapes, root, &condition.place) {
            Ok(found) => found,
            Err(wrong) => {
                report.push(wrong.diagnostic(unknown));
                continue;
            }
        };
        let CellValue::Literal(literal) = &condition.value.value else {
            contradiction(
                condition,
                conditions.get(..index).unwrap_or_default(),
                report,
            );
            continue;
        };
        let scalar = shapes.get(found.shape).scalar();
        let mut known = scalar
            .into_iter()
            .flat_map(|scalar| scalar.values.iter().chain(&scalar.constant))
            .peekable();
        if known.peek().is_some() && !known.any(|value| **value == **literal) {
            let message = format!(
                "`{}` never is `{literal}`: the variant never holds",
                condition.place
            );
            report.push(
                Diagnostic::new(Code::M223, condition.value.span, message)
                    .help("name a value that the schema allows, or take the variant away"),
            );
        }
        contradiction(
            condition,
            conditions.get(..index).unwrap_or_default(),
            report,
        );
    }
}

fn contradiction(condition: &Condition, before: &[Condition], report: &mut Report) {
    if let Some(other) = before.iter().find(|other| excludes(other, condition)) {
        report.push(
            Diagnostic::new(
                Code::M223,
                condition.place.span,
                "the conditions of this variant exclude each other",
            )
            .help("take one of them away")
            .note(other.place.span, "the other condition"),
        );
    }
}

/// Values of the place that tells native alternatives apart, without a variant (M222).
fn missing(
    shapes: &Shapes,
    root: ShapeId,
    mapping: &MappingFile,
    message: Message,
    report: &mut Report,
) {
    let conditions = || mapping.variants.iter().flat_map(|variant| &variant.native);
    let declared = Declared::of(&[&mapping.unmapped], Carried::Native);
    let mut judged: Vec<String> = Vec::new();
    for condition in conditions().filter(|one| matches!(one.value.value, CellValue::Literal(_))) {
        let place = condition.place.to_string();
        if judged.contains(&place)
            || message == Message::Request
            || declared.covers(&condition.place)
        {
            continue;
        }
        let scalar = schema::path(shapes, root, &condition.place)
            .ok()
            .map(|found| shapes.get(found.shape));
        let values = scalar
            .and_then(|shape| shape.scalar())
            .map_or(&[][..], |scalar| &scalar.values);
        for value in values {
            let held = conditions().any(|one| {
                one.place.to_string() == place
                    && matches!(&one.value.value, CellValue::Literal(literal) if **literal == **value)
            });
            if !held {
                report.push(
                    Diagnostic::new(Code::M222, condition.place.span, format!("no variant is for `{place}` = `{value}`"))
                        .help(format!("add a variant, or say why not: `unmapped: {{ native: [{{ path: {place}, why: ... }}] }}`")),
                );
            }
        }
        judged.push(place);
    }
}

/// Places that other variants carry and this one does not declare (M224).
pub(super) fn partial(
    walk: &Walk<'_>,
    group: &[&Walk<'_>],
    ground: &Ground<'_>,
    root: ShapeId,
    side: Carried,
    report: &mut Report,
) {
    let Some(variant) = walk.variant else { return };
    let own = Tree::of(walk, side);
    let mut all = Tree::default();
    for one in group {
        all.add(one, side);
    }
    let start = empty(variant.span);
    let nowhere = all.uncovered(ground, root, &start);
    let declared = Declared::of(&walk.unmapped, side);
    let places = own.uncovered(ground, root, &start);
    for place in &places {
        let known = nowhere.iter().any(|other| covers(other, place)) || declared.covers(place);
        if known || of_another(group, variant, place, side) {
            continue;
        }
        let key = if side == Carried::Canonical {
            "canonical"
        } else {
            "native"
        };
        report.push(
            Diagnostic::new(Code::M224, variant.span, format!("other variants carry `{place}`, and this one loses it"))
                .help(format!("say why under the variant: `unmapped: {{ {key}: [{{ path: {place}, why: ... }}] }}`")),
        );
    }
    let of_variant = Declared::of(&[&variant.unmapped], side);
    of_variant.stale(&own, &places, ground.shapes, root, side, report);
}

/// Tells whether a native place belongs to another alternative: its root, or what tells it apart.
fn of_another(group: &[&Walk<'_>], variant: &Variant, place: &Path, side: Carried) -> bool {
    let others = group
        .iter()
        .filter_map(|walk| walk.variant)
        .filter(|other| other.span != variant.span);
    others.into_iter().any(|other| {
        let root = other.at.as_ref().filter(|at| !at.is_root());
        let native = side == Carried::Native
            && root.is_some_and(|at| covers(at, place) || covers(place, at));
        let conditions = if side == Carried::Native {
            &other.native
        } else {
            &other.canonical
        };
        native
            || conditions
                .iter()
                .any(|condition| covers(place, &condition.place))
    })
}
