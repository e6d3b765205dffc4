//! JSON to canonical JSON over `serde_json::Value`, as a script or template would do it.

use serde_json::{Map, Value, json};

use super::push_phone;

/// Translates one account.
pub(crate) fn account(input: &[u8], out: &mut Vec<u8>) {
    let account: Value = serde_json::from_slice(input).unwrap();
    serde_json::to_writer(out, &canonical(&account)).unwrap();
}

/// Translates a list of accounts.
pub(crate) fn accounts(input: &[u8], out: &mut Vec<u8>) {
    let accounts: Vec<Value> = serde_json::from_slice(input).unwrap();
    let items: Vec<Value> = accounts.iter().map(canonical).collect();
    serde_json::to_writer(out, &json!({ "items": items })).unwrap();
}

fn canonical(account: &Value) -> Value {
    let text = |name: &str| account[name].as_str();
    let characteristic = |name: &str| {
        let found = items(&account["characteristic"]).iter().find(|found| {
            found["name"]
                .as_str()
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
        });
        found.and_then(|found| found["value"].as_str())
    };
    let enabled = matches!(
        account["paymentPlan"][0]["planType"].as_str(),
        Some("Auto Pay Enable" | "AutoPay Enable")
    );
    without_nulls(json!({
        "id": format!("dxp-ux:{}", text("id").unwrap_or_default()),
        "number": text("id"),
        "name": text("name"),
        "type": account_type(text("accountType")),
        "nativeType": text("accountType"),
        "status": account_status(text("state")),
        "nativeStatus": text("state"),
        "paymentStatus": payment_status(text("paymentStatus")),
        "nativePaymentStatus": text("paymentStatus"),
        "autopay": {
            "enabled": enabled,
            "date": characteristic("autoPayDate").and_then(|date| date.get(..10)),
            "day": characteristic("DebitDay"),
        },
        "balances": items(&account["accountBalance"]).iter().map(balance).collect::<Vec<_>>(),
        "creditLimit": money(&account["creditLimit"]),
        "creditScore": characteristic("CreditScore"),
        "locationId": characteristic("LocationId"),
        "contacts": items(&account["contact"]).iter().map(contact).collect::<Vec<_>>(),
        "parties": items(&account["relatedParty"]).iter().map(party).collect::<Vec<_>>(),
    }))
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn balance(balance: &Value) -> Value {
    let native = balance["balanceType"].as_str().unwrap_or_default();
    without_nulls(json!({
        "type": balance_type(native),
        "nativeType": native,
        "amount": money(&balance["amount"]),
        "from": balance["validFor"]["startDateTime"],
        "to": balance["validFor"]["endDateTime"],
    }))
}

fn money(money: &Value) -> Value {
    let Some(value) = money["value"].as_f64() else {
        return Value::Null;
    };
    json!({ "amount": format!("{value:.2}"), "currency": money["unit"] })
}

fn contact(contact: &Value) -> Value {
    let (mut phones, mut addresses) = (Vec::new(), Vec::new());
    for medium in items(&contact["contactMedium"]) {
        let found = &medium["characteristic"];
        let native = found["contactType"].as_str().unwrap_or_default();
        if medium["mediumType"] == "Address" {
            addresses.push(without_nulls(json!({
                "use": address_use(native),
                "nativeUse": native,
                "line1": found["street1"],
                "line2": found["street2"],
                "city": found["city"],
                "region": found["stateOrProvince"],
                "postalCode": found["postCode"].as_str().map(post_code),
                "country": "PR",
                "default": medium["preferred"],
            })));
        } else {
            let mut number = Vec::new();
            push_phone(
                &mut number,
                found["phoneNumber"].as_str().unwrap_or_default().as_bytes(),
            );
            phones.push(without_nulls(json!({
                "type": phone_type(native),
                "nativeType": native,
                "number": String::from_utf8(number).unwrap(),
                "preferred": medium["preferred"],
            })));
        }
    }
    json!({
        "role": "account",
        "name": { "full": contact["contactName"] },
        "phones": phones,
        "addresses": addresses,
    })
}

fn party(party: &Value) -> Value {
    json!({
        "id": format!("dxp-ux:{}", party["id"].as_str().unwrap_or_default()),
        "name": party["name"],
        "role": party["role"],
        "kind": party["@referredType"],
    })
}

fn without_nulls(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    Value::Object(
        members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect::<Map<_, _>>(),
    )
}

pub(super) fn account_type(native: Option<&str>) -> &'static str {
    match native {
        Some("RES") => "residential",
        Some("BUS") => "business",
        _ => "unknown",
    }
}

pub(super) fn account_status(native: Option<&str>) -> &'static str {
    match native {
        Some("NORMAL") => "active",
        _ => "unknown",
    }
}

pub(super) fn payment_status(native: Option<&str>) -> &'static str {
    match native {
        Some("" | "NORMAL") => "normal",
        Some("S") => "suspended",
        Some("B") => "below-minimum",
        Some("D") => "debit-error",
        Some("E" | "P") => "prenote-error",
        Some("G") => "debit-sent",
        Some("W") => "waiting",
        _ => "unknown",
    }
}

pub(super) fn balance_type(native: &str) -> &'static str {
    match native {
        "AccountBalance" => "account",
        "DelinquentBalance" => "delinquent",
        _ => "other",
    }
}

pub(super) fn address_use(native: &str) -> &'static str {
    match native {
        "BillingAddress" => "billing",
        "ServiceAddress" => "service",
        "HomeAddress" => "home",
        _ => "other",
    }
}

pub(super) fn phone_type(native: &str) -> &'static str {
    match native {
        "Home" => "home",
        "Business" => "work",
        "Mobile" => "mobile",
        _ => "other",
    }
}

/// Five digits, a hyphen, and the rest.
pub(super) fn post_code(native: &str) -> String {
    match native.split_at_checked(5) {
        Some((zip, plus)) if !plus.is_empty() => format!("{zip}-{plus}"),
        _ => native.to_owned(),
    }
}
