//! What a gateway refuses of a call before any upstream is asked, for those who try a call without one.

use super::judge::Judge;
use super::operation::Input;
use super::problem::{Code, FieldError, Place};
use super::route::path::plain;
use super::shared::inputs;
use crate::codec::Limits;
use crate::mapping::ast::Kind;
use crate::mapping::catalog::{CanonicalOperation, Catalog};

/// A fault of a call, as its problem tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The code of the problem's entry.
    pub code: String,
    /// A pointer into the document, or the name of an input; empty for a document as a whole.
    pub at: String,
    /// What is wrong, in words; empty if the code says it all.
    pub detail: String,
}

/// Gives what is refused of the inputs of an operation.
#[must_use]
pub fn of_inputs(operation: &CanonicalOperation, given: &[(String, String)]) -> Vec<Foreseen> {
    let known = inputs(operation);
    let foreseen = |code: Code, at: &str, detail: String| Foreseen {
        code: code.row().name.to_owned(),
        at: at.to_owned(),
        detail,
    };
    let fault = |(name, value): &(String, String)| {
        // An id of the path gives inputs of its own.
        let of_path = |input: &&Input| {
            let mut said = operation.inputs.iter();
            let said = said.find(|said| said.name == input.name);
            let gives = said.is_some_and(|said| said.gives.iter().any(|given| **given == **name));
            input.in_path && (gives || *input.name == **name)
        };
        let unplain = known.iter().find(of_path).and_then(|_| plain(value).err());
        if let Some(fault) = unplain {
            return Some(foreseen(Code::Malformed, name, fault.0.to_owned()));
        }
        let input = known.iter().find(|input| *input.name == **name)?;
        let detail = input.form.check(value).err()?;
        Some(foreseen(Code::InvalidInput, name, detail))
    };
    given.iter().filter_map(fault).collect()
}

/// Gives what is refused of the body of an operation.
#[must_use]
pub fn of_body(
    catalog: &Catalog,
    operation: &CanonicalOperation,
    document: &[u8],
    upstream: &str,
) -> Vec<Foreseen> {
    let is_patch = operation.kind == Kind::Update;
    let title = operation.body.as_deref();
    title.map_or_else(Vec::new, |title| {
        of_document(catalog, (title, is_patch), document, upstream)
    })
}

/// Gives what is refused of a document of a type, whole or as a merge patch. A type that the model does not have judges
/// nothing.
#[must_use]
pub fn of_document(
    catalog: &Catalog,
    (title, is_patch): (&str, bool),
    document: &[u8],
    upstream: &str,
) -> Vec<Foreseen> {
    let judged = Judge::of_type(title, is_patch, catalog.canonical_schemas.clone());
    let Some((judge, body)) = judged else {
        return Vec::new();
    };
    let refused = judge.judge(body, document, &Limits::default(), upstream);
    let faults = refused.err().map(|problem| problem.errors);
    faults.into_iter().flatten().map(foreseen).collect()
}

fn foreseen(fault: FieldError) -> Foreseen {
    Foreseen {
        code: fault.code.into_owned(),
        at: match fault.place {
            Place::Pointer(at) | Place::Parameter(at) => at,
            Place::Unplaced => String::new(),
        },
        detail: fault.detail.into_owned(),
    }
}
