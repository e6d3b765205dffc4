//! What a running gateway tells of itself, made of its files when somebody first asks: they need not stay in memory.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::admin;
use crate::config::Limits;
use crate::gateway::openapi::{self, Schemes};
use crate::gateway::{Told, capabilities};
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::Upstream;
use crate::mapping::coverage;

/// Gives the files, read anew or kept.
pub(in crate::cli) type Again = Box<dyn Fn() -> Arc<Catalog> + Send + Sync>;

/// The texts of a gateway and its upstreams; all are made at once.
pub(super) struct Described {
    again: Again,
    upstreams: Vec<Arc<Upstream>>,
    limits: Limits,
    schemes: Schemes,
    made: OnceLock<Option<Made>>,
}

struct Made {
    openapi: Bytes,
    reference: Bytes,
    /// Of each upstream.
    capabilities: Vec<Bytes>,
}

// === impl Described ===

impl Described {
    pub(super) fn new(
        again: Again,
        upstreams: Vec<Arc<Upstream>>,
        limits: Limits,
        schemes: Schemes,
    ) -> Arc<Self> {
        Arc::new(Self {
            again,
            upstreams,
            limits,
            schemes,
            made: OnceLock::new(),
        })
    }

    pub(super) fn openapi(self: &Arc<Self>) -> Told {
        self.told(|made| Some(made.openapi.clone()))
    }

    pub(super) fn reference(self: &Arc<Self>) -> Told {
        self.told(|made| Some(made.reference.clone()))
    }

    /// What the upstream of this position can do.
    pub(super) fn capabilities(self: &Arc<Self>, position: usize) -> Told {
        self.told(move |made| made.capabilities.get(position).cloned())
    }

    fn told(
        self: &Arc<Self>,
        which: impl Fn(&Made) -> Option<Bytes> + Send + Sync + 'static,
    ) -> Told {
        let described = Arc::clone(self);
        Told::later(move || which(described.made()?))
    }

    fn made(&self) -> Option<&Made> {
        self.made.get_or_init(|| self.make()).as_ref()
    }

    fn make(&self) -> Option<Made> {
        let catalog = (self.again)();
        let mut openapi =
            openapi::document(&catalog.operations, &catalog.canonical_schemas).ok()?;
        openapi::secure(&mut openapi, self.schemes);
        let places = coverage::places(&catalog);
        let of = |upstream: &Arc<Upstream>| {
            let told = capabilities::of(&catalog, upstream, &places, &self.limits);
            Bytes::from(told.to_string())
        };
        Some(Made {
            reference: admin::page(&openapi).into(),
            capabilities: self.upstreams.iter().map(of).collect(),
            openapi: openapi.to_string().into(),
        })
    }
}
