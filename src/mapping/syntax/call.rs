//! Calls: method, path and query.

use std::fmt;

use super::Template;
use super::scan::{Parsed, Scan, whole};
use super::template::read_template;
use crate::diag::{Code, Diagnostic, Sources, Span, Spanned};
use crate::mapping::yaml::Scalar;

/// A native request line: `GET /customers/{id}?format=xml`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// The method.
    pub method: Spanned<Method>,
    /// The path, from its leading `/` on; what is literal stands as it is sent.
    pub path: Template,
    /// The query in the order of writing.
    pub query: Vec<QueryPair>,
    /// All of it.
    pub span: Span,
}

/// A name and value of a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueryPair {
    /// The name, as it is sent.
    pub name: Spanned<String>,
    /// The value; an absent variable leaves the whole pair out.
    pub value: Template,
    /// All of it.
    pub span: Span,
}

/// Methods that calls are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

// === impl Method ===

impl Method {
    /// Every method.
    pub const ALL: &[Self] = &[Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];
    /// Their names.
    pub const WORDS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

    /// Reads the name of a method; case counts.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|method| method.as_str() == name)
    }

    /// Gives its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Reads method and target.
///
/// # Errors
/// M004 where it follows no grammar, M006 if it stands on several lines, M215 for an unknown method.
pub fn call(scalar: &Scalar, sources: &Sources) -> Parsed<Call> {
    whole(scalar, sources, "the end of the call", read_call)
}

/// Reads method and target of a request as it is sent, without variables.
///
/// # Errors
/// M004, M006, M215.
pub fn request_line(
    scalar: &Scalar,
    sources: &Sources,
) -> Parsed<(Spanned<Method>, Spanned<String>)> {
    whole(scalar, sources, "the end of the target", |scan| {
        let method = read_method(scan)?;
        let from = scan.mark();
        if scan.peek() != Some('/') {
            return Err(scan.expected("a path that begins with `/`"));
        }
        scan.run(|c| is_target(c) && !matches!(c, '{' | '}'), "a path")?;
        Ok((method, scan.since(from)))
    })
}

fn read_call(scan: &mut Scan) -> Parsed<Call> {
    let from = scan.mark();
    let method = read_method(scan)?;
    if scan.peek() != Some('/') {
        return Err(scan.expected("a path that begins with `/`"));
    }
    let path = read_template(scan, |c| c == '?' || !is_target(c))?;
    let mut query = Vec::new();
    if scan.take("?") {
        loop {
            query.push(read_pair(scan)?);
            if !scan.take("&") {
                break;
            }
        }
    }
    Ok(Call {
        method,
        path,
        query,
        span: scan.span_from(from),
    })
}

fn read_method(scan: &mut Scan) -> Parsed<Spanned<Method>> {
    let word = scan.run(|c| c.is_ascii_alphabetic(), "a method")?;
    let Some(method) = Method::of(&word.value) else {
        let known: Vec<_> = Method::ALL
            .iter()
            .map(|method| format!("`{method}`"))
            .collect();
        let fault = Diagnostic::new(
            Code::M215,
            word.span,
            format!("`{}` is no method of a call", word.value),
        );
        return Err(Box::new(
            fault.help(format!("methods are {}", known.join(", "))),
        ));
    };
    if !matches!(scan.peek(), Some(' ' | '\t')) {
        return Err(scan.expected("a blank and a path"));
    }
    scan.blanks();
    Ok(Spanned::new(method, word.span))
}

fn read_pair(scan: &mut Scan) -> Parsed<QueryPair> {
    let from = scan.mark();
    let name = scan.run(
        |c| is_target(c) && !matches!(c, '=' | '&' | '?' | '{' | '}'),
        "the name of a query value",
    )?;
    scan.expect("=")?;
    let value = read_template(scan, |c| c == '&' || !is_target(c))?;
    Ok(QueryPair {
        name,
        value,
        span: scan.span_from(from),
    })
}

/// Tells whether a character may stand in a target as it is sent (RFC 3986, 3.3 and 3.4); braces are looked at before.
const fn is_target(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\' | '^' | '`' | '|')
}
