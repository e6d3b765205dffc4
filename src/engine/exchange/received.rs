//! The parts of a received request.

use std::borrow::Cow;

use super::accept::ReceivedRequest;
use crate::codec::form::percent::{self, Plus};
use crate::mapping::compile::upstream::{Piece, Route, Source, Template};

/// A target taken apart.
pub(super) struct Target<'t> {
    segments: Vec<Cow<'t, str>>,
    pub(super) query: Vec<(Cow<'t, str>, Cow<'t, str>)>,
}

/// Compares in a time that does not depend on where two texts differ.
#[must_use]
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differing == 0
}

/// Gives a header.
pub(super) fn header<'r>(request: &ReceivedRequest<'r>, name: &str) -> Option<Cow<'r, [u8]>> {
    let found = request
        .headers
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| Cow::Borrowed(*value))
}

// === impl Target ===

impl<'t> Target<'t> {
    pub(super) fn split(target: &'t str) -> Option<Self> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments = path.strip_prefix('/')?.split('/');
        let segments: Option<Vec<_>> = segments
            .map(|segment| percent::decode(segment, Plus::Plus).ok())
            .collect();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs: Option<Vec<_>> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((
                    percent::decode(name, Plus::Space).ok()?,
                    percent::decode(value, Plus::Space).ok()?,
                ))
            })
            .collect();
        Some(Self {
            segments: segments?,
            query: pairs?,
        })
    }

    /// Gives the value of a name of the query.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| &**value)
    }
}

/// The variables of a route's path, if the path fits.
pub(super) fn captured<'r>(
    route: &'r Route,
    target: &Target<'_>,
) -> Option<Vec<(&'r Source, String)>> {
    if route.segments.len() != target.segments.len() {
        return None;
    }
    let mut all = Vec::new();
    for (template, text) in route.segments.iter().zip(&target.segments) {
        all.extend(unfilled(template, text)?);
    }
    Some(all)
}

/// The values of a template's variables in a text, if it fits; a variable ends where the literal behind it begins.
pub(super) fn unfilled<'r>(
    template: &'r Template,
    text: &str,
) -> Option<Vec<(&'r Source, String)>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut pieces = template.pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Literal(literal) => {
                let decoded =
                    percent::decode(literal, Plus::Plus).unwrap_or(Cow::Borrowed(literal));
                rest = rest.strip_prefix(&*decoded)?;
            }
            Piece::Value {
                source: Source::Setting(value),
                ..
            } => rest = rest.strip_prefix(value.shown())?,
            Piece::Value { source, .. } => {
                let end = match pieces.peek() {
                    Some(Piece::Literal(literal)) => rest.find(&**literal)?,
                    Some(Piece::Value { .. }) | None => rest.len(),
                };
                let (value, behind) = rest.split_at_checked(end)?;
                if value.is_empty() {
                    return None;
                }
                found.push((source, value.to_owned()));
                rest = behind;
            }
        }
    }
    rest.is_empty().then_some(found)
}
