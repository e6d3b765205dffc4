//! The ninth law: a request says which call it is.
//!
//! `match(request(operation, inputs)) = (operation, inputs)`, up to what converters normalise: what is understood of a
//! request is the same operation with the same inputs, and makes the same request line again. Steps are not inverted, and an
//! operation that is sent into what was read is not tried, since its request is that document.

use std::collections::BTreeSet;

use super::accepted::mend;
use super::atlas::Atlas;
use super::generate::{Generator, Manner};
use super::random::Random;
use super::received::understood;
use super::runner::{Runner, json};
use super::tree::{Member, Tree};
use crate::diag::{Code, Diagnostic};
use crate::engine::Direction;
use crate::engine::exchange::{Accepted, Call, Context, NativeRequest, PageRequest, Worker};
use crate::mapping::catalog::{CanonicalOperation, Catalog, OperationIndex};
use crate::mapping::compile::upstream::{Cond, Operation, Place, Source, Upstream};
use crate::model::shape::Form;

/// Texts of every kind that inputs and criteria have; what a call does not take is refused, and says nothing.
const TEXTS: &[&str] = &[
    "7",
    "x",
    "a b&c=d%/e+\u{e9}",
    "2024-02-29",
    "2024-02-29T23:59:00Z",
    "true",
    "M1M 1M1",
    "active",
    "33541396-33542750",
];

/// How the law fared for one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteOutcome {
    /// Calls for which it held.
    pub held: usize,
    /// Calls that the upstream has no request for, or that lose something on the way.
    pub discarded: usize,
    /// What breaks it, in words.
    pub broken: Option<String>,
}

/// A call as it is made up.
struct Made<'m> {
    inputs: Vec<(&'m str, &'m str)>,
    body: Option<Vec<u8>>,
    page: PageRequest<'m>,
}

/// Holds the law against so many calls of an operation; none of one that consists of steps, or is not offered.
#[must_use]
pub fn prove(
    catalog: &Catalog,
    upstream: &Upstream,
    index: OperationIndex,
    calls: usize,
    seed: u64,
) -> RouteOutcome {
    let mut outcome = RouteOutcome::default();
    let known = upstream.operation(index).zip(catalog.at(index));
    let Some((operation, canonical)) = known else {
        return outcome;
    };
    if !operation.steps.is_empty() || operation.puts() {
        return outcome;
    }
    let mut random = Random::new(seed);
    let mut worker = Worker::default();
    for _ in 0..calls {
        let made = make(operation, canonical, &mut random);
        match hold(upstream, operation, &made, &mut worker) {
            Ok(true) => outcome.held = outcome.held.saturating_add(1),
            Ok(false) => outcome.discarded = outcome.discarded.saturating_add(1),
            Err(broken) => {
                outcome.broken = Some(broken);
                break;
            }
        }
    }
    outcome
}

/// Holds the law against every operation of an upstream; each that breaks it is told at its name.
#[must_use]
pub fn faults(catalog: &Catalog, upstream: &Upstream) -> Vec<Diagnostic> {
    let file = catalog
        .mappings
        .get(&*upstream.mapping)
        .and_then(|set| set.upstream.as_ref());
    let mut faults = Vec::new();
    for index in upstream.offered() {
        let outcome = prove(catalog, upstream, index, 200, 9);
        let (Some(broken), Some(operation)) = (outcome.broken, catalog.at(index)) else {
            continue;
        };
        let named = file.into_iter().flat_map(|file| &file.operations);
        let mut spans = named
            .filter(|named| *named.name.value == *operation.id)
            .map(|named| named.name.span);
        let message = format!("`{}` breaks the law Routes: {broken}", operation.id);
        faults.push(Diagnostic::new(Code::L009, spans.next(), message));
    }
    faults
}

/// True if the law holds, false if there is no request or not all is in it.
fn hold(
    upstream: &Upstream,
    operation: &Operation,
    made: &Made<'_>,
    worker: &mut Worker,
) -> Result<bool, String> {
    let call = Call {
        operation: operation.index,
        inputs: &made.inputs,
        body: made.body.as_deref(),
        page: made.page,
        context: context(),
    };
    if upstream.needs_base(&call, worker).is_some() {
        return Ok(false);
    }
    let Ok(request) = upstream.request(&call, None, worker) else {
        return Ok(false);
    };
    if request.lost > 0 || upstream.is_same_call(operation.index, request.route) {
        return Ok(false);
    }
    let line = format!("{} {}", request.method, request.target);
    let understood = understood(upstream, &request, None, worker)
        .map_err(|_| format!("`{line}` is understood as no call"))?;
    if understood.operation != operation.index || understood.alone.is_some() {
        return Err(format!("`{line}` is understood as another call"));
    }
    let names = |inputs: Vec<&str>| inputs.into_iter().map(str::to_owned).collect();
    let given: BTreeSet<String> = names(made.inputs.iter().map(|(name, _)| *name).collect());
    let found: BTreeSet<String> =
        names(understood.inputs.iter().map(|(name, _)| &**name).collect());
    if given != found {
        return Err(format!(
            "`{line}` has inputs {given:?} and is understood with {found:?}"
        ));
    }
    let again = again(upstream, &understood, made, worker);
    // What a body says is a matter of the laws over documents.
    let same = again
        .as_ref()
        .is_some_and(|again| (again.method, &again.target) == (request.method, &request.target));
    if same {
        return Ok(true);
    }
    let again = again.map_or_else(
        || "no request".to_owned(),
        |again| format!("`{} {}`", again.method, again.target),
    );
    Err(format!("what is understood of `{line}` makes {again}"))
}

/// The request that is made of what was understood.
fn again(
    upstream: &Upstream,
    understood: &Accepted,
    made: &Made<'_>,
    worker: &mut Worker,
) -> Option<NativeRequest> {
    let inputs: Vec<(&str, &str)> = understood
        .inputs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let empty = made.body.as_ref().map(|_| &b"{}"[..]);
    let call = Call {
        operation: understood.operation,
        inputs: &inputs,
        body: understood.body.as_deref().or(empty),
        page: PageRequest {
            limit: understood.limit,
            cursor: understood.cursor.as_deref(),
        },
        context: context(),
    };
    upstream.request(&call, None, worker).ok()
}

fn context() -> Context<'static> {
    Context {
        request_id: "0192f3c17a3e7c1e9b605f6f4f2f9a11",
        nonce: [7; 12],
        caller_kind: Some("system"),
        caller_id: Some("a17"),
        ..Context::default()
    }
}

/// A call with some of the inputs, by id or by reference, and a body as one of the routes takes it.
fn make<'o>(
    operation: &'o Operation,
    canonical: &'o CanonicalOperation,
    random: &mut Random,
) -> Made<'o> {
    let by_reference = random.chance(40);
    let mut inputs = Vec::new();
    for name in &operation.inputs {
        let wanted = match &**name {
            "id" => !by_reference,
            "reference" => by_reference,
            "limit" | "cursor" => false,
            _ => random.chance(60),
        };
        if wanted {
            inputs.push((&**name, value(operation, canonical, name, random)));
        }
    }
    // An id in the path is either, and an operation may know only the one.
    let knows = |wanted: &str| operation.inputs.iter().any(|name| **name == *wanted);
    if !inputs
        .iter()
        .any(|(name, _)| matches!(*name, "id" | "reference"))
        && knows("id")
    {
        inputs.push(("id", "7"));
    }
    let paged = operation.paging.is_some() && random.chance(40);
    Made {
        inputs,
        body: canonical.body.as_ref().map(|_| body(operation, random)),
        page: PageRequest {
            limit: paged.then_some(5),
            cursor: (paged && random.chance(50)).then_some("10"),
        },
    }
}

/// A value of an input: one that a route asks for, one that the model lists, or any.
fn value<'o>(
    operation: &'o Operation,
    canonical: &'o CanonicalOperation,
    name: &str,
    random: &mut Random,
) -> &'o str {
    let conditions = operation
        .routes
        .iter()
        .filter_map(|route| route.when.as_ref());
    let pins: Vec<&str> = conditions
        .flat_map(Cond::pins)
        .filter(|(source, _)| matches!(source, Source::Input(input) if **input == *name))
        .map(|(_, value)| value)
        .collect();
    let input = canonical.inputs.iter().find(|input| *input.name == *name);
    let listed = input.map_or(&[][..], |input| &input.kind.scalar.values);
    let listed = random.pick(listed).map(|value| &**value);
    let pinned = random.pick(&pins).copied();
    pinned
        .or(listed)
        .or_else(|| random.pick(TEXTS).copied())
        .unwrap_or("7")
}

/// A body: drawn from the native body of a route, or the places that stand elsewhere in a request.
fn body(operation: &Operation, random: &mut Random) -> Vec<u8> {
    let Some(route) = random.pick(&operation.routes) else {
        return b"{}".to_vec();
    };
    let mut tree = Tree::Object(Vec::new());
    if let Some(body) = &route.body {
        let manner = Manner {
            presence: [30, 60, 90].get(random.below(3)).copied().unwrap_or(60),
            residue: 0,
            odd: 0,
            noise: false,
            forbidden: false,
        };
        let atlas = Atlas::new(&body.body.plan);
        let mut generator = Generator::new(&atlas, Direction::ToNative, manner, random.draw());
        let mut drawn = generator.document().tree;
        mend(&mut Runner::new(&atlas), &mut generator, &mut drawn);
        tree = match &body.enveloped {
            Some(_) => drawn.member("body").cloned().unwrap_or(tree),
            None => drawn,
        };
    }
    for source in route.sources() {
        if let Source::Body(place) = source {
            set(&mut tree, place, random);
        }
    }
    json(&tree)
}

/// Gives a place some value, as far as it selects no item.
fn set(tree: &mut Tree, place: &Place, random: &mut Random) {
    if place.steps.iter().any(|step| step.item.is_some()) {
        return;
    }
    let text = random.pick(TEXTS).copied().unwrap_or("x");
    let value = match place.form {
        Form::Text => Tree::Text(text.to_owned()),
        Form::Integer | Form::Number => Tree::Number("5".to_owned()),
        Form::Boolean => Tree::Boolean(random.chance(50)),
    };
    let mut at = tree;
    for step in &place.steps {
        let Tree::Object(members) = at else { return };
        let known = members.iter().position(|member| member.name == *step.name);
        let known = known.unwrap_or_else(|| {
            members.push(Member {
                name: step.name.to_string(),
                attribute: false,
                value: Tree::Object(Vec::new()),
            });
            members.len().saturating_sub(1)
        });
        let Some(member) = members.get_mut(known) else {
            return;
        };
        at = &mut member.value;
    }
    *at = value;
}
