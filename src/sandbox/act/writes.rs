//! What changes the store by its kind: create, update, replace, delete.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Acting, Done};
use crate::sandbox::partial::Partial;
use crate::sandbox::place;
use crate::sandbox::problem::Problem;
use crate::sandbox::store::{Record, Store};
use crate::sandbox::types::{self, Target};
use crate::sandbox::value::Value;

impl Acting<'_, '_> {
    pub(super) fn create(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
        let body = self.asked.body.clone().unwrap_or_else(Value::empty);
        match self.target {
            Target::Record(kind) => {
                self.free(kind, &body, None)?;
                Ok(self.created(kind, None, body, store))
            }
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

    /// The caller's own key names one record of a type.
    fn free(
        &self,
        kind: &str,
        new: &Value,
        old: Option<&Arc<Record>>,
    ) -> Result<(), Problem<'static>> {
        let reference = new.text_of("reference");
        let taken = reference.and_then(|reference| self.before.by_reference(kind, reference));
        match (taken, old) {
            (Some(taken), Some(old)) if Arc::ptr_eq(taken, old) => Ok(()),
            (Some(_), _) => Err(Problem::CONFLICT),
            (None, _) => Ok(()),
        }
    }

    pub(super) fn created(
        &self,
        kind: &str,
        of: Option<String>,
        body: Value,
        store: &mut Store,
    ) -> Done {
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
    pub(super) fn record(
        &self,
        kind: &str,
        of: Option<String>,
        mut resource: Value,
        store: &Store,
    ) -> Record {
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
            found_by: BTreeMap::new(),
            version: 1,
            created: self.asked.now,
            updated: self.asked.now,
        }
    }

    /// Changes the record, or the place of it that the operation is about; of a list's item it is the item.
    pub(super) fn change(
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
                    && item.text_of(name) != Some(value.as_str())
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
        if let Target::Record(kind) = self.target {
            self.free(kind, &new.resource, Some(old))?;
        }
        self.stored(old, new, store)
    }

    /// Changes the part that a call is about. An item that is new gets an id if its type has one.
    pub(super) fn change_part(
        &self,
        old: &mut Value,
        body: &Value,
        kind: &str,
        partial: Option<&Partial>,
    ) {
        let steps = self.asked.part.unwrap_or_default();
        let Some(said) = place::get(body, steps) else {
            return;
        };
        let mut part = place::get(old, steps).cloned().unwrap_or_else(Value::empty);
        let said = self.asked.whole.patch(&part, said);
        match partial {
            Some(partial) => partial.merge(&mut part, &said),
            None => part.merge(&said),
        }
        if let Some((list, last)) = steps.split_last().map(|(last, before)| (before, last))
            && last.select.is_some()
            && part.get("id").is_none()
            && types::has_id(&self.world.catalog.canonical, kind, steps)
        {
            let around = place::get(old, list).unwrap_or(old);
            let items = around.get(&last.name).map_or(&[][..], Value::items);
            let qualifier = &self.world.upstream.qualifier;
            let id = |item: &Value| {
                let id = item.text_of("id")?;
                id.strip_prefix(&**qualifier)?.parse::<u64>().ok()
            };
            let next = items.iter().filter_map(id).max().unwrap_or(0);
            let next = format!("{qualifier}{}", next.saturating_add(1));
            part.set("id", Value::Text(next));
        }
        place::set(old, steps, part);
    }

    pub(super) fn stored(
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

    pub(super) fn replace(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
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

    pub(super) fn delete(&self, store: &mut Store) -> Result<Done, Problem<'static>> {
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
}
