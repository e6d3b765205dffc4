//! What of a call carries a place beside its documents: path, query, headers, and rules beside a document's mapping.

use super::within;
use crate::diag::{Position, Span};
use crate::mapping::ast::{AnswerCase, Message, Operation, Route, Rule};
use crate::mapping::survey::Survey;
use crate::mapping::syntax::{RuleText, Template};

/// A part of a call, or of its answer, that carries a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The file.
    pub file: String,
    /// Where it is said.
    pub at: Position,
    /// The message.
    pub message: Message,
    /// Which part: `path`, `query`, `header` or `body`.
    pub part: &'static str,
    /// Its native names; of a path, the path.
    pub native: Vec<String>,
    /// Canonical places, as the rule has them.
    pub canonical: Vec<String>,
    /// The converters, native to canonical.
    pub converters: Vec<String>,
}

impl Beside {
    /// Tells whether a request carries the canonical place, or something that it is part of.
    pub(super) fn sends(&self, place: &str) -> bool {
        let whole = |own: &String| within(place, of_body(own));
        self.message == Message::Request && self.canonical.iter().any(whole)
    }

    fn concerns(&self, place: &str) -> bool {
        let near = |own: &String| {
            let own = of_body(own);
            within(own, place) || within(place, own)
        };
        let called = |name: &String| self.part != "path" && name.eq_ignore_ascii_case(place);
        self.canonical.iter().any(near) || self.native.iter().any(called)
    }
}

/// The place in the body; rules of a call name the body in front.
fn of_body(place: &str) -> &str {
    place.strip_prefix("body.").unwrap_or(place)
}

/// Everything of an operation beside its documents that carries the place.
pub(super) fn beside(survey: &Survey<'_>, said: &Operation, place: &str) -> Vec<Beside> {
    let mut found = Found {
        survey,
        all: Vec::new(),
    };
    let steps = || said.steps.iter();
    for route in said
        .routes
        .iter()
        .chain(steps().flat_map(|step| &step.routes))
    {
        found.route(route);
        found.answers(&route.answers);
    }
    found.answers(&said.answers);
    for step in steps() {
        found.answers(&step.answers);
    }
    if let Some(file) = survey.file() {
        found.rules(&file.every_call.headers, Message::Request, "header");
        found.rules(&file.every_call.answer_headers, Message::Response, "header");
    }
    found.all.retain(|beside| beside.concerns(place));
    found.all
}

struct Found<'s, 'a> {
    survey: &'s Survey<'a>,
    all: Vec<Beside>,
}

impl Found<'_, '_> {
    fn route(&mut self, route: &Route) {
        let path = &route.call.path;
        let said = self.survey.catalog.sources.slice(path.span).to_owned();
        self.template(path, "path", said);
        for pair in &route.call.query {
            self.template(&pair.value, "query", pair.name.value.clone());
        }
        self.rules(&route.query, Message::Request, "query");
        self.rules(&route.headers, Message::Request, "header");
        self.rules(&route.fields, Message::Request, "body");
    }

    fn answers(&mut self, answers: &[AnswerCase]) {
        for answer in answers {
            self.rules(&answer.headers, Message::Response, "header");
            self.rules(&answer.fields, Message::Response, "body");
        }
    }

    fn template(&mut self, template: &Template, part: &'static str, name: String) {
        let canonical: Vec<String> = template
            .variables()
            .map(|variable| variable.path.to_string())
            .collect();
        self.push(template.span, Message::Request, part, |_| Said {
            native: vec![name],
            canonical,
            converters: Vec::new(),
        });
    }

    fn rules(&mut self, rules: &[Rule], message: Message, part: &'static str) {
        for rule in rules {
            let own = match message {
                Message::Request => &rule.request,
                Message::Response => &rule.response,
            };
            let Some(text) = own.as_ref().or(rule.native.as_ref()) else {
                continue;
            };
            self.push(rule.key, message, part, |survey| Said {
                native: names(survey, text),
                canonical: rule.places.iter().map(ToString::to_string).collect(),
                converters: text.chain.iter().map(ToString::to_string).collect(),
            });
        }
    }

    fn push(
        &mut self,
        span: Span,
        message: Message,
        part: &'static str,
        said: impl FnOnce(&Survey<'_>) -> Said,
    ) {
        let sources = &self.survey.catalog.sources;
        let said = said(self.survey);
        let new = Beside {
            file: sources.name(span.source).to_owned(),
            at: sources.position(span),
            message,
            part,
            native: said.native,
            canonical: said.canonical,
            converters: said.converters,
        };
        if !self.all.contains(&new) {
            self.all.push(new);
        }
    }
}

struct Said {
    native: Vec<String>,
    canonical: Vec<String>,
    converters: Vec<String>,
}

/// The native names of a rule; a configured header as it is written.
fn names(survey: &Survey<'_>, text: &RuleText) -> Vec<String> {
    match &text.header {
        Some(header) => vec![survey.catalog.sources.slice(header.span).to_owned()],
        None => text.places.iter().map(ToString::to_string).collect(),
    }
}
