//! What the gateway tells of itself: long texts that few ask for, made when somebody first does.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;

type Make = dyn Fn() -> Option<Bytes> + Send + Sync;

/// A text that is made when it is first asked for, and then kept. Clones share it.
#[derive(Clone)]
pub struct Told {
    inner: Arc<Inner>,
}

struct Inner {
    text: OnceLock<Option<Bytes>>,
    make: Box<Make>,
}

// === impl Told ===

impl Told {
    /// A text that is to be made. What it is made of was found to be whole before: none is a fault of ours.
    #[must_use]
    pub fn later(make: impl Fn() -> Option<Bytes> + Send + Sync + 'static) -> Self {
        Self {
            inner: Arc::new(Inner {
                text: OnceLock::new(),
                make: Box::new(make),
            }),
        }
    }

    /// Gives the text, and makes it on this thread if nobody has yet.
    #[must_use]
    pub fn now(&self) -> Option<Bytes> {
        self.inner.text.get_or_init(&self.inner.make).clone()
    }

    /// Gives the text; other calls go on while it is made.
    pub async fn text(&self) -> Option<Bytes> {
        if let Some(text) = self.inner.text.get() {
            return text.clone();
        }
        let told = self.clone();
        let made = tokio::task::spawn_blocking(move || told.now()).await;
        made.ok().flatten()
    }
}

impl From<Bytes> for Told {
    fn from(text: Bytes) -> Self {
        Self::later(move || Some(text.clone()))
    }
}

impl From<String> for Told {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Told {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl From<Value> for Told {
    fn from(value: Value) -> Self {
        value.to_string().into()
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told")
            .field("made", &self.inner.text.get().is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_text_is_made_once_and_not_before_it_is_asked_for() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let told = Told::later(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Some(Bytes::from_static(b"text"))
        });
        assert_eq!(made.load(Ordering::Relaxed), 0);
        for _ in 0..2 {
            assert_eq!(told.clone().text().await.as_deref(), Some(&b"text"[..]));
        }
        assert_eq!(told.now().as_deref(), Some(&b"text"[..]));
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_text_that_cannot_be_made_is_none() {
        let told = Told::later(|| None);
        assert_eq!(told.text().await, None);
        assert_eq!(told.now(), None);
    }
}
