//! Texts with variables, their places found.

use super::hidden::Hidden;
use super::source::{Lookup, Source};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::syntax::{self, Part};

/// Help for a text that knows nothing of a call.
pub(super) const OF_SETTINGS: &str =
    "make it of texts and `{settings.name}` alone: it is the same for every call";

/// A text with variables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Template {
    pub(crate) pieces: Vec<Piece>,
}

/// A part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Literal(Box<str>),
    Value { source: Source, lower: bool },
}

/// Finds the variables of a text; a fault is reported and gives `None`.
pub(super) fn compile(
    template: &syntax::Template,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<Template> {
    let mut pieces = Vec::new();
    let mut whole = true;
    for part in &template.parts {
        match part {
            Part::Literal(text) => pieces.push(Piece::Literal(text.value.as_str().into())),
            Part::Variable(variable) => {
                let lower = match variable.format.as_ref().map(|format| format.value.as_str()) {
                    None => false,
                    Some("lower") => true,
                    Some(other) => {
                        let message = format!("`{other}` is no format of this text");
                        report
                            .push(Diagnostic::new(Code::M215, variable.span, message).help(
                                "`lower` writes lower case; the others belong to signatures",
                            ));
                        whole = false;
                        continue;
                    }
                };
                match lookup.source(&variable.path, report) {
                    Some(source) => pieces.push(Piece::Value { source, lower }),
                    None => whole = false,
                }
            }
        }
    }
    whole.then_some(Template { pieces })
}

// === impl Template ===

impl Template {
    /// Gives the places of its variables.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value { source, .. } => Some(source),
            Piece::Literal(_) => None,
        })
    }

    /// Splits a path at its slashes; the first is leading.
    pub(crate) fn segments(&self) -> Vec<Self> {
        let mut segments = vec![Self::default()];
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => {
                    for (index, part) in text.split('/').enumerate() {
                        if index > 0 {
                            segments.push(Self::default());
                        }
                        if let Some(last) = segments.last_mut().filter(|_| !part.is_empty()) {
                            last.pieces.push(Piece::Literal(part.into()));
                        }
                    }
                }
                Piece::Value { .. } => {
                    if let Some(last) = segments.last_mut() {
                        last.pieces.push(piece.clone());
                    }
                }
            }
        }
        if segments
            .first()
            .is_some_and(|first| first.pieces.is_empty())
        {
            segments.remove(0);
        }
        segments
    }

    /// Tells whether nothing but settings stands in it.
    pub(crate) fn is_fixed(&self) -> bool {
        self.sources()
            .all(|source| matches!(source, Source::Setting(_)))
    }

    /// Tells whether nothing but settings stands in it, given or not.
    pub(super) fn is_of_settings(&self) -> bool {
        self.sources()
            .all(|source| matches!(source, Source::Setting(_) | Source::Nothing))
    }

    /// Gives its text, if nothing but settings that are given stands in it.
    pub(super) fn fixed(&self) -> Option<String> {
        match self.runs()?.as_slice() {
            [] => Some(String::new()),
            [Some(text)] => Some(text.shown().to_owned()),
            _ => None,
        }
    }

    /// Gives what settings and texts make of it, one text wherever they meet, and nothing for what each call says
    /// itself; none where a setting is not given.
    pub(super) fn runs(&self) -> Option<Vec<Option<Hidden>>> {
        let mut runs: Vec<Option<String>> = Vec::new();
        for piece in &self.pieces {
            let text = match piece {
                Piece::Literal(literal) => Some(literal.to_string()),
                Piece::Value { source, lower } => match source {
                    Source::Nothing => return None,
                    Source::Setting(value) if *lower => Some(value.shown().to_lowercase()),
                    Source::Setting(value) => Some(value.shown().to_owned()),
                    _ => None,
                },
            };
            match (runs.last_mut(), text) {
                (Some(Some(run)), Some(text)) => run.push_str(&text),
                (Some(None), None) => {}
                (_, text) => runs.push(text),
            }
        }
        let hidden = |run: Option<String>| run.map(|text| Hidden::new(&text));
        Some(runs.into_iter().map(hidden).collect())
    }
}
