//! Documents that an upstream sends by itself: how each is recognised, and which events it is.

use super::body::{Bodies, Body, Root};
use super::source::Lookup;
use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast;
use crate::mapping::syntax::Path;

/// One document that may come.
#[derive(Debug)]
pub(crate) struct Callback {
    pub(crate) body: Body,
    /// The type of its events.
    pub(crate) event: Box<str>,
    /// Names of the members that lead to what makes delivery idempotent; of each item, if the document has items.
    pub(crate) once: Vec<Box<str>>,
}

/// Compiles callbacks; those at fault are reported and left out.
pub(super) fn compile(
    said: &[ast::Callback],
    bodies: &Bodies<'_>,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Vec<Callback> {
    let compiled = said.iter().map(|said| {
        let is_known = is_event(&said.event, lookup, report);
        // It is what the upstream says of itself, its ids too: read as an answer is.
        let body = bodies.answer(&said.body, &said.fields, false, report)?;
        let once = match &said.once {
            Some(path) => names(path, said, &body, bodies, lookup, report)?,
            None => Vec::new(),
        };
        is_known.then(|| Callback {
            body,
            event: said.event.value.as_str().into(),
            once,
        })
    });
    compiled.flatten().collect()
}

/// Holds that the model knows this type of event.
fn is_event(said: &ast::Text, lookup: &Lookup<'_>, report: &mut Report) -> bool {
    let event = lookup.shapes.definition("Event");
    let member = event.and_then(|event| {
        let (_, member) = lookup.shapes.get(event).object()?.member("type")?;
        Some(member.shape)
    });
    let scalar = member.and_then(|member| lookup.shapes.get(member).scalar());
    let Some(scalar) = scalar else {
        return true;
    };
    if scalar.values.iter().any(|value| **value == *said.value) {
        return true;
    }
    let message = format!("`{}` is no type of an Event", said.value);
    let known = scalar.values.iter().map(|value| &**value);
    report.push(Diagnostic::new(Code::M303, said.span, message).help(offered(&said.value, known)));
    false
}

/// The mapping that a document's rules name for its items.
fn items(said: &ast::Callback) -> Option<&str> {
    let rules = said.fields.iter();
    let of_items = |rule: &&ast::Rule| {
        let mut paths = rule.places.iter();
        paths.any(|path| path.to_string() == "items")
    };
    rules
        .filter(of_items)
        .find_map(|rule| rule.map.as_ref()?.name.as_name())
}

/// The names of a place without selectors. Those of a resource or of an item are held against its type.
fn names(
    path: &Path,
    said: &ast::Callback,
    body: &Body,
    bodies: &Bodies<'_>,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<Vec<Box<str>>> {
    if let Some(step) = path.steps.iter().find(|step| step.select.is_some()) {
        let message = "what makes delivery idempotent is one value";
        let fault = Diagnostic::new(Code::M004, step.span, message);
        report.push(fault.help("name the members that lead to it"));
        return None;
    }
    let mapping = said
        .body
        .name
        .as_name()
        .and_then(|name| bodies.compiler.mapping(name));
    let mapping = match body.root {
        Root::Resource => mapping,
        _ => items(said).and_then(|name| bodies.compiler.mapping(name)),
    };
    let resource = mapping.and_then(|mapping| mapping.canonical.as_ref());
    let resource = resource.and_then(|name| lookup.shapes.definition(&name.value));
    if let Some(resource) = resource {
        lookup.place(resource, &path.steps, path, report)?;
    }
    Some(
        path.steps
            .iter()
            .map(|step| step.name.as_str().into())
            .collect(),
    )
}
