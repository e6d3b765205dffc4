//! Files, and the kinds that are small.

use super::build::Build;
use super::sentence;
use crate::diag::Span;
use crate::diag::Spanned;
use crate::mapping::ast::{
    CanonicalOperation, CaseFile, File, Input, Loss, MappingFile, OperationsFile, TablesFile,
};
use crate::mapping::keywords::FileKind;
use crate::mapping::syntax::{self, Brackets, Method};
use crate::mapping::yaml::{Entry, Node};

// === impl Build ===

impl Build<'_> {
    pub(super) fn file(&mut self, node: &Node, kind: FileKind) -> Option<File> {
        let top = kind
            .top_keys()
            .iter()
            .find_map(|key| Self::key(node, key))?;
        match kind {
            FileKind::Mapping => self
                .mapping(node, top)
                .map(|file| File::Mapping(Box::new(file))),
            FileKind::Tables => {
                let tables =
                    self.names(node.get("tables"), |build, entry| build.table(&entry.value));
                Some(File::Tables(TablesFile { key: top, tables }))
            }
            FileKind::Upstream => self
                .upstream(node, top)
                .map(|file| File::Upstream(Box::new(file))),
            FileKind::Sandbox => self
                .sandbox(node, top)
                .map(|file| File::Sandbox(Box::new(file))),
            FileKind::Case => self.case(node, top).map(|file| File::Case(Box::new(file))),
            FileKind::Operations => {
                let operations = self.names(node.get("operations"), Self::canonical_operation);
                Some(File::Operations(OperationsFile {
                    key: top,
                    operations,
                }))
            }
        }
    }

    fn mapping(&mut self, node: &Node, top: Span) -> Option<MappingFile> {
        let fragment = node.get("fragment").is_some();
        if let (Some(span), true) = (Self::key(node, "fragment"), node.get("mapping").is_some()) {
            self.fault(
                span,
                "`mapping` and `fragment` exclude each other",
                "a file is one of both",
            );
        }
        for side in ["canonical", "native"] {
            if !fragment && node.get(side).is_none() && !Self::is_misspelt(node, side) {
                let help = "a mapping names the canonical type and the native definition that it is between";
                self.fault(top, format!("this map (mapping) lacks `{side}`"), help);
            }
        }
        let native = self.by_message(node.get("native"), |build, node| {
            let read = build.many(Some(node), |build, node| {
                build.sentence(Some(node), |scalar, sources| {
                    syntax::path(scalar, sources, Brackets::Every)
                })
            });
            (!read.is_empty()).then_some(read)
        });
        Some(MappingFile {
            key: top,
            name: self.text(node.get("mapping").or(node.get("fragment")))?,
            fragment,
            canonical: self.text(node.get("canonical")),
            native,
            include: self.texts(node.get("include")),
            fields: self.rules(node.get("fields")),
            variants: self.list(node.get("variants"), Self::variant),
            assume: self.places(node.get("assume"), Brackets::Every, |build, node| {
                build.text(Some(node))
            }),
            unmapped: self.unmapped(node.get("unmapped")),
        })
    }

    fn case(&mut self, node: &Node, top: Span) -> Option<CaseFile> {
        Some(CaseFile {
            key: top,
            operation: self.text(node.get("case"))?,
            message: self.word(node.get("message")),
            direction: self.word(node.get("direction")),
            inputs: self.named_texts(node.get("inputs")),
            settings: self.named_texts(node.get("settings")),
            context: self.places(node.get("context"), Brackets::Some, |build, node| {
                build.text(Some(node))
            }),
            call: self.sentence(node.get("call"), sentence::request_line),
            base: self.text(node.get("base")),
            losses: self.list(node.get("losses"), |build, node| {
                let pointer = build.short(node.get("pointer"), |scalar| {
                    sentence::is_pointer(&scalar.text).then(|| scalar.spanned())
                });
                Some(Loss {
                    pointer: pointer?,
                    code: build.word(node.get("code"))?,
                })
            }),
            problem: self.text(node.get("problem")),
            status: self.short(node.get("status"), sentence::one_status),
        })
    }

    fn canonical_operation(&mut self, entry: &Entry) -> Option<CanonicalOperation> {
        let node = &entry.value;
        let method = self.short(node.get("method"), |scalar| {
            Method::of(&scalar.text).map(|method| Spanned::new(method, scalar.span))
        });
        let answer = self.short(node.get("answer"), sentence::answer);
        Some(CanonicalOperation {
            title: self.text(node.get("title")),
            description: self.text(node.get("description")),
            method: method?,
            path: self.sentence(node.get("path"), sentence::api_path)?,
            kind: self.word(node.get("kind"))?,
            effect: self.word(node.get("effect")),
            within: self.sentence(node.get("within"), syntax::within),
            inputs: self.names(node.get("inputs"), Self::input),
            body: self.text(node.get("body")),
            answer: answer?,
            deprecated: self.flag(node.get("deprecated")),
        })
    }

    fn input(&mut self, entry: &Entry) -> Option<Input> {
        let node = &entry.value;
        let matches = self
            .scalar(node.get("match"))
            .and_then(|scalar| sentence::matches(scalar, self.sources));
        Some(Input {
            place: self.word(node.get("in"))?,
            kind: self.place(node.get("type"))?,
            sensitivity: self.word(node.get("sensitivity")),
            gives: self.texts(node.get("gives")),
            fills: self.place(node.get("fills")),
            matches: matches.and_then(Result::ok),
        })
    }
}
