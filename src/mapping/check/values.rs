//! Values of settings that the mapping itself says - defaults, allowed words, those of the sandbox and of cases - held
//! against where they are used (M303).

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{Scheme, Text};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::upstream::Upstream;
use crate::mapping::survey::sample;

/// Compiles an upstream with some settings, and gives what is wrong.
pub(super) fn compiled(
    catalog: &Catalog,
    name: &str,
    set: &MappingSet,
    settings: &BTreeMap<String, String>,
) -> Report {
    let settings = settings
        .iter()
        .map(|(name, value)| (name.clone(), SecretString::from(value.clone())))
        .collect();
    let said = set.upstream.as_ref().and_then(|file| file.auth.as_ref());
    let left_open = said.is_some_and(|auth| auth.scheme.value == Scheme::Settings);
    let sandbox = set
        .sandbox
        .as_ref()
        .and_then(|sandbox| sandbox.auth.as_ref());
    let auth = sandbox.filter(|_| left_open);
    Upstream::compile(catalog, name, "check", &settings, auth)
        .err()
        .unwrap_or_default()
}

/// Reports values that the mapping cannot use, and gives settings that it can.
pub(super) fn fitting(
    catalog: &Catalog,
    name: &str,
    set: &MappingSet,
    report: &mut Report,
) -> BTreeMap<String, String> {
    let mut settings = sample::settings(set);
    let mut base = compiled(catalog, name, set, &settings);
    let asked = set.upstream.iter().flat_map(|file| &file.settings);
    // A value among those that stand for an operator's is taken out, lest its fault be told of every rule.
    for setting in asked.clone() {
        if base.is_empty() {
            break;
        }
        if !sample::is_converted(set, setting) {
            continue;
        }
        let name_of = &setting.name.value;
        let mut tried = settings.clone();
        tried.insert(name_of.clone(), sample::likely(set, setting));
        let other = compiled(catalog, name, set, &tried);
        if other.len() < base.len() {
            settings = tried;
            base = other;
        }
    }
    let named: Vec<Option<Span>> = asked.clone().map(|asked| Some(asked.name.span)).collect();
    let mut said: Vec<(&str, &Text)> = Vec::new();
    for setting in asked {
        let values = setting.value.default.iter().chain(&setting.value.allowed);
        said.extend(values.map(|value| (setting.name.value.as_str(), value)));
    }
    let sandbox = set.sandbox.iter().flat_map(|sandbox| &sandbox.settings);
    let cases = set.cases.iter().flat_map(|case| &case.file.settings);
    let known = |name: &str| settings.contains_key(name);
    let given = sandbox
        .chain(cases)
        .filter(|given| known(&given.name.value));
    said.extend(given.map(|given| (given.name.value.as_str(), &given.value)));
    let mut judged: BTreeMap<(&str, &str), Option<Diagnostic>> = BTreeMap::new();
    for (setting, value) in said {
        if settings.get(setting) == Some(&value.value) {
            continue;
        }
        let fault = judged.entry((setting, &value.value)).or_insert_with(|| {
            let mut tried = settings.clone();
            tried.insert(setting.to_owned(), value.value.clone());
            let found = compiled(catalog, name, set, &tried);
            // What a setting says of itself is judged without a use.
            let fresh = found.iter().find(|fault| {
                let bounds = fault.code == Code::C003 && named.contains(&fault.span);
                !bounds && !base.iter().any(|old| old == *fault)
            });
            fresh.cloned()
        });
        if let Some(fault) = fault {
            let message = format!(
                "the setting `{setting}` cannot have this value: {}",
                fault.message
            );
            report.push(
                Diagnostic::new(Code::M303, value.span, message)
                    .help("write a value that the place below can use")
                    .note(fault.span, "it is used here"),
            );
        }
    }
    settings
}
