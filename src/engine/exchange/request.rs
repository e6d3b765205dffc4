//! Writes the native request of a canonical call.

use super::call::{Call, Lost};
use super::facts::{self, Facts};
use super::faults::{self, CallerFault, Refused};
use super::params::{self, pointer_to};
use super::target::Target;
use super::worker::Worker;
use super::{Answered, NativeAnswer, fills, headers, media, places};
use crate::codec::json::tape::{Kind as JsonKind, TapeNode};
use crate::engine::{Direction, Engine, Failure, Reading, Surroundings};
use crate::mapping::ast::Kind;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{
    Operation, Route, RouteBody, Source, Style, Upstream, Verdict,
};
use crate::mapping::plan::Wire;

/// Counts the routes of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RouteIndex(pub u16);

/// A request as it is sent. It holds credentials and the caller's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeRequest {
    /// The route that it is of; its answer is read by the same.
    pub route: RouteIndex,
    /// The method.
    pub method: &'static str,
    /// Path and query, encoded, behind the upstream's base URL.
    pub target: String,
    /// Headers by lower-case name, without those of the body.
    pub headers: Vec<(Box<str>, Vec<u8>)>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Media type of the body.
    pub content_type: Option<Box<str>>,
    /// What of the call is not in it.
    pub losses: Vec<Lost>,
    /// How many values are not in it, where there are more than `losses` names.
    pub lost: u32,
}

// === impl Upstream ===

impl Upstream {
    /// Gives the operation that reads the document to be changed, if the call needs it to be read first.
    #[must_use]
    pub fn needs_base(&self, call: &Call<'_>) -> Option<OperationIndex> {
        let operation = self.operation(call.operation)?;
        let base = operation.base?;
        let needed = operation.puts()
            || operation.uses_current()
            || self.refuses_removal(operation)
            || (call.context.if_match.is_some() && !self.tells_versions(base))
            || asks_for_a_state(operation, call);
        needed.then_some(base)
    }

    fn refuses_removal(&self, operation: &Operation) -> bool {
        let bodies = operation
            .routes
            .iter()
            .filter_map(|route| route.body.as_ref());
        operation.kind == Kind::Update
            && bodies.into_iter().any(|body| {
                body.body
                    .plan
                    .write
                    .eaches
                    .iter()
                    .any(|each| each.removal_refused)
            })
    }

    /// Tells whether answers of an operation come with the upstream's own version.
    #[must_use]
    pub fn tells_versions(&self, operation: OperationIndex) -> bool {
        let own = self
            .operation(operation)
            .map(|operation| &operation.answers);
        let own = own.into_iter().flatten().flat_map(|answer| &answer.headers);
        let params = self.answer_headers.iter().chain(own);
        params
            .flat_map(|param| &param.sources)
            .any(|source| matches!(source, Source::Outcome(place) if &*place.text == "etag"))
    }

    /// Writes the request of a call. `base` is the answer to the operation of [`Upstream::needs_base`].
    ///
    /// # Errors
    /// What of the call this upstream does not take, all faults at once; or the base is not understood.
    pub fn request(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        worker: &mut Worker,
    ) -> Result<NativeRequest, Refused> {
        self.written(call, base, false, worker)
    }

    /// Writes the request of a call over a native document, whatever the operation does with one.
    ///
    /// # Errors
    /// Those of [`Upstream::request`].
    pub(crate) fn request_over(
        &self,
        call: &Call<'_>,
        document: &NativeAnswer<'_>,
        worker: &mut Worker,
    ) -> Result<NativeRequest, Refused> {
        self.written(call, Some(document), true, worker)
    }

    fn written(
        &self,
        call: &Call<'_>,
        base: Option<&NativeAnswer<'_>>,
        over: bool,
        worker: &mut Worker,
    ) -> Result<NativeRequest, Refused> {
        let Some(operation) = self.operation(call.operation) else {
            return Err(Refused::one(CallerFault::new(
                "not-offered",
                "the upstream does not offer this",
            )));
        };
        let current = match base {
            Some(base) if !over && (operation.uses_current() || !operation.watched.is_empty()) => {
                self.current(operation, call, base, worker)?
            }
            Some(_) | None => None,
        };
        let Worker {
            engine,
            body: body_tape,
            current: current_tape,
            limits,
            ..
        } = worker;
        let malformed = |_| Refused::one(CallerFault::new("malformed", "a document of JSON"));
        let text = call
            .body
            .map(std::str::from_utf8)
            .transpose()
            .map_err(|_| malformed(()))?;
        let body = text
            .map(|text| body_tape.parse(text, limits))
            .transpose()
            .map_err(|_| malformed(()))?;
        let now = current
            .as_deref()
            .and_then(|text| current_tape.parse(text, limits).ok());
        let facts = Facts {
            inputs: call.inputs,
            body,
            current: now,
            outcome: None,
            context: &call.context,
            qualifier: &self.qualifier,
        };
        let mut found = Vec::new();
        fills::agree(operation, call, body, &mut found);
        self.judge_moves(operation, &facts, &mut found);
        let Some((index, route)) = chosen(operation, &facts) else {
            found.push(unrouted(call));
            return Err(Refused::Faults(found));
        };
        let target = target(operation, route, call, &facts, &mut found);
        let headers = headers::write(self, operation, route, &facts, &mut found);
        let under = base.filter(|_| over || operation.puts());
        let written = Writing {
            operation,
            route,
            call,
            body,
            under,
        }
        .body(engine, limits, &mut found)?;
        let (Some(target), true) = (target, found.is_empty()) else {
            return Err(Refused::Faults(found));
        };
        let (losses, lost) = losses(operation, route, call, body, written.losses, written.lost);
        Ok(NativeRequest {
            route: index,
            method: route.method.as_str(),
            target,
            headers,
            content_type: written.content_type,
            body: written.bytes,
            losses,
            lost,
        })
    }

    /// What the base reads as.
    fn current(
        &self,
        operation: &Operation,
        call: &Call<'_>,
        base: &NativeAnswer<'_>,
        worker: &mut Worker,
    ) -> Result<Option<String>, Refused> {
        let Some(read_by) = operation.base else {
            return Ok(None);
        };
        let reading = Call {
            operation: read_by,
            body: None,
            ..*call
        };
        match self.answer(&reading, self.route_of(&reading), base, worker) {
            Answered::Outcome(outcome) => {
                Ok(outcome.body.and_then(|body| String::from_utf8(body).ok()))
            }
            Answered::Broken(broken) => Err(Refused::Base(broken)),
            Answered::Problem(_) => Ok(None),
        }
    }

    /// The route that a call takes, as far as its inputs say.
    pub(crate) fn route_of(&self, call: &Call<'_>) -> RouteIndex {
        let facts = Facts {
            inputs: call.inputs,
            body: None,
            current: None,
            outcome: None,
            context: &call.context,
            qualifier: &self.qualifier,
        };
        let operation = self.operation(call.operation);
        let found = operation.and_then(|operation| chosen(operation, &facts));
        found.map_or(RouteIndex(0), |(index, _)| index)
    }

    /// Tells whether a route is read as another operation's in the server role.
    pub(crate) fn is_same_call(&self, operation: OperationIndex, route: RouteIndex) -> bool {
        let route = self
            .operation(operation)
            .and_then(|operation| operation.routes.get(usize::from(route.0)));
        route.is_some_and(|route| route.same_call_as.is_some())
    }

    /// Refuses moves of machines that are not allowed from what is now.
    pub(super) fn judge_moves(
        &self,
        operation: &Operation,
        facts: &Facts<'_>,
        found: &mut Vec<CallerFault>,
    ) {
        for watched in &operation.watched {
            let asked = facts
                .body
                .and_then(|body| facts::at(body, &watched.asked.steps))
                .and_then(facts::scalar);
            let now = facts
                .current
                .and_then(|now| facts::at(now, &watched.now.steps))
                .and_then(facts::scalar);
            let (Some(asked), Some(now), Some(machine)) =
                (asked, now, self.machines.get(watched.machine))
            else {
                continue;
            };
            let fault = match machine.judge(now, asked, facts.context.caller_kind) {
                Verdict::Allowed => continue,
                Verdict::Forbidden => {
                    CallerFault::new("forbidden", "another kind of caller may make this move")
                }
                Verdict::Illegal(allowed) => CallerFault {
                    allowed,
                    ..CallerFault::new(
                        "illegal-move",
                        "a state that may follow the one that is now",
                    )
                },
            };
            let pointer = facts.body.and_then(|body| pointer_to(body, &watched.asked));
            found.push(fault.at(pointer.unwrap_or_default()));
        }
    }
}

/// Tells whether the body asks for a state of a machine.
fn asks_for_a_state(operation: &Operation, call: &Call<'_>) -> bool {
    let Some(text) = call
        .body
        .and_then(|body| std::str::from_utf8(body).ok())
        .filter(|_| !operation.watched.is_empty())
    else {
        return false;
    };
    let mut tape = crate::codec::json::tape::Tape::default();
    let root = tape.parse(text, &crate::codec::Limits::default());
    root.is_ok_and(|root| {
        operation.asked().any(|place| {
            facts::at(root, &place.steps)
                .and_then(facts::scalar)
                .is_some()
        })
    })
}

/// The first route whose condition holds and whose path can be written.
fn chosen<'o>(operation: &'o Operation, facts: &Facts<'o>) -> Option<(RouteIndex, &'o Route)> {
    let fits = |route: &'o Route| {
        let held = route.when.as_ref().is_none_or(|when| facts.holds(when));
        held && route
            .path
            .sources()
            .all(|source| !matches!(facts.text(source), Ok(None)))
    };
    let index = operation.routes.iter().position(fits)?;
    Some((
        RouteIndex(u16::try_from(index).ok()?),
        operation.routes.get(index)?,
    ))
}

fn unrouted(call: &Call<'_>) -> CallerFault {
    let fault = CallerFault::new(
        "not-supported-here",
        "inputs that the upstream has a request for",
    );
    let named = call
        .input("id")
        .or_else(|| call.input("reference"))
        .is_some();
    if named && call.body.is_none() {
        fault.of("id")
    } else {
        fault
    }
}

fn target(
    operation: &Operation,
    route: &Route,
    call: &Call<'_>,
    facts: &Facts<'_>,
    found: &mut Vec<CallerFault>,
) -> Option<String> {
    let mut target = match Target::path(route, facts) {
        Ok(target) => target?,
        Err(fault) => {
            found.push(fault);
            return None;
        }
    };
    for (name, value) in &route.query {
        if let Err(fault) = target.templated(name, value, facts) {
            found.push(fault);
        }
    }
    for param in &route.params {
        match params::write(param, facts, &call.context.facts()) {
            Ok(written) => written
                .iter()
                .for_each(|(name, value)| target.pair(name, value)),
            Err(fault) => found.push(fault),
        }
    }
    page(operation, call, facts, &mut target, found);
    Some(target.finish())
}

fn page(
    operation: &Operation,
    call: &Call<'_>,
    facts: &Facts<'_>,
    target: &mut Target,
    found: &mut Vec<CallerFault>,
) {
    let Some(paging) = &operation.paging else {
        if call.page.cursor.is_some() {
            found.push(CallerFault::new("not-supported-here", "one page only").of("cursor"));
        }
        return;
    };
    match (&paging.style, call.page.cursor) {
        (_, None) => {}
        (Style::Offset(name), Some(cursor)) if is_count(cursor) => {
            target.pair(name, cursor.as_bytes())
        }
        (Style::Offset(_), Some(_)) => {
            found.push(CallerFault::new("invalid-input", "a cursor of this upstream").of("cursor"))
        }
        (Style::Token { name, .. }, Some(cursor)) => target.pair(name, cursor.as_bytes()),
    }
    if let (Some(name), Some(limit)) = (&paging.limit, limit(operation, call, facts.body)) {
        target.pair(name, limit.to_string().as_bytes());
    }
}

/// The most items that the caller wants: of a search, its criteria may say it too.
pub(super) fn limit(
    operation: &Operation,
    call: &Call<'_>,
    body: Option<TapeNode<'_>>,
) -> Option<u32> {
    let of_body = || {
        let node = body
            .filter(|_| operation.kind == Kind::Search)?
            .get("limit")?;
        node.lexeme()?.parse().ok()
    };
    call.page.limit.or_else(of_body)
}

pub(super) fn is_count(text: &str) -> bool {
    !text.is_empty() && text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What a request's body is made of.
struct Writing<'w> {
    operation: &'w Operation,
    route: &'w Route,
    call: &'w Call<'w>,
    body: Option<TapeNode<'w>>,
    /// The document that it is written over.
    under: Option<&'w NativeAnswer<'w>>,
}

/// A body that was written, with what is not in it.
#[derive(Default)]
struct Written {
    bytes: Option<Vec<u8>>,
    content_type: Option<Box<str>>,
    losses: Vec<Lost>,
    lost: u32,
}

impl Writing<'_> {
    fn body(
        &self,
        engine: &mut Engine,
        limits: &crate::codec::Limits,
        found: &mut Vec<CallerFault>,
    ) -> Result<Written, Refused> {
        let Some(route) = &self.route.body else {
            return Ok(Written {
                losses: self.not_carried(),
                ..Written::default()
            });
        };
        let bytes = self.call.body.unwrap_or(b"{}");
        let root = self.body;
        let document =
            root.and_then(|root| fills::document(self.operation, route, self.call, bytes, root));
        let (input, shift) = document
            .as_ref()
            .map_or((bytes, 0), |document| (&*document.bytes, document.shift));
        let plan = &route.body.plan;
        let facts = self.call.context.facts();
        let around = Surroundings {
            given: &[],
            call: &facts,
        };
        let mut out = Vec::new();
        let written = match self.under {
            Some(base) => {
                let media = media::utf8(base.body, base.content_type, plan.native.wire);
                let Ok(base) = media else {
                    let broken = faults::broken("upstream-malformed", 0, base.status);
                    return Err(Refused::Base(broken));
                };
                engine.put(plan, input, &base, limits, around, &mut out)
            }
            None => engine.translate(
                plan,
                Direction::ToNative,
                input,
                self.reading(),
                limits,
                around,
                &mut out,
            ),
        };
        if let Err(failure) = written {
            self.refused(&failure, route, bytes, shift, found)?;
            return Ok(Written::default());
        }
        let (losses, lost) = engine.losses();
        let offsets: Vec<u32> = losses
            .iter()
            .map(|loss| loss.at.saturating_sub(shift))
            .collect();
        let pointers = places::of_offsets(bytes, Wire::Json, &offsets);
        let losses = losses.iter().zip(pointers).map(|(loss, pointer)| Lost {
            code: loss.code.name(),
            pointer: pointer.unwrap_or_default(),
            parameter: None,
        });
        Ok(Written {
            losses: losses.collect(),
            lost,
            bytes: Some(out),
            content_type: Some(self.content_type(route)),
        })
    }

    fn reading(&self) -> Reading {
        if self.operation.kind == Kind::Update {
            Reading::Patch
        } else {
            Reading::Whole
        }
    }

    /// A base that was not in UTF-8 is now, whatever its declaration says: the header outranks it (RFC 7303).
    fn content_type(&self, route: &RouteBody) -> Box<str> {
        let said = &route.body.media_type;
        let transcoded = self.under.is_some_and(|base| {
            let decoded = media::utf8(base.body, base.content_type, route.body.plan.native.wire);
            matches!(decoded, Ok(std::borrow::Cow::Owned(_)))
        });
        if transcoded && !said.contains("charset") {
            format!("{said}; charset=utf-8").into()
        } else {
            said.clone()
        }
    }

    fn refused(
        &self,
        failure: &Failure,
        route: &RouteBody,
        bytes: &[u8],
        shift: u32,
        found: &mut Vec<CallerFault>,
    ) -> Result<(), Refused> {
        let status = self.under.map_or(0, |base| base.status);
        match faults::of_caller(failure, &route.body.plan, bytes, shift, status) {
            Refused::Faults(more) => {
                found.extend(more);
                Ok(())
            }
            broken @ Refused::Base(_) => Err(broken),
        }
    }

    /// Leaves of a body for which the request has no body of its own.
    fn not_carried(&self) -> Vec<Lost> {
        let mut losses = Vec::new();
        if let Some(body) = self.body {
            leaves(body, &mut String::new(), &mut losses);
        }
        losses
    }
}

fn leaves(node: TapeNode<'_>, pointer: &mut String, losses: &mut Vec<Lost>) {
    let length = pointer.len();
    match node.kind() {
        JsonKind::Object => {
            for (name, value) in node.members() {
                pointer.push('/');
                pointer.push_str(&places::escaped(name));
                leaves(value, pointer, losses);
                pointer.truncate(length);
            }
        }
        JsonKind::Array => {
            for (index, item) in node.items().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                leaves(item, pointer, losses);
                pointer.truncate(length);
            }
        }
        JsonKind::Null => {}
        JsonKind::Boolean | JsonKind::Number | JsonKind::String => losses.push(Lost {
            code: "no-place",
            pointer: pointer.clone(),
            parameter: None,
        }),
    }
}

/// Takes out what is carried elsewhere, and adds inputs that are not.
fn losses(
    operation: &Operation,
    route: &Route,
    call: &Call<'_>,
    body: Option<TapeNode<'_>>,
    found: Vec<Lost>,
    counted: u32,
) -> (Vec<Lost>, u32) {
    let mut carried: Vec<String> = Vec::new();
    if let Some(body) = body {
        carried.extend(
            route
                .carried
                .iter()
                .filter_map(|place| pointer_to(body, place)),
        );
        carried.extend(
            operation
                .fills
                .iter()
                .map(|(_, member)| format!("/{member}")),
        );
        if operation.kind == Kind::Search {
            carried.push("/cursor".to_owned());
            if operation
                .paging
                .as_ref()
                .is_some_and(|paging| paging.limit.is_some())
            {
                carried.push("/limit".to_owned());
            }
        }
    }
    let before = found.len();
    let is_carried = |pointer: &str| {
        carried.iter().any(|carried| {
            pointer
                .strip_prefix(carried.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let mut losses: Vec<Lost> = found
        .into_iter()
        .filter(|lost| !is_carried(&lost.pointer))
        .collect();
    let dropped = before.saturating_sub(losses.len());
    let beyond = usize::try_from(counted)
        .unwrap_or(usize::MAX)
        .saturating_sub(before);
    let lost = |name: &str| Lost {
        code: "no-place",
        pointer: String::new(),
        parameter: Some(name.to_owned()),
    };
    for (name, _) in call.inputs {
        let filled = operation.fills.iter().any(|(input, member)| {
            &**input == *name
                && route
                    .body
                    .as_ref()
                    .is_some_and(|body| fills::carries(&body.body.plan, member))
        });
        if !filled
            && !route
                .carried_inputs
                .iter()
                .any(|carried| &**carried == *name)
        {
            losses.push(lost(name));
        }
    }
    let pages = operation
        .paging
        .as_ref()
        .is_some_and(|paging| paging.limit.is_some());
    if call.page.limit.is_some() && !pages {
        losses.push(lost("limit"));
    }
    debug_assert!(dropped <= before);
    let count = losses.len().saturating_add(beyond);
    (losses, u32::try_from(count).unwrap_or(u32::MAX))
}
