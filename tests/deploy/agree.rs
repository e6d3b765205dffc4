//! Versions, ports and times that stand in several files are the same in all.

use regex::Regex;
use serde_json::Value;

use crate::configurations;
use crate::text;

/// What the schema of the configuration says that a setting is, left out.
fn default_of(pointer: &str) -> String {
    let schema: Value =
        serde_json::from_str(&text("schemas/config/interlingua.schema.json")).unwrap();
    let setting = schema.pointer(pointer).unwrap();
    setting["default"].as_str().unwrap().to_owned()
}

fn port_of(listener: &str) -> String {
    let address = default_of(&format!("/properties/{listener}"));
    address.rsplit(':').next().unwrap().to_owned()
}

/// The first thing that a pattern captures.
fn captured(text: &str, pattern: &str) -> Option<String> {
    let found = Regex::new(pattern).unwrap().captures(text)?;
    Some(found[1].to_owned())
}

fn seconds(text: &str) -> u64 {
    text.trim_end_matches('s').parse().unwrap()
}

/// Every line that a pattern captures something of, in a file.
fn every(name: &str, pattern: &str) -> Vec<String> {
    let text = text(name);
    let found = Regex::new(pattern).unwrap();
    let found = found.captures_iter(&text);
    found.map(|found| found[1].to_owned()).collect()
}

#[test]
fn images_bear_the_version_of_the_program_and_are_built_by_its_compiler() {
    let version = env!("CARGO_PKG_VERSION");
    for (name, pattern) in [
        ("deploy/Dockerfile", r"--tag interlingua:(\S+)"),
        ("deploy/compose.yaml", r"image: interlingua:(\S+)"),
        (
            "deploy/kubernetes/sidecar/kustomization.yaml",
            r"- name: interlingua\n    newTag: (\S+)",
        ),
        (
            "deploy/kubernetes/standalone/kustomization.yaml",
            r"- name: interlingua\n    newTag: (\S+)",
        ),
        ("deploy/README.md", r"interlingua:(\d\S*)"),
    ] {
        let found = every(name, pattern);
        assert!(!found.is_empty(), "{name}");
        assert!(
            found.iter().all(|found| found == version),
            "{name}: {found:?}"
        );
    }
    let compiler = env!("CARGO_PKG_RUST_VERSION");
    let built_by = every("deploy/Dockerfile", r"FROM rust:([\d.]+)-");
    assert_eq!(built_by, [compiler]);
}

#[test]
fn ports_are_those_that_the_program_listens_on() {
    let [traffic, admin, probes] = ["listen", "admin", "probes"].map(port_of);
    for (name, pattern, ports) in [
        (
            "deploy/Dockerfile",
            r"EXPOSE (.*)",
            vec![format!("{traffic} {probes}")],
        ),
        (
            "deploy/compose.yaml",
            r#"(?:"0\.0\.0\.0|8080):(\d+)""#,
            vec![traffic.clone(), probes.clone(), traffic.clone()],
        ),
        (
            "deploy/prometheus/prometheus.yaml",
            r#""gateway:(\d+)""#,
            vec![probes.clone()],
        ),
        (
            "deploy/kubernetes/sidecar/shop.yaml",
            r"containerPort: (\d+)",
            vec![probes.clone()],
        ),
        (
            "deploy/kubernetes/standalone/deployment.yaml",
            r"containerPort: (\d+)",
            vec![traffic.clone(), probes.clone()],
        ),
        (
            "deploy/kubernetes/standalone/interlingua.yaml",
            r"listen: 0\.0\.0\.0:(\d+)",
            vec![traffic.clone()],
        ),
        (
            "deploy/systemd/interlingua.service",
            r"SocketBindAllow=ipv4:tcp:(\d+)",
            vec![traffic.clone(), admin, probes.clone()],
        ),
    ] {
        assert_eq!(every(name, pattern), ports, "{name}");
    }
    let policies = "deploy/kubernetes/standalone/network-policies.yaml";
    let admitted = every(policies, r"protocol: TCP, port: (\d{4})");
    assert_eq!(admitted, [&*traffic, &probes, "6379", "6379"]);
}

#[test]
fn whoever_stops_it_waits_longer_than_it_drains() {
    let drain = |name: &str| {
        let found = captured(&text(name), r"(?m)^  drain: (\d+s)");
        found.unwrap_or_else(|| default_of("/properties/limits/properties/drain"))
    };
    for (configuration, deployed) in configurations::ALL {
        let waits = r"(?m)^(?:\s*terminationGracePeriodSeconds: |TimeoutStopSec=)(\d+)";
        let waits = captured(&text(deployed), waits).unwrap();
        let drain = drain(configuration);
        assert!(seconds(&waits) > seconds(&drain), "{deployed}: {drain}");
    }
    // The demo's.
    let waits = captured(&text("deploy/compose.yaml"), r"stop_grace_period: (\d+s)").unwrap();
    let drain = default_of("/properties/limits/properties/drain");
    assert!(seconds(&waits) > seconds(&drain));
}

#[test]
fn the_image_runs_as_whom_kubernetes_gives_the_secrets_to() {
    let user = every("deploy/Dockerfile", r"USER (\d+):\d+").remove(0);
    for name in [
        "deploy/kubernetes/sidecar/shop.yaml",
        "deploy/kubernetes/standalone/deployment.yaml",
    ] {
        let ids = every(name, r"(?:runAsUser|runAsGroup|fsGroup): (\d+)");
        assert_eq!(ids, [&*user, &user, &user], "{name}");
    }
}

#[test]
fn the_job_that_queries_look_for_is_the_one_that_scrapes() {
    let job = every("deploy/prometheus/prometheus.yaml", r"job_name: (\S+)");
    assert_eq!(job, ["interlingua"]);
    let monitor = "deploy/kubernetes/podmonitor/podmonitor.yaml";
    assert_eq!(
        every(monitor, r"targetLabel: job, replacement: (\S+) "),
        job
    );
    for name in [
        "deploy/kubernetes/sidecar/shop.yaml",
        "deploy/kubernetes/standalone/deployment.yaml",
    ] {
        let label = r#"\n        (interlingua.metrics: "true")\n"#;
        assert_eq!(every(name, label).len(), 1, "{name}");
        assert_eq!(
            every(name, r"name: (probes), containerPort").len(),
            1,
            "{name}"
        );
    }
}

/// Cargo refuses to build where a target that `Cargo.toml` names is not there.
#[test]
fn whatever_the_build_reads_gets_into_the_image_that_builds() {
    let admitted = every(".dockerignore", r"(?m)^!(\S+)$");
    let is_admitted = |name: &str| admitted.iter().any(|admitted| admitted == name);
    let mut needed = every("Cargo.toml", r#"(?m)^path = "([^/"]+)/"#);
    needed.extend(every("build.rs", r#"\["(\w+)", "schemas"\]"#));
    needed.extend(["Cargo.toml", "Cargo.lock", "build.rs", "schemas"].map(str::to_owned));
    assert!(text("Cargo.toml").contains("[[bench]]") && is_admitted("benches"));
    for name in needed {
        assert!(is_admitted(&name), "{name}");
    }
}
