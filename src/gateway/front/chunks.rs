//! Follows a body of chunks, byte by byte where it must and in whole chunks where it can.

use super::fault::Fault;
use super::head::is_token;

/// Digits of the largest size.
const MOST_DIGITS: u8 = 16;

/// Bytes of a chunk's extension; nothing here knows any.
const LONGEST_EXTENSION: u16 = 256;

/// Where in a body of chunks the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunks {
    place: Place,
    /// Of the chunk: its size while that is read, then what is left of it.
    left: u64,
    /// Of trailers so far.
    trailers: Trailers,
}

/// Sizes of trailers: those that came, or the most that may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trailers {
    pub(super) bytes: usize,
    pub(super) fields: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the size, behind so many digits.
    Size(u8),
    /// Behind blanks that must lead to an extension.
    Blank,
    /// In the extension, behind so many bytes of it.
    Extension(u16),
    /// Between CR and LF of the size's line.
    SizeEnd,
    Data,
    DataCr,
    DataLf,
    /// At the beginning of a trailer, or of the empty line behind them.
    Trailer,
    Name,
    Value,
    /// Between CR and LF of a trailer.
    TrailerEnd,
    /// Between CR and LF of the empty line.
    LastLf,
}

/// How far a body goes on in some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Followed {
    /// Beyond them.
    All,
    /// It ends within them, behind so many.
    Ends(usize),
    /// It breaks a rule behind so many.
    Breaks(usize, Fault),
}

// === impl Chunks ===

impl Chunks {
    pub(super) const START: Self = Self {
        place: Place::Size(0),
        left: 0,
        trailers: Trailers {
            bytes: 0,
            fields: 0,
        },
    };

    /// Follows the body through these bytes.
    pub(super) fn follow(&mut self, bytes: &[u8], most: Trailers) -> Followed {
        let mut at = 0_usize;
        while let Some((byte, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) {
            if self.place == Place::Data {
                let here = rest.len().saturating_add(1);
                let skipped = usize::try_from(self.left).map_or(here, |left| left.min(here));
                self.left = self
                    .left
                    .saturating_sub(u64::try_from(skipped).unwrap_or(self.left));
                at = at.saturating_add(skipped);
                if self.left == 0 {
                    self.place = Place::DataCr;
                }
                continue;
            }
            match self.step(*byte, most) {
                Ok(Some(place)) => self.place = place,
                Ok(None) => return Followed::Ends(at.saturating_add(1)),
                Err(fault) => return Followed::Breaks(at, fault),
            }
            at = at.saturating_add(1);
        }
        Followed::All
    }

    /// Takes one byte outside of data; gives the next place, or none at the end.
    fn step(&mut self, byte: u8, most: Trailers) -> Result<Option<Place>, Fault> {
        self.trailer(most)?;
        Ok(Some(match (self.place, byte) {
            (Place::Size(digits), _) if byte.is_ascii_hexdigit() => self.digit(digits, byte)?,
            (Place::Size(1..), b'\r') => Place::SizeEnd,
            (Place::Size(1..) | Place::Blank, b';') => Place::Extension(0),
            (Place::Size(1..) | Place::Blank, b' ' | b'\t') => Place::Blank,
            (Place::Extension(_), b'\r') => Place::SizeEnd,
            (Place::Extension(before), b'\t' | b' '..=b'~' | 0x80..)
                if before < LONGEST_EXTENSION =>
            {
                Place::Extension(before.saturating_add(1))
            }
            (Place::Extension(_), _) => return Err(Fault::Extension),
            (Place::SizeEnd, b'\n') if self.left == 0 => Place::Trailer,
            (Place::SizeEnd, b'\n') => Place::Data,
            (Place::DataCr, b'\r') => Place::DataLf,
            (Place::DataLf, b'\n') => Place::Size(0),
            (Place::Trailer, b'\r') => Place::LastLf,
            (Place::Trailer | Place::Name, _) if is_token(byte) => Place::Name,
            (Place::Name, b':') => Place::Value,
            (Place::Value, b'\r') => Place::TrailerEnd,
            (Place::Value, b'\t' | b' '..=b'~' | 0x80..) => Place::Value,
            (Place::TrailerEnd, b'\n') => Place::Trailer,
            (Place::LastLf, b'\n') => return Ok(None),
            (Place::Trailer | Place::Name | Place::Value, _) => return Err(Fault::Trailers),
            (Place::TrailerEnd | Place::LastLf, _) => return Err(Fault::LineEnd),
            _ => return Err(Fault::Chunk),
        }))
    }

    /// Counts a byte that is one of the trailers or of the empty line behind them, and a trailer at its end.
    fn trailer(&mut self, most: Trailers) -> Result<(), Fault> {
        let is_end = match self.place {
            Place::Trailer | Place::Name | Place::Value | Place::LastLf => false,
            Place::TrailerEnd => true,
            _ => return Ok(()),
        };
        let Trailers { bytes, fields } = &mut self.trailers;
        *bytes = bytes.saturating_add(1);
        *fields = fields.saturating_add(usize::from(is_end));
        if *bytes > most.bytes || *fields > most.fields {
            return Err(Fault::LargeTrailers);
        }
        Ok(())
    }

    fn digit(&mut self, digits: u8, byte: u8) -> Result<Place, Fault> {
        let value = char::from(byte).to_digit(16).map_or(0, u64::from);
        // The size of the chunk before it is used up.
        let size = self.left.checked_mul(16).filter(|_| digits < MOST_DIGITS);
        self.left = size
            .and_then(|size| size.checked_add(value))
            .ok_or(Fault::Chunk)?;
        Ok(Place::Size(digits.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Trailers = Trailers {
        bytes: 64,
        fields: 4,
    };

    fn followed(text: &str) -> Followed {
        let mut chunks = Chunks::START;
        chunks.follow(text.as_bytes(), MOST)
    }

    #[test]
    fn a_body_ends_behind_its_trailers() {
        for body in [
            "0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\r\n",
            "0005;name=\"value\"\r\nhello\r\n000\r\n\r\n",
            "5 ; a\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\nC:\r\n\r\n",
            "A\r\n0123456789\r\n0\r\n\r\n",
        ] {
            let and_more = format!("{body}GET");
            assert_eq!(followed(&and_more), Followed::Ends(body.len()), "{body:?}");
            for end in 0..body.len() {
                let mut chunks = Chunks::START;
                let (first, second) = body.as_bytes().split_at(end);
                assert_eq!(chunks.follow(first, MOST), Followed::All, "{body:?}");
                let rest = Followed::Ends(second.len());
                assert_eq!(chunks.follow(second, MOST), rest, "{body:?}");
            }
        }
    }

    #[test]
    fn what_is_no_chunk_breaks_at_its_place() {
        for (body, at, fault) in [
            ("0x5\r\n", 1, Fault::Chunk),
            ("1_0\r\n", 1, Fault::Chunk),
            ("+5\r\n", 0, Fault::Chunk),
            ("-5\r\n", 0, Fault::Chunk),
            ("\r\n", 0, Fault::Chunk),
            (";a\r\n", 0, Fault::Chunk),
            ("5 \r\nhello", 2, Fault::Chunk),
            ("5\nhello", 1, Fault::Chunk),
            ("10000000000000000\r\n", 16, Fault::Chunk),
            ("00000000000000005\r\n", 16, Fault::Chunk),
            ("2\r\nhello", 5, Fault::Chunk),
            ("2\r\nhe\n", 5, Fault::Chunk),
            ("5;a\nb", 3, Fault::Extension),
            ("5;a\0", 3, Fault::Extension),
            ("0\r\n\n", 3, Fault::Trailers),
            ("0\r\n a: b\r\n", 3, Fault::Trailers),
            ("0\r\na : b\r\n", 4, Fault::Trailers),
            ("0\r\na: b\n", 7, Fault::Trailers),
            ("0\r\na: b\rc", 8, Fault::LineEnd),
        ] {
            assert_eq!(followed(body), Followed::Breaks(at, fault), "{body:?}");
        }
    }

    #[test]
    fn extensions_and_trailers_are_bounded() {
        let extension = format!("5;{}", "a".repeat(256));
        assert_eq!(followed(&extension), Followed::All);
        let breaks = Followed::Breaks(extension.len(), Fault::Extension);
        assert_eq!(followed(&format!("{extension}a")), breaks);
        let trailers = format!("0\r\n{}\r\n", "a: b\r\n".repeat(20));
        assert!(matches!(
            followed(&trailers),
            Followed::Breaks(_, Fault::LargeTrailers)
        ));
    }
}
