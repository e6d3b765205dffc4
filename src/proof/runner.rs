//! The engine behind the laws: one plan, run over trees.

use super::atlas::Atlas;
use super::parse::Parsed;
use super::statuses;
use super::tree::{Document, Path, Tree};
use crate::codec::Limits;
use crate::engine::{
    CaptureFault, Direction, Engine, Failure, FaultCode, Incoming, Loss, LossCode, Reading,
    Surroundings,
};
use crate::mapping::convert::CallFacts;
use crate::mapping::plan::{NONE, Wire};

/// Runs one plan.
#[derive(Debug)]
pub struct Runner<'a, 'p> {
    /// The plan's places.
    pub atlas: &'a Atlas<'p>,
    engine: Engine,
    limits: Limits,
    /// The HTTP status that a document is read with; one that was written says its own.
    status: Option<u16>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// The document that was written.
    pub bytes: Vec<u8>,
    /// The leaves of the input that are reported as lost, with the code of each.
    pub losses: Vec<(Option<Path>, LossCode)>,
    /// Leaves lost in all.
    pub lost: u32,
    /// Leaves of the input.
    pub leaves: u32,
    /// The HTTP status that a rule gave it.
    pub status: Option<u16>,
}

/// Why there was nothing to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code of the fault.
    pub code: FaultCode,
    /// The rule, if one is at fault.
    pub rule: Option<u16>,
    /// What was expected.
    pub why: &'static str,
    /// Where in the input.
    pub path: Path,
    /// The input is the base of an update.
    pub base: bool,
}

impl<'a, 'p> Runner<'a, 'p> {
    /// Prepares to run a plan.
    #[must_use]
    pub fn new(atlas: &'a Atlas<'p>) -> Self {
        Self {
            atlas,
            engine: Engine::default(),
            // How long a name may be is the operator's matter.
            limits: Limits {
                name: 4_096,
                ..Limits::default()
            },
            status: None,
        }
    }

    /// Sets the HTTP status that documents are read with.
    pub fn at_status(&mut self, status: Option<u16>) {
        self.status = status;
    }

    /// Native to canonical.
    ///
    /// # Errors
    /// The first fault.
    pub fn read(&mut self, native: &[u8]) -> Result<Ran, Refusal> {
        self.translate(Direction::ToCanonical, native)
    }

    /// Canonical to native.
    ///
    /// # Errors
    /// The first fault.
    pub fn write(&mut self, canonical: &[u8]) -> Result<Ran, Refusal> {
        self.translate(Direction::ToNative, canonical)
    }

    /// A whole document in one direction.
    ///
    /// # Errors
    /// The first fault.
    pub fn translate(&mut self, direction: Direction, input: &[u8]) -> Result<Ran, Refusal> {
        self.translate_as(Reading::Whole, direction, input)
    }

    /// A document in one direction, read as what it is: whole, a patch, or a native update.
    ///
    /// # Errors
    /// The first fault.
    pub fn translate_as(
        &mut self,
        reading: Reading,
        direction: Direction,
        input: &[u8],
    ) -> Result<Ran, Refusal> {
        let mut bytes = Vec::new();
        let call = call();
        let status = self.status.map(|status| status.to_string());
        let around = Surroundings {
            given: &[status.as_deref().map(str::as_bytes)],
            call: &call,
        };
        let done = self.engine.translate(
            self.atlas.plan,
            direction,
            Incoming::Text(input),
            reading,
            &self.limits,
            around,
            &mut bytes,
        );
        let wire = match direction {
            Direction::ToCanonical => self.atlas.plan.native.wire,
            Direction::ToNative => Wire::Json,
        };
        match done {
            Ok(()) => {
                let mut ran = self.ran(wire, input, bytes);
                if direction == Direction::ToNative && self.atlas.plan.write.status.is_some() {
                    let status = self.engine.status(self.atlas.plan, input, around);
                    ran.status = status;
                    self.status = status.or(Some(statuses::OTHER));
                }
                Ok(ran)
            }
            Err(failure) => Err(self.refusal(failure, direction, input, &[])),
        }
    }

    /// A patch over a base.
    ///
    /// # Errors
    /// The first fault.
    pub fn put(&mut self, patch: &[u8], base: &[u8]) -> Result<Ran, Refusal> {
        let mut bytes = Vec::new();
        let call = call();
        let status = self.status.map(|status| status.to_string());
        let around = Surroundings {
            given: &[status.as_deref().map(str::as_bytes)],
            call: &call,
        };
        let done = self.engine.put(
            self.atlas.plan,
            Incoming::Text(patch),
            base,
            &self.limits,
            around,
            &mut bytes,
        );
        match done {
            Ok(()) => Ok(self.ran(Wire::Json, patch, bytes)),
            Err(failure) => Err(self.refusal(failure, Direction::ToNative, patch, base)),
        }
    }

    fn ran(&self, wire: Wire, input: &[u8], bytes: Vec<u8>) -> Ran {
        let (losses, lost) = self.engine.losses();
        let parsed = Parsed::read(wire, input);
        let place = |loss: &Loss| {
            let path = parsed
                .as_ref()
                .and_then(|parsed| parsed.around(loss.at))
                .map(|node| node.path.clone());
            (path, loss.code)
        };
        Ran {
            losses: losses.iter().map(place).collect(),
            lost,
            leaves: self.engine.leaves(),
            status: None,
            bytes,
        }
    }

    fn refusal(
        &self,
        failure: Failure,
        direction: Direction,
        input: &[u8],
        base: &[u8],
    ) -> Refusal {
        let native = self.atlas.plan.native.wire;
        let input_wire = match direction {
            Direction::ToCanonical => native,
            Direction::ToNative => Wire::Json,
        };
        let (fault, in_base) = match failure {
            Failure::Input(fault) => (captured(fault), false),
            Failure::Base(fault) => (captured(fault), true),
            Failure::Faults(faults) => (
                faults
                    .first()
                    .map_or((FaultCode::Malformed, NONE, 0, ""), |fault| {
                        (fault.code, fault.rule, fault.at, fault.why)
                    }),
                false,
            ),
        };
        let (code, rule, at, why) = fault;
        let parsed = if in_base {
            Parsed::read(native, base)
        } else {
            Parsed::read(input_wire, input)
        };
        let path = parsed
            .as_ref()
            .and_then(|parsed| parsed.around(at))
            .map_or_else(Path::new, |node| node.path.clone());
        Refusal {
            code,
            rule: (rule != NONE).then_some(rule),
            why,
            path,
            base: in_base,
        }
    }
}

/// A document as JSON, plainly.
#[must_use]
pub fn json(tree: &Tree) -> Vec<u8> {
    Document {
        wire: Wire::Json,
        root: String::new(),
        tree: tree.clone(),
        noise: None,
    }
    .bytes()
}

fn captured(fault: CaptureFault) -> (FaultCode, u16, u32, &'static str) {
    match fault {
        CaptureFault::Format(fault) => (FaultCode::Malformed, NONE, fault.at, fault.what),
        CaptureFault::Shape(fault) => (fault.code, fault.rule, fault.at, fault.why),
    }
}

fn call() -> CallFacts<'static> {
    CallFacts {
        nonce: [7; 12],
        request_id: "r",
        now_unix_ms: 0,
    }
}
