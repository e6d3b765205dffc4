//! Traces: where a call stands in its caller's, how it goes on, and which calls are recorded as spans.
//!
//! A call is recorded if its caller's part of the trace is, and else by its share of all traces, which the id decides
//! so that every process decides alike. Where nothing is recorded a trace goes on and none begins.

mod context;
mod ids;
mod share;
mod span;

use std::sync::Arc;

use ids::Ids;

pub use context::{SpanId, TraceId, TraceParent, is_trace_state};
pub use share::Share;
pub use span::{OTHER, OpenSpan, Sink, Span, SpanKind, Value, known_method};

/// Begins traces, and goes on with those of callers. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct Traces(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    ids: Ids,
    recording: Option<Recording>,
}

/// What is recorded, and where it goes.
#[derive(Debug)]
struct Recording {
    share: Share,
    sink: Box<dyn Sink>,
}

/// Where a call stands in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTrace {
    /// The trace.
    pub id: TraceId,
    /// Its caller's span, if it named one.
    caller: Option<SpanId>,
    /// Whether that is recorded.
    is_sampled: bool,
    /// Its own span, if it is recorded here.
    own: Option<SpanId>,
}

/// Where one attempt at an exchange stands in the trace of its call.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    call: CallTrace,
    id: SpanId,
}

// === impl Traces ===

impl Traces {
    /// Records this share of all traces, and those that callers record.
    #[must_use]
    pub fn recorded_by(sink: Box<dyn Sink>, share: Share) -> Self {
        Self(Arc::new(Shared {
            ids: Ids::default(),
            recording: Some(Recording { share, sink }),
        }))
    }

    /// Goes on with the trace of a caller, or begins one if the call is to be recorded.
    #[must_use]
    pub fn join(&self, caller: Option<TraceParent>) -> Option<CallTrace> {
        let Shared { ids, recording } = &*self.0;
        let is_sampled = caller.is_some_and(|caller| caller.is_sampled);
        let (id, is_recorded) = match (caller, recording) {
            (None, None) => return None,
            (Some(caller), None) => (caller.trace, false),
            (Some(caller), Some(recording)) => {
                let id = caller.trace;
                (id, is_sampled || recording.share.holds(id))
            }
            (None, Some(recording)) => {
                let id = ids.trace();
                if !recording.share.holds(id) {
                    return None;
                }
                (id, true)
            }
        };
        Some(CallTrace {
            id,
            caller: caller.map(|caller| caller.span),
            is_sampled,
            own: is_recorded.then(|| ids.span()),
        })
    }

    /// The next attempt at an exchange of a call.
    #[must_use]
    pub fn attempt(&self, call: CallTrace) -> Attempt {
        Attempt {
            call,
            id: self.0.ids.span(),
        }
    }

    /// Opens the span of a call, if it is recorded.
    #[must_use]
    pub fn serve(&self, call: CallTrace, name: &str) -> Option<OpenSpan> {
        let ids = (call.id, call.own?, call.caller);
        Some(OpenSpan::begin(self, ids, SpanKind::Server, name))
    }

    /// Opens the span of an attempt, if its call is recorded.
    #[must_use]
    pub fn ask(&self, attempt: Attempt, name: &str) -> Option<OpenSpan> {
        let ids = (attempt.call.id, attempt.id, Some(attempt.call.own?));
        Some(OpenSpan::begin(self, ids, SpanKind::Client, name))
    }

    /// An id that no other process has with any likelihood.
    #[must_use]
    pub fn instance(&self) -> String {
        self.0.ids.trace().to_string()
    }

    fn take(&self, span: Span) {
        if let Some(recording) = &self.0.recording {
            recording.sink.take(span);
        }
    }
}

// === impl Attempt ===

impl Attempt {
    /// What whoever is asked is told: a caller that records its part, or we who do, wants the rest recorded.
    #[must_use]
    pub fn told(&self) -> TraceParent {
        TraceParent {
            trace: self.call.id,
            span: self.id,
            is_sampled: self.call.is_sampled || self.call.own.is_some(),
        }
    }
}

#[cfg(test)]
mod tests;
