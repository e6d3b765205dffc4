//! Writes that bear an `Idempotency-Key`: what the journal knows of a key decides whether anything is sent.
//!
//! The journal has the attempt before its first byte leaves. What it comes to is written down afterwards: an answer, also
//! one that refuses, is given again to every repetition; what certainly did nothing leaves the key as good as new; all
//! else is unknown until it is settled: by the upstream, which tells repetitions apart, or by looking for what the attempt
//! would have made.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};

use super::exchange::Exchange;
use super::several::Asked;
use crate::gateway::answer::{Done, Told};
use crate::gateway::judge::{self, Matching};
use crate::gateway::problem::{Code, Outcome as Sent, Problem, Refusal, cause};
use crate::gateway::shared::Upstream;
use crate::gateway::translate::{Call, Context, Outcome, PageRequest, Recovery};
use crate::journal::{Answer, Attempt, Begun, End, Held, Journal, JournalFault};
use crate::mapping::ast::Kind;
use crate::telemetry::Event;
use crate::telemetry::events::{Journaled, Met};

/// Tells an answer that was given before from one that was just made.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A keyed write and the journal that it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keyed<'c> {
    pub(super) asked: &'c Asked<'c>,
    pub(super) journal: &'c Journal,
    pub(super) upstream: &'c Upstream,
    /// The caller's key.
    pub(super) key: &'c str,
}

/// What a look for the work of an attempt found.
enum Sought {
    /// What it would have made.
    Found(Box<Outcome>),
    /// Nothing.
    Absent,
    /// Nobody could say.
    Unknown,
}

// === impl Keyed ===

impl Keyed<'_> {
    /// Serves the call once, however often it is repeated.
    ///
    /// # Errors
    /// The problem to tell the caller.
    pub(super) async fn serve(&self, call: &Call<'_>) -> Result<Response<Full<Bytes>>, Refusal> {
        let wishes = self.asked.wishes;
        let entry =
            self.journal
                .keys()
                .entry(&wishes.caller_scope(), &self.asked.operation.id, self.key);
        let attempt = self.attempt(call);
        let begun = self.journal.begin(entry, attempt.clone(), self.now()).await;
        let begun = begun.map_err(|fault| self.not_available(fault))?;
        self.tell(met(&begun));
        match begun {
            Begun::Open(open) => self.make(open, call).await,
            Begun::InFlight => Err(Box::new(cause::in_flight())),
            Begun::Reused => Err(Box::new(Problem::new(Code::KeyReused, ""))),
            Begun::Answered(answer) => {
                let unreadable = || self.not_available(JournalFault::Unreadable);
                again(answer).ok_or_else(unreadable)
            }
            Begun::Unknown(unknown) => self.settle(unknown, attempt, call).await,
        }
    }

    fn now(&self) -> u64 {
        self.asked.record.now()
    }

    fn attempt(&self, call: &Call<'_>) -> Attempt {
        let asked = self.asked;
        let recovery = self.upstream.translator.recovery(call.operation);
        let inputs = call.inputs.iter().flat_map(|(name, value)| [*name, *value]);
        let texts = [
            &*self.upstream.name,
            asked.wishes.if_match.unwrap_or_default(),
        ];
        let parts = texts
            .into_iter()
            .chain(inputs)
            .map(str::as_bytes)
            .chain(call.body);
        let ends = self
            .now()
            .saturating_add(milliseconds(asked.shared.deadline));
        let settles = recovery.and_then(|recovery| recovery.settle_after);
        let settles = settles.unwrap_or_else(|| asked.shared.deadline.saturating_mul(2));
        Attempt {
            fingerprint: self.journal.keys().fingerprint(parts),
            trace: recovery.and_then(|recovery| self.trace(recovery, call)),
            ends_unix_ms: ends,
            settles_unix_ms: self.now().saturating_add(milliseconds(settles)),
        }
    }

    /// The text by which the work of the call can be found.
    fn trace(&self, recovery: Recovery<'_>, call: &Call<'_>) -> Option<String> {
        judge::text_of(call.body?, &self.asked.shared.reading, recovery.by)
    }

    /// Makes the attempt that is written down, and writes down what it came to.
    async fn make(&self, open: Held, call: &Call<'_>) -> Result<Response<Full<Bytes>>, Refusal> {
        let made = self.asked.serve_one(self.upstream, call).await;
        let end = match &made {
            Ok(response) => kept(response).await,
            Err(problem) => self.end_of(problem).await,
        };
        self.finish(open, end).await;
        made
    }

    /// Writes down what became of an attempt. What cannot be written down stays unknown, which is no lie to the next
    /// call.
    async fn finish(&self, held: Held, end: End) {
        if let Err(fault) = self.journal.finish(held, end, self.now()).await {
            self.tell(Met::Failed(fault.name()));
        }
    }

    /// What a call that failed leaves. What is known to be done in part is not done again, and its problem tells which
    /// part; a refusal did nothing; an upstream that failed, or said nothing that can be understood, may have done it.
    async fn end_of(&self, problem: &Problem) -> End {
        let is_undone = problem.done.is_empty() && problem.is_certainly_undone();
        if is_undone && (problem.outcome == Sent::NotSent || problem.is_retryable()) {
            return End::NotDone;
        }
        if !is_undone && problem.done.is_empty() {
            return End::Unknown;
        }
        let id = self.asked.record.id.as_str();
        kept(&problem.clone().into_response(id)).await
    }

    /// Settles what nobody knew, as far as it can be.
    async fn settle(
        &self,
        unknown: Held,
        attempt: Attempt,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        if self.upstream.translator.knows_repetitions() {
            // The upstream sees the same key, and does once what it is told twice.
            return self.once_more(unknown, attempt, call).await;
        }
        match self.seek(unknown.attempt(), call).await {
            Sought::Found(outcome) => {
                let composed = self.found(*outcome)?;
                self.tell(Met::Found);
                self.finish(unknown, kept(&composed).await).await;
                Ok(composed)
            }
            Sought::Absent if unknown.is_settled_at(self.now()) => {
                self.once_more(unknown, attempt, call).await
            }
            Sought::Absent | Sought::Unknown => Err(self.unknown(unknown.attempt())),
        }
    }

    /// Makes an attempt again that did nothing, or that the upstream knows again.
    async fn once_more(
        &self,
        unknown: Held,
        attempt: Attempt,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let opened = self.journal.again(unknown, attempt, self.now()).await;
        match opened.map_err(|fault| self.not_available(fault))? {
            Some(open) => {
                self.tell(Met::Again);
                self.make(open, call).await
            }
            None => Err(Box::new(cause::in_flight())),
        }
    }

    /// Looks for what an attempt would have made, by the operation that the mapping names.
    async fn seek(&self, attempt: &Attempt, call: &Call<'_>) -> Sought {
        let recovery = self.upstream.translator.recovery(call.operation);
        let (Some(recovery), Some(trace)) = (recovery, attempt.trace.as_deref()) else {
            return Sought::Unknown;
        };
        let Some(operation) = self.asked.shared.operation(recovery.with) else {
            return Sought::Unknown;
        };
        let criteria = serde_json::json!({ recovery.by: trace }).to_string();
        let by_search = operation.kind == Kind::Search;
        let inputs = [("reference", trace)];
        let read = Call {
            operation: recovery.with,
            inputs: if by_search { &[] } else { &inputs },
            body: by_search.then_some(criteria.as_bytes()),
            page: PageRequest::default(),
            context: Context {
                idempotency_key: None,
                if_match: None,
                nonce: self.asked.shared.identities.nonce(),
                ..call.context
            },
        };
        let exchange = Exchange {
            shared: self.asked.shared,
            record: self.asked.record,
            upstream: self.upstream,
            operation,
        };
        match exchange.ask(&read, call.body).await {
            Ok((_, outcome)) if outcome.is_list => self.among(&outcome, recovery.by, trace),
            Ok((_, outcome)) if outcome.body.is_some() => Sought::Found(outcome),
            Ok(_) => Sought::Unknown,
            Err(problem) if matches!(problem.code, Code::NotFound | Code::Gone) => Sought::Absent,
            Err(_) => Sought::Unknown,
        }
    }

    /// The one item of a search that has the text at the place; several may be anybody's.
    fn among(&self, outcome: &Outcome, by: &str, trace: &str) -> Sought {
        let items = outcome.body.as_deref().unwrap_or_default();
        match judge::matching(items, &self.asked.shared.reading, by, trace) {
            Matching::One { item, id } => Sought::Found(Box::new(Outcome {
                body: Some(item),
                id,
                is_list: false,
                ..Outcome::default()
            })),
            Matching::None if outcome.page.more != Some(true) && outcome.page.next.is_none() => {
                Sought::Absent
            }
            Matching::None | Matching::Several => Sought::Unknown,
        }
    }

    /// The answer of a call whose work was found.
    fn found(&self, mut outcome: Outcome) -> Result<Response<Full<Bytes>>, Refusal> {
        let asked = self.asked;
        if let (None, Some(body)) = (&outcome.id, &outcome.body) {
            outcome.id = judge::text_of(body, &asked.shared.reading, "id");
        }
        let composer = asked.composer(self.upstream);
        composer.compose(Done {
            outcome: Box::new(outcome),
            warnings: vec![Told::found_afterwards()],
            native: Vec::new(),
            status: StatusCode::OK.as_u16(),
            is_whole: true,
        })
    }

    /// Nobody knows yet, or ever will.
    fn unknown(&self, attempt: &Attempt) -> Refusal {
        let left = attempt.settles_unix_ms.saturating_sub(self.now());
        let seconds = u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX);
        Box::new(cause::outcome_unknown(seconds))
    }

    /// Counts what the call met.
    fn tell(&self, met: Met) {
        Journaled {
            request_id: self.asked.record.id.as_str(),
            met,
        }
        .emit(&self.asked.shared.telemetry);
    }

    /// Nothing may be sent while the journal cannot say what was.
    fn not_available(&self, fault: JournalFault) -> Refusal {
        self.tell(Met::Failed(fault.name()));
        Box::new(cause::no_journal())
    }
}

/// What of an answer is kept for repetitions: all but what each answer has of its own.
async fn kept(response: &Response<Full<Bytes>>) -> End {
    let headers = response.headers().iter();
    let headers = headers
        .filter(|(name, _)| **name != CONTENT_LENGTH)
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let Ok(body) = response.body().clone().collect().await;
    End::Answered(Answer {
        status: response.status().as_u16(),
        headers,
        body: body.to_bytes().to_vec(),
    })
}

/// The answer that was given before; none if it is no answer.
fn again(answer: Answer) -> Option<Response<Full<Bytes>>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).ok()?;
    let headers = response.headers_mut();
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).ok()?;
        headers.append(name, HeaderValue::try_from(value).ok()?);
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Some(response)
}

const fn met(begun: &Begun) -> Met {
    match begun {
        Begun::Open(_) => Met::New,
        Begun::InFlight => Met::InFlight,
        Begun::Reused => Met::Reused,
        Begun::Answered(_) => Met::Answered,
        Begun::Unknown(_) => Met::Unknown,
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
