//! Checks of where the outcomes of keyed writes are kept.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::diag::Code;

use super::check::Checker;
use super::settings::{Journal, JournalStore};

/// An outcome that is kept for less is gone before a caller has tried again.
const SHORTEST: Duration = Duration::from_secs(60);

/// What addresses of a Redis begin with.
const REDIS: &str = "redis://";

// === impl Checker ===

impl Checker<'_> {
    /// Reads where outcomes are kept.
    pub(super) fn journal(&mut self) -> Option<Journal> {
        let secret = self.optional_secret("journal.secret");
        let username = self.text("journal.username").map(|(name, _)| name);
        let password = self.optional_secret("journal.password");
        let retention = self.duration("journal.retention", "journal.retention");
        if retention.is_some_and(|retention| retention < SHORTEST) {
            let message = "`journal.retention` is too short for a caller to try again".to_owned();
            let help = Some("keep outcomes for `1m` or longer; `24h` is usual".to_owned());
            self.fault(Code::C003, "journal.retention", message, help);
        }
        let store = match self.text("journal.store").map(|(text, _)| text) {
            None => Some(JournalStore::Beside),
            Some(text) if text == "none" => Some(JournalStore::None),
            Some(address) if address.starts_with(REDIS) => self.redis(address, username, password),
            Some(text) if text.contains("://") => {
                let message = "`journal.store` is no store".to_owned();
                let help = "the path of a file, `redis://host:6379/0`, or `none`".to_owned();
                self.fault(Code::C003, "journal.store", message, Some(help));
                None
            }
            Some(path) => Some(JournalStore::File(PathBuf::from(path))),
        };
        // One that cannot be read is told by itself.
        if matches!(store, Some(JournalStore::Redis { .. })) && !self.is_said("journal.secret") {
            let message = "a Redis that several processes share needs `journal.secret`".to_owned();
            let help = "give every process the same: `secret: { file: /run/secrets/journal }`";
            self.fault(Code::C004, "journal.store", message, Some(help.to_owned()));
        }
        Some(Journal {
            store: store?,
            secret,
            retention: retention?,
        })
    }

    fn redis(
        &mut self,
        address: String,
        username: Option<String>,
        password: Option<SecretString>,
    ) -> Option<JournalStore> {
        if address.contains('@') {
            let message = "`journal.store` holds a user or a password".to_owned();
            let help = "say them as `journal.username` and `journal.password`".to_owned();
            self.fault(Code::C003, "journal.store", message, Some(help));
            return None;
        }
        Some(JournalStore::Redis {
            address,
            username,
            password,
        })
    }
}
