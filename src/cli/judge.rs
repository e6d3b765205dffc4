//! What is said of mappings before they serve: faults of their files, and cases that fail.

use crate::cli::settings::Given;
use crate::diag::{Code, Diagnostic, Report, Severity};
use crate::gateway::{Judge, openapi};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::upstream::Upstream;
use crate::{mapping, proof, sandbox};

/// Checks everything that can be read; runs the cases of folders without error, and reads what their sandboxes hold.
/// Gives the mappings of these folders.
pub(super) fn judge<'c>(catalog: &'c Catalog, report: &mut Report) -> Vec<&'c str> {
    mapping::check::check(catalog, report);
    mapping::check::check_cases(catalog, report);
    canonical(catalog, report);
    let mut sound = Vec::new();
    for (name, set) in &catalog.mappings {
        if is_sound(catalog, &set.folder, report) {
            report.append(proof::cases::faults(catalog, name));
            report.append(sandbox::faults(catalog, name));
            sound.push(name.as_str());
        }
    }
    sound
}

/// Tries what a gateway makes of the canonical schemas only when it is needed: the judge of bodies, and the API's
/// description.
fn canonical(catalog: &Catalog, report: &mut Report) {
    let of_model = |fault: &Diagnostic| {
        let file = fault.span.map(|span| catalog.sources.name(span.source));
        fault.severity == Severity::Error && file.is_none_or(|file| file.contains("canonical/"))
    };
    if report.iter().any(of_model) {
        return;
    }
    let (operations, schemas) = (&catalog.operations, &catalog.canonical_schemas);
    let judge = Judge::new(operations, schemas).err();
    let fault = judge.or_else(|| openapi::document(operations, schemas).err());
    if let Some(fault) = fault {
        report.push(Diagnostic::new(Code::F005, None, fault.to_string()).help(
            "mend the schemas of the model, or leave `--schemas` out: the shipped model is whole",
        ));
    }
}

/// Compiles a mapping with its sandbox's settings.
///
/// # Errors
/// What the compiler says.
pub(super) fn compiled(
    catalog: &Catalog,
    name: &str,
    set: &MappingSet,
) -> Result<Upstream, Report> {
    let settings = Given::default().over(set);
    let auth = set
        .sandbox
        .as_ref()
        .and_then(|sandbox| sandbox.auth.as_ref());
    Upstream::compile(catalog, name, name, &settings, auth)
}

/// Tells whether the files of a folder have no error, nor what stands above all folders.
fn is_sound(catalog: &Catalog, folder: &str, report: &Report) -> bool {
    let own = format!("mappings/{folder}/");
    report
        .iter()
        .filter(|fault| fault.severity == Severity::Error)
        .all(|fault| {
            let file = fault.span.map(|span| catalog.sources.name(span.source));
            file.is_some_and(|file| file.starts_with("mappings/") && !file.starts_with(&own))
        })
}
