//! What an answer means.

use super::call::{Call, Lost};
use super::facts;
use super::faults::BrokenAnswer;
use super::left::Left;
use super::problem::UpstreamProblem;
use super::target::{is_count, limit};
use crate::codec::json::tape::TapeNode;
use crate::mapping::catalog::{CanonicalAnswer, OperationIndex};
use crate::mapping::compile::upstream::{Operation, Style};

/// What an upstream's answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It was done.
    Outcome(Box<Outcome>),
    /// The upstream says no.
    Problem(Box<UpstreamProblem>),
    /// The answer is not understood.
    Broken(BrokenAnswer),
}

/// What was done.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The resource, or the array of the items; canonical JSON.
    pub body: Option<Vec<u8>>,
    /// Whether `body` is the array of the items.
    pub is_list: bool,
    /// What went less than well.
    pub warnings: Vec<Warning>,
    /// Places of the native answer that are not in it, as far as the worker tells them.
    pub losses: Vec<Lost>,
    /// The same by declared places, where the worker does not tell the others.
    pub left: Option<Left>,
    /// How many values of the answer are not in it.
    pub lost: u32,
    /// How many of these the model has a place for, and the answer no value that it takes.
    pub invalid: u32,
    /// What the native answer holds beside it, by pointers, as far as the worker tells that: values that need care are
    /// withheld.
    pub native: Vec<(String, String)>,
    /// The upstream's own version.
    pub etag: Option<String>,
    /// The upstream's key of the call.
    pub correlation_id: Option<String>,
    /// When to try again.
    pub retry_after: Option<String>,
    /// Where a list goes on.
    pub page: Page,
    /// The operation that reads the whole, with its inputs, where the answer is a stub.
    pub then: Option<(OperationIndex, Vec<(String, String)>)>,
    /// The id of the resource, qualified.
    pub id: Option<String>,
    /// Its reference in the form of an id, of what was created where the upstream reads by it.
    pub reference: Option<String>,
}

/// Something that went less than well.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Warning {
    /// A stable word.
    pub code: String,
    /// The upstream's own words.
    pub detail: Option<String>,
    /// JSON pointer into the body of the call, to what it is about.
    pub pointer: Option<String>,
}

/// Where a list goes on.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The upstream's own cursor of the next page.
    pub next: Option<String>,
    /// Whether there is one.
    pub more: Option<bool>,
    /// How many items there are in all.
    pub total: Option<u64>,
}

// === impl Outcome ===

impl Outcome {
    /// Takes what a document of the envelope says.
    pub(super) fn take(&mut self, envelope: TapeNode<'_>, text: &str) {
        let slice = |node: TapeNode<'_>| {
            let whole = node.whole();
            let range = usize::try_from(whole.start).ok()?..usize::try_from(whole.end).ok()?;
            text.get(range).map(|slice| slice.as_bytes().to_vec())
        };
        if let Some(items) = envelope.get("items") {
            self.body = slice(items);
            self.is_list = true;
        } else if let Some(resource) = envelope.get("resource") {
            self.body = slice(resource);
        }
        let warnings = envelope
            .get("warnings")
            .into_iter()
            .flat_map(TapeNode::items);
        self.warnings.extend(warnings.map(|warning| Warning {
            code: text_of(warning, "code").unwrap_or_default(),
            detail: text_of(warning, "detail"),
            pointer: None,
        }));
        if let Some(page) = envelope.get("page") {
            self.page = Page {
                next: text_of(page, "next"),
                more: page.get("more").and_then(TapeNode::as_bool),
                total: page
                    .get("total")
                    .and_then(TapeNode::lexeme)
                    .and_then(|total| total.parse().ok()),
            };
        }
        for (name, place) in [
            ("etag", &mut self.etag),
            ("correlationId", &mut self.correlation_id),
            ("retryAfter", &mut self.retry_after),
        ] {
            if let Some(text) = text_of(envelope, name) {
                *place = Some(text);
            }
        }
    }

    /// Takes the value of a place that a header holds.
    pub(super) fn set(&mut self, place: &str, value: String) {
        match place {
            "etag" => self.etag = Some(value),
            "correlationId" => self.correlation_id = Some(value),
            "retryAfter" => self.retry_after = Some(value),
            "page.next" => self.page.next = Some(value),
            "page.more" => self.page.more = Some(value == "true"),
            "page.total" => self.page.total = value.parse().ok(),
            _ => {}
        }
    }

    /// Says where the list goes on, from what was asked for and what came.
    pub(super) fn turn(
        &mut self,
        operation: &Operation,
        call: &Call<'_>,
        asked_in: Option<TapeNode<'_>>,
        items: &[TapeNode<'_>],
        qualifier: &str,
    ) {
        let Some(paging) = &operation.paging else {
            self.page.more.get_or_insert(false);
            return;
        };
        let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let asked = limit(operation, call, asked_in)
            .filter(|_| paging.limit.is_some())
            .or(paging.default);
        let short = asked.map_or(count == 0, |asked| count < u64::from(asked));
        let said = self.page.more;
        let ended = said == Some(false) || (short && said.is_none());
        let next = match &paging.style {
            _ if ended => None,
            // It would be the page that was just asked for.
            Style::Offset(_) if count == 0 => None,
            Style::Offset(_) => {
                let before = call.page.cursor.filter(|cursor| is_count(cursor));
                let before: u64 = before.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
                Some(before.saturating_add(count).to_string())
            }
            Style::Token { last_id: true, .. } => items
                .last()
                .and_then(|item| item.get("id")?.as_str())
                .and_then(|id| facts::local(id, qualifier))
                .map(str::to_owned),
            Style::Token { last_id: false, .. } => self.page.next.take(),
        };
        // That there is more stays true where nothing tells how to go on.
        self.page.more = Some(next.is_some() || said == Some(true));
        self.page.next = next;
    }

    /// The inputs of the operation that reads the whole: those of the call by name, else those of the resource.
    pub(super) fn follow(
        &mut self,
        to: &Operation,
        call: &Call<'_>,
        resource: Option<TapeNode<'_>>,
        qualifier: &str,
    ) {
        let mut inputs: Vec<(String, String)> = Vec::new();
        for name in &to.inputs {
            if let Some(value) = call.input(name) {
                inputs.push((name.to_string(), value.to_owned()));
            }
        }
        if inputs.is_empty() {
            let of = |name: &str| resource.and_then(|resource| resource.get(name)?.as_str());
            let id = of("id").and_then(|id| facts::local(id, qualifier));
            if let Some(id) = id {
                inputs.push(("id".to_owned(), id.to_owned()));
            } else if let Some(reference) = of("reference") {
                inputs.push(("reference".to_owned(), reference.to_owned()));
            }
        }
        if !inputs.is_empty() || to.inputs.is_empty() {
            self.then = Some((to.index, inputs));
        }
    }

    /// Gives the answer the form that the operation promises.
    pub(super) fn shape(&mut self, operation: &Operation) {
        match operation.answer {
            CanonicalAnswer::None => self.body = None,
            CanonicalAnswer::Items(_) if !self.is_list => {
                self.body = Some(b"[]".to_vec());
                self.is_list = true;
            }
            CanonicalAnswer::Items(_) | CanonicalAnswer::One(_) => {}
        }
    }
}

/// The text of a member.
pub(super) fn text_of(node: TapeNode<'_>, name: &str) -> Option<String> {
    node.get(name).and_then(facts::scalar).map(str::to_owned)
}
