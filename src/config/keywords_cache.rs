//! Settings of the answers that are kept.

use super::keyword::Form::{Duration, Flag, Map, Size};
use super::keyword::Keyword;
use super::keyword::Need::{Default, Optional};
use super::keywords::row;

/// The rows of the table.
pub(super) const CACHE: &[Keyword] = &[
    row(
        "cache",
        Map,
        Optional,
        "Answers that are given again without asking the upstream, where its mapping says `cache`.",
    ),
    row(
        "cache.enabled",
        Flag,
        Default("true"),
        "Whether any are kept.",
    ),
    row(
        "cache.bytes",
        Size,
        Default("64MiB"),
        "What they may take in memory, together.",
    ),
    row(
        "upstreams.*.cache",
        Map,
        Optional,
        "What of its answers is kept, where its mapping says `cache`.",
    ),
    row(
        "upstreams.*.cache.enabled",
        Flag,
        Default("true"),
        "Whether any are.",
    ),
    row(
        "upstreams.*.cache.longest",
        Duration,
        Optional,
        "For how long at most; left out, for as long as the mapping says, which is never lengthened.",
    ),
];
