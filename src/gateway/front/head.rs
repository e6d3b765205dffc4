//! Judges the head of a request, and tells how its body is framed.

use memchr::{memchr, memchr_iter};

use super::fault::Fault;

/// The longest target: what `http` takes.
const LONGEST_TARGET: usize = 65_534;

/// How a request's body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes follow.
    Length(u64),
    /// Chunks follow.
    Chunked,
}

/// What may be said of bytes at which a head begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// They hold a whole head of this length.
    Whole(usize, Body),
    /// They hold a part of one, and nothing wrong so far.
    Partial,
}

/// What the fields of a head say of its body.
#[derive(Debug, Default)]
struct Framing {
    length: Option<u64>,
    chunked: bool,
}

/// The minor version of HTTP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Zero,
    One,
}

/// Judges a head, line by line, up to the empty one.
pub(super) fn judge(bytes: &[u8], most_fields: usize) -> Result<Judged, Fault> {
    let mut framing = Framing::default();
    let mut version = None;
    let mut start = 0;
    let mut lines = 0_usize;
    for end in memchr_iter(b'\n', bytes) {
        let line = bytes.get(start..end).unwrap_or_default();
        let Some(line) = line.strip_suffix(b"\r") else {
            return Err(Fault::LineEnd);
        };
        start = end.saturating_add(1);
        lines = lines.saturating_add(1);
        match version {
            None => version = Some(request_line(line)?),
            Some(version) if line.is_empty() => {
                let head = bytes.get(..start).unwrap_or_default();
                characters(head, lines)?;
                return Ok(Judged::Whole(start, framing.body(version)?));
            }
            Some(_) if lines.saturating_sub(1) > most_fields => return Err(Fault::ManyFields),
            Some(_) => framing.field(line)?,
        }
    }
    Ok(Judged::Partial)
}

/// Refuses control characters, and a CR that ends no line: those that do are as many as the lines.
fn characters(head: &[u8], lines: usize) -> Result<(), Fault> {
    let is_control = |byte: u8| {
        (byte < 0x20) & (byte != b'\r') & (byte != b'\n') & (byte != b'\t') | (byte == 0x7F)
    };
    // Every byte is looked at, without a branch: that is what makes it one instruction for many.
    if head.iter().fold(false, |any, byte| any | is_control(*byte)) {
        return Err(Fault::Control);
    }
    if memchr_iter(b'\r', head).count() == lines {
        Ok(())
    } else {
        Err(Fault::LineEnd)
    }
}

fn request_line(line: &[u8]) -> Result<Version, Fault> {
    let method = line.iter().position(|byte| !is_token(*byte));
    let (method, rest) = line.split_at(method.ok_or(Fault::RequestLine)?);
    let rest = rest.strip_prefix(b" ").ok_or(Fault::RequestLine)?;
    let end = memchr(b' ', rest).ok_or(Fault::RequestLine)?;
    let (target, version) = rest.split_at(end);
    if method.is_empty() || target.is_empty() {
        return Err(Fault::RequestLine);
    }
    let version = match version {
        b" HTTP/1.1" => Version::One,
        b" HTTP/1.0" => Version::Zero,
        [b' ', b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            return Err(Fault::Version);
        }
        _ => return Err(Fault::RequestLine),
    };
    target_form(target).map(|()| version)
}

fn target_form(target: &[u8]) -> Result<(), Fault> {
    if target.len() > LONGEST_TARGET {
        return Err(Fault::LongTarget);
    }
    let odd = target.iter().position(|byte| !is_of_target(*byte));
    if let Some(odd) = odd {
        let (before, rest) = target.split_at(odd);
        // Some browsers leave these as they are in a query, where they mean nothing.
        let bare = |byte: &u8| is_of_target(*byte) || matches!(byte, b'`' | b'{' | b'}');
        if memchr(b'?', before).is_none() || !rest.iter().all(bare) {
            return Err(Fault::Target);
        }
    }
    // Other forms are rare, and whether they can be taken apart only the parser of `http` knows.
    let is_usual = target.starts_with(b"/") || target == b"*";
    if is_usual || http::Uri::try_from(target).is_ok() {
        Ok(())
    } else {
        Err(Fault::Target)
    }
}

// === impl Framing ===

impl Framing {
    fn field(&mut self, line: &[u8]) -> Result<(), Fault> {
        let end = line.iter().position(|byte| !is_token(*byte));
        let (name, rest) = line.split_at(end.ok_or(Fault::Field)?);
        let Some(value) = rest.strip_prefix(b":").filter(|_| !name.is_empty()) else {
            let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
            return Err(if is_folded {
                Fault::Folded
            } else {
                Fault::Field
            });
        };
        match name.len() {
            14 if name.eq_ignore_ascii_case(b"content-length") => self.length(value.trim_ascii()),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.coding(value.trim_ascii())
            }
            _ => Ok(()),
        }
    }

    fn length(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.length.is_some() || memchr(b',', value).is_some() {
            return Err(Fault::TwoLengths);
        }
        let digit = |number: u64, byte: &u8| {
            let digit = byte.is_ascii_digit().then(|| byte & 0x0F)?;
            number.checked_mul(10)?.checked_add(u64::from(digit))
        };
        let number = value.iter().try_fold(0, digit);
        // hyper keeps the last two numbers for itself.
        let number = number.filter(|number| !value.is_empty() && *number < u64::MAX - 1);
        self.length = Some(number.ok_or(Fault::Length)?);
        Ok(())
    }

    fn coding(&mut self, value: &[u8]) -> Result<(), Fault> {
        if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Fault::Coding);
        }
        self.chunked = true;
        Ok(())
    }

    fn body(&self, version: Version) -> Result<Body, Fault> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err(Fault::LengthAndCoding),
            (None, true) if version == Version::Zero => Err(Fault::Coding),
            (None, true) => Ok(Body::Chunked),
            (length, false) => Ok(Body::Length(length.unwrap_or_default())),
        }
    }
}

/// Whether a byte may stand in a token (RFC 9110, 5.6.2).
pub(super) const fn is_token(byte: u8) -> bool {
    TOKEN.holds(byte)
}

const fn is_of_target(byte: u8) -> bool {
    TARGET.holds(byte)
}

/// A set of bytes below 128, one bit each.
struct Ascii([u64; 2]);

impl Ascii {
    const fn of(bytes: &[u8]) -> Self {
        let mut set = [0; 2];
        let mut rest = bytes;
        while let [byte, others @ ..] = rest {
            let bit = 1_u64 << (*byte & 63);
            match *byte >> 6 {
                0 => set = [set[0] | bit, set[1]],
                _ => set = [set[0], set[1] | bit],
            }
            rest = others;
        }
        Self(set)
    }

    const fn holds(&self, byte: u8) -> bool {
        let [low, high] = self.0;
        let half = match byte >> 6 {
            0 => low,
            1 => high,
            _ => 0,
        };
        half >> (byte & 63) & 1 == 1
    }
}

const TOKEN: Ascii =
    Ascii::of(b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

/// What `http` takes in a path, without the quote, braces and the reversed slash, which some read as a slash.
const TARGET: Ascii = Ascii::of(
    b"!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz|~",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<Judged, Fault> {
        judge(text.as_bytes(), 8)
    }

    fn with(fields: &str) -> Result<Judged, Fault> {
        judged(&format!("POST /x HTTP/1.1\r\n{fields}\r\n"))
    }

    #[test]
    fn a_body_is_framed_by_length_or_chunks() {
        for (fields, body) in [
            ("", Body::Length(0)),
            ("Content-Length: 12\r\n", Body::Length(12)),
            ("content-length:\t007 \r\n", Body::Length(7)),
            ("Transfer-Encoding: Chunked\r\n", Body::Chunked),
        ] {
            let whole = 18 + fields.len() + 2;
            assert_eq!(with(fields), Ok(Judged::Whole(whole, body)), "{fields}");
        }
    }

    #[test]
    fn a_head_is_partial_up_to_its_empty_line() {
        let whole = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for end in 0..whole.len() {
            let part = &whole.as_bytes()[..end];
            assert_eq!(judge(part, 8), Ok(Judged::Partial), "{end}");
        }
    }

    #[test]
    fn whatever_target_is_let_through_can_be_taken_apart() {
        for byte in 0..=u8::MAX {
            for start in [b"/a".as_slice(), b"/a?b"] {
                let target = [start, &[byte, b'c']].concat();
                if target_form(&target).is_ok() {
                    let uri = http::Uri::try_from(target.as_slice()).unwrap();
                    assert_eq!(uri.to_string().len(), target.len(), "{byte}");
                }
            }
        }
    }

    #[test]
    fn lengths_beyond_every_number_are_refused() {
        for length in [
            "18446744073709551616",
            "18446744073709551615",
            "+5",
            "-1",
            "0x10",
            "5 5",
            "",
        ] {
            let fields = format!("Content-Length: {length}\r\n");
            assert_eq!(with(&fields), Err(Fault::Length), "{length}");
        }
    }

    #[test]
    fn fields_are_counted() {
        assert!(with(&"a: b\r\n".repeat(8)).is_ok());
        assert_eq!(with(&"a: b\r\n".repeat(9)), Err(Fault::ManyFields));
    }
}
