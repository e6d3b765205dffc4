//! One document by one mapping.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use secrecy::ExposeSecret;

use super::{call, show};
use crate::cli::console::{Console, Exit};
use crate::codec::{Fault, Limits, encoding};
use crate::diag::nearest::known_names;
use crate::diag::{Report, Sources};
use crate::engine::exchange;
use crate::engine::{CaptureFault, Direction, Engine, Failure, Incoming, Reading, Surroundings};
use crate::gateway::foresee::{self, Foreseen};
use crate::mapping::ast::{self, Message};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::Compiler;
use crate::mapping::compile::upstream::Settings;
use crate::mapping::convert::CallFacts;
use crate::mapping::plan::{Plan, Wire};

/// What is to be translated.
pub(super) struct Asked<'a> {
    pub(super) mapping: &'a str,
    pub(super) upstream: &'a str,
    pub(super) message: Message,
    pub(super) to_native: bool,
    pub(super) patch: bool,
    pub(super) settings: &'a Settings,
    pub(super) input: &'a [u8],
    pub(super) base: Option<&'a [u8]>,
    pub(super) raw: bool,
}

/// Translates and writes the result.
pub(super) fn run(
    asked: &Asked<'_>,
    catalog: &Catalog,
    set: &MappingSet,
    console: &mut Console,
) -> io::Result<Exit> {
    let (name, view) = match asked.mapping.split_once(" as ") {
        Some((name, view)) => (name.trim(), Some(view.trim())),
        None => (asked.mapping, None),
    };
    let settings: BTreeMap<String, String> = asked
        .settings
        .iter()
        .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
        .collect();
    let compiler = Compiler {
        canonical: &catalog.canonical,
        native: &set.native,
        mappings: &set.mappings,
        tables: &set.tables,
        settings: &settings,
        upstream: asked.upstream,
        wire: wire(set),
    };
    let Some(file) = compiler.mapping(name) else {
        let known = set
            .mappings
            .iter()
            .map(|mapping| mapping.name.value.as_str());
        let message = format!("`{}` has no mapping `{name}`", asked.upstream);
        return console.unknown(&message, known_names(name, known));
    };
    let mut report = Report::new();
    let Some(document) = compiler.document(file, view, asked.message, &mut report) else {
        console.faults(&report, &catalog.sources)?;
        let message = "the mapping has no such document: it is a fragment, or the view or message is none of it";
        return console.unknown(message, None);
    };
    let Some(plan) = compiler.plan(&document, asked.message, &mut report) else {
        console.faults(&report, &catalog.sources)?;
        return Ok(Exit::BadConfiguration);
    };
    let (input, base) = match in_utf8(asked, plan.native.wire) {
        Ok(documents) => documents,
        Err(fault) => {
            console.note(format!("error: {}, at byte {}", fault.what, fault.at))?;
            return Ok(Exit::Findings);
        }
    };
    let asked = &Asked {
        input: &input,
        base: base.as_deref(),
        ..*asked
    };
    translate(asked, &plan, (catalog, file.canonical.as_ref()), console)
}

/// What a gateway refuses of a request's document, whichever upstream it is for.
fn refused(asked: &Asked<'_>, catalog: &Catalog, canonical: Option<&ast::Text>) -> Vec<Foreseen> {
    let is_judged = asked.to_native && asked.message == Message::Request;
    let Some(title) = canonical.filter(|_| is_judged) else {
        return Vec::new();
    };
    let is_patch = asked.patch || asked.base.is_some();
    let of = (title.value.as_str(), is_patch);
    foresee::of_document(catalog, of, asked.input, asked.upstream)
}

/// A document and its base.
type Documents<'a> = (Cow<'a, [u8]>, Option<Cow<'a, [u8]>>);

/// Both documents in UTF-8, of which XML may be in another encoding.
fn in_utf8<'a>(asked: &Asked<'a>, wire: Wire) -> Result<Documents<'a>, Fault> {
    let native = |document: &'a [u8]| match wire {
        Wire::Xml => encoding::decode(document, None),
        Wire::Json | Wire::Form => Ok(Cow::Borrowed(document)),
    };
    let input = match asked.to_native {
        true => Cow::Borrowed(asked.input),
        false => native(asked.input)?,
    };
    Ok((input, asked.base.map(native).transpose()?))
}

fn translate(
    asked: &Asked<'_>,
    plan: &Plan,
    (catalog, canonical): (&Catalog, Option<&ast::Text>),
    console: &mut Console,
) -> io::Result<Exit> {
    let sources = &catalog.sources;
    let mut engine = Engine::default();
    let mut out = Vec::new();
    let facts = CallFacts {
        nonce: [0; 12],
        request_id: "00000000-0000-0000-0000-000000000000",
        now_unix_ms: 0,
    };
    let around = Surroundings {
        given: &[],
        call: &facts,
    };
    let limits = Limits::default();
    let input = Incoming::Text(asked.input);
    let done = match (asked.base, asked.to_native) {
        (Some(base), true) => engine.put(plan, input, base, &limits, around, &mut out),
        _ => {
            let direction = if asked.to_native {
                Direction::ToNative
            } else {
                Direction::ToCanonical
            };
            let reading = if asked.patch {
                Reading::Patch
            } else {
                Reading::Whole
            };
            engine.translate(plan, direction, input, reading, &limits, around, &mut out)
        }
    };
    if let Err(failure) = done {
        for line in faults(&failure, asked, plan, sources) {
            console.note(format!("error: {line}"))?;
        }
        return Ok(Exit::Findings);
    }
    let refused = refused(asked, catalog, canonical);
    if !refused.is_empty() {
        return call::refusals(&refused, console);
    }
    let wire = if asked.to_native {
        plan.native.wire
    } else {
        Wire::Json
    };
    if asked.raw || (asked.base.is_some() && asked.to_native) {
        console.say(&out)?;
    } else {
        console.line(show::pretty(&out, wire).trim_ascii_end())?;
    }
    losses(&engine, asked, plan, sources, console)?;
    Ok(Exit::Ok)
}

/// A line for each loss: why, its place in the document, and the rule. Never a value.
fn losses(
    engine: &Engine,
    asked: &Asked<'_>,
    plan: &Plan,
    sources: &Sources,
    console: &mut Console,
) -> io::Result<()> {
    let (losses, count) = engine.losses();
    let wire = match asked.to_native {
        true => Wire::Json,
        false => plan.native.wire,
    };
    let lost = exchange::placed(losses, asked.input, wire);
    for (loss, lost) in losses.iter().zip(lost) {
        let rule = rule(plan, loss.rule, sources);
        let at = match lost.pointer.is_empty() {
            true => show::position(asked.input, loss.at),
            false => lost.pointer,
        };
        console.note(format!("lost: {} at {at}{rule}", lost.code))?;
    }
    let untold = usize::try_from(count)
        .unwrap_or(usize::MAX)
        .saturating_sub(losses.len());
    if untold > 0 {
        console.note(format!("lost: {untold} more"))?;
    }
    Ok(())
}

/// A line for each fault: place, what was expected, and the rule. Never a value.
fn faults(failure: &Failure, asked: &Asked<'_>, plan: &Plan, sources: &Sources) -> Vec<String> {
    let (fault, document, of) = match failure {
        Failure::Faults(faults) => {
            let line = |fault: &crate::engine::Fault| {
                let at = show::position(asked.input, fault.at);
                format!(
                    "{at}: expected {}{}",
                    fault.why,
                    rule(plan, fault.rule, sources)
                )
            };
            return faults.iter().map(line).collect();
        }
        Failure::Input(fault) => (fault, asked.input, ""),
        Failure::Base(fault) => (fault, asked.base.unwrap_or_default(), "base "),
    };
    vec![match fault {
        CaptureFault::Format(fault) => {
            format!("{of}{}: {}", show::position(document, fault.at), fault.what)
        }
        CaptureFault::Shape(fault) => format!(
            "{of}{}: expected {}",
            show::position(document, fault.at),
            fault.why
        ),
    }]
}

/// ` (mappings/x/y.yaml:12:3)`, if it is known.
fn rule(plan: &Plan, rule: u16, sources: &Sources) -> String {
    let info = plan.rules.get(usize::from(rule)).and_then(|info| info.span);
    info.map_or_else(String::new, |span| {
        let at = sources.position(span);
        format!(" ({}:{}:{})", sources.name(span.source), at.line, at.column)
    })
}

fn wire(set: &MappingSet) -> Wire {
    let media = set
        .upstream
        .as_ref()
        .and_then(|upstream| upstream.media_type.as_ref());
    let essence = media.map_or("", |media| {
        media.value.split(';').next().unwrap_or("").trim()
    });
    if essence.ends_with("/xml") || essence.ends_with("+xml") {
        Wire::Xml
    } else if essence == "application/x-www-form-urlencoded" {
        Wire::Form
    } else {
        Wire::Json
    }
}
