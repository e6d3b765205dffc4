//! Settings that a flag or a variable may give: flag before variable, variable before file, file before default.

use super::environment::Environment;
use super::raw::{Place, Raw};

/// A setting that a flag or a variable may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// The setting's path in the file.
    pub path: &'static str,
    /// The flag, without its dashes.
    pub flag: &'static str,
    /// The variable.
    pub variable: &'static str,
}

/// All of them.
pub const OVERRIDES: &[Override] = &[
    over("listen", "listen", "INTERLINGUA_LISTEN"),
    over("admin", "admin", "INTERLINGUA_ADMIN"),
    over("probes", "probes", "INTERLINGUA_PROBES"),
    over("telemetry.log-level", "log-level", "INTERLINGUA_LOG_LEVEL"),
    over("telemetry.format", "log-format", "INTERLINGUA_LOG_FORMAT"),
    over(
        "telemetry.access-log",
        "access-log",
        "INTERLINGUA_ACCESS_LOG",
    ),
];

/// Flags that were given: name without dashes, and value.
pub type Flags<'a> = &'a [(&'a str, &'a str)];

const fn over(path: &'static str, flag: &'static str, variable: &'static str) -> Override {
    Override {
        path,
        flag,
        variable,
    }
}

pub(super) fn apply(raw: &mut Raw, flags: Flags<'_>, environment: &dyn Environment) {
    for over in OVERRIDES {
        let flag = flags.iter().rev().find(|(name, _)| *name == over.flag);
        if let Some((_, value)) = flag {
            raw.put(over.path, value, Place::Flag(over.flag));
        } else if let Some(value) = environment.variable(over.variable) {
            raw.put(over.path, &value, Place::Variable(over.variable));
        }
    }
}
