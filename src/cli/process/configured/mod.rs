//! From a configuration file to upstreams that are compiled: the one way, for what serves and for what only checks.

mod auth;
mod settings;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};

use super::known;
use super::ready::Ready;
use crate::cli::files;
use crate::cli::workers::side_by_side;
use crate::config::environment::Process;
use crate::config::{self, Flags};
use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, SourceId, Span};
use crate::gateway::Events;
use crate::mapping::ast;
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::{Settings, Upstream};
use crate::model::shape::Sensitivity;
use crate::upstream::{Identity, Origin, Roots, Tls};

pub(in crate::cli) use settings::effective;

/// A configuration and what it makes of the mappings.
#[derive(Debug)]
pub(in crate::cli) struct Configuration {
    pub(in crate::cli) settings: config::Settings,
    /// What of it holds as long as the process runs, and the file that says so.
    pub(in crate::cli) fixed: (config::Fixed, SourceId),
    /// Files of secrets that only a new reading follows.
    pub(in crate::cli) secret_files: Vec<String>,
    pub(in crate::cli) upstreams: Vec<Ready>,
    pub(in crate::cli) roots: Roots,
}

/// One upstream of the configuration while it is compiled.
struct Asked<'a> {
    said: &'a config::Upstream,
    /// Where it stands in the file.
    place: Span,
    auth: Option<ast::Auth>,
}

/// What is known of an upstream before it is compiled.
struct Prepared<'a> {
    asked: Asked<'a>,
    values: Settings,
    resolved: config::Resolved,
    /// Whether nothing is wrong so far.
    is_sound: bool,
}

/// What compiling came to, and how long it took.
type Attempt = (Result<Upstream, Report>, Duration);

/// Reads a configuration and compiles its upstreams. Every fault of both goes into the report, each at its place in
/// the configuration: with an error there is none.
pub(in crate::cli) fn configuration(
    path: &Path,
    flags: Flags<'_>,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Configuration> {
    let bytes = files::read(path, report)?;
    of_bytes((path, bytes), flags, catalog, report)
}

/// Compiles the upstreams of a configuration whose file was read, as [`configuration`] does.
pub(in crate::cli) fn of_bytes(
    (path, bytes): (&Path, Vec<u8>),
    flags: Flags<'_>,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Configuration> {
    let Ok(text) = String::from_utf8(bytes) else {
        let message = format!("`{}` is not UTF-8", path.display());
        report.push(Diagnostic::new(Code::F002, None, message).help("save the file as UTF-8"));
        return None;
    };
    let file = catalog.sources.add(path.display().to_string(), text);
    let loaded = look(file, flags, catalog, report);
    let prepared: Vec<_> = loaded
        .upstreams
        .iter()
        .map(|said| {
            let place = said.span.unwrap_or_else(|| Span::new(file, 0, 0));
            prepare(said, place, catalog, report)
        })
        .collect();
    let catalog = &*catalog;
    let roots = Roots::default();
    let attempts = attempts(&prepared, catalog, &roots);
    let upstreams: Vec<_> = prepared
        .into_iter()
        .zip(attempts)
        .map(|(prepared, attempt)| ready(prepared?, attempt, catalog, report))
        .collect();
    let settings = loaded.settings?;
    if let Some(events) = &settings.events
        && !Events::is_secret(events.secret.expose_secret())
    {
        let place = events.secret_span.unwrap_or_else(|| Span::new(file, 0, 0));
        let message = "`events.secret` must be Base64, with or without `whsec_` in front";
        let help = "take the secret as the application's side shows it, such as `whsec_...`";
        report.push(Diagnostic::new(Code::C003, place, message).help(help));
        return None;
    }
    let tokens = settings
        .callers
        .as_ref()
        .and_then(|callers| callers.tokens.as_ref());
    if let Some(said) = tokens
        && let Err(fault) = known::tokens(said)
    {
        let place = said.keys_span.unwrap_or_else(|| Span::new(file, 0, 0));
        let message = format!("`callers.tokens.keys`: {fault}");
        let help = "take the set that the issuer publishes, often at its `jwks_uri`";
        report.push(Diagnostic::new(Code::C003, place, message).help(help));
        return None;
    }
    Some(Configuration {
        settings,
        fixed: (loaded.fixed, file),
        secret_files: loaded.files,
        upstreams: upstreams.into_iter().collect::<Option<_>>()?,
        roots,
    })
}

/// Reads a text that stands for a configuration, without its upstreams.
pub(in crate::cli) fn settings_alone(
    text: &str,
    flags: Flags<'_>,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<config::Settings> {
    let file = catalog.sources.add("demo", text);
    look(file, flags, catalog, report).settings
}

fn look(
    file: SourceId,
    flags: Flags<'_>,
    catalog: &mut Catalog,
    report: &mut Report,
) -> config::Loaded {
    let operations: Vec<&str> = catalog
        .operations
        .iter()
        .map(|operation| &*operation.id)
        .collect();
    let given = config::Given {
        file: Some(file),
        flags,
        environment: &Process,
        operations: &operations,
    };
    config::look(&given, &mut catalog.sources, report)
}

/// Finds what the configuration says of one upstream.
fn prepare<'s>(
    said: &'s config::Upstream,
    place: Span,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Prepared<'s>> {
    let Catalog {
        mappings, sources, ..
    } = catalog;
    let Some(set) = mappings.get(&said.mapping) else {
        let message = format!("there is no mapping `{}`", said.mapping);
        let known = mappings.keys().map(String::as_str);
        let help = Some(offered(&said.mapping, known));
        let span = said.mapping_span.unwrap_or(place);
        report.push(Diagnostic::new(Code::C006, span, message).maybe_help(help));
        return None;
    };
    let before = report.len();
    let declared = settings::declared(set);
    let resolved = config::resolve(said, &declared, sources, report);
    let asked = Asked {
        said,
        place,
        auth: auth::of(said, set, place, report),
    };
    let values = resolved
        .values
        .iter()
        .map(|(name, value)| (name.clone(), SecretString::from(value.expose())))
        .collect();
    Some(Prepared {
        is_sound: resolved.is_whole && report.len() == before,
        asked,
        resolved,
        values,
    })
}

/// Compiles upstreams, as many at a time as the machine has processors; none where something is wrong already.
fn attempts(
    prepared: &[Option<Prepared<'_>>],
    catalog: &Catalog,
    roots: &Roots,
) -> Vec<Option<Attempt>> {
    let attempts: Vec<OnceLock<Attempt>> = prepared.iter().map(|_| OnceLock::new()).collect();
    side_by_side(prepared.len(), &|at| {
        if let (Some(Some(prepared)), Some(done)) = (prepared.get(at), attempts.get(at))
            && prepared.is_sound
        {
            let started = Instant::now();
            let compiled = attempt(&prepared.asked, &prepared.values, catalog);
            let took = started.elapsed();
            let over_tls = |compiled: &Upstream| compiled.base_url.starts_with("https:");
            if compiled.as_ref().is_ok_and(over_tls) && prepared.asked.said.ca.is_none() {
                // While others compile.
                roots.ready();
            }
            let _ = done.set((compiled, took));
        }
    });
    attempts.into_iter().map(OnceLock::into_inner).collect()
}

/// Makes an upstream that compiled ready, or tells why it did not.
fn ready(
    prepared: Prepared<'_>,
    attempt: Option<Attempt>,
    catalog: &Catalog,
    report: &mut Report,
) -> Option<Ready> {
    let Prepared {
        asked,
        values,
        resolved,
        ..
    } = prepared;
    let set = catalog.mappings.get(&asked.said.mapping)?;
    let Some((attempt, took)) = attempt else {
        // What the values that are there do to the mapping is told all the same.
        settings::blame(&asked, set, &values, catalog, report);
        return None;
    };
    match attempt {
        Ok(compiled) => {
            let mut upstream = identified(compiled, asked.place, report)?;
            trusted(asked.said, &upstream, asked.place, report)?;
            settings::together(&asked, set, &upstream, catalog, report);
            called(asked.said, &upstream, asked.place, report)?;
            let in_url = &asked.said.in_url;
            upstream.keep_out_of_urls(|operation, sensitivity| {
                let id = catalog.at(operation).map_or("", |operation| &*operation.id);
                let is_named = |ids: &[String]| ids.iter().any(|named| named == id);
                let is_allowed = sensitivity < Sensitivity::Secret || is_named(&in_url.allow);
                is_allowed && !is_named(&in_url.refuse)
            });
            Some(Ready {
                settings: settings::effective(set, &values, &resolved.values),
                files: in_files(asked.said),
                made_of: asked.said.made_of(&[&catalog.model, &upstream.version]),
                upstream: Arc::new(upstream),
                conduct: asked.said.conduct.clone(),
                ca: asked.said.ca.clone(),
                took,
            })
        }
        Err(faults) => {
            if !settings::blame(&asked, set, &values, catalog, report) {
                report.extend(faults.iter().map(|fault| moved(fault, asked.place)));
            }
            None
        }
    }
}

/// The secrets of an upstream that stand in files.
fn in_files(said: &config::Upstream) -> Vec<(String, String)> {
    let settings = said.settings.iter();
    let secret = settings.filter(|setting| setting.value.is_secret());
    let named = secret.filter_map(|setting| Some((setting.name.clone(), setting.file.clone()?)));
    named.chain(said.auth_files.iter().cloned()).collect()
}

/// Tries whether the client certificate reads, and whether there is TLS to show it in.
fn identified(compiled: Upstream, place: Span, report: &mut Report) -> Option<Upstream> {
    let Some((certificate, key)) = compiled.identity() else {
        return Some(compiled);
    };
    let told = match Identity::read(certificate, key) {
        Err(fault) => fault.to_string(),
        Ok(_) if !compiled.base_url.starts_with("https:") => {
            "a client certificate is shown in TLS alone: the base URL must begin with `https:`"
                .to_owned()
        }
        Ok(_) => return Some(compiled),
    };
    report.push(Diagnostic::new(Code::C003, place, told).help(
        "give files in PEM, and a base URL that begins with `https:`; or leave the certificates out",
    ));
    None
}

/// Tries whether the root certificates read, and whether there is TLS to trust them in.
fn trusted(
    said: &config::Upstream,
    compiled: &Upstream,
    place: Span,
    report: &mut Report,
) -> Option<()> {
    let Some(ca) = &said.ca else {
        return Some(());
    };
    let told = match Tls::with_ca(ca.expose_secret(), None) {
        Err(fault) => fault.to_string(),
        Ok(_) if !compiled.base_url.starts_with("https:") => {
            "root certificates are trusted in TLS alone: the base URL must begin with `https:`"
                .to_owned()
        }
        Ok(_) => return Some(()),
    };
    report.push(Diagnostic::new(Code::C003, place, told).help(
        "give files in PEM, and a base URL that begins with `https:`; or leave the certificates out",
    ));
    None
}

/// Tries whether the base URL names an address that is never called.
fn called(
    said: &config::Upstream,
    compiled: &Upstream,
    place: Span,
    report: &mut Report,
) -> Option<()> {
    let origin = Origin::of(&compiled.base_url).ok()?;
    let Some(range) = origin.refused(&said.conduct.addresses.allow) else {
        return Some(());
    };
    let told = format!(
        "the base URL of `{}` names a {} address, which is never called",
        said.name,
        range.name()
    );
    let help =
        "name the upstream's own address; or, if that is one, allow it under `addresses.allow`";
    report.push(Diagnostic::new(Code::C003, place, told).help(help));
    None
}

/// Compiles the mapping with these settings, and tries whether calls can be addressed.
fn attempt(asked: &Asked<'_>, values: &Settings, catalog: &Catalog) -> Result<Upstream, Report> {
    let compiled = Upstream::compile(
        catalog,
        &asked.said.mapping,
        &asked.said.name,
        values,
        asked.auth.as_ref(),
    )?;
    match Origin::of(&compiled.base_url) {
        Ok(_) => Ok(compiled),
        Err(fault) => {
            let mut report = Report::new();
            let help = "such as `https://api.example:8443/base`; what else a call needs stands in the mapping or under `auth`";
            report.push(Diagnostic::new(Code::C003, None, fault.to_string()).help(help));
            Err(report)
        }
    }
}

/// A fault that stands in the mapping and comes from the configuration.
fn moved(fault: &Diagnostic, place: Span) -> Diagnostic {
    let message = format!("the mapping does not compile: {}", fault.message);
    Diagnostic::new(fault.code, place, message)
        .note(fault.span, "here")
        .help("mend the mapping, or choose another one with `mapping`")
        .maybe_help(fault.help.clone())
}
