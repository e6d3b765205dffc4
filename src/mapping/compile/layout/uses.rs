//! What rules use of a document, as a tree of places.

use std::collections::BTreeMap;

use crate::mapping::compile::place::{Place, Step, StepKind, Test};
use crate::mapping::compile::scope::{Guard, Rule, RuleKind, Scope};
use crate::model::shape::ShapeId;

/// What rules use of a document, as a tree of places.
#[derive(Debug, Default, Clone)]
pub(crate) struct Use {
    pub(super) members: BTreeMap<usize, Self>,
    pub(super) item: Option<Box<Self>>,
    /// The shape that rules see here, where the schema has any.
    pub(super) shape: Option<ShapeId>,
    /// A rule moves the value itself.
    pub(super) carried: bool,
    /// A table decides about the value, so the schema's list of values does not.
    pub(super) tabled: bool,
    pub(super) report_invalid: bool,
}

/// The side of a scope that a layout is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Canonical,
    Native,
}

impl Use {
    /// What the rules of a scope use of one side.
    pub(crate) fn of_scope(scope: &Scope, side: Of, tabled: &dyn Fn(&Rule) -> bool) -> Self {
        let mut root = Self {
            carried: true,
            ..Self::default()
        };
        for rule in &scope.rules {
            root.add_rule(rule, side, tabled);
        }
        let constants = if side == Of::Canonical {
            &scope.canonical_constants
        } else {
            &scope.native_constants
        };
        for constant in constants {
            root.at(&constant.place.steps).carried = true;
        }
        for one in scope.unions.iter().flat_map(|union| &union.alternatives) {
            if side == Of::Canonical {
                for constant in &one.canonical {
                    root.at(&constant.place.steps).carried = true;
                }
            } else {
                for (place, _) in &one.native {
                    root.at(&place.steps).carried = true;
                }
            }
        }
        root
    }

    fn add_rule(&mut self, rule: &Rule, side: Of, tabled: &dyn Fn(&Rule) -> bool) {
        let places = if side == Of::Canonical {
            &rule.canonical
        } else {
            &rule.native
        };
        for place in places.iter().filter(|place| !place.is_status()) {
            let found = self.at(&place.steps);
            match &rule.kind {
                RuleKind::Value { report_invalid, .. } => {
                    found.carried = true;
                    found.tabled |= side == Of::Native && tabled(rule);
                    found.report_invalid |= side == Of::Native && *report_invalid;
                }
                RuleKind::Each {
                    canonical_tests,
                    native_tests,
                    scope,
                    ..
                } => {
                    found.carried = true;
                    let item = found.item_mut();
                    item.merge(Self::of_scope(scope, side, tabled));
                    item.shape = Some(if side == Of::Canonical {
                        scope.canonical
                    } else {
                        scope.native
                    });
                    item.add_tests(if side == Of::Canonical {
                        canonical_tests
                    } else {
                        native_tests
                    });
                }
                RuleKind::Entries { name, value } => {
                    found.carried = true;
                    let item = found.item_mut();
                    item.carried = true;
                    if side == Of::Native {
                        for place in [name, value].into_iter().flatten() {
                            item.at(&place.steps).carried = true;
                        }
                    }
                }
            }
        }
        if side == Of::Native
            && let RuleKind::Value { also, .. } = &rule.kind
        {
            for (place, _) in also {
                self.at(&place.steps).carried = true;
            }
        }
        if side == Of::Canonical {
            for guard in &rule.guards {
                self.add_guard(guard);
            }
        }
    }

    fn add_guard(&mut self, guard: &Guard) {
        match guard {
            Guard::All(parts) | Guard::Any(parts) => {
                parts.iter().for_each(|part| self.add_guard(part))
            }
            Guard::Not(inner) => self.add_guard(inner),
            Guard::Present(place, _) | Guard::In(place, _, _) => {
                self.at(&place.steps).carried = true;
            }
            Guard::Always(_) => {}
        }
    }

    fn add_tests(&mut self, tests: &[Test]) {
        for test in tests {
            self.at(&test.members).carried = true;
        }
    }

    fn item_mut(&mut self) -> &mut Self {
        let item = self.item.get_or_insert_with(Box::default);
        item.carried = true;
        item
    }

    /// The use at a place, made if it is not there. Lists on the way are carried with the tests of their cells.
    fn at(&mut self, steps: &[Step]) -> &mut Self {
        let mut at = self;
        for step in steps {
            at.carried = true;
            at = match &step.kind {
                StepKind::Member(index) => at.members.entry(*index).or_default(),
                StepKind::Select(tests) => {
                    let item = at.item_mut();
                    item.add_tests(tests);
                    item
                }
                StepKind::Index(_) => at.item_mut(),
                StepKind::Status => continue,
            };
            at.shape = Some(step.shape);
        }
        at
    }

    /// Also carries a place: what a view forbids and a base may hold.
    pub(crate) fn carry(&mut self, place: &Place) {
        self.at(&place.steps).carried = true;
    }

    fn merge(&mut self, other: Self) {
        self.carried |= other.carried;
        self.tabled |= other.tabled;
        self.report_invalid |= other.report_invalid;
        self.shape = self.shape.or(other.shape);
        for (index, member) in other.members {
            self.members.entry(index).or_default().merge(member);
        }
        if let Some(item) = other.item {
            self.item.get_or_insert_with(Box::default).merge(*item);
        }
    }
}
