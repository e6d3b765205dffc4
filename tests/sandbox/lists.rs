//! Lists of names and values that an update replaces: what it leaves out is gone, and reading back shows what was sent.

use std::sync::Arc;

use interlingua::diag::render::{Colour, text};
use interlingua::mapping::catalog::Catalog;
use serde_json::{Value, json};

use crate::{Caller, tree};

const SCHEMA: &str = "
$defs:
  Mark: { type: object, properties: { name: { type: string }, value: { type: string } } }
  Shelf:
    type: object
    properties:
      id: { type: string, readOnly: true }
      title: { type: string }
      marks: { type: array, items: { $ref: '#/$defs/Mark' } }
      open: { type: object, additionalProperties: { type: string } }
      since: { type: string }
  Fault: { type: object, properties: { code: { type: string } } }
";
const SHELF: &str = "
mapping: shelf
canonical: Customer
native: Shelf
fields:
  id: id
  name.full: title
  label: marks[name=Label].value
  attributes: { entries: marks, key: name, value: value }
unmapped:
  canonical: [{ path: rest, why: it knows no more }]
  native: [{ path: rest, why: nobody reads them }]
";
const FAULT: &str = "
mapping: fault
canonical: Problem
native: Fault
fields: { upstream.code: code }
unmapped: { canonical: [{ path: rest, why: it knows no more }] }
";
const SANDBOX: &str = r#"
sandbox: shelf
records:
  - body: shelf
    document: |
      {"id":"7","title":"T","marks":[{"name":"Label","value":"L"},{"name":"a","value":"1"},{"name":"b","value":"2"}],"open":{"a":"1","b":"2"},"since":"1999"}
"#;

/// The sandbox of an upstream whose updates say this of what is absent, and whose mapping has entries in this.
fn shelf(update: &str, changed: &[(&str, &str)]) -> Caller {
    let upstream = format!(
        "
upstream: shelf
native: shelf
media-type: application/json
base-url: http://shelf.example
clear: nil
operations:
  getCustomer: {{ routes: [{{ when: id, call: 'GET /shelves/{{id}}' }}], answers: [{{ status: 200, body: shelf }}] }}
  updateCustomer:
    base: getCustomer
    {update}
    routes: [{{ when: id, call: 'PUT /shelves/{{id}}', body: shelf }}]
    answers: [{{ status: 200, body: shelf }}]
errors: [{{ status: 404, body: none, problem: not-found }}, {{ status: 4xx, body: fault, problem: invalid-input }}]
"
    );
    let mut mapping = SHELF.to_owned();
    for (from, to) in changed {
        mapping = mapping.replace(from, to);
    }
    let mut files = tree::files(&[("schemas/canonical", "schemas/canonical")]);
    for (name, text) in [
        ("schemas/native/shelf.schema.yaml", SCHEMA),
        ("mappings/shelf/upstream.yaml", &*upstream),
        ("mappings/shelf/shelf.yaml", &*mapping),
        ("mappings/shelf/fault.yaml", FAULT),
        ("mappings/shelf/sandbox.yaml", SANDBOX),
    ] {
        files.push((name.to_owned(), text.as_bytes().to_vec()));
    }
    let (catalog, report) = Catalog::load(files);
    let told = text(&report, &catalog.sources, Colour::Plain);
    assert!(!report.has_errors(), "{told}");
    Caller::over(&Arc::new(catalog), "shelf", &[], "application/json")
}

/// What is there after a request.
fn after(caller: &mut Caller, sent: &Value) -> Value {
    let (status, told) = caller.text("PUT", "/shelves/7", &sent.to_string());
    assert_eq!(status, 200, "{sent}: {told}");
    let (status, read) = caller.text("GET", "/shelves/7", "");
    assert_eq!((status, &read), (200, &told), "{sent}");
    serde_json::from_str(&read).unwrap()
}

fn mark(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

#[test]
fn entries_that_a_replaced_list_leaves_out_are_gone() {
    for update in ["absent: keeps\n    lists: replaced", "absent: clears"] {
        for marks in [
            json!([mark("Label", "N"), mark("a", "3")]),
            json!([mark("b", "2"), mark("c", "4")]),
            json!([mark("Label", "L")]),
            json!([]),
        ] {
            let mut shelf = shelf(update, &[]);
            let read = after(&mut shelf, &json!({ "title": "T", "marks": marks }));
            let left = read.get("marks").cloned().unwrap_or(json!([]));
            let sorted = |list: &Value| {
                let items = list.as_array().unwrap().iter();
                let mut items: Vec<_> = items.map(ToString::to_string).collect();
                items.sort();
                items
            };
            assert_eq!(sorted(&left), sorted(&marks), "{update}: {read}");
        }
    }
}

#[test]
fn a_list_that_is_not_sent_stays_where_what_is_absent_is_kept() {
    let mut shelf = shelf("absent: keeps\n    lists: replaced", &[]);
    let read = after(&mut shelf, &json!({ "title": "N" }));
    assert_eq!(read["marks"].as_array().unwrap().len(), 3, "{read}");
    assert_eq!(
        (&read["title"], &read["since"]),
        (&json!("N"), &json!("1999"))
    );
}

/// Members of an open object are patched one by one, unless the whole document goes out.
#[test]
fn entries_of_an_open_object_go_with_the_whole_document_alone() {
    let open = [(
        "{ entries: marks, key: name, value: value }",
        "{ entries: open }",
    )];
    let sent = json!({ "title": "T", "open": { "b": "3" } });
    let mut kept = shelf("absent: keeps\n    lists: replaced", &open);
    assert_eq!(
        after(&mut kept, &sent)["open"],
        json!({ "a": "1", "b": "3" })
    );
    let mut whole = shelf("absent: clears", &open);
    assert_eq!(after(&mut whole, &sent)["open"], json!({ "b": "3" }));
}
