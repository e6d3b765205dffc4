//! Texts with variables.

use super::Path;
use super::path::{Brackets, read_path};
use super::scan::{Parsed, Scan, whole};
use crate::diag::{Sources, Span, Spanned};
use crate::mapping::yaml::Scalar;

/// A text with variables in braces.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// Its parts; two literals never stand beside each other, and none is empty.
    pub parts: Vec<Part>,
    /// All of it.
    pub span: Span,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// A text that stands for itself.
    Literal(Spanned<String>),
    /// A variable.
    Variable(Variable),
}

/// A variable: `{id}`, `{id as id_customer}`, `{method:lower}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variable {
    /// The place whose value it has.
    pub path: Path,
    /// What error answers of the upstream call it.
    pub rename: Option<Spanned<String>>,
    /// How it is written.
    pub format: Option<Spanned<String>>,
    /// Braces and all.
    pub span: Span,
}

// === impl Template ===

impl Template {
    /// Gives the variables in the order of writing.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Literal(_) => None,
        })
    }

    /// Gives the text, if there are no variables in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(&text.value),
            _ => None,
        }
    }
}

/// Reads a text with variables.
///
/// # Errors
/// M004 where braces or a variable follow no grammar, M006 if it stands on several lines.
pub fn template(scalar: &Scalar, sources: &Sources) -> Parsed<Template> {
    whole(scalar, sources, "the end of the text", |scan| {
        read_template(scan, |_| false)
    })
}

/// Reads up to a letter outside braces that ends it.
pub(super) fn read_template(scan: &mut Scan, ends: impl Fn(char) -> bool) -> Parsed<Template> {
    let from = scan.mark();
    let mut parts = Vec::new();
    let mut literal = scan.mark();
    loop {
        let c = scan.peek();
        if c.is_none_or(|c| c == '{' || ends(c)) && scan.mark() > literal {
            parts.push(Part::Literal(scan.since(literal)));
        }
        match c {
            Some('{') => {
                parts.push(Part::Variable(read_variable(scan)?));
                literal = scan.mark();
            }
            Some('}') => {
                let sign = scan.mark();
                scan.next();
                return Err(Scan::fault(
                    scan.span_from(sign),
                    "`}` without a `{` before it",
                ));
            }
            Some(c) if !ends(c) => {
                scan.next();
            }
            _ => break,
        }
    }
    let span = scan.since(from).span;
    Ok(Template { parts, span })
}

fn read_variable(scan: &mut Scan) -> Parsed<Variable> {
    let from = scan.mark();
    scan.expect("{")?;
    scan.blanks();
    let path = read_path(scan, Brackets::Some)?;
    scan.blanks();
    let mut rename = None;
    if scan.take_word("as") {
        scan.blanks();
        rename = Some(scan.name("a name")?);
        scan.blanks();
    }
    let mut format = None;
    if scan.take(":") {
        format = Some(scan.name("a format")?);
        scan.blanks();
    }
    if !scan.take("}") {
        return Err(scan.expected("`as`, `:` or `}`"));
    }
    Ok(Variable {
        path,
        rename,
        format,
        span: scan.span_from(from),
    })
}
