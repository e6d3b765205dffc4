//! The canonical operations, looked up in the canonical types.

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, Flag, InputIn, InputSensitivity, Kind, Match};
use crate::mapping::syntax::{Method, Path, Within};
use crate::model::shape::{Form, Format, Scalar, Sensitivity, Shapes};

/// Counts the operations of a catalog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationIndex(pub u16);

/// An operation of the canonical API.
#[derive(Debug, Clone)]
pub struct CanonicalOperation {
    /// Its name, such as `getCustomer`.
    pub id: Box<str>,
    /// The method on the wire.
    pub method: Method,
    /// The path under `/v1`, inputs in braces: `/customers/{id}`.
    pub path: Box<str>,
    /// What it does.
    pub kind: Kind,
    /// Whether it is a command that changes nothing and may be sent again.
    pub read_only_effect: bool,
    /// Its inputs beside the body, as the API names them.
    pub inputs: Vec<OperationInput>,
    /// Type of the body.
    pub body: Option<Box<str>>,
    /// What it answers.
    pub answer: CanonicalAnswer,
    /// The parent type, or its place that holds the answer.
    pub within: Option<Within>,
    /// Whether it is to vanish.
    pub deprecated: bool,
    /// What it does, in a few words.
    pub title: Box<str>,
    /// What a caller has to know, in sentences.
    pub description: Box<str>,
}

/// What an operation answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanonicalAnswer {
    /// One resource of a type.
    One(Box<str>),
    /// A list of resources of a type.
    Items(Box<str>),
    /// Nothing.
    None,
}

/// An input of an operation beside its body.
#[derive(Debug, Clone)]
pub struct OperationInput {
    /// Its name in path or query.
    pub name: Box<str>,
    /// Where it stands.
    pub place: InputIn,
    /// What it looks like.
    pub kind: InputKind,
    /// The names under which routes know it, one of which an id has; empty: its own.
    pub gives: Vec<Box<str>>,
    /// The member of body and answer that has its value.
    pub fills: Option<Box<str>>,
    /// How much care its value needs.
    pub sensitivity: Sensitivity,
    /// How the sandbox compares it; none: equal to the place of the same name.
    pub matches: Option<Match>,
}

/// What the text of an input looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputKind {
    /// As it is written: `Id`, `integer`, `date`, `Customer.status`.
    pub name: Box<str>,
    /// The rules of its text.
    pub scalar: Scalar,
}

// === impl CanonicalOperation ===

impl CanonicalOperation {
    /// Gives every name under which routes know the inputs: an id in the path is `id` or `reference`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().flat_map(|input| {
            let own = input.gives.is_empty().then_some(&*input.name);
            input.gives.iter().map(|name| &**name).chain(own)
        })
    }

    /// Gives the type of the resource that is answered, alone or in a list.
    #[must_use]
    pub fn answer_type(&self) -> Option<&str> {
        match &self.answer {
            CanonicalAnswer::One(name) | CanonicalAnswer::Items(name) => Some(name),
            CanonicalAnswer::None => None,
        }
    }

    /// Whether it may be sent again without harm.
    #[must_use]
    pub fn reads(&self) -> bool {
        matches!(self.kind, Kind::Get | Kind::List | Kind::Search) || self.read_only_effect
    }
}

/// Looks all operations of a file up in the types.
pub(super) fn lower(
    file: &ast::OperationsFile,
    shapes: &Shapes,
    report: &mut Report,
) -> Vec<CanonicalOperation> {
    file.operations
        .iter()
        .map(|named| operation(named, shapes, report))
        .collect()
}

fn operation(
    named: &ast::Named<ast::CanonicalOperation>,
    shapes: &Shapes,
    report: &mut Report,
) -> CanonicalOperation {
    let said = &named.value;
    let text = |text: &Option<ast::Text>| {
        text.as_ref()
            .map_or_else(Box::default, |text| text.value.as_str().into())
    };
    if let Some(body) = &said.body {
        known_type(&body.value, body.span, shapes, report);
    }
    let answer = match &said.answer.value {
        ast::Answer::Type(name) => CanonicalAnswer::One(name.as_str().into()),
        ast::Answer::Items(name) => CanonicalAnswer::Items(name.as_str().into()),
        ast::Answer::None => CanonicalAnswer::None,
    };
    if let CanonicalAnswer::One(name) | CanonicalAnswer::Items(name) = &answer {
        known_type(name, said.answer.span, shapes, report);
    }
    CanonicalOperation {
        id: named.name.value.as_str().into(),
        method: said.method.value,
        path: said.path.value.as_str().into(),
        kind: said.kind.value,
        read_only_effect: said.effect.is_some(),
        inputs: said
            .inputs
            .iter()
            .map(|one| input(one, shapes, report))
            .collect(),
        body: said.body.as_ref().map(|body| body.value.as_str().into()),
        answer,
        within: said.within.clone(),
        deprecated: said
            .deprecated
            .as_ref()
            .is_some_and(|flag| flag.value == Flag::True),
        title: text(&said.title),
        description: text(&said.description),
    }
}

fn input(named: &ast::Named<ast::Input>, shapes: &Shapes, report: &mut Report) -> OperationInput {
    let said = &named.value;
    let fills = said.fills.as_ref().and_then(|place| {
        if place.as_name().is_none() {
            let message = format!("`{place}` is no member of the body itself");
            report.push(
                Diagnostic::new(Code::M215, place.span, message)
                    .help("an input fills a member at the top of body and answer"),
            );
        }
        place.as_name().map(Into::into)
    });
    OperationInput {
        name: named.name.value.as_str().into(),
        place: said.place.value,
        kind: kind(&said.kind, shapes, report),
        gives: said
            .gives
            .iter()
            .map(|name| name.value.as_str().into())
            .collect(),
        fills,
        sensitivity: match said.sensitivity.as_ref().map(|word| word.value) {
            Some(InputSensitivity::Personal) => Sensitivity::Personal,
            Some(InputSensitivity::None) | None => Sensitivity::None,
        },
        matches: said.matches.clone(),
    }
}

fn known_type(name: &str, span: crate::diag::Span, shapes: &Shapes, report: &mut Report) {
    if shapes.definition(name).is_none() {
        let known = shapes.definitions().map(|(name, _)| name);
        report.push(
            Diagnostic::new(Code::M101, span, format!("the model has no type `{name}`"))
                .help(offered(name, known)),
        );
    }
}

/// A type or format by its name, or the scalar at a place of a type.
fn kind(path: &Path, shapes: &Shapes, report: &mut Report) -> InputKind {
    let name: Box<str> = path.to_string().into();
    let form = |form| Scalar {
        form,
        ..Scalar::default()
    };
    let scalar = match &*name {
        "string" => Some(form(Form::Text)),
        "integer" => Some(form(Form::Integer)),
        "number" => Some(form(Form::Number)),
        "boolean" => Some(form(Form::Boolean)),
        "Id" => Some(Scalar {
            format: Some(Format::Id),
            ..Scalar::default()
        }),
        _ => Format::named(&name).map(|format| Scalar {
            format: Some(format),
            ..Scalar::default()
        }),
    };
    let scalar = scalar
        .or_else(|| at_place(path, shapes))
        .unwrap_or_else(|| {
            let message = format!("`{name}` is neither a format nor a single value of the model");
            report.push(
                Diagnostic::new(Code::M101, path.span, message)
                    .help("such as `Id`, `integer`, `date` or `Customer.status`"),
            );
            Scalar::default()
        });
    InputKind { name, scalar }
}

fn at_place(path: &Path, shapes: &Shapes) -> Option<Scalar> {
    let (first, rest) = path.steps.split_first()?;
    let mut at = shapes.definition(&first.name)?;
    for step in rest {
        at = shapes.get(at).object()?.member(&step.name)?.1.shape;
    }
    shapes.get(at).scalar().cloned()
}
