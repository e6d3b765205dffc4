//! Keys of sandboxes and cases.

use super::form::{Form, Key, MapSpec};
use super::upstream::AUTH;
use crate::mapping::ast::{Direction, LossCode, Message, Word};
use crate::mapping::syntax::Brackets;

const LITERALS: Form = Form::Texts(&Form::Literal);
const VALUES: Form = Form::Places(Brackets::Some, &Form::Value);

/// What a sandbox holds and what commands do to it.
pub static SANDBOX: MapSpec = MapSpec {
    name: "sandbox",
    keys: &[
        Key::required("sandbox", Form::Name, "the name of the upstream"),
        Key::new("port", Form::Integer(65_535), "where it listens"),
        Key::new(
            "settings",
            LITERALS,
            "settings of the upstream, published secrets too",
        ),
        Key::new(
            "auth",
            Form::Map(&AUTH),
            "how calls prove who they come from, where the upstream says `scheme: settings`",
        ),
        Key::new(
            "records",
            Form::List(&Form::Map(&RECORD)),
            "what the store holds at the start",
        ),
        Key::new(
            "made",
            Form::List(&Form::Map(&MADE)),
            "what a record that a call makes begins with",
        ),
        Key::new(
            "effects",
            Form::Names(&Form::OneOrMany(&Form::Map(&EFFECT))),
            "what operations do to the store",
        ),
        Key::new(
            "curl",
            Form::List(&Form::Map(&CURL)),
            "canonical calls to try",
        ),
    ],
};

/// A record of the store.
pub static RECORD: MapSpec = MapSpec {
    name: "record",
    keys: &[
        Key::required(
            "body",
            Form::OneOrMany(&Form::Document),
            "the mapping that reads it, or a list: one record of each",
        ),
        Key::new("id", Form::Text, "its id, where the document has none"),
        Key::new("of", Form::Text, "the id of its parent"),
        Key::new(
            "found-by",
            LITERALS,
            "criteria that have no canonical place",
        ),
        Key::required("document", Form::Text, "the native document"),
    ],
};

/// What a record that a call makes begins with.
pub static MADE: MapSpec = MapSpec {
    name: "made",
    keys: &[
        Key::required("body", Form::Document, "the mapping that reads it"),
        Key::required(
            "document",
            Form::Text,
            "the native document, with `{id}` for the record's id",
        ),
    ],
};

/// A line of what an operation does.
pub static EFFECT: MapSpec = MapSpec {
    name: "effect",
    keys: &[
        Key::new("when", Form::Cond, "when the line counts"),
        Key::new("require", VALUES, "what must hold"),
        Key::new(
            "problem",
            Form::Name,
            "the code of the problem if it does not",
        ),
        Key::new("set", VALUES, "changes of the addressed record"),
        Key::new(
            "append",
            Form::Names(&Form::Either(&Form::Place(Brackets::Some), &VALUES)),
            "records that are made, by type",
        ),
        Key::new(
            "remember",
            VALUES,
            "what is kept under the value of a place",
        ),
        Key::new(
            "answer",
            Form::Name,
            "the case whose native document is the answer",
        ),
        Key::new(
            "warnings",
            Form::List(&Form::Text),
            "warnings of the outcome",
        ),
    ],
};

/// A canonical call to try.
pub static CURL: MapSpec = MapSpec {
    name: "curl",
    keys: &[
        Key::required("title", Form::Text, "what it shows"),
        Key::required("call", Form::RequestLine, "method and canonical path"),
        Key::new("headers", LITERALS, "headers"),
        Key::new("body", Form::Text, "the canonical document"),
    ],
};

/// One worked call.
pub static CASE: MapSpec = MapSpec {
    name: "case",
    keys: &[
        Key::required("case", Form::Name, "the operation"),
        Key::new(
            "message",
            Form::Words(Message::WORDS),
            "the message whose documents lie beside it",
        ),
        Key::new(
            "direction",
            Form::Words(Direction::WORDS),
            "the one direction in which the pair holds; left out: both",
        ),
        Key::new("inputs", LITERALS, "inputs of the operation"),
        Key::new("settings", LITERALS, "settings over those of the sandbox"),
        Key::new(
            "context",
            Form::Places(Brackets::Some, &Form::Literal),
            "what the context holds, by place",
        ),
        Key::new(
            "call",
            Form::RequestLine,
            "the request line that the inputs give",
        ),
        Key::new(
            "base",
            Form::Name,
            "the file that the native document is written over",
        ),
        Key::new("losses", Form::List(&Form::Map(&LOSS)), "what is lost"),
        Key::new(
            "problem",
            Form::Name,
            "the code of the problem that the answer is, or with which the request is refused",
        ),
        Key::new(
            "status",
            Form::OneStatus,
            "the HTTP status of the answer; left out: that of the first case of its kind",
        ),
    ],
};

/// A value that is not carried.
pub static LOSS: MapSpec = MapSpec {
    name: "loss",
    keys: &[
        Key::required("pointer", Form::Pointer, "pointer into the input"),
        Key::required("code", Form::Words(LossCode::WORDS), "why it is lost"),
    ],
};
