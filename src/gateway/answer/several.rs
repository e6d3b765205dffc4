//! The answer of a list or search at several upstreams: their items one after the other, and what became of each.

use bytes::Bytes;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, Response, StatusCode, Uri};
use http_body_util::Full;

use super::json::{self, AtUpstream};
use super::{Done, PRIVATE, Told, link, preferences, respond};
use crate::gateway::operation::Operation;
use crate::gateway::problem::{Code, Problem, Refusal, cause};
use crate::gateway::shared::{Shared, Upstream};
use crate::gateway::translate::Page;
use crate::gateway::wishes::Wishes;
use crate::mapping::ast::Kind;

/// Where an upstream goes on: its name, and its cursor if it does not begin.
pub(in crate::gateway) type Position = (String, Option<String>);

/// One of the upstreams of a call.
#[derive(Debug)]
pub(in crate::gateway) struct Part<'c> {
    pub(in crate::gateway) upstream: &'c Upstream,
    /// Of the page that it was asked for.
    pub(in crate::gateway) cursor: Option<String>,
    pub(in crate::gateway) state: State,
}

/// What became of the call there.
#[derive(Debug)]
pub(in crate::gateway) enum State {
    /// The upstream does not have the operation.
    NotOffered,
    /// It has no further page, or refused for good before.
    NotAsked,
    /// It is being asked.
    Asked,
    Done(Done),
    Failed(Refusal),
}

/// Reads what a cursor holds: those that go on, and no criteria.
pub(in crate::gateway) fn positions(opened: &str) -> Option<Vec<Position>> {
    serde_json::from_str(opened).ok()
}

/// Holds that an answer is a list.
///
/// # Errors
/// 502 if it is none.
pub(in crate::gateway) fn items(done: Done, upstream: &str) -> Result<Done, Refusal> {
    if done.outcome.is_list && done.outcome.body.is_some() {
        return Ok(done);
    }
    Err(Box::new(cause::empty_answer(upstream, done.status)))
}

/// Makes the answer.
///
/// # Errors
/// 502 if none of those that were asked answered.
pub(in crate::gateway) fn compose(
    shared: &Shared,
    operation: &Operation,
    scope: &str,
    uri: &Uri,
    wishes: &Wishes<'_>,
    mut parts: Vec<Part<'_>>,
) -> Result<Response<Full<Bytes>>, Refusal> {
    if !parts
        .iter()
        .any(|part| matches!(part.state, State::Done(_)))
    {
        return Err(Box::new(cause::all_failed(&failures(&parts))));
    }
    let warnings = warnings(&mut parts);
    let mut headers = HeaderMap::with_capacity(4);
    preferences(
        &mut headers,
        wishes.strict && !Told::lacks(&warnings),
        false,
    );
    headers.insert(CACHE_CONTROL, PRIVATE);
    let (page, next) = page(&parts);
    let next = next.map(|positions| shared.cursors.seal(&operation.id, scope, &positions));
    if let (Kind::List, Some(next)) = (operation.kind, &next) {
        link(&mut headers, uri, next);
    }
    let not_offered = Problem::new(Code::NotOffered, "");
    let told: Vec<AtUpstream<'_>> = parts.iter().map(|part| part.told(&not_offered)).collect();
    let items = joined(&parts);
    let document = json::list_of_several(&items, next.as_deref(), &page, &warnings, &told);
    Ok(respond(StatusCode::OK, headers, Some(document)))
}

fn failures<'p>(parts: &'p [Part<'_>]) -> Vec<(&'p str, &'p Problem)> {
    let failed = parts.iter().filter_map(|part| match &part.state {
        State::Failed(problem) => Some((&*part.upstream.name, &**problem)),
        _ => None,
    });
    failed.collect()
}

/// What is known of the page, and where those go on that have more or may be asked again.
fn page(parts: &[Part<'_>]) -> (Page, Option<String>) {
    let mut positions: Vec<(&str, Option<&str>)> = Vec::new();
    let mut page = Page {
        next: None,
        more: Some(false),
        total: Some(0),
    };
    for part in parts {
        let name = &*part.upstream.name;
        match &part.state {
            State::Done(done) => {
                let own = &done.outcome.page;
                if let Some(next) = &own.next {
                    positions.push((name, Some(next)));
                }
                page.more = match (page.more, own.more.or(own.next.is_some().then_some(true))) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
                let totals = page.total.zip(own.total);
                page.total = totals.and_then(|(sum, own)| sum.checked_add(own));
            }
            State::Failed(problem) => {
                page.total = None;
                if problem.is_retryable() {
                    page.more = Some(true);
                    positions.push((name, part.cursor.as_deref()));
                }
            }
            // How many it had is not known any more.
            State::NotAsked | State::Asked => page.total = None,
            State::NotOffered => {}
        }
    }
    if positions.is_empty() {
        return (page, None);
    }
    (page, serde_json::to_string(&positions).ok())
}

/// The warnings of all, each with the upstream that it is of.
fn warnings(parts: &mut [Part<'_>]) -> Vec<Told> {
    let mut all = Vec::new();
    for part in parts {
        if let State::Done(done) = &mut part.state {
            let own = std::mem::take(&mut done.warnings);
            all.extend(own.into_iter().map(|told| Told {
                upstream: Some(part.upstream.name.clone()),
                ..told
            }));
        }
    }
    all
}

/// The items of all as one list, in the order of the upstreams.
fn joined(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = vec![b'['];
    for part in parts {
        let State::Done(done) = &part.state else {
            continue;
        };
        let list = done.outcome.body.as_deref().unwrap_or_default();
        let inner = list.trim_ascii().strip_prefix(b"[");
        let inner = inner.and_then(|list| list.strip_suffix(b"]"));
        let inner = inner.unwrap_or_default().trim_ascii();
        if inner.is_empty() {
            continue;
        }
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(inner);
    }
    out.push(b']');
    out
}

// === impl Part ===

impl Part<'_> {
    fn told<'p>(&'p self, not_offered: &'p Problem) -> AtUpstream<'p> {
        let told = AtUpstream {
            name: &self.upstream.name,
            outcome: "answered",
            status: None,
            problem: None,
            native: &[],
        };
        match &self.state {
            State::Done(done) => AtUpstream {
                status: Some(done.status),
                native: &done.native,
                ..told
            },
            State::Failed(problem) => AtUpstream {
                outcome: "failed",
                status: problem.upstream.as_ref().and_then(|said| said.status),
                problem: Some(problem),
                ..told
            },
            State::NotOffered => AtUpstream {
                outcome: "not-offered",
                problem: Some(not_offered),
                ..told
            },
            State::NotAsked | State::Asked => AtUpstream {
                outcome: "not-asked",
                ..told
            },
        }
    }
}
