//! Server role: headers that a scheme writes of settings and of the call, held against a received request.

use super::Context;
use super::accept::{NotAccepted, ReceivedRequest};
use super::facts::Facts;
use super::received::{equal, header};
use crate::mapping::compile::upstream::{ContextPlace, Piece, Source, Template, Upstream};
use crate::model::date;

// === impl Upstream ===

impl Upstream {
    /// Checks the headers of the scheme.
    pub(super) fn authenticate(&self, request: &ReceivedRequest<'_>) -> Result<(), NotAccepted> {
        let credentials = &self.credentials;
        let basic = credentials.basic.as_ref();
        let known = basic.is_none_or(|basic| {
            header(request, "authorization").is_some_and(|given| basic.is(&given))
        });
        let facts = Facts {
            inputs: &[],
            body: None,
            current: None,
            outcome: None,
            context: &Context::default(),
            qualifier: &self.qualifier,
        };
        let sent = credentials.headers.iter().all(|(name, template)| {
            let given = header(request, name);
            if template.sources().any(is_of_call) {
                return has_form(template, given.as_deref(), &facts);
            }
            let expected = facts.fill(template, |out, text| out.extend_from_slice(text));
            match expected {
                Ok(Some(expected)) => given.is_some_and(|given| equal(&expected, &given)),
                Ok(None) | Err(_) => true,
            }
        });
        if known && sent {
            Ok(())
        } else {
            Err(NotAccepted::Unauthenticated)
        }
    }
}

const fn is_of_call(source: &Source) -> bool {
    matches!(source, Source::Context(_))
}

/// Tells whether a header is what a template makes of some call: what is the same in every call stands where it should,
/// and something between it. A header of a call that may lack what it tells may be missing.
fn has_form<'t>(template: &'t Template, given: Option<&[u8]>, facts: &Facts<'t>) -> bool {
    let Some(given) = given else {
        return template.sources().any(|source| match source {
            Source::Context(
                ContextPlace::Now | ContextPlace::RequestId | ContextPlace::CallerKind,
            ) => false,
            Source::Context(_) => true,
            other => !matches!(facts.text(other), Ok(Some(_))),
        });
    };
    let mut rest = given;
    let mut pieces = template.pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        if let Some(fixed) = fixed(piece, facts) {
            let Some((start, behind)) = rest.split_at_checked(fixed.len()) else {
                return false;
            };
            if !equal(&fixed, start) {
                return false;
            }
            rest = behind;
            continue;
        }
        let end = match pieces.peek().and_then(|next| fixed(next, facts)) {
            Some(next) => rest
                .windows(next.len().max(1))
                .position(|window| *window == *next),
            None => Some(rest.len()),
        };
        let Some((value, behind)) = end.and_then(|end| rest.split_at_checked(end)) else {
            return false;
        };
        if !may_be(piece, value) {
            return false;
        }
        rest = behind;
    }
    rest.is_empty()
}

/// What stands in every call alike.
fn fixed<'t>(piece: &'t Piece, facts: &Facts<'t>) -> Option<Vec<u8>> {
    match piece {
        Piece::Literal(text) => Some(text.as_bytes().to_vec()),
        Piece::Value { source, .. } if is_of_call(source) => None,
        Piece::Value { source, lower } => {
            let text = facts.text(source).ok().flatten()?;
            Some(match lower {
                true => String::from_utf8_lossy(&text).to_lowercase().into_bytes(),
                false => text.into_owned(),
            })
        }
    }
}

/// Tells whether a variable may have a value.
fn may_be(piece: &Piece, value: &[u8]) -> bool {
    match piece {
        Piece::Value {
            source: Source::Context(ContextPlace::Now),
            ..
        } => date::unix_ms(value).is_some(),
        _ => !value.is_empty(),
    }
}
