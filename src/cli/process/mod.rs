//! What runs until it is told to stop: listeners, the gateway behind them, and the sandboxes of a demo.

mod configured;
mod listeners;
mod plant;
mod sandboxes;
mod signals;

use std::io;

use tokio::runtime::Runtime;

pub(super) use configured::{Configuration, From, auth_of, configuration, settings_of};
pub(super) use plant::{Bound, Plant, Ready};
pub(super) use sandboxes::{Fault, Ports, Running};
pub(super) use signals::Stop;

/// Makes the runtime on which everything is served.
pub(super) fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
