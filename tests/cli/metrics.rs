//! What `/metrics` of the running binary says.

use std::fs::{self, File};
use std::process::Command;

use crate::demo::Demo;
use crate::http::{get, json};

#[test]
#[ignore = "needs promtool (Debian: prometheus); run by `bash tests/run`"]
fn promtool_finds_no_fault_in_the_metrics() {
    let demo = Demo::start();
    for target in [
        "/v1/customers/blubilling:ref:bj444",
        "/v1/customers/blubilling:0",
        "/v1/nothing",
    ] {
        get(demo.gateway, target);
    }
    json(demo.gateway, "POST", "/v1/customers", "{}");
    let metrics = get(demo.address("probes"), "/metrics");
    assert!(
        metrics
            .body
            .contains("interlingua_translation_seconds_bucket{")
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metrics");
    fs::write(&file, metrics.body).unwrap();
    let output = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(File::open(file).unwrap())
        .output()
        .expect("promtool runs (Debian: prometheus)");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success() && told.is_empty(), "{told}");
}
