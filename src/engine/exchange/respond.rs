//! Server role: writes the native answer of an outcome.

use super::accept::Accepted;
use super::call::{Call, Lost, PageRequest};
use super::facts::{self, Facts};
use super::faults::{self, Refused};
use super::names;
use super::outcome::{Page, Warning};
use super::request::RouteIndex;
use super::worker::Worker;
use super::{Context, fills, losses, media, params, places};
use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::codec::json::write;
use crate::engine::{Direction, Engine, Incoming, Reading, Surroundings};
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{
    Answer, AnswerBody, Body, Operation, Place, Root, Upstream,
};
use crate::mapping::plan::Wire;

/// What the server role answers: an outcome, or a problem.
#[derive(Clone, Copy, Default)]
pub struct ServerOutcome<'a> {
    /// The resource, canonical JSON.
    pub resource: Option<&'a [u8]>,
    /// The array of the items, canonical JSON.
    pub items: Option<&'a [u8]>,
    /// What went less than well.
    pub warnings: &'a [Warning],
    /// Where the list goes on.
    pub page: Option<&'a Page>,
    /// The version of the resource.
    pub etag: Option<&'a str>,
    /// The key of the call.
    pub correlation_id: Option<&'a str>,
    /// The problem, if it is one; the rest is then of no use.
    pub problem: Option<ServerProblem<'a>>,
}

/// A problem to be answered.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerProblem<'a> {
    /// A code of the HTTP contract.
    pub code: &'a str,
    /// The status of its class, for upstreams that have no case for the code.
    pub status: u16,
    /// The problem as a canonical document; left out: its code alone.
    pub document: Option<&'a [u8]>,
}

/// An answer as it is sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NativeResponse {
    /// The HTTP status.
    pub status: u16,
    /// Headers by lower-case name, without those of the body.
    pub headers: Vec<(Box<str>, Vec<u8>)>,
    /// Media type of the body.
    pub content_type: Option<Box<str>>,
    /// The body.
    pub body: Vec<u8>,
    /// What of the outcome's document, or of the part of it that the call is about, is not in it.
    pub losses: Vec<Lost>,
}

/// An outcome that no case of the operation can write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswerable {
    /// Why; none if there is no case.
    pub faults: Option<Refused>,
}

// === impl Upstream ===

impl Upstream {
    /// Writes the answer of an outcome. With `base` the native document is written over that one.
    ///
    /// # Errors
    /// The outcome holds what no case of the operation can write. A problem can always be answered, at worst as a
    /// bare status.
    pub fn respond(
        &self,
        accepted: &Accepted,
        outcome: &ServerOutcome<'_>,
        base: Option<&[u8]>,
        worker: &mut Worker,
    ) -> Result<NativeResponse, Unanswerable> {
        let none = Unanswerable { faults: None };
        let operation = self.served(accepted).ok_or(none.clone())?;
        let Worker {
            engine,
            body,
            result,
            limits,
            ..
        } = worker;
        let document = match outcome.problem {
            Some(problem) => of_problem(&problem),
            None => of_outcome(outcome),
        };
        let inputs: Vec<(&str, &str)> = borrowed(&accepted.inputs);
        let context = accepted.context.context();
        let facts = Facts {
            inputs: &inputs,
            body: accepted
                .body
                .as_deref()
                .and_then(|text| looked_into(text, body, limits)),
            current: None,
            outcome: looked_into(&document, result, limits),
            context: &context,
            qualifier: &self.qualifier,
        };
        let case = self.case_of(operation, accepted, outcome, &facts);
        let Some(case) = case else {
            let problem = outcome.problem.ok_or(none)?;
            let losses = unwritten(&document, outcome, limits);
            return Ok(bare(problem.status, losses));
        };
        let call = Call {
            operation: accepted.operation,
            inputs: &inputs,
            body: accepted.body.as_deref(),
            page: PageRequest::default(),
            context,
        };
        let asked = self.asked(operation, accepted.route, &call, facts.body);
        let named = case
            .names_fields()
            .zip(asked)
            .and_then(|(style, asked)| names::told(&document, style, &asked, engine, limits));
        let writing = Writing {
            case,
            part: operation.part_of(usize::from(accepted.route.0)),
            outcome,
            document: named.as_deref().unwrap_or(&document),
            base,
        };
        let written = writing.answered(engine, limits, &context)?;
        Ok(NativeResponse {
            status: written.status.unwrap_or(status_of(case, outcome.problem)),
            headers: self.answer_headers(case, &facts),
            content_type: written.content_type,
            body: written.body,
            losses: written.losses,
        })
    }

    /// The status that a success, or a problem of a code, is written with; none if no case is of it. One that reads a
    /// document goes before one that reads none.
    pub(crate) fn status_for(
        &self,
        operation: OperationIndex,
        route: RouteIndex,
        problem: Option<&str>,
    ) -> Option<u16> {
        let operation = self.operation(operation)?;
        let errors = || self.errors.iter().filter(|_| problem.is_some());
        let cases = || operation.cases(usize::from(route.0)).chain(errors());
        let found = match problem {
            Some(code) => {
                let of_code = || cases().filter(|case| case.problem.as_deref() == Some(code));
                of_code()
                    .find(|case| case.has_document())
                    .or_else(|| of_code().next())
            }
            None => cases().find(|case| case.is_of_outcome()),
        };
        found.map(Answer::status)
    }

    /// The case that an outcome or problem is written by.
    fn case_of<'u>(
        &'u self,
        operation: &'u Operation,
        accepted: &Accepted,
        outcome: &ServerOutcome<'_>,
        facts: &Facts<'u>,
    ) -> Option<&'u Answer> {
        match &outcome.problem {
            Some(problem) => self.case_of_problem(operation, accepted, problem, facts),
            None => cases_of(operation, accepted)
                .find(|case| case.is_of_outcome() && holds(case, facts)),
        }
    }

    /// The first case that carries the code, one that writes a document before one that writes none; else the first of
    /// its status, one of any code before one of another: the upstream does not know ours. Of those of another code one
    /// that is written with the status goes before one that takes it.
    fn case_of_problem<'u>(
        &'u self,
        operation: &'u Operation,
        accepted: &Accepted,
        problem: &ServerProblem<'_>,
        facts: &Facts<'u>,
    ) -> Option<&'u Answer> {
        let cases = || {
            cases_of(operation, accepted)
                .chain(&self.errors)
                .filter(|case| {
                    case.tells_problem() && case.when.as_ref().is_none_or(|when| facts.holds(when))
                })
        };
        let of_code = || cases().filter(|case| case.problem.as_deref() == Some(problem.code));
        of_code()
            .find(|case| case.has_document())
            .or_else(|| of_code().next())
            .or_else(|| cases().find(|case| case.problem.is_none() && case.is_for(problem.status)))
            .or_else(|| cases().find(|case| case.has_document() && case.status() == problem.status))
            .or_else(|| cases().find(|case| case.has_document() && case.is_for(problem.status)))
    }

    /// Tells whether a call that was received may be answered with a problem of a code by a case of its own.
    pub fn declares(&self, accepted: &Accepted, code: &str) -> bool {
        let Some(operation) = self.served(accepted) else {
            return false;
        };
        let inputs = borrowed(&accepted.inputs);
        let context = accepted.context.context();
        let facts = Facts {
            inputs: &inputs,
            body: None,
            current: None,
            outcome: None,
            context: &context,
            qualifier: &self.qualifier,
        };
        let mut cases = cases_of(operation, accepted);
        cases.any(|case| {
            let of_code = case.problem.as_deref() == Some(code);
            of_code && case.when.as_ref().is_none_or(|when| facts.holds(when))
        })
    }

    fn answer_headers<'u>(
        &'u self,
        case: &'u Answer,
        facts: &Facts<'u>,
    ) -> Vec<(Box<str>, Vec<u8>)> {
        let mut headers = Vec::new();
        for param in self.answer_headers.iter().chain(&case.headers) {
            let Ok(written) = params::write(param, facts, &facts.context.facts()) else {
                continue;
            };
            headers.extend(
                written
                    .into_iter()
                    .map(|(name, value)| (name.into(), value)),
            );
        }
        headers
    }
}

/// The status that a case is written with; of a problem that it does not name, the problem's own.
fn status_of(case: &Answer, problem: Option<ServerProblem<'_>>) -> u16 {
    let unnamed = problem.filter(|problem| case.problem.as_deref() != Some(problem.code));
    let own = unnamed.map(|problem| problem.status);
    own.filter(|status| case.is_for(*status))
        .unwrap_or_else(|| case.status())
}

fn borrowed(inputs: &[(String, String)]) -> Vec<(&str, &str)> {
    let inputs = inputs.iter();
    inputs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn looked_into<'t>(
    document: &'t [u8],
    tape: &'t mut Tape,
    limits: &Limits,
) -> Option<TapeNode<'t>> {
    let text = std::str::from_utf8(document).ok()?;
    tape.parse(text, limits).ok()
}

fn bare(status: u16, losses: Vec<Lost>) -> NativeResponse {
    NativeResponse {
        status,
        losses,
        ..NativeResponse::default()
    }
}

/// What a problem says that is answered without a document.
fn unwritten(document: &[u8], outcome: &ServerOutcome<'_>, limits: &Limits) -> Vec<Lost> {
    let said = outcome.problem.filter(|problem| problem.document.is_some());
    let mut tape = Tape::default();
    let root = said.and_then(|_| looked_into(document, &mut tape, limits));
    let mut lost = root.map(losses::all).unwrap_or_default();
    lost.retain(|lost| !says_kind(lost));
    lost
}

/// Members of a problem that say which it is: the upstream says that by the answer that it gives.
fn says_kind(lost: &Lost) -> bool {
    matches!(
        lost.pointer.as_str(),
        "/type" | "/title" | "/status" | "/code"
    )
}

fn cases_of<'o>(operation: &'o Operation, accepted: &Accepted) -> impl Iterator<Item = &'o Answer> {
    operation.cases(usize::from(accepted.route.0))
}

fn holds<'o>(case: &'o Answer, facts: &Facts<'o>) -> bool {
    let conditions = case.when.iter().chain(&case.when_outcome);
    conditions.into_iter().all(|when| facts.holds(when))
}

// === impl Answer ===

impl Answer {
    /// True if it is a problem, whatever document it has.
    pub(super) fn tells_problem(&self) -> bool {
        self.problem.is_some()
            || matches!(&self.body, AnswerBody::Document(body) if body.root == Root::Problem)
    }

    fn has_document(&self) -> bool {
        matches!(self.body, AnswerBody::Document(_))
    }

    fn is_of_outcome(&self) -> bool {
        !self.tells_problem()
    }
}

/// One answer on its way.
struct Writing<'w> {
    case: &'w Answer,
    /// The part of the resource that the call is about.
    part: Option<&'w Place>,
    outcome: &'w ServerOutcome<'w>,
    /// The outcome or problem as a canonical document.
    document: &'w [u8],
    base: Option<&'w [u8]>,
}

/// A body that was written.
#[derive(Default)]
struct Written {
    content_type: Option<Box<str>>,
    body: Vec<u8>,
    /// The status that a rule gives the answer.
    status: Option<u16>,
    losses: Vec<Lost>,
}

impl Writing<'_> {
    /// The body. What a problem says beside its code may not fit: the code does.
    fn answered(
        &self,
        engine: &mut Engine,
        limits: &Limits,
        context: &Context<'_>,
    ) -> Result<Written, Unanswerable> {
        match self.body(engine, limits, context) {
            Err(_) if self.outcome.problem.is_some() => Ok(self.bare(limits)),
            written => written.map_err(|refused| Unanswerable {
                faults: Some(refused),
            }),
        }
    }

    fn body(
        &self,
        engine: &mut Engine,
        limits: &Limits,
        context: &Context<'_>,
    ) -> Result<Written, Refused> {
        let AnswerBody::Document(body) = &self.case.body else {
            return Ok(self.bare(limits));
        };
        let input = match body.root {
            Root::Resource => self.resource(limits),
            Root::Outcome | Root::Problem => self.document,
        };
        let bytes = self.written(body, input, engine, limits, context)?;
        let mut losses = match engine.losses().0 {
            [] => Vec::new(),
            lost => places::of_losses(lost, input, Wire::Json, 0),
        };
        losses.retain(|lost| self.outcome.problem.is_none() || !says_kind(lost));
        let facts = context.facts();
        let around = Surroundings {
            given: &[],
            call: &facts,
        };
        let status = engine.status(&body.plan, input, around);
        let status = status.filter(|status| self.case.is_for(*status));
        Ok(Written {
            content_type: Some(body.media_type.clone()),
            body: bytes,
            status,
            losses,
        })
    }

    /// An answer without a document.
    fn bare(&self, limits: &Limits) -> Written {
        Written {
            losses: unwritten(self.document, self.outcome, limits),
            ..Written::default()
        }
    }

    /// The resource, or the part of it that the call is about.
    fn resource(&self, limits: &Limits) -> &[u8] {
        let whole = self.outcome.resource.unwrap_or(b"{}");
        let Some(part) = self.part else {
            return whole;
        };
        let mut tape = Tape::default();
        let found = looked_into(whole, &mut tape, limits).and_then(|root| {
            let part = facts::at(root, &part.steps)?;
            whole.get(facts::range(part))
        });
        found.unwrap_or(b"{}")
    }

    fn written(
        &self,
        body: &Body,
        input: &[u8],
        engine: &mut Engine,
        limits: &Limits,
        context: &Context<'_>,
    ) -> Result<Vec<u8>, Refused> {
        let plan = &body.plan;
        let facts = context.facts();
        let around = Surroundings {
            given: &[],
            call: &facts,
        };
        let mut out = Vec::new();
        let base = self
            .base
            .and_then(|base| media::utf8(base, None, plan.native.wire).ok());
        let written = match base {
            Some(base) => engine.put(plan, Incoming::Text(input), &base, limits, around, &mut out),
            None => engine.translate(
                plan,
                Direction::ToNative,
                Incoming::Text(input),
                Reading::Whole,
                limits,
                around,
                &mut out,
            ),
        };
        match written {
            Ok(()) => Ok(out),
            Err(failure) => {
                let said = faults::Said {
                    document: input,
                    shift: 0,
                    inputs: &[],
                    prefix: "",
                };
                Err(faults::of_caller(&failure, plan, said, 0))
            }
        }
    }
}

/// The problem as a canonical document.
fn of_problem(problem: &ServerProblem<'_>) -> Vec<u8> {
    if let Some(document) = problem.document {
        return document.to_vec();
    }
    let mut out = b"{".to_vec();
    fills::pair(&mut out, "code", problem.code);
    out.push(b'}');
    out
}

/// The outcome as a canonical document.
fn of_outcome(outcome: &ServerOutcome<'_>) -> Vec<u8> {
    let mut out = b"{".to_vec();
    let name = |out: &mut Vec<u8>, name: &str| {
        if out.len() > 1 {
            out.push(b',');
        }
        write::string(out, name.as_bytes(), true);
        out.push(b':');
    };
    if let Some(resource) = outcome.resource {
        name(&mut out, "resource");
        out.extend_from_slice(resource);
    }
    if let Some(items) = outcome.items {
        name(&mut out, "items");
        out.extend_from_slice(items);
    }
    if !outcome.warnings.is_empty() {
        name(&mut out, "warnings");
        warnings(outcome.warnings, &mut out);
    }
    if let Some(page) = outcome.page {
        name(&mut out, "page");
        of_page(page, &mut out);
    }
    for (place, value) in [
        ("etag", outcome.etag),
        ("correlationId", outcome.correlation_id),
    ] {
        if let Some(value) = value {
            name(&mut out, place);
            write::string(&mut out, value.as_bytes(), false);
        }
    }
    out.push(b'}');
    out
}

fn warnings(warnings: &[Warning], out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, warning) in warnings.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.push(b'{');
        fills::pair(out, "code", &warning.code);
        if let Some(detail) = &warning.detail {
            out.push(b',');
            fills::pair(out, "detail", detail);
        }
        out.push(b'}');
    }
    out.push(b']');
}

fn of_page(page: &Page, out: &mut Vec<u8>) {
    let mut members = Vec::new();
    if let Some(next) = &page.next {
        let mut text = Vec::new();
        fills::pair(&mut text, "next", next);
        members.push(text);
    }
    if let Some(more) = page.more {
        members.push(format!("\"more\":{more}").into_bytes());
    }
    if let Some(total) = page.total {
        members.push(format!("\"total\":{total}").into_bytes());
    }
    out.push(b'{');
    out.extend_from_slice(&members.join(&b","[..]));
    out.push(b'}');
}
