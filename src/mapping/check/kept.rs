//! Answers that are kept (`cache`) are those of reads, hold nothing that needs more care, and are not kept for long
//! (M517, M518, M519).

use std::collections::BTreeSet;
use std::time::Duration;

use super::care::word;
use super::requests::{Offer, Sent, offers};
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{AnswerBody, AnswerCase, Kind, Message, Rule};
use crate::mapping::schema;
use crate::mapping::survey::deep;
use crate::mapping::survey::{Body, Does, Survey, Walk};
use crate::model::shape::{Sensitivity, ShapeId};

/// The longest that an answer may be kept.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Checks `cache` of every operation that is offered.
pub(super) fn check(survey: &Survey<'_>, report: &mut Report) {
    for offer in offers(survey) {
        let Some(cache) = &offer.said.cache else {
            continue;
        };
        let id = &offer.canonical.id;
        if !matches!(offer.canonical.kind, Kind::Get | Kind::List | Kind::Search) {
            let message =
                format!("`{id}` is no read, and only answers of reads can be given again");
            report.push(
                Diagnostic::new(Code::M517, cache.span, message).help(
                    "take `cache` away: operations of kind `get`, `list` and `search` have it",
                ),
            );
            continue;
        }
        if cache.value.is_zero() || cache.value > LONGEST {
            let message = "an answer is kept for `1s` to `3600s`";
            report.push(
                Diagnostic::new(Code::M519, cache.span, message)
                    .help("take the longest time for which an old answer does no harm: seconds, as a rule; without `cache` none is kept"),
            );
        }
        if let Some((place, care)) = careful(survey, &offer) {
            let message = format!(
                "the answer of `{id}` must not be kept: the call holds what is {}",
                word(care)
            );
            report.push(
                Diagnostic::new(Code::M518, cache.span, message)
                    .help("take `cache` away: secrets and card data are never kept")
                    .note(place, "here"),
            );
        }
    }
}

/// Where something stands, and how much care it needs.
type Careful = (Span, Sensitivity);

/// A place of the call or its answer that is secret or card data.
fn careful(survey: &Survey<'_>, offer: &Offer<'_>) -> Option<Careful> {
    let inputs = offer.canonical.inputs.iter().map(|input| input.sensitivity);
    if let Some(care) = inputs.max().filter(|care| needs_care(*care)) {
        return Some((offer.said.key, care));
    }
    let mut places = Places {
        survey,
        seen: BTreeSet::new(),
    };
    places.asked(offer).or_else(|| places.answered(offer))
}

fn needs_care(sensitivity: Sensitivity) -> bool {
    sensitivity >= Sensitivity::Secret
}

/// Looks through the rules of a call.
struct Places<'s, 'a> {
    survey: &'s Survey<'a>,
    /// Operations that were looked at, each of which may lead to another by `then`.
    seen: BTreeSet<&'a str>,
}

// === impl Places ===

impl<'a> Places<'_, 'a> {
    /// What is asked for, by the criteria that routes carry.
    fn asked(&self, offer: &Offer<'a>) -> Option<Careful> {
        let root = offer.body?;
        let model = &self.survey.catalog.canonical;
        offer.routes.iter().find_map(|route| {
            let beside = Sent::of(route).of_body().find_map(|path| {
                let found = schema::path(model, root, &path).ok()?;
                let care = found.facts.sensitivity;
                needs_care(care).then_some((path.span, care))
            });
            let body = route.body.as_ref();
            let body = body.and_then(|said| self.survey.body(said, Message::Request));
            beside.or_else(|| self.carried(&body?, Message::Request))
        })
    }

    /// What is answered, by the cases of success and by the operation that reads the whole after a stub.
    fn answered(&mut self, offer: &Offer<'a>) -> Option<Careful> {
        if !self.seen.insert(&offer.canonical.id) {
            return None;
        }
        let said = offer.said;
        let of_routes = offer.routes.iter().flat_map(|route| &route.answers);
        let of_steps = said.steps.iter().flat_map(|step| &step.answers);
        let calls = self.survey.file().map_or(&[][..], |file| &file.calls);
        let of_calls = said.steps.iter().flat_map(|step| {
            let named = step.call.as_ref().map(|call| &call.value);
            let call = calls.iter().find(|call| Some(&call.name.value) == named);
            call.into_iter().flat_map(|call| &call.value.answers)
        });
        let cases = of_routes
            .chain(of_steps)
            .chain(of_calls)
            .chain(&said.answers);
        let successes = cases.filter(|case| case.problem.is_none());
        let successes: Vec<&AnswerCase> = successes.collect();
        let own = successes.iter().find_map(|case| self.case(case));
        own.or_else(|| {
            let mut then = successes.iter().filter_map(|case| case.then.as_ref());
            then.find_map(|then| {
                let mut offers = offers(self.survey);
                let next = offers.find(|next| *next.canonical.id == *then.value)?;
                self.answered(&next)
            })
        })
    }

    fn case(&self, case: &AnswerCase) -> Option<Careful> {
        let Some(AnswerBody::Document(said)) = case.body.as_ref().map(|body| &body.value) else {
            return None;
        };
        let body = self.survey.body(said, Message::Response)?;
        let carried = self.carried(&body, Message::Response);
        carried.or_else(|| self.beside(&case.fields, body.native))
    }

    /// Rules beside the body of an answer, and the mappings that they lead to.
    fn beside(&self, rules: &[Rule], native: ShapeId) -> Option<Careful> {
        let model = &self.survey.catalog.canonical;
        let outcome = model.definition("Outcome")?;
        let walk = Walk::of_rules(self.survey, rules, Message::Response, outcome, native);
        walk.entries.iter().find_map(|entry| {
            let spot = entry.native.first();
            match (entry.does, spot) {
                (Does::Map(mapping), Some(spot)) => {
                    let body = Body {
                        mapping: Some(mapping),
                        native: spot.shape,
                    };
                    self.carried(&body, Message::Response)
                }
                _ => None,
            }
        })
    }

    /// The first place of a document, followed through all mappings, that needs care and travels.
    fn carried(&self, body: &Body<'a>, message: Message) -> Option<Careful> {
        let document = deep::document(self.survey, body, message);
        let mut rules = document.rules.iter().filter(|rule| rule.entry.travels);
        rules.find_map(|rule| {
            let spots = rule.entry.canonical.iter().chain(&rule.entry.native);
            let mut places = spots.map(|spot| (spot.path.span, spot.facts.sensitivity));
            places.find(|(_, care)| needs_care(*care))
        })
    }
}
