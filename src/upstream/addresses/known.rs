//! The addresses of an upstream at one time.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::time::Instant;

use super::address::Address;
use crate::config;
use crate::upstream::exchange::after;
use crate::upstream::failure::FailureKind;

/// The addresses that are known at one time.
#[derive(Debug)]
pub(in crate::upstream) struct Known {
    pub(super) addresses: Box<[Arc<Address>]>,
    /// When they were found; an address that the configuration names was not looked for.
    found: Option<Instant>,
    /// Why there are none.
    pub(super) failure: FailureKind,
}

/// How one address of an upstream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressNow {
    /// The address.
    pub address: SocketAddr,
    /// It is left alone after failures.
    pub is_resting: bool,
    /// Exchanges that run there.
    pub running: usize,
}

// === impl Known ===

impl Known {
    pub(super) fn at(socket: SocketAddr) -> Self {
        Self {
            addresses: Box::new([Arc::new(Address::new(socket))]),
            found: None,
            failure: FailureKind::Unreachable,
        }
    }

    pub(super) fn nowhere(failure: FailureKind) -> Self {
        Self {
            addresses: Box::default(),
            found: None,
            failure,
        }
    }

    /// These addresses, found now; what is known of those that were there before is kept.
    pub(super) fn with(&self, sockets: &[SocketAddr]) -> Self {
        let addresses = sockets.iter().map(|socket| {
            let mut former = self.addresses.iter();
            let same = former.find(|former| former.socket() == *socket);
            same.map_or_else(|| Arc::new(Address::new(*socket)), Arc::clone)
        });
        Self {
            addresses: addresses.collect(),
            found: Some(Instant::now()),
            failure: FailureKind::Unreachable,
        }
    }

    /// Whether there are some, found lately enough to be called while none are found.
    pub(super) fn counts(&self, now: Instant, settings: &config::Addresses) -> bool {
        let is_fresh = |found| now < after(found, settings.stale);
        !self.addresses.is_empty() && self.found.is_none_or(is_fresh)
    }

    pub(super) fn now(&self) -> impl Iterator<Item = AddressNow> {
        // One that is alone is called, whatever became of it beside others.
        let is_alone = self.addresses.len() == 1;
        self.addresses.iter().map(move |one| AddressNow {
            address: one.socket(),
            is_resting: !is_alone && one.is_resting(),
            running: one.running(),
        })
    }
}
