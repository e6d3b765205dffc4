//! Cases of calls that are refused before anything is sent.

use super::given::Given;
use super::{CaseResult, compare};
use crate::codec::json::write;
use crate::engine::exchange::{CallerFault, Refused, Worker};
use crate::mapping::compile::upstream::Upstream;

/// Asks for the request of a case, and compares why there is none: the code, and what `problem.json` says of it.
pub(super) fn run(
    upstream: &Upstream,
    given: &Given<'_>,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    let sent = given.case.file.call.is_some() || given.case.native().is_some();
    if sent {
        let why = "a call that is refused sends nothing: leave out `call` and `native.*`";
        return result.note("request", Some(why.to_owned()));
    }
    let call = given.call(given.case.canonical());
    let base = given.base_answer();
    let faults = match upstream.request(&call, base.as_ref(), worker) {
        Err(Refused::Faults(faults)) => faults,
        Err(Refused::Base(broken)) => {
            return result.note("request", Some(format!("the base: {broken:?}")));
        }
        Ok(written) => {
            let line = format!("{} {}", written.method, written.target);
            return result.note("request", Some(format!("it is not refused: {line}")));
        }
    };
    let expected = given.case.file.problem.as_ref();
    let expected = expected.map_or("", |code| code.value.as_str());
    let found = faults.first().map_or("", |fault| fault.code);
    let difference = (expected != found).then(|| format!("- {expected}\n+ {found}"));
    result.note("problem", difference);
    if let Some(problem) = given.case.documents.get("problem.json") {
        result.note(
            "problem document",
            compare::canonical(problem, &document(&faults)),
        );
    }
}

/// What a problem says of faults, but in words: those are for people.
fn document(faults: &[CallerFault]) -> Vec<u8> {
    let mut out = b"{\"code\":".to_vec();
    let text = |out: &mut Vec<u8>, text: &str| write::string(out, text.as_bytes(), false);
    text(&mut out, faults.first().map_or("", |fault| fault.code));
    let allowed: Vec<&str> = faults
        .iter()
        .flat_map(|fault| &fault.allowed)
        .map(|state| &**state)
        .collect();
    if !allowed.is_empty() {
        out.extend_from_slice(b",\"allowed\":[");
        for (index, state) in allowed.into_iter().enumerate() {
            out.extend((index > 0).then_some(b','));
            text(&mut out, state);
        }
        out.push(b']');
    }
    out.extend_from_slice(b",\"errors\":[");
    for (index, fault) in faults.iter().enumerate() {
        out.extend((index > 0).then_some(b','));
        out.extend_from_slice(b"{\"code\":");
        text(&mut out, fault.code);
        let places = [("pointer", &fault.pointer), ("parameter", &fault.parameter)];
        for (name, place) in places {
            if let Some(place) = place {
                out.push(b',');
                text(&mut out, name);
                out.push(b':');
                text(&mut out, place);
            }
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}
