//! The answer of a call that succeeded: status, headers, and the one buffer of its body.

mod json;
pub(super) mod several;

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use http_body_util::Full;

use super::etag;
use super::operation::{Location, Operation};
use super::problem::{Refusal, cause};
use super::route::path::push_segment;
use super::route::query::with_cursor;
use super::shared::{Shared, Upstream};
use super::translate::{Leg, Lost, OperationIndex, Outcome, Page};
use super::wishes::Wishes;
use crate::mapping::ast::Kind;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Records of people are nobody's to keep but the caller's, who asks again before use.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Code of what a rule leaves out, since its place does not take it.
const INVALID: &str = "invalid";

/// What a call came to.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) outcome: Box<Outcome>,
    pub(super) warnings: Vec<Told>,
    /// What the upstream's answer held beside the model, by places, where that was asked for.
    pub(super) native: Vec<(String, String)>,
    /// The upstream's status.
    pub(super) status: u16,
    /// Whether the answer holds the whole resource, as a read of it would.
    pub(super) is_whole: bool,
}

/// A warning, ready to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) code: Cow<'static, str>,
    pub(super) detail: Cow<'static, str>,
    pub(super) pointer: Option<String>,
    /// How many values it is of, where they are not told one by one.
    pub(super) count: Option<u32>,
    /// The upstream that it is of, where the call went to several.
    pub(super) upstream: Option<Box<str>>,
    /// Why a part of the call was not done.
    pub(super) problem: Option<Refusal>,
}

// === impl Told ===

impl Told {
    /// A value of the caller that was not carried.
    pub(super) fn lost(lost: Lost) -> Self {
        Self {
            code: lost.code.into(),
            detail: match &lost.parameter {
                Some(name) => format!("`{name}`: {}", cause::loss(lost.code)).into(),
                None => cause::loss(lost.code).into(),
            },
            pointer: lost.parameter.is_none().then_some(lost.pointer),
            count: None,
            upstream: None,
            problem: None,
        }
    }

    /// A later call to the upstream failed, whose part of the call was not done, or may not have been.
    pub(super) fn step_failed(leg: &Leg, mut problem: Refusal) -> Self {
        let code = problem.code.row().name;
        let step = &leg.id;
        let (word, what) = if problem.is_certainly_undone() {
            ("not-done", "was not done")
        } else {
            ("may-not-be-done", "may not have been done")
        };
        // The same call would do again what was done before.
        problem.retryable = Some(false);
        Self {
            code: word.into(),
            detail: format!("The step `{step}` failed ({code}): its part of the call {what}.")
                .into(),
            pointer: leg.pointer.clone(),
            count: None,
            upstream: None,
            problem: Some(problem),
        }
    }

    /// The call was made before, without an answer, and what it makes was found afterwards.
    pub(super) fn found_afterwards() -> Self {
        Self {
            code: "found-afterwards".into(),
            detail: "An earlier call with this key got no answer; what it makes is there.".into(),
            pointer: None,
            count: None,
            upstream: None,
            problem: None,
        }
    }

    /// The resource could not be read after it was changed.
    pub(super) fn not_read_back() -> Self {
        Self {
            code: "not-read-back".into(),
            detail: "The change was made; reading the resource afterwards failed.".into(),
            pointer: None,
            count: None,
            upstream: None,
            problem: None,
        }
    }

    /// What of a call was not carried: those values that are named, and how many more there are.
    pub(super) fn all_lost(losses: Vec<Lost>, lost: u32) -> Vec<Self> {
        let named = u32::try_from(losses.len()).unwrap_or(u32::MAX);
        let mut told: Vec<Self> = losses.into_iter().map(Self::lost).collect();
        told.extend(Self::more_lost(lost.saturating_sub(named)));
        told
    }

    #[cold]
    fn more_lost(count: u32) -> Option<Self> {
        (count > 0).then(|| Self {
            code: "more-lost".into(),
            detail: format!("{count} more values are not carried either.").into(),
            pointer: None,
            count: Some(count),
            upstream: None,
            problem: None,
        })
    }

    /// Tells whether these are of an answer that lacks something which strict handling would not let go.
    fn lacks(told: &[Self]) -> bool {
        told.iter()
            .any(|told| told.code == INVALID && told.count.is_some())
    }

    /// Values of the upstream's answer that are none of the model's, so that their places are left out.
    pub(super) fn invalid(count: u32) -> Option<Self> {
        (count > 0).then(|| Self {
            code: INVALID.into(),
            detail: "The upstream's answer has values that are none of this API's: their places are left out, and `include=native` tells where they stand.".into(),
            pointer: None,
            count: Some(count),
            upstream: None,
            problem: None,
        })
    }
}

/// What the answer of a call is made by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Composer<'c> {
    pub(super) shared: &'c Shared,
    pub(super) upstream: &'c Upstream,
    pub(super) operation: &'c Operation,
    pub(super) index: OperationIndex,
    pub(super) uri: &'c Uri,
    pub(super) wishes: &'c Wishes<'c>,
}

// === impl Composer ===

impl Composer<'_> {
    /// Makes the answer.
    ///
    /// # Errors
    /// 502 if the upstream's answer holds no resource where one is to be answered.
    pub(super) fn compose(&self, done: Done) -> Result<Response<Full<Bytes>>, Refusal> {
        let operation = self.operation;
        let mut outcome = *done.outcome;
        let reads = matches!(operation.kind, Kind::Get | Kind::List | Kind::Search);
        let minimal = self.wishes.minimal && !operation.is_read;
        let body = outcome.body.take();
        let body = body.filter(|_| operation.answers && !minimal);
        if reads && body.is_none() {
            return Err(Box::new(cause::empty_answer(
                &self.upstream.name,
                done.status,
            )));
        }
        let mut headers = HeaderMap::with_capacity(8);
        let strict = self.wishes.strict && !Told::lacks(&done.warnings);
        preferences(&mut headers, strict, minimal);
        if reads {
            headers.insert(CACHE_CONTROL, PRIVATE);
        }
        if operation.kind == Kind::Create {
            let id = outcome.id.as_deref().or(outcome.reference.as_deref());
            locate(&mut headers, operation, self.uri, id);
        }
        let beside = json::Beside {
            warnings: &done.warnings,
            native: &done.native,
        };
        let document = match body {
            Some(items) if outcome.is_list => {
                Some(self.list(&items, outcome.page, beside, &mut headers))
            }
            Some(resource) => {
                if self.is_known(&resource, outcome.etag, done.is_whole, &mut headers) {
                    return Ok(respond(StatusCode::NOT_MODIFIED, headers, None));
                }
                Some(json::with(resource, beside))
            }
            None if done.warnings.is_empty() => None,
            None => Some(json::with(
                b"{}".to_vec(),
                json::Beside {
                    native: &[],
                    ..beside
                },
            )),
        };
        let status = match (operation.kind, &document) {
            (Kind::Create, _) => StatusCode::CREATED,
            (_, Some(_)) => StatusCode::OK,
            (_, None) => StatusCode::NO_CONTENT,
        };
        Ok(respond(status, headers, document))
    }

    fn list(
        &self,
        items: &[u8],
        mut page: Page,
        beside: json::Beside<'_>,
        headers: &mut HeaderMap,
    ) -> Vec<u8> {
        let (operation, upstream) = (&self.operation.id, &self.upstream.name);
        let next = page.next.take();
        let next = next.map(|cursor| self.shared.cursors.seal(operation, upstream, &cursor));
        if let (Kind::List, Some(next)) = (self.operation.kind, &next) {
            link(headers, self.uri, next);
        }
        json::list(items, next.as_deref(), &page, beside)
    }

    /// Tags the resource, and tells whether the caller has it already.
    fn is_known(
        &self,
        resource: &[u8],
        given: Option<String>,
        is_whole: bool,
        headers: &mut HeaderMap,
    ) -> bool {
        // What a change answers has the tag that a read of it would give.
        let read_by = match self.operation.kind {
            Kind::Get => Some(self.index),
            Kind::Update | Kind::Replace => self.operation.reader,
            Kind::List | Kind::Search | Kind::Create | Kind::Delete | Kind::Command => None,
        };
        let hashed = is_whole && read_by.is_some_and(|read_by| self.upstream.is_tagged(read_by));
        let Some(tag) = given.or_else(|| hashed.then(|| etag::of(resource))) else {
            return false;
        };
        let condition = self.wishes.if_none_match;
        let known = condition.is_some_and(|known| etag::matches_weakly(known, &tag));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(ETAG, tag);
        }
        known
    }
}

fn respond(
    status: StatusCode,
    mut headers: HeaderMap,
    document: Option<Vec<u8>>,
) -> Response<Full<Bytes>> {
    if document.is_some() {
        headers.insert(CONTENT_TYPE, JSON);
    }
    let body = document.map(Bytes::from).unwrap_or_default();
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// RFC 7240, 3: which preferences were kept.
fn preferences(headers: &mut HeaderMap, strict: bool, minimal: bool) {
    let applied = match (strict, minimal) {
        (true, true) => "handling=strict, return=minimal",
        (true, false) => "handling=strict",
        (false, true) => "return=minimal",
        (false, false) => return,
    };
    headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static(applied));
}

/// Says where a created resource is. An upstream that does not say how it calls it leaves that open.
fn locate(headers: &mut HeaderMap, operation: &Operation, uri: &Uri, id: Option<&str>) {
    let mut path = uri.path().to_owned();
    match (operation.location, id) {
        (Location::Same, _) => {}
        (Location::Below, Some(id)) => {
            path.push('/');
            push_segment(&mut path, id);
        }
        (Location::Below, None) => return,
    }
    if let Ok(path) = HeaderValue::try_from(path) {
        headers.insert(LOCATION, path);
    }
}

/// RFC 8288: the next page, by the same query with another cursor.
fn link(headers: &mut HeaderMap, uri: &Uri, cursor: &str) {
    let query = with_cursor(uri.query().unwrap_or_default(), cursor);
    let link = ["<", uri.path(), "?", &query, ">; rel=\"next\""].concat();
    if let Ok(link) = HeaderValue::try_from(link) {
        headers.insert(LINK, link);
    }
}
