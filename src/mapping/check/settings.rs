//! Settings that rules name and the upstream does not ask for (M103).

use crate::diag::nearest::did_you_mean;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{DefaultValue, Rule};
use crate::mapping::survey::Survey;
use crate::mapping::survey::usage::{rules, texts};
use crate::mapping::syntax::ArgValue;

/// Checks converters' arguments, defaults and guards of every rule.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let Some(file) = survey.file() else { return };
    let of_mappings = survey.set.mappings.iter().flat_map(|mapping| {
        let variants = mapping.variants.iter().flat_map(|variant| &variant.fields);
        mapping.fields.iter().chain(variants)
    });
    let mut named = Vec::new();
    for rule in of_mappings.chain(rules(file)) {
        names(rule, &mut named);
    }
    for (name, span) in named {
        let known = || {
            file.settings
                .iter()
                .map(|setting| setting.name.value.as_str())
        };
        if !known().any(|known| known == name) {
            report.push(
                Diagnostic::new(Code::M103, span, format!("there is no setting `{name}`"))
                    .help("settings are asked for under `settings` of the upstream's file")
                    .maybe_help(did_you_mean(&name, known())),
            );
        }
    }
}

/// The settings that a rule and those below it name.
fn names(rule: &Rule, named: &mut Vec<(String, Span)>) {
    for arg in texts(rule)
        .flat_map(|text| &text.chain)
        .flat_map(|call| &call.args)
    {
        if let ArgValue::Setting(name) = &arg.value {
            named.push((name.value.clone(), name.span));
        }
    }
    if let Some(default) = &rule.default
        && let DefaultValue::Setting(name) = &default.value
    {
        named.push((name.clone(), default.span));
    }
    for path in rule
        .when
        .iter()
        .flat_map(crate::mapping::syntax::Cond::paths)
    {
        if let Some(name) = path.to_string().strip_prefix("settings.") {
            named.push((name.to_owned(), path.span));
        }
    }
    for rule in &rule.fields {
        names(rule, named);
    }
}
