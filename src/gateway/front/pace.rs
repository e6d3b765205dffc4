//! How long a connection may keep the gateway waiting: for the rest of a head, for a body, and between calls.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::fault::Fault;
use crate::config::Limits;
use crate::telemetry::events::TurnedAway;
use crate::telemetry::{Event, Telemetry};

/// The time over which the rate of a body is taken: a pause of a few seconds is no attack.
const WINDOW: Duration = Duration::from_secs(5);

/// The calls of one connection.
#[derive(Debug)]
pub(in crate::gateway) struct Calls {
    begun: AtomicUsize,
    running: AtomicUsize,
    /// The call behind which nothing is read any more, counted from 1; those before it are answered as ever.
    last: AtomicUsize,
    /// No call after those of now is wanted on any connection.
    is_draining: Arc<AtomicBool>,
    /// The call that stands for a head that broke a rule, counted from 1, and the rule.
    condemned: OnceLock<(usize, Fault)>,
    telemetry: Option<Arc<Telemetry>>,
    /// Dropped with the last of them: whoever waits for that waits for calls without a connection, too.
    _last: Box<dyn Any + Send + Sync>,
}

/// A call of a connection while it runs.
#[derive(Debug)]
pub(in crate::gateway) struct Running {
    calls: Arc<Calls>,
    /// Counted from 1.
    number: usize,
}

/// How long a connection may keep us waiting.
#[derive(Debug, Clone, Copy)]
pub(in crate::gateway) struct Paces {
    /// For the head of a request, from its first byte.
    pub(in crate::gateway) head: Duration,
    /// For a call.
    pub(in crate::gateway) idle: Duration,
    /// Bytes of a body in each window.
    body: usize,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The first byte of a head.
    Idle,
    /// The rest of a head.
    Head,
    /// More of a body.
    Body,
    /// Our own answer.
    Answer,
}

/// The clock of one body, where it is not that of its connection.
#[derive(Debug)]
pub(in crate::gateway) struct BodyPace {
    pace: Pace,
    calls: Arc<Calls>,
}

/// The clock of one connection.
#[derive(Debug)]
pub(super) struct Pace {
    paces: Paces,
    waits: Option<(Phase, Instant)>,
    /// Calls that had begun when `waits` was set.
    seen: usize,
    /// Bytes that came since `waits` was set.
    came: usize,
    timer: Option<Pin<Box<Sleep>>>,
}

// === impl Calls ===

impl Calls {
    pub(in crate::gateway) fn new(
        is_draining: Arc<AtomicBool>,
        telemetry: Option<Arc<Telemetry>>,
        last: impl Any + Send + Sync,
    ) -> Self {
        Self {
            begun: AtomicUsize::new(0),
            running: AtomicUsize::new(0),
            last: AtomicUsize::new(usize::MAX),
            is_draining,
            condemned: OnceLock::new(),
            telemetry,
            _last: Box::new(last),
        }
    }

    /// Begins a call; gives the rule that the head broke for which it stands.
    pub(in crate::gateway) fn begin(self: &Arc<Self>) -> (Running, Option<Fault>) {
        let before = self.begun.fetch_add(1, Ordering::Relaxed);
        let number = before.saturating_add(1);
        self.running.fetch_add(1, Ordering::Relaxed);
        let stands_for = self.condemned.get().copied();
        let fault = stands_for.filter(|(call, _)| *call == number);
        let calls = Arc::clone(self);
        (Running { calls, number }, fault.map(|(_, fault)| fault))
    }

    /// The call that stands for a head that broke a rule, and the rule.
    #[cfg(test)]
    pub(super) fn condemned(&self) -> Option<(usize, Fault)> {
        self.condemned.get().copied()
    }

    /// Tells operators that something of the connection was refused or cut off.
    #[cold]
    pub(in crate::gateway) fn turned_away(&self, cause: &'static str) {
        if let Some(telemetry) = &self.telemetry {
            TurnedAway { cause }.emit(telemetry);
        }
    }

    /// Notes that nothing is read behind a call.
    pub(super) fn end_with(&self, call: usize) {
        self.last.fetch_min(call, Ordering::Relaxed);
    }

    /// Notes that a call will stand for a head that broke a rule.
    pub(super) fn condemn(&self, call: usize, fault: Fault) {
        // The first one ends the connection, so there is no second.
        let _ = self.condemned.set((call, fault));
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.load(Ordering::Relaxed) == 0
    }
}

// === impl Running ===

impl Running {
    /// Whether the connection is to end with this call's answer.
    pub(in crate::gateway) fn is_last(&self) -> bool {
        let is_last = self.number >= self.calls.last.load(Ordering::Relaxed);
        is_last || self.calls.is_draining.load(Ordering::Relaxed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.calls.running.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl Paces ===

impl Paces {
    pub(in crate::gateway) fn of(limits: &Limits) -> Self {
        let seconds = usize::try_from(WINDOW.as_secs()).unwrap_or(usize::MAX);
        Self {
            head: limits.head_time,
            idle: limits.idle,
            body: limits.body_rate.saturating_mul(seconds),
        }
    }
}

// === impl Pace ===

impl Pace {
    pub(super) const fn new(paces: Paces) -> Self {
        Self {
            paces,
            waits: None,
            seen: 0,
            came: 0,
            timer: None,
        }
    }

    /// Notes bytes that came.
    pub(super) const fn came(&mut self, bytes: usize) {
        self.came = self.came.saturating_add(bytes);
    }

    /// Notes that the peer takes its answer.
    pub(super) fn went_on(&mut self) {
        if matches!(self.waits, Some((Phase::Idle, _))) {
            self.waits = None;
        }
    }

    /// Ready once it took too long; until then the task is woken when it does.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, phase: Phase, calls: &Calls) -> Poll<()> {
        let span = match phase {
            Phase::Answer => {
                self.waits = None;
                return Poll::Pending;
            }
            Phase::Idle => self.paces.idle,
            Phase::Head => self.paces.head,
            Phase::Body => WINDOW,
        };
        self.poll_span(cx, phase, span, calls.begun.load(Ordering::Relaxed))
    }

    fn poll_span(
        &mut self,
        cx: &mut Context<'_>,
        phase: Phase,
        span: Duration,
        begun: usize,
    ) -> Poll<()> {
        loop {
            let goes_on = self
                .waits
                .filter(|(of, _)| *of == phase && self.seen == begun);
            let end = goes_on.map_or_else(|| self.begin(phase, span, begun), |(_, end)| end);
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
            if timer.deadline() != end {
                timer.as_mut().reset(end);
            }
            ready!(timer.as_mut().poll(cx));
            if phase != Phase::Body || self.came < self.paces.body {
                return Poll::Ready(());
            }
            self.waits = None;
        }
    }

    fn begin(&mut self, phase: Phase, span: Duration, begun: usize) -> Instant {
        let now = Instant::now();
        let end = now.checked_add(span).unwrap_or(now);
        self.waits = Some((phase, end));
        self.seen = begun;
        self.came = 0;
        end
    }
}

// === impl BodyPace ===

impl BodyPace {
    pub(in crate::gateway) const fn new(paces: Paces, calls: Arc<Calls>) -> Self {
        Self {
            pace: Pace::new(paces),
            calls,
        }
    }

    pub(in crate::gateway) const fn came(&mut self, bytes: usize) {
        self.pace.came(bytes);
    }

    /// Ready once too little came; other calls of the connection do not count.
    pub(in crate::gateway) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.pace.poll_span(cx, Phase::Body, WINDOW, 0));
        self.calls.turned_away(Fault::SlowBody.cause());
        Poll::Ready(())
    }
}
