//! Code tables.

/// A compiled table.
#[derive(Debug)]
pub struct Table;
