//! What runs until it is told to stop: listeners, the gateway behind them, and the sandboxes of a demo.

mod configured;
mod described;
mod follow;
mod journal;
mod known;
mod listeners;
mod panics;
mod plant;
mod sandboxes;
mod secured;
mod signals;

use std::io;

use tokio::runtime::Runtime;

use crate::diag::{Report, Severity};

pub(super) use configured::{configuration, effective, settings_alone};
pub(super) use plant::{Bound, Means, Plant, Ready};
pub(super) use sandboxes::{Fault, Ports, Running};
pub(super) use signals::Stop;

/// Warnings and hints of files that serve all the same; none if there are none.
pub(super) fn by_number(report: &Report) -> Option<String> {
    let count = |severity| {
        let found = report.iter().filter(|fault| fault.severity == severity);
        found.count()
    };
    let (warnings, hints) = (count(Severity::Warning), count(Severity::Hint));
    (warnings > 0 || hints > 0).then(|| {
        format!("the mappings have {warnings} warnings and {hints} hints; `interlingua check` tells them")
    })
}

/// Makes the runtime on which everything is served. From here on a panic is told by its place alone.
pub(super) fn runtime() -> io::Result<Runtime> {
    panics::tell_places_only();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
}
