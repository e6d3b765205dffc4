//! How calls prove who they come from.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::hidden::Hidden;
use super::source::Lookup;
use super::template::{self, Template};
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{Auth, Scheme};
use crate::mapping::syntax;

/// Headers that every call has, by lower-case name; an absent variable leaves its header out.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) headers: Vec<(Box<str>, Template)>,
    /// The credentials of `basic`, ready to send.
    pub(crate) basic: Option<Hidden>,
}

/// Compiles a scheme; where the mapping leaves it to the operator, `configured` says which.
pub(super) fn compile(
    said: Option<&Auth>,
    configured: Option<&Auth>,
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
    let mut credentials = Credentials::default();
    match auth.scheme.value {
        Scheme::None | Scheme::Headers => {}
        Scheme::Basic => credentials.basic = basic(auth, lookup, report),
        Scheme::Oauth2 | Scheme::Signature | Scheme::Settings => {
            let word = crate::mapping::ast::Word::word(auth.scheme.value);
            let message = format!("calls with the scheme `{word}` are not made yet");
            report.push(
                Diagnostic::new(Code::M215, auth.scheme.span, message)
                    .help("`none`, `basic` and `headers` are"),
            );
            return credentials;
        }
    }
    for header in &auth.send {
        if let Some(template) = template::compile(&header.value, lookup, report) {
            let name = header.name.value.to_ascii_lowercase();
            credentials.headers.push((name.into(), template));
        }
    }
    credentials
}

/// RFC 7617: the user may hold no colon.
fn basic(auth: &Auth, lookup: &Lookup<'_>, report: &mut Report) -> Option<Hidden> {
    let mut part = |template: &Option<syntax::Template>, name: &str| {
        let Some(template) = template else {
            let message = format!("`basic` needs a `{name}`");
            report.push(Diagnostic::new(Code::C004, auth.scheme.span, message));
            return None;
        };
        let compiled = template::compile(template, lookup, report)?;
        // A setting that is missing is reported where it is asked for.
        if !compiled.is_of_settings() {
            let message = format!("the `{name}` is made of settings and nothing else");
            report.push(Diagnostic::new(Code::M104, template.span, message));
        }
        compiled.fixed()
    };
    let username = part(&auth.username, "username");
    let password = part(&auth.password, "password");
    let (username, password) = (username?, password?);
    if username.contains(':') {
        report.push(Diagnostic::new(
            Code::C003,
            auth.scheme.span,
            "a user of `basic` has no `:` in its name",
        ));
    }
    let pair = STANDARD.encode(format!("{username}:{password}"));
    Some(Hidden::new(&format!("Basic {pair}")))
}
