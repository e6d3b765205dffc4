//! What vouching needs of the world.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;

/// Time, chance and secrets, so that tests may set them.
pub trait World: fmt::Debug + Send + Sync {
    /// The time in milliseconds since 1970.
    fn unix_ms(&self) -> i64;

    /// Some number, so that not every process renews its token at one moment.
    fn chance(&self) -> u8;

    /// Whether there are secrets that may be others than when the upstream was compiled.
    fn has_secrets(&self) -> bool {
        false
    }

    /// The secrets that may be others than when the upstream was compiled, by the names of their settings, as they are
    /// now. It may wait for a disk.
    fn secrets(&self) -> Vec<(String, SecretString)> {
        Vec::new()
    }
}

/// The world as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process;

// === impl Process ===

impl World for Process {
    fn unix_ms(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn chance(&self) -> u8 {
        let mut byte = [0];
        // Without any, all renew at the same moment, which costs a burst and nothing else.
        let _ = SystemRandom::new().fill(&mut byte);
        byte[0]
    }
}
