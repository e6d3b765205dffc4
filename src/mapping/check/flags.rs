//! The flags that say that a list was cut (M102, M210, M217).

use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::Message;
use crate::mapping::compile::upstream::wire;
use crate::mapping::plan::Wire;
use crate::mapping::schema;
use crate::mapping::survey::{Does, Survey, Walk};
use crate::mapping::syntax::Path;
use crate::model::shape::{Form, Scalar};

/// Checks `more` of every list of a mapping.
pub(super) fn check(survey: &Survey<'_>, walk: &Walk<'_>, report: &mut Report) {
    let lists = walk
        .entries
        .iter()
        .filter(|entry| matches!(entry.does, Does::Each));
    for entry in lists.filter(|_| walk.message == Message::Response) {
        let Some(more) = &entry.rule.more else {
            continue;
        };
        let media_type = survey.file().and_then(|file| file.media_type.as_ref());
        let is_json = media_type.is_none_or(|said| wire(&said.value) == Wire::Json);
        let own = entry.below == (0, 0)
            && entry
                .rule
                .places
                .iter()
                .all(|place| place.as_name().is_some());
        if !is_json || !own {
            report.push(
                Diagnostic::new(
                    Code::M217,
                    more.span,
                    "the flag of a cut list is read of a list of the resource itself, in JSON",
                )
                .help("leave it out: then nothing tells whether the list is whole"),
            );
            continue;
        }
        report.extend(judge(survey, walk, more));
    }
}

fn judge(survey: &Survey<'_>, walk: &Walk<'_>, more: &Path) -> Option<Diagnostic> {
    let native = &survey.set.native;
    match schema::path(native, walk.native, more) {
        Err(unknown) => Some(unknown.diagnostic(Code::M102)),
        Ok(found) => {
            let is_flag = |scalar: &Scalar| {
                scalar.form == Form::Boolean || scalar.also == Some(Form::Boolean)
            };
            let scalar = native.get(found.shape).scalar();
            (!scalar.is_some_and(is_flag)).then(|| {
                Diagnostic::new(Code::M210, more.span, format!("`{more}` is no boolean"))
                    .help("`more` names the member that is true where the list was cut")
            })
        }
    }
}
