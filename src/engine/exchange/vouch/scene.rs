//! The values of variables of a request whose bytes are final.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac};

use super::sign::{Signable, Vouched};
use crate::codec::form::percent::{self, Plus};
use crate::mapping::compile::upstream::{Bit, Format, Signature, Text, What};
use crate::model::date;

/// A request, and what is known of it so far.
pub(super) struct Scene<'s> {
    pub(super) message: &'s Signable<'s>,
    /// Headers that were made before; they stand in front of those of the request.
    pub(super) made: Vouched,
    pub(super) now_unix_ms: i64,
    pub(super) token: Option<&'s str>,
    pub(super) covered: &'s [Box<str>],
    /// The names of the parts that were written.
    pub(super) names: String,
    pub(super) signature: String,
}

// === impl Scene ===

impl<'s> Scene<'s> {
    pub(super) fn new(message: &'s Signable<'s>, now_unix_ms: i64) -> Self {
        Self {
            message,
            made: Vouched::new(),
            now_unix_ms,
            token: None,
            covered: &[],
            names: String::new(),
            signature: String::new(),
        }
    }

    /// Writes a text; `None` if one of its variables is absent.
    pub(super) fn fill(&self, text: &'s Text) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        for bit in &text.bits {
            match bit {
                Bit::Literal(literal) => out.extend_from_slice(literal.as_bytes()),
                Bit::Value { what, format } => out.extend_from_slice(&self.value(what, *format)?),
            }
        }
        Some(out)
    }

    /// Signs the parts that are there, and remembers their names and the signature.
    pub(super) fn sign(&mut self, signature: &'s Signature) {
        self.covered = &signature.covered;
        let written: Vec<Option<Vec<u8>>> = signature
            .parts
            .iter()
            .map(|part| self.fill(part).filter(|_| !part.has(&What::Names)))
            .collect();
        let names: Vec<_> = written.iter().flatten().map(|part| name(part)).collect();
        self.names = names.join(" ");
        let parts = signature.parts.iter().zip(written);
        let parts: Vec<Vec<u8>> = parts
            .filter_map(|(part, written)| match written {
                Some(written) => Some(written),
                None if part.has(&What::Names) => self.fill(part),
                None => None,
            })
            .collect();
        let input = parts.join(signature.join.as_bytes());
        self.signature = STANDARD.encode(hmac::sign(&signature.key, &input));
    }

    /// The value of a variable, in its format.
    pub(super) fn value(&self, what: &'s What, format: Format) -> Option<Cow<'_, [u8]>> {
        let message = self.message;
        let plain: Cow<'_, [u8]> = match what {
            What::Now => return self.now(format),
            What::Body if format == Format::Sha256Base64 => {
                let digest = digest::digest(&digest::SHA256, message.body);
                let text = STANDARD.encode(digest);
                return Some(Cow::Owned(text.into_bytes())).filter(|_| !message.body.is_empty());
            }
            What::Body => Cow::Borrowed(message.body),
            What::Method => Cow::Borrowed(message.method.as_bytes()),
            What::Host => Cow::Borrowed(message.host.as_bytes()),
            What::Path => Cow::Borrowed(message.path().as_bytes()),
            What::Target => Cow::Borrowed(message.target.as_bytes()),
            What::Query => Cow::Owned(query(message.query())),
            What::Headers => Cow::Owned(self.headers()),
            What::Header(name) => Cow::Owned(self.header(name)?),
            What::Names => Cow::Borrowed(self.names.as_bytes()),
            What::Token => Cow::Borrowed(self.token?.as_bytes()),
            What::Signature => Cow::Borrowed(self.signature.as_bytes()),
            What::Setting(value) => Cow::Borrowed(value.shown().as_bytes()),
            What::Nothing => return None,
        };
        Some(match format {
            Format::Lower => {
                Cow::Owned(String::from_utf8_lossy(&plain).to_lowercase().into_bytes())
            }
            _ => plain,
        })
    }

    fn now(&self, format: Format) -> Option<Cow<'_, [u8]>> {
        let text = match format {
            Format::HttpDate => date::write_http_date(self.now_unix_ms)?,
            Format::Unix => self.now_unix_ms.checked_div(1_000)?.to_string(),
            _ => date::write_instant(self.now_unix_ms)?,
        };
        Some(Cow::Owned(text.into_bytes()))
    }

    /// A header as it counts: blanks around it do not, and several of one name are one list.
    pub(super) fn header(&self, name: &str) -> Option<Vec<u8>> {
        let made = self.made.iter().map(|(name, value)| (&**name, &**value));
        let sent = self.message.headers.iter().copied();
        let values: Vec<&[u8]> = made
            .chain(sent)
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim_ascii())
            .collect();
        if values.is_empty() && name.eq_ignore_ascii_case("host") {
            return Some(self.message.host.as_bytes().to_vec());
        }
        (!values.is_empty()).then(|| values.join(b", ".as_slice()))
    }

    fn headers(&self) -> Vec<u8> {
        let present = self.covered.iter().filter_map(|name| {
            let value = self.header(name)?;
            Some([name.as_bytes(), b"=", &value].concat())
        });
        let present: Vec<_> = present.collect();
        present.join(b"&".as_slice())
    }
}

/// What stands before the first colon of a part.
fn name(part: &[u8]) -> String {
    let end = part.iter().position(|byte| *byte == b':');
    let name = end.and_then(|end| part.get(..end)).unwrap_or(part);
    String::from_utf8_lossy(name).into_owned()
}

/// A query in the one order that both sides agree on.
fn query(query: &str) -> Vec<u8> {
    let decoded = |text| percent::decode(text, Plus::Space).unwrap_or(Cow::Borrowed(text));
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name), decoded(value));
            let value = value.trim();
            (!value.is_empty()).then(|| (name.trim().to_owned(), value.to_owned()))
        })
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_sorted_trimmed_and_without_empty_values() {
        let raw =
            "page_size=10&id =123456&from_date=%20%20&+status+=+scheduled++&status=processing&x";
        assert_eq!(
            String::from_utf8(query(raw)).unwrap(),
            "id=123456&page_size=10&status=processing&status=scheduled"
        );
        assert_eq!(query(""), b"");
        assert_eq!(query("a=%zz&b=%26"), b"a=%zz&b=&");
    }
}
