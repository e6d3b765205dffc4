//! Machines: which states of a place follow which.

use super::source::{Lookup, Place};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, Kind, Named};
use crate::mapping::catalog::CanonicalOperation;
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
    /// The state asked for, in the body.
    pub(crate) asked: Place,
    /// The state now, in what the base reads as.
    pub(crate) now: Place,
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

/// The place of a machine in body and base of an operation, if the operation moves it.
pub(super) fn watch(
    index: usize,
    machine: &Machine,
    field: &Path,
    operation: &CanonicalOperation,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<Watched> {
    let moves = matches!(operation.kind, Kind::Update | Kind::Replace | Kind::Command);
    let concerned = operation.body.as_deref() == Some(&machine.of)
        || operation.answer_type() == Some(&machine.of);
    if !moves || !concerned {
        return None;
    }
    let steps = field.steps.get(1..)?;
    // A command's body may have a place of the same name, or none: then it moves nothing.
    let asked = quiet(lookup, lookup.body?, steps, field)?;
    let now = lookup.place(lookup.current?, steps, field, report)?;
    Some(Watched {
        machine: index,
        asked,
        now,
    })
}

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
    /// Judges a move. A state that the machine does not know is not its business.
    pub(crate) fn judge(&self, now: &str, asked: &str, caller: Option<&str>) -> Verdict {
        let known = self
            .moves
            .iter()
            .any(|moves| &*moves.from == now || moves.to.iter().any(|to| &**to == now));
        if now == asked || !known {
            return Verdict::Allowed;
        }
        let from_here = || self.moves.iter().filter(|moves| &*moves.from == now);
        let leads = |moves: &&Moves| moves.to.iter().any(|to| &**to == asked);
        let may = |moves: &Moves| moves.by.as_deref().is_none_or(|by| caller == Some(by));
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
        for (now, asked, caller, verdict) in [
            ("active", "suspended", None, Verdict::Allowed),
            ("active", "active", None, Verdict::Allowed),
            ("unheard", "active", None, Verdict::Allowed),
            ("active", "revoked", agent, Verdict::Allowed),
            ("active", "revoked", Some("system"), Verdict::Forbidden),
            (
                "active",
                "closed",
                None,
                Verdict::Illegal(vec!["suspended".into()]),
            ),
            (
                "active",
                "closed",
                agent,
                Verdict::Illegal(vec!["suspended".into(), "revoked".into()]),
            ),
            ("revoked", "active", agent, Verdict::Illegal(Vec::new())),
        ] {
            assert_eq!(
                machine.judge(now, asked, caller),
                verdict,
                "{now} -> {asked}"
            );
        }
    }
}
