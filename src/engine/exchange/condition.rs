//! Whether the upstream itself checks the version that a caller knows.

use super::NativeAnswer;
use super::call::Call;
use super::facts::Facts;
use super::request::chosen;
use super::steps;
use super::worker::Worker;
use crate::codec::json::tape::Tape;
use crate::mapping::ast::Kind;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{ContextPlace, Param, Route, Source, Upstream};

/// What the first request of a call is.
enum Sent {
    /// None is sent: the upstream checks nothing.
    Nothing,
    /// That of a step.
    Step(usize),
    /// The only one, or one that is not known.
    Call,
}

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
        // Most mappings say the same of every route.
        let mut routes = operation.routes.iter();
        if !always && !routes.any(says_condition) {
            return false;
        }
        let first = match self.first_sent(call, base, worker) {
            Sent::Nothing => return false,
            Sent::Step(index) => Some(index),
            Sent::Call => None,
        };
        if always && operation.steps.is_empty() {
            return true;
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
        let running = first.or_else(|| steps::running(operation, &facts).first().copied());
        let among = match running {
            Some(index) => operation.steps.get(index).map(|step| step.routes.clone()),
            // Of several calls none is made: the upstream checks nothing.
            None if !operation.steps.is_empty() => return false,
            None => Some(0..operation.routes.len()),
        };
        let route = among.and_then(|among| chosen(operation, among, &facts));
        // That no route takes the call is told by whoever writes the request.
        always || route.is_none_or(|(_, route)| says_condition(route))
    }

    /// The first request of a call, where that can be told: a fault of the call is told by whoever writes it.
    fn first_sent(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Sent {
        let operation = self.operation(call.operation);
        if operation.is_none_or(|operation| operation.kind != Kind::Update || operation.puts()) {
            return Sent::Call;
        }
        match self.course(call, base, worker) {
            Ok(Some(course)) => match course.legs.first() {
                Some(leg) => Sent::Step(usize::from(leg.step.0)),
                None => Sent::Nothing,
            },
            Ok(None) => match self.written(call, None, base, false, worker) {
                Ok(request) if request.says_nothing => Sent::Nothing,
                _ => Sent::Call,
            },
            Err(_) => Sent::Call,
        }
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
