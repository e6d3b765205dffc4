//! Events on their way to the application, signed as Standard Webhooks has it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use ring::hmac;

use super::carry::Carry;
use crate::telemetry::events::EventEnd;
use crate::upstream::{Onward, Outbound};

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// What a secret begins with, where it says what it is.
const PREFIX: &str = "whsec_";

/// Where events go.
#[derive(Debug)]
pub struct Events {
    client: Arc<dyn Carry>,
    target: Uri,
    key: hmac::Key,
}

/// Why there is nowhere to send events to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventsFault {
    /// What should be the URL of the application is none.
    #[error("the URL is none")]
    Target,
    /// The secret is no Base64.
    #[error("the secret is no Base64, with or without `whsec_` in front")]
    Secret,
}

// === impl Events ===

impl Events {
    /// Takes the client of the application, the URL there, whose path and query count, and the secret of Standard
    /// Webhooks: `whsec_` and Base64.
    ///
    /// # Errors
    /// What of it is not of its form; the secret is not quoted.
    pub fn new(client: Arc<dyn Carry>, url: &str, secret: &str) -> Result<Self, EventsFault> {
        let url: Uri = url.parse().map_err(|_| EventsFault::Target)?;
        let root = PathAndQuery::from_static("/");
        let target = url.into_parts().path_and_query.unwrap_or(root);
        Ok(Self {
            client,
            target: Uri::from(target),
            key: key(secret).ok_or(EventsFault::Secret)?,
        })
    }

    /// Whether a text can sign events: Base64 of something, with or without `whsec_` in front.
    #[must_use]
    pub fn is_secret(text: &str) -> bool {
        key(text).is_some()
    }

    /// Sends an event once, as a part of this trace, and tells what became of it.
    pub(super) async fn send(
        &self,
        id: &str,
        unix_seconds: u64,
        document: Vec<u8>,
        trace: Option<Onward>,
    ) -> EventEnd {
        let signature = signature(&self.key, id, unix_seconds, &document);
        let mut request = Request::new(Bytes::from(document));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(TIMESTAMP, HeaderValue::from(unix_seconds));
        for (name, value) in [(ID, id), (SIGNATURE, &*signature)] {
            let Ok(value) = HeaderValue::from_str(value) else {
                return EventEnd::Failed("bad-header");
            };
            headers.insert(name, value);
        }
        // Who gets it tells repetitions apart by its id.
        let outbound = Outbound {
            request,
            is_repeatable: true,
            trace,
        };
        match self.client.carry(outbound).await {
            Ok(answer) if answer.status().is_success() => EventEnd::Delivered,
            Ok(answer) => EventEnd::Refused(answer.status().as_u16()),
            Err(failure) => EventEnd::Failed(failure.kind.name()),
        }
    }
}

fn key(secret: &str) -> Option<hmac::Key> {
    let text = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let bytes = STANDARD
        .decode(text)
        .ok()
        .filter(|bytes| !bytes.is_empty())?;
    Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// The signature of a message, with its version.
fn signature(key: &hmac::Key, id: &str, unix_seconds: u64, body: &[u8]) -> String {
    let mut signed = hmac::Context::with_key(key);
    for part in [id, ".", &unix_seconds.to_string(), "."] {
        signed.update(part.as_bytes());
    }
    signed.update(body);
    ["v1,", &STANDARD.encode(signed.sign())].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the reference libraries.
    #[test]
    fn the_published_example_has_its_signature() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        assert_eq!(
            signature(&key, id, 1_614_265_330, br#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_secret_is_base64_with_or_without_its_prefix() {
        let bare = key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let named = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert_eq!(
            signature(&bare, "a", 1, b"x"),
            signature(&named, "a", 1, b"x")
        );
        for secret in ["", "whsec_", "no base64", "whsec_x"] {
            assert!(key(secret).is_none(), "{secret}");
        }
    }
}
