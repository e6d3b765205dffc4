//! Machines: which of the states that a call asks for may follow the ones that are now.

use super::facts::{self, Facts};
use super::faults::CallerFault;
use super::places::escaped;
use crate::codec::json::tape::TapeNode;
use crate::mapping::compile::upstream::{Operation, Place, Upstream, Verdict, Watched};

/// A move that may not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RefusedMove {
    /// Pointer to the state that is asked for.
    pub(crate) pointer: String,
    /// Why.
    pub(crate) verdict: Verdict,
}

/// A document's own state, or that of an item of a list, with the pointer to what has it.
type Holder<'t> = (String, TapeNode<'t>, Option<TapeNode<'t>>);

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
            for (pointer, asked, now) in holders(watched, asked, now) {
                let state = |node: TapeNode<'_>, place: &Place| {
                    let found = facts::at(node, &place.steps).and_then(facts::scalar);
                    found.map(str::to_owned)
                };
                let now = now.and_then(|now| state(now, &watched.now));
                let (Some(asked), Some(now)) = (state(asked, &watched.asked), now) else {
                    continue;
                };
                let verdict = machine.judge(&now, &asked, caller);
                if verdict != Verdict::Allowed {
                    refused.push(RefusedMove {
                        pointer: pointer + &below(&watched.asked),
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
        return vec![(String::new(), body, Some(now))];
    };
    let asked = body.get(&list.name).into_iter().flat_map(TapeNode::items);
    let held = |item: TapeNode<'t>| {
        let known = now.get(&list.name).into_iter().flat_map(TapeNode::items);
        let mut known = known.filter(|other| {
            let both = list.keys.iter().find_map(|key| {
                let text = |node: TapeNode<'t>| node.get(key).and_then(facts::scalar);
                text(item).zip(text(*other))
            });
            both.is_some_and(|(one, other)| one == other)
        });
        known.next()
    };
    asked
        .enumerate()
        .map(|(index, item)| {
            (
                format!("/{}/{index}", escaped(&list.name)),
                item,
                held(item),
            )
        })
        .collect()
}

fn below(place: &Place) -> String {
    let names = place
        .steps
        .iter()
        .map(|step| format!("/{}", escaped(&step.name)));
    names.collect()
}
