//! What is told of values that do not get through: once, at their own place, and with their number.

use serde_json::{Value, json as value};

use crate::support::{Answer, Scripted, json, with, xml};
use crate::translated::{CONTACT, CUSTOMER, shipped};

const CUSTOMERS: &str = "/v1/customers";
const BILLING: &str = "/v1/customers/blue:340/contacts/billing";

async fn call(script: Vec<Scripted>, method: &str, path: &str, body: &Value) -> Answer {
    let call = json(method, path, &body.to_string());
    shipped(script)
        .call(with(call, "interlingua-upstream", "blue"))
        .await
}

async fn strict(script: Vec<Scripted>, method: &str, path: &str, body: &Value) -> Answer {
    let call = json(method, path, &body.to_string());
    let call = with(call, "interlingua-upstream", "blue");
    shipped(script)
        .call(with(call, "prefer", "handling=strict"))
        .await
}

/// Code and place of each of a list of faults or warnings.
fn told(list: &Value) -> Vec<(&str, &str)> {
    let all = list.as_array().into_iter().flatten();
    all.map(|one| {
        let place = one["pointer"].as_str().or(one["parameter"].as_str());
        (one["code"].as_str().unwrap_or(""), place.unwrap_or(""))
    })
    .collect()
}

fn applied(answer: &Answer) -> &str {
    let applied = answer.headers.get("preference-applied");
    applied.map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn what_stays_of_a_cleared_object_is_lost() {
    let patch = value!({ "login": null });
    let expected = [("residue", "/login/password")];

    let lenient = call(
        vec![xml(200, CONTACT), xml(200, CONTACT)],
        "PATCH",
        BILLING,
        &patch,
    )
    .await;
    assert_eq!(lenient.status, 200, "{}", lenient.text);
    assert_eq!(told(&lenient.json()["warnings"]), expected);

    let refused = strict(vec![xml(200, CONTACT)], "PATCH", BILLING, &patch).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.json()["code"], "would-lose");
    assert_eq!(told(&refused.json()["errors"]), expected);

    // What is said anew, or not at all, leaves nothing behind.
    for patch in [
        value!({ "login": { "username": null } }),
        value!({ "login": {} }),
        value!({ "name": null }),
    ] {
        let answer = strict(
            vec![xml(200, CONTACT), xml(200, CONTACT)],
            "PATCH",
            BILLING,
            &patch,
        )
        .await;
        assert_eq!(answer.status, 200, "{patch}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_stays_of_an_item_that_goes_is_lost_where_it_is_there() {
    let billing = |members: Value| {
        let mut contact = value!({ "role": "billing", "name": { "first": "Bill" } });
        contact
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        value!({ "contacts": [contact] })
    };
    let nameless = CUSTOMER.replace("<username>bill0004</username>\n", "");
    assert_ne!(nameless, CUSTOMER);
    for (patch, stored, place) in [
        (
            billing(value!({ "login": { "username": "bill0004" } })),
            CUSTOMER,
            None,
        ),
        (
            billing(value!({})),
            CUSTOMER,
            Some("/contacts/0/login/password"),
        ),
        (billing(value!({})), &nameless, None),
        (value!({ "contacts": [] }), CUSTOMER, Some("/contacts")),
        (value!({ "contacts": null }), CUSTOMER, Some("/contacts")),
        (
            value!({ "contacts": [{ "role": "sales", "name": { "first": "S" } }] }),
            CUSTOMER,
            Some("/contacts"),
        ),
        (value!({ "contacts": [] }), &nameless, None),
        (value!({ "reference": "contacts" }), CUSTOMER, None),
    ] {
        let path = "/v1/customers/blue:340";
        let answer = call(
            vec![xml(200, stored), xml(200, stored)],
            "PATCH",
            path,
            &patch,
        )
        .await;
        assert_eq!(answer.status, 200, "{patch}: {}", answer.text);
        let document = answer.json();
        let warnings = told(&document["warnings"]);
        let expected: Vec<_> = place.map(|place| ("residue", place)).into_iter().collect();
        assert_eq!(warnings, expected, "{patch}");
    }
}

#[tokio::test]
async fn what_is_refused_is_not_missing_as_well() {
    let contact = |members: Value| {
        let mut contact = value!({ "role": "billing" });
        contact
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        value!({ "reference": "x", "contacts": [contact] })
    };
    let address = value!({ "addresses": [{ "use": "postal", "country": "QQ" }] });
    for (members, place) in [
        (address, "/contacts/0/addresses/0/country"),
        (
            value!({ "phones": [{ "type": "work", "number": "2025550123" }] }),
            "/contacts/0/phones/0/number",
        ),
    ] {
        let answer = call(Vec::new(), "POST", CUSTOMERS, &contact(members)).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(told(&answer.json()["errors"]), [("invalid-input", place)]);
    }
    let nothing = call(Vec::new(), "POST", CUSTOMERS, &contact(value!({}))).await;
    assert_eq!(
        told(&nothing.json()["errors"]),
        [("missing-input", "/contacts")]
    );
}

#[tokio::test]
async fn the_last_warning_tells_how_many_more_there_are() {
    let attributes = |count: usize| {
        let named = (0..count).map(|n| (format!("a{n}"), value!("x")));
        value!({ "reference": "bj444", "attributes": named.collect::<serde_json::Map<_, _>>() })
    };
    for (count, more) in [(256, None), (257, Some(1)), (300, Some(44))] {
        let script = vec![xml(200, CUSTOMER), xml(200, CUSTOMER)];
        let path = "/v1/customers/blue:340";
        let answer = call(script, "PATCH", path, &attributes(count)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let document = answer.json();
        let warnings = document["warnings"].as_array().unwrap();
        let last = warnings.last().unwrap();
        match more {
            None => assert_eq!((warnings.len(), &last["count"]), (256, &Value::Null)),
            Some(more) => {
                assert_eq!(warnings.len(), 257);
                assert_eq!(
                    (&last["code"], &last["count"]),
                    (&value!("more-lost"), &value!(more))
                );
            }
        }
    }
}

#[tokio::test]
async fn a_value_of_an_answer_that_is_none_of_the_models_is_told() {
    let broken = CUSTOMER.replace("<locale>en_US</locale>", "<locale>english</locale>");
    assert_ne!(broken, CUSTOMER);
    let path = "/v1/customers/blue:340";
    for prefer in ["handling=lenient", "handling=strict"] {
        let world = shipped([xml(200, &broken), xml(200, CUSTOMER)]);
        let read = || with(json("GET", path, ""), "prefer", prefer);
        let answer = world.call(read()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let document = answer.json();
        assert_eq!(document["language"], Value::Null);
        assert_eq!(told(&document["warnings"]), [("invalid", "")]);
        assert_eq!(document["warnings"][0]["count"], 1);
        // The answer lacks something: that is not what strict handling promises.
        assert_eq!(applied(&answer), "");

        let whole = world.call(read()).await;
        assert_eq!(whole.json()["warnings"], Value::Null);
        let kept = if prefer.ends_with("strict") {
            prefer
        } else {
            ""
        };
        assert_eq!(applied(&whole), kept);
    }
}

#[tokio::test]
async fn an_empty_element_that_is_not_read_is_shown_at_its_place() {
    let path = "/v1/customers/blue:340?include=native";
    for (full, empty, place) in [
        ("<locale>en_US</locale>", "<locale/>", "/locale"),
        ("<locale>en_US</locale>", "<locale></locale>", "/locale"),
        (
            "<state>IL</state>",
            "<state/>",
            "/billingContact/address/state",
        ),
    ] {
        let stored = CUSTOMER.replace(full, empty);
        assert_ne!(stored, CUSTOMER);
        let world = shipped((0..4).map(|_| xml(200, &stored)));
        // Later ones are read by what is known of the first.
        for _ in 0..4 {
            let answer = world.get(path).await;
            let document = answer.json();
            assert_eq!(document["native"], value!({ place: "" }), "{}", answer.text);
            assert_eq!(told(&document["warnings"]), [("invalid", "")]);
        }
    }
}

#[tokio::test]
async fn what_is_created_without_a_key_is_found_by_its_reference() {
    let create = value!({ "reference": "a/b 1", "contacts": [{ "role": "billing", "name": { "first": "A" } }] });
    let keyless = CUSTOMER
        .replace(" id=\"340\"", "")
        .replace("<extCustomerRef>bj444</extCustomerRef>", "");
    let named = CUSTOMER.replace(" id=\"340\"", "");
    for (answer, location) in [
        (&*keyless, "/v1/customers/blue:ref:a%2Fb%201"),
        (&named, "/v1/customers/blue:ref:bj444"),
        (CUSTOMER, "/v1/customers/blue:340"),
    ] {
        let answer = call(vec![xml(201, answer)], "POST", CUSTOMERS, &create).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        assert_eq!(answer.header("location"), location);
    }
}

#[tokio::test]
async fn a_problem_under_the_status_of_a_success_is_no_resource() {
    let problem = r#"{"id":"1","title":"no"}"#;
    let answer = Scripted::Answer(
        200,
        &[("content-type", "application/problem+json")],
        problem.to_owned(),
    );
    let answer = shipped([answer]).get("/v1/billing-accounts/green:1").await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert_eq!(answer.json()["code"], "upstream-content-type");
}

#[tokio::test]
async fn what_no_rule_names_stays_of_a_cleared_object_that_needs_nothing() {
    let stored = CONTACT.replace("<city>", "<county>Q</county><city>");
    assert_ne!(stored, CONTACT);
    let world = shipped([xml(200, &stored), xml(200, CONTACT)]);
    let patch = json("PATCH", BILLING, r#"{"addresses":null}"#);
    let answer = world.call(with(patch, "prefer", "handling=strict")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["warnings"], Value::Null, "{}", answer.text);
    let sent = world.wire.last().body().clone();
    let sent: String = std::str::from_utf8(&sent)
        .unwrap()
        .split_whitespace()
        .collect();
    assert!(
        sent.contains("<address><county>Q</county></address>"),
        "{sent}"
    );
}

#[tokio::test]
async fn what_no_rule_names_goes_with_a_cleared_object_that_needs_what_is_cleared() {
    let stored = CUSTOMER.replace(
        "<currency id=\"USD\"/>",
        "<currency id=\"USD\" since=\"2010\"/>",
    );
    assert_ne!(stored, CUSTOMER);
    let path = "/v1/customers/blue:340";
    let patch = value!({ "currency": null });
    let expected = [("residue", "/currency")];

    let refused = strict(vec![xml(200, &stored)], "PATCH", path, &patch).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(told(&refused.json()["errors"]), expected);

    let lenient = call(
        vec![xml(200, &stored), xml(200, CUSTOMER)],
        "PATCH",
        path,
        &patch,
    )
    .await;
    assert_eq!(lenient.status, 200, "{}", lenient.text);
    assert_eq!(told(&lenient.json()["warnings"]), expected);
}

#[tokio::test]
async fn a_search_for_blanks_alone_is_refused() {
    for text in ["", " ", "  \t\n"] {
        let search = value!({ "text": text });
        let answer = call(Vec::new(), "POST", "/v1/customers/search", &search).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(
            told(&answer.json()["errors"])[0],
            ("invalid-input", "/text")
        );
    }
    for part in ["full", "first", "middle", "last"] {
        let search = value!({ "name": { part: " \t" }, "birthDate": "1980-02-29" });
        let answer = call(Vec::new(), "POST", "/v1/customers/search", &search).await;
        let at = format!("/name/{part}");
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(told(&answer.json()["errors"]), [("invalid-input", &*at)]);
    }
    let world = shipped([]);
    let list = json("GET", "/v1/billing-accounts?locationId=%20%20", "");
    let answer = world
        .call(with(list, "interlingua-upstream", "green"))
        .await;
    assert_eq!(
        answer.json()["errors"][0]["parameter"],
        "locationId",
        "{}",
        answer.text
    );
    assert!(world.wire.sent().is_empty());
}
