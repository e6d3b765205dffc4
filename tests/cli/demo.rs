//! The demo: every printed call works, and shows what it promises.

use std::net::SocketAddr;

use serde_json::json;

use crate::http::{self, Answer, call, get};
use crate::process::{Running, address, command};

const FREE: [&str; 9] = [
    "demo",
    "--listen",
    "127.0.0.1:0",
    "--admin",
    "127.0.0.1:0",
    "--probes",
    "127.0.0.1:0",
    "--sandbox-port",
    "0",
];

/// The last call of the last sandbox.
const LAST: &str = "1 CALLE LUNA";

pub(crate) struct Demo {
    running: Running,
    pub(crate) lines: Vec<String>,
    pub(crate) gateway: SocketAddr,
}

impl Demo {
    pub(crate) fn start() -> Self {
        Self::with(&[], LAST)
    }

    /// A demo with other flags, up to a line that holds a text.
    pub(crate) fn with(flags: &[&str], last: &str) -> Self {
        let mut running = Running::start(command(&[FREE.as_slice(), flags].concat()));
        let lines = running.until(last);
        let gateway = address(
            lines
                .iter()
                .find(|line| line.starts_with("# gateway"))
                .unwrap(),
        );
        Self {
            running,
            lines,
            gateway,
        }
    }

    pub(crate) fn address(&self, name: &str) -> SocketAddr {
        address(
            self.lines
                .iter()
                .find(|line| line.starts_with(&format!("# {name}")))
                .unwrap(),
        )
    }
}

/// The words of a line for a shell, quotes as the demo writes them.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words
}

/// Does what a printed line says.
pub(crate) fn curl(line: &str) -> Answer {
    let words = words(line);
    assert_eq!(&words[..2], ["curl", "-s"]);
    let (mut method, mut body, mut url) = ("GET", "", "");
    let mut headers = Vec::new();
    let mut rest = words[2..].iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-X" => method = rest.next().unwrap(),
            "-d" => body = rest.next().unwrap(),
            "-H" => headers.push(rest.next().unwrap().split_once(": ").unwrap()),
            other => url = other,
        }
    }
    let address = address(url);
    let target = url.split_once(&address.to_string()).unwrap().1;
    call(address, method, target, &headers, body)
}

#[test]
fn every_printed_call_works() {
    let demo = Demo::start();
    let lines: Vec<&String> = demo
        .lines
        .iter()
        .filter(|line| line.starts_with("curl "))
        .collect();
    assert!(lines.len() >= 14, "{lines:?}");
    for line in lines {
        let answer = curl(line);
        assert!((200..300).contains(&answer.status), "{line}\n{answer:?}");
        assert!(!answer.body.contains("passw"), "{line}\n{answer:?}");
    }
    let (code, _) = demo.running.end();
    assert_eq!(code, 0);
}

#[test]
fn a_customer_reads_as_the_model_has_it() {
    let demo = Demo::start();
    let answer = get(demo.gateway, "/v1/customers/blubilling:ref:bj444");

    assert_eq!(answer.status, 200);
    let customer = answer.json();
    assert_eq!(customer["name"]["full"], "Bill Joseph");
    assert_eq!(customer["language"], "en-US");
    assert_eq!(customer["currency"], "USD");
    assert_eq!(
        customer["paymentTerms"],
        json!({ "value": 30, "unit": "day" })
    );
    let contact = &customer["contacts"][0];
    assert_eq!(
        (&contact["role"], &contact["email"]),
        (&json!("billing"), &json!("Bill@bmontgomery.com"))
    );
    assert_eq!(contact["addresses"][0]["country"], "US");

    let answer = get(demo.gateway, "/v1/billing-accounts/dxp-ux:8211990010009223");
    let account = answer.json();
    let amounts: Vec<_> = account["balances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["amount"]["amount"])
        .collect();
    assert_eq!(amounts, ["-135.33", "0.00"]);
    assert_eq!(
        account["autopay"],
        json!({ "enabled": true, "date": "2023-01-07", "day": "03" })
    );
    let phones: Vec<_> = account["contacts"][0]["phones"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["type"])
        .collect();
    assert_eq!(phones, ["home", "work"]);
    assert_eq!(account["locationId"], "00917192001084");
}

#[test]
fn a_customer_is_created_with_a_warning_and_then_read() {
    let demo = Demo::start();
    let line = demo
        .lines
        .iter()
        .find(|line| line.contains("cus1001"))
        .unwrap();
    let answer = curl(line);

    assert_eq!(answer.status, 201);
    let customer = answer.json();
    assert_eq!(customer["id"], "blubilling:833");
    assert_eq!(customer["warnings"].as_array().unwrap().len(), 1);
    assert!(
        answer
            .head
            .contains("location: /v1/customers/blubilling:833"),
        "{}",
        answer.head
    );
    let read = get(demo.gateway, "/v1/customers/blubilling:833").json();
    assert_eq!(read["contacts"], customer["contacts"]);
    assert!(read.get("warnings").is_none());
}

#[test]
fn a_change_of_address_leaves_the_rest_of_the_contact() {
    let demo = Demo::start();
    let line = demo.lines.iter().find(|line| line.contains(LAST)).unwrap();
    let answer = curl(line);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.json().get("warnings").is_none(), "{answer:?}");

    let read = get(demo.gateway, "/v1/billing-accounts/dxp-ux:8211990010009223").json();
    let contact = &read["contacts"][0];
    assert_eq!(contact["addresses"][0]["line1"], LAST);
    assert_eq!(contact["addresses"][0]["default"], true);
    assert_eq!(contact["name"]["full"], "TIVO APP TEST LIBERTY GO");
    assert_eq!(contact["phones"].as_array().unwrap().len(), 2, "{read}");

    // The contacts as they were read, with one line changed: nothing in them is lost, since the account has it so.
    let path = "/v1/billing-accounts/dxp-ux:8211990010013175";
    let before = get(demo.gateway, path).json();
    let mut contacts = before["contacts"].clone();
    contacts[0]["addresses"][0]["line1"] = json!("2 CALLE SOL");
    let patch = |contacts: &serde_json::Value| {
        let headers = [("Content-Type", "application/merge-patch+json")];
        let body = json!({ "contacts": contacts }).to_string();
        call(demo.gateway, "PATCH", path, &headers, &body)
    };
    let patched = patch(&contacts);
    assert_eq!(patched.status, 200, "{patched:?}");
    assert!(patched.json().get("warnings").is_none(), "{patched:?}");
    assert_eq!(get(demo.gateway, path).json()["contacts"], contacts);

    // What differs from what the account has is lost, and told.
    contacts[0]["phones"][0]["number"] = json!("+17875550100");
    contacts[0]["name"]["full"] = json!("A B");
    let patched = patch(&contacts).json();
    let mut told: Vec<_> = patched["warnings"]
        .as_array()
        .unwrap_or_else(|| panic!("{patched}"))
        .iter()
        .map(|warning| (warning["code"].clone(), warning["pointer"].clone()))
        .collect();
    told.sort_by_key(|(_, pointer)| pointer.to_string());
    let lost = |pointer: &str| (json!("no-place"), json!(pointer));
    assert_eq!(
        told,
        [
            lost("/contacts/0/name/full"),
            lost("/contacts/0/phones/0/number")
        ]
    );
}

/// A customer whose upstream checks versions and keeps eight named values.
const TOKENS: &str = "/v1/customers/cybersource:F2F3ADA770102B51E053A2598D0A9078";

#[test]
fn a_version_goes_to_the_upstream_and_back() {
    let demo = Demo::start();
    let read = get(demo.gateway, TOKENS);
    assert!(read.head.contains("etag: \"1\""), "{}", read.head);
    let patch = |version: &str, body: &str| {
        let headers = [
            ("Content-Type", "application/merge-patch+json"),
            ("If-Match", version),
        ];
        call(demo.gateway, "PATCH", TOKENS, &headers, body)
    };

    let changed = patch("\"1\"", r#"{"email":"changed@example.com"}"#);
    assert_eq!(changed.status, 200, "{changed:?}");
    assert!(changed.head.contains("etag: \"2\""), "{}", changed.head);
    let stale = patch("\"1\"", r#"{"email":"again@example.com"}"#).json();
    assert_eq!(stale["code"], "precondition-failed");
    assert_eq!(stale["upstream"]["status"], 412);
    assert_eq!(stale["upstream"]["code"], "conflict");

    // Personal data is kept out of the named values, and another name is none of them.
    for value in ["ann@example.com", "4111 1111 1111 1111", "4111111111111111"] {
        let body = json!({ "attributes": { "data1": value } }).to_string();
        let refused = patch("\"2\"", &body).json();
        assert_eq!(refused["outcome"], "not-sent", "{refused}");
        assert!(!refused.to_string().contains(value), "{refused}");
    }
    let refused = patch("\"2\"", r#"{"attributes":{"data5":"x"}}"#).json();
    assert_eq!(refused["outcome"], "not-sent", "{refused}");

    let gone = "/v1/customers/cybersource:AB695DA801DD1BB6E05341588E0A3BDD";
    let gone = get(demo.gateway, gone).json();
    assert_eq!(gone["code"], "gone");
    assert_eq!(gone["upstream"]["code"], "notAvailable");
    let never = "/v1/customers/cybersource:FFFF";
    let never = get(demo.gateway, never).json();
    assert_eq!(never["code"], "not-found");
    assert_eq!(never["upstream"]["code"], "notFound");

    // A null takes a member away.
    let cleared = patch("\"2\"", r#"{"email":null}"#);
    assert_eq!(cleared.status, 200, "{cleared:?}");
    assert!(cleared.json().get("email").is_none());
}

#[test]
fn what_the_second_of_two_calls_refuses_is_told() {
    let demo = Demo::start();
    let create = |city: &str| {
        let headers = [
            ("Content-Type", "application/json"),
            ("Interlingua-Upstream", "cybersource"),
        ];
        let address = json!({ "use": "shipping", "line1": "1 Sample St", "city": city });
        let body = json!({ "reference": city, "addresses": [address] }).to_string();
        let made = call(demo.gateway, "POST", "/v1/customers", &headers, &body);
        assert_eq!(made.status, 201, "{made:?}");
        made.json()
    };

    let whole = create("Warren");
    assert_eq!(whole["addresses"][0]["city"], "Warren");
    assert!(whole.get("warnings").is_none(), "{whole}");
    let part = create("Nowhere");
    assert!(part.get("addresses").is_none(), "{part}");
    let warnings = part["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0]["code"], "not-done");
    assert_eq!(warnings[0]["pointer"], "/addresses/0");
    let read = get(demo.gateway, "/v1/customers/cybersource:2").json();
    assert_eq!(read["reference"], "Nowhere");
    // What no rule carries is there as the upstream has it, and told without what needs care.
    let with_rest = get(demo.gateway, "/v1/customers/cybersource:2?include=native");
    assert!(
        with_rest.json()["native"]["/_links/self/href"].is_string(),
        "{with_rest:?}"
    );
}

#[test]
fn operators_and_probes_have_their_own_listeners() {
    let demo = Demo::start();
    let probes = demo.address("probes");

    assert_eq!(get(probes, "/livez").status, 200);
    assert_eq!(get(probes, "/readyz").status, 200);
    assert_eq!(
        get(demo.gateway, "/v1/customers/blubilling:340").status,
        200
    );
    let metrics = get(probes, "/metrics").body;
    assert!(
        metrics.contains("interlingua_") && metrics.contains("getCustomer"),
        "{metrics}"
    );
    assert!(
        !metrics.contains("Joseph") && !metrics.contains("bj444"),
        "{metrics}"
    );
    let mappings = get(demo.address("admin"), "/mappings").json();
    let shipped = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/mappings")).unwrap();
    let shipped = shipped.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(
        mappings["mappings"].as_array().unwrap().len(),
        shipped.count()
    );
    assert_eq!(get(probes, "/mappings").status, 404);
}

#[test]
fn bad_input_is_a_problem_and_the_next_call_works() {
    let demo = Demo::start();
    let large = format!("{{\"name\":{{\"full\":\"{}\"}}}}", "x".repeat(2 << 20));
    let post = |body: &str| {
        let headers = [
            ("Content-Type", "application/json"),
            ("Interlingua-Upstream", "blubilling"),
        ];
        call(demo.gateway, "POST", "/v1/customers", &headers, body)
    };
    for (body, problem) in [
        ("{\"name\"", (400, "malformed")),
        (r#"{"reference":"a","reference":"b"}"#, (400, "malformed")),
        (r#"{"secretField":"s3cr3t"}"#, (422, "unknown-field")),
        (r#"{"name":{"full":17}}"#, (422, "invalid-input")),
        (large.as_str(), (413, "too-large")),
        (
            "{\"name\":{\"full\":\"a\\u0001s3cr3t\"},\"contacts\":[{\"role\":\"billing\"}]}",
            (422, "invalid-input"),
        ),
    ] {
        let answer = post(body);
        let told = answer.problem();
        assert_eq!((told.0, told.1.as_str()), problem, "{answer:?}");
        assert!(!answer.body.contains("s3cr3t"), "{answer:?}");
        assert!(answer.head.contains("application/problem+json"));
        assert_eq!(
            get(demo.gateway, "/v1/customers/blubilling:340").status,
            200
        );
    }
    let lost = http::get(demo.gateway, "/v1/customers/blubilling:9").problem();
    assert_eq!((lost.0, lost.1.as_str()), (404, "not-found"));
}
