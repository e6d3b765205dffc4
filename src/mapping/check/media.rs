//! The media type that documents are of, where the schema says more of it than the upstream's file (M215).

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::survey::Survey;
use crate::model::shape::Shapes;

/// Reports an upstream without a media type whose schema says how documents are written in XML: read as JSON, none of
/// them would be understood.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    let Some(file) = survey
        .file()
        .filter(|file| file.media_type.is_none() && is_of_xml(&survey.set.native))
    else {
        return;
    };
    let message = "the upstream has no `media-type`, and its schema says how XML is written";
    report.push(
        Diagnostic::new(Code::M215, file.name.span, message)
            .help("add `media-type: application/xml`, or `media-type: application/json` if it is JSON all the same"),
    );
}

/// Tells whether roots have names in XML, and no document says for itself what it is.
fn is_of_xml(shapes: &Shapes) -> bool {
    let mut roots = shapes.definitions().map(|(_, id)| shapes.get(id));
    let none_says = shapes
        .definitions()
        .all(|(_, id)| shapes.get(id).media_type.is_none());
    none_says && roots.any(|shape| shape.root.is_some())
}
