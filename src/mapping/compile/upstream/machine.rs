//! Machines: which states of a place follow which.

use super::route::Route;
use super::source::{Lookup, Place};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, Kind, Named};
use crate::mapping::catalog::CanonicalOperation;
use crate::mapping::plan::Plan;
use crate::mapping::syntax::Path;
use crate::model::shape::ShapeId;

/// A machine over one place of a type.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// The type that has the state.
    pub(crate) of: Box<str>,
    pub(crate) moves: Vec<Moves>,
}

/// The moves from one state.
#[derive(Debug, Clone)]
pub(crate) struct Moves {
    pub(crate) from: Box<str>,
    pub(crate) to: Vec<Box<str>>,
    /// The kind of caller that alone may do it.
    pub(crate) by: Option<Box<str>>,
}

/// A machine that an operation is held to.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    /// Index of the machine.
    pub(crate) machine: usize,
    /// The list whose items have a state each; none if it is the document's own.
    pub(crate) list: Option<WatchedList>,
    /// The state asked for, in the body or its item.
    pub(crate) asked: Place,
    /// The state now, in what the base reads as or its item.
    pub(crate) now: Place,
}

/// A list of what has states.
#[derive(Debug, Clone)]
pub(crate) struct WatchedList {
    /// The member that is the list, in body and base.
    pub(crate) name: Box<str>,
    /// The members that tell which item is which: the first that both items have.
    pub(crate) keys: Vec<Box<str>>,
}

/// Where a move begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Start<'s> {
    /// The state that is now; none if nothing tells it.
    pub(crate) now: Option<&'s str>,
    /// The kind of caller.
    pub(crate) caller: Option<&'s str>,
    /// It is a command, which does what it says even where that is so already.
    pub(crate) command: bool,
}

/// What may be done with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Yes, or the machine has nothing to say.
    Allowed,
    /// Another kind of caller may.
    Forbidden,
    /// Nobody may; these states may follow.
    Illegal(Vec<Box<str>>),
    /// The same call asks for another state, too.
    Contradicts,
}

/// Compiles the moves of a machine.
pub(super) fn compile(said: &Named<ast::Machine>, report: &mut Report) -> Option<Machine> {
    let field = &said.value.field;
    let Some(of) = field.first_name().filter(|_| field.steps.len() > 1) else {
        report.push(
            Diagnostic::new(
                Code::M520,
                field.span,
                "a machine is over a place of a type",
            )
            .help("such as `Customer.status`"),
        );
        return None;
    };
    let text = |text: &ast::Text| -> Box<str> { text.value.as_str().into() };
    Some(Machine {
        of: of.into(),
        moves: said
            .value
            .moves
            .iter()
            .map(|one| Moves {
                from: text(&one.from),
                to: one.to.iter().map(text).collect(),
                by: one.by.as_ref().map(text),
            })
            .collect(),
    })
}

/// The places of a machine in body and base of an operation, as far as the operation moves it: its own, and those of
/// lists of the type.
pub(super) fn watch(
    index: usize,
    machine: &Machine,
    field: &Path,
    operation: &CanonicalOperation,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Vec<Watched> {
    let moves = matches!(operation.kind, Kind::Update | Kind::Replace | Kind::Command);
    let steps = field.steps.get(1..).unwrap_or_default();
    let (Some(body), Some(current)) = (lookup.body.filter(|_| moves), lookup.current) else {
        return Vec::new();
    };
    let mut watched = of_items(index, machine, field, lookup, (body, current));
    let concerned = operation.body.as_deref() == Some(&machine.of)
        || operation.answer_type() == Some(&machine.of);
    // A command's body may have a place of the same name, or none: then it moves nothing.
    if let Some(asked) = quiet(lookup, body, steps, field).filter(|_| concerned)
        && let Some(now) = lookup.place(current, steps, field, report)
    {
        let list = None;
        watched.push(Watched {
            machine: index,
            list,
            asked,
            now,
        });
    }
    watched
}

/// The lists of the type that body and base both have.
fn of_items(
    index: usize,
    machine: &Machine,
    field: &Path,
    lookup: &Lookup<'_>,
    (body, current): (ShapeId, ShapeId),
) -> Vec<Watched> {
    let shapes = lookup.shapes;
    let steps = field.steps.get(1..).unwrap_or_default();
    let Some(of) = shapes.definition(&machine.of) else {
        return Vec::new();
    };
    let items = |root: ShapeId, name: &str| {
        let (_, member) = shapes.get(root).object()?.member(name)?;
        let list = shapes.get(member.shape).list()?;
        // What a list says of its items beside their type makes them a shape of their own.
        (shapes.get(list.item).name == shapes.get(of).name).then_some(list)
    };
    let members = shapes.get(body).object();
    let names = members
        .into_iter()
        .flat_map(|object| &object.members)
        .map(|member| &member.name);
    let lists = names.filter_map(|name| {
        let list = items(body, name)?;
        items(current, name)?;
        let has = |key: &&str| {
            let object = shapes.get(list.item).object();
            object.is_some_and(|object| object.member(key).is_some())
        };
        let keys = match &list.key {
            Some(key) => vec![key.clone()],
            None => KEYS.into_iter().filter(has).map(Into::into).collect(),
        };
        let state = quiet(lookup, list.item, steps, field)?;
        Some(Watched {
            machine: index,
            list: Some(WatchedList {
                name: name.clone(),
                keys,
            }),
            asked: state.clone(),
            now: state,
        })
    });
    lists.collect()
}

/// Puts the key by which requests tell the items of a list apart before others.
pub(super) fn keyed(watched: &mut [Watched], routes: &[Route]) {
    for list in watched.iter_mut().filter_map(|one| one.list.as_mut()) {
        let bodies = routes.iter().filter_map(|route| route.body.as_ref());
        for key in bodies.filter_map(|body| key_of(&body.body.plan, &list.name)) {
            list.keys.retain(|other| **other != *key);
            list.keys.insert(0, key.into());
        }
    }
}

/// The member of a list's items that a plan writes the native key of.
fn key_of<'p>(plan: &'p Plan, list: &str) -> Option<&'p str> {
    let layout = &plan.canonical;
    let root = layout.nodes.first()?;
    let edges = usize::try_from(root.edges.0).ok()?..usize::try_from(root.edges.1).ok()?;
    let mut edges = layout.edges.get(edges)?.iter();
    let edge = edges.find(|edge| edge.name.bytes() == list.as_bytes())?;
    let slot = layout.nodes.get(usize::from(edge.node))?.slot;
    let mut eaches = plan.write.eaches.iter();
    let each = eaches.find(|each| each.list.register == 0 && each.list.slot == slot)?;
    let value = usize::try_from(each.key_value?).ok()?;
    let rule = plan.write.values.get(value)?.rule;
    let canonical = &*plan.rules.get(usize::from(rule))?.canonical;
    let is_name = canonical.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_name.then_some(canonical)
}

/// What tells the items of a list apart that has no key of its own.
const KEYS: [&str; 3] = ["id", "reference", "number"];

fn quiet(
    lookup: &Lookup<'_>,
    root: ShapeId,
    steps: &[crate::mapping::syntax::Step],
    field: &Path,
) -> Option<Place> {
    lookup.place(root, steps, field, &mut Report::new())
}

// === impl Machine ===

impl Machine {
    /// Judges a move. Of where a state that the machine does not know leads, it says only who may bring about the next.
    /// What stays as it is moves nowhere, unless it is what a command does again.
    pub(crate) fn judge(&self, asked: &str, from: Start<'_>) -> Verdict {
        let leads = |moves: &&Moves| moves.to.iter().any(|to| &**to == asked);
        let may = |moves: &Moves| moves.by.as_deref().is_none_or(|by| from.caller == Some(by));
        let Some(now) = from.now.filter(|now| self.knows(now)) else {
            let mut there = self.moves.iter().filter(leads).peekable();
            let is_barred = there.peek().is_some() && !there.any(may);
            return match is_barred {
                true => Verdict::Forbidden,
                false => Verdict::Allowed,
            };
        };
        if now == asked && !from.command {
            return Verdict::Allowed;
        }
        let from_here = || self.moves.iter().filter(|moves| &*moves.from == now);
        if from_here().filter(leads).any(may) {
            return Verdict::Allowed;
        }
        if from_here().any(|moves| leads(&moves)) {
            return Verdict::Forbidden;
        }
        let mut allowed: Vec<Box<str>> = Vec::new();
        for to in from_here()
            .filter(|moves| may(moves))
            .flat_map(|moves| &moves.to)
        {
            if !allowed.contains(to) {
                allowed.push(to.clone());
            }
        }
        Verdict::Illegal(allowed)
    }

    fn knows(&self, state: &str) -> bool {
        let mut moves = self.moves.iter();
        moves.any(|moves| &*moves.from == state || moves.to.iter().any(|to| &**to == state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_are_judged_by_state_and_caller() {
        let moves = |from: &str, to: &[&str], by: Option<&str>| Moves {
            from: from.into(),
            to: to.iter().map(|to| (*to).into()).collect(),
            by: by.map(Into::into),
        };
        let machine = Machine {
            of: "T".into(),
            moves: vec![
                moves("active", &["suspended"], None),
                moves("active", &["revoked"], Some("agent")),
                moves("suspended", &["active"], None),
            ],
        };
        let agent = Some("agent");
        let moved = |now, asked, caller, command| {
            let from = Start {
                now,
                caller,
                command,
            };
            machine.judge(asked, from)
        };
        let illegal = |allowed: &[&str]| {
            Verdict::Illegal(allowed.iter().map(|state| (*state).into()).collect())
        };
        for (now, asked, caller, verdict) in [
            ("active", "suspended", None, Verdict::Allowed),
            ("active", "active", None, Verdict::Allowed),
            ("unheard", "active", None, Verdict::Allowed),
            ("active", "revoked", agent, Verdict::Allowed),
            ("active", "revoked", Some("system"), Verdict::Forbidden),
            ("active", "revoked", None, Verdict::Forbidden),
            ("active", "closed", Some("system"), illegal(&["suspended"])),
            (
                "active",
                "closed",
                agent,
                illegal(&["suspended", "revoked"]),
            ),
            ("revoked", "active", agent, illegal(&[])),
        ] {
            assert_eq!(
                moved(Some(now), asked, caller, false),
                verdict,
                "{now} -> {asked}"
            );
        }
        // Who may make none of the moves to a state may not make one from where nobody knows.
        for (now, asked, caller, verdict) in [
            (None, "revoked", Some("customer"), Verdict::Forbidden),
            (Some("unheard"), "revoked", None, Verdict::Forbidden),
            (Some("unheard"), "revoked", agent, Verdict::Allowed),
            (None, "suspended", None, Verdict::Allowed),
            (None, "unheard", None, Verdict::Allowed),
        ] {
            assert_eq!(moved(now, asked, caller, true), verdict, "{asked}");
        }
        // A command does it again.
        assert_eq!(
            moved(Some("active"), "active", None, true),
            illegal(&["suspended"])
        );
    }
}
