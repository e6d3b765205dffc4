//! Start tags: names, attributes and namespace declarations.

use super::markup::malformed;
use super::names::{ends_name, qname, skip_blanks};
use super::namespace::{Bindings, slice};
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
            && input
                .get(at + 1..name_end)
                .is_some_and(|found| equal_bytes(found, predicted))
            && ends_name(self.source.at(name_end))
            && !self.bindings.has_default();
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
        self.tell_start(start)?;
        self.check_expanded_names()?;
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
            .any(|attribute| slice(attribute.name, input) == bytes)
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
        let expanded = if start.prefix == 0 {
            Name {
                local: name,
                namespace: self.bindings.default_name(input, scratch),
            }
        } else {
            let Some(namespace) = self.bindings.find(&name[..start.prefix], input, scratch) else {
                return Err(undeclared(start.at + 1));
            };
            Name {
                local: &name[start.prefix + 1..],
                namespace,
            }
        };
        self.sink
            .start(expanded, start.at as u32)
            .map_err(|_| stopped(start.at))
    }

    /// Namespaces in XML, "Attributes Unique": no two prefixes bound to one namespace with one local part.
    fn check_expanded_names(&self) -> Result<(), Fault> {
        for (place, attribute) in self.attributes.iter().enumerate() {
            if attribute.prefix == 0 || attribute.declares {
                continue;
            }
            let name = expanded(self.bindings, &self.source, attribute)?;
            for earlier in &self.attributes[..place] {
                if earlier.prefix > 0
                    && !earlier.declares
                    && expanded(self.bindings, &self.source, earlier)? == name
                {
                    return Err(duplicate(attribute.name.start as usize));
                }
            }
        }
        Ok(())
    }

    fn tell_attributes(&mut self) -> Result<(), Fault> {
        for place in 0..self.attributes.len() {
            let attribute = self.attributes[place];
            if attribute.declares {
                continue;
            }
            let name = expanded(self.bindings, &self.source, &attribute)?;
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

/// The expanded name of an attribute; without a prefix it is in no namespace.
fn expanded<'a>(
    bindings: &Bindings,
    source: &'a Source<'_>,
    attribute: &Attribute,
) -> Result<Name<'a>, Fault> {
    let name = slice(attribute.name, source.input);
    if attribute.prefix == 0 {
        return Ok(Name {
            local: name,
            namespace: b"",
        });
    }
    let prefix = attribute.prefix as usize;
    match bindings.find(&name[..prefix], source.input, source.scratch) {
        Some(namespace) => Ok(Name {
            local: &name[prefix + 1..],
            namespace,
        }),
        None => Err(undeclared(attribute.name.start as usize)),
    }
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
