//! Places.

use super::print::is_name;
use super::scan::{Parsed, Scan, whole};
use crate::diag::{Code, Diagnostic, Sources, Span, Spanned};
use crate::mapping::yaml::Scalar;

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

/// What may stand in the brackets of a path beside positions and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brackets {
    /// Nothing.
    Some,
    /// `[]`: definitions and `assume`.
    Every,
    /// `[]` and `!=`: `unmapped`.
    EveryAndNot,
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

    /// Gives the place of a member, said at the same spot of the file.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let mut place = self.clone();
        place.steps.push(Step {
            name: name.to_owned(),
            select: None,
            span: self.span,
        });
        place
    }

    /// Gives the first name, as `settings` of `settings.channel`.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        self.steps.first().map(|step| step.name.as_str())
    }
}

/// Reads a place.
///
/// # Errors
/// M004 where it follows no grammar, M006 if it stands on several lines; so do all functions here.
pub fn path(scalar: &Scalar, sources: &Sources, brackets: Brackets) -> Parsed<Path> {
    whole(scalar, sources, "the end of the place", |scan| {
        read_path(scan, brackets)
    })
}

/// Reads the key of a rule: places joined by `+`.
///
/// # Errors
/// M004, M006.
pub fn places(scalar: &Scalar, sources: &Sources) -> Parsed<Vec<Path>> {
    whole(scalar, sources, "`+` or the end of the places", |scan| {
        read_places(scan)
    })
}

/// Reads the name of a mapping or definition, with a view or without.
///
/// # Errors
/// M004, M006.
pub fn document(scalar: &Scalar, sources: &Sources) -> Parsed<DocumentRef> {
    whole(scalar, sources, "`as` or the end of the name", |scan| {
        let from = scan.mark();
        let name = read_path(scan, Brackets::Every)?;
        let view = read_view(scan)?;
        Ok(DocumentRef {
            name,
            view,
            span: scan.span_from(from),
        })
    })
}

/// Reads the parent type of an operation, or its place.
///
/// # Errors
/// M004, M006.
pub fn within(scalar: &Scalar, sources: &Sources) -> Parsed<Within> {
    whole(scalar, sources, "the end of the place", |scan| {
        let from = scan.mark();
        let mut place = Path {
            steps: vec![read_bare_step(scan)?],
            span: scan.span_from(from),
        };
        while scan.take(".") {
            place.steps.push(read_bare_step(scan)?);
        }
        place.span = scan.span_from(from);
        let mut input = None;
        if scan.take("[") {
            input = Some(scan.name("the name of an input")?);
            scan.expect("]")?;
        }
        Ok(Within {
            place,
            input,
            span: scan.span_from(from),
        })
    })
}

pub(super) fn read_path(scan: &mut Scan, brackets: Brackets) -> Parsed<Path> {
    let from = scan.mark();
    if scan.take(".") {
        let span = scan.span_from(from);
        if scan.peek().is_some_and(is_name) {
            return Err(Box::new(
                Diagnostic::new(Code::M004, span, "a place begins with a name")
                    .help("`.` alone is the whole document at hand"),
            ));
        }
        return Ok(Path {
            steps: Vec::new(),
            span,
        });
    }
    let mut steps = vec![read_step(scan, brackets)?];
    while scan.take(".") {
        steps.push(read_step(scan, brackets)?);
    }
    Ok(Path {
        steps,
        span: scan.span_from(from),
    })
}

fn read_bare_step(scan: &mut Scan) -> Parsed<Step> {
    let name = scan.name("a name")?;
    Ok(Step {
        name: name.value,
        select: None,
        span: name.span,
    })
}

fn read_step(scan: &mut Scan, brackets: Brackets) -> Parsed<Step> {
    let from = scan.mark();
    let name = scan.name("a name")?;
    let select = if scan.take("[") {
        Some(scan.deeper(|scan| read_select(scan, brackets))?)
    } else {
        None
    };
    Ok(Step {
        name: name.value,
        select,
        span: scan.span_from(from),
    })
}

fn read_select(scan: &mut Scan, brackets: Brackets) -> Parsed<Select> {
    let from = scan.mark();
    scan.blanks();
    if scan.take("]") {
        if brackets == Brackets::Some {
            let span = scan.span_from(from);
            let fault =
                Diagnostic::new(Code::M004, span, "expected a position or a test, found `]`");
            return Err(Box::new(
                fault.help("`[]` stands only in definitions, `assume` and `unmapped`"),
            ));
        }
        return Ok(Select::Every);
    }
    if let Some(index) = read_index(scan)? {
        return Ok(Select::Index(index));
    }
    let mut tests = Vec::new();
    loop {
        scan.blanks();
        tests.push(read_test(scan, brackets)?);
        scan.blanks();
        if !scan.take(",") {
            break;
        }
    }
    scan.expect("]")?;
    Ok(Select::Tests(tests))
}

/// The last member of a list that a place names by its position.
const LAST_POSITION: u32 = 999;

fn read_index(scan: &mut Scan) -> Parsed<Option<u32>> {
    let from = scan.mark();
    let Ok(digits) = scan.run(|c| c.is_ascii_digit(), "a position") else {
        return Ok(None);
    };
    scan.blanks();
    if !scan.take("]") {
        scan.back_to(from);
        return Ok(None);
    }
    let index = digits.value.parse().ok();
    let index = index.filter(|index| *index <= LAST_POSITION);
    index.map(Some).ok_or_else(|| {
        Box::new(
            Diagnostic::new(Code::M215, digits.span, "the position is too large").help(format!(
                "positions go up to {LAST_POSITION}: a list is made up to the member that is written"
            )),
        )
    })
}

fn read_test(scan: &mut Scan, brackets: Brackets) -> Parsed<Test> {
    let from = scan.mark();
    let path = read_path(scan, brackets)?;
    scan.blanks();
    let sign = scan.mark();
    let op = if scan.take("~=") {
        TestOp::EqNoCase
    } else if scan.take("!=") {
        TestOp::Ne
    } else if scan.take("=") {
        TestOp::Eq
    } else {
        return Err(scan.expected("`=` or `~=`"));
    };
    if op == TestOp::Ne && brackets != Brackets::EveryAndNot {
        let fault = Diagnostic::new(
            Code::M004,
            scan.span_from(sign),
            "`!=` stands only in `unmapped`",
        );
        return Err(Box::new(
            fault.help("a selector names what it takes: `=`, or `~=` without case"),
        ));
    }
    scan.blanks();
    let literal = scan.literal()?;
    Ok(Test {
        path,
        op,
        literal,
        span: scan.span_from(from),
    })
}

pub(super) fn read_places(scan: &mut Scan) -> Parsed<Vec<Path>> {
    let mut places = Vec::new();
    loop {
        scan.blanks();
        places.push(read_path(scan, Brackets::Some)?);
        scan.blanks();
        if !scan.take("+") {
            return Ok(places);
        }
    }
}

pub(super) fn read_view(scan: &mut Scan) -> Parsed<Option<Path>> {
    scan.blanks();
    if !scan.take_word("as") {
        return Ok(None);
    }
    scan.blanks();
    read_path(scan, Brackets::Every).map(Some)
}
