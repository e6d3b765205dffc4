//! The schema of a single value: the model's, narrowed by what is made of it.

use serde_json::{Map, Value, json};

use crate::mapping::atlas::{Facts, Way};
use crate::mapping::convert::{CallFacts, Convert, Joined};
use crate::mapping::plan::{Chain, Check, Fan, Plan};
use crate::mapping::table::{Content, Source, Table, TableRefusal};
use crate::model::shape::{Form, Format, Scalar};

/// What a value is carried by.
#[derive(Debug)]
pub(super) struct Carried<'c> {
    pub(super) facts: &'c Facts,
    pub(super) plan: &'c Plan,
    /// The rules of its place, of all that its node has.
    pub(super) rules: Vec<u16>,
}

/// The schema of a scalar of these values, if they are listed; with what carries it, of what its rules take.
pub(super) fn schema(
    scalar: &Scalar,
    carried: Option<&Carried<'_>>,
    mut values: Vec<Box<str>>,
) -> Value {
    let mut said = Map::new();
    let form = match scalar.form {
        Form::Text => "string",
        Form::Integer => "integer",
        Form::Number => "number",
        Form::Boolean => "boolean",
    };
    said.insert("type".to_owned(), form.into());
    if let Some(format) = scalar.format.and_then(name) {
        said.insert("format".to_owned(), format.into());
    }
    let mut length = (scalar.min_length, scalar.max_length);
    let mut bounds = (scalar.minimum.clone(), scalar.maximum.clone());
    if let Some(carried) = carried {
        narrow_values(scalar, carried, &mut values);
        if scalar.form == Form::Text {
            let is_id = scalar.format == Some(Format::Id);
            let longest = carried.longest().map(|most| match is_id {
                // With the upstream's name in front, and the mark of one that looks like a reference.
                true => most.saturating_add(carried.qualifier()),
                false => most,
            });
            length.1 = length.1.into_iter().chain(longest).min();
        }
        for check in carried.as_it_is() {
            length.0 = length.0.max((check.length.0 > 0).then_some(check.length.0));
            // Of two bounds the model's counts: which is narrower is a question of numbers, not of texts.
            bounds.0 = bounds.0.or_else(|| check.bounds.0.clone());
            bounds.1 = bounds.1.or_else(|| check.bounds.1.clone());
        }
    }
    said.extend(patterns(scalar, carried));
    said.extend(length.0.map(|least| ("minLength".to_owned(), least.into())));
    said.extend(length.1.map(|most| ("maxLength".to_owned(), most.into())));
    let number = |text: &str| serde_json::from_str::<Value>(text).ok();
    let least = bounds.0.as_deref().and_then(number);
    said.extend(least.map(|least| ("minimum".to_owned(), least)));
    let most = bounds.1.as_deref().and_then(number);
    said.extend(most.map(|most| ("maximum".to_owned(), most)));
    if !values.is_empty() {
        let values: Vec<Value> = values.iter().map(|text| value(scalar.form, text)).collect();
        said.insert("enum".to_owned(), values.into());
    }
    let schema = Value::Object(said);
    match carried.and_then(|carried| carried.facts.fixed.as_deref()) {
        Some(fixed) => constant(schema, scalar.form, fixed),
        None => schema,
    }
}

/// The patterns of a text: the model's, and those of what it is written as.
fn patterns(scalar: &Scalar, carried: Option<&Carried<'_>>) -> Map<String, Value> {
    let mut all: Vec<&str> = scalar.pattern.as_deref().into_iter().collect();
    // An id is written without the upstream's name.
    let moves = scalar.form == Form::Text && scalar.format != Some(Format::Id);
    for pattern in carried
        .filter(|_| moves)
        .iter()
        .flat_map(|by| by.patterns())
    {
        if !all.contains(&pattern) {
            all.push(pattern);
        }
    }
    let mut said = Map::new();
    if let Some((first, others)) = all.split_first() {
        said.insert("pattern".to_owned(), (*first).into());
        let others = others.iter().map(|text| json!({ "pattern": text }));
        let others: Vec<Value> = others.collect();
        if !others.is_empty() {
            said.insert("allOf".to_owned(), others.into());
        }
    }
    said
}

/// Leaves one value.
pub(super) fn constant(mut schema: Value, form: Form, text: &str) -> Value {
    if let Value::Object(members) = &mut schema {
        members.remove("enum");
        members.insert("const".to_owned(), value(form, text));
    }
    schema
}

/// Takes null too.
pub(super) fn nullable(mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        if let Some(form) = members.get_mut("type") {
            *form = json!([form.take(), "null"]);
        }
        if let Some(Value::Array(values)) = members.get_mut("enum") {
            values.push(Value::Null);
        }
        if let Some(fixed) = members.remove("const") {
            members.insert("enum".to_owned(), json!([fixed, null]));
        }
    }
    schema
}

/// A text as a value of JSON.
pub(super) fn value(form: Form, text: &str) -> Value {
    let lexeme = match form {
        Form::Text => None,
        Form::Integer | Form::Number | Form::Boolean => serde_json::from_str(text).ok(),
    };
    lexeme.unwrap_or_else(|| text.into())
}

// === impl Carried ===

impl<'c> Carried<'c> {
    fn ways(&self) -> impl Iterator<Item = &'c Way> {
        let ways = self.facts.ways.iter();
        ways.filter(|way| self.rules.contains(&way.rule))
    }

    /// The checks of what a value is written as, where it moves as it is.
    fn as_it_is(&self) -> impl Iterator<Item = &'c Check> {
        let direct = self
            .ways()
            .filter(|way| way.alone && chain(self.plan, way.chain).is_none());
        direct.filter_map(|way| self.check(way))
    }

    /// The patterns of what a text is written as, where it moves as it is.
    fn patterns(&self) -> impl Iterator<Item = &'c str> {
        let texts = self.as_it_is().filter(|check| check.form == Form::Text);
        let stated = texts.filter_map(|check| check.stated.as_deref());
        stated.filter(|pattern| is_portable(pattern))
    }

    fn qualifier(&self) -> u32 {
        let mark = "id:".len();
        let name = self.plan.qualifier.len().saturating_add(mark);
        u32::try_from(name).unwrap_or(u32::MAX)
    }

    fn check(&self, way: &Way) -> Option<&'c Check> {
        self.plan.checks.get(usize::from(way.check))
    }

    /// The most characters of which all that is written has room, as far as lengths before and after the converters
    /// have to do with each other.
    fn longest(&self) -> Option<u32> {
        let rules = self.rules.iter().filter_map(|rule| {
            let ways: Vec<&Way> = self.ways().filter(|way| way.rule == *rule).collect();
            let found = chain(self.plan, ways.first()?.chain);
            let most = |way: &&Way| Some(self.check(way)?.length.1).filter(|most| *most < u32::MAX);
            let Some(chain) = found else {
                return ways.iter().filter_map(most).min();
            };
            let steps = chain.steps.iter();
            let shortens = steps.map(Convert::shortens).sum::<Option<u32>>()?;
            let most = match (&chain.join, &chain.fan) {
                (None, None | Some(Fan::Joined(Joined::Copy))) => {
                    ways.iter().filter_map(most).min()
                }
                (Some(Joined::Join(join)), None) => {
                    let between = u32::try_from(ways.len().saturating_sub(1)).ok()?;
                    let parts = ways.iter().map(most).sum::<Option<u32>>()?;
                    Some(parts.saturating_add(join.joins().saturating_mul(between)))
                }
                _ => None,
            };
            Some(most?.saturating_add(shortens))
        });
        rules.min()
    }
}

/// Leaves the values that a table has a row for, that converters take, and that tell the items of a list apart.
fn narrow_values(scalar: &Scalar, carried: &Carried<'_>, values: &mut Vec<Box<str>>) {
    let plan = carried.plan;
    let is_known = |values: &mut Vec<Box<str>>, known: &[Box<str>]| {
        if values.is_empty() {
            known.clone_into(values);
        } else {
            values.retain(|value| known.contains(value));
        }
    };
    for way in carried.ways() {
        let table = match chain(plan, way.chain).and_then(|chain| chain.fan.as_ref()) {
            Some(Fan::Table(table)) => table,
            Some(Fan::Joined(Joined::Money(money))) if way.column == 1 => {
                is_known(values, &[money.currency().into()]);
                continue;
            }
            Some(Fan::Joined(_)) | None => continue,
        };
        if way.column == 0 && !values.is_empty() {
            values.retain(|value| {
                let written = table.write(&[Some(value.as_bytes())]);
                !written.is_err_and(|why| why == TableRefusal::NoRow)
            });
        } else if scalar.form == Form::Text
            && let Some(known) = literals(table, way.column)
        {
            is_known(values, &known);
        }
    }
    let choices = &carried.facts.choices;
    if !choices.is_empty() {
        // A kind without an alternative is refused.
        values.retain(|value| choices.contains(&**value));
    }
    for way in carried.ways().filter(|way| way.alone) {
        let check = plan.checks.get(usize::from(way.check));
        values.retain(|value| is_written(value, chain(plan, way.chain), check));
    }
}

fn chain(plan: &Plan, index: u16) -> Option<&Chain> {
    plan.chains.get(usize::from(index))
}

/// The texts of a canonical column, if it holds no other.
fn literals(table: &Table, column: usize) -> Option<Vec<Box<str>>> {
    let mut found: Vec<Box<str>> = Vec::new();
    for row in table.rows().iter().chain(table.unknown_row()) {
        match row.canonical().get(column)? {
            Content::Literal(text) if !found.contains(text) => found.push(text.clone()),
            Content::Literal(_) | Content::Absent => {}
            Content::Variable(_) | Content::Optional(_) => return None,
        }
    }
    (!table.keeps_unknown()).then_some(found)
}

/// Whether a value of a closed list can be written as one part of a value beside the native body.
pub(super) fn is_taken(value: &str, chain: &Chain, column: usize, alone: bool) -> bool {
    if let (Some(Fan::Table(table)), true) = (&chain.fan, column == 0) {
        match table.write(&[Some(value.as_bytes())]) {
            Err(TableRefusal::NoRow) => return false,
            // Other parts may tell the row.
            Err(_) => return !alone,
            Ok(_) => {}
        }
    }
    !alone || is_written(value, Some(chain), None)
}

/// Whether a value of a closed list can be written: it goes through the converters and is what the native place takes.
pub(crate) fn is_written(value: &str, chain: Option<&Chain>, check: Option<&Check>) -> bool {
    let call = CallFacts {
        nonce: [0; 12],
        request_id: "",
        now_unix_ms: 0,
    };
    let mut text = value.as_bytes().to_vec();
    if let Some(chain) = chain {
        if chain.join.is_some() || matches!(chain.fan, Some(Fan::Joined(_))) {
            return true;
        }
        if let Some(Fan::Table(table)) = &chain.fan {
            let Ok(hit) = table.write(&[Some(&text)]) else {
                // Other columns may tell the row.
                return true;
            };
            match hit.column(0) {
                Source::Literal(literal) => text = literal.as_bytes().to_vec(),
                Source::Column(0) => {}
                Source::Column(_) | Source::Absent => return true,
            }
        }
        for step in chain.steps.iter().rev() {
            let mut out = Vec::new();
            if step.write(&text, &call, &mut out).is_err() {
                return false;
            }
            text = out;
        }
    }
    check.is_none_or(|check| check.judge_written(&text).is_ok())
}

/// Whether no text that a JSON Schema's pattern takes (ECMA-262) is refused here: what only one of the two dialects
/// knows, or reads wider, is left out. Classes such as `\d` are of ASCII there, so their opposites are wider.
pub(super) fn is_portable(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    let (mut narrows, mut in_class) = (false, false);
    while let Some(letter) = rest.next() {
        match letter {
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        if letter != '\\' {
            continue;
        }
        match rest.next() {
            Some('d' | 'w' | 's') => narrows = true,
            Some('-') if in_class => {}
            Some(escaped) if "^$\\.*+?()[]{}|/".contains(escaped) => {}
            Some(_) | None => return false,
        }
    }
    let groups = pattern.replace("(?:", "(");
    let foreign = ["(?", "[[", "[:", "&&", "--", "~~", "{,"];
    !foreign.iter().any(|text| groups.contains(text))
        && pattern.is_ascii()
        && !(narrows && pattern.contains("[^"))
}

/// What a format is called in a schema.
fn name(format: Format) -> Option<&'static str> {
    crate::model::format::FORMATS
        .iter()
        .map(|row| row.name)
        .find(|name| Format::named(name) == Some(format))
}

#[cfg(test)]
mod tests {
    use super::is_portable;

    #[test]
    fn patterns_that_both_dialects_read_alike_are_portable() {
        for pattern in [
            "^[A-Z]{3}$",
            r"^\d{5}(?:-\d{4})?$",
            "^[^<>]*$",
            r"^\+?[0-9 .\-]+$",
        ] {
            assert!(is_portable(pattern), "{pattern}");
        }
        for pattern in [
            r"^\D+$",
            r"^[^\d]+$",
            "(?i)abc",
            "(?<name>a)",
            r"\Aabc\z",
            r"^\p{L}+$",
            "^[[:alpha:]]+$",
            "^[a-z&&[^b]]$",
            "^é$",
        ] {
            assert!(!is_portable(pattern), "{pattern}");
        }
    }
}
