//! Which upstreams a call is for: its id's, else those of the header, else what routing rules say.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::config::KnownCaller;
use crate::gateway::callers::{forbidden, may_use};
use crate::gateway::problem::{Code, Problem, Refusal};
use crate::gateway::shared::{Shared, Upstream};
use crate::gateway::translate::OperationIndex;
use crate::mapping::ast::Kind;

/// The header by which a caller names the upstream.
pub(in crate::gateway) const HEADER: HeaderName = HeaderName::from_static("interlingua-upstream");

/// Stands for every upstream.
const EVERY: &str = "*";

/// The upstreams of a call, by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::gateway) enum Chosen {
    /// One, that offers the operation.
    One(usize),
    /// Several, in the order in which their items are to stand.
    Several {
        /// Whether they were not named, so that some of them may not offer the operation.
        every: bool,
        upstreams: Vec<usize>,
    },
}

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

// === impl Chosen ===

impl Chosen {
    /// The chosen upstreams.
    pub(in crate::gateway) fn upstreams<'s>(
        &self,
        shared: &'s Shared,
    ) -> impl Iterator<Item = &'s Upstream> {
        let positions = match self {
            Self::One(position) => std::slice::from_ref(position),
            Self::Several { upstreams, .. } => upstreams,
        };
        let known = positions.iter().copied();
        known
            .filter_map(|position| shared.upstream(position))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// What a cursor of such a call is sealed for.
    pub(in crate::gateway) fn scope<'s>(&self, shared: &'s Shared) -> Cow<'s, str> {
        if matches!(self, Self::Several { every: true, .. }) {
            return EVERY.into();
        }
        let names: Vec<&str> = self
            .upstreams(shared)
            .map(|upstream| &*upstream.name)
            .collect();
        match *names {
            [name] => name.into(),
            _ => names.join(",").into(),
        }
    }
}

/// Chooses the upstreams of a call, and refuses those that were named and do not offer it.
///
/// # Errors
/// 400 without a choice, 403 for one that the caller may not use, 422 for a header that names none, or several where one must answer, 501 if one that was
/// chosen does not offer the operation.
pub(in crate::gateway) fn choose(
    shared: &Shared,
    operation: OperationIndex,
    by_id: Option<usize>,
    headers: &HeaderMap,
    caller: Option<&KnownCaller>,
) -> Result<Chosen, Refusal> {
    let chosen = match by_id {
        Some(upstream) => Some(Chosen::One(upstream)),
        None => {
            // Several lines are one list (RFC 9110, 5.3).
            let lines: Vec<&[u8]> = headers
                .get_all(HEADER)
                .iter()
                .map(HeaderValue::as_bytes)
                .collect();
            if lines.is_empty() {
                shared.routed(operation).map(Chosen::One)
            } else {
                Some(by_header(
                    shared,
                    &lines.join(&b","[..]),
                    operation,
                    caller,
                )?)
            }
        }
    };
    let Some(chosen) = chosen else {
        let detail = "Name the upstream in the `Interlingua-Upstream` header.";
        return Err(with_offers(
            shared,
            operation,
            caller,
            Problem::new(Code::UpstreamRequired, detail),
        ));
    };
    let usable = |upstream: &Upstream| may_use(caller, &upstream.name);
    if !chosen.upstreams(shared).all(usable) {
        return Err(forbidden("The caller may not use this upstream."));
    }
    let offers = |upstream: &Upstream| upstream.translator.offers(operation);
    let is_served = match &chosen {
        Chosen::Several { every: true, .. } => chosen.upstreams(shared).any(offers),
        _ => chosen.upstreams(shared).all(offers),
    };
    if is_served {
        return Ok(chosen);
    }
    Err(with_offers(
        shared,
        operation,
        caller,
        Problem::new(Code::NotOffered, ""),
    ))
}

fn by_header(
    shared: &Shared,
    text: &[u8],
    operation: OperationIndex,
    caller: Option<&KnownCaller>,
) -> Result<Chosen, Refusal> {
    let refuse = |code, detail: &'static str| {
        let problem = Problem::of_parameter(code, "Interlingua-Upstream", detail);
        Err(with_offers(shared, operation, caller, problem))
    };
    let text = str::from_utf8(text).unwrap_or_default().trim();
    if text == EVERY || text.contains(',') {
        let kind = shared.operation(operation).map(|operation| operation.kind);
        if !matches!(kind, Some(Kind::List | Kind::Search)) {
            return refuse(Code::NotSupportedHere, "must name one upstream");
        }
    }
    if text == EVERY {
        let usable = shared.upstreams().enumerate();
        let usable = usable.filter(|(_, upstream)| may_use(caller, &upstream.name));
        let upstreams = usable.map(|(position, _)| position).collect();
        return Ok(Chosen::Several {
            every: true,
            upstreams,
        });
    }
    // Empty members of a list are none (RFC 9110, 5.6.1).
    let names = text.split(',').map(str::trim);
    let named = names.filter(|name| !name.is_empty());
    let Some(mut upstreams) = named
        .map(|name| shared.find_upstream(name))
        .collect::<Option<Vec<usize>>>()
    else {
        let detail = if text.contains(',') {
            "must name configured upstreams"
        } else {
            "must name a configured upstream"
        };
        return refuse(Code::InvalidInput, detail);
    };
    let count = upstreams.len();
    let mut once = upstreams.clone();
    once.sort_unstable();
    once.dedup();
    if once.len() < count {
        return refuse(Code::ConflictingInput, "names an upstream twice");
    }
    match (upstreams.pop(), count) {
        (None, _) => refuse(Code::InvalidInput, "must name a configured upstream"),
        (Some(one), 1) => Ok(Chosen::One(one)),
        (Some(last), _) => {
            upstreams.push(last);
            Ok(Chosen::Several {
                every: false,
                upstreams,
            })
        }
    }
}

#[cold]
fn with_offers(
    shared: &Shared,
    operation: OperationIndex,
    caller: Option<&KnownCaller>,
    mut problem: Problem,
) -> Refusal {
    problem.offered_by = shared
        .upstreams()
        .filter(|upstream| may_use(caller, &upstream.name))
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
