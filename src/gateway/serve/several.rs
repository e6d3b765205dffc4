//! A list or search at several upstreams: each is asked for itself, and what became of each is told.

use bytes::Bytes;
use http::{Response, Uri};
use http_body_util::Full;
use tokio::time::{Instant, timeout_at};

use super::exchange::{Exchange, Ready};
use super::no_cursor;
use super::together::together;
use crate::gateway::answer::several::{self, Part, State};
use crate::gateway::cache::Heard;
use crate::gateway::operation::Operation;
use crate::gateway::problem::{Outcome as Sent, Place, Problem, Refusal, UpstreamError, cause};
use crate::gateway::record::Record;
use crate::gateway::shared::{Shared, Upstream};
use crate::gateway::translate::{Call, Context, OperationIndex, PageRequest};
use crate::gateway::wishes::Wishes;
use crate::mapping::ast::Kind;
use crate::telemetry::Event;
use crate::telemetry::events::PartFailed;

/// Upstreams that one call asks at one time.
const AT_ONCE: usize = 8;

/// A call, and what it is answered with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'c> {
    pub(super) shared: &'c Shared,
    pub(super) record: &'c Record,
    pub(super) operation: &'c Operation,
    pub(super) index: OperationIndex,
    /// What cursors are sealed for.
    pub(super) scope: &'c str,
    pub(super) uri: &'c Uri,
    pub(super) wishes: &'c Wishes<'c>,
    /// What hears whether the answer may be kept, where it is.
    pub(super) heard: Option<&'c Heard>,
}

/// An upstream that is to be asked for a page.
struct Turn<'c> {
    upstream: &'c Upstream,
    cursor: Option<String>,
    ready: Result<Ready, Refusal>,
}

// === impl Asked ===

impl<'c> Asked<'c> {
    /// Asks all of them. The cursor of the call is the one that an earlier page gave.
    ///
    /// # Errors
    /// The problem to tell the caller: nothing could be asked, or no upstream answered.
    pub(super) async fn serve(
        &self,
        upstreams: Vec<&'c Upstream>,
        call: &Call<'_>,
    ) -> Result<Response<Full<Bytes>>, Refusal> {
        let goes_on = match call.page.cursor {
            Some(opened) => Some(self.positions(opened, &upstreams)?),
            None => None,
        };
        let mut parts = Vec::with_capacity(upstreams.len());
        let mut turns = Vec::new();
        for upstream in upstreams {
            let position = goes_on.as_ref().map(|positions| {
                let mut known = positions.iter();
                known.find(|(name, _)| **name == *upstream.name)
            });
            let state = match position {
                _ if !upstream.translator.offers(call.operation) => State::NotOffered,
                Some(None) => State::NotAsked,
                Some(Some((_, cursor))) => {
                    turns.push(self.turn(upstream, cursor.clone(), call));
                    State::Asked
                }
                None => {
                    turns.push(self.turn(upstream, None, call));
                    State::Asked
                }
            };
            parts.push(Part {
                upstream,
                cursor: None,
                state,
            });
        }
        if self.wishes.strict {
            turns = refuse_losses(turns)?;
        }
        let answers = self.ask(turns, call).await;
        let asked = parts
            .iter_mut()
            .filter(|part| matches!(part.state, State::Asked));
        for (part, (cursor, answer)) in asked.zip(answers) {
            part.cursor = cursor;
            part.state = answer;
        }
        several::compose(
            self.shared,
            self.operation,
            self.scope,
            self.uri,
            self.wishes,
            parts,
        )
    }

    /// Where each upstream goes on.
    fn positions(
        &self,
        opened: &str,
        upstreams: &[&Upstream],
    ) -> Result<Vec<several::Position>, Refusal> {
        let place = || match self.operation.kind {
            Kind::Search => Place::Pointer("/cursor".to_owned()),
            _ => Place::Parameter("cursor".to_owned()),
        };
        let positions = several::positions(opened).ok_or_else(|| no_cursor(place()))?;
        // The cursor is older than the configuration: a page without one of them would be silently short.
        let is_known = |name: &str| upstreams.iter().any(|upstream| *upstream.name == *name);
        if positions.iter().all(|(name, _)| is_known(name)) {
            return Ok(positions);
        }
        Err(no_cursor(place()))
    }

    fn turn(&self, upstream: &'c Upstream, cursor: Option<String>, call: &Call<'_>) -> Turn<'c> {
        // Two names may lead to one upstream, to which the second would be a repetition of the first.
        let call = Call {
            context: Context {
                nonce: self.shared.identities.nonce(),
                ..call.context
            },
            ..of_page(call, cursor.as_deref())
        };
        let ready = self.exchange(upstream).prepare(&call, None);
        Turn {
            upstream,
            cursor,
            ready,
        }
    }

    fn exchange(&self, upstream: &'c Upstream) -> Exchange<'c> {
        Exchange {
            shared: self.shared,
            record: self.record,
            upstream,
            operation: self.operation,
            heard: None,
        }
    }

    /// Asks each, and gives back what it was asked for with what came of it.
    async fn ask(&self, turns: Vec<Turn<'c>>, call: &Call<'_>) -> Vec<(Option<String>, State)> {
        // One that hangs fails alone, before the call as a whole would.
        let now = Instant::now();
        let end = now.checked_add(self.shared.span_of_parts).unwrap_or(now);
        let ask = |turn: Turn<'c>| async move {
            let name = &turn.upstream.name;
            let exchange = self.exchange(turn.upstream);
            let call = of_page(call, turn.cursor.as_deref());
            let done = match turn.ready {
                Ok(ready) => {
                    let carried = exchange.carry_out(&call, self.wishes, ready, None);
                    let late = |_| Err(Box::new(late(name)));
                    timeout_at(end, carried).await.unwrap_or_else(late)
                }
                Err(problem) => Err(problem),
            };
            let done = done.and_then(|done| several::items(done, name));
            let state = match done {
                Ok(done) => State::Done(done),
                Err(problem) => {
                    if let Some(meters) = turn.upstream.meters(call.operation) {
                        PartFailed {
                            meters,
                            call: self.record.ids(),
                            code: problem.code.row().name,
                        }
                        .emit(&self.shared.telemetry);
                    }
                    State::Failed(problem)
                }
            };
            (turn.cursor, state)
        };
        together(turns.into_iter().map(ask), AT_ONCE).await
    }
}

/// The call at one of the upstreams, whose page this cursor begins.
fn of_page<'p>(call: &Call<'p>, cursor: Option<&'p str>) -> Call<'p> {
    Call {
        page: PageRequest {
            cursor,
            ..call.page
        },
        ..*call
    }
}

/// The problem of an upstream that did not answer in time.
#[cold]
fn late(upstream: &str) -> Problem {
    let mut problem = cause::deadline(Sent::Unknown, true);
    problem.upstream = Some(UpstreamError {
        name: upstream.into(),
        ..UpstreamError::default()
    });
    problem
}

/// Refuses the call if any upstream would lose something of it.
fn refuse_losses(turns: Vec<Turn<'_>>) -> Result<Vec<Turn<'_>>, Refusal> {
    let loses = |turn: &Turn<'_>| matches!(&turn.ready, Ok(ready) if ready.loses());
    if !turns.iter().any(loses) {
        return Ok(turns);
    }
    let mut errors = Vec::new();
    let mut beyond: u32 = 0;
    for turn in turns {
        let Ok(ready) = turn.ready else { continue };
        let (losses, lost) = ready.into_losses();
        let named = u32::try_from(losses.len()).unwrap_or(u32::MAX);
        beyond = beyond.saturating_add(lost.saturating_sub(named));
        errors.extend(cause::lost_at(&turn.upstream.name, losses));
    }
    Err(Box::new(cause::losing(errors, beyond)))
}
