//! An upstream that replaces lists gets all of one, whichever part of it a patch names.

use interlingua::engine::exchange::{
    Answered, NativeRequest, ReceivedRequest, Refused, RouteIndex, Worker,
};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::{Settings, Upstream};
use serde_json::{Value, json};

use crate::depot::{answer, told};
use crate::tree;

const SCHEMA: &str = "
$defs:
  Mark: { type: object, properties: { name: { type: string }, value: { type: string }, by: { type: string } } }
  Shelf:
    type: object
    properties:
      id: { type: string, readOnly: true }
      title: { type: string }
      note: { type: string }
      marks: { type: array, x-aliases: [{ name: tags }], items: { $ref: '#/$defs/Mark' } }
      more:
        type: object
        properties:
          lines: { type: array, items: { type: object, properties: { kind: { type: string }, digits: { type: string } } } }
          since: { type: string }
  Other: { type: object, properties: { marks: { type: array, items: { $ref: '#/$defs/Mark' } } } }
  Fault: { type: object, properties: { code: { type: string } } }
";
const SHELF: &str = "
mapping: shelf
canonical: Customer
native: Shelf
fields:
  id: id
  name.full: title
  comments: note
  label: marks[name~=Label].value
  attributes: { entries: marks, key: name, value: value }
  phones[type=home].number: more.lines[kind=home].digits
  phones[type=work].number: more.lines[kind=work].digits
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
const UPSTREAM: &str = "
upstream: shelf
native: shelf
media-type: application/json
base-url: http://shelf.example
clear: nil
operations:
  getCustomer: { routes: [{ when: id, call: 'GET /shelves/{id}' }], answers: [{ status: 200, body: shelf }] }
  updateCustomer:
    base: getCustomer
    absent: keeps
    lists: replaced
    routes: [{ when: id, call: 'PATCH /shelves/{id}', body: shelf }]
    answers: [{ status: 200, body: shelf }]
errors: [{ status: 4xx, body: fault, problem: invalid-input }]
";

fn catalog(upstream: &str) -> Catalog {
    let mut files = tree::files(&[("schemas/canonical", "schemas/canonical")]);
    for (name, text) in [
        ("mappings/shelf/upstream.yaml", upstream),
        ("mappings/shelf/shelf.yaml", SHELF),
        ("mappings/shelf/fault.yaml", FAULT),
        ("schemas/native/shelf.schema.yaml", SCHEMA),
    ] {
        files.push((name.to_owned(), text.as_bytes().to_vec()));
    }
    let (catalog, report) = Catalog::load(files);
    assert!(!report.has_errors(), "{}", told(&catalog, &report));
    catalog
}

struct Shelf {
    catalog: Catalog,
    upstream: Upstream,
}

impl Shelf {
    fn new() -> Self {
        let catalog = catalog(UPSTREAM);
        let upstream = Upstream::compile(&catalog, "shelf", "shelf", &Settings::new(), None);
        let upstream = upstream.unwrap_or_else(|report| panic!("{}", told(&catalog, &report)));
        Self { catalog, upstream }
    }

    fn call<'c>(
        &self,
        operation: &str,
        body: Option<&'c str>,
    ) -> interlingua::engine::exchange::Call<'c> {
        interlingua::engine::exchange::Call {
            operation: self.catalog.operation(operation).unwrap().0,
            ..crate::depot::call("getCustomer", &[("id", "7")], body)
        }
    }

    fn sent(&self, patch: &Value, base: &Value) -> Result<NativeRequest, Refused> {
        let (patch, base) = (patch.to_string(), base.to_string());
        let call = self.call("updateCustomer", Some(&patch));
        let mut worker = Worker::default();
        let needs = self.upstream.needs_base(&call, &mut worker);
        self.upstream
            .request(&call, needs.map(|_| answer(&base)).as_ref(), &mut worker)
    }

    fn read(&self, document: &Value) -> Value {
        let document = document.to_string();
        let call = self.call("getCustomer", None);
        let read = self.upstream.answer(
            &call,
            RouteIndex(0),
            &answer(&document),
            &mut Worker::default(),
        );
        let Answered::Outcome(outcome) = read else {
            panic!("{document}");
        };
        serde_json::from_slice(&outcome.body.unwrap()).unwrap()
    }
}

/// RFC 7396.
fn merge(under: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *under = patch.clone();
        return;
    };
    if !under.is_object() {
        *under = json!({});
    }
    let own = under.as_object_mut().unwrap();
    for (name, value) in members {
        if value.is_null() {
            own.remove(name);
        } else {
            merge(own.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// What says the same: without empty objects and lists, and lists by their keys.
fn settled(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members
                .iter()
                .map(|(name, value)| (name.clone(), settled(value)));
            let kept = kept.filter(|(_, value)| *value != json!({}) && *value != json!([]));
            Value::Object(kept.collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(settled).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

fn bases() -> Vec<Value> {
    let other = json!({ "kind": "pager", "digits": "9" });
    vec![
        json!({ "id": "7" }),
        json!({ "id": "7", "title": "T", "note": "n", "marks": [] }),
        json!({ "id": "7", "marks": [
            { "name": "LABEL", "value": "old", "by": "x" }, { "name": "a", "value": "1" }, { "name": "b", "value": "2", "by": "y" },
        ], "more": { "since": "1", "lines": [{ "kind": "home", "digits": "1" }, other] } }),
        json!({ "id": "7", "note": "n", "tags": [{ "name": "b", "value": "2" }], "more": { "lines": [{ "kind": "work", "digits": "2" }] } }),
    ]
}

fn patches() -> Vec<Value> {
    vec![
        json!({ "label": "new" }),
        json!({ "label": null }),
        json!({ "attributes": { "a": "3" } }),
        json!({ "attributes": { "a": null } }),
        json!({ "attributes": { "b": null, "c": "4" }, "name": { "full": "N" } }),
        json!({ "attributes": null }),
        json!({ "attributes": null, "label": "new", "comments": null }),
        json!({ "label": null, "attributes": { "a": null, "b": null } }),
        json!({ "comments": "c" }),
        json!({ "phones": [{ "type": "home", "number": "+12025550123" }] }),
        json!({ "phones": [{ "type": "work", "number": "+12025550123" }], "label": "new" }),
        json!({ "phones": [] }),
        json!({ "phones": null, "comments": "c" }),
        json!({ "name": { "full": "N" }, "label": "l", "comments": "c" }),
    ]
}

/// The items that nobody reads, and the members of those that are read.
fn residue(document: &Value) -> Vec<String> {
    let marks = document.get("marks").or(document.get("tags"));
    let marks = marks.and_then(Value::as_array).into_iter().flatten();
    let by = marks.filter_map(|mark| Some(format!("{} {}", mark["name"], mark.get("by")?)));
    let lines = document["more"]["lines"].as_array().into_iter().flatten();
    let lines = lines
        .filter(|line| line["kind"] == "pager")
        .map(ToString::to_string);
    by.chain(lines).collect()
}

#[test]
fn what_a_patch_says_is_what_there_is_then_and_the_rest_stays() {
    let shelf = Shelf::new();
    let mut held = 0;
    for base in bases() {
        for patch in patches() {
            let told = format!("{patch} over {base}");
            let request = shelf
                .sent(&patch, &base)
                .unwrap_or_else(|refused| panic!("{told}: {refused:?}"));
            let sent: Value = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
            let told = format!("{told} is {sent}");
            let mut after = base.clone();
            if sent.get("marks").is_some() {
                after.as_object_mut().unwrap().remove("tags");
            }
            merge(&mut after, &sent);
            let mut meant = shelf.read(&base);
            merge(&mut meant, &patch);
            assert_eq!(settled(&shelf.read(&after)), settled(&meant), "{told}");
            // What a removed item held beside is gone with it, and nothing else is.
            let stays = residue(&after);
            for kept in residue(&base) {
                let is_removed = [("\"LABEL\"", "/label"), ("\"b\"", "/attributes/b")]
                    .iter()
                    .any(|(name, place)| kept.starts_with(name) && meant.pointer(place).is_none());
                assert!(is_removed || stays.contains(&kept), "{kept}: {told}");
            }
            assert!(sent.get("id").is_none(), "{told}");
            held += 1;
        }
    }
    assert_eq!(held, 56);
}

#[test]
fn a_list_that_no_patch_names_is_not_read_and_not_sent() {
    let shelf = Shelf::new();
    let call = shelf.call("updateCustomer", Some(r#"{"comments":"c"}"#));
    assert_eq!(
        shelf.upstream.needs_base(&call, &mut Worker::default()),
        None
    );
    let sent = shelf.sent(&json!({ "label": "new" }), &bases()[2]).unwrap();
    let body = String::from_utf8(sent.body.unwrap()).unwrap();
    assert_eq!(
        body,
        r#"{"marks":[{"name":"LABEL","value":"new","by":"x"},{"name":"a","value":"1"},{"name":"b","value":"2","by":"y"}]}"#
    );
}

#[test]
fn what_is_refused_of_either_part_is_told_at_its_place() {
    let shelf = Shelf::new();
    let patch = json!({ "id": "shelf:8", "attributes": { "Label": "x" }, "comments": "c" });
    let refused = shelf.sent(&patch, &bases()[2]).unwrap_err();
    let Refused::Faults(found) = refused else {
        panic!("{refused:?}");
    };
    let found: Vec<_> = found
        .iter()
        .map(|fault| (fault.pointer.as_deref().unwrap(), fault.code))
        .collect();
    assert_eq!(found, [("/attributes/Label", "reserved-name")]);
}

#[test]
fn a_request_with_a_list_is_read_as_all_of_it() {
    let shelf = Shelf::new();
    for (body, meant) in [
        (r#"{"title":"T"}"#, json!({ "name": { "full": "T" } })),
        (
            r#"{"marks":[]}"#,
            json!({ "label": null, "attributes": {} }),
        ),
        (
            r#"{"marks":[{"name":"a","value":"1"}]}"#,
            json!({ "label": null, "attributes": { "a": "1" } }),
        ),
        (r#"{"more":{"lines":[]}}"#, json!({ "phones": null })),
    ] {
        let request = ReceivedRequest {
            method: "PATCH",
            target: "/shelves/7",
            headers: &[],
            content_type: Some("application/json"),
            body: body.as_bytes(),
        };
        let accepted = shelf.upstream.accept(&request, &mut Worker::default());
        let heard: Value = serde_json::from_slice(&accepted.unwrap().body.unwrap()).unwrap();
        assert_eq!(heard, meant, "{body}");
    }
}

#[test]
fn an_update_that_cannot_know_all_of_a_list_is_told() {
    for (from, to) in [
        ("    base: getCustomer\n", ""),
        (
            "media-type: application/json",
            "media-type: application/xml",
        ),
        (
            "'PATCH /shelves/{id}', body: shelf",
            "'PATCH /shelves/{id}', body: other",
        ),
    ] {
        let upstream = UPSTREAM.replace(from, to);
        let mut files = tree::files(&[("schemas/canonical", "schemas/canonical")]);
        let other = SHELF
            .replace("mapping: shelf", "mapping: other")
            .replace("native: Shelf", "native: Other");
        let other: String = other
            .lines()
            .filter(|line| {
                !["id:", "name.", "comm", "phone"]
                    .iter()
                    .any(|gone| line.trim_start().starts_with(gone))
            })
            .map(|line| format!("{line}\n"))
            .collect();
        for (name, text) in [
            ("mappings/shelf/upstream.yaml", &*upstream),
            ("mappings/shelf/shelf.yaml", SHELF),
            ("mappings/shelf/other.yaml", &other),
            ("mappings/shelf/fault.yaml", FAULT),
            ("schemas/native/shelf.schema.yaml", SCHEMA),
        ] {
            files.push((name.to_owned(), text.as_bytes().to_vec()));
        }
        let (catalog, _) = Catalog::load(files);
        let report =
            Upstream::compile(&catalog, "shelf", "shelf", &Settings::new(), None).unwrap_err();
        let told = told(&catalog, &report);
        assert!(told.contains("M513") && told.contains("`marks`"), "{told}");
    }
}
