//! What an upstream keeps although a patch takes away what is around it: no answer shows it, so nothing else tells.

use super::call::{Call, Lost};
use super::facts;
use super::faults::CallerFault;
use crate::codec::json::tape::{Kind, TapeNode};
use crate::engine::LossCode;
use crate::mapping::accepts::place::{Step, steps, tests};
use crate::mapping::ast::Word;
use crate::mapping::compile::upstream::{Operation, Route};

/// The kept places of a route, as its rules say them.
fn places<'o>(operation: &'o Operation, route: &'o Route) -> impl Iterator<Item = &'o str> {
    let body = route.body.as_ref().filter(|_| !operation.keeps.is_empty());
    let rules = body.into_iter().flat_map(|body| &body.body.plan.rules);
    let kept = |native: &str| operation.keeps.iter().any(|keeps| **keeps == *native);
    rules
        .filter(move |rule| kept(&rule.native))
        .map(|rule| &*rule.canonical)
        .filter(|place| !place.contains(' '))
}

/// Tells whether a call names a list of whose items something is kept: what is there now must be known then.
pub(super) fn concerns(operation: &Operation, call: &Call<'_>) -> bool {
    let text = call.body.and_then(|body| std::str::from_utf8(body).ok());
    let Some(text) = text.filter(|_| operation.puts() && !operation.keeps.is_empty()) else {
        return false;
    };
    let mut routes = operation.routes.iter();
    let Some(route) = routes.find(|route| route.body.is_some()) else {
        return false;
    };
    let lists = places(operation, route).filter_map(|place| place.split_once('['));
    let mut lists = lists.filter_map(|(list, _)| list.rsplit('.').next());
    lists.any(|list| text.contains(list))
}

/// Refuses a null for what the upstream keeps: it would change nothing, and look as if it had. Gives what stays where
/// something around it is taken away: as an object that is null, an item that is gone, or an object that an item leaves
/// out.
pub(super) fn stays(
    operation: &Operation,
    route: &Route,
    body: Option<TapeNode<'_>>,
    current: Option<TapeNode<'_>>,
    found: &mut Vec<CallerFault>,
) -> Vec<Lost> {
    let mut stays = Vec::new();
    let Some(body) = body else { return stays };
    for place in places(operation, route) {
        if place.contains('[') {
            let at = current.and_then(|current| taken_away(&steps(place), body, current));
            stays.extend(at.map(lost));
            continue;
        }
        let pointer = format!("/{}", place.replace('.', "/"));
        match null_on_the_way(body, place) {
            None => {}
            Some(true) => {
                let awaited = "a value, since the upstream keeps the one that it has";
                found.push(CallerFault::new("cannot-clear", awaited).at(pointer));
            }
            Some(false) => stays.push(lost(pointer)),
        }
    }
    stays
}

fn lost(pointer: String) -> Lost {
    Lost {
        code: LossCode::Residue.word(),
        pointer,
        parameter: None,
    }
}

/// Whether there is a null at a place of members, or at an object around it; none if there is neither.
fn null_on_the_way(body: TapeNode<'_>, place: &str) -> Option<bool> {
    let mut node = body;
    let mut names = place.split('.');
    while let Some(name) = names.next() {
        node = node.get(name)?;
        if node.is_null() {
            return Some(names.next().is_none());
        }
    }
    None
}

/// Where a patch takes away what a place of an item is in, and it is there now.
fn taken_away(steps: &[Step<'_>], patch: TapeNode<'_>, current: TapeNode<'_>) -> Option<String> {
    let list = steps.iter().position(|step| step.select.is_some())?;
    let (way, below) = steps.split_at_checked(list.checked_add(1)?)?;
    let (_, around) = below.split_last()?;
    let tests = tests(way.last()?.select?)?;
    let is_it = |item: &TapeNode<'_>| {
        let says =
            |(name, value): &(&str, &str)| item.get(name).and_then(facts::scalar) == Some(*value);
        tests.iter().all(says)
    };
    let (mut said, mut now) = (Some(patch), Some(current));
    let mut pointer = String::new();
    for step in way {
        // What a patch does not name it leaves as it is; below a null there is nothing.
        said = match said.filter(|node| !node.is_null()) {
            Some(node) => Some(node.get(step.name)?),
            None => None,
        };
        now = Some(now?.get(step.name)?);
        if said.is_some() {
            pointer = format!("{pointer}/{}", step.name);
        }
    }
    let mut now = now?.items().find(is_it)?;
    for step in around {
        now = now.get(step.name)?;
    }
    if now.kind() != Kind::Object || now.count() == 0 {
        return None;
    }
    let items = said.into_iter().flat_map(TapeNode::items).enumerate();
    let Some((index, item)) = items.into_iter().find(|(_, item)| is_it(item)) else {
        return Some(pointer);
    };
    let kept = |item: TapeNode<'_>| {
        let mut node = item;
        for step in around {
            node = node.get(step.name)?;
        }
        (!node.is_null()).then_some(())
    };
    match kept(item) {
        Some(()) => None,
        None => {
            let below = below.iter().map(|step| format!("/{}", step.name));
            Some(format!("{pointer}/{index}{}", below.collect::<String>()))
        }
    }
}
