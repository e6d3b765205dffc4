//! The settings under which a mapping is its own sandbox.

use secrecy::SecretString;

use crate::mapping::catalog::MappingSet;
use crate::mapping::compile::upstream::Settings;
use crate::mapping::syntax::Part;

/// Gives the settings that `sandbox.yaml` publishes, and the sandbox's address (`http://127.0.0.1:8101`) for the
/// setting with which the base URL begins, if that is not among them.
#[must_use]
pub fn settings(set: &MappingSet, address: &str) -> Settings {
    let published = set.sandbox.iter().flat_map(|sandbox| &sandbox.settings);
    let mut settings: Settings = published
        .map(|setting| (setting.name.value.clone(), secret(&setting.value.value)))
        .collect();
    if let Some(name) = origin(set) {
        settings.entry(name).or_insert_with(|| secret(address));
    }
    settings
}

/// The setting with which the base URL begins.
fn origin(set: &MappingSet) -> Option<String> {
    let first = set.upstream.as_ref()?.base_url.as_ref()?.parts.first()?;
    let Part::Variable(variable) = first else {
        return None;
    };
    let name = variable.path.to_string();
    name.strip_prefix("settings.").map(str::to_owned)
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}
