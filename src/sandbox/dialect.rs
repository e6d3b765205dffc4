//! A sandbox without its port: native requests in, native answers out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::act::{self, Asked, Done, World};
use super::problem::Problem;
use super::residue::{self, Document, Residue};
use super::store::{Record, Store};
use super::types::Target;
use super::value::Value;
use super::{load, settings};
use crate::diag::Report;
use crate::engine::Engine;
use crate::engine::exchange::{
    Accepted, NativeResponse, NotAccepted, ReceivedRequest, ServerOutcome, ServerProblem, Warning,
    Worker,
};
use crate::mapping::ast::{Effect, Kind};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::upstream::{AnswerBody, RouteBody, Upstream};

/// An upstream's own dialect, spoken by its mapping over a store in memory.
#[derive(Debug)]
pub struct Dialect {
    catalog: Arc<Catalog>,
    upstream: Upstream,
    documents: BTreeMap<Box<str>, Document>,
    store: Store,
    worker: Worker,
    engine: Engine,
    /// The path of the base URL, which stands in front of every call.
    prefix: String,
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
            worker: Worker::default(),
            engine: Engine::default(),
            prefix,
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
        let request = ReceivedRequest { target, ..*request };
        match self.upstream.accept(&request, &mut self.worker) {
            Ok(accepted) => self.call(&accepted, request.body, now),
            Err(refused) => self.refuse(&refused),
        }
    }

    fn call(&mut self, accepted: &Accepted, native: &[u8], now: i64) -> NativeResponse {
        let (Some(operation), Some(served)) = (
            self.catalog.at(accepted.operation),
            self.upstream.operation(accepted.operation),
        ) else {
            return bare(404);
        };
        let set = self.catalog.mappings.get(&*self.upstream.mapping);
        let world = World {
            catalog: &self.catalog,
            upstream: &self.upstream,
            mappings: set.map_or(&[], |set| &set.mappings),
            lines: lines(set, &operation.id),
        };
        let asked = Asked {
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
            now,
        };
        let mut store = self.store.clone();
        let done = match act::act(&asked, &world, &mut store) {
            Ok(done) => done,
            Err(problem) => return problem_of(&self.upstream, accepted, problem, &mut self.worker),
        };
        let target = Target::of(operation, &self.catalog);
        let body = served
            .routes
            .get(usize::from(accepted.route.0))
            .and_then(|route| route.body.as_ref());
        let keeper = Keeper {
            documents: &self.documents,
            target,
        };
        let mut done = done;
        if let (Some(body), Kind::Create | Kind::Replace | Kind::Update) = (body, operation.kind) {
            keeper.keep(
                body,
                native,
                served.absent,
                &mut done,
                &mut store,
                &mut self.engine,
            );
        }
        let case = done
            .case
            .as_ref()
            .and_then(|name| case_of(set, &operation.id, name));
        if let Some(document) = case {
            self.store = store;
            return recorded(served, set, document);
        }
        let written = keeper.respond(
            &self.upstream,
            accepted,
            &done,
            &mut self.worker,
            &mut self.engine,
        );
        match written {
            Some(response) => {
                self.store = store;
                response
            }
            None => problem_of(
                &self.upstream,
                accepted,
                Problem {
                    code: "upstream-error",
                },
                &mut self.worker,
            ),
        }
    }

    /// A request that is no call: by the upstream's own errors where they can say it.
    fn refuse(&mut self, refused: &NotAccepted) -> NativeResponse {
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
        let Some(operation) = self.upstream.offered().next() else {
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
        written_problem(&self.upstream, &accepted, problem, &mut self.worker)
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

/// The native document of a case of an operation.
fn case_of<'c>(set: Option<&'c MappingSet>, operation: &str, name: &str) -> Option<&'c [u8]> {
    let cases = set?.cases.iter();
    let mut named =
        cases.filter(|case| case.name == name && case.file.operation.value == operation);
    named.next()?.native()
}

/// A document as it was recorded, with the status of the operation's first answer that has a document.
fn recorded(
    served: &crate::mapping::compile::upstream::Operation,
    set: Option<&MappingSet>,
    document: &[u8],
) -> NativeResponse {
    let cases = served
        .routes
        .iter()
        .flat_map(|route| &route.answers)
        .chain(&served.answers);
    let mut of_document =
        cases.filter(|case| case.problem.is_none() && matches!(case.body, AnswerBody::Document(_)));
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
    }
}

fn problem_of(
    upstream: &Upstream,
    accepted: &Accepted,
    problem: Problem<'_>,
    worker: &mut Worker,
) -> NativeResponse {
    let problem = ServerProblem {
        code: problem.code,
        status: problem.status(),
        document: None,
    };
    written_problem(upstream, accepted, problem, worker)
}

fn written_problem(
    upstream: &Upstream,
    accepted: &Accepted,
    problem: ServerProblem<'_>,
    worker: &mut Worker,
) -> NativeResponse {
    let outcome = ServerOutcome {
        problem: Some(problem),
        ..ServerOutcome::default()
    };
    let response = upstream.respond(accepted, &outcome, None, worker);
    response.unwrap_or_else(|_| bare(problem.status))
}

/// Writes answers over what no rule carries, and keeps that of requests.
struct Keeper<'k> {
    documents: &'k BTreeMap<Box<str>, Document>,
    target: Target<'k>,
}

impl Keeper<'_> {
    /// Keeps what a request holds beside what rules carry. A partial document says nothing of the rest.
    fn keep(
        &self,
        body: &RouteBody,
        native: &[u8],
        absent: Option<crate::mapping::ast::Absent>,
        done: &mut Done,
        store: &mut Store,
        engine: &mut Engine,
    ) {
        let whole = absent != Some(crate::mapping::ast::Absent::Keeps);
        let mapping = &body.body.plan.mapping;
        let (Some(record), Some(document), true) =
            (&done.record, self.documents.get(mapping), whole)
        else {
            return;
        };
        let Some(kept) = document.keep(native, engine) else {
            return;
        };
        let residue = match self.target {
            Target::Part { .. } => self.grafted(record, body, &kept, engine),
            Target::Record(_) | Target::Child { .. } => Some(kept),
        };
        if let Some(residue) = residue {
            let mut new = (**record).clone();
            new.residue = Some(Arc::new(residue));
            done.record = store.refresh(record, new);
        }
    }

    /// The parent's document with the part in its place.
    fn grafted(
        &self,
        record: &Record,
        body: &RouteBody,
        part: &Residue,
        engine: &mut Engine,
    ) -> Option<Residue> {
        let whole = record.residue.as_ref()?;
        let name = body.body.plan.native.root_name.bytes();
        let bytes = residue::with_child(&whole.bytes, name, &part.bytes)?;
        self.documents.get(&whole.mapping)?.keep(&bytes, engine)
    }

    /// Writes the answer; `None` if no case of the operation can.
    fn respond(
        &self,
        upstream: &Upstream,
        accepted: &Accepted,
        done: &Done,
        worker: &mut Worker,
        engine: &mut Engine,
    ) -> Option<NativeResponse> {
        let warnings: Vec<Warning> = done.warnings.iter().map(|text| warning(text)).collect();
        let items = done
            .items
            .as_ref()
            .map(|items| Value::List(items.clone()).bytes());
        let etag = done.record.as_ref().map(|record| record.etag());
        let resource = done.resource.as_ref().map(Value::bytes);
        let outcome = ServerOutcome {
            resource: resource.as_deref(),
            items: items.as_deref(),
            warnings: &warnings,
            page: done.page.as_ref(),
            etag: etag.as_deref(),
            correlation_id: accepted.context.request_id.as_deref(),
            problem: None,
        };
        if warnings.is_empty()
            && let Some((base, patch)) = self.base(upstream, accepted, done, engine)
        {
            let over = ServerOutcome {
                resource: Some(&patch),
                ..outcome
            };
            if let Ok(response) = upstream.respond(accepted, &over, Some(&base), worker) {
                return Some(response);
            }
        }
        upstream.respond(accepted, &outcome, None, worker).ok()
    }

    /// The document to write over, and what of the resource differs from what it reads as.
    fn base(
        &self,
        upstream: &Upstream,
        accepted: &Accepted,
        done: &Done,
        engine: &mut Engine,
    ) -> Option<(Vec<u8>, Vec<u8>)> {
        let residue = done.record.as_ref()?.residue.as_ref()?;
        let resource = done.resource.as_ref()?;
        let plan = answer_plan(upstream, accepted)?;
        let (bytes, reads) = match self.target {
            Target::Part { .. } => {
                let document = self.documents.get(&plan.mapping)?;
                let bytes = residue::child(&residue.bytes, plan.native.root_name.bytes())?;
                let kept = document.keep(&bytes, engine)?;
                (kept.bytes, kept.reads)
            }
            Target::Record(_) | Target::Child { .. } if plan.mapping == residue.mapping => {
                (residue.bytes.clone(), residue.reads.clone())
            }
            Target::Record(_) | Target::Child { .. } => return None,
        };
        let patch = reads.patch_to(resource).unwrap_or_else(Value::empty);
        Some((bytes, patch.bytes()))
    }
}

/// The plan of the first answer that is a resource of its own.
fn answer_plan<'u>(
    upstream: &'u Upstream,
    accepted: &Accepted,
) -> Option<&'u crate::mapping::plan::Plan> {
    use crate::mapping::compile::upstream::Root;
    let operation = upstream.operation(accepted.operation)?;
    let of_route = operation
        .routes
        .get(usize::from(accepted.route.0))
        .map(|route| &route.answers);
    let cases = of_route.into_iter().flatten().chain(&operation.answers);
    cases
        .filter(|case| case.problem.is_none())
        .find_map(|case| match &case.body {
            AnswerBody::Document(body) if body.root == Root::Resource => Some(&body.plan),
            _ => None,
        })
}

fn warning(text: &str) -> Warning {
    Warning {
        code: "saved-with-warning".to_owned(),
        detail: Some(text.to_owned()),
    }
}
