//! Literals of the files, judged by the schema of the place that they are said of (M303).

use crate::diag::nearest::did_you_mean;
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::plan::Check;
use crate::model::date::{is_date, is_date_time};
use crate::model::shape::{Form, Format, Scalar};

/// Says why a literal cannot stand at a place; `what` is the place in words.
pub(crate) fn judge(
    scalar: &Scalar,
    literal: &str,
    span: Span,
    what: &str,
    no_case: bool,
) -> Option<Diagnostic> {
    if admits(scalar, literal, no_case) {
        return None;
    }
    let known = values(scalar);
    if known.is_empty() {
        let expected = expected(scalar, literal);
        let message = format!("`{literal}` is no value of `{what}`: the schema expects {expected}");
        return Some(
            Diagnostic::new(Code::M303, span, message)
                .help("write a value that the schema of this side allows"),
        );
    }
    let listed: Vec<String> = known.iter().map(|value| format!("`{value}`")).collect();
    let message = format!("`{literal}` is none of the values of `{what}`");
    Some(
        Diagnostic::new(Code::M303, span, message)
            .help(format!("values here are {}", listed.join(", ")))
            .maybe_help(did_you_mean(literal, known)),
    )
}

/// Tells whether a literal may stand at a place.
pub(crate) fn admits(scalar: &Scalar, literal: &str, no_case: bool) -> bool {
    // An id is qualified with the upstream's name when it is read.
    if scalar.format == Some(Format::Id) {
        return true;
    }
    let check = Check::new(scalar, true);
    let bytes = literal.as_bytes();
    let of_format = match scalar.format {
        Some(Format::Date) => is_date(bytes),
        Some(Format::DateTime) => is_date_time(bytes),
        _ => true,
    };
    let as_text = scalar.also == Some(Form::Text) && scalar.values.is_empty();
    let folded = no_case
        && values(scalar)
            .iter()
            .any(|value| value.to_lowercase() == literal.to_lowercase());
    as_text || folded || of_format && check.judge_written(bytes).is_ok()
}

/// The closed list of values of a scalar, if it has one.
pub(crate) fn values(scalar: &Scalar) -> Vec<&str> {
    if let Some(constant) = &scalar.constant {
        return vec![constant];
    }
    if scalar.form == Form::Boolean {
        return vec!["true", "false"];
    }
    scalar.values.iter().map(|value| &**value).collect()
}

fn expected(scalar: &Scalar, literal: &str) -> &'static str {
    let fault = Check::new(scalar, true)
        .judge_written(literal.as_bytes())
        .err();
    fault.unwrap_or(match scalar.format {
        Some(Format::Date) => "a date",
        _ => "a time",
    })
}
