//! Flags that are settings of the configuration too; the variables and the file are asked there.

use clap::Args;

/// Where to listen, and what to log.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Overrides {
    /// Where callers are answered; port 0 takes a free one [variable: INTERLINGUA_LISTEN]
    #[arg(long, value_name = "ADDRESS", help_heading = "Settings")]
    listen: Option<String>,
    /// Where operators see the running process [variable: INTERLINGUA_ADMIN]
    #[arg(long, value_name = "ADDRESS", help_heading = "Settings")]
    admin: Option<String>,
    /// Where liveness, readiness and metrics are answered [variable: INTERLINGUA_PROBES]
    #[arg(long, value_name = "ADDRESS", help_heading = "Settings")]
    probes: Option<String>,
    /// How much is logged: error, warn, info, debug or trace [variable: INTERLINGUA_LOG_LEVEL]
    #[arg(long, value_name = "LEVEL", help_heading = "Settings")]
    log_level: Option<String>,
    /// What a line looks like: auto, json or text [variable: INTERLINGUA_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT", help_heading = "Settings")]
    log_format: Option<String>,
    /// Whether every call is a line: true or false [variable: INTERLINGUA_ACCESS_LOG]
    #[arg(long, value_name = "BOOLEAN", help_heading = "Settings")]
    access_log: Option<String>,
}

// === impl Overrides ===

impl Overrides {
    /// The flags that were given, as the configuration takes them.
    pub(super) fn given(&self) -> Vec<(&str, &str)> {
        let all = [
            ("listen", &self.listen),
            ("admin", &self.admin),
            ("probes", &self.probes),
            ("log-level", &self.log_level),
            ("log-format", &self.log_format),
            ("access-log", &self.access_log),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
            .collect()
    }
}
