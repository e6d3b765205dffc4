//! Who may call, and what: keys, tokens, certificates, and what each caller may do.

mod issuer;
mod permitted;
mod tokens;

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use interlingua::config::{KeyHash, KnownCaller};
use interlingua::gateway::callers::{Callers, FreshKey, Tokens};
use interlingua::gateway::listener::PeerIdentity;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;

use crate::support::{Answer, Plan, Wire, World, answer, get, json, request, with};

const THING: &str = "/v1/customers/alpha:1";

fn caller(name: &str) -> KnownCaller {
    KnownCaller {
        name: name.to_owned(),
        keys: Vec::new(),
        certificates: Vec::new(),
        subjects: Vec::new(),
        upstreams: None,
        operations: None,
        acts_for_others: false,
    }
}

/// A key as a caller sends it, and its hash.
fn key() -> (String, KeyHash) {
    let FreshKey { key, hash } = FreshKey::new().unwrap();
    (format!("Bearer {}", key.expose_secret()), hash)
}

/// A caller with a key.
fn keyed(name: &str) -> (String, KnownCaller) {
    let (key, hash) = key();
    let keys = vec![hash];
    (
        key,
        KnownCaller {
            keys,
            ..caller(name)
        },
    )
}

fn world(known: Vec<KnownCaller>, tokens: Option<Arc<Tokens>>) -> World {
    let plan = Plan {
        wire: Wire::answering((0..64).map(|_| answer("{}"))),
        callers: Some(Callers::new(known, tokens)),
        ..Plan::default()
    };
    plan.build()
}

fn bearing(call: Request<Full<Bytes>>, proof: &str) -> Request<Full<Bytes>> {
    with(call, "authorization", proof)
}

/// Holds an answer against the one that every stranger gets.
fn is_to_a_stranger(answer: &Answer, why: &str) {
    assert_eq!(
        answer.problem(),
        (401, "unauthenticated".to_owned()),
        "{why}"
    );
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"interlingua\"",
        "{why}"
    );
    let told = "{\"type\":\"urn:interlingua:problem:unauthenticated\",\"title\":\"The caller is not known\",\"status\":401,\"code\":\"unauthenticated\",\"detail\":\"The call bears no proof of a caller that is known here.\",\"requestId\":\"r1\",\"outcome\":\"not-sent\",\"retryable\":false}";
    assert_eq!(answer.text, told, "{why}");
}

#[tokio::test]
async fn a_key_lets_its_caller_in() {
    let (first, shop) = keyed("shop");
    let (second, hash) = key();
    let (other, desk) = keyed("desk");
    let mut shop = shop;
    shop.keys.push(hash);
    let world = world(vec![shop, desk], None);
    for key in [
        &first,
        &second,
        &other,
        &first.replacen("Bearer ", "bearer  ", 1),
    ] {
        assert_eq!(world.call(bearing(get(THING), key)).await.status, 200);
    }
}

#[tokio::test]
async fn abuse_34_every_stranger_is_told_the_same() {
    let (key, shop) = keyed("shop");
    let (unknown, _) = self::key();
    let world = world(vec![shop], None);
    let long = format!("Bearer {}", "a".repeat(300));
    for proof in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer short",
        "Basic c2hvcDpzaG9w",
        "a.b.c",
        "Bearer a.b.c",
        &unknown,
        &long,
        &key[7..],
        &key[..key.len() - 1],
        &format!("{key}a"),
        &key.to_uppercase(),
        &key.replacen("Bearer", "Basic", 1),
    ] {
        is_to_a_stranger(&world.call(bearing(get(THING), proof)).await, proof);
    }
    is_to_a_stranger(&world.call(get(THING)).await, "nothing");
    let mut twice = bearing(get(THING), &key);
    twice
        .headers_mut()
        .append("authorization", key.parse().unwrap());
    is_to_a_stranger(&world.call(twice).await, "two proofs");
    // Nor does it learn what there is.
    for (method, path) in [
        ("GET", "/nope"),
        ("PUT", THING),
        ("GET", "/openapi.json"),
        ("GET", "/v1/upstreams"),
        ("GET", "/v1/upstreams/alpha"),
        ("POST", "/v1/customers"),
        ("GET", "/v1/customers/nobody:1"),
    ] {
        let call = request(method, path, &[("x-request-id", "r1")], "");
        is_to_a_stranger(&world.call(call).await, path);
    }
    assert!(world.wire.sent().is_empty());
    let metrics = world.metrics.encode().unwrap();
    let secret = key.trim_start_matches("Bearer ");
    assert!(metrics.contains("code=\"unauthenticated\"") && !metrics.contains(secret));
}

/// A certificate of these tests.
fn certified(mut call: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    let certificate = include_bytes!("../front/tls/app.pem");
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let identity = PeerIdentity::of(&certificate).unwrap();
    call.extensions_mut().insert(identity);
    call
}

#[tokio::test]
async fn a_name_of_a_certificate_lets_its_caller_in() {
    for (name, lets_in) in [
        ("spiffe://example.org/app", true),
        ("app.example", true),
        ("App.Example", true),
        ("spiffe://example.org/App", false),
        ("spiffe://example.org/app/", false),
        ("example", false),
    ] {
        let shop = KnownCaller {
            certificates: vec![name.to_owned()],
            ..caller("shop")
        };
        let world = world(vec![shop], None);
        let answer = world.call(certified(get(THING))).await;
        if lets_in {
            assert_eq!(answer.status, 200, "{name}");
        } else {
            is_to_a_stranger(&answer, name);
        }
        is_to_a_stranger(&world.call(get(THING)).await, "no certificate");
    }
}

#[tokio::test]
async fn what_a_request_says_counts_before_its_connection() {
    let (key, desk) = keyed("desk");
    let (unknown, _) = self::key();
    let shop = KnownCaller {
        certificates: vec!["app.example".to_owned()],
        upstreams: Some(vec!["beta".to_owned()]),
        ..caller("shop")
    };
    let world = world(vec![shop, desk], None);
    let by_certificate = world.call(certified(get(THING))).await;
    assert_eq!(by_certificate.problem(), (403, "forbidden".to_owned()));
    let by_key = world.call(bearing(certified(get(THING)), &key)).await;
    assert_eq!(by_key.status, 200);
    let mended = world.call(bearing(certified(get(THING)), &unknown)).await;
    is_to_a_stranger(&mended, "a key that is none, and a certificate");
}

#[tokio::test]
async fn only_who_acts_for_others_says_for_whom() {
    let (own, shop) = keyed("shop");
    let (others, desk) = keyed("desk");
    let desk = KnownCaller {
        acts_for_others: true,
        ..desk
    };
    let world = world(vec![shop, desk], None);
    for key in [&own, &others] {
        let call = bearing(get(THING), key);
        let call = with(call, "interlingua-caller", "kind=agent, id=\"a17\"");
        assert_eq!(world.call(call).await.status, 200);
    }
    let said: Vec<_> = world
        .alpha
        .seen()
        .into_iter()
        .map(|seen| seen.caller)
        .collect();
    let told = |kind: &str, id: Option<&str>| (Some(kind.to_owned()), id.map(str::to_owned));
    assert_eq!(said, [told("system", None), told("agent", Some("a17"))]);
}

#[tokio::test]
async fn abuse_21_the_same_key_of_two_callers_is_two_keys() {
    let (one, shop) = keyed("shop");
    let (other, desk) = keyed("desk");
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan {
        wire: Wire::answering([answer("{\"id\":\"7\"}"), answer("{\"id\":\"8\"}")]),
        callers: Some(Callers::new(vec![shop, desk], None)),
        journal: Some(crate::keyed::journal(&folder)),
        ..Plan::default()
    };
    let world = plan.build();
    let write = |key: &str| {
        let call = json("POST", "/v1/customers", r#"{"name":{"full":"Ann"}}"#);
        bearing(with(call, "idempotency-key", "k-1"), key)
    };
    let first = world.call(write(&one)).await;
    let of_another = world.call(write(&other)).await;
    let again = world.call(write(&one)).await;

    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(of_another.header("idempotency-replayed"), "");
    assert_ne!(of_another.text, first.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.text, first.text);
    assert_eq!(world.wire.sent().len(), 2);
}
