//! Checked settings: what the rest of the program is built from. Every value here is in range.

use std::time::Duration;

/// How long one exchange with an upstream may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From the first look-up of a name to a connection that can carry a request, TLS included.
    pub connect: Duration,
    /// From the request on an open connection to the head of the answer.
    pub first_byte: Duration,
    /// From the start of the exchange to the last byte of the answer.
    pub total: Duration,
}

impl Default for Deadlines {
    /// 1 s, 5 s, 10 s: what interactive callers wait for before they try elsewhere.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            first_byte: Duration::from_secs(5),
            total: Duration::from_secs(10),
        }
    }
}

/// How many exchanges with one upstream may run, and how its connections are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// Exchanges at one time; also the ceiling of open connections.
    pub concurrency: usize,
    /// How long a call waits for its turn before it is refused.
    pub wait: Duration,
    /// How long a connection may lie unused before it is closed.
    pub idle: Duration,
}

impl Default for Pool {
    /// 64 exchanges, 1 s of waiting, 30 s unused: below the 60 s after which common servers hang up.
    fn default() -> Self {
        Self {
            concurrency: 64,
            wait: Duration::from_secs(1),
            idle: Duration::from_secs(30),
        }
    }
}

/// What a message may weigh, in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a caller's body.
    pub body: usize,
    /// Bytes of an upstream's body.
    pub answer: usize,
    /// Bytes of a head: first line and headers.
    pub header: usize,
    /// Headers of one message.
    pub headers: usize,
    /// Calls that the gateway serves at one time.
    pub concurrency: usize,
}

impl Default for Limits {
    /// 1 MiB, 8 MiB, 32 KiB, 100 headers, 1,024 calls.
    fn default() -> Self {
        Self {
            body: 1 << 20,
            answer: 8 << 20,
            header: 32 << 10,
            headers: 100,
            concurrency: 1_024,
        }
    }
}
