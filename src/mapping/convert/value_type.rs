//! What the two sides of a converter hold, so that chains can be checked before they run.

/// The type of a value at one end of a converter. Values travel as text whatever their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Any text.
    Text,
    /// A whole number, as a lexeme.
    Integer,
    /// A number, as a lexeme.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date such as `2024-02-29`.
    Date,
    /// A date-time of RFC 3339.
    DateTime,
    /// A month such as `2024-02`.
    Month,
    /// A country by its ISO 3166-1 alpha-2 code.
    Country,
    /// A language tag of BCP 47.
    Language,
    /// A telephone number in E.164, or a text that is none.
    Phone,
    /// An id of a resource.
    Id,
}

impl ValueType {
    /// Tells whether the value stands in documents as a text, and not as a number or a boolean.
    #[must_use]
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Integer | Self::Number | Self::Boolean)
    }

    /// Tells whether a value may pass between two ends of these types, in either direction.
    ///
    /// Equal types fit; any kind of text fits plain text, where reading or writing checks it; a whole number
    /// is a number; the lexeme of a number is taken by a text or an id, and given back as it was.
    #[must_use]
    pub fn fits(self, other: Self) -> bool {
        let one_way = |narrow: Self, wide: Self| match wide {
            Self::Text => narrow.is_text() || matches!(narrow, Self::Integer | Self::Number),
            Self::Id | Self::Number => matches!(narrow, Self::Integer),
            _ => false,
        };
        self == other || one_way(self, other) || one_way(other, self)
    }

    /// The type's name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Month => "month",
            Self::Country => "country",
            Self::Language => "language-tag",
            Self::Phone => "phone",
            Self::Id => "id",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ValueType::*;

    #[test]
    fn texts_fit_texts_and_numbers_fit_ids() {
        for (left, right) in [
            (Date, Date),
            (Text, Country),
            (Integer, Number),
            (Id, Integer),
            (Text, Number),
        ] {
            assert!(left.fits(right) && right.fits(left), "{left:?} {right:?}");
        }
        for (left, right) in [
            (Date, Month),
            (Boolean, Text),
            (Boolean, Integer),
            (Country, Language),
            (Id, Date),
        ] {
            assert!(!left.fits(right) && !right.fits(left), "{left:?} {right:?}");
        }
    }
}
