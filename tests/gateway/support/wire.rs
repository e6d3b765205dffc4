//! An upstream that answers from a script and remembers what it was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use interlingua::gateway::{Carry, Carrying};
use interlingua::upstream::{Blame, Failure, FailureKind, Outbound, Sent};
use tokio::sync::Notify;

/// What comes of one request: an answer, a failure, or nothing at all.
#[derive(Debug, Clone)]
pub(crate) enum Scripted {
    Answer(u16, &'static [(&'static str, &'static str)], String),
    Fails(Failure),
    Hangs,
    /// An answer that is kept back until it is asked for.
    Held(Arc<Notify>, String),
    /// The same with headers.
    HeldWith(Arc<Notify>, &'static [(&'static str, &'static str)], String),
}

/// A scripted upstream; out of script it answers an empty 200.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    script: Mutex<VecDeque<Scripted>>,
    sent: Mutex<Vec<Request<Bytes>>>,
}

pub(crate) fn answer(body: &str) -> Scripted {
    Scripted::Answer(200, &[], body.to_owned())
}

pub(crate) fn xml(status: u16, body: &str) -> Scripted {
    let headers = &[("content-type", "application/xml; charset=utf-8")];
    Scripted::Answer(status, headers, body.to_owned())
}

pub(crate) fn hangs() -> Scripted {
    Scripted::Hangs
}

/// An answer, and what lets it go.
pub(crate) fn held(body: &str) -> (Scripted, Arc<Notify>) {
    let go = Arc::new(Notify::new());
    (Scripted::Held(Arc::clone(&go), body.to_owned()), go)
}

pub(crate) fn failure(kind: FailureKind, sent: Sent) -> Scripted {
    Scripted::Fails(Failure {
        kind,
        blame: Blame::Upstream,
        sent,
        lasts: None,
    })
}

// === impl Wire ===

impl Wire {
    pub(crate) fn answering(script: impl IntoIterator<Item = Scripted>) -> Self {
        Self {
            script: Mutex::new(script.into_iter().collect()),
            sent: Mutex::default(),
        }
    }

    /// Methods and targets of what was sent.
    pub(crate) fn sent(&self) -> Vec<String> {
        let line = |request: &Request<Bytes>| format!("{} {}", request.method(), request.uri());
        self.sent.lock().unwrap().iter().map(line).collect()
    }

    /// The values of a header, of those requests that have it.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        let values = sent
            .iter()
            .filter_map(|request| request.headers().get(name));
        values
            .map(|value| value.to_str().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn last(&self) -> Request<Bytes> {
        self.sent.lock().unwrap().last().unwrap().clone()
    }
}

impl Carry for Wire {
    fn carry(&self, outbound: Outbound) -> Carrying {
        self.sent.lock().unwrap().push(outbound.request);
        let scripted = self.script.lock().unwrap().pop_front();
        Box::pin(async move {
            match scripted.unwrap_or_else(|| answer("")) {
                Scripted::Answer(status, headers, body) => Ok(response(status, headers, body)),
                Scripted::Fails(failure) => Err(failure),
                Scripted::Hangs => std::future::pending().await,
                Scripted::Held(go, body) => {
                    go.notified().await;
                    Ok(response(200, &[], body))
                }
                Scripted::HeldWith(go, headers, body) => {
                    go.notified().await;
                    Ok(response(200, headers, body))
                }
            }
        })
    }
}

fn response(status: u16, headers: &[(&str, &str)], body: String) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Bytes::from(body)).unwrap()
}
