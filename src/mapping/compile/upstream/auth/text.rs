//! Texts with variables of the final request: what is signed, and headers that vouch for it.

use crate::diag::nearest::known_names;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::compile::upstream::Hidden;
use crate::mapping::compile::upstream::source::{Lookup, Source};
use crate::mapping::syntax::{self, Part, Variable};

/// A text with variables of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text {
    pub(crate) bits: Vec<Bit>,
}

/// A part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bit {
    Literal(Box<str>),
    Value { what: What, format: Format },
}

/// What a variable stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    Method,
    Host,
    Path,
    Target,
    Query,
    Headers,
    Body,
    /// A header, by the name that the file says.
    Header(Box<str>),
    Names,
    Now,
    Token,
    Signature,
    Setting(Hidden),
    /// A setting that is not given.
    Nothing,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Plain,
    Lower,
    HttpDate,
    Unix,
    Sha256Base64,
}

/// Where a text stands, which decides what it may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// Among the parts that are signed.
    Part,
    /// In a header beside a signature.
    Signed,
    /// In a header that carries a token.
    Tokened,
}

const NAMED: [(&str, What); 11] = [
    ("method", What::Method),
    ("host", What::Host),
    ("path", What::Path),
    ("target", What::Target),
    ("query", What::Query),
    ("headers", What::Headers),
    ("body", What::Body),
    ("names", What::Names),
    ("now", What::Now),
    ("token", What::Token),
    ("signature", What::Signature),
];

const FORMATS: [(&str, Format); 4] = [
    ("lower", Format::Lower),
    ("http-date", Format::HttpDate),
    ("unix", Format::Unix),
    ("sha256-base64", Format::Sha256Base64),
];

// === impl Text ===

impl Text {
    /// Gives what its variables stand for.
    pub(crate) fn whats(&self) -> impl Iterator<Item = &What> {
        self.bits.iter().filter_map(|bit| match bit {
            Bit::Value { what, .. } => Some(what),
            Bit::Literal(_) => None,
        })
    }

    /// Tells whether a variable of this kind stands in it.
    pub(crate) fn has(&self, what: &What) -> bool {
        self.whats().any(|other| other == what)
    }

    /// Tells whether it can be made only once the parts are known.
    pub(crate) fn needs_parts(&self) -> bool {
        self.has(&What::Signature) || self.has(&What::Names)
    }
}

/// Finds the variables of a text; a fault is reported and gives `None`.
pub(super) fn compile(
    template: &syntax::Template,
    stands: Stands,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<Text> {
    let before = report.len();
    let bits: Vec<_> = template
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Literal(text) => Some(Bit::Literal(text.value.as_str().into())),
            Part::Variable(variable) => {
                let what = what(variable, stands, lookup, report)?;
                let format = format(variable, &what, report)?;
                Some(Bit::Value { what, format })
            }
        })
        .collect();
    (report.len() == before).then_some(Text { bits })
}

fn what(
    variable: &Variable,
    stands: Stands,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<What> {
    let path = &variable.path;
    match path.first_name() {
        Some("settings") => {
            return lookup.source(path, report).map(|source| match source {
                Source::Setting(value) => What::Setting(value),
                _ => What::Nothing,
            });
        }
        Some("header") if path.steps.len() == 2 => {
            let name = path.steps.get(1).map(|step| step.name.as_str());
            return name.map(|name| What::Header(name.into()));
        }
        _ => {}
    }
    let name = path.as_name().unwrap_or("");
    let may = |what: &What| match what {
        What::Signature => stands == Stands::Signed,
        What::Token => stands == Stands::Tokened,
        What::Names | What::Headers => stands != Stands::Tokened,
        _ => true,
    };
    let known = || NAMED.iter().filter(|(_, what)| may(what));
    if let Some((_, what)) = known().find(|(known, _)| *known == name) {
        return Some(what.clone());
    }
    let message = format!("`{path}` is nothing that is known of the request here");
    let names = known().map(|(name, _)| *name);
    report.push(
        Diagnostic::new(Code::M104, variable.span, message)
            .help("variables are those of section 12 of the language, `header.NAME` and `settings.` among them")
            .maybe_help(known_names(name, names)),
    );
    None
}

fn format(variable: &Variable, what: &What, report: &mut Report) -> Option<Format> {
    let Some(said) = &variable.format else {
        return Some(Format::Plain);
    };
    let found = FORMATS.iter().find(|(name, _)| *name == said.value);
    let fits = |format: &Format| match format {
        Format::HttpDate | Format::Unix => *what == What::Now,
        Format::Sha256Base64 => *what == What::Body,
        Format::Lower | Format::Plain => *what != What::Now && *what != What::Body,
    };
    let format = found.map(|(_, format)| *format).filter(fits);
    if format.is_none() {
        let message = format!("`{}` is no format of `{}`", said.value, variable.path);
        report.push(Diagnostic::new(Code::M215, variable.span, message).help(
            "`lower` is for texts, `http-date` and `unix` for `now`, `sha256-base64` for `body`",
        ));
    }
    format
}
