//! Knows where in the messages of a connection the next byte stands.

use super::chunks::{Chunks, Followed, Trailers};
use super::fault::Fault;
use super::head::{self, Body, Judged};
use crate::config::Limits;

/// Bytes of trailers that hyper has room for: beyond them it breaks off in words of its own.
const MOST_OF_TRAILERS: usize = (16 << 10) - 1;

/// Follows the requests of an HTTP/1.1 connection, those that come before the earlier ones are answered too.
#[derive(Debug)]
pub(super) struct Reader {
    place: Place,
    /// An empty line stood before the head.
    is_led: bool,
    /// Heads that were whole.
    heads: usize,
    most_bytes: usize,
    most_fields: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Length(u64),
    Chunked(Chunks),
}

/// What some bytes are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// So many may go on.
    pub(super) good: usize,
    pub(super) rest: Rest,
}

/// What stands behind the bytes that may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Nothing,
    /// A head that is not whole yet.
    Head,
    /// A head that breaks a rule.
    BadHead(Fault),
    /// A body that does.
    BadBody(Fault),
}

// === impl Reader ===

impl Reader {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            place: Place::Head,
            is_led: false,
            heads: 0,
            most_bytes: limits.header,
            most_fields: limits.headers,
        }
    }

    /// How many heads went on.
    pub(super) const fn heads(&self) -> usize {
        self.heads
    }

    /// Whether the last head's body has not ended.
    pub(super) fn is_in_body(&self) -> bool {
        self.place != Place::Head
    }

    /// Whether bytes that go on from a part of a head of this length can change what is known of it.
    pub(super) fn tells_more(&self, before: usize, more: &[u8]) -> bool {
        memchr::memchr(b'\n', more).is_some() || before.saturating_add(more.len()) > self.most_bytes
    }

    fn most_trailers(&self) -> Trailers {
        Trailers {
            bytes: self.most_bytes.min(MOST_OF_TRAILERS),
            fields: self.most_fields,
        }
    }

    /// Takes the bytes that follow those that went on before.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Taken {
        let mut good = 0_usize;
        loop {
            let left = bytes.get(good..).unwrap_or_default();
            let rest = match self.place {
                _ if left.is_empty() => Rest::Nothing,
                Place::Length(length) => {
                    let here = u64::try_from(left.len()).unwrap_or(u64::MAX).min(length);
                    self.place = match length.saturating_sub(here) {
                        0 => Place::Head,
                        left => Place::Length(left),
                    };
                    good = good.saturating_add(usize::try_from(here).unwrap_or(usize::MAX));
                    continue;
                }
                Place::Chunked(mut chunks) => match chunks.follow(left, self.most_trailers()) {
                    Followed::All => {
                        self.place = Place::Chunked(chunks);
                        good = bytes.len();
                        continue;
                    }
                    Followed::Ends(end) => {
                        self.place = Place::Head;
                        good = good.saturating_add(end);
                        continue;
                    }
                    Followed::Breaks(at, fault) => {
                        good = good.saturating_add(at);
                        Rest::BadBody(fault)
                    }
                },
                Place::Head => match self.head(left) {
                    Ok(0) => Rest::Head,
                    Ok(whole) => {
                        good = good.saturating_add(whole);
                        continue;
                    }
                    Err(fault) => Rest::BadHead(fault),
                },
            };
            return Taken { good, rest };
        }
    }

    /// Judges bytes at which a head begins; gives its length, or that of the empty line before it, or 0 for a part.
    fn head(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        match bytes {
            b"\r" => return Ok(0),
            [b'\r', b'\n', ..] if self.is_led => return Err(Fault::EmptyLines),
            [b'\r', b'\n', ..] => {
                self.is_led = true;
                return Ok(2);
            }
            _ => {}
        }
        let within = bytes.get(..self.most_bytes);
        match head::judge(within.unwrap_or(bytes), self.most_fields)? {
            Judged::Whole(length, body) => {
                self.is_led = false;
                self.heads = self.heads.saturating_add(1);
                self.place = match body {
                    Body::Length(0) => Place::Head,
                    Body::Length(length) => Place::Length(length),
                    Body::Chunked => Place::Chunked(Chunks::START),
                };
                Ok(length)
            }
            Judged::Partial if bytes.len() > self.most_bytes => Err(Fault::LargeHead),
            Judged::Partial => Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}\r\nPOST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";

    fn reader() -> Reader {
        Reader::new(&Limits::default())
    }

    #[test]
    fn messages_follow_each_other() {
        let mut reader = reader();
        let taken = reader.take(TWO.as_bytes());
        let all = Taken {
            good: TWO.len(),
            rest: Rest::Nothing,
        };
        assert_eq!(
            (taken, reader.heads(), reader.is_in_body()),
            (all, 2, false)
        );
    }

    #[test]
    fn a_head_is_kept_back_until_it_is_whole() {
        let text = TWO.as_bytes();
        for end in 0..text.len() {
            let mut reader = reader();
            let first = reader.take(&text[..end]);
            assert!(matches!(first.rest, Rest::Nothing | Rest::Head));
            let second = reader.take(&text[first.good..]);
            assert_eq!(
                (second.good, second.rest),
                (text.len() - first.good, Rest::Nothing)
            );
        }
    }

    #[test]
    fn what_follows_a_message_is_judged_as_one() {
        let smuggled = TWO.replace("{}\r\nPOST", "{}\r\nGET /c HTTP/1.1\n\nPOST");
        let taken = reader().take(smuggled.as_bytes());
        assert_eq!(taken.rest, Rest::BadHead(Fault::LineEnd));
        assert_eq!(taken.good, smuggled.find("GET").unwrap());
    }

    #[test]
    fn a_head_ends_within_the_limit() {
        let limits = Limits {
            header: 64,
            ..Limits::default()
        };
        let whole = |fill: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(fill));
        let (fits, over) = (whole(64 - whole(0).len()), whole(65 - whole(0).len()));
        let none = Taken {
            good: 64,
            rest: Rest::Nothing,
        };
        assert_eq!(Reader::new(&limits).take(fits.as_bytes()), none);
        let refused = Rest::BadHead(Fault::LargeHead);
        assert_eq!(Reader::new(&limits).take(over.as_bytes()).rest, refused);
    }
}
