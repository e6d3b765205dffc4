//! Which kind of shape the layers of a schema make, and what may not be said of it.

use super::keyword::{On, named};
use super::layers::{each, texts};
use super::lexeme;
use super::reader::{Pending, Reader};
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::yaml::{Node, Scalar};
use crate::model::shape::Form;

/// A type of JSON Schema that has a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Object,
    Array,
    Scalar(Form),
}

// === impl Type ===

impl Type {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "object" => Self::Object,
            "array" => Self::Array,
            "string" => Self::Scalar(Form::Text),
            "integer" => Self::Scalar(Form::Integer),
            "number" => Self::Scalar(Form::Number),
            "boolean" => Self::Scalar(Form::Boolean),
            _ => return None,
        })
    }

    fn is_within(self, wider: Self) -> bool {
        let integer = Self::Scalar(Form::Integer);
        self == wider || (self == integer && wider == Self::Scalar(Form::Number))
    }

    fn may_have(self, on: On) -> bool {
        match on {
            On::Anything | On::Root | On::Definition | On::Member => true,
            On::Object => self == Self::Object,
            On::List => self == Self::Array,
            On::Scalar => matches!(self, Self::Scalar(_)),
            On::Text => self == Self::Scalar(Form::Text),
            On::Number => self.is_within(Self::Scalar(Form::Number)),
        }
    }
}

// === impl Reader ===

impl<'a> Reader<'a> {
    /// Gives the types that all layers allow: none for anything, two for a scalar that is written as one of them.
    pub(super) fn types(&mut self, flat: &[&'a Node]) -> Vec<Type> {
        let mut types: Vec<Type> = Vec::new();
        for node in each(flat, "type") {
            let written: Vec<&Scalar> = match node.as_scalar() {
                Some(scalar) => vec![scalar],
                None => texts(node).collect(),
            };
            let said: Vec<Type> = written
                .iter()
                .filter_map(|scalar| Type::named(&scalar.text))
                .collect();
            let fits = |new: &Type| types.iter().any(|old| new.is_within(*old));
            if !types.is_empty() && !said.iter().all(fits) {
                self.wider(node.span, "the type is none that the base has");
            } else if !said.is_empty() {
                types = said;
            }
        }
        if types.is_empty() {
            types = self.inferred(flat);
        }
        if types.len() > 1 && !types.iter().all(|each| each.may_have(On::Scalar)) {
            let span = each(flat, "type").last().map(|node| node.span);
            let message = "an object or list has no other type beside it";
            let help = "`x-one-or-many: true` lets a single value stand for a list of one";
            self.faults
                .push(Diagnostic::new(Code::S005, span, message).help(help));
            types.truncate(1);
        }
        types
    }

    /// Gives the type of constants and enumerations, where no type is written.
    fn inferred(&mut self, flat: &[&'a Node]) -> Vec<Type> {
        let constants = each(flat, "const").filter_map(Node::as_scalar);
        let values = constants.chain(each(flat, "enum").flat_map(texts));
        let mut forms: Vec<Form> = values.map(lexeme::form_of).collect();
        forms.sort_unstable();
        forms.dedup();
        match forms.as_slice() {
            [form] => return vec![Type::Scalar(*form)],
            [Form::Integer, Form::Number] => return vec![Type::Scalar(Form::Number)],
            [] => {}
            [..] => return vec![Type::Scalar(Form::Text)],
        }
        let makes = |key: &&Scalar| named(&key.text).is_some_and(|keyword| keyword.shapes);
        let keys = flat.iter().filter_map(|layer| layer.as_map()).flatten();
        if let Some(key) = keys.map(|entry| &entry.key).find(makes)
            && each(flat, "type").next().is_none()
            // What it refers to would give it one; that it leads nowhere is told there.
            && each(flat, "$ref").chain(each(flat, "allOf")).next().is_none()
        {
            let message = format!("`{}` stands in a schema without a type", key.text);
            let help = "say `type: object`, `array`, `string`, `integer`, `number` or `boolean`";
            self.faults
                .push(Diagnostic::new(Code::S005, key.span, message).help(help));
        }
        Vec::new()
    }

    /// Reports keywords that mean nothing for the type, or at this place.
    pub(super) fn check_annotations(
        &mut self,
        pending: &Pending<'a>,
        flat: &[&'a Node],
        types: &[Type],
    ) {
        for entry in flat.iter().filter_map(|layer| layer.as_map()).flatten() {
            let Some(keyword) = named(&entry.key.text) else {
                continue;
            };
            if !types.is_empty() && !types.iter().any(|each| each.may_have(keyword.on)) {
                let message = format!("`{}` means nothing for this type", keyword.name);
                let help = format!("it is said of {}", said_of(keyword.on));
                self.misplaced(entry.key.span, message, help);
            }
        }
        let direct = pending
            .direct
            .iter()
            .filter_map(|schema| schema.as_map())
            .flatten();
        for entry in direct {
            let place = named(&entry.key.text).map(|keyword| keyword.on);
            let wrong = match place {
                Some(On::Definition) => !pending.definition,
                Some(On::Member) => pending.definition,
                _ => false,
            };
            if let (true, Some(on)) = (wrong, place) {
                let message = format!("`{}` means nothing at this place", entry.key.text);
                self.misplaced(
                    entry.key.span,
                    message,
                    format!("it is said of {}", said_of(on)),
                );
            }
        }
    }

    fn misplaced(&mut self, span: Span, message: String, help: String) {
        self.faults
            .push(Diagnostic::new(Code::S006, span, message).help(help));
    }

    /// Reports a view that allows what its base does not.
    pub(super) fn wider(&mut self, span: Span, message: impl Into<String>) {
        let help = "a view adds `required`, forbids members with `false`, or narrows a type";
        self.faults
            .push(Diagnostic::new(Code::M105, span, message).help(help));
    }
}

const fn said_of(on: On) -> &'static str {
    match on {
        On::Anything => "every schema",
        On::Root => "the root of a file",
        On::Definition => "definitions",
        On::Member => "members of an object",
        On::Object => "objects",
        On::List => "lists",
        On::Scalar => "texts, numbers and booleans",
        On::Text => "texts",
        On::Number => "numbers",
    }
}
