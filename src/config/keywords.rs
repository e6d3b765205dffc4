//! Every setting: where it stands, what form its value has, what it is if left out. Reader and schema follow it.

use super::keyword::Form::{
    self, Address, Count, Duration, Flag, List, Map, Name, Secret, Size, Text, Value, Word,
};
use super::keyword::Keyword;
use super::keyword::Need::{self, Default, Optional, Required};
use super::keywords_addresses::ADDRESSES;
use super::keywords_cache::CACHE;
use super::keywords_callers::CALLERS;
use super::keywords_traces::TRACES;
use crate::telemetry::{LogFormat, LogLevel};

pub(super) const fn row(path: &'static str, form: Form, need: Need, doc: &'static str) -> Keyword {
    Keyword {
        path,
        form,
        need,
        doc,
    }
}

/// The table, each map before what stands in it.
pub const KEYWORDS: &[Keyword] = &all();

const COUNT: usize = ROWS.len() + ADDRESSES.len() + CALLERS.len() + CACHE.len() + TRACES.len();

/// Who may call, the addresses of upstreams, what is kept, and where spans go, stand in files of their own.
const fn all() -> [Keyword; COUNT] {
    let mut all = [row("", Map, Optional, ""); COUNT];
    let (first, rest) = all.split_at_mut(ROWS.len());
    let (second, rest) = rest.split_at_mut(ADDRESSES.len());
    let (third, rest) = rest.split_at_mut(CALLERS.len());
    let (fourth, last) = rest.split_at_mut(CACHE.len());
    first.copy_from_slice(ROWS);
    second.copy_from_slice(ADDRESSES);
    third.copy_from_slice(CALLERS);
    fourth.copy_from_slice(CACHE);
    last.copy_from_slice(TRACES);
    all
}

const ROWS: &[Keyword] = &[
    row(
        "listen",
        Address,
        Default("127.0.0.1:8080"),
        "Where callers are answered; port 0 takes a free one.",
    ),
    row(
        "admin",
        Address,
        Default("127.0.0.1:9901"),
        "Where operators see and change the running process.",
    ),
    row(
        "probes",
        Address,
        Default("0.0.0.0:9902"),
        "Where liveness, readiness and metrics are answered.",
    ),
    row(
        "tls",
        Map,
        Optional,
        "What secures connections of callers; left out, nothing does.",
    ),
    row(
        "tls.certificate",
        Secret,
        Required,
        "Certificate with its chain, in PEM; a file is read again when it changes.",
    ),
    row("tls.private-key", Secret, Required, "Its key, in PEM."),
    row(
        "tls.clients",
        Secret,
        Optional,
        "Root certificates in PEM of the certificates that callers must show; left out, they need show none.",
    ),
    row(
        "upstreams",
        Map,
        Required,
        "The systems behind the gateway, by the name that ids begin with.",
    ),
    row("upstreams.*", Map, Optional, "One upstream."),
    row(
        "upstreams.*.mapping",
        Name,
        Optional,
        "Folder of its mapping; left out, it is the upstream's name.",
    ),
    row(
        "upstreams.*.settings",
        Map,
        Optional,
        "What the mapping declares under `settings`, the base URL among them.",
    ),
    row(
        "upstreams.*.settings.*",
        Value,
        Optional,
        "One setting of the mapping.",
    ),
    row(
        "upstreams.*.auth",
        Map,
        Optional,
        "How calls prove who they come from, where the mapping leaves that open.",
    ),
    row(
        "upstreams.*.auth.scheme",
        Word(SCHEMES),
        Required,
        "No proof, a user with a password, headers, or a client certificate.",
    ),
    row(
        "upstreams.*.auth.username",
        Value,
        Optional,
        "User of `basic`.",
    ),
    row(
        "upstreams.*.auth.password",
        Secret,
        Optional,
        "Password of `basic`.",
    ),
    row(
        "upstreams.*.auth.send",
        Map,
        Optional,
        "Headers of `headers`.",
    ),
    row(
        "upstreams.*.auth.send.*",
        Value,
        Optional,
        "One header with its value.",
    ),
    row(
        "upstreams.*.auth.certificate",
        Secret,
        Optional,
        "Client certificate of `mtls` with its chain, in PEM.",
    ),
    row(
        "upstreams.*.auth.private-key",
        Secret,
        Optional,
        "Its key, in PEM.",
    ),
    row("upstreams.*.tls", Map, Optional, "What TLS to it trusts."),
    row(
        "upstreams.*.tls.ca",
        Secret,
        Required,
        "Root certificates in PEM that are trusted instead of the machine's own.",
    ),
    row(
        "upstreams.*.in-url",
        Map,
        Optional,
        "Which calls may put data that needs care into URLs of this upstream.",
    ),
    row(
        "upstreams.*.in-url.allow",
        List,
        Optional,
        "Operations that may put secrets and card data there; left out, none.",
    ),
    row(
        "upstreams.*.in-url.allow.[]",
        Text,
        Optional,
        "Id of a canonical operation.",
    ),
    row(
        "upstreams.*.in-url.refuse",
        List,
        Optional,
        "Operations that may put nothing personal there either; left out, none.",
    ),
    row(
        "upstreams.*.in-url.refuse.[]",
        Text,
        Optional,
        "Id of a canonical operation.",
    ),
    row(
        "upstreams.*.deadlines",
        Map,
        Optional,
        "How long one exchange may take.",
    ),
    row(
        "upstreams.*.deadlines.connect",
        Duration,
        Default("1s"),
        "To a connection that can carry a request, TLS included.",
    ),
    row(
        "upstreams.*.deadlines.first-byte",
        Duration,
        Default("5s"),
        "From the request to the head of the answer.",
    ),
    row(
        "upstreams.*.deadlines.idle",
        Duration,
        Default("5s"),
        "Between two parts of the answer.",
    ),
    row(
        "upstreams.*.deadlines.total",
        Duration,
        Default("10s"),
        "To the last byte of the answer.",
    ),
    row(
        "upstreams.*.pool",
        Map,
        Optional,
        "How many exchanges may run, and how connections are kept.",
    ),
    row(
        "upstreams.*.pool.concurrency",
        Count(1, 100_000),
        Default("64"),
        "Exchanges at one time.",
    ),
    row(
        "upstreams.*.pool.wait",
        Duration,
        Default("1s"),
        "How long a call waits for its turn.",
    ),
    row(
        "upstreams.*.pool.queue",
        Count(0, 100_000),
        Default("64"),
        "How many calls may wait; more are refused at once.",
    ),
    row(
        "upstreams.*.pool.idle",
        Duration,
        Default("20s"),
        "How long a connection may lie unused.",
    ),
    row(
        "upstreams.*.retries",
        Map,
        Optional,
        "How often one exchange is tried, where a repetition can do no harm.",
    ),
    row(
        "upstreams.*.retries.attempts",
        Count(1, 10),
        Default("2"),
        "Attempts, the first among them.",
    ),
    row(
        "upstreams.*.retries.budget",
        Count(0, 100),
        Default("10"),
        "Repetitions in a hundred exchanges of the last ten seconds; one in a second is always allowed.",
    ),
    row(
        "upstreams.*.retries.wait",
        Duration,
        Default("50ms"),
        "The longest wait before the second attempt; it doubles with each further one.",
    ),
    row(
        "upstreams.*.breaker",
        Map,
        Optional,
        "When it is left alone because it fails.",
    ),
    row(
        "upstreams.*.breaker.failures",
        Count(1, 1_000_000),
        Default("5"),
        "Failures in a row after which it is.",
    ),
    row(
        "upstreams.*.breaker.wait",
        Duration,
        Default("500ms"),
        "For how long, the first time; it doubles with each time that does not help.",
    ),
    row(
        "upstreams.*.breaker.longest",
        Duration,
        Default("4s"),
        "The longest of these times.",
    ),
    row(
        "upstreams.*.trace-context",
        Flag,
        Default("false"),
        "Whether it is told the trace of each call: `traceparent` and `tracestate` of W3C Trace Context.",
    ),
    row(
        "upstreams.*.callbacks",
        Map,
        Optional,
        "Documents that it sends by itself, to `/v1/callbacks/` and its name; left out, none are taken.",
    ),
    row(
        "upstreams.*.callbacks.header",
        Text,
        Optional,
        "The header that proves who sends them; left out, `Authorization`.",
    ),
    row(
        "upstreams.*.callbacks.secret",
        Secret,
        Required,
        "Its whole value, such as `Bearer` and a token.",
    ),
    row(
        "upstreams.*.callbacks.from",
        List,
        Optional,
        "Addresses that they come from; left out, any. Behind a proxy it is the proxy's.",
    ),
    row(
        "upstreams.*.callbacks.from.[]",
        Text,
        Optional,
        "An address, or the beginning of some: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.",
    ),
    row(
        "routing",
        Map,
        Optional,
        "Which upstream a call goes to that names none.",
    ),
    row(
        "routing.default",
        Name,
        Optional,
        "The upstream where no rule fits.",
    ),
    row(
        "routing.rules",
        List,
        Optional,
        "Tried in order; the first that fits counts.",
    ),
    row(
        "routing.rules.[]",
        Map,
        Optional,
        "One rule, over an operation or a path.",
    ),
    row(
        "routing.rules.[].operation",
        Text,
        Optional,
        "Id of a canonical operation.",
    ),
    row(
        "routing.rules.[].path",
        Text,
        Optional,
        "Beginning of a path below `/v1`, whole segments.",
    ),
    row("routing.rules.[].upstream", Name, Required, "The upstream."),
    row("caller", Map, Optional, "Who calls, where nobody says so."),
    row(
        "caller.kind",
        Word(&["customer", "agent", "system"]),
        Default("system"),
        "What kind of caller.",
    ),
    row("caller.id", Text, Optional, "Who it is."),
    row("limits", Map, Optional, "What messages may weigh."),
    row(
        "limits.body",
        Size,
        Default("1MiB"),
        "Bytes of a caller's body.",
    ),
    row(
        "limits.answer",
        Size,
        Default("8MiB"),
        "Bytes of an upstream's body.",
    ),
    row(
        "limits.header",
        Size,
        Default("32KiB"),
        "Bytes of a head, in either direction.",
    ),
    row(
        "limits.headers",
        Count(8, 1_000),
        Default("100"),
        "Headers of one message, in either direction.",
    ),
    row(
        "limits.concurrency",
        Count(1, 1_000_000),
        Default("1024"),
        "Calls served at one time.",
    ),
    row(
        "limits.connections",
        Count(1, 1_000_000),
        Default("16384"),
        "Connections of callers at one time; more are hung up on.",
    ),
    row(
        "limits.connections-of-peer",
        Count(1, 1_000_000),
        Optional,
        "Connections from one address at one time; left out, as many as in all.",
    ),
    row(
        "limits.streams",
        Count(1, 10_000),
        Default("128"),
        "Calls at one time on one connection of HTTP/2.",
    ),
    row(
        "limits.head-time",
        Duration,
        Default("10s"),
        "How long the head of a request may take, from its first byte; a handshake of TLS, too.",
    ),
    row(
        "limits.body-rate",
        Size,
        Default("1KiB"),
        "Bytes of a caller's body that must come in a second, on the average of five.",
    ),
    row(
        "limits.idle",
        Duration,
        Default("60s"),
        "How long a connection may lie without a call.",
    ),
    row(
        "limits.drain",
        Duration,
        Default("25s"),
        "How long calls in flight may take to end once the process is asked to stop.",
    ),
    row(
        "limits.drain-step",
        Duration,
        Default("1s"),
        "The part of it in which connections are still accepted, each for one answer.",
    ),
    row(
        "limits.deadline",
        Duration,
        Optional,
        "How long one call may take in all; left out, three exchanges with the slowest upstream.",
    ),
    row(
        "events",
        Map,
        Optional,
        "The application that gets what upstreams send by themselves.",
    ),
    row(
        "events.url",
        Text,
        Required,
        "Where each event is posted, `http://` or `https://`.",
    ),
    row(
        "events.secret",
        Secret,
        Required,
        "What signs them, as Standard Webhooks has it: `whsec_` and Base64.",
    ),
    row(
        "events.trace-context",
        Flag,
        Optional,
        "Whether it is told the trace of each event, by the same headers; left out, it is.",
    ),
    row(
        "journal",
        Map,
        Optional,
        "Where the outcomes of writes with an `Idempotency-Key` are kept.",
    ),
    row(
        "journal.store",
        Text,
        Optional,
        "A file of this process alone, `redis://` and the rest of an address for several, or `none`, with which such writes go only to upstreams that know keys; left out, a file beside this one.",
    ),
    row(
        "journal.secret",
        Secret,
        Optional,
        "What seals the entries; every process that shares the store needs the same. Left out, it is made and kept beside the file.",
    ),
    row(
        "journal.username",
        Text,
        Optional,
        "The user of the Redis, where it has several.",
    ),
    row(
        "journal.password",
        Secret,
        Optional,
        "The password of the Redis.",
    ),
    row(
        "journal.retention",
        Duration,
        Default("24h"),
        "How long an outcome is kept: from a minute to a day.",
    ),
    row(
        "reload",
        Map,
        Optional,
        "When changed files begin to count; SIGHUP and `POST /reload` read them at once.",
    ),
    row(
        "reload.watch",
        Flag,
        Default("true"),
        "Whether files are looked at for changes.",
    ),
    row(
        "reload.every",
        Duration,
        Default("10s"),
        "How often; a change counts once it stood still for as long.",
    ),
    row("telemetry", Map, Optional, "What operators see."),
    row(
        "telemetry.log-level",
        Word(&LEVELS),
        Default("info"),
        "How much is logged.",
    ),
    row(
        "telemetry.format",
        Word(&FORMATS),
        Default("auto"),
        "JSON or text; `auto` is text on a terminal only.",
    ),
    row(
        "telemetry.access-log",
        Flag,
        Default("true"),
        "Whether every call is a log line.",
    ),
];

/// Schemes that an operator may choose.
pub(super) const SCHEMES: &[&str] = &["none", "basic", "headers", "mtls"];

const LEVELS: [&str; 5] = {
    let [a, b, c, d, e] = LogLevel::ALL;
    [a.name(), b.name(), c.name(), d.name(), e.name()]
};

const FORMATS: [&str; 3] = {
    let [a, b, c] = LogFormat::ALL;
    [a.name(), b.name(), c.name()]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_below_a_map_or_list_and_once() {
        for (at, keyword) in KEYWORDS.iter().enumerate() {
            assert!(
                KEYWORDS[..at]
                    .iter()
                    .all(|other| other.path != keyword.path),
                "{}",
                keyword.path
            );
            if let Some((parent, key)) = keyword.path.rsplit_once('.') {
                let parent = Keyword::find(parent).unwrap();
                let fits = match parent.form {
                    Form::List => key == "[]",
                    _ => key != "[]" && matches!(parent.form, Form::Map),
                };
                assert!(fits, "{}", keyword.path);
            }
            assert!(keyword.doc.ends_with('.'), "{}", keyword.path);
        }
    }
}
