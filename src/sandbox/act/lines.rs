//! What the lines of `effects` do, and what a command answers.

use std::sync::Arc;

use super::{Acting, Done};
use crate::mapping::ast::{AppendValue, Effect, MappingFile};
use crate::mapping::catalog::CanonicalAnswer;
use crate::mapping::syntax::Path;
use crate::sandbox::place;
use crate::sandbox::problem::Problem;
use crate::sandbox::store::Store;
use crate::sandbox::types::{self, Target};
use crate::sandbox::value::Value;

impl Acting<'_, '_> {
    /// Does what a line says beside its requirements.
    pub(super) fn apply(
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
                let record = self.record(kind, None, resource, store);
                if let AppendValue::Place(path) = &append.value
                    && path.first_name() == Some("body")
                {
                    done.made.push((path.clone(), record.resource.clone()));
                }
                store.add(record);
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

    pub(super) fn set(&self, line: &Effect, store: &mut Store) -> Result<(), Problem<'static>> {
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
    pub(super) fn partners(&self, kind: &str, path: &Path) -> Vec<Path> {
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
    pub(super) fn answer_command(&self, store: &Store, done: &mut Done) {
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
        if let (Some(resource), Some(shape)) = (&mut done.resource, shape) {
            shown_as_made(resource, &done.made);
            let owner = done.made.iter().find_map(|(_, made)| made.text_of("id"));
            if let Some(owner) = owner {
                types::numbered(resource, owner, shapes, shape);
            }
        }
    }
}

/// Puts the records that lines made of parts of the body where these parts stand in the answer.
fn shown_as_made(resource: &mut Value, made: &[(Path, Value)]) {
    for (path, made) in made {
        let steps = place::below(path);
        if place::get(resource, steps).is_some() {
            place::set(resource, steps, made.clone());
        }
    }
}

/// Whether two places are written the same; where they stand is no part of it.
fn same(one: &Path, other: &Path) -> bool {
    one.to_string() == other.to_string()
}
