//! Tables over all upstreams: which offers an operation, which carries a place.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use crate::mapping::ast::Message;
use crate::mapping::catalog::Catalog;
use crate::mapping::survey::{Carried, MESSAGES, Survey, Tree, Usage, sample};
use crate::model::shape::{Kind, ShapeId, Shapes};

/// A table with one column for each upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// What the rows are.
    pub title: String,
    /// The upstreams, by name.
    pub upstreams: Vec<String>,
    /// Name and cells of each row; a cell is a word, or empty.
    pub rows: Vec<(String, Vec<String>)>,
}

/// Tells which upstream offers which operation, and by how many requests.
#[must_use]
pub fn operations(catalog: &Catalog) -> Matrix {
    let cell = |id: &str, upstream: &str| {
        let file = catalog
            .mappings
            .get(upstream)
            .and_then(|set| set.upstream.as_ref());
        let mut operations = file.into_iter().flat_map(|file| &file.operations);
        let found = operations.find(|said| said.name.value == id);
        found.map_or_else(String::new, |said| {
            match (said.value.routes.len(), said.value.steps.len()) {
                (0 | 1, 0) => "yes".to_owned(),
                (routes, 0) => format!("{routes} requests"),
                (_, steps) => format!("{steps} steps"),
            }
        })
    };
    let upstreams: Vec<String> = catalog.mappings.keys().cloned().collect();
    let row = |id: &str| {
        (
            id.to_owned(),
            upstreams.iter().map(|name| cell(id, name)).collect(),
        )
    };
    Matrix {
        title: "Operation".to_owned(),
        rows: catalog
            .operations
            .iter()
            .map(|operation| row(&operation.id))
            .collect(),
        upstreams,
    }
}

/// Tells which upstream carries which place of the types that operations take and answer: in requests (`in`), in
/// responses (`out`) or both.
#[must_use]
pub fn places(catalog: &Catalog) -> Matrix {
    let mut types: BTreeSet<&str> = BTreeSet::new();
    for operation in &catalog.operations {
        types.extend(operation.body.as_deref());
        types.extend(operation.answer_type());
    }
    let upstreams: Vec<String> = catalog.mappings.keys().cloned().collect();
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for name in types {
        if let Some(shape) = catalog.canonical.definition(name) {
            let mut steps = Vec::new();
            let mut around = Vec::new();
            let mut found = Vec::new();
            leaves(
                &catalog.canonical,
                shape,
                &mut steps,
                &mut around,
                &mut found,
            );
            rows.extend(
                found
                    .into_iter()
                    .map(|place| (format!("{name}.{place}"), Vec::new())),
            );
        }
    }
    for upstream in &upstreams {
        let carried = of_upstream(catalog, upstream, &rows);
        for ((_, cells), cell) in rows.iter_mut().zip(carried) {
            cells.push(cell);
        }
    }
    Matrix {
        title: "Place".to_owned(),
        upstreams,
        rows,
    }
}

/// The single values below a shape, items of lists as `[]`; a type within itself ends the way.
fn leaves(
    shapes: &Shapes,
    shape: ShapeId,
    steps: &mut Vec<String>,
    around: &mut Vec<ShapeId>,
    found: &mut Vec<String>,
) {
    let here = |steps: &[String]| steps.join(".").replace(".[]", "[]");
    if around.contains(&shape) {
        found.push(here(steps));
        return;
    }
    around.push(shape);
    match &shapes.get(shape).kind {
        Kind::Object(object) if !object.members.is_empty() => {
            for member in &object.members {
                steps.push(member.name.to_string());
                leaves(shapes, member.shape, steps, around, found);
                steps.pop();
            }
        }
        Kind::List(list) => {
            steps.push("[]".to_owned());
            leaves(shapes, list.item, steps, around, found);
            steps.pop();
        }
        Kind::Object(_) | Kind::Scalar(_) | Kind::Any => found.push(here(steps)),
    }
    around.pop();
}

fn of_upstream(catalog: &Catalog, upstream: &str, rows: &[(String, Vec<String>)]) -> Vec<String> {
    let Some(set) = catalog.mappings.get(upstream) else {
        return rows.iter().map(|_| String::new()).collect();
    };
    let settings = sample::settings(set);
    let survey = Survey::new(catalog, set, &settings);
    let usage = Usage::of(&survey);
    let trees: Vec<(Message, String, Tree<'_>)> = MESSAGES
        .into_iter()
        .flat_map(|message| {
            let serving = set
                .mappings
                .iter()
                .filter(|mapping| usage.serves(mapping, message));
            serving
                .filter_map(|mapping| {
                    let mut tree = Tree::default();
                    for walk in survey.walks(mapping, message) {
                        tree.add(&walk, Carried::Canonical);
                    }
                    let canonical = mapping.canonical.as_ref()?.value.clone();
                    Some((message, canonical, tree))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    let cell = |place: &str| {
        let (of, below) = place.split_once('.').unwrap_or((place, ""));
        let steps: Vec<&str> = below.split('.').collect();
        let carried = |message: Message| {
            let of_type = trees
                .iter()
                .filter(|(of_message, canonical, _)| *of_message == message && canonical == of);
            of_type
                .into_iter()
                .any(|(.., tree)| carries(&survey, tree, &steps, message, 0))
        };
        match (carried(Message::Request), carried(Message::Response)) {
            (true, true) => "in, out",
            (true, false) => "in",
            (false, true) => "out",
            (false, false) => "",
        }
        .to_owned()
    };
    rows.iter().map(|(place, _)| cell(place)).collect()
}

/// Tells whether a rule carries a place, if only in some items of a list.
fn carries(
    survey: &Survey<'_>,
    tree: &Tree<'_>,
    steps: &[&str],
    message: Message,
    depth: usize,
) -> bool {
    if tree.whole {
        return true;
    }
    let by_map = tree.maps.iter().any(|mapping| {
        depth < 16
            && survey.walks(mapping, message).iter().any(|walk| {
                carries(
                    survey,
                    &Tree::of(walk, Carried::Canonical),
                    steps,
                    message,
                    depth.saturating_add(1),
                )
            })
    });
    let Some((first, rest)) = steps.split_first() else {
        return by_map || !tree.is_empty();
    };
    let name = first.trim_end_matches("[]");
    let by_rule = tree.members.get(name).is_some_and(|node| {
        let items = node.cells.values().map(|(_, item)| item);
        let mut nodes = std::iter::once(node).chain(items);
        nodes.any(|node| {
            carries(survey, node, rest, message, depth) && (!rest.is_empty() || !node.is_empty())
        })
    });
    by_map || by_rule
}

impl Display for Matrix {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} | {} |", self.title, self.upstreams.join(" | "))?;
        writeln!(f, "|---|{}", "---|".repeat(self.upstreams.len()))?;
        for (name, cells) in &self.rows {
            writeln!(f, "| `{name}` | {} |", cells.join(" | "))?;
        }
        Ok(())
    }
}
