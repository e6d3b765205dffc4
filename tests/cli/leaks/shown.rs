//! What `Debug` shows of a compiled upstream, wherever a log of the future may print one.

use interlingua::mapping::compile::upstream::Upstream;
use interlingua::sandbox;
use secrecy::ExposeSecret;

use super::sweep::catalog;

#[test]
fn a_compiled_upstream_shows_no_secret() {
    let catalog = catalog();
    let mut secrets = vec!["demo-blubilling".to_owned()];
    let mut shown = String::new();
    for (name, set) in &catalog.mappings {
        let settings = sandbox::settings(set, "http://127.0.0.1:1");
        let auth = set
            .sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.auth.as_ref());
        let upstream = Upstream::compile(&catalog, name, name, &settings, auth).unwrap();
        shown.push_str(&format!("{upstream:?}{upstream:#?}"));
        let declared = &set.upstream.as_ref().unwrap().settings;
        let secret = declared
            .iter()
            .filter(|setting| setting.value.secret.is_some());
        let given = secret.filter_map(|setting| settings.get(&setting.name.value));
        secrets.extend(given.map(|secret| secret.expose_secret().to_owned()));
    }
    assert!(
        secrets.len() > 4 && shown.contains("blubilling"),
        "{secrets:?}"
    );
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret}");
    }
}
