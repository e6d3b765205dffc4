//! The eleventh law: a machine is kept.
//!
//! For every state that a document which is read may have, every state that a call may ask for, and every kind of caller:
//! what the file allows is not refused for it, and what it does not allow is refused before anything is sent, as
//! `illegal-move` with the states that may follow, or as `forbidden` where another kind of caller may. The verdicts are
//! read off the mapping's own lines, not off what was compiled of them.

use std::collections::BTreeSet;

use super::calls;
use super::law::of_operation;
use super::random::Random;
use super::runner::json;
use super::tree::{Member, Tree};
use super::trial::tree_of;
use crate::diag::{Code, Diagnostic};
use crate::engine::exchange::{Answered, Call, NativeAnswer, Refused, RouteIndex, Worker};
use crate::mapping::ast::{Kind, Machine};
use crate::mapping::catalog::{CanonicalOperation, Catalog, OperationIndex};
use crate::mapping::compile::upstream::{Operation, Upstream};
use crate::mapping::plan::Wire;
use crate::model::shape::ShapeId;

/// Documents that are read before calls.
const READ: usize = 60;

/// Kinds of callers, and one that is not known.
const CALLERS: [Option<&str>; 4] = [Some("customer"), Some("agent"), Some("system"), None];

/// How the law fared for one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineOutcome {
    /// Moves that were allowed, forbidden and illegal, and were answered so.
    pub held: [usize; 3],
    /// What breaks it, in words.
    pub broken: Option<String>,
}

/// What a machine's lines say of a move.
#[derive(Debug, PartialEq, Eq)]
enum Says {
    Allowed,
    Forbidden,
    Illegal(BTreeSet<String>),
}

/// A machine and the place of its state in a call's body and in what is read before.
struct Held<'h> {
    upstream: &'h Upstream,
    operation: &'h Operation,
    canonical: &'h CanonicalOperation,
    machine: &'h Machine,
    /// The members from what has the state to it.
    place: Vec<&'h str>,
    /// The list of what has states; none for the document itself.
    list: Option<&'h str>,
}

/// Holds the law against an operation.
#[must_use]
pub fn prove(catalog: &Catalog, upstream: &Upstream, index: OperationIndex) -> MachineOutcome {
    let mut outcome = MachineOutcome::default();
    let known = upstream.operation(index).zip(catalog.at(index));
    let Some((operation, canonical)) = known else {
        return outcome;
    };
    let set = catalog.mappings.get(&*upstream.mapping);
    let file = set.and_then(|set| set.upstream.as_ref());
    for machine in file.into_iter().flat_map(|file| &file.machines) {
        for held in held(catalog, upstream, (operation, canonical), &machine.value) {
            if let Err(broken) = held.hold(&mut outcome) {
                outcome.broken = Some(broken);
                return outcome;
            }
        }
    }
    outcome
}

/// Holds the law against every operation of an upstream; each that breaks it is told at its name.
#[must_use]
pub fn faults(catalog: &Catalog, upstream: &Upstream) -> Vec<Diagnostic> {
    let broken = |index| {
        let broken = prove(catalog, upstream, index).broken?;
        let what = format!("breaks the law Machines: {broken}");
        Some(of_operation(catalog, upstream, index, Code::L011, &what))
    };
    upstream.offered().filter_map(broken).collect()
}

/// The places of a machine that an operation may move: the document's own, and those of the items of its lists.
fn held<'h>(
    catalog: &'h Catalog,
    upstream: &'h Upstream,
    (operation, canonical): (&'h Operation, &'h CanonicalOperation),
    machine: &'h Machine,
) -> Vec<Held<'h>> {
    let shapes = &catalog.canonical;
    let moves = matches!(operation.kind, Kind::Update | Kind::Replace | Kind::Command);
    let body = canonical.body.as_deref().filter(|_| moves);
    let root = body.and_then(|body| shapes.definition(body));
    let of = machine.field.first_name().unwrap_or("");
    let (Some(root), Some(of_type)) = (root, shapes.definition(of)) else {
        return Vec::new();
    };
    let steps = machine.field.steps.get(1..).unwrap_or_default();
    let place: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    let has = |mut at: ShapeId| {
        place.iter().all(|name| {
            let object = shapes.get(at).object();
            let member = object.and_then(|object| object.member(name));
            member.is_some_and(|(_, member)| {
                at = member.shape;
                !member.read_only
            })
        })
    };
    let made = |list| Held {
        upstream,
        operation,
        canonical,
        machine,
        place: place.clone(),
        list,
    };
    let concerned = body == Some(of) || canonical.answer_type() == Some(of);
    let own = (concerned && has(root)).then(|| made(None));
    let object = shapes.get(root).object();
    let members = object.into_iter().flat_map(|object| &object.members);
    let lists = members.filter(|member| !member.read_only).filter(|member| {
        let list = shapes.get(member.shape).list();
        list.is_some_and(|list| list.item == of_type && has(list.item))
    });
    own.into_iter()
        .chain(lists.map(|member| made(Some(&*member.name))))
        .collect()
}

// === impl Held ===

impl Held<'_> {
    fn hold(&self, outcome: &mut MachineOutcome) -> Result<(), String> {
        let mut random = Random::new(11);
        let mut worker = Worker::default();
        let reader = self.reader();
        let (mut seen, mut sent) = (false, false);
        for _ in 0..READ {
            let mut inputs = calls::made(self.operation, self.canonical, &mut random);
            inputs.context.if_match = None;
            let Some(reader) = reader else {
                self.unread(&inputs, &mut worker)?;
                continue;
            };
            let Some(base) = calls::base(reader, &mut random) else {
                break;
            };
            let base = base.answer();
            let Some(now) = self.now(&inputs, &base, &mut worker) else {
                continue;
            };
            for (holder, state) in self.holders(&now) {
                seen |= state.is_some();
                for asked in self.states() {
                    for caller in CALLERS {
                        let body = json(&self.body(&now, holder, asked));
                        let mut call = inputs.call(self.operation.index);
                        call.body = Some(&body);
                        call.context.caller_kind = caller;
                        let told = self.upstream.request(&call, Some(&base), &mut worker);
                        let is_sent = told.is_ok();
                        sent |= is_sent;
                        self.judge((state.as_deref(), asked, caller), told, outcome)?;
                        let reads = self.upstream.needs_base(&call, &mut worker).is_some();
                        if state.is_some() && is_sent && !reads {
                            return Err(format!(
                                "{asked} is asked for, and nothing is read before"
                            ));
                        }
                    }
                }
            }
        }
        if sent && !seen {
            return Err("what is read before never has the state that is now".to_owned());
        }
        Ok(())
    }

    fn reader(&self) -> Option<&Operation> {
        self.upstream.operation(self.operation.base?)
    }

    /// Nothing is read before: then no state may be asked for.
    fn unread(&self, made: &calls::Made<'_>, worker: &mut Worker) -> Result<(), String> {
        let empty = Tree::Object(Vec::new());
        for asked in self.states() {
            let body = json(&self.body(&empty, None, asked));
            let mut call = made.call(self.operation.index);
            call.body = Some(&body);
            call.context.caller_kind = Some("agent");
            let sent = self.upstream.request(&call, None, worker);
            if self.list.is_none() && sent.is_ok_and(|sent| sent.lost == 0) {
                return Err(format!("{asked} is sent, and nothing says what is now"));
            }
        }
        Ok(())
    }

    /// What the base reads as.
    fn now(
        &self,
        made: &calls::Made<'_>,
        base: &NativeAnswer<'_>,
        worker: &mut Worker,
    ) -> Option<Tree> {
        let reading = Call {
            operation: self.operation.base?,
            body: None,
            ..made.call(self.operation.index)
        };
        let answered = self.upstream.answer(&reading, RouteIndex(0), base, worker);
        let Answered::Outcome(outcome) = answered else {
            return None;
        };
        tree_of(Wire::Json, &outcome.body?)
    }

    /// What has a state of its own, by its number in the list, with that state.
    fn holders(&self, now: &Tree) -> Vec<(Option<usize>, Option<String>)> {
        let Some(list) = self.list else {
            return vec![(None, text(now, &self.place))];
        };
        let items = match member(now, list) {
            Some(Tree::List(items)) => items.as_slice(),
            _ => &[],
        };
        // Which of two that are called the same is meant nobody knows.
        let is_one = |item: &Tree| {
            let same = items.iter().filter(|other| self.is_same(list, item, other));
            same.count() == 1
        };
        let numbered = items.iter().enumerate();
        let numbered = numbered.filter(|(_, item)| is_one(item));
        numbered
            .map(|(number, item)| (Some(number), text(item, &self.place)))
            .collect()
    }

    /// True for items that have the same value of the first key that both have.
    fn is_same(&self, list: &str, one: &Tree, other: &Tree) -> bool {
        let watched = self.operation.watched.iter();
        let mut lists = watched.filter_map(|watched| watched.list.as_ref());
        let keys = lists.find(|watched| &*watched.name == list);
        let mut keys = keys.into_iter().flat_map(|list| &list.keys);
        let both = |key| text(one, &[key]).zip(text(other, &[key]));
        keys.find_map(|key| both(&**key))
            .is_some_and(|(one, other)| one == other)
    }

    /// The states of the machine, and one that is none.
    fn states(&self) -> BTreeSet<&str> {
        let moves = self.machine.moves.iter();
        let known = moves.flat_map(|one| std::iter::once(&one.from).chain(&one.to));
        let known = known.map(|state| state.value.as_str());
        known.chain(["unknown"]).collect()
    }

    /// A body that asks for a state; of a list it says the other items as they are.
    fn body(&self, now: &Tree, holder: Option<usize>, asked: &str) -> Tree {
        let Some(list) = self.list else {
            return with(Tree::Object(Vec::new()), &self.place, asked);
        };
        let mut items = match member(now, list) {
            Some(Tree::List(items)) => items.clone(),
            _ => Vec::new(),
        };
        if let Some(item) = holder.and_then(|number| items.get_mut(number)) {
            *item = with(item.clone(), &self.place, asked);
        }
        Tree::Object(vec![Member {
            name: list.to_owned(),
            attribute: false,
            value: Tree::List(items),
        }])
    }

    fn judge<T>(
        &self,
        (now, asked, caller): (Option<&str>, &str, Option<&str>),
        told: Result<T, Refused>,
        outcome: &mut MachineOutcome,
    ) -> Result<(), String> {
        let found = match told {
            Ok(_) => Vec::new(),
            Err(Refused::Faults(found)) => found,
            Err(Refused::Base(_)) => return Ok(()),
        };
        let of_machine = found
            .iter()
            .find(|fault| ["forbidden", "illegal-move"].contains(&fault.code));
        let answered = match of_machine {
            // Something else is wrong with the call, and it is not sent.
            None if !found.is_empty() => return Ok(()),
            None => Says::Allowed,
            Some(fault) if fault.code == "forbidden" => Says::Forbidden,
            Some(fault) => Says::Illegal(fault.allowed.iter().map(ToString::to_string).collect()),
        };
        let says = self.says(now, asked, caller);
        if says != answered {
            let caller = caller.unwrap_or("nobody known");
            let now = now.unwrap_or("nothing");
            return Err(format!(
                "{now} -> {asked} by {caller} is {answered:?}, and the file says {says:?}"
            ));
        }
        let [allowed, forbidden, illegal] = &mut outcome.held;
        let held = match says {
            Says::Allowed => allowed,
            Says::Forbidden => forbidden,
            Says::Illegal(_) => illegal,
        };
        *held = held.saturating_add(1);
        Ok(())
    }

    /// What the lines of the file say.
    fn says(&self, now: Option<&str>, asked: &str, caller: Option<&str>) -> Says {
        let states = self.states();
        let lines: Vec<(&str, &str, bool)> = self
            .machine
            .moves
            .iter()
            .flat_map(|one| {
                let by = one.by.as_ref().map(|by| by.value.as_str());
                let may = by.is_none() || by == caller;
                let from = one.from.value.as_str();
                one.to.iter().map(move |to| (from, to.value.as_str(), may))
            })
            .collect();
        let to_there = |from: Option<&str>| -> Vec<bool> {
            let lines = lines.iter();
            let lines =
                lines.filter(|line| line.1 == asked && from.is_none_or(|from| line.0 == from));
            lines.map(|line| line.2).collect()
        };
        let known = now.filter(|now| *now != "unknown" && states.contains(now));
        let is_same = now == Some(asked);
        let Some(known) = known else {
            let ways = to_there(None);
            return match ways.is_empty() || ways.contains(&true) {
                true => Says::Allowed,
                false => Says::Forbidden,
            };
        };
        let ways = to_there(Some(known));
        if (is_same && self.operation.kind != Kind::Command) || ways.contains(&true) {
            Says::Allowed
        } else if ways.contains(&false) {
            Says::Forbidden
        } else {
            let follow = lines.iter().filter(|line| line.0 == known && line.2);
            Says::Illegal(follow.map(|line| line.1.to_owned()).collect())
        }
    }
}

fn member<'t>(tree: &'t Tree, name: &str) -> Option<&'t Tree> {
    let Tree::Object(members) = tree else {
        return None;
    };
    let found = members.iter().find(|member| member.name == name);
    found.map(|member| &member.value)
}

fn text(tree: &Tree, place: &[&str]) -> Option<String> {
    let found = place
        .iter()
        .try_fold(tree, |tree, name| member(tree, name))?;
    match found {
        Tree::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// A tree with a text at a place.
fn with(tree: Tree, place: &[&str], text: &str) -> Tree {
    let Some((name, below)) = place.split_first() else {
        return Tree::Text(text.into());
    };
    let mut members = match tree {
        Tree::Object(members) => members,
        _ => Vec::new(),
    };
    let found = members.iter().position(|member| member.name == *name);
    let under = found.map(|index| members.remove(index).value);
    members.push(Member {
        name: (*name).to_owned(),
        attribute: false,
        value: with(under.unwrap_or(Tree::Null), below, text),
    });
    Tree::Object(members)
}
