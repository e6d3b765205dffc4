//! What a patch says of the items of a list: all of it, so that nothing stays unseen.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use interlingua::engine::exchange::{NativeRequest, Refused, Worker};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::{Settings, Upstream};

use crate::depot::{answer, call, load_with};

/// An upstream that keeps what an update leaves out, with another way to clear a place.
fn upstream(clear: &str) -> Upstream {
    let own = |text: &str| {
        assert!(text.contains("clear: nil"));
        text.replace("clear: nil", &format!("clear: {clear}"))
    };
    let catalog: Catalog = load_with("tests/newcomers", "quillpost", own);
    let settings: Settings = BTreeMap::from(
        [
            ("base-url", "https://quill.example"),
            ("client-id", "c"),
            ("client-secret", "s"),
        ]
        .map(|(name, value)| (name.to_owned(), value.into())),
    );
    Upstream::compile(&catalog, "quillpost", "quill", &settings, None).unwrap()
}

static NIL: LazyLock<Upstream> = LazyLock::new(|| upstream("nil"));
static REFUSE: LazyLock<Upstream> = LazyLock::new(|| upstream("refuse"));

fn update(
    upstream: &Upstream,
    body: &str,
    base: Option<&str>,
) -> Result<(String, Vec<String>), Vec<String>> {
    let call = call("updateCustomer", &[("id", "r-1")], Some(body));
    let base = base.map(answer);
    match upstream.request(&call, base.as_ref(), &mut Worker::default()) {
        Ok(NativeRequest { body, losses, .. }) => {
            let losses = losses.iter();
            let losses = losses.map(|lost| format!("{} {}", lost.code, lost.pointer));
            Ok((String::from_utf8(body.unwrap()).unwrap(), losses.collect()))
        }
        Err(Refused::Faults(faults)) => Err(faults
            .iter()
            .map(|fault| format!("{} {}", fault.code, fault.pointer.as_deref().unwrap_or("")))
            .collect()),
        Err(Refused::Base(broken)) => panic!("{broken:?}"),
    }
}

#[test]
fn what_a_list_leaves_out_is_cleared() {
    let gone = r#"{"home":{"street":null,"town":null,"postcode":null,"land":null}}"#;
    for (patch, native) in [
        (r#"{"addresses":null}"#, gone),
        (r#"{"addresses":[]}"#, gone),
        (
            r#"{"addresses":[{"use":"home","city":"Ulm"}]}"#,
            r#"{"home":{"street":null,"town":"Ulm","postcode":null,"land":null}}"#,
        ),
        (r#"{"email":"a@b.example"}"#, r#"{"mail":"a@b.example"}"#),
    ] {
        assert_eq!(
            update(&NIL, patch, None),
            Ok((native.to_owned(), vec![])),
            "{patch}"
        );
    }
}

const LINES: &str = r#"{"meta":{},"data":{"uid":"r-1","handle":"h","lines":[
    {"kind":"cell","number":"+12025550100","note":"x"},{"kind":"home","since":[1, 2],"number":"+12025550199"},
    {"kind":"office","number":"+12025550103","none":null,"nothing":{"in":[]}}]}}"#;

#[test]
fn what_items_of_a_list_hold_that_no_rule_names_stays() {
    let (cell, home, office) = (
        r#"{"kind":"cell","number":"+12025550100","note":"x"}"#,
        r#"{"kind":"home","since":[1, 2],"number":"+12025550199"}"#,
        r#"{"kind":"office","number":"+12025550103","none":null,"nothing":{"in":[]}}"#,
    );
    let mobile = r#"{"type":"mobile","number":"+12025550100"}"#;
    let at_home = r#"{"type":"home","number":"+12025550199"}"#;
    let work = r#"{"type":"work","number":"+12025550103"}"#;
    let (one, two) = (&["residue /phones"][..], &["residue /phones"; 2][..]);
    for (phones, lines, lost) in [
        // Aligned by the key that the mapping names, wherever an item stands in the patch.
        (
            format!(r#"[{at_home},{work},{{"type":"mobile","number":"+12025550101"}}]"#),
            format!("[{},{home},{office}]", cell.replace("0100", "0101")),
            &[][..],
        ),
        // One that is left out goes with all that it holds: a loss where that is more than rules name.
        (
            format!("[{at_home},{mobile}]"),
            format!("[{cell},{home}]"),
            &[],
        ),
        (
            format!("[{at_home},{work}]"),
            format!("[{home},{office}]"),
            one,
        ),
        // So does one that another takes the place of.
        (
            format!(r#"[{at_home},{}]"#, mobile.replace("mobile", "work")),
            format!("[{home},{}]", office.replace("0103", "0100")),
            one,
        ),
        (format!("[{work}]"), format!("[{office}]"), two),
        ("[]".to_owned(), "[]".to_owned(), two),
        ("null".to_owned(), "[]".to_owned(), two),
    ] {
        let patch = format!(r#"{{"phones":{phones},"email":"a@b.example"}}"#);
        let call = call("updateCustomer", &[("id", "r-1")], Some(&patch));
        let needs = NIL.needs_base(&call, &mut Worker::default());
        assert_eq!(needs, Some(crate::depot::index("getCustomer")), "{patch}");
        let (written, losses) = update(&NIL, &patch, Some(LINES)).unwrap();
        let written: serde_json::Value = serde_json::from_str(&written).unwrap();
        let meant = format!(r#"{{"mail":"a@b.example","lines":{lines}}}"#);
        let meant: serde_json::Value = serde_json::from_str(&meant).unwrap();
        assert_eq!(
            (written, &*losses),
            (
                meant,
                &*lost.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>()
            ),
            "{patch}"
        );
    }
}

#[test]
fn what_items_hold_is_a_loss_where_nobody_knows_it() {
    for (patch, native) in [
        (
            r#"{"phones":[{"type":"home","number":"+12025550199"}]}"#,
            r#"{"lines":[{"kind":"home","number":"+12025550199"}]}"#,
        ),
        (r#"{"phones":[]}"#, r#"{"lines":[]}"#),
        (r#"{"phones":null}"#, r#"{"lines":null}"#),
    ] {
        let (written, losses) = update(&NIL, patch, None).unwrap();
        assert_eq!(written, native);
        assert_eq!(losses, ["residue /phones"], "{patch}");
    }
    // What names no list says nothing of one.
    let patch = r#"{"email":null}"#;
    let call = call("updateCustomer", &[("id", "r-1")], Some(patch));
    assert_eq!(NIL.needs_base(&call, &mut Worker::default()), None);
    let (_, losses) = update(&NIL, patch, None).unwrap();
    assert_eq!(losses, Vec::<String>::new());
}

#[test]
fn what_cannot_be_cleared_and_stays_is_refused() {
    let patch = r#"{"email":"a@b.example","addresses":[{"use":"home","city":"Ulm"}]}"#;
    let native = r#"{"mail":"a@b.example","home":{"town":"Ulm"}}"#;
    let call = call("updateCustomer", &[("id", "r-1")], Some(patch));
    assert_eq!(
        REFUSE.needs_base(&call, &mut Worker::default()),
        Some(crate::depot::index("getCustomer"))
    );
    // Of what is there nothing is known: all that may stay is told.
    assert_eq!(
        update(&REFUSE, patch, None),
        Ok((
            native.to_owned(),
            vec!["residue /addresses/0".to_owned(); 3]
        ))
    );
    for (home, refused) in [
        (r#"{"street":"Way 1"}"#, Some("/addresses/0")),
        (r#"{"town":"Rom","street":null}"#, None),
        ("null", None),
    ] {
        let base = format!(r#"{{"data":{{"uid":"r-1","home":{home}}}}}"#);
        let expected = match refused {
            Some(at) => Err(vec![format!("cannot-clear {at}")]),
            None => Ok((native.to_owned(), vec![])),
        };
        assert_eq!(update(&REFUSE, patch, Some(&base)), expected, "{home}");
    }
    let there = r#"{"data":{"uid":"r-1","home":{"town":"Rom"}}}"#;
    for patch in [r#"{"addresses":[]}"#, r#"{"addresses":null}"#] {
        let told = update(&REFUSE, patch, Some(there));
        assert_eq!(
            told,
            Err(vec!["cannot-clear /addresses".to_owned()]),
            "{patch}"
        );
        let nothing = update(&REFUSE, patch, Some(r#"{"data":{"uid":"r-1"}}"#));
        assert_eq!(nothing, Ok(("{}".to_owned(), vec![])), "{patch}");
    }
}

#[test]
fn a_null_of_one_entry_clears_that_entry() {
    for (patch, native) in [
        (r#"{"attributes":{"a":null}}"#, r#"{"tags":{"a":null}}"#),
        (
            r#"{"attributes":{"a":null,"u":"9"}}"#,
            r#"{"tags":{"a":null,"u":"9"}}"#,
        ),
    ] {
        let (written, losses) = update(&NIL, patch, None).unwrap();
        assert_eq!((written.as_str(), losses), (native, Vec::new()), "{patch}");
        assert_eq!(
            update(&REFUSE, patch, None),
            Err(vec!["cannot-clear /attributes/a".to_owned()]),
            "{patch}"
        );
    }
}

#[test]
fn a_search_of_which_nothing_is_carried_is_refused() {
    let search = |body| {
        let call = call("searchCustomers", &[], Some(body));
        NIL.request(&call, None, &mut Worker::default())
    };
    let name = r#"{"name":{"first":"A","last":"B"},"birthDate":"1901-01-01","limit":5}"#;
    let Err(Refused::Faults(faults)) = search(name) else {
        panic!("everybody would answer");
    };
    let places = faults.iter().map(|fault| {
        assert_eq!(fault.code, "not-supported-here");
        fault.pointer.as_deref().unwrap()
    });
    let places: Vec<_> = places.collect();
    assert_eq!(places, ["/name/first", "/name/last", "/birthDate"]);

    for nothing in ["{}", r#"{"limit":5}"#, r#"{"name":{}}"#] {
        let Err(Refused::Faults(faults)) = search(nothing) else {
            panic!("everybody would answer {nothing}");
        };
        let told: Vec<_> = faults
            .iter()
            .map(|fault| (fault.code, fault.pointer.as_deref()))
            .collect();
        assert_eq!(told, [("missing-input", Some(""))], "{nothing}");
    }

    let carried = search(r#"{"email":"a@b.example","birthDate":"1901-01-01"}"#).unwrap();
    assert_eq!(carried.losses.len(), 1, "{:?}", carried.losses);
}
