//! Path and query of a request.

use super::facts::Facts;
use super::faults::CallerFault;
use crate::codec::form::percent;
use crate::mapping::compile::upstream::{Piece, Route, Source, Template};

/// A target under way.
#[derive(Debug, Default)]
pub(super) struct Target {
    text: Vec<u8>,
    has_query: bool,
}

// === impl Target ===

impl Target {
    /// Writes the path of a route; `None` if a variable of it is absent.
    pub(super) fn path(route: &Route, facts: &Facts<'_>) -> Result<Option<Self>, CallerFault> {
        for segment in &route.segments {
            if let [Piece::Value { source, .. }] = segment.pieces.as_slice() {
                let text = facts.text(source)?;
                // Such a segment would not be one: servers take it away.
                if matches!(text.as_deref(), Some(b"" | b"." | b"..")) {
                    let fault =
                        CallerFault::new("invalid-input", "a text that can be a segment of a path");
                    return Err(match source {
                        Source::Input(name) => fault.of(name),
                        _ => fault,
                    });
                }
            }
        }
        let text = facts.fill(&route.path, percent::encode)?;
        Ok(text.map(|text| Self {
            text,
            has_query: false,
        }))
    }

    /// Appends a name as it stands and a value whose variables are encoded.
    pub(super) fn templated(
        &mut self,
        name: &str,
        value: &Template,
        facts: &Facts<'_>,
    ) -> Result<(), CallerFault> {
        if let Some(value) = facts.fill(value, percent::encode)? {
            self.name(name.as_bytes());
            self.text.extend_from_slice(&value);
        }
        Ok(())
    }

    /// Appends a name and a value, the value encoded.
    pub(super) fn pair(&mut self, name: &str, value: &[u8]) {
        self.name(name.as_bytes());
        percent::encode(&mut self.text, value);
    }

    fn name(&mut self, name: &[u8]) {
        self.text.push(if self.has_query { b'&' } else { b'?' });
        self.has_query = true;
        self.text.extend_from_slice(name);
        self.text.push(b'=');
    }

    /// Gives path and query.
    pub(super) fn finish(self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}
