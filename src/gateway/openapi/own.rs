//! What the gateway answers itself: this document.

use serde_json::{Value, json};

use super::MEDIA_TYPE;
use super::answers::problem_of;
use super::headers::{of_answer, parameter};

/// The operations, each with its path; all are GET.
pub(super) fn operations() -> Vec<(&'static str, Value)> {
    vec![(
        "/openapi.json",
        answering(
            json!({
                "operationId": "getOpenapi",
                "summary": "Get this document",
                "description": "The canonical API as OpenAPI 3.1.",
            }),
            &json!({ "type": "object" }),
        ),
    )]
}

/// Adds inputs and answers to an operation.
fn answering(mut operation: Value, schema: &Value) -> Value {
    let responses = json!({
        "200": {
            "description": "What is so now.",
            "headers": of_answer(&["ETag", "X-Request-Id"]),
            "content": { MEDIA_TYPE: { "schema": schema } }
        },
        "304": { "description": "The caller has it already.", "headers": of_answer(&["ETag", "X-Request-Id"]) },
        "503": problem_of(503),
    });
    if let Value::Object(members) = &mut operation {
        members.insert("tags".to_owned(), json!(["Gateway"]));
        members.insert(
            "parameters".to_owned(),
            json!([parameter("IfNoneMatch"), parameter("RequestId")]),
        );
        members.insert("responses".to_owned(), responses);
    }
    operation
}
