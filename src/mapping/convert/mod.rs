//! Converters: pairs of functions between one native and one canonical value, each with a law.
//!
//! One converter, one file: its description with worked examples, its parameters, how it reads, how it
//! writes. This file only says which there are. A converter is pure: what it needs to know of the call is
//! given to it in [`CallFacts`].

mod arguments;
mod boolean;
mod correlation;
mod country;
mod date;
mod datetime;
mod info;
mod insert;
mod integer;
mod joined;
#[cfg(test)]
mod laws;
mod locale;
mod makes;
mod month_end;
mod pattern;
mod percent;
mod phone;
mod postal_code;
mod reference;
mod sealed;
mod uuid;
mod value_type;

pub use arguments::{Argument, BuildError};
pub use country::Country;
pub use date::DateFormat;
pub use datetime::DateTimeFormat;
pub use info::{Example, Info, Parameter, Way};
pub use insert::Insert;
pub use joined::FieldStyle;
pub use joined::{Join, Joined, Money, Shape, Split, infos as joined_infos};
pub use phone::Phone;
pub use postal_code::PostalCode;
pub use reference::reference_table;
pub use sealed::Sealed;
pub use uuid::Uuid;
pub use value_type::ValueType;

use arguments::Arguments;

/// A converter between one native and one canonical value, with its parameters compiled.
#[derive(Debug, Clone)]
pub enum Convert {
    /// Text that holds a whole number.
    Integer,
    /// Text that holds a truth value.
    Boolean,
    /// A fraction of one to percent.
    Percent,
    /// A date in a format.
    Date(DateFormat),
    /// A date-time in a format.
    DateTime(DateTimeFormat),
    /// A date to its month.
    MonthEnd,
    /// A locale with an underscore to a language tag.
    Locale,
    /// A country in one of three styles.
    Country(Country),
    /// A national telephone number.
    Phone(Phone),
    /// A postal code.
    PostalCode(PostalCode),
    /// A separator that the native side leaves out.
    Insert(Insert),
    /// A UUID made of any id.
    Uuid(Uuid),
    /// An id in the alphabet of a correlation header.
    Correlation,
    /// An encrypted text.
    Sealed(Sealed),
}

/// How much a converter keeps. A chain has the weakest law of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// `read(write(c)) = c` and `write(read(n)) = n`.
    Exact,
    /// `read(write(c)) = c`; `write(read(n))` is a normal form that reads the same.
    Normalising,
    /// Something is lost, but writing what was read reads the same again.
    Lossy,
}

/// What converters may know of the call that they serve; given by the caller, so that they stay pure.
#[derive(Debug, Clone, Copy)]
pub struct CallFacts<'a> {
    /// Random bytes, fresh for every call and kept for its repetitions.
    pub nonce: [u8; 12],
    /// The id of the request.
    pub request_id: &'a str,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now_unix_ms: i64,
}

/// A value that does not convert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What the value would have to be, as the end of the sentence "expected ...". Never the value.
    pub why: &'static str,
    /// Which answer it leads to.
    pub kind: RefusalKind,
}

/// Kinds of refusal, as they are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The value is not of the converter's kind: 422 to a caller, `upstream-invalid` of an upstream.
    Invalid,
    /// The deployment lacks what the converter needs: `not-supported-here`.
    NotSupported,
    /// Two values that must agree do not: `conflicting-input`. The places are counted from 0.
    Conflict {
        /// The place of the first value.
        first: usize,
        /// The place of the one that differs from it.
        second: usize,
    },
}

// === impl Convert ===

impl Convert {
    /// Makes a converter by its name; settings among the arguments are already replaced by their values.
    ///
    /// # Errors
    /// A [`BuildError`] that names the argument at fault and says what is allowed.
    pub fn build(name: &str, args: &[Argument<'_>]) -> Result<Self, BuildError> {
        let Some(info) = infos().find(|info| info.name == name) else {
            let message = "there is no converter of this name".into();
            return Err(BuildError {
                converter: name.into(),
                argument: None,
                message,
            });
        };
        let arguments = Arguments::new(info, args)?;
        Ok(match name {
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "percent" => Self::Percent,
            "date" => Self::Date(DateFormat::build(&arguments)?),
            "datetime" => Self::DateTime(DateTimeFormat::build(&arguments)?),
            "month-end" => Self::MonthEnd,
            "locale" => Self::Locale,
            "country" => Self::Country(Country::build(&arguments)?),
            "phone" => Self::Phone(Phone::build(&arguments)?),
            "postal-code" => Self::PostalCode(PostalCode::build(&arguments)?),
            "insert" => Self::Insert(Insert::build(&arguments)?),
            "uuid" => Self::Uuid(Uuid::build(&arguments)?),
            "sealed" => Self::Sealed(Sealed::build(&arguments)?),
            _ => Self::Correlation,
        })
    }

    /// Converts a native text and appends the canonical one to `out`.
    ///
    /// # Errors
    /// A [`Refusal`] if the text is not of the converter's kind; `out` is then as it was.
    pub fn read(
        &self,
        native: &[u8],
        _call: &CallFacts<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let start = out.len();
        let done = match self {
            Self::Integer => integer::read(native, out),
            Self::Boolean => boolean::read(native, out),
            Self::Percent => percent::read(native, out),
            Self::Date(format) => format.read(native, out),
            Self::DateTime(format) => format.read(native, out),
            Self::MonthEnd => month_end::read(native, out),
            Self::Locale => locale::read(native, out),
            Self::Country(country) => country.read(native, out),
            Self::Phone(phone) => phone.read(native, out),
            Self::PostalCode(code) => code.read(native, out),
            Self::Insert(insert) => insert.read(native, out),
            Self::Uuid(_) => Uuid::read(native, out),
            Self::Correlation => correlation::read(native, out),
            Self::Sealed(sealed) => sealed.read(native, out),
        };
        done.inspect_err(|_| out.truncate(start))
    }

    /// Tells whether no canonical text that is made of a native one needs an escape in JSON; `plain` says it of the
    /// native one.
    #[must_use]
    pub fn reads_plain(&self, plain: bool) -> bool {
        match self {
            Self::Integer
            | Self::Boolean
            | Self::Percent
            | Self::Date(_)
            | Self::DateTime(_)
            | Self::MonthEnd
            | Self::Locale
            | Self::Country(_) => true,
            // What is no number, or of a country without postal codes, stays as it is.
            Self::Phone(_) | Self::PostalCode(_) => plain,
            Self::Insert(_) | Self::Uuid(_) | Self::Correlation | Self::Sealed(_) => false,
        }
    }

    /// By how many characters a canonical text may be longer than the native one that is made of it; none if the one
    /// length says nothing of the other.
    #[must_use]
    pub fn shortens(&self) -> Option<u32> {
        match self {
            Self::Locale => Some(0),
            // A blank or a hyphen.
            Self::PostalCode(_) => Some(1),
            // A plus sign and the digits of a country.
            Self::Phone(_) => Some(4),
            Self::Insert(insert) => Some(insert.inserts()),
            Self::Integer
            | Self::Boolean
            | Self::Percent
            | Self::Date(_)
            | Self::DateTime(_)
            | Self::MonthEnd
            | Self::Country(_)
            | Self::Uuid(_)
            | Self::Correlation
            | Self::Sealed(_) => None,
        }
    }

    /// Converts a canonical text and appends the native one to `out`.
    ///
    /// # Errors
    /// A [`Refusal`] if the text cannot be said natively; `out` is then as it was.
    pub fn write(
        &self,
        canonical: &[u8],
        call: &CallFacts<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        let start = out.len();
        let done = match self {
            Self::Integer => integer::write(canonical, out),
            Self::Boolean => boolean::write(canonical, out),
            Self::Percent => percent::write(canonical, out),
            Self::Date(format) => format.write(canonical, out),
            Self::DateTime(format) => format.write(canonical, out),
            Self::MonthEnd => month_end::write(canonical, out),
            Self::Locale => locale::write(canonical, out),
            Self::Country(country) => country.write(canonical, out),
            Self::Phone(phone) => phone.write(canonical, out),
            Self::PostalCode(code) => code.write(canonical, out),
            Self::Insert(insert) => insert.write(canonical, out),
            Self::Uuid(uuid) => uuid.write(canonical, out),
            Self::Correlation => correlation::write(canonical, out),
            Self::Sealed(sealed) => sealed.write(canonical, call, out),
        };
        done.inspect_err(|_| out.truncate(start))
    }

    /// The law that the converter keeps with these parameters.
    #[must_use]
    pub fn law(&self) -> Law {
        match self {
            Self::Date(format) => format.law(),
            Self::DateTime(format) => format.law(),
            Self::MonthEnd | Self::Uuid(_) | Self::Correlation => Law::Lossy,
            Self::Integer
            | Self::Boolean
            | Self::Percent
            | Self::Locale
            | Self::Country(_)
            | Self::Phone(_)
            | Self::PostalCode(_)
            | Self::Insert(_)
            | Self::Sealed(_) => Law::Normalising,
        }
    }

    /// The type of the native value.
    #[must_use]
    pub fn native_type(&self) -> ValueType {
        match self {
            Self::MonthEnd => ValueType::Date,
            Self::Percent => ValueType::Number,
            _ => ValueType::Text,
        }
    }

    /// The type of the canonical value.
    #[must_use]
    pub fn canonical_type(&self) -> ValueType {
        match self {
            Self::Integer => ValueType::Integer,
            Self::Boolean => ValueType::Boolean,
            Self::Percent => ValueType::Number,
            Self::Date(_) => ValueType::Date,
            Self::DateTime(_) => ValueType::DateTime,
            Self::MonthEnd => ValueType::Month,
            Self::Locale => ValueType::Language,
            Self::Country(_) => ValueType::Country,
            Self::Phone(_) => ValueType::Phone,
            Self::PostalCode(_)
            | Self::Insert(_)
            | Self::Uuid(_)
            | Self::Correlation
            | Self::Sealed(_) => ValueType::Text,
        }
    }

    /// The description of the converter.
    #[must_use]
    pub fn info(&self) -> &'static Info {
        match self {
            Self::Integer => &integer::INFO,
            Self::Boolean => &boolean::INFO,
            Self::Percent => &percent::INFO,
            Self::Date(_) => &date::INFO,
            Self::DateTime(_) => &datetime::INFO,
            Self::MonthEnd => &month_end::INFO,
            Self::Locale => &locale::INFO,
            Self::Country(_) => &country::INFO,
            Self::Phone(_) => &phone::INFO,
            Self::PostalCode(_) => &postal_code::INFO,
            Self::Insert(_) => &insert::INFO,
            Self::Uuid(_) => &uuid::INFO,
            Self::Correlation => &correlation::INFO,
            Self::Sealed(_) => &sealed::INFO,
        }
    }
}

/// The descriptions of all converters of one value, in the order of the reference.
pub fn infos() -> impl Iterator<Item = &'static Info> {
    [
        &integer::INFO,
        &boolean::INFO,
        &percent::INFO,
        &date::INFO,
        &datetime::INFO,
        &month_end::INFO,
        &locale::INFO,
        &country::INFO,
        &phone::INFO,
        &postal_code::INFO,
        &insert::INFO,
        &uuid::INFO,
        &correlation::INFO,
        &sealed::INFO,
    ]
    .into_iter()
}

// === impl Refusal ===

impl Refusal {
    /// The refusal of a value that is not of the converter's kind.
    #[must_use]
    pub const fn invalid(why: &'static str) -> Self {
        Self {
            why,
            kind: RefusalKind::Invalid,
        }
    }
}
