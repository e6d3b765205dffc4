//! Headers of a request.

use super::call::Context;
use super::facts::Facts;
use super::faults::CallerFault;
use super::params;
use crate::mapping::compile::upstream::{Operation, Param, Route, Upstream};

/// Headers by lower-case name, in the order of writing.
pub(super) type Headers = Vec<(Box<str>, Vec<u8>)>;

/// Writes all headers of a request but that of its body.
pub(super) fn write(
    upstream: &Upstream,
    operation: &Operation,
    route: &Route,
    facts: &Facts<'_>,
    found: &mut Vec<CallerFault>,
) -> Headers {
    let mut headers = Headers::new();
    for param in upstream.headers.iter().chain(&route.headers) {
        rule(param, facts, &mut headers, found);
    }
    if let Some(basic) = &upstream.credentials.basic {
        put(
            &mut headers,
            "authorization",
            basic.shown().as_bytes().to_vec(),
        );
    }
    for (name, template) in &upstream.credentials.headers {
        match facts.fill(template, |out, text| out.extend_from_slice(text)) {
            Ok(Some(value)) => put(&mut headers, name, value),
            Ok(None) => {}
            Err(fault) => found.push(fault),
        }
    }
    repetition(upstream, operation, facts.context, &mut headers);
    headers
}

/// Writes the headers of every call alone, as far as this context says them.
pub(super) fn of_every_call(upstream: &Upstream, context: &Context<'_>) -> Headers {
    let facts = Facts {
        inputs: &[],
        body: None,
        current: None,
        outcome: None,
        context,
        qualifier: &upstream.qualifier,
    };
    let mut headers = Headers::new();
    for param in &upstream.headers {
        rule(param, &facts, &mut headers, &mut Vec::new());
    }
    headers
}

fn rule<'f>(
    param: &'f Param,
    facts: &Facts<'f>,
    headers: &mut Headers,
    found: &mut Vec<CallerFault>,
) {
    match params::write(param, facts, &facts.context.facts()) {
        Ok(written) => {
            for (name, value) in written {
                // A control character would end the header, or hide behind it.
                if value
                    .iter()
                    .any(|byte| byte.is_ascii_control() && *byte != b'\t')
                {
                    found.push(CallerFault::new(
                        "invalid-input",
                        "a text that can stand in a header",
                    ));
                } else {
                    put(headers, name, value);
                }
            }
        }
        Err(fault) => found.push(fault),
    }
}

/// The first header of a name counts.
fn put(headers: &mut Headers, name: &str, value: Vec<u8>) {
    if !headers.iter().any(|(other, _)| &**other == name) {
        headers.push((name.into(), value));
    }
}

/// The key under which the upstream knows a repetition: the call's, else a fresh one, which repetitions share.
fn repetition(
    upstream: &Upstream,
    operation: &Operation,
    context: &Context<'_>,
    headers: &mut Headers,
) {
    let Some(idempotency) = &upstream.idempotency else {
        return;
    };
    if operation.reads && !idempotency.reads {
        return;
    }
    let key = match context.idempotency_key {
        Some(key) if !operation.reads => key.to_owned(),
        _ => context
            .nonce
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
    };
    put(headers, &idempotency.header, key.into_bytes());
}
