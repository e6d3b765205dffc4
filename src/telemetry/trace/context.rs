//! Trace ids, span ids, and the two headers of [W3C Trace Context](https://www.w3.org/TR/trace-context-2/).

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

/// Bytes of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// The flag that says that the caller records its part of the trace. The others are not passed on, as level 1 has it.
const SAMPLED: u8 = 1;

/// Bytes of the longest `tracestate` that goes on: as many as every participant must pass on (3.3.1.5).
const LONGEST_STATE: usize = 512;

/// Members of the longest `tracestate` (3.3.1.1).
const MOST_MEMBERS: usize = 32;

/// Characters of the longest key and of the longest value of a member (3.3.1.3).
const LONGEST_PART: usize = 256;

/// The id of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub(super) NonZeroU128);

/// The id of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(pub(super) NonZeroU64);

/// A place in a trace: `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace.
    pub trace: TraceId,
    /// The span in it that what follows is a part of.
    pub span: SpanId,
    /// Whether that span is recorded.
    pub is_sampled: bool,
}

// === impl TraceId ===

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

// === impl SpanId ===

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

// === impl TraceParent ===

impl TraceParent {
    /// Where the id of the trace stands in the header.
    pub const ID: std::ops::Range<usize> = 3..35;

    /// Reads a `traceparent`; none where it is to be ignored. Of later versions the four fields of this one count, as
    /// 4.3 has it, whatever stands behind them.
    #[must_use]
    pub fn read(header: &str) -> Option<Self> {
        let (fields, rest) = header.split_at_checked(LENGTH)?;
        let mut parts = fields.split('-');
        let mut field = |length: usize| parts.next().filter(|part| part.len() == length);
        let (version, trace, span, flags) = (field(2)?, field(32)?, field(16)?, field(2)?);
        let is_hex = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
        };
        if version == "ff" || ![version, trace, span, flags].into_iter().all(is_hex) {
            return None;
        }
        if !rest.is_empty() && (version == "00" || !rest.starts_with('-')) {
            return None;
        }
        let flags = u8::from_str_radix(flags, 16).ok()?;
        Some(Self {
            trace: TraceId(NonZeroU128::new(u128::from_str_radix(trace, 16).ok()?)?),
            span: SpanId(NonZeroU64::new(u64::from_str_radix(span, 16).ok()?)?),
            is_sampled: flags & SAMPLED != 0,
        })
    }
}

impl fmt::Display for TraceParent {
    /// As the header has it, in version 00.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.is_sampled { SAMPLED } else { 0 };
        write!(f, "00-{}-{}-{flags:02x}", self.trace, self.span)
    }
}

/// Whether a text is a `tracestate` that may go on as it is: a list of members, each key once, within its bounds.
#[must_use]
pub fn is_trace_state(header: &str) -> bool {
    let members = || {
        let members = header.split(',').map(|member| member.trim_matches(BLANK));
        members.filter(|member| !member.is_empty())
    };
    let is_alone = |(at, member)| {
        let mut before = members().take(at);
        before.all(|other| key(other) != key(member))
    };
    let count = members().count();
    header.len() <= LONGEST_STATE
        && (1..=MOST_MEMBERS).contains(&count)
        && members().all(is_member)
        && members().enumerate().all(is_alone)
}

/// What may stand around a member.
const BLANK: [char; 2] = [' ', '\t'];

fn key(member: &str) -> &str {
    member.split_once('=').map_or(member, |(key, _)| key)
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let begins = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let goes_on = |byte: u8| begins(byte) || b"_-*/@".contains(&byte);
    let is_printable = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'=';
    key.bytes().next().is_some_and(begins)
        && key.bytes().all(goes_on)
        && value.bytes().all(is_printable)
        && [key, value]
            .iter()
            .all(|part| (1..=LONGEST_PART).contains(&part.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const WHOLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_header_is_read_and_written_as_it_was() {
        let parent = TraceParent::read(WHOLE).unwrap();
        assert_eq!(parent.trace.to_string(), TRACE);
        assert_eq!(WHOLE.get(TraceParent::ID), Some(TRACE));
        assert_eq!(parent.span.to_string(), "00f067aa0ba902b7");
        assert!(parent.is_sampled);
        assert_eq!(parent.to_string(), WHOLE);
    }

    #[test]
    fn of_the_flags_one_counts() {
        for (flags, is_sampled) in [
            ("00", false),
            ("01", true),
            ("02", false),
            ("03", true),
            ("fe", false),
        ] {
            let header = format!("00-{TRACE}-00f067aa0ba902b7-{flags}");
            let parent = TraceParent::read(&header).unwrap();
            assert_eq!(parent.is_sampled, is_sampled, "{flags}");
        }
    }

    #[test]
    fn later_versions_are_read_by_their_first_four_fields() {
        for rest in ["", "-", "-what-later-versions-have", "-.~\u{e9}"] {
            let header = format!("cc-{TRACE}-00f067aa0ba902b7-01{rest}");
            assert!(TraceParent::read(&header).is_some(), "{header}");
        }
    }

    #[test]
    fn what_is_not_of_the_form_is_ignored() {
        for header in [
            "",
            "00",
            "x",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e47360-0f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\u{e9}",
            "00-4bf92f3577b34da6a3ce929d0e0e4736--00f067aa0ba902b-01",
        ] {
            assert_eq!(TraceParent::read(header), None, "{header}");
        }
    }

    #[test]
    fn a_state_is_a_list_of_members_within_its_bounds() {
        let value = "v".repeat(LONGEST_PART);
        let many = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("k{n}=1")).collect();
            members.join(",")
        };
        for good in [
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
            "rojo=1 , ,\tcongo=2,",
            "t1@sys=a b!\"#",
            "0a_-*/@=~",
            &format!("k={value}"),
            &many(MOST_MEMBERS),
        ] {
            assert!(is_trace_state(good), "{good}");
        }
        for bad in [
            "",
            " , ",
            "a",
            "=a",
            "a=",
            "A=1",
            "a b=1",
            "a=1=2",
            "a=1,a=2",
            "a=\u{e9}",
            "a=\u{7f}",
            &format!("k={value}v"),
            &format!("a={value},b={value}"),
            &many(MOST_MEMBERS + 1),
        ] {
            assert!(!is_trace_state(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_is_read_again(trace in 1..=u128::MAX, span in 1..=u64::MAX, is_sampled: bool) {
            let parent = TraceParent {
                trace: TraceId(NonZeroU128::new(trace).unwrap()),
                span: SpanId(NonZeroU64::new(span).unwrap()),
                is_sampled,
            };
            prop_assert_eq!(TraceParent::read(&parent.to_string()), Some(parent));
        }

        #[test]
        fn no_text_is_too_odd(header in "\\PC{0,80}") {
            let read = TraceParent::read(&header);
            prop_assert!(read.is_none() || header.len() >= LENGTH);
            let _ = is_trace_state(&header);
        }
    }
}
