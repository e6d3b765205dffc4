//! `sealed`: an encrypted text.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{aead, hmac};

use super::arguments::{Argument, Arguments, BuildError};
use super::info::{Example, Info, Parameter};
use super::{CallFacts, Refusal, RefusalKind};

/// 32 zero bytes: a key for examples and nothing else.
const ZEROS: &[Argument<'_>] = &[Argument::word(
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
)];

pub(super) static INFO: Info = Info {
    name: "sealed",
    summary: "Base64 of nonce (12 bytes), AES-256-GCM ciphertext and tag (16 bytes) to the text; without a key the value is refused",
    parameters: &[Parameter::required(
        "key",
        "32 bytes in Base64, from a secret setting",
    )],
    examples: &[
        Example::both(
            ZEROS,
            &["vXemlsXPaT8Ri2i2v2N8Xpxdag+kSLiCIoe7QfQ/3yhUluyDaw=="],
            &["123456789"],
        ),
        Example::refuse_read(ZEROS, &["not Base64"]),
        Example::refuse_read(
            ZEROS,
            &["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],
        )
        .note("sealed with another key, or changed on the way"),
        Example::refuse_write(&[Argument::word("")], &["123456789"])
            .note("the setting is left out"),
    ],
};

/// The converter `sealed`; shared, since a key schedule is not for copying around.
#[derive(Debug, Clone)]
pub struct Sealed {
    keys: Option<Arc<Keys>>,
}

struct Keys {
    text: aead::LessSafeKey,
    nonce: hmac::Key,
}

/// The size of a nonce and a tag of AES-GCM in bytes.
const NONCE: usize = aead::NONCE_LEN;
const TAG: usize = 16;

const ABSENT: Refusal = Refusal {
    why: "no value here, since the operator has set no key to seal it with",
    kind: RefusalKind::NotSupported,
};

impl Sealed {
    pub(super) fn build(arguments: &Arguments<'_>) -> Result<Self, BuildError> {
        let key = arguments.required("key");
        if key.is_empty() {
            return Ok(Self { keys: None });
        }
        let keys = STANDARD.decode(key).ok().and_then(|key| Keys::new(&key));
        let keys = keys.ok_or_else(|| arguments.not_allowed("key"))?;
        Ok(Self {
            keys: Some(Arc::new(keys)),
        })
    }

    pub(super) fn read(&self, native: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        const WHY: Refusal = Refusal::invalid("a text that is sealed with the key agreed on");
        let keys = self.keys.as_deref().ok_or(ABSENT)?;
        let mut sealed = STANDARD.decode(native).map_err(|_| WHY)?;
        let (nonce, text) = sealed.split_at_mut_checked(NONCE).ok_or(WHY)?;
        let nonce = aead::Nonce::try_assume_unique_for_key(nonce).map_err(|_| WHY)?;
        let text = keys
            .text
            .open_in_place(nonce, aead::Aad::empty(), text)
            .map_err(|_| WHY)?;
        std::str::from_utf8(text).map_err(|_| WHY)?;
        out.extend_from_slice(text);
        Ok(())
    }

    pub(super) fn write(
        &self,
        canonical: &[u8],
        call: &CallFacts<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        const WHY: Refusal = Refusal::invalid("a text that is short enough to be sealed");
        let keys = self.keys.as_deref().ok_or(ABSENT)?;
        let nonce = keys.nonce_of(canonical, call);
        let mut sealed =
            Vec::with_capacity(canonical.len().saturating_add(NONCE).saturating_add(TAG));
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(canonical);
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let text = sealed.get_mut(NONCE..).unwrap_or_default();
        let tag = keys
            .text
            .seal_in_place_separate_tag(nonce, aead::Aad::empty(), text)
            .map_err(|_| WHY)?;
        sealed.extend_from_slice(tag.as_ref());
        out.extend_from_slice(STANDARD.encode(sealed).as_bytes());
        Ok(())
    }
}

impl Keys {
    fn new(key: &[u8]) -> Option<Self> {
        let text = aead::UnboundKey::new(&aead::AES_256_GCM, key).ok()?;
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let derived = hmac::sign(&root, b"nonce of a sealed value");
        Some(Self {
            text: aead::LessSafeKey::new(text),
            nonce: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
        })
    }

    /// The nonce of one value of one call, from the call's nonce and the text itself.
    ///
    /// A call may seal several values and may be repeated. Taken as it is, the call's nonce would then serve
    /// two texts, which breaks the cipher; this way only the very same text of the very same call gets the
    /// same nonce, and so the same bytes.
    fn nonce_of(&self, text: &[u8], call: &CallFacts<'_>) -> [u8; NONCE] {
        let mut context = hmac::Context::with_key(&self.nonce);
        context.update(&call.nonce);
        context.update(text);
        let mut nonce = [0; NONCE];
        for (to, from) in nonce.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        nonce
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Convert;
    use super::*;

    fn facts(nonce: u8) -> CallFacts<'static> {
        CallFacts {
            nonce: [nonce; 12],
            request_id: "r",
            now_unix_ms: 0,
        }
    }

    fn seal(convert: &Convert, text: &str, nonce: u8) -> Vec<u8> {
        let mut out = Vec::new();
        convert
            .write(text.as_bytes(), &facts(nonce), &mut out)
            .unwrap();
        out
    }

    #[test]
    fn two_texts_of_one_call_never_share_a_nonce() {
        let convert = Convert::build("sealed", ZEROS).unwrap();
        let nonce = |sealed: Vec<u8>| STANDARD.decode(sealed).unwrap()[..NONCE].to_vec();
        assert_ne!(
            nonce(seal(&convert, "one", 1)),
            nonce(seal(&convert, "two", 1))
        );
        assert_ne!(
            nonce(seal(&convert, "one", 1)),
            nonce(seal(&convert, "one", 2))
        );
        assert_eq!(
            seal(&convert, "one", 1),
            seal(&convert, "one", 1),
            "a repetition sends the same bytes"
        );
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let convert = Convert::build("sealed", ZEROS).unwrap();
        let sealed = STANDARD.decode(seal(&convert, "123456789", 3)).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let mut out = b"before".to_vec();
            let refusal = convert.read(STANDARD.encode(changed).as_bytes(), &facts(3), &mut out);
            assert!(refusal.is_err(), "bit {bit}");
            assert_eq!(out, b"before");
        }
    }

    #[test]
    fn a_bad_key_is_told_and_never_shown() {
        for bad in [
            "AAAA",
            "not Base64",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        ] {
            let error = Convert::build("sealed", &[Argument::word(bad)]).unwrap_err();
            assert_eq!(error.argument, Some(0));
            assert!(!format!("{error} {error:?}").contains(bad));
        }
        let convert = Convert::build(
            "sealed",
            &[Argument::word(
                "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=",
            )],
        )
        .unwrap();
        assert_eq!(
            format!("{convert:?}"),
            "Sealed(Sealed { keys: Some(Keys(..)) })"
        );
    }
}
