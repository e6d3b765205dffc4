//! The seam to the translation: what the gateway asks of it, and nothing of how it is done.
//!
//! Bytes go in and bytes come out; nothing here waits, logs or fails by panic. Buffers are per thread, since no
//! method is running while a call waits.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use crate::mapping::compile::upstream::Upstream;

pub use crate::engine::exchange::{
    Answered, BrokenAnswer, Call, CallerFault, Context, Course, Earlier, Event, FieldError, Left,
    LeftKey, Leg, Lost, NativeAnswer, NativeRequest, Outcome, Page, PageRequest, ReceivedDocument,
    Refused, RouteIndex, StepIndex, UpstreamProblem, Warning, Worker,
};
pub use crate::mapping::catalog::OperationIndex;

/// Bytes of a buffer that a thread keeps between calls; a document beyond is rare and its room is given back.
const KEPT: usize = 1 << 20;

thread_local! {
    static WORKER: RefCell<Worker> = RefCell::new(worker());
}

/// Translates the calls of one configured upstream and its answers.
pub trait Translate: fmt::Debug + Send + Sync {
    /// Whether the upstream serves the operation.
    fn offers(&self, operation: OperationIndex) -> bool;

    /// The operation that reads what this call changes, where that must be known first.
    fn needs_base(&self, call: &Call<'_>) -> Option<OperationIndex>;

    /// Whether answers of an operation come with the upstream's own version, which it then checks itself.
    fn tells_versions(&self, operation: OperationIndex) -> bool;

    /// Whether the first request of a call says which version is to be changed.
    fn sends_condition(&self, call: &Call<'_>, base: Option<&NativeAnswer<'_>>) -> bool;

    /// Translates a call; `base` is the upstream's answer to the operation that [`Self::needs_base`] named.
    ///
    /// # Errors
    /// What of the call the upstream cannot be asked.
    fn request(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<NativeRequest, Refused>;

    /// The operation that reads what an operation changes, if it has one.
    fn base_of(&self, operation: OperationIndex) -> Option<OperationIndex>;

    /// The steps that a call takes; none for an operation of one call.
    ///
    /// # Errors
    /// What of the call the upstream cannot be asked, by any step.
    fn course(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<Option<Course>, Refused>;

    /// Translates a call for one of its steps, with what the steps before it answered.
    ///
    /// # Errors
    /// What of the call the upstream cannot be asked, or what an earlier answer lacks.
    fn step(
        &self,
        call: &Call<'_>,
        step: StepIndex,
        earlier: &[Earlier<'_>],
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<NativeRequest, Refused>;

    /// Translates the upstream's answer to a call that went this way.
    fn answer(&self, call: &Call<'_>, route: RouteIndex, answer: &NativeAnswer<'_>) -> Answered;

    /// What an answer holds beside what the outcome of a call has, by pointers into it; values that need care are
    /// withheld.
    fn residue(&self, _: &Call<'_>, _: RouteIndex, _: &NativeAnswer<'_>) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Reads a document that the upstream sent by itself; what no rule knows is one event of the type `unknown`.
    fn events(&self, document: &ReceivedDocument<'_>, context: &Context<'_>) -> Vec<Event>;

    /// Texts of a request that was sent that need care, or of which nobody knows whether they do.
    fn sent_with_care(&self, call: &Call<'_>, route: RouteIndex, body: &[u8]) -> Vec<String>;

    /// The same of a document that was read before the call by another operation.
    fn read_with_care(
        &self,
        call: &Call<'_>,
        read_by: OperationIndex,
        answer: &NativeAnswer<'_>,
    ) -> Vec<String>;

    /// How the work of an attempt of unknown outcome is found, if it can be.
    fn recovery(&self, _: OperationIndex) -> Option<Recovery<'_>> {
        None
    }

    /// For how long an answer of an operation may be given again without asking the upstream; not at all if it is not
    /// said.
    fn lifetime(&self, _: OperationIndex) -> Option<Duration> {
        None
    }

    /// Whether the upstream does once what it is sent twice with one key.
    fn knows_repetitions(&self) -> bool {
        false
    }

    /// What the operator keeps secret of the upstream, which its words may not tell either.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// How the work of an attempt of unknown outcome is found.
#[derive(Debug, Clone, Copy)]
pub struct Recovery<'u> {
    /// The member of the call's body whose text finds it.
    pub by: &'u str,
    /// The operation that looks.
    pub with: OperationIndex,
    /// When what is not found counts as not done, where the mapping says so.
    pub settle_after: Option<Duration>,
}

/// The mapping of an upstream, compiled.
impl Translate for Upstream {
    fn recovery(&self, operation: OperationIndex) -> Option<Recovery<'_>> {
        let recover = Self::recover(self, operation)?;
        Some(Recovery {
            by: &recover.by,
            with: recover.with,
            settle_after: recover.settle_after,
        })
    }

    fn lifetime(&self, operation: OperationIndex) -> Option<Duration> {
        Self::lifetime(self, operation)
    }

    fn knows_repetitions(&self) -> bool {
        Self::knows_repetitions(self)
    }

    fn secrets(&self) -> Vec<String> {
        let secrets = self.secrets.iter();
        secrets.map(|secret| secret.shown().to_owned()).collect()
    }

    fn offers(&self, operation: OperationIndex) -> bool {
        Self::offers(self, operation)
    }

    fn needs_base(&self, call: &Call<'_>) -> Option<OperationIndex> {
        let bytes = call.body.map_or(0, <[u8]>::len);
        with_worker(bytes, |worker| Self::needs_base(self, call, worker))
    }

    fn tells_versions(&self, operation: OperationIndex) -> bool {
        Self::tells_versions(self, operation)
    }

    fn sends_condition(&self, call: &Call<'_>, base: Option<&NativeAnswer<'_>>) -> bool {
        let bytes = base.map_or(0, |base| base.body.len());
        with_worker(bytes, |worker| {
            Self::sends_condition(self, call, base, worker)
        })
    }

    fn request(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<NativeRequest, Refused> {
        let bytes = base.map_or(0, |base| base.body.len());
        with_worker(bytes, |worker| Self::request(self, call, base, worker))
    }

    fn base_of(&self, operation: OperationIndex) -> Option<OperationIndex> {
        Self::base_of(self, operation)
    }

    fn course(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<Option<Course>, Refused> {
        // Most operations are one call.
        if !self.has_steps(call.operation) {
            return Ok(None);
        }
        let bytes = base.map_or(0, |base| base.body.len());
        with_worker(bytes, |worker| Self::course(self, call, base, worker))
    }

    fn step(
        &self,
        call: &Call<'_>,
        step: StepIndex,
        earlier: &[Earlier<'_>],
        base: Option<&NativeAnswer<'_>>,
    ) -> Result<NativeRequest, Refused> {
        let bytes = base.map_or(0, |base| base.body.len());
        with_worker(bytes, |worker| {
            Self::step(self, call, step, earlier, base, worker)
        })
    }

    fn answer(&self, call: &Call<'_>, route: RouteIndex, answer: &NativeAnswer<'_>) -> Answered {
        with_worker(answer.body.len(), |worker| {
            Self::answer(self, call, route, answer, worker)
        })
    }

    fn residue(
        &self,
        call: &Call<'_>,
        route: RouteIndex,
        answer: &NativeAnswer<'_>,
    ) -> Vec<(String, String)> {
        with_worker(answer.body.len(), |worker| {
            worker.tell_native(true);
            let answered = Self::answer(self, call, route, answer, worker);
            worker.tell_native(false);
            match answered {
                Answered::Outcome(outcome) => outcome.native,
                Answered::Problem(_) | Answered::Broken(_) => Vec::new(),
            }
        })
    }

    fn events(&self, document: &ReceivedDocument<'_>, context: &Context<'_>) -> Vec<Event> {
        with_worker(document.body.len(), |worker| {
            Self::events(self, document, context, worker)
        })
    }

    fn sent_with_care(&self, call: &Call<'_>, route: RouteIndex, body: &[u8]) -> Vec<String> {
        Self::sent_with_care(self, call, route, body)
    }

    fn read_with_care(
        &self,
        call: &Call<'_>,
        read_by: OperationIndex,
        answer: &NativeAnswer<'_>,
    ) -> Vec<String> {
        Self::read_with_care(self, call, read_by, answer)
    }
}

/// The worker of a thread. How much an answer lost is counted; where costs a second reading and is told by `explain`.
fn worker() -> Worker {
    let mut worker = Worker::default();
    worker.tell_places(false);
    worker
}

fn with_worker<T>(bytes: usize, work: impl FnOnce(&mut Worker) -> T) -> T {
    WORKER.with_borrow_mut(|worker| {
        let done = work(worker);
        if bytes > KEPT {
            worker.shrink(KEPT);
        }
        done
    })
}
