//! Texts of a request that need care, and those that need none.

use interlingua::engine::exchange::{Call, RouteIndex};
use interlingua::mapping::compile::upstream::{Settings, Upstream};

use crate::depot::load;

/// Items of lists are judged by their rules, as all else; what callers name themselves, and what no rule carries, is not known.
#[test]
fn a_text_needs_care_by_the_rules_that_carry_it() {
    let catalog = load("tests/newcomers");
    let settings: Settings = [
        ("base-url", "https://quillpost.example"),
        ("client-id", "id"),
        ("client-secret", "secret"),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .into_iter()
    .collect();
    let upstream = Upstream::compile(&catalog, "quillpost", "north", &settings, None).unwrap();
    let call = Call {
        operation: catalog.operation("createCustomer").unwrap().0,
        inputs: &[],
        body: Some(b"{}"),
        page: Default::default(),
        context: Default::default(),
    };
    let sent = br#"{"handle":"a-1","names":{"given":"Ada"},"home":{"street":"1 Lane","land":"US"},
        "lines":[{"kind":"home","number":"+12025550123"}],"tags":{"tier":"gold"},"score":7.5,"odd":"text"}"#;
    let texts = upstream.sent_with_care(&call, RouteIndex(0), sent);
    assert_eq!(
        texts,
        ["Ada", "1 Lane", "+12025550123", "gold", "7.5", "text"]
    );
}
