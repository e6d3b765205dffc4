//! A sink for whoever wants to know no more than whether a document is well-formed.

use super::json::{JsonSink, Named};
use super::xml::{Name, XmlSink};
use super::{Range, Stop, Text};

/// Hears nothing: only whether the document is one matters.
pub(crate) struct Deaf;

impl JsonSink for Deaf {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_key(&mut self, _: u32) -> Result<Named, Stop> {
        Err(Stop)
    }

    fn key(&mut self, _: Text, _: &[u8], _: u32) -> Result<Named, Stop> {
        Ok(Named::Unknown)
    }

    fn begin_object(&mut self, _: u32) -> Result<(), Stop> {
        Ok(())
    }

    fn end_object(&mut self, _: Range) -> Result<(), Stop> {
        Ok(())
    }

    fn begin_array(&mut self, _: u32) -> Result<(), Stop> {
        Ok(())
    }

    fn end_array(&mut self, _: Range) -> Result<(), Stop> {
        Ok(())
    }

    fn string(&mut self, _: Text, _: &[u8], _: Range) -> Result<(), Stop> {
        Ok(())
    }

    fn number(&mut self, _: &[u8], _: Range) -> Result<(), Stop> {
        Ok(())
    }

    fn boolean(&mut self, _: bool, _: Range) -> Result<(), Stop> {
        Ok(())
    }

    fn null(&mut self, _: Range) -> Result<(), Stop> {
        Ok(())
    }
}

impl XmlSink for Deaf {
    fn predict(&self) -> &[u8] {
        &[]
    }

    fn predicted_start(&mut self, _: u32) -> Result<(), Stop> {
        Err(Stop)
    }

    fn start(&mut self, _: Name<'_>, _: u32) -> Result<(), Stop> {
        Ok(())
    }

    fn attribute(
        &mut self,
        _: Name<'_>,
        _: Text,
        _: &[u8],
        _: Range,
        _: Range,
    ) -> Result<(), Stop> {
        Ok(())
    }

    fn content(&mut self, _: u32, _: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, _: Text, _: &[u8]) -> Result<(), Stop> {
        Ok(())
    }

    fn end(&mut self, _: Text, _: &[u8], _: Range, _: Range) -> Result<(), Stop> {
        Ok(())
    }
}
