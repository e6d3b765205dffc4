//! Settings about who may call.

use super::keyword::Form::{Duration, Flag, KeyHash, List, Map, Name, Secret, Text};
use super::keyword::Keyword;
use super::keyword::Need::{Optional, Required};
use super::keywords::row;

/// Rows of the table, each map before what stands in it.
pub(super) const CALLERS: &[Keyword] = &[
    row(
        "callers",
        Map,
        Optional,
        "Who may call; left out, anybody on this machine, and no listener elsewhere.",
    ),
    row(
        "callers.open",
        Flag,
        Optional,
        "Whether anybody may call who reaches the listener; left out, nobody who is not known.",
    ),
    row(
        "callers.known",
        Map,
        Optional,
        "Callers by the names that logs tell them by.",
    ),
    row("callers.known.*", Map, Optional, "One caller."),
    row(
        "callers.known.*.keys",
        List,
        Optional,
        "Keys that prove it, sent as `Authorization: Bearer` and the key.",
    ),
    row(
        "callers.known.*.keys.[]",
        KeyHash,
        Optional,
        "Hash of a key, as `interlingua key` makes it.",
    ),
    row(
        "callers.known.*.certificates",
        List,
        Optional,
        "Client certificates that prove it, by a name of theirs; `tls.clients` holds their roots.",
    ),
    row(
        "callers.known.*.certificates.[]",
        Text,
        Optional,
        "A name among the certificate's alternative names: a URI such as `spiffe://example.org/shop`, or a DNS name.",
    ),
    row(
        "callers.known.*.subjects",
        List,
        Optional,
        "What tokens of `callers.tokens` call it.",
    ),
    row(
        "callers.known.*.subjects.[]",
        Text,
        Optional,
        "A value of the claim that names callers.",
    ),
    row(
        "callers.known.*.upstreams",
        List,
        Optional,
        "Upstreams that it may use; left out, all.",
    ),
    row(
        "callers.known.*.upstreams.[]",
        Name,
        Optional,
        "Name of an upstream.",
    ),
    row(
        "callers.known.*.operations",
        List,
        Optional,
        "Operations that it may call; left out, all.",
    ),
    row(
        "callers.known.*.operations.[]",
        Text,
        Optional,
        "`read`, `write`, or the id of a canonical operation.",
    ),
    row(
        "callers.known.*.acts-for-others",
        Flag,
        Optional,
        "Whether it may say in `Interlingua-Caller` for whom it calls; left out, it may not.",
    ),
    row(
        "callers.tokens",
        Map,
        Optional,
        "Whose tokens (JWT) prove callers.",
    ),
    row(
        "callers.tokens.keys",
        Secret,
        Required,
        "Public keys of the issuer, as a JWK set: RS256, ES256 or EdDSA. A file is read again when it changes.",
    ),
    row(
        "callers.tokens.issuer",
        Text,
        Required,
        "What their `iss` is.",
    ),
    row(
        "callers.tokens.audience",
        Text,
        Required,
        "What their `aud` is or holds.",
    ),
    row(
        "callers.tokens.claim",
        Text,
        Optional,
        "The claim that names the caller; left out, `sub`.",
    ),
    row(
        "callers.tokens.leeway",
        Duration,
        Optional,
        "How much clocks may differ, five minutes at most; left out, one.",
    ),
];
