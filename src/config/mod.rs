//! Settings: `interlingua.yaml`, environment and flags, read raw and checked with all faults at once.

mod settings;

pub use settings::{Deadlines, Limits, Pool};
