//! How upstreams are called: deadlines, turns, repetitions, and when not at all.

use std::time::Duration;

use super::network::Network;

/// How an upstream is called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conduct {
    /// How long an exchange may take.
    pub deadlines: Deadlines,
    /// How many may run.
    pub pool: Pool,
    /// How often one is tried.
    pub retries: Retries,
    /// When none is begun.
    pub breaker: Breaker,
    /// Which of its addresses are called.
    pub addresses: Addresses,
    /// Whether it is told the trace of the call. It is not unless somebody says so: others' systems learn from it which
    /// of their calls belong together, and the names of whoever took part.
    pub trace_context: bool,
}

/// How the addresses of an upstream are found, and which of them are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// How often its name is looked up while it is called.
    pub refresh: Duration,
    /// How long the addresses that were found last count while none are found.
    pub stale: Duration,
    /// Failures in a row after which one of several addresses rests.
    pub failures: usize,
    /// For how long, the first time; it doubles with each time that does not help.
    pub rest: Duration,
    /// The longest of these times.
    pub longest: Duration,
    /// Addresses that may be called though nobody's upstream is there as a rule.
    pub allow: Vec<Network>,
}

impl Default for Addresses {
    /// 5 s, as Envoy looks names up: records of services that move live no longer; 5 min of old addresses, in which a
    /// name server that is gone is started again. 3 in a row, before the breaker's 5; 1 s to 30 s, so that an address
    /// that is gone for good costs two exchanges a minute.
    fn default() -> Self {
        Self {
            refresh: Duration::from_secs(5),
            stale: Duration::from_secs(5 * 60),
            failures: 3,
            rest: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            allow: Vec::new(),
        }
    }
}

/// How often one exchange with an upstream is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// Attempts of one exchange, the first among them.
    pub attempts: u32,
    /// Repetitions in a hundred exchanges, over ten seconds; one in a second is free.
    pub budget: u8,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub wait: Duration,
}

impl Default for Retries {
    /// 2 attempts, a tenth, 50 ms: a second address or a restarted process is there by then, and a storm grows by a
    /// tenth and no more.
    fn default() -> Self {
        Self {
            attempts: 2,
            budget: 10,
            wait: Duration::from_millis(50),
        }
    }
}

/// When an upstream that fails is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row after which it is.
    pub failures: usize,
    /// For how long, the first time; it doubles with each time that does not help.
    pub wait: Duration,
    /// The longest of these times.
    pub longest: Duration,
}

impl Default for Breaker {
    /// 5 in a row, as Envoy's outlier detection has it; 500 ms to 4 s, so that what has recovered is found out within
    /// five seconds.
    fn default() -> Self {
        Self {
            failures: 5,
            wait: Duration::from_millis(500),
            longest: Duration::from_secs(4),
        }
    }
}

/// How long one exchange with an upstream may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From the first look-up of a name to a connection that can carry a request, TLS included.
    pub connect: Duration,
    /// From the request on an open connection to the head of the answer.
    pub first_byte: Duration,
    /// Between two parts of the answer.
    pub idle: Duration,
    /// From the start of the exchange to the last byte of the answer.
    pub total: Duration,
}

impl Default for Deadlines {
    /// 1 s, 5 s, 5 s, 10 s: what interactive callers wait for before they try elsewhere.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            first_byte: Duration::from_secs(5),
            idle: Duration::from_secs(5),
            total: Duration::from_secs(10),
        }
    }
}

/// How many exchanges with one upstream may run, and how its connections are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Exchanges at one time; also the ceiling of connections that lie unused.
    pub concurrency: usize,
    /// How long a call waits for its turn before it is refused.
    pub wait: Duration,
    /// How many calls may wait.
    pub queue: usize,
    /// How long a connection may lie unused before it is closed.
    pub idle: Duration,
}

impl Default for Pool {
    /// 64 exchanges, as many waiting for 1 s, 20 s unused: below the 30 s and 60 s after which common servers hang up.
    fn default() -> Self {
        Self {
            concurrency: 64,
            wait: Duration::from_secs(1),
            queue: 64,
            idle: Duration::from_secs(20),
        }
    }
}
