//! Amounts whose currency the mapping states, and rates.

use interlingua::engine::FaultCode;
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::Plan;
use interlingua::proof::atlas::Atlas;
use interlingua::proof::laws::{Budget, Judges, prove};
use interlingua::proof::runner::Runner;

use crate::broken::parcels;

fn priced() -> Plan {
    parcels().plan("priced", None, Message::Response).unwrap()
}

fn put(patch: &str, base: &str) -> Result<String, FaultCode> {
    let plan = priced();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).put(patch.as_bytes(), base.as_bytes());
    ran.map(|ran| String::from_utf8(ran.bytes).unwrap())
        .map_err(|refusal| refusal.code)
}

fn read(native: &str) -> String {
    let plan = priced();
    let atlas = Atlas::new(&plan);
    let ran = Runner::new(&atlas).read(native.as_bytes()).unwrap();
    String::from_utf8(ran.bytes).unwrap()
}

#[test]
fn amounts_and_rates_keep_every_law() {
    for outcome in prove(&priced(), Judges::default(), Budget::default()) {
        assert!(outcome.holds(), "{outcome:#?}");
        assert_eq!(outcome.diagnostic(), None);
    }
}

#[test]
fn an_amount_is_read_with_its_currency_and_every_digit() {
    assert_eq!(
        read(r#"{"cost":"659.50","duty":0.2899}"#),
        r#"{"price":{"amount":"659.50","currency":"CAD"},"duty":"28.99"}"#
    );
    assert_eq!(
        read(r#"{"cost":12345678901234567.10,"duty":0.0000}"#),
        r#"{"price":{"amount":"12345678901234567.10","currency":"CAD"},"duty":"0.00"}"#
    );
}

#[test]
fn digits_behind_those_that_are_written_are_read() {
    let native = r#"{"cost":"659.5000","duty":0.289900}"#;
    assert_eq!(
        read(native),
        r#"{"price":{"amount":"659.5000","currency":"CAD"},"duty":"28.9900"}"#
    );
    let finer = r#"{"cost": 1.005, "duty": 0.28999}"#;
    assert_eq!(
        read(finer),
        r#"{"price":{"amount":"1.005","currency":"CAD"},"duty":"28.999"}"#
    );
    // What the caller leaves as it was read stays as it is.
    let same = r#"{"price":{"amount":"1.005"},"duty":"28.999"}"#;
    assert_eq!(put(same, finer).unwrap(), finer);
}

#[test]
fn another_currency_and_a_lost_digit_are_refused() {
    let refused = Err(FaultCode::InvalidInput);
    let price = |amount: &str, currency: &str| {
        put(
            &format!(r#"{{"price":{{"amount":"{amount}","currency":"{currency}"}}}}"#),
            "{}",
        )
    };
    assert_eq!(price("5.00", "USD"), refused);
    assert_eq!(price("5.001", "CAD"), refused);
    assert_eq!(price("5.00", "CAD").unwrap(), r#"{"cost":"5.00"}"#);
    assert_eq!(put(r#"{"price":{"currency":"CAD"}}"#, "{}"), refused);
    assert_eq!(put(r#"{"duty":"28.995"}"#, "{}"), refused);
    assert_eq!(
        put(r#"{"duty":"28.99"}"#, "{}").unwrap(),
        r#"{"duty":0.2899}"#
    );
}

#[test]
fn a_patch_of_the_amount_alone_changes_it_and_the_same_amount_keeps_its_spelling() {
    let base = r#"{"cost": 7.5, "duty": 0.3}"#;
    let amount = |amount: &str| put(&format!(r#"{{"price":{{"amount":"{amount}"}}}}"#), base);
    assert_eq!(amount("7.5").unwrap(), base);
    assert_eq!(amount("8").unwrap(), base.replace("7.5", "\"8\""));
    assert_eq!(put(r#"{"price":null}"#, base).unwrap(), r#"{"duty": 0.3}"#);
    assert_eq!(put(r#"{"duty":"30"}"#, base).unwrap(), base);
}
