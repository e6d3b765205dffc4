//! Server role: reads a native request as the canonical call that it is.

use std::borrow::Cow;
use std::cmp::Reverse;

use super::facts::Facts;
use super::faults::{self, BrokenAnswer};
use super::gathered::{Conflict, Gathered};
use super::request::RouteIndex;
use super::worker::Worker;
use super::{Context, Lost, chain, fills, media, params, patch, places};
use crate::codec::form::percent::{self, Plus};
use crate::codec::json::tape::Tape;
use crate::engine::{Direction, Reading, Surroundings};
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{
    ContextPlace, Operation, Param, Piece, Route, RouteBody, Source, Style, Template, Upstream,
};

/// A request as it was received.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query behind the path of the base URL, as they came.
    pub target: &'a str,
    /// The headers; names in any case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The media type of the body.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// A canonical call as it was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The operation.
    pub operation: OperationIndex,
    /// Its route.
    pub route: RouteIndex,
    /// The inputs, by the names that routes know.
    pub inputs: Vec<(String, String)>,
    /// The canonical body; of an update a merge patch.
    pub body: Option<Vec<u8>>,
    /// The most items that are wanted.
    pub limit: Option<u32>,
    /// The upstream's own cursor.
    pub cursor: Option<String>,
    /// What the request says of its context.
    pub context: ReceivedContext,
    /// What of the native body is not in the call.
    pub losses: Vec<Lost>,
}

/// What a request says of its context.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedContext {
    /// The id of the request.
    pub request_id: Option<String>,
    /// The trace that it belongs to.
    pub trace_id: Option<String>,
    /// The key of a call that may be repeated.
    pub idempotency_key: Option<String>,
    /// The version that is to be changed.
    pub if_match: Option<String>,
    /// The kind of caller.
    pub caller_kind: Option<String>,
    /// The caller's own key.
    pub caller_id: Option<String>,
}

/// A request that is no call of this upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAccepted {
    /// No route has this path: 404.
    UnknownPath,
    /// Routes have this path with other methods: 405.
    UnknownMethod(Vec<&'static str>),
    /// The credentials are missing or wrong: 401.
    Unauthenticated,
    /// A name of the query or a header is missing, or has a value that does not fit: 400.
    Value {
        /// The native name.
        name: String,
        /// What was expected.
        why: &'static str,
    },
    /// The body does not fit: 400 or 415, by its code.
    Body(BrokenAnswer),
}

/// A target taken apart.
struct Target<'t> {
    segments: Vec<Cow<'t, str>>,
    query: Vec<(Cow<'t, str>, Cow<'t, str>)>,
}

/// A route whose method and path fit.
struct Candidate<'u> {
    operation: &'u Operation,
    index: RouteIndex,
    route: &'u Route,
}

// === impl Upstream ===

impl Upstream {
    /// Reads a request as a call.
    ///
    /// # Errors
    /// Why no route takes it; of several, what the likeliest one says.
    pub fn accept(
        &self,
        request: &ReceivedRequest<'_>,
        worker: &mut Worker,
    ) -> Result<Accepted, NotAccepted> {
        let target = Target::split(request.target).ok_or(NotAccepted::UnknownPath)?;
        let mut candidates = self.candidates(request, &target)?;
        self.authenticate(request)?;
        candidates.sort_by_key(|candidate| candidate.rank());
        let mut first = None;
        for candidate in &candidates {
            let trial = Trial {
                upstream: self,
                candidate,
                request,
                target: &target,
            };
            match trial.accept(worker) {
                Ok(accepted) => return Ok(accepted),
                Err(refused) => {
                    first.get_or_insert(refused);
                }
            }
        }
        Err(first.unwrap_or(NotAccepted::UnknownPath))
    }

    /// Routes of this path and method; a route that is the same call as another's is that one's.
    fn candidates(
        &self,
        request: &ReceivedRequest<'_>,
        target: &Target<'_>,
    ) -> Result<Vec<Candidate<'_>>, NotAccepted> {
        let mut candidates = Vec::new();
        let mut methods = Vec::new();
        for operation in self.operations.iter().flatten() {
            for (index, route) in operation.routes.iter().enumerate() {
                if route.same_call_as.is_some() || captured(route, target).is_none() {
                    continue;
                }
                if route.method.as_str() == request.method {
                    let index = RouteIndex(u16::try_from(index).unwrap_or(u16::MAX));
                    candidates.push(Candidate {
                        operation,
                        index,
                        route,
                    });
                } else if !methods.contains(&route.method.as_str()) {
                    methods.push(route.method.as_str());
                }
            }
        }
        match (candidates.is_empty(), methods.is_empty()) {
            (false, _) => Ok(candidates),
            (true, false) => Err(NotAccepted::UnknownMethod(methods)),
            (true, true) => Err(NotAccepted::UnknownPath),
        }
    }

    /// Checks the headers of the scheme.
    fn authenticate(&self, request: &ReceivedRequest<'_>) -> Result<(), NotAccepted> {
        let credentials = &self.credentials;
        let basic = credentials.basic.as_ref();
        let known = basic.is_none_or(|basic| {
            header(request, "authorization").is_some_and(|given| basic.is(&given))
        });
        let facts = Facts {
            inputs: &[],
            body: None,
            current: None,
            outcome: None,
            context: &Context::default(),
            qualifier: &self.qualifier,
        };
        let sent = credentials.headers.iter().all(|(name, template)| {
            let expected = facts.fill(template, |out, text| out.extend_from_slice(text));
            match expected {
                Ok(Some(expected)) => {
                    header(request, name).is_some_and(|given| equal(&expected, &given))
                }
                Ok(None) | Err(_) => true,
            }
        });
        if known && sent {
            Ok(())
        } else {
            Err(NotAccepted::Unauthenticated)
        }
    }
}

/// Compares in a time that does not depend on where two texts differ.
fn equal(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differing == 0
}

fn header<'r>(request: &ReceivedRequest<'r>, name: &str) -> Option<Cow<'r, [u8]>> {
    let found = request
        .headers
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| Cow::Borrowed(*value))
}

// === impl Target ===

impl<'t> Target<'t> {
    fn split(target: &'t str) -> Option<Self> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments = path.strip_prefix('/')?.split('/');
        let segments: Option<Vec<_>> = segments
            .map(|segment| percent::decode(segment, Plus::Plus).ok())
            .collect();
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let pairs: Option<Vec<_>> = pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((
                    percent::decode(name, Plus::Space).ok()?,
                    percent::decode(value, Plus::Space).ok()?,
                ))
            })
            .collect();
        Some(Self {
            segments: segments?,
            query: pairs?,
        })
    }

    fn value(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| &**value)
    }
}

/// The variables of a route's path, if the path fits.
fn captured<'r>(route: &'r Route, target: &Target<'_>) -> Option<Vec<(&'r Source, String)>> {
    if route.segments.len() != target.segments.len() {
        return None;
    }
    let mut all = Vec::new();
    for (template, text) in route.segments.iter().zip(&target.segments) {
        all.extend(unfilled(template, text)?);
    }
    Some(all)
}

/// The values of a template's variables in a text, if it fits; a variable ends where the literal behind it begins.
fn unfilled<'r>(template: &'r Template, text: &str) -> Option<Vec<(&'r Source, String)>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut pieces = template.pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Literal(literal) => {
                let decoded =
                    percent::decode(literal, Plus::Plus).unwrap_or(Cow::Borrowed(literal));
                rest = rest.strip_prefix(&*decoded)?;
            }
            Piece::Value {
                source: Source::Setting(value),
                ..
            } => rest = rest.strip_prefix(value.shown())?,
            Piece::Value { source, .. } => {
                let end = match pieces.peek() {
                    Some(Piece::Literal(literal)) => rest.find(&**literal)?,
                    Some(Piece::Value { .. }) | None => rest.len(),
                };
                let (value, behind) = rest.split_at_checked(end)?;
                if value.is_empty() {
                    return None;
                }
                found.push((source, value.to_owned()));
                rest = behind;
            }
        }
    }
    rest.is_empty().then_some(found)
}

// === impl Candidate ===

impl Candidate<'_> {
    /// Orders candidates: literal segments before variables, more constants, more names, the narrower body.
    fn rank(
        &self,
    ) -> (
        Vec<bool>,
        Reverse<usize>,
        Reverse<usize>,
        Reverse<u8>,
        Reverse<bool>,
    ) {
        let constants = self
            .route
            .query
            .iter()
            .filter(|(_, value)| value.is_fixed())
            .count();
        let body = self.route.body.as_ref();
        (
            self.route.variables(),
            Reverse(constants),
            Reverse(self.route.required_names().len()),
            Reverse(body.map_or(0, |body| body.body.narrowness)),
            Reverse(body.is_some()),
        )
    }
}

/// One candidate tried on the request.
struct Trial<'t, 'u> {
    upstream: &'u Upstream,
    candidate: &'t Candidate<'u>,
    request: &'t ReceivedRequest<'t>,
    target: &'t Target<'t>,
}

impl Trial<'_, '_> {
    fn accept(&self, worker: &mut Worker) -> Result<Accepted, NotAccepted> {
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
        self.rules(&route.params, of_query, &mut gathered)?;
        let of_header = |name: &str| header(self.request, name);
        self.rules(&self.upstream.headers, of_header, &mut gathered)?;
        self.rules(&route.headers, of_header, &mut gathered)?;
        if let Some(when) = &route.when {
            for (source, value) in when.pins() {
                self.put(&mut gathered, source, value.to_owned(), "path")?;
            }
        }
        let (body, losses) = match &route.body {
            Some(body) => self.body(body, &mut gathered, worker)?,
            None => (None, Vec::new()),
        };
        let body = self.filled(gathered.complete(body), &gathered);
        self.holds(&gathered, body.as_deref(), &mut worker.body)?;
        let (limit, cursor) = self.page();
        Ok(Accepted {
            operation: operation.index,
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
            })
    }

    /// Constants of the query must be equal, names that are asked for must be there.
    fn query(&self, gathered: &mut Gathered) -> Result<(), NotAccepted> {
        let missing = |name: &str| NotAccepted::Value {
            name: name.to_owned(),
            why: "a value of this request",
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

    fn rules<'v>(
        &self,
        rules: &[Param],
        native: impl Fn(&str) -> Option<Cow<'v, [u8]>> + Copy,
        gathered: &mut Gathered,
    ) -> Result<(), NotAccepted> {
        let context = Context::default();
        for param in rules {
            let name = param.names.first().map_or("", |name| name);
            let texts =
                params::read(param, native, &context.facts()).map_err(|unfit: chain::Unfit| {
                    NotAccepted::Value {
                        name: name.to_owned(),
                        why: unfit.why,
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

    /// The canonical body that the native one is.
    fn body(
        &self,
        route: &RouteBody,
        gathered: &mut Gathered,
        worker: &mut Worker,
    ) -> Result<(Option<Vec<u8>>, Vec<Lost>), NotAccepted> {
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
                &document,
                Reading::Whole,
                &worker.limits,
                around,
                &mut out,
            )
            .map_err(|failure| NotAccepted::Body(faults::of_answer(&failure, plan, 0)))?;
        let (losses, _) = worker.engine.losses();
        let offsets: Vec<u32> = losses.iter().map(|loss| loss.at).collect();
        let codes: Vec<_> = losses.iter().map(|loss| loss.code.name()).collect();
        let pointers = places::of_offsets(&document, wire, &offsets);
        let losses = codes.into_iter().zip(pointers).map(|(code, pointer)| Lost {
            code,
            pointer: pointer.unwrap_or_default(),
            parameter: None,
        });
        let losses = losses.collect();
        if out.is_empty() {
            out.extend_from_slice(b"{}");
        }
        if route.enveloped.is_some() {
            out = self.opened(&out, gathered, &mut worker.body)?;
        }
        if self.candidate.operation.puts() {
            out = patch::cleared(&out, &route.clearable, &mut worker.body);
        }
        Ok((Some(out), losses))
    }

    /// Takes inputs and body out of the document that holds both.
    fn opened(
        &self,
        document: &[u8],
        gathered: &mut Gathered,
        tape: &mut Tape,
    ) -> Result<Vec<u8>, NotAccepted> {
        let text = String::from_utf8_lossy(document);
        let Ok(root) = tape.parse(&text, &crate::codec::Limits::default()) else {
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

    /// Adds the members of the body that repeat inputs.
    fn filled(&self, body: Option<Vec<u8>>, gathered: &Gathered) -> Option<Vec<u8>> {
        let mut body = body?;
        let mut tape = Tape::default();
        let text = String::from_utf8_lossy(&body).into_owned();
        let root = tape.parse(&text, &crate::codec::Limits::default()).ok()?;
        let fills = self.candidate.operation.fills.iter();
        let missing: Vec<(&str, &str)> = fills
            .filter(|(_, member)| root.get(member).is_none())
            .filter_map(|(input, member)| Some((&**member, gathered.input(input)?)))
            .collect();
        fills::insert(&mut body, &missing);
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
        let root = text.and_then(|text| tape.parse(text, &crate::codec::Limits::default()).ok());
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

    fn page(&self) -> (Option<u32>, Option<String>) {
        let Some(paging) = &self.candidate.operation.paging else {
            return (None, None);
        };
        let (Style::Offset(name) | Style::Token { name, .. }) = &paging.style;
        let limit = paging
            .limit
            .as_ref()
            .and_then(|name| self.target.value(name)?.parse().ok());
        (limit, self.target.value(name).map(str::to_owned))
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
