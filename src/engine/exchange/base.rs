//! What is now: whether it must be read before a call, and what it allows.

use super::call::Call;
use super::faults::Refused;
use super::worker::Worker;
use super::{Answered, NativeAnswer, losses, moves, steps, uncleared, whole_lists};
use crate::codec::Limits;
use crate::codec::json::tape::Tape;
use crate::mapping::ast::Kind;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{Operation, Source, Upstream};

// === impl Upstream ===

impl Upstream {
    /// Gives the operation that reads the document to be changed, if the call needs it to be read first.
    #[must_use]
    pub fn needs_base(&self, call: &Call<'_>, worker: &mut Worker) -> Option<OperationIndex> {
        let operation = self.operation(call.operation)?;
        let base = operation.base?;
        let needed = operation.puts()
            || (operation.steps.is_empty() && operation.uses_current())
            || steps::ask_for_current(operation, call)
            || refuses_removal(operation)
            || self.writes_cuttable(operation, call)
            || (call.context.if_match.is_some() && !self.checks_versions(base, call, worker))
            || asks_for_a_state(operation, call)
            || names_a_list_in_part(operation, call)
            || uncleared::may_keep(operation, call)
            || self.may_lose(operation, call, worker);
        needed.then_some(base)
    }

    /// Gives the operation that reads what an operation changes, if it has one.
    #[must_use]
    pub fn base_of(&self, operation: OperationIndex) -> Option<OperationIndex> {
        self.operation(operation)?.base
    }

    /// Tells whether an update holds what its request has no place for: no loss where it is as it was.
    fn may_lose(&self, operation: &Operation, call: &Call<'_>, worker: &mut Worker) -> bool {
        operation.kind == Kind::Update
            && self
                .request(call, None, worker)
                .is_ok_and(|request| request.losses.iter().any(losses::is_of_body))
    }

    /// Tells whether the upstream itself checks the version that the caller knows.
    fn checks_versions(
        &self,
        read_by: OperationIndex,
        call: &Call<'_>,
        worker: &mut Worker,
    ) -> bool {
        self.tells_versions(read_by) && self.sends_condition(call, None, worker)
    }

    /// Tells whether answers of an operation come with the upstream's own version.
    #[must_use]
    pub fn tells_versions(&self, operation: OperationIndex) -> bool {
        let own = self.operation(operation).into_iter();
        let own = own.flat_map(|operation| operation.all_cases());
        let own = own.flat_map(|answer| &answer.headers);
        let params = self.answer_headers.iter().chain(own);
        params
            .flat_map(|param| &param.sources)
            .any(|source| matches!(source, Source::Outcome(place) if &*place.text == "etag"))
    }

    /// What the base reads as.
    pub(super) fn current(
        &self,
        operation: &Operation,
        call: &Call<'_>,
        base: &NativeAnswer<'_>,
        worker: &mut Worker,
    ) -> Result<Option<String>, Refused> {
        let Some(read_by) = operation.base else {
            return Ok(None);
        };
        let reading = Call {
            operation: read_by,
            body: None,
            ..*call
        };
        match self.answer(&reading, self.route_of(&reading), base, worker) {
            Answered::Outcome(outcome) => {
                Ok(outcome.body.and_then(|body| String::from_utf8(body).ok()))
            }
            Answered::Broken(broken) => Err(Refused::Base(broken)),
            Answered::Problem(_) => Ok(None),
        }
    }
}

/// Tells whether the body asks for a state of a machine.
fn asks_for_a_state(operation: &Operation, call: &Call<'_>) -> bool {
    let Some(text) = call
        .body
        .and_then(|body| std::str::from_utf8(body).ok())
        .filter(|_| !operation.watched.is_empty())
    else {
        return false;
    };
    let mut tape = Tape::default();
    let root = tape.parse(text, &Limits::default());
    root.is_ok_and(|root| moves::asks(operation, root))
}

/// Tells whether the body names a list that goes out whole with what its items hold.
fn names_a_list_in_part(operation: &Operation, call: &Call<'_>) -> bool {
    let bodies = operation.routes.iter();
    let mut bodies = bodies.filter_map(|route| route.body.as_ref());
    if bodies.clone().all(|body| body.shared.is_empty()) {
        return false;
    }
    let text = call.body.and_then(|body| std::str::from_utf8(body).ok());
    let mut tape = Tape::default();
    let patch = text.and_then(|text| tape.parse(text, &Limits::default()).ok());
    patch.is_some_and(|patch| bodies.any(|body| !whole_lists::named(body, patch).is_empty()))
}

/// Tells whether an update may lack an item that the upstream never removes.
fn refuses_removal(operation: &Operation) -> bool {
    let bodies = operation
        .routes
        .iter()
        .filter_map(|route| route.body.as_ref());
    operation.kind == Kind::Update
        && bodies.into_iter().any(|body| {
            body.body
                .plan
                .write
                .eaches
                .iter()
                .any(|each| each.removal_refused)
        })
}
