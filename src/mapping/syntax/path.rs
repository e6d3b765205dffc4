//! Places.

use crate::diag::{Span, Spanned};

/// A place of a document; without steps it is the whole document at hand (`.`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    /// The steps from the root at hand.
    pub steps: Vec<Step>,
    /// Where it is written.
    pub span: Span,
}

/// One step of a path: a member, and which items of it if it is a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// Name of the member.
    pub name: String,
    /// Which items; none if nothing stands in brackets.
    pub select: Option<Select>,
    /// Name and brackets.
    pub span: Span,
}

/// Which items of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Select {
    /// The item at a position, from 0: `[0]`.
    Index(u32),
    /// Items that satisfy all tests: `[use=home,kind!=work]`. Never empty.
    Tests(Vec<Test>),
    /// Every item: `[]`.
    Every,
}

/// A condition on an item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Test {
    /// The place in the item.
    pub path: Path,
    /// How it is compared.
    pub op: TestOp,
    /// With what.
    pub literal: Spanned<String>,
    /// All of it.
    pub span: Span,
}

/// How an item is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestOp {
    /// `=`
    Eq,
    /// `~=`: without case.
    EqNoCase,
    /// `!=`: in `unmapped` lists only.
    Ne,
}

/// A mapping or native definition: `customer`, `customer as CustomerCreate`, `BillingAccount.contact[]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DocumentRef {
    /// The mapping or definition, or a path into a definition.
    pub name: Path,
    /// The view that it is read and written as.
    pub view: Option<Path>,
    /// All of it.
    pub span: Span,
}

/// The place of a parent type that holds the answer of an operation: `Customer.contacts[role]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Within {
    /// Type and place.
    pub place: Path,
    /// The input whose value selects the item: its member of the same name is equal.
    pub input: Option<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

// === impl Path ===

impl Path {
    /// Tells whether it is the whole document at hand.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Gives the name, if it is one step without brackets.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        match self.steps.as_slice() {
            [step] if step.select.is_none() => Some(&step.name),
            _ => None,
        }
    }

    /// Gives the first name, as `settings` of `settings.channel`.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        self.steps.first().map(|step| step.name.as_str())
    }
}
