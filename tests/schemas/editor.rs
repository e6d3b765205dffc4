//! The editor's schemas as they stand beside the files that name them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use interlingua::diag::{Report, Sources};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::editor::{NATIVE_FILE_NAME, file_name, native, schema_for};
use interlingua::mapping::keywords::FileKind;
use interlingua::mapping::yaml;
use jsonschema::Validator;
use serde_json::Value;

use crate::as_edited::value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn gather(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Every shipped file.
fn shipped() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for top in ["mappings", "schemas"] {
        gather(&root().join(top), &mut found);
    }
    found.sort();
    found
}

fn catalog() -> Catalog {
    let name = |path: &PathBuf| {
        let below = path.strip_prefix(root()).unwrap();
        below.to_str().unwrap().to_owned()
    };
    let files = shipped();
    let read = files
        .iter()
        .map(|path| (name(path), fs::read(path).unwrap()));
    Catalog::load(read).0
}

/// Names and schemas, as they are generated now.
fn generated() -> BTreeMap<&'static str, Value> {
    let catalog = catalog();
    let of = |kind: &FileKind| (file_name(*kind), schema_for(*kind, &catalog));
    let mut all: BTreeMap<_, _> = FileKind::ALL.iter().map(of).collect();
    all.insert(NATIVE_FILE_NAME, native());
    all
}

fn read(text: &str) -> Value {
    let mut sources = Sources::new();
    let id = sources.add("file.yaml", text);
    let mut report = Report::new();
    let node = yaml::read(id, &sources, &mut report).unwrap();
    assert!(report.is_empty(), "{text}");
    value(&node)
}

#[test]
fn the_schemas_are_those_that_are_generated() {
    for (name, schema) in generated() {
        let path = root().join("schemas").join(name);
        let text = format!("{schema:#}\n");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == text,
            "schemas/{name} is stale: UPDATE_GOLDENS=1 cargo test --test schemas editor"
        );
    }
}

/// The first line of a file says which schema an editor takes; it is there, and accepts the file.
#[test]
fn every_shipped_file_satisfies_the_schema_that_it_names() {
    let schemas = validators();
    let mut checked = 0;
    for path in shipped() {
        if path.extension().is_none_or(|ending| ending != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let Some(named) = text
            .lines()
            .next()
            .and_then(|line| line.split_once("$schema="))
        else {
            continue;
        };
        let target = path.parent().unwrap().join(named.1.trim());
        let target = target
            .canonicalize()
            .unwrap_or_else(|_| panic!("{}: {} is not there", path.display(), named.1));
        let name = target.file_name().unwrap().to_str().unwrap();
        let value = read(&text);
        let faults: Vec<String> = schemas[name]
            .iter_errors(&value)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
        checked += 1;
    }
    assert!(checked >= 60, "{checked}");
}

/// The validators of all schemas.
fn validators() -> BTreeMap<&'static str, Validator> {
    generated()
        .into_iter()
        .map(|(name, schema)| (name, jsonschema::draft7::new(&schema).unwrap()))
        .collect()
}

/// A schema, a text that it marks, and the text that was meant.
const SLIPS: &[(&str, &str, &str)] = &[
    (
        "mapping.schema.json",
        "mapping: m\ncanonical: Customer\nfields: { nam.full: name }",
        "mapping: m\ncanonical: Customer\nfields: { name.full: name }",
    ),
    (
        "mapping.schema.json",
        "mapping: m\ncanonical: Custmer\nfields: {}",
        "mapping: m\ncanonical: Customer\nfields: {}",
    ),
    (
        "mapping.schema.json",
        "mapping: m\ncanonical: Customer\nfields: { 'contacts[role=biling]': b }",
        "mapping: m\ncanonical: Customer\nfields: { 'contacts[role=billing]': b }",
    ),
    (
        "mapping.schema.json",
        "mapping: m\ncanonical: Contact\nfields: { 'addresses[use=postal]': { at: ., fields: { line9: s } } }",
        "mapping: m\ncanonical: Contact\nfields: { 'addresses[use=postal]': { at: ., fields: { line1: s } } }",
    ),
    (
        "mapping.schema.json",
        "mapping: m\ncanonical: Customer\nfields: { status + stage: s }",
        "mapping: m\ncanonical: Customer\nfields: { status + statusStage: s }",
    ),
    (
        "mapping.schema.json",
        "mapping: m\ncanonical: Customer\nfields: { language: l | local }",
        "mapping: m\ncanonical: Customer\nfields: { language: l | locale }",
    ),
    (
        "mapping.schema.json",
        "mapping: m\ncanonical: BillingAccount\nassume: { 'contacts[].rol': account }",
        "mapping: m\ncanonical: BillingAccount\nassume: { 'contacts[].role': account }",
    ),
    (
        "upstream.schema.json",
        "upstream: u\noperations: { getCustomr: {} }",
        "upstream: u\noperations: { getCustomer: {} }",
    ),
    (
        "upstream.schema.json",
        "upstream: u\noperations: { updateCustomer: { base: getCustomr } }",
        "upstream: u\noperations: { updateCustomer: { base: getCustomer } }",
    ),
    (
        "sandbox.schema.json",
        "sandbox: s\neffects: { suspend: {} }",
        "sandbox: s\neffects: { changeCustomerStatus: {} }",
    ),
    (
        "case.schema.json",
        "case: getCustomr\nmessage: response",
        "case: getCustomer\nmessage: response",
    ),
    (
        NATIVE_FILE_NAME,
        "$defs: { A: { type: object, propertees: {} } }",
        "$defs: { A: { type: object, properties: { a: false } } }",
    ),
    (
        NATIVE_FILE_NAME,
        "$defs: { A: { type: strng } }",
        "$defs: { A: { type: [string, number], x-write-as: string } }",
    ),
];

#[test]
fn what_the_model_does_not_have_is_marked() {
    let schemas = validators();
    for (name, wrong, right) in SLIPS {
        assert!(!schemas[*name].is_valid(&read(wrong)), "{wrong}");
        assert!(schemas[*name].is_valid(&read(right)), "{right}");
    }
}

/// Editors complete what stands among the properties.
#[test]
fn places_of_keyed_lists_are_completed_by_their_keys() {
    let schemas = generated();
    let rules = &schemas["mapping.schema.json"]["definitions"]["rules-of-Customer"]["properties"];
    for place in [
        "name.full",
        "contacts[role=billing]",
        "contacts[role=sales].addresses[use=postal].line1",
        "paymentTerms.unit",
    ] {
        assert!(rules.get(place).is_some(), "{place}");
    }
    let operations = &schemas["upstream.schema.json"]["properties"]["operations"]["properties"];
    assert!(operations.get("getCustomer").is_some());
}
