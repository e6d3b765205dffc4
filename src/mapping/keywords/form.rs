//! Forms of values.

use crate::mapping::syntax::Brackets;

/// A kind of map: the keys that may stand in it.
#[derive(Debug)]
pub struct MapSpec {
    /// What it is called in messages: `rule`, `answer`.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key of a map.
#[derive(Debug)]
pub struct Key {
    /// The keyword.
    pub name: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Whether the map is nothing without it.
    pub required: bool,
    /// What it means, for editors.
    pub about: &'static str,
}

/// What a value looks like.
#[derive(Debug)]
pub enum Form {
    /// A text that is not empty.
    Text,
    /// Any text, also an empty one.
    Literal,
    /// A place below `body`, `current`, `context` or `remembered`, or any other text.
    Value,
    /// A name.
    Name,
    /// One of some words.
    Words(&'static [&'static str]),
    /// One of some words, or another form of text.
    WordsOr(&'static [&'static str], &'static Self),
    /// A number without sign, at most this.
    Integer(u32),
    /// Seconds: `300s`.
    Duration,
    /// A status or class of them: `404`, `2xx`.
    Status,
    /// One status: `404`.
    OneStatus,
    /// A place.
    Place(Brackets),
    /// Places with converters.
    Rule,
    /// A condition.
    Cond,
    /// A text with variables.
    Template,
    /// Method and target with variables.
    Call,
    /// Method and target.
    RequestLine,
    /// A path under `/v1` with inputs in braces.
    ApiPath,
    /// A mapping or native definition, with a view or without.
    Document,
    /// A parent type, or its place.
    Within,
    /// Moves of a machine.
    Move,
    /// How the sandbox compares an input.
    Match,
    /// A type, `items of` a type, or `none`.
    Answer,
    /// `settings.x`
    Setting,
    /// A JSON pointer.
    Pointer,
    /// A list.
    List(&'static Self),
    /// A list, or one of what it holds.
    OneOrMany(&'static Self),
    /// A map with these keys.
    Map(&'static MapSpec),
    /// A map with these keys if it has the named one, otherwise the other form.
    MapIf(&'static str, &'static MapSpec, &'static Self),
    /// A map whose keys are names.
    Names(&'static Self),
    /// A map whose keys are any texts.
    Texts(&'static Self),
    /// A map whose keys are places.
    Places(Brackets, &'static Self),
    /// A map whose keys are places joined by `+`, and whose values are rules.
    Rules,
    /// The form, or `{request, response}` of it.
    ByMessage(&'static Self),
    /// The one form if the value is of its kind (text, map or list), otherwise the other.
    Either(&'static Self, &'static Self),
}

// === impl MapSpec ===

impl MapSpec {
    /// Gives a key by its name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

// === impl Key ===

impl Key {
    /// Creates a key that may be left out.
    pub(super) const fn new(name: &'static str, form: Form, about: &'static str) -> Self {
        Self {
            name,
            form,
            required: false,
            about,
        }
    }

    /// Creates a key that must be given.
    pub(super) const fn required(name: &'static str, form: Form, about: &'static str) -> Self {
        Self {
            name,
            form,
            required: true,
            about,
        }
    }
}

// === impl Form ===

impl Form {
    /// Says what is expected, as `a place` or `` `first` or `refuse` ``.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Words(words) => listed(words),
            Self::WordsOr(words, other) => format!("{} or {}", listed(words), other.describe()),
            Self::Integer(u32::MAX) => "a number".into(),
            Self::Integer(most) => format!("a number up to {most}"),
            Self::List(of) => format!("a list, each item {}", of.describe()),
            Self::OneOrMany(of) => format!("{}, or a list of them", of.describe()),
            Self::Map(spec) | Self::MapIf(_, spec, _) => format!("a map ({})", spec.name),
            Self::Places(..) => "a map of places".into(),
            Self::Rules => "a map of rules".into(),
            Self::Names(_) | Self::Texts(_) => "a map".into(),
            Self::ByMessage(of) => {
                format!("{}, or `request` and `response` of that", of.describe())
            }
            Self::Either(text, other) => format!("{}, or {}", text.describe(), other.describe()),
            other => other.describe_text().into(),
        }
    }

    /// Shows how a value is written, for help.
    #[must_use]
    pub const fn example(&self) -> &'static str {
        match self {
            Self::Place(_) => {
                "a place is names with dots between them, an item of a list in brackets: `a.b`, `phones[type=home].number`"
            }
            Self::Rule | Self::Rules => {
                "a rule is written `place | converter(argument)`, several places joined by `+`: `zip + plus4 | join(\"-\")`"
            }
            Self::Cond => {
                "a condition is written `place`, `place = value`, `place in (a, b)`, joined by `and`, `or` and `not`"
            }
            Self::Template => "variables stand in braces: `'{settings.base-url}'`",
            Self::Call | Self::RequestLine => {
                "a call is written `GET /path/{input}?name={input}`, in quotes where it holds a brace"
            }
            Self::ApiPath => "such as `/customers/{id}`",
            Self::Document => "such as `customer`, or `customer as View`",
            Self::Within => "such as `Customer`, or `Customer.contacts[role]`",
            Self::Move => "such as `active -> suspended, closed by agent`",
            Self::Match => "such as `>= created`",
            Self::Answer => "such as `Customer`, or `items of Customer`",
            Self::Setting => "such as `settings.key`",
            Self::Pointer => "each step stands behind a `/`: `/contacts/0/name`",
            Self::Duration => "a count of seconds with `s` behind it: `300s`",
            Self::Status => "such as `404`, or `2xx` for all of a class",
            Self::OneStatus => "such as `404`",
            Self::Integer(_) => "digits alone, without sign, point or unit",
            Self::Name => "a name is letters, digits, `-`, `_` and `.`",
            Self::Words(_) | Self::WordsOr(..) => "it is one of these words as they stand here",
            Self::List(_) => "write `- ` before each item, or brackets around all of them",
            Self::OneOrMany(_) => "write one, or several in brackets",
            Self::Map(_) | Self::MapIf(..) | Self::Names(_) | Self::Texts(_) | Self::Places(..) => {
                "write `key: value` lines below the key, or braces around them"
            }
            Self::ByMessage(_) | Self::Either(..) => {
                "section 17 of the language has the form of each value"
            }
            Self::Text | Self::Literal | Self::Value => "write the text behind the key",
        }
    }

    const fn describe_text(&self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Literal | Self::Value => "a value",
            Self::Name => "a name",
            Self::Duration => "seconds such as `300s`",
            Self::Status => "a status such as `404` or `2xx`",
            Self::OneStatus => "a status such as `404`",
            Self::Place(_) => "a place",
            Self::Rule => "places with converters",
            Self::Cond => "a condition",
            Self::Template => "a text with variables",
            Self::Call => "a method and a path",
            Self::RequestLine => "a method and a path as they are sent",
            Self::ApiPath => "a path that begins with `/`",
            Self::Document => "a mapping or definition",
            Self::Within => "a type or a place of it",
            Self::Move => "moves such as `a -> b, c`",
            Self::Match => "`>= place`, `<= place` or `ignored`",
            Self::Answer => "a type, `items of` a type, or `none`",
            Self::Setting => "a setting such as `settings.key`",
            Self::Pointer => "a JSON pointer such as `/a/0`",
            _ => "a value",
        }
    }
}

fn listed(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [front @ .., last] if !front.is_empty() => format!("{} or {last}", front.join(", ")),
        _ => words.concat(),
    }
}
