//! Raw settings: every value as it was given and where, in the table's form or left out. Nothing is understood yet.

use crate::diag::nearest::did_you_mean;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::yaml::{Entry, Node, Scalar};

use super::check_callers::is_key_hash;
use super::keyword::{Form, Keyword};

/// Every value that was given, by its path: keys divided by dots, items by their number from 0.
#[derive(Debug, Default)]
pub(super) struct Raw {
    given: Vec<Given>,
}

/// A value that was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) path: String,
    pub(super) value: RawValue,
    pub(super) place: Place,
}

/// What was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RawValue {
    Text(String),
    /// A secret in a variable.
    Env(String),
    /// A secret in a file.
    File(String),
    /// A map or list; what it holds follows.
    Group,
    /// Something that was refused already.
    Refused,
}

/// Where it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the file: key (none for an item) and value.
    File { key: Option<Span>, value: Span },
    /// In a variable of the environment.
    Variable(&'static str),
    /// On the command line.
    Flag(&'static str),
}

// === impl Raw ===

impl Raw {
    /// Takes the values out of a file. What has no place in the table is reported and left out.
    ///
    /// Beside them stand the places of secrets that were written into the file; nobody should see them again.
    pub(super) fn read(root: &Node, report: &mut Report) -> (Option<Self>, Vec<Span>) {
        let mut raw = Self::default();
        // What is missing at the root is told at the first byte of the file.
        let place = Place::File {
            key: None,
            value: root.span.at_start(),
        };
        raw.given.push(Given {
            path: String::new(),
            value: RawValue::Group,
            place,
        });
        if root.is_absent() {
            return (Some(raw), Vec::new());
        }
        if root.as_map().is_none() {
            let message = "a configuration is a map of settings";
            report.push(
                Diagnostic::new(Code::C001, root.span, message)
                    .help("write `key: value` lines, such as `listen: 127.0.0.1:8080`"),
            );
            return (None, Vec::new());
        }
        let mut walk = Walk {
            raw: &mut raw,
            report,
            masked: Vec::new(),
        };
        walk.group("", Form::Map, "", root);
        let masked = walk.masked;
        (Some(raw), masked)
    }

    /// The files of secrets that count anew when the configuration is read anew. Those of the listener and of tokens
    /// are followed by themselves, and the journal and the collector of traces keep their own.
    pub(super) fn files(&self) -> Vec<String> {
        let others = ["tls.", "callers.", "journal.", "telemetry."];
        let files = self.given.iter().filter_map(|given| match &given.value {
            RawValue::File(file) => Some((&given.path, file)),
            _ => None,
        });
        let counts = |path: &str| !others.iter().any(|other| path.starts_with(other));
        let files = files.filter(|(path, _)| counts(path));
        files.map(|(_, file)| file.clone()).collect()
    }

    /// Gives the value at a path.
    pub(super) fn get(&self, path: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.path == path)
    }

    /// Puts a text over whatever was given at a path before.
    pub(super) fn put(&mut self, path: &str, text: &str, place: Place) {
        self.given.retain(|given| given.path != path);
        self.given.push(Given {
            path: path.to_owned(),
            value: RawValue::Text(text.to_owned()),
            place,
        });
    }

    /// Gives what stands directly in a map or list, in the order of the file, with its key.
    pub(super) fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a Given)> {
        self.given.iter().filter_map(move |given| {
            let key = given.path.strip_prefix(path)?.strip_prefix('.')?;
            (!key.contains('.')).then_some((key, given))
        })
    }
}

// === impl Place ===

impl Place {
    /// The value's place in the file, if it stands in one.
    pub(super) const fn span(self) -> Option<Span> {
        match self {
            Self::File { value, .. } => Some(value),
            Self::Variable(_) | Self::Flag(_) => None,
        }
    }

    /// The place of the key, or else of the value.
    pub(super) fn key_span(self) -> Option<Span> {
        match self {
            Self::File { key, value } => Some(key.unwrap_or(value)),
            Self::Variable(_) | Self::Flag(_) => None,
        }
    }
}

struct Walk<'a> {
    raw: &'a mut Raw,
    report: &'a mut Report,
    masked: Vec<Span>,
}

// === impl Walk ===

impl Walk<'_> {
    /// Reads what stands in a map or list; `pattern` is its row of the table and `path` its place in the file.
    fn group(&mut self, pattern: &str, form: Form, path: &str, node: &Node) {
        match form {
            Form::List => {
                let Some(keyword) = Keyword::below(pattern).next() else {
                    return;
                };
                for (number, item) in node.as_list().unwrap_or_default().iter().enumerate() {
                    self.value(keyword, &join(path, &number.to_string()), None, item);
                }
            }
            _ => {
                for entry in node.as_map().unwrap_or_default() {
                    self.entry(pattern, path, entry);
                }
            }
        }
    }

    fn entry(&mut self, pattern: &str, path: &str, entry: &Entry) {
        let key = entry.key.text.as_str();
        let known = || Keyword::below(pattern);
        // A dot would make two paths look alike; no name of a setting has one.
        let any_name = known().find(|keyword| keyword.key() == "*" && !key.contains('.'));
        match known().find(|keyword| keyword.key() == key).or(any_name) {
            Some(keyword) => self.value(
                keyword,
                &join(path, key),
                Some(entry.key.span),
                &entry.value,
            ),
            None => {
                let group = if path.is_empty() {
                    "a configuration".to_owned()
                } else {
                    format!("`{path}`")
                };
                let message = format!("{group} has no setting `{key}`");
                let names = || known().map(Keyword::key).filter(|name| *name != "*");
                let all = || {
                    format!(
                        "its settings are {}",
                        names().collect::<Vec<_>>().join(", ")
                    )
                };
                let help = did_you_mean(key, names()).or_else(|| names().next().map(|_| all()));
                let fault = Diagnostic::new(Code::C002, entry.key.span, message);
                self.report.push(fault.maybe_help(help));
            }
        }
    }

    fn value(&mut self, keyword: &'static Keyword, path: &str, key: Option<Span>, node: &Node) {
        let place = Place::File {
            key,
            value: node.span,
        };
        let value = match keyword.form {
            Form::Map if node.as_map().is_some() => RawValue::Group,
            Form::List if node.as_list().is_some() => RawValue::Group,
            // A key with nothing behind it, all of whose settings are commented out.
            Form::Map | Form::List if node.is_absent() => RawValue::Group,
            Form::Map | Form::List => self.misfit(keyword, path, node.span),
            Form::Value | Form::Secret if node.as_map().is_some() => match secret(node) {
                Some(secret) => secret,
                None => self.misfit(keyword, path, node.span),
            },
            Form::Secret => self.plain_secret(path, node.span),
            Form::KeyHash => match node.as_scalar() {
                Some(Scalar { text, .. }) if is_key_hash(text) => RawValue::Text(text.clone()),
                _ => {
                    // It may be the key.
                    self.masked.push(node.span);
                    self.misfit(keyword, path, node.span)
                }
            },
            _ => match node.as_scalar() {
                Some(Scalar { text, .. }) if !node.is_absent() => RawValue::Text(text.clone()),
                _ => self.misfit(keyword, path, node.span),
            },
        };
        let group = value == RawValue::Group;
        self.raw.given.push(Given {
            path: path.to_owned(),
            value,
            place,
        });
        if group && !node.is_absent() {
            self.group(keyword.path, keyword.form, path, node);
        }
    }

    fn plain_secret(&mut self, path: &str, span: Span) -> RawValue {
        let message = format!("`{path}` is a secret and stands here for everyone to read");
        let help = "write `{env: NAME}` or `{file: PATH}`, and take this one out of use: it has been written down";
        self.report
            .push(Diagnostic::new(Code::C005, span, message).help(help));
        self.masked.push(span);
        RawValue::Refused
    }

    fn misfit(&mut self, keyword: &Keyword, path: &str, span: Span) -> RawValue {
        let message = format!("`{path}` must be {}", keyword.form.awaited());
        let fault = Diagnostic::new(Code::C003, span, message);
        self.report.push(fault.help(keyword.form.example()));
        RawValue::Refused
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn secret(node: &Node) -> Option<RawValue> {
    let [entry] = node.as_map()? else { return None };
    let text = &entry
        .value
        .as_scalar()
        .filter(|scalar| !scalar.text.is_empty())?
        .text;
    match entry.key.text.as_str() {
        "env" => Some(RawValue::Env(text.clone())),
        "file" => Some(RawValue::File(text.clone())),
        _ => None,
    }
}
