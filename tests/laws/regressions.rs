//! What the laws once found, each by its least document.

use std::path::Path;

use interlingua::engine::{FaultCode, LossCode};
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::{Op, Plan};
use interlingua::proof::atlas::Atlas;
use interlingua::proof::runner::{Ran, Runner};

use crate::broken::parcels;
use crate::shipped::Shipped;

fn sound() -> Plan {
    parcels().plan("sound", None, Message::Response).unwrap()
}

fn put(patch: &str, base: &str) -> String {
    put_by("sound", patch, base)
}

fn put_by(mapping: &str, patch: &str, base: &str) -> String {
    String::from_utf8(ran_by(mapping, patch, base).bytes).unwrap()
}

fn ran_by(mapping: &str, patch: &str, base: &str) -> Ran {
    let plan = parcels().plan(mapping, None, Message::Response).unwrap();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).put(patch.as_bytes(), base.as_bytes());
    ran.unwrap()
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

fn put_form(patch: &str, base: &str) -> String {
    let plan = parcels()
        .form()
        .plan("crate", None, Message::Response)
        .unwrap();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).put(patch.as_bytes(), base.as_bytes());
    String::from_utf8(ran.unwrap().bytes).unwrap()
}

/// Found by `fuzz/`: what was written was no resource of the model, and so did not read.
#[test]
fn what_the_model_requires_is_not_cleared() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checks/base");
    let shop = Shipped::load(
        "shop",
        &root.join("mappings/shop"),
        &root.join("schemas/native/shop.schema.yaml"),
        &root.join("schemas/canonical"),
    );
    let plan = shop.plan("customer", None, Message::Response).unwrap();
    let atlas = Atlas::new(&plan);
    let put = |patch: &[u8]| Runner::new(&atlas).put(patch, br#"{"fullName":"a","number":"1"}"#);
    let refused = put(br#"{"name":null,"number":null}"#).unwrap_err();
    assert_eq!(
        (refused.code, refused.base),
        (FaultCode::MissingInput, false)
    );
    let written = put(br#"{"number":null}"#).unwrap();
    assert_eq!(written.bytes, br#"{"fullName":"a"}"#);
}

/// The schema of the first place says nothing of what the second one gives.
#[test]
fn what_a_further_place_gives_is_held_against_the_target_too() {
    let plan = parcels().plan("noted", None, Message::Response).unwrap();
    let atlas = Atlas::new(&plan);
    for (length, fits) in [(40, true), (41, false), (80, false)] {
        let native = format!(r#"{{"long":"{}"}}"#, "x".repeat(length));
        let ran = Runner::new(&atlas).read(native.as_bytes());
        assert_eq!(ran.is_ok(), fits, "{length}");
    }
}

#[test]
fn a_new_member_of_a_form_stands_beside_the_others() {
    let patch = r#"{"label":"a"}"#;
    assert_eq!(put_form(patch, ""), "label=a");
    assert_eq!(put_form(patch, "kind=L"), "label=a&kind=L");
    assert_eq!(put_form(patch, "other=1&kind=L"), "label=a&other=1&kind=L");
    assert_eq!(
        put_form(r#"{"kind":"box"}"#, "label=a&other=1"),
        "label=a&kind=B&other=1"
    );
}

#[test]
fn entries_of_an_open_object_come_change_and_go_where_they_stand() {
    let base = r#"{"extras":{"a":"1", "b":null},"label":"x"}"#;
    for (patch, expected) in [
        (
            r#"{"tags":{"c":"3"}}"#,
            r#"{"extras":{"a":"1", "b":null,"c":"3"},"label":"x"}"#,
        ),
        (
            r#"{"tags":{"b":"2"}}"#,
            r#"{"extras":{"a":"1", "b":"2"},"label":"x"}"#,
        ),
        (
            r#"{"tags":{"a":null}}"#,
            r#"{"extras":{"b":null},"label":"x"}"#,
        ),
        (r#"{"tags":null}"#, r#"{"extras":{"b":null},"label":"x"}"#),
    ] {
        assert_eq!(put_by("open", patch, base), expected, "{patch}");
    }
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

fn sack() -> Plan {
    parcels()
        .xml()
        .plan("sack", None, Message::Response)
        .unwrap()
}

#[test]
fn entries_are_elements_that_have_their_names() {
    let plan = sack();
    let atlas = Atlas::new(&plan);
    let mut runner = Runner::new(&atlas);
    let native = "<sack><label>a</label><marks><north>1 &lt; 2</north><east/></marks></sack>";
    let canonical = r#"{"label":"a","tags":{"north":"1 < 2","east":""}}"#;
    let read = runner.read(native.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(read.bytes).unwrap(), canonical);
    let written = runner.write(canonical.as_bytes()).unwrap();
    let expected = native.replace("<east/>", "<east></east>");
    assert_eq!(String::from_utf8(written.bytes).unwrap(), expected);
    for name in ["no name", "a:b", "a>", "", "1"] {
        let odd = format!(r#"{{"tags":{{"{name}":"1"}}}}"#);
        let refusal = runner.write(odd.as_bytes()).unwrap_err();
        assert_eq!(refusal.code, FaultCode::InvalidInput, "{name}");
    }
}

#[test]
fn entries_are_changed_added_and_taken_away_in_their_place() {
    let (plan, base) = (
        sack(),
        "<sack><marks> <north>1</north> <east>2</east> </marks></sack>",
    );
    let atlas = Atlas::new(&plan);
    let put = |patch: &str| {
        let ran = Runner::new(&atlas).put(patch.as_bytes(), base.as_bytes());
        String::from_utf8(ran.unwrap().bytes).unwrap()
    };
    assert_eq!(put(r#"{"tags":{"north":"3"}}"#), base.replace('1', "3"));
    assert_eq!(
        put(r#"{"tags":{"north":null}}"#),
        "<sack><marks> <east>2</east> </marks></sack>"
    );
    assert_eq!(
        put(r#"{"tags":{"west":"4"}}"#),
        "<sack><marks> <north>1</north> <east>2</east> <west>4</west> </marks></sack>"
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

#[test]
fn a_document_that_is_a_list_stays_one_without_items() {
    let base = r#"[{"town":"x"}, {"town":"y"}]"#;
    assert_eq!(put_by("round", r#"{"stops":[]}"#, base), "[]");
    assert_eq!(put_by("round", r#"{"stops":null}"#, base), "[]");
    let one = put_by("round", r#"{"stops":[{"town":"z"}]}"#, base);
    assert_eq!(one, r#"[{"town":"z"}]"#);
}

#[test]
fn an_entry_without_case_prefers_its_own_spelling() {
    let base = r#"{"marks":[{"name":"A","value":"1"},{"name":"a","value":"2"}]}"#;
    assert_eq!(
        put_by("tagged", r#"{"tags":{"a":"5"}}"#, base),
        base.replace("\"2\"", "\"5\"")
    );
    assert_eq!(
        put_by(
            "tagged",
            r#"{"tags":{"b":"5","B":"6"}}"#,
            r#"{"marks":[{"name":"B","value":"1"}]}"#
        ),
        r#"{"marks":[{"name":"B","value":"6"},{"name":"b","value":"5"}]}"#
    );
}

/// What a patch makes of a base, and the places of the residue that it loses.
fn ran_and_lost(mapping: &str, patch: &str, base: &str) -> (String, Vec<Vec<usize>>) {
    let ran = ran_by(mapping, patch, base);
    assert_eq!(u32::try_from(ran.losses.len()), Ok(ran.lost));
    let residue = ran.losses.iter().filter(|loss| loss.1 == LossCode::Residue);
    let places = residue.map(|loss| loss.0.clone().unwrap()).collect();
    (String::from_utf8(ran.bytes).unwrap(), places)
}

/// What breaks a law is told by the name of its plan.
#[test]
fn a_definition_without_a_mapping_goes_by_its_own_name() {
    assert_eq!(parcels().called_without_mapping("tagged"), "Tagged");
}

#[test]
fn an_entry_that_goes_with_more_than_its_value_is_told() {
    let base = r#"{"marks":[{"name":"a","more":"x","value":"1"},{"name":"b","value":"2"}]}"#;
    let ran = |patch| ran_and_lost("tagged", patch, base);
    let (left, lost) = ran(r#"{"tags":{"a":null}}"#);
    assert_eq!(left, r#"{"marks":[{"name":"b","value":"2"}]}"#);
    assert_eq!(lost, [[0, 0]]);
    let (_, lost) = ran(r#"{"tags":null}"#);
    assert_eq!(lost, [[0]]);
    let (_, lost) = ran(r#"{"tags":{"b":null}}"#);
    assert!(lost.is_empty(), "{lost:?}");
    let (_, lost) = ran(r#"{"tags":{"a":"3"}}"#);
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn an_item_that_is_cleared_goes_with_what_stands_deeper_in_it() {
    let base = r#"{"stalls":[{"kind":"Home","where":{"town":"t","more":"x"}},{"kind":"Work"}]}"#;
    let ran = |patch| ran_and_lost("stalls", patch, base);
    let (left, lost) = ran(r#"{"stops":null}"#);
    assert_eq!(left, r#"{"stalls":[{"kind":"Work"}]}"#);
    assert_eq!(lost.len(), 1);
    let (left, lost) = ran(r#"{"stops":[{"use":"home","town":"u"}]}"#);
    assert_eq!(left, base.replace("\"t\"", "\"u\""));
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn another_value_than_the_one_is_refused_at_its_place_over_a_base_too() {
    let plan = parcels().plan("shipment", None, Message::Response).unwrap();
    let atlas = Atlas::new(&plan);
    let patch = br#"{"until":null,"country":"US"}"#;
    let over = Runner::new(&atlas).put(patch, br#"{"number":"1"}"#);
    let refusal = over.unwrap_err();
    assert_eq!(
        (refusal.code, refusal.path),
        (FaultCode::FixedValue, vec![1])
    );
}

#[test]
fn what_goes_unnamed_with_a_cleared_item_is_lost() {
    let base = r#"{"events":[{"what":"note","text":"a","town":"x"}]}"#;
    let ran = ran_by("sound", r#"{"note":null}"#, base);
    assert_eq!((ran.bytes.as_slice(), ran.lost), (&b"{}"[..], 1));
    let ran = ran_by("sound", r#"{"note":"b"}"#, base);
    assert_eq!((ran.bytes.len(), ran.lost), (base.len(), 0));
}

#[test]
fn what_nobody_saw_is_told_where_it_goes_with_what_stands_before_it() {
    let base = r#"{"events":[{"what":"note","text":"a"},{"what":"note","text":"b"}]}"#;
    let ran = ran_by("sound", r#"{"note":null}"#, base);
    assert_eq!((ran.bytes.as_slice(), ran.lost), (&b"{}"[..], 1));
    let base =
        r#"{"marks":[{"name":"a","value":"1"},{"name":"a","value":"2"},{"name":"b","value":"3"}]}"#;
    for (patch, left, lost) in [
        (
            r#"{"tags":{"a":null}}"#,
            r#"{"marks":[{"name":"b","value":"3"}]}"#,
            1,
        ),
        (
            r#"{"tags":{"b":null}}"#,
            &*base.replace(r#",{"name":"b","value":"3"}"#, ""),
            0,
        ),
        (r#"{"tags":null}"#, "{}", 1),
    ] {
        let (found, told) = ran_and_lost("tagged", patch, base);
        assert_eq!((&*found, told.len()), (left, lost), "{patch}");
    }
}

#[test]
fn items_that_go_tell_what_no_rule_reads_of_them() {
    let item = r#"{"what":"stop","town":"x"}"#;
    let more = item.replace('}', r#","own":{"deep":[1]},"none":null,"nothing":[{}]}"#);
    let base = format!(r#"{{"events":[{},{item}]}}"#, vec![&*more; 300].join(","));
    let ran = |patch: &str| ran_by("sound", patch, &base).lost;
    // Each is told, although the base has more of it than a report holds.
    assert_eq!(ran(r#"{"stops":[]}"#), 300);
    assert_eq!(ran(r#"{"stops":[{"town":"x"}]}"#), 299);
    let kept = vec![r#"{"town":"x"}"#; 300].join(",");
    assert_eq!(ran(&format!(r#"{{"stops":[{kept}]}}"#)), 0);
}

#[test]
fn items_with_equal_keys_are_aligned_in_their_order_and_in_time() {
    let item = r#"{"what":"stop","town":"x"}"#;
    let base = format!(r#"{{"events":[{}]}}"#, vec![item; 20_000].join(","));
    let patch = format!(
        r#"{{"stops":[{}]}}"#,
        vec![r#"{"town":"x"}"#; 10_000].join(",")
    );
    let left = format!(r#"{{"events":[{}]}}"#, vec![item; 10_000].join(","));
    assert_eq!(put(&patch, &base), left);
}

#[test]
fn a_value_that_stands_for_a_list_gets_brackets_when_others_come() {
    let base = r#"{"events":{"what":"stop","town":"x"},"label":"a"}"#;
    assert_eq!(
        put(r#"{"stops":[{"town":"y"}]}"#, base),
        base.replace("\"x\"", "\"y\"")
    );
    assert_eq!(
        put(r#"{"stops":[{"town":"x"},{"town":"y"}]}"#, base),
        r#"{"events":[{"what":"stop","town":"x"},{"what":"stop","town":"y"}],"label":"a"}"#
    );
    assert_eq!(
        put(r#"{"note":"n"}"#, base),
        r#"{"events":[{"what":"stop","town":"x"},{"what":"note","text":"n"}],"label":"a"}"#
    );
    assert_eq!(
        put(r#"{"stops":[],"note":"n"}"#, base),
        r#"{"events":[{"what":"note","text":"n"}],"label":"a"}"#
    );
    assert_eq!(put(r#"{"stops":[]}"#, base), r#"{"label":"a"}"#);
}

#[test]
fn an_entry_is_cleared_with_its_namesakes() {
    let base = r#"{"marks":[{"name":"a","value":"1"},{"name":"a","value":"2"}]}"#;
    assert_eq!(put_by("tagged", r#"{"tags":{"a":null}}"#, base), "{}");
}

#[test]
fn an_entry_without_a_value_stays_beside_its_namesake() {
    let base = r#"{"marks":[{"name":"a"},{"name":"a","value":"2"}]}"#;
    assert_eq!(put_by("tagged", r#"{"tags":{"a":"2"}}"#, base), base);
    assert_eq!(
        put_by("tagged", r#"{"tags":{"a":"3"}}"#, base),
        base.replace("\"2\"", "\"3\"")
    );
}

#[test]
fn a_null_is_no_document_and_no_item() {
    let plan = sound();
    let atlas = Atlas::new(&plan);
    for native in ["null", r#"{"events":[null]}"#] {
        let refused = Runner::new(&atlas).read(native.as_bytes());
        assert_eq!(
            refused.err().map(|refusal| refusal.code),
            Some(FaultCode::WrongKind)
        );
    }
}

#[test]
fn an_exponent_is_resolved_without_losing_a_digit() {
    let plan = parcels().plan("weighed", None, Message::Response).unwrap();
    let atlas = Atlas::new(&plan);
    for (native, canonical) in [
        ("1E2", "100"),
        ("1.50e1", "15.0"),
        ("-25e-3", "-0.025"),
        ("0.00", "0.00"),
    ] {
        let native = format!(r#"{{"weight": {native}}}"#);
        let read = Runner::new(&atlas).read(native.as_bytes()).unwrap();
        let text = String::from_utf8(read.bytes).unwrap();
        assert_eq!(text, format!(r#"{{"weight":"{canonical}"}}"#));
        assert_eq!(put_by("weighed", &text, &native), native);
    }
    let refused = Runner::new(&atlas).read(br#"{"weight":1e99}"#);
    assert_eq!(
        refused.err().map(|refusal| refusal.code),
        Some(FaultCode::InvalidInput)
    );
}

#[test]
fn blanks_around_a_number_are_none_of_it() {
    let base = "<crate><count>\n 30\t</count><kind>L</kind></crate>";
    assert_eq!(put_xml(r#"{"note":"30"}"#, base).unwrap(), base);
    assert_eq!(
        put_xml(r#"{"note":"31"}"#, base).unwrap(),
        "<crate><count>31</count><kind>L</kind></crate>"
    );
}

#[test]
fn the_last_part_of_a_joined_text_holds_what_is_left() {
    let plan = parcels().plan("labelled", None, Message::Response).unwrap();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).write(br#"{"label":"1-2-3"}"#).unwrap();
    assert_eq!(
        String::from_utf8(ran.bytes).unwrap(),
        r#"{"label":"1","sent":"2-3"}"#
    );
}

#[test]
fn a_list_is_written_with_as_many_items_as_the_upstream_takes() {
    let plan = |bounds: (u32, u32)| {
        let mut plan = sound();
        for op in &mut plan.write.ops {
            if let Op::List { items, .. } = op {
                *items = bounds;
            }
        }
        plan
    };
    let two = r#"{"stops":[{"town":"a"},{"town":"b"}]}"#;
    let write = |plan: &Plan, base: Option<&str>| {
        let atlas = Atlas::new(plan);
        let mut runner = Runner::new(&atlas);
        let done = match base {
            Some(base) => runner.put(two.as_bytes(), base.as_bytes()),
            None => runner.write(two.as_bytes()),
        };
        done.map(|_| ()).map_err(|refusal| refusal.code)
    };
    let too_few = plan((3, u32::MAX));
    let too_many = plan((0, 1));
    let right = plan((2, 2));
    let one = r#"{"events":[{"what":"stop","town":"x"}]}"#;
    for base in [None, Some("{}"), Some(one)] {
        assert_eq!(write(&right, base), Ok(()), "{base:?}");
        assert_eq!(
            write(&too_few, base),
            Err(FaultCode::InvalidInput),
            "{base:?}"
        );
        assert_eq!(
            write(&too_many, base),
            Err(FaultCode::InvalidInput),
            "{base:?}"
        );
    }
}
