//! Objects and the rules over their members.

use std::ptr;

use super::forms::{constant_of, is_false};
use super::layers::{each, texts};
use super::reader::{Pending, Reader};
use crate::diag::nearest::{did_you_mean, nearest};
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::yaml::{Entry, Node, Scalar};
use crate::model::shape::{Dependent, Object, ShapeId};

/// A member before its shape is known.
pub(super) struct Found<'a> {
    pub(super) key: &'a Scalar,
    /// Its schemas, that of the base first.
    pub(super) direct: Vec<&'a Node>,
    pub(super) forbidden: bool,
    pub(super) required: Option<Span>,
}

/// What is said about members without a name.
enum Open<'a> {
    Silent,
    Closed,
    Shaped(Vec<&'a Node>),
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn object(&mut self, pending: &Pending<'a>, flat: &[&'a Node]) -> Object {
        let before = self.faults.len();
        let mut found = self.found(flat);
        self.require(flat, &mut found);
        let (min_members, max_members) = self.counts(flat, "minProperties", "maxProperties");
        let open = self.open(pending, flat);
        let any_of = each(flat, "anyOf")
            .map(|node| self.alternatives(node, &found))
            .collect();
        let dependents = self.dependents(flat, &found);
        if flat.iter().any(|layer| misspells_members(layer)) {
            // That a member is missing is told of the keyword which should have held it.
            let told = self.faults.split_off(before);
            let told = told.into_iter().filter(|fault| fault.code != Code::S001);
            self.faults.extend(told);
        }
        let members: Vec<_> = found
            .iter()
            .map(|member| self.member(member, &pending.name))
            .collect();
        self.check_spellings(&found, &members);
        Object {
            members,
            open,
            any_of,
            dependents,
            min_members,
            max_members,
        }
    }

    fn found(&mut self, flat: &[&'a Node]) -> Vec<Found<'a>> {
        let mut found: Vec<Found<'a>> = Vec::new();
        let mut closed = false;
        for layer in flat {
            for entry in layer
                .get("properties")
                .and_then(Node::as_map)
                .unwrap_or_default()
            {
                self.find(entry, closed, &mut found);
            }
            closed |= layer.get("additionalProperties").is_some_and(is_false);
        }
        found
    }

    fn find(&mut self, entry: &'a Entry, closed: bool, found: &mut Vec<Found<'a>>) {
        let name = entry.key.text.as_str();
        let forbids = is_false(&entry.value);
        if let Some(member) = found.iter_mut().find(|member| member.key.text == name) {
            if member.forbidden && !forbids {
                self.wider(entry.key.span, format!("`{name}` is forbidden by the base"));
            }
            member.forbidden |= forbids;
            if !forbids
                && !member
                    .direct
                    .iter()
                    .any(|known| ptr::eq(*known, &raw const entry.value))
            {
                member.direct.push(&entry.value);
            }
            return;
        }
        if forbids || closed {
            let help = did_you_mean(name, found.iter().map(|member| member.key.text.as_str()));
            let message = format!("`{name}` is no member of the base");
            let fault = Diagnostic::new(Code::M105, entry.key.span, message);
            let advice = if forbids {
                "a view forbids members of its base"
            } else {
                "the base allows no other members"
            };
            self.faults.push(fault.help(advice).maybe_help(help));
        }
        found.push(Found {
            key: &entry.key,
            direct: if forbids {
                Vec::new()
            } else {
                vec![&entry.value]
            },
            forbidden: forbids,
            required: None,
        });
    }

    fn require(&mut self, flat: &[&'a Node], found: &mut [Found<'a>]) {
        for name in each(flat, "required").flat_map(texts) {
            self.is_member(name, "required", found);
            let member = found.iter_mut().find(|member| member.key.text == name.text);
            let Some(member) = member else {
                continue;
            };
            member.required = Some(name.span);
        }
        for member in found {
            if let Some(span) = member.required.filter(|_| member.forbidden) {
                let message = format!(
                    "`{}` is required and forbidden: nothing fits",
                    member.key.text
                );
                let fault = Diagnostic::new(Code::S011, span, message);
                self.faults
                    .push(fault.help("a view forbids only what its base does not require"));
            }
        }
    }

    fn is_member(&mut self, name: &Scalar, keyword: &str, found: &[Found<'a>]) {
        if found.iter().any(|member| member.key.text == name.text) {
            return;
        }
        let message = format!("`{}` in `{keyword}` is no member", name.text);
        let known = found.iter().map(|member| member.key.text.as_str());
        let fault = Diagnostic::new(Code::S001, name.span, message);
        let help = did_you_mean(&name.text, known);
        self.faults.push(
            fault
                .help("name a member that stands in `properties`")
                .maybe_help(help),
        );
    }

    fn names(&mut self, node: &Node, keyword: &str, found: &[Found<'a>]) -> Vec<Box<str>> {
        let names: Vec<_> = texts(node).collect();
        for name in &names {
            self.is_member(name, keyword, found);
        }
        names.iter().map(|name| name.text.as_str().into()).collect()
    }

    fn alternatives(&mut self, node: &Node, found: &[Found<'a>]) -> Vec<Vec<Box<str>>> {
        let alternatives = node.as_list().unwrap_or_default().iter();
        let required = alternatives.filter_map(|each| each.get("required"));
        required
            .map(|names| self.names(names, "anyOf", found))
            .collect()
    }

    fn dependents(&mut self, flat: &[&'a Node], found: &[Found<'a>]) -> Vec<Dependent> {
        let mut dependents = Vec::new();
        for entry in each(flat, "dependentRequired")
            .filter_map(Node::as_map)
            .flatten()
        {
            self.is_member(&entry.key, "dependentRequired", found);
            dependents.push(Dependent {
                member: entry.key.text.as_str().into(),
                value: None,
                needs: self.names(&entry.value, "dependentRequired", found),
            });
        }
        for layer in flat {
            let (condition, then) = match (layer.get("if"), layer.get("then")) {
                (Some(condition), Some(then)) => (condition, then),
                (Some(lone), None) | (None, Some(lone)) => {
                    let fault =
                        Diagnostic::new(Code::S005, lone.span, "`if` and `then` stand together");
                    self.faults
                        .push(fault.help("say with `then` what is required"));
                    continue;
                }
                (None, None) => continue,
            };
            let Some((member, value)) = constant_of(condition) else {
                continue;
            };
            for name in condition.get("required").into_iter().flat_map(texts) {
                self.is_member(name, "if", found);
            }
            let needs = then
                .get("required")
                .map(|names| self.names(names, "then", found));
            dependents.push(Dependent {
                member: member.into(),
                value: Some(value.into()),
                needs: needs.unwrap_or_default(),
            });
        }
        dependents
    }

    fn open(&mut self, pending: &Pending<'a>, flat: &[&'a Node]) -> Option<ShapeId> {
        let mut open = Open::Silent;
        for node in each(flat, "additionalProperties") {
            let loosens = matches!(open, Open::Closed) && !is_false(node);
            open = match open {
                _ if loosens => {
                    self.wider(node.span, "the base allows no members without a name");
                    Open::Closed
                }
                _ if is_false(node) => Open::Closed,
                Open::Shaped(mut schemas) => {
                    schemas.push(node);
                    Open::Shaped(schemas)
                }
                Open::Silent | Open::Closed if node.as_map().is_some() => Open::Shaped(vec![node]),
                other => other,
            };
        }
        match open {
            Open::Closed => None,
            Open::Silent => Some(self.any()),
            Open::Shaped(schemas) => {
                Some(self.shape_of(&schemas, format!("{}.*", pending.name), None))
            }
        }
    }
}

/// Tells whether a schema has something like `properties` that is no keyword.
fn misspells_members(layer: &Node) -> bool {
    let known = layer.get("properties").is_some();
    let mut keys = layer.as_map().unwrap_or_default().iter();
    !known && keys.any(|entry| !nearest(&entry.key.text, ["properties"]).is_empty())
}
