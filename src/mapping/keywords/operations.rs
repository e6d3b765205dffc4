//! Keys of the canonical operations.

use super::form::{Form, Key, MapSpec};
use crate::mapping::ast::{Effects, Flag, InputIn, InputSensitivity, Kind, Word};
use crate::mapping::syntax::{Brackets, Method};

/// The canonical operations.
pub static OPERATIONS: MapSpec = MapSpec {
    name: "operations",
    keys: &[Key::required(
        "operations",
        Form::Names(&Form::Map(&CANONICAL_OPERATION)),
        "the canonical operations by id",
    )],
};

/// An operation of the canonical API.
pub static CANONICAL_OPERATION: MapSpec = MapSpec {
    name: "canonical operation",
    keys: &[
        Key::new("title", Form::Text, "its title for people"),
        Key::new("description", Form::Text, "what it does, for people"),
        Key::required("method", Form::Words(Method::WORDS), "the method"),
        Key::required(
            "path",
            Form::ApiPath,
            "the path under `/v1`, inputs in braces",
        ),
        Key::required(
            "kind",
            Form::Words(Kind::WORDS),
            "what it does, for machines",
        ),
        Key::new(
            "effect",
            Form::Words(Effects::WORDS),
            "`read`: a command that changes nothing and may be sent again",
        ),
        Key::new(
            "within",
            Form::Within,
            "the parent type, or its place that holds the answer",
        ),
        Key::new(
            "inputs",
            Form::Names(&Form::Map(&INPUT)),
            "the inputs beside the body",
        ),
        Key::new("body", Form::Name, "the type of the body"),
        Key::required(
            "answer",
            Form::Answer,
            "a type, `items of` a type, or `none`",
        ),
        Key::new(
            "deprecated",
            Form::Words(Flag::WORDS),
            "whether it is to vanish",
        ),
    ],
};

/// An input beside the body.
pub static INPUT: MapSpec = MapSpec {
    name: "input",
    keys: &[
        Key::required("in", Form::Words(InputIn::WORDS), "where it stands"),
        Key::required(
            "type",
            Form::Place(Brackets::Some),
            "a type or format of the model, or a place of a type",
        ),
        Key::new(
            "sensitivity",
            Form::Words(InputSensitivity::WORDS),
            "how it is to be treated",
        ),
        Key::new(
            "gives",
            Form::List(&Form::Name),
            "the inputs that an id of the path fills, one of them",
        ),
        Key::new(
            "fills",
            Form::Place(Brackets::Some),
            "the place of body and answer with the same value",
        ),
        Key::new(
            "match",
            Form::Match,
            "how the sandbox compares it; left out: equal to the place of the same name",
        ),
    ],
};
