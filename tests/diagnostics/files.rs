//! Well-formed files read without a fault, and every key of them counts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use interlingua::diag::render::{Colour, json, sarif, text};
use interlingua::diag::{Report, Sources};
use interlingua::mapping::ast::File;
use interlingua::mapping::keywords::{FileKind, Form, MapSpec, RULE};
use interlingua::mapping::read;
use interlingua::mapping::yaml::{self, Node, NodeKind};
use proptest::prelude::*;

/// Gives names and texts of the well-formed files.
pub(crate) fn good_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["tests/fixtures/files", "tests/fixtures/drafts"] {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            files.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    files.sort();
    files
}

pub(crate) fn tree(name: &str, content: &str) -> (Node, Sources) {
    let mut sources = Sources::new();
    let mut report = Report::new();
    let source = sources.add(name, content);
    let node = yaml::read(source, &sources, &mut report);
    assert!(
        report.is_empty(),
        "{}",
        text(&report, &sources, Colour::Plain)
    );
    (node.unwrap(), sources)
}

fn read_node(node: &Node, sources: &Sources) -> (Option<File>, Report) {
    let mut report = Report::new();
    let file = read::read_node(node, sources, &mut report);
    (file, report)
}

#[test]
fn well_formed_files_read_without_a_fault() {
    for (name, content) in good_files() {
        let (node, sources) = tree(&name, &content);
        let (file, report) = read_node(&node, &sources);
        assert!(
            report.is_empty(),
            "{}",
            text(&report, &sources, Colour::Plain)
        );
        assert!(file.is_some(), "{name}");
    }
}

#[test]
fn every_keyword_stands_in_a_fixture() {
    let mut seen = BTreeSet::new();
    let mut known = BTreeSet::new();
    for (name, content) in good_files() {
        let (node, _) = tree(&name, &content);
        let kind = read::kind(&node).unwrap();
        visit_map(&node, kind.spec(), &mut seen);
    }
    for kind in FileKind::ALL {
        list(kind.spec(), &mut known);
    }
    let missing: Vec<_> = known.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

type Keys = BTreeSet<(&'static str, &'static str)>;

/// Lists the keys of a map and of all maps below it.
fn list(spec: &'static MapSpec, known: &mut Keys) {
    for key in spec.keys {
        if known.insert((spec.name, key.name)) {
            list_form(&key.form, known);
        }
    }
}

fn list_form(form: &'static Form, known: &mut Keys) {
    match form {
        Form::Map(spec) => list(spec, known),
        Form::MapIf(_, spec, other) => {
            list(spec, known);
            list_form(other, known);
        }
        Form::Rules => list(&RULE, known),
        Form::Either(one, other) => {
            list_form(one, known);
            list_form(other, known);
        }
        Form::List(of)
        | Form::OneOrMany(of)
        | Form::Names(of)
        | Form::Texts(of)
        | Form::Places(_, of)
        | Form::ByMessage(of) => list_form(of, known),
        _ => {}
    }
}

fn visit_map(node: &Node, spec: &'static MapSpec, seen: &mut Keys) {
    for entry in node.as_map().unwrap_or(&[]) {
        if let Some(key) = spec.key(&entry.key.text) {
            seen.insert((spec.name, key.name));
            visit(&entry.value, &key.form, seen);
        }
    }
}

fn visit(node: &Node, form: &'static Form, seen: &mut Keys) {
    match (form, &node.kind) {
        (Form::Map(spec), _) => visit_map(node, spec, seen),
        (Form::MapIf(key, spec, _), _) if node.get(key).is_some() => visit_map(node, spec, seen),
        (Form::List(of) | Form::OneOrMany(of), NodeKind::List(items)) => {
            items.iter().for_each(|item| visit(item, of, seen));
        }
        (Form::OneOrMany(of), _) => visit(node, of, seen),
        (Form::Names(of) | Form::Texts(of) | Form::Places(_, of), NodeKind::Map(entries)) => {
            entries
                .iter()
                .for_each(|entry| visit(&entry.value, of, seen));
        }
        (Form::Rules, NodeKind::Map(entries)) => entries
            .iter()
            .for_each(|entry| visit_map(&entry.value, &RULE, seen)),
        _ => {}
    }
}

/// A key that the second pass forgets would be accepted and mean nothing.
#[test]
fn no_key_is_without_effect() {
    for (name, content) in good_files() {
        let (node, sources) = tree(&name, &content);
        let (whole, _) = read_node(&node, &sources);
        let mut less = Vec::new();
        without_one(&node, &mut |copy, key| less.push((copy, key.to_owned())));
        for (copy, key) in less {
            let (file, report) = read_node(&copy, &sources);
            assert!(
                file != whole || !report.is_empty(),
                "{name}: `{key}` has no effect"
            );
        }
    }
}

/// Gives copies of a tree, each without one entry of one map.
fn without_one(node: &Node, give: &mut dyn FnMut(Node, &str)) {
    let copy = |kind| Node {
        span: node.span,
        kind,
    };
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::Map(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                let mut less = entries.clone();
                less.remove(index);
                give(copy(NodeKind::Map(less)), &entry.key.text);
                without_one(&entry.value, &mut |value, key| {
                    let mut changed = entries.clone();
                    changed[index].value = value;
                    give(copy(NodeKind::Map(changed)), key);
                });
            }
        }
        NodeKind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                without_one(item, &mut |value, key| {
                    let mut changed = items.clone();
                    changed[index] = value;
                    give(copy(NodeKind::List(changed)), key);
                });
            }
        }
    }
}

/// Faults do not hide each other, and what reads beside them is there.
#[test]
fn all_faults_are_told_at_once_and_the_rest_reads() {
    let content = "mapping: m\ncanonical: C\nnative: N\nfields:\n  a: b | x(\n  c: d\n  e: { native: f, lossy: '' }\n  g..h: i\nunmaped: {}\n";
    let mut sources = Sources::new();
    let mut report = Report::new();
    let source = sources.add("m.yaml", content);
    let Some(File::Mapping(file)) = read::read(source, &sources, &mut report) else {
        panic!("no mapping")
    };
    let codes: Vec<_> = report
        .sorted(&sources)
        .iter()
        .map(|fault| fault.code.as_str())
        .collect();
    assert_eq!(codes, ["M004", "M215", "M004", "M002"]);
    let places: Vec<_> = file
        .fields
        .iter()
        .map(|rule| rule.places[0].to_string())
        .collect();
    assert_eq!(places, ["c", "e"]);
}

#[test]
fn a_status_that_is_none_is_told_where_it_stands() {
    let content = "case: getCustomer\nmessage: response\nstatus: 4 #04\n";
    let mut sources = Sources::new();
    let mut report = Report::new();
    let source = sources.add("case.yaml", content);
    let _ = read::read(source, &sources, &mut report);
    let told = text(&report, &sources, Colour::Plain);
    assert!(
        told.contains("a status such as `404`") && told.contains("case.yaml:3:9"),
        "{told}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Slips anywhere in a file are told, in every form, with places inside the file.
    #[test]
    fn no_slip_makes_reading_or_telling_panic(
        file in prop::sample::select(good_files()),
        slips in prop::collection::vec((0..1000_usize, 0..6_usize, prop::sample::select(vec![
            "", "\n", " ", ":", ": ", "{", "}", "[", "]", "'", "\"", "|", ",", "#", " #", "é", "&a ", "*a", "<<: ", "a", ".",
        ])), 1..4),
    ) {
        let (name, mut content) = file;
        for (place, cut, insert) in slips {
            let from = content.floor_char_boundary(content.len().saturating_mul(place).div_euclid(1000));
            let to = content.floor_char_boundary(from.saturating_add(cut));
            content.replace_range(from..to, insert);
        }
        let mut sources = Sources::new();
        let mut report = Report::new();
        let source = sources.add(name, content.as_str());
        let file = read::read(source, &sources, &mut report);
        prop_assert!(file.is_some() || report.has_errors());
        for fault in report.iter() {
            let span = fault.span.unwrap();
            prop_assert!(!fault.message.contains("outside its form"), "the first pass lets through what the second refuses");
            prop_assert!(span.start <= span.end && usize::try_from(span.start).unwrap() <= content.len());
        }
        let told = text(&report, &sources, Colour::Plain);
        prop_assert_eq!(told.is_empty(), report.is_empty());
        prop_assert!(json(&report, &sources).contains("diagnostics"));
        prop_assert!(sarif(&report, &sources, "0").contains("results"));
    }
}
