//! Names of fields in error answers: the caller's places that they are names of, and the reverse.

use interlingua::engine::exchange::{
    Accepted, Answered, Call, Context, FieldError, NativeAnswer, PageRequest, ReceivedRequest,
    RouteIndex, ServerOutcome, ServerProblem, Worker,
};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::proof::cases::{CaseResult, run_cases};

use crate::depot::{settings, told};
use crate::tree;

const MAPPING: &str = "
mapping: guest
canonical: Customer
native: Guest
fields:
  name.first: person.first
  name.last: person.last
  contacts:
    each: friends
    fields: { role: kind, name.first: person.first, email: mail }
";

const FORM: &str = "
mapping: guest
canonical: Customer
native: Guest
fields:
  name.first: first
  name.last: family_name
";

const NATIVE: &str = "
$schema: https://json-schema.org/draft/2020-12/schema
$id: https://interlingua.example/native/quay
$defs:
  Text: { type: string, maxLength: 40 }
  Person: { type: object, properties: { first: { $ref: '#/$defs/Text' }, last: { $ref: '#/$defs/Text' } } }
  Friend: { type: object, properties: { person: { $ref: '#/$defs/Person' }, mail: { $ref: '#/$defs/Text' }, kind: { type: string, enum: [billing, sales] } } }
  Guest:
    type: object
    xml: { name: guest }
    properties:
      id: { $ref: '#/$defs/Text', readOnly: true }
      first: { $ref: '#/$defs/Text' }
      family_name: { $ref: '#/$defs/Text' }
      person: { $ref: '#/$defs/Person' }
      friends: { type: array, items: { $ref: '#/$defs/Friend' } }
  Fault:
    type: object
    xml: { name: fault }
    properties:
      code: { $ref: '#/$defs/Text' }
      faults:
        type: array
        items:
          type: object
          properties: { field: { $ref: '#/$defs/Text' }, where: { $ref: '#/$defs/Text' }, text: { $ref: '#/$defs/Text' } }
";

/// An upstream whose bodies are of a media type, with the rule that reads the names of fields.
fn quay(media_type: &str, mapping: &str, rule: &str) -> (Catalog, Upstream) {
    let fault = format!(
        "mapping: fault\ncanonical: Problem\nnative: Fault\nfields:\n  errors: {{ each: faults, fields: {{ detail: text, {rule} }} }}\n"
    );
    quay_of(
        media_type,
        mapping,
        &fault,
        "tables: {}",
        "4xx, body: fault, problem: invalid-input",
    )
}

fn quay_of(
    media_type: &str,
    mapping: &str,
    fault: &str,
    tables: &str,
    case: &str,
) -> (Catalog, Upstream) {
    let (catalog, report) = Catalog::load(quay_files(media_type, mapping, fault, tables, case));
    assert!(!report.has_errors(), "{}", told(&catalog, &report));
    let compiled = Upstream::compile(&catalog, "quay", "q", &settings(&[]), None);
    let upstream = compiled.unwrap_or_else(|report| panic!("{}", told(&catalog, &report)));
    (catalog, upstream)
}

fn quay_files(
    media_type: &str,
    mapping: &str,
    fault: &str,
    tables: &str,
    case: &str,
) -> Vec<(String, Vec<u8>)> {
    let mut found = tree::files(&[("schemas/canonical", "schemas/canonical")]);
    let upstream = format!(
        "upstream: quay
native: quay
media-type: {media_type}
settings: {{ host: {{}}, tenant: {{}}, password: {{}} }}
base-url: '{{settings.host}}'
auth: {{ scheme: none }}
operations:
  createCustomer:
    routes: [{{ call: POST /guests, body: guest }}]
    answers: [{{ status: 201, body: ignored, why: none }}]
  updateCustomer:
    absent: keeps
    routes: [{{ when: id, call: 'PATCH /guests/{{id as guest_id}}', headers: {{ context.ifMatch: If-Match }}, body: guest }}]
    answers: [{{ status: 200, body: ignored, why: none }}]
errors:
  - {{ status: {case} }}
"
    );
    for (name, text) in [
        ("schemas/native/quay.schema.yaml", NATIVE),
        ("mappings/quay/guest.yaml", mapping),
        ("mappings/quay/fault.yaml", fault),
        ("mappings/quay/tables.yaml", tables),
        ("mappings/quay/upstream.yaml", &upstream),
    ] {
        found.push((name.to_owned(), text.as_bytes().to_vec()));
    }
    found
}

/// The differences that the cases of an upstream whose problems are told by status show, case by case.
fn differences(cases: &[(&str, &str)]) -> Vec<(String, Vec<&'static str>)> {
    let media_type = "application/json";
    let mut found = quay_files(media_type, MAPPING, CODED, PROBLEMS, "4xx, body: fault");
    for (name, text) in cases {
        let name = format!("mappings/quay/cases/{name}");
        found.push((name, text.as_bytes().to_vec()));
    }
    let (catalog, report) = Catalog::load(found);
    assert!(!report.has_errors(), "{}", told(&catalog, &report));
    let results = run_cases(&catalog, "quay").unwrap_or_else(|report| {
        panic!("{}", told(&catalog, &report));
    });
    let of_case = |result: &CaseResult| {
        let checks = result.checks.iter();
        let differing = checks.filter(|check| check.difference.is_some());
        let name = result.path.rsplit('/').next().unwrap().to_owned();
        (name, differing.map(|check| check.what).collect())
    };
    results.iter().map(of_case).collect()
}

#[test]
fn a_case_is_of_the_status_that_it_says() {
    const SETTINGS: &str = "settings: { host: 'https://quay.example', tenant: t1, password: pw }\n";
    let case = |more: &str| format!("case: createCustomer\nmessage: response\n{SETTINGS}{more}");
    let right = case("problem: conflict\nstatus: 409\n");
    let wrong = case("problem: conflict\nstatus: 404\n");
    let none = case("problem: conflict\n");
    let (native, canonical) = (
        r#"{"code":"taken"}"#,
        r#"{"code":"conflict","upstream":{"code":"taken"}}"#,
    );
    let found = differences(&[
        ("createCustomer/none/case.yaml", &none),
        ("createCustomer/none/native.json", native),
        ("createCustomer/none/canonical.json", canonical),
        ("createCustomer/right/case.yaml", &right),
        ("createCustomer/right/native.json", native),
        ("createCustomer/right/canonical.json", canonical),
        ("createCustomer/wrong/case.yaml", &wrong),
        ("createCustomer/wrong/native.json", native),
        ("createCustomer/wrong/canonical.json", canonical),
    ]);
    let expected = [
        ("none", vec!["answer"]),
        ("right", Vec::new()),
        ("wrong", vec!["canonical document", "status"]),
    ];
    let expected = expected.map(|(name, checks)| (name.to_owned(), checks));
    assert_eq!(found, expected);
}

/// A fault that says with the status what it is.
const CODED: &str = "
mapping: fault
canonical: Problem
native: Fault
fields:
  code + upstream.code: $status + code | table(problem)
";

const PROBLEMS: &str = "
tables:
  problem:
    native: [status, type]
    canonical: [code, native]
    rows:
      - { status: '404', type: <type>, code: not-found, native: <type> }
      - { status: '409', type: stale, code: precondition-failed, native: stale }
      - { status: '409', type: <type>, code: conflict, native: <type> }
    unknown: { code: upstream-error, native: <type> }
";

#[test]
fn a_code_is_read_from_status_and_type_together_and_written_as_both() {
    let (_, upstream) = &quay_of(
        "application/json",
        MAPPING,
        CODED,
        PROBLEMS,
        "4xx, body: fault",
    );
    let quay = quay_of(
        "application/json",
        MAPPING,
        CODED,
        PROBLEMS,
        "4xx, body: fault",
    );
    for (status, code, said) in [
        (404, "gone", "not-found"),
        (409, "stale", "precondition-failed"),
        (409, "taken", "conflict"),
        (424, "odd", "upstream-error"),
    ] {
        let native = format!(r#"{{"code":"{code}"}}"#);
        let answer = NativeAnswer {
            status,
            headers: &[],
            content_type: Some("application/json"),
            body: native.as_bytes(),
        };
        let call = Call {
            operation: quay.0.operation("createCustomer").unwrap().0,
            inputs: &[],
            body: Some(b"{}"),
            page: PageRequest::default(),
            context: Context::default(),
        };
        let answered = upstream.answer(&call, RouteIndex(0), &answer, &mut Worker::default());
        let Answered::Problem(problem) = answered else {
            panic!("{answered:?}");
        };
        assert_eq!(problem.code, said);
        assert_eq!(problem.upstream_code.as_deref(), Some(code));
        if said == "upstream-error" {
            continue;
        }
        let document = format!(r#"{{"code":"{said}","upstream":{{"code":"{code}"}}}}"#);
        let outcome = ServerOutcome {
            problem: Some(ServerProblem {
                code: said,
                status: 400,
                document: Some(document.as_bytes()),
            }),
            ..ServerOutcome::default()
        };
        let accepted = Accepted {
            operation: call.operation,
            ..Accepted::default()
        };
        let response = upstream
            .respond(&accepted, &outcome, None, &mut Worker::default())
            .unwrap();
        assert_eq!(response.status, status);
        assert_eq!(String::from_utf8(response.body).unwrap(), native);
    }
}

const LEAF: &str = "'pointer + nativeField': 'field | field-name(leaf)'";
const PATH: &str = "'pointer + nativeField': 'where + field | field-name(path)'";

fn errors(
    (catalog, upstream): &(Catalog, Upstream),
    operation: &str,
    body: &str,
    media_type: &str,
    native: &str,
) -> Vec<FieldError> {
    let call = Call {
        operation: catalog.operation(operation).unwrap().0,
        inputs: if operation == "updateCustomer" {
            &[("id", "7")]
        } else {
            &[]
        },
        body: Some(body.as_bytes()),
        page: PageRequest::default(),
        context: Context::default(),
    };
    let answer = NativeAnswer {
        status: 400,
        headers: &[],
        content_type: Some(media_type),
        body: native.as_bytes(),
    };
    match upstream.answer(&call, RouteIndex(0), &answer, &mut Worker::default()) {
        Answered::Problem(problem) => problem.errors,
        other => panic!("{other:?}"),
    }
}

const BODY: &str = r#"{"name":{"first":"A","last":"B"},"contacts":[{"role":"billing","email":"a@b.example"},{"role":"sales","name":{"first":"C"}}]}"#;

fn places(error: &FieldError) -> (Option<&str>, Option<&str>, Vec<&str>) {
    (
        error.pointer.as_deref(),
        error.parameter.as_deref(),
        error.candidates.iter().map(String::as_str).collect(),
    )
}

#[test]
fn a_name_is_looked_for_among_what_the_call_sent() {
    let json = quay("application/json", MAPPING, LEAF);
    let told = |field: &str| {
        let native = format!(r#"{{"faults":[{{"field":"{field}","text":"bad"}}]}}"#);
        errors(&json, "updateCustomer", BODY, "application/json", &native).remove(0)
    };
    for (field, expected) in [
        ("last", (Some("/name/last"), None, vec![])),
        ("person.last", (Some("/name/last"), None, vec![])),
        // The whole path goes before the end of one.
        ("person.first", (Some("/name/first"), None, vec![])),
        (
            "/friends/1/person/first",
            (Some("/contacts/1/name/first"), None, vec![]),
        ),
        ("friends[0].mail", (Some("/contacts/0/email"), None, vec![])),
        ("mail", (Some("/contacts/0/email"), None, vec![])),
        (
            "first",
            (None, None, vec!["/name/first", "/contacts/1/name/first"]),
        ),
        ("irst", (None, None, vec![])),
        ("guest_id", (None, Some("id"), vec![])),
        ("unheard", (None, None, vec![])),
    ] {
        let error = told(field);
        assert_eq!(places(&error), expected, "{field}");
        assert_eq!(error.native_field.as_deref(), Some(field));
        assert_eq!(error.detail.as_deref(), Some("bad"));
    }
}

#[test]
fn what_the_call_did_not_send_is_no_candidate() {
    let json = quay("application/json", MAPPING, LEAF);
    let native = r#"{"faults":[{"field":"first"}]}"#;
    let body = r#"{"contacts":[{"role":"sales","name":{"first":"C"}}]}"#;
    let found = errors(&json, "createCustomer", body, "application/json", native);
    assert_eq!(found[0].pointer.as_deref(), Some("/contacts/0/name/first"));
}

#[test]
fn names_are_found_in_every_dialect() {
    let xml = quay("application/xml", MAPPING, PATH);
    let native = "<fault><faults><where>guest.person</where><field>last</field></faults><faults><field>mail</field></faults></fault>";
    let found = errors(&xml, "createCustomer", BODY, "application/xml", native);
    assert_eq!(found[0].native_field.as_deref(), Some("guest.person.last"));
    assert_eq!(found[1].pointer.as_deref(), Some("/contacts/0/email"));
    let native = "<fault><faults><where>person</where><field>last</field></faults></fault>";
    let found = errors(&xml, "createCustomer", BODY, "application/xml", native);
    assert_eq!(found[0].pointer.as_deref(), Some("/name/last"));
    let form = quay("application/x-www-form-urlencoded", FORM, LEAF);
    let update = Call {
        operation: form.0.operation("createCustomer").unwrap().0,
        inputs: &[],
        body: Some(BODY.as_bytes()),
        page: PageRequest::default(),
        context: Context::default(),
    };
    let sent = form
        .1
        .request(&update, None, &mut Worker::default())
        .unwrap();
    assert_eq!(sent.body.unwrap(), b"first=A&family_name=B");
}

#[test]
fn a_pointer_is_told_by_the_upstreams_name() {
    for (rule, media_type, native) in [
        (
            LEAF,
            "application/json",
            r#"{"faults":[{"field":"last","text":"bad"},{"field":"mail"},{"field":"guest_id"}]}"#,
        ),
        (
            PATH,
            "application/json",
            r#"{"faults":[{"field":"last","where":"person","text":"bad"},{"field":"mail","where":"friends.0"},{"field":"guest_id"}]}"#,
        ),
    ] {
        let quay = quay(media_type, MAPPING, rule);
        let upstream = &quay.1;
        let mut worker = Worker::default();
        let request = ReceivedRequest {
            method: "PATCH",
            target: "/guests/7",
            headers: &[],
            content_type: Some(media_type),
            body: br#"{"person":{"first":"A","last":"B"},"friends":[{"mail":"a@b.example","kind":"sales"}]}"#,
        };
        let accepted: Accepted = upstream.accept(&request, &mut worker).unwrap();
        let document = br#"{"code":"invalid-input","errors":[{"pointer":"/name/last","detail":"bad"},{"pointer":"/contacts/0/email"},{"parameter":"id"},{"pointer":"/nowhere"}]}"#;
        let outcome = ServerOutcome {
            problem: Some(ServerProblem {
                code: "invalid-input",
                status: 422,
                document: Some(document),
            }),
            ..ServerOutcome::default()
        };
        let response = upstream
            .respond(&accepted, &outcome, None, &mut worker)
            .unwrap();
        assert_eq!(String::from_utf8(response.body).unwrap(), native);
    }
}
