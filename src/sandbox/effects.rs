//! What the lines of `effects` say: conditions, values, changes.

use jiff::{Timestamp, tz::TimeZone};

use super::place;
use super::store::Store;
use super::types;
use super::value::Value;
use crate::mapping::ast::{Effect, Value as Said};
use crate::mapping::syntax::{Cond, CondOp, Path, Step};
use crate::model::shape::Shapes;

/// What values of a line may name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'f> {
    pub(super) inputs: &'f [(String, String)],
    pub(super) body: Option<&'f Value>,
    /// The addressed record before the change.
    pub(super) current: Option<&'f Value>,
    pub(super) store: &'f Store,
    pub(super) request_id: Option<&'f str>,
    pub(super) caller_kind: Option<&'f str>,
    pub(super) caller_id: Option<&'f str>,
    /// Milliseconds since 1970.
    pub(super) now: i64,
    pub(super) shapes: &'f Shapes,
}

// === impl Facts ===

impl Facts<'_> {
    /// The lines that count.
    pub(super) fn lines<'l>(&self, lines: &'l [Effect]) -> Vec<&'l Effect> {
        let counts = |line: &&Effect| line.when.as_ref().is_none_or(|when| self.holds(when));
        lines.iter().filter(counts).collect()
    }

    /// Whether everything holds that a line requires.
    pub(super) fn allows(&self, line: &Effect) -> bool {
        line.require.iter().all(|(path, said)| {
            let expected = self.value(said);
            let found = self.place(path);
            found.as_ref().and_then(Value::text) == expected.as_ref().and_then(Value::text)
                && found.is_some()
        })
    }

    /// The value of a line as the place of a type holds it; `None` if it is absent.
    pub(super) fn value_for(&self, said: &Said, kind: &str, steps: &[Step]) -> Option<Value> {
        match said {
            Said::Literal(text) => Some(types::literal(&text.value, self.shapes, kind, steps)),
            Said::Place(path)
                if path.to_string() == "context.now"
                    && types::is_date(self.shapes, kind, steps) =>
            {
                let now = Timestamp::from_millisecond(self.now).ok()?;
                Some(Value::Text(now.to_zoned(TimeZone::UTC).date().to_string()))
            }
            Said::Place(path) => self.place(path),
        }
    }

    /// The value of a line.
    pub(super) fn value(&self, said: &Said) -> Option<Value> {
        match said {
            Said::Literal(text) => Some(Value::Text(text.value.clone())),
            Said::Place(path) => self.place(path),
        }
    }

    /// What stands at a place.
    pub(super) fn place(&self, path: &Path) -> Option<Value> {
        let below = place::below(path);
        let text = |text: Option<&str>| text.map(|text| Value::Text(text.to_owned()));
        match path.first_name()? {
            "body" => place::get(self.body?, below).cloned(),
            "current" => place::get(self.current?, below).cloned(),
            "context" => match path.to_string().as_str() {
                "context.now" => text(Some(
                    &Timestamp::from_millisecond(self.now).ok()?.to_string(),
                )),
                "context.requestId" => text(self.request_id),
                "context.caller.kind" => text(self.caller_kind),
                "context.caller.id" => text(self.caller_id),
                _ => None,
            },
            "remembered" => {
                let of = Path {
                    steps: below.to_vec(),
                    span: path.span,
                };
                let under = self.place(&of)?;
                self.store
                    .remembered(&of.to_string(), under.text()?)
                    .cloned()
            }
            name => {
                let input = self.inputs.iter().find(|(input, _)| input == name);
                text(input.map(|(_, value)| value.as_str()))
            }
        }
    }

    fn holds(&self, cond: &Cond) -> bool {
        match cond {
            Cond::Or(parts) => parts.iter().any(|part| self.holds(part)),
            Cond::And(parts) => parts.iter().all(|part| self.holds(part)),
            Cond::Not(inner, _) => !self.holds(inner),
            Cond::Present(path) => match self.place(path) {
                None | Some(Value::Null) => false,
                Some(Value::List(items)) => !items.is_empty(),
                Some(Value::Object(members)) => !members.is_empty(),
                Some(Value::Truth(_) | Value::Number(_) | Value::Text(_)) => true,
            },
            Cond::Compare {
                path, op, literals, ..
            } => {
                let found = self.place(path);
                let text = found.as_ref().and_then(Value::text);
                let among =
                    text.is_some_and(|text| literals.iter().any(|literal| literal.value == text));
                among != (*op == CondOp::Ne)
            }
        }
    }
}
