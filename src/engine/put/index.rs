//! Items of a base by their keys.

/// Finds items by key, equal ones in the order in which they were given, each at most once.
///
/// Building and looking up are `n log n` for any bytes, also for a list of equal keys.
pub(super) struct Index<K> {
    order: Vec<(K, usize)>,
    /// How many of those whose key begins here are taken.
    taken: Vec<usize>,
}

impl<K: Ord> Index<K> {
    /// Orders items, which are given by number and key.
    pub(super) fn new(items: Vec<(usize, K)>) -> Self {
        let mut order: Vec<(K, usize)> = items.into_iter().map(|(item, key)| (key, item)).collect();
        order.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self {
            taken: vec![0; order.len()],
            order,
        }
    }

    /// The first item of this key that is not taken; it is from now on.
    pub(super) fn take(&mut self, key: &K) -> Option<usize> {
        let first = self.order.partition_point(|(other, _)| other < key);
        let taken = self.taken.get_mut(first)?;
        let (other, item) = self.order.get(first + *taken)?;
        (other == key).then(|| {
            *taken += 1;
            *item
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_are_taken_in_their_order_and_once() {
        let mut index = Index::new(vec![(0, "b"), (1, "a"), (2, "b"), (3, "c")]);
        assert_eq!(index.take(&"b"), Some(0));
        assert_eq!(index.take(&"b"), Some(2));
        assert_eq!(index.take(&"b"), None);
        assert_eq!(index.take(&"a"), Some(1));
        assert_eq!(index.take(&"d"), None);
        assert_eq!(index.take(&"c"), Some(3));
    }
}
