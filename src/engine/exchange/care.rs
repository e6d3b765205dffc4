//! Texts of a call's native side that need care: they are taken out of what the upstream says.
//!
//! A text needs none only if rules carry its place and every one of them is of no sensitivity: of what no rule
//! carries, nobody knows.

use super::call::Call;
use super::facts::Facts;
use super::request::RouteIndex;
use super::{NativeAnswer, media, params};
use crate::codec::Limits;
use crate::codec::form::percent::{self, Plus};
use crate::codec::json::tape::{Kind, Tape, TapeNode};
use crate::codec::xml::{Name, XmlReader, XmlSink};
use crate::codec::{Range, Stop, Text};
use crate::mapping::atlas::Atlas;
use crate::mapping::catalog::OperationIndex;
use crate::mapping::compile::upstream::{AnswerBody, Param, Root, Source, Upstream};
use crate::mapping::plan::{NONE, Node, NodeKind, Plan, Wire};
use crate::model::shape::Sensitivity;

// === impl Upstream ===

impl Upstream {
    /// Gives the texts of a request that need care: those of its body, and those that the caller's body put into its
    /// URL and headers.
    #[must_use]
    pub fn sent_with_care(&self, call: &Call<'_>, route: RouteIndex, body: &[u8]) -> Vec<String> {
        let operation = self.operation(call.operation);
        let routes = operation.map(|operation| &operation.routes);
        let Some(route) = routes.and_then(|routes| routes.get(usize::from(route.0))) else {
            return Vec::new();
        };
        let mut texts = match &route.body {
            Some(route) => of_document(&route.body.plan, body),
            None => Vec::new(),
        };
        let mut tape = Tape::default();
        let text = call.body.and_then(|body| std::str::from_utf8(body).ok());
        let facts = Facts {
            inputs: call.inputs,
            body: text.and_then(|text| tape.parse(text, &Limits::default()).ok()),
            current: None,
            outcome: None,
            context: &call.context,
            qualifier: &self.qualifier,
        };
        for param in route
            .params
            .iter()
            .chain(&route.headers)
            .chain(&self.headers)
        {
            if needs_care(param)
                && let Ok(written) = params::write(param, &facts, &call.context.facts())
            {
                let written = written.into_iter();
                texts.extend(written.filter_map(|(_, text)| String::from_utf8(text).ok()));
            }
        }
        texts
    }

    /// Gives the texts that need care of a document that an operation answered.
    #[must_use]
    pub fn read_with_care(
        &self,
        call: &Call<'_>,
        read_by: OperationIndex,
        answer: &NativeAnswer<'_>,
    ) -> Vec<String> {
        let facts = Facts {
            inputs: call.inputs,
            body: None,
            current: None,
            outcome: None,
            context: &call.context,
            qualifier: &self.qualifier,
        };
        let operation = self.operation(read_by).into_iter();
        let mut cases = operation.flat_map(|operation| operation.all_cases());
        let plan = cases.find_map(|case| match &case.body {
            AnswerBody::Document(body)
                if body.root != Root::Problem
                    && case.is_for(answer.status)
                    && case.when.as_ref().is_none_or(|when| facts.holds(when)) =>
            {
                Some(&body.plan)
            }
            _ => None,
        });
        let Some(plan) = plan else {
            return Vec::new();
        };
        match media::utf8(answer.body, answer.content_type, plan.native.wire) {
            Ok(document) => of_document(plan, &document),
            Err(_) => Vec::new(),
        }
    }
}

fn needs_care(param: &Param) -> bool {
    param.sources.iter().any(
        |source| matches!(source, Source::Body(place) if place.sensitivity > Sensitivity::None),
    )
}

fn of_document(plan: &Plan, document: &[u8]) -> Vec<String> {
    let mut leaves = Leaves {
        atlas: Atlas::new(plan),
        open: Vec::new(),
        texts: Vec::new(),
    };
    match plan.native.wire {
        Wire::Json => {
            let text = std::str::from_utf8(document).ok();
            let mut tape = Tape::default();
            if let Some(root) = text.and_then(|text| tape.parse(text, &Limits::default()).ok()) {
                leaves.json(Some(0), root);
            }
        }
        Wire::Xml => {
            // A document that does not read has texts as far as it does.
            let _ = XmlReader::default().read(
                document,
                &Limits::default(),
                &mut Vec::new(),
                &mut leaves,
            );
        }
        Wire::Form => {
            for pair in String::from_utf8_lossy(document).split('&') {
                leaves.pair(pair);
            }
        }
    }
    leaves.texts
}

/// Collects the texts of a document.
struct Leaves<'p> {
    atlas: Atlas<'p>,
    /// Nodes of the open elements, as far as the layout knows them.
    open: Vec<Option<u16>>,
    texts: Vec<String>,
}

impl Leaves<'_> {
    fn json(&mut self, node: Option<u16>, value: TapeNode<'_>) {
        match value.kind() {
            Kind::Object => {
                for (name, member) in value.members() {
                    self.json(self.below(node, name.as_bytes(), false), member);
                }
            }
            Kind::Array => {
                let item = self.item(node);
                for value in value.items() {
                    self.json(item, value);
                }
            }
            Kind::String => self.take(node, value.as_str().unwrap_or_default()),
            Kind::Number => self.take(node, value.lexeme().unwrap_or_default()),
            Kind::Boolean | Kind::Null => {}
        }
    }

    fn pair(&mut self, pair: &str) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text| percent::decode(text, Plus::Space).unwrap_or_default();
        let node = self.below(Some(0), decoded(name).as_bytes(), false);
        self.take(node, &decoded(value));
    }

    fn take(&mut self, node: Option<u16>, text: &str) {
        let text = text.trim();
        let is_word = matches!(text, "" | "true" | "false");
        if !is_word && !node.is_some_and(|node| self.is_harmless(node)) {
            self.texts.push(text.to_owned());
        }
    }

    /// Whether rules carry a place, and none of them, nor the native schema, asks for care.
    fn is_harmless(&self, index: u16) -> bool {
        let Some(node) = self.node(index) else {
            return false;
        };
        if node.sensitivity > Sensitivity::None {
            return false;
        }
        if node.constant {
            return true;
        }
        let plan = self.atlas.plan;
        let is_harmless = |rule: &u16| {
            let known = plan.rules.get(usize::from(*rule));
            // What stands in open members is what whoever wrote them likes.
            let is_open = plan.write.entries.iter().any(|open| open.rule == *rule);
            !is_open && known.is_some_and(|rule| rule.sensitivity == Sensitivity::None)
        };
        let rules = self.atlas.native.facts(index).map(|facts| &facts.rules);
        node.slot != NONE
            && rules.is_some_and(|rules| !rules.is_empty() && rules.iter().all(is_harmless))
    }

    fn node(&self, index: u16) -> Option<&Node> {
        self.atlas.plan.native.nodes.get(usize::from(index))
    }

    fn item(&self, node: Option<u16>) -> Option<u16> {
        let list = self.node(node?)?;
        (list.kind == NodeKind::List).then_some(list.item)
    }

    fn below(&self, node: Option<u16>, name: &[u8], attribute: bool) -> Option<u16> {
        let edges = self.atlas.plan.native.edges_of(self.node(node?)?);
        let mut named = edges.iter().filter(|edge| edge.attribute == attribute);
        Some(named.find(|edge| edge.name.bytes() == name)?.node)
    }

    /// The node of a child element; the items of a list without an element of its own stand in its place.
    fn child(&self, name: &[u8]) -> Option<u16> {
        let Some(parent) = self.open.last() else {
            return Some(0);
        };
        let item = self.item(*parent);
        let found = item.or_else(|| self.below(*parent, name, false))?;
        let node = self.node(found)?;
        if node.kind == NodeKind::List && !node.wrapped {
            Some(node.item)
        } else {
            Some(found)
        }
    }
}

impl XmlSink for Leaves<'_> {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_start(&mut self, _: u32) -> Result<(), Stop> {
        Err(Stop)
    }

    fn start(&mut self, name: Name<'_>, _: u32) -> Result<(), Stop> {
        let node = self.child(name.expanded(&mut Vec::new()));
        self.open.push(node);
        Ok(())
    }

    fn attribute(
        &mut self,
        name: Name<'_>,
        _: Text,
        bytes: &[u8],
        _: Range,
        _: Range,
    ) -> Result<(), Stop> {
        let node = self.open.last().copied().flatten();
        let node = self.below(node, name.expanded(&mut Vec::new()), true);
        self.take(node, &String::from_utf8_lossy(bytes));
        Ok(())
    }

    fn content(&mut self, _: u32, _: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, _: Text, bytes: &[u8]) -> Result<(), Stop> {
        self.take(None, &String::from_utf8_lossy(bytes));
        Ok(())
    }

    fn end(&mut self, _: Text, bytes: &[u8], _: Range, _: Range) -> Result<(), Stop> {
        let node = self.open.pop().flatten();
        self.take(node, &String::from_utf8_lossy(bytes));
        Ok(())
    }
}
