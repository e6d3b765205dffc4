//! Texts, numbers and booleans.

use super::forms::number_of;
use super::kind::Type;
use super::layers::{each, text, texts};
use super::lexeme;
use super::reader::Reader;
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::yaml::{Node, Scalar as Written};
use crate::model::shape::{Form, Format, Scalar, Spelling};

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn scalar(&mut self, flat: &[&'a Node], types: &[Type]) -> Scalar {
        let (form, also) = self.forms(flat, types);
        let (min_length, max_length) = self.counts(flat, "minLength", "maxLength");
        let (minimum, maximum) = self.range(flat);
        let mut scalar = Scalar {
            form,
            also,
            format: self.same(flat, "format").and_then(Format::named),
            pattern: self.same(flat, "pattern").map(Into::into),
            min_length,
            max_length,
            minimum,
            maximum,
            scale: each(flat, "x-scale").filter_map(number_of).last(),
            trim: text(flat, "x-text").is_some(),
            ..Scalar::default()
        };
        self.values(flat, &mut scalar);
        self.constant(flat, &mut scalar);
        self.spellings(flat, &mut scalar);
        let widest = widest(flat, &scalar);
        for node in each(flat, "default") {
            self.is_allowed(node.as_scalar(), "default", &widest);
        }
        scalar
    }

    /// Gives the type that is written and the other one that is accepted.
    fn forms(&mut self, flat: &[&'a Node], types: &[Type]) -> (Form, Option<Form>) {
        let forms: Vec<Form> = types
            .iter()
            .filter_map(|each| match each {
                Type::Scalar(form) => Some(*form),
                Type::Object | Type::Array => None,
            })
            .collect();
        let written = each(flat, "x-write-as").last();
        let (first, second) = match forms.as_slice() {
            [first, second, ..] => (*first, *second),
            [first] => {
                if let Some(node) = written.filter(|_| !has_two(flat)) {
                    let message = "`x-write-as` means nothing for one type";
                    let fault = Diagnostic::new(Code::S006, node.span, message);
                    self.faults
                        .push(fault.help("it is said of a `type` of two"));
                }
                return (*first, None);
            }
            [] => return (Form::Text, None),
        };
        let named = written
            .and_then(Node::as_scalar)
            .map(|scalar| Type::named(&scalar.text));
        match named.flatten() {
            Some(Type::Scalar(form)) if form == first => return (first, Some(second)),
            Some(Type::Scalar(form)) if form == second => return (second, Some(first)),
            _ => {}
        }
        let (span, message) = match written {
            Some(node) => (Some(node.span), "`x-write-as` is one of the two types"),
            None => {
                let span = each(flat, "type").last().map(|node| node.span);
                (span, "of two types one is written, and nothing says which")
            }
        };
        let code = if written.is_some() {
            Code::S001
        } else {
            Code::S005
        };
        let fault = Diagnostic::new(code, span, message);
        self.faults
            .push(fault.help("say `x-write-as` with the type that the upstream expects"));
        (first, Some(second))
    }

    /// Gives what the layers say of which a second one cannot be told to be narrower.
    fn same(&mut self, flat: &[&'a Node], keyword: &str) -> Option<&'a str> {
        let mut said: Option<&str> = None;
        for node in each(flat, keyword) {
            let new = node.as_scalar()?.text.as_str();
            if said.is_some_and(|old| old != new) {
                self.wider(
                    node.span,
                    format!("`{keyword}` is another one than that of the base"),
                );
            }
            said = Some(new);
        }
        said
    }

    fn values(&mut self, flat: &[&'a Node], scalar: &mut Scalar) {
        for node in each(flat, "enum") {
            for value in texts(node) {
                self.is_allowed(Some(value), "enum", scalar);
            }
            scalar.values = texts(node)
                .map(|value| value.text.as_str().into())
                .collect();
        }
    }

    fn constant(&mut self, flat: &[&'a Node], scalar: &mut Scalar) {
        for node in each(flat, "const") {
            self.is_allowed(node.as_scalar(), "const", scalar);
            scalar.constant = node.as_scalar().map(|value| value.text.as_str().into());
        }
    }

    fn spellings(&mut self, flat: &[&'a Node], scalar: &mut Scalar) {
        let Some(entries) = each(flat, "x-lexical").last().and_then(Node::as_map) else {
            return;
        };
        let widest = widest(flat, scalar);
        for entry in entries {
            self.is_allowed(Some(&entry.key), "x-lexical", &widest);
            scalar.spellings.push(Spelling {
                value: entry.key.text.as_str().into(),
                spelled: texts(&entry.value)
                    .map(|each| each.text.as_str().into())
                    .collect(),
            });
        }
    }

    /// Reports a value that is none of the type, or none that earlier layers allow.
    fn is_allowed(&mut self, value: Option<&Written>, keyword: &str, scalar: &Scalar) {
        let Some(value) = value else {
            return;
        };
        let text = value.text.as_str();
        let mut forms = [Some(scalar.form), scalar.also].into_iter().flatten();
        if !forms.any(|form| lexeme::is_of(form, text)) {
            let message = format!("`{text}` in `{keyword}` is not of the schema's type");
            self.outside(Code::S010, value.span, message);
            return;
        }
        let listed = scalar.values.is_empty() || scalar.values.iter().any(|known| **known == *text);
        let constant = scalar.constant.as_deref().is_none_or(|known| known == text);
        if listed && constant {
            return;
        }
        let narrows = matches!(keyword, "enum" | "const");
        let (code, whose) = if narrows {
            (Code::M105, "the base")
        } else {
            (Code::S010, "the schema")
        };
        let message = format!("`{text}` in `{keyword}` is none of the values of {whose}");
        self.outside(code, value.span, message);
    }

    fn outside(&mut self, code: Code, span: Span, message: String) {
        let help = if code == Code::M105 {
            "a view may take values away and add none"
        } else {
            "write a value of the type, or another type"
        };
        self.faults
            .push(Diagnostic::new(code, span, message).help(help));
    }
}

/// Tells whether a layer says two types, one of which a later one may have taken away.
fn has_two(flat: &[&Node]) -> bool {
    each(flat, "type").any(|node| node.as_list().is_some())
}

/// Gives a scalar with the values that it had before any view took some away.
fn widest(flat: &[&Node], scalar: &Scalar) -> Scalar {
    let values = each(flat, "enum").next().into_iter().flat_map(texts);
    Scalar {
        values: values.map(|value| value.text.as_str().into()).collect(),
        constant: None,
        ..scalar.clone()
    }
}
