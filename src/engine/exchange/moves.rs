//! Machines: which of the states that a call asks for may follow the ones that are now.

use super::facts::{self, Facts};
use super::faults::CallerFault;
use super::places::escaped;
use crate::codec::json::tape::TapeNode;
use crate::mapping::ast::Kind;
use crate::mapping::compile::upstream::{Operation, Place, Start, Upstream, Verdict, Watched};

/// A move that may not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedMove {
    /// Pointer to the state that is asked for.
    pub(crate) pointer: String,
    /// Why.
    pub(crate) verdict: Verdict,
}

/// What has a state: a document, or an item of a list.
struct Holder<'t> {
    /// Pointer to it in the body.
    pointer: String,
    asked: TapeNode<'t>,
    /// What it is now; none if it is not there yet.
    now: Option<TapeNode<'t>>,
    /// Nothing else that is there is called the same.
    is_one: bool,
}

// === impl Upstream ===

impl Upstream {
    /// Finds the moves of machines that are not allowed from what is now.
    pub(crate) fn refused_moves(
        &self,
        operation: &Operation,
        asked: TapeNode<'_>,
        now: TapeNode<'_>,
        caller: Option<&str>,
    ) -> Vec<RefusedMove> {
        let mut refused = Vec::new();
        for watched in &operation.watched {
            let Some(machine) = self.machines.get(watched.machine) else {
                continue;
            };
            // Of an item that stands twice the states that were asked for before.
            let mut before: Vec<(u32, String)> = Vec::new();
            for holder in holders(watched, asked, now) {
                let state = |node: TapeNode<'_>, place: &Place| {
                    let found = facts::at(node, &place.steps).and_then(facts::scalar);
                    found.map(str::to_owned)
                };
                let asked = state(holder.asked, &watched.asked);
                let Some((asked, held)) = asked.zip(holder.now) else {
                    continue;
                };
                let now = state(held, &watched.now);
                let from = Start {
                    now: now.as_deref(),
                    caller,
                    command: operation.kind == Kind::Command,
                };
                let item = held.whole().start;
                let mut others = before.iter();
                let verdict = match others.any(|(other, state)| *other == item && *state != asked) {
                    true => Verdict::Contradicts,
                    false => machine.judge(&asked, from),
                };
                // Of two that are called the same each may be meant.
                if holder.is_one {
                    before.push((item, asked));
                }
                if verdict != Verdict::Allowed {
                    refused.push(RefusedMove {
                        pointer: holder.pointer + &below(&watched.asked),
                        verdict,
                    });
                }
            }
        }
        refused
    }

    /// Refuses moves of machines that are not allowed from what is now.
    pub(super) fn judge_moves(
        &self,
        operation: &Operation,
        facts: &Facts<'_>,
        found: &mut Vec<CallerFault>,
    ) {
        let (Some(body), Some(now)) = (facts.body, facts.current) else {
            return;
        };
        let caller = facts.context.caller_kind;
        for refused in self.refused_moves(operation, body, now, caller) {
            let fault = match refused.verdict {
                Verdict::Allowed => continue,
                Verdict::Forbidden => {
                    CallerFault::new("forbidden", "another kind of caller may make this move")
                }
                Verdict::Contradicts => CallerFault::new(
                    "conflicting-input",
                    "one state: an item before it is the same and asks for another",
                ),
                Verdict::Illegal(allowed) => CallerFault {
                    allowed,
                    ..CallerFault::new(
                        "illegal-move",
                        "a state that may follow the one that is now",
                    )
                },
            };
            found.push(fault.at(refused.pointer));
        }
    }
}

/// Tells whether a body asks for a state of a machine.
pub(super) fn asks(operation: &Operation, body: TapeNode<'_>) -> bool {
    operation.watched.iter().any(|watched| {
        let has = |node: TapeNode<'_>| {
            let found = facts::at(node, &watched.asked.steps);
            found.and_then(facts::scalar).is_some()
        };
        match &watched.list {
            None => has(body),
            Some(list) => {
                let items = body.get(&list.name);
                items.into_iter().flat_map(TapeNode::items).any(has)
            }
        }
    })
}

/// What has states of a machine in a body, each with what it is now: items by the first key that both have. One that is
/// not there yet moves from nowhere.
fn holders<'t>(watched: &Watched, body: TapeNode<'t>, now: TapeNode<'t>) -> Vec<Holder<'t>> {
    let Some(list) = &watched.list else {
        return vec![Holder {
            pointer: String::new(),
            asked: body,
            now: Some(now),
            is_one: true,
        }];
    };
    let asked = body.get(&list.name).into_iter().flat_map(TapeNode::items);
    let holder = |(index, item): (usize, TapeNode<'t>)| {
        let known = now.get(&list.name).into_iter().flat_map(TapeNode::items);
        let known = known.filter(|other| {
            let both = list.keys.iter().find_map(|key| {
                let text = |node: TapeNode<'t>| node.get(key).and_then(facts::scalar);
                text(item).zip(text(*other))
            });
            both.is_some_and(|(one, other)| one == other)
        });
        let known: Vec<TapeNode<'t>> = known.collect();
        let state =
            |node: TapeNode<'t>, at: &Place| facts::at(node, &at.steps).and_then(facts::scalar);
        let asked = state(item, &watched.asked);
        // Of several that are called the same, one that has the state already is meant before another.
        let mut same = known.iter();
        let same = same.find(|other| state(**other, &watched.now) == asked);
        Holder {
            pointer: format!("/{}/{index}", escaped(&list.name)),
            asked: item,
            now: same.or(known.first()).copied(),
            is_one: known.len() == 1,
        }
    };
    asked.enumerate().map(holder).collect()
}

fn below(place: &Place) -> String {
    let names = place
        .steps
        .iter()
        .map(|step| format!("/{}", escaped(&step.name)));
    names.collect()
}
