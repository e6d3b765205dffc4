//! A name that is followed while it is called: looked up again and again beside the calls, which never wait for it.
//!
//! The first call waits, and one after a time without any; all others take what was found last. So there is one look-up
//! in each interval whatever the load, a name server that is slow or gone costs nobody time, and an address that changed
//! is called within an interval and the time of one look-up.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::lookup::{Finding, Resolve};
use super::ranges::refused;
use super::{Addresses, Known};
use crate::telemetry::events::{AddressRefused, LookedUp, Lookup};
use crate::upstream::failure::FailureKind;

/// The longest that a look-up counts: what comes later is taken at the next turn.
const LONGEST: Duration = Duration::from_secs(2);

/// The wait after a look-up that failed; it doubles with each further one, up to the usual interval.
const SOON: Duration = Duration::from_secs(1);

/// Addresses of one name that are kept. Name servers answer with a dozen where there are many.
const MOST: usize = 32;

/// The host of an upstream, where it is no address.
#[derive(Debug)]
pub(super) struct Name {
    host: Box<str>,
    port: u16,
    resolver: Arc<dyn Resolve>,
    /// Somebody looks it up again and again, and has once.
    is_followed: AtomicBool,
    /// It was called since the last look-up began.
    is_called: AtomicBool,
    /// Tells when the first look-up is over, where somebody follows it.
    first: Mutex<Option<watch::Receiver<bool>>>,
}

/// What follows a name, with what it knows of the last look-up.
#[derive(Default)]
struct Follower {
    /// One that takes long. There is no second beside it.
    pending: Option<Finding>,
    /// What the last one came to.
    last: Option<Lookup>,
    /// How many have come to nothing since one did.
    failed: u32,
    /// Addresses that were refused, which are told once.
    refused: Vec<IpAddr>,
}

// === impl Name ===

impl Name {
    pub(super) fn new(host: &str, port: u16, resolver: Arc<dyn Resolve>) -> Self {
        Self {
            host: host.into(),
            port,
            resolver,
            is_followed: AtomicBool::new(false),
            is_called: AtomicBool::new(false),
            first: Mutex::default(),
        }
    }

    /// Whether what is known is what was found last.
    pub(super) fn is_followed(&self) -> bool {
        self.is_followed.load(Ordering::Acquire)
    }

    /// Keeps it followed.
    pub(super) fn call(&self) {
        // A look costs less than a write that every processor has to hear of.
        if !self.is_called.load(Ordering::Relaxed) {
            self.is_called.store(true, Ordering::Relaxed);
        }
    }

    /// Waits until it was looked up once, by whoever follows it; until half of the time is over if old addresses count.
    pub(super) async fn found(&self, addresses: &Arc<Addresses>, by: Instant) {
        let now = Instant::now();
        let mut wait = by.saturating_duration_since(now);
        if addresses.known().counts(now, &addresses.settings) {
            wait = wait.checked_div(2).unwrap_or_default();
        }
        let mut first = self.follow(addresses);
        let until = now.checked_add(wait).unwrap_or(now);
        // Late or not: what is known then decides.
        let _ = timeout_at(until, first.wait_for(|is_over| *is_over)).await;
    }

    fn follow(&self, addresses: &Arc<Addresses>) -> watch::Receiver<bool> {
        let mut first = self.lock();
        let told = first.get_or_insert_with(|| {
            let (tell, told) = watch::channel(false);
            tokio::spawn(follow(Arc::downgrade(addresses), tell));
            told
        });
        told.clone()
    }

    /// Ends following it where nobody has called meanwhile.
    fn ends(&self) -> bool {
        let mut first = self.lock();
        let ends = !self.is_called.load(Ordering::Relaxed);
        if ends {
            self.is_followed.store(false, Ordering::Release);
            *first = None;
        }
        ends
    }

    fn lock(&self) -> MutexGuard<'_, Option<watch::Receiver<bool>>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is one of this machine's own (RFC 6761, 6.3).
    fn is_local(&self) -> bool {
        let host = self.host.strip_suffix('.').unwrap_or(&self.host);
        let last = host.rsplit('.').next().unwrap_or(host);
        last.eq_ignore_ascii_case("localhost")
    }
}

/// Looks a name up again and again, until nobody calls it any more.
async fn follow(addresses: Weak<Addresses>, first: watch::Sender<bool>) {
    let mut follower = Follower::default();
    loop {
        let Some(strong) = addresses.upgrade() else {
            return;
        };
        let Some(name) = &strong.name else { return };
        name.is_called.store(false, Ordering::Relaxed);
        follower.look_up(name, &strong).await;
        name.is_followed.store(true, Ordering::Release);
        first.send_replace(true);
        let pause = follower.pause(strong.settings.refresh);
        // Without a call for so long the client may be gone when the next turn comes.
        drop(strong);
        sleep(pause).await;
        let is_over = addresses.upgrade().is_none_or(|strong| {
            let name = strong.name.as_ref();
            follower.pending.is_none() && name.is_none_or(Name::ends)
        });
        if is_over {
            return;
        }
    }
}

// === impl Follower ===

impl Follower {
    async fn look_up(&mut self, name: &Name, addresses: &Addresses) {
        let find = || name.resolver.find(&name.host, name.port);
        let pending = self.pending.get_or_insert_with(find);
        let found = timeout(LONGEST, pending.as_mut()).await;
        if found.is_ok() {
            self.pending = None;
        }
        let outcome = match found {
            Ok(found) => self.sort(found, name, addresses),
            Err(_) => Err(Lookup::Timeout),
        };
        let settings = &addresses.settings;
        let (outcome, known) = match outcome {
            Ok(sockets) => (Lookup::Found, Some(addresses.known().with(&sockets))),
            Err(outcome) => {
                let kind = match outcome {
                    Lookup::Refused => FailureKind::AddressRefused,
                    _ => FailureKind::Unreachable,
                };
                let counts = addresses.known().counts(Instant::now(), settings);
                (outcome, (!counts).then(|| Known::nowhere(kind)))
            }
        };
        if let Some(known) = known {
            addresses.learn(known);
        }
        self.failed = match outcome {
            Lookup::Found => 0,
            _ => self.failed.saturating_add(1),
        };
        let before = self.last.replace(outcome).unwrap_or(Lookup::Found);
        addresses.watch.tell(LookedUp {
            meters: &addresses.watch.meters,
            outcome,
            is_news: outcome != before,
        });
    }

    /// Takes out of what was found what is never called; tells what was not told before.
    fn sort(
        &mut self,
        found: io::Result<Vec<SocketAddr>>,
        name: &Name,
        addresses: &Addresses,
    ) -> Result<Vec<SocketAddr>, Lookup> {
        let found = found.map_err(|_| Lookup::Failed)?;
        let is_local = name.is_local();
        let (mut usable, mut never) = (Vec::new(), Vec::new());
        for socket in found {
            let address = socket.ip().to_canonical();
            let allow = &addresses.settings.allow;
            let range = refused(address, is_local, allow);
            // Version 6 addresses of the link have an interface beside them, which must not be lost.
            let socket = match address {
                IpAddr::V4(_) => SocketAddr::new(address, socket.port()),
                IpAddr::V6(_) => socket,
            };
            match range {
                None if usable.len() < MOST && !usable.contains(&socket) => usable.push(socket),
                Some(range) if never.len() < MOST && !never.contains(&address) => {
                    never.push(address);
                    if !self.refused.contains(&address) {
                        addresses.watch.tell(AddressRefused {
                            meters: &addresses.watch.meters,
                            address,
                            range: range.name(),
                        });
                    }
                }
                _ => {}
            }
        }
        self.refused = never;
        match (usable.is_empty(), self.refused.is_empty()) {
            (false, _) => Ok(usable),
            (true, false) => Err(Lookup::Refused),
            (true, true) => Err(Lookup::Failed),
        }
    }

    /// How long until the next look-up.
    fn pause(&self, refresh: Duration) -> Duration {
        let Some(doublings) = self.failed.checked_sub(1) else {
            return refresh;
        };
        let doubled = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        SOON.saturating_mul(doubled).min(refresh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_found_is_looked_up_sooner_at_first() {
        let after = |failed| {
            let follower = Follower {
                failed,
                ..Follower::default()
            };
            follower.pause(Duration::from_secs(5)).as_secs()
        };
        assert_eq!([0, 1, 2, 3, 4, 40].map(after), [5, 1, 2, 4, 5, 5]);
    }

    #[test]
    fn names_of_this_machine_are_told_from_others() {
        for (host, is_local) in [
            ("localhost", true),
            ("LocalHost.", true),
            ("billing.localhost", true),
            ("localhost.example", false),
            ("notlocalhost", false),
            ("127.1", false),
        ] {
            let name = Name::new(host, 80, Arc::new(super::super::lookup::System));
            assert_eq!(name.is_local(), is_local, "{host}");
        }
    }
}
