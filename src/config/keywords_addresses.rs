//! Settings about the addresses of an upstream.

use super::keyword::Form::{Count, Duration, List, Map, Text};
use super::keyword::Keyword;
use super::keyword::Need::{Default, Optional};
use super::keywords::row;

/// Rows of the table, each map before what stands in it.
pub(super) const ADDRESSES: &[Keyword] = &[
    row(
        "upstreams.*.addresses",
        Map,
        Optional,
        "How its addresses are found, and which of them are called.",
    ),
    row(
        "upstreams.*.addresses.refresh",
        Duration,
        Default("5s"),
        "How often its name is looked up while it is called; a second at least.",
    ),
    row(
        "upstreams.*.addresses.stale",
        Duration,
        Default("5m"),
        "How long the addresses that were found last count while none are found.",
    ),
    row(
        "upstreams.*.addresses.failures",
        Count(1, 1_000_000),
        Default("3"),
        "Failures in a row after which one of several addresses rests.",
    ),
    row(
        "upstreams.*.addresses.rest",
        Duration,
        Default("1s"),
        "For how long, the first time; it doubles with each time that does not help.",
    ),
    row(
        "upstreams.*.addresses.longest",
        Duration,
        Default("30s"),
        "The longest of these times.",
    ),
    row(
        "upstreams.*.addresses.allow",
        List,
        Optional,
        "Addresses that are called although they are refused as a rule: link-local ones, those of a cloud's metadata, loopback behind a name.",
    ),
    row(
        "upstreams.*.addresses.allow.[]",
        Text,
        Optional,
        "An address, or the beginning of some: `169.254.170.2`, `127.0.0.0/8`, `fe80::/10`.",
    ),
];
