//! Which mappings are loaded, under which configuration, and what the API is.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tower::Service;

use super::answer::{fresh, problem, unless_read};
use super::guard::Hosts;
use super::reference::POLICY;
use crate::gateway::Told;
use crate::gateway::problem::Code;

/// An upstream with the mapping that serves it.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The upstream's name in the configuration.
    pub upstream: Box<str>,
    /// The mapping's name.
    pub mapping: Box<str>,
    /// What tells two versions of the mapping apart.
    pub version: Box<str>,
}

/// Answers `/mappings`, `/config` and `/reference` to operators on this machine.
#[derive(Debug, Clone)]
pub struct Admin {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    hosts: Hosts,
    mappings: Bytes,
    config: Bytes,
    reference: Told,
}

// === impl Admin ===

impl Admin {
    /// Makes the operators' view of what is loaded; `config` is the effective configuration without its secrets.
    #[must_use]
    pub fn new(hosts: Hosts, mappings: &[Loaded], config: &Value) -> Self {
        let listing = mappings.iter().map(|loaded| {
            json!({
                "upstream": loaded.upstream,
                "mapping": loaded.mapping,
                "version": loaded.version,
            })
        });
        let listing: Vec<_> = listing.collect();
        let mappings = json!({ "mappings": listing }).to_string().into();
        Self {
            shared: Arc::new(Shared {
                hosts,
                mappings,
                config: config.to_string().into(),
                reference: Bytes::new().into(),
            }),
        }
    }

    /// Answers `/reference` with a page, such as [`super::page`] writes it.
    #[must_use]
    pub fn with_reference(self, page: impl Into<Told>) -> Self {
        let Shared {
            hosts,
            mappings,
            config,
            ..
        } = &*self.shared;
        let shared = Shared {
            hosts: hosts.clone(),
            mappings: mappings.clone(),
            config: config.clone(),
            reference: page.into(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    async fn answer(&self, head: &Parts) -> Response<Full<Bytes>> {
        if !self.shared.hosts.admit(&head.uri, &head.headers) {
            return problem(
                Code::Forbidden,
                "The listener is not asked under this host or from this origin.",
            );
        }
        if let Some(refusal) = unless_read(&head.method) {
            return refusal;
        }
        match head.uri.path() {
            "/mappings" => fresh(
                StatusCode::OK,
                "application/json",
                self.shared.mappings.clone(),
            ),
            "/config" => fresh(
                StatusCode::OK,
                "application/json",
                self.shared.config.clone(),
            ),
            "/reference" => {
                let Some(page) = self.shared.reference.text().await else {
                    return problem(Code::Internal, "");
                };
                let mut response = fresh(StatusCode::OK, "text/html; charset=utf-8", page);
                let headers = response.headers_mut();
                let policy = HeaderValue::from_static(POLICY);
                headers.insert(CONTENT_SECURITY_POLICY, policy);
                let plain = HeaderValue::from_static("nosniff");
                headers.insert(X_CONTENT_TYPE_OPTIONS, plain);
                response
            }
            _ => problem(
                Code::NotFound,
                "There are `/mappings`, `/config` and `/reference`.",
            ),
        }
    }
}

impl<B> Service<Request<B>> for Admin {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let admin = self.clone();
        let (head, _) = request.into_parts();
        Box::pin(async move { Ok(admin.answer(&head).await) })
    }
}
