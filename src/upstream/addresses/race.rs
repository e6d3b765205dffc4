//! Connections to several addresses, one after the other, of which the first that is open counts.
//!
//! What refuses makes way for the next address at once, what is silent after a while (RFC 8305, "Happy Eyeballs"), so
//! that an address that is gone costs a call little and fails none.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::address::Address;
use super::{Addresses, Known, Said};
use crate::upstream::exchange::after;
use crate::upstream::failure::{Failure, FailureKind};

/// How long a silent address is waited for alone: RFC 8305, section 5, recommends it.
const HEAD_START: Duration = Duration::from_millis(250);

/// Connections that are being opened.
struct Race<'a, T> {
    addresses: &'a Addresses,
    opening: JoinSet<(Arc<Address>, Result<T, Failure>)>,
    /// All that were begun.
    begun: Vec<Begun>,
    /// The failure that came furthest.
    failure: Option<Failure>,
}

struct Begun {
    to: Arc<Address>,
    since: Instant,
    is_over: bool,
}

// === impl Addresses ===

impl Addresses {
    /// Opens a connection to the `first` of the addresses, or to another one.
    ///
    /// # Errors
    ///
    /// What became of the address at which most was reached, or that the time is over.
    pub(in crate::upstream) async fn open<T, F>(
        &self,
        known: &Known,
        first: &Arc<Address>,
        by: Instant,
        open: impl Fn(Arc<Address>) -> F,
    ) -> Result<(Arc<Address>, T), Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
        T: Send + 'static,
    {
        if known.addresses.len() == 1 {
            let late = |_| Failure::not_sent(FailureKind::ConnectTimeout);
            let opened = timeout_at(by, open(Arc::clone(first))).await;
            return Ok((Arc::clone(first), opened.map_err(late)??));
        }
        let mut race = Race {
            addresses: self,
            opening: JoinSet::new(),
            begun: Vec::new(),
            failure: None,
        };
        let mut next = Some(first);
        loop {
            let mut until = by;
            if let Some(address) = next {
                race.begin(address, &open);
                until = after(Instant::now(), HEAD_START).min(by);
            }
            if let Some(end) = race.turn(until, by).await {
                return end;
            }
            next = self.choice(known).next(|one| race.has_begun(one));
        }
    }
}

// === impl Race ===

impl<T: Send + 'static> Race<'_, T> {
    fn begin<F>(&mut self, address: &Arc<Address>, open: impl Fn(Arc<Address>) -> F)
    where
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        self.begun.push(Begun {
            to: Arc::clone(address),
            since: Instant::now(),
            is_over: false,
        });
        let opening = open(Arc::clone(address));
        let address = Arc::clone(address);
        self.opening.spawn(async move { (address, opening.await) });
    }

    fn has_begun(&self, address: &Address) -> bool {
        let mut begun = self.begun.iter();
        begun.any(|begun| begun.to.socket() == address.socket())
    }

    /// Waits for one of the connections; nothing comes back if another one may be begun.
    async fn turn(
        &mut self,
        until: Instant,
        by: Instant,
    ) -> Option<Result<(Arc<Address>, T), Failure>> {
        match timeout_at(until, self.opening.join_next()).await {
            Ok(Some(Ok((address, Ok(opened))))) => {
                self.end(&address);
                self.note_silent();
                Some(Ok((address, opened)))
            }
            Ok(Some(Ok((address, Err(failure))))) => {
                self.end(&address);
                self.addresses.note(&address, Said::Fails);
                self.fail(failure);
                None
            }
            // Nobody ends these tasks, and hyper's connecting does not panic.
            Ok(Some(Err(_))) => None,
            Ok(None) => {
                let unreachable = Failure::not_sent(FailureKind::Unreachable);
                Some(Err(self.failure.unwrap_or(unreachable)))
            }
            Err(_) if Instant::now() < by => None,
            Err(_) => {
                self.note_silent();
                self.fail(Failure::not_sent(FailureKind::ConnectTimeout));
                self.failure.map(Err)
            }
        }
    }

    fn end(&mut self, address: &Arc<Address>) {
        let mut begun = self.begun.iter_mut();
        if let Some(begun) = begun.find(|begun| Arc::ptr_eq(&begun.to, address)) {
            begun.is_over = true;
        }
    }

    /// Those that have had their time and said nothing are left alone as those are that refuse.
    fn note_silent(&self) {
        let is_silent = |begun: &&Begun| !begun.is_over && begun.since.elapsed() >= HEAD_START;
        for begun in self.begun.iter().filter(is_silent) {
            self.addresses.note(&begun.to, Said::Fails);
        }
    }

    /// Keeps the failure that came furthest: what is wrong with TLS is to be mended, whatever refuses beside it.
    fn fail(&mut self, failure: Failure) {
        let reached = |failure: Failure| match failure.kind {
            FailureKind::TlsFailed => 2,
            FailureKind::ConnectTimeout => 1,
            _ => 0,
        };
        if self
            .failure
            .is_none_or(|kept| reached(failure) > reached(kept))
        {
            self.failure = Some(failure);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Mutex;

    use tokio::time::sleep;

    use super::*;
    use crate::config;
    use crate::upstream::addresses::System;
    use crate::upstream::origin::Origin;
    use crate::upstream::watch::Watch;

    /// What an address does, and after how many milliseconds.
    #[derive(Clone, Copy)]
    enum Does {
        Opens(u64),
        Fails(u64, FailureKind),
    }

    const REFUSES: Does = Does::Fails(0, FailureKind::Unreachable);
    const HANGS: Does = Does::Opens(3_600_000);

    fn socket(at: usize) -> SocketAddr {
        ([192, 0, 2, u8::try_from(at).unwrap()], 80).into()
    }

    /// What became of a race of these within a second, beginning at the first; how long it took, in milliseconds; and
    /// which of the addresses were begun.
    async fn raced(does: &[Does]) -> (Result<usize, Failure>, u128, Vec<usize>) {
        let origin = Origin::of("http://billing.example").unwrap();
        let watch = Arc::new(Watch::untold("alpha"));
        let settings = config::Addresses {
            failures: 1,
            ..config::Addresses::default()
        };
        let addresses = Addresses::of(&origin, &settings, &watch, Arc::new(System));
        let sockets: Vec<_> = (0..does.len()).map(socket).collect();
        addresses.learn(addresses.known().with(&sockets));
        let known = addresses.known();
        let begun = Mutex::new(Vec::new());
        let start = Instant::now();
        let opened = addresses.open(
            &known,
            &known.addresses[0],
            after(start, Duration::from_secs(1)),
            |to| {
                let at = sockets.iter().position(|one| *one == to.socket()).unwrap();
                begun.lock().unwrap().push(at);
                let does = does[at];
                async move {
                    match does {
                        Does::Opens(after) => {
                            sleep(Duration::from_millis(after)).await;
                            Ok(at)
                        }
                        Does::Fails(after, kind) => {
                            sleep(Duration::from_millis(after)).await;
                            Err(Failure::not_sent(kind))
                        }
                    }
                }
            },
        );
        let opened = opened.await.map(|(to, at)| {
            assert_eq!(to.socket(), socket(at));
            at
        });
        // Who fails or says nothing rests; who opens, or was not begun, does not.
        for (at, now) in known.now().enumerate() {
            let is_begun = begun.lock().unwrap().contains(&at);
            assert!(is_begun || !now.is_resting, "{at}");
            assert!(opened != Ok(at) || !now.is_resting, "{at}");
            let is_bad = is_begun && !matches!(does[at], Does::Opens(0..=1_000));
            let is_silent = start.elapsed() < HEAD_START;
            assert!(!is_bad || now.is_resting || is_silent, "{at}");
        }
        let begun = begun.into_inner().unwrap();
        (opened, start.elapsed().as_millis(), begun)
    }

    #[tokio::test(start_paused = true)]
    async fn who_refuses_makes_way_at_once_and_who_is_silent_after_a_while() {
        assert_eq!(raced(&[Does::Opens(0), HANGS]).await, (Ok(0), 0, vec![0]));
        assert_eq!(
            raced(&[REFUSES, Does::Opens(5)]).await,
            (Ok(1), 5, vec![0, 1])
        );
        assert_eq!(
            raced(&[HANGS, Does::Opens(5)]).await,
            (Ok(1), 255, vec![0, 1])
        );
        // It has not lost yet.
        let (opened, took, _) = raced(&[Does::Opens(300), Does::Opens(300)]).await;
        assert_eq!((opened, took), (Ok(0), 300));
    }

    #[tokio::test(start_paused = true)]
    async fn every_address_is_tried_while_there_is_time() {
        let mut does = vec![REFUSES; 12];
        does.push(Does::Opens(0));
        let (opened, took, _) = raced(&does).await;
        assert_eq!((opened, took), (Ok(12), 0));
        let (failed, took, begun) = raced(&[REFUSES; 12]).await;
        assert_eq!(failed, Err(Failure::not_sent(FailureKind::Unreachable)));
        assert_eq!((took, begun.len()), (0, 12));
        let (failed, took, begun) = raced(&[HANGS; 12]).await;
        assert_eq!(failed, Err(Failure::not_sent(FailureKind::ConnectTimeout)));
        assert_eq!((took, begun.len()), (1_000, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn the_failure_that_came_furthest_is_told() {
        let tls = Does::Fails(5, FailureKind::TlsFailed);
        for does in [[tls, REFUSES], [REFUSES, tls], [tls, HANGS], [HANGS, tls]] {
            let (failed, ..) = raced(&does).await;
            assert_eq!(failed, Err(Failure::not_sent(FailureKind::TlsFailed)));
        }
    }
}
