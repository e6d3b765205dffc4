//! What the operator keeps secret of an upstream: texts that may not come back in its words.

use std::collections::BTreeMap;

use super::{Credentials, Hidden};
use crate::mapping::ast::{Auth, UpstreamFile};
use crate::mapping::syntax::{Part, Template};

/// Gathers the secrets of the settings and of what the configuration says itself, as they are and as they are sent.
pub(super) fn of(
    file: &UpstreamFile,
    settings: &BTreeMap<String, String>,
    configured: Option<&Auth>,
    credentials: &Credentials,
) -> Vec<Hidden> {
    let secret = file
        .settings
        .iter()
        .filter(|setting| setting.value.secret.is_some());
    let of_settings = secret.filter_map(|setting| settings.get(&setting.name.value).cloned());
    let said = configured.into_iter().flat_map(|auth| {
        let sent = auth.send.iter().map(|header| &header.value);
        auth.password.iter().chain(sent)
    });
    let basic = credentials.basic.as_ref();
    let encoded = basic.and_then(|basic| basic.shown().split_once(' '));
    let texts = of_settings
        .chain(said.map(literal))
        .chain(encoded.map(|(_, encoded)| encoded.to_owned()));
    texts
        .filter(|text| !text.is_empty())
        .map(|text| Hidden::new(&text))
        .collect()
}

/// What a text says without its variables, which stand for settings.
fn literal(text: &Template) -> String {
    let parts = text.parts.iter().filter_map(|part| match part {
        Part::Literal(text) => Some(text.value.as_str()),
        Part::Variable(_) => None,
    });
    parts.collect()
}
