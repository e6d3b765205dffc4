//! From the events of the YAML parser to the tree.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks, StrInput, Tag};

use super::foreign;
use super::json;
use super::node::{Entry, Node, NodeKind, Scalar, Style};
use super::quoting;
use super::slip;
use crate::diag::{Code, Diagnostic, Report, SourceId, Sources, Span};

/// Bytes of a file; larger than any mapping or schema written by people.
const MAX_BYTES: usize = 4 << 20;
/// Maps and lists inside each other.
const MAX_DEPTH: usize = 64;
/// Keys of a map that are looked through one by one.
const FEW: usize = 16;
/// Values of a file, aliases expanded; what keeps a few nested aliases from filling the memory.
const MAX_NODES: usize = 200_000;

/// Reads a file of YAML 1.2, or of JSON, which is a part of it.
///
/// Every fault goes into the report. Duplicate keys, tags and merge keys are reported and passed over; where the
/// file is not YAML at all there is no tree. An empty file is an absent text.
#[must_use]
pub fn read(source: SourceId, sources: &Sources, report: &mut Report) -> Option<Node> {
    let text = sources.text(source);
    if text.len() > MAX_BYTES {
        let message = format!(
            "the file has {} bytes; at most {MAX_BYTES} are read",
            text.len()
        );
        report.push(
            Diagnostic::new(Code::F003, Span::new(source, 0, 0), message).help(
                "divide the file; a document beside a case or record stands in a file of its own",
            ),
        );
        return None;
    }
    json::read(source, text, MAX_DEPTH).or_else(|| read_events(source, text, report))
}

/// Reads a text event by event.
pub(super) fn read_events(source: SourceId, text: &str, report: &mut Report) -> Option<Node> {
    let mut builder = Builder::new(source, text, report);
    let mut parser = Parser::new_from_str(text);
    builder.run(&mut parser).ok()
}

/// Says that the tree cannot be finished; the reason is in the report.
struct GivenUp;

struct Builder<'a, 'r> {
    source: SourceId,
    text: &'a str,
    /// Byte offset of each character, and of the end; empty where each is one byte.
    offsets: Vec<u32>,
    report: &'r mut Report,
    open: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
    /// A key stands twice since it begins at the column of the one above it, which has no value.
    astray: bool,
}

/// A map or list that is not closed yet.
struct Frame {
    start: Span,
    anchor: usize,
    /// Number of nodes before it.
    before: usize,
    held: Held,
}

enum Held {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// Keys of a map that has too many of them to look through.
        seen: HashMap<String, Span>,
        key: Option<Key>,
    },
}

enum Key {
    Known(Scalar),
    /// A key with a fault that is told, and what stands beside it as its value.
    Mended(Scalar, Option<Scalar>),
    /// A key that was refused; its value is passed over.
    Refused,
}

// === impl Builder ===

impl<'a, 'r> Builder<'a, 'r> {
    fn new(source: SourceId, text: &'a str, report: &'r mut Report) -> Self {
        let ends = std::iter::once(text.len());
        let offsets = (!text.is_ascii())
            .then(|| text.char_indices().map(|(at, _)| at).chain(ends))
            .into_iter()
            .flatten();
        Self {
            source,
            text,
            offsets: offsets
                .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
                .collect(),
            report,
            open: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            nodes: 0,
            astray: false,
        }
    }

    fn run(&mut self, parser: &mut Parser<'a, StrInput<'a>>) -> Result<Node, GivenUp> {
        while let Some(next) = parser.next_event() {
            match next {
                Ok((Event::StreamEnd, _)) => break,
                Ok((event, marks)) => self.event(event, marks)?,
                // What stands below a key that is told was below it.
                Err(_) if self.astray => return Err(GivenUp),
                Err(error) => {
                    let at = self.offset(error.marker().index());
                    let refused = self.refused(at, error.info());
                    // A blank of another kind may be met before the parser gives up over it.
                    return if self.is_told(&refused) {
                        Err(GivenUp)
                    } else {
                        self.give_up(refused)
                    };
                }
            }
        }
        let nothing = Span::new(self.source, 0, 0);
        Ok(self.root.take().unwrap_or_else(|| absent(nothing)))
    }

    /// True if the same fault begins at the same place of the file.
    fn is_told(&self, fault: &Diagnostic) -> bool {
        let place = |fault: &Diagnostic| {
            let span = fault.span?;
            Some((fault.code, span.source, span.start))
        };
        self.report.iter().any(|other| place(other) == place(fault))
    }

    /// Says what the parser refuses, and where that comes from.
    fn refused(&self, at: u32, info: &str) -> Diagnostic {
        let byte = usize::try_from(at)
            .unwrap_or(usize::MAX)
            .min(self.text.len());
        // What is wrong may be that nothing more comes, and a letter may be more than one byte.
        let span = |start: usize, end: usize| {
            let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
            let end = self.text.ceil_char_boundary(end);
            Span::new(self.source, offset(start), offset(end))
        };
        if let Some(slip) = slip::find(self.text, byte, info) {
            let fault = Diagnostic::new(Code::M001, span(slip.start, slip.end), slip.message);
            let fault = fault.help(slip.help);
            return match slip.note {
                Some((at, text)) => fault.note(span(at, at.saturating_add(1)), text),
                None => fault,
            };
        }
        let (message, help) = quoting::explain(self.text, byte, info);
        let length = quoting::length(self.text, byte, info);
        Diagnostic::new(Code::M001, span(byte, byte.saturating_add(length)), message).help(help)
    }

    fn event(&mut self, event: Event<'a>, marks: Marks) -> Result<(), GivenUp> {
        let span = self.span(marks);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let fault = Diagnostic::new(Code::M001, span, "a second document begins here");
                self.give_up(fault.help("write one document a file"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                let written = self.written(style, self.bare(span));
                let mut scalar = scalar(text.into_owned(), style, written);
                match scalar.style {
                    Style::Absent if tag.is_some() => scalar.style = Style::Refused,
                    Style::Plain => foreign::trim(&mut scalar, self.report),
                    _ => {}
                }
                let node = node_of(scalar);
                self.count(1, span)?;
                self.keep(anchor, &node, 1);
                self.add(node)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    let fault = Diagnostic::new(
                        Code::M001,
                        span,
                        "the alias stands inside the value that it names",
                    );
                    return self.give_up(fault.help("an alias names a value that is complete"));
                };
                self.count(size, span)?;
                self.add(node)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                self.begin(Held::List(Vec::new()), anchor, self.bare(span))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span);
                self.begin(
                    Held::Map {
                        entries: Vec::new(),
                        seen: HashMap::new(),
                        key: None,
                    },
                    anchor,
                    self.bare(span),
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, held: Held, anchor: usize, start: Span) -> Result<(), GivenUp> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} maps and lists stand inside each other");
            return self.give_up(Diagnostic::new(Code::M001, start, message).help(quoting::DEEP));
        }
        let before = self.nodes;
        self.count(1, start)?;
        self.open.push(Frame {
            start,
            anchor,
            before,
            held,
        });
        Ok(())
    }

    fn end(&mut self, end: Span) -> Result<(), GivenUp> {
        let Some(frame) = self.open.pop() else {
            return Ok(());
        };
        let (kind, last) = match frame.held {
            Held::List(items) => {
                let last = items.last().map(|item| item.span);
                (NodeKind::List(items), last)
            }
            Held::Map { entries, .. } => {
                let last = entries
                    .last()
                    .map(|entry| entry.key.span.to(entry.value.span));
                (NodeKind::Map(entries), last)
            }
        };
        // A collection in braces ends with its brace, one in a block with its last value: the event of the latter
        // stands wherever the next line begins.
        let braces = self.slice(end).starts_with(['}', ']']);
        let brace = Span::new(end.source, end.start, end.start.saturating_add(1));
        let last = if braces { Some(brace) } else { last };
        let span = last.map_or(frame.start, |last| extend(frame.start, last));
        let node = Node { span, kind };
        let size = self.nodes.saturating_sub(frame.before);
        self.keep(frame.anchor, &node, size);
        self.add(node)
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node) -> Result<(), GivenUp> {
        let Some(frame) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        let Held::Map { entries, seen, key } = &mut frame.held else {
            if let Held::List(items) = &mut frame.held {
                items.push(node);
            }
            return Ok(());
        };
        let Some(known) = key.take() else {
            let at = node.span;
            let (node, beside) = mended(node, self.report);
            let refused = check_key(node, entries, seen);
            *key = Some(match refused {
                Ok(known) => match beside {
                    Some(value) => Key::Mended(known, value),
                    None => Key::Known(known),
                },
                Err(fault) if fault.code == Code::M002 && leads_astray(self.text, entries, at) => {
                    self.astray = true;
                    let help = "begin it deeper if it belongs to the key above; a key stands once in its map";
                    self.report.push(fault.help(help));
                    Key::Refused
                }
                Err(fault) => {
                    self.report.push(*fault);
                    Key::Refused
                }
            });
            return Ok(());
        };
        match known {
            Key::Known(known) => {
                let value = if node.is_absent() && !node.is_refused() {
                    absent(known.span.at_end())
                } else {
                    node
                };
                entries.push(Entry { key: known, value });
            }
            Key::Mended(known, beside) => {
                let value = match beside.filter(|_| node.is_absent()) {
                    Some(value) => node_of(value),
                    None => refused(node.span),
                };
                entries.push(Entry { key: known, value });
            }
            Key::Refused => {}
        }
        Ok(())
    }

    fn keep(&mut self, anchor: usize, node: &Node, size: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), GivenUp> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message =
            format!("the file has more than {MAX_NODES} values, those of aliases included");
        self.give_up(Diagnostic::new(Code::M001, span, message).help(
            "write the values out once, or divide the file; an alias counts as all that it names",
        ))
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, span: Span) {
        let Some(tag) = tag else {
            return;
        };
        let written = self.slice(span);
        let before = written.find('!').unwrap_or(0);
        let length = written
            .get(before..)
            .unwrap_or("")
            .find(char::is_whitespace);
        let start = span
            .start
            .saturating_add(u32::try_from(before).unwrap_or(0));
        let end = length.map_or(span.end, |length| {
            start.saturating_add(u32::try_from(length).unwrap_or(0))
        });
        let fault = Diagnostic::new(
            Code::M003,
            Span::new(span.source, start, end),
            format!("the tag `{tag}` is refused"),
        );
        self.report
            .push(fault.help("leave it out; every value is a text, a map or a list"));
    }

    fn give_up<T>(&mut self, fault: Diagnostic) -> Result<T, GivenUp> {
        self.report.push(fault);
        Err(GivenUp)
    }

    /// Takes anchors and tags off the front of a value's span.
    fn bare(&self, span: Span) -> Span {
        let mut rest = self.slice(span);
        while rest.starts_with(['&', '!']) {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            rest = rest.get(end..).unwrap_or("").trim_start();
        }
        let start = span
            .end
            .saturating_sub(u32::try_from(rest.len()).unwrap_or(0));
        Span::new(span.source, start, span.end)
    }

    /// Ends the span of a quoted text with its quote: the event of one inside braces covers what follows, too.
    fn written(&self, style: ScalarStyle, span: Span) -> Span {
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let length = quoted.then(|| closing_quote(self.slice(span))).flatten();
        length.map_or(span, |length| {
            Span::new(
                span.source,
                span.start,
                span.start
                    .saturating_add(u32::try_from(length).unwrap_or(0)),
            )
        })
    }

    fn span(&self, marks: Marks) -> Span {
        let start = self.offset(marks.start.index());
        Span::new(
            self.source,
            start,
            self.offset(marks.end.index()).max(start),
        )
    }

    /// Turns an index in characters into one in bytes.
    fn offset(&self, index: usize) -> u32 {
        if self.offsets.is_empty() {
            return u32::try_from(index.min(self.text.len())).unwrap_or(u32::MAX);
        }
        self.offsets
            .get(index)
            .or(self.offsets.last())
            .copied()
            .unwrap_or(0)
    }

    fn slice(&self, span: Span) -> &'a str {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        self.text
            .get(start..usize::try_from(span.end).unwrap_or(usize::MAX))
            .unwrap_or("")
    }
}

/// Extends a span to the end of another one; an alias, whose value stands elsewhere, extends nothing backwards.
fn extend(start: Span, last: Span) -> Span {
    Span::new(start.source, start.start, start.end.max(last.end))
}

fn scalar(text: String, style: ScalarStyle, span: Span) -> Scalar {
    let inner = Span::new(
        span.source,
        span.start.saturating_add(1),
        span.end.saturating_sub(1),
    );
    let (style, span, content) = match style {
        ScalarStyle::SingleQuoted => (Style::SingleQuoted, span, inner),
        ScalarStyle::DoubleQuoted => (Style::DoubleQuoted, span, inner),
        ScalarStyle::Literal | ScalarStyle::Folded => (Style::Block, span, span),
        ScalarStyle::Plain if text.is_empty() => (Style::Absent, span.at_start(), span.at_start()),
        ScalarStyle::Plain => (Style::Plain, span, span),
    };
    Scalar {
        text,
        style,
        span,
        content,
    }
}

/// Gives the length of a quoted text up to and with its closing quote.
pub(super) fn closing_quote(written: &str) -> Option<usize> {
    let mut letters = written.char_indices().peekable();
    let (_, quote) = letters.next()?;
    while let Some((at, c)) = letters.next() {
        let escape = if quote == '"' {
            c == '\\'
        } else {
            c == '\'' && letters.peek().is_some_and(|(_, c)| *c == '\'')
        };
        if escape {
            letters.next();
        } else if c == quote {
            return Some(at.saturating_add(1));
        }
    }
    None
}

fn absent(at: Span) -> Node {
    nothing(at, Style::Absent)
}

/// A value of which no more is said.
fn refused(at: Span) -> Node {
    nothing(at, Style::Refused)
}

fn nothing(at: Span, style: Style) -> Node {
    node_of(Scalar {
        text: String::new(),
        style,
        span: at,
        content: at,
    })
}

fn node_of(scalar: Scalar) -> Node {
    Node {
        span: scalar.span,
        kind: NodeKind::Scalar(scalar),
    }
}

/// A key as it was meant, if a blank of another kind stands in it; what stands beside it is its value then.
fn mended(node: Node, report: &mut Report) -> (Node, Option<Option<Scalar>>) {
    let plain = node.as_scalar().filter(|key| key.style == Style::Plain);
    match plain.and_then(foreign::inside) {
        Some((fault, key, value)) => {
            report.push(fault);
            (node_of(key), Some(value))
        }
        None => (node, None),
    }
}

/// Where a key stands that stood before.
fn seen_before(key: &Scalar, entries: &[Entry], seen: &mut HashMap<String, Span>) -> Option<Span> {
    if entries.len() < FEW {
        let mut known = entries.iter().map(|entry| &entry.key);
        return known
            .find(|known| known.text == key.text)
            .map(|known| known.span);
    }
    if seen.is_empty() {
        let known = entries.iter().map(|entry| &entry.key);
        seen.extend(known.map(|known| (known.text.clone(), known.span)));
    }
    seen.insert(key.text.clone(), key.span)
}

/// Tells whether the last key of a map has no value and stands right above another one, which may be meant to be that;
/// nobody misses it then.
fn leads_astray(text: &str, entries: &mut [Entry], at: Span) -> bool {
    let Some(NodeKind::Scalar(value)) = entries.last_mut().map(|entry| &mut entry.value.kind)
    else {
        return false;
    };
    let between = |from: u32, to: u32| {
        let from = usize::try_from(from).ok()?;
        text.get(from..usize::try_from(to).ok()?)
    };
    let apart = between(value.span.end, at.start);
    let below = apart.is_some_and(|apart| apart.contains('\n'));
    let leads = below && matches!(value.style, Style::Absent | Style::Refused);
    if leads {
        value.style = Style::Refused;
    }
    leads
}

/// Takes a node as the key of the next entry, or says why it is none.
fn check_key(
    node: Node,
    entries: &[Entry],
    seen: &mut HashMap<String, Span>,
) -> Result<Scalar, Box<Diagnostic>> {
    let NodeKind::Scalar(key) = node.kind else {
        let fault = Diagnostic::new(Code::M001, node.span, "a key is a text, not a map or list");
        return Err(Box::new(fault.help(
            "put quotes around a template that begins with `{`, or a text with `[`",
        )));
    };
    if key.style == Style::Plain && key.text == "<<" {
        let fault = Diagnostic::new(Code::M003, key.span, "the merge key `<<` is refused");
        return Err(Box::new(fault.help(
            "write the members out, name a whole value with an alias, or use `include`",
        )));
    }
    if let Some(first) = seen_before(&key, entries, seen) {
        let fault = Diagnostic::new(
            Code::M002,
            key.span,
            format!("the key `{}` stands here twice", key.text),
        );
        return Err(Box::new(
            fault
                .help("a key stands once in its map: take one away, or join what both say")
                .note(first, "first here"),
        ));
    }
    Ok(key)
}
