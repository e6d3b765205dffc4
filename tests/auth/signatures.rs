//! Signatures over final bytes, by published vectors.

use interlingua::engine::exchange::Signable;
use serde_json::Value;

use crate::declared::{CAVAGE, JOINED, MESSAGE, OF_CAVAGE, OF_JOINED, OF_MESSAGE, OF_TOKEN, TOKEN};
use crate::{Depot, KEY};

/// Sun, 06 Nov 1994 08:49:37 GMT
const NOW: i64 = 784_111_777_000;

fn header<'h>(headers: &'h [(Box<str>, Vec<u8>)], name: &str) -> Option<&'h str> {
    let found = headers.iter().find(|(other, _)| **other == *name);
    found.map(|(_, value)| std::str::from_utf8(value).unwrap())
}

#[test]
fn published_vectors_of_joined_parts_match() {
    let vectors: Value = serde_json::from_str(include_str!("joined-hmac-vectors.json")).unwrap();
    let lines = JOINED
        .replace("headers: [", "headers: [product, requestor, ")
        .replace(
            "settings.channel: channel",
            "settings.channel: channel\n    context.traceId: product\n    context.caller.id: requestor",
        );
    let mut settings = OF_JOINED.to_vec();
    settings[2] = ("secret", vectors["secret"].as_str().unwrap());
    let depot = Depot::new(&lines, &settings);
    let upstream = depot.upstream();
    let raw = vectors["raw_query_in_doc"].as_str().unwrap();
    let raw = raw.replace(' ', "%20");
    for vector in vectors["vectors"].as_array().unwrap() {
        let input = vector["input"].as_str().unwrap();
        let (method, rest) = input.split_once(':').unwrap();
        let (path, rest) = rest.split_once(':').unwrap();
        let (query, rest) = rest.split_once(':').unwrap();
        let at = rest.find("+0530:").unwrap() + 6;
        let (headers, body) = (&rest[..at - 1], &rest[at..]);
        let headers: Vec<(&str, &[u8])> = headers
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .map(|(name, value)| (name, value.as_bytes()))
            .collect();
        let target = match query {
            "" => path.to_owned(),
            _ => format!("{path}?{raw}"),
        };
        let message = Signable {
            method,
            host: "depot.example",
            target: &target,
            headers: &headers,
            body: body.as_bytes(),
        };

        let made = upstream.vouch(&message, NOW, None);

        let signature = vector["signature"].as_str().unwrap();
        assert_eq!(
            header(&made, "authorization"),
            Some(&*format!("OWN1 Credential=987654321,Signature={signature}"))
        );
        assert_eq!(made.len(), 1);
    }
}

#[test]
fn the_draft_of_cavage_is_declared_parts() {
    let depot = Depot::new(CAVAGE, OF_CAVAGE);
    let upstream = depot.upstream();
    let mut message = Signable {
        method: "POST",
        host: "api.example",
        target: "/v2/customers",
        headers: &[("content-type", b"application/json")],
        body: br#"{"name":"Ann"}"#,
    };

    let made = upstream.vouch(&message, NOW, None);
    let names: Vec<_> = made.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["v-c-merchant-id", "date", "digest", "signature"]);
    assert_eq!(header(&made, "date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(
        header(&made, "digest"),
        Some("SHA-256=+3grXPG3Nb/iAqMEFaA4xO0SPu0z6Y9tQCEaiVXmMgM=")
    );
    assert_eq!(
        header(&made, "signature"),
        Some(
            r#"keyid="key-1", algorithm="HmacSHA256", headers="host date (request-target) digest v-c-merchant-id", signature="2tWFzwxYluX2f2iG3k52w1b/J0sZP1bkj+6PZiQ2KiM=""#
        )
    );

    // Without a body there is neither digest nor its part.
    message.method = "GET";
    message.target = "/v2/customers/7?x=1";
    message.body = b"";
    let made = upstream.vouch(&message, NOW, None);
    assert_eq!(header(&made, "digest"), None);
    assert_eq!(
        header(&made, "signature"),
        Some(
            r#"keyid="key-1", algorithm="HmacSHA256", headers="host date (request-target) v-c-merchant-id", signature="zb6KB42GPRcHpOauE61gkxOKy/X0JKWe7JSnfkT+6kU=""#
        )
    );
}

/// RFC 9421, appendix B.2.5.
#[test]
fn the_example_of_rfc_9421_matches() {
    let lines = "
settings: { base-url: { doc: host }, secret: { secret: true } }
every-call: { headers: { context.now: Date } }
auth:
  scheme: signature
  algorithm: hmac-sha256
  key: { from: settings.secret, encoding: base64 }
  parts:
    - '\"date\": {header.Date}'
    - '\"@authority\": {host:lower}'
    - '\"content-type\": {header.Content-Type}'
    - '\"@signature-params\": ({names});created={now:unix};keyid=\"test-shared-secret\"'
  send:
    Signature-Input: 'sig-b25=({names});created={now:unix};keyid=\"test-shared-secret\"'
    Signature: 'sig-b25=:{signature}:'
";
    let depot = Depot::new(
        lines,
        &[("base-url", "http://example.com"), ("secret", KEY)],
    );
    let message = Signable {
        method: "POST",
        host: "example.com",
        target: "/foo?param=Value&Pet=dog",
        headers: &[
            ("Date", b"Tue, 20 Apr 2021 02:07:55 GMT"),
            ("Content-Type", b"application/json"),
        ],
        body: br#"{"hello": "world"}"#,
    };

    let made = depot.upstream().vouch(&message, 1_618_884_473_000, None);

    assert_eq!(
        header(&made, "signature-input"),
        Some(
            r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#
        )
    );
    assert_eq!(
        header(&made, "signature"),
        Some("sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:")
    );
}

#[test]
fn what_is_made_is_verified_and_nothing_else_is() {
    for (lines, settings) in [(CAVAGE, OF_CAVAGE), (MESSAGE, OF_MESSAGE)] {
        let depot = Depot::new(lines, settings);
        let upstream = depot.upstream();
        let message = Signable {
            method: "POST",
            host: "api.example",
            target: "/v2/customers?a=b",
            headers: &[("content-type", b"application/json")],
            body: br#"{"name":"Ann"}"#,
        };
        let made = upstream.vouch(&message, NOW, None);
        let sent: Vec<(&str, &[u8])> = made
            .iter()
            .map(|(name, value)| (&**name, value.as_slice()))
            .collect();
        let received = Signable {
            headers: &sent,
            ..message
        };
        let at = |message: &Signable<'_>, now| upstream.verify(message, now, 0);

        assert!(at(&received, NOW));
        assert!(at(&received, NOW + 300_000) && at(&received, NOW - 299_000));
        assert!(!at(&received, NOW + 301_000) && !at(&received, NOW - 301_000));
        for other in [
            Signable {
                method: "PUT",
                ..received
            },
            Signable {
                host: "api.example:81",
                ..received
            },
            Signable {
                target: "/v2/customers?a=c",
                ..received
            },
            Signable {
                body: br#"{"name":"Bob"}"#,
                ..received
            },
            Signable {
                body: b"",
                ..received
            },
            Signable {
                headers: &[],
                ..received
            },
        ] {
            assert!(!at(&other, NOW), "{lines}");
        }
        for lacking in 0..sent.len() {
            let mut fewer = sent.clone();
            fewer.remove(lacking);
            assert!(
                !at(
                    &Signable {
                        headers: &fewer,
                        ..received
                    },
                    NOW
                ),
                "{lacking} {lines}"
            );
            let mut wrong = sent.clone();
            let value = [b"x", wrong[lacking].1].concat();
            wrong[lacking].1 = &value;
            assert!(
                !at(
                    &Signable {
                        headers: &wrong,
                        ..received
                    },
                    NOW
                ),
                "{lacking} {lines}"
            );
        }
    }
}

#[test]
fn what_cannot_be_signed_is_told_with_its_place() {
    for (from, to, told) in [
        (
            "{header.Digest}'",
            "{header.Dgest}'",
            "no call has the header `Dgest`",
        ),
        ("{host}", "{hots}", "`hots` is nothing that is known"),
        (
            "{now:http-date}",
            "{now:lower}",
            "`lower` is no format of `now`",
        ),
        ("{host}", "{host:unix}", "`unix` is no format of `host`"),
        (
            "{host}",
            "{signature}",
            "`signature` is nothing that is known",
        ),
        (
            "signature=\"{signature}\"",
            "signature=\"\"",
            "no header of `send` holds `{signature}`",
        ),
        ("Date: '{now:http-date}'", "Date: x", "no time is signed"),
        (
            "from: settings.secret",
            "from: settings.secrte",
            "there is no setting `secrte`",
        ),
    ] {
        let lines = CAVAGE.replacen(from, to, 1);
        assert_ne!(lines, CAVAGE, "{from}");
        let faults = Depot::faults(&lines, OF_CAVAGE);
        assert!(faults.contains(told), "{told}: {faults}");
    }
    for (lines, settings) in [
        (CAVAGE, OF_CAVAGE),
        (MESSAGE, OF_MESSAGE),
        (JOINED, OF_JOINED),
        (TOKEN, OF_TOKEN),
    ] {
        let faults = Depot::faults(lines, settings);
        assert!(!faults.contains("error["), "{faults}");
    }
}
