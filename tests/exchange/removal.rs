//! Items that an upstream never removes, wherever their list stands.

use std::collections::BTreeMap;

use interlingua::engine::exchange::{NativeAnswer, Refused, Worker};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::{Settings, Upstream};

use crate::depot::{call, found, told};

/// The shelves in JSON, whose lists never lose an item; `lists` is what updates make of them.
fn shelf(lists: &str, change: impl Fn(String) -> String) -> Upstream {
    let mut files = found("tests/fixtures/shelves");
    for (name, bytes) in &mut files {
        if name.starts_with("mappings/") {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let text = text
                .replace("application/xml", "application/json")
                .replace("clear: empty", "clear: nil")
                .replace(
                    "absent: clears",
                    &format!("absent: keeps\n    lists: {lists}"),
                )
                .replace("key: kind,", "key: kind, removal: refuse,")
                .replace("key: role\n", "key: role\n    removal: refuse\n")
                .replace("each: marks,", "each: marks, key: of, removal: refuse,");
            *bytes = change(text).into_bytes();
        }
    }
    let (catalog, report) = Catalog::load(files);
    assert!(!report.has_errors(), "{}", told(&catalog, &report));
    let settings = [("base-url", "https://shelf.example")];
    let settings: Settings =
        BTreeMap::from(settings.map(|(name, value)| (name.to_owned(), value.into())));
    Upstream::compile(&catalog, "shelf", "shelf", &settings, None)
        .unwrap_or_else(|report| panic!("{}", told(&catalog, &report)))
}

/// What is sent of a patch, or where it is refused.
fn update(upstream: &Upstream, patch: &str, base: &str) -> Result<String, Vec<(String, String)>> {
    update_of(upstream, "application/json", patch, base)
}

/// The same of a base of this media type.
fn update_of(
    upstream: &Upstream,
    media_type: &str,
    patch: &str,
    base: &str,
) -> Result<String, Vec<(String, String)>> {
    let call = call("updateCustomer", &[("id", "5")], Some(patch));
    let base = NativeAnswer {
        status: 200,
        headers: &[],
        content_type: Some(media_type),
        body: base.as_bytes(),
    };
    let mut worker = Worker::default();
    assert!(upstream.needs_base(&call, &mut worker).is_some());
    match upstream.request(&call, Some(&base), &mut worker) {
        Ok(sent) => Ok(String::from_utf8(sent.body.unwrap()).unwrap()),
        Err(Refused::Faults(faults)) => Err(faults
            .into_iter()
            .map(|fault| (fault.code.to_owned(), fault.pointer.unwrap_or_default()))
            .collect()),
        Err(Refused::Base(broken)) => panic!("{broken:?}"),
    }
}

const BASE: &str = r#"{"handle":"h","lines":[{"kind":"home","number":"7"}],"people":[
    {"role":"T","given":"t","lines":[{"kind":"cell","number":"3"}]},
    {"role":"B","given":"g","lines":[{"kind":"home","number":"1"},{"kind":"office","number":"2"}]}]}"#;

const SALES: &str =
    r#"{"role":"sales","name":{"first":"t"},"phones":[{"type":"mobile","number":"3"}]}"#;

fn contacts(phones: &str) -> String {
    format!(r#"{{"contacts":[{{"role":"billing","name":{{"first":"g"}}{phones}}},{SALES}]}}"#)
}

fn refused(pointer: &str) -> Result<String, Vec<(String, String)>> {
    Err(vec![("cannot-remove".to_owned(), pointer.to_owned())])
}

#[test]
fn an_item_inside_an_item_is_not_taken_away() {
    let merged = shelf("merged", |text| text);
    for (phones, pointer) in [
        (
            r#","phones":[{"type":"home","number":"1"}]"#,
            "/contacts/0/phones",
        ),
        (
            r#","phones":[{"type":"mobile","number":"1"}]"#,
            "/contacts/0/phones",
        ),
        (r#","phones":[]"#, "/contacts/0/phones"),
    ] {
        assert_eq!(update(&merged, &contacts(phones), BASE), refused(pointer));
    }
    for (phones, sent) in [
        // What an item leaves out stays.
        ("", "{}"),
        (
            r#","phones":[{"type":"work","number":"2"},{"type":"home","number":"1"}]"#,
            r#"{"people":[{"role":"B","given":"g","lines":[{"kind":"office","number":"2"},{"kind":"home","number":"1"}]}]}"#,
        ),
        (
            r#","phones":[{"type":"home","number":"9"},{"type":"work","number":"2"},{"type":"mobile","number":"3"}]"#,
            r#"{"people":[{"role":"B","given":"g","lines":[{"kind":"home","number":"9"},{"kind":"office","number":"2"},{"kind":"cell","number":"3"}]}]}"#,
        ),
    ] {
        assert_eq!(
            update(&merged, &contacts(phones), BASE),
            Ok(sent.to_owned())
        );
    }
}

#[test]
fn every_list_that_lacks_an_item_is_told() {
    let merged = shelf("merged", |text| text);
    let patch = r#"{"phones":null,"contacts":[{"role":"billing","phones":[]},{"role":"sales","phones":[]}]}"#;
    let told = update(&merged, patch, BASE).unwrap_err();
    let pointers: Vec<_> = told.iter().map(|(_, pointer)| &**pointer).collect();
    assert_eq!(
        pointers,
        ["/phones", "/contacts/0/phones", "/contacts/1/phones"]
    );
    let gone = r#"{"contacts":[{"role":"billing","phones":[]}]}"#;
    let told = update(&merged, gone, BASE).unwrap_err();
    let pointers: Vec<_> = told.iter().map(|(_, pointer)| &**pointer).collect();
    assert_eq!(pointers, ["/contacts/0/phones", "/contacts"]);
}

#[test]
fn where_lists_are_replaced_an_item_says_all_of_its_own() {
    let replaced = shelf("replaced", |text| text);
    for (phones, pointer) in [
        (
            r#","phones":[{"type":"home","number":"1"}]"#,
            "/contacts/0/phones",
        ),
        (r#","phones":[]"#, "/contacts/0"),
        ("", "/contacts/0"),
    ] {
        assert_eq!(update(&replaced, &contacts(phones), BASE), refused(pointer));
    }
    // What the base reads as tells the same where the request is not written over it.
    let apart = shelf("replaced", |text| text.replace("/json", "/xml"));
    let base = "<shelf><people><role>B</role><given>g</given><lines><line><kind>home</kind><number>1</number></line></lines></people></shelf>";
    for (phones, pointer) in [
        (
            r#","phones":[{"type":"work","number":"1"}]"#,
            "/contacts/0/phones",
        ),
        (r#","phones":[]"#, "/contacts/0/phones"),
        ("", "/contacts/0"),
    ] {
        let told = update_of(&apart, "application/xml", &contacts(phones), base);
        assert_eq!(told, refused(pointer));
    }
}

#[test]
fn rules_that_share_a_list_of_the_model_keep_their_items_apart() {
    let split = shelf("merged", |text| {
        let (before, contacts) = text.split_once("  contacts:").unwrap_or((&text, ""));
        let Some((_, behind)) = contacts.split_once("  externalIds:") else {
            return text.clone();
        };
        let cell = |role: &str, code: &str| {
            format!(
                "  contacts[role={role}]: {{ each: 'people[role={code}]', key: given, removal: refuse, fields: {{ name.first: given }} }}\n"
            )
        };
        let cells = cell("billing", "B") + &cell("sales", "T");
        format!("{before}{cells}  externalIds:{behind}")
    });
    let base = r#"{"people":[{"role":"B","given":"g"},{"role":"T","given":"g"}]}"#;
    let billing = r#"{"role":"billing","name":{"first":"g"}}"#;
    let sales = r#"{"role":"sales","name":{"first":"g"}}"#;
    for one in [billing, sales] {
        let patch = format!(r#"{{"contacts":[{one}]}}"#);
        assert_eq!(update(&split, &patch, base), refused("/contacts"));
    }
    let other = r#"{"role":"sales","name":{"first":"h"}}"#;
    for (patch, sent) in [
        (format!(r#"{{"contacts":[{sales},{billing}]}}"#), "{}"),
        (
            format!(r#"{{"contacts":[{other},{billing},{sales}]}}"#),
            r#"{"people":[{"role":"T","given":"h"}]}"#,
        ),
    ] {
        assert_eq!(update(&split, &patch, base), Ok(sent.to_owned()));
    }
}

/// What an item leaves out stays; a list that it gives says all of itself.
#[test]
fn a_list_that_an_item_gives_lacks_nothing_that_would_stay() {
    let merged = shelf("merged", |text| {
        text.replace(
            "      name.first: given\n      phones: { each: lines, key: kind, removal: refuse, fields: { type: kind | table(kind), number: number } }\n",
            "      phones[type=home].number: given\n",
        )
    });
    let base = r#"{"people":[{"role":"B","given":"1"},{"role":"T"}]}"#;
    for (phones, pointer) in [
        (r#","phones":[]"#, "/contacts/0/phones"),
        (
            r#","phones":[{"type":"work","number":"1"}]"#,
            "/contacts/0/phones",
        ),
        (r#","phones":[{"type":"home"}]"#, "/contacts/0/phones/0"),
    ] {
        let patch = format!(r#"{{"contacts":[{{"role":"billing"{phones}}},{{"role":"sales"}}]}}"#);
        let told = update(&merged, &patch, base).unwrap_err();
        let told = told.first().map(|(code, at)| (code.as_str(), at.as_str()));
        assert_eq!(told, Some(("cannot-clear", pointer)), "{patch}");
    }
    for (phones, sent) in [
        ("", r#"{"people":[{"role":"T"}]}"#),
        (
            r#","phones":[{"type":"home","number":"2"}]"#,
            r#"{"people":[{"role":"B","given":"2"},{"role":"T"}]}"#,
        ),
    ] {
        let patch = format!(
            r#"{{"contacts":[{{"role":"billing"{phones}}},{{"role":"sales","phones":[]}}]}}"#
        );
        assert_eq!(
            update(&merged, &patch, base),
            Ok(sent.to_owned()),
            "{patch}"
        );
    }
}
