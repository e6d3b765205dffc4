//! Each law can fail, and is then reported at its rule with the least document that breaks it.
//!
//! What a mapping file can get wrong is a mapping file; what only the compiler or the engine can get wrong is done to
//! a compiled plan.

use std::path::Path;

use interlingua::diag::Sources;
use interlingua::engine::Direction;
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::{Lit, NONE, Plan, Wire};
use interlingua::proof::atlas::Atlas;
use interlingua::proof::case::Case;
use interlingua::proof::law::{Law, LawOutcome};
use interlingua::proof::laws::{Budget, Judges, prove, prove_law};
use interlingua::proof::parse::Parsed;
use interlingua::proof::runner::Runner;
use interlingua::proof::skeleton::skeleton;
use interlingua::proof::trial::{Trial, Verdict};

use crate::shipped::Shipped;

pub(crate) fn parcels() -> Shipped {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/laws");
    Shipped::load(
        "parcels",
        &root.join("mappings"),
        &root.join("native.schema.yaml"),
        &root.join("canonical"),
    )
}

fn plan(mapping: &str) -> (Plan, Sources) {
    let shipped = parcels();
    let plan = shipped.plan(mapping, None, Message::Response).unwrap();
    (plan, shipped.sources)
}

fn held(law: Law, plan: &Plan) -> LawOutcome {
    prove_law(law, plan, Judges::default(), Budget::default())
}

/// The pointer, the least document, and the file and line of the rule.
fn broken(law: Law, plan: &Plan, sources: &Sources) -> (String, String, String) {
    let outcome = held(law, plan);
    let counter = outcome.counter.as_ref().unwrap();
    let fault = outcome.diagnostic().unwrap();
    assert_eq!(fault.code, law.code());
    let rule = counter.span.map_or_else(String::new, |span| {
        format!(
            "{}:{}",
            sources.name(span.source),
            sources.position(span).line
        )
    });
    let documents: Vec<&str> = counter.documents.iter().map(|(_, text)| &**text).collect();
    (counter.finding.pointer.clone(), documents.join(" "), rule)
}

/// The number of the value that writes a rule's place.
pub(crate) fn writes(plan: &Plan, canonical: &str) -> usize {
    plan.write
        .values
        .iter()
        .position(|value| {
            let rule = plan.rules.get(usize::from(value.rule));
            value.base.is_some() && rule.is_some_and(|rule| &*rule.canonical == canonical)
        })
        .unwrap()
}

#[test]
fn a_sound_mapping_keeps_every_law() {
    let (plan, _) = plan("sound");
    for outcome in prove(&plan, Judges::default(), Budget::default()) {
        assert!(outcome.holds(), "{outcome:#?}");
        assert_eq!(outcome.diagnostic(), None);
    }
}

#[test]
fn put_get_fails_where_a_format_forgets_a_part() {
    let (plan, sources) = plan("forgets-the-day");
    let (pointer, document, rule) = broken(Law::PutGet, &plan, &sources);
    assert_eq!(pointer, "/sent");
    assert!(
        document.starts_with(r#"{"sent":""#) || document.starts_with(r#"{} {"sent":""#),
        "{document}"
    );
    assert_eq!(rule, "forgets-the-day.yaml:6");
}

#[test]
fn get_put_fails_where_a_value_is_written_that_says_the_same() {
    let (mut plan, sources) = plan("sound");
    let kind = writes(&plan, "kind");
    plan.write.values[kind].reads = Box::default();
    assert_eq!(
        broken(Law::GetPut, &plan, &sources),
        (
            "/kind".to_owned(),
            r#"{"kind":"K"}"#.to_owned(),
            "sound.yaml:7".to_owned()
        )
    );
}

#[test]
fn create_and_stability_fail_where_another_value_is_written() {
    let (mut plan, sources) = plan("sound");
    let label = writes(&plan, "label");
    // One text is spelled as another: a fault that only that text shows.
    let wrong = Lit {
        start: 0,
        end: 1,
        ..Lit::default()
    };
    plan.write.values[label].spelling = Some((wrong, wrong));
    for law in [Law::Create, Law::Stability] {
        assert_eq!(
            broken(law, &plan, &sources),
            (
                "/label".to_owned(),
                r#"{"label":"true"}"#.to_owned(),
                "sound.yaml:5".to_owned()
            )
        );
    }
}

#[test]
fn put_put_fails_where_the_base_is_not_seen() {
    let (mut plan, sources) = plan("sound");
    let label = writes(&plan, "label");
    plan.write.values[label].base = None;
    let (_, documents, _) = broken(Law::PutPut, &plan, &sources);
    assert_eq!(documents, r#"{} {"label":""} {"label":"a"}"#);
}

#[test]
fn least_change_sees_a_byte_of_another_place() {
    let (plan, _) = plan("sound");
    let atlas = Atlas::new(&plan);
    let rule = |canonical: &str| {
        let found = plan
            .rules
            .iter()
            .position(|rule| &*rule.canonical == canonical);
        u16::try_from(found.unwrap()).unwrap_or(NONE)
    };
    let touched = [rule("label")].into_iter().collect();
    let base = br#"{"label": "a", "kind": "L", "x": 1.0}"#;
    let same = br#"{"kind": "L", "x": 1.0, "label": "other"}"#;
    assert_eq!(
        skeleton(&atlas, base, &touched),
        skeleton(&atlas, same, &touched)
    );
    for other in [
        &br#"{"label": "b", "kind": "B", "x": 1.0}"#[..],
        br#"{"label": "b", "kind": "L", "x": 1}"#,
        br#"{"label": "b", "kind": "L"}"#,
    ] {
        assert_ne!(
            skeleton(&atlas, base, &touched),
            skeleton(&atlas, other, &touched)
        );
    }
}

#[test]
fn validity_fails_where_a_judge_refuses() {
    let (plan, _) = plan("sound");
    let judge = |document: &[u8]| {
        let found = document.windows(8).any(|part| part == b"\"letter\"");
        if found {
            Err("no letter".to_owned())
        } else {
            Ok(())
        }
    };
    let judges = Judges {
        canonical: Some(&judge),
        native: None,
    };
    let outcome = prove_law(Law::Validity, &plan, judges, Budget::default());
    let counter = outcome.counter.unwrap();
    assert_eq!(counter.documents[0].1, r#"{"kind":"L"}"#);
    assert_eq!(counter.finding.expected, "no letter");
}

/// The plan with cells that read what is theirs, and count nothing of what no cell reads.
fn unread() -> (Plan, Sources) {
    let (mut plan, sources) = plan("sound");
    for block in &mut plan.read.blocks {
        block.unread = (0, 0);
    }
    (plan, sources)
}

#[test]
fn accounting_fails_where_a_cell_does_not_read_what_others_do() {
    let (plan, sources) = unread();
    assert_eq!(
        broken(Law::Accounting, &plan, &sources),
        (
            "/events/town".to_owned(),
            r#"{"events":{"what":"note","town":""}}"#.to_owned(),
            "sound.yaml:8".to_owned()
        )
    );
}

/// An item may stand without its list where the upstream writes one so: the pointer is that of the document as it is.
#[test]
fn what_vanishes_is_told_where_it_stands_with_or_without_a_list_around_it() {
    let (plan, _) = unread();
    let atlas = Atlas::new(&plan);
    let mut trial = Trial {
        runner: Runner::new(&atlas),
        judges: Judges::default(),
    };
    for (document, pointer) in [
        (
            r#"{"events":[{"what":"note","town":"a"}]}"#,
            "/events/0/town",
        ),
        (r#"{"events":{"what":"note","town":"a"}}"#, "/events/town"),
        (
            r#"{"events":[{"what":"stop","town":"a"},{"what":"stop","text":"b"}]}"#,
            "/events/1/text",
        ),
    ] {
        let parsed = Parsed::read(Wire::Json, document.as_bytes()).unwrap();
        let case = Case {
            direction: Direction::ToCanonical,
            input: parsed.document,
            patches: Vec::new(),
            status: None,
        };
        let Verdict::Broken(finding) = trial.check(Law::Accounting, &case) else {
            panic!("{document}");
        };
        assert_eq!(finding.pointer, pointer);
    }
}

#[test]
fn too_many_refusals_are_no_proof() {
    let (plan, _) = plan("sound");
    let budget = Budget {
        documents: 0,
        ..Budget::default()
    };
    let outcome = prove_law(Law::GetPut, &plan, Judges::default(), budget);
    assert!(outcome.is_vacuous() && !outcome.holds());
    assert_eq!(outcome.diagnostic().unwrap().code, Law::GetPut.code());
}

#[test]
fn an_answer_that_says_something_by_its_status_is_read_with_the_one_it_was_written_with() {
    let (plan, _) = plan("stated");
    for outcome in prove(&plan, Judges::default(), Budget::default()) {
        let counter = outcome.counter.as_ref();
        let counter = counter.map(|counter| (&counter.documents, &counter.finding));
        assert!(outcome.holds(), "{} {counter:?}", outcome.law.name());
        assert!(outcome.held > 0);
    }
}

#[test]
fn put_get_fails_where_an_answer_does_not_say_its_status() {
    let (mut plan, _) = plan("stated");
    plan.write.status = None;
    let counter = held(Law::PutGet, &plan).counter.unwrap();
    assert_eq!(counter.finding.expected, "what was written to be read");
}

#[test]
fn create_fails_where_a_status_that_no_row_has_is_taken_for_one_that_has() {
    let (plan, _) = plan("stated-as-any");
    let counter = held(Law::Create, &plan).counter.unwrap();
    let status = counter.documents.iter().find(|(part, _)| *part == "status");
    assert_eq!(status.unwrap().1, "598");
    assert_eq!(counter.finding.actual, "201");
}
