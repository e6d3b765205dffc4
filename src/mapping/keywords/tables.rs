//! Keys of code tables.

use super::form::{Form, Key, MapSpec};
use crate::mapping::ast::{Partial, Word};

/// Native code to canonical code.
const SHORT: Form = Form::Texts(&Form::Literal);
/// Column to cell.
const ROW: Form = Form::Names(&Form::Literal);

/// Code tables of an upstream.
pub static TABLES: MapSpec = MapSpec {
    name: "tables",
    keys: &[Key::required(
        "tables",
        Form::Names(&Form::MapIf("rows", &TABLE, &SHORT)),
        "tables by name; in short form native code to canonical code, with `rows` in long form",
    )],
};

/// A table in long form.
pub static TABLE: MapSpec = MapSpec {
    name: "table",
    keys: &[
        Key::new("native", Form::OneOrMany(&Form::Name), "the native columns"),
        Key::new(
            "canonical",
            Form::OneOrMany(&Form::Name),
            "the canonical columns; the first is the value, the others refine it",
        ),
        Key::required(
            "rows",
            Form::Either(&Form::List(&ROW), &SHORT),
            "rows of cells, tried in order in both directions; or native code to canonical code",
        ),
        Key::new(
            "partial",
            Form::Words(Partial::WORDS),
            "which row counts when several agree; left out: `refuse`",
        ),
        Key::new(
            "unknown",
            Form::Either(&Form::Words(&["keep", "refuse"]), &ROW),
            "a last row, `keep` or `refuse`; left out: `refuse`",
        ),
    ],
};
