//! Who finds the addresses of a name.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// Addresses on their way.
pub(in crate::upstream) type Finding =
    Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

/// Finds the addresses of a name, so that tests may have names of their own.
pub(in crate::upstream) trait Resolve: fmt::Debug + Send + Sync {
    /// Finds them, each with the port.
    fn find(&self, host: &str, port: u16) -> Finding;
}

/// The machine's own resolver, with all that its operator has set up: `/etc/hosts`, search domains, caches.
#[derive(Debug)]
pub(in crate::upstream) struct System;

// === impl System ===

impl Resolve for System {
    fn find(&self, host: &str, port: u16) -> Finding {
        let host = host.to_owned();
        // It asks on a thread for what blocks.
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}
