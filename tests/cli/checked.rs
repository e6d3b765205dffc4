//! What serves is checked first, as `check` checks it: mappings that are not the binary's own, and configurations.

use std::fs;
use std::path::{Path, PathBuf};

use crate::files::copy;
use crate::process::{Ended, Running, command, ended, run};

/// Replaces a text of a file, which must be there.
fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

const FREE: &str = "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\n";

fn configuration(folder: &Path, upstreams: &str) -> PathBuf {
    let path = folder.join("interlingua.yaml");
    fs::write(&path, format!("{FREE}upstreams:\n{upstreams}")).unwrap();
    path
}

const BLUE: &str = "  blue: { mapping: blubilling, settings: { base-url: 'http://127.0.0.1:9' }, auth: { scheme: none } }\n";

/// Every verb that serves must end with 78 over these mappings, and tell the codes.
fn nobody_serves(folder: &Path, codes: &[&str]) {
    let mappings = folder.join("mappings");
    let file = configuration(folder, BLUE);
    let verbs: [&[&str]; 3] = [
        &["serve", "--config", file.to_str().unwrap()],
        &[
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--probes",
            "127.0.0.1:0",
            "--sandbox-port",
            "0",
        ],
        &["sandbox", "--port", "0"],
    ];
    for verb in verbs {
        let told = run(&[verb, &["--mappings", mappings.to_str().unwrap()]].concat());
        assert_eq!(
            (told.code, told.out.as_str()),
            (78, ""),
            "{verb:?}: {told:?}"
        );
        for code in codes {
            assert!(told.err.contains(code), "{verb:?}: {}", told.err);
        }
    }
}

#[test]
fn a_mapping_that_check_refuses_is_served_by_nobody() {
    let folder = copy();
    let contact = folder.path().join("mappings/blubilling/contact.yaml");
    replace(
        &contact,
        "  email: { native: emailPrimary, invalid: report }\n",
        "",
    );
    let customer = folder.path().join("mappings/blubilling/customer.yaml");
    replace(
        &customer,
        "path: CustomerFinancials",
        "path: CustomerFinancialz",
    );

    nobody_serves(folder.path(), &["M401", "M102"]);
}

#[test]
fn a_mapping_whose_case_fails_is_served_by_nobody() {
    let folder = copy();
    let case = folder
        .path()
        .join("mappings/blubilling/cases/getCustomer/by-reference/canonical.json");
    replace(&case, "Bill Joseph", "Will Joseph");

    let told = run(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(told.code, 1);
    assert!(
        told.out
            .contains("error[M602]: the case `by-reference` fails"),
        "{}",
        told.out
    );
    assert!(!told.out.contains("Will Joseph"), "{}", told.out);
    nobody_serves(folder.path(), &["M602"]);
}

#[test]
fn what_does_not_keep_mappings_from_serving_is_told_by_number() {
    let folder = copy();
    let mappings = folder.path().join("mappings");
    let file = configuration(folder.path(), BLUE);
    let mut running = Running::start(command(&[
        "serve",
        "--config",
        file.to_str().unwrap(),
        "--mappings",
        mappings.to_str().unwrap(),
    ]));
    let lines = running.until("\"probes\"");
    assert!(
        lines.iter().any(|line| line.contains("warnings and")),
        "{lines:?}"
    );
}

/// What `check` and `serve` say of a configuration: the same.
fn told(upstreams: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = configuration(folder.path(), upstreams);
    let path = path.to_str().unwrap();
    let of = |arguments: &[&str]| -> Ended {
        let mut command = command(arguments);
        ended(command.env("ZONE", "Mars/Olympus").output().unwrap())
    };
    let checked = of(&["check", path]);
    let served = of(&["serve", "--config", path]);
    assert_eq!(
        (checked.code, served.code),
        (1, 78),
        "{checked:?}\n{served:?}"
    );
    assert_eq!(checked.out, served.err);
    checked.out.replace(path, "interlingua.yaml")
}

/// Where a text stands in the configuration: its first line of an upstream is the fifth.
fn place(upstreams: &str, line: usize, text: &str) -> String {
    let at = upstreams.lines().nth(line - 5).unwrap().find(text).unwrap();
    format!("interlingua.yaml:{line}:{}\n", at + 1)
}

#[test]
fn every_fault_of_a_configuration_is_told_at_once_at_its_place() {
    let upstreams = "  billing: { mapping: blubilling, settings: { base-ur: x }, deadlines: { total: 5 } }\n  d: { mapping: dxp-ux, settings: { base-url: 'https://h/v1', country: XX, client-id: abcdef, client-secret: inlinesecret }, auth: { scheme: none } }\n  x: { mapping: nosuch }\n";
    let told = told(upstreams);
    for (code, line, text) in [
        ("C002", 5, "base-ur"),
        ("C003", 5, "5 } }"),
        ("C004", 5, "billing"),
        ("C003", 6, "XX"),
        ("C005", 6, "client-secret"),
        ("C007", 6, "auth:"),
        ("C006", 7, "nosuch"),
    ] {
        let at = place(upstreams, line, text);
        let mut faults = told.split("\n\n").filter(|fault| fault.contains(&at));
        assert!(
            faults.any(|fault| fault.starts_with(&format!("error[{code}]"))),
            "{code} {at}\n{told}"
        );
    }
    assert!(
        told.contains("lacks `auth`") && told.contains("lacks the setting `base-url`"),
        "{told}"
    );
    assert!(!told.contains("inlinesecret"), "{told}");
}

#[test]
fn a_client_certificate_that_is_none_is_told_and_not_shown() {
    let upstreams = "  a: { mapping: blubilling, settings: { base-url: 'https://h' }, auth: { scheme: mtls, certificate: { env: ZONE }, private-key: { env: ZONE } } }\n  b: { mapping: blubilling, settings: { base-url: 'https://h' }, auth: { scheme: mtls, certificate: { env: ZONE }, password: { env: ZONE } } }\n";
    let told = told(upstreams);
    assert!(
        told.contains("the client certificate and its key must be PEM"),
        "{told}"
    );
    assert!(
        told.contains("`upstreams.b.auth.private-key` is missing")
            && told.contains("has no use for `password`"),
        "{told}"
    );
    assert!(!told.contains("Olympus"), "{told}");
}

#[test]
fn abuse_13_a_base_url_where_no_upstream_is_is_told() {
    let upstreams = "  a: { mapping: blubilling, settings: { base-url: 'http://169.254.169.254/latest' }, auth: { scheme: none } }\n  b: { mapping: blubilling, settings: { base-url: 'http://169.254.170.2' }, auth: { scheme: none }, addresses: { allow: [169.254.170.2] } }\n";
    let told = told(upstreams);
    let fault = "the base URL of `a` names a link-local address, which is never called";
    assert!(told.contains(fault), "{told}");
    assert!(told.contains(&place(upstreams, 5, "a:")), "{told}");
    assert!(told.contains("`addresses.allow`"), "{told}");
    assert!(!told.contains("of `b`"), "{told}");
}

#[test]
fn a_value_that_breaks_a_mapping_is_told_where_it_is_given() {
    let upstreams = "  a: { mapping: blubilling, settings: { base-url: 'not a url', time-zone: { env: ZONE }, phone-country: ZZ }, auth: { scheme: none } }\n";
    let told = told(upstreams);
    for (setting, text) in [
        ("base-url", "'not a url'"),
        ("time-zone", "{ env: ZONE }"),
        ("phone-country", "ZZ"),
    ] {
        let of = format!("of the setting `{setting}`");
        let fault = told.split("\n\n").find(|fault| fault.contains(&of));
        let fault = fault.unwrap_or_else(|| panic!("{setting}: {told}"));
        assert!(fault.starts_with("error[C003]"), "{fault}");
        assert!(fault.contains(&place(upstreams, 5, text)), "{fault}");
        assert!(fault.contains("::: mappings/blubilling/"), "{fault}");
    }
    assert!(!told.contains("Olympus"), "{told}");
}

#[test]
fn settings_that_leave_an_operation_without_a_request_are_told_together() {
    let of = |settings: &str| {
        format!(
            "  a: {{ mapping: dxp-ux, settings: {{ base-url: 'https://h/v1', client-id: abcdef, client-secret: {{ env: ZONE }}, {settings} }} }}\n"
        )
    };
    let upstreams = of("country: PA, lob: PREPAID");
    let told = told(&upstreams);
    assert!(told.starts_with("error[C007]"), "{told}");
    assert!(
        told.contains("no request for `getBillingAccount`"),
        "{told}"
    );
    assert!(told.contains(&place(&upstreams, 5, "PA")), "{told}");
    assert!(
        told.contains("`settings.country`, `settings.lob`"),
        "{told}"
    );
    assert!(told.contains("::: mappings/dxp-ux/upstream.yaml"), "{told}");
    for settings in [
        "country: PA",
        "country: PR, lob: PREPAID",
        "country: JM, lob: FIXED",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = configuration(folder.path(), &of(settings));
        let mut command = command(&["check", path.to_str().unwrap()]);
        let checked = ended(command.env("ZONE", "a-long-secret").output().unwrap());
        assert_eq!(checked.code, 0, "{settings}: {checked:?}");
    }
}

#[test]
fn files_are_named_as_they_lie_on_the_disk() {
    let folder = copy();
    let contact = folder.path().join("mappings/blubilling/contact.yaml");
    replace(
        &contact,
        "  email: { native: emailPrimary, invalid: report }\n",
        "",
    );
    let path = contact.to_str().unwrap();
    for format in ["text", "json", "sarif"] {
        let told = run(&["check", "--format", format, path]);
        assert_eq!(told.code, 1);
        assert!(told.out.contains(path), "{format}: {}", told.out);
    }
    // From where they lie, they are named from there.
    let mut near = command(&["check", "mappings/blubilling"]);
    let near = ended(near.current_dir(folder.path()).output().unwrap());
    assert!(
        near.out.contains("--> mappings/blubilling/contact.yaml:"),
        "{}",
        near.out
    );
}

#[test]
fn a_model_of_which_no_judge_can_be_made_is_served_by_nobody() {
    let folder = copy();
    let schemas = folder.path().join("schemas/canonical");
    fs::create_dir_all(&schemas).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/canonical");
    for entry in fs::read_dir(own).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, schemas.join(path.file_name().unwrap())).unwrap();
    }
    replace(
        &schemas.join("address.schema.json"),
        "\"$id\": ",
        "\"$comment\": ",
    );

    let told = run(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(told.code, 1);
    assert!(told.out.contains("address.schema.json"), "{}", told.out);
    nobody_serves(folder.path(), &["address.schema.json"]);
}
