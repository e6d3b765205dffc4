//! Every upstream's mapping in the server role, over a store in memory: what demos and tests call instead of it.

mod settings;

pub use settings::settings;
