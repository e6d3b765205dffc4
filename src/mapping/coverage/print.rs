//! Coverage as text: one fact a line, the same for the same files.

use std::fmt::{self, Display, Formatter};

use super::{Coverage, Mapping, Note, OfMessage, Operation, Side};
use crate::mapping::ast::Word;

impl Display for Coverage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# What the mappings of {} carry, and what not.",
            self.upstream
        )?;
        writeln!(
            f,
            "# Generated from them: change the mappings and generate this file again."
        )?;
        writeln!(f, "\noperations")?;
        for operation in &self.operations {
            operation.fmt(f)?;
        }
        for mapping in &self.mappings {
            mapping.fmt(f)?;
        }
        if !self.provenance.is_empty() {
            writeln!(f, "\nshapes that no sample shows")?;
            notes(f, "  ", &self.provenance)?;
        }
        Ok(())
    }
}

impl Display for Operation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.calls.is_empty() {
            return writeln!(f, "  {}: not offered", self.id);
        }
        writeln!(f, "  {}", self.id)?;
        for call in &self.calls {
            match &call.body {
                Some(body) => writeln!(f, "    {}  {body}", call.call)?,
                None => writeln!(f, "    {}", call.call)?,
            }
            for place in &call.forbidden {
                writeln!(f, "      refused: {place}")?;
            }
            for note in &call.declared {
                writeln!(f, "      not sent: {} - {}", note.place, note.text)?;
            }
        }
        Ok(())
    }
}

impl Display for Mapping {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nmapping {} of {}", self.name, self.canonical)?;
        for message in &self.messages {
            message.fmt(f)?;
        }
        if !self.normalising.is_empty() {
            writeln!(f, "  written in one form")?;
            notes(f, "    ", &self.normalising)?;
        }
        if !self.lossy.is_empty() {
            writeln!(f, "  with loss")?;
            notes(f, "    ", &self.lossy)?;
        }
        Ok(())
    }
}

impl Display for OfMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let message = self.message.word();
        side(f, &format!("{message}, canonical"), &self.canonical)?;
        side(f, &format!("{message}, native"), &self.native)?;
        if !self.refused.is_empty() {
            writeln!(f, "  {message}, values without a row")?;
            notes(f, "    ", &self.refused)?;
        }
        Ok(())
    }
}

fn side(f: &mut Formatter<'_>, what: &str, side: &Side) -> fmt::Result {
    writeln!(f, "  {what}: {} carried", side.carried.len())?;
    for note in &side.carried {
        if note.text.is_empty() {
            writeln!(f, "    = {}", note.place)?;
        } else {
            writeln!(f, "    = {} by {}", note.place, note.text)?;
        }
    }
    for note in &side.declared {
        if note.place != "rest" {
            writeln!(f, "    - {} - {}", note.place, note.text)?;
        }
    }
    if let Some((places, why)) = &side.rest {
        writeln!(f, "    - rest - {why}")?;
        for place in places {
            writeln!(f, "      - {place}")?;
        }
    }
    for place in &side.computed {
        writeln!(f, "    . {place}")?;
    }
    Ok(())
}

fn notes(f: &mut Formatter<'_>, indent: &str, notes: &[Note]) -> fmt::Result {
    for note in notes {
        writeln!(f, "{indent}{}: {}", note.place, note.text)?;
    }
    Ok(())
}
