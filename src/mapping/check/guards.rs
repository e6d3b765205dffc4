//! A guard names what is filled before it: canonical places of unguarded rules, context and settings (M230).

use std::collections::HashSet;
use std::ptr;

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::MappingFile;
use crate::mapping::survey::place::{covers, join};
use crate::mapping::survey::{Entry, MESSAGES, Survey, Walk};
use crate::mapping::syntax::{Cond, Path};

/// Checks the guards of a mapping's rules.
pub(super) fn check(survey: &Survey<'_>, mapping: &MappingFile, report: &mut Report) {
    let Some(mapping) = survey.compiler.mapping(&mapping.name.value) else {
        return;
    };
    let mut judged = HashSet::new();
    for message in MESSAGES {
        for walk in survey.walks(mapping, message) {
            for entry in &walk.entries {
                for (guard, root) in &entry.guards {
                    for path in guard.paths() {
                        let outside = matches!(path.first_name(), Some("context" | "settings"));
                        if !outside && judged.insert(path.span) {
                            report.extend(judge(&walk, entry, guard, &join(root, path), path));
                        }
                    }
                }
            }
        }
    }
}

fn judge(
    walk: &Walk<'_>,
    guarded: &Entry<'_>,
    guard: &Cond,
    place: &Path,
    said: &Path,
) -> Option<Diagnostic> {
    let assumed = walk.assumed.iter().any(|path| covers(path, place));
    let names = |entry: &&Entry<'_>| entry.canonical.iter().any(|spot| covers(&spot.path, place));
    let mut naming = walk.entries.iter().filter(names).peekable();
    let fault = |message: String| Diagnostic::new(Code::M230, said.span, message);
    if assumed {
        return None;
    }
    if naming.peek().is_none() {
        return Some(
            fault(format!("no rule of this mapping fills `{place}`"))
                .help("a guard names places of the same mapping's rules, `context` and `settings`"),
        );
    }
    // Guards around both hold of both.
    let around = |guard: &Cond| guarded.guards.iter().any(|(one, _)| ptr::eq(*one, guard));
    let free = |entry: &Entry<'_>| {
        entry
            .guards
            .iter()
            .all(|(one, _)| !ptr::eq(*one, guard) && around(one))
    };
    match naming.clone().find(|entry| free(entry)) {
        Some(_) => None,
        None => {
            let other = naming.next().map(|entry| entry.rule.key);
            if other == Some(guarded.rule.key) {
                return Some(
                    fault(format!(
                        "`{place}` is of the very rule that the guard is for"
                    ))
                    .help("whether the rule counts must be known before its places are filled"),
                );
            }
            let mut found = fault(format!("`{place}` is of a rule that has a guard itself"))
                .help("what a guard names is filled before it, so it must be there whatever holds");
            if let Some(other) = other {
                found = found.note(other, "the guarded rule");
            }
            Some(found)
        }
    }
}
