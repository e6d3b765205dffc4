//! Reads an upstream's answer.

use std::borrow::Cow;

use super::call::Call;
use super::faults::{self, BrokenAnswer};
use super::left::Left;
use super::names::{self, Asked};
use super::outcome::{Answered, Outcome};
use super::parts::Part;
use super::problem::UpstreamProblem;
use super::request::RouteIndex;
use super::worker::Worker;
use super::{cut, fills, hollow, media, params, places, residue, unkeyed};
use crate::codec::json::tape::{Tape, TapeNode};
use crate::codec::{Fault, Limits};
use crate::engine::{
    CaptureFault, Direction, Engine, Failure, FaultCode, Incoming, Reading, Surroundings,
};
use crate::mapping::ast::Kind;
use crate::mapping::catalog::CanonicalAnswer;
use crate::mapping::compile::upstream::{
    Answer, AnswerBody, Body, Cond, Operation, Root, Route, Source, Upstream,
};
use crate::mapping::plan::Wire;

/// An answer as it came.
#[derive(Clone, Copy)]
pub struct NativeAnswer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names in any case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The media type of the body.
    pub content_type: Option<&'a str>,
    /// The body, without transfer and content codings.
    pub body: &'a [u8],
}

/// Why no case fitted so far; the first of a kind counts, and that the document is none before all else.
#[derive(Debug, Default)]
struct Misfit {
    invalid: Option<BrokenAnswer>,
    malformed: Option<BrokenAnswer>,
    content_type: bool,
    root: bool,
    /// The format that it was read as.
    wire: Option<Wire>,
}

/// What a case made of the body.
enum Read {
    /// A canonical document.
    Document(Root, Vec<u8>),
    /// There is nothing in it to read.
    Nothing,
}

// === impl Upstream ===

impl Upstream {
    /// Reads the answer to a call whose request [`Upstream::request`] made.
    #[must_use]
    pub fn answer(
        &self,
        call: &Call<'_>,
        route: RouteIndex,
        answer: &NativeAnswer<'_>,
        worker: &mut Worker,
    ) -> Answered {
        let unexpected = Answered::Broken(faults::broken("upstream-unexpected", 0, answer.status));
        let Some(operation) = self.operation(call.operation) else {
            return unexpected;
        };
        let Worker {
            engine,
            body: body_tape,
            result,
            limits,
            tells_places,
            tells_native,
            ..
        } = worker;
        let body = sent(call, body_tape, limits);
        let facts = self.facts(call, body);
        let concerned = |case: &&Answer| {
            let holds = case.when.as_ref().is_none_or(|when| facts.holds(when));
            case.is_for(answer.status) && holds
        };
        let cases = operation.cases(usize::from(route.0)).chain(&self.errors);
        let (case, read) = match found(
            cases.filter(concerned),
            call,
            answer,
            engine,
            (operation.kind, limits),
        ) {
            Ok(found) => found,
            Err(broken) => return Answered::Broken(broken),
        };
        let mut understood = Understood {
            names_made: names_made(operation, route, case),
            upstream: self,
            operation,
            case,
            call,
            answer,
            body,
            result,
            limits,
        };
        let mut answered = understood.meaning(read);
        match &mut answered {
            Answered::Outcome(outcome) => {
                let tells = (*tells_places, *tells_native);
                lost(outcome, case, answer, engine, tells);
                if !case.cuts.is_empty() {
                    outcome.warnings.extend(cut::warnings(case, answer, limits));
                }
            }
            Answered::Problem(problem) => {
                if case.names_fields().is_some()
                    && let Some(asked) = self.asked(operation, route, call, body)
                {
                    names::resolve(&mut problem.errors, &asked, engine, limits);
                }
            }
            Answered::Broken(_) => {}
        }
        answered
    }
}

impl Upstream {
    /// Tells whether there is a call that reads a resource of this type by its reference.
    fn reads_by_reference(&self, answer: &CanonicalAnswer) -> bool {
        let is_reference =
            |source: &Source| matches!(source, Source::Input(name) if **name == *"reference");
        let takes = |route: &Route| {
            let told = route.when.iter().flat_map(Cond::needs);
            !route.is_off && route.path.sources().chain(told).any(is_reference)
        };
        let mut operations = self.operations.iter().flatten();
        operations.any(|operation| {
            operation.kind == Kind::Get
                && operation.answer == *answer
                && operation.routes.iter().any(takes)
        })
    }

    /// What names of fields are looked for in.
    pub(super) fn asked<'a>(
        &'a self,
        operation: &'a Operation,
        route: RouteIndex,
        call: &'a Call<'a>,
        body: Option<TapeNode<'a>>,
    ) -> Option<Asked<'a>> {
        let index = usize::from(route.0);
        let part = operation.part_of(index);
        Some(Asked {
            operation,
            route: operation.routes.get(index)?,
            call,
            body,
            part: part.map(|place| Part::of(place, body)),
            headers: &self.headers,
        })
    }
}

/// The body of a call, to be looked into.
fn sent<'t>(call: &Call<'t>, tape: &'t mut Tape, limits: &Limits) -> Option<TapeNode<'t>> {
    let text = call.body.and_then(|body| std::str::from_utf8(body).ok());
    text.and_then(|text| tape.parse(text, limits).ok())
}

/// Tells whether an answer should hold the ids of what was made: that of the first request does, unless it is read again.
fn names_made(operation: &Operation, route: RouteIndex, case: &Answer) -> bool {
    let step = operation.step_of(usize::from(route.0));
    let is_first = step.is_none_or(|step| step.routes.start == 0);
    is_first && case.then.is_none() && !operation.made.is_empty()
}

/// The first case whose test the answer passes, and what it makes of the body. The document of a refusal that fits but
/// for some of its members is read without them before a case counts that reads none.
fn found<'c>(
    cases: impl Iterator<Item = &'c Answer>,
    call: &Call<'_>,
    answer: &NativeAnswer<'_>,
    engine: &mut Engine,
    (kind, limits): (Kind, &Limits),
) -> Result<(&'c Answer, Read), BrokenAnswer> {
    let mut misfit = Misfit::default();
    let mut passed: Vec<&Answer> = Vec::new();
    let forgiven = |passed: &[&'c Answer], engine: &mut Engine| {
        let way = (Reading::Lenient, kind, limits);
        let mut passed = passed.iter();
        passed.find_map(|case| {
            let read = read(case, call, answer, engine, way, &mut Misfit::default());
            Some((*case, read?.ok()?))
        })
    };
    for case in cases {
        let refuses = answer.status >= 400 && case.tells_problem();
        let way = (Reading::Whole, kind, limits);
        match read(case, call, answer, engine, way, &mut misfit) {
            Some(Ok(Read::Nothing)) if case.problem.is_some() => {
                return Ok(forgiven(&passed, engine).unwrap_or((case, Read::Nothing)));
            }
            Some(Ok(read)) => return Ok((case, read)),
            Some(Err(broken)) if !refuses => return Err(broken),
            unread => {
                if let Some(Err(broken)) = unread {
                    misfit.invalid.get_or_insert(broken);
                }
                passed.extend(refuses.then_some(case));
            }
        }
    }
    forgiven(&passed, engine).ok_or_else(|| misfit.verdict(answer, limits))
}

/// Tries a case on the body: `None` if it does not fit.
fn read(
    case: &Answer,
    call: &Call<'_>,
    answer: &NativeAnswer<'_>,
    engine: &mut Engine,
    (reading, kind, limits): (Reading, Kind, &Limits),
    misfit: &mut Misfit,
) -> Option<Result<Read, BrokenAnswer>> {
    // A problem under the status of a success is no resource, whatever it looks like.
    if !case.tells_problem() && !answer.body.is_empty() && media::is_problem(answer.content_type) {
        misfit.content_type = true;
        return None;
    }
    let body = match &case.body {
        AnswerBody::Unread => return Some(Ok(Read::Nothing)),
        AnswerBody::None => return answer.body.is_empty().then_some(Ok(Read::Nothing)),
        AnswerBody::Ignored(_) if answer.body.is_empty() => return Some(Ok(Read::Nothing)),
        AnswerBody::Ignored(wire) => {
            let document = misfit.document(answer, *wire)?;
            let read = media::read(&document, *wire, limits);
            let read = read.map_err(|fault| misfit.is_malformed(&fault, answer.status));
            return read.ok().map(|()| Ok(Read::Nothing));
        }
        AnswerBody::Document(body) => body,
    };
    let wire = body.plan.native.wire;
    let document = misfit.document(answer, wire)?;
    let facts = call.context.facts();
    let status = answer.status.to_string();
    let around = Surroundings {
        given: &[Some(status.as_bytes())],
        call: &facts,
    };
    let mut out = Vec::new();
    match engine.translate(
        &body.plan,
        Direction::ToCanonical,
        Incoming::Text(&document),
        reading,
        limits,
        around,
        &mut out,
    ) {
        Ok(()) => {
            if out.is_empty() {
                out.extend_from_slice(b"{}");
            }
            if !case.tells_problem()
                && hollow::is(&document, &body.plan.native, (&out, kind), limits)
            {
                misfit.root = true;
                return None;
            }
            Some(Ok(Read::Document(body.root, out)))
        }
        Err(failure) => misfit.judge(&failure, body, answer.status).map(Err),
    }
}

/// Counts what of the answer is not in the outcome.
fn lost(
    outcome: &mut Outcome,
    case: &Answer,
    answer: &NativeAnswer<'_>,
    engine: &Engine,
    (tells_places, tells_native): (bool, bool),
) {
    let AnswerBody::Document(body) = &case.body else {
        return;
    };
    let (losses, count) = engine.losses();
    (outcome.lost, outcome.invalid) = (count, engine.invalid());
    if !tells_places {
        outcome.left = Left::of(losses, &body.plan);
    }
    if !(tells_places || tells_native) || losses.is_empty() {
        return;
    }
    let wire = body.plan.native.wire;
    let document = media::utf8(answer.body, answer.content_type, wire).unwrap_or_default();
    if tells_places {
        outcome.losses = places::of_losses(losses, &document, wire, 0);
    }
    if tells_native {
        outcome.native = residue::of(losses, &document, &body.plan.native);
    }
}

// === impl Misfit ===

impl Misfit {
    /// The document of an answer in UTF-8, if the answer says that it is one of the format.
    fn document<'b>(&mut self, answer: &NativeAnswer<'b>, wire: Wire) -> Option<Cow<'b, [u8]>> {
        if !media::fits(answer.content_type, wire) {
            self.content_type = true;
            return None;
        }
        self.wire = Some(wire);
        match media::utf8(answer.body, answer.content_type, wire) {
            Ok(document) => Some(document),
            Err(fault) => {
                self.is_malformed(&fault, answer.status);
                None
            }
        }
    }

    fn is_malformed(&mut self, fault: &Fault, status: u16) {
        self.malformed.get_or_insert(BrokenAnswer {
            expected: Some(fault.what),
            ..faults::broken("upstream-malformed", fault.at, status)
        });
    }

    /// Keeps why a case did not fit; gives a fault that ends the search, for the shape fitted and a value did not.
    fn judge(&mut self, failure: &Failure, body: &Body, status: u16) -> Option<BrokenAnswer> {
        let broken = faults::of_answer(failure, &body.plan, status);
        match failure {
            Failure::Faults(_) => return Some(broken),
            Failure::Input(CaptureFault::Shape(fault))
            | Failure::Base(CaptureFault::Shape(fault))
                if fault.code == FaultCode::WrongKind && fault.node == 0 =>
            {
                self.root = true;
            }
            Failure::Input(_) | Failure::Base(_) if broken.code == "upstream-malformed" => {
                self.malformed.get_or_insert(broken);
            }
            Failure::Input(_) | Failure::Base(_) => {
                self.invalid.get_or_insert(broken);
            }
        }
        None
    }

    /// Why no case fitted. Whoever read the document stopped at what did not fit: only the whole of it tells whether it
    /// is one at all.
    fn verdict(mut self, answer: &NativeAnswer<'_>, limits: &Limits) -> BrokenAnswer {
        let status = answer.status;
        if let Some(wire) = self.wire.filter(|_| self.malformed.is_none())
            && let Some(document) = self.document(answer, wire)
            && let Err(fault) = media::read(&document, wire, limits)
        {
            self.is_malformed(&fault, status);
        }
        let content_type = self.content_type && !self.root;
        self.malformed.or(self.invalid).unwrap_or_else(|| {
            faults::broken(
                if content_type {
                    "upstream-content-type"
                } else {
                    "upstream-unexpected"
                },
                0,
                status,
            )
        })
    }
}

/// An answer whose case is found.
struct Understood<'u> {
    /// Whether it should hold the ids of what was made.
    names_made: bool,
    upstream: &'u Upstream,
    operation: &'u Operation,
    case: &'u Answer,
    call: &'u Call<'u>,
    answer: &'u NativeAnswer<'u>,
    body: Option<TapeNode<'u>>,
    result: &'u mut Tape,
    limits: &'u Limits,
}

impl Understood<'_> {
    fn meaning(&mut self, read: Read) -> Answered {
        let document = match read {
            Read::Document(Root::Problem, document) => return self.problem(Some(&document)),
            _ if self.case.problem.is_some() => return self.problem(None),
            Read::Document(root, document) => Some((root, document)),
            Read::Nothing => None,
        };
        let mut outcome = Outcome::default();
        match document {
            Some((Root::Outcome, document)) => {
                let read = std::str::from_utf8(&document)
                    .ok()
                    .and_then(|text| Some((text, self.result.parse(text, self.limits).ok()?)));
                match read {
                    Some((text, envelope)) => outcome.take(envelope, text),
                    None => return self.unread(),
                }
            }
            Some((_, document)) => outcome.body = Some(document),
            None => {}
        }
        self.headers(|place, value| outcome.set(place, value));
        if self.case.then.is_none()
            || outcome.body.is_some()
            || matches!(self.operation.answer, CanonicalAnswer::None)
        {
            outcome.shape(self.operation);
        }
        if self.complete(&mut outcome) {
            Answered::Outcome(Box::new(outcome))
        } else {
            self.unread()
        }
    }

    /// What was made of the answer does not read, such as one that is longer than any document may be: nothing of it
    /// is known then, least of all that it says nothing.
    fn unread(&self) -> Answered {
        Answered::Broken(BrokenAnswer {
            expected: Some("a document that can be read once it is translated"),
            ..faults::broken("upstream-invalid", 0, self.answer.status)
        })
    }

    /// Fills members that repeat inputs, finds the id, the next page and what is to be read next; false if the body
    /// does not read.
    fn complete(&mut self, outcome: &mut Outcome) -> bool {
        let Self {
            operation,
            call,
            upstream,
            ..
        } = *self;
        let qualifier = &*upstream.qualifier;
        let then = self.case.then.and_then(|then| upstream.operation(then));
        let filled = !outcome.is_list && !operation.fills.is_empty();
        let looked_at = outcome.is_list
            || filled
            || then.is_some()
            || operation.kind == Kind::Create
            || self.names_made;
        let mut body = outcome.body.take();
        let seen = body.as_deref().filter(|_| looked_at);
        let root = seen
            .and_then(|body| std::str::from_utf8(body).ok())
            .and_then(|text| self.result.parse(text, self.limits).ok());
        if seen.is_some() && root.is_none() {
            return false;
        }
        if outcome.is_list {
            let items: Vec<_> = root.into_iter().flat_map(TapeNode::items).collect();
            outcome.turn(operation, call, self.body, &items, qualifier);
        } else {
            outcome.id = root
                .and_then(|root| root.get("id")?.as_str())
                .map(str::to_owned);
        }
        if self.names_made {
            let told = unkeyed::warnings(&operation.made, self.body, root);
            outcome.warnings.extend(told);
        }
        if operation.kind == Kind::Create && upstream.reads_by_reference(&operation.answer) {
            let mut documents = root.into_iter().chain(self.body);
            outcome.reference = documents
                .find_map(|document| document.get("reference")?.as_str())
                .filter(|reference| !reference.is_empty())
                .map(|reference| [qualifier, "ref:", reference].concat());
        }
        if let Some(then) = then {
            outcome.follow(then, call, root, qualifier);
        }
        let missing = match root.filter(|_| filled) {
            Some(root) => fills::missing(operation, root, |input| call.input(input)),
            None => Vec::new(),
        };
        if let Some(body) = &mut body {
            fills::fill(body, &missing);
        }
        outcome.body = body;
        true
    }

    fn problem(&mut self, document: Option<&[u8]>) -> Answered {
        let mut problem = UpstreamProblem {
            code: self.case.problem.as_deref().unwrap_or_default().to_owned(),
            upstream_status: self.answer.status,
            ..UpstreamProblem::default()
        };
        if let Some(text) = document.and_then(|document| std::str::from_utf8(document).ok())
            && let Ok(root) = self.result.parse(text, self.limits)
        {
            problem.take(root);
        }
        if problem.code.is_empty() {
            "upstream-error".clone_into(&mut problem.code);
        }
        self.headers(|place, value| match place {
            "correlationId" => problem.correlation_id = Some(value),
            "retryAfter" => problem.retry_after = Some(value),
            _ => {}
        });
        Answered::Problem(Box::new(problem))
    }

    /// Reads the header rules of the case and those of every answer; a value that does not convert counts as absent.
    fn headers(&self, mut set: impl FnMut(&str, String)) {
        let header = |name: &str| {
            let found = self
                .answer
                .headers
                .iter()
                .find(|(other, _)| other.eq_ignore_ascii_case(name));
            found.map(|(_, value)| std::borrow::Cow::Borrowed(*value))
        };
        for param in self
            .upstream
            .answer_headers
            .iter()
            .chain(&self.case.headers)
        {
            let Ok(Some(texts)) = params::read(param, header, &self.call.context.facts()) else {
                continue;
            };
            for (source, text) in param.sources.iter().zip(texts) {
                if let (Source::Outcome(place), Some(text)) = (source, text)
                    && let Ok(text) = String::from_utf8(text)
                {
                    set(&place.text, text);
                }
            }
        }
    }
}
