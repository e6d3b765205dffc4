//! The inputs of a call beside its body, checked by their types, all faults at once.

use std::borrow::Cow;

use http::Uri;

use super::Parameters;
use super::id::{Id, Local};
use super::path::segment;
use super::query::pairs;
use crate::gateway::operation::{Input, InputForm, Operation};
use crate::gateway::problem::{Code, FieldError, Place, Problem, Refusal};

/// The parameter that every operation with an answer has.
const INCLUDE: &str = "include";

/// What a call asks for beside its body.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Inputs<'c> {
    /// Names and decoded values; an id is `id` or `reference` without its upstream.
    pub(in crate::gateway) values: Vec<(&'c str, Cow<'c, str>)>,
    /// Position of the upstream that an id names.
    pub(in crate::gateway) upstream: Option<usize>,
    /// `limit`.
    pub(in crate::gateway) limit: Option<u32>,
    /// `cursor`, still sealed.
    pub(in crate::gateway) cursor: Option<Cow<'c, str>>,
    /// `include=native`.
    pub(in crate::gateway) native: bool,
}

/// Reads and checks.
struct Reading<'c, F> {
    find: F,
    out: Inputs<'c>,
    faults: Vec<FieldError>,
    /// The gravest sort of fault so far.
    code: Option<Code>,
}

/// Reads the inputs of a call. `find` gives the position of an upstream by its name.
///
/// # Errors
/// 400 for what cannot be read, 404 for an id of no configured upstream, 422 for the rest.
pub(in crate::gateway) fn read<'c>(
    operation: &'c Operation,
    parameters: Parameters,
    uri: &'c Uri,
    find: impl Fn(&str) -> Option<usize>,
) -> Result<Inputs<'c>, Refusal> {
    let mut reading = Reading {
        find,
        out: Inputs::default(),
        faults: Vec::new(),
        code: None,
    };
    let placed = operation.inputs.iter().filter(|input| input.in_path);
    for (input, raw) in placed.zip(parameters.segments(uri.path())) {
        match segment(raw) {
            Ok(value) => reading.take(input, value),
            Err(fault) => reading.fault(Code::Malformed, &input.name, fault.0),
        }
    }
    for (name, value) in uri.query().map(pairs).into_iter().flatten() {
        let input = operation
            .inputs
            .iter()
            .find(|input| !input.in_path && *input.name == *name);
        match (input, value) {
            (None, Ok(value)) if *name == *INCLUDE && operation.answers => {
                reading.include(&value);
            }
            (None, _) => reading.fault(Code::UnknownField, &name, ""),
            (Some(_), Err(fault)) => reading.fault(Code::Malformed, &name, fault.0),
            (Some(input), Ok(value)) => reading.take(input, value),
        }
    }
    reading.end()
}

// === impl Reading ===

impl<'c, F: Fn(&str) -> Option<usize>> Reading<'c, F> {
    fn take(&mut self, input: &'c Input, value: Cow<'c, str>) {
        let name = &*input.name;
        if input.form == InputForm::Id {
            return self.take_id(input, value);
        }
        if let Err(awaited) = input.form.check(&value) {
            return self.fault(Code::InvalidInput, name, awaited);
        }
        let again = match name {
            // Its form has bounds that any such number is within.
            "limit" => match value.parse() {
                Ok(limit) => self.out.limit.replace(limit).is_some(),
                Err(_) => return self.fault(Code::InvalidInput, name, "must be a whole number"),
            },
            "cursor" => self.out.cursor.replace(value).is_some(),
            _ => {
                let again = self.out.values.iter().any(|(known, _)| *known == name);
                self.out.values.push((name, value));
                again
            }
        };
        if again {
            self.fault(Code::ConflictingInput, name, "stands twice");
        }
    }

    /// What is to stand in the answer beside the model.
    fn include(&mut self, value: &str) {
        if self.out.native {
            self.fault(Code::ConflictingInput, INCLUDE, "stands twice");
        } else if value == "native" {
            self.out.native = true;
        } else {
            self.fault(Code::InvalidInput, INCLUDE, "must be `native`");
        }
    }

    fn take_id(&mut self, input: &'c Input, value: Cow<'c, str>) {
        let id = match Id::parse(&value) {
            Ok(id) => id,
            Err(fault) => return self.fault(Code::Malformed, &input.name, fault.0),
        };
        let Some(upstream) = (self.find)(id.upstream) else {
            let detail = "begins with no configured upstream's name";
            return self.fault(Code::NotFound, &input.name, detail);
        };
        let (name, local) = match id.local {
            Local::Id(local) => ("id", local),
            Local::Reference(_) if !input.takes_reference => {
                let detail = "must be the upstream's own id, not a reference";
                return self.fault(Code::NotSupportedHere, &input.name, detail);
            }
            Local::Reference(local) => ("reference", local),
        };
        let start = value.len().saturating_sub(local.len());
        let local = match value {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
            Cow::Owned(text) => Cow::Owned(text.get(start..).unwrap_or_default().to_owned()),
        };
        self.out.upstream = Some(upstream);
        self.out.values.push((name, local));
    }

    #[cold]
    fn fault(&mut self, code: Code, name: &str, detail: impl Into<Cow<'static, str>>) {
        let place = Place::Parameter(name.to_owned());
        self.faults
            .push(FieldError::new(code.row().name, place, detail));
        self.code = match self.code {
            // 400 before 404 before 422; of two 422 the problem as a whole is that of the first.
            Some(known) if known.row().status <= code.row().status => Some(known),
            _ => Some(code),
        };
    }

    fn end(self) -> Result<Inputs<'c>, Refusal> {
        match self.code {
            None => Ok(self.out),
            Some(code) => Err(Box::new(Problem::new(code, "").with_errors(self.faults))),
        }
    }
}
