//! Plans of bodies: which canonical root a document has, and which native one.

use std::cell::RefCell;
use std::sync::Arc;

use crate::diag::Spanned;
use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{Clear, Message, Rule};
use crate::mapping::compile::{Compiler, Document};
use crate::mapping::convert::{FieldStyle, Joined};
use crate::mapping::plan::{Fan, Plan, Wire};
use crate::mapping::syntax::{Arg, ArgValue, ConverterCall, DocumentRef, Path, RuleText, Step};
use crate::model::shape::ShapeId;

/// What the canonical document of a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// A type of the model.
    Resource,
    /// What an operation answers.
    Outcome,
    /// A problem.
    Problem,
}

/// A body with its plan.
#[derive(Debug)]
pub(crate) struct Body {
    /// Shared with other operations that answer the same.
    pub(crate) plan: Arc<Plan>,
    pub(crate) root: Root,
    /// Its media type, parameters included.
    pub(crate) media_type: Box<str>,
    /// How many definitions it narrows: the narrower shape is tried first.
    pub(crate) narrowness: u8,
    /// Its native definition or view.
    pub(super) native: ShapeId,
}

/// What bodies are compiled with.
pub(super) struct Bodies<'a> {
    pub(super) compiler: Compiler<'a>,
    /// The upstream's usual media type.
    pub(super) media_type: &'a str,
    pub(super) outcome: Option<ShapeId>,
    pub(super) problem: Option<ShapeId>,
    /// How its updates clear a place.
    pub(super) clear: Clear,
    /// It merges the items of lists.
    pub(super) merges: bool,
    /// Plans that were made already; none where the canonical model is not the usual one.
    pub(super) known: Option<&'a Known>,
}

/// Plans by what they were made of: many operations answer with one document.
#[derive(Default)]
pub(super) struct Known(RefCell<Vec<(Made, Arc<Plan>)>>);

/// What a plan is made of.
#[derive(PartialEq, Eq)]
struct Made {
    canonical: ShapeId,
    native: ShapeId,
    mapping: Option<String>,
    fields: Vec<Rule>,
    message: Message,
    merges: bool,
}

/// The format that a media type is of.
pub(crate) fn wire(media_type: &str) -> Wire {
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    if essence.ends_with("/xml") || essence.ends_with("+xml") {
        Wire::Xml
    } else if essence == "application/x-www-form-urlencoded" {
        Wire::Form
    } else {
        Wire::Json
    }
}

// === impl Known ===

impl Known {
    fn plan(&self, made: Made, make: impl FnOnce() -> Option<Plan>) -> Option<Arc<Plan>> {
        let known = |(other, _): &&(Made, Arc<Plan>)| *other == made;
        if let Some((_, plan)) = self.0.borrow().iter().find(known) {
            return Some(Arc::clone(plan));
        }
        let plan = Arc::new(make()?);
        self.0.borrow_mut().push((made, Arc::clone(&plan)));
        Some(plan)
    }
}

// === impl Body ===

impl Body {
    /// The style of the names of fields in this document, if it has any.
    pub(crate) fn names_fields(&self) -> Option<FieldStyle> {
        self.plan.chains.iter().find_map(|chain| match &chain.fan {
            Some(Fan::Joined(Joined::FieldName(style))) => Some(*style),
            _ => None,
        })
    }
}

// === impl Bodies ===

impl Bodies<'_> {
    /// Compiles the body of an answer. With rules beside a mapping, the mapping's document is the resource.
    pub(super) fn answer(
        &self,
        said: &DocumentRef,
        fields: &[Rule],
        problem: bool,
        report: &mut Report,
    ) -> Option<Body> {
        let name = said.name.as_name().unwrap_or("");
        let mapping = self.compiler.mapping(name);
        let of_mapping = mapping
            .and_then(|mapping| mapping.canonical.as_ref())
            .map(|name| name.value.as_str());
        let root = match of_mapping {
            Some("Outcome") => Root::Outcome,
            Some("Problem") => Root::Problem,
            _ if problem => Root::Problem,
            Some(_) if fields.is_empty() => Root::Resource,
            Some(_) | None => Root::Outcome,
        };
        let within = root == Root::Outcome && of_mapping.is_some_and(|name| name != "Outcome");
        if !within {
            return self.document(said, fields, root, None, Message::Response, report);
        }
        let mut with: Vec<Rule> = vec![rule_of("resource", name, said)];
        with.extend(fields.iter().cloned());
        let (_, native) = self.roots(said, Message::Response, report)?;
        let document = Document {
            canonical: self.outcome?,
            native,
            mapping: None,
            fields: &with,
        };
        self.finish(&document, root, Message::Response, report)
    }

    /// Compiles the body of a request.
    pub(super) fn request(
        &self,
        said: &DocumentRef,
        fields: &[Rule],
        canonical: ShapeId,
        report: &mut Report,
    ) -> Option<Body> {
        self.document(
            said,
            fields,
            Root::Resource,
            Some(canonical),
            Message::Request,
            report,
        )
    }

    /// Compiles the body of a request whose canonical root holds the body beside inputs.
    pub(super) fn wrapped(
        &self,
        said: &DocumentRef,
        fields: &[Rule],
        canonical: ShapeId,
        report: &mut Report,
    ) -> Option<Body> {
        let name = said.name.as_name().unwrap_or("");
        let mut with = Vec::new();
        if self.compiler.mapping(name).is_some() {
            with.push(rule_of("body", name, said));
        }
        with.extend(fields.iter().cloned());
        let (_, native) = self.roots(said, Message::Request, report)?;
        let document = Document {
            canonical,
            native,
            mapping: None,
            fields: &with,
        };
        self.finish(&document, Root::Resource, Message::Request, report)
    }

    fn document(
        &self,
        said: &DocumentRef,
        fields: &[Rule],
        root: Root,
        canonical: Option<ShapeId>,
        message: Message,
        report: &mut Report,
    ) -> Option<Body> {
        let (of_mapping, native) = self.roots(said, message, report)?;
        let canonical = match (of_mapping, root) {
            (Some(of_mapping), _) => of_mapping,
            (None, Root::Outcome) => self.outcome?,
            (None, Root::Problem) => self.problem?,
            (None, Root::Resource) => canonical?,
        };
        let mapping = said
            .name
            .as_name()
            .and_then(|name| self.compiler.mapping(name));
        let document = Document {
            canonical,
            native,
            mapping,
            fields,
        };
        self.finish(&document, root, message, report)
    }

    /// The canonical root, if a mapping says it, and the native one.
    fn roots(
        &self,
        said: &DocumentRef,
        message: Message,
        report: &mut Report,
    ) -> Option<(Option<ShapeId>, ShapeId)> {
        let name = said
            .name
            .as_name()
            .and_then(|name| self.compiler.mapping(name));
        let Some(mapping) = name else {
            if said
                .name
                .as_name()
                .is_some_and(|name| self.compiler.native.definition(name).is_none())
            {
                self.unknown(said, report);
                return None;
            }
            return Some((None, self.compiler.native_definition(&said.name, report)?));
        };
        let view = said.view.as_ref().map(ToString::to_string);
        if let (Some(view), Some(path)) = (&view, &said.view)
            && self.compiler.native.definition(view).is_none()
        {
            let known = self.compiler.native.definitions().map(|(name, _)| name);
            let message = format!("the native schema has no view `{view}`");
            report.push(Diagnostic::new(Code::M103, path.span, message).help(offered(view, known)));
            return None;
        }
        let before = report.len();
        let document = self
            .compiler
            .document(mapping, view.as_deref(), message, report);
        // A side that the mapping does not name is told there.
        let whole = mapping.canonical.is_some() && mapping.native.is_some();
        if document.is_none() && report.len() == before && whole {
            let message = format!(
                "the mapping `{}` has no native document of this message",
                said.name
            );
            let help = "let its `native:` name the document of this message too: `native: { request: ..., response: ... }`";
            report.push(Diagnostic::new(Code::M103, said.span, message).help(help));
        }
        let document = document?;
        Some((Some(document.canonical), document.native))
    }

    fn finish(
        &self,
        document: &Document<'_>,
        root: Root,
        message: Message,
        report: &mut Report,
    ) -> Option<Body> {
        let shape = self.compiler.native.get(document.native);
        let media_type = shape.media_type.as_deref().unwrap_or(self.media_type);
        let compiler = Compiler {
            wire: wire(media_type),
            ..self.compiler
        };
        let mut make = || {
            let plan = compiler.plan(document, message, report)?;
            Some(Plan {
                clear: self.clear,
                merges: self.merges,
                ..plan
            })
        };
        let plan = match self.known {
            Some(known) => known.plan(made(document, message, self.merges), make)?,
            None => Arc::new(make()?),
        };
        let mut narrowness = 0_u8;
        let mut at = shape;
        while let Some(wider) = at.view_of
            && narrowness < 16
        {
            narrowness = narrowness.saturating_add(1);
            at = self.compiler.native.get(wider);
        }
        Some(Body {
            plan,
            root,
            media_type: media_type.into(),
            narrowness,
            native: document.native,
        })
    }

    fn unknown(&self, said: &DocumentRef, report: &mut Report) {
        let name = said.name.to_string();
        let mappings = self
            .compiler
            .mappings
            .iter()
            .map(|mapping| mapping.name.value.as_str());
        let known = mappings.chain(self.compiler.native.definitions().map(|(name, _)| name));
        report.push(
            Diagnostic::new(
                Code::M103,
                said.name.span,
                format!("there is no mapping or definition `{name}`"),
            )
            .help(offered(&name, known)),
        );
    }
}

fn made(document: &Document<'_>, message: Message, merges: bool) -> Made {
    Made {
        canonical: document.canonical,
        native: document.native,
        mapping: document.mapping.map(|mapping| mapping.name.value.clone()),
        fields: document.fields.to_vec(),
        message,
        merges,
    }
}

/// The rule `place: . | map(name as View)`.
fn rule_of(place: &str, name: &str, said: &DocumentRef) -> Rule {
    let span: Span = said.span;
    let step = Step {
        name: place.to_owned(),
        select: None,
        span,
    };
    let mut rule = Rule::new(
        span,
        vec![Path {
            steps: vec![step],
            span,
        }],
    );
    let arg = Arg {
        name: None,
        value: ArgValue::Word(Spanned::new(name.to_owned(), span)),
        view: said.view.clone(),
        span,
    };
    let map = ConverterCall {
        name: Spanned::new("map".to_owned(), span),
        args: vec![arg],
        span,
    };
    rule.native = Some(RuleText {
        places: vec![Path {
            steps: Vec::new(),
            span,
        }],
        header: None,
        chain: vec![map],
        span,
    });
    rule
}
