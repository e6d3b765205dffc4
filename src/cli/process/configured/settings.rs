//! Settings of an upstream beside the mapping that takes them.

use secrecy::{ExposeSecret, SecretString};

use super::{Asked, attempt};
use crate::config::{Declared, Value};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, Named};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::upstream::{Settings, Upstream};
use crate::mapping::sample_settings;

/// What the mapping declares.
pub(super) fn declared(set: &MappingSet) -> Vec<Declared<'_>> {
    let settings = set.upstream.iter().flat_map(|upstream| &upstream.settings);
    settings.map(one).collect()
}

fn one(setting: &Named<ast::Setting>) -> Declared<'_> {
    let said = &setting.value;
    Declared {
        name: &setting.name.value,
        default: said.default.as_ref().map(|text| text.value.as_str()),
        allowed: said
            .allowed
            .iter()
            .map(|text| text.value.as_str())
            .collect(),
        length: (
            said.min_length.as_ref().map(|length| length.value),
            said.max_length.as_ref().map(|length| length.value),
        ),
        optional: said.optional.is_some(),
        secret: said.secret.is_some(),
    }
}

/// What a mapping is compiled with, for operators: a secret is one whoever says so, the mapping or the configuration.
pub(in crate::cli) fn effective(
    set: &MappingSet,
    values: &Settings,
    given: &[(String, Value)],
) -> Vec<(String, Value)> {
    let declared = declared(set).into_iter();
    declared
        .filter_map(|setting| {
            let value = values.get(setting.name).map(ExposeSecret::expose_secret);
            let value = value.or(setting.default)?;
            let mut given = given.iter().filter(|(name, _)| *name == setting.name);
            let is_secret = setting.secret || given.any(|(_, value)| value.is_secret());
            let shown = if is_secret {
                Value::Secret(SecretString::from(value))
            } else {
                Value::Text(value.to_owned())
            };
            Some((setting.name.to_owned(), shown))
        })
        .collect()
}

/// Finds the settings with which the mapping does not compile: each is tried alone, among values that fit. What it
/// finds stands where the configuration gives the value, with the mapping's places beside it. Tells whether it found
/// any.
pub(super) fn blame(
    asked: &Asked<'_>,
    set: &MappingSet,
    values: &Settings,
    catalog: &Catalog,
    report: &mut Report,
) -> bool {
    let fitting: Settings = sample_settings(set)
        .into_iter()
        .map(|(name, value)| (name, SecretString::from(value)))
        .collect();
    if let Err(faults) = attempt(asked, &fitting, catalog) {
        // Then it is the mapping itself.
        report.append(faults);
        return true;
    }
    let before = report.len();
    for setting in &asked.said.settings {
        let Some(value) = values.get(&setting.name) else {
            continue;
        };
        let mut tried = fitting.clone();
        tried.insert(setting.name.clone(), value.clone());
        let Err(faults) = attempt(asked, &tried, catalog) else {
            continue;
        };
        let message = format!(
            "the mapping `{}` cannot use this value of the setting `{}`",
            asked.said.mapping, setting.name
        );
        let span = setting.span.unwrap_or(asked.place);
        let help = "write a value that the places below can use";
        let mut told = Diagnostic::new(Code::C003, span, message).help(help);
        for fault in faults.sorted(&catalog.sources) {
            // The mapping's own words may hold the value.
            let words = if setting.value.is_secret() {
                "it is used here".to_owned()
            } else {
                fault.message.clone()
            };
            told = told.note(fault.span, words).maybe_help(fault.help.clone());
        }
        report.push(told);
    }
    report.len() > before
}

/// Finds operations for which these settings leave no request: each is as the mapping declares it, but not together.
pub(super) fn together(
    asked: &Asked<'_>,
    set: &MappingSet,
    upstream: &Upstream,
    catalog: &Catalog,
    report: &mut Report,
) {
    for index in upstream.ruled_out() {
        let Some(operation) = catalog.at(index) else {
            continue;
        };
        let said = set.upstream.iter().flat_map(|file| &file.operations);
        let said = said.filter(|said| *said.name.value == *operation.id);
        let routes = said.flat_map(|said| &said.value.routes);
        let conditions: Vec<_> = routes.filter_map(|route| route.when.as_ref()).collect();
        let named = conditions.iter().flat_map(|when| when.paths());
        let mut named: Vec<String> = named
            .map(ToString::to_string)
            .filter(|path| path.starts_with("settings."))
            .collect();
        named.sort();
        named.dedup();
        let mut given = asked.said.settings.iter();
        let given = given.find(|setting| named.contains(&format!("settings.{}", setting.name)));
        let span = given.and_then(|setting| setting.span);
        let message = format!(
            "the mapping `{}` has no request for `{}` with these settings",
            asked.said.mapping, operation.id
        );
        let help = format!(
            "give values that go together, or leave out what may be: the conditions look at `{}`",
            named.join("`, `")
        );
        let mut told = Diagnostic::new(Code::C007, span.unwrap_or(asked.place), message).help(help);
        for when in conditions {
            told = told.note(when.span(), "a condition");
        }
        report.push(told);
    }
}
