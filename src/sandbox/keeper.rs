//! Answers over what no rule carries, and what of requests is kept of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::act::Done;
use super::residue::{self, Document, Residue};
use super::store::{Record, Store};
use super::types::Target;
use super::value::Value;
use super::{place, types};
use crate::engine::Engine;
use crate::engine::exchange::{Accepted, NativeResponse, ServerOutcome, Warning, Worker};
use crate::mapping::ast::{Made, MappingFile};
use crate::mapping::compile::upstream::{AnswerBody, Root, RouteBody, Upstream};
use crate::mapping::plan::Plan;
use crate::model::shape::Shapes;

/// Stands for the id of a new record in what it begins with.
pub(super) const ID: &str = "{id}";

/// Writes answers over what no rule carries, and keeps that of requests.
pub(super) struct Keeper<'k> {
    pub(super) documents: &'k BTreeMap<Box<str>, Document>,
    pub(super) target: Target<'k>,
    /// The upstream's mappings: composite rules stand in them.
    pub(super) mappings: &'k [MappingFile],
    pub(super) shapes: &'k Shapes,
}

impl Keeper<'_> {
    /// Keeps what a request holds beside what rules carry.
    pub(super) fn keep(
        &self,
        body: &RouteBody,
        native: &[u8],
        done: &mut Done,
        store: &mut Store,
        engine: &mut Engine,
    ) {
        let mapping = &body.body.plan.mapping;
        let (Some(record), Some(document)) = (&done.record, self.documents.get(mapping)) else {
            return;
        };
        let Some(kept) = document.keep(native, engine) else {
            return;
        };
        let residue = match self.target {
            Target::Part { .. } => self.grafted(record, body, &kept, engine),
            Target::Record(_) | Target::Child { .. } => Some(kept),
        };
        if let Some(residue) = residue {
            let mut new = (**record).clone();
            new.residue = Some(Arc::new(residue));
            done.record = store.refresh(record, new);
        }
    }

    /// Lets a record that a call has made begin with what the upstream puts into each.
    pub(super) fn begin(
        &self,
        made: &[Made],
        done: &mut Done,
        store: &mut Store,
        engine: &mut Engine,
    ) {
        let (Some(record), Target::Record(kind)) = (&done.record, self.target) else {
            return;
        };
        let is_of_kind = |name: &str| {
            let mut files = self.mappings.iter();
            let file = files.find(|file| file.name.value == name);
            file.and_then(|file| file.canonical.as_ref())
                .is_some_and(|canonical| canonical.value == kind)
        };
        let found = made.iter().find_map(|made| {
            let name = made.body.name.to_string();
            let document = self
                .documents
                .get(name.as_str())
                .filter(|_| is_of_kind(&name))?;
            let text = made.document.value.replace(ID, &record.id);
            document.keep(text.as_bytes(), engine)
        });
        let Some(kept) = found else { return };
        let mut new = (**record).clone();
        let mut resource = kept.reads.clone();
        resource.merge(&new.resource);
        new.resource = resource;
        new.residue = Some(Arc::new(kept));
        done.resource = Some(new.resource.clone());
        done.record = store.refresh(record, new);
    }

    /// The parent's document with the part in its place.
    fn grafted(
        &self,
        record: &Record,
        body: &RouteBody,
        part: &Residue,
        engine: &mut Engine,
    ) -> Option<Residue> {
        let whole = record.residue.as_ref()?;
        let name = body.body.plan.native.root_name.bytes();
        let bytes = residue::with_child(&whole.bytes, name, &part.bytes)?;
        self.documents.get(&whole.mapping)?.keep(&bytes, engine)
    }

    /// Writes the answer; `None` if no case of the operation can.
    pub(super) fn respond(
        &self,
        upstream: &Upstream,
        accepted: &Accepted,
        done: &Done,
        worker: &mut Worker,
        engine: &mut Engine,
    ) -> Option<NativeResponse> {
        let warnings: Vec<Warning> = done.warnings.iter().map(|text| warning(text)).collect();
        let items = done
            .items
            .as_ref()
            .map(|items| Value::List(items.clone()).bytes());
        let etag = done.record.as_ref().map(|record| record.etag());
        let resource = done.resource.as_ref().map(Value::bytes);
        let outcome = ServerOutcome {
            resource: resource.as_deref(),
            items: items.as_deref(),
            warnings: &warnings,
            page: done.page.as_ref(),
            etag: etag.as_deref(),
            correlation_id: accepted.context.request_id.as_deref(),
            problem: None,
        };
        if warnings.is_empty()
            && let Some((base, patch)) = self.base(upstream, accepted, done, engine)
        {
            let over = ServerOutcome {
                resource: Some(&patch),
                ..outcome
            };
            if let Ok(response) = upstream.respond(accepted, &over, Some(&base), worker) {
                return Some(response);
            }
        }
        upstream.respond(accepted, &outcome, None, worker).ok()
    }

    /// The document to write over, and what of the resource differs from what it reads as.
    fn base(
        &self,
        upstream: &Upstream,
        accepted: &Accepted,
        done: &Done,
        engine: &mut Engine,
    ) -> Option<(Vec<u8>, Vec<u8>)> {
        let residue = done.record.as_ref()?.residue.as_ref()?;
        let resource = done.resource.as_ref()?;
        let plan = answer_plan(upstream, accepted)?;
        let (bytes, reads) = match self.target {
            Target::Part { .. } => {
                let document = self.documents.get(&plan.mapping)?;
                let bytes = residue::child(&residue.bytes, plan.native.root_name.bytes())?;
                let kept = document.keep(&bytes, engine)?;
                (kept.bytes, kept.reads)
            }
            Target::Record(_) | Target::Child { .. } if plan.mapping == residue.mapping => {
                (residue.bytes.clone(), residue.reads.clone())
            }
            Target::Record(_) | Target::Child { .. } => return None,
        };
        let mut patch = reads.patch_to(resource).unwrap_or_else(Value::empty);
        self.spare(&plan.mapping, resource, &mut patch);
        Some((bytes, patch.bytes()))
    }

    /// Takes out of a patch what would clear a value that the resource has in other words: what a request says reads
    /// with the answers-only partners of a composite rule, and no record that was made of it has those.
    fn spare(&self, mapping: &str, resource: &Value, patch: &mut Value) {
        let Some(file) = self.mappings.iter().find(|file| file.name.value == mapping) else {
            return;
        };
        let kind = file.canonical.as_ref().map_or("", |name| &name.value);
        for rule in file.fields.iter().filter(|rule| rule.places.len() > 1) {
            let unchanged = rule.places.iter().any(|path| {
                place::get(patch, &path.steps).is_none()
                    && place::get(resource, &path.steps).is_some()
            });
            for path in rule.places.iter().filter(|_| unchanged) {
                if place::get(patch, &path.steps) == Some(&Value::Null)
                    && types::is_read_only(self.shapes, kind, &path.steps)
                {
                    place::remove(patch, &path.steps);
                }
            }
        }
    }
}

/// The plan of the first answer that is a resource of its own.
fn answer_plan<'u>(upstream: &'u Upstream, accepted: &Accepted) -> Option<&'u Plan> {
    let operation = upstream.served(accepted)?;
    let cases = operation.cases(usize::from(accepted.route.0));
    cases
        .filter(|case| case.problem.is_none())
        .find_map(|case| match &case.body {
            AnswerBody::Document(body) if body.root == Root::Resource => Some(&*body.plan),
            _ => None,
        })
}

fn warning(text: &str) -> Warning {
    Warning {
        code: "saved-with-warning".to_owned(),
        detail: Some(text.to_owned()),
        pointer: None,
    }
}
