//! What native messages show of themselves: their form, and nothing that credentials or callers put into them.

use std::fmt;

use super::accept::{Accepted, ReceivedContext};
use super::call::{Call, Context, PageRequest};
use super::callback::{Event, ReceivedDocument};
use super::gathered::Gathered;
use super::outcome::{Outcome, Page, Warning};
use super::problem::{FieldError, UpstreamProblem};
use super::respond::{ServerOutcome, ServerProblem};
use super::steps::Earlier;
use super::{NativeAnswer, NativeRequest, NativeResponse, ReceivedRequest};

/// Shows the name of a type whose values are all of a message.
macro_rules! unshown {
    ($($shown:ty),* $(,)?) => {$(
        impl fmt::Debug for $shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($shown), " { .. }"))
            }
        }
    )*};
}

unshown!(
    Accepted,
    Call<'_>,
    Context<'_>,
    Earlier<'_>,
    Event,
    Gathered,
    PageRequest<'_>,
    Page,
    ReceivedContext,
    ReceivedDocument<'_>,
    ServerOutcome<'_>,
    ServerProblem<'_>,
    Warning,
);

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("body", &self.body.as_ref().map(Vec::len))
            .field("is_list", &self.is_list)
            .field("warnings", &self.warnings.len())
            .field("losses", &self.losses)
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for UpstreamProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstreamProblem")
            .field("code", &self.code)
            .field("upstream_status", &self.upstream_status)
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldError")
            .field("pointer", &self.pointer)
            .field("parameter", &self.parameter)
            .field("candidates", &self.candidates)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NativeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeRequest")
            .field("route", &self.route)
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("content_type", &self.content_type)
            .field("body", &self.body.as_ref().map(Vec::len))
            .field("lost", &self.lost)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NativeAnswer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeAnswer")
            .field("status", &self.status)
            .field("headers", &self.headers.len())
            .field("content_type", &self.content_type)
            .field("body", &self.body.len())
            .finish()
    }
}

impl fmt::Debug for ReceivedRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRequest")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("content_type", &self.content_type)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NativeResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeResponse")
            .field("status", &self.status)
            .field("headers", &self.headers.len())
            .field("content_type", &self.content_type)
            .field("body", &self.body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::catalog::OperationIndex;

    #[test]
    fn calls_show_nothing_of_what_was_said() {
        let context = Context {
            caller_id: Some("planted"),
            if_match: Some("planted"),
            ..Context::default()
        };
        let page = PageRequest {
            limit: None,
            cursor: Some("planted"),
        };
        let call = Call {
            operation: OperationIndex(0),
            inputs: &[("id", "planted")],
            body: Some(b"planted"),
            page,
            context,
        };
        let accepted = Accepted {
            inputs: vec![("id".to_owned(), "planted".to_owned())],
            body: Some(b"planted".to_vec()),
            cursor: Some("planted".to_owned()),
            ..Accepted::default()
        };

        let shown = format!("{context:?} {page:?} {call:?} {accepted:?}");

        assert!(
            !shown.contains("planted") && !shown.contains("112"),
            "{shown}"
        );
    }

    #[test]
    fn outcomes_show_nothing_of_what_was_said() {
        let planted = || "planted".to_owned();
        let warning = Warning {
            code: planted(),
            detail: Some(planted()),
            pointer: Some(planted()),
        };
        let outcome = Outcome {
            body: Some(b"planted".to_vec()),
            warnings: vec![warning.clone()],
            native: vec![("/a".to_owned(), planted())],
            etag: Some(planted()),
            id: Some(planted()),
            ..Outcome::default()
        };
        let error = FieldError {
            code: Some(planted()),
            detail: Some(planted()),
            pointer: Some("/name".to_owned()),
            ..FieldError::default()
        };
        let problem = UpstreamProblem {
            code: "invalid-input".to_owned(),
            upstream_code: Some(planted()),
            upstream_message: Some(planted()),
            errors: vec![error],
            correlation_id: Some(planted()),
            ..UpstreamProblem::default()
        };
        let event = Event {
            kind: "changed".into(),
            id: Some(planted()),
            data: Some(b"planted".to_vec()),
            time: None,
        };

        let shown = format!("{warning:?} {outcome:?} {problem:?} {event:?}");

        assert!(
            !shown.contains("planted") && !shown.contains("112"),
            "{shown}"
        );
        assert!(shown.contains("invalid-input") && shown.contains("/name"));
    }

    #[test]
    fn messages_show_their_form_alone() {
        let headers: &[(&str, &[u8])] = &[("authorization", b"planted")];
        let kept = vec![("authorization".into(), b"planted".to_vec())];
        let request = NativeRequest {
            route: super::super::RouteIndex(0),
            method: "GET",
            target: "/planted".to_owned(),
            headers: kept.clone(),
            body: Some(b"planted".to_vec()),
            content_type: None,
            accept: None,
            losses: Vec::new(),
            lost: 0,
            says_nothing: false,
        };
        let response = NativeResponse {
            headers: kept,
            body: b"planted".to_vec(),
            ..NativeResponse::default()
        };
        let received = ReceivedRequest {
            method: "GET",
            target: "/planted",
            headers,
            content_type: None,
            body: b"planted",
        };
        let answer = NativeAnswer {
            status: 200,
            headers,
            content_type: None,
            body: b"planted",
        };

        let shown = format!("{request:?} {response:?} {received:?} {answer:?}");

        // Bytes would show as numbers.
        assert!(
            !shown.contains("planted") && !shown.contains("112"),
            "{shown}"
        );
        assert!(shown.contains("NativeRequest") && shown.contains("body: 7"));
    }
}
