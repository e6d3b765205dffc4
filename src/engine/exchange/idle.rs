//! A patch that asks for no change of anything that its request has a place for: nothing need be sent.

use super::body::{Writing, Written};
use super::call::Call;
use super::faults::{self, CallerFault, Refused};
use super::{facts, fills, losses, touched};
use crate::codec::Limits;
use crate::codec::json::tape::{Kind as JsonKind, Tape, TapeNode};
use crate::engine::{Engine, Incoming};
use crate::mapping::ast::Kind;
use crate::mapping::compile::upstream::RouteBody;

/// A patch without a word.
const EMPTY: &str = "{}";

/// Tells whether the body of an update is the one that an empty patch makes, and nothing of the patch stands beside it.
pub(super) fn says_nothing(
    writing: &Writing<'_>,
    route: &RouteBody,
    body: &[u8],
    engine: &mut Engine,
    limits: &Limits,
) -> Result<bool, Refused> {
    if !may_say_nothing(writing) {
        return Ok(false);
    }
    let account = &writing.account;
    let merges = account.operation.merges;
    if account.body.is_some_and(|patch| is_hollow(patch, merges)) {
        return Ok(true);
    }
    let call = Call {
        body: Some(EMPTY.as_bytes()),
        ..*account.call
    };
    let mut tape = Tape::default();
    let root = tape.parse(EMPTY, limits).ok();
    let document = fills::document(account.operation, route, &call, EMPTY.as_bytes(), root);
    let input = document.as_ref().map_or(EMPTY.as_bytes(), |all| &all.bytes);
    let mut least = Vec::new();
    let done = writing.run(engine, route, Incoming::Text(input), limits, &mut least)?;
    Ok(done.is_ok() && least == body)
}

/// What there is to send of a patch that lacks what its request must have, where it says nothing of what that carries;
/// none if something is wrong with it. All that it says is lost then.
pub(super) fn unsaid(
    writing: &Writing<'_>,
    found: &mut Vec<CallerFault>,
    before: usize,
) -> Option<Written> {
    let account = &writing.account;
    let patch = account.body.filter(|_| may_say_nothing(writing))?;
    let mut own = found.get(before..)?.iter();
    if !own.all(|fault| fault.code == faults::MISSING) || touched::is_said(account.route, patch) {
        return None;
    }
    found.truncate(before);
    let mut written = Written {
        says_nothing: true,
        ..Written::default()
    };
    written.lose(losses::all(patch));
    Some(written)
}

/// Tells whether a patch holds no value: an object in which nothing stands changes nothing, nor does a list for an
/// upstream that never takes anything out of one.
fn is_hollow(patch: TapeNode<'_>, merges: bool) -> bool {
    match patch.kind() {
        JsonKind::Object => patch.members().all(|(_, value)| is_hollow(value, merges)),
        JsonKind::Array => merges && patch.items().all(|item| is_hollow(item, merges)),
        _ => false,
    }
}

fn may_say_nothing(writing: &Writing<'_>) -> bool {
    let account = &writing.account;
    let beside = &account.route.carried;
    let is_said = |patch| {
        let mut beside = beside.iter();
        beside.any(|place| facts::at(patch, &place.steps).is_some())
    };
    account.operation.kind == Kind::Update
        && !account.operation.puts()
        && writing.under.is_none()
        && account.part.is_none()
        && !account.body.is_some_and(is_said)
}
