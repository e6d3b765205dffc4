//! Members of a body that repeat inputs, and bodies that stand beside inputs.

use super::call::{Call, Context};
use super::facts;
use super::faults::CallerFault;
use super::target::limit;
use crate::codec::Limits;
use crate::codec::json::tape::{Kind, Tape, TapeNode};
use crate::codec::json::write;
use crate::mapping::compile::upstream::{Envelope, Operation, RouteBody};
use crate::mapping::plan::{NONE, Plan};
use crate::model::date;

/// The canonical document that a plan is given.
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    /// Bytes before the caller's own document, or before its first member.
    pub(super) shift: u32,
}

/// Refuses a body whose member says something else than the input that fills it.
pub(super) fn agree(
    operation: &Operation,
    call: &Call<'_>,
    body: Option<TapeNode<'_>>,
    found: &mut Vec<CallerFault>,
) {
    for (input, member) in &operation.fills {
        let (Some(value), Some(node)) = (call.input(input), body.and_then(|body| body.get(member)))
        else {
            continue;
        };
        // A null would clear what the call itself says.
        if facts::scalar(node) != Some(value) {
            let fault = CallerFault::new(
                "conflicting-input",
                format!("the value of `{input}`, or nothing"),
            );
            found.push(fault.at(format!("/{member}")));
        }
    }
}

/// Tells whether a plan carries a member at the top of its canonical document.
pub(super) fn carries(plan: &Plan, member: &str) -> bool {
    let layout = &plan.canonical;
    let Some(root) = layout.nodes.first() else {
        return false;
    };
    let range =
        usize::try_from(root.edges.0).unwrap_or(0)..usize::try_from(root.edges.1).unwrap_or(0);
    let edges = layout.edges.get(range).unwrap_or_default();
    let edge = edges
        .iter()
        .find(|edge| edge.name.bytes() == member.as_bytes());
    edge.and_then(|edge| layout.nodes.get(usize::from(edge.node)))
        .is_some_and(|node| node.slot != NONE)
}

/// The document of a plan, where it is more than the caller's body.
pub(super) fn document(
    operation: &Operation,
    route: &RouteBody,
    call: &Call<'_>,
    body: &[u8],
    root: Option<TapeNode<'_>>,
) -> Option<Document> {
    if let Some(envelope) = &route.enveloped {
        let limit = limit(operation, call, root);
        return Some(enveloped(envelope, call, body, limit));
    }
    let root = root?;
    let mut members = Vec::new();
    for (input, member) in &operation.fills {
        if let Some(value) = call.input(input)
            && root.get(member).is_none()
            && carries(&route.body.plan, member)
        {
            members.push((&**member, value));
        }
    }
    if members.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len().saturating_add(64));
    let start = usize::try_from(root.whole().start)
        .unwrap_or(0)
        .saturating_add(1);
    bytes.extend_from_slice(body.get(..start)?);
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        member(&mut bytes, name, value, &operation.fills_bare);
    }
    if root.count() > 0 {
        bytes.push(b',');
    }
    let shift = bytes.len().saturating_sub(start);
    bytes.extend_from_slice(body.get(start..)?);
    Some(Document {
        bytes,
        shift: u32::try_from(shift).unwrap_or(u32::MAX),
    })
}

/// `{"id": "340", "context": {...}, "body": ...}`
fn enveloped(envelope: &Envelope, call: &Call<'_>, body: &[u8], limit: Option<u32>) -> Document {
    let mut bytes = b"{".to_vec();
    for name in &envelope.inputs {
        if let Some(value) = call.input(name) {
            pair(&mut bytes, name, value);
            bytes.push(b',');
        }
    }
    if envelope.context {
        bytes.extend_from_slice(b"\"context\":");
        context(&mut bytes, &call.context);
        bytes.push(b',');
    }
    if envelope.page {
        page(&mut bytes, call, limit);
    }
    bytes.extend_from_slice(b"\"body\":");
    let shift = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(body);
    bytes.push(b'}');
    Document { bytes, shift }
}

/// `"page":{"limit":2,"cursor":"4"},`
fn page(out: &mut Vec<u8>, call: &Call<'_>, limit: Option<u32>) {
    out.extend_from_slice(b"\"page\":{");
    if let Some(limit) = limit {
        out.extend_from_slice(format!("\"limit\":{limit}").as_bytes());
    }
    if let Some(cursor) = call.page.cursor {
        if limit.is_some() {
            out.push(b',');
        }
        pair(out, "cursor", cursor);
    }
    out.extend_from_slice(b"},");
}

fn context(out: &mut Vec<u8>, context: &Context<'_>) {
    let now = date::write_instant(context.now_unix_ms);
    let given = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
    let members = [
        ("requestId", given(context.request_id)),
        ("traceId", given(context.trace_id)),
        ("idempotencyKey", context.idempotency_key.map(str::to_owned)),
        ("ifMatch", context.if_match.map(str::to_owned)),
        ("now", now),
    ];
    object(
        out,
        members
            .iter()
            .filter_map(|(name, value)| Some((*name, value.as_deref()?))),
    );
    let caller = [("kind", context.caller_kind), ("id", context.caller_id)];
    if caller.iter().any(|(_, value)| value.is_some()) {
        out.pop();
        if out.last() != Some(&b'{') {
            out.push(b',');
        }
        out.extend_from_slice(b"\"caller\":");
        object(
            out,
            caller
                .iter()
                .filter_map(|(name, value)| Some((*name, (*value)?))),
        );
        out.push(b'}');
    }
}

fn object<'m>(out: &mut Vec<u8>, members: impl Iterator<Item = (&'m str, &'m str)>) {
    out.push(b'{');
    for (index, (name, value)) in members.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        pair(out, name, value);
    }
    out.push(b'}');
}

/// Writes `"name":"value"`.
pub(super) fn pair(out: &mut Vec<u8>, name: &str, value: &str) {
    write::string(out, name.as_bytes(), false);
    out.push(b':');
    write::string(out, value.as_bytes(), false);
}

/// Writes a member; one of these names without quotes, where its value is a number or a truth.
fn member(out: &mut Vec<u8>, name: &str, value: &str, bare: &[Box<str>]) {
    let is_bare = || {
        let kind = Tape::default()
            .parse(value, &Limits::default())
            .map(TapeNode::kind);
        matches!(kind, Ok(Kind::Number | Kind::Boolean))
    };
    if bare.iter().any(|bare| **bare == *name) && is_bare() {
        write::string(out, name.as_bytes(), false);
        out.push(b':');
        out.extend_from_slice(value.trim().as_bytes());
    } else {
        pair(out, name, value);
    }
}

/// Inserts members into an object of JSON, before its own; those of the names in `bare` as numbers and truths.
pub(super) fn insert(object: &mut Vec<u8>, members: &[(&str, &str)], bare: &[Box<str>]) {
    if members.is_empty() || object.first() != Some(&b'{') {
        return;
    }
    let mut front = b"{".to_vec();
    for (index, (name, value)) in members.iter().enumerate() {
        if index > 0 {
            front.push(b',');
        }
        member(&mut front, name, value, bare);
    }
    let rest = object.get(1..).unwrap_or_default();
    if rest.trim_ascii_start().first() != Some(&b'}') {
        front.push(b',');
    }
    front.extend_from_slice(rest);
    *object = front;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_before_the_objects_own() {
        for (object, filled) in [
            ("{}", r#"{"a":"1"}"#),
            (r#"{"b":2}"#, r#"{"a":"1","b":2}"#),
            ("[]", "[]"),
        ] {
            let mut bytes = object.as_bytes().to_vec();
            insert(&mut bytes, &[("a", "1")], &[]);
            assert_eq!(String::from_utf8(bytes).unwrap(), filled);
        }
        for (value, filled) in [
            ("1", r#"{"a":1}"#),
            ("true", r#"{"a":true}"#),
            ("01", r#"{"a":"01"}"#),
            ("1,2", r#"{"a":"1,2"}"#),
            ("x", r#"{"a":"x"}"#),
        ] {
            let mut bytes = b"{}".to_vec();
            insert(&mut bytes, &[("a", value)], &["a".into()]);
            assert_eq!(String::from_utf8(bytes).unwrap(), filled);
        }
    }

    #[test]
    fn the_context_is_a_document() {
        let mut out = Vec::new();
        context(
            &mut out,
            &Context {
                request_id: "r",
                caller_kind: Some("agent"),
                ..Context::default()
            },
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"requestId":"r","now":"1970-01-01T00:00:00Z","caller":{"kind":"agent"}}"#
        );
    }
}
