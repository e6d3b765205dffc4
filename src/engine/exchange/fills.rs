//! Members of a body that repeat inputs, and bodies that stand beside inputs.

use std::cmp::Ordering;
use std::ops::Range;

use super::call::{Call, Context};
use super::facts;
use super::faults::CallerFault;
use super::target::limit;
use crate::codec::json::{tape::TapeNode, write};
use crate::mapping::compile::upstream::{Envelope, Fill, Operation, RouteBody};
use crate::mapping::plan::{NONE, Node};
use crate::model::shape::Form;
use crate::model::{date, decimal};

/// The canonical document that a plan is given.
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    /// Bytes before the caller's own document, or before its first member.
    pub(super) shift: u32,
    /// Where values of inputs stand in these bytes.
    pub(super) inputs: Vec<(Range<u32>, Box<str>)>,
}

/// A member with the value of an input.
#[derive(Clone, Copy)]
pub(super) struct Filled<'f> {
    fill: &'f Fill,
    value: &'f str,
}

/// Refuses a body whose member says something else than the input that fills it.
pub(super) fn agree(
    operation: &Operation,
    call: &Call<'_>,
    body: Option<TapeNode<'_>>,
    found: &mut Vec<CallerFault>,
) {
    for Fill {
        input,
        member,
        form,
    } in &operation.fills
    {
        let (Some(value), Some(node)) = (call.input(input), body.and_then(|body| body.get(member)))
        else {
            continue;
        };
        // A null would clear what the call itself says.
        if !facts::scalar(node).is_some_and(|said| is_same(said, value, *form)) {
            let fault = CallerFault::new(
                "conflicting-input",
                format!("the value of `{input}`, or nothing"),
            );
            found.push(fault.at(format!("/{member}")));
        }
    }
}

/// Tells whether two texts are one value; of a number its spelling does not count.
fn is_same(one: &str, other: &str, form: Form) -> bool {
    let equal = || decimal::compare(one.as_bytes(), other.as_bytes()) == Some(Ordering::Equal);
    one == other || (matches!(form, Form::Integer | Form::Number) && equal())
}

/// Members that a document lacks and inputs have.
pub(super) fn missing<'f>(
    operation: &'f Operation,
    document: TapeNode<'_>,
    input: impl Fn(&str) -> Option<&'f str>,
) -> Vec<Filled<'f>> {
    let fills = operation.fills.iter();
    fills
        .filter(|fill| document.get(&fill.member).is_none())
        .filter_map(|fill| {
            Some(Filled {
                fill,
                value: input(&fill.input)?,
            })
        })
        .collect()
}

/// Tells whether a body carries a member at the top of the canonical one.
pub(super) fn carries(route: &RouteBody, member: &str) -> bool {
    let layout = &route.body.plan.canonical;
    let below = |node: &Node, name: &str| {
        let edges = layout.edges_of(node);
        let edge = edges
            .iter()
            .find(|edge| edge.name.bytes() == name.as_bytes())?;
        layout.nodes.get(usize::from(edge.node))
    };
    let root = layout.nodes.first();
    let body = match route.enveloped {
        Some(_) => root.and_then(|root| below(root, "body")),
        None => root,
    };
    body.and_then(|body| below(body, member))
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
    let filled = root.and_then(|root| filled(operation, route, call, body, root));
    match &route.enveloped {
        Some(envelope) => {
            let limit = limit(operation, call, root);
            Some(enveloped(envelope, call, (body, filled), limit))
        }
        None => filled,
    }
}

/// The body with the members that inputs fill, if there are any.
fn filled(
    operation: &Operation,
    route: &RouteBody,
    call: &Call<'_>,
    body: &[u8],
    root: TapeNode<'_>,
) -> Option<Document> {
    let mut members = missing(operation, root, |input| call.input(input));
    members.retain(|filled| carries(route, &filled.fill.member));
    if members.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(body.len().saturating_add(64));
    let start = usize::try_from(root.whole().start)
        .unwrap_or(0)
        .saturating_add(1);
    bytes.extend_from_slice(body.get(..start)?);
    let mut inputs = Vec::with_capacity(members.len());
    for (index, filled) in members.iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        inputs.push((filled.write(&mut bytes), filled.fill.input.clone()));
    }
    if root.count() > 0 {
        bytes.push(b',');
    }
    let shift = bytes.len().saturating_sub(start);
    bytes.extend_from_slice(body.get(start..)?);
    Some(Document {
        bytes,
        shift: u32::try_from(shift).unwrap_or(u32::MAX),
        inputs,
    })
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// `{"id": "340", "context": {...}, "body": ...}`
fn enveloped(
    envelope: &Envelope,
    call: &Call<'_>,
    (body, filled): (&[u8], Option<Document>),
    limit: Option<u32>,
) -> Document {
    let mut bytes = b"{".to_vec();
    let mut inputs = Vec::new();
    for name in &envelope.inputs {
        if let Some(value) = call.input(name) {
            member(&mut bytes, name);
            let start = length(&bytes);
            write::string(&mut bytes, value.as_bytes(), false);
            inputs.push((start..length(&bytes), name.clone()));
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
    let mut shift = length(&bytes);
    match filled {
        Some(filled) => {
            let moved =
                |at: Range<u32>| at.start.saturating_add(shift)..at.end.saturating_add(shift);
            let own = filled.inputs.into_iter();
            inputs.extend(own.map(|(at, name)| (moved(at), name)));
            shift = shift.saturating_add(filled.shift);
            bytes.extend_from_slice(&filled.bytes);
        }
        None => bytes.extend_from_slice(body),
    }
    bytes.push(b'}');
    Document {
        bytes,
        shift,
        inputs,
    }
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
    member(out, name);
    write::string(out, value.as_bytes(), false);
}

fn member(out: &mut Vec<u8>, name: &str) {
    write::string(out, name.as_bytes(), false);
    out.push(b':');
}

/// Inserts members into an object of JSON, before its own.
pub(super) fn insert(object: &mut Vec<u8>, members: &[(&str, &str)]) {
    insert_written(object, members, |(name, value), out| pair(out, name, value));
}

/// Inserts members with the values of inputs into an object of JSON, before its own.
pub(super) fn fill(object: &mut Vec<u8>, members: &[Filled<'_>]) {
    insert_written(object, members, |filled, out| {
        filled.write(out);
    });
}

fn insert_written<M>(object: &mut Vec<u8>, members: &[M], write: impl Fn(&M, &mut Vec<u8>)) {
    if members.is_empty() || object.first() != Some(&b'{') {
        return;
    }
    let mut front = b"{".to_vec();
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            front.push(b',');
        }
        write(member, &mut front);
    }
    let rest = object.get(1..).unwrap_or_default();
    if rest.trim_ascii_start().first() != Some(&b'}') {
        front.push(b',');
    }
    front.extend_from_slice(rest);
    *object = front;
}

// === impl Filled ===

impl Filled<'_> {
    /// Writes it as the model has it, and tells where the value stands; a text that is no value of the form stays one, and
    /// is judged as what it is.
    fn write(&self, out: &mut Vec<u8>) -> Range<u32> {
        let value = self.value.as_bytes();
        let is_bare = match self.fill.form {
            Form::Text => false,
            Form::Integer | Form::Number => decimal::is_number(value),
            Form::Boolean => matches!(value, b"true" | b"false"),
        };
        member(out, &self.fill.member);
        let start = length(out);
        if is_bare {
            out.extend_from_slice(value);
        } else {
            write::string(out, value, false);
        }
        start..length(out)
    }
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
            insert(&mut bytes, &[("a", "1")]);
            assert_eq!(String::from_utf8(bytes).unwrap(), filled);
        }
    }

    #[test]
    fn a_value_of_an_input_is_written_as_the_model_has_it() {
        for (form, value, expected) in [
            (Form::Integer, "2", r#"{"m":2}"#),
            (Form::Number, "2.50", r#"{"m":2.50}"#),
            (Form::Boolean, "true", r#"{"m":true}"#),
            (Form::Text, "2", r#"{"m":"2"}"#),
            (Form::Integer, "02", r#"{"m":"02"}"#),
            (Form::Boolean, "yes", r#"{"m":"yes"}"#),
        ] {
            let fill = Fill {
                input: "i".into(),
                member: "m".into(),
                form,
            };
            let mut bytes = b"{}".to_vec();
            super::fill(&mut bytes, &[Filled { fill: &fill, value }]);
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
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
