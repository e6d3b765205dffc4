//! Whether every keyword of a schema is known and has a value of its form.

use super::keyword::{ALIAS, Form, KEYWORDS, Keyword, On, REFUSED, TYPES, XML, named};
use super::{lexeme, namespaces};
use crate::diag::nearest::did_you_mean;
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::plan::Pattern;
use crate::mapping::yaml::{Entry, Node, NodeKind};
use crate::model::shape::Format;

/// Names of the formats, for help.
const FORMATS: &[&str] = &[
    "id",
    "decimal",
    "date",
    "date-time",
    "month",
    "language-tag",
    "currency-code",
    "country",
    "region",
    "phone",
    "email",
    "pointer",
];

/// Checks a schema and all below it.
pub(super) fn check(node: &Node, root: bool, faults: &mut Vec<Diagnostic>) {
    let Some(entries) = map(node, "a schema", faults) else {
        return;
    };
    for entry in entries {
        match named(&entry.key.text) {
            Some(keyword) if keyword.on == On::Root && !root => {
                let message = format!("`{}` stands at the root of a file only", keyword.name);
                let fault = Diagnostic::new(Code::S006, entry.key.span, message);
                faults.push(fault.help("move it there, or leave it out"));
            }
            Some(keyword) => value(keyword, entry, faults),
            None => faults.push(unknown(entry)),
        }
    }
}

/// Refuses what depends on a value: a document that is written is not judged by it.
pub(super) fn without_conditions(node: &Node, faults: &mut Vec<Diagnostic>) {
    for entry in node.as_map().unwrap_or_default() {
        let form = named(&entry.key.text).map(|keyword| keyword.form);
        let values = || entry.value.as_map().unwrap_or_default().iter();
        match form {
            Some(Form::If) => {
                let message = "`if` is not looked at when a document is written";
                let fault = Diagnostic::new(Code::S002, entry.key.span, message);
                faults.push(fault.help("say it as views, one for each operation; members that go together stand in `dependentRequired`"));
            }
            Some(Form::Schema | Form::SchemaOrFlag) => without_conditions(&entry.value, faults),
            Some(Form::Schemas | Form::Members) => {
                values().for_each(|entry| without_conditions(&entry.value, faults));
            }
            Some(Form::SchemaList) => {
                let NodeKind::List(items) = &entry.value.kind else {
                    continue;
                };
                items
                    .iter()
                    .for_each(|item| without_conditions(item, faults));
            }
            _ => {}
        }
    }
}

fn unknown(entry: &Entry) -> Diagnostic {
    let name = entry.key.text.as_str();
    if let Some((_, instead)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        let message = format!("`{name}` of JSON Schema makes no shape");
        return Diagnostic::new(Code::S002, entry.key.span, message).help(*instead);
    }
    let known = KEYWORDS.iter().map(|keyword| keyword.name);
    Diagnostic::new(
        Code::S002,
        entry.key.span,
        format!("`{name}` is no keyword"),
    )
    .help("keywords are a closed list; the language reference has them all")
    .maybe_help(did_you_mean(name, known))
}

fn value(keyword: &Keyword, entry: &Entry, faults: &mut Vec<Diagnostic>) {
    let (name, node) = (keyword.name, &entry.value);
    match keyword.form {
        Form::Note => {}
        Form::Text => {
            text(name, node, faults);
        }
        Form::Flag => word(name, node, &["true", "false"], faults),
        Form::True => word(name, node, &["true"], faults),
        Form::Count => count(name, node, faults),
        Form::Number => number(name, node, faults),
        Form::Value => {
            scalar(name, node, faults);
        }
        Form::Values => values(name, node, faults),
        Form::Types => types(node, faults),
        Form::Names => {
            names(name, node, faults);
        }
        Form::Word(words) => word(name, node, words, faults),
        Form::Words(words) => {
            for item in list(name, node, faults).unwrap_or_default() {
                word(name, item, words, faults);
            }
        }
        Form::Format => format(node, faults),
        Form::Pattern => pattern(node, faults),
        Form::Schema => check(node, false, faults),
        Form::SchemaOrFlag if is_flag(node) => {}
        Form::SchemaOrFlag => check(node, false, faults),
        Form::Schemas | Form::Members => {
            for entry in map(node, name, faults).unwrap_or_default() {
                if !(keyword.form == Form::Members && is_false(&entry.value)) {
                    check(&entry.value, false, faults);
                }
            }
        }
        Form::SchemaList => {
            for item in list(name, node, faults).unwrap_or_default() {
                check(item, false, faults);
            }
        }
        Form::Alternatives => {
            for item in list(name, node, faults).unwrap_or_default() {
                only_required(name, item, faults);
            }
        }
        Form::Needs => {
            for entry in map(node, name, faults).unwrap_or_default() {
                names(name, &entry.value, faults);
            }
        }
        Form::If => condition(node, faults),
        Form::Then => only_required(name, node, faults),
        Form::Xml => xml(node, faults),
        Form::Aliases => aliases(node, faults),
        Form::Lexical => lexical(node, faults),
    }
}

/// Tells whether `false` is written.
pub(super) fn is_false(node: &Node) -> bool {
    node.as_scalar()
        .is_some_and(|scalar| scalar.text == "false")
}

fn is_flag(node: &Node) -> bool {
    is_false(node) || node.as_scalar().is_some_and(|scalar| scalar.text == "true")
}

fn outside(name: &str, node: &Node, form: &str) -> Diagnostic {
    let subject = if name.contains(' ') {
        name.to_owned()
    } else {
        format!("`{name}`")
    };
    let found = match &node.kind {
        _ if node.is_absent() => "nothing",
        NodeKind::Scalar(_) => "another value",
        NodeKind::Map(_) => "a map",
        NodeKind::List(_) => "a list",
    };
    let message = format!("{subject} is {form}, not {found}");
    Diagnostic::new(Code::S001, node.span, message).help("write it so, or leave it out")
}

fn map<'a>(node: &'a Node, name: &str, faults: &mut Vec<Diagnostic>) -> Option<&'a [Entry]> {
    let found = node.as_map();
    if found.is_none() {
        faults.push(outside(name, node, "a map"));
    }
    found
}

fn list<'a>(name: &str, node: &'a Node, faults: &mut Vec<Diagnostic>) -> Option<&'a [Node]> {
    let found = node.as_list().filter(|items| !items.is_empty());
    if found.is_none() {
        faults.push(outside(name, node, "a list that is not empty"));
    }
    found
}

fn scalar<'a>(name: &str, node: &'a Node, faults: &mut Vec<Diagnostic>) -> Option<&'a str> {
    let found = node.as_scalar().filter(|_| !node.is_absent());
    if found.is_none() {
        faults.push(outside(name, node, "one value"));
    }
    found.map(|scalar| scalar.text.as_str())
}

fn text<'a>(name: &str, node: &'a Node, faults: &mut Vec<Diagnostic>) -> Option<&'a str> {
    let found = node.as_scalar().filter(|scalar| !scalar.text.is_empty());
    if found.is_none() {
        faults.push(outside(name, node, "a text"));
    }
    found.map(|scalar| scalar.text.as_str())
}

fn word(name: &str, node: &Node, words: &[&str], faults: &mut Vec<Diagnostic>) {
    let written = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
    if !words.contains(&written) {
        let told: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        let help = did_you_mean(written, words.iter().copied());
        faults.push(outside(name, node, &told.join(" or ")).maybe_help(help));
    }
}

fn count(name: &str, node: &Node, faults: &mut Vec<Diagnostic>) {
    if number_of(node).is_none() {
        faults.push(outside(name, node, "a whole number from 0"));
    }
}

/// Reads a whole number from 0.
pub(super) fn number_of(node: &Node) -> Option<u32> {
    let digits = &node.as_scalar()?.text;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

fn number(name: &str, node: &Node, faults: &mut Vec<Diagnostic>) {
    let fits = |text: &str| lexeme::is_number(text) && !text.contains(['e', 'E']);
    if !node.as_scalar().is_some_and(|scalar| fits(&scalar.text)) {
        faults.push(outside(name, node, "a number without an exponent"));
    }
}

fn values(name: &str, node: &Node, faults: &mut Vec<Diagnostic>) {
    let mut seen = Vec::new();
    for item in list(name, node, faults).unwrap_or_default() {
        if let Some(text) = scalar(name, item, faults) {
            twice(name, text, item.span, &mut seen, faults);
        }
    }
}

fn names(name: &str, node: &Node, faults: &mut Vec<Diagnostic>) {
    let mut seen = Vec::new();
    for item in list(name, node, faults).unwrap_or_default() {
        if let Some(written) = text(name, item, faults) {
            twice(name, written, item.span, &mut seen, faults);
        }
    }
}

fn twice<'a>(
    name: &str,
    text: &'a str,
    span: Span,
    seen: &mut Vec<&'a str>,
    faults: &mut Vec<Diagnostic>,
) {
    if seen.contains(&text) {
        let message = format!("`{name}` has `{text}` twice");
        faults.push(Diagnostic::new(Code::S001, span, message).help("leave one of them out"));
    }
    seen.push(text);
}

fn types(node: &Node, faults: &mut Vec<Diagnostic>) {
    let several = node.as_list();
    if several.is_some_and(|items| items.len() != 2) {
        faults.push(outside("type", node, "one type or a list of two"));
    }
    for item in several.unwrap_or(std::slice::from_ref(node)) {
        let Some(written) = text("type", item, faults) else {
            continue;
        };
        if TYPES.contains(&written) {
            continue;
        }
        let message = format!("`{written}` is a type without a shape");
        let help = if written == "null" {
            Some("an absent member is left out; a mapping's `clear` says how one is cleared".into())
        } else {
            did_you_mean(written, TYPES.iter().copied())
        };
        let known = format!("types are `{}`", TYPES.join("`, `"));
        faults.push(
            Diagnostic::new(Code::S005, item.span, message)
                .help(known)
                .maybe_help(help),
        );
    }
}

fn format(node: &Node, faults: &mut Vec<Diagnostic>) {
    let Some(written) = text("format", node, faults) else {
        return;
    };
    if Format::named(written).is_none() {
        let message = format!("`{written}` is no format of the model");
        let known = format!("formats are `{}`", FORMATS.join("`, `"));
        let fault = Diagnostic::new(Code::S005, node.span, message).help(known);
        faults.push(fault.maybe_help(did_you_mean(written, FORMATS.iter().copied())));
    }
}

fn pattern(node: &Node, faults: &mut Vec<Diagnostic>) {
    let Some(written) = text("pattern", node, faults) else {
        return;
    };
    let Some(error) = Pattern::refused(written) else {
        return;
    };
    let why = match &error {
        regex::Error::Syntax(told) => told.lines().last().unwrap_or_default().trim(),
        _ => "it would take too much memory",
    };
    let why = why.trim_start_matches("error: ");
    let message = format!("the pattern is refused: {why}");
    let help = "patterns are regular expressions that run in linear time, without look-around and references back";
    faults.push(Diagnostic::new(Code::S009, node.span, message).help(help));
}

fn only_required(name: &str, node: &Node, faults: &mut Vec<Diagnostic>) {
    let Some(entries) = map(node, name, faults) else {
        return;
    };
    for entry in entries {
        if entry.key.text == "required" {
            names("required", &entry.value, faults);
        } else {
            let message = format!("`{}` stands in `{name}`", entry.key.text);
            let help = format!("in `{name}` stands `required` alone");
            faults.push(Diagnostic::new(Code::S005, entry.key.span, message).help(help));
        }
    }
    if entries.is_empty() {
        faults.push(outside(name, node, "`required` alone"));
    }
}

/// Gives member and value of `{properties: {member: {const: value}}, required: [member]}`.
pub(super) fn constant_of(node: &Node) -> Option<(&str, &str)> {
    let [member] = node.get("properties")?.as_map()? else {
        return None;
    };
    let constant = member.value.get("const")?.as_scalar()?;
    let [required] = node.get("required")?.as_list()? else {
        return None;
    };
    let same = required.as_scalar()?.text == member.key.text;
    let alone = node.as_map()?.len() == 2 && member.value.as_map()?.len() == 1;
    (same && alone).then_some((member.key.text.as_str(), constant.text.as_str()))
}

fn condition(node: &Node, faults: &mut Vec<Diagnostic>) {
    if constant_of(node).is_none() {
        let help = "write `{ properties: { member: { const: value } }, required: [member] }`";
        let message = "`if` asks for more than one value of one member";
        faults.push(Diagnostic::new(Code::S005, node.span, message).help(help));
    }
}

fn known_keys(name: &str, entries: &[Entry], keys: &[&str], faults: &mut Vec<Diagnostic>) {
    for entry in entries {
        let key = entry.key.text.as_str();
        match key {
            _ if !keys.contains(&key) => {
                let message = format!("`{key}` is no keyword of `{name}`");
                let fault = Diagnostic::new(Code::S002, entry.key.span, message);
                let known = format!("keywords of `{name}` are `{}`", keys.join("`, `"));
                let help = did_you_mean(key, keys.iter().copied());
                faults.push(fault.help(known).maybe_help(help));
            }
            "name" => {
                text(key, &entry.value, faults);
            }
            "attribute" | "wrapped" => word(key, &entry.value, &["true", "false"], faults),
            "namespace" => namespaces::namespace(&entry.value, faults),
            "prefix" => namespaces::prefix(&entry.value, faults),
            _ => {}
        }
    }
}

fn xml(node: &Node, faults: &mut Vec<Diagnostic>) {
    if let Some(entries) = map(node, "xml", faults) {
        known_keys("xml", entries, XML, faults);
        namespaces::check(node, faults);
    }
}

fn aliases(node: &Node, faults: &mut Vec<Diagnostic>) {
    for item in list("x-aliases", node, faults).unwrap_or_default() {
        let Some(entries) = map(item, "x-aliases", faults) else {
            continue;
        };
        known_keys("x-aliases", entries, ALIAS, faults);
        if item.get("name").is_none() {
            let fault = Diagnostic::new(Code::S001, item.span, "an alias has no `name`");
            faults.push(fault.help("write `{ name: other }`"));
        }
    }
}

fn lexical(node: &Node, faults: &mut Vec<Diagnostic>) {
    let name = "x-lexical";
    let mut seen = Vec::new();
    for entry in map(node, name, faults).unwrap_or_default() {
        for item in list(name, &entry.value, faults).unwrap_or_default() {
            let written = item.as_scalar().filter(|_| !item.is_absent());
            match written {
                Some(scalar) => twice(name, &scalar.text, item.span, &mut seen, faults),
                None => faults.push(outside("a spelling", item, "a text")),
            }
        }
    }
}
