//! Whether a mapping is of the types of the places that it is used at.

use super::{Expander, Roots, Scope};
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast;
use crate::model::shape::{Kind, ShapeId, Shapes};

impl<'a> Expander<'_, 'a> {
    /// Reports a mapping of other types than its places have: else each rule of it would be told (M210).
    pub(super) fn takes(
        &mut self,
        mapping: &'a ast::MappingFile,
        span: Span,
        roots: &Roots,
        scope: &Scope,
    ) -> bool {
        let model = self.compiler.canonical;
        let canonical = mapping.canonical.as_ref();
        let canonical = canonical.and_then(|name| model.definition(&name.value));
        let paths = mapping.native.as_ref().and_then(|of| of.of(self.message));
        // A name that nothing has is told where it stands.
        let definition = |path| self.compiler.native_definition(path, &mut Report::new());
        let natives = paths.into_iter().flatten().filter_map(definition);
        let sides = [
            (
                model,
                &roots.canonical,
                scope.canonical,
                Vec::from_iter(canonical),
            ),
            (
                self.compiler.native,
                &roots.native,
                scope.native,
                natives.collect(),
            ),
        ];
        // One converter that fits neither side is one mistake.
        let misfit = sides.into_iter().find_map(|(shapes, place, root, wanted)| {
            let words = misfit(shapes, place.shape(root), &wanted)?;
            let place = match place.text(shapes, root) {
                text if text.is_empty() => ".".to_owned(),
                text => text,
            };
            let name = &mapping.name.value;
            let (takes, is) = words;
            Some(format!(
                "the mapping `{name}` takes {takes}, but `{place}` is {is}"
            ))
        });
        let Some(message) = misfit else {
            return true;
        };
        let help = "name a mapping of this type, or another place";
        self.report
            .push(Diagnostic::new(Code::M210, span, message).help(help));
        false
    }
}

/// What a mapping of these types takes, and what stands there else.
fn misfit(shapes: &Shapes, shape: ShapeId, wanted: &[ShapeId]) -> Option<(String, String)> {
    let found = shapes.get(shape);
    let is = match &found.kind {
        Kind::Scalar(_) | Kind::List(_) => {
            return Some(("an object".to_owned(), "none".to_owned()));
        }
        Kind::Any | Kind::Object(_) if shapes.takes(shape, wanted) => return None,
        Kind::Any | Kind::Object(_) if found.name.is_empty() => "an object".to_owned(),
        Kind::Any | Kind::Object(_) => format!("an object (`{}`)", found.name),
    };
    let wanted = wanted
        .iter()
        .map(|of| format!("`{}`", shapes.get(*of).name));
    Some((wanted.collect::<Vec<_>>().join(" or "), is))
}
