//! What verbs write, and how they end.

use crate::process::{run, run_with};

const CASES: &str = "mappings/blubilling/cases";

#[test]
fn the_shipped_files_are_without_fault() {
    let told = run(&["check"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", told.out);
    let told = run(&["test"]);
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(told.out.ends_with(" cases hold, 0 fail\n"), "{}", told.out);
}

#[test]
fn usage_is_2_and_help_is_0() {
    assert_eq!(run(&[]).code, 2);
    assert_eq!(run(&["unheard"]).code, 2);
    assert_eq!(
        run(&["schema", "Custmer"]).err,
        "error: there is no schema `Custmer`; did you mean `Customer`?\n"
    );
    assert_eq!(run(&["schema", "Custmer"]).code, 2);
    for verb in [
        "demo",
        "serve",
        "sandbox",
        "check",
        "test",
        "translate",
        "explain",
        "coverage",
        "openapi",
        "schema",
        "completions",
    ] {
        let help = run(&[verb, "--help"]);
        assert_eq!(help.code, 0, "{verb}");
        assert!(help.out.contains("Examples:"), "{verb}: {}", help.out);
    }
}

#[test]
fn a_document_is_translated_and_losses_are_told_apart() {
    let document = "<customer id=\"7\"><name>Ann</name><odd>s3cr3t</odd></customer>";
    let told = run_with(
        &[
            "translate",
            "-u",
            "blubilling",
            "--mapping",
            "customer",
            "-d",
            "to-canonical",
        ],
        document,
    );
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(
        told.out,
        "{\n  \"id\": \"blubilling:7\",\n  \"name\": {\n    \"full\": \"Ann\"\n  }\n}\n"
    );
    assert_eq!(told.err, "lost: no-place at /odd\n");
}

#[test]
fn a_patch_is_written_over_a_stored_document() {
    let base = format!("{CASES}/getCustomer/by-reference/native.xml");
    let mapping = [
        "translate",
        "-u",
        "blubilling",
        "--mapping",
        "customer as CustomerUpdate",
        "--base",
        &base,
    ];
    let told = run_with(&mapping, r#"{"name":{"full":"William Joseph"}}"#);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(
        told.out.contains("<name>William Joseph</name>")
            && told.out.contains("<emailPrimary> Bill@"),
        "{}",
        told.out
    );
}

#[test]
fn a_call_becomes_the_request_without_its_credentials() {
    let told = run(&[
        "translate",
        "-u",
        "blubilling",
        "-o",
        "getCustomer",
        "-i",
        "reference=b j/444",
    ]);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(
        told.out,
        "GET /rest/customer?format=xml&extCustomerRef=b%20j%2F444 HTTP/1.1\nhost: upstream.invalid\nauthorization: [redacted]\n"
    );
    let told = run(&[
        "translate",
        "-u",
        "dxp-ux",
        "-o",
        "getBillingAccount",
        "-i",
        "id=82",
    ]);
    assert!(
        told.out.contains("client_secret: [redacted]\n") && !told.out.contains("demo-dxp-ux"),
        "{}",
        told.out
    );

    let body = r#"{"reference":"c","contacts":[{"role":"billing","name":{"first":"Ann"}}]}"#;
    let told = run_with(
        &["translate", "-u", "blubilling", "-o", "createCustomer"],
        body,
    );
    assert!(told.out.ends_with("\n<customer>\n  <extCustomerRef>c</extCustomerRef>\n  <billingContact>\n    <firstName>Ann</firstName>\n  </billingContact>\n</customer>\n"), "{}", told.out);

    let base = format!("{CASES}/updateContact/new-phone/base.xml");
    let update = [
        "translate",
        "-u",
        "blubilling",
        "-o",
        "updateContact",
        "-i",
        "id=340",
        "-i",
        "role=billing",
    ];
    let patch = r#"{"email":"new@example.com"}"#;
    assert_eq!(run_with(&update, patch).code, 2);
    let told = run_with(&[update.as_slice(), &["--base", &base]].concat(), patch);
    assert!(
        told.out
            .starts_with("PUT /rest/customer/340/billingContact?format=xml")
            && told
                .out
                .contains("<emailPrimary>new@example.com</emailPrimary>"),
        "{told:?}"
    );
}

#[test]
fn an_answer_becomes_what_the_caller_gets() {
    let native = format!("{CASES}/getCustomer/by-reference/native.xml");
    let answer = [
        "translate",
        "-u",
        "blubilling",
        "-o",
        "getCustomer",
        "-i",
        "reference=bj444",
        "-d",
        "to-canonical",
    ];
    let told = run(&[answer.as_slice(), &[&native]].concat());
    assert_eq!(told.code, 0, "{told:?}");
    assert!(
        told.out.contains("\"id\": \"blubilling:340\""),
        "{}",
        told.out
    );

    let told = run_with(&[answer.as_slice(), &["--status", "404"]].concat(), "");
    assert_eq!(
        (told.code, told.out.as_str()),
        (0, "problem: not-found\n"),
        "{told:?}"
    );
    let told = run_with(&answer, "<customer>s3cr3t");
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.err.contains("upstream-malformed") && !told.err.contains("s3cr3t"),
        "{told:?}"
    );
}

#[test]
fn faults_of_a_document_name_places_and_no_values() {
    let told = run_with(
        &["translate", "-u", "blubilling", "--mapping", "customer"],
        "{\"paymentTerms\": {\"value\": \"s3cr3t\"}}",
    );
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.err.starts_with("error: 1:") && !told.err.contains("s3cr3t"),
        "{told:?}"
    );
}

#[test]
fn a_place_is_explained_and_coverage_told() {
    let told = run(&[
        "explain",
        "blubilling",
        "getCustomer",
        "contacts.addresses.country",
    ]);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(
        told.out.contains("mappings/blubilling/address.yaml:"),
        "{}",
        told.out
    );
    assert_eq!(
        run(&["explain", "blubilling", "getCustomer", "contacts.nowhere"]).code,
        2
    );

    let told = run(&["coverage"]);
    assert!(
        told.out.contains("getCustomer") && told.out.contains("dxp-ux"),
        "{}",
        told.out
    );
    let told = run(&["coverage", "dxp-ux"]);
    let file = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/mappings/dxp-ux/coverage.txt"
    ))
    .unwrap();
    assert_eq!(told.out, file);
}

#[test]
fn schemas_and_completions_are_written() {
    for name in [
        "Customer",
        "config",
        "mapping",
        "tables",
        "upstream",
        "sandbox",
        "case",
        "operations",
    ] {
        let told = run(&["schema", name]);
        let schema: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert!(schema["$schema"].is_string(), "{name}");
    }
    assert!(run(&["schema"]).out.lines().any(|line| line == "Customer"));
    assert!(run(&["completions", "bash"]).out.contains("_interlingua()"));
}
