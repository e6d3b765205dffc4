//! Sandboxes.

use super::build::Build;
use super::sentence;
use crate::diag::{Span, Spanned};
use crate::mapping::ast::{AppendValue, Curl, Effect, Made, Record, SandboxFile, Value};
use crate::mapping::syntax::{self, Brackets, Path};
use crate::mapping::yaml::Node;

// === impl Build ===

impl Build<'_> {
    pub(super) fn sandbox(&mut self, node: &Node, top: Span) -> Option<SandboxFile> {
        let auth = Self::key(node, "auth").unwrap_or(top);
        let port = self.short(node.get("port"), |scalar| {
            let port = sentence::number(&scalar.text).and_then(|port| u16::try_from(port).ok());
            port.map(|port| Spanned::new(port, scalar.span))
        });
        Some(SandboxFile {
            key: top,
            upstream: self.text(node.get("sandbox"))?,
            port,
            settings: self.named_texts(node.get("settings")),
            auth: node.get("auth").and_then(|node| self.auth(node, auth)),
            records: self.list(node.get("records"), Self::record),
            made: self.list(node.get("made"), |build, node| {
                Some(Made {
                    body: build.document(node.get("body"))?,
                    document: build.text(node.get("document"))?,
                })
            }),
            effects: self.names(node.get("effects"), |build, entry| {
                let lines = build.many(Some(&entry.value), Self::effect);
                (!lines.is_empty()).then_some(lines)
            }),
            curl: self.list(node.get("curl"), Self::curl),
        })
    }

    fn record(&mut self, node: &Node) -> Option<Record> {
        let body = self.many(node.get("body"), |build, node| build.document(Some(node)));
        if body.is_empty() {
            return None;
        }
        Some(Record {
            span: Self::first_key(node),
            body,
            id: self.text(node.get("id")),
            of: self.text(node.get("of")),
            found_by: self.named_texts(node.get("found-by")),
            document: self.text(node.get("document"))?,
        })
    }

    fn effect(&mut self, node: &Node) -> Option<Effect> {
        node.as_map()?;
        Some(Effect {
            when: self.sentence(node.get("when"), syntax::cond),
            require: self.values(node.get("require")),
            problem: self.text(node.get("problem")),
            set: self.values(node.get("set")),
            append: self.names(node.get("append"), |build, entry| {
                if entry.value.as_map().is_some() {
                    return Some(AppendValue::Places(build.values(Some(&entry.value))));
                }
                build.place(Some(&entry.value)).map(AppendValue::Place)
            }),
            remember: self.values(node.get("remember")),
            answer: self.text(node.get("answer")),
            warnings: self.texts(node.get("warnings")),
        })
    }

    fn values(&mut self, node: Option<&Node>) -> Vec<(Path, Value)> {
        self.places(node, Brackets::Some, |build, node| {
            build.sentence(Some(node), sentence::value)
        })
    }

    fn curl(&mut self, node: &Node) -> Option<Curl> {
        Some(Curl {
            title: self.text(node.get("title"))?,
            call: self.sentence(node.get("call"), sentence::request_line)?,
            headers: self.named_texts(node.get("headers")),
            body: self.text(node.get("body")),
        })
    }
}
