//! One translation, with what stands around one.

use interlingua::codec::Limits;
use interlingua::engine::{Direction, Engine, Failure, Incoming, Reading, Surroundings};
use interlingua::mapping::convert::CallFacts;
use interlingua::mapping::plan::Plan;

/// Translates a whole document; what is written is appended.
pub(crate) fn translate(
    engine: &mut Engine,
    plan: &Plan,
    direction: Direction,
    input: Incoming<'_>,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    let call = CallFacts {
        nonce: [7; 12],
        request_id: "r",
        now_unix_ms: 0,
    };
    let around = Surroundings {
        given: &[],
        call: &call,
    };
    engine.translate(plan, direction, input, Reading::Whole, limits, around, out)
}
