//! Lists that an upstream shows only a part of: such a part is never taken for the whole.

use super::call::Call;
use super::faults::CallerFault;
use super::{NativeAnswer, Warning};
use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::mapping::ast::Kind;
use crate::mapping::compile::upstream::{Answer, Cut, Operation, Upstream};

/// The lists of a case that an answer shows only a part of.
fn cut<'c>(case: &'c Answer, answer: &NativeAnswer<'_>, limits: &Limits) -> Vec<&'c str> {
    let text = std::str::from_utf8(answer.body).ok();
    let text = text.filter(|_| !case.cuts.is_empty());
    let mut tape = Tape::default();
    let Some(root) = text.and_then(|text| tape.parse(text, limits).ok()) else {
        return Vec::new();
    };
    let cuts = case.cuts.iter().filter(|cut| !cut.shows_whole(root));
    cuts.map(|cut| &*cut.list).collect()
}

/// Says which lists of an answer are cut.
pub(super) fn warnings(case: &Answer, answer: &NativeAnswer<'_>, limits: &Limits) -> Vec<Warning> {
    let told = cut(case, answer, limits).into_iter().map(|list| Warning {
        code: "truncated".to_owned(),
        detail: Some(format!("The upstream shows only a part of `{list}`.")),
        pointer: None,
    });
    told.collect()
}

// === impl Cut ===

impl Cut {
    /// Tells whether an answer says that the list is whole, or says nothing of it. What its flag says in words that
    /// nobody knows is no leave to take the list for whole.
    fn shows_whole(&self, root: TapeNode<'_>) -> bool {
        let mut node = root;
        for names in &self.flag {
            let Some(found) = names.iter().find_map(|name| node.get(name)) else {
                return true;
            };
            node = found;
        }
        let text = node.as_str().or_else(|| node.lexeme());
        let is_no = |text: &str| {
            let mut spelled = self.no.iter();
            spelled.any(|no| **no == *text) || text == "0" || text.eq_ignore_ascii_case("false")
        };
        node.is_null() || node.as_bool() == Some(false) || text.is_some_and(is_no)
    }
}

// === impl Upstream ===

impl Upstream {
    /// Tells whether a body writes a list that the base may show only a part of.
    pub(super) fn writes_cuttable(&self, operation: &Operation, call: &Call<'_>) -> bool {
        let mut lists = self.cases_of_base(operation).flat_map(|case| &case.cuts);
        let text = call.body.and_then(|body| std::str::from_utf8(body).ok());
        let mut tape = Tape::default();
        let body = text.and_then(|text| tape.parse(text, &Limits::default()).ok());
        let writes = matches!(operation.kind, Kind::Update | Kind::Replace);
        writes && body.is_some_and(|body| lists.any(|cut| body.get(&cut.list).is_some()))
    }

    /// Refuses to write a list whole of which the base shows a part: what it does not show would go, and whether it may
    /// be moved nobody knows.
    pub(super) fn judge_cuts(
        &self,
        operation: &Operation,
        body: Option<TapeNode<'_>>,
        base: Option<&NativeAnswer<'_>>,
        limits: &Limits,
        found: &mut Vec<CallerFault>,
    ) {
        let (Some(body), Some(base)) = (body, base) else {
            return;
        };
        let mut cases = self.cases_of_base(operation);
        let Some(case) = cases.find(|case| case.is_for(base.status) && !case.cuts.is_empty())
        else {
            return;
        };
        for list in cut(case, base, limits) {
            if body.get(list).is_some() {
                let awaited = "a list that the upstream shows whole";
                let fault = CallerFault::new("truncated-base", awaited);
                found.push(fault.at(format!("/{}", super::places::escaped(list))));
            }
        }
    }

    fn cases_of_base(&self, operation: &Operation) -> impl Iterator<Item = &Answer> {
        let base = operation.base.and_then(|base| self.operation(base));
        base.into_iter().flat_map(Operation::all_cases)
    }
}
