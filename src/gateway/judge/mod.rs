//! The judge of callers' documents: the strict reader, then the canonical schema over the flat tape.
//!
//! It is the canonical schema that judges, not what one upstream accepts: what the upstream lacks is a loss, told by
//! the translation, and could never be lenient if it were refused here. What the validator says of a value is never
//! passed on: `words` has the project's own sentences, made of the schema alone.

mod care;
mod formats;
mod place;
mod schemas;
mod words;

use std::cell::RefCell;
use std::fmt;

use jsonschema::{PatternOptions, Registry, Validator};
use serde_json::json;

use crate::codec::json::tape::{Kind, Tape, TapeJson, TapeNode};
use crate::codec::{Fault, FaultKind, Limits};
use crate::gateway::problem::{Code, FieldError, Place, Problem, Refusal};

use care::Care;
pub(super) use formats::{is_date, is_date_time};
pub(super) use schemas::Schemas;

/// Faults that are gathered; a document of many wrong items is refused for the first of them.
const MOST_FAULTS: usize = 256;

thread_local! {
    /// One tape per thread: it is never held while waiting.
    static TAPE: RefCell<Tape> = RefCell::default();
}

/// Judges of every type of body, compiled once.
pub(super) struct Judge {
    bodies: Vec<Body>,
    care: Care,
}

struct Body {
    validator: Validator<TapeJson>,
    care: usize,
}

/// Which body is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BodyIndex(usize);

/// Why there is no judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JudgeFault {
    /// A file is no JSON Schema with an `$id`.
    #[error("{0} is not a JSON schema with an `$id`")]
    Schema(String),
    /// No schema has this title.
    #[error("no schema has the title {0}")]
    NoSuchType(String),
    /// The schemas do not compile together.
    #[error("the canonical schemas do not compile: {0}")]
    Compile(String),
}

// === impl Judge ===

impl Judge {
    /// Compiles a judge for every type; `true` with a type is for merge patches of it.
    ///
    /// # Errors
    /// A type that no schema has, or schemas that do not compile.
    pub(super) fn new(schemas: &Schemas, types: &[(Box<str>, bool)]) -> Result<Self, JudgeFault> {
        let compile = |error: String| JudgeFault::Compile(error);
        let registry = Registry::new()
            .extend(schemas.with_patches())
            .and_then(|builder| builder.prepare())
            .map_err(|error| compile(error.to_string()))?;
        let mut options = jsonschema::options_for::<TapeJson>()
            .offline()
            .with_registry(&registry)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false);
        for (name, check) in formats::FORMATS {
            options =
                options.with_format(name, move |text: &str| check.is_none_or(|fits| fits(text)));
        }
        let mut judge = Self {
            bodies: Vec::with_capacity(types.len()),
            care: Care::default(),
        };
        for (title, is_patch) in types {
            let (id, schema) = schemas
                .titled(title)
                .ok_or_else(|| JudgeFault::NoSuchType(title.to_string()))?;
            let care = judge.care.add(schemas, id, schema);
            let id = if *is_patch {
                schemas::patch_id(id)
            } else {
                id.to_owned()
            };
            let validator = options
                .build(&json!({ "$ref": id }))
                .map_err(|error| compile(error.to_string()))?;
            judge.bodies.push(Body { validator, care });
        }
        Ok(judge)
    }

    /// The index of the judge that was compiled for the type at this position.
    #[must_use]
    pub(super) fn body(&self, position: usize) -> Option<BodyIndex> {
        (position < self.bodies.len()).then_some(BodyIndex(position))
    }

    /// Judges a document: every fault at once.
    ///
    /// # Errors
    /// The problem to tell the caller.
    pub(super) fn judge(
        &self,
        body: BodyIndex,
        input: &[u8],
        limits: &Limits,
    ) -> Result<(), Refusal> {
        TAPE.with_borrow_mut(|tape| {
            let read = text(input).and_then(|text| tape.parse(text, limits));
            let document = read.map_err(|fault| unread(&fault, input, limits))?;
            let Some(body) = self.bodies.get(body.0) else {
                return Ok(());
            };
            // The schema of patches lets any type be null, which the root of one never is.
            if document.kind() == Kind::Object && body.validator.is_valid(document) {
                return Ok(());
            }
            Err(refused(body, document))
        })
    }

    /// Collects the texts of a judged document that need care.
    pub(super) fn sensitive_values(
        &self,
        body: BodyIndex,
        input: &[u8],
        limits: &Limits,
    ) -> Vec<String> {
        TAPE.with_borrow_mut(|tape| {
            let read = text(input).and_then(|text| tape.parse(text, limits));
            match (read, self.bodies.get(body.0)) {
                (Ok(document), Some(body)) => self.care.values(body.care, document),
                _ => Vec::new(),
            }
        })
    }
}

/// The document as text, which RFC 8259 says it is.
fn text(input: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(input).map_err(|error| Fault {
        kind: FaultKind::Encoding,
        what: "not UTF-8",
        at: u32::try_from(error.valid_up_to()).unwrap_or(u32::MAX),
    })
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("bodies", &self.bodies.len())
            .finish_non_exhaustive()
    }
}

#[cold]
fn refused(body: &Body, document: TapeNode<'_>) -> Refusal {
    let mut faults = Vec::new();
    if document.kind() == Kind::Object {
        for error in body.validator.iter_errors(document) {
            words::push(&error, &mut faults);
            if faults.len() >= MOST_FAULTS {
                faults.truncate(MOST_FAULTS);
                break;
            }
        }
    } else {
        let place = Place::Pointer(String::new());
        faults.push(FieldError::new(
            Code::InvalidInput.row().name,
            place,
            "must be an object",
        ));
    }
    // A pattern and a format that say the same of one place are one fault.
    let mut told: Vec<FieldError> = Vec::with_capacity(faults.len());
    for fault in faults {
        let again = |other: &FieldError| other.place == fault.place && other.code == fault.code;
        if !told.iter().any(again) {
            told.push(fault);
        }
    }
    let code = match told.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other.code == first.code) => {
            Code::named(&first.code).unwrap_or(Code::InvalidInput)
        }
        _ => Code::InvalidInput,
    };
    Box::new(Problem::new(code, "").with_errors(told))
}

/// The problem of a document that does not read.
#[cold]
fn unread(fault: &Fault, input: &[u8], limits: &Limits) -> Refusal {
    let code = match fault.kind {
        FaultKind::Limit => Code::TooLarge,
        FaultKind::Encoding
        | FaultKind::Malformed
        | FaultKind::Duplicate
        | FaultKind::Refused
        | FaultKind::Stopped => Code::Malformed,
    };
    let place = Place::Pointer(place::of(fault, input, limits));
    let error = FieldError::new(code.row().name, place, fault.to_string());
    Box::new(Problem::new(code, "").with_errors(vec![error]))
}
