//! What is tried again: only what is safe, after a random wait, within a budget.
//!
//! One state of an attempt decides (RFC 9110, 9.2.2): of what was not sent nothing can be done twice; what may have been
//! sent, or was answered by a failure, is sent again only if the upstream may see it twice. A call that was tried again
//! bears the worst state of its attempts. The budget is a part of all calls, so that an upstream that fails gets hardly
//! more calls than its callers make (Twitter's Finagle; `tower`'s budget).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{Response, StatusCode};
use ring::rand::{SecureRandom, SystemRandom};
use tower::retry;
use tower::retry::budget::{Budget, TpsBudget};

use super::failure::{Failure, FailureKind, Sent};
use super::outbound::Outbound;
use super::watch::Watch;
use crate::config::Retries;
use crate::telemetry::events::Retry;

/// How long a call counts for the budget.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Repetitions in a second that a budget has without any calls.
const RESERVE: u32 = 1;

/// Decides about the attempts of one call.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    rules: Arc<Rules>,
    /// Attempts behind it.
    made: u32,
    /// Whether one of them may have been seen.
    maybe_sent: bool,
}

#[derive(Debug)]
struct Rules {
    retries: Retries,
    budget: TpsBudget,
    watch: Arc<Watch>,
}

/// A wait between two attempts.
pub(super) type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Marks the answer to a repetition of a request that the upstream may have seen before: a refusal speaks of the
/// repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterDoubt;

// === impl Policy ===

impl Policy {
    pub(super) fn new(retries: Retries, watch: Arc<Watch>) -> Self {
        // Hundredths, as the budget wants them.
        let share = Duration::from_millis(u64::from(retries.budget).saturating_mul(10));
        Self {
            rules: Arc::new(Rules {
                retries,
                budget: TpsBudget::new(REMEMBERED, RESERVE, share.as_secs_f32()),
                watch,
            }),
            made: 0,
            maybe_sent: false,
        }
    }

    /// A random part of a span that doubles with each attempt ("full jitter": callers that failed together do not come
    /// back together).
    fn wait(&self) -> Duration {
        let doubled = 2_u32.saturating_pow(self.made.saturating_sub(1));
        let span = self.rules.retries.wait.saturating_mul(doubled);
        let mut chance = [0; 2];
        // Without chance the whole span is waited.
        let part = match SystemRandom::new().fill(&mut chance) {
            Ok(()) => u16::from_be_bytes(chance),
            Err(_) => u16::MAX,
        };
        let parts = span.saturating_mul(u32::from(part));
        parts.checked_div(u32::from(u16::MAX)).unwrap_or(span)
    }
}

impl retry::Policy<Outbound, Response<Bytes>, Failure> for Policy {
    type Future = Wait;

    fn retry(
        &mut self,
        outbound: &mut Outbound,
        result: &mut Result<Response<Bytes>, Failure>,
    ) -> Option<Wait> {
        if self.maybe_sent {
            match result {
                Err(failure) => failure.sent = Sent::MaybeSent,
                Ok(answer) => {
                    answer.extensions_mut().insert(AfterDoubt);
                }
            }
        }
        let rules = Arc::clone(&self.rules);
        if self.made == 0 && was_made(result) {
            rules.budget.deposit();
        }
        self.made = self.made.saturating_add(1);
        if self.made >= rules.retries.attempts || !is_safe(outbound.is_repeatable, result) {
            return None;
        }
        let is_affordable = rules.budget.withdraw();
        rules.watch.tell(Retry {
            meters: &rules.watch.meters,
            is_made: is_affordable,
        });
        if !is_affordable {
            return None;
        }
        if let Some(trace) = &mut outbound.trace {
            trace.resends = trace.resends.saturating_add(1);
        }
        self.maybe_sent |= !matches!(result, Err(failure) if failure.sent == Sent::NotSent);
        Some(Box::pin(tokio::time::sleep(self.wait())))
    }

    fn clone_request(&mut self, outbound: &Outbound) -> Option<Outbound> {
        (self.rules.retries.attempts > 1).then(|| outbound.clone())
    }
}

/// Whether another attempt may help and can do no harm.
fn is_safe(is_repeatable: bool, result: &Result<Response<Bytes>, Failure>) -> bool {
    match result {
        Err(Failure { kind, sent, .. }) => {
            (is_repeatable || *sent == Sent::NotSent) && may_pass(*kind)
        }
        // Who says when to come back is not asked before.
        Ok(answer) => {
            is_repeatable
                && is_passing(answer.status())
                && !answer.headers().contains_key(RETRY_AFTER)
        }
    }
}

/// Whether the call was more than refused by the gateway itself.
fn was_made(result: &Result<Response<Bytes>, Failure>) -> bool {
    let refused = [FailureKind::Overloaded, FailureKind::Suspended];
    !matches!(result, Err(failure) if refused.contains(&failure.kind))
}

/// Whether a failure may be over at the next attempt. One that took a whole deadline has used up its caller's patience,
/// and what is wrong with a certificate, with credentials or with an answer stays so.
const fn may_pass(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Unreachable
            | FailureKind::ConnectTimeout
            | FailureKind::Dropped
            | FailureKind::Truncated
    )
}

/// Whether an answer is one of something between the gateway and the upstream's program, or of one that starts.
fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

#[cfg(test)]
mod tests {
    use http::Request;
    use tower::retry::Policy as _;

    use super::*;

    fn policy(retries: Retries) -> Policy {
        Policy::new(retries, Arc::new(Watch::untold("alpha")))
    }

    fn outbound(is_repeatable: bool) -> Outbound {
        Outbound {
            request: Request::new(Bytes::new()),
            is_repeatable,
            trace: None,
        }
    }

    fn answered(status: u16) -> Result<Response<Bytes>, Failure> {
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        Ok(answer)
    }

    fn is_tried_again(is_repeatable: bool, mut result: Result<Response<Bytes>, Failure>) -> bool {
        let mut policy = policy(Retries::default());
        policy
            .retry(&mut outbound(is_repeatable), &mut result)
            .is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_sent_is_tried_again_whatever_it_is() {
        for kind in FailureKind::ALL {
            let failure = Err(Failure::not_sent(kind));
            let helps = matches!(
                kind,
                FailureKind::Unreachable
                    | FailureKind::ConnectTimeout
                    | FailureKind::Dropped
                    | FailureKind::Truncated
            );
            assert_eq!(is_tried_again(false, failure), helps, "{kind}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_sent_is_tried_again_only_if_it_may_be_seen_twice() {
        let dropped = || Err(Failure::maybe_sent(FailureKind::Dropped));
        assert!(is_tried_again(true, dropped()));
        assert!(!is_tried_again(false, dropped()));
        for (status, again) in [
            (200, false),
            (404, false),
            (429, false),
            (500, false),
            (502, true),
            (503, true),
            (504, true),
        ] {
            assert_eq!(is_tried_again(true, answered(status)), again, "{status}");
            assert!(!is_tried_again(false, answered(status)), "{status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_when_to_come_back_is_not_asked_before() {
        let mut answer = answered(503).unwrap();
        let after = http::HeaderValue::from_static("1");
        answer.headers_mut().insert(RETRY_AFTER, after);
        assert!(!is_tried_again(true, Ok(answer)));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_have_a_number_and_a_call_the_worst_state_of_its_own() {
        let mut policy = policy(Retries {
            attempts: 3,
            ..Retries::default()
        });
        let mut outbound = outbound(true);
        let mut first = Err(Failure::maybe_sent(FailureKind::Dropped));
        assert!(policy.retry(&mut outbound, &mut first).is_some());
        let mut second = Err(Failure::not_sent(FailureKind::Unreachable));
        assert!(policy.retry(&mut outbound, &mut second).is_some());
        assert_eq!(second.unwrap_err().sent, Sent::MaybeSent);
        let mut third = Err(Failure::not_sent(FailureKind::Unreachable));
        assert!(policy.retry(&mut outbound, &mut third).is_none());
        assert_eq!(third.unwrap_err().sent, Sent::MaybeSent);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_after_doubt_is_marked() {
        let is_marked = |first: Result<Response<Bytes>, Failure>| {
            let (mut policy, mut outbound) = (policy(Retries::default()), outbound(true));
            let mut first = first;
            assert!(policy.retry(&mut outbound, &mut first).is_some());
            let mut second = answered(503);
            policy.retry(&mut outbound, &mut second);
            second.unwrap().extensions().get() == Some(&AfterDoubt)
        };
        assert!(is_marked(Err(Failure::maybe_sent(FailureKind::Dropped))));
        assert!(is_marked(answered(502)));
        assert!(!is_marked(Err(Failure::not_sent(FailureKind::Unreachable))));
    }

    #[tokio::test(start_paused = true)]
    async fn repetitions_are_a_part_of_all_calls() {
        let policy = policy(Retries::default());
        let (mut calls, mut repetitions) = (0_u32, 0_u32);
        for _ in 0..50 {
            tokio::time::advance(Duration::from_secs(1)).await;
            for _ in 0..100 {
                calls += 1;
                let mut failed = Err(Failure::maybe_sent(FailureKind::Dropped));
                let again = policy.clone().retry(&mut outbound(true), &mut failed);
                repetitions += u32::from(again.is_some());
            }
        }
        // A tenth, and the reserve of one a second.
        assert!(
            (450..=550).contains(&repetitions),
            "{repetitions} of {calls}"
        );
    }

    #[test]
    fn the_wait_is_a_part_of_a_span_that_doubles() {
        let mut policy = policy(Retries {
            wait: Duration::from_millis(40),
            ..Retries::default()
        });
        for (made, most) in [(1, 40), (2, 80), (3, 160), (9, 10_240)] {
            policy.made = made;
            let waits: Vec<_> = (0..64).map(|_| policy.wait()).collect();
            assert!(
                waits
                    .iter()
                    .all(|wait| *wait <= Duration::from_millis(most))
            );
            let distinct: std::collections::HashSet<_> = waits.iter().collect();
            assert!(
                distinct.len() > 32,
                "{} waits are told apart",
                distinct.len()
            );
        }
    }
}
