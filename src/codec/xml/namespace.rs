//! Namespace declarations in scope (Namespaces in XML 1.0).

use super::scan::equal_bytes;
use crate::codec::{Fault, FaultKind, Range, Text};

/// The namespace that the prefix `xml` is always bound to.
const XML: &[u8] = b"http://www.w3.org/XML/1998/namespace";
/// The namespace of declarations themselves, which nothing may be bound to.
const XMLNS: &[u8] = b"http://www.w3.org/2000/xmlns/";

/// One declaration; the prefix is a range of the document, empty for the default namespace.
#[derive(Debug, Clone, Copy)]
struct Binding {
    prefix: Range,
    name: Text,
}

/// What a name is in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Namespace {
    None,
    Xml,
    Declared(Text),
}

/// The declarations in scope, innermost last.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    list: Vec<Binding>,
    default: bool,
}

/// The bytes that a lent text stands for.
#[inline]
pub(super) fn bytes_of<'a>(text: Text, input: &'a [u8], scratch: &'a [u8]) -> &'a [u8] {
    let source = if text.decoded { scratch } else { input };
    slice(text.range, source)
}

/// The bytes of a range.
#[inline]
pub(super) fn slice(range: Range, source: &[u8]) -> &[u8] {
    &source[range.start as usize..range.end as usize]
}

impl Bindings {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.default = false;
    }

    /// Declarations in scope.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether names without a prefix are in a namespace here.
    #[inline]
    pub(super) fn has_default(&self) -> bool {
        self.default
    }

    /// Ends the scope of all declarations but the outermost `len`.
    #[cold]
    pub(super) fn truncate(&mut self, len: usize) {
        self.list.truncate(len);
        self.default = self
            .list
            .iter()
            .rev()
            .find(|b| b.prefix.start == b.prefix.end)
            .is_some_and(|b| !is_empty(b.name));
    }

    /// Adds a declaration once it is allowed by the constraints "Reserved Prefixes and Namespace Names" and "No Prefix Undeclaring".
    pub(super) fn declare(
        &mut self,
        prefix: Range,
        name: Text,
        input: &[u8],
        scratch: &[u8],
    ) -> Result<(), Fault> {
        let refuse = |what| {
            Err(Fault {
                kind: FaultKind::Malformed,
                what,
                at: prefix.start,
            })
        };
        let bytes = bytes_of(name, input, scratch);
        match slice(prefix, input) {
            b"xmlns" => return refuse("the prefix xmlns declared"),
            b"xml" if bytes != XML => return refuse("the prefix xml bound to another namespace"),
            b"xml" => {}
            _ if bytes == XML || bytes == XMLNS => {
                return refuse("a reserved namespace bound to another prefix");
            }
            b"" => self.default = !bytes.is_empty(),
            _ if bytes.is_empty() => return refuse("a prefix bound to no namespace"),
            _ => {}
        }
        self.list.push(Binding { prefix, name });
        Ok(())
    }

    /// The default namespace.
    #[inline]
    pub(super) fn default_namespace(&self, input: &[u8]) -> Namespace {
        if self.default {
            self.find(b"", input).unwrap_or(Namespace::None)
        } else {
            Namespace::None
        }
    }

    /// The namespace that a prefix is bound to.
    pub(super) fn find(&self, prefix: &[u8], input: &[u8]) -> Option<Namespace> {
        let bound = self
            .list
            .iter()
            .rev()
            .find(|b| equal_bytes(slice(b.prefix, input), prefix));
        match bound {
            Some(binding) => Some(Namespace::Declared(binding.name)),
            None => (prefix == b"xml").then_some(Namespace::Xml),
        }
    }
}

impl Namespace {
    /// Its name; empty for no namespace.
    #[inline]
    pub(super) fn name<'a>(self, input: &'a [u8], scratch: &'a [u8]) -> &'a [u8] {
        match self {
            Self::None => b"",
            Self::Xml => XML,
            Self::Declared(name) => bytes_of(name, input, scratch),
        }
    }
}

fn is_empty(text: Text) -> bool {
    text.range.start == text.range.end
}
