//! A layer that stops calling an upstream which fails, or which asks for time, and finds out by itself when it is back.
//!
//! Calls pass until so many have failed in a row; then none is sent for a while, which doubles with each time that does
//! not help. After it one call is sent, and what becomes of it decides for the others. What is refused in between costs
//! no connection, no turn and no wait. What one of several addresses does while another one works is not of the upstream,
//! and counts for that address alone.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Response, StatusCode};
use tokio::time::Instant;
use tower::{Layer, Service};

use super::addresses::Addresses;
use super::failure::{Blame, Failure, FailureKind};
use super::watch::Watch;
use crate::config;
use crate::telemetry::events::{Resumed, Suspended, SuspensionCause};

/// How long callers are told to wait while one call finds out.
const SOON: Duration = Duration::from_secs(1);

/// The longest time that an upstream is granted which asks for some.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Builds [`Breaker`]s.
#[derive(Debug, Clone)]
pub(super) struct BreakerLayer {
    shared: Arc<Shared>,
}

/// Lets calls pass while the upstream is sound.
#[derive(Debug, Clone)]
pub(super) struct Breaker<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// The answer of the inner service, or `Suspended`.
#[derive(Debug)]
pub(super) enum BreakerFuture<F> {
    Passed(F, Passage),
    Refused(Failure),
}

#[derive(Debug)]
struct Shared {
    settings: config::Breaker,
    watch: Arc<Watch>,
    addresses: Arc<Addresses>,
    /// Closed, and the last call was sound: what every call looks at.
    is_quiet: AtomicBool,
    switch: Mutex<Switch>,
}

#[derive(Debug)]
struct Switch {
    state: State,
    /// How often it opened since the upstream was last sound.
    opened: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Calls pass; so many failed in a row.
    Closed { failed: usize },
    /// None passes until then.
    Open { until: Instant },
    /// One call finds out.
    Probing,
}

/// What a call says of its upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Sound,
    Failed,
    /// It wants to be left alone for so long.
    Asks(Duration),
    /// Nothing.
    Neutral,
}

/// A call that passed, until it is known what it says.
#[derive(Debug)]
pub(super) struct Passage {
    shared: Arc<Shared>,
    is_probe: bool,
    is_judged: bool,
}

// === impl BreakerLayer ===

impl BreakerLayer {
    pub(super) fn new(
        settings: config::Breaker,
        watch: Arc<Watch>,
        addresses: Arc<Addresses>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                settings,
                watch,
                addresses,
                is_quiet: AtomicBool::new(true),
                switch: Mutex::new(Switch {
                    state: State::Closed { failed: 0 },
                    opened: 0,
                }),
            }),
        }
    }
}

impl<S> Layer<S> for BreakerLayer {
    type Service = Breaker<S>;

    fn layer(&self, inner: S) -> Breaker<S> {
        Breaker {
            inner,
            shared: Arc::clone(&self.shared),
        }
    }
}

// === impl Breaker ===

impl<S> Breaker<S> {
    /// The service that it stands before.
    pub(super) const fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S, R> Service<R> for Breaker<S>
where
    S: Service<R, Response = Response<Bytes>, Error = Failure>,
    S::Future: Unpin,
{
    type Response = Response<Bytes>;
    type Error = Failure;
    type Future = BreakerFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        match self.shared.admit() {
            Ok(is_probe) => {
                let passage = Passage {
                    shared: Arc::clone(&self.shared),
                    is_probe,
                    is_judged: false,
                };
                BreakerFuture::Passed(self.inner.call(request), passage)
            }
            Err(failure) => BreakerFuture::Refused(failure),
        }
    }
}

// === impl BreakerFuture ===

impl<F> Future for BreakerFuture<F>
where
    F: Future<Output = Result<Response<Bytes>, Failure>> + Unpin,
{
    type Output = Result<Response<Bytes>, Failure>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Passed(inner, passage) => {
                let result = ready!(Pin::new(inner).poll(cx));
                let verdict = match verdict(&result) {
                    Verdict::Failed | Verdict::Asks(_)
                        if passage.shared.addresses.stand_in(&result) =>
                    {
                        Verdict::Neutral
                    }
                    verdict => verdict,
                };
                passage.judge(verdict);
                Poll::Ready(result)
            }
            Self::Refused(failure) => Poll::Ready(Err(*failure)),
        }
    }
}

/// What a result says of the upstream: a refusal by the gateway itself says nothing, and neither does one of who issues
/// tokens, or one answer over a limit. 501 is an answer like another (RFC 9110, 15.6.2).
fn verdict(result: &Result<Response<Bytes>, Failure>) -> Verdict {
    match result {
        Ok(answer) => {
            let status = answer.status();
            let asks = matches!(
                status,
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
            );
            match asks.then(|| asked(answer)).flatten() {
                Some(time) => Verdict::Asks(time),
                None if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED => {
                    Verdict::Failed
                }
                None => Verdict::Sound,
            }
        }
        Err(failure) => match failure.kind {
            FailureKind::BodyTooLarge
            | FailureKind::CredentialsRefused
            | FailureKind::CredentialsUnavailable
            | FailureKind::CredentialsUnusable => Verdict::Neutral,
            _ if failure.blame == Blame::Upstream => Verdict::Failed,
            _ => Verdict::Neutral,
        },
    }
}

/// The seconds of `Retry-After`; a date says nothing, since clocks differ.
pub(super) fn asked(answer: &Response<Bytes>) -> Option<Duration> {
    let text = answer.headers().get(RETRY_AFTER)?.to_str().ok()?;
    let seconds = text.trim().parse().ok().filter(|seconds| *seconds > 0)?;
    Some(Duration::from_secs(seconds).min(LONGEST_ASKED))
}

// === impl Passage ===

impl Passage {
    fn judge(&mut self, verdict: Verdict) {
        self.is_judged = true;
        self.shared.judge(verdict, self.is_probe);
    }
}

impl Drop for Passage {
    /// A call that was given up says nothing, but another one has to find out.
    fn drop(&mut self) {
        if self.is_probe && !self.is_judged {
            self.judge(Verdict::Neutral);
        }
    }
}

// === impl Shared ===

impl Shared {
    /// Tells whether a call that may pass is the one that finds out.
    fn admit(&self) -> Result<bool, Failure> {
        if self.is_quiet.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let mut switch = self.lock();
        match switch.state {
            State::Closed { .. } => Ok(false),
            State::Open { until } => {
                let left = until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(Failure::suspended(left));
                }
                switch.state = State::Probing;
                Ok(true)
            }
            State::Probing => Err(Failure::suspended(SOON)),
        }
    }

    fn judge(&self, verdict: Verdict, is_probe: bool) {
        let is_plain = verdict == Verdict::Sound || verdict == Verdict::Neutral;
        if is_plain && !is_probe && self.is_quiet.load(Ordering::Relaxed) {
            return;
        }
        let mut switch = self.lock();
        match (verdict, switch.state) {
            (Verdict::Asks(time), _) => self.open(&mut switch, time, SuspensionCause::Asked),
            (Verdict::Sound, State::Closed { .. }) => {
                switch.state = State::Closed { failed: 0 };
                self.is_quiet.store(true, Ordering::Relaxed);
            }
            (Verdict::Sound, State::Probing) if is_probe => self.close(&mut switch),
            (Verdict::Failed, State::Probing) if is_probe => self.fail(&mut switch),
            (Verdict::Failed, State::Closed { failed }) => {
                let failed = failed.saturating_add(1);
                self.is_quiet.store(false, Ordering::Relaxed);
                switch.state = State::Closed { failed };
                if failed >= self.settings.failures {
                    self.fail(&mut switch);
                }
            }
            (Verdict::Neutral, State::Probing) if is_probe => {
                switch.state = State::Open {
                    until: Instant::now(),
                };
            }
            // What was sent before it opened changes nothing.
            (Verdict::Sound | Verdict::Failed | Verdict::Neutral, _) => {}
        }
    }

    fn fail(&self, switch: &mut Switch) {
        let doubled = 1_u32.checked_shl(switch.opened).unwrap_or(u32::MAX);
        let time = self.settings.wait.saturating_mul(doubled);
        let time = time.min(self.settings.longest);
        switch.opened = switch.opened.saturating_add(1);
        self.open(switch, time, SuspensionCause::Failing);
    }

    fn open(&self, switch: &mut Switch, time: Duration, cause: SuspensionCause) {
        let now = Instant::now();
        let until = now.checked_add(time).unwrap_or(now);
        if let State::Open { until: before } = &mut switch.state {
            *before = until.max(*before);
            return;
        }
        self.is_quiet.store(false, Ordering::Relaxed);
        switch.state = State::Open { until };
        self.watch.tell(Suspended {
            meters: &self.watch.meters,
            cause,
            time,
        });
    }

    fn close(&self, switch: &mut Switch) {
        *switch = Switch {
            state: State::Closed { failed: 0 },
            opened: 0,
        };
        self.is_quiet.store(true, Ordering::Relaxed);
        self.watch.tell(Resumed {
            meters: &self.watch.meters,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Switch> {
        self.switch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
