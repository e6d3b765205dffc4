//! The laws of the mapping language, held for every shipped mapping.

mod broken;
mod regressions;
mod shipped;
mod upstreams;
