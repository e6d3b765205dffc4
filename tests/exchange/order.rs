//! What a patch puts into a base stands where the schema has it, beside whatever nobody writes.

use interlingua::engine::exchange::{NativeAnswer, Refused, Worker};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::{Settings, Upstream};

use crate::depot::{call, found, told};

/// The shelves, with elements that answers alone have, a constant, and some that no rule names.
fn shelf() -> Upstream {
    let mut files = found("tests/fixtures/shelves");
    for (name, bytes) in &mut files {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let text = match name.as_str() {
            "schemas/native/shelf.schema.yaml" => text
                .replace(
                    "      handle:",
                    "      made: { type: string, readOnly: true, xml: { name: Made } }\n      again: { type: string, readOnly: true }\n      kind: { type: string, const: shelf }\n      handle:",
                )
                .replace(
                    "      marks:",
                    "      note: { type: string, x-aliases: [{ name: remark }] }\n      marks:",
                )
                .replace(
                    "      given:",
                    "      since: { type: string, readOnly: true }\n      given:",
                ),
            "mappings/shelf/shelf.yaml" => {
                text.replace("unmapped:\n", "unmapped:\n  native: [{ path: rest, why: \"nobody asks\" }]\n")
            }
            _ => text,
        };
        *bytes = text.into_bytes();
    }
    let (catalog, report) = Catalog::load(files);
    assert!(!report.has_errors(), "{}", told(&catalog, &report));
    let settings: Settings = [("base-url".to_owned(), "https://shelf.example".into())].into();
    Upstream::compile(&catalog, "shelf", "shelf", &settings, None)
        .unwrap_or_else(|report| panic!("{}", told(&catalog, &report)))
}

#[test]
fn new_elements_stand_behind_those_that_the_schema_has_before_them() {
    let shelf = shelf();
    let phone = r#""phones":[{"type":"home","number":"1"}]"#;
    let lines = "<lines><line><kind>home</kind><number>1</number></line></lines>";
    for (patch, base, sent) in [
        (
            r#"{"reference":"h"}"#.to_owned(),
            "<Made>1</Made><again>2</again><kind>shelf</kind>",
            "<Made>1</Made><again>2</again><kind>shelf</kind><handle>h</handle>".to_owned(),
        ),
        (
            r#"{"reference":"h"}"#.to_owned(),
            "\n  <Made>1</Made>\n  <again>2</again>\n  <note/>\n",
            "\n  <Made>1</Made>\n  <again>2</again>\n  <handle>h</handle>\n  <note/>\n".to_owned(),
        ),
        (
            format!(r#"{{"reference":"h",{phone}}}"#),
            "<again>2</again><remark>n</remark>",
            format!("<again>2</again><handle>h</handle>{lines}<remark>n</remark>"),
        ),
        (
            r#"{"externalIds":[{"system":"crm","id":"1"},{"system":"erp","id":"2"}]}"#.to_owned(),
            "<again>2</again><x>?</x><remark>n</remark><y/>",
            "<again>2</again><x>?</x><remark>n</remark><marks><of>C</of><value>1</value></marks><marks><of>E</of><value>2</value></marks><y/>".to_owned(),
        ),
        (
            r#"{"contacts":[{"role":"billing","name":{"first":"g"}}]}"#.to_owned(),
            "<people><role>B</role><since>1</since><x/></people><note>n</note>",
            "<people><role>B</role><since>1</since><given>g</given><x/></people><note>n</note>".to_owned(),
        ),
        // Where the base has another order, it stands behind all that come before it.
        (
            r#"{"reference":"h"}"#.to_owned(),
            "<note>n</note><Made>1</Made><!-- <again/> --><marks><of>C</of></marks>",
            "<note>n</note><Made>1</Made><handle>h</handle><!-- <again/> --><marks><of>C</of></marks>".to_owned(),
        ),
    ] {
        let call = call("updateCustomer", &[("id", "5")], Some(&patch));
        let base = format!("<shelf>{base}</shelf>");
        let base = NativeAnswer {
            status: 200,
            headers: &[],
            content_type: Some("application/xml"),
            body: base.as_bytes(),
        };
        let request = match shelf.request(&call, Some(&base), &mut Worker::default()) {
            Ok(request) => request,
            Err(Refused::Faults(faults)) => panic!("{faults:?}"),
            Err(Refused::Base(broken)) => panic!("{broken:?}"),
        };
        let body = String::from_utf8(request.body.unwrap()).unwrap();
        assert_eq!(body, format!("<shelf>{sent}</shelf>"));
    }
}
