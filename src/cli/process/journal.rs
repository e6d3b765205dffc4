//! Opens the journal that the configuration names.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::config::{self, JournalStore};
use crate::journal::{Embedded, Journal, Redis, Store, fresh_secret};

/// What a journal's secret is kept in, beside its file.
const KEY: &str = "key";

/// Where entries are kept, and the secret that seals them.
type Kept = (Store, SecretString);

/// Opens the journal of a gateway; one without a configuration's file has one that is gone with the process.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn of(
    settings: &config::Journal,
    configuration: Option<&Path>,
) -> Result<Option<Journal>, String> {
    let kept = match configuration {
        Some(file) => named(settings, file)?,
        None => Some(passing()?),
    };
    let journal = kept.map(|(store, secret)| Journal::new(store, &secret, settings.retention));
    journal.transpose().map_err(|fault| fault.to_string())
}

/// What the settings name; `beside` is the configuration that the journal stands beside where they name no file. None
/// where nothing is to be kept.
fn named(settings: &config::Journal, beside: &Path) -> Result<Option<Kept>, String> {
    let (store, file) = match &settings.store {
        JournalStore::None => return Ok(None),
        JournalStore::Redis {
            address,
            username,
            password,
        } => {
            let redis = Redis::new(address, username.as_deref(), password.as_ref());
            let redis = redis.map_err(|fault| format!("`journal.store`: {fault}"))?;
            (Store::Redis(Box::new(redis)), None)
        }
        JournalStore::Beside => embedded(beside.with_extension("journal"))?,
        JournalStore::File(file) => embedded(file.clone())?,
    };
    let secret = match (&settings.secret, file) {
        (Some(secret), _) => secret.clone(),
        (None, Some(file)) => kept_secret(&file.with_extension(KEY))?,
        (None, None) => return Err("`journal.secret` is missing".to_owned()),
    };
    Ok(Some((store, secret)))
}

/// What is gone with the process: its file has no name once it is open.
fn passing() -> Result<Kept, String> {
    let name = format!("interlingua-{}.journal", std::process::id());
    let file = std::env::temp_dir().join(name);
    let (store, _) = embedded(file.clone())?;
    // A file that stays is in nobody's way.
    let _ = fs::remove_file(file);
    let secret = fresh_secret().map_err(|fault| fault.to_string())?;
    Ok((store, secret))
}

fn embedded(file: PathBuf) -> Result<(Store, Option<PathBuf>), String> {
    let store = Embedded::open(&file).map_err(|fault| {
        format!(
            "the journal {} cannot be opened: {fault}; `journal.store` names another file, or `none`",
            file.display()
        )
    })?;
    Ok((Store::Embedded(store), Some(file)))
}

/// The secret that was made when the journal was; made now if there is none.
fn kept_secret(file: &Path) -> Result<SecretString, String> {
    let about = |fault: &dyn std::fmt::Display| {
        format!("the secret of the journal, {}: {fault}", file.display())
    };
    match fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned().into()),
        Ok(_) => return Err(about(&"it is empty")),
        Err(fault) if fault.kind() == ErrorKind::NotFound => {}
        Err(fault) => return Err(about(&fault)),
    }
    let secret = fresh_secret().map_err(|fault| about(&fault))?;
    let mut created = OpenOptions::new();
    created.write(true).create_new(true).mode(0o600);
    let written = created.open(file).and_then(|mut file| {
        file.write_all(secret.expose_secret().as_bytes())?;
        file.sync_all()
    });
    written.map_err(|fault| about(&fault))?;
    Ok(secret)
}
