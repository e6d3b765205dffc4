//! What an answer holds that nothing carries, by the places that declare it: who counts it asks for a place's name once.

use std::fmt;
use std::sync::Arc;

use crate::engine::{Loss, LossCode};
use crate::mapping::ast::Word;
use crate::mapping::plan::{LayoutId, Plan};

/// Values of an answer that nothing carries.
#[derive(Clone)]
pub struct Left {
    plan: Arc<Plan>,
    at: Vec<LeftAt>,
}

/// Those at one place, for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftAt {
    /// Why.
    pub code: LossCode,
    /// How many there are.
    pub count: u32,
    rule: u16,
    node: u16,
}

/// Tells such places apart in all of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftKey {
    pub(crate) layout: LayoutId,
    pub(crate) rule: u16,
    pub(crate) node: u16,
    pub(crate) code: &'static str,
}

// === impl Left ===

impl Left {
    /// Groups losses, which needs no second reading; none if there are none.
    pub(super) fn of(losses: &[Loss], plan: &Arc<Plan>) -> Option<Self> {
        let mut at: Vec<LeftAt> = Vec::new();
        for loss in losses {
            let own = (loss.code, loss.rule, loss.node);
            let known = at.iter_mut().find(|at| (at.code, at.rule, at.node) == own);
            if let Some(known) = known {
                known.count = known.count.saturating_add(1);
                continue;
            }
            if at.is_empty() {
                at.reserve_exact(losses.len());
            }
            at.push(LeftAt {
                code: loss.code,
                count: 1,
                rule: loss.rule,
                node: loss.node,
            });
        }
        let plan = Arc::clone(plan);
        (!at.is_empty()).then_some(Self { plan, at })
    }

    /// The places.
    #[must_use]
    pub fn places(&self) -> &[LeftAt] {
        &self.at
    }

    /// What tells a place from every other one.
    #[must_use]
    pub fn key(&self, at: LeftAt) -> LeftKey {
        LeftKey {
            layout: self.plan.native.id,
            rule: at.rule,
            node: at.node,
            code: at.code.word(),
        }
    }

    /// A place as it is declared, in the words of the mapping language; none where nothing declares it.
    #[must_use]
    pub fn place(&self, at: LeftAt) -> Option<String> {
        let place = match self.plan.rules.get(usize::from(at.rule)) {
            Some(rule) => rule.native.to_string(),
            None => self.plan.native.place(at.node),
        };
        Some(place).filter(|place| !place.is_empty())
    }
}

impl fmt::Debug for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.at).finish()
    }
}

impl PartialEq for Left {
    fn eq(&self, other: &Self) -> bool {
        self.plan.native.id == other.plan.native.id && self.at == other.at
    }
}

impl Eq for Left {}
