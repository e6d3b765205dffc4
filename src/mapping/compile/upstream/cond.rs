//! Conditions over what a call brings.

use super::source::{Lookup, Source};
use crate::diag::Report;
use crate::mapping::syntax;

/// A condition with its places found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cond {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Present(Source),
    /// The value is one of these; `negated`: none of them, or absent.
    In {
        source: Source,
        values: Vec<Box<str>>,
        negated: bool,
    },
}

/// Finds the places of a condition; a fault is reported and gives `None`.
pub(super) fn compile(
    cond: &syntax::Cond,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<Cond> {
    Some(match cond {
        syntax::Cond::Or(parts) => Cond::Any(all(parts, lookup, report)?),
        syntax::Cond::And(parts) => Cond::All(all(parts, lookup, report)?),
        syntax::Cond::Not(inner, _) => Cond::Not(Box::new(compile(inner, lookup, report)?)),
        syntax::Cond::Present(path) => Cond::Present(lookup.source(path, report)?),
        syntax::Cond::Compare {
            path, op, literals, ..
        } => Cond::In {
            source: lookup.source(path, report)?,
            values: literals
                .iter()
                .map(|literal| literal.value.as_str().into())
                .collect(),
            negated: *op == syntax::CondOp::Ne,
        },
    })
}

fn all(parts: &[syntax::Cond], lookup: &Lookup<'_>, report: &mut Report) -> Option<Vec<Cond>> {
    let found: Vec<_> = parts
        .iter()
        .map(|part| compile(part, lookup, report))
        .collect();
    found.into_iter().collect()
}

/// Tells whether all hold, where that is decided: one that does not hold decides it.
fn all_of(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => all = None,
        }
    }
    all
}

// === impl Cond ===

impl Cond {
    /// Splits what is said of the outcome from what is said of the call.
    pub(super) fn split(self) -> (Option<Self>, Option<Self>) {
        let parts = match self {
            Self::All(parts) => parts,
            one => vec![one],
        };
        let (outcome, call): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| {
            part.sources()
                .iter()
                .any(|source| matches!(source, Source::Outcome(_)))
        });
        let joined = |parts: Vec<Self>| (!parts.is_empty()).then_some(Self::All(parts));
        (joined(call), joined(outcome))
    }

    /// Gives every place that it names.
    pub(crate) fn sources(&self) -> Vec<&Source> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::sources).collect(),
            Self::Not(inner) => inner.sources(),
            Self::Present(source) | Self::In { source, .. } => vec![source],
        }
    }

    /// Gives the places that have one value wherever it holds.
    pub(crate) fn pins(&self) -> Vec<(&Source, &str)> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::pins).collect(),
            Self::In {
                source,
                values,
                negated: false,
            } => match values.as_slice() {
                [value] => vec![(source, value)],
                _ => Vec::new(),
            },
            Self::Any(_) | Self::Not(_) | Self::Present(_) | Self::In { .. } => Vec::new(),
        }
    }

    /// Gives the values of which a place has one wherever it holds, if it says so.
    pub(crate) fn among(&self, is_place: impl Fn(&Source) -> bool + Copy) -> Option<&[Box<str>]> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.among(is_place)),
            Self::In {
                source,
                values,
                negated: false,
            } if is_place(source) => Some(values),
            Self::Any(_) | Self::Not(_) | Self::Present(_) | Self::In { .. } => None,
        }
    }

    /// Gives what it comes to whatever the call is, where the settings alone decide it.
    pub(crate) fn settled(&self) -> Option<bool> {
        match self {
            Self::All(parts) => all_of(parts.iter().map(Self::settled)),
            Self::Any(parts) => {
                let none = all_of(parts.iter().map(|part| part.settled().map(|holds| !holds)));
                none.map(|none| !none)
            }
            Self::Not(inner) => inner.settled().map(|holds| !holds),
            Self::Present(Source::Setting(_)) => Some(true),
            Self::Present(Source::Nothing) => Some(false),
            Self::In {
                source: Source::Setting(setting),
                values,
                negated,
            } => Some(values.iter().any(|value| setting.is(value.as_bytes())) != *negated),
            Self::In {
                source: Source::Nothing,
                negated,
                ..
            } => Some(*negated),
            Self::Present(_) | Self::In { .. } => None,
        }
    }

    /// Gives the places that must be absent wherever it holds.
    pub(crate) fn excludes(&self) -> Vec<&Source> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::excludes).collect(),
            Self::Not(inner) => match &**inner {
                Self::Present(source) => vec![source],
                _ => Vec::new(),
            },
            Self::Any(_) | Self::Present(_) | Self::In { .. } => Vec::new(),
        }
    }

    /// Gives the places whose presence lets it hold: those of every way to it.
    pub(crate) fn asks(&self) -> Vec<&Source> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::asks).collect(),
            Self::Present(_) | Self::In { .. } => self.needs(),
            Self::Not(_) => Vec::new(),
        }
    }

    /// Gives the places that must be present wherever it holds.
    pub(crate) fn needs(&self) -> Vec<&Source> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::needs).collect(),
            Self::Present(source)
            | Self::In {
                source,
                negated: false,
                ..
            } => vec![source],
            Self::Any(_) | Self::Not(_) | Self::In { .. } => Vec::new(),
        }
    }
}
