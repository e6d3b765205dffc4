//! Calls that were done under a key: a repetition is answered as the first was, and does nothing.

use std::collections::{BTreeMap, VecDeque};

use crate::engine::exchange::{NativeResponse, Repeatable};

/// Keys that are known at a time; the oldest is forgotten first.
const MOST: usize = 256;

/// What was done under keys.
#[derive(Debug, Default)]
pub(super) struct Once {
    done: BTreeMap<Vec<u8>, Answered>,
    order: VecDeque<Vec<u8>>,
}

/// A call that was done.
#[derive(Debug)]
struct Answered {
    said: Vec<u8>,
    response: NativeResponse,
}

/// What is known of a key.
pub(super) enum Known {
    /// Nothing was done under it.
    Nothing,
    /// The same call was, and answered so.
    Done(NativeResponse),
    /// Another call was.
    Another,
}

// === impl Once ===

impl Once {
    /// Looks a call up.
    pub(super) fn known(&self, call: &Repeatable) -> Known {
        match self.done.get(&call.key) {
            None => Known::Nothing,
            Some(done) if done.said == call.said => Known::Done(done.response.clone()),
            Some(_) => Known::Another,
        }
    }

    /// Keeps the answer of a call that was done.
    pub(super) fn keep(&mut self, call: Repeatable, response: &NativeResponse) {
        if self.order.len() >= MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
        self.order.push_back(call.key.clone());
        let done = Answered {
            said: call.said,
            response: response.clone(),
        };
        self.done.insert(call.key, done);
    }
}
