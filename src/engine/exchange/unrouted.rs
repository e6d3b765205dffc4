//! Why no route takes a call.

use std::cmp::Reverse;
use std::ops::Range;

use super::facts::Facts;
use super::faults::{self, CallerFault, MISSING};
use super::places;
use crate::mapping::compile::upstream::{Cond, ContextPlace, Operation, Place, Route, Source};

const UNSUPPORTED: &str = "not-supported-here";

/// Blames what keeps every route from being taken: the id; else an input that routes take with other values only; else
/// what one of them would need; else what none of them takes beside another.
pub(super) fn faults(
    operation: &Operation,
    among: Range<usize>,
    facts: &Facts<'_>,
) -> Vec<CallerFault> {
    let routes = operation.routes.get(among).unwrap_or_default();
    let fault = CallerFault::new(UNSUPPORTED, "inputs that the upstream has a request for");
    if !routes.is_empty() && routes.iter().all(|route| lacks_id(route, facts)) {
        return vec![fault.of("id")];
    }
    if let Some(place) = kept_out_of_urls(routes, facts) {
        let detail = "nothing here: the operator keeps it out of this upstream's URLs";
        let fault = CallerFault::new(UNSUPPORTED, detail);
        return placed(fault, &Source::Body(place.clone()))
            .into_iter()
            .collect();
    }
    let pins = conditions(routes).flat_map(Cond::pins);
    let mut differing = pins.filter_map(|(source, value)| match source {
        Source::Input(name) if facts.input(name).is_some_and(|given| given != value) => Some(name),
        _ => None,
    });
    if let Some(name) = differing.next() {
        return vec![fault.of(name)];
    }
    let mut found = missing(routes, facts);
    if found.is_empty() {
        found = excluded(routes, facts);
    }
    if found.is_empty() {
        found.push(fault);
    }
    found
}

/// What the one route that would take the call puts into the URL against the operator's will: of the places that the
/// call has, the first of those that need most care.
fn kept_out_of_urls<'r>(routes: &'r [Route], facts: &Facts<'_>) -> Option<&'r Place> {
    let fits = |route: &&Route| route.when.as_ref().is_none_or(|when| facts.holds(when));
    let mut off = routes.iter().filter(|route| route.is_off);
    let route = off.find(fits)?;
    // One that the call has, if the one that needs most care is not there.
    let there = route
        .care_in_url()
        .filter(|place| facts.present(&Source::Body((*place).clone())));
    let careful = there.min_by_key(|place| Reverse(place.sensitivity));
    careful.or(route.in_url.as_ref())
}

fn conditions(routes: &[Route]) -> impl Iterator<Item = &Cond> {
    routes.iter().filter_map(|route| route.when.as_ref())
}

fn lacks_id(route: &Route, facts: &Facts<'_>) -> bool {
    let mut needed = route.when.iter().flat_map(Cond::needs);
    needed.any(|source| match source {
        Source::Input(name) => matches!(&**name, "id" | "reference") && facts.input(name).is_none(),
        _ => false,
    })
}

/// What routes need and the call has not.
fn missing(routes: &[Route], facts: &Facts<'_>) -> Vec<CallerFault> {
    let needed = conditions(routes).flat_map(Cond::asks);
    let needed = distinct(needed.filter(|source| !facts.present(source)));
    let names: Vec<_> = needed.iter().filter_map(|source| named(source)).collect();
    let detail = match names.as_slice() {
        [_] => "a value, without which the upstream has no request".to_owned(),
        several => format!("one of {}", several.join(", ")),
    };
    let missing = |source: &&Source| placed(CallerFault::new(MISSING, &*detail), source);
    needed.iter().filter_map(missing).collect()
}

/// What routes take only where something else is not, and the call has.
fn excluded(routes: &[Route], facts: &Facts<'_>) -> Vec<CallerFault> {
    let excluded = conditions(routes).flat_map(Cond::excludes);
    let excluded = distinct(excluded.filter(|source| facts.present(source)));
    let detail = "nothing here beside the other inputs";
    let fault = |source: &&Source| placed(CallerFault::new(UNSUPPORTED, detail), source);
    excluded.iter().filter_map(fault).collect()
}

fn distinct<'s>(sources: impl Iterator<Item = &'s Source>) -> Vec<&'s Source> {
    let mut found: Vec<&Source> = Vec::new();
    for source in sources {
        if !found.contains(&source) {
            found.push(source);
        }
    }
    found
}

/// What an input or a place of the body is called.
fn named(source: &Source) -> Option<String> {
    match source {
        Source::Input(name) => Some(format!("`{name}`")),
        Source::Body(place) => {
            let text = &place.text;
            Some(format!("`{}`", text.strip_prefix("body.").unwrap_or(text)))
        }
        _ => None,
    }
}

/// Puts a fault at an input, or at a place of the body, as far as the place selects no item.
fn placed(fault: CallerFault, source: &Source) -> Option<CallerFault> {
    match source {
        Source::Input(name) => Some(fault.of(name)),
        Source::Context(ContextPlace::CallerKind | ContextPlace::CallerId) => Some(CallerFault {
            detail: faults::CALLER_KNOWN.to_owned(),
            ..fault.of(faults::CALLER)
        }),
        Source::Body(place) => {
            let mut pointer = String::new();
            for step in &place.steps {
                pointer.push('/');
                pointer.push_str(&places::escaped(&step.name));
                if step.item.is_some() {
                    break;
                }
            }
            Some(fault.at(pointer))
        }
        _ => None,
    }
}
