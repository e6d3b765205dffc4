//! The ways in which a message breaks the rules of HTTP.

use std::error::Error;
use std::io;

use crate::gateway::problem::{Code, Problem};

/// A rule that a message broke below hyper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A line does not end with CR and LF, or one of them stands elsewhere.
    #[error("a line must end with CR LF, and neither may stand elsewhere")]
    LineEnd,
    /// More than one empty line before a request.
    #[error("one empty line may stand before a request")]
    EmptyLines,
    /// A control character.
    #[error("the head holds a control character")]
    Control,
    /// A request line that is not method, target and version with one blank between them.
    #[error("the request line must be method, target and version with one blank between them")]
    RequestLine,
    /// A target with a character that belongs in none.
    #[error("the target is no URI")]
    Target,
    /// A target too long for any resource.
    #[error("the target is too long")]
    LongTarget,
    /// A version other than 1.0 and 1.1.
    #[error("the version must be HTTP/1.0 or HTTP/1.1, or HTTP/2 with prior knowledge")]
    Version,
    /// A field whose name is no token with a colon behind it.
    #[error("a header's name must be a token with a colon right behind it")]
    Field,
    /// A field that goes on in the next line.
    #[error("a header must not be folded")]
    Folded,
    /// A length that is no number.
    #[error("`Content-Length` must be a whole number")]
    Length,
    /// Two lengths.
    #[error("`Content-Length` must stand once")]
    TwoLengths,
    /// A length beside a coding.
    #[error("`Content-Length` must not stand beside `Transfer-Encoding`")]
    LengthAndCoding,
    /// A coding other than `chunked`, or more than one.
    #[error("`Transfer-Encoding` must stand once and be `chunked`, in HTTP/1.1 alone")]
    Coding,
    /// A head over the limit.
    #[error("the head is over the limit of bytes")]
    LargeHead,
    /// More fields than the limit.
    #[error("the head has too many headers")]
    ManyFields,
    /// A chunk whose size, or whose end, is none.
    #[error("a chunk must be a hexadecimal size, CR LF, as many bytes, CR LF")]
    Chunk,
    /// An extension of a chunk that is too long or holds control characters.
    #[error("a chunk's extension is too long or holds a control character")]
    Extension,
    /// Trailers that are no fields.
    #[error("the trailers are no headers")]
    Trailers,
    /// Trailers over a limit.
    #[error("the trailers are over the limit of bytes or of headers")]
    LargeTrailers,
    /// A head that took too long.
    #[error("the head did not arrive in time")]
    SlowHead,
    /// A body that comes too slowly.
    #[error("the body comes too slowly")]
    SlowBody,
}

// === impl Fault ===

impl Fault {
    /// The problem to tell.
    #[cold]
    #[must_use]
    pub fn problem(self) -> Problem {
        let code = match self {
            Self::LargeHead | Self::ManyFields => Code::HeadTooLarge,
            Self::LongTarget => Code::TargetTooLong,
            Self::LargeTrailers => Code::TooLarge,
            Self::Version => Code::VersionNotSupported,
            Self::SlowHead | Self::SlowBody => Code::RequestTimeout,
            _ => Code::Malformed,
        };
        let mut detail = self.to_string();
        if let Some(first) = detail.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        detail.push('.');
        Problem::new(code, detail)
    }

    /// The word for it among causes of metrics.
    pub(in crate::gateway) const fn cause(self) -> &'static str {
        match self {
            Self::LineEnd => "line-end",
            Self::EmptyLines => "empty-lines",
            Self::Control => "control-character",
            Self::RequestLine => "request-line",
            Self::Target => "target",
            Self::LongTarget => "long-target",
            Self::Version => "version",
            Self::Field => "field",
            Self::Folded => "folded-field",
            Self::Length => "length",
            Self::TwoLengths => "two-lengths",
            Self::LengthAndCoding => "length-and-coding",
            Self::Coding => "coding",
            Self::LargeHead => "large-head",
            Self::ManyFields => "many-fields",
            Self::Chunk => "chunk",
            Self::Extension => "chunk-extension",
            Self::Trailers => "trailers",
            Self::LargeTrailers => "large-trailers",
            Self::SlowHead => "slow-head",
            Self::SlowBody => "slow-body",
        }
    }

    /// The fault behind an error of reading a body, if it is one.
    pub(in crate::gateway) fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut at = Some(error);
        while let Some(error) = at {
            let inner = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref);
            if let Some(fault) = inner.and_then(|inner| inner.downcast_ref::<Self>()) {
                return Some(*fault);
            }
            at = error.source();
        }
        None
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        let kind = match fault {
            Fault::SlowHead | Fault::SlowBody => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::InvalidData,
        };
        Self::new(kind, fault)
    }
}
