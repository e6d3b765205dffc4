//! Places over shapes: which member a path names, and what is said of it on the way.

use crate::diag::nearest::known_names;
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::syntax::{Path, Select, Step, Test, TestOp};
use crate::model::shape::{Kind, Member, Object, Sensitivity, Shape, ShapeId, Shapes};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// One entry for each step of the path.
    pub members: Vec<Reached>,
    /// The shape at the end; that of an item where the last step selects.
    pub shape: ShapeId,
    /// What the members on the way say together.
    pub facts: Facts,
}

/// What one step of a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The object that has the member.
    pub object: ShapeId,
    /// Position of the member in the object; `None` for a member without a name there.
    pub member: Option<usize>,
    /// The list that the step selects from.
    pub list: Option<ShapeId>,
    /// The member's shape; that of an item where the step selects.
    pub shape: ShapeId,
}

/// What is said of a place and of all above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Every member on the way is required and no item is selected: no document is without the place.
    pub required: bool,
    /// A member on the way is forbidden by the view.
    pub forbidden: bool,
    /// Answers only.
    pub read_only: bool,
    /// Requests only.
    pub write_only: bool,
    /// The greatest care that a member on the way needs.
    pub sensitivity: Sensitivity,
    /// Sensitivities that may not be put here, in rising order.
    pub forbids: Vec<Sensitivity>,
    /// The place is an XML attribute.
    pub attribute: bool,
}

/// Says why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The step at fault.
    pub span: Span,
    /// One sentence without a final stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The code, where it is none of a name that is unknown.
    code: Option<Code>,
}

/// Resolves a place of the document that a shape describes.
///
/// # Errors
/// Where a step names no member, selects from what is no list, or tests what the items do not have.
pub fn path(shapes: &Shapes, root: ShapeId, path: &Path) -> Result<Resolved, Unresolved> {
    let mut resolved = Resolved::at(root);
    for step in &path.steps {
        resolved.take(shapes, step)?;
    }
    Ok(resolved)
}

/// Resolves a definition, or a path into one: `BillingAccount`, `BillingAccount.contact[]`.
///
/// # Errors
/// Where there is no such definition (M103 whatever the side), and as [`path`].
pub fn definition(shapes: &Shapes, path: &Path) -> Result<Resolved, Unresolved> {
    let Some((first, rest)) = path.steps.split_first() else {
        let message = "`.` is no definition".to_owned();
        return Err(Unresolved {
            code: Some(Code::M103),
            ..Unresolved::new(path.span, message)
        });
    };
    let Some(root) = shapes.definition(&first.name) else {
        let known = shapes.definitions().map(|(name, _)| name);
        let message = format!("there is no definition `{}`", first.name);
        return Err(Unresolved {
            code: Some(Code::M103),
            help: known_names(&first.name, known),
            ..Unresolved::new(first.span, message)
        });
    };
    let mut resolved = Resolved::at(root);
    if let Some(select) = &first.select {
        resolved.shape = item(shapes, root, first, select)?;
    }
    for step in rest {
        resolved.take(shapes, step)?;
    }
    Ok(resolved)
}

// === impl Resolved ===

impl Resolved {
    /// Gives the member that the last step names; none for the root and for members without a name.
    #[must_use]
    pub fn member<'s>(&self, shapes: &'s Shapes) -> Option<&'s Member> {
        self.members.last()?.member(shapes)
    }

    fn at(root: ShapeId) -> Self {
        Self {
            members: Vec::new(),
            shape: root,
            facts: Facts::default(),
        }
    }

    fn take(&mut self, shapes: &Shapes, step: &Step) -> Result<(), Unresolved> {
        let object = self.shape;
        let shape = shapes.get(object);
        let Kind::Object(members) = &shape.kind else {
            return Err(no_members(shape, step));
        };
        let (member, found) = match members.member(&step.name) {
            Some((at, member)) => {
                self.facts.take(member);
                (Some(at), member.shape)
            }
            None => {
                self.facts.required = false;
                self.facts.attribute = false;
                (None, open(shapes, shape, members, step)?)
            }
        };
        let reached = match &step.select {
            Some(select) => {
                self.facts.required = false;
                item(shapes, found, step, select)?
            }
            None => found,
        };
        let list = step.select.as_ref().map(|_| found);
        self.members.push(Reached {
            object,
            member,
            list,
            shape: reached,
        });
        self.shape = reached;
        Ok(())
    }
}

// === impl Reached ===

impl Reached {
    /// Gives the member; none for one without a name.
    #[must_use]
    pub fn member<'s>(&self, shapes: &'s Shapes) -> Option<&'s Member> {
        shapes.get(self.object).object()?.members.get(self.member?)
    }
}

// === impl Facts ===

impl Default for Facts {
    fn default() -> Self {
        Self {
            required: true,
            forbidden: false,
            read_only: false,
            write_only: false,
            sensitivity: Sensitivity::None,
            forbids: Vec::new(),
            attribute: false,
        }
    }
}

impl Facts {
    fn take(&mut self, member: &Member) {
        self.required &= member.required;
        self.forbidden |= member.forbidden;
        self.read_only |= member.read_only;
        self.write_only |= member.write_only;
        self.sensitivity = self.sensitivity.max(member.sensitivity);
        self.forbids.extend(&member.forbids);
        self.forbids.sort_unstable();
        self.forbids.dedup();
        self.attribute = member.attribute;
    }
}

// === impl Unresolved ===

impl Unresolved {
    /// Gives the diagnostic, under the code that unknown names of this side have: M101 or M102.
    #[must_use]
    pub fn diagnostic(self, unknown: Code) -> Diagnostic {
        let code = self.code.unwrap_or(unknown);
        Diagnostic::new(code, self.span, self.message)
            .help(
                "a place is names of members with dots between them, an item of a list in brackets",
            )
            .maybe_help(self.help)
    }

    fn new(span: Span, message: String) -> Self {
        Self {
            span,
            message,
            help: None,
            code: None,
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

fn no_members(shape: &Shape, step: &Step) -> Unresolved {
    let (name, wanted) = (&shape.name, &step.name);
    match &shape.kind {
        Kind::List(_) => {
            let message = format!("`{name}` is a list, which has no member `{wanted}`");
            Unresolved::new(step.span, message).help("say which items: `[0]`, `[member=value]`")
        }
        Kind::Scalar(_) => {
            let message = format!("`{name}` is one value, which has no member `{wanted}`");
            Unresolved::new(step.span, message).help("end the place before it")
        }
        Kind::Any | Kind::Object(_) => {
            let message = format!("nothing is known of the members here, `{wanted}` among them");
            Unresolved::new(step.span, message)
                .help("the value is carried as it stands: end the place before it")
        }
    }
}

/// Gives the shape of a member without a name, where the schema gives those one.
fn open(
    shapes: &Shapes,
    shape: &Shape,
    object: &Object,
    step: &Step,
) -> Result<ShapeId, Unresolved> {
    let shaped = object
        .open
        .filter(|open| !matches!(shapes.get(*open).kind, Kind::Any));
    shaped.ok_or_else(|| {
        let known = object.members.iter().map(|member| &*member.name);
        let message = format!("`{}` has no member `{}`", shape.name, step.name);
        Unresolved {
            help: known_names(&step.name, known),
            ..Unresolved::new(step.span, message)
        }
    })
}

/// Gives the shape of the items that a step selects.
fn item(shapes: &Shapes, of: ShapeId, step: &Step, select: &Select) -> Result<ShapeId, Unresolved> {
    let Kind::List(list) = &shapes.get(of).kind else {
        let message = format!("`{}` is no list", step.name);
        return Err(Unresolved::new(step.span, message).help("leave the brackets out"));
    };
    if let Select::Tests(tests) = select {
        for test in tests {
            check(shapes, list.item, test)?;
        }
    }
    Ok(list.item)
}

fn check(shapes: &Shapes, item: ShapeId, test: &Test) -> Result<(), Unresolved> {
    let tested = path(shapes, item, &test.path)?;
    let shape = shapes.get(tested.shape);
    let Some(scalar) = shape.scalar() else {
        let message = format!("`{}` is no single value and equals no literal", shape.name);
        return Err(Unresolved::new(test.path.span, message).help("test one value of the items"));
    };
    let literal = test.literal.value.as_str();
    let same = |known: &str| match test.op {
        TestOp::EqNoCase => known.to_lowercase() == literal.to_lowercase(),
        TestOp::Eq | TestOp::Ne => known == literal,
    };
    let mut known = scalar
        .values
        .iter()
        .chain(&scalar.constant)
        .map(|value| &**value)
        .peekable();
    if known.peek().is_none() || known.clone().any(same) {
        return Ok(());
    }
    let message = format!("`{literal}` is none of the values of `{}`", shape.name);
    Err(Unresolved {
        code: Some(Code::M303),
        help: known_names(literal, known),
        ..Unresolved::new(test.literal.span, message)
    })
}
