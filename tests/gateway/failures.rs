//! Upstreams that fail, refuse, or answer what nobody understands.

use interlingua::engine::exchange::Flaw;
use interlingua::gateway::translate::{
    Answered, BrokenAnswer, FieldError, Refused, UpstreamProblem,
};
use interlingua::upstream::{FailureKind, Sent};
use serde_json::json as value;

use crate::support::{Fake, Plan, Wire, World, answer, failure, get, json};

/// Kind, what left, status and code of a read, error type of `Proxy-Status`.
const FAILURES: &[(FailureKind, Sent, u16, &str, &str)] = &[
    (
        FailureKind::Unreachable,
        Sent::NotSent,
        503,
        "upstream-unreachable",
        "destination_unavailable",
    ),
    (
        FailureKind::AddressRefused,
        Sent::NotSent,
        503,
        "upstream-unreachable",
        "destination_ip_prohibited",
    ),
    (
        FailureKind::ConnectTimeout,
        Sent::NotSent,
        504,
        "upstream-timeout",
        "connection_timeout",
    ),
    (
        FailureKind::TlsFailed,
        Sent::NotSent,
        502,
        "upstream-config",
        "tls_protocol_error",
    ),
    (
        FailureKind::FirstByteTimeout,
        Sent::MaybeSent,
        504,
        "upstream-timeout",
        "http_response_timeout",
    ),
    (
        FailureKind::TotalTimeout,
        Sent::MaybeSent,
        504,
        "upstream-timeout",
        "connection_read_timeout",
    ),
    (
        FailureKind::TotalTimeout,
        Sent::NotSent,
        504,
        "upstream-timeout",
        "connection_read_timeout",
    ),
    (
        FailureKind::Dropped,
        Sent::MaybeSent,
        502,
        "upstream-dropped",
        "connection_terminated",
    ),
    (
        FailureKind::Truncated,
        Sent::MaybeSent,
        502,
        "upstream-malformed",
        "http_response_incomplete",
    ),
    (
        FailureKind::BodyTooLarge,
        Sent::MaybeSent,
        502,
        "upstream-too-large",
        "http_response_body_size",
    ),
    (
        FailureKind::BadHttp,
        Sent::MaybeSent,
        502,
        "upstream-malformed",
        "http_protocol_error",
    ),
    (
        FailureKind::Overloaded,
        Sent::NotSent,
        503,
        "overloaded",
        "connection_limit_reached",
    ),
    (
        FailureKind::WrongOrigin,
        Sent::NotSent,
        500,
        "internal",
        "proxy_configuration_error",
    ),
    (
        FailureKind::Suspended,
        Sent::NotSent,
        503,
        "upstream-suspended",
        "destination_unavailable",
    ),
    (
        FailureKind::IdleTimeout,
        Sent::MaybeSent,
        504,
        "upstream-timeout",
        "connection_read_timeout",
    ),
    (
        FailureKind::CredentialsRefused,
        Sent::NotSent,
        502,
        "upstream-auth",
        "proxy_configuration_error",
    ),
    (
        FailureKind::CredentialsUnavailable,
        Sent::NotSent,
        503,
        "upstream-unreachable",
        "destination_unavailable",
    ),
    (
        FailureKind::CredentialsUnusable,
        Sent::NotSent,
        502,
        "upstream-invalid",
        "http_protocol_error",
    ),
];

#[tokio::test]
async fn each_failure_has_its_code_and_says_what_left() {
    for (kind, sent, status, code, proxy) in FAILURES {
        let world = World::answering([failure(*kind, *sent)]);
        let answer = world.get("/v1/customers/alpha:1").await;
        assert_eq!(answer.problem(), (*status, (*code).to_owned()), "{kind}");
        assert_eq!(
            answer.header("proxy-status"),
            format!("interlingua; error={proxy}"),
            "{kind}"
        );
        let document = answer.json();
        let outcome = if *sent == Sent::NotSent {
            "not-sent"
        } else {
            "unknown"
        };
        assert_eq!(document["outcome"], outcome, "{kind}");
        assert_eq!(document["upstream"], value!({ "name": "alpha" }), "{kind}");
        let soon = matches!(
            kind,
            FailureKind::Unreachable
                | FailureKind::AddressRefused
                | FailureKind::Overloaded
                | FailureKind::CredentialsUnavailable
        );
        assert_eq!(
            answer.header("retry-after"),
            if soon { "1" } else { "" },
            "{kind}"
        );
    }
}

#[tokio::test]
async fn every_kind_of_failure_is_in_the_table() {
    for kind in FailureKind::ALL {
        assert!(FAILURES.iter().any(|(known, ..)| *known == kind), "{kind}");
    }
}

#[tokio::test]
async fn a_change_with_an_unknown_outcome_is_not_to_be_sent_again() {
    for (kind, sent, retryable) in [
        (FailureKind::Dropped, Sent::MaybeSent, false),
        (FailureKind::FirstByteTimeout, Sent::MaybeSent, false),
        (FailureKind::Unreachable, Sent::NotSent, true),
    ] {
        let change = World::answering([failure(kind, sent)]);
        let answer = change
            .call(json("PATCH", "/v1/customers/alpha:1", "{}"))
            .await;
        assert_eq!(answer.json()["retryable"], retryable, "{kind}");

        let read = World::answering([failure(kind, sent)]);
        let answer = read.get("/v1/customers/alpha:1").await;
        assert_eq!(answer.json()["retryable"], true, "{kind}");
    }
}

#[tokio::test]
async fn whatever_fails_before_the_change_it_was_not_sent() {
    let alpha = || Fake {
        bases: vec![("updateCustomer", "getCustomer")],
        ..Fake::default()
    };
    let plan = Plan {
        alpha: alpha(),
        wire: Wire::answering([failure(FailureKind::Dropped, Sent::MaybeSent)]),
        ..Plan::default()
    };
    let answer = plan
        .build()
        .call(json("PATCH", "/v1/customers/alpha:1", "{}"))
        .await;
    assert_eq!(answer.problem(), (502, "upstream-dropped".to_owned()));
    assert_eq!(answer.json()["outcome"], "not-sent");
    // What failed is a read, and all of the call may be repeated as one may.
    assert_eq!(answer.json()["retryable"], true);

    let failed = UpstreamProblem {
        code: "upstream-error".to_owned(),
        upstream_status: 503,
        retry_after: Some("7".to_owned()),
        ..UpstreamProblem::default()
    };
    let plan = Plan {
        alpha: Fake {
            on_answer: Box::new(move |_, _| Answered::Problem(Box::new(failed.clone()))),
            ..alpha()
        },
        ..Plan::default()
    };
    let answer = plan
        .build()
        .call(json("PATCH", "/v1/customers/alpha:1", "{}"))
        .await;
    assert_eq!(answer.json()["outcome"], "not-sent");
    assert_eq!(answer.json()["retryable"], true);
    assert_eq!(answer.header("retry-after"), "7");
}

#[tokio::test]
async fn only_a_read_or_what_was_not_done_may_be_sent_again_after_an_answer() {
    let problem = |code: &str, status| UpstreamProblem {
        code: code.to_owned(),
        upstream_status: status,
        retry_after: Some("7".to_owned()),
        ..UpstreamProblem::default()
    };
    let read = || get("/v1/customers/alpha:1");
    let change = || json("PATCH", "/v1/customers/alpha:1", "{}");
    // A command that only asks is a read.
    let ask = || {
        let body = r#"{"code":"x"}"#;
        json("POST", "/v1/identity-documents/read", body)
    };
    for (code, status, call, retryable) in [
        ("upstream-error", 503, read(), true),
        ("upstream-error", 503, ask(), true),
        ("upstream-error", 503, change(), false),
        ("upstream-error", 400, read(), false),
        ("rate-limited", 429, change(), true),
        ("in-flight", 409, change(), false),
        ("not-found", 404, read(), false),
    ] {
        let plan = Plan {
            alpha: Fake::meaning(Answered::Problem(Box::new(problem(code, status)))),
            ..Plan::default()
        };
        let answer = plan.build().call(call).await;
        assert_eq!(answer.json()["code"], code, "{}", answer.text);
        assert_eq!(answer.json()["retryable"], retryable, "{code} {status}");
        assert_eq!(
            answer.header("retry-after"),
            if retryable { "7" } else { "" }
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_broken_nowhere_in_particular_names_no_byte() {
    let at = |place: Option<&str>, expected| BrokenAnswer {
        code: "upstream-invalid",
        place: place.map(str::to_owned),
        expected,
        flaw: Flaw::Other,
        at: 0,
        status: 200,
    };
    for (broken, detail) in [
        (at(None, None), None),
        (
            at(None, Some("a name")),
            Some("In the upstream's answer: a name."),
        ),
        (
            at(Some("a.b"), None),
            Some("In the upstream's answer, at `a.b`."),
        ),
    ] {
        let plan = Plan {
            alpha: Fake::meaning(Answered::Broken(broken)),
            ..Plan::default()
        };
        let answer = plan.build().get("/v1/customers/alpha:1").await;
        assert_eq!(answer.json()["detail"].as_str(), detail, "{}", answer.text);
    }
}

#[tokio::test]
async fn answers_that_nobody_understands_are_502_without_a_byte_of_them() {
    for code in [
        "upstream-malformed",
        "upstream-content-type",
        "upstream-invalid",
        "upstream-unexpected",
    ] {
        let broken = BrokenAnswer {
            code,
            place: Some("customer.name".to_owned()),
            expected: Some("a name"),
            flaw: Flaw::Other,
            at: 17,
            status: 200,
        };
        let plan = Plan {
            alpha: Fake::meaning(Answered::Broken(broken)),
            wire: Wire::answering([answer("SECRET")]),
            ..Plan::default()
        };
        let answer = plan.build().get("/v1/customers/alpha:1").await;
        assert_eq!(answer.problem(), (502, code.to_owned()));
        assert_eq!(
            answer.header("proxy-status"),
            "interlingua; error=http_protocol_error; received-status=200"
        );
        assert_eq!(answer.json()["outcome"], "answered");
        assert_eq!(
            answer.json()["detail"],
            "At byte 17 of the upstream's answer, at `customer.name`: a name."
        );
        assert!(!answer.text.contains("SECRET"));
    }
}

#[tokio::test]
async fn a_base_that_nobody_understands_is_502_and_nothing_changed() {
    let alpha = Fake {
        on_request: Box::new(|_| {
            Err(Refused::Base(BrokenAnswer {
                code: "upstream-invalid",
                place: None,
                expected: None,
                flaw: Flaw::Other,
                at: 0,
                status: 200,
            }))
        }),
        ..Fake::default()
    };
    let plan = Plan {
        alpha,
        ..Plan::default()
    };
    let answer = plan
        .build()
        .call(json("PATCH", "/v1/customers/alpha:1", "{}"))
        .await;
    assert_eq!(answer.problem(), (502, "upstream-invalid".to_owned()));
    assert_eq!(answer.json()["outcome"], "not-sent");
}

#[tokio::test]
async fn an_answer_without_the_resource_is_502() {
    for path in [
        "/v1/customers/alpha:1",
        "/v1/customers/alpha:1/payment-methods",
    ] {
        let answer = World::answering([answer("")]).get(path).await;
        assert_eq!(answer.problem(), (502, "upstream-unexpected".to_owned()));
        assert_eq!(
            answer.json()["upstream"],
            value!({ "name": "alpha", "status": 200 })
        );
    }
}

fn refusal() -> UpstreamProblem {
    UpstreamProblem {
        code: "invalid-input".to_owned(),
        upstream_status: 400,
        upstream_code: Some("E17".to_owned()),
        upstream_message: Some("Ann@example.com has no street; card 4111111111111111".to_owned()),
        errors: vec![FieldError {
            code: Some("zip".to_owned()),
            detail: Some("bad zip of ann@example.com".to_owned()),
            pointer: Some("/contacts/0/addresses/0/postalCode".to_owned()),
            native_field: Some("zip".to_owned()),
            candidates: vec!["/contacts/1/addresses/0/postalCode".to_owned()],
            ..FieldError::default()
        }],
        ..UpstreamProblem::default()
    }
}

#[tokio::test]
async fn an_upstreams_refusal_comes_back_in_the_callers_words() {
    let plan = Plan {
        alpha: Fake::meaning(Answered::Problem(Box::new(refusal()))),
        ..Plan::default()
    };
    let create = json("POST", "/v1/customers", r#"{"email":"ann@example.com"}"#);

    let answer = plan.build().call(create).await;

    let expected = include_str!("goldens/upstream-refusal.json");
    assert_eq!(answer.text, expected.trim_end());
    assert_eq!(answer.status, 422);
    assert_eq!(answer.header("proxy-status"), "");
}

#[tokio::test]
async fn values_that_need_care_are_redacted_wherever_they_stand_in_the_body() {
    let told = "x Jones x 555-00-1111 x 17 Elm Street x Acme x";
    let problem = UpstreamProblem {
        code: "declined".to_owned(),
        upstream_status: 400,
        upstream_message: Some(told.to_owned()),
        ..UpstreamProblem::default()
    };
    let body = r#"{"name":{"last":"Jones"},"taxId":"555-00-1111","contacts":[{"role":"billing","addresses":[{"use":"postal","line1":"17 Elm Street"}]}]}"#;
    // The change is refused, or the read before it, which sends nothing of the body.
    for bases in [vec![], vec![("updateCustomer", "getCustomer")]] {
        let plan = Plan {
            alpha: Fake {
                bases,
                ..Fake::meaning(Answered::Problem(Box::new(problem.clone())))
            },
            ..Plan::default()
        };

        let answer = plan
            .build()
            .call(json("PATCH", "/v1/customers/alpha:1", body))
            .await;

        let message = &answer.json()["upstream"]["message"];
        assert_eq!(
            message, "x [redacted] x [redacted] x [redacted] x Acme x",
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn an_upstreams_wish_to_be_left_alone_is_passed_on() {
    let limited = |retry_after: Option<&str>| UpstreamProblem {
        code: "rate-limited".to_owned(),
        upstream_status: 429,
        retry_after: retry_after.map(str::to_owned),
        ..UpstreamProblem::default()
    };
    for (said, expected) in [
        (Some("120"), "120"),
        (Some("99999999"), "86400"),
        (Some("soon"), ""),
        (Some("Sun, 06 Nov 1994 08:49:37 GMT"), "0"),
        (Some("Mon, 31 Dec 2999 23:59:59 GMT"), "86400"),
        (None, ""),
    ] {
        let plan = Plan {
            alpha: Fake::meaning(Answered::Problem(Box::new(limited(said)))),
            ..Plan::default()
        };
        let answer = plan.build().call(get("/v1/customers/alpha:1")).await;
        assert_eq!(answer.problem(), (429, "rate-limited".to_owned()));
        assert_eq!(answer.header("retry-after"), expected);
    }
}

#[tokio::test]
async fn a_code_that_is_in_no_table_is_an_upstreams_error() {
    let problem = UpstreamProblem {
        code: "no-such-code".to_owned(),
        upstream_status: 418,
        ..UpstreamProblem::default()
    };
    let plan = Plan {
        alpha: Fake::meaning(Answered::Problem(Box::new(problem))),
        ..Plan::default()
    };
    let answer = plan.build().get("/v1/customers/alpha:1").await;
    assert_eq!(answer.problem(), (502, "upstream-error".to_owned()));
}

#[tokio::test]
async fn the_next_call_works_after_any_failure() {
    let world = World::answering([failure(FailureKind::BadHttp, Sent::MaybeSent), answer("{}")]);
    assert_eq!(world.get("/v1/customers/alpha:1").await.status, 502);
    assert_eq!(world.get("/v1/customers/alpha:1").await.status, 200);
}
