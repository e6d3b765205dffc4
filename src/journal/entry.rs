//! An entry, and its bytes.

/// The first byte of an entry's form; another form has another.
const FORM: u8 = 1;

/// One keyed write, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What was to be done.
    pub attempt: Attempt,
    /// The process that began it.
    pub owner: [u8; 16],
    /// How it stands.
    pub standing: Standing,
}

/// What a keyed write is about to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The keyed digest of the request.
    pub fingerprint: super::Fingerprint,
    /// The upstream, by its name in the configuration.
    pub upstream: String,
    /// The id of the trace that it was sent with: an upstream that tells repetitions apart may hold each against it.
    pub trace_id: String,
    /// How a look-up finds what it made, where the mapping has one.
    pub trace: Option<Trace>,
    /// When the gateway gives up waiting; milliseconds since 1970.
    pub ends_unix_ms: u64,
    /// From when on it cannot land any more; milliseconds since 1970.
    pub settles_unix_ms: u64,
}

/// How what a write made is found and told.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    /// The text by which it is looked for.
    pub text: String,
    /// The path of the call, behind which what it made is.
    pub path: String,
}

/// Tells nothing: both are of a message.
impl std::fmt::Debug for Trace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").finish_non_exhaustive()
    }
}

/// How a keyed write stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// On its way.
    Started,
    /// Perhaps done.
    Unknown,
    /// Done, or refused.
    Answered(Answer),
}

/// The answer that repetitions get.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Tells sizes only: the rest is of a message.
impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

// === impl Entry ===

impl Entry {
    /// An entry of an attempt that begins.
    #[must_use]
    pub fn started(attempt: Attempt, owner: [u8; 16]) -> Self {
        Self {
            attempt,
            owner,
            standing: Standing::Started,
        }
    }

    /// Appends its bytes: numbers in big-endian order, texts behind their length.
    pub fn encode(&self, to: &mut Vec<u8>) {
        to.push(FORM);
        to.extend_from_slice(self.attempt.fingerprint.as_bytes());
        to.extend_from_slice(&self.owner);
        for time in [self.attempt.ends_unix_ms, self.attempt.settles_unix_ms] {
            to.extend_from_slice(&time.to_be_bytes());
        }
        put(self.attempt.upstream.as_bytes(), to);
        put(self.attempt.trace_id.as_bytes(), to);
        to.push(u8::from(self.attempt.trace.is_some()));
        if let Some(Trace { text, path }) = &self.attempt.trace {
            put(text.as_bytes(), to);
            put(path.as_bytes(), to);
        }
        match &self.standing {
            Standing::Started => to.push(0),
            Standing::Unknown => to.push(1),
            Standing::Answered(answer) => {
                to.push(2);
                to.extend_from_slice(&answer.status.to_be_bytes());
                let count = u16::try_from(answer.headers.len()).unwrap_or(u16::MAX);
                to.extend_from_slice(&count.to_be_bytes());
                for (name, value) in answer.headers.iter().take(usize::from(count)) {
                    put(name.as_bytes(), to);
                    put(value, to);
                }
                put(&answer.body, to);
            }
        }
    }

    /// Reads an entry; none if the bytes are of no entry of this form.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes;
        let from = &mut bytes;
        if take::<1>(from)? != [FORM] {
            return None;
        }
        let fingerprint = super::Fingerprint::from_bytes(take(from)?);
        let owner = take(from)?;
        let (ends_unix_ms, settles_unix_ms) = (time(from)?, time(from)?);
        let (upstream, trace_id) = (text(from)?, text(from)?);
        let trace = match take(from)? {
            [0] => None,
            [1] => Some(Trace {
                text: text(from)?,
                path: text(from)?,
            }),
            _ => return None,
        };
        let attempt = Attempt {
            fingerprint,
            upstream,
            trace_id,
            trace,
            ends_unix_ms,
            settles_unix_ms,
        };
        let standing = match take(from)? {
            [0] => Standing::Started,
            [1] => Standing::Unknown,
            [2] => Standing::Answered(answer(from)?),
            _ => return None,
        };
        bytes.is_empty().then_some(Self {
            attempt,
            owner,
            standing,
        })
    }
}

fn put(bytes: &[u8], to: &mut Vec<u8>) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(bytes);
}

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = from.split_first_chunk::<N>()?;
    *from = rest;
    Some(*first)
}

fn time(from: &mut &[u8]) -> Option<u64> {
    take(from).map(u64::from_be_bytes)
}

fn bytes(from: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(u32::from_be_bytes(take(from)?)).ok()?;
    let (first, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(first.to_vec())
}

fn text(from: &mut &[u8]) -> Option<String> {
    String::from_utf8(bytes(from)?).ok()
}

fn answer(from: &mut &[u8]) -> Option<Answer> {
    let status = u16::from_be_bytes(take(from)?);
    let count = u16::from_be_bytes(take(from)?);
    let mut headers = Vec::new();
    for _ in 0..count {
        headers.push((text(from)?, bytes(from)?));
    }
    Some(Answer {
        status,
        headers,
        body: bytes(from)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Fingerprint;

    fn entries() -> Vec<Entry> {
        let attempt = |trace: Option<&str>| Attempt {
            fingerprint: Fingerprint::from_bytes([7; 32]),
            upstream: "billing".to_owned(),
            trace_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
            trace: trace.map(|text| Trace {
                text: text.to_owned(),
                path: "/v1/customers".to_owned(),
            }),
            ends_unix_ms: 12_000,
            settles_unix_ms: 30_000,
        };
        let answer = Answer {
            status: 201,
            headers: vec![("etag".to_owned(), b"\"a\"".to_vec())],
            body: b"{}".to_vec(),
        };
        let mut entries = Vec::new();
        for trace in [None, Some(""), Some("r-1")] {
            for standing in [
                Standing::Started,
                Standing::Unknown,
                Standing::Answered(answer.clone()),
            ] {
                let mut entry = Entry::started(attempt(trace), [3; 16]);
                entry.standing = standing;
                entries.push(entry);
            }
        }
        entries
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        for entry in entries() {
            let mut bytes = Vec::new();
            entry.encode(&mut bytes);
            assert_eq!(Entry::decode(&bytes), Some(entry));
        }
    }

    #[test]
    fn bytes_that_are_cut_or_longer_are_no_entry() {
        for entry in entries() {
            let mut bytes = Vec::new();
            entry.encode(&mut bytes);
            for end in 0..bytes.len() {
                assert_eq!(Entry::decode(&bytes[..end]), None, "{end}");
            }
            bytes.push(0);
            assert_eq!(Entry::decode(&bytes), None);
        }
    }
}
