//! What of a call is not in its request.

use super::call::{Call, Lost};
use super::facts::Facts;
use super::faults::{CallerFault, Refused};
use super::params::{self, pointer_to};
use super::parts::Part;
use super::{fills, places};
use crate::codec::json::tape::{Kind as JsonKind, TapeNode};
use crate::engine::LossCode;
use crate::mapping::ast::{Kind, Word};
use crate::mapping::compile::upstream::{Operation, Route};

/// Every leaf of a body as lost.
pub(super) fn all(body: TapeNode<'_>) -> Vec<Lost> {
    let mut losses = Vec::new();
    leaves(body, &mut String::new(), &mut losses);
    losses
}

fn leaves(node: TapeNode<'_>, pointer: &mut String, losses: &mut Vec<Lost>) {
    let length = pointer.len();
    match node.kind() {
        JsonKind::Object => {
            for (name, value) in node.members() {
                pointer.push('/');
                pointer.push_str(&places::escaped(name));
                leaves(value, pointer, losses);
                pointer.truncate(length);
            }
        }
        JsonKind::Array => {
            for (index, item) in node.items().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                leaves(item, pointer, losses);
                pointer.truncate(length);
            }
        }
        JsonKind::Null => {}
        JsonKind::Boolean | JsonKind::Number | JsonKind::String => losses.push(Lost {
            code: "no-place",
            pointer: pointer.clone(),
            parameter: None,
        }),
    }
}

/// Tells whether a loss is of the body rather than of an input.
pub(super) const fn is_of_body(lost: &Lost) -> bool {
    lost.parameter.is_none()
}

/// Tells whether a value that no rule could carry is what the resource has already. Lists on the way must have as many
/// items as there: of any other it is not known which item is which.
pub(super) fn is_as_it_was(lost: &Lost, body: TapeNode<'_>, current: TapeNode<'_>) -> bool {
    if !is_of_body(lost) {
        return false;
    }
    let mut at = Some((body, current));
    for token in lost.pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        at = at.and_then(|(said, is)| match said.kind() {
            JsonKind::Array if said.count() != is.count() => None,
            JsonKind::Array => {
                let index: usize = name.parse().ok()?;
                Some((said.items().nth(index)?, is.items().nth(index)?))
            }
            _ => Some((said.get(&name)?, is.get(&name)?)),
        });
    }
    at.is_some_and(|(said, is)| said.is_equal(is))
}

/// What of a call its request was made of.
#[derive(Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) operation: &'a Operation,
    pub(super) route: &'a Route,
    pub(super) call: &'a Call<'a>,
    pub(super) body: Option<TapeNode<'a>>,
    /// What places of it name.
    pub(super) facts: Facts<'a>,
    /// What the resource reads as now, where that was asked for.
    pub(super) current: Option<TapeNode<'a>>,
    /// The part of the body that the request is about.
    pub(super) part: Option<Part<'a>>,
}

// === impl Account ===

impl Account<'_> {
    /// Takes out of what the body lost what is carried elsewhere, and adds inputs that nothing carries; also counts
    /// them, with those that were only counted. A search of which nothing is carried is refused.
    pub(super) fn settle(
        &self,
        found: Vec<Lost>,
        counted: u32,
    ) -> Result<(Vec<Lost>, u32), Refused> {
        let counted = usize::try_from(counted).unwrap_or(usize::MAX);
        let beyond = counted.saturating_sub(found.len());
        let carried = self.carried();
        let is_carried = |pointer: &str| {
            carried.iter().any(|carried| {
                let below = pointer.strip_prefix(carried.as_str());
                below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
            })
        };
        let both = self.body.zip(self.current);
        // What goes with a place is none of what the place says, and may go though that is as it was.
        let residue = LossCode::Residue.word();
        let is_as_it_was = |lost: &Lost| {
            lost.code != residue
                && both.is_some_and(|(body, current)| is_as_it_was(lost, body, current))
        };
        let mut losses: Vec<Lost> = found
            .into_iter()
            .filter(|lost| !is_carried(&lost.pointer) && !is_as_it_was(lost))
            .collect();
        let unplaced = |name: &str| Lost::of_input("no-place", name);
        let names = self.call.inputs.iter().map(|(name, _)| *name);
        losses.extend(names.filter(|name| !self.carries(name)).map(unplaced));
        if self.call.page.limit.is_some() && !self.limits() {
            losses.push(unplaced("limit"));
        }
        self.judge_search(&losses)?;
        let params = self.route.params.iter().chain(&self.route.headers);
        let call = self.facts.context.facts();
        losses.extend(params.flat_map(|param| params::lost(param, &self.facts, &call)));
        let count = losses.len().saturating_add(beyond);
        Ok((losses, u32::try_from(count).unwrap_or(u32::MAX)))
    }

    /// Refuses a search of which nothing is carried: its answer would be everybody.
    fn judge_search(&self, losses: &[Lost]) -> Result<(), Refused> {
        let Some(criteria) = self.body.filter(|_| self.operation.kind == Kind::Search) else {
            return Ok(());
        };
        let mut said = all(criteria);
        said.retain(|said| !matches!(&*said.pointer, "/limit" | "/cursor"));
        let awaited = "something that the upstream searches by";
        if said.is_empty() && self.takes_criteria() {
            let missing = CallerFault::new("missing-input", awaited).at(String::new());
            return Err(Refused::one(missing));
        }
        let is_lost = |said: &Lost| losses.iter().any(|lost| lost.pointer == said.pointer);
        if said.is_empty() || !said.iter().all(is_lost) {
            return Ok(());
        }
        let refused = |said: Lost| CallerFault::new("not-supported-here", awaited).at(said.pointer);
        Err(Refused::Faults(said.into_iter().map(refused).collect()))
    }

    /// Tells whether a search may hold anything at all for this upstream.
    fn takes_criteria(&self) -> bool {
        !self.route.carried.is_empty() || self.route.body.is_some()
    }

    /// Pointers to what stands outside the native body.
    fn carried(&self) -> Vec<String> {
        let Some(body) = self.body else {
            return Vec::new();
        };
        let places = self.route.carried.iter();
        let mut carried: Vec<String> = places.filter_map(|place| pointer_to(body, place)).collect();
        if let Some(part) = &self.part {
            let pointer = part.pointer(self.body);
            let said = part.said().into_iter();
            carried.extend(said.map(|below| format!("{pointer}{below}")));
        }
        let filled = self.operation.fills.iter();
        carried.extend(filled.map(|fill| format!("/{}", fill.member)));
        if self.operation.kind == Kind::Search {
            carried.push("/cursor".to_owned());
            carried.extend(self.limits().then(|| "/limit".to_owned()));
        }
        carried
    }

    /// Tells whether an input is in the request: in its URL or headers, or as a member of its body.
    fn carries(&self, input: &str) -> bool {
        let body = self.route.body.as_ref();
        let fills = self.operation.fills.iter();
        let filled = fills
            .filter(|fill| *fill.input == *input)
            .any(|fill| body.is_some_and(|body| fills::carries(body, &fill.member)));
        filled
            || self
                .route
                .carried_inputs
                .iter()
                .any(|name| **name == *input)
    }

    /// Tells whether the size of a page is in the request.
    fn limits(&self) -> bool {
        let paging = self.operation.paging.as_ref();
        paging.is_some_and(|paging| paging.limit.is_some())
    }
}
