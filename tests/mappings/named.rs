//! Every operation that the upstreams' documents name, with the worked calls that hold of it: the table of the README.
//!
//! `UPDATE_GOLDENS=1 cargo test --test mappings` writes the table again; look at the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use interlingua::diag::{Report, Sources};
use interlingua::mapping::catalog::{CaseFolder, Catalog};
use interlingua::mapping::yaml::{self, Node};
use interlingua::proof::cases::run_cases;

use crate::shipped;

const BEGIN: &str = "<!-- operations of the upstreams' documents -->\n";
const END: &str = "<!-- end of operations -->";

/// One operation as a document names it.
struct Named {
    upstream: String,
    document: String,
    section: Option<String>,
    words: String,
    operation: String,
    call: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn said(node: &Node, key: &str) -> Option<String> {
    let scalar = node.get(key)?.as_scalar()?;
    Some(scalar.text.clone())
}

/// The operations of the checked list, in its order.
fn named() -> Vec<Named> {
    let text = fs::read_to_string(root().join("tests/mappings/operations.yaml")).unwrap();
    let mut sources = Sources::new();
    let id = sources.add("operations.yaml", text);
    let mut report = Report::new();
    let list = yaml::read(id, &sources, &mut report).unwrap();
    assert!(!report.has_errors(), "{report:?}");
    let mut named = Vec::new();
    for document in list.as_list().unwrap() {
        for node in document.get("operations").and_then(Node::as_list).unwrap() {
            named.push(Named {
                upstream: said(document, "upstream").unwrap(),
                document: said(document, "document").unwrap(),
                section: said(node, "section"),
                words: said(node, "named").unwrap(),
                operation: said(node, "operation").unwrap(),
                call: said(node, "call").unwrap(),
            });
        }
    }
    named
}

/// Whether a request line fits one in which `*` stands for any value.
fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        let Some((value, behind)) = rest.split_once(part) else {
            return false;
        };
        if value.is_empty() || value.contains('/') {
            return false;
        }
        rest = behind;
    }
    let value = rest.strip_suffix(last);
    value.is_some_and(|value| !value.is_empty() && !value.contains('/'))
}

fn line(case: &CaseFolder) -> Option<String> {
    let call = case.file.call.as_ref()?;
    let method = format!("{:?}", call.method.value).to_uppercase();
    Some(format!("{method} {}", call.target.value))
}

/// The names of the cases that hold of an operation as its document names it.
fn holding<'c>(named: &Named, catalog: &'c Catalog, held: &BTreeMap<String, bool>) -> Vec<&'c str> {
    let cases = catalog
        .mappings
        .get(&named.upstream)
        .into_iter()
        .flat_map(|set| &set.cases);
    let of_it = cases.filter(|case| {
        let is_call = line(case).is_some_and(|line| fits(&named.call, &line));
        case.file.operation.value == named.operation && is_call
    });
    let holds = of_it.filter(|case| held.get(&case.path) == Some(&true));
    holds.map(|case| case.name.as_str()).collect()
}

#[test]
fn every_operation_of_the_upstreams_documents_has_a_case_that_holds() {
    let catalog = shipped();
    let mut held = BTreeMap::new();
    for mapping in catalog.mappings.keys() {
        for result in run_cases(&catalog, mapping).unwrap() {
            held.insert(result.path.clone(), result.holds());
        }
    }
    let mut table = String::from(
        "| Upstream | Document | Operation as it is named there | Canonical operation | Cases in `mappings/<upstream>/cases` |\n|---|---|---|---|---|\n",
    );
    let mut without = Vec::new();
    let all = named();
    for one in &all {
        let cases = holding(one, &catalog, &held);
        if cases.is_empty() {
            without.push(format!(
                "{}: {} ({})",
                one.upstream, one.words, one.operation
            ));
        }
        let section = one.section.as_deref().map(|number| format!(" {number}"));
        let cases: Vec<String> = cases.iter().map(|case| format!("`{case}`")).collect();
        writeln!(
            table,
            "| {} | {}{} | {} | `{}` | {} |",
            one.upstream,
            one.document,
            section.unwrap_or_default(),
            one.words,
            one.operation,
            cases.join(", ")
        )
        .unwrap();
    }
    assert!(
        without.is_empty(),
        "without a case:\n{}",
        without.join("\n")
    );
    let upstreams: std::collections::BTreeSet<&str> =
        all.iter().map(|one| one.upstream.as_str()).collect();
    let shipped: Vec<&str> = catalog.mappings.keys().map(String::as_str).collect();
    assert_eq!(upstreams.into_iter().collect::<Vec<_>>(), shipped);

    let path = root().join("README.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (now, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, [before, BEGIN, &table, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(now, table, "the table of README.md is stale");
}

/// An operation that is offered and that no document names is one of the vendor's public pages: it is said here.
#[test]
fn every_offered_operation_is_named_or_public() {
    let public = [
        ("blubilling", "updateContact"),
        ("dxp-ux", "getBillingAccount"),
        ("dxp-ux", "updateBillingAccount"),
    ];
    let catalog = shipped();
    let named = named();
    for (name, set) in &catalog.mappings {
        for operation in &set.upstream.as_ref().unwrap().operations {
            let id = operation.name.value.as_str();
            let is_named = named
                .iter()
                .any(|one| one.upstream == *name && one.operation == id);
            let is_public = public.contains(&(name.as_str(), id));
            assert!(is_named != is_public, "{name}: {id}");
        }
    }
}

#[test]
fn request_lines_fit_their_patterns() {
    let fit = [
        ("GET /a/*?f=x", "GET /a/1?f=x"),
        ("GET /a", "GET /a"),
        ("GET /a?b=*&c=*", "GET /a?b=1&c=2"),
    ];
    for (pattern, line) in fit {
        assert!(fits(pattern, line), "{pattern} {line}");
    }
    let other = [
        ("GET /a/*?f=x", "GET /a/b/c?f=x"),
        ("GET /a/*?f=x", "GET /a/?f=x"),
        ("GET /a", "GET /a?b=1"),
        ("GET /a?b=*", "PUT /a?b=1"),
        ("GET /a?b=*&c=*", "GET /a?b=1"),
    ];
    for (pattern, line) in other {
        assert!(!fits(pattern, line), "{pattern} {line}");
    }
}
