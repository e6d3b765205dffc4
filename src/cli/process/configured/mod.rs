//! From a configuration file to upstreams that are ready to compile.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use crate::cli::files;
use crate::config::environment::Process;
use crate::config::{self, Auth, Declared, Flags, Value};
use crate::diag::{Code, Diagnostic, Report, SourceId, Span, Spanned};
use crate::mapping::ast::{self, Named, Scheme};
use crate::mapping::catalog::Catalog;
use crate::mapping::compile::upstream::Settings;
use crate::mapping::syntax::{Part, Template};

/// A configuration with the place that its own faults are told at.
#[derive(Debug)]
pub(in crate::cli) struct Configuration {
    pub(in crate::cli) settings: config::Settings,
    pub(in crate::cli) file: SourceId,
}

/// Where a configuration comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum From<'a> {
    /// A file.
    File(&'a Path),
    /// A text that stands for one.
    Text(&'a str),
}

/// Reads and checks a configuration; every fault goes into the report.
pub(in crate::cli) fn configuration(
    from: From<'_>,
    flags: Flags<'_>,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Configuration> {
    let (name, text) = match from {
        From::Text(text) => ("demo".to_owned(), text.to_owned()),
        From::File(path) => {
            let bytes = files::read(path, report)?;
            let Ok(text) = String::from_utf8(bytes) else {
                let message = format!("`{}` is not UTF-8", path.display());
                report.push(Diagnostic::new(Code::F002, None, message));
                return None;
            };
            (path.display().to_string(), text)
        }
    };
    let file = catalog.sources.add(name, text);
    let operations: Vec<&str> = catalog
        .operations
        .iter()
        .map(|operation| &*operation.id)
        .collect();
    let given = config::Given {
        file: Some(file),
        flags,
        environment: &Process,
        operations: &operations,
    };
    let settings = config::load(&given, &mut catalog.sources, report)?;
    Some(Configuration { settings, file })
}

/// The values of an upstream's settings; every fault goes into the report.
pub(in crate::cli) fn settings_of(
    upstream: &config::Upstream,
    catalog: &mut Catalog,
    report: &mut Report,
) -> Option<Settings> {
    let Catalog {
        mappings, sources, ..
    } = catalog;
    let Some(set) = mappings.get(&upstream.mapping) else {
        let message = format!("there is no mapping `{}`", upstream.mapping);
        let known = mappings.keys().map(String::as_str);
        let help = crate::diag::nearest::did_you_mean(&upstream.mapping, known);
        report.push(Diagnostic::new(Code::C006, upstream.span, message).maybe_help(help));
        return None;
    };
    let declared: Vec<Declared<'_>> = set
        .upstream
        .iter()
        .flat_map(|upstream| &upstream.settings)
        .map(declared)
        .collect();
    let values = config::resolve(upstream, &declared, sources, report)?;
    let secret = |value: &Value| SecretString::from(value.expose());
    Some(
        values
            .iter()
            .map(|(name, value)| (name.clone(), secret(value)))
            .collect(),
    )
}

fn declared(setting: &Named<ast::Setting>) -> Declared<'_> {
    let said = &setting.value;
    Declared {
        name: &setting.name.value,
        default: said.default.as_ref().map(|text| text.value.as_str()),
        allowed: said
            .allowed
            .iter()
            .map(|text| text.value.as_str())
            .collect(),
        length: (
            said.min_length.as_ref().map(|length| length.value),
            said.max_length.as_ref().map(|length| length.value),
        ),
        optional: said.optional.is_some(),
        secret: said.secret.is_some(),
    }
}

/// The operator's scheme as a mapping would say it.
pub(in crate::cli) fn auth_of(auth: &Auth, span: Span) -> ast::Auth {
    let scheme = match auth {
        Auth::None => Scheme::None,
        Auth::Basic { .. } => Scheme::Basic,
        Auth::Headers(_) => Scheme::Headers,
    };
    let text = |text: &str| Template {
        parts: match text {
            "" => Vec::new(),
            text => vec![Part::Literal(Spanned::new(text.to_owned(), span))],
        },
        span,
    };
    let (username, password) = match auth {
        Auth::Basic { username, password } => (
            Some(text(username.expose())),
            Some(text(password.expose_secret())),
        ),
        Auth::None | Auth::Headers(_) => (None, None),
    };
    let headers = match auth {
        Auth::Headers(headers) => headers.as_slice(),
        Auth::None | Auth::Basic { .. } => &[],
    };
    let send = headers.iter().map(|(name, value)| Named {
        name: Spanned::new(name.as_str().to_owned(), span),
        value: text(&String::from_utf8_lossy(value.as_bytes())),
    });
    ast::Auth {
        key: span,
        scheme: Spanned::new(scheme, span),
        username,
        password,
        send: send.collect(),
        call: None,
        form: Vec::new(),
        lifetime: None,
        renew_before: None,
        window: None,
        algorithm: None,
        signing_key: None,
        headers: Vec::new(),
        parts: Vec::new(),
        join: None,
    }
}
