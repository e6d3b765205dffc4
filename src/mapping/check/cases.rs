//! Faults of cases, for whoever runs them (M601, M602).

use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::catalog::CaseFolder;

/// Tells of a case that has nothing to translate and no call to compare; none if it has.
#[must_use]
pub fn idle(case: &CaseFolder) -> Option<Diagnostic> {
    let pair = case.canonical().is_some() && case.native().is_some();
    let exercises = pair || case.file.call.is_some() || case.documents.contains_key("request.http");
    (!exercises).then(|| {
        Diagnostic::new(
            Code::M601,
            case.file.operation.span,
            format!("the case `{}` exercises nothing", case.name),
        )
        .help("put `canonical.json` and `native.*` beside it, or say the request line with `call`")
    })
}

/// Tells of a case whose documents do not belong together: `what` is one sentence without a final stop, `place`
/// the part of the case that it is about.
#[must_use]
pub fn fails(case: &CaseFolder, place: Option<Span>, what: &str) -> Diagnostic {
    let span = place.unwrap_or(case.file.operation.span);
    Diagnostic::new(Code::M602, span, format!("the case `{}` fails: {what}", case.name))
        .help("mend the mapping, or the document that is wrong")
}
