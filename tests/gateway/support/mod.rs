//! A gateway over the real canonical model, with everything behind it scripted.

mod fake;
mod wire;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use interlingua::config::Limits;
use interlingua::gateway::translate::Translate;
use interlingua::gateway::{
    CallbackDoor, Caller, Carry, Changes, Cursors, Events, Gateway, Judge, RoutingRule, Setup,
    UpstreamSetup,
};
use interlingua::mapping::catalog::Catalog;
use interlingua::telemetry::{Metrics, Telemetry};
use serde_json::Value;
use tokio::task::JoinHandle;
use tower::Service;

pub(crate) use fake::{Fake, lost, outcome};
pub(crate) use wire::{Scripted, Wire, answer, failure, hangs, held, xml};

/// The canonical model and operations of the project.
pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/canonical");
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        files.insert(
            format!("schemas/canonical/{name}"),
            std::fs::read(&path).unwrap(),
        );
    }
    let (catalog, report) = Catalog::load(files);
    assert!(!report.has_errors(), "the canonical files are whole");
    catalog
});

/// The judge of its bodies, which takes longest to make.
static JUDGE: LazyLock<Arc<Judge>> = LazyLock::new(|| {
    Arc::new(Judge::new(&CATALOG.operations, &CATALOG.canonical_schemas).unwrap())
});

/// A gateway and what stands behind it.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) metrics: Metrics,
    pub(crate) alpha: Arc<Fake>,
    pub(crate) wire: Arc<Wire>,
}

/// What a world is made of.
pub(crate) struct Plan {
    pub(crate) alpha: Fake,
    pub(crate) beta: Fake,
    pub(crate) wire: Wire,
    pub(crate) limits: Limits,
    pub(crate) deadline: Duration,
    pub(crate) routing: Vec<RoutingRule>,
    pub(crate) default_upstream: Option<Box<str>>,
    pub(crate) events: Option<Events>,
    pub(crate) callers: Option<interlingua::gateway::callers::Callers>,
    pub(crate) journal: Option<interlingua::journal::Journal>,
    /// Who may send callbacks of `alpha`.
    pub(crate) door: Option<CallbackDoor>,
    /// Bytes of the cache.
    pub(crate) cache: usize,
    pub(crate) longest_kept: Option<Duration>,
    /// Shared with the worlds of other gateways of the same process.
    pub(crate) changes: Changes,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

// === impl Plan ===

impl Default for Plan {
    fn default() -> Self {
        Self {
            alpha: Fake::default(),
            beta: Fake::offering(&["getCustomer"]),
            wire: Wire::default(),
            limits: Limits::default(),
            deadline: Duration::from_secs(20),
            routing: Vec::new(),
            default_upstream: None,
            events: None,
            callers: None,
            journal: None,
            door: None,
            cache: 1 << 20,
            longest_kept: None,
            changes: Changes::default(),
        }
    }
}

impl Plan {
    pub(crate) fn build(mut self) -> World {
        let alpha = Arc::new(std::mem::take(&mut self.alpha));
        let beta = Arc::new(std::mem::take(&mut self.beta));
        let mut door = self.door.take();
        let longest_kept = self.longest_kept;
        let mut world = self.build_with(|client| {
            let mut upstream = |name: &str, fake: &Arc<Fake>| {
                let translator: Arc<dyn Translate> = fake.clone();
                UpstreamSetup {
                    name: name.into(),
                    mapping: name.into(),
                    version: "1".into(),
                    base_path: "/base".into(),
                    translator,
                    client: Arc::clone(&client),
                    capabilities: serde_json::json!({
                        "name": name,
                        "operations": [{ "id": "getCustomer" }],
                    })
                    .into(),
                    callbacks: (name == "alpha").then(|| door.take()).flatten(),
                    longest_kept,
                }
            };
            vec![upstream("alpha", &alpha), upstream("beta", &beta)]
        });
        world.alpha = alpha;
        world
    }

    /// A world of other upstreams, which all speak to the one wire.
    pub(crate) fn build_with(
        self,
        upstreams: impl FnOnce(Arc<dyn Carry>) -> Vec<UpstreamSetup>,
    ) -> World {
        let metrics = Metrics::new("0").unwrap();
        let wire = Arc::new(self.wire);
        let gateway = Gateway::new(Setup {
            operations: &CATALOG.operations,
            judge: Arc::clone(&JUDGE),
            openapi: "{\"openapi\":\"3.1.0\"}".into(),
            upstreams: upstreams(wire.clone()),
            routing: self.routing,
            default_upstream: self.default_upstream,
            caller: Caller::default(),
            trust_callers: true,
            callers: self.callers,
            limits: self.limits,
            deadline: self.deadline,
            telemetry: Telemetry {
                metrics: metrics.clone(),
                access_log: false,
                traces: Default::default(),
            },
            cursors: Cursors::with_key(b"a key of the tests"),
            events: self.events,
            journal: self.journal.map(Arc::new),
            cache: Some(self.cache),
            changes: self.changes,
        });
        World {
            gateway: gateway.unwrap(),
            metrics,
            alpha: Arc::default(),
            wire,
        }
    }
}

// === impl World ===

impl World {
    /// A world whose upstream answers these, in order.
    pub(crate) fn answering(answers: impl IntoIterator<Item = wire::Scripted>) -> Self {
        Plan {
            wire: Wire::answering(answers),
            ..Plan::default()
        }
        .build()
    }

    pub(crate) async fn call(&self, request: Request<Full<Bytes>>) -> Answer {
        call(self.gateway.clone(), request).await
    }

    /// Begins a call that runs beside others.
    pub(crate) fn begin(&self, request: Request<Full<Bytes>>) -> JoinHandle<Answer> {
        tokio::spawn(call(self.gateway.clone(), request))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(get(path)).await
    }
}

async fn call(mut gateway: Gateway, request: Request<Full<Bytes>>) -> Answer {
    let Ok(response) = gateway.call(request).await;
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        text: String::from_utf8(body.to_vec()).unwrap(),
    }
}

// === impl Answer ===

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.text
        );
        let code = self.json()["code"].as_str().unwrap().to_owned();
        (self.status.as_u16(), code)
    }
}

pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "gateway.example");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap()
}

pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    request("GET", path, &[("x-request-id", "r1")], "")
}

/// A request with a JSON body for the upstream `alpha`.
pub(crate) fn json(method: &str, path: &str, body: &str) -> Request<Full<Bytes>> {
    let headers = [
        ("x-request-id", "r1"),
        ("content-type", "application/json"),
        ("interlingua-upstream", "alpha"),
    ];
    request(method, path, &headers, body)
}

/// The same with one header more.
pub(crate) fn with(
    mut request: Request<Full<Bytes>>,
    name: &'static str,
    value: &str,
) -> Request<Full<Bytes>> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}
