//! A whole call: the request of a canonical one, or what an answer to it means.

use std::io;

use serde_json::{Map, Value};

use super::server::path;
use super::show;
use crate::cli::console::{Console, Exit};
use crate::engine::exchange::{
    Answered, Call, CallerFault, Context, Lost, NativeAnswer, NativeRequest, NativeResponse, Page,
    PageRequest, Refused, UpstreamProblem, Worker,
};
use crate::gateway::foresee::{self, Foreseen};
use crate::mapping::catalog::{CanonicalOperation, Catalog, OperationIndex};
use crate::mapping::compile::upstream::{Upstream, wire};
use crate::mapping::plan::Wire;

/// What is to be translated.
pub(super) struct Asked<'a> {
    pub(super) upstream: &'a Upstream,
    /// Media type of the upstream's documents.
    pub(super) media_type: &'a str,
    pub(super) catalog: &'a Catalog,
    pub(super) operation: &'a CanonicalOperation,
    pub(super) index: OperationIndex,
    pub(super) inputs: &'a [(String, String)],
    /// The document; none if nothing was given.
    pub(super) input: Option<&'a [u8]>,
    /// The answer to the operation that reads what is changed.
    pub(super) base: Option<&'a [u8]>,
    /// Status of an answer.
    pub(super) status: u16,
    /// Milliseconds since 1970.
    pub(super) now: i64,
    pub(super) raw: bool,
}

/// Writes the request that a call becomes.
pub(super) fn request(asked: &Asked<'_>, console: &mut Console) -> io::Result<Exit> {
    let (inputs, page) = match paged(asked.inputs) {
        Ok(paged) => paged,
        Err(message) => return console.unknown(&message, None),
    };
    let mut refused = foresee::of_inputs(asked.operation, asked.inputs);
    if let Some(body) = asked.input {
        let (operation, name) = (asked.operation, &asked.upstream.name);
        refused.extend(foresee::of_body(asked.catalog, operation, body, name));
    }
    if !refused.is_empty() {
        return refusals(&refused, console);
    }
    let call = asked.call(&inputs, page, asked.input);
    let worker = &mut Worker::default();
    if let (Some(base), None) = (asked.upstream.needs_base(&call, worker), asked.base) {
        let read = asked.name_of(base);
        let message = format!(
            "`{}` changes what `{read}` reads first: give the upstream's answer to `{read}` with `--base`",
            asked.operation.id
        );
        return console.unknown(&message, None);
    }
    let base = asked.base.map(|body| answer(asked, 200, body));
    match asked.upstream.request(&call, base.as_ref(), worker) {
        Ok(request) => {
            console.say(written(&request, asked))?;
            losses(&request.losses, request.lost, console)?;
            if request.says_nothing {
                console.note(
                    "note: this changes nothing that the upstream has a place for: it is not sent",
                )?;
            }
            Ok(Exit::Ok)
        }
        Err(Refused::Faults(faults)) => {
            for fault in &faults {
                console.note(format!("error: {}", told(fault)))?;
            }
            if faults.iter().any(|fault| fault.parameter.is_some()) {
                console.note(format!("inputs: {}", asked.taken()))?;
            }
            Ok(Exit::Findings)
        }
        Err(Refused::Base(broken)) => {
            let place = broken
                .place
                .map_or_else(String::new, |place| format!(" at {place}"));
            console.note(format!(
                "error: the base is not understood{place}: {}",
                broken.code
            ))?;
            Ok(Exit::Findings)
        }
    }
}

/// Writes what an answer means.
pub(super) fn response(asked: &Asked<'_>, console: &mut Console) -> io::Result<Exit> {
    let (inputs, page) = match paged(asked.inputs) {
        Ok(paged) => paged,
        Err(message) => return console.unknown(&message, None),
    };
    let call = asked.call(&inputs, page, None);
    let mut worker = Worker::default();
    // The route of the inputs, where they say one; else the first.
    let route = asked.upstream.route_of(&call);
    let answer = answer(asked, asked.status, asked.input.unwrap_or_default());
    match asked.upstream.answer(&call, route, &answer, &mut worker) {
        Answered::Outcome(outcome) => {
            if let Some(body) = &outcome.body {
                let whole = if outcome.is_list {
                    list(body, &outcome.page)
                } else {
                    body.clone()
                };
                document(&whole, Wire::Json, asked.raw, console)?;
            }
            for warning in &outcome.warnings {
                let detail = warning
                    .detail
                    .as_deref()
                    .map_or_else(String::new, |detail| format!(": {detail}"));
                let pointer = warning.pointer.as_deref();
                let at = pointer.map_or_else(String::new, |pointer| format!(" at {pointer}"));
                console.note(format!("warning: {}{at}{detail}", warning.code))?;
            }
            losses(&outcome.losses, outcome.lost, console)?;
            Ok(Exit::Ok)
        }
        Answered::Problem(problem) => problem_told(&problem, console),
        Answered::Broken(broken) => {
            let place = broken
                .place
                .map_or_else(String::new, |place| format!(" at `{place}`"));
            let expected = broken
                .expected
                .map_or_else(String::new, |expected| match broken.code {
                    // What is wrong with the format is a sentence.
                    "upstream-malformed" => format!(": {expected}"),
                    _ => format!(": expected {expected}"),
                });
            let at = show::position(asked.input.unwrap_or_default(), broken.at);
            console.note(format!("error: {at}: {}{place}{expected}", broken.code))?;
            Ok(Exit::Findings)
        }
    }
}

/// Writes what an upstream's refusal means.
fn problem_told(problem: &UpstreamProblem, console: &mut Console) -> io::Result<Exit> {
    console.line(format!("problem: {}", problem.code))?;
    for (name, value) in [
        ("upstream code", &problem.upstream_code),
        ("upstream message", &problem.upstream_message),
    ] {
        if let Some(value) = value {
            console.line(format!("{name}: {value}"))?;
        }
    }
    for error in &problem.errors {
        let at = [&error.pointer, &error.parameter, &error.native_field];
        let at = at.into_iter().flatten().next();
        let words = [at, error.code.as_ref(), error.detail.as_ref()];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        if !words.is_empty() {
            console.line(format!("  {}", words.join(": ")))?;
        }
    }
    Ok(Exit::Ok)
}

/// Inputs by name, and the page.
type Paged<'a> = (Vec<(&'a str, &'a str)>, PageRequest<'a>);

/// The inputs of the operation, apart from those that say which page is wanted.
pub(super) fn paged(given: &[(String, String)]) -> Result<Paged<'_>, String> {
    let mut page = PageRequest::default();
    let mut inputs = Vec::new();
    for (name, value) in given {
        match name.as_str() {
            "limit" => {
                let limit = value.parse();
                page.limit = Some(limit.map_err(|_| "`limit` is a whole number".to_owned())?);
            }
            "cursor" => page.cursor = Some(value.as_str()),
            name => inputs.push((name, value.as_str())),
        }
    }
    Ok((inputs, page))
}

// === impl Asked ===

impl<'a> Asked<'a> {
    pub(super) fn call(
        &self,
        inputs: &'a [(&'a str, &'a str)],
        page: PageRequest<'a>,
        body: Option<&'a [u8]>,
    ) -> Call<'a> {
        Call {
            operation: self.index,
            inputs,
            body,
            page,
            context: Context {
                request_id: "00000000-0000-4000-8000-000000000000",
                now_unix_ms: self.now,
                ..Context::default()
            },
        }
    }

    /// The inputs that the upstream's requests of the operation take, those of one request together.
    fn taken(&self) -> String {
        let routes = self.upstream.operation(self.index).into_iter();
        let mut all: Vec<String> = routes
            .flat_map(|operation| &operation.routes)
            .filter(|route| !route.carried_inputs.is_empty())
            .map(|route| {
                let names = route.carried_inputs.iter().map(|name| format!("`{name}`"));
                names.collect::<Vec<_>>().join(", ")
            })
            .collect();
        all.dedup();
        if all.is_empty() {
            return "the upstream takes none".to_owned();
        }
        all.join("; or ")
    }

    /// The name of an operation.
    pub(super) fn name_of(&self, operation: OperationIndex) -> &str {
        self.catalog
            .at(operation)
            .map_or("", |operation| &operation.id)
    }
}

fn answer<'a>(asked: &Asked<'a>, status: u16, body: &'a [u8]) -> NativeAnswer<'a> {
    NativeAnswer {
        status,
        headers: &[],
        content_type: Some(asked.media_type),
        body,
    }
}

/// The request as it would be sent, credentials apart.
fn written(request: &NativeRequest, asked: &Asked<'_>) -> Vec<u8> {
    let path = path(&asked.upstream.base_url);
    let base = asked.upstream.base_url.split_once("://");
    let host = base
        .and_then(|(_, rest)| rest.strip_suffix(path))
        .unwrap_or_default();
    let mut out = format!(
        "{} {path}{} HTTP/1.1\nhost: {host}\n",
        request.method, request.target
    )
    .into_bytes();
    for (name, value) in &request.headers {
        let value = if asked.upstream.is_credential(name) {
            b"[redacted]".as_slice()
        } else {
            value
        };
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.push(b'\n');
    }
    body(
        &mut out,
        request.content_type.as_deref(),
        request.body.as_ref(),
        asked,
    );
    out
}

/// A list as the API answers it.
fn list(items: &[u8], page: &Page) -> Vec<u8> {
    let next = page
        .next
        .as_ref()
        .map(|next| ("next", Value::from(next.as_str())));
    let more = page.more.map(|more| ("more", Value::from(more)));
    let total = page.total.map(|total| ("total", Value::from(total)));
    let members = next.into_iter().chain(more).chain(total);
    let members: Map<String, Value> = members
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let mut out = b"{\"items\":".to_vec();
    out.extend_from_slice(items);
    if !members.is_empty() {
        out.extend_from_slice(format!(",\"page\":{}", Value::Object(members)).as_bytes());
    }
    out.push(b'}');
    out
}

/// The answer of an upstream as it would come.
pub(super) fn shown_answer(response: &NativeResponse, asked: &Asked<'_>) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 {}\n", response.status).into_bytes();
    for (name, value) in &response.headers {
        out.extend_from_slice(format!("{name}: ").as_bytes());
        out.extend_from_slice(value);
        out.push(b'\n');
    }
    let media = response.content_type.as_deref();
    body(
        &mut out,
        media,
        Some(&response.body).filter(|body| !body.is_empty()),
        asked,
    );
    out
}

/// Adds a body with its media type.
fn body(out: &mut Vec<u8>, media: Option<&str>, body: Option<&Vec<u8>>, asked: &Asked<'_>) {
    if let Some(media) = media {
        out.extend_from_slice(format!("content-type: {media}\n").as_bytes());
    }
    let Some(body) = body else {
        return;
    };
    out.push(b'\n');
    // Over a base the bytes are the message.
    let shown = if asked.raw || asked.base.is_some() {
        body.clone()
    } else {
        show::pretty(body, wire(media.unwrap_or_default()))
    };
    out.extend_from_slice(shown.trim_ascii_end());
    out.push(b'\n');
}

pub(super) fn document(
    bytes: &[u8],
    wire: Wire,
    raw: bool,
    console: &mut Console,
) -> io::Result<()> {
    if raw {
        return console.say(bytes);
    }
    console.line(show::pretty(bytes, wire).trim_ascii_end())
}

pub(super) fn losses(losses: &[Lost], count: u32, console: &mut Console) -> io::Result<()> {
    for loss in losses {
        let at = loss.parameter.as_deref().unwrap_or(&loss.pointer);
        let at = if at.is_empty() { "the document" } else { at };
        console.note(format!("lost: {} at {at}", loss.code))?;
    }
    let untold = usize::try_from(count)
        .unwrap_or(usize::MAX)
        .saturating_sub(losses.len());
    if untold > 0 {
        console.note(format!("lost: {untold} more"))?;
    }
    Ok(())
}

/// Says what a gateway refuses before it asks an upstream.
pub(super) fn refusals(refused: &[Foreseen], console: &mut Console) -> io::Result<Exit> {
    for Foreseen { code, at, detail } in refused {
        let at = match at.is_empty() {
            true => String::new(),
            false => format!(" at {at}"),
        };
        let detail = match detail.is_empty() {
            true => String::new(),
            false => format!(": {detail}"),
        };
        console.note(format!("error: {code}{at}{detail}"))?;
    }
    Ok(Exit::Findings)
}

pub(super) fn told(fault: &CallerFault) -> String {
    let at = fault.pointer.as_deref().or(fault.parameter.as_deref());
    let at = at.map_or_else(String::new, |at| format!(" at {at}"));
    format!("{}{at}: expected {}", fault.code, fault.detail)
}
