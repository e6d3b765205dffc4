//! A body's view is a view of what its mapping is for (M105).

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{AnswerBody, Message};
use crate::mapping::survey::Survey;
use crate::mapping::survey::usage::{answers, routes};
use crate::mapping::syntax::DocumentRef;
use crate::model::shape::{ShapeId, Shapes};

/// Checks every `body: mapping as View`.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let Some(file) = survey.file() else { return };
    for body in routes(file).filter_map(|route| route.body.as_ref()) {
        view(survey, body, Message::Request, report);
    }
    for body in answers(file).filter_map(|answer| answer.body.as_ref()) {
        if let AnswerBody::Document(body) = &body.value {
            view(survey, body, Message::Response, report);
        }
    }
}

fn view(survey: &Survey<'_>, said: &DocumentRef, message: Message, report: &mut Report) {
    let mapping = said
        .name
        .as_name()
        .and_then(|name| survey.compiler.mapping(name));
    let (Some(mapping), Some(view)) = (mapping, &said.view) else {
        return;
    };
    let Some(shape) = survey.definition(view) else {
        return;
    };
    let shapes = &survey.set.native;
    let wider = survey.natives_of(mapping, message);
    if is_view(shapes, shape, &wider) {
        return;
    }
    let names: Vec<String> = wider
        .iter()
        .map(|of| format!("`{}`", shapes.get(*of).name))
        .collect();
    let message = format!(
        "`{view}` is no view of {}, which the mapping `{}` is for",
        names.join(" or "),
        mapping.name.value
    );
    report.push(
        Diagnostic::new(Code::M105, view.span, message)
            .help("a view has `allOf: [{ $ref: ... }]` of that definition and only narrows it"),
    );
}

/// Tells whether a shape is one of those that a mapping is for, or narrows one.
pub(super) fn is_view(shapes: &Shapes, shape: ShapeId, of: &[ShapeId]) -> bool {
    of.is_empty() || of.iter().any(|of| narrows(shapes, shape, *of))
}

/// Tells whether a shape is another one or narrows it.
pub(super) fn narrows(shapes: &Shapes, shape: ShapeId, of: ShapeId) -> bool {
    let mut at = Some(shape);
    let mut steps = 0_u8;
    while let Some(one) = at
        && steps < u8::MAX
    {
        if one == of {
            return true;
        }
        at = shapes.get(one).view_of;
        steps = steps.saturating_add(1);
    }
    false
}
