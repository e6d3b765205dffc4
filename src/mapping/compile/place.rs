//! Places of the mapping language resolved over shapes.

use super::literal;
use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::plan::{ItemStep, ItemTest};
use crate::mapping::syntax::{self, Path, Select, TestOp};
use crate::model::shape::{Kind, Member, Sensitivity, ShapeId, Shapes};

/// A resolved place: steps from the root of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) steps: Vec<Step>,
}

/// One step with the shape that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    pub(crate) shape: ShapeId,
}

/// Kinds of steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StepKind {
    /// A member by its position in the object.
    Member(usize),
    /// The item of a list that satisfies all tests.
    Select(Vec<Test>),
    /// The item at a position.
    Index(u32),
    /// The HTTP status of the answer, which stands beside the document.
    Status,
}

/// A constant that an item of a cell has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    /// Members from the item to the value, with the shapes they lead to.
    pub(crate) members: Vec<Step>,
    pub(crate) no_case: bool,
    pub(crate) literal: Box<str>,
}

/// What the members on the way to a place say of it together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Facts {
    pub(crate) read_only: bool,
    pub(crate) write_only: bool,
    pub(crate) forbidden: bool,
    pub(crate) sensitivity: Sensitivity,
}

/// How rules name the HTTP status of an answer.
pub(crate) const STATUS: &str = "$status";

/// One side's shapes with the codes and words of its faults.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) shapes: &'a Shapes,
    pub(crate) unknown: Code,
    pub(crate) word: &'static str,
}

impl Place {
    /// The HTTP status of the answer; `shape` is any.
    pub(crate) fn status(shape: ShapeId) -> Self {
        let kind = StepKind::Status;
        Self {
            steps: vec![Step { kind, shape }],
        }
    }

    /// True for the HTTP status of the answer.
    pub(crate) fn is_status(&self) -> bool {
        let first = self.steps.first();
        first.is_some_and(|step| step.kind == StepKind::Status)
    }

    /// The shape that the place leads to from this root.
    pub(crate) fn shape(&self, root: ShapeId) -> ShapeId {
        self.steps.last().map_or(root, |step| step.shape)
    }

    /// This place and then another, relative to it.
    pub(crate) fn join(&self, other: &Self) -> Self {
        Self {
            steps: self.steps.iter().chain(&other.steps).cloned().collect(),
        }
    }

    /// The same place with another shape at its end: what stands at a place of any shape.
    pub(crate) fn reshaped(mut self, shape: ShapeId) -> Self {
        if let Some(last) = self.steps.last_mut() {
            last.shape = shape;
        }
        self
    }

    /// What its members say of it.
    pub(crate) fn facts(&self, shapes: &Shapes, root: ShapeId) -> Facts {
        let mut facts = Facts::default();
        let mut at = root;
        for step in &self.steps {
            if let StepKind::Member(index) = step.kind
                && let Some(member) = member_at(shapes, at, index)
            {
                facts.read_only |= member.read_only;
                facts.write_only |= member.write_only;
                facts.forbidden |= member.forbidden;
                facts.sensitivity = facts.sensitivity.max(member.sensitivity);
            }
            at = step.shape;
        }
        facts
    }

    /// The way to the place by names, from this root.
    pub(crate) fn path(&self, shapes: &Shapes, root: ShapeId) -> Option<Box<[ItemStep]>> {
        let mut at = root;
        let mut path = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            path.push(match &step.kind {
                StepKind::Member(index) => {
                    ItemStep::Member(member_at(shapes, at, *index)?.name.clone())
                }
                StepKind::Select(tests) => {
                    let named = |test: &Test| {
                        Some(ItemTest {
                            names: names(&test.members, shapes, step.shape)?,
                            value: test.literal.clone(),
                        })
                    };
                    ItemStep::Where(tests.iter().map(named).collect::<Option<_>>()?)
                }
                StepKind::Index(index) => ItemStep::At(*index),
                StepKind::Status => return None,
            });
            at = step.shape;
        }
        Some(path.into())
    }

    /// The place in words, from this root.
    pub(crate) fn text(&self, shapes: &Shapes, root: ShapeId) -> String {
        let mut text = String::new();
        let mut at = root;
        for step in &self.steps {
            match &step.kind {
                StepKind::Member(index) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(member_at(shapes, at, *index).map_or("?", |member| &member.name));
                }
                StepKind::Select(tests) => text.push_str(&tests_text(shapes, step.shape, tests)),
                StepKind::Index(index) => text.push_str(&format!("[{index}]")),
                StepKind::Status => text.push_str(STATUS),
            }
            at = step.shape;
        }
        if text.is_empty() {
            ".".to_owned()
        } else {
            text
        }
    }
}

fn tests_text(shapes: &Shapes, item: ShapeId, tests: &[Test]) -> String {
    let tests: Vec<String> = tests
        .iter()
        .map(|test| {
            let place = Place {
                steps: test.members.clone(),
            };
            let op = if test.no_case { "~=" } else { "=" };
            format!("{}{op}{}", place.text(shapes, item), test.literal)
        })
        .collect();
    format!("[{}]", tests.join(","))
}

/// The names of members on a way, from this root; none where something else is on it.
fn names(steps: &[Step], shapes: &Shapes, root: ShapeId) -> Option<Box<[Box<str>]>> {
    let mut at = root;
    let name = |step: &Step| {
        let StepKind::Member(index) = step.kind else {
            return None;
        };
        let member = member_at(shapes, std::mem::replace(&mut at, step.shape), index)?;
        Some(member.name.clone())
    };
    steps.iter().map(name).collect()
}

/// The member of an object shape at a position.
pub(crate) fn member_at(shapes: &Shapes, shape: ShapeId, index: usize) -> Option<&Member> {
    shapes.get(shape).object()?.members.get(index)
}

impl Side<'_> {
    /// Resolves a path from a root; a fault is reported and gives `None`.
    pub(crate) fn resolve(self, root: ShapeId, path: &Path, report: &mut Report) -> Option<Place> {
        let mut place = Place::default();
        let mut at = root;
        for step in &path.steps {
            at = self.member(at, &step.name, step.span, &mut place.steps, report)?;
            match &step.select {
                None => {}
                Some(Select::Index(index)) => {
                    at = self.item(at, step.span, report)?;
                    place.steps.push(Step {
                        kind: StepKind::Index(*index),
                        shape: at,
                    });
                }
                Some(Select::Every) => {
                    at = self.item(at, step.span, report)?;
                    place.steps.push(Step {
                        kind: StepKind::Select(Vec::new()),
                        shape: at,
                    });
                }
                Some(Select::Tests(tests)) => {
                    at = self.item(at, step.span, report)?;
                    let mut resolved = Vec::new();
                    for test in tests {
                        if test.op == TestOp::Ne {
                            report.push(
                                Diagnostic::new(
                                    Code::M004,
                                    test.span,
                                    "`!=` stands in `unmapped` lists only",
                                )
                                .help("write the one constant that items of this cell have"),
                            );
                            return None;
                        }
                        let place = self.resolve(at, &test.path, report)?;
                        self.holds(at, &place, test, report);
                        let members = place.steps;
                        resolved.push(Test {
                            members,
                            no_case: test.op == TestOp::EqNoCase,
                            literal: test.literal.value.as_str().into(),
                        });
                    }
                    place.steps.push(Step {
                        kind: StepKind::Select(resolved),
                        shape: at,
                    });
                }
            }
        }
        Some(place)
    }

    /// Reports a constant of a selector that no item can have.
    fn holds(self, item: ShapeId, place: &Place, test: &syntax::Test, report: &mut Report) {
        if let Some(scalar) = self.shapes.get(place.shape(item)).scalar() {
            let (literal, what) = (&test.literal, test.path.to_string());
            let no_case = test.op == TestOp::EqNoCase;
            report.extend(literal::judge(
                scalar,
                &literal.value,
                literal.span,
                &what,
                no_case,
            ));
        }
    }

    fn member(
        self,
        at: ShapeId,
        name: &str,
        span: Span,
        steps: &mut Vec<Step>,
        report: &mut Report,
    ) -> Option<ShapeId> {
        let shape = self.shapes.get(at);
        let Some(object) = shape.object() else {
            report.push(
                Diagnostic::new(
                    self.unknown,
                    span,
                    format!("`{}` has no members", shape.name),
                )
                .help(kind_help(&shape.kind)),
            );
            return None;
        };
        let Some((index, member)) = object.member(name) else {
            let known = object.members.iter().map(|member| &*member.name);
            report.push(
                Diagnostic::new(
                    self.unknown,
                    span,
                    format!("the {} `{}` has no member `{name}`", self.word, shape.name),
                )
                .help(offered(name, known)),
            );
            return None;
        };
        steps.push(Step {
            kind: StepKind::Member(index),
            shape: member.shape,
        });
        Some(member.shape)
    }

    fn item(self, at: ShapeId, span: Span, report: &mut Report) -> Option<ShapeId> {
        let shape = self.shapes.get(at);
        let item = shape.list().map(|list| list.item);
        if item.is_none() {
            report.push(
                Diagnostic::new(self.unknown, span, format!("`{}` is no list", shape.name))
                    .help("leave the brackets out, or name a list"),
            );
        }
        item
    }
}

fn kind_help(kind: &Kind) -> &'static str {
    match kind {
        Kind::List(_) => "a list: say which item in brackets, `[type=home]`, or use `each`",
        Kind::Scalar(_) => "a single value: end the path before this name",
        Kind::Any | Kind::Object(_) => "end the path before this name",
    }
}
