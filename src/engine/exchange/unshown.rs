//! What native messages show of themselves: their form, and nothing that credentials or callers put into them.

use std::fmt;

use super::{NativeAnswer, NativeRequest, NativeResponse, ReceivedRequest};

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
            losses: Vec::new(),
            lost: 0,
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
