//! The upstream that the tests call: `tests/fixtures/upstreams`.

use std::sync::LazyLock;

use interlingua::diag::Report;
use interlingua::diag::render::{self, Colour};
use interlingua::engine::exchange::{Call, Context, NativeAnswer};
use interlingua::mapping::catalog::{Catalog, OperationIndex};
use interlingua::mapping::compile::upstream::{Settings, Upstream};

use crate::tree;

/// Where the fixture stands.
pub(crate) const FIXTURE: &str = "tests/fixtures/upstreams";

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| load(FIXTURE));

/// The canonical model as it is shipped, and the fixture's mapping.
pub(crate) fn catalog() -> &'static Catalog {
    &CATALOG
}

/// The canonical model as it is shipped, and the mappings of a fixture.
pub(crate) fn load(fixture: &str) -> Catalog {
    let (catalog, report) = Catalog::load(found(fixture));
    assert!(!report.has_errors(), "{}", told(&catalog, &report));
    catalog
}

/// The fixture with one text in the upstream's file replaced; its faults are told when it is compiled.
pub(crate) fn load_changed(from: &str, to: &str) -> Catalog {
    load_with(FIXTURE, "depot", |text| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

/// A fixture with the file of its upstream changed.
pub(crate) fn load_with(fixture: &str, upstream: &str, change: impl Fn(&str) -> String) -> Catalog {
    let mut found = found(fixture);
    let own = format!("mappings/{upstream}/upstream.yaml");
    let file = found.iter_mut().find(|(name, _)| *name == own);
    let (_, bytes) = file.unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    *bytes = change(&text).into_bytes();
    Catalog::load(found).0
}

/// The canonical model, and the mappings and native schemas of a fixture.
pub(crate) fn found(fixture: &str) -> Vec<(String, Vec<u8>)> {
    tree::files(&[
        ("schemas/canonical", "schemas/canonical"),
        (&format!("{fixture}/schemas"), "schemas"),
        (&format!("{fixture}/mappings"), "mappings"),
    ])
}

pub(crate) fn told(catalog: &Catalog, report: &Report) -> String {
    render::text(report, &catalog.sources, Colour::Plain)
}

/// Settings that the fixture takes, with others over them.
pub(crate) fn settings(over: &[(&str, &str)]) -> Settings {
    let own = [
        ("host", "https://depot.example"),
        ("tenant", "t1"),
        ("password", "pw"),
    ];
    own.iter()
        .chain(over)
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect()
}

static UPSTREAM: LazyLock<Upstream> = LazyLock::new(|| {
    let compiled = Upstream::compile(catalog(), "depot", "north", &settings(&[]), None);
    compiled.unwrap_or_else(|report| panic!("{}", told(catalog(), &report)))
});

/// The fixture under the name `north`.
pub(crate) fn upstream() -> &'static Upstream {
    &UPSTREAM
}

pub(crate) fn index(operation: &str) -> OperationIndex {
    catalog().operation(operation).unwrap().0
}

/// The answer of an upstream that speaks JSON, to what succeeded.
pub(crate) fn answer(body: &str) -> NativeAnswer<'_> {
    NativeAnswer {
        status: 200,
        headers: &[],
        content_type: Some("application/json"),
        body: body.as_bytes(),
    }
}

/// A call of an operation.
pub(crate) fn call<'a>(
    operation: &str,
    inputs: &'a [(&'a str, &'a str)],
    body: Option<&'a str>,
) -> Call<'a> {
    Call {
        operation: index(operation),
        inputs,
        body: body.map(str::as_bytes),
        page: Default::default(),
        context: Context {
            request_id: "r-1",
            caller_kind: Some("system"),
            caller_id: Some("c9"),
            ..Context::default()
        },
    }
}
