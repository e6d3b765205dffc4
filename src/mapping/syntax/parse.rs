//! The grammar, one function a rule of it.

use super::print::is_name;
use super::scan::{Parsed, Scan};
use super::{
    Arg, ArgValue, Cond, CondOp, ConverterCall, DocumentRef, Move, Path, RuleText, Select, Step,
    Test, TestOp, Within,
};
use crate::diag::{Code, Diagnostic, Sources, Spanned};
use crate::mapping::yaml::Scalar;

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

/// Reads the native side of a rule.
///
/// # Errors
/// M004, M006.
pub fn rule(scalar: &Scalar, sources: &Sources) -> Parsed<RuleText> {
    whole(scalar, sources, "`|` or the end of the rule", read_rule)
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

/// Reads the moves of a machine from one state.
///
/// # Errors
/// M004, M006.
pub fn moves(scalar: &Scalar, sources: &Sources) -> Parsed<Move> {
    whole(
        scalar,
        sources,
        "`,`, `by` or the end of the move",
        |scan| {
            let mark = scan.mark();
            let from = scan.name("a state")?;
            scan.blanks();
            scan.expect("->")?;
            let mut to = Vec::new();
            loop {
                scan.blanks();
                to.push(scan.name("a state")?);
                scan.blanks();
                if !scan.take(",") {
                    break;
                }
            }
            let mut by = None;
            if scan.take_word("by") {
                scan.blanks();
                by = Some(scan.name("a kind of caller")?);
            }
            Ok(Move {
                from,
                to,
                by,
                span: scan.span_from(mark),
            })
        },
    )
}

/// Reads a whole text with one function of the grammar.
pub(super) fn whole<T>(
    scalar: &Scalar,
    sources: &Sources,
    or: &str,
    read: impl FnOnce(&mut Scan) -> Parsed<T>,
) -> Parsed<T> {
    let mut scan = Scan::new(scalar, sources)?;
    scan.blanks();
    let value = read(&mut scan)?;
    scan.finish(or)?;
    Ok(value)
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
    let index = digits.value.parse();
    index
        .map(Some)
        .map_err(|_| Scan::fault(digits.span, "the position is too large"))
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

fn read_places(scan: &mut Scan) -> Parsed<Vec<Path>> {
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

fn read_rule(scan: &mut Scan) -> Parsed<RuleText> {
    let from = scan.mark();
    let mut header = None;
    let mut places = Vec::new();
    if begins_with_header(scan) {
        header = Some(super::template::read_template(scan, |c| {
            c.is_whitespace() || c == '|'
        })?);
        scan.blanks();
    } else {
        places = read_places(scan)?;
    }
    let mut chain = Vec::new();
    while scan.take("|") {
        scan.blanks();
        chain.push(read_converter(scan)?);
        scan.blanks();
    }
    Ok(RuleText {
        places,
        header,
        chain,
        span: scan.span_from(from),
    })
}

/// Tells whether the first word has a variable in it: the configured name of a header.
fn begins_with_header(scan: &Scan) -> bool {
    let word = (0..).map_while(|further| scan.peek_at(further));
    word.take_while(|c| !matches!(c, ' ' | '|' | '[' | '\'' | '"'))
        .any(|c| c == '{')
}

fn read_converter(scan: &mut Scan) -> Parsed<ConverterCall> {
    let from = scan.mark();
    let name = scan.run(is_name, "the name of a converter")?;
    let mut args = Vec::new();
    if scan.take("(") {
        scan.blanks();
        while !scan.take(")") {
            if !args.is_empty() {
                if !scan.take(",") {
                    return Err(scan.expected("`,` or `)`"));
                }
                scan.blanks();
            }
            args.push(read_arg(scan)?);
            scan.blanks();
        }
    }
    Ok(ConverterCall {
        name,
        args,
        span: scan.span_from(from),
    })
}

fn read_arg(scan: &mut Scan) -> Parsed<Arg> {
    let from = scan.mark();
    let mut value = read_arg_value(scan)?;
    let mut name = None;
    scan.blanks();
    if scan.peek() == Some('=') {
        match value {
            ArgValue::Word(word) if word.value.chars().all(is_name) => name = Some(word),
            _ => return Err(scan.expected("`,` or `)`")),
        }
        scan.next();
        scan.blanks();
        value = read_arg_value(scan)?;
    }
    let view = if matches!(value, ArgValue::Word(_)) {
        read_view(scan)?
    } else {
        None
    };
    Ok(Arg {
        name,
        value,
        view,
        span: scan.span_from(from),
    })
}

fn read_arg_value(scan: &mut Scan) -> Parsed<ArgValue> {
    if matches!(scan.peek(), Some('\'' | '"')) {
        return scan.quoted().map(ArgValue::Quoted);
    }
    let word = scan.run(super::print::is_word, "an argument")?;
    match word.value.strip_prefix("settings.") {
        Some("") => Err(Scan::fault(word.span, "the name of a setting is missing")),
        Some(setting) => Ok(ArgValue::Setting(Spanned::new(
            setting.to_owned(),
            word.span,
        ))),
        None => Ok(ArgValue::Word(word)),
    }
}

fn read_view(scan: &mut Scan) -> Parsed<Option<Path>> {
    scan.blanks();
    if !scan.take_word("as") {
        return Ok(None);
    }
    scan.blanks();
    read_path(scan, Brackets::Every).map(Some)
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
