//! One route tried on a received request.

use std::borrow::Cow;

use super::accept::{Accepted, Candidate, NotAccepted, ReceivedContext, ReceivedRequest};
use super::facts::Facts;
use super::faults;
use super::gathered::{Conflict, Gathered};
use super::received::{Target, captured, header, unfilled};
use super::worker::Worker;
use super::{Context, Lost, chain, fills, media, params, parts, patch, places, whole_lists};
use crate::codec::Limits;
use crate::codec::json::tape::Tape;
use crate::engine::{Direction, Incoming, LossCode, Reading, Surroundings};
use crate::mapping::ast::{Kind, Word};
use crate::mapping::compile::upstream::{
    Cond, ContextPlace, Fill, Param, RouteBody, Source, Style, Upstream,
};

/// A canonical body, and what of the native one is not in it.
type ReadBody = (Option<Vec<u8>>, Vec<Lost>);

/// One candidate tried on the request.
pub(super) struct Trial<'t, 'u> {
    pub(super) upstream: &'u Upstream,
    pub(super) candidate: &'t Candidate<'u>,
    pub(super) request: &'t ReceivedRequest<'t>,
    pub(super) target: &'t Target<'t>,
}

impl Trial<'_, '_> {
    pub(super) fn accept(&self, worker: &mut Worker) -> Result<Accepted, NotAccepted> {
        let (route, operation) = (self.candidate.route, self.candidate.operation);
        let mut gathered = Gathered::default();
        for (source, value) in captured(route, self.target).ok_or(NotAccepted::UnknownPath)? {
            self.put(&mut gathered, source, value, "path")?;
        }
        self.query(&mut gathered)?;
        let of_query = |name: &str| {
            self.target
                .value(name)
                .map(|value| Cow::Owned(value.as_bytes().to_vec()))
        };
        let of_header = |name: &str| header(self.request, name);
        let headers = || self.upstream.headers.iter().chain(&route.headers);
        // Conditions look at what rules without one have read.
        for conditional in [false, true] {
            self.rules(&route.params, conditional, of_query, &mut gathered)?;
            self.rules(headers(), conditional, of_header, &mut gathered)?;
        }
        self.upstream.demands_key(operation, self.request)?;
        let (body, mut losses) = match &route.body {
            Some(body) => self.body(body, &mut gathered, worker)?,
            None if self.request.body.trim_ascii().is_empty() => (None, Vec::new()),
            None => (
                None,
                vec![Lost {
                    code: LossCode::NoPlace.word(),
                    pointer: String::new(),
                    parameter: None,
                }],
            ),
        };
        losses.extend(self.unread());
        let part = operation.part_of(usize::from(self.candidate.index.0));
        let body = match (part, body) {
            (Some(part), Some(body)) => Some(parts::whole(part, &body)),
            (_, body) => body,
        };
        self.pinned(body.as_deref(), &mut gathered, &mut worker.body)?;
        let body = gathered.complete(body);
        self.told(body.as_deref(), &mut gathered, &mut worker.body)?;
        let body = self.filled(body, &gathered);
        self.holds(&gathered, body.as_deref(), &mut worker.body)?;
        let (limit, cursor) = self.page(&mut gathered)?;
        Ok(Accepted {
            operation: operation.index,
            alone: self.candidate.alone,
            route: self.candidate.index,
            context: received(&gathered),
            inputs: gathered.inputs,
            body,
            limit,
            cursor,
            losses,
        })
    }

    fn put(
        &self,
        gathered: &mut Gathered,
        source: &Source,
        value: String,
        name: &str,
    ) -> Result<(), NotAccepted> {
        gathered
            .set(source, value, &self.upstream.qualifier)
            .map_err(|conflict| NotAccepted::Value {
                name: name.to_owned(),
                why: match conflict {
                    Conflict::Disagrees => "the value that another part of the request has",
                    Conflict::Setting => "the value that was agreed",
                },
                is_missing: false,
            })
    }

    /// Takes the values that the condition of the route fixes. What the native body says is there already, and is held
    /// against the condition later.
    fn pinned(
        &self,
        body: Option<&[u8]>,
        gathered: &mut Gathered,
        tape: &mut Tape,
    ) -> Result<(), NotAccepted> {
        let Some(when) = &self.candidate.route.when else {
            return Ok(());
        };
        let text = body.and_then(|body| std::str::from_utf8(body).ok());
        let root = text.and_then(|text| tape.parse(text, &Limits::default()).ok());
        for (source, value) in when.pins() {
            let is_said = match source {
                Source::Body(place) => {
                    let member = place.steps.first().zip(root);
                    member.is_some_and(|(step, root)| root.get(&step.name).is_some())
                }
                _ => false,
            };
            if !is_said {
                self.put(gathered, source, value.to_owned(), "path")?;
            }
        }
        Ok(())
    }

    /// Constants of the query must be equal, names that are asked for must be there.
    fn query(&self, gathered: &mut Gathered) -> Result<(), NotAccepted> {
        let missing = |name: &str| NotAccepted::Value {
            name: name.to_owned(),
            why: "a value of this request",
            is_missing: true,
        };
        for name in self.candidate.route.required_names() {
            if self.target.value(name).is_none() {
                return Err(missing(name));
            }
        }
        for (name, template) in &self.candidate.route.query {
            let value = self.target.value(name).ok_or_else(|| missing(name))?;
            for (source, value) in unfilled(template, value).ok_or_else(|| missing(name))? {
                self.put(gathered, source, value, name)?;
            }
        }
        Ok(())
    }

    /// Names of the query that the route does not know, or that stand there again.
    fn unread(&self) -> impl Iterator<Item = Lost> {
        let (route, operation) = (self.candidate.route, self.candidate.operation);
        let paging = operation.paging.as_ref().filter(|paging| !paging.in_body);
        let known = move |name: &str| {
            let of_page = paging.is_some_and(|paging| {
                let (Style::Offset(cursor) | Style::Token { name: cursor, .. }) = &paging.style;
                **cursor == *name || paging.limit.as_deref() == Some(name)
            });
            let mut constants = route.query.iter();
            let mut rules = route.params.iter().flat_map(|param| &param.names);
            of_page || constants.any(|(own, _)| **own == *name) || rules.any(|own| **own == *name)
        };
        let query = &self.target.query;
        query
            .iter()
            .enumerate()
            .filter_map(move |(index, (name, _))| {
                let mut before = query.iter().take(index);
                match (known(name), before.any(|(other, _)| other == name)) {
                    (false, _) => Some(Lost::of_input(LossCode::NoPlace.word(), name)),
                    (true, true) => Some(Lost::of_input(LossCode::Surplus.word(), name)),
                    (true, false) => None,
                }
            })
    }

    /// How many constants of its query, which tell calls apart, and how many other names the request lacks.
    pub(super) fn lacks(&self) -> (usize, usize) {
        let route = self.candidate.route;
        let fits = |(name, template): &(Box<str>, _)| {
            let value = self.target.value(name);
            value.is_some_and(|value| unfilled(template, value).is_some())
        };
        let constants = route.query.iter().filter(|(_, value)| value.is_fixed());
        let names = route.required_names().into_iter();
        (
            constants.filter(|line| !fits(line)).count(),
            names
                .filter(|name| self.target.value(name).is_none())
                .count(),
        )
    }

    fn rules<'v, 'p>(
        &self,
        rules: impl IntoIterator<Item = &'p Param>,
        conditional: bool,
        native: impl Fn(&str) -> Option<Cow<'v, [u8]>> + Copy,
        gathered: &mut Gathered,
    ) -> Result<(), NotAccepted> {
        let context = Context::default();
        let rules = rules.into_iter();
        for param in rules.filter(|param| param.when.is_some() == conditional) {
            let counts = |when| self.counts(when, gathered);
            if !param.when.as_ref().is_none_or(counts) {
                continue;
            }
            let name = param.spelled.first().map_or("", |name| name);
            let texts =
                params::read(param, native, &context.facts()).map_err(|unfit: chain::Unfit| {
                    NotAccepted::Value {
                        name: name.to_owned(),
                        why: unfit.why,
                        is_missing: false,
                    }
                })?;
            let Some(texts) = texts else {
                if param
                    .sources
                    .iter()
                    .any(|source| matches!(source, Source::Setting(_)))
                {
                    return Err(NotAccepted::Value {
                        name: name.to_owned(),
                        why: "the value that was agreed",
                        is_missing: true,
                    });
                }
                continue;
            };
            for (source, text) in param.sources.iter().zip(texts) {
                if let Some(text) = text.and_then(|text| String::from_utf8(text).ok()) {
                    self.put(gathered, source, text, name)?;
                }
            }
        }
        Ok(())
    }

    /// Tells whether the condition of a rule holds of what was gathered; one that looks at the body, which is not read
    /// yet, is taken to hold.
    fn counts(&self, when: &Cond, gathered: &Gathered) -> bool {
        let is_early = |source: &&Source| {
            matches!(
                source,
                Source::Input(_) | Source::Context(_) | Source::Setting(_)
            )
        };
        let received = received(gathered);
        let context = Context {
            caller_kind: received.caller_kind.as_deref(),
            caller_id: received.caller_id.as_deref(),
            ..Context::default()
        };
        let inputs: Vec<(&str, &str)> = gathered
            .inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let facts = Facts {
            inputs: &inputs,
            body: None,
            current: None,
            outcome: None,
            context: &context,
            qualifier: &self.upstream.qualifier,
        };
        !when.sources().iter().all(is_early) || facts.holds(when)
    }

    /// The canonical body that the native one is.
    fn body(
        &self,
        route: &RouteBody,
        gathered: &mut Gathered,
        worker: &mut Worker,
    ) -> Result<ReadBody, NotAccepted> {
        let plan = &route.body.plan;
        let wire = plan.native.wire;
        if !media::fits(self.request.content_type, wire) {
            return Err(NotAccepted::Body(faults::broken(
                "upstream-content-type",
                0,
                0,
            )));
        }
        let document =
            media::utf8(self.request.body, self.request.content_type, wire).map_err(|fault| {
                NotAccepted::Body(faults::broken("upstream-malformed", fault.at, 0))
            })?;
        let facts = Context::default().facts();
        let around = Surroundings {
            given: &[],
            call: &facts,
        };
        let mut out = Vec::new();
        worker
            .engine
            .translate(
                plan,
                Direction::ToCanonical,
                Incoming::Text(&document),
                self.reading(),
                &worker.limits,
                around,
                &mut out,
            )
            .map_err(|failure| NotAccepted::Body(faults::of_answer(&failure, plan, 0)))?;
        let (losses, _) = worker.engine.losses();
        let losses = places::of_losses(losses, &document, wire, 0);
        if out.is_empty() {
            out.extend_from_slice(b"{}");
        }
        if route.enveloped.is_some() {
            out = self.opened(&out, gathered, &mut worker.body)?;
        }
        if self.candidate.operation.puts() {
            out = patch::cleared(&out, &route.clearable, &mut worker.body);
        } else if !route.shared.is_empty() {
            let gone = whole_lists::said(route, &document, &mut worker.body);
            out = patch::cleared(&out, &gone, &mut worker.body);
        }
        Ok((Some(out), losses))
    }

    /// An update that keeps what it leaves out is a merge patch.
    fn reading(&self) -> Reading {
        let operation = self.candidate.operation;
        if operation.kind == Kind::Update && !operation.puts() {
            Reading::Update
        } else {
            Reading::Whole
        }
    }

    /// Takes inputs and body out of the document that holds both.
    fn opened(
        &self,
        document: &[u8],
        gathered: &mut Gathered,
        tape: &mut Tape,
    ) -> Result<Vec<u8>, NotAccepted> {
        let text = String::from_utf8_lossy(document);
        let Ok(root) = tape.parse(&text, &Limits::default()) else {
            return Ok(b"{}".to_vec());
        };
        let mut body = b"{}".to_vec();
        for (name, node) in root.members() {
            match name {
                "body" => {
                    let whole = node.whole();
                    let range = usize::try_from(whole.start).unwrap_or(0)
                        ..usize::try_from(whole.end).unwrap_or(0);
                    body = document.get(range).unwrap_or_default().to_vec();
                }
                "context" => {}
                "page" => {
                    let text = |name: &str| node.get(name).and_then(super::facts::scalar);
                    let limit = text("limit").and_then(|limit| limit.parse().ok());
                    gathered.page = (limit, text("cursor").map(str::to_owned));
                }
                name => {
                    if let Some(value) = super::facts::scalar(node) {
                        self.put(
                            gathered,
                            &Source::Input(name.into()),
                            value.to_owned(),
                            name,
                        )?;
                    }
                }
            }
        }
        Ok(body)
    }

    /// Takes inputs that only the members of the body say that repeat them.
    fn told(
        &self,
        body: Option<&[u8]>,
        gathered: &mut Gathered,
        tape: &mut Tape,
    ) -> Result<(), NotAccepted> {
        let fills = &self.candidate.operation.fills;
        let text = body.and_then(|body| std::str::from_utf8(body).ok());
        let Some(text) = text.filter(|_| !fills.is_empty()) else {
            return Ok(());
        };
        let Ok(root) = tape.parse(text, &Limits::default()) else {
            return Ok(());
        };
        for Fill { input, member, .. } in fills {
            if gathered.input(input).is_none()
                && let Some(value) = root.get(member).and_then(super::facts::scalar)
            {
                let value = value.to_owned();
                self.put(gathered, &Source::Input(input.clone()), value, input)?;
            }
        }
        Ok(())
    }

    /// Adds the members of the body that repeat inputs.
    fn filled(&self, body: Option<Vec<u8>>, gathered: &Gathered) -> Option<Vec<u8>> {
        let mut body = body?;
        let mut tape = Tape::default();
        let text = String::from_utf8_lossy(&body).into_owned();
        let root = tape.parse(&text, &Limits::default()).ok()?;
        let operation = self.candidate.operation;
        let missing = fills::missing(operation, root, |input| gathered.input(input));
        fills::fill(&mut body, &missing);
        Some(body)
    }

    /// The condition of the route must hold of what was gathered.
    fn holds(
        &self,
        gathered: &Gathered,
        body: Option<&[u8]>,
        tape: &mut Tape,
    ) -> Result<(), NotAccepted> {
        let Some(when) = &self.candidate.route.when else {
            return Ok(());
        };
        let inputs: Vec<(&str, &str)> = gathered
            .inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let text = body.and_then(|body| std::str::from_utf8(body).ok());
        let root = text.and_then(|text| tape.parse(text, &Limits::default()).ok());
        let context = Context::default();
        let facts = Facts {
            inputs: &inputs,
            body: root,
            current: None,
            outcome: None,
            context: &context,
            qualifier: &self.upstream.qualifier,
        };
        let of_call = when
            .sources()
            .iter()
            .all(|source| !matches!(source, Source::Current(_) | Source::Context(_)));
        if !of_call || facts.holds(when) {
            Ok(())
        } else {
            Err(NotAccepted::UnknownPath)
        }
    }

    fn page(&self, gathered: &mut Gathered) -> Result<(Option<u32>, Option<String>), NotAccepted> {
        let Some(paging) = &self.candidate.operation.paging else {
            return Ok((None, None));
        };
        if paging.in_body {
            return Ok(std::mem::take(&mut gathered.page));
        }
        let count = |name: &str| {
            let text = self.target.value(name);
            let no_count = |_| NotAccepted::Value {
                name: name.to_owned(),
                why: "a number of members",
                is_missing: false,
            };
            text.map(|text| text.parse().map_err(no_count)).transpose()
        };
        let limit = match &paging.limit {
            Some(name) => count(name)?,
            None => None,
        };
        let (Style::Offset(name) | Style::Token { name, .. }) = &paging.style;
        if let Style::Offset(name) = &paging.style {
            count(name)?;
        }
        Ok((limit, self.target.value(name).map(str::to_owned)))
    }
}

fn received(gathered: &Gathered) -> ReceivedContext {
    let of = |place| {
        let found = gathered.context.iter().find(|(other, _)| *other == place);
        found.map(|(_, value)| value.clone())
    };
    ReceivedContext {
        request_id: of(ContextPlace::RequestId),
        trace_id: of(ContextPlace::TraceId),
        idempotency_key: of(ContextPlace::IdempotencyKey),
        if_match: of(ContextPlace::IfMatch),
        caller_kind: of(ContextPlace::CallerKind),
        caller_id: of(ContextPlace::CallerId),
    }
}
