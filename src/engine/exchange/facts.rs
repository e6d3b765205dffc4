//! The values of places beside a document.

use std::borrow::Cow;

use super::call::Context;
use super::faults::CallerFault;
use crate::codec::json::tape::{Kind, TapeNode};
use crate::mapping::compile::upstream::{
    Cond, ContextPlace, Item, Piece, Place, PlaceStep, Source, Template,
};
use crate::mapping::plan::{FromU32, ItemStep, ItemTest};
use crate::model::shape::Form;
use crate::model::{date, decimal};

/// What places of a call name.
#[derive(Clone, Copy)]
pub(super) struct Facts<'f> {
    pub(super) inputs: &'f [(&'f str, &'f str)],
    pub(super) body: Option<TapeNode<'f>>,
    pub(super) current: Option<TapeNode<'f>>,
    pub(super) outcome: Option<TapeNode<'f>>,
    pub(super) context: &'f Context<'f>,
    /// The upstream's name with a colon, in front of ids.
    pub(super) qualifier: &'f str,
}

/// A value, absent or not; a fault if it is of another upstream.
pub(super) type Value<'f> = Result<Option<Cow<'f, [u8]>>, CallerFault>;

// === impl Facts ===

impl<'f> Facts<'f> {
    /// Gives the text of a place.
    pub(super) fn text(&self, source: &'f Source) -> Value<'f> {
        let text = match source {
            Source::Input(name) => self.input(name).map(|text| Cow::Borrowed(text.as_bytes())),
            Source::Body(place) => return self.placed(self.body, place),
            Source::Current(place) => return self.placed(self.current, place),
            Source::Outcome(place) => return self.placed(self.outcome, place),
            Source::Context(place) => self.of_context(*place),
            Source::Setting(value) => Some(Cow::Borrowed(value.shown().as_bytes())),
            Source::Nothing => None,
        };
        Ok(text)
    }

    pub(super) fn input(&self, name: &str) -> Option<&'f str> {
        let found = self.inputs.iter().find(|(input, _)| *input == name);
        found.map(|(_, value)| *value)
    }

    fn placed(&self, root: Option<TapeNode<'f>>, place: &Place) -> Value<'f> {
        let Some(node) = root.and_then(|root| at(root, &place.steps)) else {
            return Ok(None);
        };
        let Some(text) = scalar(node) else {
            return Ok(None);
        };
        if place.form == Form::Integer
            && !decimal::is_digits(text.as_bytes())
            && let Some(digits) = decimal::whole_digits(text.as_bytes())
        {
            return Ok(Some(Cow::Owned(digits)));
        }
        if !place.id {
            return Ok(Some(Cow::Borrowed(text.as_bytes())));
        }
        match local(text, self.qualifier) {
            Some(local) => Ok(Some(Cow::Borrowed(local.as_bytes()))),
            None => Err(CallerFault::new("invalid-input", "an id of this upstream")),
        }
    }

    fn of_context(&self, place: ContextPlace) -> Option<Cow<'f, [u8]>> {
        let context = self.context;
        let text = match place {
            ContextPlace::Now => {
                return date::write_instant(context.now_unix_ms)
                    .map(|now| Cow::Owned(now.into_bytes()));
            }
            ContextPlace::RequestId => Some(context.request_id).filter(|id| !id.is_empty()),
            ContextPlace::TraceId => Some(context.trace_id).filter(|id| !id.is_empty()),
            ContextPlace::IdempotencyKey => context.idempotency_key,
            ContextPlace::IfMatch => context.if_match,
            ContextPlace::CallerKind => context.caller_kind,
            ContextPlace::CallerId => context.caller_id,
        };
        text.map(|text| Cow::Borrowed(text.as_bytes()))
    }

    /// Tells whether a place is present: not null, and no list or object without anything in it.
    pub(super) fn present(&self, source: &'f Source) -> bool {
        let node = match source {
            Source::Body(place) => self.body.and_then(|root| at(root, &place.steps)),
            Source::Current(place) => self.current.and_then(|root| at(root, &place.steps)),
            Source::Outcome(place) => self.outcome.and_then(|root| at(root, &place.steps)),
            Source::Input(_) | Source::Context(_) | Source::Setting(_) | Source::Nothing => {
                return matches!(self.text(source), Ok(Some(_)));
            }
        };
        node.is_some_and(|node| match node.kind() {
            Kind::Null => false,
            Kind::Array | Kind::Object => node.count() > 0,
            Kind::Boolean | Kind::Number | Kind::String => true,
        })
    }

    /// Tells whether a condition holds.
    pub(super) fn holds(&self, cond: &'f Cond) -> bool {
        match cond {
            Cond::All(parts) => parts.iter().all(|part| self.holds(part)),
            Cond::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Cond::Not(inner) => !self.holds(inner),
            Cond::Present(source) => self.present(source),
            Cond::In {
                source,
                values,
                negated,
            } => {
                let text = self.text(source).ok().flatten();
                let among =
                    text.is_some_and(|text| values.iter().any(|value| value.as_bytes() == &*text));
                among != *negated
            }
        }
    }

    /// Writes a template, each value by `write`; `None` if one is absent.
    pub(super) fn fill(
        &self,
        template: &'f Template,
        mut write: impl FnMut(&mut Vec<u8>, &[u8]),
    ) -> Result<Option<Vec<u8>>, CallerFault> {
        let mut out = Vec::new();
        for piece in &template.pieces {
            match piece {
                Piece::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Value { source, lower } => match self.text(source)? {
                    Some(text) if *lower => write(
                        &mut out,
                        String::from_utf8_lossy(&text).to_lowercase().as_bytes(),
                    ),
                    Some(text) => write(&mut out, &text),
                    None => return Ok(None),
                },
            }
        }
        Ok(Some(out))
    }
}

/// Follows a place.
pub(super) fn at<'t>(root: TapeNode<'t>, steps: &[PlaceStep]) -> Option<TapeNode<'t>> {
    steps.iter().try_fold(root, |node, step| {
        let member = node.get(&step.name)?;
        match &step.item {
            None => Some(member),
            Some(Item::At(index)) => member.items().nth(*index),
            Some(Item::Where(tests)) => member.items().find(|item| {
                tests.iter().all(|(names, literal)| {
                    let found = names.iter().try_fold(*item, |node, name| node.get(name));
                    found.and_then(scalar) == Some(literal)
                })
            }),
        }
    })
}

/// Follows a way of a plan.
pub(super) fn follow<'t>(root: TapeNode<'t>, path: &[ItemStep]) -> Option<TapeNode<'t>> {
    path.iter().try_fold(root, |node, step| match step {
        ItemStep::Member(name) => node.get(name),
        ItemStep::At(_) | ItemStep::Where(_) => Some(item(node, step)?.1),
    })
}

/// The item of a list that a step names, with its position.
pub(super) fn item<'t>(list: TapeNode<'t>, step: &ItemStep) -> Option<(usize, TapeNode<'t>)> {
    let mut items = list.items().enumerate();
    match step {
        ItemStep::At(index) => items.nth(usize::from_u32(*index)),
        ItemStep::Where(tests) => items.find(|(_, item)| is_such(tests, *item)),
        ItemStep::Member(_) => None,
    }
}

/// True if the members of an item have these values.
pub(super) fn is_such(tests: &[ItemTest], item: TapeNode<'_>) -> bool {
    tests.iter().all(|test| {
        let mut names = test.names.iter();
        let found = names.try_fold(item, |node, name| node.get(name));
        found.and_then(scalar) == Some(&*test.value)
    })
}

/// The bytes of a value in its document.
pub(super) fn range(node: TapeNode<'_>) -> std::ops::Range<usize> {
    let whole = node.whole();
    usize::try_from(whole.start).unwrap_or(0)..usize::try_from(whole.end).unwrap_or(0)
}

/// The text of a single value.
pub(super) fn scalar(node: TapeNode<'_>) -> Option<&str> {
    match node.kind() {
        Kind::String => node.as_str(),
        Kind::Number => node.lexeme(),
        Kind::Boolean => node
            .as_bool()
            .map(|truth| if truth { "true" } else { "false" }),
        Kind::Null | Kind::Array | Kind::Object => None,
    }
}

/// The local part of an id of this upstream; none for others and for references.
pub(super) fn local<'t>(id: &'t str, qualifier: &str) -> Option<&'t str> {
    let local = id.strip_prefix(qualifier)?;
    if local.starts_with("ref:") {
        return None;
    }
    Some(local.strip_prefix("id:").unwrap_or(local))
}
