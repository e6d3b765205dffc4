//! Documents as trees, which can be made, reduced and compared.

use crate::mapping::plan::Wire;

/// What stands at a place of a document.
///
/// An XML element with attributes or child elements is an object, whose members may repeat; any other element
/// is a text. A form is an object of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number's lexeme.
    Number(String),
    /// A text.
    Text(String),
    /// Items in order.
    List(Vec<Self>),
    /// Members in order.
    Object(Vec<Member>),
}

/// A member of an object, or a child or attribute of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name on the wire; of an XML name in a namespace `{namespace}name`.
    pub name: String,
    /// An XML attribute.
    pub attribute: bool,
    /// What it holds.
    pub value: Tree,
}

/// A document: a tree with what its format needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its format.
    pub wire: Wire,
    /// Name of the root element (XML).
    pub root: String,
    /// Its content.
    pub tree: Tree,
    /// Seed of the blanks, comments and escapes that it is written with; none if it is written plainly.
    pub noise: Option<u64>,
}

/// The way to a node: the positions of members or items from the root.
pub type Path = Vec<usize>;

impl Tree {
    /// The children in order.
    pub fn children(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        match self {
            Self::List(items) => Box::new(items.iter()),
            Self::Object(members) => Box::new(members.iter().map(|member| &member.value)),
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) => {
                Box::new(std::iter::empty())
            }
        }
    }

    /// The node at a path.
    #[must_use]
    pub fn at(&self, path: &[usize]) -> Option<&Self> {
        let mut at = self;
        for index in path {
            at = match at {
                Self::List(items) => items.get(*index)?,
                Self::Object(members) => &members.get(*index)?.value,
                Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) => return None,
            };
        }
        Some(at)
    }

    /// The node at a path, to be changed.
    pub fn at_mut(&mut self, path: &[usize]) -> Option<&mut Self> {
        let mut at = self;
        for index in path {
            at = match at {
                Self::List(items) => items.get_mut(*index)?,
                Self::Object(members) => &mut members.get_mut(*index)?.value,
                Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) => return None,
            };
        }
        Some(at)
    }

    /// Takes the node at a path away; false at the root.
    pub fn remove(&mut self, path: &[usize]) -> bool {
        let Some((last, above)) = path.split_last() else {
            return false;
        };
        match self.at_mut(above) {
            Some(Self::List(items)) if *last < items.len() => drop(items.remove(*last)),
            Some(Self::Object(members)) if *last < members.len() => drop(members.remove(*last)),
            _ => return false,
        }
        true
    }

    /// The first member of this name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|member| member.name == name)
                .map(|member| &member.value),
            _ => None,
        }
    }

    /// True for a single value.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }

    /// The paths of all nodes, each before those below it.
    #[must_use]
    pub fn paths(&self) -> Vec<Path> {
        fn add(tree: &Tree, path: &mut Path, paths: &mut Vec<Path>) {
            paths.push(path.clone());
            for (index, child) in tree.children().enumerate() {
                path.push(index);
                add(child, path, paths);
                path.pop();
            }
        }
        let mut paths = Vec::new();
        add(self, &mut Vec::new(), &mut paths);
        paths
    }

    /// A path as a JSON pointer.
    #[must_use]
    pub fn pointer(&self, path: &[usize]) -> String {
        let mut pointer = String::new();
        let mut at = Some(self);
        for index in path {
            pointer.push('/');
            match at {
                Some(Self::Object(members)) => {
                    let name = members.get(*index).map_or("?", |member| &member.name);
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                _ => pointer.push_str(&index.to_string()),
            }
            at = at.and_then(|at| at.at(&[*index]));
        }
        pointer
    }

    /// The text of a single value, whatever its type.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Boolean(true) => Some("true"),
            Self::Boolean(false) => Some("false"),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, value: Tree) -> Member {
        Member {
            name: name.to_owned(),
            attribute: false,
            value,
        }
    }

    #[test]
    fn nodes_are_found_named_and_taken_away_by_path() {
        let mut tree = Tree::Object(vec![
            member("a/b", Tree::List(vec![Tree::Null, Tree::Boolean(true)])),
            member("c", Tree::Text("x".to_owned())),
        ]);
        assert_eq!(tree.pointer(&[0, 1]), "/a~1b/1");
        assert_eq!(tree.at(&[0, 1]), Some(&Tree::Boolean(true)));
        assert_eq!(tree.paths().len(), 5);
        assert!(tree.remove(&[0, 0]));
        assert_eq!(tree.at(&[0, 0]), Some(&Tree::Boolean(true)));
        assert!(!tree.remove(&[]));
        assert!(!tree.remove(&[1, 0]));
    }
}
