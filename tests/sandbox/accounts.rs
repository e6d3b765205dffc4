//! Billing accounts in JSON.

use super::Caller;

const BY_ID: &str = "/PR/billingAccount/8211990010009223";
const BY_LOCATION: &str = "/PR/billingAccount?locationId=00917192001084";

fn caller() -> Caller {
    let headers = [
        ("client_id", "demo-client"),
        ("client_secret", "demo-dxp-ux"),
        ("channeId", "APP"),
        ("Correlation-ID", "correlation-id-0001"),
        ("lob", "FIXED"),
    ];
    Caller::new("dxp-ux", &headers, "application/json")
}

#[test]
fn an_account_is_answered_as_it_was_written() {
    let mut caller = caller();
    let response = caller.call("GET", BY_ID, "");
    let body = String::from_utf8(response.body).unwrap();

    assert_eq!(
        (response.status, response.content_type.as_deref()),
        (200, Some("application/json"))
    );
    for kept in [
        "\"value\": -135.33\n",
        "\"value\": 0.00\n",
        "\"2023-01-07T00:00:00.000Z\"",
        "\"CreditScore\"",
    ] {
        assert!(body.contains(kept), "{kept} in {body}");
    }
    assert_eq!(
        response.headers,
        [("correlation-id".into(), b"correlation-id-0001".to_vec())]
    );
}

#[test]
fn accounts_are_found_by_place_and_by_service() {
    let mut caller = caller();
    let mut ids = |target: &str| {
        let (status, body) = caller.text("GET", target, "");
        assert_eq!(status, 200, "{target}");
        body.matches("\"@type\":\"BillingAccount\"").count()
    };
    assert_eq!(ids("/PR/billingAccount?locationId=917000000385"), 2);
    assert_eq!(
        ids("/PR/billingAccount?locationId=917000000385&balanceCheck=true"),
        2
    );
    assert_eq!(
        ids("/PR/billingAccount?characteristic.name=ServiceId&characteristic.value=S-20419"),
        1
    );
    assert_eq!(
        ids("/PR/billingAccount?characteristic.name=ServiceId&characteristic.value=none"),
        0
    );
}

#[test]
fn an_address_is_changed_in_place() {
    let mut caller = caller();
    let sent = r#"{"contact":[{"contactMedium":[{"mediumType":"Address","characteristic":{"contactType":"BillingAddress","city":"PONCE","stateOrProvince":"PR"}}]}]}"#;
    assert_eq!(caller.text("PATCH", BY_ID, sent), (200, String::new()));

    let (_, body) = caller.text("GET", BY_ID, "");
    assert!(
        body.contains("PONCE") && !body.contains("SAN JUAN"),
        "{body}"
    );
    assert!(
        body.contains("\"CreditScore\"") && body.contains("-135.33"),
        "{body}"
    );
    // The request has no place for these: it did not say that they go.
    for kept in [
        "7879257001",
        "9059334010",
        "contactName",
        "\"preferred\": true",
    ] {
        assert!(body.contains(kept), "{kept} in {body}");
    }
    assert!(
        !body.contains("APT 8"),
        "a line that it has a place for is gone: {body}"
    );
}

#[test]
fn every_part_of_the_agreement_is_checked() {
    for (name, value, status) in [
        ("client_secret", "wrong", 401),
        ("channeId", "OTHER", 400),
        ("Correlation-ID", "short", 400),
    ] {
        let mut headers = vec![
            ("client_id", "demo-client"),
            ("client_secret", "demo-dxp-ux"),
            ("channeId", "APP"),
            ("Correlation-ID", "correlation-id-0001"),
            ("lob", "FIXED"),
        ];
        for header in headers.iter_mut().filter(|(other, _)| *other == name) {
            header.1 = value;
        }
        let mut caller = Caller::new("dxp-ux", &headers, "application/json");
        assert_eq!(caller.call("GET", BY_ID, "").status, status, "{name}");
    }
    assert_eq!(
        caller()
            .call("GET", "/PA/billingAccount/8211990010009223", "")
            .status,
        404,
        "another country"
    );
    assert_eq!(caller().call("GET", "/PR/billingAccount/1", "").status, 404);
}

#[test]
fn a_header_that_is_missing_or_wrong_is_named() {
    for (name, value, reason) in [
        ("channeId", None, "channeId is required"),
        ("channeId", Some("OTHER"), "channeId is not valid"),
        ("lob", Some("OTHER"), "lob is not valid"),
        (
            "Correlation-ID",
            Some("short"),
            "Correlation-ID is not valid",
        ),
    ] {
        let headers = [
            ("client_id", "demo-client"),
            ("client_secret", "demo-dxp-ux"),
            ("channeId", "APP"),
            ("Correlation-ID", "correlation-id-0001"),
            ("lob", "FIXED"),
        ];
        let headers: Vec<_> = headers
            .into_iter()
            .filter_map(|(other, own)| match (other == name, value) {
                (true, value) => Some((other, value?)),
                (false, _) => Some((other, own)),
            })
            .collect();
        for path in [BY_ID, BY_LOCATION] {
            let mut caller = Caller::new("dxp-ux", &headers, "application/json");
            let (status, body) = caller.text("GET", path, "");
            assert_eq!(status, 400, "{name}");
            assert!(body.contains(&format!("\"reason\":\"{reason}\"")), "{body}");
        }
    }
}

#[test]
fn the_line_of_business_may_be_left_out() {
    let headers = [
        ("client_id", "demo-client"),
        ("client_secret", "demo-dxp-ux"),
        ("channeId", "APP"),
    ];
    for path in [BY_ID, BY_LOCATION] {
        let mut caller = Caller::new("dxp-ux", &headers, "application/json");
        assert_eq!(caller.call("GET", path, "").status, 200, "{path}");
    }
    // Of lists one is expected.
    let headers = [headers.as_slice(), &[("lob", "PREPAID")]].concat();
    let mut caller = Caller::new("dxp-ux", &headers, "application/json");
    assert_eq!(caller.call("GET", BY_ID, "").status, 200);
    let (status, body) = caller.text("GET", BY_LOCATION, "");
    assert_eq!(status, 400);
    assert!(body.contains("lob is not valid"), "{body}");
}

/// Several calls have one path: the complaint is of the one that the request is nearest to.
#[test]
fn a_request_that_is_not_whole_is_told_what_its_own_call_lacks() {
    for (query, lacks) in [
        ("", "locationId"),
        ("?characteristic.name=ServiceId", "characteristic.value"),
    ] {
        let (status, body) = caller().text("GET", &format!("/PR/billingAccount{query}"), "");
        assert_eq!(status, 400, "{query}");
        let reason = format!("\"reason\":\"{lacks} is required\"");
        assert!(body.contains(&reason), "{query}: {body}");
    }
}

/// An upstream that answers one account, and not a list of them, has no answer for a card of nobody.
#[test]
fn a_search_that_is_answered_with_one_finds_nobody() {
    let mut stranger = Caller::new("flexiti", &[], "application/x-www-form-urlencoded");
    let form = "grant_type=client_credentials&client_id=flexitidemo&client_secret=demo-flexiti&scope=merchant";
    let (status, issued) = stranger.text("POST", "/v2.5/oauth/token", form);
    assert_eq!(status, 200, "{issued}");
    let token = issued.split("\"access_token\":\"").nth(1).unwrap();
    let bearer = format!("Bearer {}", token.split('"').next().unwrap());
    let by_card =
        |number: &str| format!("/v2.5/client-id/flexitidemo/customers/lookup?vcc_number={number}");
    let mut caller = stranger.holding("Authorization", bearer);
    for (number, expected) in [("4111111111111111", 200), ("4539578763621486", 404)] {
        let (status, body) = caller.text("GET", &by_card(number), "");
        assert_eq!(status, expected, "{body}");
    }
}
