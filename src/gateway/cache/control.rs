//! `Cache-Control` (RFC 9111, 5.2): what a caller demands, and what upstreams allow.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, VARY};
use http::{HeaderMap, HeaderValue};

use crate::gateway::http_date;
use crate::gateway::preferences::divided;

/// What a caller demands of an answer that is kept. `max-stale` is none of it: nothing stale is ever given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::gateway) struct Demand {
    /// Nothing of this call is to be kept, and nothing kept is wanted.
    pub(in crate::gateway) no_store: bool,
    /// The upstream is to be asked.
    no_cache: bool,
    /// How old it may be.
    max_age: Option<Duration>,
    /// How much longer it must be fresh.
    min_fresh: Duration,
    /// The upstream is not to be asked.
    pub(in crate::gateway) only_if_cached: bool,
}

/// What the upstream's answers to one read say of keeping what is made of them: the strictest counts.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Heard {
    is_refused: AtomicBool,
    /// Nobody behind is to keep it either.
    no_store: AtomicBool,
    /// Seconds of the shortest stated freshness that are left, plus one; 0 as long as none is stated.
    left: AtomicU64,
    /// Seconds of the oldest answer.
    age: AtomicU64,
}

/// How long an answer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) struct Allowance {
    /// From when it was asked for; not zero.
    pub(in crate::gateway) lifetime: Duration,
    /// Seconds that it was old already.
    pub(in crate::gateway) age: u64,
}

// === impl Demand ===

impl Demand {
    /// Reads every line of the header; what is not known is ignored.
    pub(in crate::gateway) fn of(headers: &HeaderMap) -> Self {
        let mut demand = Self::default();
        for (name, value) in directives(headers) {
            match &*name {
                "no-store" => demand.no_store = true,
                "no-cache" => demand.no_cache = true,
                "only-if-cached" => demand.only_if_cached = true,
                "max-age" => {
                    let most = Duration::from_secs(number(value, 0));
                    let known = demand.max_age.unwrap_or(Duration::MAX);
                    demand.max_age = Some(known.min(most));
                }
                "min-fresh" => {
                    let least = Duration::from_secs(number(value, u64::MAX));
                    demand.min_fresh = demand.min_fresh.max(least);
                }
                _ => {}
            }
        }
        demand
    }

    /// Whether the upstream is to be asked, whatever is kept.
    pub(in crate::gateway) fn asks_anew(&self) -> bool {
        self.no_store || self.no_cache || self.max_age == Some(Duration::ZERO)
    }

    /// Whether an answer of this age, which is fresh for so much longer, is good enough.
    pub(super) fn takes(&self, age: Duration, left: Duration) -> bool {
        !self.asks_anew() && self.max_age.is_none_or(|most| age <= most) && left >= self.min_fresh
    }
}

// === impl Heard ===

impl Heard {
    /// Hears one answer of the upstream.
    pub(in crate::gateway) fn hear(&self, headers: &HeaderMap, now_unix_ms: i64) {
        let (mut shared, mut own) = (None::<u64>, None::<u64>);
        for (name, value) in directives(headers) {
            let shortest = |known: Option<u64>| {
                let seconds = number(value, 0);
                Some(known.map_or(seconds, |known| known.min(seconds)))
            };
            match &*name {
                "no-store" => {
                    self.refuse();
                    self.no_store.store(true, Ordering::Relaxed);
                }
                // Named headers or not: what is made of an answer is not told apart by them.
                "private" | "no-cache" => self.refuse(),
                "s-maxage" => shared = shortest(shared),
                "max-age" => own = shortest(own),
                _ => {}
            }
        }
        let mut varies = headers.get_all(VARY).iter().filter_map(text);
        if varies.any(|line| line.split(',').any(|name| name.trim() == "*")) {
            self.refuse();
        }
        let age = headers.get(AGE).and_then(text);
        let age = age.and_then(|age| age.trim().parse().ok()).unwrap_or(0);
        self.age.fetch_max(age, Ordering::Relaxed);
        if let Some(stated) = shared.or(own).or_else(|| expires(headers, now_unix_ms)) {
            self.shorten(stated.saturating_sub(age));
        }
    }

    /// Nothing that is made of these answers is to be kept.
    pub(in crate::gateway) fn refuse(&self) {
        self.is_refused.store(true, Ordering::Relaxed);
    }

    /// Whether nobody behind is to keep it either.
    pub(in crate::gateway) fn is_no_store(&self) -> bool {
        self.no_store.load(Ordering::Relaxed)
    }

    fn shorten(&self, seconds: u64) {
        let left = self.left.load(Ordering::Relaxed);
        let known = left.checked_sub(1).unwrap_or(u64::MAX);
        let left = known.min(seconds).saturating_add(1);
        self.left.store(left, Ordering::Relaxed);
    }

    /// For how long what is made of them may be kept that could be kept for so long: never longer.
    pub(in crate::gateway) fn allows(&self, lifetime: Duration) -> Option<Allowance> {
        if self.is_refused.load(Ordering::Relaxed) {
            return None;
        }
        let age = self.age.load(Ordering::Relaxed);
        let left = self.left.load(Ordering::Relaxed).checked_sub(1);
        let lifetime = lifetime
            .saturating_sub(Duration::from_secs(age))
            .min(left.map_or(Duration::MAX, Duration::from_secs));
        (!lifetime.is_zero()).then_some(Allowance { lifetime, age })
    }
}

/// Seconds until an answer expires; what is no date has expired (RFC 9111, 5.3).
fn expires(headers: &HeaderMap, now_unix_ms: i64) -> Option<u64> {
    let end = headers.get(EXPIRES)?;
    let date = |value| text(value).and_then(http_date::unix_ms);
    // The upstream's clock may differ from ours.
    let now = headers.get(DATE).and_then(date).unwrap_or(now_unix_ms);
    let left = date(end).map_or(0, |end| end.saturating_sub(now) / 1_000);
    Some(u64::try_from(left).unwrap_or(0))
}

/// The directives of every line, their names in lower case, each with its value, which may be quoted.
fn directives(headers: &HeaderMap) -> impl Iterator<Item = (String, Option<&str>)> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(text);
    let directives = lines.flat_map(|line| divided(line, ','));
    directives.map(|directive| match directive.split_once('=') {
        Some((name, value)) => (named(name), Some(value.trim().trim_matches('"'))),
        None => (named(directive), None),
    })
}

fn named(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// The seconds of a directive; what is no number of them is `otherwise`, on the safe side.
fn number(value: Option<&str>, otherwise: u64) -> u64 {
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // More than there is room for is for ever (RFC 9111, 1.2.2).
    let seconds = value.filter(is_number);
    seconds.map_or(otherwise, |text| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn demand(line: &'static str) -> Demand {
        Demand::of(&headers(&[("cache-control", line)]))
    }

    fn takes(line: &'static str, age: u64, left: u64) -> bool {
        demand(line).takes(Duration::from_secs(age), Duration::from_secs(left))
    }

    #[test]
    fn a_caller_says_what_is_good_enough() {
        for (line, age, left, is_taken) in [
            ("", 9, 1, true),
            ("max-stale=60, foo=\"no-cache\"", 9, 1, true),
            ("No-Cache", 0, 9, false),
            ("no-store", 0, 9, false),
            ("max-age=0", 0, 9, false),
            ("max-age=5", 5, 9, true),
            ("max-age=\"5\"", 6, 9, false),
            ("max-age=9, max-age=5", 6, 9, false),
            ("max-age=99999999999999999999", 60, 9, true),
            ("max-age=soon", 1, 9, false),
            ("max-age", 1, 9, false),
            ("min-fresh=5", 0, 5, true),
            ("min-fresh=5", 0, 4, false),
            ("min-fresh=much", 0, 9, false),
        ] {
            assert_eq!(takes(line, age, left), is_taken, "{line}");
        }
        assert!(demand("foo, ONLY-IF-CACHED").only_if_cached);
        assert!(demand("a, no-store").no_store);
    }

    fn allowed(lines: &[&[(&'static str, &'static str)]]) -> Option<(u64, u64)> {
        let heard = Heard::default();
        for lines in lines {
            heard.hear(&headers(lines), 1_000_000_000_000);
        }
        let allowance = heard.allows(Duration::from_secs(30))?;
        Some((allowance.lifetime.as_secs(), allowance.age))
    }

    #[test]
    fn an_upstream_may_shorten_and_never_lengthen() {
        for (lines, expected) in [
            (&[][..], Some((30, 0))),
            (&[("cache-control", "max-age=60")], Some((30, 0))),
            (&[("cache-control", "public, max-age=10")], Some((10, 0))),
            (
                &[("cache-control", "max-age=10, s-maxage=20")],
                Some((20, 0)),
            ),
            (&[("cache-control", "max-age=20, s-maxage=0")], None),
            (
                &[("cache-control", "max-age=20, max-age=10")],
                Some((10, 0)),
            ),
            (&[("cache-control", "max-age=ten")], None),
            (
                &[("cache-control", "max-age=25"), ("age", "20")],
                Some((5, 20)),
            ),
            (&[("age", "20")], Some((10, 20))),
            (&[("age", "30")], None),
            (&[("cache-control", "no-store")], None),
            (&[("cache-control", "private=\"set-cookie\"")], None),
            (&[("cache-control", "no-cache")], None),
            (&[("cache-control", "must-revalidate")], Some((30, 0))),
            (&[("vary", "accept-encoding, *")], None),
            (&[("vary", "accept")], Some((30, 0))),
            (&[("expires", "0")], None),
            (
                &[("expires", "Sun, 09 Sep 2001 01:46:50 GMT")],
                Some((10, 0)),
            ),
            (&[("expires", "Sun, 09 Sep 2001 01:46:30 GMT")], None),
            (
                &[
                    ("expires", "Sun, 09 Sep 2001 01:46:50 GMT"),
                    ("date", "Sun, 09 Sep 2001 01:46:45 GMT"),
                ],
                Some((5, 0)),
            ),
            (
                &[("expires", "0"), ("cache-control", "max-age=9")],
                Some((9, 0)),
            ),
        ] {
            assert_eq!(allowed(&[lines]), expected, "{lines:?}");
        }
    }

    #[test]
    fn of_several_answers_the_strictest_counts() {
        let short = &[("cache-control", "max-age=7")][..];
        let long = &[("cache-control", "max-age=20"), ("age", "3")][..];
        let never = &[("cache-control", "no-store")][..];
        assert_eq!(allowed(&[short, long]), Some((7, 3)));
        assert_eq!(allowed(&[long, short, &[]]), Some((7, 3)));
        assert_eq!(allowed(&[never, long]), None);
    }
}
