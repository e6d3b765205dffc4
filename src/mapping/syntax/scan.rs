//! The letters of a text with their places in the file.

use crate::diag::{Code, Diagnostic, Sources, Span, Spanned};
use crate::mapping::yaml::{Scalar, Style, quoting};

use super::print::{is_name, is_word};

/// What a sentence is or what is wrong with it.
pub(super) type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Parentheses, brackets and negations inside each other.
const MAX_DEPTH: u32 = 24;

/// A letter as the author meant it, and the bytes that it was written with.
#[derive(Debug, Clone, Copy)]
struct Letter {
    c: char,
    span: Span,
}

/// A position in a text.
#[derive(Debug)]
pub(super) struct Scan {
    letters: Vec<Letter>,
    at: usize,
    depth: u32,
    /// What the text covers.
    content: Span,
    /// What to do about YAML having cut it off, if it did.
    cut: Option<&'static str>,
}

// === impl Scan ===

impl Scan {
    /// Begins to read a text from its source, so that every letter has its place.
    ///
    /// A block, or a text that goes on in another line, is refused.
    pub(super) fn new(scalar: &Scalar, sources: &Sources) -> Parsed<Self> {
        let written = sources.slice(scalar.content);
        if scalar.style == Style::Block || written.contains(['\n', '\r']) {
            let line = Span::new(
                scalar.span.source,
                scalar.span.start,
                scalar.span.start.saturating_add(1),
            );
            let span = if scalar.style == Style::Block {
                line
            } else {
                scalar.span
            };
            let fault = Diagnostic::new(Code::M006, span, "this text stands on more than one line");
            return Err(Box::new(
                fault.help("write it on one line, plain or in quotes"),
            ));
        }
        let behind = Span::new(scalar.span.source, scalar.span.end, u32::MAX);
        let rest = sources.slice(behind).lines().next().unwrap_or("");
        Ok(Self {
            letters: letters(written, scalar),
            at: 0,
            depth: 0,
            content: scalar.content,
            cut: if scalar.style == Style::Plain {
                cut(rest)
            } else {
                None
            },
        })
    }

    /// Gives the letter at hand.
    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    /// Gives a letter further on.
    pub(super) fn peek_at(&self, further: usize) -> Option<char> {
        self.letters
            .get(self.at.saturating_add(further))
            .map(|letter| letter.c)
    }

    /// Passes over the letter at hand.
    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(c)
    }

    /// Passes over blanks.
    pub(super) fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.next();
        }
    }

    /// Passes over a sign if it stands here.
    pub(super) fn take(&mut self, sign: &str) -> bool {
        let stands = sign
            .chars()
            .enumerate()
            .all(|(further, c)| self.peek_at(further) == Some(c));
        if stands {
            self.at = self.at.saturating_add(sign.chars().count());
        }
        stands
    }

    /// Passes over a word if it stands here as a whole.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let behind = self.peek_at(word.chars().count());
        if behind.is_some_and(is_word) {
            return false;
        }
        self.take(word)
    }

    /// Passes over a sign that must stand here.
    pub(super) fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.expected(&format!("`{sign}`")))
        }
    }

    /// Says that the text ends here, blanks apart.
    pub(super) fn finish(&mut self, or: &str) -> Parsed<()> {
        self.blanks();
        if self.peek().is_none() {
            Ok(())
        } else {
            Err(self.expected(or))
        }
    }

    /// Reads a name, in quotes or without.
    pub(super) fn name(&mut self, what: &str) -> Parsed<Spanned<String>> {
        if matches!(self.peek(), Some('\'' | '"')) {
            let name = self.quoted()?;
            if name.value.is_empty() {
                return Err(Self::fault(name.span, format!("{what} is empty")));
            }
            return Ok(name);
        }
        self.run(is_name, what)
    }

    /// Reads a literal, in quotes or without.
    pub(super) fn literal(&mut self) -> Parsed<Spanned<String>> {
        if matches!(self.peek(), Some('\'' | '"')) {
            return self.quoted();
        }
        self.run(is_word, "a value")
    }

    /// Reads as many letters of a kind as there are, at least one.
    pub(super) fn run(
        &mut self,
        kind: impl Fn(char) -> bool,
        what: &str,
    ) -> Parsed<Spanned<String>> {
        let from = self.at;
        while self.peek().is_some_and(&kind) {
            self.next();
        }
        if self.at == from {
            return Err(self.expected(what));
        }
        Ok(self.since(from))
    }

    /// Reads a text in quotes of either kind; there are no escapes in it.
    pub(super) fn quoted(&mut self) -> Parsed<Spanned<String>> {
        let from = self.at;
        let quote = self.next();
        while self.peek().is_some() && self.peek() != quote {
            self.next();
        }
        if self.next().is_none() {
            let opened = self.span_from(from);
            return Err(self.helped(Diagnostic::new(
                Code::M004,
                opened,
                "the quote that opens here is never closed",
            )));
        }
        let all = self.since(from);
        let mut inner = all.value.chars();
        inner.next();
        inner.next_back();
        Ok(Spanned::new(inner.collect(), all.span))
    }

    /// Remembers a position for [`Self::span_from`] and [`Self::back_to`].
    pub(super) const fn mark(&self) -> usize {
        self.at
    }

    /// Goes back to a position.
    pub(super) const fn back_to(&mut self, mark: usize) {
        self.at = mark;
    }

    /// Gives the span from a position to here, without blanks at its end.
    pub(super) fn span_from(&self, mark: usize) -> Span {
        let letters = self.letters.get(mark..self.at).unwrap_or(&[]);
        let last = letters
            .iter()
            .rev()
            .find(|letter| !matches!(letter.c, ' ' | '\t'));
        match (letters.first(), last.or(letters.first())) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => self.here().at_start(),
        }
    }

    /// Gives what stands from a position to here.
    pub(super) fn since(&self, mark: usize) -> Spanned<String> {
        let letters = self.letters.get(mark..self.at).unwrap_or(&[]);
        let text: String = letters.iter().map(|letter| letter.c).collect();
        let span = match (letters.first(), letters.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => self.here().at_start(),
        };
        Spanned::new(text, span)
    }

    /// Goes one level deeper, as far as that is allowed.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Self::fault(
                self.here(),
                format!("more than {MAX_DEPTH} levels inside each other"),
            ));
        }
        self.depth = self.depth.saturating_add(1);
        let read = read(self);
        self.depth = self.depth.saturating_sub(1);
        read
    }

    /// Says what should stand here.
    pub(super) fn expected(&self, what: &str) -> Box<Diagnostic> {
        let message = match self.peek() {
            Some(c) if c.is_control() => format!("expected {what}, found a control character"),
            Some(c) if quoting::is_foreign_blank(c) => {
                format!("expected {what}, found a blank of another kind")
            }
            Some(c) => format!("expected {what}, found `{c}`"),
            None => format!("the text ends where {what} is expected"),
        };
        self.helped(Diagnostic::new(Code::M004, self.here(), message))
    }

    /// Says what is wrong with a part of the sentence.
    pub(super) fn fault(span: Span, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(Code::M004, span, message))
    }

    /// Adds the help for a text that YAML cut off.
    fn helped(&self, fault: Diagnostic) -> Box<Diagnostic> {
        if let (Some(help), None) = (self.cut, self.peek()) {
            return Box::new(fault.help(help));
        }
        Box::new(fault)
    }

    fn here(&self) -> Span {
        self.letters
            .get(self.at)
            .map_or_else(|| self.content.at_end(), |letter| letter.span)
    }
}

/// Reads a whole text with one function of the grammar.
pub(super) fn whole<T>(
    scalar: &Scalar,
    sources: &Sources,
    or: &str,
    read: impl FnOnce(&mut Scan) -> Parsed<T>,
) -> Parsed<T> {
    let mut scan = Scan::new(scalar, sources)?;
    scan.blanks();
    let value = read(&mut scan)?;
    scan.finish(or)?;
    Ok(value)
}

/// Says what YAML took for the end of a text, from what stands behind it.
fn cut(behind: &str) -> Option<&'static str> {
    let comment = behind.starts_with([' ', '\t']) && behind.trim_start().starts_with('#');
    if comment {
        return Some(
            "YAML takes ` #` for the beginning of a comment; put quotes around the whole text",
        );
    }
    behind.starts_with(',').then_some(quoting::FLOW)
}

/// Splits a text into letters; what stands for one letter in quotes is one.
fn letters(written: &str, scalar: &Scalar) -> Vec<Letter> {
    let mut out = Vec::with_capacity(written.len());
    let mut rest = written.char_indices().peekable();
    let source = scalar.content.source;
    let place = |at: usize| {
        scalar
            .content
            .start
            .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
    };
    while let Some((from, c)) = rest.next() {
        let c = match (scalar.style, c) {
            (Style::SingleQuoted, '\'') => {
                rest.next_if(|(_, next)| *next == '\'');
                c
            }
            (Style::DoubleQuoted, '\\') => escaped(&mut rest),
            _ => c,
        };
        let to = rest.peek().map_or(written.len(), |(to, _)| *to);
        out.push(Letter {
            c,
            span: Span::new(source, place(from), place(to)),
        });
    }
    out
}

/// Reads what follows a backslash (YAML 1.2.2, 5.7); the YAML reader refused all others before.
fn escaped(rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> char {
    let Some((_, c)) = rest.next() else {
        return '\\';
    };
    let digits = match c {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0' => return '\0',
        'a' => return '\u{7}',
        'b' => return '\u{8}',
        't' | '\t' => return '\t',
        'n' => return '\n',
        'v' => return '\u{b}',
        'f' => return '\u{c}',
        'r' => return '\r',
        'e' => return '\u{1b}',
        'N' => return '\u{85}',
        '_' => return '\u{a0}',
        'L' => return '\u{2028}',
        'P' => return '\u{2029}',
        other => return other,
    };
    let mut code: u32 = 0;
    for _ in 0..digits {
        let digit = rest
            .next_if(|(_, c)| c.is_ascii_hexdigit())
            .and_then(|(_, c)| c.to_digit(16));
        code = code.saturating_mul(16).saturating_add(digit.unwrap_or(0));
    }
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}
