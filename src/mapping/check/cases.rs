//! Faults of cases, for whoever runs them (M601, M602).

use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::ast::Message;
use crate::mapping::catalog::CaseFolder;

/// Tells of a case that has nothing to translate and no call to compare; none if it has.
#[must_use]
pub fn idle(case: &CaseFolder) -> Option<Diagnostic> {
    let pair = case.canonical().is_some() && case.native().is_some();
    let answers = case.file.message.as_ref();
    let answers = answers.is_some_and(|message| message.value == Message::Response);
    // A call that is refused has no native document.
    let refused = case.file.problem.is_some() && !answers;
    let exercises =
        pair || refused || case.file.call.is_some() || case.documents.contains_key("request.http");
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
    Diagnostic::new(
        Code::M602,
        span,
        format!("the case `{}` fails: {what}", case.name),
    )
    .help("mend the mapping, or the document that is wrong")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::catalog::Catalog;

    #[test]
    fn a_case_that_fails_is_told_at_its_operation() {
        let files = [
            (
                "mappings/shop/cases/getThing/one/case.yaml",
                "case: getThing\nmessage: response\n",
            ),
            ("mappings/shop/cases/getThing/one/native.json", "{}"),
            ("mappings/shop/cases/getThing/one/canonical.json", "{}"),
        ];
        let (catalog, _) = Catalog::load(files);
        let case = catalog
            .mappings
            .values()
            .flat_map(|set| &set.cases)
            .next()
            .unwrap();
        assert!(idle(case).is_none());
        let told = fails(case, None, "`name` is missing");
        assert_eq!(told.code, Code::M602);
        assert_eq!(told.message, "the case `one` fails: `name` is missing");
        assert_eq!(catalog.sources.slice(told.span.unwrap()), "getThing");
    }
}
