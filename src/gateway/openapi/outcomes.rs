//! Questions about writes that bear a key.

use serde_json::{Value, json};

use super::answers::problem_of;
use super::components::Components;
use super::headers::{of_answer, parameter};

/// Where outcomes are told.
const OUTCOME: &str = "/v1/outcomes/{key}";

/// The operations, each with its path and method.
pub(super) fn operations(components: &mut Components) -> Vec<(&'static str, &'static str, Value)> {
    let outcome = components.of_own("WriteOutcome", outcome);
    vec![
        (
            OUTCOME,
            "GET",
            asking(
                json!({
                    "operationId": "getOutcome",
                    "summary": "Tell what became of a write",
                    "description": "What is known of a write with an `Idempotency-Key`, by the caller who made it.",
                }),
                &outcome,
            ),
        ),
        (
            OUTCOME,
            "POST",
            asking(
                json!({
                    "operationId": "settleOutcome",
                    "summary": "Find out what became of a write",
                    "description": "Looks for what a write of unknown outcome would have made, where its upstream can be asked for it. What is not there once nothing can land any more was not done: its key is as good as new.",
                }),
                &outcome,
            ),
        ),
    ]
}

/// Adds inputs and answers to a question about a write.
fn asking(mut operation: Value, schema: &Value) -> Value {
    let parameters = json!([
        {
            "name": "key",
            "in": "path",
            "required": true,
            "description": "The key that the write bore; percent-encoded as one segment.",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
            "example": "9d1c6a0e-order-17"
        },
        {
            "name": "operation",
            "in": "query",
            "required": true,
            "description": "Id of the operation that was called.",
            "schema": { "type": "string" },
            "example": "createCustomer"
        },
        parameter("InterlinguaCaller"),
        parameter("RequestId"),
    ]);
    let responses = json!({
        "200": {
            "description": "What is known.",
            "headers": of_answer(&["Retry-After", "X-Request-Id"]),
            "content": { "application/json": { "schema": schema } }
        },
        "400": problem_of(400),
        "404": problem_of(404),
        "422": problem_of(422),
        "503": problem_of(503),
    });
    if let Value::Object(members) = &mut operation {
        members.insert("tags".to_owned(), json!(["Gateway"]));
        members.insert("parameters".to_owned(), parameters);
        members.insert("responses".to_owned(), responses);
    }
    operation
}

fn outcome() -> Value {
    json!({
        "title": "WriteOutcome",
        "description": "What became of a write with an `Idempotency-Key`.",
        "type": "object",
        "required": ["operation", "upstream", "state"],
        "properties": {
            "operation": { "description": "Id of the operation.", "type": "string" },
            "upstream": { "description": "The upstream's name in the configuration.", "type": "string" },
            "state": {
                "description": "It runs; it was answered; nothing was done, so that it may be made again; or nobody knows yet, or ever will where its upstream cannot be asked (`Retry-After` says when to ask again).",
                "type": "string",
                "enum": ["in-flight", "answered", "not-done", "unknown"]
            },
            "answer": {
                "description": "What it was answered, or would have been.",
                "type": "object",
                "required": ["status"],
                "properties": {
                    "status": { "description": "The HTTP status.", "type": "integer" },
                    "location": { "description": "Where what it made is.", "type": "string" },
                    "body": { "description": "The body, a problem where it was refused.", "type": "object" }
                }
            }
        }
    })
}
