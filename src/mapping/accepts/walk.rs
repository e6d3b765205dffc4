//! Walks a canonical type beside the layout of a plan and keeps what is carried.

use serde_json::{Map, Value, json};

use super::needs::Needs;
use super::place::{places, selectors, tests};
use super::{entry, hollow, leaf};
use crate::mapping::atlas::{Atlas, Facts};
use crate::mapping::plan::{Chain, Entries, Plan};
use crate::model::shape::{Kind, List, Member, Object, Scalar, ShapeId, Shapes};

/// Deepest nesting below what is carried whole; types may hold themselves.
const DEEPEST: usize = 12;

/// Values of a closed list.
pub(super) type Values = Vec<Box<str>>;

/// Places of the body that a request has outside the native body.
#[derive(Debug, Default)]
pub(super) struct Beside<'r> {
    pub(super) carried: Vec<Vec<Box<str>>>,
    pub(super) needed: Vec<Vec<Box<str>>>,
    pub(super) excluded: Vec<Vec<Box<str>>>,
    pub(super) pinned: Vec<(Vec<Box<str>>, Box<str>)>,
    /// What some route takes of an input that a member repeats.
    pub(super) among: Vec<(Vec<Box<str>>, Values)>,
    /// What becomes of places that stand in a query or in headers.
    pub(super) converted: Vec<(Vec<Box<str>>, Converted<'r>)>,
}

/// A place as one of the parts of a value that is converted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Converted<'r> {
    pub(super) chain: &'r Chain,
    /// Its number among the parts, and whether there are no others.
    pub(super) column: usize,
    pub(super) alone: bool,
}

/// What the schema of one route is made of.
#[derive(Debug)]
pub(super) struct Deriving<'d, 'p> {
    pub(super) shapes: &'d Shapes,
    pub(super) atlas: Option<&'d Atlas<'p>>,
    /// What the places of rules begin with.
    pub(super) prefix: &'static str,
    pub(super) needs: Needs,
    pub(super) beside: Beside<'d>,
    /// The body is a merge patch.
    pub(super) is_patch: bool,
    /// What a patch leaves out is in the base.
    pub(super) puts: bool,
    /// Places that a patch may clear.
    pub(super) clearable: &'d [Vec<Box<str>>],
}

/// Where the walk is.
#[derive(Debug, Clone)]
struct Spot {
    shape: ShapeId,
    node: Option<u16>,
    /// Members on the way.
    path: Vec<Box<str>>,
    /// The same as rules write it, from the record that they run over.
    text: String,
    /// All below it is carried, elsewhere than in the native body.
    whole: bool,
    /// Within an item of a list, which is replaced whole.
    in_list: bool,
}

// === impl Deriving ===

impl Deriving<'_, '_> {
    /// The schema of the whole body.
    pub(super) fn root(&self, shape: ShapeId, node: Option<u16>) -> Value {
        let spot = Spot {
            shape,
            node,
            path: Vec::new(),
            text: String::new(),
            whole: false,
            in_list: false,
        };
        let schema = self.at(&spot);
        schema
            .or_else(|| hollow::hollow(self.shapes, shape, self.is_patch))
            .unwrap_or_else(super::parts::nothing)
    }

    fn facts(&self, node: Option<u16>) -> Option<&Facts> {
        self.atlas?.canonical.facts(node?)
    }

    fn is_carried(&self, spot: &Spot) -> bool {
        let facts = self.facts(spot.node);
        let fixed = facts.is_some_and(|facts| facts.fixed.is_some());
        spot.whole || fixed || !self.rules(spot).is_empty()
    }

    /// The rules of a place. Items of several cells share their nodes: a rule is one cell's, as it is written.
    fn rules(&self, spot: &Spot) -> Vec<u16> {
        let Some((atlas, facts)) = self.atlas.zip(self.facts(spot.node)) else {
            return Vec::new();
        };
        let is_of = |rule: &u16| {
            let mut places = places(atlas.plan, *rule);
            places.any(|place| place.strip_prefix(self.prefix) == Some(&*spot.text))
        };
        facts.rules.iter().copied().filter(is_of).collect()
    }

    fn at(&self, spot: &Spot) -> Option<Value> {
        if spot.path.len() > DEEPEST {
            return None;
        }
        match &self.shapes.get(spot.shape).kind {
            Kind::Object(object) => match object.open {
                Some(value) if object.members.is_empty() => self.map(spot, value),
                _ => self.object(spot, object),
            },
            Kind::List(list) => self.list(spot, list),
            Kind::Scalar(scalar) => {
                if !self.is_carried(spot) {
                    return None;
                }
                let facts = self.facts(spot.node);
                let plan = self.atlas.map(|atlas| atlas.plan);
                let carried = facts.zip(plan).map(|(facts, plan)| leaf::Carried {
                    facts,
                    plan,
                    rules: self.rules(spot),
                });
                let taken = self.taken(spot, scalar);
                let mut schema = leaf::schema(scalar, carried.as_ref(), taken);
                let pinned = self.beside.pinned.iter();
                let pinned = pinned.filter(|(place, _)| *place == spot.path);
                for (_, value) in pinned {
                    schema = leaf::constant(schema, scalar.form, value);
                }
                Some(schema)
            }
            Kind::Any => self.is_carried(spot).then(|| json!({})),
        }
    }

    /// The values of a closed list that a place outside of the native body may have.
    fn taken(&self, spot: &Spot, scalar: &Scalar) -> Vec<Box<str>> {
        let mut values = scalar.values.clone();
        let of = |place: &[Box<str>]| *place == *spot.path;
        for (_, converted) in self.beside.converted.iter().filter(|(place, _)| of(place)) {
            let Converted {
                chain,
                column,
                alone,
            } = *converted;
            values.retain(|value| leaf::is_taken(value, chain, column, alone));
        }
        for (_, among) in self.beside.among.iter().filter(|(place, _)| of(place)) {
            values.retain(|value| among.contains(value));
        }
        values
    }

    fn object(&self, spot: &Spot, object: &Object) -> Option<Value> {
        let mut properties = Map::new();
        let mut hollow = Vec::new();
        let mut required: Vec<Value> = Vec::new();
        let record = spot.node.filter(|_| spot.text.is_empty());
        let needed = record.map(|node| self.needs.members(node));
        let needed = needed.unwrap_or_default();
        for member in &object.members {
            if member.read_only || member.forbidden {
                continue;
            }
            let below = self.member(spot, &member.name, member.shape);
            if self.beside.excluded.contains(&below.path) {
                let empty = hollow::empty(self.shapes, member.shape);
                properties.extend(empty.map(|empty| (member.name.to_string(), empty)));
                continue;
            }
            let Some(mut schema) = self.at(&below) else {
                hollow.push(member);
                continue;
            };
            let said = member.required && (spot.in_list || !self.is_patch);
            let by_route = self.beside.needed.iter();
            let needed = needed.contains(&*member.name)
                || by_route
                    .into_iter()
                    .any(|place| place.starts_with(&below.path));
            if said || (needed && !self.puts) {
                required.push(Value::from(&*member.name));
            }
            if self.is_patch && self.puts && !spot.in_list && !needed && !member.required {
                let place = below.path.as_slice();
                if self.clearable.iter().any(|clearable| **clearable == *place) {
                    schema = leaf::nullable(schema);
                }
            }
            properties.insert(member.name.to_string(), schema);
        }
        if properties.is_empty() {
            return None;
        }
        properties.extend(self.hollow(spot, hollow));
        let mut schema = json!({ "type": "object", "properties": properties });
        let mut say = |name: &str, value: Value| {
            if let Value::Object(members) = &mut schema {
                members.insert(name.to_owned(), value);
            }
        };
        if !required.is_empty() {
            say("required", required.clone().into());
        }
        say("additionalProperties", false.into());
        let either = self.either(spot, object, &required);
        if !either.is_empty() {
            say("allOf", either.into());
        }
        Some(schema)
    }

    /// What members that nothing carries may be: there, with nothing in them.
    fn hollow<'m>(
        &self,
        spot: &Spot,
        members: Vec<&'m Member>,
    ) -> impl Iterator<Item = (String, Value)> {
        let is_patch = self.is_patch && !spot.in_list;
        let said = move |member: &'m Member| {
            let nothing = hollow::hollow(self.shapes, member.shape, is_patch)?;
            Some((member.name.to_string(), nothing))
        };
        members.into_iter().filter_map(said)
    }

    fn member(&self, spot: &Spot, name: &str, shape: ShapeId) -> Spot {
        let mut path = spot.path.clone();
        path.push(name.into());
        let beside = self.beside.carried.contains(&path);
        let node = spot.node.zip(self.atlas);
        Spot {
            shape,
            node: node.and_then(|(node, atlas)| atlas.canonical.child(node, name, false)),
            whole: spot.whole || beside,
            in_list: spot.in_list,
            text: if spot.text.is_empty() {
                name.to_owned()
            } else {
                format!("{}.{name}", spot.text)
            },
            path,
        }
    }

    fn map(&self, spot: &Spot, value: ShapeId) -> Option<Value> {
        if !self.is_carried(spot) {
            return None;
        }
        let mut below = spot.clone();
        below.path.push("*".into());
        let below = Spot {
            shape: value,
            node: None,
            whole: true,
            in_list: true,
            ..below
        };
        let mut schema = json!({ "type": "object", "additionalProperties": self.at(&below)? });
        for (plan, entries) in self.entries(spot) {
            entry::narrow(&mut schema, plan, entries);
        }
        Some(schema)
    }

    /// What writes the members of an open object, one by one.
    fn entries(&self, spot: &Spot) -> impl Iterator<Item = (&Plan, &Entries)> {
        let rules = self.rules(spot);
        let plan = self.atlas.map(|atlas| atlas.plan);
        plan.into_iter().flat_map(move |plan| {
            let rules = rules.clone();
            let of_place = move |entries: &&Entries| rules.contains(&entries.rule);
            let written = plan.write.entries.iter().filter(of_place);
            written.map(move |entries| (plan, entries))
        })
    }

    /// A list: its items are those of a rule that runs over all of them, and those of each cell.
    fn list(&self, spot: &Spot, list: &List) -> Option<Value> {
        let mut items = Vec::new();
        let mut cells = Vec::new();
        let of_item = spot
            .node
            .zip(self.atlas)
            .map(|(node, atlas)| (atlas.canonical.item(node), atlas));
        let below = |text: String| Spot {
            shape: list.item,
            node: of_item.map(|(item, _)| item),
            in_list: true,
            text,
            ..spot.clone()
        };
        if self.is_carried(spot) {
            items.extend(self.at(&below(String::new())));
            // An item that holds nothing is not written, whatever one that is must have.
            let asks = |item: &Value| item.get("required").or(item.get("allOf")).is_some();
            let asks = items.iter().any(asks);
            let nothing = hollow::hollow(self.shapes, list.item, false).filter(|_| asks);
            items.extend(nothing);
        }
        let mut most = list.max_items;
        if let Some((item, atlas)) = of_item.filter(|_| !spot.whole) {
            let full = [self.prefix, &spot.text].concat();
            for select in selectors(&atlas.canonical, atlas.plan, item, &full) {
                let Some(mut schema) = self.at(&below(format!("{}[{select}]", spot.text))) else {
                    continue;
                };
                match tests(select) {
                    Some(tests) => {
                        cells.push(at_most_one(&tests));
                        tell(&mut schema, &tests);
                    }
                    None => {
                        most = select
                            .parse::<u32>()
                            .map_or(most, |at| Some(most.unwrap_or(0).max(at.saturating_add(1))))
                    }
                }
                items.push(schema);
            }
        }
        items.dedup();
        let items = match items.len() {
            0 => return None,
            1 => items.pop()?,
            _ => json!({ "anyOf": items }),
        };
        let mut schema = json!({ "type": "array", "items": items });
        if let Value::Object(members) = &mut schema {
            members.extend(
                list.min_items
                    .map(|least| ("minItems".to_owned(), least.into())),
            );
            members.extend(most.map(|most| ("maxItems".to_owned(), most.into())));
            members.extend((!cells.is_empty()).then(|| ("allOf".to_owned(), cells.into())));
        }
        Some(schema)
    }

    /// What of several places must stand, by the model and by the view.
    fn either(&self, spot: &Spot, object: &Object, required: &[Value]) -> Vec<Value> {
        let mut found = Vec::new();
        if !self.is_patch || spot.in_list {
            for group in &object.any_of {
                let alternatives = group.iter().map(|names| json!({ "required": names }));
                found.push(json!({ "anyOf": alternatives.collect::<Vec<_>>() }));
            }
        }
        let record = spot.node.filter(|_| spot.text.is_empty() && !self.puts);
        found.extend(
            record
                .map(|node| self.needs.schemas(node, required))
                .unwrap_or_default(),
        );
        found
    }
}

/// Says that of the items of a cell there is one at most.
pub(super) fn at_most_one(tests: &[(&str, &str)]) -> Value {
    let mut item = json!({ "type": "object" });
    tell(&mut item, tests);
    json!({ "contains": item, "minContains": 0, "maxContains": 1 })
}

/// Adds the values that tell an item apart.
pub(super) fn tell(schema: &mut Value, tests: &[(&str, &str)]) {
    let Value::Object(members) = schema else {
        return;
    };
    let properties = members.entry("properties").or_insert_with(|| json!({}));
    if let Value::Object(properties) = properties {
        for (name, value) in tests {
            properties.insert((*name).to_owned(), json!({ "const": value }));
        }
    }
    let required = members.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(required) = required {
        for (name, _) in tests {
            let name = Value::from(*name);
            if !required.contains(&name) {
                required.push(name);
            }
        }
    }
}
