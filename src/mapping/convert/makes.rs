//! What every text that a converter makes is known to be, said as a schema says it.
//!
//! What a schema asks for is not asked again of a text that can be nothing else.

use super::Convert;
use super::phone::LONGEST_READ;
use crate::model::format::named;
use crate::model::shape::{Format, Scalar};

impl Convert {
    /// What the canonical texts are that are made of the native ones of this schema.
    #[must_use]
    pub fn makes_canonical(&self, of: &Scalar) -> Scalar {
        match self {
            Self::Date(_) => of_format("date", (10, 10)),
            Self::MonthEnd => of_format("month", (7, 7)),
            // Two or three letters, four of a script, three of a region, and what joins them.
            Self::Locale => of_format("language-tag", (2, 12)),
            Self::Country(_) => of_format("country", (2, 2)),
            // A text that is no number stays as it is.
            Self::Phone(_) => up_to(of.max_length.map(|most| most.max(LONGEST_READ))),
            Self::PostalCode(_) | Self::Insert(_) => {
                let longer = self.shortens().zip(of.max_length);
                up_to(longer.and_then(|(more, most)| most.checked_add(more)))
            }
            Self::Integer
            | Self::Boolean
            | Self::Percent
            | Self::DateTime(_)
            | Self::Uuid(_)
            | Self::Correlation
            | Self::Sealed(_) => Scalar::default(),
        }
    }

    /// What the native texts are that are made of the canonical ones of this schema.
    #[must_use]
    pub fn makes_native(&self, of: &Scalar) -> Scalar {
        match self {
            Self::Locale | Self::Phone(_) | Self::PostalCode(_) | Self::Insert(_) => {
                up_to(of.max_length)
            }
            Self::Country(country) => up_to(country.longest_written()),
            Self::Date(format) if format.is_standard() => of_format("date", (10, 10)),
            Self::Date(_)
            | Self::MonthEnd
            | Self::Integer
            | Self::Boolean
            | Self::Percent
            | Self::DateTime(_)
            | Self::Uuid(_)
            | Self::Correlation
            | Self::Sealed(_) => Scalar::default(),
        }
    }
}

/// Texts of a format of the model, by its name, of so many characters.
fn of_format(name: &str, (fewest, most): (u32, u32)) -> Scalar {
    Scalar {
        format: Format::named(name),
        pattern: named(name).map(|row| row.pattern.into()),
        min_length: Some(fewest),
        ..up_to(Some(most))
    }
}

fn up_to(most: Option<u32>) -> Scalar {
    Scalar {
        max_length: most,
        ..Scalar::default()
    }
}
