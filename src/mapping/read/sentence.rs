//! Short forms of texts that need no grammar.

use std::time::Duration;

use crate::diag::{Code, Diagnostic, Sources, Span, Spanned};
use crate::mapping::ast::{Answer, DefaultValue, Match, RequestLine, StatusTest, Value};
use crate::mapping::syntax::{self, Brackets, Path};
use crate::mapping::yaml::Scalar;

/// What a text is, or what is wrong with it.
pub(super) type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Roots of places in values of effects.
const ROOTS: &[&str] = &["body", "current", "context", "remembered"];

pub(super) fn duration(scalar: &Scalar) -> Option<Spanned<Duration>> {
    let digits = scalar.text.strip_suffix('s')?;
    let seconds = number(digits)?;
    Some(Spanned::new(
        Duration::from_secs(u64::from(seconds)),
        scalar.span,
    ))
}

/// Reads a number without sign, leading zeros and blanks.
pub(super) fn number(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

pub(super) fn status(scalar: &Scalar) -> Option<Spanned<StatusTest>> {
    let test = match scalar.text.as_str() {
        "1xx" => StatusTest::Class(1),
        "2xx" => StatusTest::Class(2),
        "3xx" => StatusTest::Class(3),
        "4xx" => StatusTest::Class(4),
        "5xx" => StatusTest::Class(5),
        _ => StatusTest::Code(one_status(scalar)?.value),
    };
    Some(Spanned::new(test, scalar.span))
}

/// One status, no class of them.
pub(super) fn one_status(scalar: &Scalar) -> Option<Spanned<u16>> {
    let code = number(&scalar.text).and_then(|code| u16::try_from(code).ok());
    let code = code.filter(|code| (100..600).contains(code))?;
    Some(Spanned::new(code, scalar.span))
}

pub(super) fn setting(scalar: &Scalar) -> Option<Spanned<String>> {
    let name = scalar.text.strip_prefix("settings.")?;
    is_name(name).then(|| Spanned::new(name.to_owned(), scalar.span))
}

pub(super) fn default_value(scalar: &Scalar) -> Spanned<DefaultValue> {
    setting(scalar).map_or_else(
        || Spanned::new(DefaultValue::Literal(scalar.text.clone()), scalar.span),
        |name| name.map(DefaultValue::Setting),
    )
}

/// Tells whether a text is a name: letters, digits and what may stand between them.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '$'))
}

/// Tells whether a text is a JSON pointer (RFC 6901).
pub(super) fn is_pointer(text: &str) -> bool {
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '~' && !matches!(rest.peek(), Some('0' | '1')) {
            return false;
        }
    }
    text.is_empty() || text.starts_with('/')
}

pub(super) fn answer(scalar: &Scalar) -> Option<Spanned<Answer>> {
    let answer = match scalar.text.strip_prefix("items of ") {
        Some(of) if is_name(of) => Answer::Items(of.to_owned()),
        None if scalar.text == "none" => Answer::None,
        None if is_name(&scalar.text) => Answer::Type(scalar.text.clone()),
        _ => return None,
    };
    Some(Spanned::new(answer, scalar.span))
}

/// Reads how the sandbox compares an input; none if it is of no such form at all.
pub(super) fn matches(scalar: &Scalar, sources: &Sources) -> Option<Parsed<Match>> {
    let place = || syntax::path(&behind(scalar, 3), sources, Brackets::Some);
    match scalar.text.get(..3) {
        Some(">= ") => Some(place().map(Match::AtLeast)),
        Some("<= ") => Some(place().map(Match::AtMost)),
        _ if scalar.text == "ignored" => Some(Ok(Match::Ignored(scalar.span))),
        _ => None,
    }
}

/// Takes some single-byte characters off the front of a text.
fn behind(scalar: &Scalar, bytes: u32) -> Scalar {
    let mut rest = scalar.clone();
    rest.content = Span::new(
        rest.content.source,
        rest.content.start.saturating_add(bytes),
        rest.content.end,
    );
    rest
}

/// Reads a path under `/v1`: its variables are names of inputs.
pub(super) fn api_path(scalar: &Scalar, sources: &Sources) -> Parsed<Spanned<String>> {
    let template = syntax::template(scalar, sources)?;
    if !scalar.text.starts_with('/') {
        let message = "a path under `/v1` begins with `/`";
        let fault = Diagnostic::new(Code::M215, scalar.span, message);
        return Err(Box::new(fault.help("such as `/things/{id}`")));
    }
    let odd = template.variables().find(|variable| {
        variable.path.as_name().is_none() || variable.rename.is_some() || variable.format.is_some()
    });
    match odd {
        Some(odd) => {
            let message = "a variable here is the name of an input";
            let fault = Diagnostic::new(Code::M215, odd.span, message);
            Err(Box::new(fault.help("such as `/things/{id}`")))
        }
        None => Ok(scalar.spanned()),
    }
}

pub(super) fn request_line(scalar: &Scalar, sources: &Sources) -> Parsed<RequestLine> {
    let (method, target) = syntax::request_line(scalar, sources)?;
    Ok(RequestLine { method, target })
}

pub(super) fn value(scalar: &Scalar, sources: &Sources) -> Parsed<Value> {
    let root = scalar.text.split_once('.').map(|(root, _)| root);
    if !root.is_some_and(|root| ROOTS.contains(&root)) {
        return Ok(Value::Literal(scalar.spanned()));
    }
    plain_place(scalar, sources).map(Value::Place)
}

/// Reads a place without `[]`.
pub(super) fn plain_place(scalar: &Scalar, sources: &Sources) -> Parsed<Path> {
    syntax::path(scalar, sources, Brackets::Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::SourceId;
    use crate::mapping::yaml::Style;

    fn scalar(text: &str) -> Scalar {
        let span = Span::new(source(), 0, 0);
        Scalar {
            text: text.to_owned(),
            style: Style::Plain,
            span,
            content: span,
        }
    }

    fn source() -> SourceId {
        Sources::new().add("a", "")
    }

    #[test]
    fn numbers_have_one_spelling() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("4294967295"), Some(u32::MAX));
        for odd in ["", "007", "+1", "1 ", "4294967296", "1.0"] {
            assert_eq!(number(odd), None, "{odd}");
        }
    }

    #[test]
    fn statuses_are_codes_or_classes() {
        assert_eq!(
            status(&scalar("404")).map(|test| test.value),
            Some(StatusTest::Code(404))
        );
        assert_eq!(
            status(&scalar("2xx")).map(|test| test.value),
            Some(StatusTest::Class(2))
        );
        for odd in ["99", "600", "6xx", "2XX", "0404", ""] {
            assert_eq!(status(&scalar(odd)), None, "{odd}");
            assert_eq!(one_status(&scalar(odd)), None, "{odd}");
        }
    }

    #[test]
    fn durations_settings_answers_and_pointers_have_their_forms() {
        assert_eq!(
            duration(&scalar("300s")).map(|time| time.value),
            Some(Duration::from_secs(300))
        );
        assert_eq!(duration(&scalar("5m")), None);
        assert_eq!(
            setting(&scalar("settings.time-zone"))
                .map(|name| name.value)
                .as_deref(),
            Some("time-zone")
        );
        assert_eq!(setting(&scalar("settings.")), None);
        assert_eq!(
            answer(&scalar("items of Customer")).map(|it| it.value),
            Some(Answer::Items("Customer".into()))
        );
        assert_eq!(answer(&scalar("items of ")), None);
        assert!(is_pointer("") && is_pointer("/a~1b/0") && !is_pointer("a") && !is_pointer("/a~2"));
    }
}
