//! Settings that stand for those of an operator while files are checked.

use std::collections::BTreeMap;

use super::usage::{rules, texts};
use crate::mapping::ast::{Named, Rule, Setting};
use crate::mapping::catalog::MappingSet;
use crate::mapping::syntax::ArgValue;

/// A value for each setting: that of the sandbox, the default, the first that is allowed, or a plausible one.
/// A setting that may be left out and has none of these is missing.
pub(crate) fn settings(set: &MappingSet) -> BTreeMap<String, String> {
    let asked = || set.upstream.iter().flat_map(|file| &file.settings);
    let mut settings: BTreeMap<String, String> = asked()
        .filter_map(|setting| Some((setting.name.value.clone(), value(set, setting)?)))
        .collect();
    // A setting that nobody asks for is told as such, and not as a wrong value.
    let mut named = Vec::new();
    for rule in all_rules(set) {
        arguments(rule, &mut named);
    }
    for name in named {
        if !asked().any(|setting| setting.name.value == name) {
            settings.insert(name.to_owned(), plausible(set, name, 0));
        }
    }
    settings
}

fn all_rules(set: &MappingSet) -> impl Iterator<Item = &Rule> {
    let of_mappings = set.mappings.iter().flat_map(|mapping| {
        let variants = mapping.variants.iter().flat_map(|variant| &variant.fields);
        mapping.fields.iter().chain(variants)
    });
    of_mappings.chain(set.upstream.iter().flat_map(rules))
}

/// The settings among the arguments of a rule's converters.
fn arguments<'r>(rule: &'r Rule, named: &mut Vec<&'r str>) {
    for arg in texts(rule)
        .flat_map(|text| &text.chain)
        .flat_map(|call| &call.args)
    {
        if let ArgValue::Setting(name) = &arg.value {
            named.push(&name.value);
        }
    }
    for rule in &rule.fields {
        arguments(rule, named);
    }
}

fn value(set: &MappingSet, setting: &Named<Setting>) -> Option<String> {
    let name = &setting.name.value;
    let of_sandbox = set.sandbox.iter().flat_map(|sandbox| &sandbox.settings);
    let given = of_sandbox
        .filter(|given| given.name.value == *name)
        .map(|given| given.value.value.clone())
        .next();
    let said = &setting.value;
    let default = || said.default.as_ref().map(|text| text.value.clone());
    let allowed = || said.allowed.first().map(|text| text.value.clone());
    let known = given.or_else(default).or_else(allowed);
    if known.is_some() || said.optional.is_some() {
        return known;
    }
    Some(plausible(
        set,
        name,
        said.min_length.as_ref().map_or(0, |least| least.value),
    ))
}

/// A value that the mapping can most likely use, whatever it says itself.
pub(crate) fn likely(set: &MappingSet, setting: &Named<Setting>) -> String {
    let least = setting.value.min_length.as_ref();
    plausible(
        set,
        &setting.name.value,
        least.map_or(0, |least| least.value),
    )
}

/// Tells whether a converter takes the setting.
pub(crate) fn is_converted(set: &MappingSet, setting: &Named<Setting>) -> bool {
    all_rules(set).any(|rule| taken_by(rule, &setting.name.value).is_some())
}

/// What the converter that takes the setting asks for; else some text that is long enough.
fn plausible(set: &MappingSet, name: &str, least: u32) -> String {
    if name.ends_with("url") {
        return "https://upstream.example".to_owned();
    }
    if signs(set, name) {
        return "c2FtcGxlIGtleSBvZiBhIHNpZ25hdHVyZQ==".to_owned();
    }
    let mut taken = None;
    for rule in all_rules(set) {
        taken = taken.or_else(|| taken_by(rule, name));
    }
    match taken {
        Some("zone") => "UTC".to_owned(),
        Some("sealed") => "c2FtcGxlIGtleSBvZiB0aGlydHktdHdvIGJ5dGVzIQ==".to_owned(),
        Some(_) => "US".to_owned(),
        None => {
            let least = usize::try_from(least).unwrap_or(0);
            format!("{:x<least$}", "sample")
        }
    }
}

/// Tells whether a setting is the key of a signature.
fn signs(set: &MappingSet, name: &str) -> bool {
    let auth = set.upstream.as_ref().and_then(|file| file.auth.as_ref());
    let key = auth.and_then(|auth| auth.signing_key.as_ref());
    key.is_some_and(|key| key.from.value == name)
}

/// The parameter's name, or the converter's, that takes a setting.
fn taken_by<'r>(rule: &'r Rule, name: &str) -> Option<&'r str> {
    let mut calls = texts(rule).flat_map(|text| &text.chain);
    let here = calls.find_map(|call| {
        let arg = call.args.iter().find(
            |arg| matches!(&arg.value, ArgValue::Setting(setting) if setting.value == name),
        )?;
        let parameter = arg.name.as_ref().map(|name| name.value.as_str());
        Some(parameter.unwrap_or(&call.name.value))
    });
    here.or_else(|| rule.fields.iter().find_map(|rule| taken_by(rule, name)))
}
