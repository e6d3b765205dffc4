//! Settings that hold from the start of a process to its end.

use super::keyword::{Keyword, Need};
use super::keywords::KEYWORDS;
use super::raw::{Place, Raw, RawValue};
use crate::diag::{Code, Diagnostic, Report, SourceId, Span};

/// Their rows, or the maps that they stand in: what sockets, their connections, the journal and the logs are made with.
const FIXED: &[&str] = &[
    "listen",
    "admin",
    "probes",
    "tls",
    "limits.header",
    "limits.headers",
    "limits.connections",
    "limits.connections-of-peer",
    "limits.streams",
    "limits.head-time",
    "limits.body-rate",
    "limits.idle",
    "limits.drain",
    "limits.drain-step",
    "journal",
    "reload",
    "telemetry",
];

/// What a configuration says of settings that hold as long as the process runs.
#[derive(Debug, Clone, Default)]
pub struct Fixed(Vec<One>);

#[derive(Debug, Clone)]
struct One {
    path: &'static str,
    /// What was given, or counts where nothing was.
    value: Option<RawValue>,
    span: Option<Span>,
}

// === impl One ===

impl One {
    /// What stands in a map under any names.
    fn named(raw: &Raw, map: &'static str) -> Self {
        let all: Vec<_> = raw
            .below(map)
            .map(|(name, given)| format!("{name}: {:?}", given.value))
            .collect();
        let place = raw.below(map).next().map(|(_, given)| given.place);
        Self {
            path: map,
            value: (!all.is_empty()).then(|| RawValue::Text(all.join("\n"))),
            span: place.and_then(Place::key_span),
        }
    }
}

// === impl Fixed ===

impl Fixed {
    pub(super) fn of(raw: &Raw) -> Self {
        let rows = KEYWORDS.iter().filter(|row| is_fixed(row.path));
        let one = |row: &Keyword| {
            if let Some(map) = row.path.strip_suffix(".*") {
                return One::named(raw, map);
            }
            let given = raw.get(row.path);
            let value = given.map(|given| given.value.clone());
            let value = value.filter(|value| *value != RawValue::Group);
            let counts = match row.need {
                Need::Default(text) => Some(RawValue::Text(text.to_owned())),
                Need::Required | Need::Optional => None,
            };
            One {
                path: row.path,
                value: value.or(counts),
                span: given.and_then(|given| match given.place {
                    Place::File { value, .. } => Some(value),
                    Place::Variable(_) | Place::Flag(_) => None,
                }),
            }
        };
        Self(rows.map(one).collect())
    }

    /// Tells of everything that another configuration, in this file, says otherwise.
    pub fn hold(&self, other: &Self, file: SourceId, report: &mut Report) {
        for (was, now) in self.0.iter().zip(&other.0) {
            if was.value == now.value {
                continue;
            }
            let message = format!("`{}` holds as long as the process runs", now.path);
            let span = now.span.unwrap_or_else(|| Span::new(file, 0, 0));
            let help = "start the process anew, or leave the setting as it was";
            report.push(Diagnostic::new(Code::C011, span, message).help(help));
        }
    }
}

fn is_fixed(path: &str) -> bool {
    let holds = |fixed: &str| {
        let rest = path.strip_prefix(fixed);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    FIXED.iter().any(|fixed| holds(fixed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_setting_is_one() {
        for fixed in FIXED {
            assert!(KEYWORDS.iter().any(|row| row.path == *fixed), "{fixed}");
        }
        assert!(is_fixed("journal.store") && is_fixed("limits.idle"));
        assert!(!is_fixed("limits.body") && !is_fixed("upstreams") && !is_fixed("limits"));
    }
}
