//! The `interlingua` binary.
fn main() {}
