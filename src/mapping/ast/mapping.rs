//! `mapping:` and `fragment:`.

use super::{Invalid, Message, Removal, Text};
use crate::diag::{Span, Spanned};
use crate::mapping::syntax::{Cond, DocumentRef, Path, RuleText};

/// The rules of one kind of document, or rules that others include.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingFile {
    /// Place of `mapping` or `fragment`.
    pub key: Span,
    /// Its name.
    pub name: Text,
    /// Whether it is a fragment.
    pub fragment: bool,
    /// The type of the model, or the envelope.
    pub canonical: Option<Text>,
    /// The native definitions, a union where there are several.
    pub native: Option<ByMessage<Vec<Path>>>,
    /// Fragments whose rules belong here.
    pub include: Vec<Text>,
    /// The rules.
    pub fields: Vec<Rule>,
    /// The variants of a tagged union.
    pub variants: Vec<Variant>,
    /// Canonical constants.
    pub assume: Vec<(Path, Text)>,
    /// What is not carried, and why.
    pub unmapped: Unmapped,
}

/// One value for both messages, or one for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByMessage<T> {
    /// The same in both.
    Both(T),
    /// One for each; none where the message has none.
    Each {
        /// In requests.
        request: Option<T>,
        /// In responses.
        response: Option<T>,
    },
}

/// One correspondence between places. Exactly one of `native` (or `request`, `response`), `at`, `each` and
/// `entries` is given; the other options stand only where they belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The whole key.
    pub key: Span,
    /// The canonical places, in the order of the value's parts. Never empty.
    pub places: Vec<Path>,
    /// The native places with converters, in both messages.
    pub native: Option<RuleText>,
    /// The same, in requests only.
    pub request: Option<RuleText>,
    /// The same, in responses only.
    pub response: Option<RuleText>,
    /// Further native places of the same value.
    pub also: Option<RuleText>,
    /// The native root of the rules below.
    pub at: Option<Path>,
    /// The rules below: of `at`, or of each member of `each`.
    pub fields: Vec<Self>,
    /// Place of the key `fields`, if it is given.
    pub fields_key: Option<Span>,
    /// The native list whose members correspond one by one.
    pub each: Option<ByMessage<Path>>,
    /// The native place in a member that identifies it, or the name of an entry.
    pub member_key: Option<Path>,
    /// The mapping of each member.
    pub map: Option<DocumentRef>,
    /// What becomes of members that an update lacks.
    pub removal: Option<Spanned<Removal>>,
    /// The native flag that says that the list was cut.
    pub more: Option<Path>,
    /// The native list or object of entries.
    pub entries: Option<Path>,
    /// The native place in an entry that holds its value.
    pub value: Option<Path>,
    /// The value of an absent native place.
    pub default: Option<Spanned<DefaultValue>>,
    /// When the rule counts.
    pub when: Option<Cond>,
    /// What becomes of a native value that does not convert.
    pub invalid: Option<Spanned<Invalid>>,
    /// What is lost.
    pub lossy: Option<Text>,
}

/// Value of an absent place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DefaultValue {
    /// A literal.
    Literal(String),
    /// A setting, by its name.
    Setting(String),
}

/// One alternative of a tagged union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Place of its first key.
    pub span: Span,
    /// The canonical constants that say that it is this one.
    pub canonical: Vec<Condition>,
    /// The native ones.
    pub native: Vec<Condition>,
    /// The native root of its rules.
    pub at: Option<Path>,
    /// Its rules.
    pub fields: Vec<Rule>,
    /// What it does not carry.
    pub unmapped: Unmapped,
}

/// A condition of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The place.
    pub place: Path,
    /// What holds of it.
    pub value: Spanned<CellValue>,
}

/// What holds of a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CellValue {
    /// It has this value.
    Literal(String),
    /// It is there (`<present>`).
    Present,
    /// It is not there (`<none>`).
    None,
}

/// Places that no rule carries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unmapped {
    /// Canonical places of requests.
    pub canonical: Vec<UnmappedEntry>,
    /// Native places of responses.
    pub native: Vec<UnmappedEntry>,
}

/// Places with the reason that they share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmappedEntry {
    /// Which places.
    pub path: UnmappedPath,
    /// Why they are not carried.
    pub why: Text,
    /// Place of the first key.
    pub span: Span,
}

/// Which places a reason is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnmappedPath {
    /// These, with all below them.
    Places(Vec<Path>),
    /// All that is left (`rest`).
    Rest(Span),
}

// === impl ByMessage ===

impl<T> ByMessage<T> {
    /// Gives the value for a message.
    pub fn of(&self, message: Message) -> Option<&T> {
        match (self, message) {
            (Self::Both(value), _) => Some(value),
            (Self::Each { request, .. }, Message::Request) => request.as_ref(),
            (Self::Each { response, .. }, Message::Response) => response.as_ref(),
        }
    }
}

// === impl MappingFile ===

impl MappingFile {
    /// Tells whether its native documents are of several shapes: a union, or one for each message.
    #[must_use]
    pub fn has_several_shapes(&self) -> bool {
        match &self.native {
            Some(ByMessage::Both(shapes)) => shapes.len() > 1,
            Some(ByMessage::Each { .. }) => true,
            None => false,
        }
    }
}

// === impl Rule ===

impl Rule {
    /// Creates a rule without any option.
    #[must_use]
    pub const fn new(key: Span, places: Vec<Path>) -> Self {
        Self {
            key,
            places,
            native: None,
            request: None,
            response: None,
            also: None,
            at: None,
            fields: Vec::new(),
            fields_key: None,
            each: None,
            member_key: None,
            map: None,
            removal: None,
            more: None,
            entries: None,
            value: None,
            default: None,
            when: None,
            invalid: None,
            lossy: None,
        }
    }

    /// Gives the native places with converters that count in a message.
    #[must_use]
    pub const fn text(&self, message: Message) -> Option<&RuleText> {
        let own = match message {
            Message::Request => &self.request,
            Message::Response => &self.response,
        };
        match own {
            Some(text) => Some(text),
            None => self.native.as_ref(),
        }
    }
}
