//! Definitions that nothing uses (M420).

use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::survey::{Survey, Usage};

/// Reports mappings, fragments, tables and calls without a use. Without a file of the upstream nothing is known.
pub(super) fn check(survey: &Survey<'_>, usage: &Usage, report: &mut Report) {
    let Some(file) = survey.file() else { return };
    let mut unused = |span: Span, what: &str, name: &str, help: &str| {
        report.push(
            Diagnostic::new(
                Code::M420,
                span,
                format!("nothing uses the {what} `{name}`"),
            )
            .help(help),
        );
    };
    for mapping in &survey.set.mappings {
        if !usage.mapping(&mapping.name.value) {
            let (what, help) = if mapping.fragment {
                (
                    "fragment",
                    "name it under `include` of a mapping, or take the file away",
                )
            } else {
                (
                    "mapping",
                    "name it as the `body` of an operation or in `map(...)`, or take the file away",
                )
            };
            unused(mapping.name.span, what, &mapping.name.value, help);
        }
    }
    for table in &survey.set.tables {
        if !usage.table(&table.name.value) {
            let help = "name it in a rule, `table(...)`, or take it away";
            unused(table.name.span, "table", &table.name.value, help);
        }
    }
    for call in &file.calls {
        if !usage.call(&call.name.value) {
            let help = "name it as the `call` of a step, or take it away";
            unused(call.name.span, "call", &call.name.value, help);
        }
    }
}
