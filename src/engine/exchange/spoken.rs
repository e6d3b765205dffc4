//! Names of fields as upstreams write them: dotted names and JSON pointers, whose positions begin at 0, and places of
//! XML documents as XPath has them, whose positions begin at 1.

use crate::engine::trace::local;
use crate::mapping::plan::Layout;

/// One name on the way to a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// None where any element may be meant.
    pub(super) name: Option<String>,
    /// Which of the items of that name, from 0.
    pub(super) number: Option<u32>,
    /// It is said to be an attribute.
    pub(super) attribute: bool,
}

/// A name of a field, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) steps: Vec<Step>,
    /// It is told from the document's root.
    pub(super) from_root: bool,
    /// Its first name may be that of the root, which places of the document do not name.
    pub(super) has_root: bool,
    /// It says nothing beside names, positions and prefixes that the schema has itself.
    pub(super) bare: bool,
}

// === impl Spoken ===

impl Spoken {
    /// Takes a text apart that an upstream says of a body in XML, or of another.
    pub(super) fn new(text: &str, layout: Option<&Layout>, xml: bool) -> Self {
        let path = if xml { located(text, layout) } else { None };
        let mut spoken = path.unwrap_or_else(|| dotted(text, layout, xml));
        let root = layout.map_or("", |layout| root(layout));
        let first = spoken.steps.first().and_then(|step| step.name.as_deref());
        spoken.has_root = xml && spoken.steps.len() > 1 && first.is_none_or(|first| first == root);
        spoken
    }

    /// Gives the steps below the root, if the first may be the root's.
    pub(super) fn below_root(&self) -> Option<&[Step]> {
        self.steps.get(1..).filter(|_| self.has_root)
    }

    /// Gives the names, if all are known.
    pub(super) fn names(&self) -> Option<Vec<&str>> {
        self.steps.iter().map(|step| step.name.as_deref()).collect()
    }

    /// Tells whether it says which item of a list is meant.
    pub(super) fn is_numbered(&self) -> bool {
        self.steps.iter().any(|step| step.number.is_some())
    }
}

// === impl Step ===

impl Step {
    /// Tells whether a step that was sent is meant; of what is no item of a list XPath may say that it is the first.
    pub(super) fn means(&self, sent: &Self, xml: bool, counts: bool) -> bool {
        let named = self.name.is_none() || self.name == sent.name;
        let placed = match (self.number, sent.number) {
            (None, _) => true,
            (Some(said), Some(is)) => said == is || !counts,
            (Some(said), None) => xml && said == 0,
        };
        named && placed && (sent.attribute || !self.attribute)
    }
}

/// The name of the root element, without its namespace.
fn root(layout: &Layout) -> &str {
    let name = std::str::from_utf8(layout.root_name.bytes()).unwrap_or_default();
    let name = name.rsplit_once('}').map_or(name, |(_, name)| name);
    local(name)
}

/// Names with points, slashes or brackets between them; a number belongs to the name before it.
fn dotted(text: &str, layout: Option<&Layout>, xml: bool) -> Spoken {
    let mut bare = true;
    let parts = text
        .split(['.', '/', '[', ']'])
        .map(|part| part.trim_matches(|mark| mark == '@' || mark == '$' || mark == '\''))
        .filter(|part| !part.is_empty());
    let mut names = Vec::new();
    for part in parts {
        let name = if xml { local(part) } else { part };
        bare &= !xml || is_own(part, layout);
        if !name.is_empty() {
            names.push(name.to_owned());
        }
    }
    let steps = folded(names);
    Spoken {
        bare: bare && !steps.is_empty(),
        steps,
        ..Spoken::default()
    }
}

/// The steps of a path that was sent, in which numbers of items stand as the engine's trace has them; the last name may
/// be the caller's own, and look like anything.
pub(super) fn of_sent(path: Vec<String>, own_name: bool, xml: bool) -> Vec<Step> {
    if !xml {
        return folded(path);
    }
    let mut steps = Vec::new();
    let mut before = None;
    let named = path.len().saturating_sub(usize::from(own_name));
    for (index, part) in path.into_iter().enumerate() {
        if index >= named {
            steps.push(Step {
                name: Some(part),
                ..Step::default()
            });
            continue;
        }
        if let Some(number) = number(&part) {
            before = Some(number);
            continue;
        }
        let attribute = part.starts_with('@');
        steps.push(Step {
            name: Some(part.trim_start_matches('@').to_owned()),
            number: before.take(),
            attribute,
        });
    }
    steps
}

/// Steps of names and numbers; a number without a name before it is a name.
fn folded(parts: Vec<String>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for part in parts {
        let number = number(&part);
        match (number, steps.last_mut()) {
            (Some(number), Some(step)) if step.number.is_none() => step.number = Some(number),
            _ => steps.push(Step {
                name: Some(part),
                ..Step::default()
            }),
        }
    }
    steps
}

/// A number in its usual writing.
fn number(text: &str) -> Option<u32> {
    let usual = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| usual)
}

/// True if a name has no prefix, or one of the schema's own, and a name behind it.
fn is_own(name: &str, layout: Option<&Layout>) -> bool {
    let Some((prefix, name)) = name.split_once(':') else {
        return true;
    };
    let mut own = layout.into_iter().flat_map(|layout| &layout.prefixes);
    !name.is_empty() && own.any(|(own, _)| **own == *prefix)
}

/// A path of XML: `/c:customer/c:contact[2]/@type` and what tools write instead of it. `None` if it is none.
fn located(text: &str, layout: Option<&Layout>) -> Option<Spoken> {
    let text = text.trim();
    let parts = divided(text);
    // Names with points between them are no path, though one of them may have a position.
    let is_path = parts.len() > 1 || text.starts_with(['@', '*']) || !text.contains('.');
    if !is_path || text.is_empty() {
        return None;
    }
    let mut spoken = Spoken {
        from_root: text.starts_with('/') && !text.starts_with("//"),
        bare: true,
        ..Spoken::default()
    };
    for (index, part) in parts.iter().enumerate() {
        match *part {
            // Behind `//` anything may stand before.
            "" if index > 0 => {
                spoken.steps.clear();
                spoken.from_root = false;
            }
            "" | "." => {}
            "text()" | "node()" => spoken.bare = false,
            part => spoken.step(part, layout)?,
        }
    }
    (!spoken.steps.is_empty()).then_some(spoken)
}

impl Spoken {
    /// Adds a step as XPath writes it, with its axis, its name and its conditions.
    fn step(&mut self, text: &str, layout: Option<&Layout>) -> Option<()> {
        let (test, mut conditions) = match text.split_once('[') {
            Some((test, rest)) => (test.trim(), rest.strip_suffix(']')?),
            None => (text, ""),
        };
        let (test, attribute) = match test.split_once("::") {
            Some(("child", test)) => (test, false),
            Some(("attribute", test)) => (test, true),
            Some(_) => return None,
            None => match test.strip_prefix('@') {
                Some(test) => (test, true),
                None => (test, false),
            },
        };
        let mut step = Step {
            attribute,
            ..Step::default()
        };
        // `Q{namespace}name` is XPath's own, `{namespace}name` of many tools.
        let name = test.rsplit_once('}').map_or(test, |(_, name)| name);
        if name != "*" {
            step.name = Some(local(name).to_owned()).filter(|name| !name.is_empty());
            step.name.as_ref()?;
        }
        self.bare &= name == test && name != "*" && is_own(name, layout);
        while !conditions.is_empty() {
            let (condition, rest) = conditions.split_once("][").unwrap_or((conditions, ""));
            conditions = rest;
            self.bare &= step.under(condition.trim());
        }
        // Of any element the position is among elements of every name.
        if step.name.is_none() {
            step.number = None;
        }
        self.steps.push(step);
        Some(())
    }
}

impl Step {
    /// Takes what a condition says of name and position; true if it was a plain position.
    fn under(&mut self, condition: &str) -> bool {
        let position = condition.strip_prefix("position()").map(str::trim_start);
        let position = position.and_then(|rest| rest.strip_prefix('='));
        let text = position.map_or(condition, str::trim);
        if let Some(from_one) = number(text) {
            // There is no item 0: nothing is meant by it.
            self.number = Some(from_one.checked_sub(1).unwrap_or(u32::MAX));
            return position.is_none();
        }
        for function in ["local-name()", "name()"] {
            let Some((_, rest)) = condition.split_once(function) else {
                continue;
            };
            let literal = rest.trim_start().strip_prefix('=').map(str::trim_start);
            let quoted = literal.and_then(|text| text.strip_prefix(['\'', '"']));
            if let Some(name) = quoted.and_then(|text| text.split(['\'', '"']).next()) {
                self.name.get_or_insert_with(|| local(name).to_owned());
                break;
            }
        }
        false
    }
}

/// The steps of a path: slashes in conditions, quotes and names of namespaces divide nothing.
fn divided(text: &str) -> Vec<&str> {
    let (mut depth, mut quote) = (0_u32, None);
    text.split(move |c: char| {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('[' | '{', None) => depth = depth.saturating_add(1),
            (']' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '/' && depth == 0 && quote.is_none()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, xml: bool) -> String {
        let spoken = Spoken::new(text, None, xml);
        let steps = spoken.steps.iter().map(|step| {
            let mark = if step.attribute { "@" } else { "" };
            let name = step.name.as_deref().unwrap_or("*");
            match step.number {
                Some(number) => format!("{mark}{name}#{number}"),
                None => format!("{mark}{name}"),
            }
        });
        steps.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn paths_of_xml_begin_to_count_at_one() {
        for (text, steps) in [
            ("contact[2]/email", "contact#1 email"),
            ("contact[2]", "contact#1"),
            ("c:contact[ 1 ]/@c:type", "contact#0 @type"),
            ("@type", "@type"),
            ("contact[position() = 3]/attribute::type", "contact#2 @type"),
            ("child::contact/child::email/text()", "contact email"),
            ("//contact[2]/email", "contact#1 email"),
            ("/a//contact/email", "contact email"),
            ("Q{urn:x/y}contact[2]/{urn:x}email", "contact#1 email"),
            (
                "*[local-name()='contact' and namespace-uri()='urn:a/b'][2]/*[name()=\"c:email\"]",
                "contact#1 email",
            ),
            ("*[2]/email", "* email"),
            ("contact[@type='a/b']/email", "contact email"),
            ("contact.email/a.b", "contact.email a.b"),
            ("contact[0]/email", "contact#4294967295 email"),
            ("email", "email"),
        ] {
            assert_eq!(told(text, true), steps, "{text}");
        }
    }

    #[test]
    fn names_with_points_begin_to_count_at_nought() {
        for (text, xml, steps) in [
            ("contact[1].email", true, "contact#1 email"),
            ("c:contact.c:email", true, "contact email"),
            ("lines[1].number", false, "lines#1 number"),
            ("/lines/1/number", false, "lines#1 number"),
            ("$.lines[0]['number']", false, "lines#0 number"),
            ("lines[00730].number", false, "lines 00730 number"),
            ("", true, ""),
            ("..", true, ""),
            ("[", true, ""),
        ] {
            assert_eq!(told(text, xml), steps, "{text}");
        }
    }

    #[test]
    fn what_is_no_path_of_xml_does_not_fail() {
        for text in [
            "a[", "a]", "/", "//", "a/[1]/b", "Q{", "@", "a::b/c", "é[1]/ü", "a['/b",
        ] {
            told(text, true);
        }
    }
}
