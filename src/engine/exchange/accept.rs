//! Server role: reads a native request as the canonical call that it is.

use std::cmp::Reverse;

use super::faults::{BrokenAnswer, Flaw};
use super::received::{Target, captured};
use super::request::RouteIndex;
use super::trial::Trial;
use super::worker::Worker;
use super::{Context, Lost};
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{Operation, Route, Upstream};

/// A request as it was received.
#[derive(Clone, Copy)]
pub struct ReceivedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query behind the path of the base URL, as they came.
    pub target: &'a str,
    /// The headers; names in any case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The media type of the body.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// A canonical call as it was understood.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The operation.
    pub operation: OperationIndex,
    /// The call that was met alone and means the operation, counted; none for a route of the operation's own.
    pub alone: Option<u16>,
    /// The route, of the call or of the operation.
    pub route: RouteIndex,
    /// The inputs, by the names that routes know.
    pub inputs: Vec<(String, String)>,
    /// The canonical body; of an update a merge patch.
    pub body: Option<Vec<u8>>,
    /// The most items that are wanted.
    pub limit: Option<u32>,
    /// The upstream's own cursor.
    pub cursor: Option<String>,
    /// What the request says of its context.
    pub context: ReceivedContext,
    /// What of the native query and body is not in the call.
    pub losses: Vec<Lost>,
}

/// What a request says of its context.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ReceivedContext {
    /// The id of the request.
    pub request_id: Option<String>,
    /// The trace that it belongs to.
    pub trace_id: Option<String>,
    /// The key of a call that may be repeated.
    pub idempotency_key: Option<String>,
    /// The version that is to be changed.
    pub if_match: Option<String>,
    /// The kind of caller.
    pub caller_kind: Option<String>,
    /// The caller's own key.
    pub caller_id: Option<String>,
}

/// A request that is no call of this upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAccepted {
    /// No route has this path: 404.
    UnknownPath,
    /// Routes have this path with other methods: 405.
    UnknownMethod(Vec<&'static str>),
    /// The credentials are missing or wrong: 401.
    Unauthenticated,
    /// A name of the query or a header is missing, or has a value that does not fit: 400.
    Value {
        /// The native name.
        name: String,
        /// What was expected.
        why: &'static str,
        /// The request does not have it at all.
        is_missing: bool,
    },
    /// The body does not fit: 400 or 415, by its code.
    Body(BrokenAnswer),
}

/// What orders candidates, the least first.
type Rank = (
    Vec<bool>,
    Reverse<usize>,
    Reverse<usize>,
    Reverse<u8>,
    Reverse<bool>,
);

/// A route whose method and path fit.
pub(super) struct Candidate<'u> {
    pub(super) operation: &'u Operation,
    pub(super) alone: Option<u16>,
    pub(super) index: RouteIndex,
    pub(super) route: &'u Route,
}

// === impl ReceivedContext ===

impl ReceivedContext {
    /// Gives what answers may name of it.
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            request_id: self.request_id.as_deref().unwrap_or(""),
            trace_id: self.trace_id.as_deref().unwrap_or(""),
            caller_kind: self.caller_kind.as_deref(),
            caller_id: self.caller_id.as_deref(),
            ..Context::default()
        }
    }
}

// === impl Upstream ===

impl Upstream {
    /// Reads a request as a call.
    ///
    /// # Errors
    /// Why no route takes it; of several, what the likeliest one says.
    pub fn accept(
        &self,
        request: &ReceivedRequest<'_>,
        worker: &mut Worker,
    ) -> Result<Accepted, NotAccepted> {
        let target = Target::split(request.target).ok_or(NotAccepted::UnknownPath)?;
        let mut candidates = self.candidates(request, &target)?;
        self.authenticate(request)?;
        candidates.sort_by_key(|candidate| candidate.rank());
        let mut likeliest: Option<((usize, usize), NotAccepted)> = None;
        for candidate in &candidates {
            let trial = Trial {
                upstream: self,
                candidate,
                request,
                target: &target,
            };
            let refused = match trial.accept(worker) {
                Ok(accepted) => return Ok(accepted),
                Err(refused) => refused,
            };
            // The call that was meant is the one that least is missing of. Of those a name that is not there, or a
            // value of another list, may mean another one; a value that does not fit otherwise does not.
            let lacks = trial.lacks();
            let is_likelier = likeliest.as_ref().is_none_or(|(fewest, first)| {
                let is_surer = may_mean_another(first) && is_unfit(&refused);
                lacks < *fewest || lacks == *fewest && is_surer
            });
            if is_likelier {
                likeliest = Some((lacks, refused));
            }
        }
        Err(likeliest.map_or(NotAccepted::UnknownPath, |(_, refused)| refused))
    }

    /// The operation that a request is likeliest to be of, as far as its line says.
    #[must_use]
    pub fn meant(&self, request: &ReceivedRequest<'_>) -> Option<OperationIndex> {
        let target = Target::split(request.target)?;
        let mut candidates = self.candidates(request, &target).ok()?;
        candidates.sort_by_key(Candidate::rank);
        let lacks = |candidate: &&Candidate<'_>| {
            let trial = Trial {
                upstream: self,
                candidate,
                request,
                target: &target,
            };
            trial.lacks()
        };
        let meant = candidates.iter().min_by_key(lacks)?;
        Some(meant.operation.index)
    }

    /// Routes of this path and method; a route that is the same call as another's is that one's.
    fn candidates(
        &self,
        request: &ReceivedRequest<'_>,
        target: &Target<'_>,
    ) -> Result<Vec<Candidate<'_>>, NotAccepted> {
        let mut candidates = Vec::new();
        let mut methods = Vec::new();
        let own = self.operations.iter().flatten();
        let calls = self.calls.iter().enumerate();
        let calls = calls.map(|(index, call)| (u16::try_from(index).ok(), call));
        for (alone, operation) in own.map(|operation| (None, operation)).chain(calls) {
            for (index, route) in operation.routes.iter().enumerate() {
                let is_alone = operation.is_met_alone(index, alone.is_some());
                if route.same_call_as.is_some() || !is_alone || captured(route, target).is_none() {
                    continue;
                }
                if route.method.as_str() == request.method {
                    let index = RouteIndex(u16::try_from(index).unwrap_or(u16::MAX));
                    candidates.push(Candidate {
                        operation,
                        alone,
                        index,
                        route,
                    });
                } else if !methods.contains(&route.method.as_str()) {
                    methods.push(route.method.as_str());
                }
            }
        }
        match (candidates.is_empty(), methods.is_empty()) {
            (false, _) => Ok(candidates),
            (true, false) => Err(NotAccepted::UnknownMethod(methods)),
            (true, true) => Err(NotAccepted::UnknownPath),
        }
    }

    /// The operation, or the call that means it, whose routes and answers a received call is of.
    pub(crate) fn served(&self, accepted: &Accepted) -> Option<&Operation> {
        match accepted.alone {
            Some(index) => self.calls.get(usize::from(index)),
            None => self.operation(accepted.operation),
        }
    }
}

/// True for a refusal that another call need not give: the request lacks a name, or a value is of another list.
const fn may_mean_another(refused: &NotAccepted) -> bool {
    match refused {
        NotAccepted::Value { is_missing, .. } => *is_missing,
        NotAccepted::Body(broken) => matches!(broken.flaw, Flaw::Unlisted),
        _ => false,
    }
}

/// True for a refusal of a value that no list has to tell apart.
const fn is_unfit(refused: &NotAccepted) -> bool {
    match refused {
        NotAccepted::Value { is_missing, .. } => !*is_missing,
        NotAccepted::Body(broken) => !matches!(broken.flaw, Flaw::Unlisted),
        _ => false,
    }
}

// === impl Candidate ===

impl Candidate<'_> {
    /// Orders candidates: literal segments before variables, more constants, more names, the narrower body.
    fn rank(&self) -> Rank {
        let constants = self
            .route
            .query
            .iter()
            .filter(|(_, value)| value.is_fixed())
            .count();
        let body = self.route.body.as_ref();
        (
            self.route.variables(),
            Reverse(constants),
            Reverse(self.route.required_names().len()),
            Reverse(body.map_or(0, |body| body.body.narrowness)),
            Reverse(body.is_some()),
        )
    }
}
