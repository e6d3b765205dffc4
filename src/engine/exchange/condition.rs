//! Whether the upstream itself checks the version that a caller knows.

use super::NativeAnswer;
use super::call::Call;
use super::facts::Facts;
use super::request::chosen;
use super::steps;
use super::worker::Worker;
use crate::codec::json::tape::Tape;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{ContextPlace, Param, Route, Source, Upstream};

// === impl Upstream ===

impl Upstream {
    /// Tells whether the first request of a call says which version is to be changed. `base` is the answer to the
    /// operation of [`Upstream::needs_base`].
    #[must_use]
    pub fn sends_condition(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> bool {
        let Some(operation) = self.operation(call.operation) else {
            return false;
        };
        let always = self.headers.iter().any(is_condition);
        if always && operation.steps.is_empty() {
            return true;
        }
        // Most mappings say the same of every route.
        let mut routes = operation.routes.iter();
        if !always && !routes.any(says_condition) {
            return false;
        }
        let current = base.and_then(|base| {
            let current = self.current(operation, call, base, worker);
            current.ok().flatten()
        });
        let limits = worker.limits;
        let (mut body_tape, mut current_tape) = (Tape::default(), Tape::default());
        let said = call.body.and_then(|body| std::str::from_utf8(body).ok());
        let said = said.and_then(|text| body_tape.parse(text, &limits).ok());
        let now = current.as_deref();
        let facts = Facts {
            current: now.and_then(|text| current_tape.parse(text, &limits).ok()),
            ..self.facts(call, said)
        };
        let among = match steps::running(operation, &facts).first() {
            Some(index) => operation.steps.get(*index).map(|step| step.routes.clone()),
            // Of several calls none is made: the upstream checks nothing.
            None if !operation.steps.is_empty() => return false,
            None => Some(0..operation.routes.len()),
        };
        let route = among.and_then(|among| chosen(operation, among, &facts));
        // That no route takes the call is told by whoever writes the request.
        always || route.is_none_or(|(_, route)| says_condition(route))
    }

    /// Tells whether the first request of every call of an operation says which version is to be changed.
    #[must_use]
    pub fn always_sends_condition(&self, operation: OperationIndex) -> bool {
        let routes = self.operation(operation).map(|operation| &operation.routes);
        self.headers.iter().any(is_condition)
            || routes.is_some_and(|all| !all.is_empty() && all.iter().all(says_condition))
    }
}

fn says_condition(route: &Route) -> bool {
    route.headers.iter().chain(&route.params).any(is_condition)
}

fn is_condition(param: &Param) -> bool {
    let is = |source: &Source| matches!(source, Source::Context(ContextPlace::IfMatch));
    param.sources.iter().any(is)
}
