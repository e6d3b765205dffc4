//! The server role: what a sandbox takes, and how it refuses the rest in its own dialect.

use std::sync::Arc;

use interlingua::engine::exchange::{ReceivedRequest, Signable};
use interlingua::sandbox::Dialect;

use crate::Depot;
use crate::declared::{CAVAGE, JOINED, OF_CAVAGE, OF_JOINED, OF_TOKEN, TOKEN};

/// 2026-11-22T00:00:00Z.
const NOW: i64 = 1_795_305_600_000;

type Headers = Vec<(String, Vec<u8>)>;

fn sandbox(depot: &Depot, now: i64) -> Dialect {
    Dialect::new(
        Arc::clone(&depot.catalog),
        "depot",
        "http://127.0.0.1:1",
        now,
    )
    .unwrap()
}

fn answer(
    dialect: &mut Dialect,
    (method, target, body): (&str, &str, &str),
    headers: &Headers,
    now: i64,
) -> (u16, String) {
    let headers: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .collect();
    let media = headers.iter().find(|(name, _)| *name == "content-type");
    let request = ReceivedRequest {
        method,
        target,
        headers: &headers,
        content_type: media.map(|(_, media)| std::str::from_utf8(media).unwrap()),
        body: body.as_bytes(),
    };
    let response = dialect.answer(&request, now);
    (response.status, String::from_utf8(response.body).unwrap())
}

/// The headers of a request with those that vouch for it.
fn vouched(
    depot: &Depot,
    (method, target, body): (&str, &str, &str),
    own: &[(&str, &str)],
) -> Headers {
    let mut headers: Headers = own
        .iter()
        .chain(&[
            ("host", "127.0.0.1:1"),
            ("content-type", "application/json"),
        ])
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    let lent: Vec<(&str, &[u8])> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .collect();
    let message = Signable {
        method,
        host: "127.0.0.1:1",
        target,
        headers: &lent,
        body: body.as_bytes(),
    };
    let made = depot.upstream().vouch(&message, NOW, None);
    headers.extend(made.into_iter().map(|(name, value)| (name.into(), value)));
    headers
}

const CREATE: (&str, &str, &str) = ("POST", "/v2/customers", r#"{"name":"Bob"}"#);

#[test]
fn a_signed_request_is_served_and_any_other_is_refused_in_the_upstreams_words() {
    let depot = Depot::new(CAVAGE, OF_CAVAGE);
    let mut dialect = sandbox(&depot, NOW);
    let headers = vouched(&depot, CREATE, &[]);

    assert_eq!(answer(&mut dialect, CREATE, &headers, NOW).0, 201);

    let other = ("POST", "/v2/customers", r#"{"name":"Eve"}"#);
    let refused = (401, r#"{}"#.to_owned());
    assert_eq!(answer(&mut dialect, other, &headers, NOW), refused);
    assert_eq!(
        answer(&mut dialect, CREATE, &headers, NOW + 301_000),
        refused
    );
    assert_eq!(answer(&mut dialect, CREATE, &Headers::new(), NOW), refused);
    let read = ("GET", "/v2/customers/7", "");
    assert_eq!(answer(&mut dialect, read, &headers, NOW), refused);
}

#[test]
fn a_time_that_a_header_rule_carries_is_held_against_the_window() {
    let depot = Depot::new(JOINED, OF_JOINED);
    let mut dialect = sandbox(&depot, NOW);
    let read = ("GET", "/v2/customers/7?b=2&a=%201", "");
    let at = |time: &'static str| {
        let own = [
            ("channel", "Agent"),
            ("client_key", "987654321"),
            ("timestamp", time),
            ("requestor_type", "agent"),
            ("idempotent_request_key", "k"),
        ];
        vouched(&depot, read, &own)
    };

    let timely = at("2026-11-22 05:34:59.000+0530");
    assert_eq!(answer(&mut dialect, read, &timely, NOW).0, 200);
    for late in [
        "2026-11-22 05:35:01.000+0530",
        "2026-11-22 05:24:59.000+0530",
    ] {
        assert_eq!(answer(&mut dialect, read, &at(late), NOW).0, 401, "{late}");
    }
    let mut moved = timely.clone();
    moved[2].1 = b"2026-11-22 05:34:58.000+0530".to_vec();
    assert_eq!(answer(&mut dialect, read, &moved, NOW).0, 401);
    // The order of the query and blanks around its values are not signed.
    let same = ("GET", "/v2/customers/7?a=1&b=2", "");
    assert_eq!(answer(&mut dialect, same, &timely, NOW).0, 200);
}

const ASK: (&str, &str) = ("POST", "/v2/oauth/token");
const FORM: &str = "grant_type=client_credentials&client_id=client+1&client_secret=planted%26client%3Dsecret&scope=merchant";

fn ask(dialect: &mut Dialect, form: &str, now: i64) -> (u16, String) {
    let media = (
        "content-type".to_owned(),
        b"application/x-www-form-urlencoded".to_vec(),
    );
    answer(dialect, (ASK.0, ASK.1, form), &vec![media], now)
}

fn with_token(token: &str) -> Headers {
    vec![(
        "authorization".to_owned(),
        format!("Bearer {token}").into_bytes(),
    )]
}

#[test]
fn tokens_are_issued_for_the_form_alone() {
    let depot = Depot::new(TOKEN, OF_TOKEN);
    let mut dialect = sandbox(&depot, NOW);

    let (status, issued) = ask(&mut dialect, FORM, NOW);
    assert_eq!(status, 200);
    assert!(issued.contains(r#""expires_in":1200"#), "{issued}");
    for (form, status, error) in [
        ("", 400, "unsupported_grant_type"),
        (&*FORM.replace("client+1", "client"), 401, "invalid_client"),
        (&*FORM.replace("planted", "other"), 401, "invalid_client"),
        (
            &*format!("{FORM}&client_id=client+1"),
            401,
            "invalid_client",
        ),
        (&*FORM.replace("merchant", "all"), 400, "invalid_scope"),
        (&*FORM.replace("%26", "%zz"), 400, "invalid_request"),
    ] {
        let expected = (status, format!(r#"{{"error":"{error}"}}"#));
        assert_eq!(ask(&mut dialect, form, NOW), expected, "{form}");
    }
    let untyped = answer(&mut dialect, (ASK.0, ASK.1, FORM), &Headers::new(), NOW);
    assert_eq!(untyped.0, 400);
}

#[test]
fn a_token_lives_as_long_as_it_says_and_where_it_was_issued() {
    let depot = Depot::new(TOKEN, OF_TOKEN);
    let mut dialect = sandbox(&depot, NOW);
    let (_, issued) = ask(&mut dialect, FORM, NOW);
    let issued: serde_json::Value = serde_json::from_str(&issued).unwrap();
    let token = issued["access_token"].as_str().unwrap();
    let read = ("GET", "/v2/customers/7", "");
    let mut call = |token: &str, now| answer(&mut dialect, read, &with_token(token), now).0;

    assert_eq!(call(token, NOW), 200);
    assert_eq!(call(token, NOW + 1_199_999), 200);
    assert_eq!(call(token, NOW + 1_200_000), 401);
    assert_eq!(call("", NOW), 401);
    // Its end is part of what is proved.
    let later = token.replacen(
        &(NOW + 1_200_000).to_string(),
        &(NOW + 9_999_999).to_string(),
        1,
    );
    assert_ne!(later, token);
    assert_eq!(call(&later, NOW), 401);
    let mut restarted = sandbox(&depot, NOW + 1);
    assert_eq!(
        answer(&mut restarted, read, &with_token(token), NOW + 1).0,
        401
    );
    assert_eq!(
        answer(&mut restarted, read, &Headers::new(), NOW + 1).0,
        401
    );
}

/// Of a header that says a secret and something of the call, the secret and the form are held.
#[test]
fn what_a_header_says_of_settings_is_held_beside_what_it_says_of_the_call() {
    let lines = "
settings: { base-url: { doc: scheme and host }, secret: { secret: true } }
auth:
  scheme: headers
  send:
    x-key: 'Key {settings.secret:lower};at={context.now};by={context.caller.kind}'
    x-trace: 'of {context.traceId}'
";
    let of_lines = [("base-url", "http://depot.example"), ("secret", "Planted")];
    let depot = Depot::new(lines, &of_lines);
    let mut dialect = sandbox(&depot, NOW);
    let right = "Key planted;at=2026-11-22T00:00:00Z;by=agent";
    for (key, trace, status) in [
        (Some(right), None, 200),
        (Some(right), Some("of 7a"), 200),
        (Some(right), Some("of "), 401),
        (Some(right), Some("7a"), 401),
        (None, None, 401),
        (Some("Key planted;at=noon;by=agent"), None, 401),
        (Some("Key planted;at=2026-11-22T00:00:00Z;by="), None, 401),
        (Some("Key planted;at=2026-11-22T00:00:00Z"), None, 401),
        (
            Some("Key Planted;at=2026-11-22T00:00:00Z;by=agent"),
            None,
            401,
        ),
        (Some("Key ;at=2026-11-22T00:00:00Z;by=agent"), None, 401),
        (Some("x"), None, 401),
    ] {
        let said = [("x-key", key), ("x-trace", trace)];
        let said = said
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.as_bytes().to_vec())));
        let headers: Headers = said.collect();
        let read = ("GET", "/v2/customers/7", "");
        assert_eq!(
            answer(&mut dialect, read, &headers, NOW).0,
            status,
            "{key:?} {trace:?}"
        );
    }
}
