//! Blanks that are letters to YAML and to nobody else: they come along with text that is copied.

use super::node::{Scalar, Style};
use super::quoting::{BLANK, is_foreign_blank};
use crate::diag::{Code, Diagnostic, Report, Span};

/// Reports such a blank at either end of a text without quotes, and takes it away, so that nothing else is told of it.
pub(super) fn trim(scalar: &mut Scalar, report: &mut Report) {
    let bare = scalar.text.trim_matches(is_foreign_blank);
    if bare.len() == scalar.text.len() || bare.is_empty() {
        return;
    }
    let behind = scalar.text.trim_start_matches(is_foreign_blank);
    let before = length(scalar.text.len().saturating_sub(behind.len()));
    let after = length(behind.len().saturating_sub(bare.len()));
    let Span { source, start, end } = scalar.span;
    let at = if before > 0 {
        start
    } else {
        end.saturating_sub(after)
    };
    let blank = if before > 0 { before } else { after };
    report.push(fault(Span::new(source, at, at.saturating_add(blank))));
    let start = start.saturating_add(before);
    let end = end.saturating_sub(after).max(start);
    scalar.text = bare.trim().to_owned();
    scalar.span = Span::new(source, start, end);
    scalar.content = scalar.span;
}

/// A key with such a blank inside: what is told of it, the key as it was meant, and its value if the blank stands behind
/// the colon, where YAML takes all of it for the key.
pub(super) fn inside(key: &Scalar) -> Option<(Diagnostic, Scalar, Option<Scalar>)> {
    let text = key.text.as_str();
    let (back, blank) = text.char_indices().find(|(_, c)| is_foreign_blank(*c))?;
    let Span { source, start, .. } = key.span;
    let span = |from: usize, to: usize| {
        let (from, to) = (length(from), length(to));
        Span::new(source, start.saturating_add(from), start.saturating_add(to))
    };
    let plain = |text: &str, style: Style, span: Span| Scalar {
        text: text.to_owned(),
        style,
        span,
        content: span,
    };
    let (before, behind) = text.split_at_checked(back)?;
    let told = fault(span(back, back.saturating_add(blank.len_utf8())));
    let Some(name) = before.strip_suffix(':') else {
        let meant = text.replace(is_foreign_blank, "");
        return Some((told, plain(&meant, Style::Refused, key.span), None));
    };
    let value = behind.trim_matches(|c| c == ' ' || is_foreign_blank(c));
    let from = text.len().saturating_sub(
        behind
            .trim_start_matches(|c| c == ' ' || is_foreign_blank(c))
            .len(),
    );
    let value = plain(
        value,
        Style::Plain,
        span(from, from.saturating_add(value.len())),
    );
    Some((
        told,
        plain(name, Style::Plain, span(0, name.len())),
        Some(value),
    ))
}

fn fault(span: Span) -> Diagnostic {
    Diagnostic::new(Code::M001, span, "a blank of another kind stands here").help(BLANK)
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
