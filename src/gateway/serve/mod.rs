//! The core service: from a routed call to its answer.

mod body;
mod cached;
mod callback;
mod exchange;
mod keyed;
mod native;
mod outcomes;
mod own;
mod recover;
mod sensitive;
mod several;
mod steps;
mod together;

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::Service;

use super::answer::Composer;
use super::cache::{Change, Subject};
use super::judge;
use super::operation::Operation;
use super::problem::{Code, FieldError, Place, Problem, Refusal};
use super::record::{Inbound, Record, Reply};
use super::route::choose::{Chosen, choose};
use super::route::inputs;
use super::route::{Own, Parameters, Route};
use super::shared::{Shared, Upstream};
use super::translate::{Call, Context as CallContext, OperationIndex, PageRequest};
use super::wishes::Wishes;
use crate::mapping::ast::Kind;
use crate::telemetry::Event;
use crate::telemetry::events::AnswersDropped;

use cached::{Question, Way};
pub use callback::CallbackDoor;
use exchange::Exchange;
use keyed::Keyed;
pub(super) use own::Document;
use several::Asked;

/// Serves routed calls.
#[derive(Debug, Clone)]
pub(super) struct Core {
    shared: Arc<Shared>,
}

/// A call: what an `async fn` makes has no name. It is moved whole into its box, also where a kept answer ends it at
/// once, so what few calls need, and what comes behind the look at the cache, has boxes of its own.
pub(super) type CoreFuture = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

// === impl Core ===

impl Core {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl<B> Service<Inbound<B>> for Core
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<tower::BoxError>,
{
    type Response = Reply;
    type Error = Infallible;
    type Future = CoreFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, inbound: Inbound<B>) -> CoreFuture {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let Inbound {
                request,
                route,
                record,
            } = inbound;
            let served = match route {
                Route::Operation(index, parameters) => {
                    serve(&shared, &record, request, index, parameters).await
                }
                Route::Own(Own::Callback, parameters) => {
                    Box::pin(callback::serve(&shared, &record, request, parameters)).await
                }
                Route::Own(Own::Outcome, parameters) => {
                    let (head, _) = request.into_parts();
                    Box::pin(outcomes::serve(&shared, &record, &head, parameters)).await
                }
                Route::Own(own, parameters) => {
                    let (head, _) = request.into_parts();
                    own::serve(&shared, &record, &head, own, parameters).await
                }
                Route::WrongMethod(allow) => {
                    let mut problem = Problem::new(Code::MethodNotAllowed, "");
                    problem.allow = Some(allow);
                    Err(Box::new(problem))
                }
                Route::Unknown => {
                    let detail = "No operation has this path.";
                    Err(Box::new(Problem::new(Code::NotFound, detail)))
                }
            };
            Ok(match served {
                Ok(response) => Reply {
                    response,
                    code: None,
                    sent: None,
                },
                Err(problem) => Reply::problem(*problem, &record.id),
            })
        })
    }
}

/// Serves one call of one operation.
async fn serve<B>(
    shared: &Shared,
    record: &Record,
    request: Request<B>,
    index: OperationIndex,
    parameters: Parameters,
) -> Result<Response<Full<Bytes>>, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<tower::BoxError>,
{
    let unknown = || Box::new(Problem::new(Code::NotFound, ""));
    let operation = shared.operation(index).ok_or_else(unknown)?;
    let (head, body) = request.into_parts();
    let caller = shared.caller(record);
    let mut wishes = Wishes::of(&head.headers, &shared.caller, shared.trusts(caller))?;
    wishes.proved_by = caller.map(|caller| &*caller.name);
    let inputs = inputs::read(operation, parameters, &head.uri, |name| {
        shared.find_upstream(name)
    })?;
    wishes.native = inputs.native;
    let chosen = choose(shared, index, inputs.upstream, &head.headers, caller)?;
    if let Chosen::One(chosen) = chosen {
        record.choose(chosen);
    }
    let scope = chosen.scope(shared);
    let cursor = of_query(shared, operation, &scope, inputs.cursor.as_deref())?;
    conditions(&wishes, operation.is_read)?;
    record.receive(true);
    let body = body::read(&head, body, operation.body.is_some(), shared.limits.body).await?;
    record.receive(false);
    let values = inputs.values.iter();
    let values: Vec<(&str, &str)> = values.map(|(name, value)| (*name, &**value)).collect();
    let asked = Asked {
        shared,
        record,
        operation,
        index,
        scope: &scope,
        uri: &head.uri,
        wishes: &wishes,
        heard: None,
    };
    let question = Question {
        inputs: &values,
        limit: inputs.limit,
        cursor: cursor.as_deref(),
        body: body.as_deref(),
    };
    let way = match asked.look(&chosen, &head.headers, question)? {
        Way::Fresh(answer) => return Ok(answer),
        way => way,
    };
    // What is kept was judged when it was asked for.
    let cursor = judged(shared, operation, &chosen, &scope, body.as_deref())?.or(cursor);
    let key = wishes
        .derived_key(&operation.id)
        .filter(|_| !operation.is_read);
    let call = Call {
        operation: index,
        inputs: &values,
        body: body.as_deref(),
        page: PageRequest {
            limit: inputs.limit,
            cursor: cursor.as_deref(),
        },
        context: context(shared, record, &wishes, operation.is_read, key.as_deref()),
    };
    asked.serve_chosen(&chosen, way, &call).await
}

/// Judges a body for every upstream of the call, and opens the cursor that stands among its criteria.
fn judged(
    shared: &Shared,
    operation: &Operation,
    chosen: &Chosen,
    scope: &str,
    body: Option<&[u8]>,
) -> Result<Option<String>, Refusal> {
    let (Some(index), Some(document)) = (operation.body, body) else {
        return Ok(None);
    };
    for upstream in chosen.upstreams(shared) {
        let judge = &shared.judge;
        judge.judge(index, document, &shared.reading, &upstream.name)?;
    }
    of_criteria(shared, operation, scope, document)
}

impl Asked<'_> {
    /// Asks those upstreams that were chosen.
    async fn serve_chosen(
        &self,
        chosen: &Chosen,
        way: Way<'_>,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let answer = match *chosen {
            Chosen::One(position) => {
                let upstream = self.shared.upstream(position);
                let upstream =
                    upstream.ok_or_else(|| Box::new(Problem::new(Code::NotFound, "")))?;
                match &way {
                    Way::Through(through) => {
                        return Box::pin(through.fetch(self, upstream, call)).await;
                    }
                    _ if self.operation.is_read => Box::pin(self.serve_one(upstream, call)).await,
                    _ => {
                        let collection = self.operation.collection;
                        let subject = upstream.generations.subject(collection, call.inputs);
                        let _change = change(self.shared, self.record, upstream, subject);
                        Box::pin(self.serve_at(upstream, call)).await
                    }
                }
            }
            Chosen::Several { .. } => {
                let upstreams = chosen.upstreams(self.shared).collect();
                Box::pin(self.serve(upstreams, call)).await
            }
        };
        match way {
            Way::Past => answer.map(cached::passed),
            _ => answer,
        }
    }
}

/// Tells those who keep answers of an upstream of a change, until that has ended.
fn change<'u>(
    shared: &Shared,
    record: &Record,
    upstream: &'u Upstream,
    subject: Subject,
) -> Change<'u> {
    if shared.cache.is_some() && upstream.keeps() {
        AnswersDropped {
            upstream: &upstream.name,
            request_id: record.id.as_str(),
        }
        .emit(&shared.telemetry);
    }
    // Another gateway of this process may keep some.
    upstream.generations.change(subject)
}

impl Asked<'_> {
    /// Asks one upstream, a write that bears a key once for all its repetitions.
    async fn serve_at(
        &self,
        upstream: &Upstream,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let key = self.wishes.idempotency_key;
        match (
            key.filter(|_| !self.operation.is_read),
            &self.shared.journal,
        ) {
            (Some(key), Some(journal)) => {
                let keyed = Keyed {
                    asked: self,
                    journal,
                    upstream,
                    key,
                };
                keyed.serve(call).await
            }
            (Some(_), None) if !upstream.translator.knows_repetitions() => Err(no_journal()),
            _ => self.serve_one(upstream, call).await,
        }
    }

    /// Asks one upstream.
    pub(super) async fn serve_one(
        &self,
        upstream: &Upstream,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let exchange = Exchange {
            shared: self.shared,
            record: self.record,
            upstream,
            operation: self.operation,
            heard: self.heard,
        };
        let done = exchange.perform(call, self.wishes).await?;
        self.composer(upstream).compose(done)
    }

    /// What makes the answer of one upstream.
    fn composer<'u>(&'u self, upstream: &'u Upstream) -> Composer<'u> {
        Composer {
            shared: self.shared,
            upstream,
            operation: self.operation,
            index: self.index,
            uri: self.uri,
            wishes: self.wishes,
        }
    }
}

/// What is known of a call beside its inputs; keys and conditions of changes belong to changes only.
fn context<'c>(
    shared: &Shared,
    record: &'c Record,
    wishes: &Wishes<'c>,
    is_read: bool,
    idempotency_key: Option<&'c str>,
) -> CallContext<'c> {
    CallContext {
        request_id: record.id.as_str(),
        trace_id: wishes.trace_id.unwrap_or_default(),
        now_unix_ms: i64::try_from(record.now_unix_ms).unwrap_or(i64::MAX),
        nonce: shared.identities.nonce(),
        idempotency_key,
        if_match: wishes.if_match.filter(|_| !is_read),
        caller_kind: Some(wishes.caller_kind.name()),
        caller_id: wishes.caller_id,
    }
}

/// Opens the cursor that stands in the query of a list.
fn of_query(
    shared: &Shared,
    operation: &Operation,
    scope: &str,
    sealed: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let place = || Place::Parameter("cursor".to_owned());
    sealed
        .map(|sealed| open(shared, operation, scope, sealed, place()))
        .transpose()
}

/// Opens the cursor that stands among the criteria of a search.
fn of_criteria(
    shared: &Shared,
    operation: &Operation,
    scope: &str,
    document: &[u8],
) -> Result<Option<String>, Refusal> {
    if operation.kind != Kind::Search {
        return Ok(None);
    }
    let sealed = judge::text_of(document, &shared.reading, "cursor");
    let place = || Place::Pointer("/cursor".to_owned());
    sealed
        .map(|sealed| open(shared, operation, scope, &sealed, place()))
        .transpose()
}

/// Opens a page's cursor.
fn open(
    shared: &Shared,
    operation: &Operation,
    scope: &str,
    sealed: &str,
    place: Place,
) -> Result<String, Refusal> {
    let cursors = &shared.cursors;
    let opened = cursors.open(&operation.id, scope, sealed);
    opened.ok_or_else(|| no_cursor(place))
}

#[cold]
fn no_cursor(place: Place) -> Refusal {
    let detail = "must be the `page.next` of an earlier page of this list";
    let fault = FieldError::new(Code::Malformed.row().name, place, detail);
    Box::new(Problem::new(Code::Malformed, "").with_errors(vec![fault]))
}

/// Nobody would know a repetition.
#[cold]
fn no_journal() -> Refusal {
    let detail = "cannot be kept: there is no journal, and the upstream knows no keys";
    Box::new(Problem::of_parameter(
        Code::NotSupportedHere,
        "idempotency-key",
        detail,
    ))
}

/// Refuses a condition that would be left unchecked.
fn conditions(wishes: &Wishes<'_>, is_read: bool) -> Result<(), Refusal> {
    let misplaced = match (is_read, wishes.if_match, wishes.if_none_match) {
        (true, Some(_), _) => IF_MATCH,
        (false, _, Some(_)) => IF_NONE_MATCH,
        _ => return Ok(()),
    };
    let detail = "is not checked for this method";
    Err(Box::new(Problem::of_parameter(
        Code::NotSupportedHere,
        misplaced.as_str(),
        detail,
    )))
}
