//! Blanks that are letters to YAML and to nobody else: they come along with text that is copied.

use super::node::Scalar;
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

/// Says where such a blank stands in a key.
pub(super) fn inside(key: &Scalar) -> Option<Diagnostic> {
    let mut letters = key.text.char_indices();
    let (back, blank) = letters.find(|(_, c)| is_foreign_blank(*c))?;
    let start = key.span.start.saturating_add(length(back));
    let end = start.saturating_add(length(blank.len_utf8()));
    Some(fault(Span::new(key.span.source, start, end)))
}

fn fault(span: Span) -> Diagnostic {
    Diagnostic::new(Code::M001, span, "a blank of another kind stands here").help(BLANK)
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
