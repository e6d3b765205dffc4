//! Tokens: which count, and which do not.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use interlingua::config::KnownCaller;
use interlingua::gateway::callers::{KeySetFault, TokenRules, Tokens};
use ring::hmac;
use serde_json::{Value, json};

use super::issuer::{Key, encoded, set};
use super::{THING, bearing, caller, is_to_a_stranger, world};
use crate::support::{World, get};

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

fn rules() -> TokenRules {
    TokenRules {
        issuer: "https://issuer.example".into(),
        audience: "gateway".into(),
        claim: "sub".into(),
        leeway: 60,
    }
}

/// What a token that counts says.
fn claims() -> Value {
    json!({
        "iss": "https://issuer.example",
        "aud": "gateway",
        "sub": "shop-1",
        "exp": now() + 600,
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn taking(keys: &[&Key]) -> (World, Arc<Tokens>) {
    let tokens = Arc::new(Tokens::new(rules(), &set(keys)).unwrap());
    let shop = KnownCaller {
        subjects: vec!["shop-1".to_owned()],
        ..caller("shop")
    };
    (world(vec![shop], Some(Arc::clone(&tokens))), tokens)
}

async fn lets_in(world: &World, token: &str) -> bool {
    let answer = world
        .call(bearing(get(THING), &format!("Bearer {token}")))
        .await;
    if answer.status == 200 {
        return true;
    }
    is_to_a_stranger(&answer, token);
    false
}

#[tokio::test]
async fn a_token_of_each_kind_lets_its_caller_in() {
    let keys = [Key::rs256(), Key::es256(), Key::eddsa()];
    let (world, _) = taking(&keys.each_ref());
    for key in &keys {
        assert!(
            lets_in(&world, &key.token(&claims())).await,
            "{}",
            key.algorithm()
        );
    }
}

#[tokio::test]
async fn claims_count_by_their_rules() {
    let key = Key::eddsa();
    let (world, _) = taking(&[&key]);
    for claims in [
        with("aud", json!(["other", "gateway"])),
        with("exp", now() - 30),
        with("exp", json!(4_102_444_800.5)),
        with("nbf", now() + 30),
        with("iat", now() + 600),
    ] {
        assert!(lets_in(&world, &key.token(&claims)).await, "{claims}");
    }
    for claims in [
        with("exp", now() - 61),
        with("exp", "4102444800"),
        with("exp", json!(1e300)),
        without("exp"),
        with("nbf", now() + 90),
        with("nbf", "0"),
        with("iss", "https://issuer.example/"),
        with("iss", json!(["https://issuer.example"])),
        without("iss"),
        with("aud", "gateway2"),
        with("aud", json!([])),
        with("aud", json!({ "gateway": true })),
        without("aud"),
        with("sub", "shop-2"),
        with("sub", json!(["shop-1"])),
        without("sub"),
        json!([]),
    ] {
        assert!(!lets_in(&world, &key.token(&claims)).await, "{claims}");
    }
    assert_eq!(world.wire.sent().len(), 5);
}

#[tokio::test]
async fn abuse_34_no_token_says_how_it_is_verified() {
    let (rsa, other) = (Key::rs256(), Key::eddsa());
    let (world, _) = taking(&[&rsa, &other]);
    let head = |algorithm: &str, id: &str| json!({ "alg": algorithm, "kid": id });
    let signed =
        |head: &Value| [encoded(head.to_string()), encoded(claims().to_string())].join(".");
    for algorithm in ["none", "None", ""] {
        let signed = signed(&head(algorithm, "RS256"));
        assert!(!lets_in(&world, &format!("{signed}.")).await);
    }
    // The public key as the secret of a symmetric one.
    let public = set(&[&rsa]);
    let signed = signed(&head("HS256", "RS256"));
    let secret = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
    let tag = hmac::sign(&secret, signed.as_bytes());
    assert!(!lets_in(&world, &format!("{signed}.{}", encoded(tag))).await);
    for head in [
        head("RS256", "EdDSA"),
        head("EdDSA", "RS256"),
        head("EdDSA", "unknown"),
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": 7 }),
        json!({ "alg": ["EdDSA"], "kid": "EdDSA" }),
        json!({ "kid": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "EdDSA", "crit": ["exp"] }),
        json!({ "alg": "EdDSA", "kid": "EdDSA", "typ": "logout+jwt" }),
        json!([]),
    ] {
        assert!(
            !lets_in(&world, &other.sign(&head, &claims())).await,
            "{head}"
        );
    }
    let stranger = Key::eddsa();
    assert!(!lets_in(&world, &stranger.token(&claims())).await);
    // Its own key does not count either.
    let mut own = head("EdDSA", "EdDSA");
    own["jwk"] = stranger.jwk();
    assert!(!lets_in(&world, &stranger.sign(&own, &claims())).await);
    assert!(world.wire.sent().is_empty());
    assert!(lets_in(&world, &other.token(&claims())).await);
}

#[tokio::test]
async fn a_token_that_was_touched_is_none() {
    let key = Key::es256();
    let (world, _) = taking(&[&key]);
    let token = key.token(&claims());
    let [head, said, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("{token}");
    };
    let more = encoded(with("exp", now() + 9_000).to_string());
    let padded = format!("{token}=");
    for touched in [
        [head, &more, signature].join("."),
        [head, said, &signature[1..]].join("."),
        [head, said, ""].join("."),
        [head, said, signature, ""].join("."),
        [head, said].join("."),
        [said, head, signature].join("."),
        padded,
        format!(".{token}"),
        "..".to_owned(),
        format!("{head}.{}.{signature}", encoded("a".repeat(9_000))),
    ] {
        assert!(!lets_in(&world, &touched).await, "{touched}");
    }
}

#[tokio::test]
async fn keys_are_exchanged_while_calls_are_served() {
    let (old, new) = (Key::eddsa(), Key::eddsa());
    let (world, tokens) = taking(&[&old]);
    let (by_old, by_new) = (old.token(&claims()), new.token(&claims()));
    assert!(lets_in(&world, &by_old).await && !lets_in(&world, &by_new).await);
    assert_eq!(tokens.exchange("{}"), Err(KeySetFault::Form));
    assert!(lets_in(&world, &by_old).await);
    tokens.exchange(&set(&[&new])).unwrap();
    assert!(lets_in(&world, &by_new).await && !lets_in(&world, &by_old).await);
}

#[test]
fn what_is_no_set_of_keys_is_told() {
    let good = Key::eddsa().jwk();
    let changed = |name: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        json!({ "keys": [jwk] }).to_string()
    };
    let small = encoded([0xFF; 128]);
    for (set, fault) in [
        (String::new(), KeySetFault::Form),
        ("[]".to_owned(), KeySetFault::Form),
        (good.to_string(), KeySetFault::Form),
        (json!({ "keys": [] }).to_string(), KeySetFault::Nothing),
        (changed("use", "enc".into()), KeySetFault::Nothing),
        (changed("alg", "RS256".into()), KeySetFault::Nothing),
        (changed("crv", "X25519".into()), KeySetFault::Nothing),
        (changed("key_ops", json!(["sign"])), KeySetFault::Nothing),
        (changed("d", "AAAA".into()), KeySetFault::Private),
        (changed("kty", "oct".into()), KeySetFault::Private),
        (changed("x", "AAAA".into()), KeySetFault::Key),
        (changed("x", "!".into()), KeySetFault::Key),
        (
            json!({ "keys": [{ "kty": "RSA", "n": small, "e": "AQAB" }] }).to_string(),
            KeySetFault::Key,
        ),
        (
            json!({ "keys": [good, good] }).to_string(),
            KeySetFault::Names,
        ),
    ] {
        let told = Tokens::new(rules(), &set).err();
        assert_eq!(told, Some(fault), "{set}");
    }
    let beside = json!({ "keys": [{ "kty": "EC", "crv": "P-521" }, good] }).to_string();
    assert!(Tokens::new(rules(), &beside).is_ok());
}
