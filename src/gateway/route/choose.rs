//! Which upstream a call is for: its id, else the header, else routing rules.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::gateway::problem::{Code, Problem, Refusal};
use crate::gateway::shared::Shared;
use crate::gateway::translate::OperationIndex;

/// The header by which a caller names the upstream.
pub(in crate::gateway) const HEADER: HeaderName = HeaderName::from_static("interlingua-upstream");

/// A rule that sends calls without an upstream to one.
#[derive(Debug, Clone)]
pub struct RoutingRule {
    /// Id of an operation.
    pub operation: Option<Box<str>>,
    /// Beginning of a path below `/v1`, in whole segments.
    pub path: Option<Box<str>>,
    /// Name of the upstream.
    pub upstream: Box<str>,
}

// === impl RoutingRule ===

impl RoutingRule {
    /// Whether the rule is for an operation.
    pub(in crate::gateway) fn fits(&self, id: &str, path: &str) -> bool {
        let by_operation = self
            .operation
            .as_ref()
            .is_none_or(|operation| **operation == *id);
        let by_path = self.path.as_ref().is_none_or(|prefix| {
            let prefix = prefix.trim_end_matches('/');
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        by_operation && by_path
    }
}

/// Chooses the upstream of a call, and refuses one that does not offer it.
///
/// # Errors
/// 400 without a choice, 422 for a header that names none or several, 501 if the chosen one does not offer it.
pub(in crate::gateway) fn choose(
    shared: &Shared,
    operation: OperationIndex,
    by_id: Option<usize>,
    headers: &HeaderMap,
) -> Result<usize, Refusal> {
    let chosen = match by_id {
        Some(upstream) => Some(upstream),
        None => {
            // Several lines are one list (RFC 9110, 5.3).
            let lines: Vec<&[u8]> = headers
                .get_all(HEADER)
                .iter()
                .map(HeaderValue::as_bytes)
                .collect();
            if lines.is_empty() {
                shared.routed(operation)
            } else {
                Some(by_header(shared, &lines.join(&b","[..]), operation)?)
            }
        }
    };
    let Some(chosen) = chosen else {
        let detail = "Name the upstream in the `Interlingua-Upstream` header.";
        return Err(with_offers(
            shared,
            operation,
            Problem::new(Code::UpstreamRequired, detail),
        ));
    };
    match shared.upstream(chosen) {
        Some(upstream) if upstream.translator.offers(operation) => Ok(chosen),
        _ => Err(with_offers(
            shared,
            operation,
            Problem::new(Code::NotOffered, ""),
        )),
    }
}

fn by_header(shared: &Shared, name: &[u8], operation: OperationIndex) -> Result<usize, Refusal> {
    let found = std::str::from_utf8(name)
        .ok()
        .and_then(|name| shared.find_upstream(name.trim()));
    found.ok_or_else(|| {
        let (code, detail) = if name == b"*" || name.contains(&b',') {
            (Code::NotSupportedHere, "must name one upstream")
        } else {
            (Code::InvalidInput, "must name a configured upstream")
        };
        let problem = Problem::of_parameter(code, "Interlingua-Upstream", detail);
        with_offers(shared, operation, problem)
    })
}

#[cold]
fn with_offers(shared: &Shared, operation: OperationIndex, mut problem: Problem) -> Refusal {
    problem.offered_by = shared
        .upstreams()
        .filter(|upstream| upstream.translator.offers(operation))
        .map(|upstream| upstream.name.clone())
        .collect();
    Box::new(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_fits_whole_segments() {
        let rule = |operation: Option<&str>, path: Option<&str>| RoutingRule {
            operation: operation.map(Into::into),
            path: path.map(Into::into),
            upstream: "alpha".into(),
        };
        assert!(rule(None, Some("/things")).fits("listThings", "/things"));
        assert!(rule(None, Some("/things/")).fits("searchThings", "/things/search"));
        assert!(!rule(None, Some("/thing")).fits("listThings", "/things"));
        assert!(rule(Some("listThings"), None).fits("listThings", "/things"));
        assert!(!rule(Some("listThings"), Some("/x")).fits("listThings", "/things"));
    }
}
