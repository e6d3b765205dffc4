//! Checks of how an upstream is called.

use std::time::Duration;

use crate::diag::Code;

use super::check::{Checker, parse};
use super::conduct::{Addresses, Breaker, Conduct, Deadlines, Pool, Retries};

/// The shortest time between two look-ups of a name: more often nobody's records change, and name servers are shared.
const SHORTEST_REFRESH: Duration = Duration::from_secs(1);

/// Whether an upstream is told the trace of a call.
const TRACE_CONTEXT: &str = "upstreams.*.trace-context";

// === impl Checker ===

impl Checker<'_> {
    /// Reads how the upstream at this path is called; what is faulty is told and has its default.
    pub(super) fn conduct(&mut self, at: &str) -> Conduct {
        let deadlines = self.deadlines(&format!("{at}.deadlines"));
        let pool = self.pool(&format!("{at}.pool"));
        let retries = self.retries(&format!("{at}.retries"));
        let breaker = self.breaker(&format!("{at}.breaker"));
        let addresses = self.addresses(&format!("{at}.addresses"));
        let told = self.one(&format!("{at}.trace-context"), TRACE_CONTEXT, parse);
        Conduct {
            deadlines: deadlines.unwrap_or_default(),
            pool: pool.unwrap_or_default(),
            retries: retries.unwrap_or_default(),
            breaker: breaker.unwrap_or_default(),
            addresses: addresses.unwrap_or_default(),
            trace_context: told.unwrap_or_default(),
        }
    }

    fn deadlines(&mut self, at: &str) -> Option<Deadlines> {
        let [connect, first_byte, idle, total] =
            ["connect", "first-byte", "idle", "total"].map(|key| {
                self.duration(
                    &format!("{at}.{key}"),
                    &format!("upstreams.*.deadlines.{key}"),
                )
            });
        let deadlines = Deadlines {
            connect: connect?,
            first_byte: first_byte?,
            idle: idle?,
            total: total?,
        };
        for (key, part) in [
            ("connect", deadlines.connect),
            ("first-byte", deadlines.first_byte),
            ("idle", deadlines.idle),
        ] {
            let given = format!("{at}.{key}");
            // A default that the total undercuts is nobody's mistake.
            if part > deadlines.total && self.raw.get(&given).is_some() {
                let message = format!(
                    "`{given}` is longer than `{at}.total`, which ends the exchange before"
                );
                let help = Some("make it shorter, or `total` longer".to_owned());
                self.fault(Code::C009, &given, message, help);
            }
        }
        Some(deadlines)
    }

    fn pool(&mut self, at: &str) -> Option<Pool> {
        let concurrency = self.count(&format!("{at}.concurrency"), "upstreams.*.pool.concurrency");
        let wait = self.duration(&format!("{at}.wait"), "upstreams.*.pool.wait");
        let queue = self.count(&format!("{at}.queue"), "upstreams.*.pool.queue");
        let idle = self.duration(&format!("{at}.idle"), "upstreams.*.pool.idle");
        Some(Pool {
            concurrency: concurrency?,
            wait: wait?,
            queue: queue?,
            idle: idle?,
        })
    }

    fn retries(&mut self, at: &str) -> Option<Retries> {
        let row = |key: &str| format!("upstreams.*.retries.{key}");
        let attempts = self.count(&format!("{at}.attempts"), &row("attempts"));
        let budget = self.count(&format!("{at}.budget"), &row("budget"));
        let wait = self.duration(&format!("{at}.wait"), &row("wait"));
        Some(Retries {
            attempts: u32::try_from(attempts?).ok()?,
            budget: u8::try_from(budget?).ok()?,
            wait: wait?,
        })
    }

    fn breaker(&mut self, at: &str) -> Option<Breaker> {
        let row = |key: &str| format!("upstreams.*.breaker.{key}");
        let failures = self.count(&format!("{at}.failures"), &row("failures"));
        let wait = self.duration(&format!("{at}.wait"), &row("wait"));
        let longest = self.duration(&format!("{at}.longest"), &row("longest"));
        let breaker = Breaker {
            failures: failures?,
            wait: wait?,
            longest: longest?,
        };
        self.bounded(at, "wait", breaker.wait, breaker.longest);
        Some(breaker)
    }

    fn addresses(&mut self, at: &str) -> Option<Addresses> {
        let row = |key: &str| format!("upstreams.*.addresses.{key}");
        let [refresh, stale, rest, longest] = ["refresh", "stale", "rest", "longest"]
            .map(|key| self.duration(&format!("{at}.{key}"), &row(key)));
        if refresh.is_some_and(|refresh| refresh < SHORTEST_REFRESH) {
            let path = format!("{at}.refresh");
            let message = format!("`{path}` must be a second or longer");
            let help = Some("every process asks the name server as often".to_owned());
            self.fault(Code::C003, &path, message, help);
        }
        let failures = self.count(&format!("{at}.failures"), &row("failures"));
        let allow = self.networks(&format!("{at}.allow"), "leave it out to allow none");
        let addresses = Addresses {
            refresh: refresh?,
            stale: stale?,
            failures: failures?,
            rest: rest?,
            longest: longest?,
            allow: allow?,
        };
        self.bounded(at, "rest", addresses.rest, addresses.longest);
        Some(addresses)
    }

    /// Tells of a first time that is longer than the `longest` beside it.
    fn bounded(&mut self, at: &str, key: &str, first: Duration, longest: Duration) {
        let given = format!("{at}.{key}");
        // A default that the longest undercuts is nobody's mistake.
        if first > longest && self.raw.get(&given).is_some() {
            let message = format!("`{given}` is longer than `{at}.longest`, which bounds it");
            let help = Some("make it shorter, or `longest` longer".to_owned());
            self.fault(Code::C009, &given, message, help);
        }
    }
}
