//! A call was answered.

use std::time::Duration;

use tracing::Span;

use crate::telemetry::names::{NONE, attribute, target};
use crate::telemetry::trace::OpenSpan;
use crate::telemetry::{CacheUse, CallIds, Event, OperationMeters, Outcome, Sent, Telemetry};

/// A call was answered: the access log's line.
#[derive(Debug)]
pub struct CallServed<'a> {
    /// Handles of operation and upstream.
    pub meters: &'a OperationMeters,
    /// The call's span.
    pub span: &'a Span,
    /// The call.
    pub call: CallIds<'a>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The problem's code, where the answer is one.
    pub code: Option<&'static str>,
    /// What became of the call at its upstream, where the answer is a problem.
    pub sent: Sent,
    /// The caller that was proved, by its name in the configuration.
    pub caller: Option<&'a str>,
    /// What the cache had, of an operation whose answers may be kept.
    pub cache: Option<CacheUse>,
    /// From the head of the call to its answer.
    pub duration: Duration,
    /// Its span, if it is recorded.
    pub recorded: Option<OpenSpan>,
}

impl Event for CallServed<'_> {
    fn emit(mut self, telemetry: &Telemetry) {
        self.meters.request(self.status, self.sent).inc();
        self.meters
            .request_duration()
            .observe(self.duration.as_secs_f64());
        if let Some(code) = self.code {
            self.meters.problem(code).inc();
            self.span.record("code", code);
        }
        if let Some(cache) = self.cache {
            self.meters.cache_lookup(cache).inc();
        }
        self.span.record("status", self.status);
        self.span.record("upstream", self.meters.upstream());
        if telemetry.access_log {
            self.log();
        }
        if let Some(recorded) = self.recorded.take() {
            self.record(recorded);
        }
    }
}

impl CallServed<'_> {
    /// Tells the span, as OpenTelemetry's conventions for HTTP servers have it: what its caller did wrong is no error
    /// of the span.
    #[cold]
    fn record(&self, mut recorded: OpenSpan) {
        let outcome = Outcome::of(self.status);
        recorded.tell(attribute::HTTP_STATUS, self.status);
        recorded.tell(attribute::OUTCOME, outcome.name());
        let upstream = Some(self.meters.upstream()).filter(|name| *name != NONE);
        let names = [
            (attribute::UPSTREAM, upstream),
            (attribute::CALLER, self.caller),
        ];
        for (name, value) in names {
            if let Some(value) = value {
                recorded.tell(name, value.to_owned());
            }
        }
        let codes = [
            (attribute::ERROR_TYPE, self.code),
            (attribute::SENT, self.sent.told()),
            (attribute::CACHE, self.cache.map(CacheUse::name)),
        ];
        for (name, code) in codes {
            if let Some(code) = code {
                recorded.tell(name, code);
            }
        }
        if matches!(outcome, Outcome::UpstreamFailed | Outcome::Failed) {
            recorded.fail();
        }
        recorded.end();
    }

    fn log(&self) {
        let (operation, upstream) = (self.meters.operation(), self.meters.upstream());
        let duration = self.duration.as_secs_f64();
        let (request_id, trace_id) = (self.call.request_id, self.call.trace_id());
        let (status, code) = (self.status, self.code);
        let caller = self.caller;
        let cache = self.cache.map(CacheUse::name);
        let sent = self.sent.told();
        if Outcome::of(status) == Outcome::Failed {
            // The gateway's own fault: graver than a line among many.
            tracing::error!(target: target::ACCESS, request_id, trace_id, caller, operation, upstream, status, code, sent, cache, duration, "call served");
        } else {
            tracing::info!(target: target::ACCESS, request_id, trace_id, caller, operation, upstream, status, code, sent, cache, duration, "call served");
        }
    }
}
