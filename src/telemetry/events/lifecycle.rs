//! The process starts, changes its settings, stops.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::telemetry::names::target;
use crate::telemetry::{Event, LogLevel, Telemetry};

/// A listener accepts connections.
#[derive(Debug)]
pub struct ListenerBound {
    /// `traffic`, `admin` or `probes`, or `sandbox`.
    pub listener: &'static str,
    /// Where.
    pub address: SocketAddr,
}

/// A configuration was read and is whole.
#[derive(Debug)]
pub struct ConfigurationLoaded<'a> {
    /// The file, if there is one.
    pub path: Option<&'a Path>,
    /// How many upstreams it names.
    pub upstreams: usize,
    /// What tells this state of configuration and mappings from others.
    pub version: &'a str,
}

/// The mappings of an upstream were compiled.
#[derive(Debug)]
pub struct MappingsLoaded<'a> {
    /// Name of the upstream in the configuration.
    pub upstream: &'a str,
    /// What tells this state of its mapping from others.
    pub version: &'a str,
    /// How many operations they serve.
    pub operations: usize,
    /// Time of compiling them.
    pub duration: Duration,
}

/// The mappings that serve have faults that do not keep them from it.
#[derive(Debug)]
pub struct MappingsFound<'a> {
    /// How many, in a sentence.
    pub findings: &'a str,
}

/// The process stops; calls in flight are finished first.
#[derive(Debug)]
pub struct Stopping {
    /// What asked for it: a signal's name, or the admin call.
    pub cause: &'static str,
}

/// An operator asks that no more calls come.
#[derive(Debug)]
pub struct Draining;

/// An operator changed how much is logged.
#[derive(Debug)]
pub struct LevelChanged {
    /// To this.
    pub level: LogLevel,
}

/// Files of the listener's TLS hold something else than before.
#[derive(Debug)]
pub struct CertificateExchanged {
    /// Whether it counts; else what was there before goes on.
    pub exchanged: bool,
}

impl Event for ListenerBound {
    fn emit(self, _: &Telemetry) {
        let listener = self.listener;
        tracing::info!(target: target::LIFECYCLE, listener, address = %self.address, "listening");
    }
}

impl Event for ConfigurationLoaded<'_> {
    fn emit(self, telemetry: &Telemetry) {
        let path = self
            .path
            .map(|path| tracing::field::display(path.display()));
        let (upstreams, version) = (self.upstreams, self.version);
        tracing::info!(target: target::LIFECYCLE, path, upstreams, version, "configuration loaded");
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let since = since.map_or(0, |since| since.as_secs());
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        telemetry.metrics.configured(version, since);
    }
}

impl Event for MappingsLoaded<'_> {
    fn emit(self, _: &Telemetry) {
        let (upstream, version, operations) = (self.upstream, self.version, self.operations);
        let duration = self.duration.as_secs_f64();
        tracing::info!(target: target::LIFECYCLE, upstream, version, operations, duration, "mappings loaded");
    }
}

impl Event for MappingsFound<'_> {
    fn emit(self, _: &Telemetry) {
        tracing::warn!(target: target::LIFECYCLE, "{}", self.findings);
    }
}

impl Event for Stopping {
    fn emit(self, _: &Telemetry) {
        tracing::info!(target: target::LIFECYCLE, cause = self.cause, "stopping");
    }
}

impl Event for Draining {
    fn emit(self, _: &Telemetry) {
        tracing::warn!(target: target::LIFECYCLE, "not ready from here on, since an operator asked for it");
    }
}

impl Event for LevelChanged {
    fn emit(self, _: &Telemetry) {
        let level = self.level.name();
        tracing::warn!(target: target::LIFECYCLE, level, "an operator changed how much is logged");
    }
}

impl Event for CertificateExchanged {
    fn emit(self, _: &Telemetry) {
        if self.exchanged {
            tracing::info!(target: target::LIFECYCLE, "certificate of the listener exchanged");
        } else {
            tracing::error!(
                target: target::LIFECYCLE,
                "the files of `tls` do not read or do not belong together; the ones before go on"
            );
        }
    }
}
