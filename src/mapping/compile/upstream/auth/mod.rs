//! How calls prove who they come from.

mod renewed;
mod text;
mod voucher;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::hidden::Hidden;
use super::param::Param;
use super::source::{ContextPlace, Lookup, Source};
use super::template::{self, Piece, Template};
use crate::codec::form;
use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{Auth, AuthKey, Encoding, Scheme};
use crate::mapping::syntax;

pub(crate) use renewed::Recipe;
pub use renewed::Renewed;
pub(crate) use text::{Bit, Format, Text, What};
pub(crate) use voucher::{Grant, Signature, Voucher};

use text::Stands;

/// Headers that every call has, by lower-case name; an absent variable leaves its header out.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) headers: Vec<(Box<str>, Template)>,
    /// The credentials of `basic`, ready to send.
    pub(crate) basic: Option<Hidden>,
    /// What is made only of the final request.
    pub(crate) voucher: Option<Voucher>,
    /// The client certificate and its key, in PEM.
    pub(crate) identity: Option<(Hidden, Hidden)>,
}

/// Compiles a scheme; where the mapping leaves it to the operator, `configured` says which.
pub(super) fn compile(
    said: Option<&Auth>,
    configured: Option<&Auth>,
    headers: &[Param],
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Credentials {
    let Some(said) = said else {
        if let Some(configured) = configured {
            report.push(
                Diagnostic::new(
                    Code::C007,
                    configured.key,
                    "the mapping says itself how calls prove who they come from",
                )
                .help("leave `auth` out"),
            );
        }
        return Credentials::default();
    };
    let auth = match (said.scheme.value, configured) {
        (Scheme::Settings, Some(configured)) if configured.scheme.value != Scheme::Settings => {
            configured
        }
        (Scheme::Settings, _) => {
            report.push(
                Diagnostic::new(Code::C004, said.scheme.span, "the upstream's `auth` is missing in the configuration")
                    .help("the mapping leaves the scheme to the operator: `auth: { scheme: basic, ... }`, `headers` or `none`"),
            );
            return Credentials::default();
        }
        _ => said,
    };
    let mut credentials = Credentials {
        identity: identity(auth, lookup, report),
        ..Credentials::default()
    };
    match auth.scheme.value {
        Scheme::None | Scheme::Headers | Scheme::Mtls => {}
        Scheme::Basic => credentials.basic = basic(auth, lookup, report),
        Scheme::Oauth2 | Scheme::Signature => {
            credentials.voucher = voucher(auth, headers, lookup, report);
            return credentials;
        }
        // Nobody said which: told above.
        Scheme::Settings => return credentials,
    }
    let is_operators = said.scheme.value == Scheme::Settings;
    for header in &auth.send {
        if let Some(template) = template::compile(&header.value, lookup, report) {
            let name = header.name.value.to_ascii_lowercase();
            let template = if is_operators {
                hidden(template)
            } else {
                template
            };
            credentials.headers.push((name.into(), template));
        }
    }
    credentials
}

/// What an operator writes into a header is a secret, as far as anybody knows.
fn hidden(template: Template) -> Template {
    let piece = |piece| match piece {
        Piece::Literal(text) => Piece::Value {
            source: Source::Setting(Hidden::new(&text)),
            lower: false,
        },
        value @ Piece::Value { .. } => value,
    };
    Template {
        pieces: template.pieces.into_iter().map(piece).collect(),
    }
}

fn voucher(
    auth: &Auth,
    headers: &[Param],
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<Voucher> {
    let before = report.len();
    let signs = auth.scheme.value == Scheme::Signature;
    let stands = if signs {
        Stands::Signed
    } else {
        Stands::Tokened
    };
    let mut send = Vec::with_capacity(auth.send.len());
    for header in &auth.send {
        if let Some(text) = text::compile(&header.value, stands, lookup, report) {
            writable(&text, header.value.span, report);
            send.push((header.name.value.to_ascii_lowercase().into(), text));
        }
    }
    let needed = if signs { What::Signature } else { What::Token };
    if report.len() == before && !send.iter().any(|(_, text)| text.has(&needed)) {
        let name = if signs { "signature" } else { "token" };
        let message = format!("no header of `send` holds `{{{name}}}`");
        let help = format!(
            "put it where the upstream expects it, such as `send: {{ authorization: '... {{{name}}}' }}`"
        );
        report.push(Diagnostic::new(Code::M104, auth.key, message).help(help));
    }
    let signature = signs.then(|| signature(auth, lookup, report)).flatten();
    let grant = (!signs).then(|| grant(auth, lookup, report)).flatten();
    let voucher = Voucher {
        send,
        signature,
        grant,
    };
    timed(auth, &voucher, headers, report);
    (report.len() == before).then_some(voucher)
}

/// A setting in a header holds no byte that would end it.
fn writable(text: &Text, span: crate::diag::Span, report: &mut Report) {
    let breaks = |text: &str| text.bytes().any(|byte| byte.is_ascii_control());
    let broken = text.bits.iter().any(|bit| match bit {
        Bit::Literal(text) => breaks(text),
        Bit::Value {
            what: What::Setting(value),
            ..
        } => breaks(value.shown()),
        Bit::Value { .. } => false,
    });
    if broken {
        let message = "what the settings make here cannot stand in a header";
        let help = "let the settings hold no control character and no line end";
        report.push(Diagnostic::new(Code::C003, span, message).help(help));
    }
}

/// A window needs a signed time that it can be held against.
fn timed(auth: &Auth, voucher: &Voucher, headers: &[Param], report: &mut Report) {
    let (Some(window), Some(signature)) = (&auth.window, &voucher.signature) else {
        return;
    };
    let told = voucher.send.iter().any(|(_, text)| text.has(&What::Now));
    let carried = headers.iter().any(|param| {
        param.sources.contains(&Source::Context(ContextPlace::Now))
            && param.names.iter().any(|name| signature.signs(name))
    });
    if !told && !carried {
        let message = "no time is signed that `window` could be about";
        report.push(
            Diagnostic::new(Code::M104, window.span, message)
                .help("`{now}` in `send`, or a signed header with a rule of `context.now`"),
        );
    }
}

fn signature(auth: &Auth, lookup: &Lookup<'_>, report: &mut Report) -> Option<Signature> {
    let parts: Vec<_> = auth
        .parts
        .iter()
        .map(|part| text::compile(part, Stands::Part, lookup, report))
        .collect();
    let mut covered: Vec<Box<str>> = auth
        .headers
        .iter()
        .map(|name| name.value.as_str().into())
        .collect();
    covered.sort_unstable();
    let key = key(auth.signing_key.as_ref()?, lookup, report)?;
    Some(Signature {
        key,
        covered,
        parts: parts.into_iter().collect::<Option<_>>()?,
        join: auth.join.as_ref().map_or("\n", |join| &join.value).into(),
        window: auth.window.as_ref().map(|window| window.value),
    })
}

fn key(said: &AuthKey, lookup: &Lookup<'_>, report: &mut Report) -> Option<hmac::Key> {
    let name = &said.from.value;
    if !lookup
        .asked
        .iter()
        .any(|setting| setting.name.value == *name)
    {
        let message = format!("there is no setting `{name}`");
        let known = lookup
            .asked
            .iter()
            .map(|setting| setting.name.value.as_str());
        report
            .push(Diagnostic::new(Code::M103, said.from.span, message).help(offered(name, known)));
        return None;
    }
    let Some(value) = lookup.settings.get(name) else {
        let message = format!("the setting `{name}` is needed for signing");
        let help = format!("give it under `settings` of the upstream: `{name}: {{ env: NAME }}`");
        report.push(Diagnostic::new(Code::C004, said.from.span, message).help(help));
        return None;
    };
    let bytes = match said.encoding.as_ref().map(|encoding| encoding.value) {
        None | Some(Encoding::Text) => Some(value.as_bytes().to_vec()),
        Some(Encoding::Base64) => STANDARD.decode(value).ok(),
    };
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
        let message = format!("the setting `{name}` is no key in Base64");
        let help =
            "give the key as the upstream shows it, or leave `encoding` out where it is a text";
        report.push(Diagnostic::new(Code::C003, said.from.span, message).help(help));
        return None;
    };
    Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn grant(auth: &Auth, lookup: &Lookup<'_>, report: &mut Report) -> Option<Grant> {
    let call = auth.call.as_ref()?;
    let mut target = fixed(&call.path, "the path of a token request", lookup, report)?;
    for (index, pair) in call.query.iter().enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        target.push_str(&pair.name.value);
        target.push('=');
        let mut value = Vec::new();
        let text = fixed(&pair.value, "the query of a token request", lookup, report)?;
        form::percent::encode(&mut value, text.as_bytes());
        target.push_str(&String::from_utf8_lossy(&value));
    }
    let form: Vec<_> = auth
        .form
        .iter()
        .map(|field| {
            let text = fixed(&field.value, "the form of a token request", lookup, report)?;
            Some((field.name.value.as_str().into(), Hidden::new(&text)))
        })
        .collect();
    Some(Grant {
        method: call.method.value.as_str(),
        target: Hidden::new(&target),
        form: form.into_iter().collect::<Option<_>>()?,
        lifetime: auth.lifetime.as_ref().map(|lifetime| lifetime.value),
        renew_before: auth
            .renew_before
            .as_ref()
            .map_or(Duration::ZERO, |margin| margin.value),
    })
}

/// The text of a template of settings; of others a fault.
fn fixed(
    said: &syntax::Template,
    name: &str,
    lookup: &Lookup<'_>,
    report: &mut Report,
) -> Option<String> {
    let compiled = template::compile(said, lookup, report)?;
    if !compiled.is_of_settings() {
        let message = format!("{name} is made of settings and nothing else");
        report.push(Diagnostic::new(Code::M104, said.span, message).help(template::OF_SETTINGS));
    }
    compiled.fixed()
}

// === impl Credentials ===

impl Credentials {
    /// Reports signed headers that nothing makes: they would be left unsigned without a word.
    pub(super) fn check_names(&self, auth: Option<&Auth>, made: &[&str], report: &mut Report) {
        let signature = self.voucher.as_ref().and_then(|voucher| {
            let signature = voucher.signature.as_ref()?;
            Some((signature, &voucher.send))
        });
        let (Some((signature, send)), Some(auth)) = (signature, auth) else {
            return;
        };
        let own = send.iter().map(|(name, _)| &**name);
        let made = made.iter().copied();
        let known = made.chain(own).chain(["content-type", "host"]);
        for name in signature.named() {
            if !known.clone().any(|known| known.eq_ignore_ascii_case(name)) {
                let message = format!("no call has the header `{name}` that is signed");
                let help =
                    "sign a header that the operations or `send` make, or take its name away";
                report.push(Diagnostic::new(Code::M104, auth.key, message).help(help));
            }
        }
    }
}

/// The client certificate of TLS, in PEM; whether it is one, is seen by who reads it.
fn identity(auth: &Auth, lookup: &Lookup<'_>, report: &mut Report) -> Option<(Hidden, Hidden)> {
    let mut part = |said: &Option<syntax::Template>, name: &str| {
        let text = fixed(said.as_ref()?, name, lookup, report)?;
        Some(Hidden::new(&text))
    };
    let certificate = part(&auth.certificate, "the certificate");
    let key = part(&auth.private_key, "the key");
    Some((certificate?, key?))
}

/// RFC 7617: the user may hold no colon.
fn basic(auth: &Auth, lookup: &Lookup<'_>, report: &mut Report) -> Option<Hidden> {
    let mut part = |template: &Option<syntax::Template>, name: &str| {
        let Some(template) = template else {
            let message = format!("`basic` needs a `{name}`");
            let help = format!("add `{name}: ...` beside the scheme");
            report.push(Diagnostic::new(Code::C004, auth.scheme.span, message).help(help));
            return None;
        };
        let compiled = template::compile(template, lookup, report)?;
        // A setting that is missing is reported where it is asked for.
        if !compiled.is_of_settings() {
            let message = format!("the `{name}` is made of settings and nothing else");
            report.push(
                Diagnostic::new(Code::M104, template.span, message).help(template::OF_SETTINGS),
            );
        }
        compiled.fixed()
    };
    let username = part(&auth.username, "username");
    let password = part(&auth.password, "password");
    let (username, password) = (username?, password?);
    if username.contains(':') {
        report.push(
            Diagnostic::new(
                Code::C003,
                auth.scheme.span,
                "a user of `basic` has no `:` in its name",
            )
            .help("the first colon ends the name (RFC 7617): use another user"),
        );
    }
    let pair = STANDARD.encode(format!("{username}:{password}"));
    Some(Hidden::new(&format!("Basic {pair}")))
}
