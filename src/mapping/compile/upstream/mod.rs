//! One configured upstream: a mapping with its settings, made ready to run.
//!
//! What is compiled here is data; [`crate::engine::exchange`] runs it.

mod answer;
mod auth;
mod body;
mod callback;
mod clears;
mod cond;
mod envelope;
mod hidden;
mod machine;
mod offers;
mod operation;
mod paging;
mod param;
mod route;
mod secrets;
mod settings;
mod shared;
mod source;
mod step;
mod template;

use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) use answer::{Answer, AnswerBody, Cut};
pub use auth::Renewed;
pub(crate) use auth::{Bit, Credentials, Format, Grant, Recipe, Signature, Text, What};
pub(crate) use body::{Body, Root, wire};
pub(crate) use callback::Callback;
pub(crate) use cond::Cond;
pub(crate) use envelope::Envelope;
pub(crate) use hidden::Hidden;
pub(crate) use machine::{Machine, Start, Verdict, Watched};
pub use offers::Pages;
pub use operation::Recover;
pub(crate) use operation::{Fill, Made, Operation};
pub(crate) use paging::{Paging, Style};
pub(crate) use param::Param;
pub(crate) use route::{Route, RouteBody};
pub use settings::Settings;
pub(crate) use shared::{SharedList, SharedPlace, Spellings};
pub(crate) use source::{ContextPlace, Item, Place, PlaceStep, Source};
pub(crate) use step::Step;
pub(crate) use template::{Piece, Template};

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{self, Clear, Message, UpstreamFile};
use crate::mapping::catalog::{Catalog, OperationIndex};
use crate::mapping::compile::Compiler;
use body::{Bodies, Known};
use param::Names as ParamNames;
use source::Lookup;

/// An upstream as the operator configured it.
#[derive(Debug)]
pub struct Upstream {
    /// Its name in the configuration, which qualifies ids.
    pub name: Box<str>,
    /// The mapping that it is an instance of.
    pub mapping: Box<str>,
    /// What tells this state of the mapping from others.
    pub version: Box<str>,
    /// What the operator keeps secret of it.
    pub(crate) secrets: Vec<Hidden>,
    /// Its title for people.
    pub title: Box<str>,
    /// Where its calls go: scheme, host and the beginning of every path, without a slash at the end.
    pub base_url: String,
    /// By [`OperationIndex`]; none where it is not offered.
    pub(crate) operations: Vec<Option<Operation>>,
    /// Calls that only steps use, each as the operation that it means alone.
    pub(crate) calls: Vec<Operation>,
    /// Answers tried after those of an operation.
    pub(crate) errors: Vec<Answer>,
    /// Documents that it sends by itself.
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) headers: Vec<Param>,
    pub(crate) answer_headers: Vec<Param>,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) credentials: Credentials,
    /// What they are made of.
    pub(crate) recipe: Recipe,
    pub(crate) machines: Vec<Machine>,
    /// `name:` in front of ids.
    pub(crate) qualifier: Box<str>,
}

/// How a call is told to be a repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Idempotency {
    /// The header that carries the key, in lower case.
    pub(crate) header: Box<str>,
    /// The same as the file writes it.
    pub(crate) spelled: Box<str>,
    /// Reads carry one too.
    pub(crate) reads: bool,
    /// Headers that are made anew in a repetition.
    pub(crate) renew: Vec<Box<str>>,
}

/// The operations that an upstream's file may name.
pub(super) struct Names<'a> {
    pub(super) catalog: &'a Catalog,
}

// === impl Names ===

impl Names<'_> {
    pub(super) fn operation(
        &self,
        name: &ast::Text,
        report: &mut Report,
    ) -> Option<OperationIndex> {
        let found = self.catalog.operation(&name.value);
        if found.is_none() {
            let known = self
                .catalog
                .operations
                .iter()
                .map(|operation| &*operation.id);
            let message = format!("there is no canonical operation `{}`", name.value);
            report.push(
                Diagnostic::new(Code::M103, name.span, message).help(offered(&name.value, known)),
            );
        }
        found.map(|(index, _)| index)
    }
}

// === impl Upstream ===

impl Upstream {
    /// Compiles a mapping with the settings of one configured upstream. `auth` is the operator's, for mappings
    /// that leave the scheme to the configuration.
    ///
    /// # Errors
    /// Every fault of the mapping and of the settings at once; the places are of the catalog's sources.
    pub fn compile(
        catalog: &Catalog,
        mapping: &str,
        name: &str,
        settings: &Settings,
        auth: Option<&ast::Auth>,
    ) -> Result<Self, Report> {
        let mut report = Report::new();
        let compiled = compile(catalog, mapping, name, settings, auth, &mut report);
        match compiled {
            Some(upstream) if !report.has_errors() => Ok(upstream),
            _ => Err(report),
        }
    }

    /// Tells whether an operation is offered.
    #[must_use]
    pub fn offers(&self, operation: OperationIndex) -> bool {
        self.operation(operation).is_some()
    }

    /// Gives the operations that are offered, in the order of the catalog.
    pub fn offered(&self) -> impl Iterator<Item = OperationIndex> {
        self.operations
            .iter()
            .flatten()
            .map(|operation| operation.index)
    }

    /// Gives how an unknown outcome of an operation is settled.
    #[must_use]
    pub fn recover(&self, operation: OperationIndex) -> Option<&Recover> {
        self.operation(operation)?.recover.as_ref()
    }

    /// Gives how long an answer of an operation may be given again.
    #[must_use]
    pub fn lifetime(&self, operation: OperationIndex) -> Option<Duration> {
        self.operation(operation)?.cache
    }

    /// Gives the rules of all headers that its calls carry.
    fn rules_of_headers(&self) -> impl Iterator<Item = &Param> {
        let operations = self.operations.iter().flatten();
        header_rules(&self.headers, operations.chain(&self.calls))
    }

    /// Gives the headers, in lower case, that a repetition of a call makes anew; all others are sent as they were.
    pub fn renewed_headers(&self) -> impl Iterator<Item = &str> {
        self.idempotency
            .iter()
            .flat_map(|idempotency| &idempotency.renew)
            .map(|name| &**name)
    }

    /// Tells whether the upstream understands that a call is a repetition, so that a write may be sent again.
    #[must_use]
    pub fn knows_repetitions(&self) -> bool {
        self.idempotency.is_some()
    }

    /// Gives the client certificate with its chain, and its key, both in PEM; for TLS and nothing else.
    #[must_use]
    pub fn identity(&self) -> Option<(&str, &str)> {
        let (certificate, key) = self.credentials.identity.as_ref()?;
        Some((certificate.shown(), key.shown()))
    }

    /// Tells whether a header, in lower case, proves who calls: its value is shown to nobody.
    #[must_use]
    pub fn is_credential(&self, header: &str) -> bool {
        let sent = self
            .credentials
            .headers
            .iter()
            .any(|(name, _)| &**name == header);
        let vouched = self
            .credentials
            .voucher
            .iter()
            .flat_map(|voucher| &voucher.send)
            .any(|(name, _)| &**name == header);
        sent || vouched || header == "authorization"
    }

    pub(crate) fn operation(&self, operation: OperationIndex) -> Option<&Operation> {
        self.operations.get(usize::from(operation.0))?.as_ref()
    }
}

fn compile(
    catalog: &Catalog,
    mapping: &str,
    name: &str,
    given: &Settings,
    auth: Option<&ast::Auth>,
    report: &mut Report,
) -> Option<Upstream> {
    let Some(set) = catalog.mappings.get(mapping) else {
        let known = catalog.mappings.keys().map(String::as_str);
        let message = format!("there is no mapping `{mapping}`");
        report.push(Diagnostic::new(Code::C006, None, message).help(offered(mapping, known)));
        return None;
    };
    let file = set.upstream.as_ref()?;
    let settings = settings::resolve(&file.settings, given, report);
    let media_type = file
        .media_type
        .as_ref()
        .map_or("application/json", |text| &text.value);
    let compiler = Compiler {
        canonical: &catalog.canonical,
        native: &set.native,
        mappings: &set.mappings,
        tables: &set.tables,
        settings: &settings,
        upstream: name,
        wire: body::wire(media_type),
    };
    let known = Known::default();
    let bodies = Bodies {
        known: Some(&known),
        compiler,
        media_type,
        outcome: catalog.canonical.definition("Outcome"),
        problem: catalog.canonical.definition("Problem"),
        clear: file
            .clear
            .as_ref()
            .map_or(Clear::Refuse, |clear| clear.value),
        merges: false,
    };
    Build {
        catalog,
        file,
        bodies: &bodies,
    }
    .upstream(name, mapping, auth, given, &settings, report)
}

/// Compiles one upstream.
struct Build<'a> {
    catalog: &'a Catalog,
    file: &'a UpstreamFile,
    bodies: &'a Bodies<'a>,
}

impl Build<'_> {
    fn version(&self, mapping: &str) -> Box<str> {
        let set = self.catalog.mappings.get(mapping);
        set.map_or_else(Box::default, |set| set.version.clone())
    }

    fn upstream(
        &self,
        name: &str,
        mapping: &str,
        auth: Option<&ast::Auth>,
        given: &Settings,
        settings: &BTreeMap<String, String>,
        report: &mut Report,
    ) -> Option<Upstream> {
        let file = self.file;
        let lookup = self.lookup(settings);
        let base_url = self.base_url(&lookup, report);
        let every = &file.every_call;
        let compiler = &self.bodies.compiler;
        let mut headers = |rules, message, lookup: &Lookup<'_>| {
            param::compile(
                rules,
                ParamNames::Headers,
                message,
                lookup,
                compiler,
                report,
            )
        };
        let outward = headers(&every.headers, Message::Request, &lookup);
        let of_outcome = Lookup {
            outcome: self.bodies.outcome,
            ..lookup
        };
        let answer_headers = headers(&every.answer_headers, Message::Response, &of_outcome);
        let credentials = auth::compile(file.auth.as_ref(), auth, &outward, &lookup, report);
        let names = Names {
            catalog: self.catalog,
        };
        let errors = answer::compile(&file.errors, &[], &names, self.bodies, &of_outcome, report);
        let callbacks = callback::compile(&file.callbacks, self.bodies, &lookup, report);
        let machines = self.machines(report)?;
        let operations = self.operations(&names, &machines, &lookup, report);
        let calls = self.calls(&names, &machines, &lookup, report);
        let idempotency = every.idempotency.as_ref().map(idempotency);
        let made = header_rules(&outward, operations.iter().flatten());
        let made = made.flat_map(|rule| &rule.names).map(|name| &**name);
        let made = made.chain(idempotency.iter().map(|said| &*said.header));
        credentials.check_names(file.auth.as_ref(), &made.collect::<Vec<_>>(), report);
        let title = file.title.as_ref().map_or(mapping, |title| &title.value);
        Some(Upstream {
            name: name.into(),
            secrets: secrets::of(file, lookup.settings, auth, &credentials),
            mapping: mapping.into(),
            version: self.version(mapping),
            title: title.into(),
            base_url: base_url?,
            operations,
            calls,
            errors,
            callbacks,
            headers: outward,
            answer_headers,
            idempotency,
            credentials,
            recipe: Recipe {
                said: file.auth.clone(),
                configured: auth.cloned(),
                asked: file.settings.clone(),
                given: given.clone(),
            },
            machines,
            qualifier: format!("{name}:").into(),
        })
    }

    /// Compiles every machine, to tell all faults at once.
    fn machines(&self, report: &mut Report) -> Option<Vec<Machine>> {
        let machines = self.file.machines.iter();
        let machines: Vec<_> = machines
            .map(|machine| machine::compile(machine, report))
            .collect();
        machines.into_iter().collect()
    }

    fn lookup<'l>(&'l self, settings: &'l BTreeMap<String, String>) -> Lookup<'l> {
        Lookup {
            shapes: &self.catalog.canonical,
            asked: &self.file.settings,
            settings,
            inputs: &[],
            body: None,
            current: None,
            outcome: None,
        }
    }

    fn base_url(&self, lookup: &Lookup<'_>, report: &mut Report) -> Option<String> {
        let Some(said) = &self.file.base_url else {
            let message = "the file does not say where calls go";
            report.push(
                Diagnostic::new(Code::M002, self.file.key, message)
                    .help("`base-url: '{settings.base-url}'`"),
            );
            return None;
        };
        let compiled = template::compile(said, lookup, report)?;
        // A setting that is missing is reported where it is asked for.
        if !compiled.is_of_settings() {
            let message = "the URL is made of settings and nothing else";
            report
                .push(Diagnostic::new(Code::M104, said.span, message).help(template::OF_SETTINGS));
        }
        let url = compiled.fixed()?;
        let url = url.trim_end_matches('/');
        let host = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let well_formed = host.is_some_and(|host| {
            !host.is_empty()
                && !host.starts_with('/')
                && host
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !b"?#@".contains(&byte))
        });
        if !well_formed {
            report.push(
                Diagnostic::new(Code::C003, said.span, "what the settings make here is no URL of a host")
                    .help("`http://` or `https://`, host, port and the beginning of every path; no user, query or fragment"),
            );
            return None;
        }
        Some(url.to_owned())
    }

    fn operations(
        &self,
        names: &Names<'_>,
        machines: &[Machine],
        lookup: &Lookup<'_>,
        report: &mut Report,
    ) -> Vec<Option<Operation>> {
        let mut operations: Vec<Option<Operation>> =
            self.catalog.operations.iter().map(|_| None).collect();
        for said in &self.file.operations {
            let Some(index) = names.operation(&said.name, report) else {
                continue;
            };
            let context = self.context(names, machines, lookup);
            let compiled = operation::compile(index, &said.value, &context, report);
            if let Some(slot) = operations.get_mut(usize::from(index.0)) {
                *slot = compiled;
            }
        }
        for said in &self.file.operations {
            shared::check(
                said,
                &mut operations,
                self.catalog,
                &self.bodies.compiler,
                report,
            );
        }
        operations
    }
}

impl Build<'_> {
    fn context<'c>(
        &'c self,
        names: &'c Names<'c>,
        machines: &'c [Machine],
        lookup: &Lookup<'c>,
    ) -> operation::Context<'c> {
        operation::Context {
            names,
            bodies: self.bodies,
            machines,
            fields: &self.file.machines,
            calls: &self.file.calls,
            lookup: *lookup,
        }
    }

    /// The calls that mean something alone.
    fn calls<'c>(
        &'c self,
        names: &'c Names<'c>,
        machines: &'c [Machine],
        lookup: &Lookup<'c>,
        report: &mut Report,
    ) -> Vec<Operation> {
        let context = self.context(names, machines, lookup);
        let calls = self.file.calls.iter();
        let compiled = calls.map(|call| {
            let means = call.value.means.as_ref().map(|means| means.value.as_str());
            let mut operations = self.file.operations.iter();
            let said = operations.find(|said| Some(said.name.value.as_str()) == means);
            operation::compile_call(call, said.map(|said| &said.value), &context, report)
        });
        compiled.flatten().collect()
    }
}

/// The rules of headers that an upstream's calls carry.
fn header_rules<'a>(
    outward: &'a [Param],
    operations: impl Iterator<Item = &'a Operation>,
) -> impl Iterator<Item = &'a Param> {
    let routes = operations.flat_map(|operation| &operation.routes);
    outward
        .iter()
        .chain(routes.flat_map(|route| &route.headers))
}

fn idempotency(said: &ast::Idempotency) -> Idempotency {
    Idempotency {
        header: said.header.value.to_ascii_lowercase().into(),
        spelled: said.header.value.as_str().into(),
        reads: said.reads.is_some(),
        renew: said
            .renew
            .iter()
            .map(|name| name.value.to_ascii_lowercase().into())
            .collect(),
    }
}
