//! What a law is held against: generated documents, and how they are reduced.

use super::tree::{Document, Tree};
use crate::engine::Direction;
use crate::mapping::plan::Wire;

/// The documents of one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The way that the input goes first.
    pub direction: Direction,
    /// The canonical or native document that the law begins with.
    pub input: Document,
    /// Patches, in the order in which they are put.
    pub patches: Vec<Tree>,
    /// The HTTP status that a native input is an answer with.
    pub status: Option<u16>,
}

/// Most reductions that are tried.
const MOST: usize = 3_000;

impl Case {
    /// The documents with the parts that they play.
    #[must_use]
    pub fn documents(&self, input: &'static str) -> Vec<(&'static str, String)> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let mut documents = vec![(input, text(self.input.bytes()))];
        documents.extend(self.status.map(|status| ("status", status.to_string())));
        let names = ["patch", "second patch", "third patch"];
        for (patch, name) in self.patches.iter().zip(names) {
            documents.push((name, text(super::runner::json(patch))));
        }
        documents
    }

    /// Reduces the case for as long as `breaks` says that what is left still breaks the law.
    pub fn shrink(&mut self, breaks: &mut dyn FnMut(&Self) -> bool) {
        let mut tries = 0_usize;
        if self.input.noise.is_some() {
            let mut plain = self.clone();
            plain.input.noise = None;
            if breaks(&plain) {
                *self = plain;
            }
        }
        loop {
            let before = self.clone();
            for tree in 0..=self.patches.len() {
                self.shrink_tree(tree, &mut tries, breaks);
            }
            if *self == before || tries > MOST {
                return;
            }
        }
    }

    fn tree_mut(&mut self, index: usize) -> Option<&mut Tree> {
        match index.checked_sub(1) {
            None => Some(&mut self.input.tree),
            Some(patch) => self.patches.get_mut(patch),
        }
    }

    fn shrink_tree(
        &mut self,
        index: usize,
        tries: &mut usize,
        breaks: &mut dyn FnMut(&Self) -> bool,
    ) {
        let mut number = 0;
        loop {
            let paths = self
                .tree_mut(index)
                .map_or_else(Vec::new, |tree| tree.paths());
            let Some(path) = paths.get(number) else {
                return;
            };
            let mut taken = false;
            for smaller in self.smaller(index, path) {
                *tries = tries.saturating_add(1);
                if *tries > MOST {
                    return;
                }
                if breaks(&smaller) {
                    *self = smaller;
                    taken = true;
                    break;
                }
            }
            if !taken {
                number = number.saturating_add(1);
            }
        }
    }

    /// The same without a node, or with something simpler in its place.
    fn smaller(&self, index: usize, path: &[usize]) -> Vec<Self> {
        let mut all = Vec::new();
        let mut without = self.clone();
        if without
            .tree_mut(index)
            .is_some_and(|tree| tree.remove(path))
        {
            all.push(without);
        }
        let xml = index == 0 && self.input.wire == Wire::Xml;
        let mut copy = self.clone();
        let Some(node) = copy.tree_mut(index).and_then(|tree| tree.at_mut(path)) else {
            return all;
        };
        for simple in simpler(node, xml) {
            let mut other = self.clone();
            if let Some(place) = other.tree_mut(index).and_then(|tree| tree.at_mut(path)) {
                *place = simple;
                all.push(other);
            }
        }
        all
    }
}

/// Simpler values of the same kind, the simplest first.
fn simpler(tree: &Tree, xml: bool) -> Vec<Tree> {
    match tree {
        Tree::Number(lexeme) => ["0", "1"]
            .into_iter()
            .filter(|simple| simple.len() < lexeme.len())
            .map(|simple| Tree::Number(simple.to_owned()))
            .collect(),
        Tree::Text(text) => {
            let mut all = Vec::new();
            let characters: Vec<char> = text.chars().collect();
            let simple = if xml { "0" } else { "a" };
            for simple in ["", simple] {
                if text.len() > simple.len() {
                    all.push(Tree::Text(simple.to_owned()));
                }
            }
            let half = characters.len().div_euclid(2);
            if half > 0 {
                all.push(Tree::Text(characters.iter().take(half).collect()));
                all.push(Tree::Text(characters.iter().skip(half).collect()));
            }
            all
        }
        Tree::Null | Tree::Boolean(_) | Tree::List(_) | Tree::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::parse::Parsed;

    #[test]
    fn what_is_left_still_breaks_and_nothing_can_be_taken_away() {
        let text = br#"{"a":[{"b":"a long text","c":1.50},{"b":"x<y"}],"d":true}"#;
        let mut case = Case {
            direction: Direction::ToCanonical,
            input: Parsed::read(Wire::Json, text).unwrap().document,
            patches: Vec::new(),
            status: None,
        };
        case.input.noise = Some(4);
        case.shrink(&mut |case| String::from_utf8(case.input.bytes()).unwrap().contains('<'));
        assert_eq!(case.documents("input")[0].1, r#"{"a":[{"b":"<"}]}"#);
    }
}
