//! Conditions (`when`).

use super::path::{Brackets, Path, read_path};
use super::scan::{Parsed, Scan, whole};
use crate::diag::{Sources, Span, Spanned};
use crate::mapping::yaml::Scalar;

/// A condition over canonical places.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cond {
    /// One of them holds. At least two.
    Or(Vec<Self>),
    /// All of them hold. At least two.
    And(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>, Span),
    /// The place is present.
    Present(Path),
    /// The place has one of the values, or (`Ne`) not the value.
    Compare {
        /// The place.
        path: Path,
        /// How it is compared.
        op: CondOp,
        /// With what: one literal, for `In` one or more.
        literals: Vec<Spanned<String>>,
        /// All of it.
        span: Span,
    },
}

/// How a place is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CondOp {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `in`
    In,
}

// === impl Cond ===

impl Cond {
    /// Gives where it is written.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                let first = parts.first()?.span()?;
                Some(
                    parts
                        .last()
                        .and_then(Self::span)
                        .map_or(first, |last| first.to(last)),
                )
            }
            Self::Not(_, span) | Self::Compare { span, .. } => Some(*span),
            Self::Present(path) => Some(path.span),
        }
    }

    /// Gives every place that it names, in the order of writing.
    #[must_use]
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().flat_map(Self::paths).collect(),
            Self::Not(inner, _) => inner.paths(),
            Self::Present(path) | Self::Compare { path, .. } => vec![path],
        }
    }
}

/// Reads a condition.
///
/// # Errors
/// M004, M006.
pub fn cond(scalar: &Scalar, sources: &Sources) -> Parsed<Cond> {
    whole(
        scalar,
        sources,
        "`and`, `or` or the end of the condition",
        read_or,
    )
}

fn read_or(scan: &mut Scan) -> Parsed<Cond> {
    let mut parts = Vec::new();
    loop {
        match read_and(scan)? {
            Cond::Or(more) => parts.extend(more),
            one => parts.push(one),
        }
        scan.blanks();
        if !scan.take_word("or") {
            break;
        }
    }
    Ok(several(parts, Cond::Or))
}

fn read_and(scan: &mut Scan) -> Parsed<Cond> {
    let mut parts = Vec::new();
    loop {
        match read_not(scan)? {
            Cond::And(more) => parts.extend(more),
            one => parts.push(one),
        }
        scan.blanks();
        if !scan.take_word("and") {
            break;
        }
    }
    Ok(several(parts, Cond::And))
}

fn several(mut parts: Vec<Cond>, all: impl FnOnce(Vec<Cond>) -> Cond) -> Cond {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            all(parts)
        }
        None => all(parts),
    }
}

fn read_not(scan: &mut Scan) -> Parsed<Cond> {
    scan.blanks();
    let from = scan.mark();
    if scan.take_word("not") {
        scan.blanks();
        let inner = read_atom(scan)?;
        return Ok(Cond::Not(Box::new(inner), scan.span_from(from)));
    }
    read_atom(scan)
}

fn read_atom(scan: &mut Scan) -> Parsed<Cond> {
    if scan.take("(") {
        let inner = scan.deeper(read_or)?;
        scan.expect(")")?;
        return Ok(inner);
    }
    read_comparison(scan)
}

fn read_comparison(scan: &mut Scan) -> Parsed<Cond> {
    let from = scan.mark();
    if ["and", "or", "in", "not"]
        .iter()
        .any(|word| scan.take_word(word))
    {
        scan.back_to(from);
        return Err(scan.expected("a place"));
    }
    let path = read_path(scan, Brackets::Some)?;
    let behind = scan.mark();
    scan.blanks();
    let op = if scan.take("!=") {
        CondOp::Ne
    } else if scan.take("=") {
        CondOp::Eq
    } else if scan.take_word("in") {
        CondOp::In
    } else {
        scan.back_to(behind);
        return Ok(Cond::Present(path));
    };
    scan.blanks();
    let literals = if op == CondOp::In && scan.take("(") {
        read_literals(scan)?
    } else {
        vec![scan.literal()?]
    };
    Ok(Cond::Compare {
        path,
        op,
        literals,
        span: scan.span_from(from),
    })
}

fn read_literals(scan: &mut Scan) -> Parsed<Vec<Spanned<String>>> {
    let mut literals = Vec::new();
    loop {
        scan.blanks();
        literals.push(scan.literal()?);
        scan.blanks();
        if scan.take(")") {
            return Ok(literals);
        }
        if !scan.take(",") {
            return Err(scan.expected("`,` or `)`"));
        }
    }
}
