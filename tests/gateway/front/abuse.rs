//! What a caller sends beside its call, and what of it reaches an upstream: nothing but what is on the list.

use http::Method;

use interlingua::gateway::translate::NativeRequest;

use crate::support::{Fake, Plan, World, answer, get, json, request, with};

/// Headers that the gateway reads, or that are for its connection, or that others would pass on.
const PLANTED: [(&str, &str); 22] = [
    ("authorization", "Bearer planted"),
    ("proxy-authorization", "Basic planted"),
    ("cookie", "session=planted"),
    ("idempotency-key", "planted-key"),
    ("x-forwarded-for", "192.0.2.66"),
    ("x-forwarded-host", "planted.example"),
    ("x-forwarded-proto", "planted"),
    ("forwarded", "for=planted"),
    ("x-real-ip", "192.0.2.66"),
    ("x-client-id", "planted"),
    ("x-api-key", "planted"),
    ("signature", "planted=:AAAA:"),
    ("signature-input", "planted=()"),
    ("digest", "sha-256=planted"),
    ("content-digest", "sha-256=:planted:"),
    (
        "traceparent",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ),
    ("tracestate", "planted=1"),
    ("baggage", "planted=1"),
    ("via", "1.1 planted"),
    ("te", "trailers"),
    ("x-http-method-override", "DELETE"),
    ("x-original-url", "/planted"),
];

/// The names of the headers that an upstream got of the last call.
fn names(world: &World) -> Vec<String> {
    let sent = world.wire.last();
    let mut names: Vec<_> = sent.headers().keys().map(ToString::to_string).collect();
    names.sort();
    names
}

fn told(world: &World) -> String {
    format!("{:?}", world.wire.last())
}

#[tokio::test]
async fn abuse_05_no_header_of_a_caller_reaches_an_upstream() {
    for write in [false, true] {
        let world = World::answering([answer("{}"), answer("{}")]);
        let call = |planted: bool| {
            let mut call = if write {
                json("POST", "/v1/customers", r#"{"name":{"full":"Ann"}}"#)
            } else {
                get("/v1/customers/alpha:1")
            };
            for (name, value) in PLANTED.iter().filter(|_| planted) {
                call = with(call, name, value);
            }
            call
        };
        world.call(call(false)).await;
        let plain = names(&world);
        let answered = world.call(call(true)).await;
        assert!(answered.status.is_success(), "{}", answered.text);
        assert_eq!(names(&world), plain);
        assert!(!told(&world).contains("planted"), "{}", told(&world));
        assert_eq!(world.wire.last().method(), Method::POST);
    }
}

#[tokio::test]
async fn abuse_04_connection_cannot_name_away_what_the_gateway_sends() {
    let world = World::answering([answer("{}"), answer("{}")]);
    world.get("/v1/customers/alpha:1").await;
    let plain = format!("{:?}", world.wire.last().headers());

    let lists = "close, authorization, x-fake, signature, content-type, host, content-length";
    let named = with(get("/v1/customers/alpha:1"), "connection", lists);
    assert_eq!(world.call(named).await.status, 200);

    assert_eq!(format!("{:?}", world.wire.last().headers()), plain);
}

#[tokio::test]
async fn abuse_04_what_connection_names_is_for_the_connection_alone() {
    let world = World::answering([answer("{}"), answer("{}")]);
    let named = |list: &str| {
        let call = json("POST", "/v1/customers/search", r#"{"text":"ann"}"#);
        with(call, "connection", list)
    };
    assert_eq!(world.call(named("keep-alive")).await.status, 200);

    // The choice of the upstream is gone.
    let refused = world.call(named("Interlingua-Upstream")).await;
    assert_eq!(refused.problem(), (400, "upstream-required".to_owned()));
    assert_eq!(world.wire.sent().len(), 1);
}

#[tokio::test]
async fn abuse_13_a_path_leads_nowhere_but_to_its_resource() {
    let world = Plan::default().build();
    for path in [
        "/v1/customers/alpha:..",
        "/v1/customers/alpha:%2e%2e",
        "/v1/customers/..",
        "/v1/customers/%2e",
        "/v1/customers/alpha:%00",
        "/v1/customers/alpha:%0d%0aX-One:%20a",
        "/v1/customers/alpha:%zz",
        "/v1/customers/alpha:",
        "/v1/../v1/customers/alpha:1/../../admin",
        "//evil.example/v1/customers/alpha:1",
        "/v1/customers//alpha:1",
    ] {
        let answer = world.get(path).await;
        let status = answer.status.as_u16();
        assert!(matches!(status, 400 | 404), "{path}: {status}");
    }
    assert!(world.wire.sent().is_empty(), "{:?}", world.wire.sent());
}

#[tokio::test]
async fn abuse_13_what_looks_like_a_path_within_an_id_stays_one_segment() {
    for (path, id) in [
        ("/v1/customers/alpha:a%2Fb", "a/b"),
        ("/v1/customers/alpha:a%3Bb", "a;b"),
        ("/v1/customers/alpha:a@b.example", "a@b.example"),
        ("/v1/customers/alpha:a%3Fb%23c", "a?b#c"),
        ("/v1/customers/alpha:%252e%252e", "%2e%2e"),
    ] {
        let world = World::answering([answer("{}")]);
        assert_eq!(world.get(path).await.status, 200, "{path}");
        let seen = world.alpha.seen();
        assert!(
            seen[0].inputs().iter().any(|(_, value)| *value == id),
            "{path}: {:?}",
            seen[0].inputs()
        );
    }
}

#[tokio::test]
async fn abuse_14_a_value_that_would_end_a_header_is_refused() {
    for value in ["a\r\nx-two: b", "a\nb", "a\rb", "a\0"] {
        let alpha = Fake {
            on_request: Box::new(|seen| {
                let body: serde_json::Value =
                    serde_json::from_str(seen.body.as_ref().unwrap()).unwrap();
                let full = body["name"]["full"].as_str().unwrap();
                Ok(NativeRequest {
                    headers: vec![("x-name".into(), full.as_bytes().to_vec())],
                    ..seen.request()
                })
            }),
            ..Fake::default()
        };
        let world = Plan {
            alpha,
            ..Plan::default()
        }
        .build();
        let body = serde_json::json!({ "name": { "full": value } }).to_string();
        let refused = world.call(json("POST", "/v1/customers", &body)).await;
        assert_eq!(
            refused.problem(),
            (422, "invalid-input".to_owned()),
            "{value:?}"
        );
        assert!(world.wire.sent().is_empty());
    }
}

#[tokio::test]
async fn abuse_28_a_body_in_a_coding_is_refused_unread() {
    for coding in ["gzip", "deflate", "br", "gzip, gzip", "identity, gzip", "x"] {
        let world = Plan::default().build();
        let headers = [
            ("content-type", "application/json"),
            ("content-encoding", coding),
            ("interlingua-upstream", "alpha"),
        ];
        let refused = world
            .call(request("POST", "/v1/customers", &headers, "\u{1f}\u{8b}"))
            .await;
        let expected = (415, "unsupported-media-type".to_owned());
        assert_eq!(refused.problem(), expected, "{coding}");
        assert!(world.wire.sent().is_empty());
    }
}

#[tokio::test]
async fn abuse_28_no_answer_is_encoded_whatever_a_caller_takes() {
    let world = World::answering([answer("{\"n\":1}")]);
    let asked = with(get("/v1/customers/alpha:1"), "accept-encoding", "gzip, br");
    let answered = world.call(asked).await;
    assert_eq!(answered.header("content-encoding"), "");
    assert_eq!(answered.text, "{\"n\":1}");
    // Nor is an upstream offered any.
    assert!(world.wire.headers("accept-encoding").is_empty());
}
