//! The judge of callers' documents: the strict reader, then the canonical schema over the flat tape.
//!
//! It is the canonical schema that judges, not what one upstream accepts: what the upstream lacks is a loss, told by
//! the translation, and could never be lenient if it were refused here. What the validator says of a value is never
//! passed on: `words` has the project's own sentences, made of the schema alone.

mod care;
mod place;
pub(super) mod schemas;
mod words;

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, OnceLock};

use jsonschema::{PatternOptions, Registry, Retrieve, ValidationOptions, Validator};
use serde_json::json;

use crate::codec::json::tape::{Kind, Tape, TapeJson, TapeNode};
use crate::codec::{Fault, FaultKind, Limits};
use crate::gateway::problem::{Code, FieldError, Outcome, Place, Problem, Refusal, cause};
use crate::mapping::ast;
use crate::mapping::catalog::{CanonicalOperation, OperationIndex};
use crate::model::format;

use care::Care;
use schemas::Schemas;

/// Faults that are gathered; a document of many wrong items is refused for the first of them.
const MOST_FAULTS: usize = 256;

thread_local! {
    /// One tape per thread: it is never held while waiting.
    static TAPE: RefCell<Tape> = RefCell::default();
}

/// Judges the bodies of all operations. Its schemas are compiled once, for the first body that is judged.
pub struct Judge {
    bodies: Vec<Known>,
    /// The body of each operation.
    by_operation: Vec<Option<BodyIndex>>,
    /// Name and text of every canonical schema.
    files: Vec<(String, String)>,
    compiled: OnceLock<Result<Compiled, JudgeFault>>,
}

/// A type that bodies are of, whole or as a merge patch.
struct Known {
    title: Box<str>,
    is_patch: bool,
}

/// The schemas, compiled.
#[derive(Default)]
struct Compiled {
    /// As many as bodies are known, in their order.
    bodies: Vec<Body>,
    care: Care,
}

/// The judge of one type, whole or as a merge patch.
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
    /// Compiles a judge for the body of every operation. `files` are name and text of every canonical schema.
    ///
    /// # Errors
    /// A file that is no schema, a type that no schema has, or schemas that do not compile.
    pub fn new(
        operations: &[CanonicalOperation],
        files: &[(String, String)],
    ) -> Result<Self, JudgeFault> {
        let judge = Self::later(operations, files.to_vec());
        judge.compiled().map_err(Clone::clone)?;
        Ok(judge)
    }

    /// A judge whose schemas are compiled when a body is first judged. Whoever takes schemas that nobody has proven
    /// makes it by [`Self::new`] once before.
    #[must_use]
    pub fn later(operations: &[CanonicalOperation], files: Vec<(String, String)>) -> Self {
        let mut bodies: Vec<Known> = Vec::new();
        let mut index = |title: &str, is_patch: bool| {
            let known = |body: &Known| *body.title == *title && body.is_patch == is_patch;
            let position = bodies.iter().position(known).unwrap_or_else(|| {
                bodies.push(Known {
                    title: title.into(),
                    is_patch,
                });
                bodies.len().saturating_sub(1)
            });
            BodyIndex(position)
        };
        let by_operation = operations.iter().map(|operation| {
            let is_patch = operation.kind == ast::Kind::Update;
            operation
                .body
                .as_deref()
                .map(|title| index(title, is_patch))
        });
        Self {
            by_operation: by_operation.collect(),
            bodies,
            files,
            compiled: OnceLock::new(),
        }
    }

    /// A judge of one type; none if the model has no such type.
    pub(super) fn of_type(
        title: &str,
        is_patch: bool,
        files: Vec<(String, String)>,
    ) -> Option<(Self, BodyIndex)> {
        let judge = Self {
            bodies: vec![Known {
                title: title.into(),
                is_patch,
            }],
            by_operation: Vec::new(),
            files,
            compiled: OnceLock::new(),
        };
        judge.compiled().is_ok().then_some((judge, BodyIndex(0)))
    }

    fn compiled(&self) -> Result<&Compiled, &JudgeFault> {
        let compile = || Compiled::new(&self.bodies, &self.files);
        self.compiled.get_or_init(compile).as_ref()
    }

    /// The body of an operation, if it takes one.
    pub(super) fn body(&self, operation: OperationIndex) -> Option<BodyIndex> {
        let body = self.by_operation.get(usize::from(operation.0));
        body.copied().flatten()
    }

    /// Judges a document for an upstream: every fault at once.
    ///
    /// # Errors
    /// The problem to tell the caller.
    pub(super) fn judge(
        &self,
        body: BodyIndex,
        input: &[u8],
        limits: &Limits,
        upstream: &str,
    ) -> Result<(), Refusal> {
        let compiled = self
            .compiled()
            .map_err(|_| Box::new(cause::internal(Outcome::NotSent)))?;
        TAPE.with_borrow_mut(|tape| {
            let read = text(input).and_then(|text| tape.parse(text, limits));
            let document = read.map_err(|fault| unread(&fault, input, limits))?;
            let Some(body) = compiled.bodies.get(body.0) else {
                return Ok(());
            };
            // The schema of patches lets any type be null, which the root of one never is.
            if document.kind() == Kind::Object && body.validator.is_valid(document) {
                let foreign = compiled.care.foreign_ids(body.care, document, upstream);
                return if foreign.is_empty() {
                    Ok(())
                } else {
                    Err(of_another_upstream(foreign))
                };
            }
            Err(refused(body, document))
        })
    }

    /// What a place of a body is called: in names that the model declares, never in the caller's.
    pub(super) fn place(&self, body: BodyIndex, pointer: &str) -> String {
        let named = self.compiled().ok().and_then(|compiled| {
            let care = compiled.bodies.get(body.0)?.care;
            Some(compiled.care.name(care, pointer))
        });
        named.unwrap_or_default()
    }

    /// Collects the texts of a judged document that need care.
    pub(super) fn sensitive_values(
        &self,
        body: BodyIndex,
        input: &[u8],
        limits: &Limits,
    ) -> Vec<String> {
        let Ok(compiled) = self.compiled() else {
            return Vec::new();
        };
        TAPE.with_borrow_mut(|tape| {
            let read = text(input).and_then(|text| tape.parse(text, limits));
            match (read, compiled.bodies.get(body.0)) {
                (Ok(document), Some(body)) => compiled.care.values(body.care, document),
                _ => Vec::new(),
            }
        })
    }
}

// === impl Compiled ===

impl Compiled {
    fn new(bodies: &[Known], files: &[(String, String)]) -> Result<Self, JudgeFault> {
        let schemas = Schemas::parse(files)?;
        let registry = Registry::new()
            .extend(schemas.with_patches())
            .and_then(|builder| builder.prepare())
            .map_err(|error| JudgeFault::Compile(error.to_string()))?;
        let mut options = jsonschema::options_for::<TapeJson>()
            .offline()
            .with_registry(&registry)
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false);
        for row in format::FORMATS {
            options = options.with_format(row.name, row.fits);
        }
        let mut compiled = Self::default();
        for body in bodies {
            compiled.add(body, &schemas, &options)?;
        }
        Ok(compiled)
    }

    fn add(
        &mut self,
        body: &Known,
        schemas: &Schemas,
        options: &ValidationOptions<'_, Arc<dyn Retrieve>, TapeJson>,
    ) -> Result<(), JudgeFault> {
        let (id, schema) = schemas
            .titled(&body.title)
            .ok_or_else(|| JudgeFault::NoSuchType(body.title.to_string()))?;
        let care = self.care.add(schemas, id, schema);
        let id = if body.is_patch {
            schemas::patch_id(id)
        } else {
            id.to_owned()
        };
        let validator = options
            .build(&json!({ "$ref": id }))
            .map_err(|error| JudgeFault::Compile(error.to_string()))?;
        self.bodies.push(Body { validator, care });
        Ok(())
    }
}

/// The text of a member of a judged document.
pub(super) fn text_of(input: &[u8], limits: &Limits, member: &str) -> Option<String> {
    TAPE.with_borrow_mut(|tape| {
        let document = text(input).and_then(|text| tape.parse(text, limits)).ok()?;
        document.get(member)?.as_str().map(str::to_owned)
    })
}

/// The items of a list that have a text as a member.
pub(super) enum Matching {
    /// None has.
    None,
    /// One has, and this id.
    One { item: Vec<u8>, id: Option<String> },
    /// Several have.
    Several,
}

/// Finds the items of an array whose member is this text; none where it is no array.
pub(super) fn matching(input: &[u8], limits: &Limits, member: &str, wanted: &str) -> Matching {
    TAPE.with_borrow_mut(|tape| {
        let parsed = text(input).and_then(|text| tape.parse(text, limits));
        let Ok(document) = parsed else {
            return Matching::None;
        };
        let has = |item: &TapeNode<'_>| item.get(member).and_then(TapeNode::as_str) == Some(wanted);
        let mut found = document.items().filter(has);
        match (found.next(), found.next()) {
            (None, _) => Matching::None,
            (Some(item), None) => Matching::One {
                item: item.written().to_vec(),
                id: item.get("id").and_then(TapeNode::as_str).map(str::to_owned),
            },
            (Some(_), Some(_)) => Matching::Several,
        }
    })
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

/// The problem of ids that the upstream cannot know.
#[cold]
fn of_another_upstream(pointers: Vec<String>) -> Refusal {
    let fault = |pointer| {
        let detail = "must be an id of the upstream that is called";
        let name = Code::InvalidInput.row().name;
        FieldError::new(name, Place::Pointer(pointer), detail)
    };
    let faults = pointers.into_iter().map(fault).collect();
    Box::new(Problem::new(Code::InvalidInput, "").with_errors(faults))
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
