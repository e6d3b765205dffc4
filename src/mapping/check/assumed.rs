//! A place that is assumed has no rule beside (M201).

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::MappingFile;
use crate::mapping::survey::{Does, MESSAGES, Survey};

/// Checks the canonical constants of a mapping.
pub(super) fn check(survey: &Survey<'_>, mapping: &MappingFile, report: &mut Report) {
    let Some(mapping) = survey.compiler.mapping(&mapping.name.value) else {
        return;
    };
    for (place, _) in &mapping.assume {
        let written = place.to_string();
        let mut walks = MESSAGES
            .into_iter()
            .flat_map(|message| survey.walks(mapping, message));
        let ruled = walks.find_map(|walk| {
            let mut rules = walk
                .entries
                .iter()
                .filter(|entry| matches!(entry.does, Does::Value));
            let over = rules.find(|entry| {
                let mut spots = entry.canonical.iter();
                spots.any(|spot| spot.path.to_string() == written)
            });
            over.map(|entry| entry.rule.key)
        });
        if let Some(rule) = ruled {
            report.push(
                Diagnostic::new(Code::M201, place.span, format!("`{written}` is assumed, and a rule carries it"))
                    .help("a place that a rule carries is not assumed: take one of the two away, or give the rule a `default`")
                    .note(rule, "the rule"),
            );
        }
    }
}
