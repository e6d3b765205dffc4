//! A mapping whose upstream asks for much: what is made for it is seldom refused, and shows faults all the same.

use interlingua::engine::Direction;
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::Plan;
use interlingua::proof::atlas::Atlas;
use interlingua::proof::generate::{Generator, Manner};
use interlingua::proof::law::Law;
use interlingua::proof::laws::{Budget, Judges, prove, prove_law};
use interlingua::proof::runner::{Runner, json};
use interlingua::proof::tree::Tree;
use interlingua::proof::trial::tree_of;

use crate::broken::{parcels, writes};

const FULL: Manner = Manner {
    presence: 60,
    residue: 0,
    odd: 0,
    noise: false,
    forbidden: false,
};

fn shipment(xml: bool) -> Plan {
    let parcels = if xml { parcels().xml() } else { parcels() };
    parcels.plan("shipment", None, Message::Response).unwrap()
}

fn tree(text: &str) -> Tree {
    tree_of(interlingua::mapping::plan::Wire::Json, text.as_bytes()).unwrap()
}

/// The patch as it is when its upstream takes it over a base.
fn mended(patch: &str, base: &str) -> String {
    let plan = shipment(false);
    let atlas = Atlas::new(&plan);
    let mut runner = Runner::new(&atlas);
    let mut generator = Generator::new(&atlas, Direction::ToNative, FULL, 3);
    let mut patch = tree(patch);
    for _ in 0..20 {
        match runner.put(&json(&patch), base.as_bytes()) {
            Ok(_) => return String::from_utf8(json(&patch)).unwrap(),
            Err(refusal) => assert!(generator.mend(&mut patch, &refusal), "{refusal:?}"),
        }
    }
    panic!("still refused: {patch:?}")
}

#[test]
fn every_law_is_held_against_nine_of_ten_documents() {
    for xml in [false, true] {
        for outcome in prove(&shipment(xml), Judges::default(), Budget::default()) {
            println!(
                "shipment {xml} {}: {} held, {} discarded {:?}",
                outcome.law.name(),
                outcome.held,
                outcome.discarded,
                outcome.refusals
            );
            assert!(outcome.holds(), "xml={xml} {outcome:#?}");
            assert!(outcome.discarded <= 20, "xml={xml} {outcome:#?}");
        }
    }
}

#[test]
fn documents_still_leave_out_what_may_be_left_out() {
    let plan = shipment(false);
    let atlas = Atlas::new(&plan);
    for direction in [Direction::ToNative, Direction::ToCanonical] {
        let members = |name: &str| {
            let mut found = 0;
            for seed in 0..100 {
                let mut generator = Generator::new(&atlas, direction, FULL, seed);
                let made = generator.document().tree;
                found += usize::from(made.member(name).is_some());
            }
            found
        };
        for name in ["remark", "cost", "pieces"] {
            let found = members(name);
            assert!((20..90).contains(&found), "{direction:?} {name}: {found}");
        }
    }
}

#[test]
fn what_a_patch_lacks_is_put_where_its_rule_takes_it_from() {
    let base = r#"{"number":"1"}"#;
    let patch = mended(r#"{"sender":{"street":"a"}}"#, base);
    let sender = tree(&patch);
    let sender = sender.member("sender").unwrap();
    for name in ["name", "town", "street"] {
        assert!(sender.member(name).is_some(), "{name}: {patch}");
    }
    let patch = mended(r#"{"doors":[{"use":"front","town":null}]}"#, base);
    assert!(patch.contains(r#""use":"front""#), "{patch}");
    assert!(mended(r#"{"remark":"a"}"#, base).contains(r#""until":"#));
}

#[test]
fn what_must_stand_is_not_cleared_and_what_is_fixed_has_its_value() {
    let base = r#"{"number":"1"}"#;
    let patch = mended(r#"{"number":null,"label":null,"remark":null}"#, base);
    assert!(!patch.contains(r#""number":null,"label":null"#), "{patch}");
    assert!(patch.contains(r#""remark":null"#), "{patch}");
    assert_eq!(mended(r#"{"country":"US"}"#, base), r#"{"country":"CA"}"#);
}

#[test]
fn a_list_has_as_many_items_as_its_upstream_takes() {
    let one = r#"{"pieces":[{"code":"a","size":"box"}]}"#;
    let patch = mended(one, r#"{"number":"1"}"#);
    let Some(Tree::List(items)) = tree(&patch).member("pieces").cloned() else {
        panic!("{patch}");
    };
    assert_eq!(items.len(), 2, "{patch}");
}

#[test]
fn a_second_patch_says_something_of_all_that_the_first_does() {
    let plan = shipment(false);
    let atlas = Atlas::new(&plan);
    let mut generator = Generator::new(&atlas, Direction::ToNative, FULL, 5);
    let first = r#"{"number":"1","label":"1","remark":null,"sender":{"name":"a"},"pieces":[]}"#;
    let second = generator.another(&tree(first));
    assert_eq!(second.member("remark"), Some(&Tree::Null));
    assert!(second.member("sender").unwrap().member("name").is_some());
    // One native value: both places have the same, and another one than before.
    let number = second.member("number").unwrap();
    assert_eq!(second.member("label"), Some(number));
    assert_ne!(number.text(), Some("1"));
}

#[test]
fn a_base_that_is_not_seen_is_found_at_each_place() {
    for place in ["remark", "sender.name", "size"] {
        let mut plan = shipment(false);
        let value = writes(&plan, place);
        plan.write.values[value].base = None;
        let outcomes = prove(&plan, Judges::default(), Budget::default());
        let found = outcomes.iter().any(|outcome| outcome.counter.is_some());
        assert!(found, "{place}: {outcomes:#?}");
    }
}

#[test]
fn a_value_that_is_written_though_it_says_the_same_is_found_in_an_item() {
    let mut plan = shipment(false);
    let value = writes(&plan, "size");
    plan.write.values[value].reads = Box::default();
    let outcome = prove_law(Law::GetPut, &plan, Judges::default(), Budget::default());
    let pointer = outcome.counter.unwrap().finding.pointer;
    assert!(
        pointer.starts_with("/pieces/") && pointer.ends_with("/size"),
        "{pointer}"
    );
}

#[test]
fn what_is_required_and_not_written_is_found() {
    let mut plan = shipment(false);
    // Nothing is said to be missing any more.
    for object in &mut plan.write.objects {
        object.required = 0;
    }
    let outcome = prove_law(Law::Validity, &plan, Judges::default(), Budget::default());
    assert_eq!(
        outcome.counter.unwrap().finding.expected,
        "what was written to be of its schema"
    );
}
