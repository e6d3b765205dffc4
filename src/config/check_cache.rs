//! Checks of what is kept of answers.

use crate::diag::Code;

use super::check::{Checker, parse};
use super::form;
use super::settings::{Cache, UpstreamCache};

// === impl Checker ===

impl Checker<'_> {
    /// Reads whether answers are kept, and how many.
    pub(super) fn cache(&mut self) -> Option<Cache> {
        let is_enabled = self.one("cache.enabled", "cache.enabled", parse);
        let bytes = self.one("cache.bytes", "cache.bytes", form::size);
        self.without_cache(is_enabled, "cache.bytes", "cache.enabled");
        Some(Cache {
            is_enabled: is_enabled?,
            bytes: bytes?,
        })
    }

    /// Reads what is kept of the upstream at this path; what is faulty is told and has its default.
    pub(super) fn cache_of(&mut self, at: &str) -> UpstreamCache {
        let (enabled, longest) = (format!("{at}.enabled"), format!("{at}.longest"));
        let is_enabled = self.one(&enabled, "upstreams.*.cache.enabled", parse);
        self.without_cache(is_enabled, &longest, &enabled);
        UpstreamCache {
            is_enabled: is_enabled.unwrap_or(true),
            longest: self.duration(&longest, "upstreams.*.cache.longest"),
        }
    }

    /// Tells of a setting that means nothing where nothing is kept.
    fn without_cache(&mut self, is_enabled: Option<bool>, path: &str, switch: &str) {
        if is_enabled == Some(false) && self.raw.get(path).is_some() {
            let message = format!("`{path}` means nothing while `{switch}` is `false`");
            let help = Some(format!("take it away, or say `{switch}: true`"));
            self.fault(Code::C009, path, message, help);
        }
    }
}
