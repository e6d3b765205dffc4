//! Updates that keep what they leave out: a patch goes to the upstream and is read there as the same patch.

use interlingua::engine::{Direction, FaultCode, Reading};
use interlingua::mapping::ast::{Clear, Message};
use interlingua::mapping::plan::{Plan, Wire};
use interlingua::proof::atlas::Atlas;
use interlingua::proof::compare::{Comparison, Leave};
use interlingua::proof::generate::{Generator, Manner};
use interlingua::proof::patches;
use interlingua::proof::random::Random;
use interlingua::proof::runner::{Ran, Refusal, Runner, json};
use interlingua::proof::tree::{Member, Tree};
use interlingua::proof::trial::tree_of;

use crate::broken::parcels;

fn plan(mapping: &str, xml: bool, clear: Clear) -> Plan {
    let parcels = if xml { parcels().xml() } else { parcels() };
    let mut plan = parcels.plan(mapping, None, Message::Request).unwrap();
    plan.clear = clear;
    plan
}

fn written(plan: &Plan, patch: &str) -> Result<Ran, Refusal> {
    let atlas = Atlas::new(plan);
    Runner::new(&atlas).translate_as(Reading::Patch, Direction::ToNative, patch.as_bytes())
}

fn text(plan: &Plan, patch: &str) -> String {
    String::from_utf8(written(plan, patch).unwrap().bytes).unwrap()
}

fn read(plan: &Plan, update: &str) -> String {
    let atlas = Atlas::new(plan);
    let ran = Runner::new(&atlas).translate_as(
        Reading::Update,
        Direction::ToCanonical,
        update.as_bytes(),
    );
    String::from_utf8(ran.unwrap().bytes).unwrap()
}

#[test]
fn a_null_is_what_the_upstream_calls_one() {
    let nil = plan("crate", true, Clear::Nil);
    let native = "<crate><label xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/></crate>";
    assert_eq!(text(&nil, r#"{"label":null}"#), native);
    assert_eq!(read(&nil, native), r#"{"label":null}"#);
    let empty = plan("crate", true, Clear::Empty);
    assert_eq!(
        text(&empty, r#"{"label":null,"note":null,"kind":"box"}"#),
        "<crate><label/><count/><kind>B</kind></crate>"
    );
    assert_eq!(
        read(&empty, "<crate><label></label></crate>"),
        r#"{"label":null}"#
    );
    let nil = plan("sound", false, Clear::Nil);
    assert_eq!(text(&nil, r#"{"label":null}"#), r#"{"label":null}"#);
    assert_eq!(read(&nil, r#"{"label":null}"#), r#"{"label":null}"#);
    let empty = plan("sound", false, Clear::Empty);
    assert_eq!(text(&empty, r#"{"label":null}"#), r#"{"label":""}"#);
    assert_eq!(
        read(&empty, r#"{"label":"","sent":""}"#),
        r#"{"label":null,"sent":null}"#
    );
}

#[test]
fn an_upstream_without_a_word_for_it_cannot_clear() {
    let refuse = plan("sound", false, Clear::Refuse);
    let refused = written(&refuse, r#"{"label":null}"#).unwrap_err();
    assert_eq!(refused.code, FaultCode::CannotClear);
    assert_eq!(read(&refuse, r#"{"label":null}"#), "{}");
    // A JSON number has no empty form, an XML list without an element of its own no form at all.
    let number = plan("weighed", false, Clear::Empty);
    let refused = written(&number, r#"{"weight":null}"#).unwrap_err();
    assert_eq!(refused.code, FaultCode::CannotClear);
    let list = plan("method", true, Clear::Nil);
    let refused = written(&list, r#"{"type":"account","marks":null}"#).unwrap_err();
    assert_eq!(refused.code, FaultCode::CannotClear);
}

#[test]
fn a_list_without_items_is_one() {
    let plan = plan("method", false, Clear::Nil);
    let native = r#"{"kind":"BANK","account":{"marks":[]}}"#;
    assert_eq!(text(&plan, r#"{"type":"account","marks":[]}"#), native);
    assert_eq!(read(&plan, native), r#"{"type":"account","marks":[]}"#);
    let native = r#"{"kind":"BANK","account":{"marks":null}}"#;
    assert_eq!(text(&plan, r#"{"type":"account","marks":null}"#), native);
    assert_eq!(read(&plan, native), r#"{"type":"account","marks":null}"#);
}

#[test]
fn what_an_update_leaves_out_has_no_default() {
    let plan = plan("kept", false, Clear::Nil);
    assert_eq!(read(&plan, r#"{"label":"a"}"#), r#"{"label":"a"}"#);
    assert_eq!(
        read(&plan, r#"{"label":"a","kind":null}"#),
        r#"{"label":"a","kind":null}"#
    );
}

/// The document that a merge patch makes of another.
fn merged(under: Option<&Tree>, patch: &Tree) -> Option<Tree> {
    merged_by(None, under, patch)
}

#[test]
fn a_patch_is_read_as_the_same_patch() {
    for (mapping, xml) in [("kept", false), ("pack", false), ("pack", true)] {
        for clear in [Clear::Nil, Clear::Empty] {
            let held = patches_held(&plan(mapping, xml, clear));
            assert!(held > 60, "{mapping} {xml} {clear:?}: {held}");
        }
    }
}

/// To an upstream that clears by an empty text there is no other one.
fn emptied(patch: &mut Tree) {
    match patch {
        Tree::Text(text) if text.is_empty() => *patch = Tree::Null,
        Tree::Object(members) => members
            .iter_mut()
            .for_each(|member| emptied(&mut member.value)),
        _ => {}
    }
}

#[test]
fn of_a_list_all_is_said() {
    let nil = plan("bundle", false, Clear::Nil);
    for (patch, native) in [
        (r#"{"label":"a"}"#, r#"{"label":"a"}"#),
        (
            r#"{"stops":null}"#,
            r#"{"home":{"town":null,"street":null},"work_town":null}"#,
        ),
        (
            r#"{"stops":[]}"#,
            r#"{"home":{"town":null,"street":null},"work_town":null}"#,
        ),
        (
            r#"{"stops":[{"use":"home","town":"t"}]}"#,
            r#"{"home":{"town":"t","street":null},"work_town":null}"#,
        ),
        (r#"{"notes":[]}"#, r#"{"places":[]}"#),
        (r#"{"notes":null}"#, r#"{"places":null}"#),
        (
            r#"{"notes":[{"kind":"bell","text":"t"}]}"#,
            r#"{"places":[{"kind":"Bell","text":"t"}]}"#,
        ),
    ] {
        let ran = written(&nil, patch).unwrap();
        assert_eq!(
            (text(&nil, patch), ran.lost),
            (native.to_owned(), 0),
            "{patch}"
        );
    }
    let empty = plan("bundle", true, Clear::Empty);
    assert_eq!(
        text(&empty, r#"{"stops":[{"use":"work","town":"t"}]}"#),
        "<bundle><home><town/><street/></home><work_town>t</work_town></bundle>"
    );
    // Whether something stays there, the patch alone does not tell: it is told as lost.
    let refuse = plan("bundle", false, Clear::Refuse);
    for (patch, lost) in [
        (r#"{"stops":null}"#, 3),
        (r#"{"stops":[]}"#, 3),
        (r#"{"stops":[{"use":"home","town":"t"}]}"#, 2),
    ] {
        assert_eq!(written(&refuse, patch).unwrap().lost, lost, "{patch}");
    }
    let refused = written(&refuse, r#"{"notes":null}"#).unwrap_err();
    assert_eq!(refused.code, FaultCode::CannotClear);
}

/// A document and a patch of it.
fn drawn(atlas: &Atlas<'_>, seed: u64) -> (Tree, Tree) {
    let mut random = Random::new(seed);
    let manner = Manner {
        presence: [30, 60, 97][random.below(3)],
        residue: 0,
        odd: 0,
        noise: false,
        forbidden: false,
    };
    let mut generator = Generator::new(atlas, Direction::ToNative, manner, random.draw());
    let before = generator.document().tree;
    let patch = patches::patch(&before, &mut generator, &mut random);
    (before, patch)
}

/// The document that an update makes of another; with a `key`, the items of its lists change those of the same key.
fn merged_by(key: Option<&str>, under: Option<&Tree>, patch: &Tree) -> Option<Tree> {
    let name = |item: &Tree| match item {
        Tree::Object(members) => {
            let mut members = members.iter();
            let found = members.find(|member| Some(member.name.as_str()) == key);
            found.map(|member| member.value.clone())
        }
        _ => None,
    };
    let (Tree::List(items), Some(Tree::List(own)), Some(_)) = (patch, under, key) else {
        let Tree::Object(members) = patch else {
            return (*patch != Tree::Null).then(|| patch.clone());
        };
        let mut all: Vec<Member> = match under {
            Some(Tree::Object(members)) => members.clone(),
            _ => Vec::new(),
        };
        for member in members {
            let found = all.iter().position(|other| other.name == member.name);
            let under = found.map(|index| all.remove(index).value);
            if let Some(value) = merged_by(key, under.as_ref(), &member.value) {
                all.push(Member {
                    value,
                    ..member.clone()
                });
            }
        }
        return Some(Tree::Object(all));
    };
    let mut all = own.clone();
    for item in items {
        let same = all.iter_mut().find(|own| name(own) == name(item));
        match same {
            Some(own) => {
                let under = own.clone();
                if let Some(made) = merged_by(key, Some(&under), item) {
                    *own = made;
                }
            }
            None => all.extend(merged_by(key, None, item)),
        }
    }
    Some(Tree::List(all))
}

/// Of 200 patches of documents, those that an upstream which merges them takes whole, and the first that it makes
/// something else of than was said.
fn upstream_made(plan: &Plan) -> (usize, Option<String>) {
    upstream_made_of(plan, &merged)
}

fn upstream_made_of(
    plan: &Plan,
    merges: &dyn Fn(Option<&Tree>, &Tree) -> Option<Tree>,
) -> (usize, Option<String>) {
    let atlas = Atlas::new(plan);
    let mut runner = Runner::new(&atlas);
    let mut held = 0;
    for seed in 0..200 {
        let (before, patch) = drawn(&atlas, seed);
        let (Ok(native), Ok(sent)) = (
            runner.write(&json(&before)),
            runner.translate_as(Reading::Patch, Direction::ToNative, &json(&patch)),
        ) else {
            continue;
        };
        if native.lost > 0 || sent.lost > 0 {
            continue;
        }
        let tree = |ran: &Ran| tree_of(Wire::Json, &ran.bytes).unwrap();
        let after = merges(Some(&tree(&native)), &tree(&sent)).unwrap();
        let read = runner.read(&json(&after)).unwrap();
        let meant = merged(Some(&before), &patch).unwrap();
        let difference =
            Comparison::new(&atlas, true, Leave::default(), &[]).differ(&meant, &tree(&read));
        if let Some(difference) = difference {
            let (patch, sent) = (json(&patch), &sent.bytes);
            let said = [&patch, sent].map(|text| String::from_utf8_lossy(text).into_owned());
            return (held, Some(format!("{difference:?} {said:?}")));
        }
        held += 1;
    }
    (held, None)
}

#[test]
fn an_upstream_that_merges_makes_of_a_patch_what_was_said() {
    for mapping in ["kept", "pack", "bundle"] {
        let (held, broken) = upstream_made(&plan(mapping, false, Clear::Nil));
        assert_eq!(broken, None, "{mapping}");
        assert!(held > 60, "{mapping}: {held}");
    }
}

#[test]
fn an_upstream_that_merges_lists_makes_of_selected_items_what_was_said() {
    for (mapping, key) in [("tagged", "name"), ("bundle", "kind")] {
        let merges = |under: Option<&Tree>, patch: &Tree| merged_by(Some(key), under, patch);
        let mut plan = plan(mapping, false, Clear::Nil);
        plan.merges = true;
        let (held, broken) = upstream_made_of(&plan, &merges);
        assert_eq!(broken, None, "{mapping}");
        assert!(held > 60, "{mapping}: {held}");
    }
}

#[test]
fn what_an_item_leaves_out_and_stays_is_found() {
    let mut plan = plan("bundle", false, Clear::Nil);
    for value in &mut plan.write.values {
        value.item = None;
    }
    let (_, broken) = upstream_made(&plan);
    assert!(broken.is_some());
}

/// Of 200 patches, those that were neither refused nor lost in part; each of them must hold.
fn patches_held(plan: &Plan) -> usize {
    let atlas = Atlas::new(plan);
    let mut runner = Runner::new(&atlas);
    let mut held = 0;
    for seed in 0..200 {
        let (before, patch) = drawn(&atlas, seed);
        let Ok(ran) = runner.translate_as(Reading::Patch, Direction::ToNative, &json(&patch))
        else {
            continue;
        };
        if ran.lost > 0 {
            continue;
        }
        let update = runner
            .translate_as(Reading::Update, Direction::ToCanonical, &ran.bytes)
            .unwrap_or_else(|refusal| {
                panic!("{} {refusal:?}", String::from_utf8_lossy(&ran.bytes))
            });
        let again = tree_of(Wire::Json, &update.bytes).unwrap();
        let mut patch = patch;
        if plan.clear == Clear::Empty {
            emptied(&mut patch);
        }
        let meant = merged(Some(&before), &patch).unwrap();
        let done = merged(Some(&before), &again).unwrap();
        let leave = Leave {
            more: true,
            ..Leave::default()
        };
        let difference = Comparison::new(&atlas, true, leave, &[]).differ(&meant, &done);
        assert!(
            difference.is_none(),
            "{difference:?}\n{}\n{}\n{}",
            String::from_utf8_lossy(&json(&patch)),
            String::from_utf8_lossy(&ran.bytes),
            String::from_utf8_lossy(&update.bytes)
        );
        held += 1;
    }
    held
}
