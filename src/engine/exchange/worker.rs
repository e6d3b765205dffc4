//! Buffers of one worker.

use crate::codec::Limits;
use crate::codec::json::tape::Tape;
use crate::engine::Engine;

/// Everything that calls need and may reuse. Keep one per worker or connection, and hold it over no await.
#[derive(Debug)]
pub struct Worker {
    pub(super) engine: Engine,
    /// The canonical document that is looked into.
    pub(super) body: Tape,
    /// The resource as it is now.
    pub(super) current: Tape,
    /// What a plan wrote.
    pub(super) result: Tape,
    pub(super) limits: Limits,
    pub(super) tells_places: bool,
    pub(super) tells_native: bool,
}

// === impl Worker ===

impl Worker {
    /// Creates a worker that reads documents up to these limits.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Says whether answers tell the places of what they lost, and not only how much: it costs a second reading of an
    /// answer that lost something. They do unless told otherwise.
    pub fn tell_places(&mut self, tell: bool) {
        self.tells_places = tell;
    }

    /// Says whether answers tell what they hold beside what rules carry. They do not unless told so.
    pub fn tell_native(&mut self, tell: bool) {
        self.tells_native = tell;
    }

    /// Gives back memory beyond so many bytes a buffer, which one large document may have needed.
    pub fn shrink(&mut self, bytes: usize) {
        self.engine.shrink(bytes);
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            body: Tape::default(),
            current: Tape::default(),
            result: Tape::default(),
            limits: Limits::default(),
            tells_places: true,
            tells_native: false,
        }
    }
}
