//! Operations that an operation names can serve where they are named (M516).

use super::requests::{Offer, offers};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{AnswerCase, InputIn, Kind, Text};
use crate::mapping::catalog::{CanonicalAnswer, CanonicalOperation, OperationInput};
use crate::mapping::schema;
use crate::mapping::survey::Survey;
use crate::mapping::syntax::Path;
use crate::model::shape::Kind as ShapeKind;

/// What an operation is named for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Base,
    Then,
    Recover,
}

/// Checks `base`, `then` and `recover` of every operation that is offered.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    for offer in offers(survey) {
        if let Some(base) = &offer.said.base {
            report.extend(judge(survey, &offer, base, Use::Base));
        }
        let own = offer.routes.iter().flat_map(|route| &route.answers);
        let of_steps = offer.said.steps.iter().flat_map(|step| &step.answers);
        for then in own
            .chain(&offer.said.answers)
            .chain(of_steps)
            .filter_map(then)
        {
            report.extend(judge(survey, &offer, then, Use::Then));
        }
        if let Some(recover) = &offer.said.recover {
            by(survey, &offer, &recover.by, report);
            report.extend(judge(survey, &offer, &recover.with, Use::Recover));
        }
    }
}

fn then(case: &AnswerCase) -> Option<&Text> {
    case.then.as_ref()
}

/// What is asked for is one value of the body.
fn by(survey: &Survey<'_>, offer: &Offer<'_>, by: &Path, report: &mut Report) {
    let model = &survey.catalog.canonical;
    let fault = |code, message: String| {
        Diagnostic::new(code, by.span, message)
            .help("`by` is the place of the body whose value finds what was made")
    };
    let Some(body) = offer.body else {
        let message = format!("`{}` has no body", offer.canonical.id);
        return report.push(fault(Code::M101, message));
    };
    match schema::path(model, body, by) {
        Err(unknown) => report.push(unknown.diagnostic(Code::M101)),
        Ok(found) if !matches!(model.get(found.shape).kind, ShapeKind::Scalar(_)) => {
            report.push(fault(Code::M516, format!("`{by}` is not one value")));
        }
        Ok(_) => {}
    }
}

fn judge(survey: &Survey<'_>, offer: &Offer<'_>, name: &Text, of: Use) -> Option<Diagnostic> {
    let (_, named) = survey.catalog.operation(&name.value)?;
    let id = &named.id;
    let fault = |message: String, help: &str| {
        Some(Diagnostic::new(Code::M516, name.span, message).help(help))
    };
    let file = survey.file()?;
    if !file.operations.iter().any(|one| one.name.value == **id) {
        return fault(
            format!("the upstream does not offer `{id}`"),
            "name an operation of this file",
        );
    }
    let kinds: &[Kind] = match of {
        Use::Base | Use::Then => &[Kind::Get],
        Use::Recover => &[Kind::Get, Kind::List, Kind::Search],
    };
    if !kinds.contains(&named.kind) {
        let help = match of {
            Use::Base => {
                "`base` names the operation of kind `get` that reads what is to be changed"
            }
            Use::Then => "`then` names the operation of kind `get` that reads the whole",
            Use::Recover => "`with` names an operation of kind `get`, `list` or `search`",
        };
        return fault(format!("`{id}` does not read a resource"), help);
    }
    let wanted = wanted(offer.canonical, of);
    if let Some(found) = named.answer_type()
        && !wanted.is_empty()
        && !wanted.contains(&found)
    {
        let listed: Vec<String> = wanted.iter().map(|name| format!("`{name}`")).collect();
        return fault(
            format!("`{id}` answers `{found}` and not {}", listed.join(" or ")),
            "name an operation that answers the type at hand, or its parent",
        );
    }
    let missing = missing(offer.canonical, named).filter(|_| of != Use::Recover)?;
    fault(
        format!(
            "`{}` has no `{missing}`, which `{id}` asks for",
            offer.canonical.id
        ),
        "the inputs of the call are handed on by their names",
    )
}

/// The types that an operation may answer to be of use; none where the call says nothing of a type.
fn wanted(canonical: &CanonicalOperation, of: Use) -> Vec<&str> {
    let parent = canonical
        .within
        .as_ref()
        .and_then(|within| within.place.first_name());
    let mut types: Vec<&str> = canonical.answer_type().into_iter().collect();
    if of == Use::Base && matches!(canonical.kind, Kind::Update | Kind::Replace) {
        types.extend(canonical.body.as_deref());
    }
    if of != Use::Then && !types.is_empty() {
        types.extend(parent);
    }
    types.dedup();
    types
}

/// An input in the path that the call has not, nor the answer as its id.
fn missing<'a>(canonical: &CanonicalOperation, named: &'a CanonicalOperation) -> Option<&'a str> {
    let of_answer = !matches!(canonical.answer, CanonicalAnswer::None);
    let has = |name: &str| {
        let mut inputs = canonical.inputs.iter();
        inputs.any(|input| &*input.name == name)
    };
    let asked = named
        .inputs
        .iter()
        .filter(|input| input.place == InputIn::Path);
    let given = |input: &&OperationInput| has(&input.name) || of_answer && !input.gives.is_empty();
    let mut left = asked.filter(|input| !given(input));
    left.next().map(|input| &*input.name)
}
