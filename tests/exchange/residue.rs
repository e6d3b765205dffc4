//! What stands unnamed in items of lists, and around them, goes with them in no silence.

use std::collections::BTreeMap;

use interlingua::engine::exchange::{NativeAnswer, NativeRequest, Refused, Worker};
use interlingua::mapping::compile::upstream::{Settings, Upstream};

use crate::depot::{call, load_with};

fn upstream(change: impl Fn(&str) -> String) -> Upstream {
    let catalog = load_with("tests/fixtures/shelves", "shelf", change);
    let settings = [("base-url", "https://shelf.example")];
    let settings: Settings =
        BTreeMap::from(settings.map(|(name, value)| (name.to_owned(), value.into())));
    Upstream::compile(&catalog, "shelf", "shelf", &settings, None).unwrap()
}

/// The bytes that a patch over a base makes, and where they lose residue.
fn update(upstream: &Upstream, media_type: &str, patch: &str, base: &str) -> (String, Vec<String>) {
    let call = call("updateCustomer", &[("id", "5")], Some(patch));
    let base = NativeAnswer {
        status: 200,
        headers: &[],
        content_type: Some(media_type),
        body: base.as_bytes(),
    };
    match upstream.request(&call, Some(&base), &mut Worker::default()) {
        Ok(NativeRequest { body, losses, .. }) => {
            let residue = losses.into_iter().filter(|lost| lost.code == "residue");
            let body = String::from_utf8(body.unwrap()).unwrap();
            (body, residue.map(|lost| lost.pointer).collect())
        }
        Err(Refused::Faults(faults)) => panic!("{faults:?}"),
        Err(Refused::Base(broken)) => panic!("{broken:?}"),
    }
}

const XML: &str = "application/xml";

#[test]
fn what_stands_around_the_last_item_is_told_when_it_goes() {
    let shelf = upstream(str::to_owned);
    let item = "<line><kind>home</kind><number>1</number></line>";
    for (around, lost) in [
        (format!("<lines>{item}<odd>KEEP</odd></lines>"), 1),
        (format!("<lines a=\"KEEP\">{item}</lines>"), 1),
        (format!("<lines>{item}</lines>"), 0),
    ] {
        let base = format!("<shelf><handle>h</handle>{around}</shelf>");
        for patch in [r#"{"phones":[]}"#, r#"{"phones":null}"#] {
            let (sent, told) = update(&shelf, XML, patch, &base);
            assert_eq!(sent, "<shelf><handle>h</handle></shelf>");
            assert_eq!(told, vec!["/phones"; lost], "{base} {patch}");
        }
        // An item that takes its place keeps it.
        let other = r#"{"phones":[{"type":"work","number":"2"}]}"#;
        let (sent, told) = update(&shelf, XML, other, &base);
        assert_eq!(sent.contains("KEEP"), lost == 1, "{sent}");
        assert!(told.is_empty(), "{base} {told:?}");
    }
}

#[test]
fn a_list_that_goes_out_whole_is_told_though_it_is_as_it_was() {
    let shelf =
        upstream(|text| text.replace("absent: clears", "absent: keeps\n    lists: replaced"));
    let base = "<shelf><marks><of>C</of><value>1</value><note>KEEP</note></marks></shelf>";
    for id in ["1", "2"] {
        let patch = format!(r#"{{"externalIds":[{{"system":"crm","id":"{id}"}}]}}"#);
        let (sent, told) = update(&shelf, XML, &patch, base);
        assert!(!sent.contains("KEEP"), "{sent}");
        assert_eq!(told, ["/externalIds"], "{id}");
    }
}

#[test]
fn an_emptied_list_inside_an_item_is_told_there() {
    let shelf = upstream(|text| {
        text.replace("application/xml", "application/json")
            .replace("clear: empty", "clear: nil")
            .replace("absent: clears", "absent: keeps\n    lists: replaced")
    });
    let base = r#"{"handle":"h","lines":[{"kind":"home","number":"7"}],
        "people":[{"role":"B","given":"g","lines":[{"kind":"home","number":"1","note":"KEEP"}]}]}"#;
    let within = r#"{"role":"billing","name":{"first":"g"},"phones":[]}"#;
    for patch in [
        format!(r#"{{"contacts":[{within}]}}"#),
        format!(r#"{{"phones":[{{"type":"home","number":"7"}}],"contacts":[{within}]}}"#),
    ] {
        let (sent, told) = update(&shelf, "application/json", &patch, base);
        assert!(!sent.contains("KEEP"), "{sent}");
        assert_eq!(told, ["/contacts/0"], "{patch}");
    }
}
