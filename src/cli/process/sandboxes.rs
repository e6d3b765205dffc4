//! Sandboxes on their ports.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::listeners::{Refused, bind};
use super::signals::Stop;
use crate::config::Limits;
use crate::diag::Report;
use crate::gateway::listener;
use crate::mapping::catalog::Catalog;
use crate::sandbox::{Dialect, Sandbox};

/// Which ports sandboxes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Ports {
    /// Those of their files.
    Declared,
    /// Free ones.
    Free,
    /// From this one on.
    From(u16),
}

/// Sandboxes that are bound and ready.
#[derive(Debug, Default)]
pub(in crate::cli) struct Running {
    sandboxes: Vec<One>,
}

/// One sandbox.
#[derive(Debug)]
pub(in crate::cli) struct One {
    /// Its mapping.
    pub(in crate::cli) mapping: String,
    pub(in crate::cli) address: SocketAddr,
    /// The URL under which the gateway calls it.
    pub(in crate::cli) base_url: String,
    listener: TcpListener,
    sandbox: Sandbox,
}

/// Why sandboxes do not run.
#[derive(Debug)]
pub(in crate::cli) enum Fault {
    Refused(Refused),
    Files(Report),
    /// From this port on there are fewer than that many.
    NoPort(u16, usize),
}

// === impl Running ===

impl Running {
    /// Binds the sandboxes of these mappings on loopback and reads their records.
    pub(in crate::cli) async fn bind(
        catalog: &Arc<Catalog>,
        mappings: &[&str],
        ports: Ports,
        now: i64,
    ) -> Result<Self, Fault> {
        let mut running = Self::default();
        for (place, mapping) in mappings.iter().enumerate() {
            let port = match ports {
                Ports::Free => 0,
                Ports::From(first) => {
                    let port = u16::try_from(place)
                        .ok()
                        .and_then(|place| first.checked_add(place));
                    port.ok_or(Fault::NoPort(first, mappings.len()))?
                }
                Ports::Declared => declared(catalog, mapping),
            };
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
            let name = format!("the sandbox `{mapping}`");
            let (listener, address) = bind(&name, address).await.map_err(Fault::Refused)?;
            let dialect = Dialect::new(
                Arc::clone(catalog),
                mapping,
                &format!("http://{address}"),
                now,
            )
            .map_err(Fault::Files)?;
            running.sandboxes.push(One {
                mapping: (*mapping).to_owned(),
                address,
                base_url: dialect.base_url().to_owned(),
                listener,
                sandbox: Sandbox::new(dialect),
            });
        }
        Ok(running)
    }

    pub(in crate::cli) fn all(&self) -> &[One] {
        &self.sandboxes
    }

    /// Serves until it is time to stop.
    pub(in crate::cli) async fn serve(self, stop: Stop) {
        let mut tasks = JoinSet::new();
        for One {
            listener, sandbox, ..
        } in self.sandboxes
        {
            let stop = stop.clone();
            tasks.spawn(async move {
                let limits = Limits {
                    // Nobody has to see that they are gone.
                    drain_step: Duration::ZERO,
                    ..Limits::default()
                };
                listener::serve(
                    listener,
                    sandbox,
                    &limits,
                    stop.asked(),
                    Duration::from_secs(1),
                )
                .await
            });
        }
        while tasks.join_next().await.is_some() {}
    }
}

/// The port of `sandbox.yaml`; a free one where it says none.
fn declared(catalog: &Catalog, mapping: &str) -> u16 {
    let sandbox = catalog
        .mappings
        .get(mapping)
        .and_then(|set| set.sandbox.as_ref());
    sandbox
        .and_then(|sandbox| sandbox.port.as_ref())
        .map_or(0, |port| port.value)
}
