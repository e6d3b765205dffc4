//! From raw settings to checked ones: every value is looked at, so that all faults are told at once.

use std::net::SocketAddr;
use std::time::Duration;

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::telemetry::LogSettings;

use super::environment::Environment;
use super::form;
use super::keyword::{Form, Keyword, Need};
use super::raw::{Given, Place, Raw, RawValue};
use super::secret::{self, Value};
use super::settings::{
    Caller, Calls, Limits, ListenerTls, Listeners, Routing, Rule, SecretText, Settings, Upstream,
};

/// Looks at raw settings; what is missing or wrong is `None`, and in the report.
pub(super) struct Checker<'a> {
    pub(super) raw: &'a Raw,
    pub(super) environment: &'a dyn Environment,
    pub(super) report: &'a mut Report,
    /// Ids of the canonical operations.
    pub(super) operations: &'a [&'a str],
}

// === impl Checker ===

impl Checker<'_> {
    /// Gives the settings if they are whole, and the upstreams as far as they could be read.
    pub(super) fn settings(&mut self) -> (Option<Settings>, Vec<Upstream>) {
        let listeners = self.listeners();
        let upstreams = self.upstreams();
        let rest = self.rest(listeners, upstreams.clone());
        (rest, upstreams)
    }

    fn rest(&mut self, listeners: Option<Listeners>, upstreams: Vec<Upstream>) -> Option<Settings> {
        let routing = self.routing();
        let caller = self.caller();
        let callers = self.callers(listeners.as_ref());
        let tls = self.tls();
        let limits = self.limits();
        let deadline = self.duration("limits.deadline", "limits.deadline");
        let events = self.events(&upstreams);
        let journal = self.journal();
        let reload = self.reload();
        let cache = self.cache();
        let log = self.log();
        let traces = self.traces();
        Some(Settings {
            listeners: listeners?,
            upstreams,
            routing: routing?,
            caller: caller?,
            callers: callers?,
            tls: tls?,
            limits: limits?,
            deadline,
            events,
            journal: journal?,
            reload: reload?,
            cache: cache?,
            log: log?,
            traces: traces?,
        })
    }

    fn listeners(&mut self) -> Option<Listeners> {
        const PATHS: [&str; 3] = ["listen", "admin", "probes"];
        let [traffic, admin, probes] = PATHS.map(|path| self.one(path, path, parse::<SocketAddr>));
        for (path, other, pair) in [
            ("admin", "listen", admin.zip(traffic)),
            ("probes", "listen", probes.zip(traffic)),
            ("probes", "admin", probes.zip(admin)),
        ] {
            if pair.is_some_and(|(a, b)| a == b && a.port() != 0) {
                let message = format!("`{path}` is the same address as `{other}`");
                self.fault(
                    Code::C007,
                    path,
                    message,
                    Some("give each listener a port of its own".to_owned()),
                );
            }
        }
        Some(Listeners {
            traffic: traffic?,
            admin: admin?,
            probes: probes?,
        })
    }

    fn caller(&mut self) -> Option<Caller> {
        let kind = self.one("caller.kind", "caller.kind", parse);
        let id = self.text("caller.id").map(|(text, _)| text);
        Some(Caller { kind: kind?, id })
    }

    /// What secures connections of callers; nothing where something of it is wrong.
    fn tls(&mut self) -> Option<Option<ListenerTls>> {
        if self.raw.get("tls").is_none() {
            return Some(None);
        }
        for path in ["tls.certificate", "tls.private-key"] {
            if self.raw.get(path).is_none() {
                self.missing(path);
            }
        }
        let certificate = self.secret_text("tls.certificate");
        let private_key = self.secret_text("tls.private-key");
        let clients = match self.raw.get("tls.clients") {
            Some(_) => Some(self.secret_text("tls.clients")?),
            None => None,
        };
        Some(Some(ListenerTls {
            certificate: certificate?,
            private_key: private_key?,
            clients,
        }))
    }

    pub(super) fn secret_text(&mut self, path: &str) -> Option<SecretText> {
        let file = self.raw.get(path).and_then(|given| match &given.value {
            RawValue::File(file) => Some(file.clone()),
            _ => None,
        });
        match self.value(path)? {
            Value::Secret(text) => Some(SecretText { text, file }),
            Value::Text(_) => None,
        }
    }

    /// How often files are looked at for changes, if they are.
    fn reload(&mut self) -> Option<Option<Duration>> {
        let watch: Option<bool> = self.one("reload.watch", "reload.watch", parse);
        let every = self.duration("reload.every", "reload.every");
        Some(watch?.then_some(every?))
    }

    fn limits(&mut self) -> Option<Limits> {
        let [body, answer, header] = ["limits.body", "limits.answer", "limits.header"]
            .map(|path| self.one(path, path, form::size));
        let headers = self.count("limits.headers", "limits.headers");
        let [concurrency, connections, streams] =
            ["limits.concurrency", "limits.connections", "limits.streams"]
                .map(|path| self.count(path, path));
        let of_peer = "limits.connections-of-peer";
        let is_bounded = self.raw.get(of_peer).is_some();
        let connections_of_peer = self.count(of_peer, of_peer);
        let body_rate = self.one("limits.body-rate", "limits.body-rate", form::size);
        let [head_time, idle, drain, drain_step] = [
            "limits.head-time",
            "limits.idle",
            "limits.drain",
            "limits.drain-step",
        ]
        .map(|path| self.duration(path, path));
        Some(Limits {
            body: body?,
            answer: answer?,
            header: header?,
            headers: headers?,
            concurrency: concurrency?,
            connections: connections?,
            connections_of_peer: if is_bounded {
                Some(connections_of_peer?)
            } else {
                None
            },
            streams: u32::try_from(streams?).ok()?,
            head_time: head_time?,
            body_rate: body_rate?,
            idle: idle?,
            drain: drain?,
            drain_step: drain_step?,
        })
    }

    fn log(&mut self) -> Option<LogSettings> {
        let level = self.one("telemetry.log-level", "telemetry.log-level", parse);
        let format = self.one("telemetry.format", "telemetry.format", parse);
        let access_log = self.one("telemetry.access-log", "telemetry.access-log", parse);
        Some(LogSettings {
            level: level?,
            format: format?,
            access_log: access_log?,
        })
    }

    fn routing(&mut self) -> Option<Routing> {
        let default = match self.raw.get("routing.default") {
            Some(_) => self.upstream_named("routing.default").map(Some),
            None => Some(None),
        };
        let rules: Vec<_> = self
            .raw
            .below("routing.rules")
            .map(|(number, _)| number)
            .collect();
        let rules: Vec<_> = rules.into_iter().map(|number| self.rule(number)).collect();
        Some(Routing {
            rules: rules.into_iter().collect::<Option<_>>()?,
            default: default?,
        })
    }

    fn rule(&mut self, number: &str) -> Option<Rule> {
        let at = format!("routing.rules.{number}");
        let operation = self.text(&format!("{at}.operation"));
        let path = self.text(&format!("{at}.path"));
        let calls = match (operation, path) {
            (Some((id, _)), None) => self.operation(&at, id),
            (None, Some((path, _))) => self.path(&at, &path),
            (Some(_), Some(_)) => {
                let message = format!("`{at}` is about an operation and about a path");
                self.fault(
                    Code::C007,
                    &at,
                    message,
                    Some("make two rules of it".to_owned()),
                );
                None
            }
            (None, None) => {
                let message = format!("`{at}` is about no call");
                self.fault(
                    Code::C004,
                    &at,
                    message,
                    Some("add `operation` or `path`".to_owned()),
                );
                None
            }
        };
        let upstream = self.upstream_named(&format!("{at}.upstream"));
        Some(Rule {
            calls: calls?,
            upstream: upstream?,
        })
    }

    fn operation(&mut self, at: &str, id: String) -> Option<Calls> {
        self.is_operation(&format!("{at}.operation"), &id)
            .then_some(Calls::Operation(id))
    }

    /// Whether there is an operation of this id; tells at `path` that there is none.
    pub(super) fn is_operation(&mut self, path: &str, id: &str) -> bool {
        let is_known = self.operations.contains(&id);
        if !is_known {
            let help = Some(offered(id, self.operations.iter().copied()));
            let message = format!("there is no operation `{id}`");
            self.fault(Code::C006, path, message, help);
        }
        is_known
    }

    fn path(&mut self, at: &str, path: &str) -> Option<Calls> {
        let bare = path.strip_suffix('/').unwrap_or(path);
        if bare.starts_with('/')
            && !bare.starts_with("/v1/")
            && bare != "/v1"
            && !bare.contains(['?', '#', ' '])
        {
            return Some(Calls::Below(bare.to_owned()));
        }
        let message = format!("`{at}.path` must be a path below `/v1`, without it");
        let help = Some("write for example `/customers`".to_owned());
        self.fault(Code::C003, &format!("{at}.path"), message, help);
        None
    }

    fn upstream_named(&mut self, path: &str) -> Option<String> {
        let (name, _) = self.required(path)?;
        let mut known = self.raw.below("upstreams").map(|(name, _)| name).peekable();
        // Without any upstream that alone is told.
        if known.peek().is_none() || known.any(|known| known == name) {
            return Some(name);
        }
        let help = Some(offered(
            &name,
            self.raw.below("upstreams").map(|(name, _)| name),
        ));
        self.fault(
            Code::C006,
            path,
            format!("there is no upstream `{name}`"),
            help,
        );
        None
    }

    /// Reads a value of a path whose row of the table is `row`, or the row's default.
    pub(super) fn one<T>(
        &mut self,
        path: &str,
        row: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let keyword = Keyword::find(row)?;
        let Some((text, _)) = self.text(path) else {
            let Need::Default(text) = keyword.need else {
                return None;
            };
            return read(text);
        };
        let value = read(&text);
        if value.is_none() {
            self.misfit(path, keyword.form);
        }
        value
    }

    pub(super) fn duration(&mut self, path: &str, row: &str) -> Option<Duration> {
        self.one(path, row, form::duration)
    }

    pub(super) fn count(&mut self, path: &str, row: &str) -> Option<usize> {
        let Form::Count(least, most) = Keyword::find(row)?.form else {
            return None;
        };
        let number = self.one(path, row, |text| {
            form::count(text).filter(|n| (least..=most).contains(n))
        })?;
        usize::try_from(number).ok()
    }

    /// Gives the text at a path.
    pub(super) fn text(&self, path: &str) -> Option<(String, Place)> {
        match self.raw.get(path)? {
            Given {
                value: RawValue::Text(text),
                place,
                ..
            } => Some((text.clone(), *place)),
            _ => None,
        }
    }

    /// Gives the text at a path, or reports that it is missing in the map around it.
    pub(super) fn required(&mut self, path: &str) -> Option<(String, Place)> {
        let text = self.text(path);
        if text.is_none() && self.raw.get(path).is_none() {
            self.missing(path);
        }
        text
    }

    pub(super) fn missing(&mut self, path: &str) {
        let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
        let key = path.rsplit('.').next().unwrap_or(path);
        let doc = Keyword::of(path).map(|keyword| format!("add `{key}`: {}", keyword.doc));
        let help = doc.unwrap_or_else(|| format!("add `{key}: ...` here"));
        self.fault(
            Code::C004,
            parent,
            format!("`{path}` is missing"),
            Some(help),
        );
    }

    /// Reads a value that may be a secret.
    /// True if something is said at a path, whatever is told of it.
    pub(super) fn is_said(&self, path: &str) -> bool {
        self.raw.get(path).is_some()
    }

    pub(super) fn value(&mut self, path: &str) -> Option<Value> {
        let given = self
            .raw
            .get(path)
            .filter(|given| given.value != RawValue::Refused)?;
        match secret::read(&given.value, self.environment) {
            Ok(value) => Some(value),
            Err(told) => {
                let help = match &given.value {
                    RawValue::File(_) => {
                        "let the file hold the secret alone, where the user that runs the program can read it"
                    }
                    _ => {
                        "set the variable where the program is started, or read a file: `{file: PATH}`"
                    }
                };
                self.fault(Code::C008, path, told, Some(help.to_owned()));
                None
            }
        }
    }

    pub(super) fn misfit(&mut self, path: &str, form: Form) {
        self.fault(
            Code::C003,
            path,
            format!("`{path}` must be {}", form.awaited()),
            Some(form.example().to_owned()),
        );
    }

    /// Reports a fault of what stands at a path, wherever that came from.
    pub(super) fn fault(&mut self, code: Code, path: &str, message: String, help: Option<String>) {
        let given = self.raw.get(path);
        let group = given.is_some_and(|given| given.value == RawValue::Group);
        let span = given.and_then(|given| {
            if group {
                given.place.key_span()
            } else {
                given.place.span()
            }
        });
        self.fault_at(span, code, path, message, help);
    }

    /// Reports a fault of the key at a path.
    pub(super) fn key_fault(&mut self, code: Code, path: &str, message: String, help: &str) {
        let span = self.raw.get(path).and_then(|given| given.place.key_span());
        self.fault_at(span, code, path, message, Some(help.to_owned()));
    }

    fn fault_at(
        &mut self,
        span: Option<Span>,
        code: Code,
        path: &str,
        message: String,
        help: Option<String>,
    ) {
        let fault = Diagnostic::new(code, span, message).maybe_help(help);
        let place = self.raw.get(path).map(|given| given.place);
        self.report.push(match place {
            Some(Place::Variable(name)) => {
                fault.note(None, format!("it was given by the variable `{name}`"))
            }
            Some(Place::Flag(name)) => {
                fault.note(None, format!("it was given by the flag `--{name}`"))
            }
            Some(Place::File { .. }) | None => fault,
        });
    }
}

pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}
