//! Settings: `interlingua.yaml`, variables and flags, read raw and checked with all faults at once.
//!
//! One table ([`KEYWORDS`]) says what may stand where; the reader follows it and the JSON Schema is made from it.

mod check;
mod check_cache;
mod check_callers;
mod check_conduct;
mod check_events;
mod check_journal;
mod check_traces;
mod check_upstream;
mod conduct;
mod declared;
pub mod environment;
mod fixed;
mod form;
mod key_hash;
mod keyword;
mod keywords;
mod keywords_addresses;
mod keywords_cache;
mod keywords_callers;
mod keywords_traces;
mod made_of;
mod network;
mod overrides;
mod raw;
mod schema;
mod secret;
mod settings;
mod show;

use crate::diag::{Code, Diagnostic, Report, SourceId, Sources, Span};
use crate::mapping::yaml;

use check::Checker;
use environment::Environment;
use raw::Raw;

pub use conduct::{Addresses, Breaker, Conduct, Deadlines, Pool, Retries};
pub use declared::{Declared, Resolved, resolve};
pub use fixed::Fixed;
pub use key_hash::KeyHash;
pub use keyword::{Form, Keyword, Need};
pub use keywords::KEYWORDS;
pub use network::Network;
pub use overrides::{Flags, OVERRIDES, Override};
pub use schema::schema;
pub use secret::{Value, read_again};
pub use settings::{
    Auth, Cache, Callbacks, Caller, CallerKind, Callers, Calls, Events, InUrl, Journal,
    JournalStore, KnownCaller, Limits, ListenerTls, Listeners, Permitted, Routing, Rule,
    SecretText, Setting, Settings, Tokens, Traces, Upstream, UpstreamCache,
};

/// What a configuration is read from.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a, E> {
    /// The file, if there is one.
    pub file: Option<SourceId>,
    /// Flags of the command line.
    pub flags: Flags<'a>,
    /// Variables and secret files.
    pub environment: &'a E,
    /// Ids of the canonical operations, which routing rules may name.
    pub operations: &'a [&'a str],
}

/// What was read of a configuration.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Everything, if nothing is wrong.
    pub settings: Option<Settings>,
    /// The upstreams as far as they could be read, so that what is wrong between them and their mappings can be told
    /// together with the rest. What is faulty has its default.
    pub upstreams: Vec<Upstream>,
    /// What holds as long as the process runs.
    pub fixed: Fixed,
    /// Files of secrets that nothing but a new reading of the configuration follows.
    pub files: Vec<String>,
}

/// Reads and checks a configuration. Every fault goes into the report; with an error there are no settings.
pub fn load<E: Environment>(
    given: &Given<'_, E>,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<Settings> {
    look(given, sources, report).settings
}

/// Reads and checks a configuration, as [`load`] does, and gives also what could be read of a faulty one.
///
/// A secret that stands in the file itself is masked in `sources`, so that telling its fault does not show it.
pub fn look<E: Environment>(
    given: &Given<'_, E>,
    sources: &mut Sources,
    report: &mut Report,
) -> Loaded {
    let mut found = Report::new();
    let loaded = look_into(given, sources, &mut found).unwrap_or_default();
    report.extend(found.iter().map(of_configuration));
    Loaded {
        settings: loaded.settings.filter(|_| !found.has_errors()),
        ..loaded
    }
}

fn look_into<E: Environment>(
    given: &Given<'_, E>,
    sources: &mut Sources,
    report: &mut Report,
) -> Option<Loaded> {
    let mut raw = match given.file {
        Some(file) => {
            let Some(root) = yaml::read(file, sources, report) else {
                hide(sources, report);
                return None;
            };
            let (raw, masked) = Raw::read(&root, report);
            masked.into_iter().for_each(|span| sources.mask(span));
            raw?
        }
        None => Raw::default(),
    };
    overrides::apply(&mut raw, given.flags, given.environment);
    let mut checker = Checker {
        raw: &raw,
        environment: given.environment,
        report,
        operations: given.operations,
    };
    let (settings, upstreams) = checker.settings();
    Some(Loaded {
        settings,
        upstreams,
        fixed: Fixed::of(&raw),
        files: raw.files(),
    })
}

/// Masks what a file that does not read shows beside its faults, where the line may hold a secret.
fn hide(sources: &mut Sources, report: &Report) {
    const WORDS: [&str; 6] = ["pass", "secret", "token", "key", "pin", "cert"];
    for span in report.iter().filter_map(|fault| fault.span) {
        let text = sources.text(span.source);
        let at = usize::try_from(span.start).unwrap_or(usize::MAX);
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let line = text.get(start..).unwrap_or("").lines().next().unwrap_or("");
        let lower = line.to_ascii_lowercase();
        let first = WORDS.iter().filter_map(|word| lower.find(word)).min();
        let Some(first) = first else { continue };
        let key = lower.get(first..).unwrap_or("");
        let ends = key.find([':', ' ', '=']).unwrap_or(key.len());
        let from = start
            .saturating_add(first)
            .saturating_add(ends)
            .saturating_add(1);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let end = start.saturating_add(line.len());
        sources.mask(Span::new(span.source, offset(from.min(end)), offset(end)));
    }
}

/// The YAML reader speaks of mapping files; here its faults are those of a configuration.
fn of_configuration(fault: &Diagnostic) -> Diagnostic {
    let code = match fault.code {
        Code::M001 | Code::M003 => Code::C001,
        Code::M002 => Code::C002,
        other => other,
    };
    Diagnostic {
        code,
        ..fault.clone()
    }
}

#[cfg(test)]
mod tests;
