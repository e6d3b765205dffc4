//! A canonical call and the native exchange that it is: request and answer, in both directions.
//!
//! The gateway writes requests and reads answers (`Upstream::request`, `Upstream::answer`); the server role
//! reads requests and writes answers (`Upstream::accept`, `Upstream::respond`). Both run the same routes,
//! cases and plans, so what one writes the other reads.

mod accept;
mod answer;
mod base;
mod body;
mod call;
mod callback;
mod care;
mod chain;
mod condition;
mod credentials;
mod cut;
mod facts;
mod faults;
mod fills;
mod gathered;
mod headers;
mod hollow;
mod idle;
mod kept;
mod left;
mod losses;
mod media;
mod merged;
mod moves;
mod names;
mod once;
mod outcome;
mod params;
mod parts;
mod patch;
mod places;
mod problem;
mod received;
mod request;
mod residue;
mod respond;
mod spoken;
mod steps;
mod target;
mod together;
mod touched;
mod trial;
mod uncleared;
mod unkeyed;
mod unrouted;
mod unsaid;
mod unshown;
mod vouch;
mod whole_lists;
mod worker;

pub use accept::{Accepted, NotAccepted, ReceivedContext, ReceivedRequest};
pub use answer::NativeAnswer;
pub use call::{Call, Context, Lost, PageRequest};
pub use callback::{Event, ReceivedDocument};
pub use faults::{BrokenAnswer, CallerFault, Flaw, Refused};
pub use left::{Left, LeftAt, LeftKey};
pub use once::Repeatable;
pub use outcome::{Answered, Outcome, Page, Warning};
pub use places::{escaped, placed};
pub use problem::{FieldError, UpstreamProblem};
pub use received::equal;
pub use request::{NativeRequest, RouteIndex};
pub use respond::{NativeResponse, ServerOutcome, ServerProblem, Unanswerable};
pub use steps::{Course, Earlier, Leg, StepIndex};
pub use vouch::{Signable, TokenCall, Vouched};
pub use worker::Worker;
