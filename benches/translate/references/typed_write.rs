//! Canonical JSON to XML: serde into structs, or into a `Value`, and one writer by hand for either.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

type Text<'a> = Option<Cow<'a, str>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer<'a> {
    #[serde(borrow)]
    reference: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Option<Name<'a>>,
    #[serde(borrow)]
    language: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    status_stage: Text<'a>,
    #[serde(borrow)]
    native_status: Text<'a>,
    #[serde(borrow, default)]
    contacts: Vec<Contact<'a>>,
    #[serde(borrow)]
    currency: Text<'a>,
    #[serde(borrow)]
    payment_terms: Option<Terms<'a>>,
}

#[derive(Deserialize)]
struct Name<'a> {
    #[serde(borrow)]
    full: Text<'a>,
    #[serde(borrow)]
    first: Text<'a>,
    #[serde(borrow)]
    last: Text<'a>,
}

#[derive(Deserialize)]
struct Terms<'a> {
    value: u32,
    #[serde(borrow)]
    unit: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Contact<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    name: Option<Name<'a>>,
    #[serde(borrow)]
    email: Text<'a>,
    #[serde(borrow, default)]
    phones: Vec<Phone<'a>>,
    #[serde(borrow, default)]
    addresses: Vec<Address<'a>>,
    #[serde(borrow)]
    login: Option<Login<'a>>,
}

#[derive(Deserialize)]
struct Phone<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    number: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    #[serde(borrow)]
    r#use: Cow<'a, str>,
    #[serde(borrow)]
    line1: Text<'a>,
    #[serde(borrow)]
    city: Text<'a>,
    #[serde(borrow)]
    region: Text<'a>,
    #[serde(borrow)]
    postal_code: Text<'a>,
    #[serde(borrow)]
    country: Text<'a>,
}

#[derive(Deserialize)]
struct Login<'a> {
    #[serde(borrow)]
    username: Text<'a>,
}

/// Translates over structs.
pub(crate) fn customer(input: &[u8], out: &mut Vec<u8>) {
    let customer: Customer<'_> = serde_json::from_slice(input).unwrap();
    out.extend_from_slice(b"<customer>");
    let name = customer.name.as_ref().and_then(|name| name.full.as_deref());
    element(out, "name", name);
    let native = native_status(
        customer.native_status.as_deref(),
        customer.status.as_deref(),
        customer.status_stage.as_deref(),
    );
    element(out, "status", native);
    element(out, "extCustomerRef", customer.reference.as_deref());
    locale(out, customer.language.as_deref());
    element(out, "isBusinessAccount", business(customer.kind.as_deref()));
    if let Some(terms) = &customer.payment_terms {
        element(out, "paymentTermsValue", Some(&terms.value.to_string()));
        element(out, "paymentTermsUnits", Some(units(&terms.unit)));
    }
    currency(out, customer.currency.as_deref());
    for (role, name) in [("billing", "billingContact"), ("sales", "salesContact")] {
        if let Some(found) = customer.contacts.iter().find(|found| found.role == role) {
            contact(out, name, found);
        }
    }
    out.extend_from_slice(b"</customer>");
}

fn contact(out: &mut Vec<u8>, name: &str, contact: &Contact<'_>) {
    tag(out, "<", name);
    let login = contact.login.as_ref();
    element(
        out,
        "username",
        login.and_then(|login| login.username.as_deref()),
    );
    if let Some(name) = &contact.name {
        element(out, "firstName", name.first.as_deref());
        element(out, "lastName", name.last.as_deref());
    }
    element(out, "emailPrimary", contact.email.as_deref());
    let phone = contact.phones.iter().find(|phone| phone.r#type == "work");
    work_phone(out, phone.and_then(|phone| phone.number.as_deref()));
    if let Some(found) = contact
        .addresses
        .iter()
        .find(|found| found.r#use == "postal")
    {
        out.extend_from_slice(b"<address>");
        element(out, "street1", found.line1.as_deref());
        element(out, "city", found.city.as_deref());
        element(out, "state", found.region.as_deref());
        element(out, "zip", found.postal_code.as_deref());
        country(out, found.country.as_deref());
        out.extend_from_slice(b"</address>");
    }
    tag(out, "</", name);
}

/// Translates over a `Value`.
pub(crate) fn customer_untyped(input: &[u8], out: &mut Vec<u8>) {
    let customer: Value = serde_json::from_slice(input).unwrap();
    out.extend_from_slice(b"<customer>");
    element(out, "name", customer["name"]["full"].as_str());
    let native = native_status(
        customer["nativeStatus"].as_str(),
        customer["status"].as_str(),
        customer["statusStage"].as_str(),
    );
    element(out, "status", native);
    element(out, "extCustomerRef", customer["reference"].as_str());
    locale(out, customer["language"].as_str());
    element(
        out,
        "isBusinessAccount",
        business(customer["kind"].as_str()),
    );
    if let Some(value) = customer["paymentTerms"]["value"].as_u64() {
        element(out, "paymentTermsValue", Some(&value.to_string()));
        let unit = customer["paymentTerms"]["unit"]
            .as_str()
            .unwrap_or_default();
        element(out, "paymentTermsUnits", Some(units(unit)));
    }
    currency(out, customer["currency"].as_str());
    for (role, name) in [("billing", "billingContact"), ("sales", "salesContact")] {
        let found = items(&customer["contacts"])
            .iter()
            .find(|found| found["role"] == role);
        if let Some(found) = found {
            contact_untyped(out, name, found);
        }
    }
    out.extend_from_slice(b"</customer>");
}

fn contact_untyped(out: &mut Vec<u8>, name: &str, contact: &Value) {
    tag(out, "<", name);
    element(out, "username", contact["login"]["username"].as_str());
    element(out, "firstName", contact["name"]["first"].as_str());
    element(out, "lastName", contact["name"]["last"].as_str());
    element(out, "emailPrimary", contact["email"].as_str());
    let phone = items(&contact["phones"])
        .iter()
        .find(|phone| phone["type"] == "work");
    work_phone(out, phone.and_then(|phone| phone["number"].as_str()));
    let found = items(&contact["addresses"])
        .iter()
        .find(|found| found["use"] == "postal");
    if let Some(found) = found {
        out.extend_from_slice(b"<address>");
        element(out, "street1", found["line1"].as_str());
        element(out, "city", found["city"].as_str());
        element(out, "state", found["region"].as_str());
        element(out, "zip", found["postalCode"].as_str());
        country(out, found["country"].as_str());
        out.extend_from_slice(b"</address>");
    }
    tag(out, "</", name);
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn native_status<'a>(
    native: Option<&'a str>,
    status: Option<&str>,
    stage: Option<&str>,
) -> Option<&'a str> {
    native.or(match (status?, stage) {
        ("active", _) => Some("Active"),
        ("overdue", None | Some("1")) => Some("Overdue1"),
        ("overdue", Some("2")) => Some("Overdue2"),
        ("overdue", _) => Some("Overdue3"),
        ("suspended", None | Some("1")) => Some("Suspended1"),
        ("suspended", Some("2")) => Some("Suspended2"),
        ("suspended", _) => Some("Suspended3"),
        ("inactive", None | Some("1")) => Some("InActive1"),
        _ => Some("InActive2"),
    })
}

fn business(kind: Option<&str>) -> Option<&'static str> {
    kind.map(|kind| {
        if kind == "organization" {
            "true"
        } else {
            "false"
        }
    })
}

fn units(unit: &str) -> &'static str {
    match unit {
        "day" => "Days",
        "week" => "Weeks",
        "month" => "Months",
        "quarter" => "Quarters",
        _ => "Years",
    }
}

fn locale(out: &mut Vec<u8>, language: Option<&str>) {
    let start = out.len();
    element(out, "locale", language);
    if let Some(hyphen) = out[start..].iter().position(|byte| *byte == b'-') {
        out[start + hyphen] = b'_';
    }
}

fn currency(out: &mut Vec<u8>, code: Option<&str>) {
    if let Some(code) = code {
        out.extend_from_slice(b"<currency id=\"");
        escaped(out, code);
        out.extend_from_slice(b"\"/>");
    }
}

fn country(out: &mut Vec<u8>, code: Option<&str>) {
    let (name, alpha_3) = match code {
        Some("US") => ("United States", "usa"),
        Some("CA") => ("Canada", "can"),
        Some("MX") => ("Mexico", "mex"),
        _ => return,
    };
    element(out, "country", Some(name));
    element(out, "countryCode", Some(alpha_3));
}

fn work_phone(out: &mut Vec<u8>, number: Option<&str>) {
    element(
        out,
        "workPhone",
        number.map(|number| number.strip_prefix("+1").unwrap_or(number)),
    );
}

fn element(out: &mut Vec<u8>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        tag(out, "<", name);
        escaped(out, text);
        tag(out, "</", name);
    }
}

fn tag(out: &mut Vec<u8>, open: &str, name: &str) {
    out.extend_from_slice(open.as_bytes());
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

fn escaped(out: &mut Vec<u8>, text: &str) {
    for &byte in text.as_bytes() {
        match byte {
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            _ => out.push(byte),
        }
    }
}
