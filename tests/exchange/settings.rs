//! Settings that compile, and those that do not.

use interlingua::mapping::compile::upstream::Upstream;

use crate::depot::{catalog, settings, told, upstream};

#[test]
fn a_compiled_upstream_knows_where_it_is() {
    let upstream = upstream();
    assert_eq!(&*upstream.name, "north");
    assert_eq!(&*upstream.mapping, "depot");
    assert_eq!(&*upstream.title, "A depot");
    assert_eq!(upstream.base_url, "https://depot.example/api/north");
    assert!(upstream.offers(crate::depot::index("getCustomer")));
    assert!(!upstream.offers(crate::depot::index("createQuote")));
    assert_eq!(upstream.offered().count(), 14);
}

#[test]
fn settings_are_checked_with_all_faults_at_once() {
    for (over, left_out, codes) in [
        (&[][..], &["tenant"][..], &["C004"][..]),
        (
            &[],
            &["tenant", "password", "host"],
            &["C004", "C004", "C004"],
        ),
        (&[("tenant", "t")], &[], &["C003"]),
        (&[("tenant", "too long")], &[], &["C003"]),
        (&[("region", "east")], &[], &["C003"]),
        (
            &[("tenent", "t1"), ("region", "east")],
            &[],
            &["C002", "C003"],
        ),
        (&[("host", "depot.example")], &[], &["C003"]),
        (&[("host", "https://user@depot.example")], &[], &["C003"]),
        (&[("host", "https://")], &[], &["C003"]),
        (&[("user", "a:b")], &[], &["C003"]),
    ] {
        let mut settings = settings(over);
        for name in left_out {
            settings.remove(*name);
        }
        let report = Upstream::compile(catalog(), "depot", "north", &settings, None).unwrap_err();
        let mut found: Vec<_> = report.iter().map(|fault| fault.code.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, codes, "{}", told(catalog(), &report));
        let text = told(catalog(), &report);
        assert!(
            !text.contains("too long") && !text.contains("east`"),
            "a value is told: {text}"
        );
    }
}

#[test]
fn no_secret_shows() {
    let mut secret = settings(&[("password", "hush-hush")]);
    secret.insert("note".to_owned(), "whisper".into());
    let upstream = Upstream::compile(catalog(), "depot", "north", &secret, None).unwrap();
    let shown = format!("{upstream:?}");
    assert!(!shown.contains("hush-hush") && !shown.contains("whisper"));
}

#[test]
fn an_unknown_mapping_is_a_fault() {
    let report = Upstream::compile(catalog(), "depo", "north", &settings(&[]), None).unwrap_err();
    let faults: Vec<_> = report
        .iter()
        .map(|fault| (fault.code.as_str(), fault.help.as_deref()))
        .collect();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].0, "C006");
    assert!(faults[0].1.unwrap().contains("depot"));
}
