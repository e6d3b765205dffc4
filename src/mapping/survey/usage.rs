//! Which mapping serves which message, and which names are used at all.

use std::collections::BTreeSet;

use super::walk::{Does, mapped, named};
use super::{MESSAGES, Survey};
use crate::mapping::ast::{
    AnswerBody, AnswerCase, MappingFile, Message, Operation, Route, Rule, UpstreamFile,
};
use crate::mapping::syntax::{DocumentRef, RuleText};

/// What the files of an upstream use.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    messages: BTreeSet<(String, Message)>,
    names: BTreeSet<String>,
    tables: BTreeSet<String>,
    calls: BTreeSet<String>,
}

impl Usage {
    /// Follows every operation, call, error, callback and record.
    pub(crate) fn of(survey: &Survey<'_>) -> Self {
        let mut usage = Self::default();
        if let Some(file) = survey.file() {
            usage.file(survey, file);
            for rule in rules(file) {
                usage.rule(rule);
            }
        }
        let records = survey
            .set
            .sandbox
            .iter()
            .flat_map(|sandbox| &sandbox.records);
        for body in records.flat_map(|record| &record.body) {
            usage.body(survey, body, Message::Response);
        }
        for mapping in &survey.set.mappings {
            let variants = mapping.variants.iter().flat_map(|variant| &variant.fields);
            for rule in mapping.fields.iter().chain(variants) {
                usage.rule(rule);
            }
            for fragment in &mapping.include {
                usage.names.insert(fragment.value.clone());
            }
        }
        usage
    }

    /// Tells whether a mapping serves a message.
    pub(crate) fn serves(&self, mapping: &MappingFile, message: Message) -> bool {
        self.messages
            .contains(&(mapping.name.value.clone(), message))
    }

    /// Tells whether anything names the mapping or fragment.
    pub(crate) fn mapping(&self, name: &str) -> bool {
        let served = |message| self.messages.contains(&(name.to_owned(), message));
        self.names.contains(name) || MESSAGES.into_iter().any(served)
    }

    /// Tells whether a rule names the table.
    pub(crate) fn table(&self, name: &str) -> bool {
        self.tables.contains(name)
    }

    /// Tells whether a step is the call.
    pub(crate) fn call(&self, name: &str) -> bool {
        self.calls.contains(name)
    }

    fn file(&mut self, survey: &Survey<'_>, file: &UpstreamFile) {
        for route in routes(file) {
            if let Some(body) = &route.body {
                self.body(survey, body, Message::Request);
            }
            self.below(survey, &route.fields, Message::Request);
        }
        for answer in answers(file) {
            if let Some(AnswerBody::Document(body)) = answer.body.as_ref().map(|body| &body.value) {
                self.body(survey, body, Message::Response);
            }
            self.below(survey, &answer.fields, Message::Response);
        }
        for callback in &file.callbacks {
            self.body(survey, &callback.body, Message::Response);
            self.below(survey, &callback.fields, Message::Response);
        }
        let steps = file
            .operations
            .iter()
            .flat_map(|operation| &operation.value.steps);
        self.calls
            .extend(steps.filter_map(|step| Some(step.call.as_ref()?.value.clone())));
    }

    fn body(&mut self, survey: &Survey<'_>, body: &DocumentRef, message: Message) {
        if let Some(mapping) = named(body).and_then(|name| survey.compiler.mapping(name)) {
            self.serve(survey, mapping, message);
        }
    }

    fn serve(&mut self, survey: &Survey<'_>, mapping: &MappingFile, message: Message) {
        if !self.messages.insert((mapping.name.value.clone(), message)) {
            return;
        }
        let Some(known) = survey.compiler.mapping(&mapping.name.value) else {
            return;
        };
        for walk in survey.walks(known, message) {
            for entry in &walk.entries {
                if let Does::Map(mapping) = entry.does
                    && entry.travels
                {
                    self.serve(survey, mapping, message);
                }
            }
        }
    }

    /// Mappings that rules beside a body lead to.
    fn below(&mut self, survey: &Survey<'_>, rules: &[Rule], message: Message) {
        for rule in rules {
            let of_each = rule.map.as_ref().and_then(named);
            for name in mapped(rule).map(|name| name.value.as_str()).chain(of_each) {
                if let Some(mapping) = survey.compiler.mapping(name) {
                    self.serve(survey, mapping, message);
                }
            }
            self.below(survey, &rule.fields, message);
        }
    }

    fn rule(&mut self, rule: &Rule) {
        self.names
            .extend(mapped(rule).map(|name| name.value.clone()));
        self.names
            .extend(rule.map.as_ref().and_then(named).map(str::to_owned));
        for text in texts(rule) {
            let tables = text.chain.iter().filter(|call| call.name.value == "table");
            let names = tables.filter_map(|call| call.args.first());
            self.tables
                .extend(names.map(|arg| arg.value.text().value.clone()));
        }
        for rule in &rule.fields {
            self.rule(rule);
        }
    }
}

/// The native sides of a rule.
pub(crate) fn texts(rule: &Rule) -> impl Iterator<Item = &RuleText> {
    [&rule.native, &rule.request, &rule.response, &rule.also]
        .into_iter()
        .flatten()
}

/// Every route of operations, their steps and calls.
pub(crate) fn routes(file: &UpstreamFile) -> impl Iterator<Item = &Route> {
    let operations = file.operations.iter().map(|operation| &operation.value);
    let of_operations = operations.flat_map(|operation| {
        let steps = operation.steps.iter().flat_map(|step| &step.routes);
        operation.routes.iter().chain(steps)
    });
    of_operations.chain(file.calls.iter().flat_map(|call| &call.value.routes))
}

/// Every case of an answer.
pub(crate) fn answers(file: &UpstreamFile) -> impl Iterator<Item = &AnswerCase> {
    let of_operations = file
        .operations
        .iter()
        .flat_map(|operation| answers_of(&operation.value));
    let of_calls = file.calls.iter().flat_map(|call| {
        let routes = call.value.routes.iter().flat_map(|route| &route.answers);
        routes.chain(&call.value.answers)
    });
    of_operations.chain(of_calls).chain(&file.errors)
}

fn answers_of(operation: &Operation) -> impl Iterator<Item = &AnswerCase> {
    let steps = operation.steps.iter().flat_map(|step| {
        let routes = step.routes.iter().flat_map(|route| &route.answers);
        routes.chain(&step.answers)
    });
    let routes = operation.routes.iter().flat_map(|route| &route.answers);
    routes.chain(&operation.answers).chain(steps)
}

/// Every rule of the upstream's file.
pub(crate) fn rules(file: &UpstreamFile) -> impl Iterator<Item = &Rule> {
    let every = file
        .every_call
        .headers
        .iter()
        .chain(&file.every_call.answer_headers);
    let of_routes = routes(file).flat_map(|route| {
        route
            .query
            .iter()
            .chain(&route.headers)
            .chain(&route.fields)
    });
    let of_answers = answers(file).flat_map(|answer| answer.fields.iter().chain(&answer.headers));
    let of_callbacks = file.callbacks.iter().flat_map(|callback| &callback.fields);
    every.chain(of_routes).chain(of_answers).chain(of_callbacks)
}
