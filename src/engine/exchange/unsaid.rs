//! What a patch takes away by leaving it out of an item, where the upstream cannot clear it.

use super::facts;
use super::faults::CallerFault;
use crate::codec::json::tape::TapeNode;
use crate::engine::{Loss, LossCode};
use crate::mapping::plan::Plan;

/// What is known of a loss once the resource is.
pub(super) enum Unsaid {
    /// It is none: nothing stands there.
    Nothing,
    /// Something stands there that would stay: why the call is refused.
    Stays(CallerFault),
}

/// Judges a loss of a patch by what the resource is now; none for any other loss.
pub(super) fn judge(
    loss: &Loss,
    plan: &Plan,
    enveloped: bool,
    current: TapeNode<'_>,
) -> Option<Unsaid> {
    if loss.code != LossCode::Residue {
        return None;
    }
    let of_rule = |value: &&crate::mapping::plan::Value| value.rule == loss.rule;
    let mut values = plan.write.values.iter().filter(of_rule);
    let item = values.find_map(|value| value.item.as_deref())?;
    let path = match item.path.split_first() {
        Some((_, below)) if enveloped => below,
        _ => &*item.path,
    };
    if facts::follow(current, path).is_none_or(TapeNode::is_null) {
        return Some(Unsaid::Nothing);
    }
    let rule = plan.rules.get(usize::from(loss.rule));
    let place = rule.map_or("", |rule| &*rule.canonical);
    let place = match place.strip_prefix("body.") {
        Some(below) if enveloped => below,
        _ => place,
    };
    Some(Unsaid::Stays(stays(place)))
}

/// Why a call is refused that leaves out what would stay.
pub(super) fn stays(place: &str) -> CallerFault {
    let awaited = format!("all that is there now: the upstream cannot clear `{place}`");
    CallerFault::new("cannot-clear", awaited)
}
