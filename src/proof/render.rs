//! Documents written out, plainly or with everything that a format allows and a meaning does not need.

use super::random::Random;
use super::tree::{Document, Member, Tree};
use crate::codec::{form, json, xml};
use crate::mapping::plan::Wire;

impl Document {
    /// The document's bytes, in UTF-8.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer {
            out: Vec::new(),
            noise: self.noise.map(Random::new),
        };
        match self.wire {
            Wire::Json => {
                writer.blank();
                writer.json(&self.tree);
                writer.blank();
            }
            Wire::Xml => {
                if writer.some(30) {
                    writer
                        .out
                        .extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
                }
                writer.between();
                let root = Member {
                    name: self.root.clone(),
                    attribute: false,
                    value: self.tree.clone(),
                };
                writer.element(&root, "");
                writer.between();
            }
            Wire::Form => writer.form(&self.tree),
        }
        writer.out
    }
}

struct Writer {
    out: Vec<u8>,
    noise: Option<Random>,
}

impl Writer {
    fn some(&mut self, percent: usize) -> bool {
        self.noise
            .as_mut()
            .is_some_and(|random| random.chance(percent))
    }

    fn blank(&mut self) {
        if self.some(20) {
            let blanks: [&[u8]; 4] = [b" ", b"\n  ", b"\t", b"\r\n"];
            let blank = self
                .noise
                .as_mut()
                .and_then(|random| random.pick(&blanks).copied());
            self.out.extend_from_slice(blank.unwrap_or_default());
        }
    }

    fn json(&mut self, tree: &Tree) {
        match tree {
            Tree::Null => self.out.extend_from_slice(b"null"),
            Tree::Boolean(value) => self.out.extend_from_slice(value.to_string().as_bytes()),
            Tree::Number(lexeme) => self.out.extend_from_slice(lexeme.as_bytes()),
            Tree::Text(text) => self.json_text(text),
            Tree::List(items) => {
                self.out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    self.comma(index);
                    self.json(item);
                    self.blank();
                }
                self.blank();
                self.out.push(b']');
            }
            Tree::Object(members) => {
                self.out.push(b'{');
                for (index, member) in members.iter().enumerate() {
                    self.comma(index);
                    self.json_text(&member.name);
                    self.blank();
                    self.out.push(b':');
                    self.blank();
                    self.json(&member.value);
                    self.blank();
                }
                self.blank();
                self.out.push(b'}');
            }
        }
    }

    fn comma(&mut self, index: usize) {
        if index > 0 {
            self.out.push(b',');
        }
        self.blank();
    }

    fn json_text(&mut self, text: &str) {
        if !self.some(15) {
            json::write::string(&mut self.out, text.as_bytes(), false);
            return;
        }
        self.out.push(b'"');
        for character in text.chars() {
            if self.some(30) || character < ' ' || matches!(character, '"' | '\\') {
                let mut units = [0_u16; 2];
                for unit in character.encode_utf16(&mut units) {
                    self.out
                        .extend_from_slice(format!("\\u{unit:04X}").as_bytes());
                }
            } else {
                let mut bytes = [0_u8; 4];
                self.out
                    .extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
            }
        }
        self.out.push(b'"');
    }

    /// What may stand between elements.
    fn between(&mut self) {
        self.blank();
        if self.some(4) {
            self.out.extend_from_slice(b"<!-- a <b> & c -->");
        }
        if self.some(2) {
            self.out.extend_from_slice(b"<?note a='1'?>");
        }
        self.blank();
    }

    /// An element, where names without a prefix are in a namespace.
    fn element(&mut self, member: &Member, around: &str) {
        let (namespace, local) = parts(&member.name);
        // A document may say the same with a prefix and with a default namespace.
        let prefixed = !namespace.is_empty() && self.some(40);
        let name = format!("{}{local}", if prefixed { "n:" } else { "" });
        let around = if prefixed {
            around
        } else {
            self.default(&name, namespace, around)
        };
        if prefixed {
            self.out.push(b'<');
            self.out.extend_from_slice(name.as_bytes());
            self.declaration("xmlns:n", namespace);
        }
        let name = name.as_bytes();
        let attributes = children(&member.value)
            .iter()
            .filter(|child| child.attribute);
        for (index, attribute) in attributes.enumerate() {
            self.attribute(index, attribute);
        }
        self.spaces();
        let elements = children(&member.value)
            .iter()
            .filter(|child| !child.attribute);
        let text = member.value.text().unwrap_or_default();
        if text.is_empty() && elements.clone().next().is_none() && !self.some(30) {
            self.out.extend_from_slice(b"/>");
            return;
        }
        self.out.push(b'>');
        if member.value.is_leaf() {
            self.text(text);
        } else {
            for element in elements {
                self.between();
                if element.name.is_empty() {
                    self.text(element.value.text().unwrap_or_default());
                } else {
                    self.element(element, around);
                }
            }
            self.between();
        }
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name);
        self.spaces();
        self.out.push(b'>');
    }

    fn spaces(&mut self) {
        if self.some(8) {
            self.out.push(b' ');
        }
    }

    /// Begins a start tag without a prefix; gives the namespace of such names inside.
    fn default<'n>(&mut self, name: &str, namespace: &'n str, around: &'n str) -> &'n str {
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        if namespace != around {
            self.declaration("xmlns", namespace);
        }
        namespace
    }

    fn declaration(&mut self, name: &str, namespace: &str) {
        self.out.extend_from_slice(format!(" {name}=\"").as_bytes());
        let _ = xml::write::attribute(&mut self.out, namespace.as_bytes());
        self.out.push(b'"');
    }

    fn attribute(&mut self, index: usize, attribute: &Member) {
        let text = attribute.value.text().unwrap_or_default();
        let (namespace, local) = parts(&attribute.name);
        if !namespace.is_empty() {
            self.declaration(&format!("xmlns:a{index}"), namespace);
        }
        self.out.push(b' ');
        self.spaces();
        if !namespace.is_empty() {
            self.out.extend_from_slice(format!("a{index}:").as_bytes());
        }
        self.out.extend_from_slice(local.as_bytes());
        self.spaces();
        self.out.push(b'=');
        self.spaces();
        let single = self.some(20) && !text.contains('\'');
        self.out.push(if single { b'\'' } else { b'"' });
        // What XML cannot hold is never generated for it.
        let _ = xml::write::attribute(&mut self.out, text.as_bytes());
        self.out.push(if single { b'\'' } else { b'"' });
    }

    fn text(&mut self, text: &str) {
        if self.some(10) && !text.contains("]]>") && !text.contains('\r') {
            self.out.extend_from_slice(b"<![CDATA[");
            self.out.extend_from_slice(text.as_bytes());
            self.out.extend_from_slice(b"]]>");
            return;
        }
        if self.some(10) {
            for character in text.chars() {
                let reference = format!("&#x{:X};", u32::from(character));
                if self.some(30) || matches!(character, '<' | '>' | '&' | '\r') {
                    self.out.extend_from_slice(reference.as_bytes());
                } else {
                    let mut bytes = [0_u8; 4];
                    self.out
                        .extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
                }
                if self.some(3) {
                    self.out.extend_from_slice(b"<!---->");
                }
            }
            return;
        }
        let _ = xml::write::text(&mut self.out, text.as_bytes());
    }

    fn form(&mut self, tree: &Tree) {
        let mut first = true;
        for member in children(tree) {
            let values = match &member.value {
                Tree::List(items) => items.iter().collect(),
                other => vec![other],
            };
            for value in values {
                if !first {
                    self.out.push(b'&');
                }
                first = false;
                form::encode(&mut self.out, member.name.as_bytes());
                self.out.push(b'=');
                form::encode(&mut self.out, value.text().unwrap_or_default().as_bytes());
            }
        }
    }
}

/// Namespace and local part of a name.
fn parts(name: &str) -> (&str, &str) {
    let inside = name.strip_prefix('{');
    inside
        .and_then(|rest| rest.rsplit_once('}'))
        .unwrap_or(("", name))
}

fn children(tree: &Tree) -> &[Member] {
    match tree {
        Tree::Object(members) => members,
        Tree::Null | Tree::Boolean(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => &[],
    }
}
