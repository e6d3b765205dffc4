//! An explanation in words.

use std::fmt::{self, Display, Formatter};

use super::{Beside, Carrying, Explanation, Missing};
use crate::mapping::ast::{Message, Word};
use crate::mapping::convert::Law;

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "`{}` in `{}` at `{}`",
            self.place, self.operation, self.upstream
        )?;
        for rule in &self.rules {
            write!(f, "\n{rule}")?;
        }
        for beside in &self.beside {
            write!(f, "\n{beside}")?;
        }
        if !self.missing.is_empty() {
            writeln!(f, "\nnot carried")?;
            for missing in &self.missing {
                missing.fmt(f)?;
            }
        }
        Ok(())
    }
}

impl Display for Carrying {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}:{}:{} (mapping `{}`)",
            self.file, self.at.line, self.at.column, self.mapping
        )?;
        writeln!(f, "  canonical  {}", self.canonical.join(" + "))?;
        writeln!(f, "  native     {}", self.native.join(" + "))?;
        match self.converters.as_slice() {
            [(_, chain)] if !chain.is_empty() => {
                writeln!(f, "  converters {}", chain.join(" | "))?;
            }
            [] | [_] => {}
            several => {
                for (places, chain) in several.iter().filter(|(_, chain)| !chain.is_empty()) {
                    let (chain, places) = (chain.join(" | "), places.join(" + "));
                    writeln!(f, "  converters {chain} of {places}")?;
                }
            }
        }
        match self.law {
            Some(Law::Exact) => writeln!(
                f,
                "  law        exact: both directions give back what was there"
            )?,
            Some(Law::Normalising) => writeln!(
                f,
                "  law        normalising: written back in one form that reads the same"
            )?,
            Some(Law::Lossy) => writeln!(
                f,
                "  law        lossy: writing what was read reads the same again"
            )?,
            None => {}
        }
        for guard in &self.guards {
            writeln!(f, "  when       {guard}")?;
        }
        for (message, document) in &self.messages {
            writeln!(
                f,
                "  {:<10} {document} ({})",
                message.word(),
                directions(*message)
            )?;
        }
        for document in &self.forbidden {
            writeln!(f, "  refused    {document} forbids it")?;
        }
        Ok(())
    }
}

impl Display for Beside {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}:{}:{} ({} of the {})",
            self.file,
            self.at.line,
            self.at.column,
            self.part,
            self.message.word()
        )?;
        writeln!(f, "  canonical  {}", self.canonical.join(" + "))?;
        writeln!(f, "  {:<10} {}", self.part, self.native.join(" + "))?;
        if !self.converters.is_empty() {
            writeln!(f, "  converters {}", self.converters.join(" | "))?;
        }
        Ok(())
    }
}

/// Who reads and who writes a message.
const fn directions(message: Message) -> &'static str {
    match message {
        Message::Request => "the gateway writes it, the sandbox reads it",
        Message::Response => "the gateway reads it, the sandbox writes it",
    }
}

impl Display for Missing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  {} {}: `{}`: {}",
            self.message.word(),
            self.document,
            self.place,
            self.why
        )?;
        match &self.declared {
            Some((file, at)) => writeln!(f, " ({file}:{}:{})", at.line, at.column),
            None => writeln!(f),
        }
    }
}
