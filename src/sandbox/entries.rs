//! Entries that a request says all of: a list of names and values that the upstream replaces whole, and whatever stands
//! in a document that goes out whole. A merge patch would keep those that it leaves out.

use super::value::Value;
use crate::mapping::plan::Plan;

/// The places of a document whose entries are all of them.
#[derive(Debug, Default)]
pub(super) struct Whole {
    places: Vec<Vec<String>>,
}

// === impl Whole ===

impl Whole {
    /// Finds those of a body; of one that changes a part of the document, `in_part`, open objects are changed entry by entry.
    pub(super) fn of(plan: &Plan, in_part: bool) -> Self {
        let lists = plan.write.entries.iter();
        let lists =
            lists.filter(|entries| !(in_part && (entries.as_members || entries.as_elements)));
        let rules = lists.filter_map(|entries| plan.rules.get(usize::from(entries.rule)));
        let mut places = Vec::new();
        for rule in rules {
            let own = &*rule.canonical;
            let own = own.strip_prefix("body.").unwrap_or(own);
            // Items of lists are told apart, and changed, where lists are merged.
            if own.contains(['[', ' ']) {
                continue;
            }
            places.push(own.split('.').map(str::to_owned).collect());
        }
        Self { places }
    }

    /// Gives the merge patch with a null for each entry of the resource that it leaves out.
    pub(super) fn patch(&self, old: &Value, patch: &Value) -> Value {
        let mut patch = patch.clone();
        for place in &self.places {
            clear(&mut patch, old, place);
        }
        patch
    }
}

fn clear(patch: &mut Value, old: &Value, members: &[String]) {
    if let Some((name, rest)) = members.split_first() {
        if let (Some(Value::Object(_)), Some(below)) = (patch.get(name), old.get(name)) {
            patch.change(name, |patch| clear(patch, below, rest));
        }
        return;
    }
    for (name, _) in old.members() {
        if patch.get(name).is_none() {
            patch.set(name, Value::Null);
        }
    }
}
