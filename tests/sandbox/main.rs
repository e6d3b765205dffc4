//! The shipped mappings as their own sandboxes: native bytes in, native bytes out.
#![cfg(test)]
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::missing_panics_doc,
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "over texts of the test itself, where a panic is a failed test"
)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod customers;
mod lists;
mod parts;
mod rules;
mod signed;
mod steps;
#[path = "../tree/mod.rs"]
mod tree;

use std::sync::{Arc, LazyLock};

use interlingua::diag::render::{Colour, text};
use interlingua::engine::exchange::{NativeResponse, ReceivedRequest};
use interlingua::mapping::catalog::Catalog;
use interlingua::sandbox::Dialect;

/// 2026-11-22T00:00:00Z.
pub const NOW: i64 = 1_795_305_600_000;

pub(crate) static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let (catalog, report) = Catalog::load(tree::files(&[
        ("schemas", "schemas"),
        ("mappings", "mappings"),
    ]));
    assert!(
        !report.has_errors(),
        "{}",
        text(&report, &catalog.sources, Colour::Plain)
    );
    Arc::new(catalog)
});

/// A sandbox with the headers that its calls need.
pub struct Caller {
    dialect: Dialect,
    headers: Vec<(&'static str, &'static [u8])>,
    content_type: &'static str,
    calls: u32,
}

impl Caller {
    pub fn new(
        mapping: &str,
        headers: &[(&'static str, &'static str)],
        content_type: &'static str,
    ) -> Self {
        Self::over(&CATALOG, mapping, headers, content_type)
    }

    pub fn over(
        catalog: &Arc<Catalog>,
        mapping: &str,
        headers: &[(&'static str, &'static str)],
        content_type: &'static str,
    ) -> Self {
        let dialect = Dialect::new(Arc::clone(catalog), mapping, "http://127.0.0.1:0", NOW);
        let dialect = dialect
            .unwrap_or_else(|report| panic!("{}", text(&report, &catalog.sources, Colour::Plain)));
        Self {
            dialect,
            headers: headers
                .iter()
                .map(|(name, value)| (*name, value.as_bytes()))
                .collect(),
            content_type,
            calls: 0,
        }
    }

    /// The same with a header that is known only now.
    pub fn holding(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value.leak().as_bytes()));
        self
    }

    pub fn call(&mut self, method: &str, target: &str, body: &str) -> NativeResponse {
        // Those that know repetitions are told each call by a key of its own.
        self.calls += 1;
        let key = self.calls.to_string();
        let mut headers: Vec<(&str, &[u8])> = self.headers.clone();
        headers.push(("X-Once", key.as_bytes()));
        let request = ReceivedRequest {
            method,
            target,
            headers: &headers,
            content_type: (!body.is_empty()).then_some(self.content_type),
            body: body.as_bytes(),
        };
        self.dialect.answer(&request, NOW)
    }

    /// Calls and gives status and body as text.
    pub fn text(&mut self, method: &str, target: &str, body: &str) -> (u16, String) {
        let response = self.call(method, target, body);
        (response.status, String::from_utf8(response.body).unwrap())
    }
}
