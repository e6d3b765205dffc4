//! Where an author slipped: YAML gives up at the next token that fits nothing, often lines behind the mistake.

use super::opened::{Opened, depth};
use super::quoting;

/// A mistake and what to do about it; places are bytes of the text.
#[derive(Debug)]
pub(super) struct Slip {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) message: String,
    pub(super) help: String,
    /// Another place that belongs to it.
    pub(super) note: Option<(usize, &'static str)>,
}

const SPACED: &str = "a key ends with a colon and a blank";

const DEEPER: &str = "this line is deeper than the line above, whose key has a value";
const SAME_COLUMN: &str = "begin both at one column, or take the value away from the key above";

/// A line of the text without its indentation and the dashes of list items.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    /// Byte of its beginning.
    start: usize,
    /// Blanks before anything else.
    depth: usize,
    /// Byte at which `body` begins.
    from: usize,
    body: &'a str,
    /// Whether a dash stands before the body.
    item: bool,
}

struct Look<'a> {
    text: &'a str,
    at: usize,
    info: &'a str,
    opened: Opened,
}

/// Finds the mistake behind what the parser says of a byte; none where that byte is the best that is known.
pub(super) fn find(text: &str, at: usize, info: &str) -> Option<Slip> {
    let look = Look {
        text,
        at,
        info,
        opened: Opened::before(text, at),
    };
    look.tab()
        .or_else(|| look.foreign_blank())
        .or_else(|| look.escape())
        .or_else(|| look.quote())
        .or_else(|| look.trailing())
        .or_else(|| look.brace())
        .or_else(|| look.remark())
        .or_else(|| look.colon())
        .or_else(|| look.level())
}

// === impl Slip ===

impl Slip {
    fn new(
        start: usize,
        length: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            start,
            end: start.saturating_add(length),
            message: message.into(),
            help: help.into(),
            note: None,
        }
    }

    fn note(mut self, at: usize, text: &'static str) -> Self {
        self.note = Some((at, text));
        self
    }
}

// === impl Look ===

impl<'a> Look<'a> {
    fn says(&self, word: &str) -> bool {
        self.info.contains(word)
    }

    fn before(&self) -> &'a str {
        self.text.get(..self.at).unwrap_or("")
    }

    fn after(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The line that holds a byte.
    fn line(&self, at: usize) -> Line<'a> {
        let before = self.text.get(..at).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let whole = self.text.get(start..).unwrap_or("");
        Line::new(start, whole.lines().next().unwrap_or(""))
    }

    /// The lines above one that say something, the nearest first.
    fn above(&self, line: Line<'_>) -> impl Iterator<Item = Line<'a>> + use<'a> {
        let text = self.text.get(..line.start).unwrap_or("");
        let mut end = text.len();
        let lines = text.split_inclusive('\n').rev().map(move |line| {
            end = end.saturating_sub(line.len());
            Line::new(end, line.trim_end())
        });
        lines.filter(|line| !line.body.is_empty() && !line.body.starts_with('#'))
    }

    /// A line that is indented with tabs.
    fn tab(&self) -> Option<Slip> {
        if !self.says("tab") {
            return None;
        }
        let start = self.line(self.at).start;
        let mut from = start;
        let mut indented = None;
        for line in self.text.get(start..).unwrap_or("").split_inclusive('\n') {
            let blanks = line
                .find(|c: char| c != ' ' && c != '\t')
                .unwrap_or(line.len());
            let tab = line.get(..blanks).unwrap_or("").find('\t');
            indented = tab.map(|tab| from.saturating_add(tab));
            if indented.is_some() {
                break;
            }
            from = from.saturating_add(line.len());
        }
        let first = self.text.get(start..).and_then(|rest| rest.find('\t'));
        let at = indented.or_else(|| first.map(|first| start.saturating_add(first)))?;
        let (message, help) = if indented.is_some() {
            ("a tab indents this line", quoting::TABS)
        } else {
            ("a tab stands here", quoting::TAB)
        };
        Some(Slip::new(at, 1, message, help))
    }

    /// A blank that YAML takes for a letter, on the line that does not fit or on the one above it.
    fn foreign_blank(&self) -> Option<Slip> {
        let here = self.line(self.at);
        let above = self.above(here).next();
        [Some(here), above].into_iter().flatten().find_map(|line| {
            let start = line.start.saturating_add(line.depth);
            let whole = self.text.get(start..)?.lines().next()?;
            let mut before = ' ';
            let letters = whole.char_indices();
            let mut outside = letters.take_while(|(_, c)| {
                let ends = *c == '#' && before == ' ' || matches!(c, '"' | '\'');
                before = *c;
                !ends
            });
            let (back, c) = outside.find(|(_, c)| quoting::is_foreign_blank(*c))?;
            let at = start.saturating_add(back);
            let message = "a blank of another kind stands here";
            Some(Slip::new(at, c.len_utf8(), message, quoting::BLANK))
        })
    }

    /// What stands behind a quoted text on its line.
    fn trailing(&self) -> Option<Slip> {
        if !self.says("trailing content") {
            return None;
        }
        let (_, end) = self.opened.quote?;
        let line = self.text.get(end?..)?.lines().next()?;
        let said = line.split(" #").next().unwrap_or(line).trim_end();
        let before = said.len().saturating_sub(said.trim_start().len());
        let start = end?.saturating_add(before);
        (said.len() > before).then(|| {
            let length = said.len().saturating_sub(before);
            Slip::new(
                start,
                length,
                "this stands behind a text in quotes",
                quoting::TRAILING,
            )
        })
    }

    /// A backslash in quotes that begins no escape.
    fn escape(&self) -> Option<Slip> {
        const KNOWN: &str = "0abtnvfre \"/\\N_LPxuU\t\r\n";
        if !self.says("unknown escape") {
            return None;
        }
        let mut letters = self.after().char_indices().skip(1);
        while let Some((back, c)) = letters.next() {
            if c != '\\' {
                continue;
            }
            let (_, next) = letters.next()?;
            if !KNOWN.contains(next) {
                let at = self.at.saturating_add(back);
                let message = format!("`\\{next}` is no escape");
                return Some(Slip::new(
                    at,
                    next.len_utf8().saturating_add(1),
                    message,
                    quoting::ESCAPE,
                ));
            }
        }
        None
    }

    /// A quote that is closed too late or never.
    fn quote(&self) -> Option<Slip> {
        let open = if self.says("quoted scalar") && !self.says("trailing") {
            // An escape that is none is a mistake inside of quotes that close.
            let inside = self.says("escape") || self.says("hexadecimal");
            (!inside && self.after().starts_with(['"', '\''])).then_some(self.at)?
        } else {
            let (open, end) = self.opened.quote?;
            let quoted = self.text.get(open..end.unwrap_or(self.at)).unwrap_or("");
            let ends_here = end.is_none_or(|end| {
                let between = self.text.get(end..self.at).unwrap_or("");
                between.trim().is_empty()
            });
            (ends_here && quoted.contains('\n')).then_some(open)?
        };
        Some(Slip::new(
            open,
            1,
            "the quote that opens here is never closed",
            quoting::UNCLOSED,
        ))
    }

    /// A brace that is not closed, or a comma that is missing inside of it.
    fn brace(&self) -> Option<Slip> {
        let open = *self.opened.braces.last()?;
        let from = self.text.get(open..)?;
        let (name, close) = if from.starts_with('{') {
            ("brace", '}')
        } else {
            ("bracket", ']')
        };
        let closing = format!(
            "close it with `{close}` where its {} ends",
            if close == '}' { "map" } else { "list" }
        );
        let unclosed = format!("the {name} that opens here is never closed");
        let own = self.line(open);
        let alone = from.lines().next().unwrap_or("").trim_end();
        let many = alone.len() <= 1 || alone.ends_with([',', '{', '[']);
        if own.start != self.line(self.at).start && !many {
            return Some(Slip::new(open, 1, unclosed, closing));
        }
        let said = self.before().trim_end();
        if self.after().trim().is_empty() {
            if !many {
                return Some(Slip::new(open, 1, unclosed, closing));
            }
            let message = format!("the file ends before a {name} is closed");
            return Some(Slip::new(said.len(), 0, message, closing).note(open, "opens here"));
        }
        // `1`, a line's end and a key are one text to the parser.
        let here = self.line(self.at);
        let above = self.text.get(..here.start).unwrap_or("").trim_end();
        let parted = above.ends_with([',', '{', '[', ':']) || here.start <= open;
        if self.says("flow") && self.after().starts_with(':') && !parted {
            let help = "members and items are parted by commas";
            return Some(Slip::new(above.len(), 0, "a comma is missing here", help));
        }
        if !self.says("flow") || self.after().starts_with(['[', '{']) {
            return None;
        }
        if own.start != self.line(said.len()).start || self.before().len() != said.len() {
            let apart = !said.ends_with([',', '{', '[', ':']) && self.before() != said;
            let help = "members and items are parted by commas";
            return apart.then(|| Slip::new(said.len(), 0, "a comma is missing here", help));
        }
        // `a: b c: d`: the parser took `b c` for one text.
        let word = said.rsplit([' ', '{', ',', '[', '(']).next().unwrap_or("");
        let start = said.len().saturating_sub(word.len());
        let apart = self.after().starts_with(':') && said.get(..start)?.ends_with(' ');
        let before = said.get(..start)?.trim_end();
        (apart && !word.is_empty() && !before.ends_with(['{', ',', '['])).then(|| {
            let help = "members and items are parted by commas: put one behind the value before it";
            Slip::new(
                start,
                word.len(),
                format!("a comma is missing before `{word}`"),
                help,
            )
        })
    }

    /// A remark behind what looks like the first line of a text of several: its line is no key, or the next one is too
    /// deep.
    fn remark(&self) -> Option<Slip> {
        if !self.says("comment intercepting") {
            return None;
        }
        let here = self.line(self.at);
        if !here.has_colon() {
            return here.slip();
        }
        let rest = self.after();
        let mut from = self.at;
        let mut lines = rest.split_inclusive('\n').map(|line| {
            let start = from;
            from = from.saturating_add(line.len());
            Line::new(start, line.trim_end())
        });
        lines.next()?;
        let below = lines.find(|line| !line.body.is_empty() && !line.body.starts_with('#'))?;
        if below.has_colon() {
            let key = below.body.find(':').unwrap_or(below.body.len());
            return Some(Slip::new(below.from, key, DEEPER, SAME_COLUMN));
        }
        let message = "this goes on with a text that a comment has ended";
        let help = "write the text on one line, and the comment behind it or above";
        Some(Slip::new(below.from, below.body.len(), message, help))
    }

    /// A key whose colon is missing, or no colon.
    fn colon(&self) -> Option<Slip> {
        let here = self.line(self.at);
        let to = self.text.get(here.from..self.at).unwrap_or("");
        let mut above = self.above(here);
        if self.says("simple key") {
            return if to.is_empty() {
                above.next()?.slip()
            } else {
                here.slip()
            };
        }
        let in_value = self.opened.braces.is_empty() && !to.contains(": ");
        if !(self.says("mapping values") && in_value) {
            return None;
        }
        let last = above.next()?;
        if !last.has_colon() && last.depth <= here.depth {
            return last.slip();
        }
        let key = to.trim_end();
        (last.depth < here.depth && !last.opens())
            .then(|| Slip::new(here.from, key.len(), DEEPER, SAME_COLUMN))
    }

    /// A line that begins at no column of those above it, or is no item among items.
    fn level(&self) -> Option<Slip> {
        let here = self.line(self.at);
        let collection = self.says("expected key")
            || self.says("'-' indicator")
            || self.says("invalid indentation")
            || self.says("block sequence");
        if !collection || !self.before().get(here.start..)?.trim().is_empty() {
            return None;
        }
        if let Some(slip) = here.dash() {
            return Some(slip);
        }
        let mut levels: Vec<(usize, bool)> = Vec::new();
        for line in self.above(here) {
            let inner = line.from.saturating_sub(line.start);
            for (depth, item) in [(inner, false), (line.depth, true)] {
                let known = levels.last().is_none_or(|(last, _)| depth < *last);
                if known && (line.item || !item) {
                    levels.push((depth, item));
                }
            }
        }
        let first = here.start.saturating_add(here.depth);
        let end = here.from.saturating_add(here.body.len());
        let length = end.saturating_sub(first);
        if let Some((_, item)) = levels.iter().find(|(depth, _)| *depth == here.depth) {
            let (message, help) = match (item, here.item) {
                (true, false) => (
                    "the lines above are items of a list, this one is none",
                    "begin it with `- `, or at the column of the map that it belongs to",
                ),
                (false, true) => (
                    "the lines above are keys of a map, this is the item of a list",
                    "put the key of the list before it, or take the dash away",
                ),
                _ => return None,
            };
            return Some(Slip::new(first, length, message, help));
        }
        let mut columns: Vec<String> = levels.iter().map(|(depth, _)| depth.to_string()).collect();
        columns.dedup();
        let blanks = if here.depth == 1 { "blank" } else { "blanks" };
        let message = format!(
            "this line begins behind {} {blanks}, where no line above does",
            here.depth
        );
        let help = format!(
            "lines of one map or list begin at one column: behind {} blanks here",
            columns.join(" or ")
        );
        Some(Slip::new(first, length, message, help))
    }
}

// === impl Line ===

impl<'a> Line<'a> {
    fn new(start: usize, line: &'a str) -> Self {
        let depth = depth(line);
        let mut body = line.get(depth..).unwrap_or("");
        let mut item = false;
        while let Some(rest) = body.strip_prefix("- ") {
            body = rest.trim_start_matches(' ');
            item = true;
        }
        let from = start.saturating_add(line.len().saturating_sub(body.len()));
        Self {
            start,
            depth,
            from,
            body: body.trim_end(),
            item,
        }
    }

    /// What stands before a remark.
    fn said(self) -> &'a str {
        self.body.split(" #").next().unwrap_or("").trim_end()
    }

    fn has_colon(self) -> bool {
        self.said().contains(": ") || self.opens()
    }

    /// Whether its key has no value on the line.
    fn opens(self) -> bool {
        self.said().ends_with(':')
    }

    /// A dash that sticks to what follows.
    fn dash(self) -> Option<Slip> {
        let rest = self.body.strip_prefix('-')?;
        (!rest.is_empty() && !rest.starts_with('-')).then(|| {
            let help = "an item of a list begins with a dash and a blank";
            Slip::new(self.from, 1, "there is no blank behind this dash", help)
        })
    }

    /// What keeps its first word from being a key.
    fn slip(self) -> Option<Slip> {
        if let Some(slip) = self.dash() {
            return Some(slip);
        }
        let body = self.said();
        if body.starts_with(['{', '[']) {
            let help = "an item of a list begins with a dash and a blank";
            return Some(Slip::new(
                self.from,
                1,
                "this line has neither a key nor a dash",
                help,
            ));
        }
        let word = body.split([' ', ':', '=']).next().unwrap_or("");
        let behind = body.get(word.len()..).unwrap_or("");
        let at = |length: usize| self.from.saturating_add(length);
        if behind.starts_with(':') && !behind.starts_with("://") && behind.len() > 1 {
            let help = format!("{SPACED}: `{word}: ...`");
            return Some(Slip::new(
                at(word.len()),
                1,
                "there is no blank behind this colon",
                help,
            ));
        }
        let equals = body.find(" = ").or_else(|| body.find(" => "));
        if let Some(blank) = equals {
            let help = format!("{SPACED}: `{word}: ...`");
            return Some(Slip::new(
                at(blank.saturating_add(1)),
                1,
                "a key and its value are parted by a colon",
                help,
            ));
        }
        (!body.is_empty()).then(|| {
            let help = format!("{SPACED}: `{word}: ...`");
            Slip::new(
                self.from,
                body.len(),
                "this line has no key that ends with a colon",
                help,
            )
        })
    }
}
