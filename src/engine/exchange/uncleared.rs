//! What a patch takes away and its request has no place for: an upstream that keeps what is left out keeps that, too.
//!
//! Nothing stands where a null does, so that no rule tells it as lost. What is there now tells instead: a patch that
//! says it again, in place of the null or the empty list, loses it just where a request cannot carry it. What items
//! leave out is not asked for: members that only answers have, ids above all, are left out by everybody.

use super::call::{Call, Lost};
use super::faults::Refused;
use super::worker::Worker;
use super::{NativeAnswer, facts, places, touched};
use crate::codec::Limits;
use crate::codec::json::tape::{Kind as JsonKind, Tape, TapeNode};
use crate::codec::json::write;
use crate::engine::LossCode;
use crate::mapping::ast::{Kind, Word};
use crate::mapping::compile::upstream::{Operation, Upstream};

/// A patch with what it takes away said again.
#[derive(Default)]
struct Restored {
    patch: Vec<u8>,
    /// Pointers to nulls and empty lists where something stands now.
    cleared: Vec<String>,
}

// === impl Upstream ===

impl Upstream {
    /// Gives what a patch takes away and the upstream keeps, since no request has a place for it.
    pub(super) fn uncleared(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<Vec<Lost>, Refused> {
        let operation = self.operation(call.operation);
        let Some(operation) = operation.filter(|operation| keeps(operation)) else {
            return Ok(Vec::new());
        };
        let (Some(base), true) = (base, may_keep(operation, call)) else {
            return Ok(Vec::new());
        };
        let current = self.current(operation, call, base, worker)?;
        let patch = call.body.and_then(|body| std::str::from_utf8(body).ok());
        let Some((patch, current)) = patch.zip(current.as_deref()) else {
            return Ok(Vec::new());
        };
        let mut tapes = (Tape::default(), Tape::default());
        let patch = tapes.0.parse(patch, &worker.limits);
        let current = tapes.1.parse(current, &worker.limits);
        let (Ok(patch), Ok(current)) = (patch, current) else {
            return Ok(Vec::new());
        };
        let mut restored = Restored::default();
        restored.value(patch, Some(current), &mut String::new());
        let lost = self.lost_again(call, &restored, worker);
        Ok(lost.map_or_else(Vec::new, |lost| restored.told(&lost)))
    }

    /// What a restored patch loses, however the resource is; none if the operation does not take it.
    fn lost_again(
        &self,
        call: &Call<'_>,
        restored: &Restored,
        worker: &mut Worker,
    ) -> Option<Vec<Lost>> {
        if restored.cleared.is_empty() {
            return Some(Vec::new());
        }
        let again = Call {
            body: Some(&restored.patch),
            ..*call
        };
        let losses = match self.stepped(&again, None, worker).ok()? {
            Some(course) => course.losses,
            None => self.written(&again, None, None, false, worker).ok()?.losses,
        };
        Some(losses)
    }
}

/// Tells whether a patch may take something away of which only the resource tells whether that is a loss.
pub(super) fn may_keep(operation: &Operation, call: &Call<'_>) -> bool {
    let body = call.body.and_then(|body| std::str::from_utf8(body).ok());
    let Some(body) = body.filter(|_| keeps(operation)) else {
        return false;
    };
    let mut tape = Tape::default();
    let patch = tape.parse(body, &Limits::default());
    patch.is_ok_and(|patch| may_stay(operation, patch, &mut Vec::new()))
}

/// Tells whether an operation changes what a patch names and nothing else.
fn keeps(operation: &Operation) -> bool {
    operation.kind == Kind::Update && !operation.puts()
}

/// Tells whether a null or an empty list stands where a request may have no place for it.
fn may_stay<'n>(operation: &Operation, node: TapeNode<'n>, path: &mut Vec<&'n str>) -> bool {
    match node.kind() {
        _ if is_nothing(node) => !touched::carries(operation, path),
        JsonKind::Object => node.members().any(|(name, value)| {
            path.push(name);
            let may_stay = may_stay(operation, value, path);
            path.pop();
            may_stay
        }),
        JsonKind::Array => node.items().any(has_nothing),
        JsonKind::Null | JsonKind::Boolean | JsonKind::Number | JsonKind::String => false,
    }
}

/// Tells whether a null or an empty list stands anywhere in an item.
fn has_nothing(node: TapeNode<'_>) -> bool {
    let mut members = node.members();
    let mut items = node.items();
    is_nothing(node) || members.any(|(_, value)| has_nothing(value)) || items.any(has_nothing)
}

// === impl Restored ===

impl Restored {
    fn value(&mut self, said: TapeNode<'_>, is: Option<TapeNode<'_>>, pointer: &mut String) {
        let Some(is) = is.filter(|is| !is_nothing(*is)) else {
            return self.copy(said);
        };
        match (said.kind(), is.kind()) {
            _ if is_nothing(said) => {
                self.cleared.push(pointer.clone());
                self.copy(is);
            }
            (JsonKind::Object, JsonKind::Object) => self.object(said, is, pointer),
            // Of lists of another length it is not known which item is which.
            (JsonKind::Array, JsonKind::Array) if said.count() == is.count() => {
                self.items(said, is, pointer);
            }
            _ => self.copy(said),
        }
    }

    fn object(&mut self, said: TapeNode<'_>, is: TapeNode<'_>, pointer: &mut String) {
        self.patch.push(b'{');
        let length = pointer.len();
        for (index, (name, value)) in said.members().enumerate() {
            self.comma(index > 0);
            write::string(&mut self.patch, name.as_bytes(), false);
            self.patch.push(b':');
            pointer.push('/');
            pointer.push_str(&places::escaped(name));
            self.value(value, is.get(name), pointer);
            pointer.truncate(length);
        }
        self.patch.push(b'}');
    }

    fn items(&mut self, said: TapeNode<'_>, is: TapeNode<'_>, pointer: &mut String) {
        self.patch.push(b'[');
        let length = pointer.len();
        for (index, (said, is)) in said.items().zip(is.items()).enumerate() {
            self.comma(index > 0);
            pointer.push('/');
            pointer.push_str(&index.to_string());
            self.value(said, Some(is), pointer);
            pointer.truncate(length);
        }
        self.patch.push(b']');
    }

    fn comma(&mut self, is_next: bool) {
        if is_next {
            self.patch.push(b',');
        }
    }

    fn copy(&mut self, node: TapeNode<'_>) {
        let text = node.document().as_bytes();
        let text = text.get(facts::range(node)).unwrap_or_default();
        self.patch.extend_from_slice(text);
    }

    /// What is taken away and lost again, each once.
    fn told(&self, lost: &[Lost]) -> Vec<Lost> {
        let codes = [LossCode::NoPlace, LossCode::ReadOnly].map(Word::word);
        let told = self.cleared.iter().filter_map(|pointer| {
            let is_here = |lost: &&Lost| {
                let below = lost.pointer.strip_prefix(pointer.as_str());
                let is_below = below.is_some_and(|at| at.is_empty() || at.starts_with('/'));
                lost.parameter.is_none() && is_below && codes.contains(&lost.code)
            };
            let lost = lost.iter().find(is_here)?;
            Some(Lost {
                code: lost.code,
                pointer: pointer.clone(),
                parameter: None,
            })
        });
        told.collect()
    }
}

/// Tells whether a value is none.
fn is_nothing(node: TapeNode<'_>) -> bool {
    match node.kind() {
        JsonKind::Null => true,
        JsonKind::Array => node.count() == 0,
        _ => false,
    }
}
