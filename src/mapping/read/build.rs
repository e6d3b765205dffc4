//! The second pass: what the typed forms are built with.

use super::sentence;
use crate::diag::nearest::nearest;
use crate::diag::{Code, Diagnostic, Report, Sources, Span, Spanned};
use crate::mapping::ast::{ByMessage, Flag, Named, Text, Word};
use crate::mapping::syntax::{self, Brackets, DocumentRef, Path};
use crate::mapping::yaml::{Entry, Node, NodeKind, Scalar};

/// Builds typed forms. The first pass has reported what does not read; here it is only left out.
pub(super) struct Build<'a> {
    pub(super) sources: &'a Sources,
    report: &'a mut Report,
    /// Values that did not read.
    left_out: Vec<Span>,
}

// === impl Build ===

impl<'a> Build<'a> {
    pub(super) const fn new(sources: &'a Sources, report: &'a mut Report) -> Self {
        Self {
            sources,
            report,
            left_out: Vec::new(),
        }
    }

    /// Makes sure that nothing was left out in silence: what the first pass let through must have been read.
    pub(super) fn finish(self, before: usize) {
        if self.report.iter().nth(before).is_none() {
            let faults = self.left_out.iter();
            self.report.extend(faults.map(|span| {
                Diagnostic::new(Code::M215, *span, "this value is outside its form")
                    .help("compare it with the same key of another file")
            }));
        }
    }

    /// Reports what single keys cannot say.
    pub(super) fn fault(
        &mut self,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report
            .push(Diagnostic::new(Code::M215, span, message).help(help));
    }

    /// Reports a fault of another code.
    pub(super) fn push(&mut self, fault: Diagnostic) {
        self.report.push(fault);
    }

    pub(super) fn scalar<'n>(&mut self, node: Option<&'n Node>) -> Option<&'n Scalar> {
        let node = node?;
        let scalar = node.as_scalar().filter(|_| !node.is_absent());
        self.keep(scalar, node)
    }

    pub(super) fn text(&mut self, node: Option<&Node>) -> Option<Text> {
        self.scalar(node).map(Scalar::spanned)
    }

    pub(super) fn word<W: Word>(&mut self, node: Option<&Node>) -> Option<Spanned<W>> {
        self.short(node, |scalar| {
            W::of(&scalar.text).map(|word| Spanned::new(word, scalar.span))
        })
    }

    pub(super) fn flag(&mut self, node: Option<&Node>) -> Option<Spanned<Flag>> {
        self.word(node)
    }

    pub(super) fn number(&mut self, node: Option<&Node>) -> Option<Spanned<u32>> {
        self.short(node, |scalar| {
            sentence::number(&scalar.text).map(|number| Spanned::new(number, scalar.span))
        })
    }

    /// Reads a text of a short form.
    pub(super) fn short<T>(
        &mut self,
        node: Option<&Node>,
        read: impl FnOnce(&Scalar) -> Option<T>,
    ) -> Option<T> {
        let scalar = self.scalar(node)?;
        let value = read(scalar);
        self.keep(value, node?)
    }

    /// Reads a sentence.
    pub(super) fn sentence<T>(
        &mut self,
        node: Option<&Node>,
        read: impl FnOnce(&Scalar, &Sources) -> Result<T, Box<Diagnostic>>,
    ) -> Option<T> {
        let scalar = self.scalar(node)?;
        let value = read(scalar, self.sources).ok();
        self.keep(value, node?)
    }

    pub(super) fn place(&mut self, node: Option<&Node>) -> Option<Path> {
        self.sentence(node, sentence::plain_place)
    }

    pub(super) fn document(&mut self, node: Option<&Node>) -> Option<DocumentRef> {
        self.sentence(node, syntax::document)
    }

    /// Reads the items of a list; what does not read is left out.
    pub(super) fn list<T>(
        &mut self,
        node: Option<&Node>,
        mut each: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = node else {
            return Vec::new();
        };
        let items = self.keep(node.as_list(), node).unwrap_or(&[]);
        items.iter().filter_map(|item| each(self, item)).collect()
    }

    /// Reads one value or a list of them.
    pub(super) fn many<T>(
        &mut self,
        node: Option<&Node>,
        mut each: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        match node {
            Some(node) if node.as_list().is_none() => each(self, node).into_iter().collect(),
            _ => self.list(node, each),
        }
    }

    pub(super) fn texts(&mut self, node: Option<&Node>) -> Vec<Text> {
        self.list(node, |build, item| build.text(Some(item)))
    }

    /// Reads a map whose keys are names.
    pub(super) fn names<T>(
        &mut self,
        node: Option<&Node>,
        mut each: impl FnMut(&mut Self, &Entry) -> Option<T>,
    ) -> Vec<Named<T>> {
        let mut read = Vec::new();
        for entry in self.entries(node) {
            if let Some(value) = each(self, entry) {
                read.push(Named {
                    name: entry.key.spanned(),
                    value,
                });
            }
        }
        read
    }

    /// Reads a map of names to texts.
    pub(super) fn named_texts(&mut self, node: Option<&Node>) -> Vec<Named<Text>> {
        self.names(node, |build, entry| build.text(Some(&entry.value)))
    }

    /// Reads a map whose keys are places.
    pub(super) fn places<T>(
        &mut self,
        node: Option<&Node>,
        brackets: Brackets,
        mut each: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Vec<(Path, T)> {
        let mut read = Vec::new();
        for entry in self.entries(node) {
            let path = syntax::path(&entry.key, self.sources, brackets).ok();
            let path = self.keep(path, &entry.value);
            if let (Some(path), Some(value)) = (path, each(self, &entry.value)) {
                read.push((path, value));
            }
        }
        read
    }

    /// Reads a value, or one for each message.
    pub(super) fn by_message<T>(
        &mut self,
        node: Option<&Node>,
        mut each: impl FnMut(&mut Self, &Node) -> Option<T>,
    ) -> Option<ByMessage<T>> {
        let node = node?;
        if node.as_map().is_none() {
            return each(self, node).map(ByMessage::Both);
        }
        let request = node.get("request").and_then(|node| each(self, node));
        let response = node.get("response").and_then(|node| each(self, node));
        (request.is_some() || response.is_some()).then_some(ByMessage::Each { request, response })
    }

    /// Gives the members of a map.
    pub(super) fn entries<'n>(&mut self, node: Option<&'n Node>) -> &'n [Entry] {
        let Some(node) = node else {
            return &[];
        };
        self.keep(node.as_map(), node).unwrap_or(&[])
    }

    /// Gives where a key of a map stands.
    pub(super) fn key(node: &Node, key: &str) -> Option<Span> {
        let entry = node.as_map()?.iter().find(|entry| entry.key.text == key)?;
        Some(entry.key.span)
    }

    /// Tells whether a key that is missing stands there with a slip of the finger, which is told as an unknown key.
    pub(super) fn is_misspelt(node: &Node, key: &str) -> bool {
        let entries = node.as_map().unwrap_or(&[]);
        let near = |written: &str| {
            let stuck = written
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'));
            written != key && (stuck || !nearest(written, [key]).is_empty())
        };
        entries.iter().any(|entry| near(&entry.key.text))
    }

    /// Gives where a map begins: at its first key.
    pub(super) fn first_key(node: &Node) -> Span {
        match &node.kind {
            NodeKind::Map(entries) => entries.first().map_or(node.span, |entry| entry.key.span),
            NodeKind::Scalar(_) | NodeKind::List(_) => node.span,
        }
    }

    fn keep<T>(&mut self, value: Option<T>, node: &Node) -> Option<T> {
        if value.is_none() && !node.is_refused() {
            self.left_out.push(node.span);
        }
        value
    }
}
