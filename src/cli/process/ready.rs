//! Upstreams of a configuration that are compiled, and the clients made of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::admin::Observed;
use crate::config::{self, Conduct, Limits};
use crate::gateway::{Told, UpstreamSetup};
use crate::mapping::compile::upstream::Upstream;
use crate::telemetry::Telemetry;
use crate::upstream::{
    self, Identity, Origin, Process, Roots, Tls, UpstreamClient, Vouching, Watch, World,
};

/// One upstream of the configuration, compiled.
#[derive(Debug)]
pub(in crate::cli) struct Ready {
    pub(in crate::cli) upstream: Arc<Upstream>,
    /// What tells it from an upstream of this name that is made of something else.
    pub(in crate::cli) made_of: Box<str>,
    pub(in crate::cli) conduct: Conduct,
    /// Root certificates that are trusted instead of the machine's own.
    pub(in crate::cli) ca: Option<SecretString>,
    /// The settings that it was compiled with, defaults among them.
    pub(in crate::cli) settings: Vec<(String, config::Value)>,
    /// The secrets that stand in files, with these.
    pub(in crate::cli) files: Vec<(String, String)>,
    /// Time of compiling it.
    pub(in crate::cli) took: Duration,
}

/// An upstream that serves. As long as nothing that it is made of changes it goes on over reloads, with its connections,
/// its tokens, and what it has learned of the upstream.
#[derive(Debug, Clone)]
pub(super) struct Serving {
    made_of: (Box<str>, Limits),
    upstream: Arc<Upstream>,
    client: Arc<UpstreamClient>,
}

/// The upstreams that serve, by their names.
pub(super) type AllServing = BTreeMap<Box<str>, Serving>;

/// The world as it is, with secrets in files that may be exchanged: by name of their setting and file.
#[derive(Debug)]
struct Rotated(Vec<(String, String)>);

// === impl Rotated ===

impl World for Rotated {
    fn unix_ms(&self) -> i64 {
        Process.unix_ms()
    }

    fn chance(&self) -> u8 {
        Process.chance()
    }

    fn has_secrets(&self) -> bool {
        !self.0.is_empty()
    }

    fn secrets(&self) -> Vec<(String, SecretString)> {
        let files = self.0.iter();
        let secrets = files.filter_map(|(name, file)| {
            let secret = config::read_again(file, &config::environment::Process)?;
            Some((name.clone(), secret))
        });
        secrets.collect()
    }
}

// === impl Ready ===

impl Ready {
    /// Gives what serves the upstream: what did before, or a new client where it is made of something else now.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn serving(
        self,
        before: &AllServing,
        limits: &Limits,
        roots: &Roots,
        telemetry: &Telemetry,
    ) -> Result<Serving, String> {
        let Self {
            upstream,
            made_of,
            conduct,
            ca,
            files,
            ..
        } = self;
        let made_of = (made_of, *limits);
        let was = before.get(&upstream.name);
        if let Some(same) = was.filter(|serving| serving.made_of == made_of) {
            return Ok(same.clone());
        }
        let about =
            |error: &dyn std::fmt::Display| format!("the upstream `{}`: {error}", upstream.name);
        let origin = Origin::of(&upstream.base_url).map_err(|fault| about(&fault))?;
        let vouching = Vouching {
            upstream: Arc::clone(&upstream),
            world: Arc::new(Rotated(files)),
        };
        let identity = upstream.identity();
        let identity = identity
            .map(|(certificate, key)| Identity::read(certificate, key))
            .transpose()
            .map_err(|fault| about(&fault))?;
        let tls = || match &ca {
            Some(ca) => Tls::with_ca(ca.expose_secret(), identity),
            None => Tls::native(roots, identity),
        };
        let means = upstream::Means {
            origin,
            vouching: Some(vouching),
            watch: Watch::new(telemetry, &upstream.name),
        };
        let client = UpstreamClient::new(means, &conduct, limits, tls);
        let client = client.map_err(|fault| about(&fault))?;
        Ok(Serving {
            made_of,
            upstream,
            client: Arc::new(client),
        })
    }
}

// === impl Serving ===

impl Serving {
    /// What operators see of it.
    pub(super) fn observed(&self, telemetry: &Telemetry) -> Observed {
        Observed {
            meters: telemetry.metrics.upstream(&self.upstream.name),
            whereabouts: self.client.whereabouts(),
        }
    }

    /// What a gateway is told of it.
    pub(super) fn set_up(&self, capabilities: Told) -> UpstreamSetup {
        let (upstream, client) = (Arc::clone(&self.upstream), Arc::clone(&self.client));
        UpstreamSetup::new(upstream, client, capabilities)
    }
}
