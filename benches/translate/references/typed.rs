//! JSON to canonical JSON by serde: one struct for each object of either side.

use std::borrow::Cow;
use std::io::Write as _;

use serde::{Deserialize, Serialize};

use super::push_phone;

type Text<'a> = Option<Cow<'a, str>>;

#[derive(Deserialize)]
struct Account<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, rename = "accountType")]
    account_type: Text<'a>,
    #[serde(borrow)]
    state: Text<'a>,
    #[serde(borrow, rename = "paymentStatus")]
    payment_status: Text<'a>,
    #[serde(borrow, default, rename = "paymentPlan")]
    payment_plan: Vec<Plan<'a>>,
    #[serde(borrow, default, rename = "accountBalance")]
    balances: Vec<Balance<'a>>,
    #[serde(borrow, rename = "creditLimit")]
    credit_limit: Option<Money<'a>>,
    #[serde(borrow, default)]
    contact: Vec<Contact<'a>>,
    #[serde(borrow, default, rename = "relatedParty")]
    parties: Vec<Party<'a>>,
    #[serde(borrow, default)]
    characteristic: Vec<Characteristic<'a>>,
}

#[derive(Deserialize)]
struct Plan<'a> {
    #[serde(borrow, rename = "planType")]
    plan_type: Text<'a>,
}

#[derive(Deserialize)]
struct Balance<'a> {
    #[serde(borrow)]
    amount: Option<Money<'a>>,
    #[serde(borrow, rename = "balanceType")]
    balance_type: Cow<'a, str>,
    #[serde(borrow, rename = "validFor")]
    valid_for: Option<Period<'a>>,
}

#[derive(Deserialize)]
struct Period<'a> {
    #[serde(borrow, rename = "startDateTime")]
    start: Text<'a>,
    #[serde(borrow, rename = "endDateTime")]
    end: Text<'a>,
}

#[derive(Deserialize)]
struct Money<'a> {
    #[serde(borrow)]
    unit: Text<'a>,
    value: f64,
}

#[derive(Deserialize)]
struct Contact<'a> {
    #[serde(borrow, rename = "contactName")]
    name: Text<'a>,
    #[serde(borrow, default, rename = "contactMedium")]
    media: Vec<Medium<'a>>,
}

#[derive(Deserialize)]
struct Medium<'a> {
    #[serde(borrow, rename = "mediumType")]
    medium_type: Cow<'a, str>,
    preferred: Option<bool>,
    #[serde(borrow)]
    characteristic: Option<MediumCharacteristic<'a>>,
}

#[derive(Deserialize)]
struct MediumCharacteristic<'a> {
    #[serde(borrow, rename = "contactType")]
    contact_type: Cow<'a, str>,
    #[serde(borrow, rename = "stateOrProvince")]
    state: Text<'a>,
    #[serde(borrow)]
    city: Text<'a>,
    #[serde(borrow)]
    street1: Text<'a>,
    #[serde(borrow)]
    street2: Text<'a>,
    #[serde(borrow, rename = "postCode")]
    post_code: Text<'a>,
    #[serde(borrow, rename = "phoneNumber")]
    phone: Text<'a>,
    #[serde(borrow, rename = "emailAddress")]
    email: Text<'a>,
}

#[derive(Deserialize)]
struct Party<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    role: Text<'a>,
    #[serde(borrow, rename = "@referredType")]
    kind: Text<'a>,
}

#[derive(Deserialize)]
struct Characteristic<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    value: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Canonical<'a> {
    id: String,
    number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    r#type: &'static str,
    native_type: Option<&'a str>,
    status: &'static str,
    native_status: Option<&'a str>,
    payment_status: &'static str,
    native_payment_status: Option<&'a str>,
    autopay: Autopay<'a>,
    balances: Vec<CanonicalBalance<'a>>,
    credit_limit: Option<CanonicalMoney<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_score: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_id: Option<&'a str>,
    contacts: Vec<CanonicalContact<'a>>,
    parties: Vec<CanonicalParty<'a>>,
}

#[derive(Serialize)]
struct Autopay<'a> {
    enabled: bool,
    date: Option<&'a str>,
    day: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CanonicalBalance<'a> {
    r#type: &'static str,
    native_type: &'a str,
    amount: Option<CanonicalMoney<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
}

#[derive(Serialize)]
struct CanonicalMoney<'a> {
    amount: String,
    currency: Option<&'a str>,
}

#[derive(Serialize, Default)]
struct CanonicalContact<'a> {
    role: &'static str,
    name: Name<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    phones: Vec<Phone<'a>>,
    addresses: Vec<Address<'a>>,
}

#[derive(Serialize, Default)]
struct Name<'a> {
    full: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Phone<'a> {
    r#type: &'static str,
    native_type: &'a str,
    number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    r#use: &'static str,
    native_use: &'a str,
    line1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line2: Option<&'a str>,
    city: Option<&'a str>,
    region: Option<&'a str>,
    postal_code: Option<String>,
    country: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<bool>,
}

#[derive(Serialize)]
struct CanonicalParty<'a> {
    id: String,
    name: Option<&'a str>,
    role: Option<&'a str>,
    kind: Option<&'a str>,
}

#[derive(Serialize)]
struct Page<'a> {
    items: Vec<Canonical<'a>>,
}

/// Translates one account.
pub(crate) fn account(input: &[u8], out: &mut Vec<u8>) {
    let account: Account<'_> = serde_json::from_slice(input).unwrap();
    serde_json::to_writer(out, &canonical(&account)).unwrap();
}

/// Translates a list of accounts.
pub(crate) fn accounts(input: &[u8], out: &mut Vec<u8>) {
    let accounts: Vec<Account<'_>> = serde_json::from_slice(input).unwrap();
    let items = accounts.iter().map(canonical).collect();
    serde_json::to_writer(out, &Page { items }).unwrap();
}

fn canonical<'a>(account: &'a Account<'a>) -> Canonical<'a> {
    let enabled = account
        .payment_plan
        .first()
        .and_then(|plan| plan.plan_type.as_deref())
        .is_some_and(|plan| matches!(plan, "Auto Pay Enable" | "AutoPay Enable"));
    let characteristic = |name: &str| {
        account
            .characteristic
            .iter()
            .find(|found| found.name.eq_ignore_ascii_case(name))
            .and_then(|found| found.value.as_deref())
    };
    Canonical {
        id: format!("dxp-ux:{}", account.id),
        number: &account.id,
        name: account.name.as_deref(),
        r#type: super::untyped::account_type(account.account_type.as_deref()),
        native_type: account.account_type.as_deref(),
        status: super::untyped::account_status(account.state.as_deref()),
        native_status: account.state.as_deref(),
        payment_status: super::untyped::payment_status(account.payment_status.as_deref()),
        native_payment_status: account.payment_status.as_deref(),
        autopay: Autopay {
            enabled,
            date: characteristic("autoPayDate").and_then(|date| date.get(..10)),
            day: characteristic("DebitDay"),
        },
        balances: account.balances.iter().map(balance).collect(),
        credit_limit: account.credit_limit.as_ref().map(money),
        credit_score: characteristic("CreditScore"),
        location_id: characteristic("LocationId"),
        contacts: account.contact.iter().map(contact).collect(),
        parties: account.parties.iter().map(party).collect(),
    }
}

fn balance<'a>(balance: &'a Balance<'a>) -> CanonicalBalance<'a> {
    let period = balance.valid_for.as_ref();
    CanonicalBalance {
        r#type: super::untyped::balance_type(&balance.balance_type),
        native_type: &balance.balance_type,
        amount: balance.amount.as_ref().map(money),
        from: period.and_then(|period| period.start.as_deref()),
        to: period.and_then(|period| period.end.as_deref()),
    }
}

fn money<'a>(money: &'a Money<'a>) -> CanonicalMoney<'a> {
    let mut amount = Vec::with_capacity(16);
    write!(amount, "{:.2}", money.value).unwrap();
    CanonicalMoney {
        amount: String::from_utf8(amount).unwrap(),
        currency: money.unit.as_deref(),
    }
}

fn contact<'a>(contact: &'a Contact<'a>) -> CanonicalContact<'a> {
    let mut canonical = CanonicalContact {
        role: "account",
        name: Name {
            full: contact.name.as_deref(),
        },
        ..CanonicalContact::default()
    };
    for medium in &contact.media {
        let Some(found) = &medium.characteristic else {
            continue;
        };
        match &*medium.medium_type {
            "Address" => canonical.addresses.push(Address {
                r#use: super::untyped::address_use(&found.contact_type),
                native_use: &found.contact_type,
                line1: found.street1.as_deref(),
                line2: found.street2.as_deref(),
                city: found.city.as_deref(),
                region: found.state.as_deref(),
                postal_code: found.post_code.as_deref().map(super::untyped::post_code),
                country: "PR",
                default: medium.preferred,
            }),
            "Phone" => {
                let mut number = Vec::new();
                push_phone(
                    &mut number,
                    found.phone.as_deref().unwrap_or_default().as_bytes(),
                );
                canonical.phones.push(Phone {
                    r#type: super::untyped::phone_type(&found.contact_type),
                    native_type: &found.contact_type,
                    number: String::from_utf8(number).unwrap(),
                    preferred: medium.preferred,
                });
            }
            _ => canonical.email = found.email.as_deref(),
        }
    }
    canonical
}

fn party<'a>(party: &'a Party<'a>) -> CanonicalParty<'a> {
    CanonicalParty {
        id: format!("dxp-ux:{}", party.id),
        name: party.name.as_deref(),
        role: party.role.as_deref(),
        kind: party.kind.as_deref(),
    }
}
