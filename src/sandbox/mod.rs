//! Every upstream's mapping in the server role, over a store in memory: what demos and tests call instead of it.
//!
//! A native request is accepted as the canonical call that it is, the call is done to the store, and the outcome
//! is written as the upstream would write it. What no rule carries stays in the record's own native document,
//! over which answers are written.

mod act;
mod dialect;
mod effects;
mod entries;
mod keeper;
mod load;
mod matching;
mod once;
mod partial;
mod place;
mod problem;
mod residue;
mod service;
mod settings;
mod store;
mod types;
mod value;

pub use dialect::{Dialect, faults};
pub use service::{Answering, Sandbox};
pub use settings::settings;
