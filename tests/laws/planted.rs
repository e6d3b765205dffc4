//! What stands in a base where no rule looks is there after a patch, or told as lost.

use std::path::Path;

use interlingua::engine::{Direction, LossCode};
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::{Plan, Wire};
use interlingua::proof::atlas::Atlas;
use interlingua::proof::generate::{Generator, Manner};
use interlingua::proof::patches;
use interlingua::proof::random::Random;
use interlingua::proof::runner::{Ran, Runner, json};
use interlingua::proof::tree::{Member, Tree};
use interlingua::proof::trial::tree_of;

use crate::broken::parcels;
use crate::shipped::Shipped;

const MANNER: Manner = Manner {
    presence: 60,
    residue: 0,
    odd: 0,
    noise: false,
    forbidden: false,
};

/// Patches of each plan.
const PATCHES: u64 = 100;

/// Mappings of the fixture of laws: lists, maps and unions of every form.
const FORMS: &[&str] = &[
    "bundle", "crate", "locker", "method", "noted", "open", "purse", "sack", "shipment", "sound",
    "stalls", "tagged",
];

/// Puts members that no schema knows into objects, and gives how many there are then.
fn plant(tree: &mut Tree, wire: Wire, random: &mut Random, before: usize) -> usize {
    let mut count = before;
    match tree {
        Tree::List(items) => {
            for item in items {
                count = plant(item, wire, random, count);
            }
        }
        Tree::Object(members) => {
            for member in members.iter_mut() {
                count = plant(&mut member.value, wire, random, count);
            }
            if random.chance(40) {
                count += 1;
                let attribute = wire == Wire::Xml && random.chance(30);
                let attributes = members.iter().filter(|member| member.attribute).count();
                let at = random.below(members.len() + 1).max(attributes);
                let planted = Member {
                    name: format!("planted{count}"),
                    attribute,
                    value: Tree::Text(mark(count)),
                };
                members.insert(if attribute { 0 } else { at }, planted);
            }
        }
        Tree::Null | Tree::Boolean(_) | Tree::Number(_) | Tree::Text(_) => {}
    }
    count
}

fn mark(number: usize) -> String {
    format!("mark-{number}-")
}

/// The patch over the base, once nothing is wrong with it.
fn written(
    runner: &mut Runner<'_, '_>,
    generator: &mut Generator<'_, '_>,
    patch: &mut Tree,
    base: &[u8],
) -> Option<Ran> {
    for _ in 0..20 {
        match runner.put(&json(patch), base) {
            Ok(ran) => return Some(ran),
            Err(refusal) if generator.mend(patch, &refusal) => {}
            Err(_) => return None,
        }
    }
    None
}

/// Patches a plan's documents; tells those that lose in silence, or have twice, what was planted.
fn hold(name: &str, plan: &Plan, broken: &mut Vec<String>) -> u64 {
    let atlas = Atlas::new(plan);
    let mut runner = Runner::new(&atlas);
    let mut held = 0;
    for seed in 0..PATCHES {
        let mut random = Random::new(seed);
        let mut bases = Generator::new(&atlas, Direction::ToCanonical, MANNER, seed);
        let mut base = bases.document();
        let count = plant(&mut base.tree, plan.native.wire, &mut random, 0);
        let base = base.bytes();
        let Ok(read) = runner.read(&base) else {
            continue;
        };
        let shown = String::from_utf8_lossy(&read.bytes).into_owned();
        let Some(read) = tree_of(Wire::Json, &read.bytes) else {
            continue;
        };
        let mut generator = Generator::new(&atlas, Direction::ToNative, MANNER, seed);
        let mut patch = patches::patch(&read, &mut generator, &mut random);
        let Some(ran) = written(&mut runner, &mut generator, &mut patch, &base) else {
            continue;
        };
        held += 1;
        let out = String::from_utf8_lossy(&ran.bytes);
        let is_told = ran
            .losses
            .iter()
            .any(|(_, code)| *code == LossCode::Residue);
        // What an open object shows of itself the caller takes away himself.
        let unseen = (1..=count).map(mark).filter(|mark| !shown.contains(mark));
        for mark in unseen {
            let times = out.matches(&mark).count();
            if times > 1 || times == 0 && !is_told {
                let text = String::from_utf8_lossy;
                broken.push(format!(
                    "{name}, {seed}: {mark} stands {times} times\n{}\n{}\n{out}",
                    text(&json(&patch)),
                    text(&base)
                ));
            }
        }
    }
    held
}

#[test]
fn nothing_that_stands_in_a_base_goes_in_silence() {
    let mut broken = Vec::new();
    for shipped in Shipped::all() {
        for used in shipped.used().iter().filter(|used| used.request) {
            let view = used.view.as_deref();
            if let Some(plan) = shipped.plan(&used.mapping, view, Message::Request) {
                let name = format!("{} {} {view:?}", shipped.name, used.mapping);
                println!("{name}: {} held", hold(&name, &plan, &mut broken));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shelves = root.join("tests/fixtures/shelves");
    let shelf = || {
        Shipped::load(
            "shelf",
            &shelves.join("mappings/shelf"),
            &shelves.join("schemas/native/shelf.schema.yaml"),
            &root.join("schemas/canonical"),
        )
    };
    for (form, parcels, shelf) in [
        ("json", parcels(), shelf()),
        ("xml", parcels().xml(), shelf().xml()),
    ] {
        let plans = FORMS
            .iter()
            .filter_map(|name| Some((*name, parcels.plan(name, None, Message::Response)?)));
        let own = shelf.plan("shelf", None, Message::Request);
        for (name, plan) in plans.chain(own.map(|plan| ("shelf", plan))) {
            let name = format!("{name} as {form}");
            let held = hold(&name, &plan, &mut broken);
            assert!(held >= PATCHES / 4, "{name}: {held}");
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
