//! The gateway over a shipped mapping, compiled, with the upstream's documents on the wire.

use std::sync::{Arc, LazyLock};

use interlingua::gateway::UpstreamSetup;
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::Upstream;

use crate::support::{Plan, Scripted, Wire, World, get, json, with, xml};
use crate::tree;

pub(crate) const CUSTOMER: &str =
    include_str!("../../mappings/blubilling/cases/getCustomer/by-reference/native.xml");
pub(crate) const CONTACT: &str =
    include_str!("../../mappings/blubilling/cases/updateContact/new-phone/base.xml");

static WHOLE: LazyLock<Catalog> = LazyLock::new(|| {
    Catalog::load(tree::files(&[
        ("schemas", "schemas"),
        ("mappings", "mappings"),
    ]))
    .0
});

fn upstream(mapping: &str, name: &str, settings: &[(&str, &str)]) -> Arc<Upstream> {
    let set = &WHOLE.mappings[mapping];
    let settings = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect();
    let auth = set
        .sandbox
        .as_ref()
        .and_then(|sandbox| sandbox.auth.as_ref());
    Arc::new(Upstream::compile(&WHOLE, mapping, name, &settings, auth).unwrap())
}

static BLUE: LazyLock<Arc<Upstream>> = LazyLock::new(|| {
    let settings = [("base-url", "http://127.0.0.1:8101/api/")];
    upstream("blubilling", "blue", &settings)
});

static GREEN: LazyLock<Arc<Upstream>> = LazyLock::new(|| {
    let settings = [
        ("base-url", "http://127.0.0.1:8105"),
        ("country", "PR"),
        ("client-id", "client"),
        ("client-secret", "secret"),
    ];
    upstream("dxp-ux", "green", &settings)
});

/// A gateway before both shipped mappings: `blue` speaks XML, `green` JSON.
pub(crate) fn shipped(script: impl IntoIterator<Item = Scripted>) -> World {
    shipped_by(Plan {
        wire: Wire::answering(script),
        ..Plan::default()
    })
}

/// The same with what else a plan says.
pub(crate) fn shipped_by(plan: Plan) -> World {
    plan.build_with(|client| {
        let setup = |upstream: &Arc<Upstream>| {
            UpstreamSetup::new(Arc::clone(upstream), client.clone(), serde_json::json!({}))
        };
        vec![setup(&BLUE), setup(&GREEN)]
    })
}

fn world(answers: &[&str]) -> World {
    shipped(answers.iter().map(|body| xml(200, body)))
}

#[tokio::test]
async fn a_customer_is_read_by_reference() {
    let world = world(&[CUSTOMER]);

    let answer = world.get("/v1/customers/blue:ref:bj444").await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let customer = answer.json();
    assert_eq!(customer["id"], "blue:340");
    assert_eq!(customer["name"]["full"], "Bill Joseph");
    assert_eq!(
        (&customer["language"], &customer["currency"]),
        (&"en-US".into(), &"USD".into())
    );
    let billing = &customer["contacts"][0];
    assert_eq!(billing["addresses"][0]["country"], "US");
    assert_eq!(billing["email"], "Bill@bmontgomery.com");
    assert_eq!(
        world.wire.sent(),
        ["GET /api/rest/customer?format=xml&extCustomerRef=bj444"]
    );
    assert_eq!(answer.header("etag").len(), 34);
}

#[tokio::test]
async fn a_patch_reads_first_and_changes_one_element() {
    let world = world(&[CONTACT, CONTACT, CONTACT]);
    let path = "/v1/customers/blue:340/contacts/billing";
    let tag = world.get(path).await.header("etag").to_owned();
    let patch = json("PATCH", path, r#"{"email":"new@bmontgomery.com"}"#);

    let answer = world.call(with(patch, "if-match", &tag)).await;

    assert!(answer.status.is_success(), "{}", answer.text);
    let sent = world.wire.last().body().clone();
    let sent = std::str::from_utf8(&sent).unwrap();
    let differing: Vec<_> = CONTACT
        .lines()
        .filter(|line| !sent.contains(line.trim()))
        .collect();
    assert_eq!(differing.len(), 1, "{differing:?}\n{sent}");
    assert!(sent.contains("new@bmontgomery.com"));
}

#[tokio::test]
async fn a_character_that_xml_cannot_hold_is_refused_with_its_place() {
    let world = world(&[]);
    let create = json("POST", "/v1/customers", r#"{"name":{"full":"Bill\u0001"}}"#);

    let answer = world
        .call(with(create, "interlingua-upstream", "blue"))
        .await;

    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(
        answer.json()["errors"][0]["pointer"],
        "/name/full",
        "{}",
        answer.text
    );
    assert_eq!(world.wire.sent(), Vec::<String>::new());
}

#[tokio::test]
async fn broken_answers_are_502_and_the_next_call_works() {
    let cut = &CUSTOMER[..CUSTOMER.len() / 2];
    let wrong = CUSTOMER.replace("<status>Active</status>", "<status/><status/>");
    let world = world(&[cut, "<html><body>SECRET</body></html>", &wrong, CUSTOMER]);
    for _ in 0..3 {
        let answer = world.call(get("/v1/customers/blue:340")).await;
        assert_eq!(answer.status, 502, "{}", answer.text);
        assert!(
            !answer.text.contains("SECRET") && !answer.text.contains("Bill"),
            "{}",
            answer.text
        );
    }
    assert_eq!(world.get("/v1/customers/blue:340").await.status, 200);
}

#[tokio::test]
async fn what_the_model_lacks_is_told_on_request_and_without_what_needs_care() {
    let odd = "<odd kind=\"k1\">Jane Roe</odd></customer>";
    let customer = CUSTOMER.replace("</customer>", odd);
    let world = world(&[&customer, &customer]);
    let path = "/v1/customers/blue:ref:bj444";

    let plain = world.get(path).await;
    assert_eq!(plain.json().get("native"), None, "{}", plain.text);
    let answer = world.get(&format!("{path}?include=native")).await;

    assert_eq!(answer.status, 200, "{}", answer.text);
    let native = &answer.json()["native"];
    assert_eq!(native["/odd"], "[redacted]", "{native}");
    assert!(
        !answer.text.contains("Jane Roe") && !answer.text.contains("k1"),
        "{native}"
    );
    assert_eq!(answer.header("etag"), plain.header("etag"));
}

#[tokio::test]
async fn a_place_that_needs_no_care_is_told_with_its_value() {
    const ACCOUNT: &str = r#"{"id":"30001","@type":"BillingAccount","characteristic":[{"name":"LocationId","value":"7","valueType":"string"}]}"#;
    let headers = &[("content-type", "application/json")];
    let world = shipped([Scripted::Answer(200, headers, ACCOUNT.to_owned())]);
    let answer = world
        .get("/v1/billing-accounts/green:8211990010009223?include=native")
        .await;
    let native = &answer.json()["native"];
    let expected = serde_json::json!({ "/characteristic/0/valueType": "string" });
    assert_eq!(*native, expected, "{}", answer.text);
}

#[tokio::test]
async fn only_the_native_rest_can_be_included() {
    let world = world(&[]);
    for query in ["include=all", "include=native&include=native"] {
        let answer = world.get(&format!("/v1/customers/blue:340?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert_eq!(answer.json()["errors"][0]["parameter"], "include");
    }
    let path = "/v1/customers/blue:340?include=native";
    let refused = world.call(json("DELETE", path, "")).await;
    assert_eq!(refused.problem(), (422, "unknown-field".to_owned()));
}

/// What was made stays made where the answer does not name it: the caller is told of which it does not know the id.
#[tokio::test]
async fn what_was_made_without_an_id_is_told() {
    let made = "<addCustomerAndOrderResponse><customer><extCustomerRef>c1</extCustomerRef></customer>\
        <subscriptionOrder id=\"xyz\"/></addCustomerAndOrderResponse>";
    let world = world(&[
        made,
        "<customer><extCustomerRef>c1</extCustomerRef></customer>",
    ]);
    let customer = r#"{"reference":"c1","name":{"full":"Ann"},"contacts":[{"role":"billing","name":{"first":"Ann"}}]}"#;
    let both = format!(
        r#"{{"customer":{customer},"orders":[{{"content":{{"a":"1"}}}},{{"content":{{"a":"2"}}}}]}}"#
    );
    let create =
        |path: &str, body: &str| with(json("POST", path, body), "interlingua-upstream", "blue");

    let orders = world.call(create("/v1/customers/with-orders", &both)).await;
    let alone = world.call(create("/v1/customers", customer)).await;

    assert_eq!(
        (orders.status, alone.status),
        (200.try_into().unwrap(), 201.try_into().unwrap())
    );
    let told = |answer: &serde_json::Value| {
        let warnings = answer["warnings"].as_array().unwrap().iter();
        let pairs = warnings.map(|told| (told["code"].clone(), told["pointer"].clone()));
        pairs.collect::<Vec<_>>()
    };
    let orders = orders.json();
    assert_eq!(orders["orders"][0]["id"], "blue:xyz", "{orders}");
    assert_eq!(orders["customer"]["reference"], "c1", "{orders}");
    assert_eq!(
        told(&orders),
        [
            ("no-id".into(), "/customer".into()),
            ("no-id".into(), "/orders/1".into())
        ]
    );
    assert_eq!(
        told(&alone.json()),
        [("no-id".into(), serde_json::Value::Null)]
    );
    assert_eq!(alone.header("location"), "/v1/customers/blue:ref:c1");
}
