//! What operators see of the running process: probes and metrics on one listener, the rest on another.

mod answer;
mod control;
mod guard;
mod mappings;
mod probes;
mod readiness;
mod reference;

pub use control::{Control, Quit, Reloaded, Reloads};
pub use guard::Hosts;
pub use mappings::{Admin, Loaded, Observed, View};
pub use probes::Probes;
pub use readiness::Readiness;
pub use reference::page;
