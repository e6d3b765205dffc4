//! Whether the schema that is derived for an operation says what the operation does: documents around it, and what
//! becomes of each.

use super::atlas::Atlas;
use super::generate::{Generator, Manner};
use super::random::Random;
use super::runner::{Runner, json};
use super::tree::{Member, Tree};
use crate::engine::Direction;
use crate::engine::exchange::{Call, Context, PageRequest, Refused, Worker};
use crate::mapping::catalog::{Catalog, OperationIndex};
use crate::mapping::compile::upstream::{Cond, Operation, Route, Source, Upstream};
use crate::model::shape::Form;

/// A body that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The canonical document.
    pub document: Vec<u8>,
    /// What became of it.
    pub ended: Ended,
}

/// What becomes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Every value of it is in the request.
    Carried,
    /// Something of it is not; how much.
    Lossy(u32),
    /// There is no request: the codes why.
    Refused(Vec<&'static str>),
}

/// Makes bodies of an operation, full and sparse, usual and odd, and asks for their requests. Of an operation that is
/// sent into what was read, or whose request has no body, there are none.
#[must_use]
pub fn tried(
    upstream: &Upstream,
    index: OperationIndex,
    documents: usize,
    seed: u64,
) -> Vec<Tried> {
    let Some(operation) = upstream.operation(index).filter(|one| !one.puts()) else {
        return Vec::new();
    };
    let mut random = Random::new(seed);
    let mut worker = Worker::default();
    let mut found = Vec::new();
    for route in &operation.routes {
        let Some(body) = &route.body else { continue };
        let atlas = Atlas::new(&body.body.plan);
        let mut runner = Runner::new(&atlas);
        for _ in 0..documents {
            let manner = Manner {
                presence: [15, 50, 85, 98].get(random.below(4)).copied().unwrap_or(50),
                residue: if random.chance(70) { 0 } else { 20 },
                odd: if random.chance(60) { 0 } else { 25 },
                noise: false,
                forbidden: random.chance(20),
            };
            let mut generator = Generator::new(&atlas, Direction::ToNative, manner, random.draw());
            let mut made = generator.document().tree;
            if random.chance(50) {
                mend(&mut runner, &mut generator, &mut made);
            }
            if body.enveloped.is_some() {
                made = made
                    .member("body")
                    .cloned()
                    .unwrap_or(Tree::Object(Vec::new()));
            }
            let document = json(&made);
            let ended = ended(upstream, operation, route, &document, &mut worker);
            found.push(Tried { document, ended });
        }
    }
    found
}

/// Tries every value of every closed list among the members of an operation's body, one at a time, in whichever call
/// takes it; a member that repeats an input says what the input does.
#[must_use]
pub fn listed(catalog: &Catalog, upstream: &Upstream, index: OperationIndex) -> Vec<Tried> {
    let operation = upstream.operation(index).filter(|one| !one.puts());
    let body = catalog.at(index).and_then(|one| one.body.as_deref());
    let object = body
        .and_then(|body| catalog.canonical.definition(body))
        .and_then(|shape| catalog.canonical.get(shape).object());
    let Some((operation, object)) = operation.zip(object) else {
        return Vec::new();
    };
    let mut worker = Worker::default();
    let mut found = Vec::new();
    for member in object.members.iter().filter(|member| !member.read_only) {
        let Some(scalar) = catalog.canonical.get(member.shape).scalar() else {
            continue;
        };
        for value in scalar.values.iter().filter(|_| scalar.form == Form::Text) {
            let text = Tree::Text(value.to_string());
            let said = Member {
                name: member.name.to_string(),
                attribute: false,
                value: text,
            };
            let document = json(&Tree::Object(vec![said]));
            let ways = operation.routes.iter().map(|route| {
                let mut inputs = inputs(operation, route);
                let filled = |input: &str| {
                    let mut fills = operation.fills.iter();
                    fills.any(|fill| *fill.input == *input && fill.member == member.name)
                };
                for (_, said) in inputs.iter_mut().filter(|(input, _)| filled(input)) {
                    *said = value;
                }
                ended_with(upstream, operation, &inputs, &document, &mut worker)
            });
            let ended = ways.min_by_key(|ended| match ended {
                Ended::Carried => 0,
                Ended::Lossy(_) => 1,
                Ended::Refused(_) => 2,
            });
            found.extend(ended.map(|ended| Tried { document, ended }));
        }
    }
    found
}

/// Mends a document where its mapping refuses it, and takes out what is lost, so that some are carried whole.
pub(super) fn mend(
    runner: &mut Runner<'_, '_>,
    generator: &mut Generator<'_, '_>,
    tree: &mut Tree,
) {
    for _ in 0..60 {
        match runner.write(&json(tree)) {
            Ok(ran) if ran.losses.is_empty() => return,
            // From the back, so that what is in front stays where it is.
            Ok(ran) => {
                let mut lost: Vec<_> = ran
                    .losses
                    .into_iter()
                    .filter_map(|(path, _)| path)
                    .collect();
                lost.sort();
                for path in lost.iter().rev() {
                    tree.remove(path);
                }
            }
            Err(refusal) => {
                if !generator.mend(tree, &refusal) {
                    return;
                }
            }
        }
    }
}

fn ended(
    upstream: &Upstream,
    operation: &Operation,
    route: &Route,
    document: &[u8],
    worker: &mut Worker,
) -> Ended {
    let inputs = inputs(operation, route);
    ended_with(upstream, operation, &inputs, document, worker)
}

fn ended_with(
    upstream: &Upstream,
    operation: &Operation,
    inputs: &[(&str, &str)],
    document: &[u8],
    worker: &mut Worker,
) -> Ended {
    let call = Call {
        operation: operation.index,
        inputs,
        body: Some(document),
        page: PageRequest::default(),
        context: Context {
            request_id: "r",
            nonce: [7; 12],
            caller_kind: Some("customer"),
            caller_id: Some("1"),
            ..Context::default()
        },
    };
    // A call that asks for nothing that a step does is answered with what is there.
    if let Ok(Some(course)) = upstream.course(&call, None, worker)
        && course.legs.is_empty()
        && course.lost == 0
    {
        return Ended::Carried;
    }
    match upstream.request(&call, None, worker) {
        Ok(request) => {
            // What stays of an item where it cannot be cleared, only what is there can tell.
            let unsure = request.losses.iter().filter(|lost| lost.code == "residue");
            let unsure = u32::try_from(unsure.count()).unwrap_or(u32::MAX);
            match request.lost.saturating_sub(unsure) {
                0 => Ended::Carried,
                lost => Ended::Lossy(lost),
            }
        }
        Err(Refused::Faults(faults)) => {
            Ended::Refused(faults.iter().map(|fault| fault.code).collect())
        }
        Err(Refused::Base(_)) => Ended::Refused(vec!["upstream-unexpected"]),
    }
}

/// Inputs by which a call takes a route: those that it asks for, with the values that it is for.
fn inputs<'r>(operation: &'r Operation, route: &'r Route) -> Vec<(&'r str, &'r str)> {
    let cond = route.when.as_ref();
    let of =
        |source: &Source, name: &str| matches!(source, Source::Input(input) if **input == *name);
    let pins = cond.map(Cond::pins).unwrap_or_default();
    let needs = cond.map(Cond::needs).unwrap_or_default();
    let by_reference = needs.iter().any(|source| of(source, "reference"));
    let taken = operation.inputs.iter().filter(|name| match &***name {
        "id" => !by_reference,
        "reference" => by_reference,
        _ => true,
    });
    let value = |name: &'r str| {
        let pinned = pins.iter().find(|(source, _)| of(source, name));
        (name, pinned.map_or("1", |(_, value)| *value))
    };
    taken.map(|name| value(name)).collect()
}
