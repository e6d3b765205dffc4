//! Spans: what a call, and each attempt at an upstream, were and came to.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::Traces;
use super::context::{SpanId, TraceId};
use crate::telemetry::names::attribute;

/// What stands for methods that nobody knows, as OpenTelemetry has it.
pub const OTHER: &str = "_OTHER";

/// A span that has ended. It holds names of the configuration, codes and numbers: no value of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The trace.
    pub trace: TraceId,
    /// Its own id.
    pub id: SpanId,
    /// What it is a part of.
    pub parent: Option<SpanId>,
    /// Which end of an exchange it is.
    pub kind: SpanKind,
    /// What it is called.
    pub name: Box<str>,
    /// Its begin: nanoseconds since 1970.
    pub start_unix_ns: u64,
    /// Its end.
    pub end_unix_ns: u64,
    /// What is told of it, by names of [`attribute`].
    pub attributes: Vec<(&'static str, Value)>,
    /// Whether it ended in an error.
    pub has_failed: bool,
}

/// Which end of an exchange a span is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpanKind {
    /// The one that is asked.
    Server,
    /// The one that asks.
    Client,
}

/// What is told of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A name or a code.
    Text(Cow<'static, str>),
    /// A number.
    Number(i64),
}

/// Takes spans that have ended.
pub trait Sink: fmt::Debug + Send + Sync {
    /// Takes one. Never blocks and never fails: what finds no room is dropped, and counted.
    fn take(&self, span: Span);
}

/// A span that has begun. It ends when it is dropped: as one that was given up, unless it was ended before.
#[derive(Debug)]
pub struct OpenSpan {
    /// Boxed, since most calls have none.
    span: Option<Box<Span>>,
    began: Instant,
    traces: Traces,
}

// === impl Value ===

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

// === impl OpenSpan ===

impl OpenSpan {
    /// Begins one now.
    pub(super) fn begin(
        traces: &Traces,
        (trace, id, parent): (TraceId, SpanId, Option<SpanId>),
        kind: SpanKind,
        name: &str,
    ) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            span: Some(Box::new(Span {
                trace,
                id,
                parent,
                kind,
                name: name.into(),
                start_unix_ns: nanoseconds(now.unwrap_or_default()),
                end_unix_ns: 0,
                attributes: Vec::with_capacity(8),
                has_failed: false,
            })),
            began: Instant::now(),
            traces: traces.clone(),
        }
    }

    /// Tells something of it.
    pub fn tell(&mut self, name: &'static str, value: impl Into<Value>) {
        if let Some(span) = &mut self.span {
            span.attributes.push((name, value.into()));
        }
    }

    /// Says that it ended in an error.
    pub fn fail(&mut self) {
        if let Some(span) = &mut self.span {
            span.has_failed = true;
        }
    }

    /// Ends it now.
    pub fn end(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        if let Some(mut span) = self.span.take() {
            let lasted = nanoseconds(self.began.elapsed());
            span.end_unix_ns = span.start_unix_ns.saturating_add(lasted);
            self.traces.take(*span);
        }
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if self.span.is_some() {
            self.tell(attribute::ERROR_TYPE, attribute::GIVEN_UP);
            self.fail();
            self.finish();
        }
    }
}

/// A method by its name, or [`OTHER`]: a caller may say anything.
#[must_use]
pub fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 9] = [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE",
    ];
    let known = KNOWN.into_iter().find(|known| *known == method);
    known.unwrap_or(OTHER)
}

fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
