//! Files that change while the gateway serves: read whole, proven, and exchanged at once, or refused.

use std::collections::BTreeSet;
use std::future::pending;
use std::io;
use std::mem;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use super::configured::Configuration;
use super::follow::follow;
use super::known::Followed;
use super::ready::AllServing;
use super::snapshot::{Lasting, Parts, Snapshot, tell};
use super::source::{Source, Texts};
use crate::admin::{Admin, Reloaded};
use crate::cli::laws;
use crate::config;
use crate::diag::render::{self, Colour};
use crate::diag::{Diagnostic, Report, Severity, Sources};
use crate::gateway::Current;
use crate::telemetry::events::{
    ConfigurationLoaded, KeySetExchanged, Reload, ReloadFault, ReloadOutcome,
};
use crate::telemetry::{Event, Telemetry};

/// Files that may change, and what was made of them so far.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Reloadable {
    source: Source,
    /// What tells what they held when they were last read from what they hold now.
    stamp: Box<str>,
    /// What tells what serves from other states.
    version: Box<str>,
    /// What the first configuration said of what holds as long as the process runs.
    fixed: config::Fixed,
    secret_files: Vec<String>,
    /// Versions of mappings that need no proof any more.
    proven: BTreeSet<Box<str>>,
    /// How often to look.
    every: Option<Duration>,
}

/// Reads the files again when somebody asks for it, or when they changed.
#[derive(Debug)]
pub(super) struct Reloader {
    pub(super) files: Reloadable,
    pub(super) lasting: Lasting,
    pub(super) serving: AllServing,
    pub(super) current: Current,
    pub(super) admin: Admin,
    pub(super) following: Following,
    pub(super) asked: mpsc::Receiver<oneshot::Sender<Reloaded>>,
}

/// The keys of tokens that count now, followed in their file.
#[derive(Debug)]
pub(super) struct Following(JoinSet<()>);

/// What reading the files again came to.
struct Attempt {
    stamp: Box<str>,
    came: Result<Fresh, Refused>,
}

/// Another state, ready to serve.
struct Fresh {
    snapshot: Snapshot,
    files: Reloadable,
}

/// Why there is none.
struct Refused {
    /// For people.
    text: String,
    /// For logs: code, place and words.
    faults: Vec<(Option<&'static str>, Option<String>, String)>,
}

// === impl Reloadable ===

impl Reloadable {
    pub(in crate::cli) fn new(
        source: Source,
        texts: &Texts,
        version: Box<str>,
        found: &Configuration,
    ) -> Self {
        let secret_files = found.secret_files.clone();
        let versions = found.upstreams.iter();
        let versions = versions.map(|ready| ready.upstream.version.clone());
        Self {
            stamp: texts.stamp(&secret_files),
            source,
            version,
            fixed: found.fixed.0.clone(),
            secret_files,
            proven: versions.collect(),
            every: found.settings.reload,
        }
    }

    /// Reads the files again and makes another state of them.
    fn attempt(&self, lasting: &Lasting, before: &AllServing) -> Attempt {
        let texts = self.source.read();
        let came = self.fresh(&texts, lasting, before);
        let secrets = match &came {
            Ok(fresh) => &fresh.files.secret_files,
            Err(_) => &self.secret_files,
        };
        Attempt {
            stamp: texts.stamp(secrets),
            came,
        }
    }

    fn fresh(
        &self,
        texts: &Texts,
        lasting: &Lasting,
        before: &AllServing,
    ) -> Result<Fresh, Refused> {
        let mut loaded = self.source.load(texts);
        let version = loaded.version(texts);
        let sources = &loaded.catalog.sources;
        let mut report = loaded.report;
        report.append(loaded.of_mappings);
        let Some(found) = loaded.configuration.take() else {
            return Err(Refused::by(&report, sources));
        };
        let (fixed, file) = &found.fixed;
        self.fixed.hold(fixed, *file, &mut report);
        let mut files = self.clone();
        if !self.source.files.are_shipped() {
            // What the binary was built with is proven by its tests.
            for ready in &found.upstreams {
                if files.proven.insert(ready.upstream.version.clone()) {
                    laws::check(&loaded.catalog, &ready.upstream, &mut report);
                }
            }
        }
        if report.has_errors() {
            return Err(Refused::by(&report, sources));
        }
        tell(&found.upstreams, &lasting.telemetry);
        let parts = Parts {
            catalog: &loaded.catalog,
            settings: &found.settings,
            upstreams: found.upstreams,
            roots: &found.roots,
            version: &version,
        };
        let snapshot = Snapshot::build(parts, texts.again(), lasting, before);
        let snapshot = snapshot.map_err(|fault| Refused::because(&fault))?;
        files.version = version;
        files.secret_files = found.secret_files;
        Ok(Fresh { snapshot, files })
    }
}

// === impl Refused ===

impl Refused {
    fn by(report: &Report, sources: &Sources) -> Self {
        let errors = report.sorted(sources).into_iter();
        let errors = errors.filter(|fault| fault.severity == Severity::Error);
        let told = |fault: &Diagnostic| {
            let place = fault.span.map(|span| {
                let at = sources.position(span);
                format!("{}:{}:{}", sources.name(span.source), at.line, at.column)
            });
            (Some(fault.code.as_str()), place, fault.message.clone())
        };
        Self {
            text: render::text(report, sources, Colour::Plain),
            faults: errors.map(told).collect(),
        }
    }

    fn because(fault: &str) -> Self {
        Self {
            text: format!("error: {fault}\n"),
            faults: vec![(None, None, fault.to_owned())],
        }
    }
}

// === impl Following ===

impl Following {
    pub(super) fn new(followed: Option<Followed>, telemetry: &Telemetry) -> Self {
        let mut following = Self(JoinSet::new());
        following.exchange(followed, telemetry);
        following
    }

    /// Follows these keys, and no others any more.
    fn exchange(&mut self, followed: Option<Followed>, telemetry: &Telemetry) {
        self.0.abort_all();
        if let Some(followed) = followed {
            let telemetry = telemetry.clone();
            self.0.spawn(async move {
                let say = |exchanged| KeySetExchanged { exchanged }.emit(&telemetry);
                follow(followed, say).await;
            });
        }
    }
}

// === impl Reloader ===

impl Reloader {
    /// Reads the files again whenever it is time, for as long as the process runs.
    ///
    /// # Errors
    /// Signals cannot be heard.
    pub(super) async fn run(mut self) -> io::Result<()> {
        let mut hangups = signal(SignalKind::hangup())?;
        // Files that change one after the other are read once all of them stand still.
        let mut awaited = None;
        loop {
            let every = self.files.every;
            tokio::select! {
                Some(tell) = self.asked.recv() => {
                    let came = self.reload("POST /reload").await;
                    // Whoever asked may have gone.
                    let _ = tell.send(came);
                }
                Some(()) = heard(&mut hangups) => {
                    self.reload("SIGHUP").await;
                }
                () = looks(every) => {
                    let stamp = self.stamp().await;
                    if stamp.as_ref().is_some_and(|stamp| *stamp != self.files.stamp) {
                        if stamp == awaited {
                            self.reload("files").await;
                        }
                        awaited = stamp;
                    }
                }
            }
        }
    }

    /// What the files hold now.
    async fn stamp(&self) -> Option<Box<str>> {
        let files = self.files.clone();
        let stamp = spawn_blocking(move || files.source.read().stamp(&files.secret_files));
        stamp.await.ok()
    }

    async fn reload(&mut self, cause: &'static str) -> Reloaded {
        let (files, lasting) = (self.files.clone(), self.lasting.clone());
        let serving = self.serving.clone();
        // Reading blocks, and checking takes its time.
        let attempt = spawn_blocking(move || files.attempt(&lasting, &serving));
        let (came, stamp) = match attempt.await {
            Ok(attempt) => (attempt.came, Some(attempt.stamp)),
            Err(_) => (Err(Refused::because("the files cannot be read")), None),
        };
        // What was refused is read again once it changed.
        let stamp = stamp.unwrap_or_else(|| self.files.stamp.clone());
        let has_changed = mem::replace(&mut self.files.stamp, stamp) != self.files.stamp;
        let telemetry = self.lasting.telemetry.clone();
        let (outcome, reloaded) = match came {
            Ok(fresh) => self.apply(fresh, has_changed),
            Err(refused) => {
                for (code, place, message) in &refused.faults {
                    let (code, place) = (*code, place.as_deref());
                    ReloadFault {
                        code,
                        place,
                        message,
                    }
                    .emit(&telemetry);
                }
                let faults = refused.text;
                (ReloadOutcome::Refused, Reloaded::Refused { faults })
            }
        };
        Reload { cause, outcome }.emit(&telemetry);
        reloaded
    }

    /// Lets another state serve.
    fn apply(&mut self, fresh: Fresh, has_changed: bool) -> (ReloadOutcome, Reloaded) {
        let Fresh { snapshot, files } = fresh;
        let telemetry = &self.lasting.telemetry;
        let is_same = files.version == self.files.version && !has_changed;
        self.current.exchange(snapshot.gateway);
        self.admin.show(snapshot.view);
        self.following.exchange(snapshot.followed, telemetry);
        for name in self.serving.keys() {
            if !snapshot.serving.contains_key(name) {
                telemetry.metrics.upstream(name).reset();
            }
        }
        self.serving = snapshot.serving;
        self.files = Reloadable {
            stamp: self.files.stamp.clone(),
            ..files
        };
        let version = self.files.version.clone();
        if is_same {
            return (ReloadOutcome::Unchanged, Reloaded::Unchanged { version });
        }
        ConfigurationLoaded {
            path: Some(&self.files.source.configuration),
            upstreams: self.serving.len(),
            version: &version,
        }
        .emit(telemetry);
        (ReloadOutcome::Applied, Reloaded::Applied { version })
    }
}

async fn heard(signal: &mut Signal) -> Option<()> {
    signal.recv().await
}

/// Ready when it is time to look at the files; never if nobody wants that.
async fn looks(every: Option<Duration>) {
    match every {
        Some(every) => sleep(every).await,
        None => pending().await,
    }
}
