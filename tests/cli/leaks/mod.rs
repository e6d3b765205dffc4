//! Planted values - of callers, upstreams and the operator - are told by nothing but the message that they belong in.

mod gateway;
mod plant;
mod seek;
mod shown;
mod sweep;
mod upstreams;
