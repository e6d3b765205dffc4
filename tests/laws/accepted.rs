//! The derived schema of every operation with a body, against what the operation does.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use interlingua::gateway::openapi;
use interlingua::mapping::accepts::accepted;
use interlingua::mapping::catalog::{Catalog, OperationIndex};
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::proof::accepted::{Ended, Tried, listed, tried};
use jsonschema::{PatternOptions, Validator};
use serde_json::{Value, json};

use crate::tree;

/// Codes of refusals that a schema says before a call does.
const OF_SHAPE: [&str; 4] = [
    "not-supported-here",
    "missing-input",
    "fixed-value",
    "unknown-field",
];

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::load(tree::files(&[
        ("schemas", "schemas"),
        ("mappings", "mappings"),
    ]))
    .0
});

fn upstreams() -> Vec<Upstream> {
    let compile = |name: &String| {
        let set = &CATALOG.mappings[name];
        let settings = interlingua::sandbox::settings(set, "http://127.0.0.1:1");
        let auth = set.sandbox.as_ref().and_then(|box_| box_.auth.as_ref());
        Upstream::compile(&CATALOG, name, name, &settings, auth).unwrap()
    };
    CATALOG.mappings.keys().map(compile).collect()
}

fn validator(schema: &Value) -> Validator {
    let mut options = jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true);
    for row in interlingua::model::format::FORMATS {
        options = options.with_format(row.name, row.fits);
    }
    options.build(schema).unwrap()
}

/// The model's own judge of an operation's body: what no upstream is asked for.
fn canonical(index: OperationIndex) -> Validator {
    static API: LazyLock<Value> = LazyLock::new(|| {
        openapi::document(&CATALOG.operations, &CATALOG.canonical_schemas).unwrap()
    });
    let operation = CATALOG.at(index).unwrap();
    let method = operation.method.as_str().to_ascii_lowercase();
    let described = &API["paths"][format!("/v1{}", operation.path)][method];
    let mut schema = described["requestBody"]["content"]["application/json"]["schema"].clone();
    schema["components"] = API["components"].clone();
    answers_only(&mut schema);
    validator(&schema)
}

/// Takes out what only answers have: a request that says it is none that a schema would describe.
fn answers_only(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                properties.retain(|_, member| member["readOnly"] != true);
            }
            members.values_mut().for_each(answers_only);
        }
        Value::Array(items) => items.iter_mut().for_each(answers_only),
        _ => {}
    }
}

/// Every offered operation with a derived schema.
fn derived(upstream: &Upstream) -> Vec<(OperationIndex, Value)> {
    let offered = upstream.offered();
    let schemas = offered.filter_map(|index| Some((index, accepted(&CATALOG, upstream, index)?)));
    schemas.collect()
}

/// What a schema says otherwise than the operation does of a document that the model takes; whether it is carried whole.
fn judged(judge: &Validator, tried: &Tried, wrong: &mut Vec<String>, about: &str) -> bool {
    let document: Value = serde_json::from_slice(&tried.document).unwrap();
    let accepted = judge.is_valid(&document);
    let about = || format!("{about}: {:?} {document}", tried.ended);
    match &tried.ended {
        Ended::Carried => {
            if let Err(fault) = judge.validate(&document) {
                let place = fault.schema_path();
                wrong.push(format!("refused by {place}: {}", about()));
            }
            return true;
        }
        Ended::Lossy(_) if accepted => wrong.push(format!("accepted: {}", about())),
        Ended::Refused(codes) if accepted && codes.iter().any(|code| OF_SHAPE.contains(code)) => {
            wrong.push(format!("accepted: {}", about()));
        }
        Ended::Lossy(_) | Ended::Refused(_) => {}
    }
    false
}

#[test]
fn an_open_object_takes_the_names_and_values_that_are_written() {
    let upstreams = upstreams();
    let slots = upstreams.iter().find(|one| &*one.name == "cybersource");
    for operation in ["createCustomer", "updateCustomer"] {
        let index = CATALOG.operation(operation).unwrap().0;
        let judge = validator(&accepted(&CATALOG, slots.unwrap(), index).unwrap());
        let takes =
            |name: &str, value: &str| judge.is_valid(&json!({ "attributes": { name: value } }));
        assert!(takes("data1", "x") && takes("sensitive4", &"x".repeat(100)));
        for (name, value) in [
            ("data9", "x"),
            ("DATA1", "x"),
            ("data1", &*"x".repeat(101)),
            ("data1", "123-45-6789"),
            ("data1", "ann@example.com"),
        ] {
            assert!(!takes(name, value), "{name}: {value}");
        }
    }
}

#[test]
fn what_an_operation_carries_whole_its_schema_accepts_and_nothing_it_would_lose_or_refuse() {
    let mut wrong = Vec::new();
    let mut carried = BTreeMap::new();
    let mut of_lists = (0, 0);
    for upstream in upstreams() {
        for (index, schema) in derived(&upstream) {
            let id = &CATALOG.at(index).unwrap().id;
            let judge = validator(&schema);
            let model = canonical(index);
            let about = format!("{} {id}", upstream.name);
            let is_of_model = |tried: &Tried| {
                let document: Value = serde_json::from_slice(&tried.document).unwrap();
                model.is_valid(&document)
            };
            for tried in tried(&upstream, index, 300, 7)
                .iter()
                .filter(|one| is_of_model(one))
            {
                let whole = judged(&judge, tried, &mut wrong, &about);
                *carried.entry((upstream.name.clone(), id)).or_insert(0_u32) += u32::from(whole);
            }
            for tried in listed(&CATALOG, &upstream, index)
                .iter()
                .filter(|one| is_of_model(one))
            {
                let whole = judged(&judge, tried, &mut wrong, &about);
                of_lists = match whole {
                    true => (of_lists.0 + 1, of_lists.1),
                    false => (of_lists.0, of_lists.1 + 1),
                };
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
    carried.retain(|_, count| *count > 0);
    assert!(carried.len() > 5, "{carried:?}");
    assert!(carried.values().all(|count| *count > 5), "{carried:?}");
    assert!(of_lists.0 > 5 && of_lists.1 > 5, "{of_lists:?}");
}

#[test]
fn a_value_without_a_row_or_a_route_is_none_that_is_taken() {
    let status = schema("blubilling", "changeCustomerStatus");
    assert_eq!(
        status["properties"]["status"]["enum"],
        json!(["active", "suspended"])
    );
    let role = schema("blubilling", "putContact");
    assert_eq!(
        role.pointer("/properties/role/enum"),
        Some(&json!(["billing", "sales"])),
        "{role}"
    );
}

/// The derived schema of one operation.
fn schema(upstream: &str, operation: &str) -> Value {
    let upstreams = upstreams();
    let upstream = upstreams.iter().find(|one| &*one.name == upstream).unwrap();
    let (index, _) = CATALOG.operation(operation).unwrap();
    accepted(&CATALOG, upstream, index).unwrap()
}

#[test]
fn a_route_that_the_body_chooses_says_so() {
    let judge = validator(&schema("ebpp", "linkContactPoint"));
    let contact = |members: Value| {
        let mut document = json!({ "type": "email", "value": "a@b.example" });
        for (name, value) in members.as_object().unwrap() {
            document[name] = value.clone();
        }
        document
    };
    let (by, code) = ("verifiedBy", "verificationCode");
    for (document, fits) in [
        (contact(json!({})), true),
        (contact(json!({ by: "other" })), true),
        (contact(json!({ by: "upstream", code: "1" })), true),
        (contact(json!({ by: "upstream" })), false),
        (contact(json!({ "more": 1 })), false),
        (json!({ "type": "email", by: "other" }), false),
    ] {
        assert_eq!(judge.is_valid(&document), fits, "{document}");
    }
}

#[test]
fn patterns_of_the_upstream_hold_where_a_text_moves_as_it_is() {
    let judge = validator(&schema("ebpp", "updateCustomer"));
    let at = |city: &str| {
        let address = json!({ "use": "home", "line1": "1 Lane", "city": city, "region": "PR",
            "postalCode": "00680", "country": "US" });
        judge.is_valid(&json!({ "addresses": [address] }))
    };
    assert!(at("Mayaguez"));
    assert!(!at("Mayagüez"));
    // What a converter makes of a text has another pattern than the text.
    let phone = json!({ "phones": [{ "type": "home", "number": "+12025550123" }] });
    assert!(judge.is_valid(&phone));
}

#[test]
fn what_holds_no_value_is_accepted_anywhere() {
    let judge = validator(&schema("ebpp", "createCustomer"));
    let with = |name: &str, value: Value| {
        let mut document = json!({ "name": { "first": "Ann" }, "accounts": [{ "number": "1" }] });
        document[name] = value;
        judge.is_valid(&document)
    };
    assert!(with("contacts", json!([])));
    assert!(!with("contacts", json!([{ "role": "billing" }])));
    let account = |holds: Value| json!([{ "number": "1", "autopay": holds }]);
    assert!(with("accounts", account(json!({}))));
    assert!(!with("accounts", account(json!({ "enabled": true }))));
    assert!(!with("no such member", json!({})));
    // Where there must be one, one that holds nothing is none.
    for none in [json!([]), json!([{}]), json!([{ "contacts": [] }])] {
        assert!(!with("accounts", none.clone()), "{none}");
    }
    assert!(with("accounts", json!([{}, { "number": "1" }])));
}

#[test]
fn schemas_are_schemas() {
    for upstream in upstreams() {
        for (index, schema) in derived(&upstream) {
            let id = &CATALOG.at(index).unwrap().id;
            assert!(jsonschema::meta::is_valid(&schema), "{id}: {schema}");
            assert!(!validator(&schema).is_valid(&json!([])), "{id}");
        }
    }
}
