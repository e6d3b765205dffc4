//! Every operation at every upstream, with values planted at every place of body, path, query and headers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use interlingua::mapping::ast::{InputIn, Kind as Does, Message};
use interlingua::mapping::catalog::{CanonicalAnswer, CanonicalOperation, Catalog};
use serde_json::Value;

use super::gateway::{BEHIND, Gateway, mappings};
use super::plant::{Model, Planter, Style};
use super::seek::{Kind, Shown};
use super::upstreams::MODES;
use crate::http::Answer;
use crate::tree;

/// Headers that the gateway knows, and some that it does not.
const HEADERS: [&str; 21] = [
    "Interlingua-Upstream",
    "Interlingua-Caller",
    "Idempotency-Key",
    "X-Request-Id",
    "Traceparent",
    "Prefer",
    "If-Match",
    "If-None-Match",
    "Accept",
    "Authorization",
    "Cookie",
    "User-Agent",
    "Forwarded",
    "X-Forwarded-For",
    "Content-Type",
    "Content-Encoding",
    "Expect",
    "Te",
    "Range",
    "Referer",
    "X-Anything",
];

/// What is sent, and where it came from.
struct Plan<'c> {
    operation: &'c CanonicalOperation,
    upstream: String,
    style: Style,
    /// The target, the id of a record in it.
    target: String,
    body: Option<Value>,
}

/// What was told although it should not be: where, and by what.
type Leaks = BTreeMap<String, BTreeSet<String>>;

struct Sweep<'c> {
    catalog: &'c Catalog,
    model: Model,
    gateway: &'c Gateway,
    /// Those that callers and upstreams say.
    said: Vec<Kind>,
    leaks: Leaks,
    answered: BTreeMap<u16, usize>,
}

pub(crate) fn catalog() -> Arc<Catalog> {
    Arc::new(
        Catalog::load(tree::files(&[
            ("schemas", "schemas"),
            ("mappings", "mappings"),
        ]))
        .0,
    )
}

// === impl Sweep ===

impl<'c> Sweep<'c> {
    fn new(catalog: &'c Catalog, gateway: &'c Gateway) -> Self {
        let kinds = super::seek::kinds().into_iter();
        Self {
            catalog,
            model: Model::read(),
            gateway,
            said: kinds.filter(|kind| !kind.is_of_config()).collect(),
            leaks: Leaks::new(),
            answered: BTreeMap::new(),
        }
    }

    /// Notes what a text tells of some kinds.
    fn hold(&mut self, place: &str, text: &str, which: impl Fn(&Kind) -> bool, call: &str) {
        let shown = Shown::of(text);
        for kind in self.gateway.kinds.iter().filter(|kind| which(kind)) {
            if kind.stands_in(&shown) {
                let place = format!("{} in {place}", kind.name);
                self.leaks.entry(place).or_default().insert(call.to_owned());
            }
        }
    }

    /// The target of an operation at an upstream: the inputs of a case, or of the model.
    fn target(
        operation: &CanonicalOperation,
        upstream: &str,
        inputs: &BTreeMap<&str, &str>,
    ) -> String {
        let mut path = format!("/v1{}", operation.path);
        for input in operation
            .inputs
            .iter()
            .filter(|input| input.place == InputIn::Path)
        {
            let said = inputs.get(&*input.name).copied();
            let value = match (&*input.kind.name, said) {
                ("Id", None) => match inputs.get("reference") {
                    Some(reference) => format!("{upstream}:ref:{reference}"),
                    None => format!("{upstream}:340"),
                },
                ("Id", Some(id)) => format!("{upstream}:{id}"),
                (_, Some(value)) => value.to_owned(),
                (_, None) => input
                    .kind
                    .scalar
                    .values
                    .first()
                    .map_or("1", |value| value)
                    .to_owned(),
            };
            path = path.replace(&format!("{{{}}}", input.name), &value.replace(' ', "%20"));
        }
        path
    }

    /// The worked calls of an operation: inputs and canonical body.
    fn worked(
        &self,
        mapping: &str,
        operation: &str,
    ) -> Vec<(BTreeMap<&'c str, &'c str>, Option<Value>)> {
        let cases = self.catalog.mappings[mapping].cases.iter();
        let of = cases.filter(|case| {
            let message = case.file.message.as_ref().map(|message| message.value);
            case.file.operation.value == operation && message == Some(Message::Request)
        });
        let worked = of.map(|case| {
            let inputs = case.file.inputs.iter();
            let inputs =
                inputs.map(|input| (input.name.value.as_str(), input.value.value.as_str()));
            let body = case.documents.get("canonical.json");
            (
                inputs.collect(),
                body.and_then(|body| serde_json::from_slice(body).ok()),
            )
        });
        worked.collect()
    }

    fn plans(&self, mapping: &str, behind: &str) -> Vec<Plan<'c>> {
        let upstream = format!("{mapping}-{behind}");
        let mut plans = Vec::new();
        for operation in &self.catalog.operations {
            let worked = self.worked(mapping, &operation.id);
            let inputs = worked
                .first()
                .map(|(inputs, _)| inputs.clone())
                .unwrap_or_default();
            let target = Self::target(operation, &upstream, &inputs);
            let mut plan = |style, target: &str, body| {
                plans.push(Plan {
                    operation,
                    upstream: upstream.clone(),
                    style,
                    target: target.to_owned(),
                    body,
                });
            };
            let said = self.catalog.mappings[mapping].upstream.as_ref().unwrap();
            let offered = said
                .operations
                .iter()
                .any(|said| said.name.value == *operation.id);
            let title = operation.body.as_ref().filter(|_| offered);
            let Some(title) = title else {
                plan(Style::Careful, &target, None);
                continue;
            };
            for style in [
                Style::Careful,
                Style::Everywhere,
                Style::Invalid,
                Style::Names,
            ] {
                let mut planter = Planter::new(&self.model, &self.said, style, &upstream);
                plan(style, &target, Some(planter.body(title)));
                for (inputs, body) in &worked {
                    let body = body.as_ref().map(|body| planter.over(title, body));
                    let own = Self::target(operation, &upstream, inputs);
                    plan(style, &own, body);
                }
            }
        }
        plans
    }

    fn send(&mut self, plan: &Plan<'_>, mode: usize) {
        let query = if mode % 2 == 1 { "?include=native" } else { "" };
        let first = format!("{} {}{query}", plan.operation.method.as_str(), plan.target);
        let mut headers = vec![
            ("Interlingua-Upstream", plan.upstream.as_str()),
            ("Content-Type", "application/json"),
        ];
        if mode % 4 == 3 {
            headers.push(("Prefer", "handling=strict"));
        }
        let body = plan.body.as_ref().map(ToString::to_string);
        let answer = self
            .gateway
            .send(&first, &headers, body.as_deref().map(str::as_bytes));
        let call = format!(
            "{first} at {} ({:?}, mode {mode}): {} {}",
            plan.upstream, plan.style, answer.status, answer.body
        );
        *self.answered.entry(answer.status).or_default() += 1;
        self.judge(plan, &answer, &call);
    }

    /// What an answer may tell: a resource holds what its upstream says, but no secret of the operator, and no secret
    /// of the caller.
    fn judge(&mut self, plan: &Plan<'_>, answer: &Answer, call: &str) {
        self.hold(
            "the head",
            &answer.head,
            |kind| answer.status >= 300 || kind.is_of_config(),
            call,
        );
        let free = plan.upstream.contains("echo") && plan.style != Style::Careful;
        if answer.status >= 300 {
            // An upstream's message is told where a rule maps it, without what the call held with care.
            let named = plan.style == Style::Names;
            self.hold(
                "a problem",
                &answer.body,
                |kind| kind.name == "card-number" || kind.is_of_config() || !free && !named,
                call,
            );
            return;
        }
        if !plan.upstream.contains("echo") {
            self.hold("a resource", &answer.body, Kind::is_of_config, call);
        }
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        for reserved in ["warnings", "native", "upstreams"] {
            self.hold(
                reserved,
                &body[reserved].to_string(),
                |kind| {
                    kind.name == "card-number"
                        || kind.is_of_config()
                        || plan.style == Style::Careful
                },
                call,
            );
        }
        let (CanonicalAnswer::One(title) | CanonicalAnswer::Items(title)) = &plan.operation.answer
        else {
            return;
        };
        let mut texts = Vec::new();
        let root = if matches!(plan.operation.answer, CanonicalAnswer::Items(_)) {
            &body["items"]
        } else {
            &body
        };
        leaves(root, String::new(), &mut texts);
        for (pointer, text) in texts {
            let own = match &plan.operation.answer {
                CanonicalAnswer::Items(_) => {
                    pointer.splitn(3, '/').nth(2).map(|rest| format!("/{rest}"))
                }
                CanonicalAnswer::One(_) | CanonicalAnswer::None => Some(pointer.clone()),
            };
            let is_reserved = ["/warnings", "/native"]
                .iter()
                .any(|name| pointer.starts_with(name));
            if !is_reserved && own.is_some_and(|own| self.model.is_secret(title, &own)) {
                self.hold("a secret place", &text, |_| true, call);
            }
        }
    }

    /// Values in the request line and in headers, which are told to nobody at all.
    fn around(&mut self, upstream: &str) {
        let values: Vec<&'static str> = self.said.iter().map(|kind| kind.value).collect();
        for value in values {
            for first in requests(upstream, value) {
                let answer = self
                    .gateway
                    .send(&first, &[("Interlingua-Upstream", upstream)], None);
                self.quiet(&first, &answer, first.contains('?'));
            }
            for name in HEADERS {
                // A caller's own id stands in logs, unless it holds a card's number.
                if name == "X-Request-Id" && value != self.said[0].value {
                    continue;
                }
                let mut headers = vec![(name, value)];
                if name != "Interlingua-Upstream" {
                    headers.push(("Interlingua-Upstream", upstream));
                }
                if name != "Content-Type" {
                    headers.push(("Content-Type", "application/json"));
                }
                let first = "POST /v1/customers/search".to_owned();
                let answer = self
                    .gateway
                    .send(&first, &headers, Some(b"{\"text\":\"a\"}"));
                self.quiet(&format!("{name} of {first}"), &answer, false);
            }
            let quoted = format!("kind=agent, id=\"{value}\"");
            let headers = [
                ("Interlingua-Caller", quoted.as_str()),
                ("Interlingua-Upstream", upstream),
                ("Content-Type", "application/json"),
            ];
            let answer = self.gateway.send(
                "POST /v1/customers/search",
                &headers,
                Some(b"{\"text\":\"a\"}"),
            );
            self.quiet("a caller", &answer, false);
        }
    }

    /// Bodies that do not read, with values at and around the fault.
    fn broken(&mut self, upstream: &str) {
        let values: Vec<&'static str> = self.said.iter().map(|kind| kind.value).collect();
        for value in values {
            for body in [
                format!("{{\"text\":\"{value}"),
                format!("{{\"text\":\"{value}\\x\"}}"),
                format!("{{\"text\":{value}}}"),
                format!("{{\"{value}\":1,\"{value}\":2}}"),
                format!("{{\"text\":\"{value}\"}}{value}"),
                format!("<text>{value}</text>"),
                format!("text={value}"),
                format!("{{\"text\":\"{value}\u{1}\"}}"),
                format!("{value}\u{feff}"),
            ] {
                let headers = [
                    ("Interlingua-Upstream", upstream),
                    ("Content-Type", "application/json"),
                ];
                let first = "POST /v1/customers/search";
                let answer = self.gateway.send(first, &headers, Some(body.as_bytes()));
                self.quiet(&format!("{first} {body}"), &answer, body.contains(","));
            }
            let key = "cfg-callback-hush-Qz5";
            let document = format!(
                "<customer id=\"1\"><name>{value}</name><extCustomerRef>{value}</extCustomerRef></customer>"
            );
            for (key, document) in [
                (key, document.as_str()),
                (value, &document),
                (key, value),
                (key, "<statusTransition/>"),
            ] {
                let headers = [("X-Callback-Key", key), ("Content-Type", "application/xml")];
                let first = format!("POST /v1/callbacks/{upstream}");
                let answer = self
                    .gateway
                    .send(&first, &headers, Some(document.as_bytes()));
                self.quiet(&format!("{first} {document}"), &answer, false);
            }
        }
    }

    /// Nothing that was said or configured may stand in an answer; where the caller named a place itself, or the
    /// upstream repeats what no model says is personal, no card's number may.
    fn quiet(&mut self, call: &str, answer: &Answer, names: bool) {
        *self.answered.entry(answer.status).or_default() += 1;
        let free =
            names || call.contains("-echo") || answer.status < 300 || answer.body.contains("-echo");
        let call = format!("{call}: {} {}", answer.status, answer.body);
        let grave = |kind: &Kind| kind.is_of_config() || kind.name == "card-number";
        self.hold("the head", &answer.head, |_| true, &call);
        self.hold(
            "an answer",
            &answer.body,
            |kind| !free || grave(kind),
            &call,
        );
    }

    /// Every call at every upstream.
    fn calls(&mut self) {
        for mapping in mappings() {
            for behind in BEHIND {
                for plan in self.plans(mapping, behind) {
                    let modes = if behind == "echo" && plan.style != Style::Invalid {
                        0..MODES
                    } else {
                        0..1
                    };
                    for mode in modes {
                        self.gateway.mode.store(mode, Ordering::SeqCst);
                        self.send(&plan, mode);
                    }
                }
            }
            for behind in ["echo", "dead"] {
                self.around(&format!("{mapping}-{behind}"));
                self.broken(&format!("{mapping}-{behind}"));
            }
        }
    }

    /// What operators and callers see of the gateway itself.
    fn views(&mut self) {
        for (listener, target) in [
            (self.gateway.probes, "/metrics"),
            (self.gateway.probes, "/readyz"),
            (self.gateway.admin, "/config"),
            (self.gateway.admin, "/mappings"),
            (self.gateway.admin, "/reference"),
            (self.gateway.traffic, "/openapi.json"),
            (self.gateway.traffic, "/v1/upstreams"),
            (self.gateway.traffic, "/v1/upstreams/ebpp-echo"),
            (self.gateway.traffic, "/v1/upstreams/flexiti-echo"),
        ] {
            let answer = Gateway::get(listener, target);
            assert_eq!(answer.status, 200, "{target}");
            self.hold(
                target,
                &format!("{}{}", answer.head, answer.body),
                |_| true,
                target,
            );
            if target == "/metrics" {
                let dropped = answer
                    .body
                    .lines()
                    .find(|line| line.contains("log_lines_dropped") && !line.starts_with('#'));
                assert!(
                    dropped.is_some_and(|line| line.ends_with(" 0")),
                    "{dropped:?}"
                );
            }
        }
    }

    /// What goes to several upstreams at once.
    fn together(&mut self) {
        for mode in 0..MODES {
            self.gateway.mode.store(mode, Ordering::SeqCst);
            for title in ["CustomerCriteria", "AccountCriteria"] {
                let Some(operation) = self.catalog.operations.iter().find(|operation| {
                    operation.kind == Does::Search && operation.body.as_deref() == Some(title)
                }) else {
                    panic!("{title}");
                };
                for style in [Style::Careful, Style::Everywhere, Style::Names] {
                    let body =
                        Planter::new(&self.model, &self.said, style, "ebpp-echo").body(title);
                    let plan = Plan {
                        operation,
                        upstream: "*".to_owned(),
                        style,
                        target: format!("/v1{}", operation.path),
                        body: Some(body),
                    };
                    let plan = Plan {
                        upstream: "blubilling-box, ebpp-echo, flexiti-echo, dxp-ux-dead".to_owned(),
                        ..plan
                    };
                    self.send(&plan, mode);
                }
            }
        }
    }
}

/// Requests with a value in path, query and method.
fn requests(upstream: &str, value: &str) -> Vec<String> {
    vec![
        format!("GET /v1/customers/{upstream}:{value}"),
        format!("GET /v1/customers/{upstream}:ref:{value}"),
        format!("GET /v1/customers/{value}"),
        format!("GET /v1/customers/{value}:{value}"),
        format!("PUT /v1/customers/{upstream}:1/contacts/{value}"),
        format!("GET /v1/{value}"),
        format!("GET /{value}?{value}={value}"),
        format!("GET /v1/upstreams/{value}"),
        format!("POST /v1/callbacks/{value}"),
        format!("GET /v1/customers?{value}={value}"),
        format!(
            "GET /v1/customers?limit={value}&cursor={value}&status={value}&createdFrom={value}&include={value}"
        ),
        format!("{value} /v1/customers"),
    ]
}

/// The texts of a document with their pointers.
fn leaves(value: &Value, pointer: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                leaves(value, format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                leaves(value, format!("{pointer}/{at}"), found);
            }
        }
        other => found.push((pointer, other.to_string())),
    }
}

#[test]
fn planted_values_are_told_by_nothing_but_their_message() {
    let catalog = catalog();
    let gateway = Gateway::start(&catalog);
    let mut sweep = Sweep::new(&catalog, &gateway);
    sweep.calls();
    sweep.together();
    sweep.views();
    sweep.hold("check", &gateway.checked, |_| true, "check");
    let Sweep {
        mut leaks,
        answered,
        said,
        ..
    } = sweep;
    let kinds = Arc::clone(&gateway.kinds);
    let (logs, spans, errors) = gateway.end();
    assert!(errors.is_empty(), "{errors}");
    assert!(
        logs.lines().count() > 1_000 && logs.contains("\"TRACE\"") || logs.contains("\"DEBUG\"")
    );
    of_lines(&logs, ("log", &kinds), &mut leaks);
    assert!(spans.lines().count() > 3 && spans.contains("\"createCustomer\""));
    of_lines(&spans, ("span", &kinds), &mut leaks);
    assert!(
        said.len() > 6
            && answered.contains_key(&200)
            && answered.contains_key(&502)
            && answered.contains_key(&503),
        "{answered:?}"
    );
    assert!(leaks.is_empty(), "{}", told(&leaks));
}

/// What lines of a log, or spans, tell.
fn of_lines(logs: &str, (what, kinds): (&str, &[Kind]), leaks: &mut Leaks) {
    let whole = Shown::of(logs);
    let found: Vec<&Kind> = kinds.iter().filter(|kind| kind.stands_in(&whole)).collect();
    if found.is_empty() {
        return;
    }
    for line in logs.lines() {
        let shown = Shown::of(line);
        for kind in found.iter().filter(|kind| kind.stands_in(&shown)) {
            let lines = leaks
                .entry(format!("{} in a {what}", kind.name))
                .or_default();
            lines.insert(line.to_owned());
        }
    }
}

/// Where what was told, with a few of the calls.
fn told(leaks: &Leaks) -> String {
    let lines = leaks.iter().map(|(place, calls)| {
        let some: Vec<String> = calls
            .iter()
            .take(3)
            .map(|call| call.chars().take(700).collect())
            .collect();
        format!(
            "{place}: {} times\n    {}",
            calls.len(),
            some.join("\n    ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
