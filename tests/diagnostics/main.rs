//! Mapping files and what is wrong with them.
//!
//! Each `<CODE>-<words>.yaml` beside this file has a fault of its code, and in the `.txt` of the same name what is
//! said about it. `UPDATE_GOLDENS=1 cargo test --test diagnostics` writes the texts again; look at the difference.

#[cfg(test)]
mod as_edited;
#[cfg(test)]
mod editor;
#[cfg(test)]
mod files;
#[cfg(test)]
mod goldens;
