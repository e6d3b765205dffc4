//! The native side of a rule, and moves of a machine.

use super::path::{read_places, read_view};
use super::print::{is_name, is_word};
use super::scan::{Parsed, Scan, whole};
use super::template::read_template;
use super::{Path, Template};
use crate::diag::{Sources, Span, Spanned};
use crate::mapping::yaml::Scalar;

/// What stands to the right of a rule's key: places with converters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RuleText {
    /// The native places, in the order of the value's parts; empty only where `header` is given.
    pub places: Vec<Path>,
    /// A header whose name is configured: `'{settings.channel-header}'` in place of the places.
    pub header: Option<Template>,
    /// The converters, native to canonical.
    pub chain: Vec<ConverterCall>,
    /// All of it.
    pub span: Span,
}

/// A converter with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConverterCall {
    /// Its name.
    pub name: Spanned<String>,
    /// What stands in parentheses.
    pub args: Vec<Arg>,
    /// All of it.
    pub span: Span,
}

/// An argument of a converter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arg {
    /// Its name in `zone=UTC`; none if only its position says what it is.
    pub name: Option<Spanned<String>>,
    /// Its value.
    pub value: ArgValue,
    /// The view in `map(customer as CustomerStub)`.
    pub view: Option<Path>,
    /// All of it.
    pub span: Span,
}

/// Value of an argument.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ArgValue {
    /// A word: `alpha-3`, `5`.
    Word(Spanned<String>),
    /// A text in quotes: `'yyyy-MM-dd'`; the span includes the quotes.
    Quoted(Spanned<String>),
    /// A setting: `settings.time-zone` is `time-zone`; the span includes the prefix.
    Setting(Spanned<String>),
}

/// Moves of a machine from one state: `active -> suspended, revoked by agent`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Move {
    /// The state that is left.
    pub from: Spanned<String>,
    /// The states that may follow. Never empty.
    pub to: Vec<Spanned<String>>,
    /// The kind of caller that alone may do it.
    pub by: Option<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

// === impl ArgValue ===

impl ArgValue {
    /// Gives the text: a word, what stands in quotes, or the setting's name.
    #[must_use]
    pub const fn text(&self) -> &Spanned<String> {
        match self {
            Self::Word(text) | Self::Quoted(text) | Self::Setting(text) => text,
        }
    }
}

/// Reads the native side of a rule.
///
/// # Errors
/// M004, M006.
pub fn rule(scalar: &Scalar, sources: &Sources) -> Parsed<RuleText> {
    whole(scalar, sources, "`|` or the end of the rule", read_rule)
}

/// Reads the moves of a machine from one state.
///
/// # Errors
/// M004, M006.
pub fn moves(scalar: &Scalar, sources: &Sources) -> Parsed<Move> {
    whole(
        scalar,
        sources,
        "`,`, `by` or the end of the move",
        |scan| {
            let mark = scan.mark();
            let from = scan.name("a state")?;
            scan.blanks();
            scan.expect("->")?;
            let mut to = Vec::new();
            loop {
                scan.blanks();
                to.push(scan.name("a state")?);
                scan.blanks();
                if !scan.take(",") {
                    break;
                }
            }
            let mut by = None;
            if scan.take_word("by") {
                scan.blanks();
                by = Some(scan.name("a kind of caller")?);
            }
            Ok(Move {
                from,
                to,
                by,
                span: scan.span_from(mark),
            })
        },
    )
}

fn read_rule(scan: &mut Scan) -> Parsed<RuleText> {
    let from = scan.mark();
    let mut header = None;
    let mut places = Vec::new();
    if begins_with_header(scan) {
        header = Some(read_template(scan, |c| c.is_whitespace() || c == '|')?);
        scan.blanks();
    } else {
        places = read_places(scan)?;
    }
    let mut chain = Vec::new();
    while scan.take("|") {
        scan.blanks();
        chain.push(read_converter(scan)?);
        scan.blanks();
    }
    Ok(RuleText {
        places,
        header,
        chain,
        span: scan.span_from(from),
    })
}

/// Tells whether the first word has a variable in it: the configured name of a header.
fn begins_with_header(scan: &Scan) -> bool {
    let word = (0..).map_while(|further| scan.peek_at(further));
    word.take_while(|c| !matches!(c, ' ' | '|' | '[' | '\'' | '"'))
        .any(|c| c == '{')
}

fn read_converter(scan: &mut Scan) -> Parsed<ConverterCall> {
    let from = scan.mark();
    let name = scan.run(is_name, "the name of a converter")?;
    let mut args = Vec::new();
    if scan.take("(") {
        scan.blanks();
        while !scan.take(")") {
            if !args.is_empty() {
                if !scan.take(",") {
                    return Err(scan.expected("`,` or `)`"));
                }
                scan.blanks();
            }
            args.push(read_arg(scan)?);
            scan.blanks();
        }
    }
    Ok(ConverterCall {
        name,
        args,
        span: scan.span_from(from),
    })
}

fn read_arg(scan: &mut Scan) -> Parsed<Arg> {
    let from = scan.mark();
    let mut value = read_arg_value(scan)?;
    let mut name = None;
    scan.blanks();
    if scan.peek() == Some('=') {
        match value {
            ArgValue::Word(word) if word.value.chars().all(is_name) => name = Some(word),
            _ => return Err(scan.expected("`,` or `)`")),
        }
        scan.next();
        scan.blanks();
        value = read_arg_value(scan)?;
    }
    let view = if matches!(value, ArgValue::Word(_)) {
        read_view(scan)?
    } else {
        None
    };
    Ok(Arg {
        name,
        value,
        view,
        span: scan.span_from(from),
    })
}

fn read_arg_value(scan: &mut Scan) -> Parsed<ArgValue> {
    if matches!(scan.peek(), Some('\'' | '"')) {
        return scan.quoted().map(ArgValue::Quoted);
    }
    let word = scan.run(is_word, "an argument")?;
    match word.value.strip_prefix("settings.") {
        Some("") => Err(Scan::fault(word.span, "the name of a setting is missing")),
        Some(setting) => Ok(ArgValue::Setting(Spanned::new(
            setting.to_owned(),
            word.span,
        ))),
        None => Ok(ArgValue::Word(word)),
    }
}
