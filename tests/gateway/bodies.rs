//! Callers' documents, judged by the canonical schemas.

use interlingua::config::Limits;

use crate::support::{Plan, World, json, with};

/// Name, method and path, body, status and code, places of the faults.
type Case = (
    &'static str,
    (&'static str, &'static str),
    &'static str,
    (u16, &'static str),
    &'static [&'static str],
);

const CREATE: (&str, &str) = ("POST", "/v1/customers");
const UPDATE: (&str, &str) = ("PATCH", "/v1/customers/alpha:1");
const CONTACT: (&str, &str) = ("PUT", "/v1/customers/alpha:1/contacts/billing");
const STATUS: (&str, &str) = ("POST", "/v1/customers/alpha:1/status");
const SEARCH: (&str, &str) = ("POST", "/v1/customers/search");

const CASES: &[Case] = &[
    ("nothing", CREATE, "", (400, "malformed"), &[""]),
    (
        "half a document",
        CREATE,
        r#"{"email":"#,
        (400, "malformed"),
        &["/email"],
    ),
    (
        "a name twice",
        CREATE,
        r#"{"name":{"first":"A","fir\u0073t":"B"}}"#,
        (400, "malformed"),
        &["/name/first"],
    ),
    (
        "a lone surrogate",
        CREATE,
        r#"{"email":"\ud800"}"#,
        (400, "malformed"),
        &["/email"],
    ),
    (
        "a byte order mark",
        CREATE,
        "\u{feff}{}",
        (400, "malformed"),
        &[""],
    ),
    ("two documents", CREATE, "{} {}", (400, "malformed"), &[""]),
    ("a list", CREATE, "[]", (422, "invalid-input"), &[""]),
    // At an upstream it would match everyone.
    (
        "a search for nothing",
        SEARCH,
        r#"{"text":"","taxId":""}"#,
        (422, "invalid-input"),
        &["/text", "/taxId"],
    ),
    (
        "null for a patch",
        UPDATE,
        "null",
        (422, "invalid-input"),
        &[""],
    ),
    (
        "an unknown member",
        CREATE,
        r#"{"emial":"a@b.example"}"#,
        (422, "unknown-field"),
        &["/emial"],
    ),
    (
        "an unknown member within",
        CREATE,
        r#"{"contacts":[{"role":"billing","a/b~c":1}]}"#,
        (422, "unknown-field"),
        &["/contacts/0/a~1b~0c"],
    ),
    (
        "reserved members",
        CREATE,
        r#"{"warnings":[],"native":{}}"#,
        (422, "reserved-name"),
        &["/warnings", "/native"],
    ),
    (
        "a reserved name within",
        CREATE,
        r#"{"name":{"warnings":1}}"#,
        (422, "unknown-field"),
        &["/name/warnings"],
    ),
    (
        "a wrong type",
        CREATE,
        r#"{"email":17}"#,
        (422, "invalid-input"),
        &["/email"],
    ),
    (
        "null where nothing is cleared",
        CREATE,
        r#"{"email":null}"#,
        (422, "invalid-input"),
        &["/email"],
    ),
    (
        "a missing member",
        STATUS,
        "{}",
        (422, "missing-input"),
        &["/status"],
    ),
    (
        "a missing key of a list",
        CREATE,
        r#"{"contacts":[{"email":"a@b.example"}]}"#,
        (422, "missing-input"),
        &["/contacts/0/role"],
    ),
    (
        "a value of a closed list",
        STATUS,
        r#"{"status":"SECRET"}"#,
        (422, "invalid-input"),
        &["/status"],
    ),
    (
        "no language",
        CREATE,
        r#"{"language":"SECRET"}"#,
        (422, "invalid-input"),
        &["/language"],
    ),
    (
        "no e-mail address",
        CREATE,
        r#"{"email":"SECRET"}"#,
        (422, "invalid-input"),
        &["/email"],
    ),
    (
        "no number of the model",
        CREATE,
        r#"{"statusStage":9}"#,
        (422, "invalid-input"),
        &["/statusStage"],
    ),
    (
        "a patch's list is judged whole",
        UPDATE,
        r#"{"contacts":[{"email":"a@b.example"}]}"#,
        (422, "missing-input"),
        &["/contacts/0/role"],
    ),
    (
        "no null in a patch's list",
        UPDATE,
        r#"{"contacts":[{"role":"billing","email":null}]}"#,
        (422, "invalid-input"),
        &["/contacts/0/email"],
    ),
    (
        "an unknown member of a patch",
        UPDATE,
        r#"{"name":{"frist":null}}"#,
        (422, "unknown-field"),
        &["/name/frist"],
    ),
    (
        "an unknown role",
        CONTACT,
        r#"{"role":"boss"}"#,
        (422, "invalid-input"),
        &["/role"],
    ),
    (
        "all at once",
        CREATE,
        r#"{"email":1,"x":2,"contacts":[{}]}"#,
        (422, "invalid-input"),
        &["/contacts/0/role", "/email", "/x"],
    ),
];

#[tokio::test]
async fn each_is_refused_with_pointers_and_no_value() {
    let world = World::answering([]);
    for (name, (method, path), body, expected, places) in CASES {
        let answer = world.call(json(method, path, body)).await;
        let problem = answer.problem();
        assert_eq!(
            (problem.0, problem.1.as_str()),
            *expected,
            "{name}: {}",
            answer.text
        );
        let document = answer.json();
        let errors = document["errors"].as_array().unwrap();
        let mut found: Vec<_> = errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        let mut places = places.to_vec();
        found.sort_unstable();
        places.sort_unstable();
        assert_eq!(found, places, "{name}: {}", answer.text);
        assert!(!answer.text.contains("SECRET"), "{name}: {}", answer.text);
    }
    assert_eq!(world.wire.sent(), Vec::<String>::new());
}

#[tokio::test]
async fn good_documents_reach_the_translation_as_they_stand() {
    for ((method, path), body) in [
        (
            CREATE,
            r#"{ "email" : "a\u0040b.example" , "id":"alpha:1" }"#,
        ),
        (
            UPDATE,
            r#"{"email":null,"name":{"first":null},"paymentTerms":{"value":30},"contacts":null}"#,
        ),
        (UPDATE, "{}"),
        (CONTACT, r#"{"email":"a@b.example"}"#),
    ] {
        let world = World::answering([]);
        let answer = world.call(json(method, path, body)).await;
        assert!(answer.status.is_success(), "{body}: {}", answer.text);
        assert_eq!(world.alpha.seen()[0].body.as_deref(), Some(body));
    }
}

#[tokio::test]
async fn a_merge_patch_may_say_that_it_is_one() {
    let world = World::answering([]);
    let patch = json("PATCH", "/v1/customers/alpha:1", "{}");
    let answer = world
        .call(with(patch, "content-type", "application/merge-patch+json"))
        .await;
    assert!(answer.status.is_success(), "{}", answer.text);
}

#[tokio::test]
async fn many_faults_are_listed_up_to_a_number_and_the_rest_counted() {
    let world = World::answering([]);
    let members: Vec<_> = (0..100).map(|n| format!("\"x{n}\":1")).collect();
    let answer = world
        .call(json(
            "POST",
            "/v1/customers",
            &format!("{{{}}}", members.join(",")),
        ))
        .await;
    let document = answer.json();
    assert_eq!(document["errors"].as_array().unwrap().len(), 64);
    assert_eq!(document["detail"], "36 more faults are not listed.");
}

#[tokio::test]
async fn limits_are_413_with_the_place() {
    let plan = Plan {
        limits: Limits {
            body: 4_096,
            ..Limits::default()
        },
        ..Plan::default()
    };
    let world = plan.build();

    let big = format!(r#"{{"email":"{}"}}"#, "a".repeat(5_000));
    let answer = world.call(json("POST", "/v1/customers", &big)).await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));

    let deep = format!(r#"{{"name":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let answer = world.call(json("POST", "/v1/customers", &deep)).await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));
    let pointer = answer.json()["errors"][0]["pointer"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(pointer.starts_with("/name/0/0"), "{pointer}");
}
