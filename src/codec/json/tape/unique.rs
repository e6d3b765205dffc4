//! Equality of values as JSON Schema means it, and whether an array's items all differ.

use std::hash::{BuildHasher, RandomState};

use super::decimal::Decimal;
use super::node::{Kind, TapeNode};

/// Up to so many items are compared pair by pair.
const PAIRWISE: usize = 16;

/// Tells whether two values are equal: numbers by value, objects whatever the order of their members.
pub(super) fn equal(left: TapeNode<'_>, right: TapeNode<'_>) -> bool {
    if left.kind() != right.kind() || left.count() != right.count() {
        return false;
    }
    match (left.lexeme(), right.lexeme()) {
        (Some(a), Some(b)) => return a == b || Decimal::new(a) == Decimal::new(b),
        _ if left.kind() == Kind::Object => {
            return left
                .members()
                .all(|(name, value)| right.get(name).is_some_and(|other| equal(value, other)));
        }
        _ => {}
    }
    left.as_str() == right.as_str()
        && left.as_bool() == right.as_bool()
        && left.items().zip(right.items()).all(|(a, b)| equal(a, b))
}

/// Tells whether no two items of an array are equal.
///
/// Long arrays are sorted by a hash with keys drawn at random, so that no document can make it slow.
pub(super) fn is_unique(array: TapeNode<'_>) -> bool {
    if array.count() <= PAIRWISE {
        return pairwise(array.items());
    }
    let keys = RandomState::new();
    let mut hashed: Vec<_> = array
        .items()
        .map(|item| (hash(item, &keys), item))
        .collect();
    hashed.sort_unstable_by_key(|(hash, _)| *hash);
    hashed
        .chunk_by(|(a, _), (b, _)| a == b)
        .all(|same| pairwise(same.iter().map(|(_, item)| *item)))
}

/// Tells whether no two of these are equal by comparing each with all behind it.
fn pairwise<'a>(mut items: impl Iterator<Item = TapeNode<'a>> + Clone) -> bool {
    while let Some(item) = items.next() {
        if items.clone().any(|other| equal(item, other)) {
            return false;
        }
    }
    true
}

/// A number that equal values share.
fn hash(value: TapeNode<'_>, keys: &RandomState) -> u64 {
    match value.kind() {
        Kind::Number => keys.hash_one(value.lexeme().map(Decimal::new)),
        Kind::Array => value
            .items()
            .fold(keys.hash_one(Kind::Array), |so_far, item| {
                keys.hash_one((so_far, hash(item, keys)))
            }),
        // A sum, since the order of members does not matter.
        Kind::Object => value
            .members()
            .fold(keys.hash_one(Kind::Object), |so_far, (name, value)| {
                so_far.wrapping_add(keys.hash_one((name, hash(value, keys))))
            }),
        kind => keys.hash_one((kind, value.as_str(), value.as_bool())),
    }
}
