//! What the laws once found, each by its least document.

use interlingua::engine::FaultCode;
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::Plan;
use interlingua::proof::atlas::Atlas;
use interlingua::proof::runner::{Ran, Runner};

use crate::broken::parcels;

fn sound() -> Plan {
    parcels().plan("sound", None, Message::Response).unwrap()
}

fn put(patch: &str, base: &str) -> String {
    let plan = sound();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).put(patch.as_bytes(), base.as_bytes());
    String::from_utf8(ran.unwrap().bytes).unwrap()
}

fn read(native: &str) -> Ran {
    let plan = sound();
    let atlas = Atlas::new(&plan);
    Runner::new(&atlas).read(native.as_bytes()).unwrap()
}

fn put_xml(patch: &str, base: &str) -> Result<String, FaultCode> {
    let plan = parcels()
        .xml()
        .plan("crate", None, Message::Response)
        .unwrap();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).put(patch.as_bytes(), base.as_bytes());
    ran.map(|ran| String::from_utf8(ran.bytes).unwrap())
        .map_err(|refusal| refusal.code)
}

#[test]
fn a_value_takes_the_spelling_that_the_base_has() {
    assert_eq!(
        put_xml(r#"{"label":"'<\""}"#, "<crate label='x'/>").unwrap(),
        "<crate label='&apos;&lt;&quot;'/>"
    );
    assert_eq!(
        put_xml(r#"{"label":"a"}"#, "<crate><label/></crate>").unwrap(),
        "<crate><label>a</label></crate>"
    );
    assert_eq!(
        put_xml(r#"{"label":"a"}"#, "<crate/>").unwrap(),
        "<crate><label>a</label></crate>"
    );
}

#[test]
fn clearing_everything_leaves_the_root() {
    assert_eq!(
        put_xml(r#"{"label":null}"#, "<crate><label>x</label></crate>").unwrap(),
        "<crate></crate>"
    );
}

#[test]
fn a_member_needs_those_that_accompany_it() {
    let base = "<crate><count/><kind>L</kind></crate>";
    assert_eq!(
        put_xml(r#"{"note":"3"}"#, base).unwrap(),
        "<crate><count>3</count><kind>L</kind></crate>"
    );
    let refused = put_xml(r#"{"note":"3"}"#, "<crate/>");
    assert_eq!(refused, Err(FaultCode::MissingInput));
}

#[test]
fn a_value_takes_the_place_of_a_null() {
    assert_eq!(
        put(r#"{"label":"a"}"#, r#"{"label":null}"#),
        r#"{"label":"a"}"#
    );
    assert_eq!(
        put(r#"{"stops":[{"town":"x"}]}"#, r#"{"events":null}"#),
        r#"{"events":[{"what":"stop","town":"x"}]}"#
    );
}

#[test]
fn a_value_takes_the_place_of_one_that_does_not_convert() {
    assert_eq!(
        put(r#"{"sent":"2026-11-22"}"#, r#"{"sent":"soon"}"#),
        r#"{"sent":"2026-11-22"}"#
    );
}

#[test]
fn what_does_not_convert_stays_while_its_item_is_given_whole() {
    let base = r#"{"sent":"soon","label":"a"}"#;
    assert_eq!(put(r#"{"label":"a"}"#, base), base);
}

#[test]
fn an_item_that_reads_as_nothing_stays_where_it_is() {
    let base = r#"{"events":[{"what":"stop"},{"what":"stop","town":"x"}]}"#;
    assert_eq!(put(r#"{"stops":[{"town":"x"}]}"#, base), base);
    assert_eq!(
        put(r#"{"stops":[{"town":"y"}]}"#, base),
        base.replace("\"x\"", "\"y\"")
    );
}

#[test]
fn clearing_a_cell_does_not_show_the_next_item_of_it() {
    let base =
        r#"{"events":[{"what":"note","text":"a"},{"what":"stop"},{"what":"note","text":"b"}]}"#;
    assert_eq!(
        put(r#"{"note":null}"#, base),
        r#"{"events":[{"what":"stop"}]}"#
    );
}

#[test]
fn commas_are_right_where_items_come_and_go() {
    let base = r#"{"events":[{"what":"stop","town":"x"},{"what":"walk"}]}"#;
    assert_eq!(
        put(r#"{"stops":[]}"#, base),
        r#"{"events":[{"what":"walk"}]}"#
    );
    assert_eq!(
        put(r#"{"stops":[{"town":"x"},{"town":"y"}]}"#, base),
        r#"{"events":[{"what":"stop","town":"x"},{"what":"stop","town":"y"},{"what":"walk"}]}"#
    );
    assert_eq!(
        put(r#"{"kind":"box"}"#, r#"{"x":null}"#),
        r#"{"kind":"B","x":null}"#
    );
    assert_eq!(put(r#"{"label":null}"#, r#"{"label":"a"}"#), "{}");
}

#[test]
fn what_only_another_cell_reads_is_lost() {
    let ran = read(r#"{"events":[{"what":"stop","town":"x","text":"seen?"}]}"#);
    assert_eq!(ran.bytes, br#"{"stops":[{"town":"x"}]}"#);
    assert_eq!(ran.lost, 1);
    let ran =
        read(r#"{"events":[{"what":"note","text":"a"},{"what":"note","town":"x","text":"b"}]}"#);
    assert_eq!(ran.lost, 3);
}

#[test]
fn a_null_below_what_nobody_reads_is_no_loss() {
    assert_eq!(read(r#"{"x":{"y":null}}"#).lost, 0);
    assert_eq!(read(r#"{"x":{"y":1}}"#).lost, 1);
}
