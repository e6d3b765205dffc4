//! A vendor's own client library against the sandbox of its dialect.

use std::path::Path;
use std::process::Command;

use crate::process::{Running, address, command};

/// What the library is answered, a line for each call.
fn answers(sandbox: &str, secret: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("node")
        .arg(root.join("tests/cli/vendor.js"))
        .arg(root.join("target/npm"))
        .args([sandbox, secret])
        .output()
        .expect("node runs (Debian: nodejs)");
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    told.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs node and cybersource-rest-client (npm); run by `bash tests/run`"]
fn the_vendors_library_is_served_and_a_wrong_key_is_refused() {
    let mut running = Running::start(command(&["sandbox", "cybersource", "--port", "0"]));
    let lines = running.until("http://");
    let sandbox = format!("http://{}", address(lines.last().unwrap()));

    let served = answers(&sandbox, "aW50ZXJsaW5ndWEgZGVtbywgY3liZXJzb3VyY2U=");
    assert_eq!(
        served,
        [
            "getCustomer 200",
            "read test@cybs.com",
            "postCustomer 201",
            "patchCustomer 200",
            "patchCustomer 412",
            "deleteCustomer 204",
            "getCustomer 404",
        ]
    );

    let refused = answers(&sandbox, "YW5vdGhlciBrZXkgdGhhbiB0aGUgc2FuZGJveCdz");
    assert_eq!(
        refused,
        [
            "getCustomer 401",
            "postCustomer 401",
            "patchCustomer 401",
            "patchCustomer 401",
            "deleteCustomer 401",
            "getCustomer 401",
        ]
    );
}
