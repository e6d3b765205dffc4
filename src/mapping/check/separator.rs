//! Parts that are joined by a separator come apart again only if no part but the last can hold it (M213).

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::convert::{Joined, Shape as Side};
use crate::mapping::survey::{Entry, Spot, Survey};
use crate::model::shape::{Form, Format, Scalar, Shapes};

/// Checks the native parts of `join`.
pub(super) fn native_parts(
    survey: &Survey<'_>,
    entry: &Entry<'_>,
    joined: &Joined,
    report: &mut Report,
) {
    if joined.shape() == Side::ManyNative {
        parts(&survey.set.native, &entry.native, entry, joined, report);
    }
}

/// Checks the canonical parts of `split`.
pub(super) fn canonical_parts(
    survey: &Survey<'_>,
    entry: &Entry<'_>,
    joined: &Joined,
    report: &mut Report,
) {
    if joined.shape() == Side::ManyCanonical {
        parts(
            &survey.catalog.canonical,
            &entry.canonical,
            entry,
            joined,
            report,
        );
    }
}

fn parts(shapes: &Shapes, spots: &[Spot], entry: &Entry<'_>, joined: &Joined, report: &mut Report) {
    let Some(separator) = joined
        .separator()
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
    else {
        return;
    };
    let Some((_, all_but_last)) = spots.split_last() else {
        return;
    };
    let name = joined.info().name;
    for spot in all_but_last {
        let excluded = shapes
            .get(spot.shape)
            .scalar()
            .is_some_and(|scalar| excludes(scalar, separator));
        if !excluded {
            let span = entry.converter(name).unwrap_or(entry.rule.key);
            let message = format!(
                "`{}` may hold `{separator}`, which `{name}` puts between the parts",
                spot.path
            );
            report.push(Diagnostic::new(Code::M213, span, message).help(
                "exclude the separator from the part in the schema, by an anchored `pattern` or an `enum`, or choose another one",
            ));
        }
    }
}

/// Tells whether no value of a scalar holds the separator, as far as its schema shows.
fn excludes(scalar: &Scalar, separator: &str) -> bool {
    let Some(first) = separator.chars().next() else {
        return false;
    };
    if let Some(constant) = &scalar.constant {
        return stays_apart(constant, separator);
    }
    if !scalar.values.is_empty() {
        let mut values = scalar.values.iter();
        return values.all(|value| stays_apart(value, separator));
    }
    match scalar.form {
        Form::Boolean => !first.is_ascii_lowercase(),
        Form::Integer => !(first.is_ascii_digit() || first == '-'),
        Form::Number => !(first.is_ascii_digit() || "+-.eE".contains(first)),
        Form::Text => {
            let by_format = match scalar.format {
                Some(Format::Country | Format::CurrencyCode | Format::Region) => {
                    !first.is_ascii_alphanumeric()
                }
                Some(Format::Date | Format::Month) => !(first.is_ascii_digit() || first == '-'),
                _ => false,
            };
            by_format
                || scalar
                    .pattern
                    .as_deref()
                    .is_some_and(|pattern| never_matches(pattern, first))
        }
    }
}

/// Tells whether the first separator behind a part is the one that was put there: the end of the part may begin one.
fn stays_apart(part: &str, separator: &str) -> bool {
    [part, separator].concat().find(separator) == Some(part.len())
}

/// Tells whether a pattern matches whole texts only, none of which has the character. What is not understood
/// counts as matching it.
fn never_matches(pattern: &str, wanted: char) -> bool {
    let Some(inner) = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix('$'))
    else {
        return false;
    };
    let mut chars = inner.chars().peekable();
    let mut depth = 0_u32;
    while let Some(next) = chars.next() {
        let may = match next {
            '\\' => chars.next().is_none_or(|escaped| escape(escaped, wanted)),
            '[' => class(&mut chars, wanted),
            '{' => {
                while chars.next().is_some_and(|c| c != '}') {}
                false
            }
            '(' => {
                depth = depth.saturating_add(1);
                chars.peek() == Some(&'?')
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            '*' | '+' | '?' => false,
            // At the top the anchors belong to one alternative each.
            '|' => depth == 0,
            '.' | '^' | '$' => true,
            literal => literal == wanted,
        };
        if may {
            return false;
        }
    }
    true
}

/// Tells whether an escape may match the character.
fn escape(escaped: char, wanted: char) -> bool {
    match escaped {
        'd' => wanted.is_numeric(),
        'w' => wanted.is_alphanumeric() || wanted == '_',
        's' => wanted.is_whitespace(),
        letter if letter.is_alphanumeric() => true,
        literal => literal == wanted,
    }
}

/// Tells whether a class in brackets, whose first bracket was read, may match the character.
fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, wanted: char) -> bool {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut last: Option<char> = None;
    let mut found = false;
    while let Some(next) = chars.next() {
        match next {
            ']' => return found != negated,
            '[' | '&' => return true,
            '\\' => {
                let Some(escaped) = chars.next() else {
                    return true;
                };
                found |= escape(escaped, wanted);
                last = Some(escaped);
            }
            '-' if last.is_some() && chars.peek().is_some_and(|c| *c != ']') => {
                let (from, to) = (last.unwrap_or('-'), chars.next().unwrap_or('-'));
                found |= (from..=to).contains(&wanted);
                last = None;
            }
            literal => {
                found |= literal == wanted;
                last = Some(literal);
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{never_matches, stays_apart};

    #[test]
    fn a_part_may_not_end_as_the_separator_begins() {
        assert!(stays_apart("a", "::"));
        assert!(stays_apart("", "::"));
        assert!(!stays_apart("a:", "::"));
        assert!(!stays_apart("a::b", "::"));
    }

    #[test]
    fn anchored_patterns_without_the_character_exclude_it() {
        for pattern in [
            "^[0-9]{5}$",
            "^[A-Z]+$",
            "^\\d{1,4}$",
            "^[^-]*$",
            "^(ab|cd)?$",
            "^a\\.b$",
        ] {
            assert!(never_matches(pattern, '-'), "{pattern}");
        }
        for pattern in [
            "[0-9]+",
            "^.*$",
            "^[0-9-]+$",
            "^[^x]*$",
            "^a-b$",
            "^[+--]$",
            "^a|b$",
            "^\\S$",
        ] {
            assert!(!never_matches(pattern, '-'), "{pattern}");
        }
    }
}
