//! Keys of rules and of what stands beside them.

use super::form::{Form, Key, MapSpec};
use crate::mapping::ast::{Invalid, Removal, Word};
use crate::mapping::syntax::Brackets;

/// A native place.
const NATIVE_PLACE: Form = Form::Place(Brackets::Some);

/// A rule with options.
pub static RULE: MapSpec = MapSpec {
    name: "rule",
    keys: &[
        Key::new(
            "native",
            Form::Rule,
            "native places with converters, native to canonical",
        ),
        Key::new(
            "request",
            Form::Rule,
            "the same in requests only; the rule is silent in responses without `response`",
        ),
        Key::new(
            "response",
            Form::Rule,
            "the same in responses only; the rule is silent in requests without `request`",
        ),
        Key::new(
            "also",
            Form::Rule,
            "further native places of the same value: all are written, the first present one is read",
        ),
        Key::new(
            "at",
            NATIVE_PLACE,
            "the native root of the rules below `fields`",
        ),
        Key::new(
            "fields",
            Form::Rules,
            "rules below a moved root, or of each member of a list",
        ),
        Key::new(
            "each",
            Form::ByMessage(&NATIVE_PLACE),
            "the native list whose members correspond one by one",
        ),
        Key::new(
            "key",
            NATIVE_PLACE,
            "the native place in a member that identifies it",
        ),
        Key::new("map", Form::Document, "the mapping of each member"),
        Key::new(
            "removal",
            Form::Words(Removal::WORDS),
            "`refuse`: the upstream never removes a member; such an update is refused",
        ),
        Key::new(
            "more",
            NATIVE_PLACE,
            "the native flag that says that the list was cut",
        ),
        Key::new(
            "entries",
            NATIVE_PLACE,
            "the native list or object whose other members become entries",
        ),
        Key::new(
            "value",
            NATIVE_PLACE,
            "the native place in an entry that holds its value",
        ),
        Key::new(
            "default",
            Form::Literal,
            "the value of an absent native place, or `settings.x`",
        ),
        Key::new(
            "when",
            Form::Cond,
            "a condition over canonical places: the rule counts only if it holds",
        ),
        Key::new(
            "invalid",
            Form::Words(Invalid::WORDS),
            "`report`: a native value that does not convert is a loss, not a failed answer",
        ),
        Key::new("lossy", Form::Text, "what the converters lose"),
    ],
};

/// An alternative of a tagged union.
pub static VARIANT: MapSpec = MapSpec {
    name: "variant",
    keys: &[
        Key::required(
            "canonical",
            Form::Places(Brackets::Some, &Form::Literal),
            "canonical constants of the variant",
        ),
        Key::required(
            "native",
            Form::Places(Brackets::Some, &Form::Literal),
            "native constants of the variant, `<present>` or `<none>`",
        ),
        Key::new("at", NATIVE_PLACE, "the native root of its rules"),
        Key::new("fields", Form::Rules, "its rules"),
        Key::new(
            "unmapped",
            Form::Map(&UNMAPPED),
            "what the variant does not carry",
        ),
    ],
};

/// What is not carried.
pub static UNMAPPED: MapSpec = MapSpec {
    name: "unmapped",
    keys: &[
        Key::new(
            "canonical",
            Form::List(&Form::Map(&UNMAPPED_ENTRY)),
            "canonical places of requests that no rule carries",
        ),
        Key::new(
            "native",
            Form::List(&Form::Map(&UNMAPPED_ENTRY)),
            "native places of responses that no rule carries",
        ),
    ],
};

/// Places with a reason.
pub static UNMAPPED_ENTRY: MapSpec = MapSpec {
    name: "unmapped entry",
    keys: &[
        Key::required(
            "path",
            Form::OneOrMany(&Form::WordsOr(
                &["rest"],
                &Form::Place(Brackets::EveryAndNot),
            )),
            "a place with all below it, a list of them, or `rest`",
        ),
        Key::required("why", Form::Text, "the reason"),
    ],
};
