//! Addresses that are bound before anything is served.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// An address that is not ours to have.
#[derive(Debug)]
pub(in crate::cli) struct Refused {
    name: String,
    address: SocketAddr,
    error: io::Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            address,
            error,
        } = self;
        write!(f, "{name} cannot listen on {address}: {error}")
    }
}

/// Binds an address; port 0 takes a free one. `name` says what would listen there.
pub(in crate::cli) async fn bind(
    name: &str,
    address: SocketAddr,
) -> Result<(TcpListener, SocketAddr), Refused> {
    let refused = |error| Refused {
        name: name.to_owned(),
        address,
        error,
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, bound))
}
