//! The `interlingua` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    interlingua::cli::main()
}
