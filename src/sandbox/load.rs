//! The records of `sandbox.yaml`, read by the mappings that answer them.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::keeper;
use super::residue::Document;
use super::store::{Record, Store};
use super::types;
use super::value::Value;
use crate::diag::{Code, Diagnostic, Report};
use crate::engine::Engine;
use crate::mapping::ast::{self, MappingFile, Message};
use crate::mapping::catalog::{Catalog, MappingSet};
use crate::mapping::compile::Compiler;
use crate::mapping::compile::upstream::{Settings, Upstream};
use crate::mapping::plan::Wire;

/// What a sandbox starts with.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// Documents that records come from and are answered as, by mapping.
    pub(super) documents: BTreeMap<Box<str>, Document>,
    pub(super) store: Store,
}

/// Reads everything; what does not read is a fault of the report.
pub(super) fn load(
    catalog: &Catalog,
    set: &MappingSet,
    upstream: &Upstream,
    given: &Settings,
    now: i64,
    report: &mut Report,
) -> Loaded {
    let settings = settings(set, given);
    let compiler = Compiler {
        canonical: &catalog.canonical,
        native: &set.native,
        mappings: &set.mappings,
        tables: &set.tables,
        settings: &settings,
        upstream: &upstream.name,
        wire: wire(set),
    };
    let mut loading = Loading {
        catalog,
        upstream,
        now,
        engine: Engine::default(),
        loaded: Loaded::default(),
    };
    for file in set.mappings.iter().filter(|file| answers(file)) {
        // A mapping of requests only has no such document, which is no fault.
        let mut quiet = Report::new();
        let document = compiler.document(file, None, Message::Response, &mut quiet);
        let plan = document.and_then(|document| {
            Some((
                compiler.plan(&document, Message::Response, &mut quiet)?,
                document.native,
            ))
        });
        if let Some((plan, native)) = plan {
            let document = Document::new(plan, &set.native, native);
            loading
                .loaded
                .documents
                .insert(file.name.value.as_str().into(), document);
        }
    }
    for record in set.sandbox.iter().flat_map(|sandbox| &sandbox.records) {
        loading.record(record, set, report);
    }
    for made in set.sandbox.iter().flat_map(|sandbox| &sandbox.made) {
        loading.made(made, report);
    }
    loading.loaded
}

fn answers(file: &MappingFile) -> bool {
    let envelope = |name: &ast::Text| ["Outcome", "Problem"].contains(&name.value.as_str());
    file.canonical.as_ref().is_some_and(|name| !envelope(name))
}

/// The values of all settings, defaults among them.
fn settings(set: &MappingSet, given: &Settings) -> BTreeMap<String, String> {
    let declared = set.upstream.iter().flat_map(|upstream| &upstream.settings);
    let mut settings: BTreeMap<String, String> = declared
        .filter_map(|setting| {
            Some((
                setting.name.value.clone(),
                setting.value.default.as_ref()?.value.clone(),
            ))
        })
        .collect();
    settings.extend(
        given
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned())),
    );
    settings
}

fn wire(set: &MappingSet) -> Wire {
    let media = set
        .upstream
        .as_ref()
        .and_then(|upstream| upstream.media_type.as_ref());
    crate::mapping::compile::upstream::wire(media.map_or("application/json", |media| &media.value))
}

const ANSWERED: &str = "name a mapping that the `answers` of an operation name";
const TRANSLATE: &str = "`interlingua translate` says which place of the document is wrong";

/// Records on their way into the store.
struct Loading<'l> {
    catalog: &'l Catalog,
    upstream: &'l Upstream,
    now: i64,
    engine: Engine,
    loaded: Loaded,
}

impl Loading<'_> {
    /// Holds what new records begin with against its mapping.
    fn made(&mut self, said: &ast::Made, report: &mut Report) {
        let name = said.body.name.to_string();
        let Some(document) = self.loaded.documents.get(name.as_str()) else {
            let message = format!("`{name}` is no mapping of an answer");
            report.push(Diagnostic::new(Code::M103, said.body.span, message).help(ANSWERED));
            return;
        };
        let bytes = said.document.value.replace(keeper::ID, "1");
        if document.keep(bytes.as_bytes(), &mut self.engine).is_none() {
            let message = format!("the document is none of the mapping `{name}`");
            report.push(Diagnostic::new(Code::M602, said.document.span, message).help(TRANSLATE));
        }
    }

    fn record(&mut self, said: &ast::Record, set: &MappingSet, report: &mut Report) {
        for body in &said.body {
            let name = body.name.to_string();
            let kind = set.mapping(&name).and_then(|file| file.canonical.as_ref());
            let (Some(kind), Some(document)) = (kind, self.loaded.documents.get(name.as_str()))
            else {
                let message = format!("`{name}` is no mapping of an answer");
                report.push(Diagnostic::new(Code::M103, body.span, message).help(ANSWERED));
                continue;
            };
            let bytes = said.document.value.as_bytes();
            let Some(mut resource) = document.read(bytes, &mut self.engine) else {
                let message = format!("the document of the record is none of the mapping `{name}`");
                report
                    .push(Diagnostic::new(Code::M602, said.document.span, message).help(TRANSLATE));
                continue;
            };
            let residue = document.keep(bytes, &mut self.engine);
            let shapes = &self.catalog.canonical;
            if let Some(shape) = shapes.definition(&kind.value) {
                types::answerable(&mut resource, shapes, shape);
            }
            let id = self.id(said, &mut resource, &kind.value);
            let of = said.of.as_ref().map(|of| of.value.as_str());
            let others = || self.loaded.store.of(&kind.value);
            if others().any(|other| other.id == id && other.of.as_deref() == of) {
                let message = format!(
                    "another record of the type `{}` has the id of this one",
                    kind.value
                );
                report.push(
                    Diagnostic::new(Code::F006, said.span, message)
                        .help("a record is found by its id: give one of the two another"),
                );
            }
            self.loaded.store.add(Record {
                kind: kind.value.as_str().into(),
                id,
                of: said.of.as_ref().map(|of| of.value.clone()),
                resource,
                residue: residue.map(Arc::new),
                found_by: said
                    .found_by
                    .iter()
                    .map(|named| (named.name.value.clone(), named.value.value.clone()))
                    .collect(),
                version: 1,
                created: self.now,
                updated: self.now,
            });
        }
    }

    /// The local id: that of the record, that of the document, or the next one.
    fn id(&self, said: &ast::Record, resource: &mut Value, kind: &str) -> String {
        let qualifier = &*self.upstream.qualifier;
        let own = resource
            .text_of("id")
            .map(|id| id.strip_prefix(qualifier).unwrap_or(id).to_owned());
        let id = said
            .id
            .as_ref()
            .map(|id| id.value.clone())
            .or_else(|| own.clone());
        let id = id.unwrap_or_else(|| self.loaded.store.next_id(kind));
        let identified = types::object(&self.catalog.canonical, kind)
            .is_some_and(|object| object.member("id").is_some());
        if own.is_none() && identified {
            resource.set("id", Value::Text(format!("{qualifier}{id}")));
        }
        id
    }
}
