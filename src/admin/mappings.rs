//! What operators see and change: mappings, configuration, upstreams, the API, and the process itself.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use serde_json::{Value, json};
use tower::Service;

use super::answer::{fresh, problem, unless_read};
use super::control::{Control, Order};
use super::guard::Hosts;
use super::reference::POLICY;
use crate::gateway::Told;
use crate::gateway::problem::Code;
use crate::telemetry::UpstreamMeters;

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

/// Answers operators on this machine.
#[derive(Debug, Clone)]
pub struct Admin {
    shared: Arc<Shared>,
}

#[derive(Debug, Clone)]
struct Shared {
    hosts: Hosts,
    mappings: Bytes,
    config: Bytes,
    reference: Told,
    upstreams: Arc<[UpstreamMeters]>,
    /// None where nothing may be asked of the process.
    control: Option<Control>,
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
                upstreams: Arc::default(),
                control: None,
            }),
        }
    }

    /// Answers `/reference` with a page, such as [`super::page`] writes it.
    #[must_use]
    pub fn with_reference(mut self, page: impl Into<Told>) -> Self {
        Arc::make_mut(&mut self.shared).reference = page.into();
        self
    }

    /// Answers `/upstreams` with how these are.
    #[must_use]
    pub fn with_upstreams(mut self, upstreams: impl IntoIterator<Item = UpstreamMeters>) -> Self {
        Arc::make_mut(&mut self.shared).upstreams = upstreams.into_iter().collect();
        self
    }

    /// Does what operators ask of the process.
    #[must_use]
    pub fn with_control(mut self, control: Control) -> Self {
        Arc::make_mut(&mut self.shared).control = Some(control);
        self
    }

    async fn answer<B>(&self, head: &Parts, body: B) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<tower::BoxError>,
    {
        if !self.shared.hosts.admit(&head.uri, &head.headers) {
            return problem(
                Code::Forbidden,
                "The listener is not asked under this host or from this origin.",
            );
        }
        if let (Some(order), Some(control)) = (Order::at(head.uri.path()), &self.shared.control) {
            return control.answer(order, &head.method, body).await;
        }
        if let Some(refusal) = unless_read(&head.method) {
            return refusal;
        }
        match head.uri.path() {
            "/mappings" => json(self.shared.mappings.clone()),
            "/config" => json(self.shared.config.clone()),
            "/upstreams" => json(self.upstreams()),
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
                "There are `/mappings`, `/config`, `/upstreams`, `/reference`, `/log-level`, `/drain` and `/quitquitquit`.",
            ),
        }
    }

    /// How each upstream is now.
    fn upstreams(&self) -> String {
        let one = |meters: &UpstreamMeters| {
            let now = meters.now();
            json!({
                "name": meters.upstream(),
                "suspended": now.is_suspended,
                "running": now.running,
                "waiting": now.waiting,
                "connections": now.connections,
            })
        };
        let items: Vec<_> = self.shared.upstreams.iter().map(one).collect();
        json!({ "upstreams": items }).to_string()
    }
}

fn json(text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    fresh(StatusCode::OK, "application/json", text)
}

impl<B> Service<Request<B>> for Admin
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<tower::BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let admin = self.clone();
        let (head, body) = request.into_parts();
        Box::pin(async move { Ok(admin.answer(&head, body).await) })
    }
}
