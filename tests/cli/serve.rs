//! The gateway of a configuration over an upstream that keeps what it receives.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::http::{call, get, json};
use crate::process::{Running, command, run};
use crate::upstream::Upstream;

pub(crate) struct Gateway {
    running: Running,
    pub(crate) traffic: SocketAddr,
    _folder: tempfile::TempDir,
}

/// A configuration file over one upstream.
fn configuration(upstream: SocketAddr, password: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    let text = format!(
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  blue:\n    mapping: blubilling\n    settings: {{ base-url: \"http://{upstream}\" }}\n    auth: {{ scheme: basic, username: demo, password: {password} }}\n"
    );
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

impl Gateway {
    pub(crate) fn over(upstream: SocketAddr) -> Self {
        Self::with(upstream, "{ env: BLUE_PASSWORD }")
    }

    fn with(upstream: SocketAddr, password: &str) -> Self {
        let (folder, path) = configuration(upstream, password);
        let mut command = command(&["serve", "--config", path.to_str().unwrap()]);
        command.env("BLUE_PASSWORD", "demo-blubilling");
        let mut running = Running::start(command);
        let [traffic] = running.listening(["traffic"]);
        Self {
            traffic,
            running,
            _folder: folder,
        }
    }
}

#[test]
fn a_password_in_a_file_is_read_again_when_the_upstream_refuses_it() {
    let upstream = Upstream::start("blubilling");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "planted-old\n").unwrap();
    let gateway = Gateway::with(upstream.address, &format!("{{ file: {file:?} }}"));
    let answer = get(gateway.traffic, "/v1/customers/blue:340");
    assert_eq!(answer.status, 502, "{answer:?}");
    assert_eq!(answer.json()["code"], "upstream-auth");

    std::fs::write(&file, "demo-blubilling\n").unwrap();
    let answer = get(gateway.traffic, "/v1/customers/blue:340");
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn a_patch_of_one_field_changes_the_bytes_of_that_element_and_no_others() {
    let upstream = Upstream::start("blubilling");
    let gateway = Gateway::over(upstream.address);
    let answer = json(
        gateway.traffic,
        "PATCH",
        "/v1/customers/blue:340/contacts/billing",
        r#"{"phones":[{"type":"work","number":"+13125550100"}]}"#,
    );
    assert_eq!(answer.status, 200, "{answer:?}");

    let received = upstream.received();
    let [read, written] = received.as_slice() else {
        panic!("{received:?}");
    };
    assert_eq!(
        read.line,
        "GET /rest/customer/340/billingContact?format=xml"
    );
    assert_eq!(
        written.line,
        "PUT /rest/customer/340/billingContact?format=xml"
    );
    assert!(
        written
            .head
            .to_ascii_lowercase()
            .contains("authorization: basic zgvtbzpkzw1vlwjsdwjpbgxpbmc="),
        "{}",
        written.head
    );
    let stored = "<billingContact>\n<username>bill0004</username>\n<firstName>Bill</firstName>\n<lastName>Joseph</lastName>\n<emailPrimary> Bill@bmontgomery.com</emailPrimary>\n<workPhone>324 555 879</workPhone>\n<address>\n<street1>43 Main Av</street1>\n<city>Chicago</city>\n<state>IL</state>\n<zip>12345</zip>\n<country>United States</country>\n<countryCode>usa</countryCode>\n</address>\n</billingContact>";
    let (before, behind) = stored.split_once("324 555 879").unwrap();
    assert!(
        written.body.starts_with(before) && written.body.ends_with(behind),
        "{}",
        written.body
    );
    let changed = &written.body[before.len()..written.body.len() - behind.len()];
    assert!(
        changed.contains("312") && !changed.contains('<'),
        "{changed}"
    );
}

#[test]
fn a_list_sent_back_with_one_member_changed_changes_that_member_only() {
    let upstream = Upstream::start("blubilling");
    let gateway = Gateway::over(upstream.address);
    let customer = get(gateway.traffic, "/v1/customers/blue:340").json();
    let mut contacts = customer["contacts"].clone();
    contacts[0]["addresses"][0]["city"] = "Springfield".into();
    let answer = json(
        gateway.traffic,
        "PATCH",
        "/v1/customers/blue:340",
        &serde_json::json!({ "contacts": contacts }).to_string(),
    );
    assert_eq!(answer.status, 200, "{answer:?}");

    let received = upstream.received();
    let written = received
        .iter()
        .find(|one| one.line.starts_with("PUT "))
        .unwrap();
    let stored = include_str!("../../mappings/blubilling/sandbox.yaml")
        .split("document: |\n")
        .nth(1)
        .unwrap();
    let stored: String = stored
        .lines()
        .take_while(|line| line.starts_with("      "))
        .map(|line| format!("{}\n", line.trim_start()))
        .collect();
    // Key and status are never sent back: the view of an update forbids them.
    let expected = stored
        .replace(" id=\"340\"", "")
        .replace("<status>Active</status>\n", "")
        .replace("Chicago", "Springfield");
    let squeezed = |text: &str| text.replace('\n', "");
    assert_eq!(squeezed(&written.body), squeezed(&expected));
}

#[test]
fn a_new_customer_is_the_documents_xml() {
    let upstream = Upstream::start("blubilling");
    let gateway = Gateway::over(upstream.address);
    let body = r#"{"reference":"cus2002","currency":"USD","language":"en-US","name":{"full":"Ann Example"},"contacts":[{"role":"billing","name":{"first":"Ann","last":"Example"},"login":{"username":"ann","password":"hunter2"},"addresses":[{"use":"postal","line1":"1 Sample St","city":"Chicago","region":"IL","postalCode":"12345","country":"US"}]}]}"#;
    let headers = [
        ("Content-Type", "application/json"),
        ("Interlingua-Upstream", "blue"),
    ];
    let answer = call(gateway.traffic, "POST", "/v1/customers", &headers, body);
    assert_eq!(answer.status, 201, "{answer:?}");
    assert!(
        !answer.body.contains("hunter2") && !answer.body.contains("password"),
        "{answer:?}"
    );

    let sent = upstream.received()[0].body.clone();
    assert_eq!(
        sent,
        "<customer><name>Ann Example</name><extCustomerRef>cus2002</extCustomerRef><locale>en_US</locale><currency id=\"USD\"/><billingContact><username>ann</username><passwd>hunter2</passwd><firstName>Ann</firstName><lastName>Example</lastName><address><street1>1 Sample St</street1><city>Chicago</city><state>IL</state><zip>12345</zip><country>United States</country><countryCode>usa</countryCode></address></billingContact></customer>"
    );
    let (code, logs) = gateway.running.end();
    assert_eq!(code, 0);
    for private in ["hunter2", "demo-blubilling", "Ann", "Chicago", "cus2002"] {
        assert!(!logs.contains(private), "{private} in {logs}");
    }
}

#[test]
fn an_upstream_that_is_down_is_a_503() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let gateway = Gateway::over(nobody);
    let answer = get(gateway.traffic, "/v1/customers/blue:340");

    assert_eq!(answer.problem(), (503, "upstream-unreachable".to_owned()));
    assert_eq!(answer.json()["outcome"], "not-sent");
    let (code, _) = gateway.running.end();
    assert_eq!(code, 0);
}

#[test]
fn a_secret_is_shown_to_nobody() {
    let upstream = Upstream::start("blubilling");
    let (folder, path) = configuration(upstream.address, "{ env: BLUE_PASSWORD }");
    let mut command = command(&["serve", "--config", path.to_str().unwrap()]);
    command
        .env("BLUE_PASSWORD", "planted-password")
        .env("INTERLINGUA_LOG_LEVEL", "trace");
    let mut running = Running::start(command);
    let mut lines = running.until("\"probes\"");
    let address = |listener: &str| -> SocketAddr {
        let of = |line: &&String| line.contains(&format!("\"{listener}\""));
        let line: Value = serde_json::from_str(lines.iter().find(of).unwrap()).unwrap();
        line["address"].as_str().unwrap().parse().unwrap()
    };
    let (traffic, admin, probes) = (address("traffic"), address("admin"), address("probes"));

    let refused = get(traffic, "/v1/customers/blue:340");
    let config = get(admin, "/config");
    let metrics = get(probes, "/metrics");

    assert_eq!(refused.problem(), (502, "upstream-auth".to_owned()));
    let shown = config.json();
    let blue = &shown["upstreams"]["blue"];
    assert_eq!(blue["auth"]["username"], "demo");
    assert_eq!(blue["auth"]["password"], "[redacted]");
    // Defaults are in force, too.
    assert_eq!(blue["settings"]["time-zone"], "UTC");
    assert_eq!(blue["deadlines"]["first-byte"], "5s");
    assert_eq!(shown["limits"]["deadline"], Value::Null);
    let (code, rest) = running.end();
    assert_eq!(code, 0);
    lines.push(rest);
    lines.extend([refused.body, config.body, metrics.body]);
    // Also not as it is sent.
    for secret in ["planted-password", "ZGVtbzpwbGFudGVkLXBhc3N3b3Jk"] {
        assert!(lines.iter().all(|line| !line.contains(secret)), "{lines:?}");
    }
    drop(folder);
}

#[test]
fn a_bad_configuration_is_78_with_every_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("interlingua.yaml");
    std::fs::write(&path, "listen: nowhere\nupstreams:\n  blue:\n    mapping: blubiling\n    settings: { base-url: 'http://127.0.0.1:1' }\n").unwrap();
    let ended = run(&["serve", "--config", path.to_str().unwrap()]);
    assert_eq!(ended.code, 78);
    assert!(
        ended.err.contains("C003") && ended.out.is_empty(),
        "{ended:?}"
    );

    std::fs::write(&path, "upstreams:\n  blue:\n    mapping: blubiling\n").unwrap();
    let ended = run(&["serve", "--config", path.to_str().unwrap()]);
    assert_eq!(ended.code, 78);
    assert!(
        ended.err.contains("did you mean `blubilling`?"),
        "{}",
        ended.err
    );

    std::fs::write(
        &path,
        "upstreams:\n  blue:\n    mapping: blubilling\n    auth: { scheme: none }\n",
    )
    .unwrap();
    let ended = run(&["serve", "--config", path.to_str().unwrap()]);
    assert_eq!(ended.code, 78);
    assert!(
        ended.err.contains("C004") && ended.err.contains("base-url"),
        "{}",
        ended.err
    );
    assert_eq!(
        run(&["serve", "--config", "/nowhere/interlingua.yaml"]).code,
        78
    );
}

#[test]
fn an_address_that_is_taken_is_69() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_folder, path) = configuration(taken.local_addr().unwrap(), "{ env: BLUE_PASSWORD }");
    let mut command = command(&[
        "serve",
        "--config",
        path.to_str().unwrap(),
        "--listen",
        &taken.local_addr().unwrap().to_string(),
    ]);
    let ended = crate::process::ended(command.env("BLUE_PASSWORD", "x").output().unwrap());
    assert_eq!(ended.code, 69, "{ended:?}");
    assert!(
        ended.err.contains("`listen`") && ended.err.contains("in use"),
        "{}",
        ended.err
    );
    assert!(Path::new(&path).exists());
}

#[test]
fn an_upstream_tells_what_it_takes_by_the_name_of_the_configuration() {
    let upstream = Upstream::start("blubilling");
    let gateway = Gateway::over(upstream.address);
    let listed = get(gateway.traffic, "/v1/upstreams").json();
    let summary = &listed["items"][0];
    assert_eq!(
        (&summary["name"], &summary["mapping"]),
        (&"blue".into(), &"blubilling".into())
    );
    assert_eq!(summary["version"].as_str().unwrap().len(), 16);

    let told = get(gateway.traffic, "/v1/upstreams/blue").json();
    let operation = |id: &str| {
        let all = told["operations"].as_array().unwrap();
        all.iter().find(|operation| operation["id"] == id).unwrap()
    };
    let create = &operation("createCustomer")["accepts"];
    let validator = jsonschema::validator_for(create).unwrap();
    let whole = serde_json::json!({
        "name": { "full": "Ann" },
        "contacts": [{ "role": "billing", "email": "ann@example.com" }]
    });
    assert!(validator.is_valid(&whole), "{create}");
    for narrower in [
        serde_json::json!({ "name": { "full": "Ann" } }),
        serde_json::json!({ "contacts": [{ "role": "account", "email": "ann@example.com" }] }),
        serde_json::json!({ "gender": "female", "contacts": whole["contacts"] }),
    ] {
        assert!(!validator.is_valid(&narrower), "{narrower}");
    }
    assert_eq!(operation("updateContact")["ifMatch"], "by-base");
    assert_eq!(operation("getCustomer").get("ifMatch"), None);
    assert_eq!(
        operation("getCustomer")["inputs"],
        serde_json::json!(["id", "reference"])
    );
    assert_eq!(operation("listStatusTransitions")["cursor"], false);
    assert_eq!(told["limits"]["requestBytes"], 1 << 20);
    let places = told["places"].as_array().unwrap();
    let place = |name: &str| places.iter().find(|place| place["place"] == name).unwrap();
    assert_eq!(place("Customer.gender")["request"], false);
    assert_eq!(place("Customer.currency")["response"], true);
}
