//! Whole numbers in other spellings than their digits, in both directions.

use serde_json::Value;

use crate::complaints;
use crate::support::{json, xml};
use crate::translated::{CUSTOMER, shipped};

const PATH: &str = "/v1/customers/blue:340";

fn terms(lexeme: &str) -> String {
    format!(r#"{{"paymentTerms":{{"value":{lexeme},"unit":"day"}}}}"#)
}

/// The stored customer with another text in the place of its number of days.
fn stored(lexeme: &str) -> String {
    let element = |text: &str| format!("<paymentTermsValue>{text}</paymentTermsValue>");
    let stored = CUSTOMER.replace(&element("30"), &element(lexeme));
    assert!(stored.contains(&element(lexeme)));
    stored
}

/// What an update sends of a stored customer that it does not change: its key and status are none of an update's.
fn unchanged(stored: &str) -> String {
    let sent = stored.replace(" id=\"340\"", "");
    sent.replace("\n<status>Active</status>", "")
}

/// What is sent for a patch of the terms, or the code and place of its refusal.
async fn put(lexeme: &str, base: &str) -> Result<String, (Value, Value)> {
    let world = shipped([xml(200, base), xml(200, CUSTOMER)]);
    let answer = world.call(json("PATCH", PATH, &terms(lexeme))).await;
    let document = answer.json();
    if answer.status == 422 {
        let fault = &document["errors"][0];
        return Err((fault["code"].clone(), fault["pointer"].clone()));
    }
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(document["warnings"], Value::Null, "{}", answer.text);
    let sent = world.wire.last().body().clone();
    Ok(String::from_utf8(sent.to_vec()).unwrap())
}

#[tokio::test]
async fn a_whole_number_is_sent_in_its_digits() {
    for (lexeme, digits) in [
        ("1e2", "100"),
        ("31.0", "31"),
        ("-0", "0"),
        ("0.0e9", "0"),
        ("70e-1", "7"),
        ("1E+3", "1000"),
    ] {
        let sent = put(lexeme, CUSTOMER).await.unwrap();
        assert_eq!(sent, unchanged(&stored(digits)), "{lexeme}");
    }
}

#[tokio::test]
async fn an_equal_number_changes_no_byte_of_what_is_stored() {
    for (lexeme, base) in [
        ("30.0", "30"),
        ("3e1", "30"),
        ("30", "30.0"),
        ("30.00", "3e1"),
        ("0", "-0"),
    ] {
        let base = stored(base);
        assert_eq!(
            put(lexeme, &base).await.unwrap(),
            unchanged(&base),
            "{lexeme}"
        );
    }
}

#[tokio::test]
async fn what_is_no_whole_number_or_endless_is_refused_at_its_place() {
    for lexeme in ["1.5", "1e-1", "1e999999999", "-1e0"] {
        let (code, pointer) = put(lexeme, CUSTOMER).await.unwrap_err();
        assert_eq!(
            (&code, &pointer),
            (&"invalid-input".into(), &"/paymentTerms/value".into()),
            "{lexeme}"
        );
    }
}

/// An amount that a converter makes with its currency is exact in every spelling of a number, too.
#[tokio::test]
async fn an_amount_is_read_in_its_digits() {
    for (lexeme, amount) in [("1e2", "100"), ("1.005E+2", "100.5"), ("100.00", "100.00")] {
        let account = format!(r#"{{"account_number":"5","available_credit":{lexeme}}}"#);
        let world = complaints::world("flexiti", &[(200, complaints::JSON, &account)]);
        let path = "/v1/billing-accounts/flexiti:5";
        let answer = world
            .call(complaints::asked("flexiti", "GET", path, ""))
            .await;
        assert_eq!(answer.status, 200, "{lexeme}: {}", answer.text);
        let read = answer.json()["availableCredit"].clone();
        assert_eq!(
            read,
            serde_json::json!({ "amount": amount, "currency": "CAD" }),
            "{lexeme}"
        );
    }
}

#[tokio::test]
async fn a_whole_number_is_read_in_its_digits() {
    for (lexeme, digits) in [("1e2", "100"), ("30.0", "30"), ("-0", "0")] {
        let answer = shipped([xml(200, &stored(lexeme))]).get(PATH).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let told = format!(r#""paymentTerms":{{"value":{digits},"#);
        assert!(answer.text.contains(&told), "{}", answer.text);
    }
    for lexeme in ["1.5", "1e999999999"] {
        let answer = shipped([xml(200, &stored(lexeme))]).get(PATH).await;
        assert_eq!(answer.status, 502, "{lexeme}: {}", answer.text);
        assert_eq!(answer.json()["code"], "upstream-invalid", "{lexeme}");
    }
}

/// Documents that fit what is known of earlier ones are read in another way.
#[tokio::test]
async fn the_spelling_of_one_document_is_not_that_of_the_next() {
    let spellings = ["30", "30", "30", "31.0", "32", "3e1", "30", "1e2"];
    let world = shipped(spellings.map(|lexeme| xml(200, &stored(lexeme))));
    let digits = ["30", "30", "30", "31", "32", "30", "30", "100"];
    for (lexeme, digits) in spellings.into_iter().zip(digits) {
        let answer = world.get(PATH).await;
        let told = format!(r#""paymentTerms":{{"value":{digits},"#);
        assert!(answer.text.contains(&told), "{lexeme}: {}", answer.text);
    }
}
