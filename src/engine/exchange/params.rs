//! Rules of a query or of headers, in both directions.

use std::borrow::Cow;

use super::call::Lost;
use super::chain;
use super::facts::Facts;
use super::faults::{self, CallerFault};
use super::places;
use crate::codec::json::tape::TapeNode;
use crate::mapping::compile::upstream::{ContextPlace, Item, Param, Place, PlaceStep, Source};
use crate::mapping::convert::CallFacts;
use crate::model::date;

/// Writes a rule: its native names that have a value. `None` if the rule does not count or has nothing to write.
pub(super) fn write<'p>(
    param: &'p Param,
    facts: &Facts<'p>,
    call: &CallFacts<'_>,
) -> Result<Vec<(&'p str, Vec<u8>)>, CallerFault> {
    let mut texts = Vec::with_capacity(param.sources.len());
    for source in &param.sources {
        let text = facts
            .text(source)
            .map_err(|fault| blame(fault, source, facts))?;
        texts.push(text);
    }
    let given: Vec<Option<&[u8]>> = texts.iter().map(Option::as_deref).collect();
    let Some(present) = given.iter().position(Option::is_some) else {
        return Ok(Vec::new());
    };
    let blamed = param.sources.get(present);
    let fault = |code, why: &str| {
        let fault = CallerFault::new(code, why);
        blamed.map_or_else(
            || fault.clone(),
            |source| blame(fault.clone(), source, facts),
        )
    };
    if param.when.as_ref().is_some_and(|when| !facts.holds(when)) {
        // A setting or a place of the context that does not count is not the caller's.
        return match blamed {
            Some(Source::Input(_) | Source::Body(_)) => Err(fault(
                "not-applicable",
                "nothing here while its condition does not hold",
            )),
            _ => Ok(Vec::new()),
        };
    }
    let written = chain::write(param.chain.as_ref(), &given, param.names.len(), call)
        .map_err(|unfit| fault(faults::code(unfit.code), unfit.why))?;
    let names = param.names.iter().map(|name| &**name);
    Ok(names
        .zip(written)
        .filter_map(|(name, text)| Some((name, text?)))
        .collect())
}

/// The inputs and places of the body that a rule does not write whole: what it writes would be read as something else.
/// What the context says, such as who calls, is no value of the call.
pub(super) fn lost(param: &Param, facts: &Facts<'_>, call: &CallFacts<'_>) -> Vec<Lost> {
    let told = |source: &Source| matches!(source, Source::Input(_) | Source::Body(_));
    let chain = param.chain.as_ref().filter(|chain| chain.lossy);
    if chain.is_none() || !param.sources.iter().any(told) {
        return Vec::new();
    }
    let texts = param.sources.iter().map(|source| facts.text(source));
    let Ok(texts) = texts.collect::<Result<Vec<_>, _>>() else {
        return Vec::new();
    };
    let given: Vec<Option<&[u8]>> = texts.iter().map(Option::as_deref).collect();
    let Ok(written) = chain::write(chain, &given, param.names.len(), call) else {
        return Vec::new();
    };
    let sent: Vec<Option<&[u8]>> = written.iter().map(Option::as_deref).collect();
    let read = chain::read(chain, &sent, param.sources.len(), call).unwrap_or_default();
    let sources = param.sources.iter().zip(given).enumerate();
    let lost = sources.filter(|(index, (source, given))| {
        let read = read.get(*index).and_then(Option::as_deref);
        told(source) && given.is_some_and(|given| !is_read_as(given, read))
    });
    let place = |source: &Source| match source {
        Source::Input(name) => Some(Lost::of_input("lossy", name)),
        Source::Body(place) => facts.body.and_then(|body| {
            Some(Lost {
                code: "lossy",
                pointer: pointer_to(body, place)?,
                parameter: None,
            })
        }),
        _ => None,
    };
    lost.filter_map(|(_, (source, _))| place(source)).collect()
}

/// Tells whether a value comes back as itself; a time may come back in another zone.
fn is_read_as(given: &[u8], read: Option<&[u8]>) -> bool {
    read.is_some_and(|read| given == read || date::is_same_instant(given, read))
}

/// Reads a rule: the canonical value of each of its places. `None` if no native name has a value.
pub(super) fn read<'v>(
    param: &Param,
    native: impl Fn(&str) -> Option<Cow<'v, [u8]>>,
    call: &CallFacts<'_>,
) -> Result<Option<chain::Texts>, chain::Unfit> {
    let texts: Vec<_> = param.names.iter().map(|name| native(name)).collect();
    let given: Vec<Option<&[u8]>> = texts.iter().map(Option::as_deref).collect();
    if given.iter().all(Option::is_none) {
        let first = |default: &crate::mapping::compile::upstream::Hidden| {
            let mut texts = vec![None; param.sources.len()];
            if let Some(text) = texts.first_mut() {
                *text = Some(default.shown().as_bytes().to_vec());
            }
            texts
        };
        return Ok(param.default.as_ref().map(first));
    }
    chain::read(param.chain.as_ref(), &given, param.sources.len(), call).map(Some)
}

/// Says which part of the call a fault is about.
fn blame(fault: CallerFault, source: &Source, facts: &Facts<'_>) -> CallerFault {
    match source {
        Source::Input(name) => fault.of(name),
        Source::Body(place) => {
            let pointer = facts.body.and_then(|body| pointer_to(body, place));
            fault.at(pointer.unwrap_or_default())
        }
        Source::Context(ContextPlace::CallerKind | ContextPlace::CallerId) => CallerFault {
            detail: faults::CALLER_KNOWN.to_owned(),
            ..fault.of(faults::CALLER)
        },
        Source::Current(_)
        | Source::Outcome(_)
        | Source::Context(_)
        | Source::Setting(_)
        | Source::Nothing => fault,
    }
}

/// The JSON pointer of a place in a document; none if it is not there.
pub(super) fn pointer_to(root: TapeNode<'_>, place: &Place) -> Option<String> {
    let mut pointer = String::new();
    let mut walked: Vec<PlaceStep> = Vec::new();
    for step in &place.steps {
        pointer.push('/');
        pointer.push_str(&places::escaped(&step.name));
        walked.push(PlaceStep {
            name: step.name.clone(),
            item: None,
        });
        let member = super::facts::at(root, &walked)?;
        let index = match &step.item {
            None => continue,
            Some(Item::At(index)) => *index,
            Some(Item::Where(_)) => {
                let mut with = walked.clone();
                if let Some(last) = with.last_mut() {
                    last.item = step.item.clone();
                }
                let found = super::facts::at(root, &with)?.whole();
                member.items().position(|item| item.whole() == found)?
            }
        };
        pointer.push('/');
        pointer.push_str(&index.to_string());
        if let Some(last) = walked.last_mut() {
            last.item = Some(Item::At(index));
        }
    }
    super::facts::at(root, &place.steps).map(|_| pointer)
}
