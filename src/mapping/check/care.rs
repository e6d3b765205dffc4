//! Where personal, secret and card data may not go (M404, M405).

use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{Route, UnmappedPath};
use crate::mapping::schema;
use crate::mapping::survey::place::covers;
use crate::mapping::survey::usage::routes;
use crate::mapping::survey::{Does, Survey, Walk};
use crate::mapping::syntax::Path;
use crate::model::shape::{Sensitivity, ShapeId};

use super::requests::{Offer, offers};

/// Checks the sensitivities that native places forbid (M405).
pub(super) fn forbidden(walk: &Walk<'_>, report: &mut Report) {
    for entry in walk
        .entries
        .iter()
        .filter(|entry| matches!(entry.does, Does::Value) && entry.travels)
    {
        for native in entry.native.iter().chain(&entry.also) {
            let met = entry
                .canonical
                .iter()
                .find(|spot| native.facts.forbids.contains(&spot.facts.sensitivity));
            if let Some(spot) = met {
                let message = format!(
                    "`{}` is {}, which the native schema forbids at `{}`",
                    spot.path,
                    word(spot.facts.sensitivity),
                    native.path
                );
                report
                    .push(Diagnostic::new(Code::M405, native.path.span, message).help(
                        "put it at a place that may hold it, or declare it under `unmapped`",
                    ));
            }
        }
    }
}

/// Checks what routes put into paths and queries (M404).
pub(super) fn urls(survey: &Survey<'_>, report: &mut Report) {
    for offer in offers(survey) {
        for route in &offer.routes {
            for (path, span) in in_url(route) {
                let care = care(survey, &offer, path);
                if care > Sensitivity::None && !allowed(route, path) {
                    let message = format!("`{path}` is {} and would stand in a URL", word(care));
                    report.push(Diagnostic::new(Code::M404, span, message).help(
                        "send it in a header or in the body, or say why not: `in-url: { path: ..., why: ... }`",
                    ));
                }
            }
        }
    }
    // Calls of steps have the body of the operation that they mean; settings are the operator's own.
    let secret = |path: &Path| {
        let asked = survey.file().into_iter().flat_map(|file| &file.settings);
        let name = path.to_string();
        let mut secrets = asked.filter(|setting| setting.value.secret.is_some());
        secrets.any(|setting| name.strip_prefix("settings.") == Some(&setting.name.value))
    };
    for route in survey.file().into_iter().flat_map(routes) {
        for (path, span) in in_url(route) {
            if secret(path) && !allowed(route, path) {
                let message = format!("`{path}` is secret and would stand in a URL");
                report.push(
                    Diagnostic::new(Code::M404, span, message)
                        .help("secrets stand in headers: `auth` or `headers:`"),
                );
            }
        }
    }
}

/// Tells whether a place of a call needs care in some operation that has the route.
pub(super) fn needs(survey: &Survey<'_>, route: &Route, path: &Path) -> bool {
    let mut of_operations = offers(survey).filter(|offer| {
        let mut own = offer.routes.iter();
        own.any(|one| one.call.span == route.call.span)
    });
    let first = of_operations.next();
    // Calls of steps have the body of the operation that they mean.
    first.is_none_or(|offer| care(survey, &offer, path) > Sensitivity::None)
        || path.first_name() == Some("settings")
}

/// The places of the call that stand in path or query.
pub(super) fn in_url(route: &Route) -> impl Iterator<Item = (&Path, Span)> {
    let templates =
        std::iter::once(&route.call.path).chain(route.call.query.iter().map(|pair| &pair.value));
    let of_templates = templates.flat_map(|template| template.variables());
    let of_rules = route.query.iter().flat_map(|rule| &rule.places);
    of_templates
        .map(|variable| (&variable.path, variable.span))
        .chain(of_rules.map(|path| (path, path.span)))
}

fn care(survey: &Survey<'_>, offer: &Offer<'_>, path: &Path) -> Sensitivity {
    let below = |root: ShapeId| {
        let rest = Path {
            steps: path.steps.iter().skip(1).cloned().collect(),
            span: path.span,
        };
        let found = schema::path(&survey.catalog.canonical, root, &rest).ok();
        found.map_or(Sensitivity::None, |found| found.facts.sensitivity)
    };
    match path.first_name() {
        Some("body") => offer.body.map_or(Sensitivity::None, below),
        Some("current") => offer.answer.map_or(Sensitivity::None, below),
        Some(name) => {
            let is = |input: &&crate::mapping::catalog::OperationInput| {
                &*input.name == name || input.gives.iter().any(|given| &**given == name)
            };
            let input = offer.canonical.inputs.iter().find(is);
            input.map_or(Sensitivity::None, |input| input.sensitivity)
        }
        None => Sensitivity::None,
    }
}

fn allowed(route: &Route, path: &Path) -> bool {
    route
        .in_url
        .as_ref()
        .is_some_and(|entry| match &entry.path {
            UnmappedPath::Places(places) => places.iter().any(|place| covers(place, path)),
            UnmappedPath::Rest(_) => true,
        })
}

pub(super) const fn word(care: Sensitivity) -> &'static str {
    match care {
        Sensitivity::None => "of no sensitivity",
        Sensitivity::Personal => "personal",
        Sensitivity::Secret => "secret",
        Sensitivity::Card => "card data",
    }
}
