//! What runs until it is told to stop: listeners, the gateway behind them, and the sandboxes of a demo.

mod configured;
mod described;
mod follow;
mod journal;
mod known;
mod listeners;
mod panics;
mod plant;
mod ready;
mod reload;
mod sandboxes;
mod secured;
mod signals;
mod snapshot;
mod source;
mod traces;

use std::io;

use tokio::runtime::Runtime;

use crate::diag::{Report, Severity};

pub(super) use configured::{Configuration, configuration, effective, settings_alone};
pub(super) use plant::{Bound, Means, Plant};
pub(super) use ready::Ready;
pub(super) use reload::Reloadable;
pub(super) use sandboxes::{Fault, Ports, Running};
pub(super) use signals::Stop;
pub(super) use snapshot::{Parts, tell};
pub(super) use source::{Loaded, Source, Texts};

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
