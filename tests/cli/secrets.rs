//! Secrets and tokens of a running gateway are found nowhere, whatever the upstream answers.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use serde_json::Value;

use crate::http::get;
use crate::process::{Running, command, ended, run};

const UPSTREAM: &str = "
upstream: depot
native: depot
media-type: application/json
settings: { base-url: { doc: host }, client-secret: { secret: true } }
base-url: '{settings.base-url}'
auth:
  scheme: oauth2
  call: POST /token
  form: { grant_type: client_credentials, client_secret: '{settings.client-secret}' }
  send: { Authorization: 'Bearer {token}' }
operations:
  getCustomer: { routes: [{ when: id, call: 'GET /customers/{id}' }], answers: [{ status: 200, body: client }] }
errors:
  - { status: 4xx, body: fault, problem: upstream-auth }
";
const CLIENT: &str = "
mapping: client
canonical: Customer
native: Client
fields: { id: id }
";
const FAULT: &str = "
mapping: fault
canonical: Problem
native: Fault
fields: { upstream.code: code }
unmapped: { native: [{ path: told, why: it may hold anything }] }
";
const SCHEMA: &str = "
$defs:
  Client: { type: object, properties: { id: { type: string } } }
  Fault: { type: object, properties: { code: { type: string }, told: { type: string } } }
";

/// Issues tokens and takes none: whatever it is sent, it answers with it.
fn echo(listener: &TcpListener) -> std::io::Result<()> {
    for (count, stream) in listener.incoming().enumerate() {
        let mut stream = stream?;
        let (head, body) = received(&stream)?;
        let (status, answer) = if head.starts_with("POST /token ") {
            let token = format!("planted-token-{count}");
            (
                "200 OK",
                serde_json::json!({ "access_token": token, "expires_in": 60 }),
            )
        } else {
            let told = format!("{head}{body}");
            let answer = serde_json::json!({ "code": "refused", "told": told });
            ("401 Unauthorized", answer)
        };
        let answer = answer.to_string();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
    Ok(())
}

fn received(stream: &TcpStream) -> std::io::Result<(String, String)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            break;
        }
    }
    let length = head.lines().find_map(|line| {
        let value = line.to_ascii_lowercase();
        value.strip_prefix("content-length: ")?.parse().ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok((head, String::from_utf8_lossy(&body).into_owned()))
}

/// The files of the upstream, checked, and a configuration over its address.
fn files(root: &Path, address: SocketAddr) {
    let own = root.join("mappings/depot");
    fs::create_dir_all(&own).unwrap();
    fs::create_dir_all(root.join("schemas/native")).unwrap();
    fs::write(root.join("schemas/native/depot.schema.yaml"), SCHEMA).unwrap();
    for (name, text) in [("upstream", UPSTREAM), ("client", CLIENT), ("fault", FAULT)] {
        fs::write(own.join(name).with_extension("yaml"), text).unwrap();
    }
    let mappings = root.join("mappings");
    let covered = run(&[
        "coverage",
        "depot",
        "--mappings",
        mappings.to_str().unwrap(),
    ]);
    fs::write(own.join("coverage.txt"), covered.out).unwrap();
    let text = format!(
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprobes: 127.0.0.1:0\nupstreams:\n  depot:\n    settings: {{ base-url: \"http://{address}\", client-secret: {{ env: DEPOT_SECRET }} }}\n"
    );
    fs::write(root.join("interlingua.yaml"), text).unwrap();
}

#[test]
fn neither_secret_nor_token_is_shown_to_anybody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    files(folder.path(), listener.local_addr().unwrap());
    std::thread::spawn(move || echo(&listener));
    let of = |verb: &[&str]| {
        let mappings = folder.path().join("mappings");
        let mut command = command(&[verb, &["--mappings", mappings.to_str().unwrap()]].concat());
        command
            .env("DEPOT_SECRET", "planted-secret")
            .env("INTERLINGUA_LOG_LEVEL", "trace");
        command
    };
    let config = folder.path().join("interlingua.yaml");
    let config = config.to_str().unwrap();
    let checked = ended(of(&["check", config]).output().unwrap());
    assert_eq!(checked.code, 0, "{checked:?}");
    let mut running = Running::start(of(&["serve", "--config", config]));
    let mut lines = running.until("\"probes\"");
    let address = |listener: &str| -> SocketAddr {
        let of = |line: &&String| line.contains(&format!("\"{listener}\""));
        let line: Value = serde_json::from_str(lines.iter().find(of).unwrap()).unwrap();
        line["address"].as_str().unwrap().parse().unwrap()
    };
    let (traffic, admin, probes) = (address("traffic"), address("admin"), address("probes"));

    let refused = get(traffic, "/v1/customers/depot:7");
    let shown = get(admin, "/config");
    let metrics = get(probes, "/metrics");

    assert_eq!(refused.problem(), (502, "upstream-auth".to_owned()));
    assert_eq!(refused.json()["upstream"]["code"], "refused");
    let settings = &shown.json()["upstreams"]["depot"]["settings"];
    assert_eq!(settings["client-secret"], "[redacted]");
    assert!(
        metrics.body.contains(r#"operation="getCustomer""#),
        "{}",
        metrics.body
    );
    let (code, rest) = running.end();
    assert_eq!(code, 0);
    assert!(rest.contains("getCustomer"), "{rest}");
    lines.extend([rest, checked.out, checked.err]);
    lines.extend([refused.head, refused.body, shown.body, metrics.body]);
    assert!(
        lines.iter().all(|line| !line.contains("planted")),
        "{lines:?}"
    );
}
