//! What the layers of one call tell each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;

use super::callers::CallerIndex;
use super::identity::RequestId;
use super::problem::{Outcome, Problem};
use super::route::Route;
use crate::telemetry::{CacheUse, CallIds};
use crate::upstream::Onward;

/// A call on its way in.
#[derive(Debug)]
pub(super) struct Inbound<B> {
    pub(super) request: Request<B>,
    pub(super) route: Route,
    pub(super) record: Arc<Record>,
}

/// An answer on its way out.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) response: Response<Full<Bytes>>,
    /// The problem's code, where the answer is one.
    pub(super) code: Option<&'static str>,
    /// What became of the call at its upstream, where the answer is a problem.
    pub(super) sent: Option<Outcome>,
}

/// What is known of a call, by the time it is known. Each field has one writer, so nothing need be locked.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: RequestId,
    /// The trace that it belongs to, if it does.
    pub(super) trace: Option<Onward>,
    pub(super) started: Instant,
    pub(super) now_unix_ms: u64,
    /// Position of the chosen upstream plus one.
    upstream: AtomicU32,
    /// Position of the caller that was proved plus one.
    caller: AtomicU32,
    sent: AtomicU8,
    receiving: AtomicBool,
    cache: AtomicU8,
}

// === impl Record ===

impl Record {
    pub(super) fn new(
        id: RequestId,
        trace: Option<Onward>,
        started: Instant,
        now_unix_ms: u64,
    ) -> Self {
        Self {
            id,
            trace,
            started,
            now_unix_ms,
            upstream: AtomicU32::new(0),
            caller: AtomicU32::new(0),
            sent: AtomicU8::new(0),
            receiving: AtomicBool::new(false),
            cache: AtomicU8::new(0),
        }
    }

    /// What logs tell it by.
    pub(super) fn ids(&self) -> CallIds<'_> {
        CallIds {
            request_id: self.id.as_str(),
            trace_id: self.trace.as_ref().map(|trace| trace.call.id),
        }
    }

    /// Now, by the clock of the call: milliseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.now_unix_ms.saturating_add(elapsed)
    }

    pub(super) fn choose(&self, upstream: usize) {
        note(&self.upstream, upstream);
    }

    pub(super) fn upstream(&self) -> Option<usize> {
        noted(&self.upstream)
    }

    /// Notes the caller that was proved.
    pub(super) fn recognise(&self, CallerIndex(caller): CallerIndex) {
        note(&self.caller, caller);
    }

    pub(super) fn caller(&self) -> Option<CallerIndex> {
        noted(&self.caller).map(CallerIndex)
    }

    /// Notes whether the caller's body is on its way.
    pub(super) fn receive(&self, receiving: bool) {
        self.receiving.store(receiving, Ordering::Relaxed);
    }

    pub(super) fn is_receiving(&self) -> bool {
        self.receiving.load(Ordering::Relaxed)
    }

    /// Notes what the cache had for it.
    pub(super) fn note_cache(&self, cache: CacheUse) {
        let noted = match cache {
            CacheUse::Hit => 1,
            CacheUse::Miss => 2,
            CacheUse::Collapsed => 3,
            CacheUse::Bypass => 4,
        };
        self.cache.store(noted, Ordering::Relaxed);
    }

    /// What the cache had for it, if its answers may be kept.
    pub(super) fn cache(&self) -> Option<CacheUse> {
        Some(match self.cache.load(Ordering::Relaxed) {
            1 => CacheUse::Hit,
            2 => CacheUse::Miss,
            3 => CacheUse::Collapsed,
            4 => CacheUse::Bypass,
            _ => return None,
        })
    }

    /// Notes what became of the operation itself; reads before it do not count.
    pub(super) fn note(&self, outcome: Outcome) {
        let noted = match outcome {
            Outcome::NotSent => 0,
            Outcome::Unknown => 1,
            Outcome::Answered => 2,
        };
        self.sent.store(noted, Ordering::Relaxed);
    }

    pub(super) fn outcome(&self) -> Outcome {
        match self.sent.load(Ordering::Relaxed) {
            0 => Outcome::NotSent,
            1 => Outcome::Unknown,
            _ => Outcome::Answered,
        }
    }
}

/// Notes a position.
fn note(place: &AtomicU32, position: usize) {
    let position = u32::try_from(position).unwrap_or(u32::MAX);
    place.store(position.saturating_add(1), Ordering::Relaxed);
}

fn noted(place: &AtomicU32) -> Option<usize> {
    let position = place.load(Ordering::Relaxed).checked_sub(1)?;
    usize::try_from(position).ok()
}

// === impl Reply ===

impl Reply {
    pub(super) fn problem(problem: Problem, id: &RequestId) -> Self {
        Self {
            code: Some(problem.code.row().name),
            sent: Some(problem.outcome),
            response: problem.into_response(id.as_str()),
        }
    }
}
