//! `key`: a key of a caller, and its hash.

use std::io;

use clap::Args;
use secrecy::ExposeSecret;

use super::console::{Console, Exit};
use crate::gateway::callers::FreshKey;

/// Make a key for a caller
///
/// The key goes to the caller, which sends it as `Authorization: Bearer` and the key; it is shown this once. The hash
/// goes into the configuration, below `callers.known` and the caller's name.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua key
  interlingua key | tee >(grep ^key: >&3) | grep ^hash:    the two to different places")]
pub(super) struct Key {}

// === impl Key ===

impl Key {
    #[allow(clippy::unused_self, reason = "a verb is run like the others")]
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        let FreshKey { key, hash } = FreshKey::new().map_err(io::Error::other)?;
        console.line(format!("key:  {}", key.expose_secret()))?;
        console.line(format!("hash: {hash}"))?;
        Ok(Exit::Ok)
    }
}
