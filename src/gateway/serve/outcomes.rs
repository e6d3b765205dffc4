//! What became of a write with an `Idempotency-Key`: told (GET) and settled (POST), without the write itself.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, Method, Response, Uri};
use http_body_util::Full;
use serde_json::{Map, Value, json};

use super::keyed::{kept, not_available, tell};
use super::recover::{Search, Sought};
use super::several::Asked;
use super::{change, context, no_journal};
use crate::gateway::cache::Subject;
use crate::gateway::callers::{forbidden, may_call, may_use};
use crate::gateway::problem::{Code, FieldError, Place, Problem, Refusal};
use crate::gateway::record::Record;
use crate::gateway::route::Parameters;
use crate::gateway::route::path::segment;
use crate::gateway::route::query::pairs;
use crate::gateway::shared::Shared;
use crate::gateway::translate::{Call, OperationIndex, PageRequest};
use crate::gateway::wishes::Wishes;
use crate::journal::{Answer, End, Held, Journal, Standing};
use crate::telemetry::events::Met;

/// What is known of a write.
enum State {
    InFlight,
    Answered(Answer),
    /// Nothing was done, and nothing of it can come any more.
    NotDone,
    /// It may be settled in so many seconds, if it ever is.
    Unknown(u32),
}

/// A question about one write.
struct Question<'c> {
    shared: &'c Shared,
    record: &'c Record,
    journal: &'c Journal,
    index: OperationIndex,
    wishes: &'c Wishes<'c>,
}

/// Serves a question.
///
/// # Errors
/// 400 without an operation, 404 for a key of which nothing is known, 422 where there is no journal, 503 if it cannot say.
pub(super) async fn serve(
    shared: &Shared,
    record: &Record,
    head: &Parts,
    parameters: Parameters,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let caller = shared.caller(record);
    let mut wishes = Wishes::of(&head.headers, &shared.caller, shared.trusts(caller))?;
    wishes.proved_by = caller.map(|caller| &*caller.name);
    let question = Question {
        shared,
        record,
        journal: shared.journal.as_ref().ok_or_else(no_journal)?,
        index: operation(shared, &head.uri)?,
        wishes: &wishes,
    };
    let key = parameters.segments(head.uri.path()).next();
    let key = key.and_then(|key| segment(key).ok()).ok_or_else(unknown)?;
    let operation = shared.operation(question.index).ok_or_else(unknown)?;
    if caller.is_some_and(|caller| !may_call(caller, operation)) {
        return Err(forbidden("The caller may not call this operation."));
    }
    let keys = question.journal.keys();
    let entry = keys.entry(&wishes.caller_scope(), &operation.id, &key);
    let found = question.journal.find(&entry, record.now()).await;
    let found = found.map_err(|fault| not_available(shared, record, fault))?;
    let (held, standing) = found.ok_or_else(unknown)?;
    let upstream = held.attempt().upstream.clone();
    if !may_use(caller, &upstream) {
        return Err(forbidden("The caller may not use this upstream."));
    }
    let state = match standing {
        Standing::Started => State::InFlight,
        Standing::Answered(answer) => State::Answered(answer),
        Standing::Unknown if head.method == Method::POST => question.settle(held).await?,
        Standing::Unknown => State::Unknown(held.settles_in(record.now())),
    };
    Ok(state.told(&operation.id, &upstream))
}

/// The operation that the query names.
fn operation(shared: &Shared, uri: &Uri) -> Result<OperationIndex, Refusal> {
    let named = pairs(uri.query().unwrap_or_default()).find(|(name, _)| name == "operation");
    let index = named.and_then(|(_, id)| shared.operation_named(&id.ok()?));
    index.ok_or_else(|| {
        let place = Place::Parameter("operation".to_owned());
        let detail = "must be the id of the operation that was called, such as `createCustomer`";
        let fault = FieldError::new(Code::Malformed.row().name, place, detail);
        Box::new(Problem::new(Code::Malformed, "").with_errors(vec![fault]))
    })
}

#[cold]
fn unknown() -> Refusal {
    let detail = "No call of this operation with this key is known, or it did nothing.";
    Box::new(Problem::new(Code::NotFound, detail))
}

// === impl Question ===

impl Question<'_> {
    /// Looks for what the write would have made. What is not there once nothing can land any more was not done, and
    /// its key is as good as new.
    async fn settle(&self, held: Held) -> Result<State, Refusal> {
        let now = self.record.now();
        let open = State::Unknown(held.settles_in(now));
        let attempt = held.attempt();
        let upstream = self.shared.find_upstream(&attempt.upstream);
        let upstream = upstream.and_then(|position| self.shared.upstream(position));
        let operation = self.shared.operation(self.index);
        let uri = attempt.trace.as_ref().map(|trace| trace.path.parse());
        let (Some(upstream), Some(operation), Some(Ok(uri))) = (upstream, operation, uri) else {
            return Ok(open);
        };
        // What is found to be done may have been done since it was last read.
        let _change = change(self.shared, self.record, upstream, Subject::Anything);
        let asked = Asked {
            shared: self.shared,
            record: self.record,
            operation,
            index: self.index,
            scope: "",
            uri: &uri,
            wishes: self.wishes,
            heard: None,
        };
        let call = Call {
            operation: self.index,
            inputs: &[],
            body: None,
            page: PageRequest::default(),
            context: context(self.shared, self.record, self.wishes, false, None),
        };
        let search = Search {
            asked: &asked,
            upstream,
        };
        let (end, state) = match search.seek(attempt, &call).await {
            Sought::Found(outcome) => {
                let answer = kept(&search.found(*outcome)?).await;
                tell(self.shared, self.record, Met::Found);
                (End::Answered(answer.clone()), State::Answered(answer))
            }
            Sought::Absent if held.is_settled_at(now) => {
                tell(self.shared, self.record, Met::Absent);
                (End::NotDone, State::NotDone)
            }
            Sought::Absent | Sought::Unknown => return Ok(open),
        };
        let finished = self.journal.finish(held, end, self.record.now()).await;
        finished.map_err(|fault| not_available(self.shared, self.record, fault))?;
        Ok(state)
    }
}

// === impl State ===

impl State {
    fn told(self, operation: &str, upstream: &str) -> Response<Full<Bytes>> {
        let (state, answer, wait) = match self {
            Self::InFlight => ("in-flight", None, Some(1)),
            Self::Answered(answer) => ("answered", Some(answer), None),
            Self::NotDone => ("not-done", None, None),
            Self::Unknown(seconds) => ("unknown", None, Some(seconds.max(1))),
        };
        let mut document = Map::new();
        for (name, text) in [
            ("operation", operation),
            ("upstream", upstream),
            ("state", state),
        ] {
            document.insert(name.to_owned(), json!(text));
        }
        let document = Value::Object(document).to_string();
        let document = match answer {
            Some(answer) => with(&document, &answer),
            None => document,
        };
        let mut response = Response::new(Full::new(Bytes::from(document)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

/// The document with the answer as it was given: its body stays byte for byte, since numbers are exact.
fn with(document: &str, answer: &Answer) -> String {
    let mut told = Map::new();
    told.insert("status".to_owned(), json!(answer.status));
    let location = answer
        .headers
        .iter()
        .find(|(name, _)| *name == LOCATION.as_str());
    if let Some(location) = location.and_then(|(_, value)| str::from_utf8(value).ok()) {
        told.insert("location".to_owned(), json!(location));
    }
    let mut told = Value::Object(told).to_string();
    let body = str::from_utf8(&answer.body).unwrap_or_default();
    // Whatever the gateway answers is JSON, or nothing.
    if !body.is_empty() {
        told.pop();
        told.push_str(",\"body\":");
        told.push_str(body);
        told.push('}');
    }
    let open = document.strip_suffix('}').unwrap_or(document);
    [open, ",\"answer\":", &told, "}"].concat()
}
