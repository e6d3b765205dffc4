//! Variants: alternatives of a tagged union, told apart by constants on both sides.

use super::{Constant, Expander, Place, Roots, Scope};
use crate::mapping::ast::{CellValue, MappingFile, Message, Variant};
use crate::mapping::plan::NONE;

/// The alternatives that stand at one place.
#[derive(Debug)]
pub(crate) struct Union {
    /// What stands for its tags.
    pub(crate) info: u16,
    /// Alternatives of other unions that it stands in, the outermost first.
    pub(crate) within: Vec<Case>,
    /// Where it stands on the native side.
    pub(crate) native: Place,
    pub(crate) alternatives: Vec<Alternative>,
}

/// One alternative.
#[derive(Debug, Default)]
pub(crate) struct Alternative {
    pub(crate) canonical: Vec<Constant>,
    pub(crate) native: Vec<(Place, CellValue)>,
}

/// An alternative of a scope, by the number of its union and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    pub(crate) union: usize,
    pub(crate) number: usize,
}

/// True if no document is of both: two alternatives of one union.
pub(crate) fn exclude(one: &[Case], other: &[Case]) -> bool {
    one.iter().any(|one| {
        let mut others = other.iter();
        others.any(|other| one.union == other.union && one.number != other.number)
    })
}

impl Alternative {
    /// The native constants that it is written with.
    pub(crate) fn literals(&self) -> impl Iterator<Item = (&Place, &str)> {
        self.native.iter().filter_map(|(place, value)| match value {
            CellValue::Literal(text) => Some((place, text.as_str())),
            CellValue::Present | CellValue::None => None,
        })
    }

    /// The native objects that it is written with.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Place> {
        let present = |(place, value): &'_ (Place, CellValue)| {
            *value == CellValue::Present && !place.steps.is_empty()
        };
        self.native
            .iter()
            .filter(move |condition| present(condition))
            .map(|(place, _)| place)
    }
}

impl<'a> Expander<'_, 'a> {
    /// Adds the variants of a mapping: their tags, and their rules below the roots.
    pub(super) fn union(&mut self, mapping: &'a MappingFile, roots: &Roots, scope: &mut Scope) {
        let Some(first) = mapping.variants.first() else {
            return;
        };
        // What the message never holds has no alternatives to tell apart.
        if self.is_unspoken(&roots.native, scope) {
            return;
        }
        let union = scope.unions.len();
        scope.unions.push(Union {
            info: NONE,
            within: roots.cases.clone(),
            native: roots.native.clone(),
            alternatives: Vec::new(),
        });
        let mut alternatives = Vec::new();
        for (number, variant) in mapping.variants.iter().enumerate() {
            alternatives.push(self.alternative(variant, roots, scope));
            let mut inner = roots.clone();
            inner.cases.push(Case { union, number });
            if let Some(at) = &variant.at {
                let Some(native) = self.native(at, roots, scope) else {
                    continue;
                };
                inner.native = native;
            }
            self.rules(&variant.fields, &inner, scope);
        }
        let tag = alternatives.iter().find_map(|one| {
            let canonical = one.canonical.first()?;
            Some((
                canonical.place.clone(),
                one.native.first().map(|(place, _)| place.clone()),
            ))
        });
        let info = tag.map_or(NONE, |(canonical, native)| {
            self.info(first.span, &canonical, native.as_ref(), scope)
        });
        if let Some(found) = scope.unions.get_mut(union) {
            found.info = info;
            found.alternatives = alternatives;
        }
    }

    /// True if no document of the message has this native place: answers only of a request, requests only of an answer.
    fn is_unspoken(&self, native: &Place, scope: &Scope) -> bool {
        let facts = native.facts(self.compiler.native, scope.native);
        match self.message {
            Message::Request => facts.read_only,
            Message::Response => facts.write_only,
        }
    }

    fn alternative(&mut self, variant: &'a Variant, roots: &Roots, scope: &Scope) -> Alternative {
        let mut found = Alternative::default();
        let root = roots.canonical.shape(scope.canonical);
        for condition in &variant.canonical {
            let side = self.compiler.canonical_side();
            let Some(place) = side.resolve(root, &condition.place, self.report) else {
                continue;
            };
            let place = roots.canonical.join(&place);
            // A literal that the place never has is told where variants are checked.
            if let CellValue::Literal(text) = &condition.value.value {
                found.canonical.push(Constant {
                    place,
                    literal: text.as_str().into(),
                    info: NONE,
                });
            }
        }
        for condition in &variant.native {
            if let Some(place) = self.native(&condition.place, roots, scope) {
                found.native.push((place, condition.value.value.clone()));
            }
        }
        found
    }
}
