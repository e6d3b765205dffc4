//! What upstreams say of single fields comes back with the caller's own places: one call for each dialect that names fields.
//!
//! Two of the shipped upstreams are not among them: their refusals hold words alone.

use std::sync::{Arc, LazyLock};

use interlingua::gateway::UpstreamSetup;
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::sandbox;
use serde_json::{Value, json};

use crate::support::{Answer, Plan, Scripted, Wire, World, request};
use crate::tree;

pub(crate) const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
const XML: &[(&str, &str)] = &[("content-type", "application/xml")];

/// The shipped mappings, and those that tests bring.
static ALL: LazyLock<Catalog> = LazyLock::new(|| {
    let folders = [
        ("schemas", "schemas"),
        ("mappings", "mappings"),
        ("tests/newcomers/schemas", "schemas"),
        ("tests/newcomers/mappings", "mappings"),
    ];
    let mut files = tree::files(&folders);
    for (name, text) in HARBOUR {
        files.push((name.to_owned(), text.as_bytes().to_vec()));
    }
    Catalog::load(files).0
});

/// An upstream of lists in XML, in a namespace, which names places of its documents as XPath has them.
const HARBOUR: [(&str, &str); 4] = [
    (
        "schemas/native/harbour.schema.yaml",
        "
$defs:
  Person:
    type: object
    properties:
      type: { type: string, enum: [billing, sales], xml: { attribute: true } }
      email: { type: string, xml: &own { namespace: 'urn:harbour', prefix: h } }
  Fact: { type: object, properties: { label: { type: string, xml: { attribute: true } }, value: { type: string, xml: *own } } }
  Customer:
    type: object
    xml: { name: customer, namespace: 'urn:harbour', prefix: h }
    properties:
      id: { type: integer, readOnly: true, xml: { attribute: true } }
      title: { type: string, xml: *own }
      contact: { type: array, items: { $ref: '#/$defs/Person', xml: *own } }
      places:
        type: array
        xml: { wrapped: true, namespace: 'urn:harbour', prefix: h }
        items: { type: object, xml: { name: place, namespace: 'urn:harbour', prefix: h }, properties: { use: { type: string, enum: [postal, home, service, shipping, billing], xml: { attribute: true } }, town: { type: string, xml: *own } } }
      fact: { type: array, items: { $ref: '#/$defs/Fact', xml: *own } }
  Fault:
    type: object
    xml: { name: fault }
    properties: { at: { type: array, items: { type: string } } }
",
    ),
    (
        "mappings/harbour/customer.yaml",
        "
mapping: customer
canonical: Customer
native: Customer
fields:
  id: id
  name.full: title
  contacts: { each: contact, key: type, fields: { role: type, email: email } }
  addresses: { each: places, fields: { use: use, city: town } }
  attributes: { entries: fact, key: label, value: value }
unmapped: { canonical: [{ path: rest, why: it knows no more }] }
",
    ),
    (
        "mappings/harbour/fault.yaml",
        "
mapping: fault
canonical: Problem
native: Fault
fields: { errors: { each: at, fields: { pointer + nativeField: . | field-name(path) } } }
unmapped: { canonical: [{ path: rest, why: it knows no more }] }
",
    ),
    (
        "mappings/harbour/upstream.yaml",
        "
upstream: harbour
native: harbour
media-type: application/xml
base-url: http://127.0.0.1:9
every-call: { headers: { context.caller.id: X-Agent-Id } }
operations:
  getCustomer: { routes: [{ when: id, call: 'GET /customers/{id}' }], answers: &whole [{ status: 200, body: customer }] }
  createCustomer: { routes: [{ call: POST /customers, body: customer }], answers: *whole, recover: { by: reference, with: getCustomer } }
  updateCustomer:
    base: getCustomer
    absent: clears
    routes: [{ when: id, call: 'PUT /customers/{id}', body: customer }]
    answers: *whole
errors: [{ status: 4xx, body: fault, problem: invalid-input }]
",
    ),
];

pub(crate) type Said<'s> = (u16, &'static [(&'static str, &'static str)], &'s str);

/// Errors of the problem that a call ends in, when the upstream answers so.
async fn errors(mapping: &str, call: (&str, &str, &str), said: Said<'_>) -> Value {
    errors_after(mapping, call, &[], said).await
}

/// The same where the upstream has answered other requests of the call before.
async fn errors_after(
    mapping: &str,
    call: (&str, &str, &str),
    before: &[Said<'_>],
    refusal: Said<'_>,
) -> Value {
    let said: Vec<Said<'_>> = before.iter().copied().chain([refusal]).collect();
    let answer = called(mapping, call, &said).await;
    assert_eq!(
        answer.problem(),
        (422, "invalid-input".to_owned()),
        "{}",
        answer.text
    );
    places(&answer.json()["errors"])
}

/// The answer of a call of which the upstream is asked so often and answers so.
async fn called(
    mapping: &str,
    (method, path, body): (&str, &str, &str),
    said: &[Said<'_>],
) -> Answer {
    let world = world(mapping, said);
    let answer = world.call(asked(mapping, method, path, body)).await;
    assert_eq!(world.wire.sent().len(), said.len(), "{}", answer.text);
    assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
    answer
}

/// A call of an agent.
pub(crate) fn asked(
    mapping: &str,
    method: &str,
    path: &str,
    body: &str,
) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    let headers = [
        ("content-type", "application/json"),
        ("interlingua-upstream", mapping),
        ("interlingua-caller", "kind=agent, id=\"a17\""),
    ];
    request(method, path, &headers, body)
}

/// A gateway before one upstream that answers so, in order.
pub(crate) fn world(mapping: &str, said: &[Said<'_>]) -> World {
    let script = said
        .iter()
        .map(|(status, headers, said)| Scripted::Answer(*status, headers, (*said).to_owned()));
    let plan = Plan {
        wire: Wire::answering(script),
        ..Plan::default()
    };
    world_of(mapping, plan)
}

/// The mapping under its own name, as it is planned.
pub(crate) fn world_of(mapping: &str, plan: Plan) -> World {
    let set = &ALL.mappings[mapping];
    let settings = sandbox::settings(set, "http://127.0.0.1:9");
    let auth = set
        .sandbox
        .as_ref()
        .and_then(|sandbox| sandbox.auth.as_ref());
    let upstream = Upstream::compile(&ALL, mapping, mapping, &settings, auth).unwrap();
    plan.build_with(|client| vec![UpstreamSetup::new(Arc::new(upstream), client, json!({}))])
}

/// What errors say of places.
fn places(errors: &Value) -> Value {
    let mut errors = errors.clone();
    for error in errors.as_array_mut().into_iter().flatten() {
        let error = error.as_object_mut().unwrap();
        error.retain(|name, _| {
            matches!(
                &**name,
                "pointer" | "parameter" | "nativeField" | "candidates"
            )
        });
    }
    errors
}

/// A field of a dialect that names the last step alone: of several places of that name all are told.
#[tokio::test]
async fn a_leaf_name_is_found_where_it_was_sent() {
    let body = include_str!("../../mappings/ebpp/cases/createCustomer/every-field/canonical.json");
    let said = json!({ "errors": [
        { "code": "error_field", "message": "Invalid value", "field": "address_line2" },
        { "code": "error_field", "message": "Invalid value", "field": "account_holder_name" },
        { "code": "error_field", "message": "Invalid value", "field": "address_city" },
        { "code": "error_field", "message": "Invalid value", "field": "payoff_expiry_date" },
        { "code": "error_field", "message": "Invalid value", "field": "address_zip2" },
        { "code": "error_field", "message": "Invalid value", "field": "funding_source" },
    ]});
    let found = errors(
        "ebpp",
        ("POST", "/v1/customers", body),
        (400, JSON, &said.to_string()),
    )
    .await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/addresses/0/line2", "nativeField": "address_line2" },
            { "pointer": "/accounts/0/name", "nativeField": "account_holder_name" },
            { "candidates": ["/addresses/0/city", "/accounts/0/addresses/0/city"], "nativeField": "address_city" },
            { "pointer": "/accounts/0/balances/4/to", "nativeField": "payoff_expiry_date" },
            { "candidates": ["/addresses/0/postalCode", "/accounts/0/addresses/0/postalCode"], "nativeField": "address_zip2" },
            { "nativeField": "funding_source" },
        ])
    );
}

/// A field of a dialect that names the whole path, with the position of an item in a list of names and values.
#[tokio::test]
async fn a_path_is_found_with_its_position() {
    let body = json!({
        "reference": "c-1",
        "email": "ann@example.com",
        "attributes": { "data1": "a", "data3": "s3cr3t" },
    });
    let said = json!({ "errors": [{
        "type": "invalidFields",
        "message": "Invalid fields",
        "details": [
            { "name": "buyerInformation.email", "location": "body" },
            { "name": "merchantDefinedInformation[1].value", "location": "body" },
            { "name": "merchantCustomerID", "location": "body" },
        ],
    }]});
    let call = ("POST", "/v1/customers", &*body.to_string());
    let found = errors("cybersource", call, (400, JSON, &said.to_string())).await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/email", "nativeField": "buyerInformation.email" },
            { "pointer": "/attributes/data3", "nativeField": "merchantDefinedInformation[1].value" },
            { "pointer": "/reference", "nativeField": "merchantCustomerID" },
        ])
    );
}

const SHIPPING: &str = r#"{"addresses":[{"use":"shipping","city":"Warren","postalCode":"07059","recipient":{"name":{"first":"Ann"},"phone":"+12025550100"}}]}"#;
const OF_SHIPPING: &str = r#"{"errors":[{"type":"invalidFields","message":"Invalid fields","details":[
    {"name":"shipTo.locality"},{"name":"postalCode"},{"name":"shipTo.phoneNumber"},{"name":"shipTo.country"}]}]}"#;

fn of_shipping() -> Value {
    json!([
        { "pointer": "/addresses/0/city", "nativeField": "shipTo.locality" },
        { "pointer": "/addresses/0/postalCode", "nativeField": "postalCode" },
        { "pointer": "/addresses/0/recipient/phone", "nativeField": "shipTo.phoneNumber" },
        { "nativeField": "shipTo.country" },
    ])
}

/// A field of a part that a call of its own sends: the pointer is one into the whole.
#[tokio::test]
async fn a_field_of_a_part_is_found_in_the_whole() {
    for held in [
        r#"{"id":"5"}"#,
        r#"{"id":"5","defaultShippingAddress":{"id":"A1"},"_embedded":{"defaultShippingAddress":{"id":"A1","shipTo":{"country":"US"}}}}"#,
    ] {
        let call = ("PATCH", "/v1/customers/cybersource:5", SHIPPING);
        let before = [(200, JSON, held)];
        let found = errors_after("cybersource", call, &before, (400, JSON, OF_SHIPPING)).await;
        assert_eq!(found, of_shipping());
    }
}

/// The same where the rest of the call was done, so that the part is a warning.
#[tokio::test]
async fn what_is_said_of_a_part_is_told_with_its_warning() {
    let call = ("POST", "/v1/customers", SHIPPING);
    let said = [
        (201, JSON, r#"{"id":"5"}"#),
        (400, JSON, OF_SHIPPING),
        (200, JSON, r#"{"id":"5"}"#),
    ];
    let answer = called("cybersource", call, &said).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let warning = &answer.json()["warnings"][0];
    assert_eq!(warning["pointer"], "/addresses/0");
    assert_eq!(places(&warning["problem"]["errors"]), of_shipping());
}

/// What a slot does not take is refused at the slot, before anything is sent.
#[tokio::test]
async fn a_slot_takes_its_name_and_nothing_that_looks_personal() {
    for (slot, value) in [
        ("data9", "x"),
        ("DATA1", "x"),
        ("data1", "ann@example.com"),
        ("data1", "123456789"),
        ("data1", "123-45-6789"),
        ("data2", "+1 (202) 555-0123"),
        ("data2", "4111.1111.1111.1111"),
        ("sensitive4", "4111 - 1111 - 1111 - 1111"),
        ("sensitive4", "4111\n1111\n1111\n1111"),
    ] {
        let body = json!({ "attributes": { "data3": "x", slot: value } }).to_string();
        for (method, path) in [
            ("POST", "/v1/customers"),
            ("PATCH", "/v1/customers/cybersource:5"),
        ] {
            let answer = called("cybersource", (method, path, &body), &[]).await;
            assert_eq!(
                answer.problem(),
                (422, "invalid-input".to_owned()),
                "{value}"
            );
            let errors = &answer.json()["errors"];
            assert_eq!(
                places(errors),
                json!([{ "pointer": format!("/attributes/{slot}") }])
            );
        }
    }
    let body =
        r#"{"attributes":{"data1":"order 12345, line 7788 of 2024-02-29","data4":"A1234567B89"}}"#;
    let call = ("POST", "/v1/customers", body);
    let said = [(201, JSON, r#"{"id":"5"}"#), (200, JSON, r#"{"id":"5"}"#)];
    assert_eq!(called("cybersource", call, &said).await.status, 201);
}

/// A field of a dialect whose parameters stand in the query, in the path and in the body.
#[tokio::test]
async fn a_parameter_is_found_wherever_it_was_sent() {
    let refused = |params: &[&str]| {
        let fields: Vec<Value> = params
            .iter()
            .map(|param| json!({ "param": param, "msg": "invalid", "value": "s3cr3t" }))
            .collect();
        json!({ "url": "/s3cr3t", "message": "Some inputs are wrong!", "error": "wrong_inputs", "field_errors": fields })
            .to_string()
    };
    let body = json!({ "name": { "first": "John", "last": "Smith" }, "birthDate": "1974-05-15", "postalCode": "M1M 1M1" });
    let call = ("POST", "/v1/customers/search", &*body.to_string());
    let said = refused(&["first_name", "dob", "postal_code"]);
    let found = errors("flexiti", call, (409, JSON, &said)).await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/name/first", "nativeField": "first_name" },
            { "pointer": "/birthDate", "nativeField": "dob" },
            { "pointer": "/postalCode", "nativeField": "postal_code" },
        ])
    );

    let body = r#"{"amount":{"amount":"250.00","currency":"CAD"}}"#;
    let call = (
        "POST",
        "/v1/billing-accounts/flexiti:123456789/quotes",
        body,
    );
    let said = refused(&["amount", "account_number"]);
    let found = errors("flexiti", call, (409, JSON, &said)).await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/amount/amount", "nativeField": "amount" },
            { "parameter": "id", "nativeField": "account_number" },
        ])
    );
}

/// The same of XML, whose names have prefixes of the upstream's own, and of positions in lists of JSON.
#[tokio::test]
async fn newcomers_name_fields_by_path() {
    let body = json!({
        "kind": "person",
        "name": { "first": "Ada", "last": "Lovelace" },
        "addresses": [{ "use": "postal", "line1": "1 Lane", "postalCode": "00730", "country": "US" }],
    });
    let said = "<x:fault xmlns:x='urn:tolliver:fault'><x:code>V1</x:code><x:text>not valid</x:text>\
        <x:field path='subscriber/who:name/who:given'><x:reason>too short</x:reason></x:field>\
        <x:field path='address/zip'/><x:field path='subscriber/@who:kind'/></x:fault>";
    let call = ("POST", "/v1/customers", &*body.to_string());
    let found = errors("tolliver", call, (422, XML, said)).await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/name/first", "nativeField": "subscriber/who:name/who:given" },
            { "pointer": "/addresses/0/postalCode", "nativeField": "address/zip" },
            { "pointer": "/kind", "nativeField": "subscriber/@who:kind" },
        ])
    );

    let body = json!({
        "reference": "ada",
        "phones": [{ "type": "home", "number": "+12025550123" }, { "type": "work", "number": "+12025550199" }],
        "addresses": [{ "use": "home", "postalCode": "00730" }],
    });
    let said = json!({ "error": { "code": "E7", "message": "not valid", "fields": [
        { "at": "lines[1].number", "issue": "not a number" },
        { "at": "home.postcode", "issue": "unknown" },
        { "at": "number", "issue": "which of them?" },
    ]}});
    let call = ("POST", "/v1/customers", &*body.to_string());
    let found = errors("quillpost", call, (422, JSON, &said.to_string())).await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/phones/1/number", "nativeField": "lines[1].number" },
            { "pointer": "/addresses/0/postalCode", "nativeField": "home.postcode" },
            { "candidates": ["/phones/0/number", "/phones/1/number"], "nativeField": "number" },
        ])
    );
}

/// A name of the native schema is told although a value of the caller reads the same; any other text is judged.
#[tokio::test]
async fn a_known_name_is_no_value_and_any_other_may_be_one() {
    let body = json!({
        "reference": "ada",
        "name": { "first": "Ada", "last": "street" },
        "phones": [{ "type": "home", "number": "+12025550123" }],
        "addresses": [{ "use": "home", "postalCode": "00730" }],
        "attributes": { "Ada": "x" },
    });
    let places = [
        "names.surname",
        "home.street",
        "street.surname",
        "Ada.number",
        "lines[0].number",
        "lines[00730].number",
        "tags.Ada",
        "Ada:home.postcode",
    ];
    let fields: Vec<Value> = places.iter().map(|at| json!({ "at": at })).collect();
    let said = json!({ "error": { "code": "E7", "fields": fields } });
    let call = ("POST", "/v1/customers", &*body.to_string());
    let found = errors("quillpost", call, (422, JSON, &said.to_string())).await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/name/last", "nativeField": "names.surname" },
            { "nativeField": "home.street" },
            { "nativeField": "[redacted].surname" },
            { "nativeField": "[redacted].number" },
            { "pointer": "/phones/0/number", "nativeField": "lines[0].number" },
            { "nativeField": "lines[[redacted]].number" },
            { "pointer": "/attributes/Ada", "nativeField": "tags.[redacted]" },
            { "nativeField": "[redacted]:home.postcode" },
        ])
    );

    let body = json!({ "kind": "person", "name": { "first": "Ada", "last": "given" } });
    let said = "<x:fault xmlns:x='urn:tolliver:fault'><x:code>V1</x:code>\
        <x:field path='subscriber/pty:name/pty:given'/><x:field path='subscriber/Ada:name/who:given'/>\
        <x:field path='pty:given/Ada:'/></x:fault>";
    let call = ("POST", "/v1/customers", &*body.to_string());
    let found = errors("tolliver", call, (422, XML, said)).await;
    assert_eq!(
        found,
        json!([
            { "pointer": "/name/first", "nativeField": "subscriber/pty:name/pty:given" },
            // A prefix is known where it is the schema's own.
            { "pointer": "/name/first", "nativeField": "subscriber/[redacted]:name/who:[redacted]" },
            { "pointer": "/name/first", "nativeField": "pty:[redacted]/[redacted]:" },
        ])
    );
}

/// A dialect that tells words alone: no place is guessed.
#[tokio::test]
async fn words_alone_point_nowhere() {
    let body =
        r#"{"name":{"full":"Ann"},"contacts":[{"role":"billing","email":"ann@example.com"}]}"#;
    let said = "<status><success>False</success><errors><error>emailPrimary is not valid</error></errors></status>";
    let found = errors(
        "blubilling",
        ("POST", "/v1/customers", body),
        (400, XML, said),
    )
    .await;
    assert_eq!(found, json!([{}]));
}

/// The same of an error of TMF666, which has a code, a reason and a message and names no field: what it says is told
/// without a place.
#[tokio::test]
async fn a_dialect_without_names_of_fields_is_told_by_its_words() {
    let body = r#"{"taxId":"123456789","withBalance":true}"#;
    let said = r#"{"code":"21","reason":"Missing or invalid value","message":"x-tax-identifier is not valid","status":"400"}"#;
    let call = ("POST", "/v1/billing-accounts/search", body);
    let found = errors("dxp-ux", call, (400, JSON, said)).await;
    assert_eq!(found, json!(null));
}

/// Places of the sent document as XPath has them: with prefixes, positions from 1, attributes, and whatever tools write.
#[tokio::test]
async fn a_place_in_a_document_of_xml_is_found_by_its_path() {
    let body = json!({
        "name": { "full": "Ada" },
        "contacts": [{ "role": "sales", "email": "a@b.example" }, { "role": "billing", "email": "c@d.example" }],
        "addresses": [{ "use": "postal", "city": "Ponce" }, { "use": "home", "city": "Coamo" }, { "use": "service", "city": "Cayey" }],
        "attributes": { "first": "x", "2": "y" },
    });
    let places = [
        ("/h:customer/h:contact[2]/h:email", "/contacts/1/email"),
        (
            "/h:customer[1]/h:contact[1]/h:email[1]",
            "/contacts/0/email",
        ),
        ("/c:customer/c:contact[2]/@type", "/contacts/1/role"),
        ("contact[2]/attribute::type", "/contacts/1/role"),
        ("/customer/places/place[3]/town/text()", "/addresses/2/city"),
        ("//place[1]/town", "/addresses/0/city"),
        (
            "/*[local-name()='customer']/*[local-name()='contact' and namespace-uri()='urn:harbour'][2]/*[local-name()='email'][1]",
            "/contacts/1/email",
        ),
        (
            "/Q{urn:harbour}customer[1]/Q{urn:harbour}places[1]/Q{urn:harbour}place[2]/Q{urn:harbour}town[1]",
            "/addresses/1/city",
        ),
        ("customer.contact[1].email", "/contacts/1/email"),
        ("/h:customer/h:title", "/name/full"),
        ("/h:customer/h:fact[2]/h:value", "/attributes/2"),
        // What was not sent, or cannot be told.
        ("/h:customer/h:contact[3]/h:email", ""),
        ("/h:customer/h:contact[0]/h:email", ""),
        ("/h:customer/h:email", ""),
        ("/h:customer/@title", ""),
        ("/h:customer/h:title[2]", ""),
        ("/h:customer/h:contact[2]/ancestor::h:email", ""),
    ];
    let said: String = places
        .iter()
        .map(|(at, _)| format!("<at>{at}</at>"))
        .collect();
    let call = ("POST", "/v1/customers", &*body.to_string());
    let said =
        format!("<fault>{said}<at>/h:customer/h:contact/h:email</at><at>x-agent-ID</at></fault>");
    let found = errors("harbour", call, (422, XML, &said)).await;
    let mut expected: Vec<Value> = places
        .iter()
        .map(|(at, pointer)| match *pointer {
            "" => json!({ "nativeField": at }),
            pointer => json!({ "pointer": pointer, "nativeField": at }),
        })
        .collect();
    // Without a position every item of the name is meant.
    expected.push(json!({
        "candidates": ["/contacts/0/email", "/contacts/1/email"],
        "nativeField": "/h:customer/h:contact/h:email",
    }));
    expected.push(json!({ "nativeField": "x-agent-ID" }));
    assert_eq!(found, Value::Array(expected));
}

/// Over a document that was read, items of a list stand where that has them: which one is meant is not known for certain.
#[tokio::test]
async fn positions_in_a_document_that_was_written_over_are_not_trusted() {
    let base = "<h:customer id='7' xmlns:h='urn:harbour'><h:contact type='billing'><h:email>old@d.example</h:email></h:contact>\
        <h:places><h:place use='postal'><h:town>Ponce</h:town></h:place></h:places></h:customer>";
    let said = "<fault><at>/h:customer/h:contact[1]/h:email</at><at>/h:customer/h:places/h:place[2]/h:town</at></fault>";
    let body = json!({
        "contacts": [{ "role": "sales", "email": "a@b.example" }, { "role": "billing", "email": "c@d.example" }],
        "addresses": [{ "use": "postal", "city": "Ponce" }, { "use": "home", "city": "Coamo" }],
    });
    let call = ("PATCH", "/v1/customers/harbour:7", &*body.to_string());
    let before = [(200, XML, base)];
    let found = errors_after("harbour", call, &before, (422, XML, said)).await;
    assert_eq!(
        found,
        json!([
            { "candidates": ["/contacts/0/email", "/contacts/1/email"], "nativeField": "/h:customer/h:contact[1]/h:email" },
            { "pointer": "/addresses/1/city", "nativeField": "/h:customer/h:places/h:place[2]/h:town" },
        ])
    );
}
