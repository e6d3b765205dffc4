//! How calls prove who they come from: what the configuration says beside what the mapping leaves to it.

use secrecy::ExposeSecret;

use crate::config::{self, Auth};
use crate::diag::{Code, Diagnostic, Report, Span, Spanned};
use crate::mapping::ast::{self, Named, Scheme};
use crate::mapping::catalog::MappingSet;
use crate::mapping::syntax::{Part, Template};

/// The operator's scheme, if the mapping leaves it to the configuration. Where it is missing or was not understood,
/// which is told, none stands for it, so that the rest can be judged.
pub(super) fn of(
    said: &config::Upstream,
    set: &MappingSet,
    place: Span,
    report: &mut Report,
) -> Option<ast::Auth> {
    let of_mapping = set.upstream.as_ref().and_then(|file| file.auth.as_ref());
    let is_open = of_mapping.is_some_and(|auth| auth.scheme.value == Scheme::Settings);
    if !is_open {
        if let Some(span) = said.auth_span {
            let message = format!(
                "the mapping `{}` says itself how calls prove who they come from",
                said.mapping
            );
            report.push(
                Diagnostic::new(Code::C007, span, message)
                    .note(of_mapping.map(|auth| auth.key), "here")
                    .help("leave `auth` out"),
            );
        }
        return None;
    }
    match (&said.auth, said.auth_span) {
        (Some(auth), span) => Some(as_said(auth, span.unwrap_or(place))),
        (None, Some(span)) => Some(as_said(&Auth::None, span)),
        (None, None) => {
            let message = format!("the upstream `{}` lacks `auth`", said.name);
            report.push(
                Diagnostic::new(Code::C004, place, message)
                    .note(of_mapping.map(|auth| auth.scheme.span), "the mapping leaves the scheme to the configuration")
                    .help("`auth: { scheme: basic, username: ..., password: { env: NAME } }`, or `headers`, `mtls` or `none`"),
            );
            Some(as_said(&Auth::None, place))
        }
    }
}

/// The operator's scheme as a mapping would say it.
fn as_said(auth: &Auth, span: Span) -> ast::Auth {
    let scheme = match auth {
        Auth::None => Scheme::None,
        Auth::Basic { .. } => Scheme::Basic,
        Auth::Headers(_) => Scheme::Headers,
        Auth::Mtls { .. } => Scheme::Mtls,
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
        Auth::None | Auth::Headers(_) | Auth::Mtls { .. } => (None, None),
    };
    let (certificate, private_key) = match auth {
        Auth::Mtls {
            certificate,
            private_key,
        } => (
            Some(text(certificate.expose_secret())),
            Some(text(private_key.expose_secret())),
        ),
        Auth::None | Auth::Headers(_) | Auth::Basic { .. } => (None, None),
    };
    let headers = match auth {
        Auth::Headers(headers) => headers.as_slice(),
        Auth::None | Auth::Basic { .. } | Auth::Mtls { .. } => &[],
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
        certificate,
        private_key,
    }
}
