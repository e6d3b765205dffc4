//! How calls prove who they come from: made for the upstream, verified by its sandbox, shown to nobody.
#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there"
)]

mod declared;
mod renewed;
mod server;
mod signatures;
mod tokens;
mod wire;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use interlingua::diag::render::{self, Colour};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::check::check;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::telemetry::{Metrics, Telemetry};
use interlingua::upstream::{Outbound, Watch};

/// A key in Base64: the shared secret of RFC 9421, appendix B.1.5.
pub(crate) const KEY: &str =
    "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";

const SCHEMA: &str = "
$defs:
  Client: { type: object, properties: { id: { type: string }, name: { type: string, x-sensitivity: personal } } }
  Fault: { type: object, properties: { code: { type: string } } }
";
const CLIENT: &str = "
mapping: client
canonical: Customer
native: Client
fields: { id: id, name.full: name }
unmapped: { canonical: [{ path: rest, why: it knows no more }] }
";
const FAULT: &str = "
mapping: fault
canonical: Problem
native: Fault
fields: { upstream.code: code }
unmapped: { canonical: [{ path: rest, why: it knows no more }] }
";
const OPERATIONS: &str = "
operations:
  getCustomer: { routes: [{ when: id, call: 'GET /customers/{id}' }], answers: [{ status: 200, body: client }] }
  createCustomer: { routes: [{ call: POST /customers, body: client }], answers: [{ status: 201, body: client }] }
errors:
  - { status: 401, body: fault, problem: upstream-auth }
  - { status: 4xx, body: fault, problem: invalid-input }
";
const SANDBOX: &str = r#"
sandbox: depot
records: [{ body: client, document: '{"id": "7", "name": "Ann"}' }]
"#;

/// An upstream whose file has these lines on settings, headers and auth; its sandbox publishes `settings`.
pub(crate) struct Depot {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Depot {
    pub(crate) fn new(lines: &str, settings: &[(&'static str, &str)]) -> Self {
        let (catalog, told) = Self::load(lines, settings);
        assert_eq!(told, "");
        Self {
            catalog: Arc::new(catalog),
            settings: settings
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        }
    }

    /// The faults of its files.
    pub(crate) fn faults(lines: &str, settings: &[(&'static str, &str)]) -> String {
        let (catalog, told) = Self::load(lines, settings);
        let mut report = interlingua::diag::Report::new();
        check(&catalog, &mut report);
        told + &render::text(&report, &catalog.sources, Colour::Plain)
    }

    fn load(lines: &str, settings: &[(&str, &str)]) -> (Catalog, String) {
        let mut files = Vec::new();
        let canonical = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/canonical");
        for entry in fs::read_dir(canonical).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            files.push((
                format!("schemas/canonical/{name}"),
                fs::read(&path).unwrap(),
            ));
        }
        let published: Vec<_> = settings
            .iter()
            .filter(|(name, _)| *name != "base-url")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        let mut own = |name: &str, text: String| files.push((name.to_owned(), text.into_bytes()));
        let upstream = format!(
            "upstream: depot\nnative: depot\nmedia-type: application/json\nbase-url: '{{settings.base-url}}/v2'\n{lines}{OPERATIONS}"
        );
        let sandbox = format!("{SANDBOX}settings: {{ {} }}\n", published.join(", "));
        own("mappings/depot/upstream.yaml", upstream);
        own("mappings/depot/sandbox.yaml", sandbox);
        own("mappings/depot/client.yaml", CLIENT.to_owned());
        own("mappings/depot/fault.yaml", FAULT.to_owned());
        own("schemas/native/depot.schema.yaml", SCHEMA.to_owned());
        let (catalog, report) = Catalog::load(files);
        let told = match report.has_errors() {
            true => render::text(&report, &catalog.sources, Colour::Plain),
            false => String::new(),
        };
        (catalog, told)
    }

    pub(crate) fn upstream(&self) -> Arc<Upstream> {
        let settings = self
            .settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_str().into()))
            .collect();
        let compiled = Upstream::compile(&self.catalog, "depot", "depot", &settings, None);
        Arc::new(compiled.unwrap_or_else(|report| {
            panic!(
                "{}",
                render::text(&report, &self.catalog.sources, Colour::Plain)
            )
        }))
    }
}

/// A request that may be sent once.
fn only_once(request: Request<Bytes>) -> Outbound {
    Outbound {
        request,
        is_repeatable: false,
        trace: None,
    }
}

/// A watch that nobody reads.
fn untold() -> Watch {
    let telemetry = Telemetry {
        metrics: Metrics::new("0").unwrap(),
        access_log: false,
        traces: Default::default(),
    };
    Watch::new(&telemetry, "alpha")
}
