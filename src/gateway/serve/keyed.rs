//! Writes that bear an `Idempotency-Key`: what the journal knows of a key decides whether anything is sent.
//!
//! The journal has the attempt before its first byte leaves. What it comes to is written down afterwards: an answer, also
//! one that refuses, is given again to every repetition; what certainly did nothing leaves the key as good as new; all
//! else is unknown until it is settled: by the upstream, which tells repetitions apart, or by looking for what the attempt
//! would have made.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tokio::runtime::Handle;

use super::recover::{Search, Sought};
use super::several::Asked;
use crate::gateway::judge;
use crate::gateway::problem::{Code, Outcome as Sent, Problem, Refusal, cause};
use crate::gateway::record::Record;
use crate::gateway::shared::{Shared, Upstream};
use crate::gateway::translate::{Call, Context, Recovery};
use crate::journal::{Answer, Attempt, Begun, End, Held, Journal, JournalFault, Trace};
use crate::telemetry::Event;
use crate::telemetry::events::{Journaled, Met};

/// Tells an answer that was given before from one that was just made.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A keyed write and the journal that it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keyed<'c> {
    pub(super) asked: &'c Asked<'c>,
    pub(super) journal: &'c Arc<Journal>,
    pub(super) upstream: &'c Upstream,
    /// The caller's key.
    pub(super) key: &'c str,
}

/// What is known of attempts before one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// There are none, or they did nothing.
    Settled,
    /// One may have been done: how the repetition fails says nothing of it.
    Stays,
}

/// An attempt that is told of whatever becomes of who makes it.
struct Unfinished<'c> {
    journal: &'c Arc<Journal>,
    record: &'c Record,
    held: Option<Held>,
    /// What it comes to if nobody says more: its caller, or its deadline, may give it up at any time.
    end: End,
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
        let held = self.journal.prepare(entry, attempt.clone());
        let held = held.map_err(|fault| self.not_available(fault))?;
        // Nothing has left until the journal says that it may.
        let mut unfinished = self.unfinished(held, End::NotDone);
        let begun = unfinished.begin().await;
        let begun = begun.map_err(|fault| self.not_available(fault))?;
        self.tell(met(&begun));
        match begun {
            Begun::Open => self.make(unfinished, call, Doubt::Settled).await,
            Begun::InFlight => Err(Box::new(cause::in_flight())),
            Begun::Reused => Err(Box::new(Problem::new(Code::KeyReused, ""))),
            Begun::Answered(answer) => {
                let unreadable = || self.not_available(JournalFault::Unreadable);
                again(answer).ok_or_else(unreadable)
            }
            Begun::Unknown(unknown) => self.settle(*unknown, attempt, call).await,
        }
    }

    fn unfinished(&self, held: Held, end: End) -> Unfinished<'_> {
        Unfinished {
            journal: self.journal,
            record: self.asked.record,
            held: Some(held),
            end,
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
            upstream: self.upstream.name.to_string(),
            trace_id: call.context.trace_id.to_owned(),
            trace: recovery.and_then(|recovery| self.trace(recovery, call)),
            ends_unix_ms: ends,
            settles_unix_ms: self.now().saturating_add(milliseconds(settles)),
        }
    }

    /// The text by which the work of the call can be found.
    fn trace(&self, recovery: Recovery<'_>, call: &Call<'_>) -> Option<Trace> {
        let text = judge::text_of(call.body?, &self.asked.shared.reading, recovery.by)?;
        let path = self.asked.uri.path().to_owned();
        Some(Trace { text, path })
    }

    /// Makes the attempt that is written down, and writes down what it came to.
    async fn make(
        &self,
        mut unfinished: Unfinished<'_>,
        call: &Call<'_>,
        doubt: Doubt,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        unfinished.end = End::Unknown;
        let mut made = self.asked.serve_one(self.upstream, call).await;
        if let (Err(problem), Doubt::Stays) = (&mut made, doubt)
            && !problem.settles()
        {
            problem.outcome = Sent::Unknown;
        }
        unfinished.end = match &made {
            Ok(response) => End::Answered(kept(response).await),
            Err(problem) => self.end_of(problem).await,
        };
        // What cannot be written down stays unknown, which is no lie to the next call.
        if let Err(fault) = unfinished.finish().await {
            self.tell(Met::Failed(fault.name()));
        }
        made
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
        End::Answered(kept(&problem.clone().into_response(id)).await)
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
            return self.once_more(unknown, attempt, call, Doubt::Stays).await;
        }
        let search = Search {
            asked: self.asked,
            upstream: self.upstream,
        };
        match search.seek(unknown.attempt(), call).await {
            Sought::Found(outcome) => {
                let composed = search.found(*outcome)?;
                self.tell(Met::Found);
                let end = End::Answered(kept(&composed).await);
                let mut found = self.unfinished(unknown, end);
                if let Err(fault) = found.finish().await {
                    self.tell(Met::Failed(fault.name()));
                }
                Ok(composed)
            }
            Sought::Absent if unknown.is_settled_at(self.now()) => {
                self.once_more(unknown, attempt, call, Doubt::Settled).await
            }
            Sought::Absent | Sought::Unknown => {
                let seconds = unknown.settles_in(self.now());
                Err(Box::new(cause::outcome_unknown(seconds)))
            }
        }
    }

    /// Makes an attempt again that did nothing, or that the upstream knows again.
    async fn once_more(
        &self,
        unknown: Held,
        mut attempt: Attempt,
        call: &Call<'_>,
        doubt: Doubt,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        // It is the same call: an upstream may refuse its key under another trace.
        attempt.trace_id.clone_from(&unknown.attempt().trace_id);
        let trace_id = attempt.trace_id.clone();
        let call = &Call {
            context: Context {
                trace_id: &trace_id,
                ..call.context
            },
            ..*call
        };
        let opened = self.journal.again(unknown, attempt, self.now()).await;
        match opened.map_err(|fault| self.not_available(fault))? {
            Some(open) => {
                self.tell(Met::Again);
                self.make(self.unfinished(open, End::Unknown), call, doubt)
                    .await
            }
            None => Err(Box::new(cause::in_flight())),
        }
    }

    fn tell(&self, met: Met) {
        tell(self.asked.shared, self.asked.record, met);
    }

    fn not_available(&self, fault: JournalFault) -> Refusal {
        not_available(self.asked.shared, self.asked.record, fault)
    }
}

/// Counts what a call met.
pub(super) fn tell(shared: &Shared, record: &Record, met: Met) {
    Journaled {
        call: record.ids(),
        met,
    }
    .emit(&shared.telemetry);
}

/// Nothing may be sent while the journal cannot say what was.
pub(super) fn not_available(shared: &Shared, record: &Record, fault: JournalFault) -> Refusal {
    tell(shared, record, Met::Failed(fault.name()));
    Box::new(cause::no_journal())
}

// === impl Unfinished ===

impl Unfinished<'_> {
    async fn begin(&mut self) -> Result<Begun, JournalFault> {
        let Some(held) = &self.held else {
            return Err(JournalFault::Contended);
        };
        let begun = self.journal.begin(held, self.record.now()).await;
        if matches!(&begun, Ok(begun) if !matches!(begun, Begun::Open)) {
            // Another attempt stands there, and this one nowhere.
            self.held = None;
        }
        begun
    }

    /// Writes down what became of it.
    async fn finish(&mut self) -> Result<(), JournalFault> {
        let Some(held) = self.held.take() else {
            return Ok(());
        };
        let end = std::mem::replace(&mut self.end, End::Unknown);
        self.journal.finish(held, end, self.record.now()).await
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let (Some(held), Ok(runtime)) = (self.held.take(), Handle::try_current()) else {
            return;
        };
        let end = std::mem::replace(&mut self.end, End::Unknown);
        let (journal, now) = (Arc::clone(self.journal), self.record.now());
        // Nobody waits for it; where it fails the attempt ends by its own time.
        runtime.spawn(async move { journal.finish(held, end, now).await });
    }
}

/// What of an answer is kept for repetitions: all but what each answer has of its own.
pub(super) async fn kept(response: &Response<Full<Bytes>>) -> Answer {
    let headers = response.headers().iter();
    let headers = headers
        .filter(|(name, _)| **name != CONTENT_LENGTH)
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let Ok(body) = response.body().clone().collect().await;
    Answer {
        status: response.status().as_u16(),
        headers,
        body: body.to_bytes().to_vec(),
    }
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
        Begun::Open => Met::New,
        Begun::InFlight => Met::InFlight,
        Begun::Reused => Met::Reused,
        Begun::Answered(_) => Met::Answered,
        Begun::Unknown(_) => Met::Unknown,
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
