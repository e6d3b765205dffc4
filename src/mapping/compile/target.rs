//! The document that a direction writes, as a tree: what each place is made from.

use std::collections::BTreeMap;

use super::place::{Place, Step, StepKind, Test};
use super::scope::{Alternative, Case, Rule, RuleKind, Scope, Travels, exclude};
use crate::model::shape::ShapeId;

/// What stands at a place.
#[derive(Debug)]
pub(crate) enum Target {
    /// Members by their position in the shape.
    Object {
        shape: ShapeId,
        members: BTreeMap<usize, Hole>,
        /// Alternatives of unions that make it although nothing else is written into it.
        made: Vec<Case>,
    },
    /// Cells in the order of the file.
    List {
        shape: ShapeId,
        cells: Vec<CellTarget>,
    },
    /// One of several values, the first that is there.
    Values(Vec<Leaf>),
    /// Open members, by the rule of this index.
    Map { rule: usize },
}

/// A place that may still be empty.
pub(crate) type Hole = Option<Target>;

/// The items that one cell of a list gets.
#[derive(Debug)]
pub(crate) enum CellTarget {
    /// One item with these constants.
    One {
        tests: Vec<Test>,
        index: Option<u32>,
        item: Hole,
    },
    /// Items made by the rule of this index.
    Each { rule: usize },
    /// Name and value items, by the rule of this index.
    Entries { rule: usize },
}

/// What a single value is made from.
#[derive(Debug, Clone)]
pub(crate) enum Leaf {
    /// An output of the rule of this index.
    Rule { rule: usize, column: u8 },
    /// A further place of the same value.
    Also { rule: usize, also: usize },
    /// A constant.
    Constant(Box<str>),
    /// A constant of an alternative, by its number among those of the side.
    Tag { case: Case, number: usize },
}

/// Two rules that write one place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clash {
    pub(crate) first: usize,
    pub(crate) second: usize,
}

/// Which side a tree is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum To {
    Canonical,
    Native,
}

/// A tree being made.
struct Growth<'s> {
    scope: &'s Scope,
    root: ShapeId,
    to: To,
    tree: Hole,
    clashes: Vec<Clash>,
}

impl Target {
    /// The tree of a scope, and the places that two rules would write.
    pub(crate) fn of_scope(scope: &Scope, to: To) -> (Self, Vec<Clash>) {
        let (root, constants) = match to {
            To::Canonical => (scope.canonical, &scope.canonical_constants),
            To::Native => (scope.native, &scope.native_constants),
        };
        let mut growth = Growth {
            scope,
            root,
            to,
            tree: None,
            clashes: Vec::new(),
        };
        for (index, rule) in scope.rules.iter().enumerate() {
            if rule.travels == Travels::Yes {
                growth.rule(index, rule);
            }
        }
        for constant in constants {
            growth.leaf(&constant.place, Leaf::Constant(constant.literal.clone()));
        }
        for (index, union) in scope.unions.iter().enumerate() {
            for (number, alternative) in union.alternatives.iter().enumerate() {
                let case = Case {
                    union: index,
                    number,
                };
                growth.alternative(case, alternative, &union.native);
            }
        }
        let empty = Self::Object {
            shape: root,
            members: BTreeMap::new(),
            made: Vec::new(),
        };
        growth.clashes.retain(|clash| {
            let cases = |rule: usize| scope.rules.get(rule).map_or(&[][..], |rule| &rule.cases);
            !exclude(cases(clash.first), cases(clash.second))
        });
        (growth.tree.unwrap_or(empty), growth.clashes)
    }
}

impl Growth<'_> {
    /// The tags of an alternative, and the objects that stand wherever it holds.
    fn alternative(&mut self, case: Case, alternative: &Alternative, native: &Place) {
        if self.to == To::Canonical {
            for (number, constant) in alternative.canonical.iter().enumerate() {
                self.tag(&constant.place, case, number);
            }
            return;
        }
        let mut tagged = false;
        for (number, (place, _)) in alternative.literals().enumerate() {
            self.tag(place, case, number);
            tagged = true;
        }
        for place in alternative.objects() {
            self.make(place, case);
            tagged = true;
        }
        // An object of its own comes and goes with the union.
        if !tagged || !native.steps.is_empty() {
            self.make(native, case);
        }
    }

    fn tag(&mut self, place: &Place, case: Case, number: usize) {
        let scope = self.scope;
        let Some(hole) = at(&mut self.tree, self.root, &place.steps) else {
            return;
        };
        let leaf = Leaf::Tag { case, number };
        match hole {
            None => *hole = Some(Target::Values(vec![leaf])),
            Some(Target::Values(leaves)) => {
                // Where a rule writes the place, it says the same.
                let written = leaves.iter().any(|leaf| match leaf {
                    Leaf::Rule { rule, .. } | Leaf::Also { rule, .. } => {
                        let rule = scope.rules.get(*rule);
                        rule.is_some_and(|rule| !exclude(&rule.cases, &[case]))
                    }
                    Leaf::Constant(_) => true,
                    Leaf::Tag { .. } => false,
                });
                if !written {
                    leaves.push(leaf);
                }
            }
            Some(_) => {}
        }
    }

    fn make(&mut self, place: &Place, case: Case) {
        let shape = place.shape(self.root);
        if let Some(hole) = at(&mut self.tree, self.root, &place.steps)
            && let Target::Object { made, .. } = hole.get_or_insert_with(|| Target::Object {
                shape,
                members: BTreeMap::new(),
                made: Vec::new(),
            })
        {
            made.push(case);
        }
    }

    fn rule(&mut self, index: usize, rule: &Rule) {
        let places = match self.to {
            To::Canonical => &rule.canonical,
            To::Native => &rule.native,
        };
        match (&rule.kind, places.first()) {
            (RuleKind::Value { also, .. }, _) => self.value(index, rule, places, also),
            (RuleKind::Each { .. }, Some(place)) => {
                self.cell(place, CellTarget::Each { rule: index });
            }
            (RuleKind::Entries { name, .. }, Some(place)) => {
                if self.to == To::Native && name.is_some() {
                    self.cell(place, CellTarget::Entries { rule: index });
                } else if let Some(slot) = at(&mut self.tree, self.root, &place.steps) {
                    *slot = Some(Target::Map { rule: index });
                }
            }
            (RuleKind::Each { .. } | RuleKind::Entries { .. }, None) => {}
        }
    }

    fn value(&mut self, index: usize, rule: &Rule, places: &[Place], also: &[(Place, u16)]) {
        for (column, place) in places.iter().enumerate() {
            if self.to == To::Canonical && rule.is_silent(column) || place.is_status() {
                continue;
            }
            let column = u8::try_from(column).unwrap_or(u8::MAX);
            let leaf = Leaf::Rule {
                rule: index,
                column,
            };
            self.leaf(place, leaf);
        }
        if self.to == To::Native {
            for (number, (place, _)) in also.iter().enumerate() {
                let leaf = Leaf::Also {
                    rule: index,
                    also: number,
                };
                self.leaf(place, leaf);
            }
        }
    }

    fn leaf(&mut self, place: &Place, leaf: Leaf) {
        insert(
            &mut self.tree,
            self.root,
            &place.steps,
            leaf,
            &mut self.clashes,
        );
    }

    fn cell(&mut self, place: &Place, new: CellTarget) {
        cell(&mut self.tree, self.root, &place.steps, new);
    }
}

fn insert(tree: &mut Hole, root: ShapeId, steps: &[Step], leaf: Leaf, clashes: &mut Vec<Clash>) {
    let Some(hole) = at(tree, root, steps) else {
        return;
    };
    match hole {
        Some(Target::Values(leaves)) => {
            for other in leaves.iter() {
                if let (Leaf::Rule { rule: first, .. }, Leaf::Rule { rule: second, .. }) =
                    (other, &leaf)
                {
                    clashes.push(Clash {
                        first: *first,
                        second: *second,
                    });
                }
            }
            // A constant of a cell stands only where no rule writes the place itself.
            if matches!(leaf, Leaf::Constant(_)) {
                return;
            }
            leaves.retain(|leaf| !matches!(leaf, Leaf::Constant(_)));
            leaves.push(leaf);
        }
        Some(_) => {}
        None => *hole = Some(Target::Values(vec![leaf])),
    }
}

fn cell(tree: &mut Hole, root: ShapeId, steps: &[Step], new: CellTarget) {
    let shape = steps.last().map_or(root, |step| step.shape);
    let Some(hole) = at(tree, root, steps) else {
        return;
    };
    match hole.get_or_insert_with(|| Target::List {
        shape,
        cells: Vec::new(),
    }) {
        Target::List { cells, .. } => cells.push(new),
        Target::Object { .. } | Target::Values(_) | Target::Map { .. } => {}
    }
}

/// The place behind steps, made on the way; `None` where a rule already has something else there.
fn at<'t>(tree: &'t mut Hole, root: ShapeId, steps: &[Step]) -> Option<&'t mut Hole> {
    let mut hole = tree;
    let mut shape = root;
    for step in steps {
        hole = match &step.kind {
            StepKind::Member(index) => match hole.get_or_insert_with(|| Target::Object {
                shape,
                members: BTreeMap::new(),
                made: Vec::new(),
            }) {
                Target::Object { members, .. } => members.entry(*index).or_default(),
                Target::List { .. } | Target::Values(_) | Target::Map { .. } => return None,
            },
            StepKind::Select(tests) => one(hole, shape, step.shape, tests, None)?,
            StepKind::Index(index) => one(hole, shape, step.shape, &[], Some(*index))?,
            StepKind::Status => return None,
        };
        shape = step.shape;
    }
    Some(hole)
}

/// The item of the cell with these tests, made if it is not there.
fn one<'t>(
    hole: &'t mut Hole,
    shape: ShapeId,
    item_shape: ShapeId,
    tests: &[Test],
    index: Option<u32>,
) -> Option<&'t mut Hole> {
    let Target::List { cells, .. } = hole.get_or_insert_with(|| Target::List {
        shape,
        cells: Vec::new(),
    }) else {
        return None;
    };
    let is = |cell: &CellTarget| matches!(cell, CellTarget::One { tests: of, index: at, .. } if of == tests && *at == index);
    let found = match cells.iter().position(is) {
        Some(found) => found,
        None => {
            let mut item = None;
            for test in tests {
                insert(
                    &mut item,
                    item_shape,
                    &test.members,
                    Leaf::Constant(test.literal.clone()),
                    &mut Vec::new(),
                );
            }
            cells.push(CellTarget::One {
                tests: tests.to_vec(),
                index,
                item,
            });
            cells.len().saturating_sub(1)
        }
    };
    match cells.get_mut(found) {
        Some(CellTarget::One { item, .. }) => Some(item),
        Some(CellTarget::Each { .. } | CellTarget::Entries { .. }) | None => None,
    }
}
