//! Settings for calls that are only shown or checked: those of the sandbox, and what the flags say over them.

use std::collections::BTreeSet;

use clap::Args;
use secrecy::SecretString;

use crate::diag::nearest::known_names;
use crate::mapping::catalog::MappingSet;
use crate::mapping::compile::upstream::Settings;
use crate::sandbox;

/// Address that stands for an upstream which is not called; RFC 2606 keeps the name for that.
const NOWHERE: &str = "http://upstream.invalid";

/// The flags that give settings.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Given {
    /// A setting of the upstream, over that of its sandbox; may be repeated
    #[arg(long = "setting", value_name = "NAME=VALUE", value_parser = pair, env = "INTERLINGUA_SETTING", value_delimiter = '\n', hide_env_values = true)]
    settings: Vec<(String, String)>,
}

// === impl Given ===

impl Given {
    /// Says which setting the upstream does not ask for, and which it does; or which is given twice.
    pub(super) fn misgiven(&self, set: &MappingSet) -> Option<(String, Option<String>)> {
        let twice = |name| (format!("the setting `{name}` is given twice"), None);
        self.stranger(set)
            .or_else(|| repeated(&self.settings).map(twice))
    }

    fn stranger(&self, set: &MappingSet) -> Option<(String, Option<String>)> {
        let asked = || set.upstream.iter().flat_map(|file| &file.settings);
        let known = || asked().map(|setting| setting.name.value.as_str());
        let mut given = self.settings.iter().map(|(name, _)| name.as_str());
        let name = given.find(|name| !known().any(|known| known == *name))?;
        let message = format!("the mapping asks for no setting `{name}`");
        Some((message, known_names(name, known())))
    }

    /// Gives all settings of an upstream that is not called.
    pub(super) fn over(&self, set: &MappingSet) -> Settings {
        let mut settings = sandbox::settings(set, NOWHERE);
        for (name, value) in &self.settings {
            settings.insert(name.clone(), SecretString::from(value.as_str()));
        }
        settings
    }
}

/// A name that is given more than once: one of its values would count, and nobody would know which.
pub(super) fn repeated(given: &[(String, String)]) -> Option<&str> {
    let names = given.iter().map(|(name, _)| name.as_str());
    let mut before = BTreeSet::new();
    names.into_iter().find(|name| !before.insert(*name))
}

/// A `name=value` of the command line.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("this is written `name=value`".to_owned()),
    }
}
