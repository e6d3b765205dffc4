//! Why a place of an operation is carried, by which rules, or why it is not.

mod calls;
mod print;

pub use calls::Beside;

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Position, Span};
use crate::mapping::ast::{self, AnswerBody, Message, Unmapped, UnmappedPath};
use crate::mapping::catalog::Catalog;
use crate::mapping::check::weakest;
use crate::mapping::convert::Law;
use crate::mapping::survey::deep::{self, Deep, Document};
use crate::mapping::survey::place::{covers, join};
use crate::mapping::survey::tree::Ground;
use crate::mapping::survey::usage::texts;
use crate::mapping::survey::{Body, Carried, Does, Entry, Survey, Tree, sample};
use crate::mapping::syntax::{DocumentRef, Path};

/// Everything that is said of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The upstream.
    pub upstream: String,
    /// The operation.
    pub operation: String,
    /// The place as it was asked for.
    pub place: String,
    /// Rules that carry it, what is below it or what it is part of, in the order of their files.
    pub rules: Vec<Carrying>,
    /// Parts of the call beside its documents that carry it, in the order of writing.
    pub beside: Vec<Beside>,
    /// Why it is not carried, for each document of the operation that has it and does not carry it.
    pub missing: Vec<Missing>,
}

/// A rule that carries a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrying {
    /// The file.
    pub file: String,
    /// Where the rule begins.
    pub at: Position,
    /// The mapping that the rule is of.
    pub mapping: String,
    /// Canonical places, from the root of the document.
    pub canonical: Vec<String>,
    /// Native places, from the root of the document.
    pub native: Vec<String>,
    /// The converters, native to canonical, of each of the rule's texts, with the native places that it is of.
    pub converters: Vec<(Vec<String>, Vec<String>)>,
    /// The weakest law of the converters; none for a rule that hands over to another mapping.
    pub law: Option<Law>,
    /// The conditions of the rule and of those around it.
    pub guards: Vec<String>,
    /// The messages in which it travels, with the documents that have it: `request: customer as CustomerCreate`.
    pub messages: Vec<(Message, String)>,
    /// Documents whose view forbids the native place.
    pub forbidden: Vec<String>,
}

/// Why a document does not carry a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The message.
    pub message: Message,
    /// The document as it is written.
    pub document: String,
    /// The place, as the schema has it.
    pub place: String,
    /// The declared reason, or what follows from the schemas.
    pub why: String,
    /// Where the reason is declared: file and position.
    pub declared: Option<(String, Position)>,
}

/// A document of an operation.
struct Part<'a> {
    message: Message,
    said: &'a DocumentRef,
    body: Body<'a>,
}

/// Explains a place of an operation at an upstream. The place is canonical or native, from the root of the body or
/// the resource, or the name of an input, a query or a header; without brackets it means every item of a list.
///
/// # Errors
/// M103 where the upstream or the operation is unknown, M101 where nothing of the operation has the place.
pub fn explain(
    catalog: &Catalog,
    upstream: &str,
    operation: &str,
    place: &str,
) -> Result<Explanation, Box<Diagnostic>> {
    let Some(set) = catalog.mappings.get(upstream) else {
        let known = catalog.mappings.keys().map(String::as_str);
        return Err(unknown(
            format!("there is no upstream `{upstream}`"),
            upstream,
            known,
        ));
    };
    if place.matches('[').count() != place.matches(']').count() {
        return Err(no_place(format!(
            "`{place}` is no place: a bracket is open"
        )));
    }
    let settings = sample::settings(set);
    let survey = Survey::new(catalog, set, &settings);
    let operations = || survey.file().into_iter().flat_map(|file| &file.operations);
    let Some(said) = operations().find(|said| said.name.value == operation) else {
        let known = operations().map(|said| said.name.value.as_str());
        let message = format!("`{upstream}` does not offer `{operation}`");
        return Err(unknown(message, operation, known));
    };
    let mut explanation = Explanation {
        upstream: upstream.to_owned(),
        operation: operation.to_owned(),
        place: place.to_owned(),
        rules: Vec::new(),
        beside: calls::beside(&survey, &said.value, place),
        missing: Vec::new(),
    };
    for part in parts(&survey, &said.value) {
        let document = deep::document(&survey, &part.body, part.message);
        for rule in &document.rules {
            if names(rule, place) {
                explanation.add(&survey, rule, &part);
            }
        }
        explanation.find_missing(&survey, &document, &part);
    }
    if explanation.is_empty() {
        let message = format!("no document of `{operation}` has a place `{place}`");
        return Err(no_place(message));
    }
    let order = |one: &Carrying| (one.file.clone(), one.at.line, one.at.column);
    explanation.rules.sort_by_key(order);
    Ok(explanation)
}

fn no_place(message: String) -> Box<Diagnostic> {
    let help = "write the place from the root of the body or resource, canonical or native, or the name of an input, a query or a header";
    Box::new(Diagnostic::new(Code::M101, None, message).help(help))
}

fn unknown<'k>(
    message: String,
    name: &str,
    known: impl Iterator<Item = &'k str>,
) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::M103, None, message).help(offered(name, known)))
}

/// The documents of an operation, each once: bodies of requests, of answers, and of items of answers.
fn parts<'a>(survey: &Survey<'a>, said: &'a ast::Operation) -> Vec<Part<'a>> {
    let steps = || said.steps.iter();
    let routes = said
        .routes
        .iter()
        .chain(steps().flat_map(|step| &step.routes));
    let requests = routes.clone().filter_map(|route| route.body.as_ref());
    let answers = said
        .answers
        .iter()
        .chain(steps().flat_map(|step| &step.answers));
    let answers = answers.chain(routes.flat_map(|route| &route.answers));
    let mut found: Vec<(Message, &DocumentRef)> =
        requests.map(|body| (Message::Request, body)).collect();
    for answer in answers {
        if let Some(AnswerBody::Document(body)) = answer.body.as_ref().map(|body| &body.value) {
            found.push((Message::Response, body));
        }
        found.extend(
            answer
                .fields
                .iter()
                .filter_map(|rule| Some((Message::Response, rule.map.as_ref()?))),
        );
    }
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (message, said) in found {
        let same =
            |part: &Part<'_>| part.message == message && part.said.to_string() == said.to_string();
        if !parts.iter().any(same)
            && let Some(body) = survey.body(said, message)
        {
            parts.push(Part {
                message,
                said,
                body,
            });
        }
    }
    parts
}

/// Tells whether a rule has the place, something below it or something that it is part of.
fn names(rule: &Deep<'_>, place: &str) -> bool {
    if matches!(rule.entry.does, Does::Each) {
        return false;
    }
    let near = |path: &Path| {
        let text = path.to_string();
        match rule.entry.does {
            // What another mapping carries is told by its own rules.
            Does::Map(_) => same(&text, place),
            _ => within(&text, place) || within(place, &text),
        }
    };
    [Carried::Canonical, Carried::Native]
        .into_iter()
        .any(|side| rule.places(side).iter().any(near))
}

fn same(one: &str, other: &str) -> bool {
    one == other || bare(one) == bare(other)
}

/// Tells whether a place is another one or stands below it.
fn within(place: &str, root: &str) -> bool {
    let below = |place: &str, root: &str| {
        place
            .strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    if root.contains('[') {
        below(place, root)
    } else {
        below(&bare(place), root)
    }
}

/// The place without what stands in brackets.
fn bare(place: &str) -> String {
    let mut depth = 0_u32;
    let mut text = String::new();
    for c in place.chars() {
        match c {
            '[' => depth = depth.saturating_add(1),
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    text
}

impl Explanation {
    fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.beside.is_empty() && self.missing.is_empty()
    }

    /// Tells whether it was said already what becomes of a place that a document leaves out: another part of the call
    /// carries it, or a rule does and the document's view forbids it.
    fn is_told(&self, side: Carried, part: &Part<'_>, text: &str) -> bool {
        let sent = part.message == Message::Request
            && side == Carried::Canonical
            && self.beside.iter().any(|beside| beside.sends(text));
        let document = part.said.to_string();
        let forbidden = |rule: &Carrying| {
            let places = match side {
                Carried::Canonical => &rule.canonical,
                Carried::Native => &rule.native,
            };
            rule.forbidden.contains(&document) && places.iter().any(|place| same(place, text))
        };
        sent || self.rules.iter().any(forbidden)
    }

    fn add(&mut self, survey: &Survey<'_>, rule: &Deep<'_>, part: &Part<'_>) {
        let sources = &survey.catalog.sources;
        let entry = &rule.entry;
        let span: Span = entry.rule.key;
        let texts_of = |paths: &[Path]| paths.iter().map(ToString::to_string).collect::<Vec<_>>();
        let document = part.said.to_string();
        let new = Carrying {
            file: sources.name(span.source).to_owned(),
            at: sources.position(span),
            mapping: rule.mapping.name.value.clone(),
            canonical: texts_of(&rule.canonical),
            native: texts_of(&rule.native),
            converters: chains(entry, &rule.native),
            law: matches!(entry.does, Does::Value).then(|| law(survey, entry.rule)),
            guards: entry
                .guards
                .iter()
                .map(|(guard, _)| guard.to_string())
                .collect(),
            messages: Vec::new(),
            forbidden: Vec::new(),
        };
        let is_new = |known: &Carrying| {
            (&known.file, known.at, &known.canonical, &known.native)
                != (&new.file, new.at, &new.canonical, &new.native)
        };
        let known = self.rules.iter().position(|known| !is_new(known));
        let mut told = known.map_or(new, |index| self.rules.swap_remove(index));
        if entry.travels {
            told.messages.push((part.message, document));
        } else if entry.native.iter().any(|spot| spot.facts.forbidden) {
            told.forbidden.push(document);
        }
        self.rules.push(told);
    }

    /// Says of every place at hand that a document leaves out why it does.
    fn find_missing(&mut self, survey: &Survey<'_>, document: &Document<'_>, part: &Part<'_>) {
        for declaration in &document.declarations {
            let walk = &declaration.walk;
            for side in [Carried::Canonical, Carried::Native] {
                let (shapes, shape, root) = match side {
                    Carried::Canonical => (
                        &survey.catalog.canonical,
                        walk.canonical,
                        &declaration.canonical,
                    ),
                    Carried::Native => (&survey.set.native, walk.native, &declaration.native),
                };
                let ground = Ground {
                    shapes,
                    message: part.message,
                };
                let empty = Path {
                    steps: Vec::new(),
                    span: declaration.mapping.key,
                };
                for place in Tree::of(walk, side).uncovered(&ground, shape, &empty) {
                    let text = join(root, &place).to_string();
                    let asked = within(&self.place, &text) || within(&text, &self.place);
                    if asked && !self.is_told(side, part, &text) {
                        self.tell(survey, &walk.unmapped, side, part, &place, text);
                    }
                }
            }
        }
    }

    fn tell(
        &mut self,
        survey: &Survey<'_>,
        unmapped: &[&Unmapped],
        side: Carried,
        part: &Part<'_>,
        place: &Path,
        text: String,
    ) {
        let entries = unmapped.iter().flat_map(|one| match side {
            Carried::Canonical => &one.canonical,
            Carried::Native => &one.native,
        });
        let declared = entries.clone().find(|entry| match &entry.path {
            UnmappedPath::Places(places) => places.iter().any(|path| covers(path, place)),
            UnmappedPath::Rest(_) => false,
        });
        let rest = || {
            entries
                .clone()
                .find(|entry| matches!(entry.path, UnmappedPath::Rest(_)))
        };
        let sources = &survey.catalog.sources;
        let reason = declared.or_else(rest);
        let why = match (reason, side, part.message) {
            (Some(entry), ..) => entry.why.value.clone(),
            (None, Carried::Native, Message::Request) => {
                "no rule writes it: the gateway never sends it".to_owned()
            }
            (None, Carried::Canonical, Message::Response) => {
                "no rule reads it: the upstream does not say it".to_owned()
            }
            (None, ..) => "no rule carries it, and nothing says why".to_owned(),
        };
        let missing = Missing {
            message: part.message,
            document: part.said.to_string(),
            place: text,
            why,
            declared: reason.map(|entry| {
                (
                    sources.name(entry.span.source).to_owned(),
                    sources.position(entry.span),
                )
            }),
        };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }
}

/// The converters of each text of an entry; places that `also` hold the value stand behind its own.
fn chains(entry: &Entry<'_>, native: &[Path]) -> Vec<(Vec<String>, Vec<String>)> {
    let mut places = native.iter().map(ToString::to_string);
    let also = entry.rule.also.as_ref().filter(|_| entry.text.is_some());
    entry
        .text
        .into_iter()
        .chain(also)
        .map(|text| {
            let chain = text.chain.iter().map(ToString::to_string).collect();
            (places.by_ref().take(text.places.len()).collect(), chain)
        })
        .collect()
}

/// The weakest law of all converters of a rule.
fn law(survey: &Survey<'_>, rule: &ast::Rule) -> Law {
    let chains = texts(rule).filter_map(|text| {
        survey
            .compiler
            .chain(&text.chain, &mut crate::diag::Report::new())
    });
    chains
        .map(|chain| weakest(&chain))
        .max()
        .unwrap_or(Law::Exact)
}
