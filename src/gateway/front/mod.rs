//! The strict front: what a stranger's bytes must be before anything here acts on them.
//!
//! It has two halves. The *guard* sits on the connection below hyper and reads each byte once, since hyper parses
//! leniently and hides from what is above it how a message was framed. The *message layer* sits above hyper and judges
//! what hyper tells: names of hosts, forms of targets, methods, `Connection`, `Expect`.
//!
//! What hyper 1.12 (with httparse 1.10) accepts of HTTP/1.1, or mends in silence, and the guard refuses:
//!
//! | what | rule |
//! |---|---|
//! | a line that ends with LF alone, in a head or among trailers | RFC 9112, 2.2: a recipient *may* accept it, and then disagrees with one that does not |
//! | several empty lines before a request line | RFC 9112, 2.2: at least one is ignored; one is |
//! | `Content-Length` beside `Transfer-Encoding` | RFC 9112, 6.1 and 6.3: likely smuggling |
//! | `Content-Length` twice, equal or not, or a list | RFC 9110, 8.6 |
//! | any coding beside `chunked`, a list of codings, two lines of them | RFC 9112, 6.1 and 7: 501 or 400 |
//! | `#`, `\` and bytes beyond ASCII in a target | RFC 9112, 3.2 and RFC 3986: hyper cuts a fragment off |
//! | white space behind a chunk's size without an extension behind it, more than 16 digits, long extensions | RFC 9112, 7.1 |
//! | trailers with bare LF, or as large as hyper lets them be | RFC 9112, 7.1.2 |
//!
//! What hyper refuses by itself is refused here first, with the same words as the rest and a problem that says so: white
//! space before a colon (RFC 9112, 5.1), folded lines (5.2), control characters (RFC 9110, 5.5), request lines without a
//! version (HTTP/0.9) or of another one, heads over a limit. So hyper never answers in our place: a head is handed to it
//! whole and judged, or not at all. In place of a head that breaks a rule stands a request that the message layer
//! refuses for it, so that its answer waits for those before it, bears an id, is counted, and is the last one.
//!
//! In HTTP/2 a message is framed by its frames: the guard lets it through, and hyper holds RFC 9113 (names of headers in
//! small letters, no `Connection`, lengths that tell the truth). The message layer does the rest. The guard follows the
//! frames as far as it must to keep the time of heads; each body keeps its own. What `http` makes of `:path` is all that
//! anybody here sees of it: a fragment is cut off there, and the path before it is judged, allowed and served.

mod chunks;
mod fault;
mod frames;
mod guard;
mod head;
mod message;
mod pace;
mod reader;
mod strict;

pub use fault::Fault;
pub(super) use guard::{Guard, Speaks};
pub(super) use message::{Condemned, judge, strip};
pub(super) use pace::{BodyPace, Calls, Paces, Running};
pub use strict::{Answering, Strict};

#[cfg(test)]
mod tests;
