//! What reads the store: get, list, search.

use std::sync::Arc;

use super::{Acting, Done};
use crate::mapping::ast::Kind;
use crate::sandbox::matching::{self, Criterion};
use crate::sandbox::place;
use crate::sandbox::problem::Problem;
use crate::sandbox::store::Record;
use crate::sandbox::types::Target;
use crate::sandbox::value::Value;

impl Acting<'_, '_> {
    pub(super) fn get(&self) -> Result<Done, Problem<'static>> {
        let record = self.current.ok_or(Problem::NOT_FOUND)?;
        self.shown(record).ok_or(Problem::NOT_FOUND)
    }

    /// The answer that shows a record, or the place of it that the operation is about.
    pub(super) fn shown(&self, record: &Arc<Record>) -> Option<Done> {
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
    pub(super) fn is_meant(&self, item: &Value, input: Option<&str>) -> bool {
        input.is_some_and(|input| {
            let wanted = self.asked.inputs.iter().find(|(name, _)| name == input);
            wanted.is_some_and(|(_, wanted)| item.text_of(input) == Some(wanted))
        })
    }

    pub(super) fn list(&self) -> Result<Done, Problem<'static>> {
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
                return Ok(Done {
                    items: Some(items),
                    ..Done::default()
                });
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
        if self.asked.wants_one && records.len() > 1 {
            return Err(Problem::AMBIGUOUS);
        }
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
        Ok(Done {
            items: Some(items.collect()),
            page: Some(page),
            ..Done::default()
        })
    }
}
