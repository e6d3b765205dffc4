//! What a request must have: what writes the members that the native view requires.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::children;
use super::place::{ANY, places, standing};
use crate::mapping::atlas::Atlas;
use crate::mapping::plan::{Fan, NodeKind};

/// Of several places one, each with what must stand beside it.
pub(super) type Alternatives = Vec<Vec<String>>;

/// What must stand, by the canonical record that the places are of: the root, or the item of a list.
#[derive(Debug, Default)]
pub(super) struct Needs {
    all: Vec<Need>,
}

#[derive(Debug)]
struct Need {
    record: u16,
    /// It must stand if one of these does; always, if there are none.
    with: Vec<String>,
    one_of: Alternatives,
}

/// One way from a native record to the canonical one that it is made of.
struct Visit<'a, 'p> {
    atlas: &'a Atlas<'p>,
    /// What the places of the canonical body begin with.
    prefix: &'static str,
    needs: Vec<Need>,
}

// === impl Needs ===

impl Needs {
    /// Finds them; `root` is the node of the canonical body, which another document may hold.
    pub(super) fn of(atlas: &Atlas<'_>, root: u16, is_enveloped: bool) -> Self {
        let mut visit = Visit {
            atlas,
            prefix: if is_enveloped { "body." } else { "" },
            needs: Vec::new(),
        };
        visit.object(0, root, &[], 0);
        Self { all: visit.needs }
    }

    /// The members of a record that must stand whatever else does.
    pub(super) fn members(&self, record: u16) -> BTreeSet<&str> {
        let single = |need: &Need| need.record == record && need.with.is_empty();
        let needs = self.all.iter().filter(|need| single(need));
        needs
            .filter_map(|need| match need.one_of.as_slice() {
                [places] => match places.as_slice() {
                    [place] => Some(place.as_str()),
                    _ => None,
                },
                _ => None,
            })
            .filter(|place| !place.contains(['.', '[']))
            .collect()
    }

    /// What else must stand in a record of which these members must, as schemas.
    pub(super) fn schemas(&self, record: u16, required: &[Value]) -> Vec<Value> {
        let known: BTreeSet<&str> = required.iter().filter_map(Value::as_str).collect();
        let mut found = Vec::new();
        for need in self.all.iter().filter(|need| need.record == record) {
            let is_told = |places: &Vec<String>| {
                let mut places = places.iter();
                places.all(|place| known.contains(place.as_str()))
            };
            if need.one_of.iter().any(is_told) {
                continue;
            }
            let all = |places: &Vec<String>| {
                let mut schemas: Vec<Value> = places.iter().map(|place| standing(place)).collect();
                match schemas.len() {
                    1 => schemas.pop().unwrap_or_default(),
                    _ => json!({ "allOf": schemas }),
                }
            };
            let mut alternatives: Vec<Value> = need.one_of.iter().map(all).collect();
            let then = match alternatives.len() {
                1 => alternatives.pop().unwrap_or_default(),
                _ => json!({ "anyOf": alternatives }),
            };
            let with: Vec<Value> = need.with.iter().map(|place| standing(place)).collect();
            let schema = if with.is_empty() {
                then
            } else {
                json!({ "if": { "anyOf": with }, "then": then })
            };
            if !found.contains(&schema) {
                found.push(schema);
            }
        }
        found
    }
}

// === impl Visit ===

impl Visit<'_, '_> {
    /// A native object: always written with its record, or with one of these places.
    fn object(&mut self, native: u16, record: u16, with: &[String], depth: u8) {
        let layout = self.atlas.native.layout;
        let Some(found) = layout.nodes.get(usize::from(native)).filter(|_| depth < 32) else {
            return;
        };
        let members = children(layout, native);
        let of_mask = |mask: u64| {
            let within = move |(_, bit): &&(u16, u8)| *bit < 64 && mask >> bit & 1 == 1;
            members.iter().filter(within).map(|(node, _)| *node)
        };
        for node in of_mask(found.required) {
            if let Some(one_of) = self.writers(node) {
                self.need(record, with, one_of);
            }
        }
        for group in &found.any_of {
            let alternatives = group.iter().map(|mask| {
                let writers = of_mask(*mask).map(|node| match self.writers(node)?.as_slice() {
                    [places] => Some(places.clone()),
                    _ => None,
                });
                Some(writers.collect::<Option<Vec<_>>>()?.concat())
            });
            // One that nothing of a caller's is known to write says nothing of what a caller must send.
            if let Some(one_of) = alternatives.collect::<Option<Alternatives>>() {
                self.need(record, with, one_of);
            }
        }
        for (node, bit) in &members {
            let required = *bit < 64 && found.required >> bit & 1 == 1;
            self.below(*node, record, with, required, depth.saturating_add(1));
        }
    }

    fn below(&mut self, native: u16, record: u16, with: &[String], required: bool, depth: u8) {
        let side = &self.atlas.native;
        let Some(found) = side.layout.nodes.get(usize::from(native)) else {
            return;
        };
        match found.kind {
            NodeKind::Object if required => self.object(native, record, with, depth),
            NodeKind::Object => {
                let within = self.within(native);
                self.object(native, record, &within, depth);
            }
            NodeKind::List => match self.items_of(native) {
                Some(item) => self.object(found.item, item, &[], depth),
                None => {
                    let within = self.within(native);
                    self.object(found.item, record, &within, depth);
                }
            },
            NodeKind::Leaf | NodeKind::Map | NodeKind::Skip => {}
        }
    }

    /// The canonical items that the items of a native list are made of, one of each.
    fn items_of(&self, native: u16) -> Option<u16> {
        let rules = &self.atlas.native.facts(native)?.rules;
        let canonical = &self.atlas.canonical;
        let nodes = canonical.layout.nodes.iter().enumerate();
        let mut lists = nodes.filter_map(|(index, node)| {
            let index = u16::try_from(index).ok()?;
            let same = canonical.facts(index)?.rules.intersection(rules).next();
            (node.kind == NodeKind::List && same.is_some()).then_some(node.item)
        });
        lists.next()
    }

    /// The rules that carry something at or below a native place, each with what its places begin with there.
    fn rules(&self, native: u16) -> Vec<(u16, String)> {
        let side = &self.atlas.native;
        let mut found = Vec::new();
        for (index, facts) in side.facts.iter().enumerate() {
            let Ok(index) = u16::try_from(index) else {
                continue;
            };
            // A rule over a list writes nothing but its items.
            if facts.rules.is_empty()
                || !side.is_within(index, native)
                || self.items_of(index).is_some()
            {
                continue;
            }
            let prefix = self.prefix_of(index, native);
            found.extend(facts.rules.iter().map(|rule| (*rule, prefix.clone())));
        }
        found
    }

    /// What stands in front of the places of a node's rules, seen from a native place above it: the lists between.
    fn prefix_of(&self, node: u16, above: u16) -> String {
        let layout = self.atlas.native.layout;
        let mut prefix = String::new();
        let mut at = node;
        while at != above {
            let Some(found) = layout.nodes.get(usize::from(at)) else {
                break;
            };
            let parent = found.parent;
            let is_item = self.atlas.native.item(parent) == at && parent != at;
            if is_item && self.items_of(parent).is_some() {
                let rules = self.atlas.native.facts(parent).map(|facts| &facts.rules);
                let list = rules.and_then(|rules| rules.first());
                let list = list.and_then(|rule| self.places_of(*rule).pop());
                prefix = format!("{}[].{prefix}", list.unwrap_or_default());
            }
            if parent == at {
                break;
            }
            at = parent;
        }
        prefix
    }

    /// The places that make something stand at or below a native place.
    fn within(&self, native: u16) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (rule, prefix) in self.rules(native) {
            let places = self.places_of(rule).into_iter();
            found.extend(places.map(|place| [&*prefix, &*place].concat()));
        }
        found.sort();
        found.dedup();
        found
    }

    /// What a native member is made of; none if not of what a caller sends, or only under conditions.
    fn writers(&self, native: u16) -> Option<Alternatives> {
        let side = &self.atlas.native;
        if side.constants.contains(&native) || side.facts(native)?.tested {
            return None;
        }
        if let Some(lists) = self.lists(native) {
            let alternatives = lists.into_iter().map(|list| vec![format!("{list}[]")]);
            return Some(alternatives.collect());
        }
        for (rule, _) in self.rules(native) {
            let guards = self.atlas.guards.get(&rule);
            if guards.is_some_and(|on| !on.is_empty()) || self.places_of(rule).is_empty() {
                return None;
            }
        }
        let found = self.within(native);
        let alternatives = found.into_iter().map(|place| vec![place]);
        let alternatives: Alternatives = alternatives.collect();
        (!alternatives.is_empty()).then_some(alternatives)
    }

    /// The items of canonical lists that alone, and whatever else they hold, make the items of a native list: what
    /// they must hold, since an item that nothing is written of is none.
    fn lists(&self, native: u16) -> Option<Vec<String>> {
        let layout = self.atlas.native.layout;
        let found = layout.nodes.get(usize::from(native))?;
        if found.kind != NodeKind::List {
            return None;
        }
        self.items_of(native)?;
        let rules = &self.atlas.native.facts(native)?.rules;
        let is_guarded = |rule: &u16| {
            let guards = self.atlas.guards.get(rule);
            guards.is_some_and(|on| !on.is_empty())
        };
        let lists: Vec<String> = rules
            .iter()
            .flat_map(|rule| self.places_of(*rule))
            .collect();
        let plain = !lists.iter().any(|list| list.contains('['));
        if !plain || lists.is_empty() || rules.iter().any(is_guarded) {
            return None;
        }
        let held = self.held(found.item)?;
        let items = lists.iter().map(|list| match held.as_str() {
            "" => format!("{list}[]"),
            held => format!("{list}[].{held}"),
        });
        Some(items.collect())
    }

    /// A place that every item of a native list is made with; empty if an item is one value.
    fn held(&self, item: u16) -> Option<String> {
        let layout = self.atlas.native.layout;
        let found = layout.nodes.get(usize::from(item))?;
        if found.kind == NodeKind::Leaf {
            return Some(String::new());
        }
        let members = children(layout, item).into_iter();
        let mut required = members.filter(|(_, bit)| *bit < 64 && found.required >> bit & 1 == 1);
        required.find_map(|(node, _)| match self.writers(node)?.as_slice() {
            [places] => match places.as_slice() {
                [place] => Some(place.clone()),
                _ => None,
            },
            _ => None,
        })
    }

    /// The places of a rule, each of which alone makes it write: of a table's the first.
    fn places_of(&self, rule: u16) -> Vec<String> {
        let plan = self.atlas.plan;
        let canonical = self.atlas.canonical.facts.iter();
        let chains = canonical
            .filter(|facts| facts.rules.contains(&rule))
            .flat_map(|facts| &facts.chains);
        let is_table = chains
            .filter_map(|(chain, _)| plan.chains.get(usize::from(*chain)))
            .any(|chain| matches!(chain.fan, Some(Fan::Table(_))));
        let most = if is_table { 1 } else { usize::MAX };
        // Of members without names there must be one.
        let some = if self.is_of_names(rule) {
            [".", ANY].concat()
        } else {
            String::new()
        };
        places(plan, rule)
            .filter_map(|place| place.strip_prefix(self.prefix))
            .take(most)
            .map(|place| [place, &*some].concat())
            .collect()
    }

    /// True for a rule of an open object.
    fn is_of_names(&self, rule: u16) -> bool {
        let side = &self.atlas.canonical;
        let mut nodes = side.layout.nodes.iter().zip(&side.facts);
        nodes.any(|(node, facts)| node.kind == NodeKind::Map && facts.rules.contains(&rule))
    }

    fn need(&mut self, record: u16, with: &[String], one_of: Alternatives) {
        // What stands only where it stands itself is no need.
        let is_told = one_of.iter().all(|places| {
            let [place] = places.as_slice() else {
                return false;
            };
            with.contains(place)
        });
        let trivial = is_told && one_of.len() == with.len();
        if !trivial {
            self.needs.push(Need {
                record,
                with: with.to_vec(),
                one_of,
            });
        }
    }
}
