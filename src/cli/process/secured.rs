//! TLS of the listener, made anew when its files change.

use std::sync::Arc;

use super::follow::InFiles;
use crate::config::{self, ListenerTls, SecretText};
use crate::gateway::listener::{Tls, TlsFault, TlsTexts};
use secrecy::ExposeSecret;

/// TLS of the listener, and what it was made of.
#[derive(Debug)]
pub(super) struct Secured {
    tls: Arc<Tls>,
    made_of: ListenerTls,
}

// === impl Secured ===

impl Secured {
    pub(super) fn new(settings: &ListenerTls) -> Result<Self, TlsFault> {
        Ok(Self {
            tls: Arc::new(Tls::new(texts(settings))?),
            made_of: settings.clone(),
        })
    }

    pub(super) fn tls(&self) -> Arc<Tls> {
        Arc::clone(&self.tls)
    }
}

impl InFiles for Secured {
    /// Looks at the files once; tells of a change whether it counts. Certificate and key are exchanged one after the
    /// other, so what does not belong together is looked at again when it changes again.
    fn look(&mut self) -> Option<bool> {
        let now = ListenerTls {
            certificate: read(&self.made_of.certificate),
            private_key: read(&self.made_of.private_key),
            clients: self.made_of.clients.as_ref().map(read),
        };
        if texts(&now) == texts(&self.made_of) {
            return None;
        }
        let exchanged = self.tls.exchange(texts(&now)).is_ok();
        self.made_of = now;
        Some(exchanged)
    }
}

/// What its file holds now, or what it held before where there is none.
fn read(secret: &SecretText) -> SecretText {
    let file = secret.file.as_deref();
    let now = file.and_then(|file| config::read_again(file, &config::environment::Process));
    SecretText {
        text: now.unwrap_or_else(|| secret.text.clone()),
        file: secret.file.clone(),
    }
}

fn texts(settings: &ListenerTls) -> TlsTexts<'_> {
    TlsTexts {
        certificate: settings.certificate.text.expose_secret(),
        key: settings.private_key.text.expose_secret(),
        clients: settings
            .clients
            .as_ref()
            .map(|clients| clients.text.expose_secret()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    macro_rules! pem {
        ($name:literal) => {
            include_str!(concat!("../../../tests/gateway/front/tls/", $name, ".pem"))
        };
    }

    fn from_file(path: &Path) -> SecretText {
        SecretText {
            // As settings are read: without the end of the last line.
            text: fs::read_to_string(path).unwrap().trim_end().into(),
            file: Some(path.to_str().unwrap().to_owned()),
        }
    }

    #[test]
    fn files_that_change_count_once_they_belong_together() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("crt"), folder.path().join("key"));
        fs::write(&certificate, pem!("one")).unwrap();
        fs::write(&key, pem!("one.key")).unwrap();
        let mut secured = Secured::new(&ListenerTls {
            certificate: from_file(&certificate),
            private_key: from_file(&key),
            clients: None,
        })
        .unwrap();
        assert_eq!(secured.look(), None);

        fs::write(&certificate, pem!("two")).unwrap();
        assert_eq!(secured.look(), Some(false));
        assert_eq!(secured.look(), None);
        fs::write(&key, pem!("two.key")).unwrap();
        assert_eq!(secured.look(), Some(true));

        // What is gone is no change.
        fs::remove_file(&key).unwrap();
        assert_eq!(secured.look(), None);
    }
}
