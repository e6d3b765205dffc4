//! Conditions of rules over canonical places.

use super::{Expander, Guard, Place, Roots, Scope};
use crate::mapping::syntax::{Cond, CondOp, Path};

impl Expander<'_, '_> {
    pub(super) fn guard(&mut self, cond: &Cond, roots: &Roots, scope: &Scope) -> Option<Guard> {
        Some(match cond {
            Cond::Or(parts) => Guard::Any(
                parts
                    .iter()
                    .filter_map(|part| self.guard(part, roots, scope))
                    .collect(),
            ),
            Cond::And(parts) => Guard::All(
                parts
                    .iter()
                    .filter_map(|part| self.guard(part, roots, scope))
                    .collect(),
            ),
            Cond::Not(inner, _) => Guard::Not(Box::new(self.guard(inner, roots, scope)?)),
            Cond::Present(path) if path.first_name() == Some("settings") => {
                Guard::Always(self.compiler.setting(second_name(path)).is_some())
            }
            Cond::Present(path) => Guard::Present(self.guarding(path, roots, scope)?, path.span),
            Cond::Compare {
                path, op, literals, ..
            } => {
                let said = literals;
                let literals: Vec<Box<str>> = literals
                    .iter()
                    .map(|literal| literal.value.as_str().into())
                    .collect();
                let guard = if path.first_name() == Some("settings") {
                    let setting = self.compiler.setting(second_name(path)).unwrap_or_default();
                    Guard::Always(literals.iter().any(|literal| **literal == *setting))
                } else {
                    let place = self.guarding(path, roots, scope)?;
                    for literal in said {
                        self.holds(&place, scope, &literal.value, literal.span);
                    }
                    Guard::In(place, literals, path.span)
                };
                if *op == CondOp::Ne {
                    Guard::Not(Box::new(guard))
                } else {
                    guard
                }
            }
        })
    }

    fn guarding(&mut self, path: &Path, roots: &Roots, scope: &Scope) -> Option<Place> {
        let root = roots.canonical.shape(scope.canonical);
        let place = self
            .compiler
            .canonical_side()
            .resolve(root, path, self.report)?;
        Some(roots.canonical.join(&place))
    }
}

fn second_name(path: &Path) -> &str {
    path.steps.get(1).map_or("", |step| &step.name)
}
