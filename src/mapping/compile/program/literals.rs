//! What stands around values, objects and lists in the target's format.

use memchr::memmem;

use super::tags::Tag;
use super::{Builder, Context, Spot, narrow};
use crate::mapping::plan::{Lit, Wire, WriteAs};
use crate::model::shape::{Form, Scalar};

impl Builder<'_, '_> {
    /// What stands before and behind an object.
    pub(super) fn brackets(
        &mut self,
        spot: Spot<'_>,
        tag: &Tag,
        open: &str,
        close: &str,
    ) -> (Lit, Lit) {
        let (before, behind) = match (self.wire(spot.to), spot.context) {
            (Wire::Json, Context::Root) => (open.to_owned(), close.to_owned()),
            (Wire::Json, Context::Member { tag, .. }) => {
                (format!(",{}:{open}", quoted(&tag.name)), close.to_owned())
            }
            (Wire::Json, Context::Item { .. }) => (format!(",{open}"), close.to_owned()),
            (Wire::Xml, _) => (
                format!("<{}{}", tag.name, tag.declares),
                format!("</{}>", tag.name),
            ),
            (Wire::Form, _) => (String::new(), String::new()),
        };
        (
            literal(&mut self.pool, before.as_bytes()),
            literal(&mut self.pool, behind.as_bytes()),
        )
    }

    /// What stands before and behind a list.
    pub(super) fn list_brackets(&mut self, spot: Spot<'_>, tag: &Tag) -> (Lit, Lit) {
        if self.wire(spot.to) != Wire::Xml {
            return self.brackets(spot, tag, "[", "]");
        }
        let (open, close) = element(tag);
        (
            literal(&mut self.pool, open.as_bytes()),
            literal(&mut self.pool, close.as_bytes()),
        )
    }
}

/// What stands before and behind a value.
pub(super) fn around(wire: Wire, context: &Context) -> (Vec<u8>, Vec<u8>) {
    let (before, behind) = match (wire, context) {
        (Wire::Json, Context::Root) => (String::new(), String::new()),
        (Wire::Json, Context::Member { tag, .. }) => {
            (format!(",{}:", quoted(&tag.name)), String::new())
        }
        (Wire::Json, Context::Item { .. }) => (",".to_owned(), String::new()),
        (
            Wire::Xml,
            Context::Member {
                tag,
                attribute: true,
            },
        ) => (format!(" {}=\"", tag.name), "\"".to_owned()),
        (Wire::Xml, Context::Member { tag, .. } | Context::Item { tag }) => element(tag),
        (Wire::Xml, Context::Root) => (String::new(), String::new()),
        (Wire::Form, Context::Member { tag, .. } | Context::Item { tag }) => {
            (format!("&{}=", tag.name), String::new())
        }
        (Wire::Form, Context::Root) => (String::new(), String::new()),
    };
    (before.into_bytes(), behind.into_bytes())
}

pub(super) fn write_as(wire: Wire, scalar: &Scalar, context: &Context) -> WriteAs {
    match (wire, scalar.form, context) {
        (
            Wire::Xml,
            _,
            Context::Member {
                attribute: true, ..
            },
        ) => WriteAs::Attribute,
        (Wire::Json, Form::Integer | Form::Number, _) => WriteAs::Bare,
        (Wire::Json, Form::Boolean, _) if scalar.spellings.is_empty() => WriteAs::Bare,
        _ => WriteAs::Text,
    }
}

pub(super) fn spelling_of<'s>(scalar: &'s Scalar, value: &'s str) -> &'s str {
    scalar
        .spellings
        .iter()
        .find(|spelling| &*spelling.value == value)
        .and_then(|spelling| spelling.spelled.first())
        .map_or(value, |spelled| spelled)
}

fn quoted(name: &str) -> String {
    let mut bytes = Vec::new();
    crate::codec::json::write::string(&mut bytes, name.as_bytes(), false);
    String::from_utf8(bytes).unwrap_or_default()
}

/// The tags around what is no object.
pub(super) fn element(tag: &Tag) -> (String, String) {
    (
        format!("<{}{}>", tag.name, tag.declares),
        format!("</{}>", tag.name),
    )
}

pub(super) fn literal(pool: &mut Vec<u8>, bytes: &[u8]) -> Lit {
    if bytes.is_empty() {
        return Lit::default();
    }
    let start = memmem::find(pool, bytes).unwrap_or_else(|| {
        let start = pool.len();
        pool.extend_from_slice(bytes);
        start
    });
    Lit {
        start: narrow(start),
        end: narrow(start.saturating_add(bytes.len())),
        separated: matches!(bytes.first(), Some(b',' | b'&')),
    }
}
