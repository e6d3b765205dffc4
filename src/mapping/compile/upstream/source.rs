//! Where the canonical side of a parameter, condition or template has its value.

use std::collections::BTreeMap;

use super::hidden::Hidden;
use crate::diag::nearest::{known_names, offered};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{Named, Setting};
use crate::mapping::syntax::{Path, Select, Step, TestOp};
use crate::model::shape::{Form, Format, Kind, Sensitivity, ShapeId, Shapes};

/// A canonical place beside or in the document of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// An input of the operation.
    Input(Box<str>),
    /// A place of the canonical body.
    Body(Place),
    /// A place of the resource as it is now.
    Current(Place),
    /// A place of the outcome.
    Outcome(Place),
    /// What the gateway knows of the call.
    Context(ContextPlace),
    /// The value of a setting.
    Setting(Hidden),
    /// A setting that is not given.
    Nothing,
}

/// A place of a canonical document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Members from the root; empty is the root.
    pub(crate) steps: Vec<PlaceStep>,
    /// As it is written, for messages.
    pub(crate) text: Box<str>,
    /// The value is an id of the model, which names the upstream.
    pub(crate) id: bool,
    /// The type of its value in JSON.
    pub(crate) form: Form,
    /// The greatest care that the members on the way need.
    pub(crate) sensitivity: Sensitivity,
}

/// A member, and which item of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaceStep {
    pub(crate) name: Box<str>,
    pub(crate) item: Option<Item>,
}

/// Which item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    At(usize),
    /// The first whose members, each a path of names, have these values.
    Where(Vec<(Vec<Box<str>>, Box<str>)>),
}

/// Places of the context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum ContextPlace {
    Now,
    RequestId,
    TraceId,
    IdempotencyKey,
    IfMatch,
    CallerKind,
    CallerId,
}

/// What paths may name at one place of an upstream's file.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) shapes: &'a Shapes,
    pub(crate) asked: &'a [Named<Setting>],
    pub(crate) settings: &'a BTreeMap<String, String>,
    pub(crate) inputs: &'a [Box<str>],
    pub(crate) body: Option<ShapeId>,
    pub(crate) current: Option<ShapeId>,
    pub(crate) outcome: Option<ShapeId>,
}

// === impl ContextPlace ===

impl ContextPlace {
    const NAMED: [(&'static str, Self); 7] = [
        ("now", Self::Now),
        ("requestId", Self::RequestId),
        ("traceId", Self::TraceId),
        ("idempotencyKey", Self::IdempotencyKey),
        ("ifMatch", Self::IfMatch),
        ("caller.kind", Self::CallerKind),
        ("caller.id", Self::CallerId),
    ];
}

// === impl Lookup ===

impl Lookup<'_> {
    /// Finds what a path names; a fault is reported and gives `None`.
    pub(crate) fn source(&self, path: &Path, report: &mut Report) -> Option<Source> {
        let first = path.first_name().unwrap_or("");
        match first {
            "settings" => self.setting(path, report),
            "context" => {
                let below = path.to_string();
                let below = below.strip_prefix("context.").unwrap_or("");
                let known = ContextPlace::NAMED;
                let found = known.iter().find(|(name, _)| *name == below);
                if found.is_none() {
                    let known = known.iter().map(|(name, _)| *name);
                    unknown(
                        path,
                        format!("the context has no place `{below}`"),
                        below,
                        known,
                        report,
                    );
                }
                found.map(|(_, place)| Source::Context(*place))
            }
            "body" => self
                .below(path, self.body, "the operation has no body", report)
                .map(Source::Body),
            "current" => self
                .below(
                    path,
                    self.current,
                    "the operation has no `base` that says what is now",
                    report,
                )
                .map(Source::Current),
            _ => self.named(path, first, report),
        }
    }

    /// An input, or a place of the outcome.
    fn named(&self, path: &Path, first: &str, report: &mut Report) -> Option<Source> {
        let input = self.inputs.iter().find(|name| &***name == first);
        if let (Some(name), Some(_)) = (input, path.as_name()) {
            return Some(Source::Input(name.clone()));
        }
        if let Some(outcome) = self.outcome
            && self
                .shapes
                .get(outcome)
                .object()
                .is_some_and(|object| object.member(first).is_some())
        {
            return self
                .place(outcome, &path.steps, path, report)
                .map(Source::Outcome);
        }
        let known = self.inputs.iter().map(|name| &**name);
        unknown(
            path,
            format!("`{path}` is no input of the operation"),
            first,
            known,
            report,
        );
        None
    }

    fn setting(&self, path: &Path, report: &mut Report) -> Option<Source> {
        let name = path.to_string();
        let name = name.strip_prefix("settings.").unwrap_or("");
        if !self.asked.iter().any(|setting| setting.name.value == name) {
            let known = self.asked.iter().map(|setting| setting.name.value.as_str());
            let message = format!("there is no setting `{name}`");
            report.push(Diagnostic::new(Code::M103, path.span, message).help(offered(name, known)));
            return None;
        }
        let value = self.settings.get(name);
        Some(value.map_or(Source::Nothing, |value| Source::Setting(Hidden::new(value))))
    }

    fn below(
        &self,
        path: &Path,
        root: Option<ShapeId>,
        missing: &str,
        report: &mut Report,
    ) -> Option<Place> {
        let Some(root) = root else {
            let help = "name an input, a setting or a place of the context instead";
            report.push(Diagnostic::new(Code::M104, path.span, missing).help(help));
            return None;
        };
        self.place(root, path.steps.get(1..).unwrap_or_default(), path, report)
    }

    /// The type of what a place holds, of an item where the last step selects one.
    pub(crate) fn shape(&self, root: ShapeId, steps: &[Step]) -> Option<ShapeId> {
        steps.iter().try_fold(root, |at, step| {
            let (_, member) = self.shapes.get(at).object()?.member(&step.name)?;
            match &step.select {
                None => Some(member.shape),
                Some(_) => Some(self.shapes.get(member.shape).list()?.item),
            }
        })
    }

    /// Follows steps through a type.
    pub(crate) fn place(
        &self,
        root: ShapeId,
        steps: &[Step],
        path: &Path,
        report: &mut Report,
    ) -> Option<Place> {
        let mut place = Place {
            steps: Vec::new(),
            text: path.to_string().into(),
            id: false,
            form: Form::Text,
            sensitivity: Sensitivity::None,
        };
        let mut at = root;
        for step in steps {
            let object = self.shapes.get(at).object();
            let Some((_, member)) = object.and_then(|object| object.member(&step.name)) else {
                let known = object.map(|object| object.members.iter().map(|member| &*member.name));
                let message = format!(
                    "`{}` has no member `{}`",
                    self.shapes.get(at).name,
                    step.name
                );
                report.push(
                    Diagnostic::new(Code::M101, step.span, message)
                        .help("it is a single value or a list: name it alone, an item in brackets")
                        .maybe_help(known.and_then(|known| known_names(&step.name, known))),
                );
                return None;
            };
            place.sensitivity = place.sensitivity.max(member.sensitivity);
            at = member.shape;
            let item = match &step.select {
                None => None,
                Some(select) => {
                    let Some(list) = self.shapes.get(at).list() else {
                        let message = format!("`{}` is no list", step.name);
                        let help = "brackets choose an item of a list: take them away";
                        report.push(Diagnostic::new(Code::M101, step.span, message).help(help));
                        return None;
                    };
                    at = list.item;
                    Some(item(select, step, report)?)
                }
            };
            place.steps.push(PlaceStep {
                name: step.name.as_str().into(),
                item,
            });
        }
        if let Kind::Scalar(scalar) = &self.shapes.get(at).kind {
            place.form = scalar.form;
            place.id = scalar.format == Some(Format::Id);
        }
        Some(place)
    }
}

fn item(select: &Select, step: &Step, report: &mut Report) -> Option<Item> {
    match select {
        Select::Index(index) => Some(Item::At(usize::try_from(*index).ok()?)),
        Select::Tests(tests) if tests.iter().all(|test| test.op == TestOp::Eq) => {
            let tests = tests.iter().map(|test| {
                let names = test.path.steps.iter().map(|step| step.name.as_str().into());
                (names.collect(), test.literal.value.as_str().into())
            });
            Some(Item::Where(tests.collect()))
        }
        Select::Tests(_) | Select::Every => {
            report.push(
                Diagnostic::new(Code::M004, step.span, "a place of the call has one value")
                    .help("say which item by its position or by `=`"),
            );
            None
        }
    }
}

fn unknown<'k>(
    path: &Path,
    message: String,
    name: &str,
    known: impl IntoIterator<Item = &'k str>,
    report: &mut Report,
) {
    report.push(
        Diagnostic::new(Code::M104, path.span, message)
            .help("names are inputs of the operation, `body.`, `context.`, `settings.` and `current.`")
            .maybe_help(known_names(name, known)),
    );
}
