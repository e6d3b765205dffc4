//! What the gateway answers itself: this document, and what upstreams can do.

use serde_json::{Value, json};

use super::MEDIA_TYPE;
use super::answers::problem_of;
use super::components::Components;
use super::headers::{of_answer, parameter};

/// The operations, each with its path and method.
pub(super) fn operations(components: &mut Components) -> Vec<(&'static str, &'static str, Value)> {
    let summary = components.of_own("UpstreamSummary", summary);
    let upstream = components.of_own("UpstreamCapabilities", capabilities);
    components.of_own("OfferedOperation", offered);
    components.of_own("PlaceCoverage", place);
    vec![
        (
            "/v1/upstreams",
            "GET",
            answering(
                json!({
                    "operationId": "listUpstreams",
                    "summary": "List the upstreams",
                    "description": "Which upstreams are configured, and what each offers.",
                }),
                &json!({
                    "type": "object",
                    "required": ["items"],
                    "properties": { "items": { "type": "array", "items": summary } }
                }),
                false,
            ),
        ),
        (
            "/v1/upstreams/{name}",
            "GET",
            answering(
                json!({
                    "operationId": "getUpstream",
                    "summary": "Tell what an upstream can do",
                    "description": "The operations that it offers and what each accepts, the places of the model that it carries, and its limits.",
                }),
                &upstream,
                true,
            ),
        ),
        (
            "/openapi.json",
            "GET",
            answering(
                json!({
                    "operationId": "getOpenapi",
                    "summary": "Get this document",
                    "description": "The canonical API as OpenAPI 3.1.",
                }),
                &json!({ "type": "object" }),
                false,
            ),
        ),
    ]
}

/// Adds inputs and answers to an operation.
fn answering(mut operation: Value, schema: &Value, is_named: bool) -> Value {
    let mut parameters = vec![parameter("IfNoneMatch"), parameter("RequestId")];
    if is_named {
        parameters.insert(
            0,
            json!({
                "name": "name",
                "in": "path",
                "required": true,
                "description": "The upstream's name in the configuration.",
                "schema": { "type": "string" },
                "example": "billing"
            }),
        );
    }
    let media_type = if operation.get("operationId") == Some(&"getOpenapi".into()) {
        MEDIA_TYPE
    } else {
        "application/json"
    };
    let mut responses = json!({
        "200": {
            "description": "What is so now.",
            "headers": of_answer(&["ETag", "X-Request-Id"]),
            "content": { media_type: { "schema": schema } }
        },
        "304": { "description": "The caller has it already.", "headers": of_answer(&["ETag", "X-Request-Id"]) },
        "503": problem_of(503),
    });
    if let (true, Value::Object(responses)) = (is_named, &mut responses) {
        responses.shift_insert(2, "404".to_owned(), problem_of(404));
    }
    if let Value::Object(members) = &mut operation {
        members.insert("tags".to_owned(), json!(["Gateway"]));
        members.insert("parameters".to_owned(), parameters.into());
        members.insert("responses".to_owned(), responses);
    }
    operation
}

fn summary() -> Value {
    json!({
        "title": "UpstreamSummary",
        "description": "One configured upstream.",
        "type": "object",
        "required": ["name", "title", "mapping", "version", "operations"],
        "properties": {
            "name": { "description": "Its name in the configuration, with which its ids begin.", "type": "string" },
            "title": { "description": "What people call it.", "type": "string" },
            "mapping": { "description": "The mapping that serves it.", "type": "string" },
            "version": { "description": "Changes whenever the mapping, its tables or its schema do.", "type": "string" },
            "operations": { "description": "Ids of the operations that it offers.", "type": "array", "items": { "type": "string" } }
        }
    })
}

fn capabilities() -> Value {
    json!({
        "title": "UpstreamCapabilities",
        "description": "What an upstream can do.",
        "type": "object",
        "required": ["name", "title", "mapping", "version", "operations", "places", "limits"],
        "properties": {
            "name": { "description": "Its name in the configuration, with which its ids begin.", "type": "string" },
            "title": { "description": "What people call it.", "type": "string" },
            "mapping": { "description": "The mapping that serves it.", "type": "string" },
            "version": { "description": "Changes whenever the mapping, its tables or its schema do.", "type": "string" },
            "operations": {
                "description": "The operations that it offers.",
                "type": "array",
                "items": { "$ref": "#/components/schemas/OfferedOperation" }
            },
            "places": {
                "description": "The places of the types that these operations take and answer.",
                "type": "array",
                "items": { "$ref": "#/components/schemas/PlaceCoverage" }
            },
            "limits": {
                "description": "Sizes, in bytes, beyond which a body is refused.",
                "type": "object",
                "properties": {
                    "requestBytes": { "type": "integer" },
                    "answerBytes": { "type": "integer" }
                }
            }
        }
    })
}

fn offered() -> Value {
    json!({
        "title": "OfferedOperation",
        "description": "An operation that an upstream offers.",
        "type": "object",
        "required": ["id", "method", "path"],
        "properties": {
            "id": { "type": "string" },
            "method": { "type": "string" },
            "path": { "type": "string" },
            "ifMatch": {
                "description": "Who checks `If-Match`: the upstream itself, so that no other change can come between (`exact`), or the gateway against the resource as it has just read it, which narrows the window and does not close it (`by-base`, also where only some calls of the operation leave it to the upstream). Absent where it is refused.",
                "type": "string",
                "enum": ["exact", "by-base"]
            },
            "limit": { "description": "Whether a `limit` reaches the upstream.", "type": "boolean" },
            "cursor": { "description": "Whether the list goes on behind its first page.", "type": "boolean" },
            "defaultLimit": { "description": "Items of a page where no `limit` is given.", "type": "integer" },
            "recoverable": { "description": "Whether it can be found out what became of a call whose answer was lost.", "type": "boolean" },
            "inputs": { "description": "Inputs that reach the upstream.", "type": "array", "items": { "type": "string" } },
            "accepts": {
                "description": "The JSON Schema of the bodies that this upstream takes and carries whole: the canonical one narrowed by the upstream's view, its code tables and its mapping. What it leaves out would be lost or refused.",
                "type": "object"
            }
        }
    })
}

fn place() -> Value {
    json!({
        "title": "PlaceCoverage",
        "description": "A place of the model at an upstream.",
        "type": "object",
        "required": ["place", "request", "response"],
        "properties": {
            "place": { "description": "Type and members, `[]` for the items of a list.", "type": "string" },
            "request": { "description": "Requests carry it.", "type": "boolean" },
            "response": { "description": "Answers carry it.", "type": "boolean" }
        }
    })
}
