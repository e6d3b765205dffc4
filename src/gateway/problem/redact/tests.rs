//! What is taken out, and what is left.

use super::*;

fn redacted(text: &str, values: &[&str]) -> String {
    let values: Vec<_> = values.iter().map(|value| (*value).to_owned()).collect();
    redact(text, &values)
}

#[test]
fn values_of_the_call_are_taken_out_whatever_their_case() {
    assert_eq!(
        redacted("No ANN@example.com, nor Ann.", &["ann@Example.com", "Ann"]),
        "No [redacted], nor [redacted]."
    );
}

#[test]
fn a_value_inside_another_is_taken_with_it() {
    assert_eq!(redacted("Ann Example", &["Ann", "Ann Example"]), REDACTED);
}

#[test]
fn single_characters_and_empty_values_are_left() {
    assert_eq!(redacted("Sex M refused", &["M", "", " "]), "Sex M refused");
}

#[test]
fn card_numbers_are_taken_out_however_they_are_grouped() {
    assert_eq!(
        redacted("card 4111111111111111 bad", &[]),
        "card [redacted] bad"
    );
    assert_eq!(redacted("4111 1111-1111 1111", &[]), REDACTED);
    assert_eq!(redacted("123 4111111111111111, 7", &[]), "[redacted], 7");
    assert_eq!(redacted("000004111111111111111000", &[]), REDACTED);
}

#[test]
fn other_digits_stay() {
    assert_eq!(
        redacted("order 123456789 of 2026", &[]),
        "order 123456789 of 2026"
    );
    assert_eq!(redacted("4111111111111112", &[]), "4111111111111112");
}

#[test]
fn text_beyond_ascii_is_kept_whole() {
    assert_eq!(redacted("Straße é 7 ü", &["straße"]), "[redacted] é 7 ü");
    assert_eq!(redacted(&"é".repeat(2_000), &[]).chars().count(), 1_000);
}

#[test]
fn a_value_is_found_in_any_case_and_over_any_blanks() {
    for (text, value) in [
        ("No JOSÉ here", "José"),
        ("No ΟΔΥΣΣΕΥΣ here", "Οδυσσευς"),
        ("No STRASSE here", "Straße"),
        ("No Ann \u{a0} Example here", "Ann Example"),
    ] {
        assert_eq!(redacted(text, &[value]), "No [redacted] here", "{value}");
    }
}

#[test]
fn a_number_is_found_however_it_is_grouped() {
    for told in [
        "3125550100",
        "(312) 555-0100",
        "312.555.0100",
        "+1 312 555 0100",
        "001-312-555-0100",
    ] {
        let out = redacted(&format!("No {told} here"), &["+13125550100"]);
        assert!(!out.contains("555") && out.contains(REDACTED), "{out}");
    }
    assert_eq!(
        redacted("born 1980/02/29", &["19800229"]),
        "born [redacted]"
    );
    assert_eq!(redacted("id 12 34 56 7", &["1234567"]), "id [redacted]");
    assert_eq!(redacted("step 12 of 345", &["12345"]), "step 12 of 345");
}

#[test]
fn short_values_are_words_of_their_own() {
    assert_eq!(
        redacted("IL failed, il", &["IL"]),
        "[redacted] failed, [redacted]"
    );
}

#[test]
fn nothing_is_cut_in_half() {
    for before in 960..1_001 {
        let start = "x".repeat(before);
        for value in ["4111111111111111", "4111 1111 1111 1111", "ann@example.com"] {
            let out = redacted(&format!("{start} {value} {start}"), &["ann@example.com"]);
            let rest = out.trim_start_matches('x').trim();
            let rest = rest.trim_end_matches('x').trim();
            assert!(rest.is_empty() || rest == REDACTED, "{before}: {rest}");
            assert!(out.chars().count() <= 1_000);
        }
    }
    let out = redacted(&format!("{}123456789", "x".repeat(995)), &[]);
    assert_eq!(out, "x".repeat(995));
}

#[test]
fn what_is_too_long_to_be_looked_at_whole_ends_before_what_may_be_half() {
    let many = "ann@example.com".repeat(1_066);
    let text = format!("{many}4111111111111111ann@exa");
    assert_eq!(redacted(&text, &["ann@example.com"]), REDACTED.repeat(100));
    let split = format!("{}411111111111", " ".repeat(15_990));
    assert_eq!(redacted(&split, &["x y"]).trim(), "");
}

#[test]
fn names_that_hold_a_card_are_known() {
    for name in [
        "4111111111111111",
        "a.4111-1111_1111.1111",
        "x4111111111111111",
    ] {
        assert!(holds_card_number(name), "{name}");
    }
    for name in [
        "0192f3c1-7a3e-7c1e-9b60-5f6f4f2f9a11",
        "call-17",
        "4111111111111112",
    ] {
        assert!(!holds_card_number(name), "{name}");
    }
}
