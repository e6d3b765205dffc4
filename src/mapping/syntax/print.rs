//! Writing sentences down again, in their one normal form.

use std::fmt::{self, Display, Formatter};

use super::{
    Arg, ArgValue, Call, Cond, CondOp, ConverterCall, DocumentRef, Move, Part, Path, RuleText,
    Select, Step, Template, Test, TestOp, Variable, Within,
};

/// Tells whether a character may stand in a name without quotes.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '$')
}

/// Tells whether a character may stand in a literal or an argument without quotes.
pub(super) fn is_word(c: char) -> bool {
    is_name(c) || c == '.'
}

/// A text with the quotes that it needs.
struct Quoted<'a>(&'a str);

/// Texts separated by something.
struct Joined<'a, T>(&'a [T], &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let quote = if self.0.contains('\'') { '"' } else { '\'' };
        write!(f, "{quote}{}{quote}", self.0)
    }
}

impl<T: Display> Display for Joined<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, each) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(self.1)?;
            }
            write!(f, "{each}")?;
        }
        Ok(())
    }
}

/// Words that mean something else where a name could stand in a condition.
const RESERVED: &[&str] = &["not", "and", "or", "in", "as", "by"];

fn name(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    if text.is_empty() || !text.chars().all(is_name) || RESERVED.contains(&text) {
        return Quoted(text).fmt(f);
    }
    f.write_str(text)
}

fn literal(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    if text.is_empty() || !text.chars().all(is_word) {
        return Quoted(text).fmt(f);
    }
    f.write_str(text)
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str(".");
        }
        Joined(&self.steps, ".").fmt(f)
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name(&self.name, f)?;
        match &self.select {
            None => Ok(()),
            Some(Select::Every) => f.write_str("[]"),
            Some(Select::Index(index)) => write!(f, "[{index}]"),
            Some(Select::Tests(tests)) => write!(f, "[{}]", Joined(tests, ",")),
        }
    }
}

impl Display for Test {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path, self.op)?;
        literal(&self.literal.value, f)
    }
}

impl Display for TestOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "=",
            Self::EqNoCase => "~=",
            Self::Ne => "!=",
        })
    }
}

impl Display for DocumentRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)?;
        self.view
            .as_ref()
            .map_or(Ok(()), |view| write!(f, " as {view}"))
    }
}

impl Display for Within {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)?;
        let Some(input) = &self.input else {
            return Ok(());
        };
        f.write_str("[")?;
        name(&input.value, f)?;
        f.write_str("]")
    }
}

impl Display for RuleText {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.header {
            Some(header) => header.fmt(f)?,
            None => Joined(&self.places, " + ").fmt(f)?,
        }
        self.chain
            .iter()
            .try_for_each(|converter| write!(f, " | {converter}"))
    }
}

impl Display for ConverterCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name.value)?;
        if self.args.is_empty() {
            return Ok(());
        }
        write!(f, "({})", Joined(&self.args, ", "))
    }
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(known) = &self.name {
            write!(f, "{}=", known.value)?;
        }
        match &self.value {
            ArgValue::Word(word) => f.write_str(&word.value)?,
            ArgValue::Quoted(text) => Quoted(&text.value).fmt(f)?,
            ArgValue::Setting(setting) => write!(f, "settings.{}", setting.value)?,
        }
        self.view
            .as_ref()
            .map_or(Ok(()), |view| write!(f, " as {view}"))
    }
}

impl Display for Move {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        name(&self.from.value, f)?;
        for (index, to) in self.to.iter().enumerate() {
            f.write_str(if index == 0 { " -> " } else { ", " })?;
            name(&to.value, f)?;
        }
        if let Some(by) = &self.by {
            f.write_str(" by ")?;
            name(&by.value, f)?;
        }
        Ok(())
    }
}

impl Display for Cond {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => Joined(parts, " or ").fmt(f),
            Self::And(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
                f.write_str(if index > 0 { " and " } else { "" })?;
                if matches!(part, Self::Or(_)) {
                    write!(f, "({part})")
                } else {
                    write!(f, "{part}")
                }
            }),
            Self::Not(inner, _) if matches!(**inner, Self::Present(_) | Self::Compare { .. }) => {
                write!(f, "not {inner}")
            }
            Self::Not(inner, _) => write!(f, "not ({inner})"),
            Self::Present(path) => path.fmt(f),
            Self::Compare {
                path, op, literals, ..
            } => {
                path.fmt(f)?;
                match op {
                    CondOp::Eq => f.write_str(" = ")?,
                    CondOp::Ne => f.write_str(" != ")?,
                    CondOp::In => f.write_str(" in (")?,
                }
                for (index, each) in literals.iter().enumerate() {
                    f.write_str(if index > 0 { ", " } else { "" })?;
                    literal(&each.value, f)?;
                }
                f.write_str(if *op == CondOp::In { ")" } else { "" })
            }
        }
    }
}

impl Display for Template {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Joined(&self.parts, "").fmt(f)
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(&text.value),
            Self::Variable(variable) => variable.fmt(f),
        }
    }
}

impl Display for Variable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}", self.path)?;
        if let Some(rename) = &self.rename {
            f.write_str(" as ")?;
            name(&rename.value, f)?;
        }
        if let Some(format) = &self.format {
            f.write_str(":")?;
            name(&format.value, f)?;
        }
        f.write_str("}")
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.value, self.path)?;
        for (index, pair) in self.query.iter().enumerate() {
            f.write_str(if index == 0 { "?" } else { "&" })?;
            write!(f, "{}={}", pair.name.value, pair.value)?;
        }
        Ok(())
    }
}
