//! Callers that are known, and the keys of their tokens, read again when their file changes.

use std::sync::Arc;

use super::follow::InFiles;
use crate::config;
use crate::gateway::callers::{Callers, KeySetFault, TokenRules, Tokens};
use crate::gateway::openapi::Schemes;
use secrecy::{ExposeSecret, SecretString};

/// Tokens whose keys stand in a file.
#[derive(Debug)]
pub(super) struct Followed {
    tokens: Arc<Tokens>,
    file: String,
    /// What it held.
    text: SecretString,
}

/// Makes the callers of a configuration, with what is to be followed of them.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn of(
    settings: Option<&config::Callers>,
) -> Result<(Option<Callers>, Option<Followed>), String> {
    let Some(settings) = settings else {
        return Ok((None, None));
    };
    let known = settings.known.clone();
    let Some(said) = &settings.tokens else {
        return Ok((Some(Callers::new(known, None)), None));
    };
    let tokens = tokens(said).map_err(|fault| format!("`callers.tokens.keys`: {fault}"))?;
    let tokens = Arc::new(tokens);
    let followed = said.keys.file.clone().map(|file| Followed {
        tokens: Arc::clone(&tokens),
        file,
        text: said.keys.text.clone(),
    });
    Ok((Some(Callers::new(known, Some(tokens))), followed))
}

/// What proves callers.
pub(super) fn schemes(callers: Option<&config::Callers>) -> Schemes {
    let known = || callers.iter().flat_map(|callers| &callers.known);
    Schemes {
        bearer: known().any(|caller| !(caller.keys.is_empty() && caller.subjects.is_empty())),
        certificates: known().any(|caller| !caller.certificates.is_empty()),
    }
}

/// Makes what tokens are judged by.
///
/// # Errors
/// Their keys are none.
pub(super) fn tokens(said: &config::Tokens) -> Result<Tokens, KeySetFault> {
    let rules = TokenRules {
        issuer: said.issuer.as_str().into(),
        audience: said.audience.as_str().into(),
        claim: said.claim.as_str().into(),
        leeway: i64::try_from(said.leeway.as_secs()).unwrap_or(i64::MAX),
    };
    Tokens::new(rules, said.keys.text.expose_secret())
}

// === impl Followed ===

impl InFiles for Followed {
    /// Looks at the file once; tells of a change whether it counts.
    fn look(&mut self) -> Option<bool> {
        let now = config::read_again(&self.file, &config::environment::Process)?;
        if now.expose_secret() == self.text.expose_secret() {
            return None;
        }
        let exchanged = self.tokens.exchange(now.expose_secret()).is_ok();
        self.text = now;
        Some(exchanged)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    const ONE: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[test]
    fn keys_that_change_count_once_they_are_keys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        fs::write(&file, ONE).unwrap();
        let settings = config::Callers {
            known: Vec::new(),
            tokens: Some(config::Tokens {
                keys: config::SecretText {
                    text: ONE.into(),
                    file: Some(file.to_str().unwrap().to_owned()),
                },
                keys_span: None,
                issuer: "a".to_owned(),
                audience: "b".to_owned(),
                claim: "sub".to_owned(),
                leeway: Duration::ZERO,
            }),
        };
        let (_, followed) = of(Some(&settings)).unwrap();
        let mut followed = followed.unwrap();
        assert_eq!(followed.look(), None);

        fs::write(&file, "{}").unwrap();
        assert_eq!(followed.look(), Some(false));
        assert_eq!(followed.look(), None);
        fs::write(&file, ONE).unwrap();
        assert_eq!(followed.look(), Some(true));

        // What is gone is no change.
        fs::remove_file(&file).unwrap();
        assert_eq!(followed.look(), None);
    }
}
