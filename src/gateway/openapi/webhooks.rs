//! What the gateway sends by itself: canonical events, to the application that the configuration names.

use serde_json::{Map, Value, json};

use super::components::Components;
use crate::gateway::judge::JudgeFault;

/// What groups them.
pub(super) const TAG: &str = "Events";

/// The webhooks by name.
pub(super) fn describe(components: &mut Components) -> Result<Map<String, Value>, JudgeFault> {
    let event = components.of_type("Event")?;
    let header = |name: &str, description: &str, example: &str| {
        json!({
            "name": name,
            "in": "header",
            "required": true,
            "description": description,
            "schema": { "type": "string" },
            "example": example
        })
    };
    let mut webhooks = Map::new();
    let answers = json!({
        "2XX": { "description": "The event is taken: the upstream's call is acknowledged." },
        "default": { "description": "The event is not taken: the upstream is answered 503 and sends it again." }
    });
    let parameters = [
        header(
            "webhook-id",
            "The same whenever the event comes again: what makes its effect happen once.",
            "msg_2f9c1b7a5d3e4f60",
        ),
        header(
            "webhook-timestamp",
            "Seconds since 1970: refuse what is older than a few minutes.",
            "1790000000",
        ),
        header(
            "webhook-signature",
            "`v1,` and the HMAC-SHA256, in Base64, over id, timestamp and body, divided by dots (Standard Webhooks).",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
    ];
    let post = json!({
        "operationId": "receiveEvent",
        "summary": "Take an event",
        "description": "Something happened at an upstream that sends documents by itself. Events come one after the other, in the order in which the upstream tells them, and again until they are taken.",
        "tags": [TAG],
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": event } }
        },
        "responses": answers
    });
    webhooks.insert("event".to_owned(), json!({ "post": post }));
    Ok(webhooks)
}
