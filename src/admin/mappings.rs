//! What operators see and change: mappings, configuration, upstreams, the API, and the process itself.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arc_swap::ArcSwap;
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
use crate::upstream::Whereabouts;

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

/// An upstream as it is while it is called.
#[derive(Debug)]
pub struct Observed {
    /// What is counted of it.
    pub meters: UpstreamMeters,
    /// Its addresses.
    pub whereabouts: Whereabouts,
}

/// Answers operators on this machine.
#[derive(Debug, Clone)]
pub struct Admin {
    hosts: Arc<Hosts>,
    view: Arc<ArcSwap<View>>,
    /// None where nothing may be asked of the process.
    control: Option<Arc<Control>>,
}

/// What operators see of what serves.
#[derive(Debug)]
pub struct View {
    mappings: Bytes,
    config: Bytes,
    reference: Told,
    upstreams: Vec<Observed>,
}

// === impl View ===

impl View {
    /// A view of what is loaded; `version` is of all of it, `config` the effective configuration without its secrets.
    #[must_use]
    pub fn new(version: &str, mappings: &[Loaded], config: &Value) -> Self {
        let listing = mappings.iter().map(|loaded| {
            json!({
                "upstream": loaded.upstream,
                "mapping": loaded.mapping,
                "version": loaded.version,
            })
        });
        let listing: Vec<_> = listing.collect();
        let mappings = json!({ "version": version, "mappings": listing });
        Self {
            mappings: mappings.to_string().into(),
            config: config.to_string().into(),
            reference: Bytes::new().into(),
            upstreams: Vec::new(),
        }
    }

    /// Answers `/reference` with a page, such as [`super::page`] writes it.
    #[must_use]
    pub fn with_reference(mut self, page: impl Into<Told>) -> Self {
        self.reference = page.into();
        self
    }

    /// Answers `/upstreams` with how these are.
    #[must_use]
    pub fn with_upstreams(mut self, upstreams: impl IntoIterator<Item = Observed>) -> Self {
        self.upstreams = upstreams.into_iter().collect();
        self
    }

    /// How each upstream is now.
    fn upstreams(&self) -> String {
        let one = |observed: &Observed| {
            let now = observed.meters.now();
            let addresses = observed.whereabouts.now().into_iter().map(|one| {
                json!({
                    "address": one.address.to_string(),
                    "resting": one.is_resting,
                    "running": one.running,
                })
            });
            json!({
                "name": observed.meters.upstream(),
                "suspended": now.is_suspended,
                "running": now.running,
                "waiting": now.waiting,
                "connections": now.connections,
                "addresses": addresses.collect::<Vec<_>>(),
            })
        };
        let items: Vec<_> = self.upstreams.iter().map(one).collect();
        json!({ "upstreams": items }).to_string()
    }
}

// === impl Admin ===

impl Admin {
    /// Answers with this view, to whoever asks under one of these hosts.
    #[must_use]
    pub fn new(hosts: Hosts, view: View) -> Self {
        Self {
            hosts: Arc::new(hosts),
            view: Arc::new(ArcSwap::from_pointee(view)),
            control: None,
        }
    }

    /// Answers with another view from here on.
    pub fn show(&self, view: View) {
        self.view.store(Arc::new(view));
    }

    /// Does what operators ask of the process.
    #[must_use]
    pub fn with_control(mut self, control: Control) -> Self {
        self.control = Some(Arc::new(control));
        self
    }

    async fn answer<B>(&self, head: &Parts, body: B) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<tower::BoxError>,
    {
        if !self.hosts.admit(&head.uri, &head.headers) {
            return problem(
                Code::Forbidden,
                "The listener is not asked under this host or from this origin.",
            );
        }
        if let (Some(order), Some(control)) = (Order::at(head.uri.path()), &self.control) {
            return control.answer(order, &head.method, body).await;
        }
        if let Some(refusal) = unless_read(&head.method) {
            return refusal;
        }
        let view = self.view.load_full();
        match head.uri.path() {
            "/mappings" => json(view.mappings.clone()),
            "/config" => json(view.config.clone()),
            "/upstreams" => json(view.upstreams()),
            "/reference" => {
                let Some(page) = view.reference.text().await else {
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
                "There are `/mappings`, `/config`, `/upstreams`, `/reference`, `/log-level`, `/reload`, `/drain` and `/quitquitquit`.",
            ),
        }
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
