//! What a sandbox holds, in memory: canonical resources by type and id.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::residue::Residue;
use super::value::Value;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Its type.
    pub(super) kind: Box<str>,
    /// Its id at the upstream.
    pub(super) id: String,
    /// The id of its parent.
    pub(super) of: Option<String>,
    /// The canonical resource without places of requests only.
    pub(super) resource: Value,
    /// What no rule carries.
    pub(super) residue: Option<Arc<Residue>>,
    /// Criteria that have no canonical place.
    pub(super) found_by: BTreeMap<String, String>,
    /// Counts changes from 1.
    pub(super) version: u64,
    /// When it was made, in milliseconds since 1970.
    pub(super) created: i64,
    /// When it was changed last.
    pub(super) updated: i64,
}

/// All records. A copy is cheap: a call changes a copy, which counts once its answer could be written.
#[derive(Debug, Clone, Default)]
pub(super) struct Store {
    records: Vec<Arc<Record>>,
    /// What is kept under the value of a place, by place and value.
    remembered: BTreeMap<(String, String), Value>,
}

// === impl Record ===

impl Record {
    /// The version as an entity tag.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", self.version)
    }
}

// === impl Store ===

impl Store {
    /// Adds a record.
    pub(super) fn add(&mut self, record: Record) {
        self.records.push(Arc::new(record));
    }

    /// The records of a type, in the order in which they were made.
    pub(super) fn of<'s, 'k>(
        &'s self,
        kind: &'k str,
    ) -> impl Iterator<Item = &'s Arc<Record>> + use<'s, 'k> {
        self.records
            .iter()
            .filter(move |record| &*record.kind == kind)
    }

    /// The record of a type with an id.
    pub(super) fn by_id(&self, kind: &str, id: &str) -> Option<&Arc<Record>> {
        self.of(kind).find(|record| record.id == id)
    }

    /// The record of a type that has the caller's own key.
    pub(super) fn by_reference(&self, kind: &str, reference: &str) -> Option<&Arc<Record>> {
        self.of(kind)
            .find(|record| record.resource.text_of("reference") == Some(reference))
    }

    /// The record of a type that belongs to a parent.
    pub(super) fn child(&self, kind: &str, parent: &str) -> Option<&Arc<Record>> {
        self.of(kind)
            .find(|record| record.of.as_deref() == Some(parent))
    }

    /// Puts a changed record in the place of the old one.
    pub(super) fn replace(&mut self, old: &Arc<Record>, mut new: Record, now: i64) {
        new.version = old.version.saturating_add(1);
        new.updated = now;
        if let Some(place) = self
            .records
            .iter_mut()
            .find(|record| Arc::ptr_eq(record, old))
        {
            *place = Arc::new(new);
        }
    }

    /// Puts a record in the place of the same one without counting it as a change; gives it back.
    pub(super) fn refresh(&mut self, old: &Arc<Record>, new: Record) -> Option<Arc<Record>> {
        let place = self
            .records
            .iter_mut()
            .find(|record| Arc::ptr_eq(record, old))?;
        *place = Arc::new(new);
        Some(Arc::clone(place))
    }

    /// Removes a record, and those that belong to it.
    pub(super) fn remove(&mut self, old: &Arc<Record>) {
        self.records.retain(|record| {
            let child = record.of.as_deref() == Some(&*old.id) && record.kind != old.kind;
            !Arc::ptr_eq(record, old) && !child
        });
    }

    /// The next id of a type: one more than the greatest number among its ids.
    pub(super) fn next_id(&self, kind: &str) -> String {
        let numbers = self
            .of(kind)
            .filter_map(|record| record.id.parse::<u64>().ok());
        numbers.max().unwrap_or(0).saturating_add(1).to_string()
    }

    /// Keeps a value under the value of a place.
    pub(super) fn remember(&mut self, place: &str, under: &str, value: Value) {
        self.remembered
            .insert((place.to_owned(), under.to_owned()), value);
    }

    /// What is kept under the value of a place.
    pub(super) fn remembered(&self, place: &str, under: &str) -> Option<&Value> {
        self.remembered.get(&(place.to_owned(), under.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: &str, id: &str, of: Option<&str>) -> Record {
        Record {
            kind: kind.into(),
            id: id.to_owned(),
            of: of.map(str::to_owned),
            resource: Value::empty(),
            residue: None,
            found_by: BTreeMap::new(),
            version: 1,
            created: 0,
            updated: 0,
        }
    }

    #[test]
    fn ids_go_on_behind_the_greatest_number() {
        let mut store = Store::default();
        assert_eq!(store.next_id("A"), "1");
        for (kind, id) in [("A", "41"), ("A", "x-9000"), ("A", "7"), ("B", "99")] {
            store.add(record(kind, id, None));
        }
        assert_eq!(store.next_id("A"), "42");
    }

    #[test]
    fn a_change_of_a_copy_leaves_the_store_as_it_was() {
        let mut store = Store::default();
        store.add(record("A", "1", None));
        store.add(record("B", "1", Some("1")));
        let mut copy = store.clone();
        let old = Arc::clone(store.by_id("A", "1").unwrap());

        let mut new = (*old).clone();
        new.resource.set("x", Value::Truth(true));
        copy.replace(&old, new, 5);

        assert_eq!(store.by_id("A", "1").unwrap().version, 1);
        let changed = Arc::clone(copy.by_id("A", "1").unwrap());
        assert_eq!(
            (changed.version, changed.updated, changed.etag().as_str()),
            (2, 5, "\"2\"")
        );
        copy.remove(&changed);
        assert!(copy.by_id("A", "1").is_none());
        assert!(copy.child("B", "1").is_none(), "it went with its parent");
        assert!(store.child("B", "1").is_some());
    }
}
