//! Mappings compiled into plans.
//!
//! Rules are expanded in place (`scope`), what they carry decides the slots of either side (`layout`),
//! and each direction's template follows from the target's shape (`program`).

mod chains;
mod layout;
pub(crate) mod literal;
mod place;
mod program;
mod refs;
mod scope;
mod target;
pub mod upstream;

use std::collections::BTreeMap;
use std::fmt;

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{self, Message};
use crate::mapping::plan::{Plan, Wire};
use crate::model::shape::{ShapeId, Shapes};
pub(crate) use chains::compiled_table;
use place::{Place, Side};
pub(crate) use scope::is_status;
use scope::{Expander, Scope};

/// One upstream's files with what they are compiled against.
#[derive(Clone, Copy)]
pub struct Compiler<'a> {
    /// The canonical model.
    pub canonical: &'a Shapes,
    /// The upstream's documents.
    pub native: &'a Shapes,
    /// Its mappings and fragments.
    pub mappings: &'a [ast::MappingFile],
    /// Its code tables.
    pub tables: &'a [ast::Named<ast::Table>],
    /// Values of its settings; those that are missing here are absent.
    pub settings: &'a BTreeMap<String, String>,
    /// Its name in the configuration, which qualifies ids.
    pub upstream: &'a str,
    /// Format of its documents.
    pub wire: Wire,
}

/// Values of settings may be secrets.
impl fmt::Debug for Compiler<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiler")
            .field("upstream", &self.upstream)
            .field("wire", &self.wire)
            .finish_non_exhaustive()
    }
}

/// What a plan is made for: two roots, and the rules between them.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The canonical root: a type, or an envelope.
    pub canonical: ShapeId,
    /// The native root: a definition, or a view of one.
    pub native: ShapeId,
    /// The mapping whose rules apply.
    pub mapping: Option<&'a ast::MappingFile>,
    /// Rules beside those of the mapping, from the same roots.
    pub fields: &'a [ast::Rule],
}

impl<'a> Compiler<'a> {
    /// The mapping or fragment of this name.
    #[must_use]
    pub fn mapping(&self, name: &str) -> Option<&'a ast::MappingFile> {
        self.mappings
            .iter()
            .find(|mapping| mapping.name.value == name)
    }

    /// The value of a setting.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&'a str> {
        self.settings.get(name).map(String::as_str)
    }

    /// A mapping as a document: its own canonical type, and its native definition for the message or a view.
    pub fn document(
        &self,
        mapping: &'a ast::MappingFile,
        view: Option<&str>,
        message: Message,
        report: &mut Report,
    ) -> Option<Document<'a>> {
        let canonical_name = mapping.canonical.as_ref()?;
        let canonical = self
            .canonical
            .definition(&canonical_name.value)
            .or_else(|| {
                let known = self.canonical.definitions().map(|(name, _)| name);
                report.push(
                    Diagnostic::new(
                        Code::M101,
                        canonical_name.span,
                        format!("the model has no type `{}`", canonical_name.value),
                    )
                    .help(offered(&canonical_name.value, known)),
                );
                None
            })?;
        let native = match view {
            Some(view) => self.native.definition(view)?,
            None => {
                let path = mapping.native.as_ref()?.of(message)?.first()?;
                self.native_definition(path, report)?
            }
        };
        Some(Document {
            canonical,
            native,
            mapping: Some(mapping),
            fields: &[],
        })
    }

    /// The native definition that a path names: its first step a definition, the others inside it.
    pub fn native_definition(
        &self,
        path: &crate::mapping::syntax::Path,
        report: &mut Report,
    ) -> Option<ShapeId> {
        let first = path.steps.first()?;
        let Some(root) = self.native.definition(&first.name) else {
            let known = self.native.definitions().map(|(name, _)| name);
            report.push(
                Diagnostic::new(
                    Code::M102,
                    first.span,
                    format!("the native schema has no definition `{}`", first.name),
                )
                .help(offered(&first.name, known)),
            );
            return None;
        };
        let rest = crate::mapping::syntax::Path {
            steps: path.steps.get(1..)?.to_vec(),
            span: path.span,
        };
        let place: Place = self.native_side().resolve(root, &rest, report)?;
        Some(place.shape(root))
    }

    /// Compiles a document for one message; faults are reported and give `None`.
    pub fn plan(
        &self,
        document: &Document<'a>,
        message: Message,
        report: &mut Report,
    ) -> Option<Plan> {
        let mut found = Report::new();
        let mut expander = Expander::new(self, message, &mut found);
        let scope: Scope = expander.document(document);
        let (chains, infos) = (expander.chains, expander.infos);
        let name = match document.mapping {
            Some(mapping) => &*mapping.name.value,
            // A definition with rules beside it goes by its own name.
            None => &*self.native.get(document.native).name,
        };
        let plan = program::build(self, name, &scope, chains, infos, message, &mut found);
        let failed = found.has_errors();
        report.append(found);
        (!failed).then_some(plan)
    }

    fn canonical_side(&self) -> Side<'a> {
        Side {
            shapes: self.canonical,
            unknown: Code::M101,
            word: "type",
        }
    }

    fn native_side(&self) -> Side<'a> {
        Side {
            shapes: self.native,
            unknown: Code::M102,
            word: "definition",
        }
    }

    fn unknown_mapping(&self, name: &str, span: Span, report: &mut Report) {
        let known = self
            .mappings
            .iter()
            .map(|mapping| mapping.name.value.as_str());
        report.push(
            Diagnostic::new(
                Code::M103,
                span,
                format!("there is no mapping or fragment `{name}`"),
            )
            .help(offered(name, known)),
        );
    }
}
