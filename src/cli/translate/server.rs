//! The upstream's side of a call: what a request of its own dialect asks for, and what it would answer.

use std::io;

use serde_json::Value;

use super::call::{Asked, document, losses, paged, shown_answer};
use crate::cli::console::{Console, Exit};
use crate::engine::LossCode;
use crate::engine::exchange::{
    Accepted, Lost, NotAccepted, Page, ReceivedRequest, Refused, ServerOutcome, ServerProblem,
    Warning, Worker, escaped,
};
use crate::mapping::ast::Word;
use crate::mapping::catalog::CanonicalAnswer;
use crate::mapping::compile::upstream::{Piece, Source, Upstream};
use crate::mapping::plan::Wire;

/// A request as text: its first line, its headers, an empty line, its body.
struct Received<'a> {
    method: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
}

/// Writes the canonical call that a native request is.
pub(super) fn request(asked: &Asked<'_>, console: &mut Console) -> io::Result<Exit> {
    let Some(received) = asked.input.and_then(read) else {
        return console.unknown(
            "this is no request",
            Some("write its first line (`GET /path?query`), its headers, an empty line and its body, as `translate -o` does".to_owned()),
        );
    };
    let own = credentials(asked.upstream);
    let own = own
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    // Who asks what a request means has not to prove who they are, and what is shown holds no credentials.
    let headers: Vec<(&str, &[u8])> = received
        .headers
        .iter()
        .copied()
        .filter(|(name, _)| !asked.upstream.is_credential(&name.to_ascii_lowercase()))
        .chain(own)
        .collect();
    let media = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .and_then(|(_, value)| std::str::from_utf8(value).ok());
    let base = path(&asked.upstream.base_url);
    let request = ReceivedRequest {
        method: received.method,
        target: received
            .target
            .strip_prefix(base)
            .unwrap_or(received.target),
        headers: &headers,
        content_type: media.or((!received.body.is_empty()).then_some(asked.media_type)),
        body: received.body,
    };
    let accepted = match asked.upstream.accept(&request, &mut Worker::default()) {
        Ok(accepted) => accepted,
        Err(refused) => {
            console.note(format!("error: {}", told(&refused)))?;
            return Ok(Exit::Findings);
        }
    };
    if accepted.operation != asked.index {
        let other = asked.name_of(accepted.operation);
        console.note(format!("error: this is a request of `{other}`"))?;
        return Ok(Exit::Findings);
    }
    call(&accepted, asked, console)
}

/// Writes a canonical call: operation, inputs, body.
fn call(accepted: &Accepted, asked: &Asked<'_>, console: &mut Console) -> io::Result<Exit> {
    console.line(&*asked.operation.id)?;
    let limit = accepted.limit.map(|limit| ("limit", limit.to_string()));
    let cursor = accepted.cursor.clone().map(|cursor| ("cursor", cursor));
    let inputs = accepted
        .inputs
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in inputs.chain(limit).chain(cursor) {
        console.line(format!("{name}={value}"))?;
    }
    if let Some(body) = &accepted.body {
        console.line("")?;
        document(body, Wire::Json, asked.raw, console)?;
    }
    losses(
        &accepted.losses,
        u32::try_from(accepted.losses.len()).unwrap_or(u32::MAX),
        console,
    )?;
    Ok(Exit::Ok)
}

/// Writes the answer that the upstream would give for a canonical one.
pub(super) fn response(asked: &Asked<'_>, console: &mut Console) -> io::Result<Exit> {
    let Ok(mut said) = serde_json::from_slice::<Value>(asked.input.unwrap_or(b"{}")) else {
        console.note("error: the document is no JSON")?;
        return Ok(Exit::Findings);
    };
    let (inputs, page) = match paged(asked.inputs) {
        Ok(paged) => paged,
        Err(message) => return console.unknown(&message, None),
    };
    let route = asked.upstream.route_of(&asked.call(&inputs, page, None));
    let accepted = Accepted {
        operation: asked.index,
        route,
        inputs: inputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        limit: page.limit,
        cursor: page.cursor.map(str::to_owned),
        ..Accepted::default()
    };
    let code = text(&said, "code").filter(|_| asked.status >= 400);
    let warnings = warnings(&mut said);
    let (resource, items) = (said.to_string(), said.get("items").map(Value::to_string));
    let is_list = matches!(asked.operation.answer, CanonicalAnswer::Items(_));
    let page = next(&said);
    let outcome = ServerOutcome {
        resource: (!is_list).then_some(resource.as_bytes()),
        items: items.as_deref().filter(|_| is_list).map(str::as_bytes),
        warnings: &warnings,
        page: is_list.then_some(&page),
        problem: code.as_deref().map(|code| ServerProblem {
            code,
            status: asked.status,
            document: Some(resource.as_bytes()),
        }),
        ..ServerOutcome::default()
    };
    let worker = &mut Worker::default();
    let answered = asked
        .upstream
        .respond(&accepted, &outcome, asked.base, worker);
    match answered {
        Ok(mut response) => {
            console.say(shown_answer(&response, asked))?;
            let lost = &mut response.losses;
            lost.iter_mut().for_each(of_callers);
            lost.extend(is_list.then(|| beside_items(&said)).into_iter().flatten());
            let count = u32::try_from(lost.len()).unwrap_or(u32::MAX);
            losses(lost, count, console)?;
            Ok(Exit::Ok)
        }
        Err(unanswerable) => {
            for line in why(unanswerable.faults.as_ref()) {
                console.note(format!("error: {line}"))?;
            }
            Ok(Exit::Findings)
        }
    }
}

/// What an outcome is about is the caller's document.
fn of_callers(lost: &mut Lost) {
    if let Some(pointer) = lost.pointer.strip_prefix("/resource") {
        lost.pointer = pointer.to_owned();
    }
}

/// Why there is no answer.
fn why(faults: Option<&Refused>) -> Vec<String> {
    match faults {
        Some(Refused::Faults(faults)) => faults.iter().map(super::call::told).collect(),
        Some(Refused::Base(broken)) => {
            vec![format!("the base is not understood: {}", broken.code)]
        }
        None => vec![
            "no answer of the operation is of this kind; `--status` says which problem it is"
                .to_owned(),
        ],
    }
}

/// Takes a request apart; none if its first line is no request line.
fn read(text: &[u8]) -> Option<Received<'_>> {
    let mut rest = text;
    let mut line = || {
        let (line, behind) = match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => (rest.get(..at)?, rest.get(at.checked_add(1)?..)?),
            None if rest.is_empty() => return None,
            None => (rest, [].as_slice()),
        };
        rest = behind;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    };
    let mut words = std::str::from_utf8(line()?).ok()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_method || !target.starts_with('/') {
        return None;
    }
    let mut headers = Vec::new();
    while let Some(line) = line().filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = std::str::from_utf8(line.get(..colon)?).ok()?;
        let value = line.get(colon.checked_add(1)?..)?;
        headers.push((name, value.trim_ascii()));
    }
    Some(Received {
        method,
        target,
        headers,
        body: rest.trim_ascii_end(),
    })
}

/// The credentials that calls to the upstream have, as far as settings say them.
fn credentials(upstream: &Upstream) -> Vec<(String, String)> {
    let known = &upstream.credentials;
    let basic = known.basic.iter();
    let basic = basic.map(|basic| ("authorization".to_owned(), basic.shown().to_owned()));
    let headers = known.headers.iter().filter_map(|(name, template)| {
        let pieces = template.pieces.iter().map(|piece| match piece {
            Piece::Literal(literal) => Some(literal.to_string()),
            Piece::Value {
                source: Source::Setting(value),
                ..
            } => Some(value.shown().to_owned()),
            Piece::Value { .. } => None,
        });
        Some((name.to_string(), pieces.collect::<Option<String>>()?))
    });
    basic.chain(headers).collect()
}

/// The path of a base URL, in front of every target.
pub(super) fn path(base_url: &str) -> &str {
    let behind = base_url.split_once("://").map_or("", |(_, rest)| rest);
    behind
        .find('/')
        .and_then(|at| behind.get(at..))
        .unwrap_or("")
}

fn text(node: &Value, name: &str) -> Option<String> {
    node.get(name)?.as_str().map(str::to_owned)
}

/// Takes the warnings out of a canonical answer.
fn warnings(said: &mut Value) -> Vec<Warning> {
    let taken = said
        .as_object_mut()
        .and_then(|members| members.shift_remove("warnings"));
    let list = taken.as_ref().and_then(Value::as_array);
    let warning = |one: &Value| Warning {
        code: text(one, "code").unwrap_or_default(),
        detail: text(one, "detail"),
        pointer: None,
    };
    list.into_iter().flatten().map(warning).collect()
}

/// The members of a list answer that it does not have.
fn beside_items(said: &Value) -> Vec<Lost> {
    let members = said.as_object().into_iter().flatten();
    let strangers = members.filter(|(name, _)| !matches!(name.as_str(), "items" | "page"));
    let lost = |(name, _): (&String, &Value)| Lost {
        code: LossCode::NoPlace.word(),
        pointer: format!("/{}", escaped(name)),
        parameter: None,
    };
    strangers.map(lost).collect()
}

fn next(said: &Value) -> Page {
    let member = |name: &str| said.get("page")?.get(name);
    Page {
        next: member("next").and_then(Value::as_str).map(str::to_owned),
        more: member("more").and_then(Value::as_bool),
        total: member("total").and_then(Value::as_u64),
    }
}

fn told(refused: &NotAccepted) -> String {
    match refused {
        NotAccepted::UnknownPath => "the upstream has no such path".to_owned(),
        NotAccepted::UnknownMethod(methods) => {
            format!("the path is called with {}", methods.join(", "))
        }
        NotAccepted::Unauthenticated => "the credentials are not those of the settings".to_owned(),
        NotAccepted::Value { name, why, .. } => format!("`{name}`: expected {why}"),
        NotAccepted::Body(broken) => {
            let place = broken.place.as_deref();
            let place = place.map_or_else(String::new, |place| format!(" at `{place}`"));
            format!("the body is not understood{place}: {}", broken.code)
        }
    }
}
