//! Faults of cases: names that nothing has, and what whoever runs them finds (M103, F004, M601, M602).

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{CALLBACKS, Kind, Message, Text};
use crate::mapping::catalog::{CaseFolder, Catalog, MappingSet};
use crate::mapping::keywords::PROBLEM_CODES;

/// Looks up what a case names: its operation, inputs, settings, problem and base.
pub(super) fn names(catalog: &Catalog, set: &MappingSet, case: &CaseFolder, report: &mut Report) {
    let mut unknown = |text: &Text, what: &str, known: &mut dyn Iterator<Item = &str>| {
        let known: Vec<&str> = known.collect();
        if !known.contains(&text.value.as_str()) {
            let message = format!("`{}` is no {what}", text.value);
            let help = Some(offered(&text.value, known));
            report.push(Diagnostic::new(Code::M103, text.span, message).maybe_help(help));
        }
    };
    let said = &case.file;
    let name = &said.operation;
    let operation = catalog
        .operation(&name.value)
        .map(|(_, operation)| operation);
    // Without a model nobody knows its operations.
    if !catalog.operations.is_empty() && operation.is_none() && name.value != CALLBACKS {
        let all = catalog.operations.iter().map(|operation| &*operation.id);
        unknown(name, "canonical operation", &mut all.chain([CALLBACKS]));
    }
    if let Some(operation) = operation {
        let what = format!("input of `{}`", name.value);
        for given in &said.inputs {
            // The page of a search stands among its criteria.
            let page = ["limit", "cursor"].into_iter();
            let page = page.filter(|_| operation.kind == Kind::Search);
            unknown(&given.name, &what, &mut operation.names().chain(page));
        }
    }
    if let Some(file) = &set.upstream {
        for given in &said.settings {
            let known = file.settings.iter().map(|asked| asked.name.value.as_str());
            let mut known = known;
            unknown(&given.name, "setting", &mut known);
        }
    }
    if let Some(code) = &said.problem {
        unknown(code, "problem code", &mut PROBLEM_CODES.iter().copied());
    }
    if let Some(base) = &said.base
        && !case.documents.contains_key(&base.value)
    {
        let message = format!("the case has no file `{}`", base.value);
        let help = Some(offered(
            &base.value,
            case.documents.keys().map(String::as_str),
        ));
        report.push(Diagnostic::new(Code::F004, base.span, message).maybe_help(help));
    }
}

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
