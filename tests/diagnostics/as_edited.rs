//! Files as an editor reads them.

use interlingua::mapping::yaml::{Node, NodeKind, Style};
use serde_json::{Value, json};

/// Gives a tree as an editor reads it: plain texts are numbers and booleans where they look so.
pub(crate) fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.style == Style::Absent => Value::Null,
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => match scalar.text.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            text => text
                .parse::<i64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
        },
        NodeKind::Scalar(scalar) => json!(scalar.text),
        NodeKind::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| (entry.key.text.clone(), value(&entry.value)))
                .collect(),
        ),
        NodeKind::List(items) => Value::Array(items.iter().map(value).collect()),
    }
}
