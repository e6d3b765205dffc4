//! The document of a problem, in the order in which people read it.

use super::redact::without_cards;
use super::{FieldError, MOST_ERRORS, Place, Problem, StepDone, UpstreamError};
use crate::codec::json::write;

/// What the `type` of every problem begins with.
const TYPE: &str = "urn:interlingua:problem:";

/// Writes members with commas between them.
struct Members<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

// === impl Members ===

impl<'a> Members<'a> {
    fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    fn name(&mut self, name: &str) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        write::string(self.out, name.as_bytes(), true);
        self.out.push(b':');
        self.out
    }

    fn text(&mut self, name: &str, value: &str) {
        write::string(self.name(name), value.as_bytes(), false);
    }

    fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn raw(&mut self, name: &str, value: &str) {
        self.name(name).extend_from_slice(value.as_bytes());
    }

    fn texts<'t>(&mut self, name: &str, values: impl ExactSizeIterator<Item = &'t str>) {
        if values.len() > 0 {
            let out = self.name(name);
            list(out, values, |out, value| {
                write::string(out, value.as_bytes(), false)
            });
        }
    }

    fn close(self) {
        self.out.push(b'}');
    }
}

fn list<T>(out: &mut Vec<u8>, items: impl Iterator<Item = T>, item: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (at, value) in items.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        item(out, value);
    }
    out.push(b']');
}

pub(super) fn document(problem: &Problem, request_id: &str) -> Vec<u8> {
    let row = problem.code.row();
    let mut out = Vec::with_capacity(384);
    let mut members = Members::open(&mut out);
    members.text("type", &[TYPE, row.name].concat());
    members.text("title", row.title);
    members.raw("status", row.status.as_str());
    members.text("code", row.name);
    let beyond = problem.errors.len().saturating_sub(MOST_ERRORS);
    if beyond > 0 {
        let mut detail = problem.detail.to_string();
        if !detail.is_empty() {
            detail.push(' ');
        }
        detail.push_str(&beyond.to_string());
        detail.push_str(" more faults are not listed.");
        members.text("detail", &detail);
    } else if !problem.detail.is_empty() {
        members.text("detail", &problem.detail);
    }
    if !request_id.is_empty() {
        members.text("requestId", request_id);
    }
    members.text("outcome", problem.outcome.name());
    members.raw(
        "retryable",
        if problem.is_retryable() {
            "true"
        } else {
            "false"
        },
    );
    if let Some(upstream) = &problem.upstream {
        write_upstream(members.name("upstream"), upstream);
    }
    if !problem.errors.is_empty() {
        let errors = problem.errors.iter().take(MOST_ERRORS);
        list(members.name("errors"), errors, write_error);
    }
    members.texts("allowed", problem.allowed.iter().map(String::as_str));
    if !problem.done.is_empty() {
        list(members.name("done"), problem.done.iter(), write_done);
    }
    members.texts("offeredBy", problem.offered_by.iter().map(|name| &**name));
    members.close();
    out
}

fn write_upstream(out: &mut Vec<u8>, upstream: &UpstreamError) {
    let mut members = Members::open(out);
    members.text("name", &upstream.name);
    if let Some(status) = upstream.status {
        members.raw("status", &status.to_string());
    }
    members.optional("code", upstream.code.as_deref());
    members.optional("message", upstream.message.as_deref());
    members.close();
}

fn write_done(out: &mut Vec<u8>, done: &StepDone) {
    let mut members = Members::open(out);
    members.text("step", &done.step);
    members.optional("id", done.id.as_deref());
    members.close();
}

fn write_error(out: &mut Vec<u8>, error: &FieldError) {
    let mut members = Members::open(out);
    members.text("code", &error.code);
    if !error.detail.is_empty() {
        members.text("detail", &error.detail);
    }
    match &error.place {
        Place::Pointer(pointer) => members.text("pointer", &without_cards(pointer)),
        Place::Parameter(name) => members.text("parameter", &without_cards(name)),
        Place::Unplaced => {}
    }
    members.optional("nativeField", error.native_field.as_deref());
    let candidates = error
        .candidates
        .iter()
        .map(|pointer| without_cards(pointer));
    let candidates: Vec<_> = candidates.collect();
    members.texts("candidates", candidates.iter().map(|pointer| &**pointer));
    members.close();
}
