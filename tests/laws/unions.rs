//! Tagged unions keep every law, and change from one alternative to another.

use interlingua::engine::{FaultCode, LossCode};
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::Plan;
use interlingua::proof::atlas::Atlas;
use interlingua::proof::law::Law;
use interlingua::proof::laws::{Budget, Judges, prove, prove_law};
use interlingua::proof::runner::{Ran, Refusal, Runner};

use crate::broken::parcels;

fn plan(mapping: &str, xml: bool) -> Plan {
    let parcels = if xml { parcels().xml() } else { parcels() };
    parcels.plan(mapping, None, Message::Response).unwrap()
}

fn write(mapping: &str, canonical: &str) -> Result<Ran, Refusal> {
    let plan = plan(mapping, false);
    let atlas = Atlas::new(&plan);
    Runner::new(&atlas).write(canonical.as_bytes())
}

fn read(mapping: &str, native: &str) -> Result<Ran, Refusal> {
    let plan = plan(mapping, false);
    let atlas = Atlas::new(&plan);
    Runner::new(&atlas).read(native.as_bytes())
}

fn put(mapping: &str, patch: &str, base: &str) -> Ran {
    let plan = plan(mapping, false);
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).put(patch.as_bytes(), base.as_bytes());
    ran.unwrap()
}

fn text(ran: Ran) -> String {
    String::from_utf8(ran.bytes).unwrap()
}

#[test]
fn every_law_holds_for_every_form_of_union() {
    let mut broken = Vec::new();
    for mapping in ["method", "token", "purse"] {
        for xml in [false, true] {
            let plan = plan(mapping, xml);
            for outcome in prove(&plan, Judges::default(), Budget::default()) {
                println!(
                    "{mapping} {xml} {}: {} held, {} discarded {:?}",
                    outcome.law.name(),
                    outcome.held,
                    outcome.discarded,
                    outcome.refusals
                );
                if !outcome.holds() {
                    let counter = outcome
                        .counter
                        .map(|counter| (counter.documents, counter.finding));
                    let law = outcome.law.name();
                    broken.push(format!("{mapping} xml={xml} {law} {counter:?}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn an_alternative_is_read_and_written_with_its_tags() {
    let card = r#"{"kind":"CARD","card":{"number":"4711","owner":"Ada"}}"#;
    let read = text(read("method", card).unwrap());
    assert_eq!(
        read,
        r#"{"type":"card","holder":"Ada","card":{"number":"4711"}}"#
    );
    assert_eq!(text(write("method", &read).unwrap()), card);
    // What tells an alternative is made although nothing is written into it.
    let bare = write("token", r#"{"type":"account"}"#).unwrap();
    assert_eq!(text(bare), r#"{"account":{}}"#);
}

#[test]
fn what_no_alternative_is_for_is_refused_and_never_guessed() {
    let refused = |ran: Result<Ran, Refusal>| ran.unwrap_err().code;
    assert_eq!(
        refused(read("method", r#"{"kind":"CHEQUE"}"#)),
        FaultCode::UnknownVariant
    );
    assert_eq!(
        refused(read("method", r#"{"payer":"Ada"}"#)),
        FaultCode::UnknownVariant
    );
    assert_eq!(
        refused(write("method", r#"{"type":"cheque"}"#)),
        FaultCode::NotSupportedHere
    );
    assert_eq!(
        refused(write("method", r#"{"card":{"number":"4711"}}"#)),
        FaultCode::MissingInput
    );
    assert_eq!(
        text(read("method", r#"{"note":"x"}"#).unwrap()),
        r#"{"note":"x"}"#
    );
}

#[test]
fn what_only_another_alternative_carries_is_lost() {
    let ran = write("method", r#"{"type":"cash","card":{"number":"4711"}}"#).unwrap();
    assert_eq!(ran.losses.len(), 1);
    assert_eq!(ran.losses[0].1, LossCode::NoPlace);
    assert_eq!(text(ran), r#"{"kind":"CASH"}"#);
    let ran = read("method", r#"{"kind":"CASH","card":{"number":"4711"}}"#).unwrap();
    assert_eq!((ran.lost, ran.losses[0].1), (1, LossCode::NoPlace));
}

#[test]
fn a_patch_changes_within_an_alternative_and_keeps_residue() {
    let base = r#"{"kind":"CARD","payer":"old","card":{"number":"1","chip":"c"}}"#;
    assert_eq!(
        text(put("method", r#"{"card":{"number":"2"}}"#, base)),
        r#"{"kind":"CARD","payer":"old","card":{"number":"2","chip":"c"}}"#
    );
}

#[test]
fn a_patch_that_names_another_alternative_takes_the_places_of_the_one_before() {
    let base = r#"{"kind":"CARD","payer":"old","card":{"number":"1","until":"2030-01"}}"#;
    let ran = put("method", r#"{"type":"cash","card":null}"#, base);
    // The payer was residue, and does not become the holder by standing there.
    assert_eq!((ran.lost, ran.losses[0].1), (1, LossCode::Residue));
    assert_eq!(text(ran), r#"{"kind":"CASH"}"#);
    let ran = put("token", r#"{"type":"account"}"#, r#"{"card":{"chip":"c"}}"#);
    assert_eq!(ran.losses[0].1, LossCode::Residue);
    assert_eq!(text(ran), r#"{"account":{}}"#);
}

#[test]
fn a_union_of_an_upstream_goes_whole_with_its_object() {
    let base = r#"{"name":"p","main":{"kind":"CASH","account":{"marks":[]}}}"#;
    assert_eq!(
        text(put("purse", r#"{"main":null}"#, base)),
        r#"{"name":"p"}"#
    );
}

#[test]
fn accounting_sees_what_an_alternative_does_not_carry() {
    let mut plan = plan("method", false);
    for union in &mut plan.read.unions {
        for case in &mut union.cases {
            case.unread = Box::default();
        }
    }
    let outcome = prove_law(Law::Accounting, &plan, Judges::default(), Budget::default());
    assert!(outcome.counter.is_some());
}

#[test]
fn what_only_answers_have_has_no_alternatives_in_a_request() {
    for xml in [false, true] {
        for message in [Message::Request, Message::Response] {
            let parcels = if xml { parcels().xml() } else { parcels() };
            let plan = parcels.plan("locker", None, message).unwrap();
            for outcome in prove(&plan, Judges::default(), Budget::default()) {
                let counter = outcome.counter.as_ref();
                let counter = counter.map(|counter| (&counter.documents, &counter.finding));
                assert!(outcome.holds(), "{xml} {message:?} {counter:?}");
            }
        }
    }
    let plan = parcels().plan("locker", None, Message::Request).unwrap();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).read(br#"{"main":{"kind":"CASH","card":{"number":"4711"}}}"#);
    assert_eq!(ran.unwrap().losses.len(), 2);
}
