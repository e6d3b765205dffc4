//! Why a call is not made, and why an answer is not understood.

use std::ops::Range;

use super::places;
use crate::codec;
use crate::codec::FaultKind;
use crate::engine::{CaptureFault, Failure, Fault, FaultCode};
use crate::mapping::plan::{LISTED, NONE, Plan, Wire};

/// A call that cannot be made of this upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// What is wrong with it; never empty.
    Faults(Vec<CallerFault>),
    /// The document to be changed was read and not understood.
    Base(BrokenAnswer),
}

/// One fault of a call, without any value of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerFault {
    /// A code of the HTTP contract, such as `not-supported-here`.
    pub code: &'static str,
    /// JSON pointer into the caller's body.
    pub pointer: Option<String>,
    /// The input of the call.
    pub parameter: Option<String>,
    /// What was expected, in words.
    pub detail: String,
    /// The states that may follow, of an `illegal-move`.
    pub allowed: Vec<Box<str>>,
}

/// An answer that is not understood, without any of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenAnswer {
    /// `upstream-malformed`, `upstream-content-type`, `upstream-invalid` or `upstream-unexpected`.
    pub code: &'static str,
    /// The native place, in the words of the mapping language.
    pub place: Option<String>,
    /// What was expected there.
    pub expected: Option<&'static str>,
    /// In which way it is not that.
    pub flaw: Flaw,
    /// Byte of the document.
    pub at: u32,
    /// The HTTP status.
    pub status: u16,
}

/// In which way a place of a document is not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flaw {
    /// Nothing stands there.
    Missing,
    /// What stands there is none of the listed values, which tell documents apart.
    Unlisted,
    /// Any other.
    #[default]
    Other,
}

// === impl CallerFault ===

impl CallerFault {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            pointer: None,
            parameter: None,
            detail: detail.into(),
            allowed: Vec::new(),
        }
    }

    pub(super) fn at(mut self, pointer: String) -> Self {
        self.pointer = Some(pointer);
        self
    }

    pub(super) fn of(mut self, parameter: &str) -> Self {
        self.parameter = Some(parameter.to_owned());
        self
    }
}

// === impl Refused ===

impl Refused {
    pub(super) fn one(fault: CallerFault) -> Self {
        Self::Faults(vec![fault])
    }
}

/// The code of the HTTP contract.
pub(super) const fn code(code: FaultCode) -> &'static str {
    match code {
        FaultCode::Malformed => "malformed",
        FaultCode::InvalidInput | FaultCode::WrongKind | FaultCode::Duplicate => "invalid-input",
        FaultCode::MissingInput => MISSING,
        FaultCode::NotSupportedHere | FaultCode::UnknownVariant => "not-supported-here",
        FaultCode::ConflictingInput => "conflicting-input",
        FaultCode::IncompleteValue => "incomplete-value",
        FaultCode::FixedValue => "fixed-value",
        FaultCode::NotApplicable => "not-applicable",
        FaultCode::ReservedName => "reserved-name",
        FaultCode::CannotClear => "cannot-clear",
        FaultCode::CannotRemove => "cannot-remove",
        FaultCode::TruncatedBase => "truncated-base",
        FaultCode::Limit => "too-large",
    }
}

/// A caller's document as the engine saw it.
#[derive(Clone, Copy)]
pub(super) struct Said<'d> {
    pub(super) document: &'d [u8],
    /// Bytes that the engine saw before it.
    pub(super) shift: u32,
    /// Where values of inputs stand in what the engine saw.
    pub(super) inputs: &'d [(Range<u32>, Box<str>)],
    /// What the places of rules have in front of those of the document.
    pub(super) prefix: &'static str,
}

impl<'d> Said<'d> {
    /// The input whose value stands at a byte.
    fn input(&self, at: u32) -> Option<&'d str> {
        let mut inputs = self.inputs.iter();
        let found = inputs.find(|(value, _)| value.contains(&at));
        found.map(|(_, name)| &**name)
    }
}

/// A failure to write a caller's document, in the caller's words.
pub(super) fn of_caller(failure: &Failure, plan: &Plan, said: Said<'_>, status: u16) -> Refused {
    match failure {
        Failure::Base(fault) => Refused::Base(of_capture(fault, plan, status)),
        Failure::Input(CaptureFault::Format(fault)) => Refused::one(format_fault(*fault)),
        Failure::Input(CaptureFault::Shape(fault)) => Refused::one(of_fault(fault, plan, said)),
        Failure::Faults(faults) => Refused::Faults(
            faults
                .iter()
                .map(|fault| of_fault(fault, plan, said))
                .collect(),
        ),
    }
}

fn format_fault(fault: codec::Fault) -> CallerFault {
    let code = if fault.kind == FaultKind::Limit {
        "too-large"
    } else {
        "malformed"
    };
    CallerFault::new(code, fault.what)
}

fn of_fault(fault: &Fault, plan: &Plan, said: Said<'_>) -> CallerFault {
    if let Some(input) = said.input(fault.at) {
        return CallerFault::new(code(fault.code), fault.why).of(input);
    }
    let at = fault.at.saturating_sub(said.shift);
    let found = places::of_offset(said.document, Wire::Json, at);
    let rule = plan.rules.get(usize::from(fault.rule));
    let canonical = rule.map_or("", |rule| &rule.canonical);
    let canonical = canonical.strip_prefix(said.prefix).unwrap_or(canonical);
    let caller = CallerFault::new(code(fault.code), fault.why);
    match (found, rule) {
        // What is missing stands nowhere: its rule says where it would.
        (found, Some(_)) if found.as_deref().is_none_or(str::is_empty) => {
            match declared(canonical) {
                Some((pointer, whole)) => CallerFault {
                    detail: match (whole, caller.detail.is_empty()) {
                        (true, _) => caller.detail,
                        (false, true) => format!("`{canonical}`"),
                        (false, false) => format!("{}: `{canonical}`", caller.detail),
                    },
                    pointer: Some(pointer),
                    ..caller
                },
                None => CallerFault {
                    pointer: found,
                    ..caller
                },
            }
        }
        (Some(pointer), _) => caller.at(pointer),
        (None, _) => caller,
    }
}

/// The pointer to the place of a rule that has one, as far as the place selects no item; `prefix` is what places have
/// in front of those of the document.
pub(super) fn place_of(rule: u16, plan: &Plan, prefix: &str) -> Option<String> {
    let canonical = &*plan.rules.get(usize::from(rule))?.canonical;
    let canonical = canonical.strip_prefix(prefix).unwrap_or(canonical);
    declared(canonical).map(|(pointer, _)| pointer)
}

/// The pointer to a rule's first place, as far as the place selects no item, and whether that is all of it.
fn declared(canonical: &str) -> Option<(String, bool)> {
    let place = canonical.split(" + ").next().unwrap_or(canonical);
    let named = place.split('[').next().unwrap_or(place).trim();
    let is_name = !named.is_empty() && !named.starts_with('.') && !named.contains(' ');
    is_name.then(|| (format!("/{}", named.replace('.', "/")), named == canonical))
}

/// Takes out what says nothing new: a fault that was told already, and that a value is missing where another fault
/// says why it is.
pub(super) fn distinct(faults: &[CallerFault]) -> Vec<CallerFault> {
    let mut told: Vec<CallerFault> = Vec::with_capacity(faults.len());
    let is_said = |missing: &CallerFault, all: &[CallerFault]| {
        missing.code == MISSING
            && all.iter().any(|other| {
                other.code != MISSING
                    && other.parameter == missing.parameter
                    && other.pointer == missing.pointer
            })
    };
    for fault in faults {
        let again = told.iter().any(|other| {
            (other.code, &other.pointer, &other.parameter)
                == (fault.code, &fault.pointer, &fault.parameter)
                && (fault.code != MISSING || other.detail == fault.detail)
        });
        if !again && !is_said(fault, faults) {
            told.push(fault.clone());
        }
    }
    told
}

/// Code of a value that is not there.
pub(super) const MISSING: &str = "missing-input";

/// The header of the HTTP contract that says who calls.
pub(super) const CALLER: &str = "Interlingua-Caller";

/// What is expected there.
pub(super) const CALLER_KNOWN: &str =
    "a caller as the upstream knows one: its kind, and its id where the upstream asks for it";

/// A failure to read an answer.
pub(super) fn of_answer(failure: &Failure, plan: &Plan, status: u16) -> BrokenAnswer {
    match failure {
        Failure::Input(fault) | Failure::Base(fault) => of_capture(fault, plan, status),
        Failure::Faults(faults) => match faults.first() {
            Some(fault) => invalid(fault, plan, status),
            None => broken("upstream-invalid", 0, status),
        },
    }
}

pub(super) const fn broken(code: &'static str, at: u32, status: u16) -> BrokenAnswer {
    BrokenAnswer {
        code,
        place: None,
        expected: None,
        flaw: Flaw::Other,
        at,
        status,
    }
}

fn of_capture(fault: &CaptureFault, plan: &Plan, status: u16) -> BrokenAnswer {
    match fault {
        CaptureFault::Format(fault) => BrokenAnswer {
            expected: Some(fault.what),
            ..broken("upstream-malformed", fault.at, status)
        },
        CaptureFault::Shape(fault) => invalid(fault, plan, status),
    }
}

fn invalid(fault: &Fault, plan: &Plan, status: u16) -> BrokenAnswer {
    let rule = plan.rules.get(usize::from(fault.rule));
    let place = match rule {
        Some(rule) => Some(rule.native.to_string()),
        None if fault.node != NONE => Some(plan.native.place(fault.node)),
        None => None,
    };
    let malformed = matches!(
        fault.code,
        FaultCode::Malformed | FaultCode::Duplicate | FaultCode::Limit
    );
    BrokenAnswer {
        place: place.filter(|place| !place.is_empty()),
        expected: Some(fault.why),
        flaw: match fault.code {
            FaultCode::MissingInput => Flaw::Missing,
            _ if fault.why == LISTED => Flaw::Unlisted,
            _ => Flaw::Other,
        },
        ..broken(
            if malformed {
                "upstream-malformed"
            } else {
                "upstream-invalid"
            },
            fault.at,
            status,
        )
    }
}
