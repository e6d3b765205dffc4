//! A sandbox without its port: native requests in, native answers out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::act::{self, Asked, World};
use super::entries::Whole;
use super::keeper::Keeper;
use super::once::{Known, Once};
use super::partial::Partial;
use super::problem::{self, Blamed, Problem, Words};
use super::residue::Document;
use super::store::Store;
use super::types::Target;
use super::value::Value;
use super::{load, place, settings};
use crate::diag::{Code, Report};
use crate::engine::Engine;
use crate::engine::exchange::{
    Accepted, Flaw, NativeResponse, NotAccepted, ReceivedRequest, ServerOutcome, ServerProblem,
    Signable, Worker,
};
use crate::mapping::ast::{self, Absent, Effect, Kind, Lists};
use crate::mapping::catalog::{CanonicalOperation, Catalog, MappingSet, OperationIndex};
use crate::mapping::compile::upstream::{AnswerBody, Operation, Upstream};
use crate::mapping::syntax::Step;

/// An upstream's own dialect, spoken by its mapping over a store in memory.
#[derive(Debug)]
pub struct Dialect {
    catalog: Arc<Catalog>,
    upstream: Upstream,
    documents: BTreeMap<Box<str>, Document>,
    store: Store,
    /// What was done under keys.
    once: Once,
    worker: Worker,
    engine: Engine,
    /// The path of the base URL, which stands in front of every call.
    prefix: String,
    /// When it began: tokens of an earlier one are not known.
    start: i64,
}

// === impl Dialect ===

impl Dialect {
    /// Compiles a mapping under the settings of its `sandbox.yaml` and reads the records. `address` is where it will
    /// listen (`http://127.0.0.1:8101`), `now` the time in milliseconds since 1970.
    ///
    /// # Errors
    /// The faults of the mapping; or a record is not what its mapping reads.
    pub fn new(
        catalog: Arc<Catalog>,
        mapping: &str,
        address: &str,
        now: i64,
    ) -> Result<Self, Report> {
        let empty = MappingSet::default();
        let set = catalog.mappings.get(mapping).unwrap_or(&empty);
        let settings = settings::settings(set, address);
        let auth = set
            .sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.auth.as_ref());
        let upstream = Upstream::compile(&catalog, mapping, mapping, &settings, auth)?;
        let mut report = Report::new();
        let loaded = load::load(&catalog, set, &upstream, &settings, now, &mut report);
        if report.has_errors() {
            return Err(report);
        }
        let behind_scheme = upstream
            .base_url
            .split_once("://")
            .map_or("", |(_, rest)| rest);
        let prefix = behind_scheme
            .find('/')
            .and_then(|at| behind_scheme.get(at..))
            .unwrap_or_default()
            .to_owned();
        Ok(Self {
            documents: loaded.documents,
            store: loaded.store,
            once: Once::default(),
            worker: Worker::default(),
            engine: Engine::default(),
            prefix,
            start: now,
            upstream,
            catalog,
        })
    }

    /// The base URL under which the gateway calls it.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.upstream.base_url
    }

    /// Answers a request. `now` is the time in milliseconds since 1970.
    pub fn answer(&mut self, request: &ReceivedRequest<'_>, now: i64) -> NativeResponse {
        let Some(target) = request.target.strip_prefix(&self.prefix) else {
            return bare(404);
        };
        let message = signable(request);
        let request = ReceivedRequest { target, ..*request };
        if let Some(issued) = self.upstream.issue(&request, now, self.start) {
            return issued;
        }
        if !self.upstream.verify(&message, now, self.start) {
            return self.refuse(&NotAccepted::Unauthenticated, self.upstream.meant(&request));
        }
        match self.upstream.accept(&request, &mut self.worker) {
            Ok(accepted) => self.once(&accepted, &request, now),
            Err(refused) => self.refuse(&refused, self.upstream.meant(&request)),
        }
    }

    /// Does a call once, however often it comes under its key. What was refused did nothing, and may be tried again.
    fn once(
        &mut self,
        accepted: &Accepted,
        request: &ReceivedRequest<'_>,
        now: i64,
    ) -> NativeResponse {
        let repeatable = self.upstream.repeatable(accepted, request);
        match repeatable.as_ref().map(|call| self.once.known(call)) {
            None | Some(Known::Nothing) => {}
            Some(Known::Done(response)) => return response,
            Some(Known::Another) => {
                let blamed = Blamed {
                    name: None,
                    message: "The key belongs to another call".to_owned(),
                    is_of_whole: false,
                };
                let conflict = told(Problem::CONFLICT);
                return self.problem(accepted, conflict, Some(&blamed));
            }
        }
        let response = self.call(accepted, request.body, now);
        if let Some(call) = repeatable.filter(|_| response.status < 400) {
            self.once.keep(call, &response);
        }
        response
    }

    fn call(&mut self, accepted: &Accepted, native: &[u8], now: i64) -> NativeResponse {
        let catalog = Arc::clone(&self.catalog);
        match self.attempt(accepted, native, now, &catalog) {
            Ok((response, store)) => {
                self.store = store;
                response
            }
            // What was done is dropped with the copy of the store.
            Err(problem) => self.problem(accepted, told(problem), None),
        }
    }

    /// Does a call to a copy of the store and writes its answer.
    fn attempt<'c>(
        &mut self,
        accepted: &Accepted,
        native: &[u8],
        now: i64,
        catalog: &'c Catalog,
    ) -> Result<(NativeResponse, Store), Problem<'c>> {
        let index = accepted.operation;
        let known = catalog.at(index).zip(self.upstream.served(accepted));
        let (operation, served) = known.ok_or(Problem::NOT_FOUND)?;
        let set = catalog.mappings.get(&*self.upstream.mapping);
        let keeps = served.absent == Some(Absent::Keeps);
        let said = set.and_then(|set| Said::of(set, served, operation, accepted));
        let partial = set.filter(|_| keeps).zip(said);
        let partial =
            partial.and_then(|(set, said)| Partial::new(catalog, set, said.merges, said.route));
        let world = World {
            catalog,
            upstream: &self.upstream,
            mappings: set.map_or(&[], |set| &set.mappings),
            lines: lines(set, &operation.id),
        };
        let mut store = self.store.clone();
        let route = served.routes.get(usize::from(accepted.route.0));
        let body = route.and_then(|route| route.body.as_ref());
        let merges = said.is_some_and(|said| said.merges);
        let whole = body.filter(|_| !merges);
        let asked = Asked {
            partial,
            whole: whole.map_or_else(Whole::default, |body| Whole::of(&body.body.plan, keeps)),
            part: said.and_then(|said| said.part),
            wants_one: operation.kind == Kind::Search
                && self.upstream.declares(accepted, Problem::AMBIGUOUS.code),
            ..asked(accepted, operation, served, now)
        };
        let mut done = act::act(&asked, &world, &mut store)?;
        let keeper = Keeper {
            documents: &self.documents,
            target: Target::of(operation, catalog),
            mappings: world.mappings,
            shapes: &catalog.canonical,
        };
        let writes = matches!(operation.kind, Kind::Create | Kind::Replace | Kind::Update);
        // A partial document says nothing of the rest.
        if let Some(body) = body.filter(|_| writes && !keeps) {
            keeper.keep(body, native, &mut done, &mut store, &mut self.engine);
        }
        let made = set.and_then(|set| set.sandbox.as_ref());
        if let (Kind::Create, Some(sandbox)) = (operation.kind, made) {
            keeper.begin(&sandbox.made, &mut done, &mut store, &mut self.engine);
        }
        let case = done
            .case
            .as_ref()
            .and_then(|name| case_of(set, &operation.id, name));
        let (worker, engine) = (&mut self.worker, &mut self.engine);
        let written = match case {
            Some(document) => Some(recorded(served, set, document)),
            None => keeper.respond(&self.upstream, accepted, &done, worker, engine),
        };
        // A search whose answer is of one is not answered with none.
        let is_nobody = done.items.as_ref().is_some_and(Vec::is_empty);
        let unanswerable = if is_nobody {
            Problem::NOT_FOUND
        } else {
            Problem::UPSTREAM_ERROR
        };
        Ok((written.ok_or(unanswerable)?, store))
    }

    /// A request that is no call: by the upstream's own errors where they can say it.
    fn refuse(&mut self, refused: &NotAccepted, meant: Option<OperationIndex>) -> NativeResponse {
        let (status, code) = match refused {
            NotAccepted::UnknownPath => (404, "not-found"),
            NotAccepted::UnknownMethod(methods) => {
                let mut response = bare(405);
                let allow = methods.join(", ").into_bytes();
                response.headers.push(("allow".into(), allow));
                return response;
            }
            NotAccepted::Unauthenticated => (401, "upstream-auth"),
            NotAccepted::Value { .. } => (400, "invalid-input"),
            NotAccepted::Body(broken) if broken.code == "upstream-content-type" => {
                (415, "unsupported-media-type")
            }
            NotAccepted::Body(_) => (400, "invalid-input"),
        };
        let Some(operation) = meant.or_else(|| self.upstream.offered().next()) else {
            return bare(status);
        };
        let accepted = Accepted {
            operation,
            ..Accepted::default()
        };
        let problem = ServerProblem {
            code,
            status,
            document: None,
        };
        self.problem(&accepted, problem, blamed(refused).as_ref())
    }

    /// Answers a problem in the words that a worked case has for it, else in plain ones; what is said to be blamed goes
    /// before a case's own, which is of its request.
    fn problem(
        &mut self,
        accepted: &Accepted,
        problem: ServerProblem<'_>,
        blamed: Option<&Blamed>,
    ) -> NativeResponse {
        let set = self.catalog.mappings.get(&*self.upstream.mapping);
        let operation = self.catalog.at(accepted.operation);
        let operation = operation.map_or("", |operation| &operation.id);
        let Words {
            mut said,
            is_of_whole,
        } = problem::words(set, operation, problem.code);
        let blamed = blamed.filter(|blamed| !(blamed.is_of_whole && is_of_whole));
        if let Some(blamed) = blamed {
            said.set("message", Value::Text(blamed.message.clone()));
        }
        let message = said.text_of("message").unwrap_or_default().as_bytes();
        let mut write = |document: Option<&[u8]>| {
            let outcome = ServerOutcome {
                problem: Some(ServerProblem {
                    document,
                    ..problem
                }),
                ..ServerOutcome::default()
            };
            let response = self
                .upstream
                .respond(accepted, &outcome, None, &mut self.worker);
            response.unwrap_or_else(|_| bare(problem.status))
        };
        let tells = |said: &NativeResponse| {
            !message.is_empty() && said.body.windows(message.len()).any(|part| part == message)
        };
        // Some documents have words of the whole, some of their errors alone, some none.
        let mut best = None;
        for error in [false, true] {
            let document = problem::document(problem.code, &said, blamed, error);
            let written = write(Some(&document));
            if tells(&written) && (error || blamed.is_none()) {
                return written;
            }
            best = best.or_else(|| (!written.body.is_empty()).then_some(written));
        }
        best.unwrap_or_else(|| write(None))
    }
}

/// A refusal of the store as it is answered.
fn told(problem: Problem<'_>) -> ServerProblem<'_> {
    ServerProblem {
        code: problem.code,
        status: problem.status(),
        document: None,
    }
}

/// What can be named of what is wrong with a request.
fn blamed(refused: &NotAccepted) -> Option<Blamed> {
    match refused {
        NotAccepted::Value {
            name, is_missing, ..
        } => {
            let fault = if *is_missing { "required" } else { "not valid" };
            Some(Blamed {
                name: Some(name.clone()),
                message: format!("{name} is {fault}"),
                is_of_whole: false,
            })
        }
        NotAccepted::Body(broken) => {
            let name = broken.place.clone();
            let message = match (broken.code, &name) {
                ("upstream-malformed", _) => "The body is not well-formed".to_owned(),
                ("upstream-content-type", _) => "The body is in another format".to_owned(),
                (_, Some(name)) if broken.flaw == Flaw::Missing => format!("{name} is required"),
                (_, Some(name)) => format!("{name} is not valid"),
                (_, None) => "The body is not what this call takes".to_owned(),
            };
            Some(Blamed {
                name,
                message,
                is_of_whole: true,
            })
        }
        _ => None,
    }
}

/// The request as it was received, for what vouches for it.
fn signable<'r>(request: &ReceivedRequest<'r>) -> Signable<'r> {
    let mut headers = request.headers.iter();
    let host = headers.find(|(name, _)| name.eq_ignore_ascii_case("host"));
    Signable {
        method: request.method,
        host: host.map_or("", |(_, host)| std::str::from_utf8(host).unwrap_or("")),
        target: request.target,
        headers: request.headers,
        body: request.body,
    }
}

/// What the file of the upstream says of the request that was accepted.
#[derive(Debug, Clone, Copy)]
struct Said<'c> {
    route: &'c ast::Route,
    /// Members of lists that a request leaves out stay.
    merges: bool,
    /// The part of the resource that a call is about.
    part: Option<&'c [Step]>,
}

impl<'c> Said<'c> {
    fn of(
        set: &'c MappingSet,
        served: &Operation,
        operation: &CanonicalOperation,
        accepted: &Accepted,
    ) -> Option<Self> {
        let file = set.upstream.as_ref()?;
        let index = usize::from(accepted.route.0);
        let step = served.step_of(index);
        if let (Some(_), Some(step)) = (accepted.alone, step) {
            let mut calls = file.calls.iter();
            let call = calls.find(|call| *call.name.value == *step.id)?;
            return Some(Self {
                route: call.value.routes.get(index)?,
                merges: false,
                part: call.value.of.as_ref().map(place::below),
            });
        }
        let mut named = file.operations.iter();
        let said = &named
            .find(|named| *named.name.value == *operation.id)?
            .value;
        let route = match step {
            Some(step) => {
                let mut steps = said.steps.iter();
                let of_step = steps.find(|said| *said.id.value == *step.id)?;
                of_step.routes.get(index.checked_sub(step.routes.start)?)?
            }
            None => said.routes.get(index)?,
        };
        let lists = said.lists.as_ref();
        Some(Self {
            route,
            merges: lists.is_some_and(|lists| lists.value == Lists::Merged),
            part: None,
        })
    }
}

fn asked<'a>(
    accepted: &'a Accepted,
    operation: &'a CanonicalOperation,
    served: &'a Operation,
    now: i64,
) -> Asked<'a> {
    Asked {
        operation,
        served,
        inputs: &accepted.inputs,
        body: accepted.body.as_deref().and_then(Value::parse),
        limit: accepted.limit,
        cursor: accepted.cursor.as_deref(),
        if_match: accepted.context.if_match.as_deref(),
        request_id: accepted.context.request_id.as_deref(),
        caller_kind: accepted.context.caller_kind.as_deref(),
        caller_id: accepted.context.caller_id.as_deref(),
        partial: None,
        whole: Whole::default(),
        part: None,
        wants_one: false,
        now,
    }
}

fn bare(status: u16) -> NativeResponse {
    NativeResponse {
        status,
        ..NativeResponse::default()
    }
}

fn lines<'c>(set: Option<&'c MappingSet>, operation: &str) -> &'c [Effect] {
    let effects = set
        .and_then(|set| set.sandbox.as_ref())
        .map(|sandbox| &sandbox.effects);
    let found =
        effects.and_then(|effects| effects.iter().find(|named| named.name.value == operation));
    found.map_or(&[], |named| &named.value)
}

/// Finds what is wrong with the records of a mapping's sandbox; none if it has no sandbox.
#[must_use]
pub fn faults(catalog: &Catalog, mapping: &str) -> Report {
    let mut report = Report::new();
    let Some(set) = catalog.mappings.get(mapping) else {
        return report;
    };
    let Some(sandbox) = &set.sandbox else {
        return report;
    };
    let settings = settings::settings(set, "http://127.0.0.1");
    match Upstream::compile(catalog, mapping, mapping, &settings, sandbox.auth.as_ref()) {
        Ok(upstream) => {
            load::load(catalog, set, &upstream, &settings, 0, &mut report);
        }
        // A setting that the sandbox does not give is asked for where it is started.
        Err(found) => report.extend(
            found
                .iter()
                .filter(|fault| fault.code != Code::C004)
                .cloned(),
        ),
    }
    report
}

/// The native document of a case of an operation.
fn case_of<'c>(set: Option<&'c MappingSet>, operation: &str, name: &str) -> Option<&'c [u8]> {
    let cases = set?.cases.iter();
    let mut named =
        cases.filter(|case| case.name == name && case.file.operation.value == operation);
    named.next()?.native()
}

/// A document as it was recorded, with the status of the operation's first answer that has a document.
fn recorded(served: &Operation, set: Option<&MappingSet>, document: &[u8]) -> NativeResponse {
    let mut of_document = served
        .all_cases()
        .filter(|case| case.problem.is_none() && matches!(case.body, AnswerBody::Document(_)));
    let media = set.and_then(|set| set.upstream.as_ref()?.media_type.as_ref());
    NativeResponse {
        status: of_document.next().map_or(200, |case| case.status()),
        headers: Vec::new(),
        content_type: Some(
            media
                .map_or("application/json", |media| &media.value)
                .into(),
        ),
        body: document.to_vec(),
        losses: Vec::new(),
    }
}
