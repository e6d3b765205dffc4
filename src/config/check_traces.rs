//! Checks of the collector of traces.

use http::Uri;

use crate::diag::Code;
use crate::telemetry::trace::Share;

use super::check::Checker;
use super::form;
use super::keyword::Form;
use super::settings::Traces;

/// What collectors call the gateway where nobody says otherwise.
const SERVICE: &str = "interlingua";

// === impl Checker ===

impl Checker<'_> {
    /// Reads where spans go; nothing where something of it is wrong.
    pub(super) fn traces(&mut self) -> Option<Option<Traces>> {
        if self.raw.get("telemetry.traces").is_none() {
            return Some(None);
        }
        let path = "telemetry.traces.endpoint";
        let example = "such as `http://127.0.0.1:4318/v1/traces`";
        let endpoint = self.url(path, example).filter(|endpoint| {
            let path_of = endpoint.parse::<Uri>();
            let has_path = path_of.is_ok_and(|uri| uri.path() != "/");
            if !has_path {
                let message = format!("`{path}` has no path, and nothing is added to it");
                let help = "collectors take spans at `/v1/traces`, as a rule".to_owned();
                self.fault(Code::C003, path, message, Some(help));
            }
            has_path
        });
        let at = "telemetry.traces.headers";
        let names: Vec<_> = self
            .raw
            .below(at)
            .map(|(name, _)| name.to_owned())
            .collect();
        let headers: Vec<_> = names.iter().map(|name| self.header(at, name)).collect();
        let path = "telemetry.traces.sample";
        let share = match self.raw.get(path) {
            Some(_) => self.one(path, path, form::share),
            None => Some(Share::ALL),
        };
        let path = "telemetry.traces.service-name";
        let service_name = match self.text(path) {
            Some((name, _)) if name.trim().is_empty() => {
                self.misfit(path, Form::Text);
                None
            }
            Some((name, _)) => Some(name),
            None if self.raw.get(path).is_some() => None,
            None => Some(SERVICE.to_owned()),
        };
        Some(Some(Traces {
            endpoint: endpoint?,
            headers: headers.into_iter().collect::<Option<_>>()?,
            share: share?,
            service_name: service_name?,
        }))
    }
}
