//! What a native document holds beside what rules carry: kept as the document itself, without what nobody may read
//! back, and written over when the record is answered.

mod parts;
mod strip;

pub(super) use parts::{child, with_child};

use super::value::Value;
use crate::codec::Limits;
use crate::engine::{Direction, Engine, Incoming, Reading, Surroundings};
use crate::mapping::convert::CallFacts;
use crate::mapping::plan::{Plan, Wire};
use crate::model::shape::{ShapeId, Shapes};

/// A native document of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Residue {
    /// Its mapping.
    pub(super) mapping: Box<str>,
    /// The document, UTF-8.
    pub(super) bytes: Vec<u8>,
    /// What it reads as.
    pub(super) reads: Value,
}

/// One kind of document that records come from and are answered as.
#[derive(Debug)]
pub(super) struct Document {
    /// The plan of its answers.
    pub(super) plan: Plan,
    hidden: strip::Hidden,
}

// === impl Document ===

impl Document {
    /// Finds out what of the document is not kept.
    pub(super) fn new(plan: Plan, shapes: &Shapes, native: ShapeId) -> Self {
        let hidden = strip::hidden(&plan.native, shapes, native);
        Self { plan, hidden }
    }

    /// Reads a whole document.
    pub(super) fn read(&self, document: &[u8], engine: &mut Engine) -> Option<Value> {
        self.run(document, Reading::Whole, engine)
    }

    /// Makes a document one that is kept; `None` if it is no such document, or of a format that holds none.
    pub(super) fn keep(&self, document: &[u8], engine: &mut Engine) -> Option<Residue> {
        let bytes = match self.plan.native.wire {
            Wire::Xml => strip::xml(document, &self.plan.native, &self.hidden)?,
            Wire::Json => strip::json(document, &self.plan.native, &self.hidden)?,
            Wire::Form => return None,
        };
        // Without what was taken out it need not be whole any more.
        let reads = self.run(&bytes, Reading::Patch, engine)?;
        Some(Residue {
            mapping: self.plan.mapping.clone(),
            bytes,
            reads,
        })
    }

    fn run(&self, document: &[u8], reading: Reading, engine: &mut Engine) -> Option<Value> {
        let call = CallFacts {
            nonce: [0; 12],
            request_id: "",
            now_unix_ms: 0,
        };
        let around = Surroundings {
            given: &[],
            call: &call,
        };
        let mut out = Vec::new();
        engine
            .translate(
                &self.plan,
                Direction::ToCanonical,
                Incoming::Text(document),
                reading,
                &Limits::default(),
                around,
                &mut out,
            )
            .ok()?;
        Value::parse(&out)
    }
}
