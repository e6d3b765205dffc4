//! What a call does to the store: by the operation's kind, and by the lines of `effects`.

mod lines;
mod reads;
mod writes;

use std::sync::Arc;

use super::effects::Facts;
use super::entries::Whole;
use super::partial::Partial;
use super::problem::Problem;
use super::store::{Record, Store};
use super::types::Target;
use super::value::Value;
use crate::codec::Limits;
use crate::codec::json::tape::Tape;
use crate::engine::exchange::Page;
use crate::mapping::ast::{Effect, Kind, MappingFile};
use crate::mapping::catalog::{CanonicalOperation, Catalog};
use crate::mapping::compile::upstream::{Operation, Upstream, Verdict};
use crate::mapping::syntax::{Path, Step};

/// A call as the store sees it.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) operation: &'a CanonicalOperation,
    /// The operation as the upstream serves it.
    pub(super) served: &'a Operation,
    pub(super) inputs: &'a [(String, String)],
    pub(super) body: Option<Value>,
    pub(super) limit: Option<u32>,
    pub(super) cursor: Option<&'a str>,
    pub(super) if_match: Option<&'a str>,
    pub(super) request_id: Option<&'a str>,
    pub(super) caller_kind: Option<&'a str>,
    pub(super) caller_id: Option<&'a str>,
    /// What the request carries, of an operation that keeps what is absent.
    pub(super) partial: Option<Partial>,
    /// The entries that the request says all of, of an update.
    pub(super) whole: Whole,
    /// The part of the resource that the call is about, if that is not all of it.
    pub(super) part: Option<&'a [Step]>,
    /// Whether a search that several records match is refused.
    pub(super) wants_one: bool,
    /// Milliseconds since 1970.
    pub(super) now: i64,
}

/// What the store knows beside its records.
#[derive(Debug, Clone, Copy)]
pub(super) struct World<'a, 'u> {
    pub(super) catalog: &'a Catalog,
    pub(super) upstream: &'u Upstream,
    /// The upstream's mappings: composite rules of a type stand in them.
    pub(super) mappings: &'a [MappingFile],
    /// The lines of the operation.
    pub(super) lines: &'a [Effect],
}

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) resource: Option<Value>,
    pub(super) items: Option<Vec<Value>>,
    pub(super) page: Option<Page>,
    pub(super) warnings: Vec<String>,
    /// The record that was answered or changed.
    pub(super) record: Option<Arc<Record>>,
    /// Places of the body with the records that lines made of them.
    pub(super) made: Vec<(Path, Value)>,
    /// The case whose native document is the answer.
    pub(super) case: Option<String>,
}

/// Does a call. What it changes is changed in `store`, which the caller drops if the answer cannot be written.
pub(super) fn act<'p>(
    asked: &Asked<'_>,
    world: &World<'p, '_>,
    store: &mut Store,
) -> Result<Done, Problem<'p>> {
    let before = store.clone();
    let target = Target::of(asked.operation, world.catalog);
    let owner = owner(asked, target, &before);
    let current = match target {
        Target::Child { kind, .. } => owner.and_then(|owner| before.child(kind, &owner.id)),
        Target::Record(_) | Target::Part { .. } => owner,
    };
    let needs_one = asked
        .inputs
        .iter()
        .any(|(name, _)| name == "id" || name == "reference");
    if needs_one && owner.is_none() {
        return Err(Problem::NOT_FOUND);
    }
    let facts = Facts {
        inputs: asked.inputs,
        body: asked.body.as_ref(),
        current: current.map(|record| &record.resource),
        store: &before,
        request_id: asked.request_id,
        caller_kind: asked.caller_kind,
        caller_id: asked.caller_id,
        now: asked.now,
        shapes: &world.catalog.canonical,
    };
    let acting = Acting {
        asked,
        world,
        target,
        before: &before,
        owner,
        current,
        facts,
    };
    acting.run(store)
}

/// The record whose id or key stands among the inputs.
fn owner<'s>(asked: &Asked<'_>, target: Target<'_>, store: &'s Store) -> Option<&'s Arc<Record>> {
    let input = |name: &str| {
        asked
            .inputs
            .iter()
            .find(|(input, _)| input == name)
            .map(|(_, value)| value.as_str())
    };
    match (input("id"), input("reference")) {
        (Some(id), _) => store.by_id(target.named(), id),
        (None, Some(reference)) => store.by_reference(target.named(), reference),
        (None, None) => None,
    }
}

/// One call on its way.
struct Acting<'a, 'p> {
    asked: &'a Asked<'a>,
    world: &'a World<'p, 'a>,
    target: Target<'a>,
    before: &'a Store,
    /// The record that the path names.
    owner: Option<&'a Arc<Record>>,
    /// The record that is changed or read: the owner's child, or the owner.
    current: Option<&'a Arc<Record>>,
    facts: Facts<'a>,
}

impl<'p> Acting<'_, 'p> {
    fn run(&self, store: &mut Store) -> Result<Done, Problem<'p>> {
        self.version()?;
        self.moves()?;
        let lines = self.facts.lines(self.world.lines);
        if self.asked.operation.kind == Kind::Command
            && lines.is_empty()
            && !self.world.lines.is_empty()
        {
            return Err(Problem::NOT_FOUND);
        }
        for line in &lines {
            if !self.facts.allows(line) {
                let code = line
                    .problem
                    .as_ref()
                    .map_or(Problem::INVALID_INPUT.code, |code| &code.value);
                return Err(Problem { code });
            }
        }
        let sets = lines.iter().any(|line| !line.set.is_empty());
        let mut done = if sets {
            Done::default()
        } else {
            self.by_kind(store)?
        };
        for line in &lines {
            self.apply(line, store, &mut done)?;
        }
        if self.asked.operation.kind == Kind::Command || sets {
            self.answer_command(store, &mut done);
        }
        Ok(done)
    }

    /// `If-Match` against the version of the addressed record.
    fn version(&self) -> Result<(), Problem<'static>> {
        let (Some(expected), Some(current)) = (self.asked.if_match, self.current) else {
            return Ok(());
        };
        let etag = current.etag();
        let fits = expected
            .split(',')
            .any(|one| one.trim() == "*" || one.trim() == etag);
        if fits {
            Ok(())
        } else {
            Err(Problem::PRECONDITION_FAILED)
        }
    }

    /// The machines of the operation.
    fn moves(&self) -> Result<(), Problem<'static>> {
        let (Some(body), Some(now)) = (&self.asked.body, self.facts.current) else {
            return Ok(());
        };
        let text = |value: &Value| String::from_utf8(value.bytes()).unwrap_or_default();
        let (body, now) = (text(body), text(now));
        let (mut asked, mut current) = (Tape::default(), Tape::default());
        let limits = Limits::default();
        let (Ok(body), Ok(now)) = (asked.parse(&body, &limits), current.parse(&now, &limits))
        else {
            return Ok(());
        };
        let (upstream, served) = (self.world.upstream, self.asked.served);
        let refused = upstream.refused_moves(served, body, now, self.asked.caller_kind);
        match refused.first().map(|refused| &refused.verdict) {
            None | Some(Verdict::Allowed) => Ok(()),
            Some(Verdict::Forbidden) => Err(Problem::FORBIDDEN),
            Some(Verdict::Illegal(_)) => Err(Problem::ILLEGAL_MOVE),
            Some(Verdict::Contradicts) => Err(Problem::INVALID_INPUT),
        }
    }

    fn update(&self, old: &mut Value, body: &Value, kind: &str) {
        let partial = self.asked.partial.as_ref();
        if self.asked.part.is_some() {
            self.change_part(old, body, kind, partial);
            return;
        }
        let patch = self.asked.whole.patch(old, body);
        match partial {
            Some(partial) => {
                partial.merge(old, &patch);
                old.drop_emptied(&patch);
            }
            None => old.update(&patch),
        }
    }

    fn by_kind(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
        match self.asked.operation.kind {
            Kind::Get => self.get(),
            Kind::List | Kind::Search => self.list(),
            Kind::Create => self.create(store),
            Kind::Update => self.change(store, |old, body, kind| self.update(old, body, kind)),
            Kind::Replace => self.replace(store),
            Kind::Delete => self.delete(store),
            Kind::Command => Ok(Done::default()),
        }
    }
}
