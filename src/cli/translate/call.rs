//! A whole call: the request of a canonical one, or what an answer to it means.

use std::io;

use super::show;
use crate::cli::console::{Console, Exit};
use crate::engine::exchange::{
    Answered, Call, CallerFault, Context, Lost, NativeAnswer, NativeRequest, PageRequest, Refused,
    RouteIndex, Worker,
};
use crate::mapping::catalog::{CanonicalOperation, OperationIndex};
use crate::mapping::compile::upstream::{Upstream, wire};
use crate::mapping::plan::Wire;

/// What is to be translated.
pub(super) struct Asked<'a> {
    pub(super) upstream: &'a Upstream,
    /// Media type of the upstream's documents.
    pub(super) media_type: &'a str,
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
    let inputs = inputs(asked.inputs);
    let call = call(asked, &inputs, asked.input);
    let worker = &mut Worker::default();
    if let (Some(base), None) = (asked.upstream.needs_base(&call, worker), asked.base) {
        let message = format!(
            "`{}` changes what is read first: give the upstream's answer to that with `--base`",
            asked.operation.id
        );
        return console.unknown(
            &message,
            Some(format!("it is operation {} of the list", base.0)),
        );
    }
    let base = asked.base.map(|body| answer(asked, 200, body));
    match asked.upstream.request(&call, base.as_ref(), worker) {
        Ok(request) => {
            console.say(written(&request, asked))?;
            losses(&request.losses, request.lost, console)?;
            Ok(Exit::Ok)
        }
        Err(Refused::Faults(faults)) => {
            for fault in &faults {
                console.note(format!("error: {}", told(fault)))?;
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
    let inputs = inputs(asked.inputs);
    let call = call(asked, &inputs, None);
    let mut worker = Worker::default();
    // The route of the inputs, where they say one; else the first.
    let route = asked
        .upstream
        .request(&call, None, &mut worker)
        .map_or(RouteIndex::default(), |request| request.route);
    let answer = answer(asked, asked.status, asked.input.unwrap_or_default());
    match asked.upstream.answer(&call, route, &answer, &mut worker) {
        Answered::Outcome(outcome) => {
            if let Some(body) = &outcome.body {
                document(body, Wire::Json, asked.raw, console)?;
            }
            for warning in &outcome.warnings {
                let detail = warning
                    .detail
                    .as_deref()
                    .map_or_else(String::new, |detail| format!(": {detail}"));
                console.note(format!("warning: {}{detail}", warning.code))?;
            }
            losses(&outcome.losses, outcome.lost, console)?;
            Ok(Exit::Ok)
        }
        Answered::Problem(problem) => {
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
                let at = error
                    .pointer
                    .as_deref()
                    .or(error.native_field.as_deref())
                    .unwrap_or("");
                console.line(format!(
                    "  {at}: {}",
                    error.detail.as_deref().unwrap_or_default()
                ))?;
            }
            Ok(Exit::Ok)
        }
        Answered::Broken(broken) => {
            let place = broken
                .place
                .map_or_else(String::new, |place| format!(" at `{place}`"));
            let expected = broken
                .expected
                .map_or_else(String::new, |expected| format!(": expected {expected}"));
            let at = show::position(asked.input.unwrap_or_default(), broken.at);
            console.note(format!("error: {at}: {}{place}{expected}", broken.code))?;
            Ok(Exit::Findings)
        }
    }
}

fn inputs(given: &[(String, String)]) -> Vec<(&str, &str)> {
    given
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn call<'a>(
    asked: &Asked<'a>,
    inputs: &'a [(&'a str, &'a str)],
    body: Option<&'a [u8]>,
) -> Call<'a> {
    Call {
        operation: asked.index,
        inputs,
        body,
        page: PageRequest::default(),
        context: Context {
            request_id: "00000000-0000-4000-8000-000000000000",
            now_unix_ms: asked.now,
            ..Context::default()
        },
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
    let base = asked
        .upstream
        .base_url
        .split_once("://")
        .map_or("", |(_, rest)| rest);
    let (host, path) = base.find('/').map_or((base, ""), |at| base.split_at(at));
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
    if let Some(media) = &request.content_type {
        out.extend_from_slice(format!("content-type: {media}\n").as_bytes());
    }
    if let Some(body) = &request.body {
        out.push(b'\n');
        let wire = wire(request.content_type.as_deref().unwrap_or_default());
        // Over a base the bytes are the message.
        let shown = if asked.raw || asked.base.is_some() {
            body.clone()
        } else {
            show::pretty(body, wire)
        };
        out.extend_from_slice(shown.trim_ascii_end());
        out.push(b'\n');
    }
    out
}

fn document(bytes: &[u8], wire: Wire, raw: bool, console: &mut Console) -> io::Result<()> {
    if raw {
        return console.say(bytes);
    }
    console.line(show::pretty(bytes, wire).trim_ascii_end())
}

fn losses(losses: &[Lost], count: u32, console: &mut Console) -> io::Result<()> {
    for loss in losses {
        let at = loss.parameter.as_deref().unwrap_or(&loss.pointer);
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

fn told(fault: &CallerFault) -> String {
    let at = fault.pointer.as_deref().or(fault.parameter.as_deref());
    let at = at.map_or_else(String::new, |at| format!(" at {at}"));
    format!("{}{at}: {}", fault.code, fault.detail)
}
