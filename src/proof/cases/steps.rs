//! Cases of operations of several calls: every step that the call takes is written and read again.

use super::given::Given;
use super::request::{headers, line, lines, not_accepted, said};
use super::{CaseResult, compare};
use crate::codec::Limits;
use crate::codec::json::tape::{Kind as JsonKind, Tape, TapeNode};
use crate::codec::json::write;
use crate::engine::exchange::{Course, Leg, Lost, NativeRequest, Worker};
use crate::mapping::ast::Direction;
use crate::mapping::compile::upstream::Upstream;
use crate::proof::received::understood;

/// A step with its request, and with the inputs that it was made of.
type Taken<'l> = (&'l Leg, NativeRequest, Vec<(String, String)>);

/// Writes the requests of a case and reads them again. `call` and the native document of the case are those of one
/// step: the one with this request line, else the first.
pub(super) fn run(
    upstream: &Upstream,
    given: &Given<'_>,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    let call = given.call(given.case.canonical());
    let base = given.base_answer();
    let course = match upstream.course(&call, base.as_ref(), worker) {
        Ok(course) => course.unwrap_or_default(),
        Err(refused) => return result.note("request", Some(said(&refused))),
    };
    let mut all: Vec<Taken<'_>> = Vec::new();
    for leg in &course.legs {
        match upstream.rehearse(&call, leg.step, base.as_ref(), worker) {
            Ok((request, inputs)) => all.push((leg, request, inputs)),
            Err(refused) => return result.note("request", Some(said(&refused))),
        }
    }
    if given.runs(Direction::ToNative) {
        written(given, &course, &all, result);
    }
    if given.runs(Direction::ToCanonical) {
        for taken in &all {
            read_again(upstream, given, &course, taken, worker, result);
        }
    }
}

fn written(given: &Given<'_>, course: &Course, all: &[Taken<'_>], result: &mut CaseResult) {
    let of_line = |(_, request, _): &&Taken<'_>| {
        given.case.file.call.as_ref().is_some_and(|call| {
            call.method.value.to_string() == request.method && call.target.value == request.target
        })
    };
    let meant = all.iter().find(of_line).or(all.first());
    let Some((_, request, _)) = meant else {
        return result.note("request", Some("no step is taken".to_owned()));
    };
    line(given, request, result);
    headers(given, request, result);
    if let Some(native) = given.case.native() {
        let body = request.body.as_deref().unwrap_or_default();
        result.note("native body", compare::native(native, body, false));
    }
    result.note(
        "losses",
        compare::losses(&given.case.file.losses, &course.losses),
    );
}

/// What the server role makes of a step alone is the part of the call that the step carries.
fn read_again(
    upstream: &Upstream,
    given: &Given<'_>,
    course: &Course,
    (leg, request, inputs): &Taken<'_>,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    let Some(meant) = upstream.met_as(given.index, request.route) else {
        return;
    };
    let accepted = match understood(upstream, request, None, worker) {
        Ok(accepted) => accepted,
        Err(refused) => return result.note("server role", Some(not_accepted(&refused))),
    };
    let another = "the request is read as another operation".to_owned();
    result.note(
        "server role",
        (accepted.operation != meant).then_some(another),
    );
    let (expected, found) = (lines(inputs), lines(&accepted.inputs));
    let difference = compare::native(expected.as_bytes(), found.as_bytes(), true);
    result.note("inputs", difference);
    if let Some(canonical) = given.case.canonical() {
        let expected = carried(canonical, leg, &course.legs, &request.losses);
        let body = accepted.body.as_deref().unwrap_or(b"{}");
        result.note("canonical body", compare::canonical(&expected, body));
    }
}

/// What of a document one step carries: the part that it is about, without what it loses, and without the parts of
/// others of which it loses something.
fn carried(document: &[u8], leg: &Leg, legs: &[Leg], losses: &[Lost]) -> Vec<u8> {
    let is_lost = |part: &str| losses.iter().any(|lost| is_below(&lost.pointer, part));
    let others = legs.iter().filter(|other| other.step != leg.step);
    let others = others.filter_map(|other| other.pointer.as_deref());
    let text = String::from_utf8_lossy(document);
    let mut tape = Tape::default();
    let mut out = Vec::new();
    if let Ok(root) = tape.parse(&text, &Limits::default()) {
        let stripping = Stripping {
            text: &text,
            part: leg.pointer.as_deref(),
            others: others.filter(|part| is_lost(part)).collect(),
            losses,
        };
        if !stripping.strip(root, &mut String::new(), &mut out) {
            out = b"{}".to_vec();
        }
    }
    out
}

struct Stripping<'s> {
    text: &'s str,
    part: Option<&'s str>,
    others: Vec<&'s str>,
    losses: &'s [Lost],
}

fn is_below(pointer: &str, part: &str) -> bool {
    let below = pointer.strip_prefix(part);
    below.is_some_and(|below| below.starts_with('/'))
}

impl Stripping<'_> {
    /// Writes what is kept of a value; false if that is nothing.
    fn strip(&self, node: TapeNode<'_>, pointer: &mut String, out: &mut Vec<u8>) -> bool {
        let (open, close, named) = match node.kind() {
            JsonKind::Object => (b'{', b'}', true),
            JsonKind::Array => (b'[', b']', false),
            _ => return self.leaf(node, pointer, out),
        };
        let start = out.len();
        out.push(open);
        let mut kept = false;
        let mut each = |name: &str, value: TapeNode<'_>| {
            let (length, before) = (pointer.len(), out.len());
            pointer.push('/');
            pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            if kept {
                out.push(b',');
            }
            if named {
                write::string(out, name.as_bytes(), false);
                out.push(b':');
            }
            if self.strip(value, pointer, out) {
                kept = true;
            } else {
                out.truncate(before);
            }
            pointer.truncate(length);
        };
        if named {
            node.members().for_each(|(name, value)| each(name, value));
        } else {
            let items = node.items().enumerate();
            items.for_each(|(index, value)| each(&index.to_string(), value));
        }
        out.push(close);
        if !kept && node.count() > 0 {
            out.truncate(start);
        }
        kept || node.count() == 0
    }

    fn leaf(&self, node: TapeNode<'_>, pointer: &str, out: &mut Vec<u8>) -> bool {
        let within = self.part.is_none_or(|part| is_below(pointer, part));
        let elsewhere = self.others.iter().any(|part| is_below(pointer, part));
        if !within || elsewhere || self.losses.iter().any(|lost| lost.pointer == pointer) {
            return false;
        }
        let whole = node.whole();
        let range =
            usize::try_from(whole.start).unwrap_or(0)..usize::try_from(whole.end).unwrap_or(0);
        out.extend_from_slice(self.text.get(range).unwrap_or_default().as_bytes());
        true
    }
}
