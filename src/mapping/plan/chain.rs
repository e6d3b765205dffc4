//! The converters of a rule in a row.

use crate::mapping::convert::{Convert, Joined};
use crate::mapping::table::Table;

/// Converters from the native end to the canonical end; written right to left.
///
/// At most one of them takes or gives several values: `join` at the native end, or a table, `copy` or
/// `split` at the canonical end.
#[derive(Debug, Default)]
pub struct Chain {
    /// Several native places into one text.
    pub join: Option<Joined>,
    /// Text to text.
    pub steps: Vec<Convert>,
    /// One or several native texts into one or several canonical ones.
    pub fan: Option<Fan>,
    /// A table at its end has a row for an absent native value.
    pub takes_absent: bool,
    /// The rule declares that something is lost.
    pub lossy: bool,
    /// Native and canonical places of the rule.
    pub places: (u8, u8),
}

/// The canonical end of a chain.
#[derive(Debug)]
pub enum Fan {
    /// By the rows of a table.
    Table(Table),
    /// `copy` or `split`.
    Joined(Joined),
}
