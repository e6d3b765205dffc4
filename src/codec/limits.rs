//! Caps that readers count while reading, so that a hostile document is refused before it costs memory.

/// Caps of one document. Every figure is checked while reading; the first one passed ends the reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole document.
    pub bytes: u32,
    /// Levels of nesting; at most 127.
    pub depth: u32,
    /// Elements (XML), or values (JSON), or pairs (form).
    pub elements: u32,
    /// Attributes of one element, namespace declarations included.
    pub attributes: u32,
    /// Namespace declarations in scope at one place.
    pub namespaces: u32,
    /// Bytes of one name (element, attribute, member).
    pub name: u32,
    /// Bytes of one text (element content, attribute value, string, number).
    pub text: u32,
    /// Members of one object.
    pub members: u32,
}

impl Default for Limits {
    /// What a billing document never needs more of: 8 MiB, 64 levels, 200,000 elements, 32 attributes,
    /// 16 namespaces, 256 bytes of name, 1 MiB of text, 4,096 members.
    fn default() -> Self {
        Self {
            bytes: 8 << 20,
            depth: 64,
            elements: 200_000,
            attributes: 32,
            namespaces: 16,
            name: 256,
            text: 1 << 20,
            members: 4_096,
        }
    }
}
