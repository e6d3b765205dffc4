//! Sub-resources that are elements of their parent's document, in a namespace of their own.

use std::sync::{Arc, LazyLock};

use interlingua::diag::render::{Colour, text};
use interlingua::mapping::catalog::Catalog;

use crate::{Caller, tree};

const SCHEMA: &str = "
$defs:
  Payer:
    type: object
    xml: { name: payer, namespace: 'urn:chapel:person', prefix: who }
    properties:
      mail: { type: string, xml: &who { namespace: 'urn:chapel:person', prefix: who } }
      given: { type: string, xml: *who }
      since: { type: string, xml: *who }
  Member:
    type: object
    xml: { name: member, namespace: 'urn:chapel' }
    properties:
      no: { type: integer, readOnly: true, xml: { attribute: true } }
      title: { type: string }
      payer: { $ref: '#/$defs/Payer', xml: { namespace: 'urn:chapel:person', prefix: who } }
      payerName: { type: string, xml: { name: payer } }
  Fault: { type: object, xml: { name: fault }, properties: { code: { type: string } } }
";
const UPSTREAM: &str = "
upstream: chapel
native: chapel
media-type: application/xml
base-url: http://chapel.example
operations:
  getCustomer: { routes: [{ when: id, call: 'GET /members/{id}' }], answers: [{ status: 200, body: member }] }
  getContact:
    routes: [{ when: id and role = billing, call: 'GET /members/{id}/payer' }]
    answers: &payer [{ status: 200, body: payer }]
  updateContact:
    base: getContact
    absent: clears
    routes: [{ when: id and role = billing, call: 'PUT /members/{id}/payer', body: payer }]
    answers: *payer
errors: [{ status: 404, body: none, problem: not-found }, { status: 4xx, body: fault, problem: invalid-input }]
";
const MAPPINGS: [(&str, &str); 4] = [
    (
        "member",
        "
mapping: member
canonical: Customer
native: Member
fields: { id: no, name.full: title, label: payerName, 'contacts[role=billing]': payer | map(payer) }
unmapped: { canonical: [{ path: rest, why: it knows no more }] }
",
    ),
    (
        "payer",
        "
mapping: payer
canonical: Contact
native: Payer
fields: { email: mail, name.first: given }
unmapped: { canonical: [{ path: rest, why: it knows no more }], native: [{ path: since, why: nobody asks }] }
",
    ),
    (
        "fault",
        "
mapping: fault
canonical: Problem
native: Fault
fields: { upstream.code: code }
unmapped: { canonical: [{ path: rest, why: it knows no more }] }
",
    ),
    (
        "sandbox",
        r#"
sandbox: chapel
records:
  - body: member
    document: |
      <c:member no="7" xmlns:c="urn:chapel" xmlns:p="urn:chapel:person">
        <c:title>Ann</c:title>
        <c:payer>the aunt</c:payer>
        <p:payer><p:mail>a@b.example</p:mail><p:given>Bo</p:given><p:since>1999</p:since></p:payer>
      </c:member>
  - body: member
    document: |
      <member no="8" xmlns="urn:chapel"><title>Cy</title><payer xmlns="urn:chapel:person"><mail>c@d.example</mail></payer></member>
"#,
    ),
];

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let mut files = tree::files(&[("schemas/canonical", "schemas/canonical")]);
    let mut own = |name: &str, text: &str| files.push((name.to_owned(), text.as_bytes().to_vec()));
    own("schemas/native/chapel.schema.yaml", SCHEMA);
    own("mappings/chapel/upstream.yaml", UPSTREAM);
    for (name, text) in MAPPINGS {
        own(&format!("mappings/chapel/{name}.yaml"), text);
    }
    let (catalog, report) = Catalog::load(files);
    let told = text(&report, &catalog.sources, Colour::Plain);
    assert!(!report.has_errors(), "{told}");
    Arc::new(catalog)
});

fn chapel() -> Caller {
    Caller::over(&CATALOG, "chapel", &[], "application/xml")
}

#[test]
fn a_part_is_told_from_what_has_its_local_name_in_another_namespace() {
    let mut chapel = chapel();
    let (status, payer) = chapel.text("GET", "/members/7/payer", "");
    assert_eq!(
        (status, &*payer),
        (
            200,
            r#"<p:payer xmlns:c="urn:chapel" xmlns:p="urn:chapel:person"><p:mail>a@b.example</p:mail><p:given>Bo</p:given><p:since>1999</p:since></p:payer>"#
        )
    );
    let (status, payer) = chapel.text("GET", "/members/8/payer", "");
    assert_eq!(
        (status, &*payer),
        (
            200,
            r#"<payer xmlns="urn:chapel:person"><mail>c@d.example</mail></payer>"#
        )
    );
}

#[test]
fn a_part_that_is_written_stands_in_its_parent_and_nothing_else_moves() {
    let mut chapel = chapel();
    // With a prefix of the writer's own.
    let written = r#"<x:payer xmlns:x="urn:chapel:person"><x:mail>new@b.example</x:mail><x:given>Bo</x:given></x:payer>"#;
    let (status, _) = chapel.text("PUT", "/members/7/payer", written);
    assert_eq!(status, 200);
    let (status, member) = chapel.text("GET", "/members/7", "");
    assert_eq!(status, 200);
    assert!(
        member.contains("<c:title>Ann</c:title>\n  <c:payer>the aunt</c:payer>\n"),
        "{member}"
    );
    assert!(member.contains(":mail>new@b.example<"), "{member}");
    assert!(!member.contains("a@b.example"), "{member}");
    let (status, payer) = chapel.text("GET", "/members/7/payer", "");
    assert_eq!(status, 200);
    assert!(
        payer.contains(":mail>new@b.example<") && payer.contains("urn:chapel:person"),
        "{payer}"
    );

    let written =
        r#"<payer xmlns="urn:chapel:person"><mail>e@f.example</mail><given>Di</given></payer>"#;
    assert_eq!(chapel.text("PUT", "/members/8/payer", written).0, 200);
    let (_, member) = chapel.text("GET", "/members/8", "");
    assert!(member.starts_with(r#"<member no="8" xmlns="urn:chapel"><title>Cy</title><payer xmlns="urn:chapel:person">"#), "{member}");
    assert!(member.contains("<mail>e@f.example</mail>"), "{member}");
}

#[test]
fn a_part_in_another_namespace_is_none() {
    let mut chapel = chapel();
    let written = r#"<payer xmlns="urn:chapel"><mail>new@b.example</mail></payer>"#;
    let (status, _) = chapel.text("PUT", "/members/7/payer", written);
    assert!((400..500).contains(&status), "{status}");
    let (_, member) = chapel.text("GET", "/members/7", "");
    assert!(member.contains("a@b.example"), "{member}");
}
