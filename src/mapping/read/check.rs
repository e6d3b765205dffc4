//! The first pass: every key and every form, by the table of keywords.

use super::sentence;
use crate::diag::nearest::{did_you_mean, nearest};
use crate::diag::{Code, Diagnostic, Report, Sources};
use crate::mapping::keywords::{FileKind, Form, MAPPING, MapSpec, RULE};
use crate::mapping::syntax::{self, Brackets};
use crate::mapping::yaml::{Entry, Node, NodeKind, Scalar, Style, quoting};

/// Longest text that a message repeats.
const MAX_SHOWN: usize = 40;

pub(super) struct Check<'a> {
    sources: &'a Sources,
    report: &'a mut Report,
}

// === impl Check ===

impl<'a> Check<'a> {
    pub(super) const fn new(sources: &'a Sources, report: &'a mut Report) -> Self {
        Self { sources, report }
    }

    pub(super) fn file(&mut self, node: &Node, kind: FileKind) {
        if let Some(entries) = node.as_map() {
            self.map(node, entries, kind.spec());
        }
    }

    fn map(&mut self, node: &Node, entries: &[Entry], spec: &'static MapSpec) {
        for entry in entries {
            match spec.key(&entry.key.text) {
                Some(key) => self.value(&format!("`{}`", key.name), &entry.value, &key.form),
                None if entry.key.style == Style::Refused => {}
                None => self.unknown(
                    node,
                    entry,
                    spec.name,
                    &mut spec.keys.iter().map(|key| key.name),
                ),
            }
        }
        for key in spec.keys.iter().filter(|key| key.required) {
            let near = |entry: &Entry| {
                let known = spec.key(&entry.key.text).is_some();
                entry.key.text == key.name
                    || !known && !nearest(&entry.key.text, [key.name]).is_empty()
            };
            if !entries.iter().any(near) {
                let span = entries.first().map_or(node.span, |entry| entry.key.span);
                let message = format!("this map ({}) lacks `{}`", spec.name, key.name);
                self.report.push(
                    Diagnostic::new(Code::M215, span, message)
                        .help(format!("add `{}`: {}", key.name, key.about)),
                );
            }
        }
    }

    /// Checks a value; `what` names it in messages.
    fn value(&mut self, what: &str, node: &Node, form: &'static Form) {
        match (form, &node.kind) {
            (Form::Map(spec), NodeKind::Map(entries)) => self.map(node, entries, spec),
            (Form::MapIf(key, spec, _), NodeKind::Map(entries))
                if node.get(key).is_some() || misspelt(node, key).is_some() =>
            {
                self.map(node, entries, spec)
            }
            (Form::MapIf(_, _, other), NodeKind::Map(_)) => self.value(what, node, other),
            (Form::OneOrMany(of), NodeKind::List(items)) => {
                if items.is_empty() {
                    self.wrong(what, node, form);
                }
                self.items(what, items, of);
            }
            (Form::OneOrMany(of), _) => self.value(what, node, of),
            (Form::List(of), NodeKind::List(items)) => self.items(what, items, of),
            (Form::Names(of) | Form::Texts(of) | Form::Places(_, of), NodeKind::Map(entries)) => {
                for entry in entries {
                    self.key(entry, form);
                    self.value(&format!("`{}`", entry.key.text), &entry.value, of);
                }
            }
            (Form::Rules, NodeKind::Map(entries)) => self.rules(entries),
            (Form::ByMessage(of), NodeKind::Map(entries)) => {
                self.by_message(what, node, entries, of)
            }
            (Form::ByMessage(of), _) => self.value(what, node, of),
            (Form::Either(one, other), kind) => {
                let form = if one.takes(kind) { one } else { other };
                self.value(what, node, form);
            }
            (_, NodeKind::Scalar(scalar)) if !node.is_absent() => match self.text(scalar, form) {
                Some(Ok(())) => {}
                Some(Err(fault)) => self.report.push(helped(*fault, form)),
                None => self.wrong(what, node, form),
            },
            _ => self.wrong(what, node, form),
        }
    }

    fn items(&mut self, what: &str, items: &[Node], of: &'static Form) {
        let what = format!("an item of {what}");
        for item in items {
            self.value(&what, item, of);
        }
    }

    fn by_message(&mut self, what: &str, node: &Node, entries: &[Entry], of: &'static Form) {
        const MESSAGES: [&str; 2] = ["request", "response"];
        if entries.is_empty() {
            self.wrong(what, node, of);
        }
        for entry in entries {
            if MESSAGES.contains(&entry.key.text.as_str()) {
                self.value(&format!("`{}`", entry.key.text), &entry.value, of);
            } else if entry.key.style != Style::Refused {
                self.unknown(node, entry, "each message", &mut MESSAGES.into_iter());
            }
        }
    }

    fn rules(&mut self, entries: &[Entry]) {
        let Some((at, misplaced)) = misplaced(entries) else {
            return entries.iter().for_each(|entry| self.rule(entry));
        };
        let name = &misplaced.key.text;
        let message = format!("`{name}` belongs to the mapping and stands among its rules");
        let fault = Diagnostic::new(Code::M002, misplaced.key.span, message);
        self.report
            .push(fault.help(format!("begin `{name}` at the column of `fields`")));
        let others = entries.iter().enumerate().filter(|(other, _)| *other != at);
        // What stood below it is now beside it.
        let own = |(other, entry): &(usize, &Entry)| {
            *other < at || MAPPING.key(&entry.key.text).is_none() && entry.value.as_list().is_none()
        };
        let own = others.filter(|entry| misplaced.value.as_map().is_some() || own(entry));
        own.for_each(|(_, entry)| self.rule(entry));
    }

    fn rule(&mut self, entry: &Entry) {
        if entry.key.style == Style::Refused {
            return;
        }
        if let Err(fault) = syntax::places(&entry.key, self.sources) {
            self.report
                .push(helped(*fault, &Form::Place(Brackets::Some)));
        }
        match &entry.value.kind {
            NodeKind::Map(entries) if !quoting::is_braced_text(&entry.value, self.sources) => {
                self.map(&entry.value, entries, &RULE)
            }
            _ => self.value(&format!("`{}`", entry.key.text), &entry.value, &Form::Rule),
        }
    }

    fn key(&mut self, entry: &Entry, form: &Form) {
        match form {
            Form::Places(brackets, _) => {
                if let Err(fault) = syntax::path(&entry.key, self.sources, *brackets) {
                    self.report.push(helped(*fault, &Form::Place(*brackets)));
                }
            }
            Form::Names(_)
                if !sentence::is_name(&entry.key.text) && entry.key.style != Style::Refused =>
            {
                let fault = Diagnostic::new(Code::M215, entry.key.span, "this key is not a name");
                self.report
                    .push(fault.help("a name is letters, digits, `-`, `_` and `.`"));
            }
            _ => {}
        }
    }

    /// Checks a text; none means that it is of another form altogether.
    fn text(&self, scalar: &Scalar, form: &Form) -> Option<Result<(), Box<Diagnostic>>> {
        fn read<T>(result: Result<T, Box<Diagnostic>>) -> Option<Result<(), Box<Diagnostic>>> {
            Some(result.map(|_| ()))
        }
        let sources = self.sources;
        match form {
            Form::Text => (!scalar.text.is_empty()).then_some(Ok(())),
            Form::Literal => Some(Ok(())),
            Form::Value => read(sentence::value(scalar, sources)),
            Form::Name => sentence::is_name(&scalar.text).then_some(Ok(())),
            Form::Words(words) => words.contains(&scalar.text.as_str()).then_some(Ok(())),
            Form::WordsOr(words, _) if words.contains(&scalar.text.as_str()) => Some(Ok(())),
            Form::WordsOr(_, other) => self.text(scalar, other),
            Form::Integer(most) => sentence::number(&scalar.text)
                .filter(|number| number <= most)
                .map(|_| Ok(())),
            Form::Duration => sentence::duration(scalar).map(|_| Ok(())),
            Form::Status => sentence::status(scalar).map(|_| Ok(())),
            Form::OneStatus => sentence::one_status(scalar).map(|_| Ok(())),
            Form::Place(brackets) => read(syntax::path(scalar, sources, *brackets)),
            Form::Rule => read(syntax::rule(scalar, sources)),
            Form::Cond => read(syntax::cond(scalar, sources)),
            Form::Template => read(syntax::template(scalar, sources)),
            Form::Call => read(syntax::call(scalar, sources)),
            Form::RequestLine => read(syntax::request_line(scalar, sources)),
            Form::ApiPath => read(sentence::api_path(scalar, sources)),
            Form::Document => read(syntax::document(scalar, sources)),
            Form::Within => read(syntax::within(scalar, sources)),
            Form::Move => read(syntax::moves(scalar, sources)),
            Form::Match => sentence::matches(scalar, sources).and_then(read),
            Form::Answer => sentence::answer(scalar).map(|_| Ok(())),
            Form::Setting => sentence::setting(scalar).map(|_| Ok(())),
            Form::Pointer => sentence::is_pointer(&scalar.text).then_some(Ok(())),
            _ => None,
        }
    }

    fn unknown(
        &mut self,
        node: &Node,
        entry: &Entry,
        of: &str,
        known: &mut dyn Iterator<Item = &'static str>,
    ) {
        let known: Vec<_> = known.collect();
        let written = entry.key.text.as_str();
        let stuck = written
            .split_once(':')
            .filter(|(key, _)| known.contains(key));
        if let Some((key, _)) = stuck {
            let message = format!("there is no blank behind the colon of `{key}`");
            let help = format!("a key ends with a colon and a blank: `{key}: ...`");
            self.report
                .push(Diagnostic::new(Code::M002, entry.key.span, message).help(help));
            return;
        }
        let message = format!("unknown key `{}` ({of})", shown(written));
        let help = if entry.value.is_absent() && self.sources.slice(node.span).starts_with('{') {
            Some(quoting::FLOW.to_owned())
        } else {
            did_you_mean(written, known.iter().copied())
        };
        let listed: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        let help = help.unwrap_or_else(|| format!("keys here are {}", listed.join(", ")));
        self.report
            .push(Diagnostic::new(Code::M002, entry.key.span, message).help(help));
    }

    fn wrong(&mut self, what: &str, node: &Node, form: &Form) {
        if node.is_refused() {
            return;
        }
        let expected = form.describe();
        let message = match &node.kind {
            NodeKind::Scalar(_) if node.is_absent() => {
                format!("{what} has no value; it takes {expected}")
            }
            NodeKind::Scalar(scalar) if scalar.text.is_empty() => {
                format!("{what} takes {expected}, found an empty text")
            }
            NodeKind::Scalar(scalar) => {
                format!("{what} takes {expected}, found `{}`", shown(&scalar.text))
            }
            NodeKind::Map(_) => format!("{what} takes {expected}, found a map"),
            NodeKind::List(items) if items.is_empty() => {
                format!("{what} takes {expected}, found an empty list")
            }
            NodeKind::List(_) => format!("{what} takes {expected}, found a list"),
        };
        let help = match (&node.kind, form) {
            (NodeKind::Map(_), _) if quoting::is_braced_text(node, self.sources) => {
                Some(quoting::BRACES.to_owned())
            }
            (NodeKind::Scalar(scalar), Form::Words(words) | Form::WordsOr(words, _)) => {
                did_you_mean(&scalar.text, words.iter().copied())
            }
            _ => None,
        };
        let fault = Diagnostic::new(Code::M215, node.span, message).maybe_help(help);
        self.report.push(helped(fault, form));
    }
}

/// The key of a map that was meant to be another, and holds what that one would.
pub(super) fn misspelt<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let mut entries = node.as_map()?.iter();
    entries.find(|entry| {
        entry.value.as_scalar().is_none() && !nearest(&entry.key.text, [key]).is_empty()
    })
}

/// A key of the mapping that is indented as its rules are, and where among them it stands.
pub(super) fn misplaced(entries: &[Entry]) -> Option<(usize, &Entry)> {
    let is_misplaced = |entry: &&Entry| match &entry.value.kind {
        NodeKind::Scalar(_) => entry.value.is_absent() && !entry.value.is_refused(),
        NodeKind::List(_) => true,
        NodeKind::Map(below) => below
            .iter()
            .all(|entry| RULE.key(&entry.key.text).is_none() || entry.value.as_list().is_some()),
    };
    let of_mapping = |entry: &&Entry| MAPPING.key(&entry.key.text).is_some();
    let found = entries
        .iter()
        .find(|entry| of_mapping(entry) && is_misplaced(entry))?;
    let at = entries
        .iter()
        .position(|entry| entry.key.span == found.key.span)?;
    Some((at, found))
}

/// Adds how values of a form are written, where nothing better is known.
fn helped(fault: Diagnostic, form: &Form) -> Diagnostic {
    if fault.help.is_some() {
        return fault;
    }
    fault.help(form.example())
}

// === impl Form ===

impl Form {
    /// Tells whether a value of this kind may be of the form at all.
    const fn takes(&self, kind: &NodeKind) -> bool {
        match self {
            Self::List(_) => matches!(kind, NodeKind::List(_)),
            Self::Map(_) | Self::Names(_) | Self::Texts(_) | Self::Places(..) | Self::Rules => {
                matches!(kind, NodeKind::Map(_))
            }
            _ => matches!(kind, NodeKind::Scalar(_)),
        }
    }
}

/// Cuts what a message repeats of a file.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() <= MAX_SHOWN && line.len() == text.len() {
        return text.to_owned();
    }
    let start: String = line.chars().take(MAX_SHOWN).collect();
    format!("{start}...")
}
