//! Values as they are written, and which types they are of.

use std::cmp::Ordering;

use crate::mapping::yaml::Scalar;
use crate::model::shape::Form;

/// Tells whether a text is a number of JSON.
pub(super) fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let leading = whole.len() > 1 && whole.starts_with('0');
    let power = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    is_digits(whole) && !leading && fraction.is_none_or(is_digits) && power.is_none_or(is_digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells whether a value is of a type.
pub(super) fn is_of(form: Form, text: &str) -> bool {
    match form {
        Form::Text => true,
        Form::Integer => is_number(text) && !text.contains(['.', 'e', 'E']),
        Form::Number => is_number(text),
        Form::Boolean => matches!(text, "true" | "false"),
    }
}

/// Gives the type that a value has where no schema says one.
pub(super) fn form_of(scalar: &Scalar) -> Form {
    let forms = [Form::Boolean, Form::Integer, Form::Number];
    let plain = forms.into_iter().find(|form| is_of(*form, &scalar.text));
    plain.filter(|_| !scalar.is_quoted()).unwrap_or(Form::Text)
}

/// Compares two numbers without an exponent.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    match (a.0, b.0) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => size(a, b),
        (true, true) => size(b, a),
    }
}

/// Gives sign (zero has none), whole part without leading zeros, and fraction without trailing ones.
fn parts(text: &str) -> (bool, &str, &str) {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let zero = whole.is_empty() && fraction.is_empty();
    (text.starts_with('-') && !zero, whole, fraction)
}

fn size(a: (bool, &str, &str), b: (bool, &str, &str)) -> Ordering {
    let whole = a.1.len().cmp(&b.1.len()).then_with(|| a.1.cmp(b.1));
    whole.then_with(|| a.2.cmp(b.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json() {
        for good in ["0", "-1", "1.50", "1e9", "-0.1E+2"] {
            assert!(is_number(good), "{good}");
        }
        for bad in ["", "-", "01", "1.", ".5", "1e", "+1", "1_0", "0x1", "１"] {
            assert!(!is_number(bad), "{bad}");
        }
        assert!(is_of(Form::Integer, "12") && !is_of(Form::Integer, "1.0"));
        assert!(is_of(Form::Boolean, "true") && !is_of(Form::Boolean, "True"));
    }

    #[test]
    fn numbers_compare_by_value() {
        let rising = ["-10.5", "-10", "-0.01", "0", "0.1", "0.11", "2", "10"];
        for pair in rising.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(compare("-0", "0.00"), Ordering::Equal);
        assert_eq!(compare("1.50", "1.5"), Ordering::Equal);
    }
}
