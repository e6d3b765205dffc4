//! Which quotes and braces stand open where YAML gives up.

use super::reader::closing_quote;

/// What a text opened before a byte of it.
#[derive(Debug, Default)]
pub(super) struct Opened {
    /// Braces and brackets that are not closed, the innermost last.
    pub(super) braces: Vec<usize>,
    /// Where the last quoted text begins, and where it ends if it does.
    pub(super) quote: Option<(usize, Option<usize>)>,
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
    /// Whether a value or key may begin here.
    fresh: bool,
    found: Opened,
}

// === impl Opened ===

impl Opened {
    /// Looks through a text up to a byte of it.
    pub(super) fn before(text: &str, end: usize) -> Self {
        let mut walk = Walk {
            text,
            at: 0,
            fresh: true,
            found: Self::default(),
        };
        while walk.at < end {
            if walk.step().is_none() {
                break;
            }
        }
        walk.found
    }
}

// === impl Walk ===

impl<'a> Walk<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Goes past one character, or the quoted text, remark or block that begins here.
    fn step(&mut self) -> Option<()> {
        let rest = self.rest();
        let mut letters = rest.chars();
        let here = letters.next()?;
        let blank = letters.next().is_none_or(char::is_whitespace);
        let inside = !self.found.braces.is_empty();
        let mut length = here.len_utf8();
        match here {
            '#' if self.ends_word() => length = line(rest),
            '"' | '\'' if self.fresh => {
                let close = closing_quote(rest);
                let end = close.map(|length| self.at.saturating_add(length));
                self.found.quote = Some((self.at, end));
                length = close?;
                self.fresh = false;
            }
            '{' | '[' if inside || self.fresh => {
                self.found.braces.push(self.at);
                self.fresh = true;
            }
            '}' | ']' if inside => {
                self.found.braces.pop();
                self.fresh = false;
            }
            ',' if inside => self.fresh = true,
            ':' | '-' | '?' if blank => self.fresh |= here == ':',
            '|' | '>' if self.fresh && !inside => length = self.block(),
            '&' | '*' | '!' if self.fresh => {
                length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            }
            '\n' => self.fresh = true,
            _ if here.is_whitespace() => {}
            _ => self.fresh = false,
        }
        self.at = self.at.saturating_add(length);
        Some(())
    }

    fn ends_word(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or("");
        before.chars().next_back().is_none_or(char::is_whitespace)
    }

    /// The length of a text in a block: all lines that are deeper than the one that begins it.
    fn block(&self) -> usize {
        let before = self.text.get(..self.at).unwrap_or("");
        let own = depth(before.rsplit('\n').next().unwrap_or(""));
        let rest = self.rest();
        let mut length = line(rest);
        for next in rest.get(length..).unwrap_or("").split_inclusive('\n') {
            let said = !next.trim().is_empty();
            if said && depth(next) <= own && length > line(rest) {
                break;
            }
            length = length.saturating_add(next.len());
        }
        length
    }
}

/// The blanks that a line begins with.
pub(super) fn depth(line: &str) -> usize {
    line.len()
        .saturating_sub(line.trim_start_matches(' ').len())
}

/// The length of the line that a text begins with, without its end.
fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::Opened;

    fn opened(text: &str) -> (Vec<usize>, Option<(usize, Option<usize>)>) {
        let found = Opened::before(text, text.len());
        (found.braces, found.quote)
    }

    #[test]
    fn what_is_open_is_known() {
        assert_eq!(opened("a: { b: [c, d"), (vec![3, 8], None));
        assert_eq!(opened("a: { b: [c] }\nd[e: f"), (vec![], None));
        assert_eq!(opened("a: 'b\nc: d"), (vec![], Some((3, None))));
        assert_eq!(
            opened("a: it's\nb: \"c\" # {"),
            (vec![], Some((11, Some(14))))
        );
        assert_eq!(opened("a: |\n  {\n  '\nb: c"), (vec![], None));
        assert_eq!(opened("- &x { a: '}'"), (vec![5], Some((10, Some(13)))));
    }
}
