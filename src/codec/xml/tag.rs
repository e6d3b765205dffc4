//! Start tags: names, attributes and namespace declarations.

use super::markup::malformed;
use super::names::{ends_name, qname, skip_blanks};
use super::namespace::{Namespace, slice};
use super::reader::{Open, Place, Run, stopped};
use super::scan::equal_bytes;
use super::sink::{Name, XmlSink};
use super::source::{Source, limit, range, raw};
use crate::codec::{Fault, FaultKind, Range, Text};

/// An attribute of the start tag being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attribute {
    /// From the blanks before the name to behind the closing quote.
    outer: Range,
    /// The name with its prefix.
    name: Range,
    /// Bytes of the prefix; 0 if there is none.
    prefix: u32,
    /// Whether it declares a namespace.
    declares: bool,
    /// What its name is in; an attribute without a prefix is in no namespace.
    namespace: Namespace,
    /// The raw value.
    inner: Range,
    /// The value.
    text: Text,
}

/// How a start tag names its element.
#[derive(Debug, Clone, Copy)]
struct Start {
    at: usize,
    name_end: usize,
    prefix: usize,
    predicted: bool,
}

impl<S: XmlSink> Run<'_, S> {
    /// Productions 40 and 44: the start tag whose `<` stands at `at`, told with its attributes, and with its end if it is empty.
    #[inline]
    pub(super) fn start_tag(&mut self, at: usize) -> Result<Place, Fault> {
        if self.open.len() >= self.depth {
            return Err(limit("deeper nesting than allowed", at));
        }
        if self.elements >= self.source.limits.elements {
            return Err(limit("more elements than allowed", at));
        }
        self.elements += 1;
        let start = self.name(at)?;
        let bindings = self.bindings.len();
        let close = if self.source.at(start.name_end) == b'>' {
            self.tell_start(start)?;
            start.name_end
        } else {
            self.rest_of_tag(start)?
        };
        let empty = self.source.at(close) == b'/';
        let content = close + if empty { 2 } else { 1 };
        self.sink
            .content(content as u32, empty)
            .map_err(|_| stopped(at))?;
        if empty {
            if self.bindings.len() != bindings {
                self.bindings.truncate(bindings);
            }
            let nothing = raw(content, content, true);
            self.sink
                .end(nothing, b"", nothing.range, range(at, content))
                .map_err(|_| stopped(at))?;
        } else {
            self.open.push(Open {
                start: at as u32,
                name: (start.name_end - at - 1) as u32,
                content: content as u32,
                bindings: bindings as u32,
            });
        }
        Ok(Place {
            at: content,
            leaf: !empty,
        })
    }

    /// The name of the element: the predicted one, which needs no look at its characters, or a scanned one.
    #[inline]
    fn name(&self, at: usize) -> Result<Start, Fault> {
        let input = self.source.input;
        let predicted = self.sink.predict();
        let name_end = at + 1 + predicted.len();
        let hit = !predicted.is_empty()
            && !self.bindings.has_default()
            && input
                .get(at + 1..name_end)
                .is_some_and(|found| equal_bytes(found, predicted))
            && ends_name(self.source.at(name_end));
        let start = if hit {
            Start {
                at,
                name_end,
                prefix: 0,
                predicted: true,
            }
        } else {
            let name = qname(input, at + 1)?;
            Start {
                at,
                name_end: name.end,
                prefix: name.prefix,
                predicted: false,
            }
        };
        self.check_name(at + 1, start.name_end)?;
        Ok(start)
    }

    #[inline]
    fn check_name(&self, start: usize, end: usize) -> Result<(), Fault> {
        if end - start > self.source.limits.name as usize {
            return Err(limit("a longer name than allowed", start));
        }
        Ok(())
    }

    /// Reads what follows the name of an element unless it is `>`, tells it, and returns the offset of `>` or `/>`.
    #[inline(never)]
    fn rest_of_tag(&mut self, start: Start) -> Result<usize, Fault> {
        let close = self.read_attributes(start.name_end)?;
        if self.source.at(close) == b'/' && self.source.at(close + 1) != b'>' {
            return Err(malformed("expected `>` behind `/`", close + 1));
        }
        self.resolve_attributes()?;
        self.tell_start(start)?;
        self.tell_attributes()?;
        Ok(close)
    }

    /// Production 41, repeated: collects the attributes and declares the namespaces; returns the offset of `>` or `/`.
    fn read_attributes(&mut self, mut at: usize) -> Result<usize, Fault> {
        self.attributes.clear();
        loop {
            let start = skip_blanks(self.source.input, at);
            if matches!(self.source.at(start), b'>' | b'/') {
                return Ok(start);
            }
            if start == at {
                return Err(malformed("expected a blank, `>` or `/>`", at));
            }
            at = self.read_attribute(at, start)?;
        }
    }

    /// Reads the attribute whose blanks start at `blanks` and whose name starts at `start`; returns the offset behind it.
    fn read_attribute(&mut self, blanks: usize, start: usize) -> Result<usize, Fault> {
        let input = self.source.input;
        if self.attributes.len() >= self.source.limits.attributes as usize {
            return Err(limit("more attributes than allowed", start));
        }
        let name = qname(input, start)?;
        self.check_name(start, name.end)?;
        let bytes = &input[start..name.end];
        if self
            .attributes
            .iter()
            .any(|attribute| equal_bytes(slice(attribute.name, input), bytes))
        {
            return Err(duplicate(start));
        }
        let equals = skip_blanks(input, name.end);
        if self.source.at(equals) != b'=' {
            return Err(malformed(
                "expected `=` behind the name of an attribute",
                equals,
            ));
        }
        let (text, inner) = self.source.value(skip_blanks(input, equals + 1))?;
        let end = inner.end as usize + 1;
        let prefix = &bytes[..name.prefix];
        let declares = prefix == b"xmlns" || bytes == b"xmlns";
        if declares {
            let local = if name.prefix == 0 {
                name.end
            } else {
                start + name.prefix + 1
            };
            self.bindings
                .declare(range(local, name.end), text, input, self.source.scratch)?;
            if self.bindings.len() > self.source.limits.namespaces as usize {
                return Err(limit("more namespace declarations than allowed", start));
            }
        }
        self.attributes.push(Attribute {
            outer: range(blanks, end),
            name: range(start, name.end),
            prefix: name.prefix as u32,
            declares,
            namespace: Namespace::None,
            inner,
            text,
        });
        Ok(end)
    }

    /// Tells the start of an element once its own declarations are known.
    #[inline(always)]
    fn tell_start(&mut self, start: Start) -> Result<(), Fault> {
        if start.predicted && !self.bindings.has_default() {
            return self
                .sink
                .predicted_start(start.at as u32)
                .map_err(|_| stopped(start.at));
        }
        self.tell_named_start(start)
    }

    #[inline]
    fn tell_named_start(&mut self, start: Start) -> Result<(), Fault> {
        let (input, scratch) = (self.source.input, &*self.source.scratch);
        let name = &input[start.at + 1..start.name_end];
        let (local, namespace) = if start.prefix == 0 {
            (name, self.bindings.default_namespace(input))
        } else {
            let Some(namespace) = self.bindings.find(&name[..start.prefix], input) else {
                return Err(undeclared(start.at + 1));
            };
            (&name[start.prefix + 1..], namespace)
        };
        let expanded = Name {
            local,
            namespace: namespace.name(input, scratch),
            prefix: (name.len() - local.len()) as u32,
        };
        self.sink
            .start(expanded, start.at as u32)
            .map_err(|_| stopped(start.at))
    }

    /// Finds the namespaces of the attributes, once all declarations of the tag are known.
    ///
    /// Checks "Attributes Unique" of Namespaces in XML: no two prefixes bound to one namespace with one local part.
    fn resolve_attributes(&mut self) -> Result<(), Fault> {
        for place in 0..self.attributes.len() {
            let mut attribute = self.attributes[place];
            if attribute.prefix == 0 || attribute.declares {
                continue;
            }
            let prefix = &slice(attribute.name, self.source.input)[..attribute.prefix as usize];
            let Some(namespace) = self.bindings.find(prefix, self.source.input) else {
                return Err(undeclared(attribute.name.start as usize));
            };
            attribute.namespace = namespace;
            let name = expanded(&self.source, &attribute);
            let mut earlier = self.attributes[..place]
                .iter()
                .filter(|earlier| earlier.prefix > 0 && !earlier.declares);
            if earlier.any(|earlier| same_name(expanded(&self.source, earlier), name)) {
                return Err(duplicate(attribute.name.start as usize));
            }
            self.attributes[place] = attribute;
        }
        Ok(())
    }

    fn tell_attributes(&mut self) -> Result<(), Fault> {
        for place in 0..self.attributes.len() {
            let attribute = self.attributes[place];
            if attribute.declares {
                continue;
            }
            let name = expanded(&self.source, &attribute);
            let bytes = self.source.bytes(attribute.text);
            self.sink
                .attribute(
                    name,
                    attribute.text,
                    bytes,
                    attribute.inner,
                    attribute.outer,
                )
                .map_err(|_| stopped(attribute.name.start as usize))?;
        }
        Ok(())
    }
}

/// The expanded name of an attribute whose namespace was found.
fn expanded<'a>(source: &'a Source<'_>, attribute: &Attribute) -> Name<'a> {
    let name = slice(attribute.name, source.input);
    let local = match attribute.prefix as usize {
        0 => name,
        prefix => &name[prefix + 1..],
    };
    Name {
        local,
        namespace: attribute.namespace.name(source.input, source.scratch),
        prefix: (name.len() - local.len()) as u32,
    }
}

#[inline]
fn same_name(one: Name<'_>, other: Name<'_>) -> bool {
    equal_bytes(one.local, other.local) && equal_bytes(one.namespace, other.namespace)
}

#[cold]
fn undeclared(at: usize) -> Fault {
    malformed("a prefix that is not declared", at)
}

#[cold]
fn duplicate(at: usize) -> Fault {
    Fault {
        kind: FaultKind::Duplicate,
        what: "an attribute twice",
        at: at as u32,
    }
}
