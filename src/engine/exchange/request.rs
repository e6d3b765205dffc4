//! Writes the native request of a canonical call.

use std::ops::Range;

use super::body::{Writing, Written};
use super::call::{Call, Lost};
use super::facts::Facts;
use super::faults::{self, CallerFault, Refused};
use super::losses::Account;
use super::parts::Part;
use super::worker::Worker;
use super::{NativeAnswer, fills, headers, kept, media, merged, target, unrouted, whole_lists};
use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::engine::Engine;
use crate::mapping::ast::Kind;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{
    AnswerBody, Operation, Route, SharedList, Spellings, Upstream,
};
use crate::mapping::plan::Wire;

/// Counts the routes of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RouteIndex(pub u16);

/// A request as it is sent. It holds credentials and the caller's data.
#[derive(Clone, PartialEq, Eq)]
pub struct NativeRequest {
    /// The route that it is of; its answer is read by the same.
    pub route: RouteIndex,
    /// The method.
    pub method: &'static str,
    /// Path and query, encoded, behind the upstream's base URL.
    pub target: String,
    /// Headers by lower-case name, without those of the body.
    pub headers: Vec<(Box<str>, Vec<u8>)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Media type of the body.
    pub content_type: Option<Box<str>>,
    /// Media type of the answer that is expected.
    pub accept: Option<Box<str>>,
    /// What of the call is not in it.
    pub losses: Vec<Lost>,
    /// How many values are not in it, where there are more than `losses` names.
    pub lost: u32,
    /// Whether it is of a patch that changes nothing that the upstream has a place for: it need not be sent.
    pub says_nothing: bool,
}

// === impl Upstream ===

impl Upstream {
    /// Writes the request of a call, of several the first; what is lost is what all of them lose. `base` is the answer to the operation of [`Upstream::needs_base`].
    ///
    /// # Errors
    /// What of the call this upstream does not take, all faults at once; or the base is not understood.
    pub fn request(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<NativeRequest, Refused> {
        let Some(course) = self.course(call, base, worker)? else {
            let mut request = self.written(call, None, base, false, worker)?;
            let kept = self.uncleared(call, base, worker)?;
            let count = u32::try_from(kept.len()).unwrap_or(u32::MAX);
            request.lost = request.lost.saturating_add(count);
            request.losses.extend(kept);
            return Ok(request);
        };
        let Some(leg) = course.legs.first() else {
            let awaited = "a change of something that the upstream has a call for";
            return Err(Refused::one(CallerFault::new("missing-input", awaited)));
        };
        let request = self.step(call, leg.step, &[], base, worker)?;
        Ok(NativeRequest {
            losses: course.losses,
            lost: course.lost,
            ..request
        })
    }

    /// Writes the request of a call over a native document, whatever the operation does with one.
    ///
    /// # Errors
    /// Those of [`Upstream::request`].
    pub(crate) fn request_over(
        &self,
        call: &Call<'_>,
        document: &NativeAnswer<'_>,
        worker: &mut Worker,
    ) -> Result<NativeRequest, Refused> {
        self.written(call, None, Some(document), true, worker)
    }

    pub(super) fn written(
        &self,
        call: &Call<'_>,
        step: Option<usize>,
        base: Option<&NativeAnswer<'_>>,
        over: bool,
        worker: &mut Worker,
    ) -> Result<NativeRequest, Refused> {
        let operation = self.operation(call.operation).ok_or_else(not_offered)?;
        let reads = !over && operation.reads_current();
        let asks = reads || !over && kept::concerns(operation, call);
        let read = base.filter(|_| asks);
        let read = read.map(|base| self.current(operation, call, base, worker));
        let current = read.transpose()?.flatten();
        let (engine, limits) = (&mut worker.engine, &worker.limits);
        let body = parsed(call, &mut worker.body, limits)?;
        let current = current.as_deref();
        let there = current.and_then(|text| worker.current.parse(text, limits).ok());
        let now = there.filter(|_| reads);
        let mut facts = self.facts(call, body);
        facts.current = now;
        let mut found = Vec::new();
        fills::agree(operation, call, body, &mut found);
        self.judge_cuts(operation, body, base.filter(|_| !over), limits, &mut found);
        self.judge_moves(operation, &facts, &mut found);
        let step = step.and_then(|step| operation.steps.get(step));
        let among = step.map_or(0..operation.routes.len(), |step| step.routes.clone());
        let Some((index, route)) = chosen(operation, among.clone(), &facts) else {
            return refused_unrouted(operation, among, &facts, found);
        };
        let part = step.and_then(|step| Some(Part::of(step.of.as_ref()?, body)));
        // Of a part all is said.
        let whole = body.filter(|_| part.is_none());
        let stays = kept::stays(operation, route, whole, there, &mut found);
        let target = target::write(operation, route, call, &facts, &mut found);
        let headers = headers::write(self, operation, route, &facts, &mut found);
        let account = Account {
            operation,
            route,
            call,
            body,
            facts,
            current: now,
            part,
        };
        let under = base.filter(|_| over || operation.puts());
        let mut written = written_body(account, (under, base), engine, limits, &mut found)?;
        written.lose(stays);
        let (Some(target), true) = (target, found.is_empty()) else {
            return refused(&found);
        };
        let (losses, lost) = account.settle(written.losses, written.lost)?;
        Ok(NativeRequest {
            route: index,
            method: route.method.as_str(),
            target,
            headers,
            content_type: written.content_type,
            accept: self.awaited(operation, index),
            body: written.bytes,
            losses,
            lost,
            says_nothing: written.says_nothing,
        })
    }

    /// The media type of the first document among the answers to a route, else among those to any call.
    fn awaited(&self, operation: &Operation, route: RouteIndex) -> Option<Box<str>> {
        let mut cases = operation.cases(usize::from(route.0)).chain(&self.errors);
        cases.find_map(|case| match &case.body {
            AnswerBody::Document(body) => Some(body.media_type.clone()),
            AnswerBody::Unread | AnswerBody::None | AnswerBody::Ignored(_) => None,
        })
    }

    /// What places of a call name.
    pub(super) fn facts<'f>(&'f self, call: &'f Call<'_>, body: Option<TapeNode<'f>>) -> Facts<'f> {
        Facts {
            inputs: call.inputs,
            body,
            current: None,
            outcome: None,
            context: &call.context,
            qualifier: &self.qualifier,
        }
    }

    /// The route that a call takes, as far as its inputs say.
    pub(crate) fn route_of(&self, call: &Call<'_>) -> RouteIndex {
        let facts = self.facts(call, None);
        let operation = self.operation(call.operation);
        let found =
            operation.and_then(|operation| chosen(operation, 0..operation.routes.len(), &facts));
        found.map_or(RouteIndex(0), |(index, _)| index)
    }

    /// Tells whether a route is read as another operation's in the server role.
    pub(crate) fn is_same_call(&self, operation: OperationIndex, route: RouteIndex) -> bool {
        let route = self
            .operation(operation)
            .and_then(|operation| operation.routes.get(usize::from(route.0)));
        route.is_some_and(|route| route.same_call_as.is_some())
    }
}

fn refused_unrouted<T>(
    operation: &Operation,
    among: Range<usize>,
    facts: &Facts<'_>,
    mut found: Vec<CallerFault>,
) -> Result<T, Refused> {
    found.extend(unrouted::faults(operation, among, facts));
    refused(&found)
}

fn refused<T>(found: &[CallerFault]) -> Result<T, Refused> {
    Err(Refused::Faults(faults::distinct(found)))
}

/// Writes the body; of an update that keeps what it leaves out, without what its lists say again.
fn written_body(
    account: Account<'_>,
    (under, base): (Option<&NativeAnswer<'_>>, Option<&NativeAnswer<'_>>),
    engine: &mut Engine,
    limits: &Limits,
    found: &mut Vec<CallerFault>,
) -> Result<Written, Refused> {
    let Account {
        operation, call, ..
    } = account;
    let keeps = operation.kind == Kind::Update
        && !operation.puts()
        && under.is_none()
        && account.part.is_none();
    let route = account.route.body.as_ref().filter(|_| keeps);
    let lists = match (route, account.body) {
        (Some(route), Some(body)) => whole_lists::named(route, body),
        _ => Vec::new(),
    };
    let path = lists.first().and_then(|list| list.base.as_ref());
    let over = base.zip(path);
    let reduced = match (route, call.body, account.body.zip(account.current)) {
        (Some(route), Some(bytes), Some(both)) => {
            // What is written over the base is judged there, as far as it lies in items.
            merged::reduced(operation, route, bytes, both, over.is_none(), found)
        }
        _ => None,
    };
    if let (Some((base, path)), Some(body)) = (over, account.body) {
        let over = over_lists(account, (base, path), (body, &lists), engine, limits, found);
        return over;
    }
    let reduced = reduced.as_deref();
    let writing = Writing {
        account,
        under,
        reduced,
    };
    let mut written = writing.body(engine, limits, found)?;
    written.lose(whole_lists::unseen(&lists));
    Ok(written)
}

/// Writes the body of an update whose upstream replaces lists, with the base's own where the patch names them in part.
fn over_lists(
    account: Account<'_>,
    (base, path): (&NativeAnswer<'_>, &[Spellings]),
    (patch, lists): (TapeNode<'_>, &[&SharedList]),
    engine: &mut Engine,
    limits: &Limits,
    found: &mut Vec<CallerFault>,
) -> Result<Written, Refused> {
    let bytes = account.call.body.unwrap_or(b"{}");
    let (inside, outside) = whole_lists::divided(bytes, patch, lists);
    let partial = Writing {
        account,
        under: None,
        reduced: Some(&outside),
    };
    let partial = partial.body(engine, limits, found)?;
    let broken = |at| Refused::Base(faults::broken("upstream-malformed", at, base.status));
    let answer = media::utf8(base.body, base.content_type, Wire::Json);
    let answer = answer.map_err(|fault| broken(fault.at))?;
    let answer = std::str::from_utf8(&answer).map_err(|_| broken(0))?;
    let mut tape = Tape::default();
    let document = whole_lists::within(answer, path, &mut tape).ok_or_else(|| broken(0))?;
    let whole = Writing {
        account,
        under: Some(&NativeAnswer {
            body: document.as_bytes(),
            content_type: None,
            ..*base
        }),
        reduced: Some(&inside),
    };
    let whole = whole.body(engine, limits, found)?;
    if !found.is_empty() {
        return Ok(Written::default());
    }
    let joined = whole_lists::joined(partial, whole, lists);
    joined.ok_or_else(|| broken(0))
}

fn not_offered() -> Refused {
    let fault = CallerFault::new("not-offered", "an operation that the upstream has");
    Refused::one(fault)
}

/// The body, to be looked into.
fn parsed<'t>(
    call: &Call<'t>,
    tape: &'t mut Tape,
    limits: &Limits,
) -> Result<Option<TapeNode<'t>>, Refused> {
    let Some(body) = call.body else {
        return Ok(None);
    };
    let text = std::str::from_utf8(body).ok();
    let root = text.and_then(|text| tape.parse(text, limits).ok());
    match root {
        Some(root) => Ok(Some(root)),
        None => Err(Refused::one(CallerFault::new(
            "malformed",
            "a document of JSON",
        ))),
    }
}

/// The first route whose condition holds and whose path can be written.
pub(super) fn chosen<'o>(
    operation: &'o Operation,
    among: Range<usize>,
    facts: &Facts<'o>,
) -> Option<(RouteIndex, &'o Route)> {
    let fits = |route: &'o Route| {
        let held = route.when.as_ref().is_none_or(|when| facts.holds(when));
        held && !route.is_off
            && route
                .path
                .sources()
                .all(|source| !matches!(facts.text(source), Ok(None)))
    };
    let first = among.start;
    let index = operation
        .routes
        .get(among)?
        .iter()
        .position(fits)?
        .checked_add(first)?;
    Some((
        RouteIndex(u16::try_from(index).ok()?),
        operation.routes.get(index)?,
    ))
}
