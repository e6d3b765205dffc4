//! The body of a request.

use std::borrow::Cow;

use super::call::Lost;
use super::faults::{self, CallerFault, Refused};
use super::losses::Account;
use super::parts::{self, Part};
use super::unsaid::{self, Unsaid};
use super::{NativeAnswer, facts, fills, idle, losses, media, places};
use crate::codec::json::tape::TapeNode;
use crate::codec::{Limits, encoding};
use crate::engine::{Direction, Engine, Failure, Incoming, Loss, LossCode, Reading, Surroundings};
use crate::mapping::ast::{Clear, Kind};
use crate::mapping::compile::upstream::RouteBody;
use crate::mapping::plan::Wire;

/// What a request's body is made of.
pub(super) struct Writing<'w> {
    pub(super) account: Account<'w>,
    /// The document that it is written over.
    pub(super) under: Option<&'w NativeAnswer<'w>>,
    /// The caller's body with blanks where it says nothing new.
    pub(super) reduced: Option<&'w [u8]>,
}

/// A body that was written, with what is not in it.
#[derive(Default)]
pub(super) struct Written {
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) content_type: Option<Box<str>>,
    pub(super) losses: Vec<Lost>,
    pub(super) lost: u32,
    /// Whether it asks for no change at all.
    pub(super) says_nothing: bool,
}

// === impl Written ===

impl Written {
    /// Adds what is lost beside what the engine lost.
    pub(super) fn lose(&mut self, more: Vec<Lost>) {
        let count = u32::try_from(more.len()).unwrap_or(u32::MAX);
        self.lost = self.lost.saturating_add(count);
        self.losses.extend(more);
    }
}

/// What stands before the caller's own document was put there and is nobody's loss; what has no place in it is not said
/// at all.
fn is_lost(loss: &Loss, shift: u32, document: &[u8]) -> bool {
    let said = loss.at >= shift || loss.code == LossCode::Residue;
    said && !clears_nothing(loss, document)
}

/// A null where the upstream holds nothing asks for what is so already.
fn clears_nothing(loss: &Loss, document: &[u8]) -> bool {
    let at = usize::try_from(loss.at).unwrap_or(usize::MAX);
    let value = document.get(at..).unwrap_or_default();
    loss.code == LossCode::NoPlace && value.starts_with(b"null")
}

/// What the places of a route's rules have in front of those of the body.
const fn prefix(route: &RouteBody) -> &'static str {
    match route.enveloped {
        Some(_) => "body.",
        None => "",
    }
}

impl Writing<'_> {
    /// Writes the body. Faults of the caller are collected; one of the base ends it.
    pub(super) fn body(
        &self,
        engine: &mut Engine,
        limits: &Limits,
        found: &mut Vec<CallerFault>,
    ) -> Result<Written, Refused> {
        let Some(route) = &self.account.route.body else {
            return Ok(Written {
                losses: self.account.body.map(losses::all).unwrap_or_default(),
                ..Written::default()
            });
        };
        let whole = self.account.call.body.unwrap_or(b"{}");
        let Account {
            operation, call, ..
        } = self.account;
        let part = self.account.part;
        let bytes = match &part {
            Some(part) => part
                .node
                .and_then(|part| whole.get(facts::range(part)))
                .unwrap_or(b"{}"),
            None => whole,
        };
        let without = self.without(route, whole);
        let bytes = without.as_deref().unwrap_or(bytes);
        let said = self.reduced.unwrap_or(bytes);
        let document = match part {
            Some(_) => None,
            None => fills::document(operation, route, call, said, self.account.body),
        };
        let (written, shift) = match (&document, self.account.body.filter(|_| part.is_none())) {
            (Some(document), _) => (Incoming::Text(&document.bytes), document.shift),
            (None, Some(root)) if self.reduced.is_none() => (Incoming::Read(root), 0),
            (None, _) => (Incoming::Text(said), 0),
        };
        let input = written.bytes();
        let mut out = Vec::new();
        if let Err(failure) = self.run(engine, route, written, limits, &mut out)? {
            let before = found.len();
            let said = faults::Said {
                document: bytes,
                shift,
                inputs: document.as_ref().map_or(&[], |document| &document.inputs),
                prefix: prefix(route),
            };
            self.refused(&failure, route, said, found)?;
            self.point(&mut found[before..]);
            return Ok(idle::unsaid(self, found, before).unwrap_or_default());
        }
        let (losses, lost) = engine.losses();
        let own = losses.iter().filter(|loss| is_lost(loss, shift, input));
        let own: Vec<Loss> = own.copied().collect();
        let pointed = self.pointed(route, &own, bytes, shift);
        let of_own = self.stays(route, own.into_iter().zip(pointed), found);
        let gone = losses.len().saturating_sub(of_own.len());
        let lost = lost.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX));
        let says_nothing = idle::says_nothing(self, route, &out, engine, limits)?;
        Ok(Written {
            losses: of_own,
            lost,
            bytes: Some(out),
            content_type: Some(self.content_type(route)),
            says_nothing,
        })
    }

    /// Lets faults of a part point into the caller's whole document.
    fn point(&self, found: &mut [CallerFault]) {
        for fault in found {
            fault.pointer = fault.pointer.take().map(|below| self.pointer(below));
        }
    }

    /// What was lost, with pointers into the caller's body: what stands nowhere in it is told at its rule's place.
    fn pointed(&self, route: &RouteBody, losses: &[Loss], bytes: &[u8], shift: u32) -> Vec<Lost> {
        let mut pointed = places::of_losses(losses, bytes, Wire::Json, shift);
        for (lost, loss) in pointed.iter_mut().zip(losses) {
            if lost.pointer.is_empty()
                && let Some(declared) = faults::place_of(loss.rule, &route.body.plan, prefix(route))
            {
                lost.pointer = declared;
            }
            lost.pointer = self.pointer(std::mem::take(&mut lost.pointer));
        }
        pointed
    }

    /// Takes out of the losses what a patch leaves out of an item and is not there; what is there and would stay is a
    /// fault.
    fn stays(
        &self,
        route: &RouteBody,
        losses: impl Iterator<Item = (Loss, Lost)>,
        found: &mut Vec<CallerFault>,
    ) -> Vec<Lost> {
        let current = self.account.current.filter(|_| self.under.is_none());
        let enveloped = route.enveloped.is_some();
        let mut kept = Vec::new();
        for (loss, lost) in losses {
            let judged = current
                .and_then(|current| unsaid::judge(&loss, &route.body.plan, enveloped, current));
            match judged {
                None => kept.push(lost),
                Some(Unsaid::Nothing) => {}
                Some(Unsaid::Stays(fault)) => found.push(fault.at(lost.pointer)),
            }
        }
        kept
    }

    /// A pointer into the part as one into the whole.
    fn pointer(&self, below: String) -> String {
        match &self.account.part {
            Some(part) => part.pointer(self.account.body) + &below,
            None => below,
        }
    }

    /// Runs the plan of the body: over a document, or from nothing.
    pub(super) fn run(
        &self,
        engine: &mut Engine,
        route: &RouteBody,
        input: Incoming<'_>,
        limits: &Limits,
        out: &mut Vec<u8>,
    ) -> Result<Result<(), Failure>, Refused> {
        let plan = &route.body.plan;
        let facts = self.account.call.context.facts();
        let around = Surroundings {
            given: &[],
            call: &facts,
        };
        let Some(base) = self.under else {
            let (to, reading) = (Direction::ToNative, self.reading(route));
            return Ok(engine.translate(plan, to, input, reading, limits, around, out));
        };
        match media::utf8(base.body, base.content_type, plan.native.wire) {
            Ok(base) => {
                let done = engine.put(plan, input, &base, limits, around, out);
                if matches!(base, Cow::Owned(_)) {
                    encoding::declare_utf8(out);
                }
                Ok(done)
            }
            Err(fault) => {
                let broken = faults::broken("upstream-malformed", fault.at, base.status);
                Err(Refused::Base(broken))
            }
        }
    }

    /// An item that the upstream has and can clear places of: with a null for each member that is there and is not said
    /// any more.
    fn without(&self, route: &RouteBody, whole: &[u8]) -> Option<Vec<u8>> {
        let (now, was) = self.changed_item(route)?;
        Some(parts::without(now, was, whole))
    }

    /// The part and what it is now, if it is an item of a list, of an upstream that can clear.
    fn changed_item(&self, route: &RouteBody) -> Option<(TapeNode<'_>, TapeNode<'_>)> {
        let part = self.account.part.as_ref()?;
        let is_update = self.account.operation.kind == Kind::Update;
        let can_clear = is_update && route.body.plan.clear != Clear::Refuse;
        let was = Part::of(part.place, self.account.current).node;
        part.node.zip(was).filter(|_| can_clear && part.is_item())
    }

    fn reading(&self, route: &RouteBody) -> Reading {
        let part = self.account.part.as_ref();
        let is_whole = part.is_some_and(Part::is_item) && self.changed_item(route).is_none();
        // A patch replaces a list, so that of an item all is said.
        if self.account.operation.kind == Kind::Update && !is_whole {
            Reading::Patch
        } else {
            Reading::Whole
        }
    }

    /// A base that was not in UTF-8 is now, and says so in its declaration and in the header.
    fn content_type(&self, route: &RouteBody) -> Box<str> {
        let said = &route.body.media_type;
        let transcoded = self.under.is_some_and(|base| {
            let decoded = media::utf8(base.body, base.content_type, route.body.plan.native.wire);
            matches!(decoded, Ok(Cow::Owned(_)))
        });
        if transcoded && !said.contains("charset") {
            format!("{said}; charset=utf-8").into()
        } else {
            said.clone()
        }
    }

    fn refused(
        &self,
        failure: &Failure,
        route: &RouteBody,
        said: faults::Said<'_>,
        found: &mut Vec<CallerFault>,
    ) -> Result<(), Refused> {
        let status = self.under.map_or(0, |base| base.status);
        match faults::of_caller(failure, &route.body.plan, said, status) {
            Refused::Faults(more) => {
                found.extend(more);
                Ok(())
            }
            broken @ Refused::Base(_) => Err(broken),
        }
    }
}
