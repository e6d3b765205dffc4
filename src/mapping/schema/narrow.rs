//! Bounds that each layer may make tighter and none may loosen.

use std::cmp::Ordering;

use super::forms::number_of;
use super::layers::each;
use super::lexeme;
use super::reader::Reader;
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::yaml::Node;

/// Which end a bound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Least,
    Most,
}

// === impl Reader ===

impl<'a> Reader<'a> {
    /// Gives the tightest pair of counts, such as `minLength` and `maxLength`.
    pub(super) fn counts(
        &mut self,
        flat: &[&'a Node],
        least: &str,
        most: &str,
    ) -> (Option<u32>, Option<u32>) {
        let low = self.count(flat, least, End::Least);
        let high = self.count(flat, most, End::Most);
        if let (Some((low, _)), Some((high, span))) = (low, high)
            && low > high
        {
            self.nothing_fits(span, least, most);
        }
        (low.map(|(low, _)| low), high.map(|(high, _)| high))
    }

    fn count(&mut self, flat: &[&'a Node], keyword: &str, end: End) -> Option<(u32, Span)> {
        let mut bound: Option<(u32, Span)> = None;
        for node in each(flat, keyword) {
            let Some(new) = number_of(node) else {
                continue;
            };
            match bound {
                Some((old, _)) if is_looser(new.cmp(&old), end) => {
                    self.wider(
                        node.span,
                        format!("`{keyword}` is looser than {old}, which the base says"),
                    );
                }
                _ => bound = Some((new, node.span)),
            }
        }
        bound
    }

    /// Gives the tightest `minimum` and `maximum`.
    pub(super) fn range(&mut self, flat: &[&'a Node]) -> (Option<Box<str>>, Option<Box<str>>) {
        let low = self.number(flat, "minimum", End::Least);
        let high = self.number(flat, "maximum", End::Most);
        if let (Some((low, _)), Some((high, span))) = (low, high)
            && lexeme::compare(low, high) == Ordering::Greater
        {
            self.nothing_fits(span, "minimum", "maximum");
        }
        (
            low.map(|(low, _)| low.into()),
            high.map(|(high, _)| high.into()),
        )
    }

    fn number(&mut self, flat: &[&'a Node], keyword: &str, end: End) -> Option<(&'a str, Span)> {
        let mut bound: Option<(&str, Span)> = None;
        for node in each(flat, keyword) {
            let written = node.as_scalar().map(|scalar| scalar.text.as_str());
            let Some(new) = written.filter(|text| lexeme::is_number(text)) else {
                continue;
            };
            match bound {
                Some((old, _)) if is_looser(lexeme::compare(new, old), end) => {
                    self.wider(
                        node.span,
                        format!("`{keyword}` is looser than {old}, which the base says"),
                    );
                }
                _ => bound = Some((new, node.span)),
            }
        }
        bound
    }

    fn nothing_fits(&mut self, span: Span, least: &str, most: &str) {
        let message = format!("`{most}` is less than `{least}`: nothing fits");
        let fault = Diagnostic::new(Code::S011, span, message);
        self.faults
            .push(fault.help(format!("raise `{most}` or lower `{least}`")));
    }
}

fn is_looser(order: Ordering, end: End) -> bool {
    match end {
        End::Least => order == Ordering::Less,
        End::Most => order == Ordering::Greater,
    }
}
