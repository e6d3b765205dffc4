//! Converters between several places and one: `join`, `split`, `copy`, `money`.
//!
//! Both directions are one of two movements: several texts are *united* into one, or one is *divided* into
//! several. Dividing only ever lends pieces of the one text, and `money` of its own currency.

mod copy;
mod field;
mod join;
mod money;
mod split;

pub use field::FieldStyle;
pub use join::Join;
pub use money::Money;
pub use split::Split;

use super::arguments::{Argument, Arguments, BuildError};
use super::info::Info;
use super::{Law, Refusal, ValueType};

/// A converter that stands first in a chain, between the places of a composite rule.
#[derive(Debug, Clone)]
pub enum Joined {
    /// Several native texts, one canonical.
    Join(Join),
    /// One native text, several canonical.
    Split(Split),
    /// One native value, the same at several canonical places.
    Copy,
    /// One native amount, an amount with its currency.
    Money(Money),
    /// The parts of an upstream's name of a field, one text.
    FieldParts,
    /// An upstream's name of a field: a canonical pointer, which is found elsewhere, and the name.
    FieldName(FieldStyle),
}

/// Which side of a converter has several places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Several native places: reading unites, writing divides.
    ManyNative,
    /// Several canonical places: reading divides, writing unites.
    ManyCanonical,
}

impl Joined {
    /// Makes `field-name` by its style; `None` if there is no such style.
    #[must_use]
    pub fn field_name(style: &str) -> Option<Self> {
        match style {
            "leaf" => Some(Self::FieldName(FieldStyle::Leaf)),
            "path" => Some(Self::FieldName(FieldStyle::Path)),
            _ => None,
        }
    }

    /// Makes a converter by its name.
    ///
    /// # Errors
    /// A [`BuildError`] that names the argument at fault and says what is allowed.
    pub fn build(name: &str, args: &[Argument<'_>]) -> Result<Self, BuildError> {
        let Some(info) = infos().find(|info| info.name == name) else {
            let message =
                "there is no converter of this name between several places and one".into();
            return Err(BuildError {
                converter: name.into(),
                argument: None,
                message,
            });
        };
        let arguments = Arguments::new(info, args)?;
        Ok(match name {
            "join" => Self::Join(Join::build(&arguments)?),
            "split" => Self::Split(Split::build(&arguments)?),
            "money" => Self::Money(Money::build(&arguments)?),
            _ => Self::Copy,
        })
    }

    /// Which side has several places.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::Join(_) | Self::FieldParts => Shape::ManyNative,
            Self::Split(_) | Self::Copy | Self::Money(_) | Self::FieldName(_) => {
                Shape::ManyCanonical
            }
        }
    }

    /// Appends the one text that the several make, and tells whether there is one.
    ///
    /// # Errors
    /// A [`Refusal`] if the texts cannot be united so that they come apart again; `out` is then as it was.
    pub fn unite(&self, parts: &[Option<&[u8]>], out: &mut Vec<u8>) -> Result<bool, Refusal> {
        let start = out.len();
        let done = match self {
            Self::Join(Join { separator }) | Self::Split(Split { separator }) => {
                join::unite(separator, parts, out)
            }
            Self::Copy => copy::unite(parts, out),
            Self::Money(money) => money.unite(parts, out),
            Self::FieldParts => Ok(field::unite(parts, out)),
            Self::FieldName(_) => Ok(field::name(parts.get(1).copied().flatten(), out)),
        };
        done.inspect_err(|_| out.truncate(start))
    }

    /// Appends a piece of the one text as its place holds it: an amount without an exponent, all else as it stands.
    ///
    /// # Errors
    /// A [`Refusal`] of an amount that has too many digits without one.
    pub fn append(&self, index: usize, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        match self {
            Self::Money(_) if index == 0 => money::amount(piece, out),
            _ => {
                out.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// Fills `parts` with the pieces of the one text; those that it does not have are absent.
    ///
    /// # Errors
    /// None of today's converters refuses a text.
    pub fn divide<'t>(
        &'t self,
        whole: &'t [u8],
        parts: &mut [Option<&'t [u8]>],
    ) -> Result<(), Refusal> {
        match self {
            Self::Join(Join { separator }) | Self::Split(Split { separator }) => {
                join::divide(separator, whole, parts)
            }
            Self::Copy => parts.fill(Some(whole)),
            Self::Money(money) => money.divide(whole, parts),
            Self::FieldParts => field::divide(whole, parts),
            Self::FieldName(_) => {
                parts.fill(None);
                if let Some(name) = parts.get_mut(1) {
                    *name = Some(whole);
                }
            }
        }
        Ok(())
    }

    /// The law that the converter keeps: all of them are exact, given that no part but the last holds the
    /// separator, which is checked over the native patterns (M213) and again on every value.
    #[must_use]
    pub fn law(&self) -> Law {
        Law::Exact
    }

    /// The text between the parts, which only the last of them may hold; `None` of `copy` and `money`.
    #[must_use]
    pub fn separator(&self) -> Option<&[u8]> {
        match self {
            Self::Join(Join { separator }) | Self::Split(Split { separator }) => Some(separator),
            Self::Copy | Self::Money(_) | Self::FieldParts | Self::FieldName(_) => None,
        }
    }

    /// The type of all values that the converter makes and takes; `None` if they keep the one they have.
    #[must_use]
    pub fn value_type(&self) -> Option<ValueType> {
        match self {
            Self::Join(_) | Self::Split(_) | Self::FieldParts | Self::FieldName(_) => {
                Some(ValueType::Text)
            }
            Self::Copy | Self::Money(_) => None,
        }
    }

    /// The description of the converter.
    #[must_use]
    pub fn info(&self) -> &'static Info {
        match self {
            Self::Join(_) => &join::INFO,
            Self::Split(_) => &split::INFO,
            Self::Copy => &copy::INFO,
            Self::Money(_) => &money::INFO,
            Self::FieldParts | Self::FieldName(_) => &field::INFO,
        }
    }
}

/// The descriptions of all converters between several places and one.
pub fn infos() -> impl Iterator<Item = &'static Info> {
    [&join::INFO, &split::INFO, &copy::INFO, &money::INFO].into_iter()
}
