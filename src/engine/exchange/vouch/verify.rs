//! Server role: holds the headers of a received request against what they should be.

use std::borrow::Cow;

use super::scene::Scene;
use super::sign::Signable;
use super::token;
use crate::engine::exchange::received::equal;
use crate::engine::exchange::{Context, params};
use crate::mapping::compile::upstream::{
    Bit, ContextPlace, Format, Signature, Source, Text, Upstream, What,
};
use crate::model::date;

/// What a header says of a variable.
type Said<'t> = (&'t What, Format, Vec<u8>);

// === impl Upstream ===

impl Upstream {
    /// Tells whether what vouches for a received request is there and right: the signature taken again over what was
    /// received, the time within the window, the token one of those issued since `start_unix_ms`.
    #[must_use]
    pub fn verify(&self, message: &Signable<'_>, now_unix_ms: i64, start_unix_ms: i64) -> bool {
        let Some(voucher) = &self.credentials.voucher else {
            return true;
        };
        let mut scene = Scene::new(message, now_unix_ms);
        // No header is left out for want of a token.
        scene.token = Some("");
        let mut said = Vec::new();
        for (name, text) in &voucher.send {
            let found = scene
                .header(name)
                .map(|value| (said_by(text, &value), value));
            match found {
                Some((Some(of_header), _)) => said.extend(of_header),
                Some((None, _)) => return false,
                // One with an absent variable, such as the digest of no body, was rightly left out.
                None if scene.fill(text).is_none() => {}
                None => return false,
            }
        }
        let mut times = Vec::new();
        for (_, format, text) in said.iter().filter(|(what, ..)| **what == What::Now) {
            match instant(*format, text) {
                Some(time) => times.push(time),
                None => return false,
            }
        }
        if let Some(time) = times.first() {
            scene.now_unix_ms = *time;
        }
        if let Some(signature) = &voucher.signature {
            scene.sign(signature);
            if !self.is_timely(&scene, signature, times, now_unix_ms) {
                return false;
            }
        }
        // Every one is compared, so that the time tells nothing of which was wrong.
        said.iter().fold(true, |right, (what, format, text)| {
            let is_right = match what {
                What::Token => voucher
                    .grant
                    .as_ref()
                    .is_some_and(|grant| token::is_issued(grant, text, now_unix_ms, start_unix_ms)),
                _ => scene
                    .value(what, *format)
                    .is_some_and(|expected| equal(&expected, text)),
            };
            right & is_right
        })
    }

    /// Tells whether every time that is signed lies within the window.
    fn is_timely(
        &self,
        scene: &Scene<'_>,
        signature: &Signature,
        mut times: Vec<i64>,
        now_unix_ms: i64,
    ) -> bool {
        let Some(window) = signature.window else {
            return true;
        };
        let now = Source::Context(ContextPlace::Now);
        let signed = self.headers.iter().filter(|param| {
            param.sources.contains(&now) && param.names.iter().any(|name| signature.signs(name))
        });
        for param in signed {
            let native = |name: &str| scene.header(name).map(Cow::Owned);
            let read = params::read(param, native, &Context::default().facts());
            let at = param.sources.iter().position(|source| *source == now);
            let texts = read.ok().flatten().unwrap_or_default();
            let text = at.and_then(|at| texts.get(at)?.as_deref());
            match text.and_then(date::unix_ms) {
                Some(time) => times.push(time),
                None => return false,
            }
        }
        let most = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
        !times.is_empty() && times.iter().all(|time| time.abs_diff(now_unix_ms) <= most)
    }
}

/// Takes a header apart; `None` if it is not as the text says. A variable ends where what stands behind it begins.
fn said_by<'t>(text: &'t Text, value: &[u8]) -> Option<Vec<Said<'t>>> {
    let mut said = Vec::new();
    let mut rest = value;
    let mut bits = text.bits.iter().peekable();
    while let Some(bit) = bits.next() {
        if let Some(fixed) = fixed(bit) {
            let (start, behind) = rest.split_at_checked(fixed.len())?;
            if !equal(&fixed, start) {
                return None;
            }
            rest = behind;
            continue;
        }
        let Bit::Value { what, format } = bit else {
            return None;
        };
        let end = match bits.peek().and_then(|next| fixed(next)) {
            Some(next) => rest
                .windows(next.len().max(1))
                .position(|window| *window == *next)?,
            None => rest.len(),
        };
        let (variable, behind) = rest.split_at_checked(end)?;
        said.push((what, *format, variable.to_vec()));
        rest = behind;
    }
    rest.is_empty().then_some(said)
}

/// What stands in every request alike.
fn fixed(bit: &Bit) -> Option<Cow<'_, [u8]>> {
    match bit {
        Bit::Literal(literal) => Some(Cow::Borrowed(literal.as_bytes())),
        Bit::Value {
            what: What::Setting(value),
            format: Format::Lower,
        } => Some(Cow::Owned(value.shown().to_lowercase().into_bytes())),
        Bit::Value {
            what: What::Setting(value),
            ..
        } => Some(Cow::Borrowed(value.shown().as_bytes())),
        Bit::Value { .. } => None,
    }
}

fn instant(format: Format, text: &[u8]) -> Option<i64> {
    match format {
        Format::HttpDate => date::parse_http_date(text),
        Format::Unix => {
            let digits = std::str::from_utf8(text).ok()?;
            let plain = digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let seconds: i64 = digits.parse().ok().filter(|_| plain)?;
            seconds.checked_mul(1_000)
        }
        _ => date::unix_ms(text),
    }
}
