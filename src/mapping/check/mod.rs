//! What is wrong with the mappings of an upstream, beyond the form of its files.
//!
//! Each kind of fault has a file of its own. All of them look at every mapping by itself and at every operation
//! with its views; a fault that is met from several places is told once.

mod answers;
mod assumed;
mod broken;
mod calls;
mod care;
mod cases;
mod cells;
mod chains;
mod covered;
mod flags;
mod guards;
mod kept;
mod kinds;
mod literals;
mod media;
mod once;
mod operations;
mod references;
mod requests;
mod required;
mod routes;
mod sandbox;
mod separator;
mod settings;
mod states;
mod tables;
mod unused;
mod values;
mod variants;
mod views;

use std::collections::BTreeMap;

use broken::Broken;

pub use cases::{fails, idle};
pub(crate) use chains::weakest;

use crate::diag::{Code, Diagnostic, Report, Severity, SourceId};
use crate::mapping::ast::{MappingFile, Message};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::survey::{MESSAGES, Survey, Usage};

/// Checks every upstream of a catalog. What reading the files reported is not reported again, nor what may only
/// follow from it.
pub fn check(catalog: &Catalog, report: &mut Report) {
    let broken: Vec<(&String, &MappingSet, Broken<'_>)> = catalog
        .mappings
        .iter()
        .map(|(name, set)| (name, set, Broken::of(catalog, set, report)))
        .collect();
    for (name, set, broken) in broken {
        if broken.is_everything() {
            continue;
        }
        let mut found = Report::new();
        check_set(catalog, name, set, &mut found);
        let mut sound = Report::new();
        sound.extend(found.iter().filter(|fault| !broken.hides(fault)).cloned());
        let named = broken.with(&sound);
        let shadows = sound.iter().filter(|fault| !named.shadows(fault));
        let sound = shadows.fold(Report::new(), |mut told, fault| {
            told.push(fault.clone());
            told
        });
        once::tell(&sound, &catalog.sources, report);
    }
}

fn check_set(catalog: &Catalog, name: &str, set: &MappingSet, report: &mut Report) {
    let settings = values::fitting(catalog, name, set, report);
    let survey = Survey::new(catalog, set, &settings);
    let usage = Usage::of(&survey);
    names(&survey, name, &settings, report);
    for mapping in set.mappings.iter().filter(|mapping| !mapping.fragment) {
        for message in messages(mapping, &usage) {
            check_mapping(&survey, &usage, mapping, message, report);
        }
        variants::check(&survey, mapping, report);
        guards::check(&survey, mapping, report);
        assumed::check(&survey, mapping, report);
        covered::never_runs(&survey, mapping, report);
    }
    chains::laws(&survey, report);
    settings::check(&survey, report);
    media::check(&survey, report);
    literals::check(&survey, report);
    tables::rows(&survey, report);
    unused::check(&survey, &usage, report);
    views::check(&survey, report);
    requests::check(&survey, report);
    required::written(&survey, report);
    care::urls(&survey, report);
    routes::check(&survey, report);
    answers::check(&survey, report);
    operations::check(&survey, report);
    references::check(&survey, report);
    calls::check(&survey, report);
    kept::check(&survey, report);
    states::check(&survey, report);
    sandbox::check(&survey, report);
}

/// The messages that a mapping is checked in: those that it serves, or all if nothing uses it.
fn messages(mapping: &MappingFile, usage: &Usage) -> Vec<Message> {
    let has = |message: &Message| {
        mapping
            .native
            .as_ref()
            .is_some_and(|native| native.of(*message).is_some())
    };
    let served: Vec<Message> = MESSAGES
        .into_iter()
        .filter(has)
        .filter(|message| usage.serves(mapping, *message))
        .collect();
    if served.is_empty() {
        MESSAGES.into_iter().filter(has).collect()
    } else {
        served
    }
}

fn check_mapping<'a>(
    survey: &Survey<'a>,
    usage: &Usage,
    mapping: &'a MappingFile,
    message: Message,
    report: &mut Report,
) {
    if let Some(document) = survey.compiler.document(mapping, None, message, report) {
        let mut found = Report::new();
        let _ = survey.compiler.plan(&document, message, &mut found);
        let own = sources(survey, mapping);
        // What another mapping says is judged by itself.
        tell(
            &found,
            |fault| {
                // Guards have a check of their own, which says more.
                fault.code != Code::M230 && fault.span.is_none_or(|span| own.contains(&span.source))
            },
            report,
        );
    }
    let walks = survey.walks(mapping, message);
    for walk in &walks {
        chains::types(survey, walk, report);
        tables::uses(survey, walk, report);
        cells::check(survey, walk, report);
        care::forbidden(walk, report);
        flags::check(survey, walk, report);
        if message == Message::Response {
            required::read(survey, mapping, walk, report);
        }
    }
    if usage.serves(mapping, message) {
        covered::check(survey, mapping, message, &walks, report);
    }
}

/// What compiling the upstream finds wrong: names and places of operations above all.
fn names(
    survey: &Survey<'_>,
    name: &str,
    settings: &BTreeMap<String, String>,
    report: &mut Report,
) {
    // Judged here with more to say, or a matter of the operator's settings.
    const NOT_HERE: [Code; 2] = [Code::M404, Code::M513];
    let of_mappings: Vec<SourceId> = survey
        .set
        .mappings
        .iter()
        .map(|file| file.key.source)
        .collect();
    let is_new = |fault: &Diagnostic| {
        let of_mapping = fault
            .span
            .is_some_and(|span| of_mappings.contains(&span.source));
        let of_settings = fault.code.as_str().starts_with('C');
        // Mappings were judged by themselves, over their own definitions and not over views.
        !of_settings && !NOT_HERE.contains(&fault.code) && (fault.code == Code::M201 || !of_mapping)
    };
    let found = values::compiled(survey.catalog, name, survey.set, settings);
    tell(&found, is_new, report);
}

/// Passes on faults; in a circle every rule meets itself, which says nothing more.
fn tell(found: &Report, wanted: impl Fn(&Diagnostic) -> bool, report: &mut Report) {
    let circle = found.iter().any(|fault| fault.code == Code::M202);
    let told = found
        .iter()
        .filter(|fault| !(circle && fault.code == Code::M201));
    report.extend(told.filter(|fault| wanted(fault)).cloned());
}

/// The files of a mapping and its fragments.
fn sources(survey: &Survey<'_>, mapping: &MappingFile) -> Vec<SourceId> {
    let mut files = vec![mapping];
    let mut next = 0;
    while let Some(file) = files.get(next).copied() {
        let included = file
            .include
            .iter()
            .filter_map(|name| survey.compiler.mapping(&name.value));
        for one in included {
            if !files.iter().any(|known| known.key == one.key) {
                files.push(one);
            }
        }
        next = next.saturating_add(1);
    }
    files.iter().map(|file| file.key.source).collect()
}

/// Checks the cases of a catalog for what can be seen without running them: names that nothing has (M103), files that
/// are not there (F004), and cases that exercise nothing (M601).
pub fn check_cases(catalog: &Catalog, report: &mut Report) {
    for set in catalog.mappings.values() {
        let upstream = set.upstream.as_ref().map(|file| file.key.source);
        let is_whole = !report.iter().any(|fault| {
            let source = fault.span.map(|span| span.source);
            fault.severity == Severity::Error && source.is_some() && source == upstream
        });
        for case in &set.cases {
            let mut found = Report::new();
            cases::names(catalog, set, case, &mut found);
            // What stands in a file at fault is not missing.
            report.extend(found.iter().filter(|_| is_whole).cloned());
            report.extend(idle(case));
        }
    }
}
