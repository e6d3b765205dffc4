//! Single values: what the rules of a place expect there, and what its checks accept.

use super::Generator;
use crate::mapping::accepts::is_written;
use crate::mapping::convert::{CallFacts, Joined};
use crate::mapping::plan::{Chain, Check, Fan, Node, Wire};
use crate::mapping::table::Content;
use crate::model::shape::{Form, Format};
use crate::proof::atlas::Facts;
use crate::proof::texts::accepts;
use crate::proof::tree::Tree;

/// What the rules of a place expect there.
enum Expected {
    /// A text that they know.
    Text(String),
    /// Nothing, by what stands at the other places of a rule.
    Nothing,
    /// Whatever its check accepts.
    Open,
}

impl<'p> Generator<'_, 'p> {
    pub(super) fn leaf(&mut self, node: u16, found: &'p Node) -> Option<Tree> {
        let check = self.atlas.plan.checks.get(usize::from(found.detail));
        let text = self.leaf_text(node, check)?;
        Some(self.typed(text, check))
    }

    /// A text as the type that its check says.
    pub(super) fn typed(&mut self, text: String, check: Option<&Check>) -> Tree {
        let form = check.map_or(Form::Text, |check| check.form);
        let spelled = check.and_then(|check| check.booleans.as_ref());
        match form {
            Form::Boolean => {
                let value = text == "true";
                let names = spelled.map(|(yes, no)| if value { yes } else { no });
                match names.and_then(|names| self.random.pick(names)) {
                    Some(name) => {
                        let first = names.and_then(|names| names.first());
                        let name = if self.manner.noise { Some(name) } else { first };
                        let bytes = name.map_or(&b""[..], |name| name.bytes());
                        Tree::Text(String::from_utf8_lossy(bytes).into_owned())
                    }
                    None if self.side.layout.wire == Wire::Json => Tree::Boolean(value),
                    None => Tree::Text(value.to_string()),
                }
            }
            Form::Integer | Form::Number
                if self.side.layout.wire == Wire::Json
                    && crate::codec::json::is_number(text.as_bytes()) =>
            {
                Tree::Number(text)
            }
            Form::Text if check.is_some_and(|check| check.also.is_some()) => {
                if crate::codec::json::is_number(text.as_bytes()) && self.random.chance(50) {
                    Tree::Number(text)
                } else {
                    Tree::Text(text)
                }
            }
            _ => Tree::Text(text),
        }
    }

    fn leaf_text(&mut self, node: u16, check: Option<&'p Check>) -> Option<String> {
        let side = self.side;
        // Where a table decides what is read, the schema still decides what is written.
        let written = side.facts(node).and_then(|facts| facts.written);
        let written = written.and_then(|check| self.atlas.plan.checks.get(usize::from(check)));
        let closed = written.filter(|check| !check.values.is_empty());
        let check = closed.or(check);
        let Some(facts) = side.facts(node) else {
            return Some(self.texts.sample(check, &mut self.random));
        };
        for _ in 0..4 {
            if self.random.chance(self.manner.odd) {
                return Some(self.texts.sample(check, &mut self.random));
            }
            match self.expected(facts, check) {
                Expected::Text(text) if check.is_none_or(|check| accepts(check, &text)) => {
                    return Some(text);
                }
                Expected::Text(_) => {}
                Expected::Nothing => return None,
                Expected::Open => break,
            }
        }
        Some(self.writable(facts, check))
    }

    /// A text that a check accepts and that, in a canonical document, the rules of the place can write.
    fn writable(&mut self, facts: &Facts, check: Option<&Check>) -> String {
        let plan = self.atlas.plan;
        // The alternatives and cells that share a place need not take the same.
        let every = self.random.chance(75);
        for _ in 0..12 {
            let text = self.texts.sample(check, &mut self.random);
            let local = match check.and_then(|check| check.format) {
                Some(Format::Id) => text.strip_prefix(self.texts.qualifier).unwrap_or(&text),
                _ => &text,
            };
            let writes = |(chain, check): &(u16, u16)| {
                let chain = plan.chains.get(usize::from(*chain));
                is_written(local, chain, plan.checks.get(usize::from(*check)))
            };
            let mut ways = facts.written_by.iter();
            let native = !self.canonical || facts.written_by.is_empty();
            if native || every && ways.all(writes) || !every && ways.any(writes) {
                return text;
            }
        }
        self.texts.sample(check, &mut self.random)
    }

    /// A text that the rules of a place know: a constant of a cell, a cell of a table, or what a converter makes.
    fn expected(&mut self, facts: &Facts, check: Option<&Check>) -> Expected {
        if let Some(fixed) = facts.fixed.as_ref().filter(|_| self.canonical) {
            // Of a list's cells one may have it fixed and others not.
            let alone = facts.chains.is_empty() && facts.written_by.is_empty();
            if alone || self.random.chance(50) {
                return Expected::Text(fixed.clone());
            }
        }
        if facts.tested && self.random.chance(85) {
            let literals: Vec<&String> = facts.literals.iter().collect();
            let Some(text) = self.random.pick(&literals).map(|text| (*text).clone()) else {
                return Expected::Open;
            };
            return Expected::Text(if self.manner.noise && self.random.chance(10) {
                text.to_ascii_uppercase()
            } else {
                text
            });
        }
        if !facts.choices.is_empty() {
            let choices: Vec<&String> = facts.choices.iter().collect();
            let text = self.random.pick(&choices);
            return text.map_or(Expected::Open, |text| Expected::Text((*text).clone()));
        }
        let Some((index, column)) = self.random.pick(&facts.chains).copied() else {
            return Expected::Open;
        };
        let Some(chain) = self.atlas.plan.chains.get(usize::from(index)) else {
            return Expected::Open;
        };
        if self.canonical {
            return self.canonical_text(index, chain, column, check);
        }
        let text = self.native_text(facts, index, chain, column);
        text.map_or(Expected::Open, Expected::Text)
    }

    fn canonical_text(
        &mut self,
        index: u16,
        chain: &Chain,
        column: usize,
        check: Option<&Check>,
    ) -> Expected {
        let table = match &chain.fan {
            Some(Fan::Table(table)) => table,
            Some(Fan::Joined(joined @ (Joined::Copy | Joined::Money(_) | Joined::Split(_)))) => {
                return match self.part(index, chain, joined, column) {
                    Some(Some(text)) => Expected::Text(
                        check.map_or(text.clone(), |check| self.qualified(check, &text)),
                    ),
                    Some(None) => Expected::Nothing,
                    None => Expected::Open,
                };
            }
            Some(Fan::Joined(_)) | None => return Expected::Open,
        };
        let row = self.row(index, table.rows().len());
        let Some(row) = table.rows().get(row) else {
            return Expected::Open;
        };
        match row.canonical().get(column) {
            Some(Content::Literal(text)) => Expected::Text(text.to_string()),
            Some(Content::Variable(_) | Content::Optional(_)) => match row.native().first() {
                Some(Content::Literal(text)) => Expected::Text(text.to_string()),
                _ => Expected::Open,
            },
            Some(Content::Absent) => Expected::Nothing,
            None => Expected::Open,
        }
    }

    fn native_text(
        &mut self,
        facts: &Facts,
        index: u16,
        chain: &Chain,
        column: usize,
    ) -> Option<String> {
        let text = match &chain.fan {
            Some(Fan::Table(table)) => {
                let row = self.row(index, table.rows().len());
                let at = if chain.join.is_some() { 0 } else { column };
                match table.rows().get(row)?.native().get(at)? {
                    Content::Literal(text) => text.to_string(),
                    _ => return None,
                }
            }
            _ => {
                let partner = self
                    .atlas
                    .canonical
                    .layout
                    .nodes
                    .get(usize::from(facts.partner?))?;
                let check = self.atlas.plan.checks.get(usize::from(partner.detail));
                self.texts.sample(check, &mut self.random)
            }
        };
        converted(chain, text)
    }
}

/// What the converters of a chain write for a text.
pub(super) fn converted(chain: &Chain, mut text: String) -> Option<String> {
    let call = CallFacts {
        nonce: [7; 12],
        request_id: "r",
        now_unix_ms: 0,
    };
    for step in chain.steps.iter().rev() {
        let mut out = Vec::new();
        step.write(text.as_bytes(), &call, &mut out).ok()?;
        text = String::from_utf8(out).ok()?;
    }
    Some(text)
}
