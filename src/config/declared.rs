//! Settings of an upstream beside what its mapping declares: known, whole, in form, secret where it must be.

use crate::diag::nearest::offered;
use crate::diag::{Code, Diagnostic, Report, Sources};

use super::secret::Value;
use super::settings::{Setting, Upstream};

/// A setting as a mapping declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value if none is given.
    pub default: Option<&'a str>,
    /// The values that it may have; empty: any.
    pub allowed: Vec<&'a str>,
    /// The fewest and the most characters.
    pub length: (Option<u32>, Option<u32>),
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it is a secret.
    pub secret: bool,
}

/// The values of the declared settings.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// Those that are as the mapping declares them, in the order of the declarations.
    pub values: Vec<(String, Value)>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// Gives every declared setting its value; what is optional and not given is left out. Every fault goes into the
/// report; a secret that stands in the file is masked in `sources`.
pub fn resolve(
    upstream: &Upstream,
    declared: &[Declared<'_>],
    sources: &mut Sources,
    report: &mut Report,
) -> Resolved {
    let before = report.len();
    unknown(upstream, declared, sources, report);
    let mut values = Vec::with_capacity(declared.len());
    for known in declared {
        let given = upstream
            .settings
            .iter()
            .find(|setting| setting.name == known.name);
        let is_unread = upstream.unread.iter().any(|name| name == known.name);
        match (given, known.default) {
            (Some(setting), _) => {
                if fits(setting, known, sources, report) {
                    values.push((setting.name.clone(), setting.value.clone()));
                }
            }
            (None, _) if is_unread => {}
            (None, Some(default)) => {
                values.push((known.name.to_owned(), Value::Text(default.to_owned())));
            }
            (None, None) if known.optional => {}
            (None, None) => {
                let message = format!(
                    "the upstream `{}` lacks the setting `{}`",
                    upstream.name, known.name
                );
                let help = format!(
                    "add it under `settings`{}",
                    if known.secret { " as a secret" } else { "" }
                );
                report.push(Diagnostic::new(Code::C004, upstream.span, message).help(help));
            }
        }
    }
    Resolved {
        values,
        is_whole: report.len() == before && upstream.unread.is_empty(),
    }
}

fn unknown(
    upstream: &Upstream,
    declared: &[Declared<'_>],
    sources: &mut Sources,
    report: &mut Report,
) {
    for setting in &upstream.settings {
        if !declared.iter().any(|known| known.name == setting.name) {
            let message = format!(
                "the mapping `{}` declares no setting `{}`",
                upstream.mapping, setting.name
            );
            let help = Some(offered(
                &setting.name,
                declared.iter().map(|known| known.name),
            ));
            report.push(Diagnostic::new(Code::C002, setting.name_span, message).maybe_help(help));
            // Nobody knows whether it was meant for a secret.
            if let Some(span) = setting.span {
                sources.mask(span);
            }
        }
    }
}

/// Whether a value is as it is declared.
fn fits(
    setting: &Setting,
    known: &Declared<'_>,
    sources: &mut Sources,
    report: &mut Report,
) -> bool {
    let name = known.name;
    let before = report.len();
    if known.secret && !setting.value.is_secret() {
        let message =
            format!("the setting `{name}` is a secret and stands here for everyone to read");
        let help = "write `{env: NAME}` or `{file: PATH}`";
        report.push(Diagnostic::new(Code::C005, setting.name_span, message).help(help));
        if let Some(span) = setting.span {
            sources.mask(span);
        }
        return false;
    }
    let text = setting.value.expose();
    if !known.allowed.is_empty() && !known.allowed.contains(&text) {
        let allowed: Vec<_> = known
            .allowed
            .iter()
            .map(|word| format!("`{word}`"))
            .collect();
        let message = format!("the setting `{name}` must be one of {}", allowed.join(", "));
        let help = "write one of these words as it stands here";
        report.push(Diagnostic::new(Code::C003, setting.span, message).help(help));
    }
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let (least, most) = known.length;
    if let Some(least) = least.filter(|least| length < *least) {
        let message = format!("the setting `{name}` must have at least {least} characters");
        let help = "write a longer one; is it whole?";
        report.push(Diagnostic::new(Code::C003, setting.span, message).help(help));
    }
    if let Some(most) = most.filter(|most| length > *most) {
        let message = format!("the setting `{name}` must have at most {most} characters");
        let help = "write a shorter one; is there more in it than the value?";
        report.push(Diagnostic::new(Code::C003, setting.span, message).help(help));
    }
    report.len() == before
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn upstream(settings: Vec<(&str, Value)>) -> Upstream {
        let settings = settings.into_iter().map(|(name, value)| Setting {
            file: None,
            name: name.to_owned(),
            value,
            name_span: None,
            span: None,
        });
        Upstream {
            name: "alpha".to_owned(),
            mapping: "alpha".to_owned(),
            mapping_span: None,
            span: None,
            settings: settings.collect(),
            unread: Vec::new(),
            auth: None,
            auth_files: Vec::new(),
            auth_span: None,
            conduct: crate::config::Conduct::default(),
            callbacks: None,
            ca: None,
            in_url: crate::config::InUrl::default(),
            cache: crate::config::UpstreamCache {
                is_enabled: true,
                longest: None,
            },
        }
    }

    fn declared() -> Vec<Declared<'static>> {
        let named = |name| Declared {
            name,
            ..Declared::default()
        };
        vec![
            named("base-url"),
            Declared {
                default: Some("red"),
                allowed: vec!["red", "blue"],
                ..named("colour")
            },
            Declared {
                secret: true,
                optional: true,
                length: (Some(3), Some(5)),
                ..named("key")
            },
        ]
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn what_is_not_given_is_the_default_or_left_out() {
        let mut report = Report::new();

        let resolved = resolve(
            &upstream(vec![("base-url", text("x"))]),
            &declared(),
            &mut Sources::new(),
            &mut report,
        );

        assert!(resolved.is_whole);
        let values: Vec<_> = resolved
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose()))
            .collect();
        assert_eq!(values, [("base-url", "x"), ("colour", "red")]);
    }

    #[test]
    fn every_fault_is_told_and_no_value() {
        let mut report = Report::new();
        let upstream = upstream(vec![
            ("colour", text("green")),
            ("color", text("red")),
            ("key", Value::Secret(SecretString::from("hunter2"))),
        ]);

        assert!(!resolve(&upstream, &declared(), &mut Sources::new(), &mut report).is_whole);

        let told: Vec<_> = report
            .iter()
            .map(|fault| (fault.code.as_str(), fault.message.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("C002", "the mapping `alpha` declares no setting `color`"),
                ("C004", "the upstream `alpha` lacks the setting `base-url`"),
                ("C003", "the setting `colour` must be one of `red`, `blue`"),
                ("C003", "the setting `key` must have at most 5 characters"),
            ]
        );
    }

    #[test]
    fn a_setting_that_could_not_be_read_is_not_told_as_missing() {
        let mut report = Report::new();
        let upstream = Upstream {
            unread: vec!["base-url".to_owned()],
            ..upstream(vec![])
        };

        let resolved = resolve(&upstream, &declared(), &mut Sources::new(), &mut report);

        assert!(report.is_empty() && !resolved.is_whole);
    }

    #[test]
    fn a_declared_secret_is_given_as_one() {
        let mut report = Report::new();
        let upstream = upstream(vec![("base-url", text("x")), ("key", text("abcd"))]);

        assert!(!resolve(&upstream, &declared(), &mut Sources::new(), &mut report).is_whole);

        assert_eq!(
            report.iter().map(|fault| fault.code).collect::<Vec<_>>(),
            [Code::C005]
        );
    }
}
