//! Checked settings: what the rest of the program is built from. Every value here is in range.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;

use super::conduct::Conduct;
use super::key_hash::KeyHash;
use super::network::Network;
use super::secret::Value;
use crate::diag::Span;
use crate::telemetry::LogSettings;
use crate::telemetry::trace::Share;

/// A whole configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens.
    pub listeners: Listeners,
    /// The upstreams in the order of the file; at least one, names told apart.
    pub upstreams: Vec<Upstream>,
    /// Which upstream a call goes to that names none.
    pub routing: Routing,
    /// Who calls, where nobody says so.
    pub caller: Caller,
    /// Who may call; anybody who reaches the listener if nobody is named.
    pub callers: Option<Callers>,
    /// What secures connections of callers, if anything does.
    pub tls: Option<ListenerTls>,
    /// What messages may weigh.
    pub limits: Limits,
    /// How long one call may take in all, where that is said.
    pub deadline: Option<Duration>,
    /// The application that gets events.
    pub events: Option<Events>,
    /// Where the outcomes of keyed writes are kept.
    pub journal: Journal,
    /// How often files are looked at for changes, if they are.
    pub reload: Option<Duration>,
    /// What is kept of answers.
    pub cache: Cache,
    /// Logs.
    pub log: LogSettings,
    /// Where spans of calls go, if any are recorded.
    pub traces: Option<Traces>,
}

/// The collector of traces.
#[derive(Debug, Clone)]
pub struct Traces {
    /// Where spans are posted: an absolute URL with its path.
    pub endpoint: String,
    /// What proves to it who sends them; the values are marked sensitive.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How many of the calls are recorded that their callers do not record already.
    pub share: Share,
    /// What it calls the process.
    pub service_name: String,
}

/// Who may call.
#[derive(Debug, Clone)]
pub struct Callers {
    /// Those who are known; at least one, and what proves them told apart.
    pub known: Vec<KnownCaller>,
    /// Whose tokens count.
    pub tokens: Option<Tokens>,
}

/// A caller that is known.
#[derive(Debug, Clone)]
pub struct KnownCaller {
    /// Its name, by which logs tell its calls.
    pub name: String,
    /// Hashes of its keys.
    pub keys: Vec<KeyHash>,
    /// Names of its certificates: URIs, or DNS names.
    pub certificates: Vec<String>,
    /// What tokens call it.
    pub subjects: Vec<String>,
    /// The upstreams that it may use; all of them if it is left open.
    pub upstreams: Option<Vec<String>>,
    /// The operations that it may call; all of them if it is left open.
    pub operations: Option<Vec<Permitted>>,
    /// Whether it may say for whom it calls.
    pub acts_for_others: bool,
}

/// Operations that a caller may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permitted {
    /// Those that change nothing.
    Reads,
    /// Those that do.
    Writes,
    /// This one.
    Operation(String),
}

/// Whose tokens count.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The keys of their issuer: a JWK set.
    pub keys: SecretText,
    /// Where they are named in the file.
    pub keys_span: Option<Span>,
    /// Their `iss`.
    pub issuer: String,
    /// What their `aud` holds.
    pub audience: String,
    /// The claim that names the caller.
    pub claim: String,
    /// How much clocks may differ.
    pub leeway: Duration,
}

/// Where the outcomes of writes with an `Idempotency-Key` are kept.
#[derive(Debug, Clone)]
pub struct Journal {
    /// What keeps them.
    pub store: JournalStore,
    /// What seals them; made and kept beside the file where it is left out.
    pub secret: Option<SecretString>,
    /// How long each is kept.
    pub retention: Duration,
}

/// What keeps outcomes.
#[derive(Debug, Clone)]
pub enum JournalStore {
    /// A file beside the configuration.
    Beside,
    /// A file.
    File(PathBuf),
    /// A Redis that several processes share.
    Redis {
        /// `redis://`, host, port and number of the database.
        address: String,
        /// Its user, where it has several.
        username: Option<String>,
        /// Its password.
        password: Option<SecretString>,
    },
    /// Nothing: writes with a key go only to upstreams that know keys.
    None,
}

/// What is kept of answers, where mappings allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cache {
    /// Whether anything is.
    pub is_enabled: bool,
    /// Bytes that it may take in memory.
    pub bytes: usize,
}

/// What is kept of the answers of one upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpstreamCache {
    /// Whether anything is.
    pub is_enabled: bool,
    /// For how long at most, if for less than its mapping allows.
    pub longest: Option<Duration>,
}

/// The application that gets what upstreams send by themselves.
#[derive(Debug, Clone)]
pub struct Events {
    /// Where each event is posted: an absolute URL.
    pub url: String,
    /// What signs them.
    pub secret: SecretString,
    /// Where it stands in the file.
    pub secret_span: Option<Span>,
    /// Whether it is told the trace of each: it is the operator's own.
    pub trace_context: bool,
}

/// Who may send what an upstream sends by itself.
#[derive(Debug, Clone)]
pub struct Callbacks {
    /// The header that proves it.
    pub header: HeaderName,
    /// Its whole value.
    pub secret: SecretString,
    /// Addresses that they come from; none are any.
    pub from: Vec<Network>,
}

/// Where the gateway listens; port 0 takes a free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listeners {
    /// For callers.
    pub traffic: SocketAddr,
    /// For operators.
    pub admin: SocketAddr,
    /// For liveness, readiness and metrics.
    pub probes: SocketAddr,
}

/// What secures connections of callers, in PEM.
#[derive(Debug, Clone)]
pub struct ListenerTls {
    /// The certificate with its chain.
    pub certificate: SecretText,
    /// Its key.
    pub private_key: SecretText,
    /// Roots of the certificates that callers must show, if they must.
    pub clients: Option<SecretText>,
}

/// A secret, and the file that it was read from, which may hold another one later.
#[derive(Debug, Clone)]
pub struct SecretText {
    /// The secret.
    pub text: SecretString,
    /// Its file.
    pub file: Option<String>,
}

/// One upstream.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its name, with which ids begin.
    pub name: String,
    /// Folder of its mapping.
    pub mapping: String,
    /// Where the mapping is named in the file, if it is.
    pub mapping_span: Option<Span>,
    /// Where it stands in the file.
    pub span: Option<Span>,
    /// What the mapping declares under `settings`, as far as it was given.
    pub settings: Vec<Setting>,
    /// Settings that were given and could not be read, which was told.
    pub unread: Vec<String>,
    /// How calls prove who they come from, where the mapping leaves that open.
    pub auth: Option<Auth>,
    /// What of `auth` was read from files, which may hold something else later: by names such as `auth.password`.
    pub auth_files: Vec<(String, String)>,
    /// Where `auth` stands in the file; it may be there and not have been understood.
    pub auth_span: Option<Span>,
    /// How it is called.
    pub conduct: Conduct,
    /// Who may send its callbacks; none are taken without it.
    pub callbacks: Option<Callbacks>,
    /// Root certificates in PEM that are trusted instead of the machine's own.
    pub ca: Option<SecretString>,
    /// Which calls may put data that needs care into URLs.
    pub in_url: InUrl,
    /// What is kept of its answers.
    pub cache: UpstreamCache,
}

/// Which calls may put data that needs care into URLs of an upstream, as far as its mapping does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InUrl {
    /// Operations that may put secrets and card data there.
    pub allow: Vec<String>,
    /// Operations that may put nothing personal there.
    pub refuse: Vec<String>,
}

/// A value for one of the settings that a mapping declares.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The file that it was read from, which may hold another one later.
    pub file: Option<String>,
    /// Where the name stands in the file.
    pub name_span: Option<Span>,
    /// Where the value stands in the file.
    pub span: Option<Span>,
}

/// How calls to an upstream prove who they come from.
#[derive(Debug, Clone)]
pub enum Auth {
    /// They do not.
    None,
    /// RFC 7617.
    Basic {
        /// Without a colon.
        username: Value,
        /// May be anything.
        password: SecretString,
    },
    /// Fixed headers; their values are marked sensitive.
    Headers(Vec<(HeaderName, HeaderValue)>),
    /// A client certificate of TLS.
    Mtls {
        /// With its chain, in PEM.
        certificate: SecretString,
        /// Its key, in PEM.
        private_key: SecretString,
    },
}

/// Which upstream a call goes to that names none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routing {
    /// Tried in order.
    pub rules: Vec<Rule>,
    /// The upstream where no rule fits.
    pub default: Option<String>,
}

/// One rule of routing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which calls.
    pub calls: Calls,
    /// Name of the upstream.
    pub upstream: String,
}

/// Which calls a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calls {
    /// Those of a canonical operation.
    Operation(String),
    /// Those below a path, whole segments, without `/v1` and without a slash at the end.
    Below(String),
}

/// Who calls, where nobody says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What kind.
    pub kind: CallerKind,
    /// Who.
    pub id: Option<String>,
}

/// Kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// A customer, about themselves.
    Customer,
    /// Somebody who serves customers.
    Agent,
    /// A program.
    System,
}

/// What a message may weigh, in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a caller's body.
    pub body: usize,
    /// Bytes of an upstream's body.
    pub answer: usize,
    /// Bytes of a head: first line and headers.
    pub header: usize,
    /// Headers of one message.
    pub headers: usize,
    /// Calls that the gateway serves at one time.
    pub concurrency: usize,
    /// Connections of callers at one time.
    pub connections: usize,
    /// Those from one address, if they are bounded apart.
    pub connections_of_peer: Option<usize>,
    /// Calls at one time on one connection of HTTP/2.
    pub streams: u32,
    /// How long the head of a request may take, from its first byte; TLS and lingering at the end may, too.
    pub head_time: Duration,
    /// Bytes of a body that must come in a second.
    pub body_rate: usize,
    /// How long a connection may lie without a call.
    pub idle: Duration,
    /// How long calls in flight may take to end once the process is asked to stop.
    pub drain: Duration,
    /// The part of it in which connections are still accepted.
    pub drain_step: Duration,
}

impl Default for Limits {
    /// 1 MiB, 8 MiB, 32 KiB, 100 headers, 1,024 calls; 16,384 connections, 128 streams on each, 10 s for a head, 1 KiB
    /// of body in a second; 60 s idle, longer than our own client keeps a connection, so that of two gateways in a row
    /// the calling one hangs up first; 25 s to end, since orchestrators kill after 30 s, 1 s of it accepting.
    fn default() -> Self {
        Self {
            body: 1 << 20,
            answer: 8 << 20,
            header: 32 << 10,
            headers: 100,
            concurrency: 1_024,
            connections: 16_384,
            connections_of_peer: None,
            streams: 128,
            head_time: Duration::from_secs(10),
            body_rate: 1 << 10,
            idle: Duration::from_secs(60),
            drain: Duration::from_secs(25),
            drain_step: Duration::from_secs(1),
        }
    }
}

// === impl Calls ===

impl Calls {
    /// Whether a call of this operation at this path below `/v1` is meant.
    #[must_use]
    pub fn holds(&self, operation: &str, path: &str) -> bool {
        match self {
            Self::Operation(id) => id == operation,
            Self::Below(prefix) => path
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        }
    }
}

// === impl CallerKind ===

impl CallerKind {
    /// The name in settings and headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::System => "system",
        }
    }
}

impl FromStr for CallerKind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        [Self::Customer, Self::Agent, Self::System]
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_rule_holds_for_whole_segments() {
        let rule = Calls::Below("/customers".to_owned());

        assert!(rule.holds("x", "/customers"));
        assert!(rule.holds("x", "/customers/alpha:1"));
        assert!(!rule.holds("x", "/customers-old"));
        assert!(!rule.holds("x", "/billing-accounts"));
    }
}
