//! Logs: who reads them, what they look like, and how much of them there is.

use std::io::{self, IsTerminal, Write};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::{Layer, Registry};

use super::metrics::Metrics;
use super::writer::{Lines, LogGuard};

/// What of the logs is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    /// How much.
    pub level: LogLevel,
    /// What a line looks like.
    pub format: LogFormat,
    /// Whether every call is a line.
    pub access_log: bool,
}

/// How much is logged: this and everything graver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Bugs of the gateway only.
    Error,
    /// Also what an operator may have to act on.
    Warn,
    /// Also what happened.
    Info,
    /// Also exchanges, translations and losses.
    Debug,
    /// Everything.
    Trace,
}

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Changes the level while the process runs.
#[derive(Debug, Clone)]
pub struct LogControl {
    handle: reload::Handle<Targets, Registry>,
    level: Arc<Mutex<LogLevel>>,
}

/// Logs cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogFault {
    /// Logs were set up already.
    #[error("logs are set up already")]
    Twice,
    /// The system gives no thread to write them.
    #[error("no thread for writing logs: {0}")]
    Thread(#[from] io::Error),
}

// === impl LogSettings ===

impl Default for LogSettings {
    /// What happened, call by call, in the form that fits whoever reads standard output.
    fn default() -> Self {
        Self {
            level: LogLevel::Info,
            format: LogFormat::Auto,
            access_log: true,
        }
    }
}

impl LogSettings {
    /// Logs to standard output from here on.
    ///
    /// # Errors
    ///
    /// If logs were set up already or the system gives no thread.
    pub fn install(self, metrics: &Metrics) -> Result<(LogControl, LogGuard), LogFault> {
        let json = match self.format {
            LogFormat::Auto => !io::stdout().is_terminal(),
            LogFormat::Json => true,
            LogFormat::Text => false,
        };
        let (subscriber, control, guard) = self.subscriber(json, io::stdout(), metrics)?;
        tracing::subscriber::set_global_default(subscriber).map_err(|_| LogFault::Twice)?;
        Ok((control, guard))
    }

    pub(super) fn subscriber<W: Write + Send + 'static>(
        self,
        json: bool,
        out: W,
        metrics: &Metrics,
    ) -> io::Result<(impl Subscriber + Send + Sync + use<W>, LogControl, LogGuard)> {
        let (lines, guard) = Lines::start(out, metrics.log_lines_dropped().clone())?;
        let (filter, handle) = reload::Layer::new(self.level.filter());
        let format = if json {
            fmt::layer()
                .json()
                .flatten_event(true)
                .with_span_list(false)
                .with_writer(lines)
                .boxed()
        } else {
            fmt::layer().with_ansi(false).with_writer(lines).boxed()
        };
        let subscriber = Registry::default().with(filter).with(format);
        let control = LogControl {
            handle,
            level: Arc::new(Mutex::new(self.level)),
        };
        Ok((subscriber, control, guard))
    }
}

// === impl LogLevel ===

impl LogLevel {
    /// Every level, gravest first.
    pub const ALL: [Self; 5] = [
        Self::Error,
        Self::Warn,
        Self::Info,
        Self::Debug,
        Self::Trace,
    ];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }

    /// Our own lines at this level. Libraries never speak below a warning: their details hold what travels.
    fn filter(self) -> Targets {
        let ours = match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        };
        Targets::new()
            .with_default(ours.min(LevelFilter::WARN))
            .with_target("interlingua", ours)
    }
}

impl FromStr for LogLevel {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == name)
            .ok_or(())
    }
}

// === impl LogFormat ===

impl LogFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Json, Self::Text];

    /// The name in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Json => "json",
            Self::Text => "text",
        }
    }
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or(())
    }
}

// === impl LogControl ===

impl LogControl {
    /// Logs at this level from here on. Answers whether there are still logs.
    #[must_use]
    pub fn set(&self, level: LogLevel) -> bool {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner) = level;
        self.handle.reload(level.filter()).is_ok()
    }

    /// The level that counts.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        *self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
