//! Machines and the commands of a sandbox (M520, M530).

use super::requests::offers;
use crate::diag::{Code, Diagnostic, Report, Spanned};
use crate::mapping::ast::{Kind, Machine, Message};
use crate::mapping::plan::Fan;
use crate::mapping::schema;
use crate::mapping::survey::{Does, Entry, Survey};
use crate::mapping::syntax::Path;
use crate::mapping::table::TableRefusal;
use crate::model::shape::Scalar;

/// Checks every machine and every command.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    for machine in survey.file().into_iter().flat_map(|file| &file.machines) {
        states(survey, &machine.value, report);
    }
    commands(survey, report);
}

fn states(survey: &Survey<'_>, machine: &Machine, report: &mut Report) {
    let field = &machine.field;
    let model = &survey.catalog.canonical;
    let found = match schema::definition(model, field) {
        Ok(found) => found,
        Err(unknown) => {
            report.push(unknown.diagnostic(Code::M101));
            return;
        }
    };
    let Some(scalar) = model.get(found.shape).scalar() else {
        report.push(
            Diagnostic::new(
                Code::M520,
                field.span,
                format!("`{field}` is not one value and has no states"),
            )
            .help("a machine is over a place of a type, such as `Customer.status`"),
        );
        return;
    };
    let mut judged: Vec<&str> = Vec::new();
    for state in machine
        .moves
        .iter()
        .flat_map(|one| std::iter::once(&one.from).chain(&one.to))
    {
        if !judged.contains(&state.value.as_str()) {
            judged.push(&state.value);
            report.extend(judge(survey, field, scalar, state));
        }
    }
}

fn judge(
    survey: &Survey<'_>,
    field: &Path,
    scalar: &Scalar,
    state: &Spanned<String>,
) -> Option<Diagnostic> {
    let fault = |message: String| Diagnostic::new(Code::M520, state.span, message);
    if !scalar.values.is_empty() && !scalar.values.iter().any(|value| **value == *state.value) {
        let known = scalar.values.iter().map(|value| &**value);
        return Some(
            fault(format!("`{}` is no value of `{field}`", state.value))
                .help("states are canonical values")
                .maybe_help(crate::diag::nearest::did_you_mean(&state.value, known)),
        );
    }
    if writes(survey, field, &state.value) {
        return None;
    }
    Some(
        fault(format!(
            "no mapping can write `{}` at `{field}`",
            state.value
        ))
        .help("add a row to the table of that place, or leave the state out"),
    )
}

/// Tells whether some rule over the place can write a state; without any rule that is no fault of the state.
fn writes(survey: &Survey<'_>, field: &Path, state: &str) -> bool {
    let place = Path {
        steps: field.steps.iter().skip(1).cloned().collect(),
        span: field.span,
    };
    let of_type = |name: &str| field.first_name() == Some(name);
    let mut ruled = false;
    for mapping in &survey.set.mappings {
        if !mapping
            .canonical
            .as_ref()
            .is_some_and(|name| of_type(&name.value))
        {
            continue;
        }
        for message in [Message::Request, Message::Response] {
            for walk in survey.walks(mapping, message) {
                let over = |entry: &&Entry<'_>| {
                    let first = entry.canonical.first();
                    matches!(entry.does, Does::Value)
                        && first.is_some_and(|spot| spot.path.to_string() == place.to_string())
                };
                for entry in walk.entries.iter().filter(over) {
                    ruled = true;
                    let Some(chain) = survey.chain(entry) else {
                        return true;
                    };
                    let refused = match &chain.fan {
                        Some(Fan::Table(table)) => table.write(&[Some(state.as_bytes())]).err(),
                        Some(Fan::Joined(_)) | None => None,
                    };
                    if !matches!(refused, Some(TableRefusal::NoRow)) {
                        return true;
                    }
                }
            }
        }
    }
    !ruled
}

/// The sandbox knows what a command does.
fn commands(survey: &Survey<'_>, report: &mut Report) {
    let Some(sandbox) = &survey.set.sandbox else {
        return;
    };
    for offer in offers(survey).filter(|offer| offer.canonical.kind == Kind::Command) {
        let id = &offer.canonical.id;
        let known = sandbox
            .effects
            .iter()
            .any(|effect| *effect.name.value == **id && !effect.value.is_empty());
        if !known {
            let message = format!("the sandbox does not say what the command `{id}` does");
            report.push(
                Diagnostic::new(Code::M530, offer.said.key, message)
                    .help(format!("add a line to `effects` of the sandbox; `{id}: {{}}` says that it changes nothing"))
                    .note(sandbox.key, "the sandbox"),
            );
        }
    }
}
