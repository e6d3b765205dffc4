//! What an upstream offers, told to people and programs.

use super::{Cond, Source, Upstream};
use crate::mapping::catalog::OperationIndex;
use crate::model::shape::Sensitivity;

/// How a list is asked for its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// A size reaches the upstream.
    pub limit: bool,
    /// The upstream's own size, where none is asked for.
    pub default: Option<u32>,
}

// === impl Upstream ===

impl Upstream {
    /// Gives how a list is asked for its pages; none if its whole answer is one.
    #[must_use]
    pub fn pages(&self, operation: OperationIndex) -> Option<Pages> {
        let paging = self.operation(operation)?.paging.as_ref()?;
        Some(Pages {
            limit: paging.limit.is_some(),
            default: paging.default,
        })
    }

    /// Switches off each route that puts into a URL what the operator wants in none: `allows` is asked with the operation
    /// and the sensitivity of the most careful place there.
    pub fn keep_out_of_urls(&mut self, allows: impl Fn(OperationIndex, Sensitivity) -> bool) {
        let offered: Vec<_> = self.offered().collect();
        for index in offered {
            let operation = self.operations.get_mut(usize::from(index.0));
            for route in operation
                .into_iter()
                .flatten()
                .flat_map(|operation| &mut operation.routes)
            {
                let place = route.in_url.as_ref();
                route.is_off = place.is_some_and(|place| !allows(index, place.sensitivity));
            }
        }
    }

    /// Gives the operations for which the settings rule out every request.
    pub fn ruled_out(&self) -> impl Iterator<Item = OperationIndex> {
        let operations = self.operations.iter().flatten();
        let ruled_out = operations.filter(|operation| {
            let mut routes = operation.routes.iter().map(|route| route.when.as_ref());
            let rules_out = |when: Option<&Cond>| when.and_then(Cond::settled) == Some(false);
            !operation.routes.is_empty() && routes.all(rules_out)
        });
        ruled_out.map(|operation| operation.index)
    }

    /// Gives the operation that is sent before this one, to know what is changed.
    #[must_use]
    pub fn base(&self, operation: OperationIndex) -> Option<OperationIndex> {
        self.operation(operation)?.base
    }

    /// Gives the inputs that reach the upstream by any route, in the order of the operation.
    #[must_use]
    pub fn carried_inputs(&self, operation: OperationIndex) -> Vec<&str> {
        let Some(operation) = self.operation(operation) else {
            return Vec::new();
        };
        let is_carried = |name: &str| {
            let mut routes = operation.routes.iter().filter(|route| !route.is_off);
            routes.any(|route| {
                let named =
                    |source: &Source| matches!(source, Source::Input(input) if **input == *name);
                route.carried_inputs.iter().any(|input| **input == *name)
                    || route.sources().any(named)
            })
        };
        let inputs = operation.inputs.iter().map(|name| &**name);
        inputs.filter(|name| is_carried(name)).collect()
    }
}
