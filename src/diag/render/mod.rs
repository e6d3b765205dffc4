//! One report in the forms that people and tools read.

mod json;
mod sarif;
mod text;

pub use json::json;
pub use sarif::sarif;
pub use text::{Colour, text};
