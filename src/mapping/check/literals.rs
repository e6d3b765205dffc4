//! Literals of an upstream's file, held against what they are said of (M303).
//!
//! Those of mappings are judged where rules are compiled, so that none is ever written without a look.

use super::requests::{Offer, offers};
use crate::diag::{Report, Spanned};
use crate::mapping::ast::{Cell, DefaultValue, Message, Named, Rule, Setting};
use crate::mapping::compile::literal::judge;
use crate::mapping::schema;
use crate::mapping::survey::usage::rules;
use crate::mapping::survey::{MESSAGES, Survey};
use crate::mapping::syntax::{Cond, Path};
use crate::model::shape::{Scalar, ShapeId};

/// Checks conditions and defaults of calls, and what settings say of themselves.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let Some(file) = survey.file() else { return };
    for setting in &file.settings {
        of_itself(setting, report);
        for scalar in filled(survey, &setting.name.value) {
            let said = setting.value.default.iter().chain(&setting.value.allowed);
            for literal in said {
                let what = &scalar.1;
                report.extend(judge(&scalar.0, &literal.value, literal.span, what, false));
            }
        }
    }
    for offer in offers(survey) {
        let of_routes = offer.routes.iter().flat_map(|route| {
            let answers = route
                .answers
                .iter()
                .filter_map(|answer| answer.when.as_ref());
            route.when.iter().chain(answers)
        });
        let of_answers = offer
            .said
            .answers
            .iter()
            .filter_map(|one| one.when.as_ref());
        let of_steps = offer.said.steps.iter().flat_map(|step| {
            let answers = step.answers.iter().filter_map(|one| one.when.as_ref());
            step.when.iter().chain(answers)
        });
        for when in of_routes.chain(of_answers).chain(of_steps) {
            condition(survey, &offer, when, report);
        }
        for route in &offer.routes {
            for rule in route.query.iter().chain(&route.headers) {
                default(survey, &offer, rule, report);
                table(survey, &offer, rule, report);
            }
        }
    }
    for rule in rules(file).chain(survey.set.mappings.iter().flat_map(|file| &file.fields)) {
        of_settings(survey, rule, report);
    }
}

/// The default and the values of a setting, against its own bounds.
fn of_itself(setting: &Named<Setting>, report: &mut Report) {
    let name = &setting.name.value;
    let said = &setting.value;
    let scalar = Scalar {
        values: said
            .allowed
            .iter()
            .map(|one| one.value.as_str().into())
            .collect(),
        min_length: said.min_length.as_ref().map(|least| least.value),
        max_length: said.max_length.as_ref().map(|most| most.value),
        ..Scalar::default()
    };
    if let Some(default) = &said.default {
        report.extend(judge(&scalar, &default.value, default.span, name, false));
    }
    let bounds = Scalar {
        values: Vec::new(),
        ..scalar
    };
    for value in &said.allowed {
        report.extend(judge(&bounds, &value.value, value.span, name, false));
    }
}

/// The places whose default a setting is, with their names.
fn filled(survey: &Survey<'_>, name: &str) -> Vec<(Scalar, String)> {
    let mut found = Vec::new();
    let model = &survey.catalog.canonical;
    for mapping in survey
        .set
        .mappings
        .iter()
        .filter(|mapping| !mapping.fragment)
    {
        for walk in MESSAGES
            .into_iter()
            .flat_map(|message| survey.walks(mapping, message))
        {
            for entry in &walk.entries {
                let of_setting = entry.rule.default.as_ref().is_some_and(
                    |default| matches!(&default.value, DefaultValue::Setting(of) if of == name),
                );
                for spot in entry.canonical.iter().filter(|_| of_setting) {
                    if let Some(scalar) = model.get(spot.shape).scalar() {
                        found.push((scalar.clone(), spot.path.to_string()));
                    }
                }
            }
        }
    }
    found
}

fn condition(survey: &Survey<'_>, offer: &Offer<'_>, when: &Cond, report: &mut Report) {
    for (path, literals) in comparisons(when) {
        if let Some(scalar) = scalar(survey, offer, path) {
            let what = path.to_string();
            for literal in literals {
                report.extend(judge(&scalar, &literal.value, literal.span, &what, false));
            }
        }
    }
}

fn default(survey: &Survey<'_>, offer: &Offer<'_>, rule: &Rule, report: &mut Report) {
    let Some(said) = &rule.default else { return };
    let DefaultValue::Literal(text) = &said.value else {
        return;
    };
    for place in &rule.places {
        if let Some(scalar) = scalar(survey, offer, place) {
            report.extend(judge(&scalar, text, said.span, &place.to_string(), false));
        }
    }
}

/// The rows of the table that a rule of a query or of headers goes through.
fn table(survey: &Survey<'_>, offer: &Offer<'_>, rule: &Rule, report: &mut Report) {
    let chain = rule.text(Message::Request).map(|text| &text.chain);
    let calls = chain.into_iter().flatten();
    let mut named = calls.filter(|call| call.name.value == "table");
    let name = named.next().and_then(|call| call.args.first());
    let Some(name) = name.map(|argument| argument.value.text()) else {
        return;
    };
    let mut tables = survey.set.tables.iter();
    let Some(table) = tables.find(|table| table.name.value == name.value) else {
        return;
    };
    let table = &table.value;
    for (column, place) in table.canonical.iter().zip(&rule.places) {
        let Some(scalar) = scalar(survey, offer, place) else {
            continue;
        };
        let cells = table.rows.iter().filter_map(|row| row.cell(&column.value));
        for cell in cells {
            if let Cell::Literal(text) = &cell.value {
                report.extend(judge(&scalar, text, cell.span, &place.to_string(), false));
            }
        }
    }
}

/// Conditions over settings, wherever they stand.
fn of_settings(survey: &Survey<'_>, rule: &Rule, report: &mut Report) {
    let asked = || survey.file().into_iter().flat_map(|file| &file.settings);
    for (path, literals) in rule.when.iter().flat_map(comparisons) {
        let name = path.to_string();
        let Some(setting) =
            asked().find(|one| name.strip_prefix("settings.") == Some(&one.name.value))
        else {
            continue;
        };
        let scalar = Scalar {
            values: setting
                .value
                .allowed
                .iter()
                .map(|one| one.value.as_str().into())
                .collect(),
            ..Scalar::default()
        };
        for literal in literals {
            report.extend(judge(&scalar, &literal.value, literal.span, &name, false));
        }
    }
    for rule in &rule.fields {
        of_settings(survey, rule, report);
    }
}

/// What a place of a call holds, where that is one value.
pub(super) fn scalar(survey: &Survey<'_>, offer: &Offer<'_>, place: &Path) -> Option<Scalar> {
    let model = &survey.catalog.canonical;
    let below = |root: ShapeId| {
        let rest = Path {
            steps: place.steps.iter().skip(1).cloned().collect(),
            span: place.span,
        };
        let found = schema::path(model, root, &rest).ok()?;
        model.get(found.shape).scalar().cloned()
    };
    match place.first_name()? {
        "body" => below(offer.body?),
        "current" => below(offer.answer?),
        name => {
            let inputs = &offer.canonical.inputs;
            let input = inputs.iter().find(|input| &*input.name == name)?;
            place.as_name().map(|_| input.kind.scalar.clone())
        }
    }
}

/// Every comparison of a condition: the place and its literals.
pub(super) fn comparisons(when: &Cond) -> Vec<(&Path, &[Spanned<String>])> {
    match when {
        Cond::Or(parts) | Cond::And(parts) => parts.iter().flat_map(comparisons).collect(),
        Cond::Not(inner, _) => comparisons(inner),
        Cond::Present(_) => Vec::new(),
        Cond::Compare { path, literals, .. } => vec![(path, literals)],
    }
}
