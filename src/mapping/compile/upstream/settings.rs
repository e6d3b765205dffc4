//! Settings of one configured upstream, checked against what its mapping asks for.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{Named, Setting};

/// Values of settings by their names, secrets resolved.
pub type Settings = BTreeMap<String, SecretString>;

/// Checks what is given and adds defaults. A setting that may be left out and is, is missing in the result.
pub(super) fn resolve(
    asked: &[Named<Setting>],
    given: &Settings,
    report: &mut Report,
) -> BTreeMap<String, String> {
    for name in given.keys() {
        if !asked.iter().any(|setting| setting.name.value == *name) {
            let known = asked.iter().map(|setting| setting.name.value.as_str());
            let message = format!("the mapping has no setting `{name}`");
            report.push(Diagnostic::new(Code::C002, None, message).help(offered(name, known)));
        }
    }
    let mut settings = BTreeMap::new();
    for setting in asked {
        let name = &setting.name.value;
        match given.get(name) {
            Some(value) => {
                let value = value.expose_secret();
                if let Some(expected) = refuses(&setting.value, value) {
                    let message = format!("the value of the setting `{name}` is not {expected}");
                    report.push(about(Code::C003, setting, message));
                }
                settings.insert(name.clone(), value.to_owned());
            }
            None => match &setting.value.default {
                Some(default) => {
                    settings.insert(name.clone(), default.value.clone());
                }
                None if setting.value.optional.is_some() => {}
                None => {
                    let message = format!("the setting `{name}` is missing");
                    report.push(about(Code::C004, setting, message));
                }
            },
        }
    }
    settings
}

fn about(code: Code, setting: &Named<Setting>, message: String) -> Diagnostic {
    let doc = setting.value.doc.as_ref().map(|doc| doc.value.clone());
    Diagnostic::new(code, setting.name.span, message)
        .help("give it under `settings` of the upstream, in the configuration or the sandbox")
        .maybe_help(doc)
}

/// What the value should have been; never the value.
fn refuses(setting: &Setting, value: &str) -> Option<String> {
    let length = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
    if let Some(min) = setting.min_length.as_ref().filter(|min| length < min.value) {
        return Some(format!("{} characters long at least", min.value));
    }
    if let Some(max) = setting.max_length.as_ref().filter(|max| length > max.value) {
        return Some(format!("{} characters long at most", max.value));
    }
    if setting.allowed.is_empty() || setting.allowed.iter().any(|one| one.value == value) {
        return None;
    }
    let allowed: Vec<_> = setting
        .allowed
        .iter()
        .map(|one| format!("`{}`", one.value))
        .collect();
    Some(format!("one of {}", allowed.join(", ")))
}
