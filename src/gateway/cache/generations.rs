//! Which kept answers a change makes old: counters, so that nothing has to be looked for.
//!
//! An answer bears the sum of the counters that it depends on, taken before the upstream was asked. Counters only rise,
//! so the sum is the same as long as none of them has moved.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Counters of single resources. Two resources may share one: then a change of the one drops the other, too.
const RESOURCES: usize = 1_024;

/// Counters of collections. What is of a collection beyond counts as anything.
const COLLECTIONS: usize = 64;

/// What changes at upstreams, by their names. Clones share it, and so do the gateways that follow each other in one
/// process: a write ends in the one that it began in, and drops what the next one keeps.
#[derive(Debug, Clone, Default)]
pub struct Changes(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    upstreams: Mutex<BTreeMap<Box<str>, Arc<Generations>>>,
    /// Names of collections, each at its position for good.
    collections: Mutex<Vec<Box<str>>>,
}

/// What a call is about, as far as its path says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Subject {
    /// One resource by the upstream's own key, with all that stands below it.
    Resource {
        /// Its collection: the first segment of the path.
        collection: usize,
        /// Its counter.
        counter: usize,
    },
    /// It may be anything: a list, a search, a reference, something new.
    Anything,
}

/// What has changed at one upstream.
#[derive(Debug)]
pub(in crate::gateway) struct Generations {
    anything: AtomicU64,
    /// Changes of single resources, by collection.
    collections: Box<[AtomicU64]>,
    resources: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// A change on its way: from its first byte to its end, whatever that is, nothing old is given, and nothing is kept that
/// was read in between.
#[derive(Debug)]
pub(in crate::gateway) struct Change<'g> {
    generations: &'g Generations,
    subject: Subject,
}

// === impl Changes ===

impl Changes {
    /// What changes at the upstream of a name.
    pub(in crate::gateway) fn at(&self, upstream: &str) -> Arc<Generations> {
        let known = self.0.upstreams.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(upstream.into()).or_default())
    }

    /// The collection of a path that names one resource of it: `customers` of `/customers/{id}/contacts`.
    pub(in crate::gateway) fn collection(&self, path: &str) -> Option<usize> {
        let mut segments = path.trim_start_matches('/').split('/');
        let collection = segments.next()?;
        if segments.next() != Some("{id}") {
            return None;
        }
        let known = self.0.collections.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        let position = known.iter().position(|name| **name == *collection);
        let position = position.or_else(|| {
            known.push(collection.into());
            known.len().checked_sub(1)
        });
        position.filter(|position| *position < COLLECTIONS)
    }
}

// === impl Generations ===

impl Default for Generations {
    fn default() -> Self {
        let counters = |count| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            anything: AtomicU64::new(0),
            collections: counters(COLLECTIONS),
            resources: counters(RESOURCES),
            hasher: RandomState::new(),
        }
    }
}

impl Generations {
    /// What a call with these inputs is about, whose path names a resource of this collection, if it does.
    pub(in crate::gateway) fn subject(
        &self,
        collection: Option<usize>,
        inputs: &[(&str, &str)],
    ) -> Subject {
        let id = inputs.iter().find(|(name, _)| *name == "id");
        // A reference may be that of any resource.
        let (Some(collection), Some((_, id))) = (collection, id) else {
            return Subject::Anything;
        };
        let hash = self.hasher.hash_one((collection, *id));
        let counter = usize::try_from(hash).unwrap_or_default() & RESOURCES.saturating_sub(1);
        Subject::Resource {
            collection,
            counter,
        }
    }

    /// Begins a change.
    pub(in crate::gateway) fn change(&self, subject: Subject) -> Change<'_> {
        self.changed(subject);
        Change {
            generations: self,
            subject,
        }
    }

    /// Makes old whatever a change of this may show in: the resource itself with all below it, every list, search and
    /// answer by reference, and all of other collections, since a customer shows its accounts and an account its holder.
    fn changed(&self, subject: Subject) {
        match subject {
            Subject::Resource {
                collection,
                counter,
            } => {
                raise(self.resources.get(counter));
                raise(self.collections.get(collection));
            }
            Subject::Anything => raise(Some(&self.anything)),
        }
    }

    /// The sum of the counters that an answer about this depends on.
    pub(in crate::gateway) fn stamp(&self, subject: Subject) -> u64 {
        let (own, counter) = match subject {
            Subject::Resource {
                collection,
                counter,
            } => (Some(collection), self.resources.get(counter)),
            Subject::Anything => (None, None),
        };
        let others = self.collections.iter().enumerate();
        let others = others
            .filter(|(collection, _)| Some(*collection) != own)
            .map(|(_, counter)| counter);
        let counters = others.chain(counter).chain([&self.anything]);
        counters.fold(0, |sum, counter| {
            sum.wrapping_add(counter.load(Ordering::SeqCst))
        })
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.generations.changed(self.subject);
    }
}

fn raise(counter: Option<&AtomicU64>) {
    if let Some(counter) = counter {
        counter.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_makes_old_what_may_show_it_and_nothing_else() {
        let changes = Changes::default();
        let generations = changes.at("alpha");
        let of = |path: &str, id| generations.subject(changes.collection(path), &[("id", id)]);
        let ann = of("/customers/{id}", "ann");
        let bob = of("/customers/{id}", "bob");
        let account = of("/billing-accounts/{id}", "ann");
        let subjects = [ann, bob, account, Subject::Anything];
        for (changed, is_old) in [
            (ann, [true, false, true, true]),
            (account, [true, true, true, true]),
            (Subject::Anything, [true, true, true, true]),
        ] {
            let before = subjects.map(|subject| generations.stamp(subject));
            drop(generations.change(changed));
            let after = subjects.map(|subject| generations.stamp(subject));
            for (at, is_old) in is_old.into_iter().enumerate() {
                assert_eq!(before[at] != after[at], is_old, "{changed:?} {at}");
            }
        }
    }

    #[test]
    fn only_an_id_in_the_path_names_a_resource() {
        let changes = Changes::default();
        let customers = changes.collection("/customers/{id}");
        assert!(customers.is_some());
        assert_eq!(
            changes.collection("/customers/{id}/contacts/{role}"),
            customers
        );
        assert_ne!(changes.collection("/accounts/{id}"), customers);
        for path in ["/customers", "/customers/search", "/", ""] {
            assert_eq!(changes.collection(path), None, "{path}");
        }
        let generations = changes.at("alpha");
        let by = |name| generations.subject(customers, &[(name, "1")]);
        assert_eq!(by("reference"), Subject::Anything);
        assert_ne!(by("id"), Subject::Anything);
    }

    #[test]
    fn what_has_no_counter_of_its_own_may_be_anything() {
        let changes = Changes::default();
        let all: Vec<_> = (0..=COLLECTIONS)
            .map(|count| changes.collection(&format!("/c{count}/{{id}}")))
            .collect();
        assert!(all[..COLLECTIONS].iter().all(Option::is_some));
        assert_eq!(all[COLLECTIONS], None);
    }

    #[test]
    fn one_name_is_one_upstream_for_all_who_ask() {
        let changes = Changes::default();
        let (one, other) = (changes.at("alpha"), changes.clone().at("alpha"));
        let before = one.stamp(Subject::Anything);
        drop(other.change(Subject::Anything));
        assert_ne!(one.stamp(Subject::Anything), before);
        assert_eq!(changes.at("beta").stamp(Subject::Anything), 0);
    }
}
