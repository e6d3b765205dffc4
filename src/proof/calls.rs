//! Calls of an operation, made up, and documents that stand before one.

use super::accepted::mend;
use super::atlas::Atlas;
use super::generate::{Generator, Manner};
use super::random::Random;
use super::runner::{Runner, json};
use super::tree::{Member, Tree};
use crate::engine::Direction;
use crate::engine::exchange::{Call, Context, NativeAnswer, PageRequest};
use crate::mapping::catalog::{CanonicalOperation, OperationIndex};
use crate::mapping::compile::upstream::{
    AnswerBody, Cond, Item, Operation, PlaceStep, Root, Route, RouteBody, Source,
};
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

/// A call as it is made up.
pub(super) struct Made<'m> {
    pub(super) inputs: Vec<(&'m str, &'m str)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) context: Context<'static>,
    page: PageRequest<'m>,
}

/// A document that was read before a call.
pub(super) struct Base {
    status: u16,
    media_type: Box<str>,
    body: Vec<u8>,
}

impl Made<'_> {
    pub(super) fn call(&self, operation: OperationIndex) -> Call<'_> {
        Call {
            operation,
            inputs: &self.inputs,
            body: self.body.as_deref(),
            page: self.page,
            context: self.context,
        }
    }
}

impl Base {
    pub(super) fn answer(&self) -> NativeAnswer<'_> {
        NativeAnswer {
            status: self.status,
            headers: &[],
            content_type: Some(&self.media_type),
            body: &self.body,
        }
    }
}

/// What an operation may answer with a document; none if it never has one.
pub(super) fn base(operation: &Operation, random: &mut Random) -> Option<Base> {
    let mut cases = operation.all_cases();
    let (status, body) = cases.find_map(|case| match &case.body {
        AnswerBody::Document(body) if body.root != Root::Problem => Some((case.status(), body)),
        _ => None,
    })?;
    let atlas = Atlas::new(&body.plan);
    let mut runner = Runner::new(&atlas);
    runner.at_status(Some(status));
    let seed = random.draw();
    let mut generator = Generator::new(&atlas, Direction::ToCanonical, manner(random), seed);
    let document = generator.settled(&mut |document| runner.read(document).err());
    Some(Base {
        status,
        media_type: body.media_type.clone(),
        body: document.bytes(),
    })
}

/// Plain documents, full and sparse.
fn manner(random: &mut Random) -> Manner {
    Manner {
        presence: [30, 60, 90].get(random.below(3)).copied().unwrap_or(60),
        residue: 0,
        odd: 0,
        noise: false,
        forbidden: false,
    }
}

fn context(random: &mut Random) -> Context<'static> {
    let kinds = ["system", "system", "agent", "customer"];
    Context {
        request_id: "0192f3c17a3e7c1e9b605f6f4f2f9a11",
        nonce: [7; 12],
        caller_kind: random.pick(&kinds).copied(),
        caller_id: Some("a17"),
        idempotency_key: random.chance(30).then_some("0192f3c17a3e7c1e9b605f6f"),
        if_match: random.chance(25).then_some("\"1\""),
        ..Context::default()
    }
}

/// A call with some of the inputs, by id or by reference, and a body as one of the routes takes it.
pub(super) fn made<'o>(
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
        context: context(random),
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
    let scalar = input.map(|input| &input.kind.scalar);
    let number = scalar.filter(|scalar| matches!(scalar.form, Form::Integer | Form::Number));
    let bounds = number.map(|scalar| [&scalar.minimum, &scalar.maximum]);
    let bounds = bounds.iter().flatten().filter_map(|bound| bound.as_deref());
    let bounds: Vec<&str> = bounds.collect();
    let bound = random.pick(&bounds).copied();
    pinned
        .or(listed)
        .or(bound)
        .or_else(|| random.pick(TEXTS).copied())
        .unwrap_or("7")
}

/// A body: drawn from the native body of a route, or the places that stand elsewhere in a request; of several calls with
/// parts for some of them.
fn body(operation: &Operation, random: &mut Random) -> Vec<u8> {
    let part_of = |index| operation.part_of(index);
    let routes = || operation.routes.iter().enumerate();
    let whole: Vec<&Route> = routes()
        .filter(|(index, _)| part_of(*index).is_none())
        .map(|(_, route)| route)
        .collect();
    let mut tree = Tree::Object(Vec::new());
    if let Some(route) = random.pick(&whole) {
        if let Some(body) = &route.body {
            let drawn = drawn(body, random);
            tree = match &body.enveloped {
                Some(_) => drawn.member("body").cloned().unwrap_or(tree),
                None => drawn,
            };
        }
        for source in route.sources() {
            if let Source::Body(place) = source
                && !is_there(&tree, &place.steps)
            {
                let value = plain(place.form, random);
                put(&mut tree, &place.steps, value);
            }
        }
    }
    // What an input says too is left to it.
    if let Tree::Object(members) = &mut tree {
        let fills = &operation.fills;
        members.retain(|member| fills.iter().all(|fill| *fill.member != *member.name));
    }
    for (index, route) in routes() {
        if let (Some(part), Some(body)) = (part_of(index), &route.body)
            && random.chance(60)
        {
            put(&mut tree, &part.steps, drawn(body, random));
        }
    }
    json(&tree)
}

/// A canonical document that the plan of a body carries whole.
fn drawn(body: &RouteBody, random: &mut Random) -> Tree {
    let atlas = Atlas::new(&body.body.plan);
    let manner = manner(random);
    let mut generator = Generator::new(&atlas, Direction::ToNative, manner, random.draw());
    let mut drawn = generator.document().tree;
    mend(&mut Runner::new(&atlas), &mut generator, &mut drawn);
    drawn
}

fn plain(form: Form, random: &mut Random) -> Tree {
    let text = random.pick(TEXTS).copied().unwrap_or("x");
    match form {
        Form::Text => Tree::Text(text.to_owned()),
        Form::Integer | Form::Number => Tree::Number("5".to_owned()),
        Form::Boolean => Tree::Boolean(random.chance(50)),
    }
}

/// True if a value stands at a place; an item that it selects is left as it was drawn.
fn is_there(tree: &Tree, steps: &[PlaceStep]) -> bool {
    let mut steps = steps.iter();
    let found = steps.try_fold(tree, |tree, step| match &step.item {
        None => tree.member(&step.name).ok_or(false),
        Some(_) => Err(true),
    });
    found.map_or_else(|is_item| is_item, Tree::is_leaf)
}

/// Puts a value where steps lead; an object adds to what is there.
fn put(tree: &mut Tree, steps: &[PlaceStep], value: Tree) {
    let Some((step, rest)) = steps.split_first() else {
        match (tree, value) {
            (Tree::Object(members), Tree::Object(more)) => {
                members.retain(|known| more.iter().all(|member| member.name != known.name));
                members.extend(more);
            }
            (tree, value) => *tree = value,
        }
        return;
    };
    let Tree::Object(members) = tree else { return };
    let known = members.iter().position(|member| member.name == *step.name);
    let known = known.unwrap_or_else(|| {
        members.push(Member {
            name: step.name.to_string(),
            attribute: false,
            value: match step.item {
                Some(_) => Tree::List(Vec::new()),
                None => Tree::Object(Vec::new()),
            },
        });
        members.len().saturating_sub(1)
    });
    let Some(member) = members.get_mut(known) else {
        return;
    };
    match &step.item {
        None => put(&mut member.value, rest, value),
        Some(item) => {
            if let Some(item) = selected(&mut member.value, item) {
                put(item, rest, value);
            }
        }
    }
}

/// The item of a list, a new one if none has these values.
fn selected<'t>(list: &'t mut Tree, item: &Item) -> Option<&'t mut Tree> {
    let (Tree::List(items), Item::Where(tests)) = (list, item) else {
        return None;
    };
    let holds = |item: &Tree, (names, value): &(Vec<Box<str>>, Box<str>)| {
        let mut names = names.iter();
        let found = names.try_fold(item, |tree, name| tree.member(name));
        found.and_then(Tree::text) == Some(&**value)
    };
    let known = items
        .iter()
        .position(|item| tests.iter().all(|test| holds(item, test)));
    let known = known.unwrap_or_else(|| {
        let mut new = Tree::Object(Vec::new());
        for (names, value) in tests {
            let step = |name| PlaceStep { name, item: None };
            let steps: Vec<PlaceStep> = names.iter().cloned().map(step).collect();
            put(&mut new, &steps, Tree::Text(value.to_string()));
        }
        items.push(new);
        items.len().saturating_sub(1)
    });
    items.get_mut(known)
}
