//! What vouches for a request whose bytes are final: signatures and tokens, made and verified.
//!
//! A template is filled from the request that is sent, and the same template is held against the request that was
//! received: only the time, the token and the signature are taken from what it says, and each is judged by itself.

mod scene;
mod sign;
mod token;
mod verify;

pub use sign::{Signable, Vouched};
pub use token::TokenCall;
