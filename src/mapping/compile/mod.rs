//! Mappings compiled into plans.

pub mod upstream;

use std::collections::BTreeMap;

use crate::diag::Report;
use crate::mapping::ast::{self, Message, Named};
use crate::mapping::plan::{Chain, Plan, Wire};
use crate::mapping::syntax::{ConverterCall, Path};
use crate::model::shape::{ShapeId, Shapes};

/// One upstream's files with what they are compiled against.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Compiler<'a> {
    pub canonical: &'a Shapes,
    pub native: &'a Shapes,
    pub mappings: &'a [ast::MappingFile],
    pub tables: &'a [Named<ast::Table>],
    pub settings: &'a BTreeMap<String, String>,
    pub upstream: &'a str,
    pub wire: Wire,
}

/// What a plan is made for.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Document<'a> {
    pub canonical: ShapeId,
    pub native: ShapeId,
    pub mapping: Option<&'a ast::MappingFile>,
    pub fields: &'a [ast::Rule],
}

#[allow(missing_docs, clippy::unused_self)]
impl<'a> Compiler<'a> {
    #[must_use]
    pub fn mapping(&self, name: &str) -> Option<&'a ast::MappingFile> {
        self.mappings.iter().find(|mapping| mapping.name.value == name)
    }
    pub fn document(&self, _mapping: &'a ast::MappingFile, _view: Option<&str>, _message: Message, _report: &mut Report) -> Option<Document<'a>> {
        None
    }
    pub fn native_definition(&self, _path: &Path, _report: &mut Report) -> Option<ShapeId> {
        None
    }
    pub fn plan(&self, _document: &Document<'a>, _message: Message, _report: &mut Report) -> Option<Plan> {
        None
    }
    pub fn chain(&self, _calls: &[ConverterCall], _report: &mut Report) -> Option<Chain> {
        None
    }
}
