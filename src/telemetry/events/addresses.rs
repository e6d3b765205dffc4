//! The addresses of an upstream: looked up, refused, resting, back.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::telemetry::names::target;
use crate::telemetry::{Event, Telemetry, UpstreamMeters};

/// The name of an upstream was looked up.
#[derive(Debug)]
pub struct LookedUp<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
    /// What it came to.
    pub outcome: Lookup,
    /// Whether the look-up before came to something else.
    pub is_news: bool,
}

/// What looking a name up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// Addresses that are called.
    Found,
    /// Addresses, all of which are never called.
    Refused,
    /// No addresses.
    Failed,
    /// Nothing yet.
    Timeout,
}

/// An address was found that is never called.
#[derive(Debug)]
pub struct AddressRefused<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
    /// The address: what a name server says, and nothing of a message.
    pub address: IpAddr,
    /// The range that it is of.
    pub range: &'static str,
}

/// The addresses of an upstream are others than before.
#[derive(Debug)]
pub struct AddressesChanged<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
    /// How many are new.
    pub new: usize,
    /// How many are known now.
    pub known: usize,
}

/// One of several addresses is left alone from now on.
#[derive(Debug)]
pub struct AddressRests<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
    /// The address.
    pub address: SocketAddr,
    /// For how long.
    pub time: Duration,
}

/// An address that was left alone is called again.
#[derive(Debug)]
pub struct AddressBack<'a> {
    /// Handles of the upstream.
    pub meters: &'a UpstreamMeters,
    /// The address.
    pub address: SocketAddr,
}

// === impl Lookup ===

impl Lookup {
    const fn name(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
        }
    }
}

impl Event for LookedUp<'_> {
    fn emit(self, _: &Telemetry) {
        let (upstream, outcome) = (self.meters.upstream(), self.outcome.name());
        self.meters.lookups(outcome).inc();
        match (self.is_news, self.outcome) {
            (false, _) => {}
            (true, Lookup::Found) => {
                tracing::info!(target: target::UPSTREAM, upstream, "upstream's name is found");
            }
            (true, _) => {
                tracing::warn!(target: target::UPSTREAM, upstream, outcome, "upstream's name is not found");
            }
        }
    }
}

impl Event for AddressRefused<'_> {
    fn emit(self, _: &Telemetry) {
        let (upstream, range) = (self.meters.upstream(), self.range);
        self.meters.refused(range).inc();
        let address = self.address.to_string();
        tracing::warn!(target: target::UPSTREAM, upstream, address, range, "address of upstream is never called");
    }
}

impl Event for AddressesChanged<'_> {
    fn emit(self, _: &Telemetry) {
        let (upstream, new, known) = (self.meters.upstream(), self.new, self.known);
        tracing::debug!(target: target::UPSTREAM, upstream, new, known, "upstream's addresses are others");
    }
}

impl Event for AddressRests<'_> {
    fn emit(self, _: &Telemetry) {
        let (upstream, time) = (self.meters.upstream(), self.time.as_secs_f64());
        let address = self.address.to_string();
        tracing::warn!(target: target::UPSTREAM, upstream, address, time, "address of upstream is left alone");
    }
}

impl Event for AddressBack<'_> {
    fn emit(self, _: &Telemetry) {
        let upstream = self.meters.upstream();
        let address = self.address.to_string();
        tracing::info!(target: target::UPSTREAM, upstream, address, "address of upstream is called again");
    }
}
