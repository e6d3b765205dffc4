//! A document that an upstream sends by itself: read, given to the application, and only then acknowledged.

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::body::gather;
use super::change;
use crate::config::Network;
use crate::engine::exchange::equal;
use crate::gateway::cache::Subject;
use crate::gateway::digest;
use crate::gateway::events::Events;
use crate::gateway::listener::Peer;
use crate::gateway::problem::{Code, Problem, Refusal, cause};
use crate::gateway::record::Record;
use crate::gateway::route::Parameters;
use crate::gateway::route::path::segment;
use crate::gateway::shared::{Shared, Upstream};
use crate::gateway::translate::{Context, Event as Happened, ReceivedDocument};
use crate::telemetry::Event;
use crate::telemetry::events::{EventEnd, EventSent};

/// Who may send callbacks of an upstream.
#[derive(Debug, Clone)]
pub struct CallbackDoor {
    /// The header that proves it.
    pub header: HeaderName,
    /// Its whole value.
    pub secret: SecretString,
    /// Addresses that they come from; none are any.
    pub from: Vec<Network>,
}

// === impl CallbackDoor ===

impl CallbackDoor {
    /// Whether a request may come in. Compared in a time that does not depend on where two values differ.
    fn admits(&self, head: &Parts) -> bool {
        self.is_from(head.extensions.get()) && self.is_proved(&head.headers)
    }

    /// Whether it comes from one of the addresses; nobody knows where one without an address comes from.
    fn is_from(&self, peer: Option<&Peer>) -> bool {
        let holds = |peer: &Peer| self.from.iter().any(|network| network.holds(peer.0));
        self.from.is_empty() || peer.is_some_and(holds)
    }

    fn is_proved(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(&self.header).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return false;
        };
        equal(value.as_bytes(), self.secret.expose_secret().as_bytes())
    }
}

/// Serves a callback.
///
/// # Errors
/// 401 for a stranger, 404 where none are taken, 413, 415, 503 if the application did not take what it tells.
pub(super) async fn serve<B>(
    shared: &Shared,
    record: &Record,
    request: Request<B>,
    parameters: Parameters,
) -> Result<Response<Full<Bytes>>, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<tower::BoxError>,
{
    let (head, body) = request.into_parts();
    let name = parameters.segments(head.uri.path()).next();
    let name = name.and_then(|name| segment(name).ok());
    let position = name.and_then(|name| shared.find_upstream(&name));
    let upstream = position.and_then(|position| shared.upstream(position));
    let taken = upstream.and_then(|upstream| {
        let (door, events) = (upstream.door.as_ref()?, shared.events.as_ref()?);
        Some((upstream, door, events))
    });
    let Some((upstream, door, events)) = taken else {
        let detail = "No upstream of this name sends callbacks.";
        return Err(Box::new(Problem::new(Code::NotFound, detail)));
    };
    if !door.admits(&head) {
        return Err(Box::new(Problem::new(Code::Unauthenticated, "")));
    }
    // Something has changed there, whatever it is; an application that reads it now is to see it.
    let _change = change(shared, record, upstream, Subject::Anything);
    let content_type = content_type(&head)?;
    record.receive(true);
    let body = gather(body, shared.limits.body).await?;
    record.receive(false);
    let context = Context {
        request_id: record.id.as_str(),
        now_unix_ms: i64::try_from(record.now_unix_ms).unwrap_or(i64::MAX),
        nonce: shared.identities.nonce(),
        ..Context::default()
    };
    let document = ReceivedDocument {
        content_type,
        body: &body,
    };
    let happened = upstream.translator.events(&document, &context);
    let told = deliver(shared, record, upstream, events, &happened);
    match timeout(shared.span_of_parts, told).await {
        Ok(true) => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NO_CONTENT;
            Ok(response)
        }
        Ok(false) | Err(_) => Err(Box::new(cause::not_delivered())),
    }
}

/// The one media type, of a body that is not encoded.
fn content_type(head: &Parts) -> Result<Option<&str>, Refusal> {
    let refuse = |detail: &'static str| Box::new(Problem::new(Code::UnsupportedMediaType, detail));
    let mut codings = head.headers.get_all(CONTENT_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(refuse("The body must not be encoded."));
    }
    let mut types = head.headers.get_all(CONTENT_TYPE).iter();
    let first = types.next().map(|value| value.to_str());
    match (first, types.next()) {
        (None, _) => Ok(None),
        (Some(Ok(one)), None) => Ok(Some(one)),
        _ => Err(refuse("The body must be of one media type.")),
    }
}

/// Gives events to the application, one after the other: they stand in the order in which they happened. Ends at the
/// first that it does not take; when the document comes again, those before it bear the same ids.
async fn deliver(
    shared: &Shared,
    record: &Record,
    upstream: &Upstream,
    events: &Events,
    happened: &[Happened],
) -> bool {
    for event in happened {
        let own = [
            &*upstream.name,
            ":",
            &digest::hex(&shared.identities.nonce()),
        ]
        .concat();
        let id = event.id.as_deref().unwrap_or(&own);
        let message = message_id(&upstream.name, &event.kind, id);
        let seconds = record.now_unix_ms / 1_000;
        let (document, trace) = (event.document(id), record.trace.clone());
        let end = events.send(&message, seconds, document, trace).await;
        EventSent {
            upstream: &upstream.name,
            event: &event.kind,
            call: record.ids(),
            end,
        }
        .emit(&shared.telemetry);
        if end != EventEnd::Delivered {
            return false;
        }
    }
    true
}

/// The id of the message that bears an event: events of two types may have one id. Nothing can be read out of it.
fn message_id(upstream: &str, kind: &str, id: &str) -> String {
    // No name holds a line's end.
    let text = [upstream, "\n", kind, "\n", id].concat();
    ["msg_", &digest::hex(text.as_bytes())].concat()
}
