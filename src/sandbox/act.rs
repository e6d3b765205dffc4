//! What a call does to the store: by the operation's kind, and by the lines of `effects`.

use std::sync::Arc;

use super::effects::Facts;
use super::matching::{self, Criterion};
use super::place;
use super::problem::Problem;
use super::store::{Record, Store};
use super::types::{self, Target};
use super::value::Value;
use crate::engine::exchange::Page;
use crate::mapping::ast::{AppendValue, Effect, Kind, MappingFile};
use crate::mapping::catalog::{CanonicalAnswer, CanonicalOperation, Catalog};
use crate::mapping::compile::upstream::{Item, Operation, Place, Upstream, Verdict};
use crate::mapping::syntax::Path;

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
    /// Milliseconds since 1970.
    pub(super) now: i64,
}

/// What the store knows beside its records.
#[derive(Debug, Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) upstream: &'a Upstream,
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
    /// The case whose native document is the answer.
    pub(super) case: Option<String>,
}

/// Does a call. What it changes is changed in `store`, which the caller drops if the answer cannot be written.
pub(super) fn act<'p>(
    asked: &Asked<'_>,
    world: &World<'p>,
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
    world: &'a World<'p>,
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
        for watched in &self.asked.served.watched {
            let text = |root: Option<&Value>, place| {
                root.and_then(|root| at(root, place))
                    .and_then(|value| value.text().map(str::to_owned))
            };
            let asked = text(self.asked.body.as_ref(), &watched.asked);
            let now = text(self.facts.current, &watched.now);
            let machine = self.world.upstream.machines.get(watched.machine);
            let (Some(asked), Some(now), Some(machine)) = (asked, now, machine) else {
                continue;
            };
            match machine.judge(&now, &asked, self.asked.caller_kind) {
                Verdict::Allowed => {}
                Verdict::Forbidden => return Err(Problem::FORBIDDEN),
                Verdict::Illegal(_) => return Err(Problem::ILLEGAL_MOVE),
            }
        }
        Ok(())
    }

    fn by_kind(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
        match self.asked.operation.kind {
            Kind::Get => self.get(),
            Kind::List | Kind::Search => Ok(self.list()),
            Kind::Create => self.create(store),
            Kind::Update => self.change(store, |old, body, _| old.merge(body)),
            Kind::Replace => self.replace(store),
            Kind::Delete => self.delete(store),
            Kind::Command => Ok(Done::default()),
        }
    }

    fn get(&self) -> Result<Done, Problem<'static>> {
        let record = self.current.ok_or(Problem::NOT_FOUND)?;
        self.shown(record).ok_or(Problem::NOT_FOUND)
    }

    /// The answer that shows a record, or the place of it that the operation is about.
    fn shown(&self, record: &Arc<Record>) -> Option<Done> {
        let resource = match self.target {
            Target::Record(_) | Target::Child { .. } => record.resource.clone(),
            Target::Part { steps, input, .. } => {
                let list = place::get(&record.resource, steps)?;
                match input {
                    Some(_) => list
                        .items()
                        .iter()
                        .find(|item| self.is_meant(item, input))?
                        .clone(),
                    None => list.clone(),
                }
            }
        };
        Some(Done {
            resource: Some(resource),
            record: Some(Arc::clone(record)),
            ..Done::default()
        })
    }

    /// Whether an item of a list is the one that the input selects.
    fn is_meant(&self, item: &Value, input: Option<&str>) -> bool {
        input.is_some_and(|input| {
            let wanted = self.asked.inputs.iter().find(|(name, _)| name == input);
            wanted.is_some_and(|(_, wanted)| item.text_of(input) == Some(wanted))
        })
    }

    fn list(&self) -> Done {
        let mut records: Vec<Arc<Record>> = match self.target {
            Target::Record(kind) => self.before.of(kind).cloned().collect(),
            Target::Child { kind, .. } => {
                let of = |record: &&Arc<Record>| {
                    self.owner
                        .is_some_and(|owner| record.of.as_deref() == Some(&*owner.id))
                };
                self.before.of(kind).filter(of).cloned().collect()
            }
            Target::Part { steps, .. } => {
                let list = self
                    .owner
                    .and_then(|owner| place::get(&owner.resource, steps));
                let items: Vec<Value> = list.map(|list| list.items().to_vec()).unwrap_or_default();
                return Done {
                    items: Some(items),
                    ..Done::default()
                };
            }
        };
        let criteria = match (&self.asked.body, self.asked.operation.kind) {
            (Some(body), Kind::Search) => Criterion::of_body(body),
            _ => Criterion::of_inputs(self.asked.inputs, &self.asked.operation.inputs),
        };
        records = matching::chosen(&records, &criteria)
            .into_iter()
            .cloned()
            .collect();
        let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
        let paging = self.asked.served.paging.as_ref();
        let (range, page) = matching::page(
            records.len(),
            &ids,
            paging,
            self.asked.limit,
            self.asked.cursor,
        );
        let items = records
            .get(range)
            .unwrap_or_default()
            .iter()
            .map(|record| record.resource.clone());
        Done {
            items: Some(items.collect()),
            page: Some(page),
            ..Done::default()
        }
    }

    fn create(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
        let body = self.asked.body.clone().unwrap_or_else(Value::empty);
        match self.target {
            Target::Record(kind) => Ok(self.created(kind, None, body, store)),
            Target::Child { kind, .. } => {
                let owner = self.owner.ok_or(Problem::NOT_FOUND)?;
                if let Some(old) = self.current {
                    store.remove(old);
                }
                Ok(self.created(kind, Some(owner.id.clone()), body, store))
            }
            Target::Part { .. } => self.change(store, |_, _, _| {}),
        }
    }

    fn created(&self, kind: &str, of: Option<String>, body: Value, store: &mut Store) -> Done {
        let record = self.record(kind, of, body, store);
        let id = record.id.clone();
        store.add(record);
        let record = store.by_id(kind, &id).cloned();
        Done {
            resource: record.as_ref().map(|record| record.resource.clone()),
            record,
            ..Done::default()
        }
    }

    /// A new record of a type, with an id of its own.
    fn record(&self, kind: &str, of: Option<String>, mut resource: Value, store: &Store) -> Record {
        let shapes = &self.world.catalog.canonical;
        if let Some(shape) = shapes.definition(kind) {
            types::answerable(&mut resource, shapes, shape);
        }
        let id = store.next_id(kind);
        if types::object(shapes, kind).is_some_and(|object| object.member("id").is_some()) {
            resource.set(
                "id",
                Value::Text(format!("{}{id}", self.world.upstream.qualifier)),
            );
        }
        Record {
            kind: kind.into(),
            id,
            of,
            resource,
            residue: None,
            found_by: std::collections::BTreeMap::new(),
            version: 1,
            created: self.asked.now,
            updated: self.asked.now,
        }
    }

    /// Changes the record, or the place of it that the operation is about; of a list's item it is the item.
    fn change(
        &self,
        store: &mut Store,
        change: impl FnOnce(&mut Value, &Value, &str),
    ) -> Result<Done, Problem<'static>> {
        let old = self.current.ok_or(Problem::NOT_FOUND)?;
        let shapes = &self.world.catalog.canonical;
        let empty = Value::empty();
        let body = self.asked.body.as_ref().unwrap_or(&empty);
        let mut new = (**old).clone();
        match self.target {
            Target::Record(kind) | Target::Child { kind, .. } => {
                change(&mut new.resource, body, kind)
            }
            Target::Part { steps, input, .. } => {
                let mut list = place::get(&new.resource, steps)
                    .map(|list| list.items().to_vec())
                    .unwrap_or_default();
                let at = list.iter().position(|item| self.is_meant(item, input));
                let kind = self.asked.operation.body.as_deref().unwrap_or_default();
                let mut item = at
                    .and_then(|at| list.get(at))
                    .cloned()
                    .unwrap_or_else(Value::empty);
                change(&mut item, body, kind);
                if let Some((name, value)) =
                    input.and_then(|input| self.asked.inputs.iter().find(|(name, _)| name == input))
                {
                    item.set(name, Value::Text(value.clone()));
                }
                match at.and_then(|at| list.get_mut(at)) {
                    Some(place) => *place = item,
                    None => list.push(item),
                }
                place::set(&mut new.resource, steps, Value::List(list));
            }
        }
        if let Some(shape) = shapes.definition(&new.kind) {
            types::answerable(&mut new.resource, shapes, shape);
        }
        if let Some(id) = old.resource.get("id") {
            new.resource.set("id", id.clone());
        }
        self.stored(old, new, store)
    }

    fn stored(
        &self,
        old: &Arc<Record>,
        new: Record,
        store: &mut Store,
    ) -> Result<Done, Problem<'static>> {
        let (kind, id, of) = (new.kind.clone(), new.id.clone(), new.of.clone());
        store.replace(old, new, self.asked.now);
        let mut same = store
            .of(&kind)
            .filter(|record| record.id == id && record.of == of);
        let record = same.next().cloned();
        record
            .and_then(|record| self.shown(&record))
            .ok_or(Problem::NOT_FOUND)
    }

    fn replace(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
        let shapes = &self.world.catalog.canonical;
        if let (Target::Child { .. }, None) = (self.target, self.current) {
            return self.create(store);
        }
        self.change(store, |old, body, kind| {
            let mut new = body.clone();
            // What only the upstream says, no request takes away.
            for member in types::object(shapes, kind)
                .into_iter()
                .flat_map(|object| &object.members)
            {
                if let (true, None, Some(value)) = (
                    member.read_only,
                    new.get(&member.name),
                    old.get(&member.name),
                ) {
                    new.set(&member.name, value.clone());
                }
            }
            *old = new;
        })
    }

    fn delete(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
        let old = self.current.ok_or(Problem::NOT_FOUND)?;
        let Target::Part { steps, input, .. } = self.target else {
            store.remove(old);
            return Ok(Done::default());
        };
        let mut new = (**old).clone();
        let mut list = place::get(&new.resource, steps)
            .map(|list| list.items().to_vec())
            .unwrap_or_default();
        list.retain(|item| !self.is_meant(item, input));
        place::set(&mut new.resource, steps, Value::List(list));
        store.replace(old, new, self.asked.now);
        Ok(Done::default())
    }

    /// Does what a line says beside its requirements.
    fn apply(
        &self,
        line: &Effect,
        store: &mut Store,
        done: &mut Done,
    ) -> Result<(), Problem<'static>> {
        if !line.set.is_empty() {
            self.set(line, store)?;
        }
        for append in &line.append {
            let kind = append.name.value.as_str();
            let resource = match &append.value {
                AppendValue::Place(path) => self.facts.place(path),
                AppendValue::Places(places) => {
                    let mut resource = Value::empty();
                    for (path, said) in places {
                        if let Some(value) = self.facts.value_for(said, kind, &path.steps) {
                            place::set(&mut resource, &path.steps, value);
                        }
                    }
                    Some(resource)
                }
            };
            if let Some(resource) = resource {
                store.add(self.record(kind, None, resource, store));
            }
        }
        for (path, said) in &line.remember {
            if let (Some(under), Some(value)) = (self.facts.place(path), self.facts.value(said))
                && let Some(under) = under.text()
            {
                store.remember(&path.to_string(), under, value);
            }
        }
        done.warnings
            .extend(line.warnings.iter().map(|text| text.value.clone()));
        if let Some(case) = &line.answer {
            done.case = Some(case.value.clone());
        }
        Ok(())
    }

    fn set(&self, line: &Effect, store: &mut Store) -> Result<(), Problem<'static>> {
        let old = self.current.ok_or(Problem::NOT_FOUND)?;
        // Lines before this one may have changed it.
        let latest = store
            .of(&old.kind)
            .find(|record| record.id == old.id && record.of == old.of);
        let latest = Arc::clone(latest.ok_or(Problem::NOT_FOUND)?);
        let mut new = (*latest).clone();
        let set: Vec<&Path> = line.set.iter().map(|(path, _)| path).collect();
        for (path, said) in &line.set {
            let value = self.facts.value_for(said, &old.kind, &path.steps);
            if place::get(&new.resource, &path.steps) == value.as_ref() {
                continue;
            }
            for other in self.partners(&old.kind, path) {
                if !set.iter().any(|set| same(set, &other)) {
                    place::remove(&mut new.resource, &other.steps);
                }
            }
            match value {
                Some(value) => place::set(&mut new.resource, &path.steps, value),
                None => place::remove(&mut new.resource, &path.steps),
            }
        }
        store.replace(&latest, new, self.asked.now);
        Ok(())
    }

    /// The other places of the composite rule that a place belongs to.
    fn partners(&self, kind: &str, path: &Path) -> Vec<Path> {
        let of_kind = |mapping: &&MappingFile| {
            mapping
                .canonical
                .as_ref()
                .is_some_and(|name| name.value == kind)
        };
        let rules = self
            .world
            .mappings
            .iter()
            .filter(of_kind)
            .flat_map(|mapping| &mapping.fields);
        let composite = rules.filter(|rule| {
            rule.places.len() > 1 && rule.places.iter().any(|place| same(place, path))
        });
        composite
            .flat_map(|rule| rule.places.clone())
            .filter(|place| !same(place, path))
            .collect()
    }

    /// A command answers with the changed record if that is the answer's type, else with what body and answer share.
    fn answer_command(&self, store: &Store, done: &mut Done) {
        let CanonicalAnswer::One(kind) = &self.asked.operation.answer else {
            return;
        };
        let latest = self.current.and_then(|old| {
            store
                .of(&old.kind)
                .find(|record| record.id == old.id && record.of == old.of)
        });
        if let Some(record) = latest
            .filter(|record| record.kind == *kind || matches!(self.target, Target::Part { .. }))
            && let Some(shown) = self.shown(record)
        {
            done.resource = shown.resource;
            done.record = shown.record;
            return;
        }
        let shapes = &self.world.catalog.canonical;
        let shape = shapes.definition(kind);
        done.resource = match (&self.asked.body, shape) {
            (Some(body), Some(shape)) => types::shared(body, shapes, shape),
            _ => Some(Value::empty()),
        };
    }
}

/// Follows a place of a compiled file.
fn at<'v>(root: &'v Value, place: &Place) -> Option<&'v Value> {
    place.steps.iter().try_fold(root, |at, step| {
        let member = at.get(&step.name)?;
        match &step.item {
            None => Some(member),
            Some(Item::At(index)) => member.items().get(*index),
            Some(Item::Where(tests)) => member.items().iter().find(|item| {
                tests.iter().all(|(names, literal)| {
                    let found = names.iter().try_fold(*item, |at, name| at.get(name));
                    found.and_then(Value::text) == Some(literal)
                })
            }),
        }
    })
}

/// Whether two places are written the same; where they stand is no part of it.
fn same(one: &Path, other: &Path) -> bool {
    one.to_string() == other.to_string()
}
