//! What is now: whether it must be read before a call, and what it allows.

use super::call::Call;
use super::facts::{self, Facts};
use super::faults::{CallerFault, Refused};
use super::params::pointer_to;
use super::worker::Worker;
use super::{Answered, NativeAnswer, losses, steps};
use crate::codec::Limits;
use crate::codec::json::tape::Tape;
use crate::mapping::ast::Kind;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{Operation, Source, Upstream, Verdict};

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
            || (call.context.if_match.is_some() && !self.checks_versions(base, call, worker))
            || asks_for_a_state(operation, call)
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

    /// Refuses moves of machines that are not allowed from what is now.
    pub(super) fn judge_moves(
        &self,
        operation: &Operation,
        facts: &Facts<'_>,
        found: &mut Vec<CallerFault>,
    ) {
        for watched in &operation.watched {
            let asked = facts
                .body
                .and_then(|body| facts::at(body, &watched.asked.steps))
                .and_then(facts::scalar);
            let now = facts
                .current
                .and_then(|now| facts::at(now, &watched.now.steps))
                .and_then(facts::scalar);
            let (Some(asked), Some(now), Some(machine)) =
                (asked, now, self.machines.get(watched.machine))
            else {
                continue;
            };
            let fault = match machine.judge(now, asked, facts.context.caller_kind) {
                Verdict::Allowed => continue,
                Verdict::Forbidden => {
                    CallerFault::new("forbidden", "another kind of caller may make this move")
                }
                Verdict::Illegal(allowed) => CallerFault {
                    allowed,
                    ..CallerFault::new(
                        "illegal-move",
                        "a state that may follow the one that is now",
                    )
                },
            };
            let pointer = facts.body.and_then(|body| pointer_to(body, &watched.asked));
            found.push(fault.at(pointer.unwrap_or_default()));
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
    root.is_ok_and(|root| {
        operation.asked().any(|place| {
            facts::at(root, &place.steps)
                .and_then(facts::scalar)
                .is_some()
        })
    })
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
