//! The configurations that are deployed are ones that the program takes.

use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::text;

/// Every configuration, with the file that says what is mounted or handed over.
pub(crate) const ALL: [(&str, &str); 3] = [
    (
        "deploy/kubernetes/sidecar/interlingua.yaml",
        "deploy/kubernetes/sidecar/shop.yaml",
    ),
    (
        "deploy/kubernetes/standalone/interlingua.yaml",
        "deploy/kubernetes/standalone/deployment.yaml",
    ),
    (
        "deploy/systemd/interlingua.yaml",
        "deploy/systemd/interlingua.service",
    ),
];

/// Files that a configuration takes secrets from.
fn secrets(configuration: &str) -> Vec<String> {
    let file = Regex::new(r"\{ file: (\S+) \}").unwrap();
    let found = file.captures_iter(configuration);
    found.map(|found| found[1].to_owned()).collect()
}

/// Where a secret of this name could come from; what is in it does not matter to `check` but for its form.
fn secret(name: &Path) -> &'static str {
    match name.extension().and_then(|end| end.to_str()) {
        Some("crt") => include_str!("../gateway/front/tls/one.pem"),
        Some("key") => include_str!("../gateway/front/tls/one.key.pem"),
        _ => "0123456789abcdef0123456789abcdef",
    }
}

#[test]
fn the_program_finds_no_fault_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_interlingua"));
    check.args(["check", "--deny-warnings"]).env_clear();
    for (name, _) in ALL {
        let beside = folder.path().join(name.replace('/', "-"));
        let mut configuration = text(name);
        for (number, file) in secrets(&configuration).iter().enumerate() {
            let here = beside.with_extension(number.to_string());
            fs::write(&here, secret(Path::new(file))).unwrap();
            configuration = configuration.replace(file, here.to_str().unwrap());
        }
        fs::write(&beside, configuration).unwrap();
        check.arg(beside);
    }
    let found = check.output().unwrap();
    let told = String::from_utf8_lossy(&found.stdout);
    assert!(found.status.success(), "{told}");
}

#[test]
fn what_they_read_is_mounted_or_handed_over() {
    for (name, deployed) in ALL {
        let configuration = text(name);
        let deployed = text(deployed);
        let secrets = secrets(&configuration);
        assert!(!secrets.is_empty(), "{name}");
        for secret in secrets {
            let secret = Path::new(&secret);
            let folder = secret.parent().unwrap().to_str().unwrap();
            let credential = secret.file_name().unwrap().to_str().unwrap();
            let is_there = match folder {
                "/run/credentials/interlingua.service" => {
                    deployed.contains(&format!("LoadCredential={credential}:"))
                }
                _ => deployed.contains(&format!("mountPath: {folder}, readOnly: true")),
            };
            assert!(is_there, "{name}: {}", secret.display());
        }
        if configuration.contains("store: /var/lib/interlingua/journal") {
            let writable = [
                "mountPath: /var/lib/interlingua }",
                "StateDirectory=interlingua\n",
            ];
            assert!(
                writable.iter().any(|line| deployed.contains(line)),
                "{name}"
            );
        }
        assert!(deployed.contains("/etc/interlingua"), "{name}");
    }
}
