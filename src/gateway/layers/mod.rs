//! The layers around the core, one file each. None of them allocates on a call that goes through, but for the one
//! timer of the deadline.

mod access;
mod body_limit;
mod concurrency;
mod deadline;
mod front;
mod panics;
mod request_id;
mod routing;

pub(super) use access::AccessLayer;
pub(super) use body_limit::BodyLimitLayer;
pub(super) use concurrency::{ConcurrencyLayer, Held};
pub(super) use deadline::DeadlineLayer;
pub(super) use front::FrontLayer;
pub(super) use panics::PanicsLayer;
pub(super) use request_id::RequestIdLayer;
pub(super) use routing::RoutingLayer;
