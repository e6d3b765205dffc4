//! Operations of several calls: one after the other, and what is said when one of them fails.

use bytes::Bytes;
use http::Response;

use super::exchange::{Base, Exchange};
use super::native;
use super::sensitive::Native;
use crate::gateway::answer::{Done, Told};
use crate::gateway::problem::{Outcome as Sent, Refusal, StepDone};
use crate::gateway::translate::{Call, Context, Course, Earlier, Leg, Outcome, StepIndex};
use crate::gateway::wishes::Wishes;
use crate::telemetry::Direction;

/// A step that was done.
struct Walked<'n> {
    step: StepIndex,
    native: Native<'n>,
    outcome: Box<Outcome>,
    status: u16,
}

// === impl Exchange ===

impl Exchange<'_> {
    /// Takes the steps of a call. What a later step fails at is told beside what was done: as the operation says, a
    /// problem or a warning.
    ///
    /// # Errors
    /// The problem to tell the caller.
    pub(super) async fn walk(
        &self,
        call: &Call<'_>,
        wishes: &Wishes<'_>,
        course: Course,
        base: Option<&Base>,
    ) -> Result<Done, Refusal> {
        self.count(&course.losses, course.lost, Direction::ToNative);
        let mut warnings = Told::all_lost(course.losses, course.lost);
        let mut walked: Vec<Walked<'_>> = Vec::new();
        for leg in &course.legs {
            let taken = self.take(call, wishes, leg, &walked, base).await;
            match taken {
                Ok(mut done) => {
                    let told = std::mem::take(&mut done.outcome.warnings);
                    warnings.extend(self.told(call, &done.native, told));
                    walked.push(done);
                }
                Err(problem) if leg.warns && !walked.is_empty() => {
                    // What lacks a part may have it the next time.
                    if let Some(heard) = self.heard {
                        heard.refuse();
                    }
                    warnings.push(Told::step_failed(leg, problem));
                }
                Err(problem) => return Err(self.after(problem, &course.legs, &walked)),
            }
        }
        self.record.note(Sent::Answered);
        self.show(call, wishes, walked, base, warnings).await
    }

    /// Sends the request of a step and reads its answer.
    async fn take<'b>(
        &self,
        call: &Call<'b>,
        wishes: &Wishes<'_>,
        leg: &Leg,
        walked: &[Walked<'_>],
        base: Option<&'b Base>,
    ) -> Result<Walked<'b>, Refusal> {
        let is_first = leg.step == StepIndex::default();
        // A key stands for one request: the upstream must not take a later one for a repetition.
        let own = call.context.idempotency_key.filter(|_| !is_first);
        let scope = || [&*self.operation.id, "/", &*leg.id].concat();
        let key = own.and_then(|_| wishes.derived_key(&scope()));
        let nonce = if is_first {
            call.context.nonce
        } else {
            self.shared.identities.nonce()
        };
        let of_step = Call {
            context: Context {
                nonce,
                idempotency_key: key.as_deref().or(call.context.idempotency_key),
                ..call.context
            },
            ..*call
        };
        let earlier: Vec<Earlier<'_>> = walked
            .iter()
            .map(|done| Earlier {
                step: done.step,
                body: done.outcome.body.as_deref(),
            })
            .collect();
        let response = base.map(|base| &base.response);
        let outgoing = self.outgoing(call, || {
            let translator = &self.upstream.translator;
            match response {
                Some(base) => native::answer(base, |base| {
                    translator.step(&of_step, leg.step, &earlier, Some(base))
                }),
                None => translator.step(&of_step, leg.step, &earlier, None),
            }
        })?;
        let native = Native {
            route: outgoing.route,
            asked: call.body,
            sent: outgoing.request.body().clone(),
            base: base.map(|base| (base.operation, &base.response)),
        };
        self.record.note(Sent::Unknown);
        let is_read = self.operation.is_read;
        let response: Response<Bytes> = self.send(call, outgoing.request, is_read).await?;
        let status = response.status().as_u16();
        let outcome = self.translate_back(call, &native, &response, is_read)?;
        Ok(Walked {
            step: leg.step,
            native,
            outcome,
            status,
        })
    }

    /// A problem that came after something was done, which the same call would do again.
    fn after(&self, mut problem: Refusal, legs: &[Leg], walked: &[Walked<'_>]) -> Refusal {
        if walked.is_empty() {
            self.record.note(problem.outcome);
            return problem;
        }
        let named = |done: &Walked<'_>| legs.iter().find(|leg| leg.step == done.step);
        problem.done = walked
            .iter()
            .filter_map(|done| {
                Some(StepDone {
                    step: named(done)?.id.clone(),
                    id: done.outcome.id.clone(),
                })
            })
            .collect();
        problem.retryable = Some(false);
        problem.retry_after = None;
        if problem.outcome == Sent::NotSent {
            problem.outcome = Sent::Answered;
        }
        self.record.note(problem.outcome);
        problem
    }

    /// Shows what came of it: the first step's answer, read again where that is no whole; without one what is now.
    async fn show(
        &self,
        call: &Call<'_>,
        wishes: &Wishes<'_>,
        walked: Vec<Walked<'_>>,
        base: Option<&Base>,
        mut warnings: Vec<Told>,
    ) -> Result<Done, Refusal> {
        let several = walked.len() > 1;
        let mut walked = walked.into_iter();
        let first = walked.next();
        let status = first.as_ref().map_or(200, |done| done.status);
        let (outcome, is_whole) = match first {
            Some(mut done) if done.step == StepIndex::default() => {
                // What later steps changed stands in it as it was.
                let is_stale = several && done.outcome.then.is_none();
                if is_stale {
                    done.outcome.etag = None;
                }
                let (outcome, is_whole) = self
                    .follow(call, wishes, done.outcome, &done.native, &mut warnings)
                    .await?;
                (outcome, is_whole && !is_stale)
            }
            first => {
                let is_changed = first.is_some();
                self.now(call, base, is_changed, &mut warnings).await?
            }
        };
        Ok(Done {
            outcome,
            warnings,
            // What one of several answers held is not what the resource holds now.
            native: Vec::new(),
            status,
            is_whole,
        })
    }

    /// What the base's operation reads, after a change of parts only.
    async fn now(
        &self,
        call: &Call<'_>,
        base: Option<&Base>,
        is_changed: bool,
        warnings: &mut Vec<Told>,
    ) -> Result<(Box<Outcome>, bool), Refusal> {
        let Some(reader) = self.upstream.translator.base_of(call.operation) else {
            return Ok((Box::default(), false));
        };
        if let Some(base) = base.filter(|_| !is_changed) {
            return Ok((base.outcome.clone(), self.operation.reader == Some(reader)));
        }
        let inputs = self.inputs_of(reader, call.inputs);
        match self.read(reader, &inputs, call).await {
            Ok((_, outcome)) => Ok((outcome, self.operation.reader == Some(reader))),
            Err(_) if is_changed => {
                warnings.push(Told::not_read_back());
                Ok((Box::default(), false))
            }
            Err(problem) => Err(problem),
        }
    }
}
