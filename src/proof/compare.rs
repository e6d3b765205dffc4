//! Two documents of one side, held against each other up to what the language declares.

use super::atlas::{Atlas, Side};
use super::tree::{Member, Path, Tree};
use crate::mapping::plan::{NodeKind, Wire};
use crate::model::decimal::{self, Decimal};

/// What may differ.
#[derive(Debug, Clone, Copy, Default)]
pub struct Leave {
    /// The second may have what rules make of other places: captured codes, defaults, constants.
    pub more: bool,
    /// Values that went through a converter which does not keep spellings.
    pub spelling: bool,
    /// What only answers have.
    pub read_only: bool,
}

/// The first difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, in the first document or, for what only the second has, there.
    pub pointer: String,
    /// The node of the layout.
    pub node: u16,
    /// What the first has.
    pub expected: String,
    /// What the second has.
    pub actual: String,
}

/// Compares documents of one side.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a, 'p> {
    atlas: &'a Atlas<'p>,
    side: &'a Side<'p>,
    leave: Leave,
    /// Rules whose places are not compared.
    but: &'a [u16],
}

impl<'a, 'p> Comparison<'a, 'p> {
    /// Compares on one side of an atlas.
    #[must_use]
    pub fn new(atlas: &'a Atlas<'p>, canonical: bool, leave: Leave, but: &'a [u16]) -> Self {
        let side = atlas.side(canonical);
        Self {
            atlas,
            side,
            leave,
            but,
        }
    }

    /// The first difference at places that rules carry.
    #[must_use]
    pub fn differ(&self, first: &Tree, second: &Tree) -> Option<Difference> {
        self.node(Some(first), Some(second), 0, "")
    }

    /// A patch against the document that it should have led to, and the document before.
    #[must_use]
    pub fn merged(&self, before: &Tree, patch: &Tree, after: &Tree) -> Option<Difference> {
        self.merge(Some(before), Some(patch), Some(after), 0, "")
    }

    fn merge(
        &self,
        before: Option<&Tree>,
        patch: Option<&Tree>,
        after: Option<&Tree>,
        node: u16,
        pointer: &str,
    ) -> Option<Difference> {
        let open =
            self.kind(node) == Some(NodeKind::Object) || self.kind(node) == Some(NodeKind::Map);
        match patch {
            None => self.node(before, after, node, pointer),
            Some(Tree::Object(members)) if open => {
                for name in names(&[before, patch, after]) {
                    let inner = members
                        .iter()
                        .find(|member| member.name == name)
                        .map(|member| &member.value);
                    let Some(child) = self.child(node, &name) else {
                        continue;
                    };
                    let found = self.merge(
                        before.and_then(|tree| tree.member(&name)),
                        inner,
                        after.and_then(|tree| tree.member(&name)),
                        child,
                        &format!("{pointer}/{name}"),
                    );
                    if found.is_some() {
                        return found;
                    }
                }
                None
            }
            Some(Tree::Null) => self.node(None, after, node, pointer),
            Some(value) => Self { but: &[], ..*self }.node(Some(value), after, node, pointer),
        }
    }

    fn kind(&self, node: u16) -> Option<NodeKind> {
        Some(self.side.layout.nodes.get(usize::from(node))?.kind)
    }

    fn child(&self, node: u16, name: &str) -> Option<u16> {
        match self.kind(node)? {
            NodeKind::Map => Some(self.side.item(node)),
            _ => self
                .side
                .child(node, name, false)
                .or_else(|| self.side.child(node, name, true)),
        }
    }

    fn node(
        &self,
        first: Option<&Tree>,
        second: Option<&Tree>,
        node: u16,
        pointer: &str,
    ) -> Option<Difference> {
        match self.kind(node)? {
            NodeKind::Skip => None,
            NodeKind::Leaf => self.leaf(first, second, node, pointer),
            NodeKind::Object => self.members(first, second, node, pointer),
            NodeKind::Map => self.members(first, second, node, pointer),
            NodeKind::List => self.list(first, second, node, pointer),
        }
    }

    fn leaf(
        &self,
        first: Option<&Tree>,
        second: Option<&Tree>,
        node: u16,
        pointer: &str,
    ) -> Option<Difference> {
        let facts = self.side.facts(node)?;
        let found = self.side.layout.nodes.get(usize::from(node))?;
        if facts.rules.is_empty() || facts.forbidden || facts.silent {
            return None;
        }
        if self.leave.read_only && found.read_only
            || facts.rules.iter().any(|rule| self.but.contains(rule))
        {
            return None;
        }
        // An absent place with a default equals the default.
        let said = |tree: Option<&Tree>| {
            let said = tree.and_then(|tree| self.said(tree, node));
            let canonical = std::ptr::eq(self.side, &self.atlas.canonical);
            said.or_else(|| facts.default.clone().filter(|_| canonical))
        };
        let (expected, actual) = (said(first), said(second));
        if expected == actual {
            return None;
        }
        let constant = |text: &String| {
            let mut literals = facts.literals.iter();
            facts.tested && literals.any(|literal| literal.eq_ignore_ascii_case(text))
        };
        if self.leave.more && actual.is_none() && expected.as_ref().is_some_and(constant) {
            // A cell without its value: the constants alone say nothing.
            return None;
        }
        let normalised = || {
            facts
                .chains
                .iter()
                .any(|(chain, _)| self.atlas.normalises(*chain))
                || facts.also
        };
        let spelled = facts.tested
            && expected
                .as_deref()
                .zip(actual.as_deref())
                .is_some_and(|(one, two)| one.eq_ignore_ascii_case(two));
        if self.leave.spelling && (normalised() || spelled) {
            return None;
        }
        // A wrapped text is compared without its blanks where the format drops them.
        if self.leave.more && expected.is_none() && self.explained(node, actual.as_deref()) {
            return None;
        }
        Some(Self::difference(node, pointer, expected, actual))
    }

    /// True if rules may make the value of a place that was not given.
    fn explained(&self, node: u16, actual: Option<&str>) -> bool {
        let Some(facts) = self.side.facts(node) else {
            return false;
        };
        let default = facts
            .default
            .as_deref()
            .is_some_and(|text| Some(text) == actual);
        let shared = facts.rules.iter().any(|rule| {
            let of = |facts: &super::atlas::Facts| facts.rules.contains(rule);
            self.side.facts.iter().filter(|facts| of(facts)).count() > 1
        });
        default || shared || facts.also
    }

    /// What a leaf says, in one spelling; nothing for what is as good as absent.
    fn said(&self, tree: &Tree, node: u16) -> Option<String> {
        let found = self.side.layout.nodes.get(usize::from(node))?;
        let check = self.atlas.plan.checks.get(usize::from(found.detail));
        let text = match tree {
            // `<x a="1">text</x>` is an object whose text nobody reads.
            Tree::Object(members) => members
                .iter()
                .find(|member| member.name.is_empty())
                .map_or("", |member| member.value.text().unwrap_or_default()),
            other => other.text()?,
        };
        let text = if found.trim { text.trim_ascii() } else { text };
        if let Some(check) = check {
            use crate::model::shape::Form;
            if text.is_empty() && check.form != Form::Text && self.side.layout.wire == Wire::Xml {
                return None;
            }
            if check.form == Form::Boolean
                && let Ok(truth) = check.truth(text.as_bytes())
            {
                return Some(truth.to_string());
            }
            let is_number = matches!(tree, Tree::Number(_));
            if (check.form == Form::Integer || check.also == Some(Form::Integer) && is_number)
                && let Some(digits) = decimal::whole_digits(text.as_bytes())
            {
                return String::from_utf8(digits).ok();
            }
            if check.form == Form::Number
                && let Some(number) = Decimal::parse(text.as_bytes())
            {
                // The model's decimals have no exponent; no digit is lost.
                let mut plain = Vec::new();
                if decimal::write_plain(&number, &mut plain).is_ok() {
                    return String::from_utf8(plain).ok();
                }
            }
        }
        Some(text.to_owned())
    }

    fn members(
        &self,
        first: Option<&Tree>,
        second: Option<&Tree>,
        node: u16,
        pointer: &str,
    ) -> Option<Difference> {
        let mut done = Vec::new();
        for name in names(&[first, second]) {
            let Some(child) = self.child(node, &name) else {
                continue;
            };
            let map = self.kind(node) == Some(NodeKind::Map);
            if !map {
                if done.contains(&child) {
                    continue;
                }
                done.push(child);
            }
            let pick = |tree: Option<&Tree>| -> Vec<Tree> {
                let Some(Tree::Object(members)) = tree else {
                    return Vec::new();
                };
                let of = |member: &&Member| {
                    if map {
                        member.name == name
                    } else {
                        self.side.child(node, &member.name, member.attribute) == Some(child)
                    }
                };
                members
                    .iter()
                    .filter(of)
                    .map(|member| member.value.clone())
                    .collect()
            };
            let (one, two) = (pick(first), pick(second));
            let inner = format!("{pointer}/{name}");
            let repeats = self.side.layout.wire == Wire::Xml
                && self.kind(child) == Some(NodeKind::List)
                && self
                    .side
                    .layout
                    .nodes
                    .get(usize::from(child))
                    .is_some_and(|found| !found.wrapped);
            let found = if repeats {
                self.items(&one, &two, child, &inner)
            } else {
                self.node(one.first(), two.first(), child, &inner)
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn list(
        &self,
        first: Option<&Tree>,
        second: Option<&Tree>,
        node: u16,
        pointer: &str,
    ) -> Option<Difference> {
        let items = |tree: Option<&Tree>| -> Vec<Tree> {
            match tree {
                Some(Tree::List(items)) => items.clone(),
                Some(Tree::Object(members)) if self.side.layout.wire == Wire::Xml => members
                    .iter()
                    .filter(|member| self.child(node, &member.name).is_some())
                    .map(|member| member.value.clone())
                    .collect(),
                Some(Tree::Null) | None => Vec::new(),
                Some(Tree::Text(text))
                    if self.side.layout.wire == Wire::Xml && text.trim_ascii().is_empty() =>
                {
                    Vec::new()
                }
                Some(one) => vec![one.clone()],
            }
        };
        self.items(&items(first), &items(second), node, pointer)
    }

    fn items(&self, one: &[Tree], two: &[Tree], node: u16, pointer: &str) -> Option<Difference> {
        let item = self.side.item(node);
        let says = |tree: &&Tree| self.says_something(tree, item);
        let one: Vec<&Tree> = one.iter().filter(says).collect();
        let two: Vec<&Tree> = two.iter().filter(says).collect();
        let divided = self.side.facts(node).is_some_and(|facts| facts.divided);
        let mut rest = two;
        let mut first_difference = None;
        for (index, expected) in one.iter().enumerate() {
            let inner = format!("{pointer}/{index}");
            let mut found = None;
            for (number, actual) in rest.iter().enumerate() {
                let passed = rest.get(number.wrapping_sub(1));
                // What defaults and constants explain by themselves is passed over.
                if !divided
                    && passed
                        .is_some_and(|passed| self.node(None, Some(passed), item, "").is_some())
                {
                    break;
                }
                match self.node(Some(expected), Some(actual), item, &inner) {
                    None => {
                        found = Some(number);
                        break;
                    }
                    Some(difference) => {
                        first_difference.get_or_insert(difference);
                    }
                }
            }
            match found {
                Some(number) => drop(rest.remove(number)),
                None => {
                    let alone = self.node(Some(expected), None, item, &inner);
                    if let Some(alone) = alone {
                        return Some(first_difference.unwrap_or(alone));
                    }
                }
            }
            first_difference = None;
        }
        let extra = rest.first()?;
        self.node(None, Some(extra), item, &format!("{pointer}/{}", one.len()))
    }

    /// True if a tree holds a value at a place that rules carry.
    fn says_something(&self, tree: &Tree, node: u16) -> bool {
        let strict = Self {
            leave: Leave {
                more: false,
                spelling: false,
                ..self.leave
            },
            ..*self
        };
        strict.node(Some(tree), None, node, "").is_some()
    }

    fn difference(
        node: u16,
        pointer: &str,
        expected: Option<String>,
        actual: Option<String>,
    ) -> Difference {
        let shown = |text: Option<String>| {
            text.map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"))
        };
        Difference {
            pointer: pointer.to_owned(),
            node,
            expected: shown(expected),
            actual: shown(actual),
        }
    }
}

/// The names of all members, each once, in order.
fn names(trees: &[Option<&Tree>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for tree in trees.iter().flatten() {
        if let Tree::Object(members) = tree {
            for member in members {
                if !names.contains(&member.name) {
                    names.push(member.name.clone());
                }
            }
        }
    }
    names
}

/// Takes the nodes at some paths away, the last ones first so that the others stay where they are.
pub fn without(tree: &Tree, paths: &[Path]) -> Tree {
    let mut paths: Vec<&Path> = paths.iter().collect();
    paths.sort_unstable();
    paths.dedup();
    let mut tree = tree.clone();
    for path in paths.into_iter().rev() {
        tree.remove(path);
    }
    tree
}
