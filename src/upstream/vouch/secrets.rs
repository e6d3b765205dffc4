//! The secrets that count: those of the start, until an upstream refuses them and others stand in their files.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::ExposeSecret;

use super::Vouching;
use crate::mapping::compile::upstream::Renewed;
use crate::upstream::tls::{Identity, TlsFault};

/// Shows another client certificate from now on.
pub(in crate::upstream) type Shows = Box<dyn Fn(Identity) -> Result<(), TlsFault> + Send + Sync>;

/// The secrets of one upstream.
pub(super) struct Secrets {
    vouching: Vouching,
    shows: Option<Shows>,
    renewed: RwLock<Option<Arc<Renewed>>>,
    /// One reading at a time.
    turn: tokio::sync::Mutex<()>,
    /// How many readings there were.
    readings: AtomicU64,
}

// === impl Secrets ===

impl Secrets {
    pub(super) fn new(vouching: Vouching, shows: Option<Shows>) -> Self {
        Self {
            vouching,
            shows,
            renewed: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            readings: AtomicU64::new(0),
        }
    }

    /// Gives those that came later than the start, if there are any.
    pub(super) fn now(&self) -> Option<Arc<Renewed>> {
        let renewed = self.renewed.read();
        renewed.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells whether a client certificate is shown.
    pub(super) fn has_identity(&self) -> bool {
        self.shows.is_some() && self.vouching.upstream.identity().is_some()
    }

    /// Reads the secrets again, since those that were `used` were refused; true if others count now. Calls that wait
    /// for one reading share what it came to.
    pub(super) async fn again(&self, used: Option<&Arc<Renewed>>) -> bool {
        let readings = self.readings.load(Ordering::Acquire);
        let _turn = self.turn.lock().await;
        let now = self.now();
        let is_used = match (used, &now) {
            (None, None) => true,
            (Some(used), Some(now)) => Arc::ptr_eq(used, now),
            _ => false,
        };
        if !is_used {
            return true;
        }
        if self.readings.load(Ordering::Acquire) != readings {
            return false;
        }
        let world = Arc::clone(&self.vouching.world);
        let read = tokio::task::spawn_blocking(move || world.secrets()).await;
        self.readings.fetch_add(1, Ordering::Release);
        let renewed = read.ok().and_then(|secrets| {
            let upstream = &self.vouching.upstream;
            upstream.renewed(&secrets, now.as_deref())
        });
        let Some(renewed) = renewed.filter(|renewed| self.shown(renewed, now.as_deref())) else {
            return false;
        };
        *self.renewed.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(renewed));
        true
    }

    /// Shows the client certificate if it is another one; false where it is none, or its key is not its own yet.
    fn shown(&self, renewed: &Renewed, before: Option<&Renewed>) -> bool {
        let own = self.vouching.upstream.identity();
        let before = before.map_or(own, Renewed::identity);
        match (renewed.identity(), &self.shows) {
            (Some(other), Some(shows)) if Some(other) != before => {
                let identity = Identity::read(other.0, other.1);
                identity.and_then(shows).is_ok()
            }
            _ => true,
        }
    }

    /// The secrets that came later.
    pub(super) fn known(&self) -> Vec<String> {
        let renewed = self.now();
        let secrets = renewed.iter().flat_map(|renewed| renewed.secrets());
        secrets
            .map(|secret| secret.expose_secret().to_owned())
            .collect()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}
