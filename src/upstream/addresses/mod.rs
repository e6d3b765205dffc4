//! Where an upstream is: the addresses of its name, which of them an exchange goes to, and which of them rest.

mod address;
mod choice;
mod known;
mod lookup;
mod name;
mod race;
mod ranges;
mod said;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::Response;
use tokio::time::Instant;

use super::failure::{Failure, FailureKind};
use super::origin::Origin;
use super::watch::Watch;
use crate::config;
use crate::telemetry::events::{AddressBack, AddressRefused, AddressRests, AddressesChanged};

use choice::{Choice, Dice};
use name::Name;

pub(super) use address::{Address, Visit};
pub(super) use known::Known;
#[cfg(test)]
pub(super) use lookup::Finding;
pub(super) use lookup::{Resolve, System};
pub(super) use ranges::refused;
pub(super) use said::Said;

pub use known::AddressNow;
pub use ranges::Range;

/// The addresses of one upstream. All that talk to it share them.
#[derive(Debug)]
pub(super) struct Addresses {
    settings: config::Addresses,
    watch: Arc<Watch>,
    dice: Dice,
    known: RwLock<Arc<Known>>,
    are_several: AtomicBool,
    /// None where the host is an address.
    name: Option<Name>,
}

/// Where an upstream is, for operators.
#[derive(Debug, Clone, Default)]
pub struct Whereabouts(Option<Arc<Addresses>>);

// === impl Addresses ===

impl Addresses {
    /// Begins with the origin's own address, or with a name that is looked up at the first call.
    pub(super) fn of(
        origin: &Origin,
        settings: &config::Addresses,
        watch: &Arc<Watch>,
        resolver: Arc<dyn Resolve>,
    ) -> Self {
        let (host, port) = (origin.bare_host(), origin.port());
        let (known, name) = match host.parse::<IpAddr>() {
            Ok(address) => match refused(address, true, &settings.allow) {
                None => (Known::at(SocketAddr::new(address, port)), None),
                Some(range) => {
                    watch.tell(AddressRefused {
                        meters: &watch.meters,
                        address,
                        range: range.name(),
                    });
                    (Known::nowhere(FailureKind::AddressRefused), None)
                }
            },
            Err(_) => {
                let name = Name::new(host, port, resolver);
                (Known::nowhere(FailureKind::Unreachable), Some(name))
            }
        };
        let addresses = Self {
            settings: settings.clone(),
            watch: Arc::clone(watch),
            dice: Dice::new(),
            known: RwLock::new(Arc::new(known)),
            are_several: AtomicBool::new(false),
            name,
        };
        addresses.count();
        addresses
    }

    /// Whether a call may have a choice: it has one, or nobody knows yet.
    pub(super) fn may_be_several(&self) -> bool {
        let is_known = self.name.as_ref().is_none_or(Name::is_followed);
        self.are_several() || !is_known
    }

    fn are_several(&self) -> bool {
        self.are_several.load(Ordering::Relaxed)
    }

    /// Gives what is known; who calls a name first waits until it was looked up.
    ///
    /// # Errors
    ///
    /// That nothing is known, and why.
    pub(super) async fn find(self: &Arc<Self>, by: Instant) -> Result<Arc<Known>, Failure> {
        let mut is_certain = true;
        if let Some(name) = &self.name {
            name.call();
            if !name.is_followed() {
                name.found(self, by).await;
                is_certain = name.is_followed();
            }
        }
        let known = self.known();
        if known.addresses.is_empty()
            || !is_certain && !known.counts(Instant::now(), &self.settings)
        {
            return Err(Failure::not_sent(known.failure));
        }
        Ok(known)
    }

    /// Chooses where an exchange goes, elsewhere than its former attempt if there is such a place.
    pub(super) fn choose<'k>(
        &'k self,
        known: &'k Known,
        now: Instant,
        is_repeatable: bool,
        former: Option<SocketAddr>,
    ) -> Option<&'k Arc<Address>> {
        let is_tried = |address: &Address| Some(address.socket()) == former;
        self.choice(known)
            .first(now, is_repeatable, &self.settings, is_tried)
    }

    /// Takes note of what is known of an address. One that is alone never rests: there is none in its place.
    pub(super) fn note(&self, address: &Address, said: Said) {
        if !self.are_several() {
            return;
        }
        let meters = &self.watch.meters;
        let rests = match said {
            Said::Nothing => return,
            Said::Works if address.is_sound() => return,
            Said::Works => {
                if address.works() {
                    self.count();
                    let address = address.socket();
                    self.watch.tell(AddressBack { meters, address });
                }
                return;
            }
            Said::Fails => address.fails(&self.settings),
            Said::Asks(time) => address.asks(time).then_some(time),
        };
        if let Some(time) = rests {
            self.count();
            self.watch.tell(AddressRests {
                meters,
                address: address.socket(),
                time,
            });
        }
    }

    /// Whether a failure is of one address while another one works: the upstream as a whole has not failed.
    pub(super) fn stand_in(&self, result: &Result<Response<Bytes>, Failure>) -> bool {
        self.are_several()
            && matches!(Said::by(result), Said::Fails | Said::Asks(_))
            && self.known().addresses.iter().any(|one| one.is_sound())
    }

    fn known(&self) -> Arc<Known> {
        let known = self.known.read();
        Arc::clone(&known.unwrap_or_else(PoisonError::into_inner))
    }

    /// Calls these from now on.
    fn learn(&self, known: Known) {
        let known = Arc::new(known);
        self.are_several
            .store(known.addresses.len() > 1, Ordering::Relaxed);
        let before = {
            let mut current = self.known.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, Arc::clone(&known))
        };
        let is_in = |one: &Arc<Address>, known: &Known| {
            known.addresses.iter().any(|other| Arc::ptr_eq(one, other))
        };
        let gone = before.addresses.iter().filter(|one| !is_in(one, &known));
        let gone = gone.map(|one| one.leave()).count();
        let new = known.addresses.iter().filter(|one| !is_in(one, &before));
        let new = new.count();
        self.count();
        if gone > 0 || new > 0 {
            self.watch.tell(AddressesChanged {
                meters: &self.watch.meters,
                new,
                known: known.addresses.len(),
            });
        }
    }

    /// Says how many there are.
    fn count(&self) {
        let known = self.known();
        let resting = known.now().filter(|now| now.is_resting).count();
        let in_use = known.addresses.len().saturating_sub(resting);
        self.watch.meters.addresses(in_use, resting);
    }

    fn choice<'a>(&'a self, known: &'a Known) -> Choice<'a> {
        Choice {
            addresses: &known.addresses,
            dice: &self.dice,
        }
    }
}

// === impl Whereabouts ===

impl Whereabouts {
    pub(super) const fn of(addresses: Arc<Addresses>) -> Self {
        Self(Some(addresses))
    }

    /// Gives the addresses that are known, which is none of a name before its first call.
    #[must_use]
    pub fn now(&self) -> Vec<AddressNow> {
        let known = self.0.as_ref().map(|addresses| addresses.known());
        known.map_or_else(Vec::new, |known| known.now().collect())
    }
}
