//! How many connections may be open, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::Limits;

/// Counts open connections.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    most_of_peer: Option<usize>,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Filled only where there is a limit for each.
    by_peer: HashMap<IpAddr, usize>,
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    peer: IpAddr,
}

/// Why there is no room for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// There are too many in all.
    All,
    /// There are too many of its peer.
    Peer,
}

// === impl Places ===

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            most: limits.connections,
            most_of_peer: limits.connections_of_peer,
            taken: Mutex::default(),
        }
    }

    /// Counts a connection, if there is room for it.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Full> {
        let peer = peer.to_canonical();
        let mut taken = self.taken();
        if taken.all >= self.most {
            return Err(Full::All);
        }
        if let Some(most) = self.most_of_peer {
            let of_peer = taken.by_peer.entry(peer).or_default();
            if *of_peer >= most {
                return Err(Full::Peer);
            }
            *of_peer = of_peer.saturating_add(1);
        }
        taken.all = taken.all.saturating_add(1);
        Ok(Place {
            places: Arc::clone(self),
            peer,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Full ===

impl Full {
    /// The word for it among causes of metrics.
    pub(super) const fn cause(self) -> &'static str {
        match self {
            Self::All => "connections",
            Self::Peer => "connections-of-peer",
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        if let Some(of_peer) = taken.by_peer.get_mut(&self.peer) {
            *of_peer = of_peer.saturating_sub(1);
            if *of_peer == 0 {
                taken.by_peer.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn places_are_few_in_all_and_fewer_for_each_and_given_back() {
        let places = Arc::new(Places::new(&Limits {
            connections: 3,
            connections_of_peer: Some(2),
            ..Limits::default()
        }));
        let first = places.take(peer(1));
        let mapped = "::ffff:192.0.2.1".parse().unwrap();
        let second = places.take(mapped);
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(places.take(peer(1)).err(), Some(Full::Peer));
        let third = places.take(peer(2));
        assert!(third.is_ok());
        assert_eq!(places.take(peer(3)).err(), Some(Full::All));

        drop((first, second, third));
        assert!(places.taken().by_peer.is_empty());
        assert!(places.take(peer(1)).is_ok());
    }
}
