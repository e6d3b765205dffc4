//! Equal reads at one time are one exchange with the upstream: the first asks, the others wait for what it gets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::kept::Kept;
use super::key::Key;
use crate::gateway::problem::Problem;

/// What is asked for, and how old it may be: nobody waits for an answer from before a change that he may know of.
type Route = (Key, u64);

/// The reads that are on their way.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Flights {
    open: Mutex<HashMap<Route, watch::Receiver<Option<Landing>>>>,
}

/// What came of a read, for those who waited for it.
#[derive(Debug, Clone)]
pub(in crate::gateway) enum Landing {
    /// An answer that others may have.
    Kept(Arc<Kept>),
    /// An answer for the one who asked.
    NotKept,
    /// None.
    Failed(Arc<Problem>),
}

/// A seat on a flight.
#[derive(Debug)]
pub(in crate::gateway) enum Seat<'f> {
    /// The one who asks.
    First(Flight<'f>),
    /// One who waits.
    Waiting(Waiting),
}

/// A read that is on its way. Dropped before it has landed, it leaves the asking to one of those who wait.
#[derive(Debug)]
pub(in crate::gateway) struct Flight<'f> {
    flights: &'f Flights,
    route: Route,
    landing: watch::Sender<Option<Landing>>,
}

/// Somebody else's read.
#[derive(Debug)]
pub(in crate::gateway) struct Waiting(watch::Receiver<Option<Landing>>);

// === impl Flights ===

impl Flights {
    /// Takes a seat on the flight of a read; there is one if nobody is asking yet.
    pub(in crate::gateway) fn board(&self, key: Key, stamp: u64) -> Seat<'_> {
        let route = (key, stamp);
        let mut open = self.open();
        if let Some(landing) = open.get(&route) {
            return Seat::Waiting(Waiting(landing.clone()));
        }
        let (landing, waiting) = watch::channel(None);
        open.insert(route, waiting);
        Seat::First(Flight {
            flights: self,
            route,
            landing,
        })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Route, watch::Receiver<Option<Landing>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Flight ===

impl Flight<'_> {
    /// Tells all who wait.
    pub(in crate::gateway) fn land(self, landing: Landing) {
        self.landing.send_replace(Some(landing));
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        // The next to come is the first again; those who wait learn of it when the sender goes, after this.
        self.flights.open().remove(&self.route);
    }
}

// === impl Waiting ===

impl Waiting {
    /// What came of it; none if whoever asked gave up.
    pub(in crate::gateway) async fn landed(mut self) -> Option<Landing> {
        let landed = self.0.wait_for(Option::is_some).await;
        landed.ok().and_then(|landing| landing.clone())
    }
}
