//! Where a gateway's configuration and mappings lie, and what they hold.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::configured::{self, Configuration};
use super::described::Again;
use crate::cli::files::{self, Files, Found};
use crate::cli::flags::Overrides;
use crate::config;
use crate::config::environment::Process;
use crate::diag::Report;
use crate::mapping::catalog::{Catalog, version};

/// Where the files lie; they are read as often as somebody asks.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Source {
    pub(in crate::cli) configuration: PathBuf,
    pub(in crate::cli) overrides: Overrides,
    pub(in crate::cli) files: Files,
}

/// What the files held at one time.
#[derive(Debug)]
pub(in crate::cli) struct Texts {
    found: Arc<Found>,
    configuration: Option<Vec<u8>>,
    /// What could not be read.
    report: Report,
}

/// What was made of the files.
#[derive(Debug)]
pub(in crate::cli) struct Loaded {
    pub(in crate::cli) catalog: Catalog,
    /// Faults of the configuration.
    pub(in crate::cli) report: Report,
    /// Faults of everything else.
    pub(in crate::cli) of_mappings: Report,
    /// None where a fault keeps it from serving.
    pub(in crate::cli) configuration: Option<Configuration>,
}

// === impl Source ===

impl Source {
    /// Reads the bytes of all files.
    pub(in crate::cli) fn read(&self) -> Texts {
        let mut report = Report::new();
        Texts {
            configuration: files::read(&self.configuration, &mut report),
            found: Arc::new(self.files.all()),
            report,
        }
    }

    /// Makes what serves of the files: checked whole where the binary was not built with them, and compiled.
    pub(in crate::cli) fn load(&self, texts: &Texts) -> Loaded {
        let (mut catalog, of_mappings) = self.files.serving(&texts.found);
        let mut report = texts.report.clone();
        let configuration = texts.configuration.clone().and_then(|bytes| {
            let file = (&*self.configuration, bytes);
            configured::of_bytes(file, &self.overrides.given(), &mut catalog, &mut report)
        });
        let is_sound = !of_mappings.has_errors() && !report.has_errors();
        Loaded {
            catalog,
            report,
            of_mappings,
            configuration: configuration.filter(|_| is_sound),
        }
    }
}

// === impl Texts ===

impl Texts {
    /// What tells these texts, and what these files of secrets hold now, from others. What the binary was built with is
    /// the same as long as the process runs.
    pub(super) fn stamp(&self, secrets: &[String]) -> Box<str> {
        let mut parts: Vec<Cow<'_, [u8]>> = Vec::new();
        for (name, bytes) in &self.found.files {
            if let Cow::Owned(bytes) = bytes {
                parts.extend([name.as_bytes(), bytes].map(Cow::Borrowed));
            }
        }
        let configuration = self.configuration.as_deref();
        parts.push(configuration.unwrap_or_default().into());
        for report in [&self.found.report, &self.report] {
            parts.push(report.len().to_string().into_bytes().into());
        }
        for file in secrets {
            let secret = config::read_again(file, &Process);
            let secret = secret.map_or_else(Vec::new, |secret| secret.expose_secret().into());
            parts.push(secret.into());
        }
        version(parts)
    }

    /// Gives the files again, for what is told of them.
    pub(in crate::cli) fn again(&self) -> Again {
        let found = Arc::clone(&self.found);
        Box::new(move || Arc::new(found.load_serving().0))
    }
}

// === impl Loaded ===

impl Loaded {
    /// What tells what serves from other states of it: the configuration, the model and the mappings that it names.
    pub(in crate::cli) fn version(&self, texts: &Texts) -> Box<str> {
        let mappings = self.configuration.iter().flat_map(|found| &found.upstreams);
        let mappings = mappings.map(|ready| ready.upstream.version.as_bytes());
        let configuration = texts.configuration.as_deref().unwrap_or_default();
        version(mappings.chain([configuration, self.catalog.model.as_bytes()]))
    }
}
