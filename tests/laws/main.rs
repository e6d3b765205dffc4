//! The laws of the mapping language, held for every shipped mapping.

mod shipped;
mod upstreams;
