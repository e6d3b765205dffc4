//! Path and query of a request.

use super::call::Call;
use super::facts::Facts;
use super::faults::CallerFault;
use super::params;
use crate::codec::form::percent;
use crate::codec::json::tape::TapeNode;
use crate::mapping::ast::Kind;
use crate::mapping::compile::upstream::{Operation, Piece, Route, Source, Style, Template};
use crate::model::decimal;

/// A target under way.
#[derive(Default)]
struct Target {
    text: Vec<u8>,
    has_query: bool,
}

/// Writes path and query of a request; `None` if there is a fault, or a variable of the path is absent.
pub(super) fn write(
    operation: &Operation,
    route: &Route,
    call: &Call<'_>,
    facts: &Facts<'_>,
    found: &mut Vec<CallerFault>,
) -> Option<String> {
    let mut target = match Target::path(route, facts) {
        Ok(target) => target?,
        Err(fault) => {
            found.push(fault);
            return None;
        }
    };
    for (name, value) in &route.query {
        if let Err(fault) = target.templated(name, value, facts) {
            found.push(fault);
        }
    }
    for param in &route.params {
        match params::write(param, facts, &call.context.facts()) {
            Ok(written) => written
                .iter()
                .for_each(|(name, value)| target.pair(name, value)),
            Err(fault) => found.push(fault),
        }
    }
    page(operation, call, facts, &mut target, found);
    Some(target.finish())
}

fn page(
    operation: &Operation,
    call: &Call<'_>,
    facts: &Facts<'_>,
    target: &mut Target,
    found: &mut Vec<CallerFault>,
) {
    let Some(paging) = &operation.paging else {
        if call.page.cursor.is_some() {
            found.push(of_cursor(operation, "not-supported-here", "one page only"));
        }
        return;
    };
    match (&paging.style, call.page.cursor) {
        (_, None) => {}
        (Style::Offset(_), Some(cursor)) if !is_count(cursor) => {
            found.push(of_cursor(
                operation,
                "invalid-input",
                "a cursor of this upstream",
            ));
        }
        // The body has them.
        _ if paging.in_body => return,
        (Style::Offset(name) | Style::Token { name, .. }, Some(cursor)) => {
            target.pair(name, cursor.as_bytes());
        }
    }
    if paging.in_body {
        return;
    }
    if let (Some(name), Some(limit)) = (&paging.limit, limit(operation, call, facts.body)) {
        target.pair(name, limit.to_string().as_bytes());
    }
}

/// A fault of the cursor, which is an input of a list and a member of the criteria of a search.
fn of_cursor(operation: &Operation, code: &'static str, awaited: &str) -> CallerFault {
    let fault = CallerFault::new(code, awaited);
    if operation.kind == Kind::Search {
        fault.at("/cursor".to_owned())
    } else {
        fault.of("cursor")
    }
}

/// The most items that the caller wants: of a search, its criteria may say it too.
pub(super) fn limit(
    operation: &Operation,
    call: &Call<'_>,
    body: Option<TapeNode<'_>>,
) -> Option<u32> {
    let of_body = || {
        let node = body
            .filter(|_| operation.kind == Kind::Search)?
            .get("limit")?;
        let digits = decimal::whole_digits(node.lexeme()?.as_bytes())?;
        std::str::from_utf8(&digits).ok()?.parse().ok()
    };
    call.page.limit.or_else(of_body)
}

/// Tells whether a text is a number of members.
pub(super) fn is_count(text: &str) -> bool {
    !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

// === impl Target ===

impl Target {
    /// Writes the path of a route; `None` if a variable of it is absent.
    fn path(route: &Route, facts: &Facts<'_>) -> Result<Option<Self>, CallerFault> {
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
    fn templated(
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
    fn pair(&mut self, name: &str, value: &[u8]) {
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
    fn finish(self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}
