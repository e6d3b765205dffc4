//! The command line: one file per verb.
//!
//! Exit codes: 0 all is well, 1 findings, 2 usage, 69 an address cannot be bound, 78 bad configuration. What was
//! asked for goes to standard output, what is said about it to standard error.

mod check;
mod completions;
mod console;
mod coverage;
mod demo;
mod explain;
mod files;
mod flags;
mod judge;
mod key;
mod laws;
mod openapi;
mod process;
mod sandbox;
mod schema;
mod serve;
mod settings;
mod test;
mod translate;
pub mod workers;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use console::{Console, Exit};

/// One canonical API for customers and billing accounts; every upstream's dialect from mapping files.
#[derive(Debug, Parser)]
#[command(
    name = "interlingua",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "Exit codes: 0 all is well, 1 findings, 2 usage, 69 an address cannot be bound, 78 bad configuration.\nEvery flag may be given as a variable: `--mappings DIR` is INTERLINGUA_MAPPINGS=DIR; a flag goes before it."
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Sandbox(sandbox::Sandboxes),
    Check(check::Check),
    Test(test::Test),
    Translate(translate::Translate),
    Explain(explain::Explain),
    Coverage(coverage::Coverage),
    Openapi(openapi::Openapi),
    Schema(schema::Schema),
    Key(key::Key),
    Completions(completions::Completions),
}

/// Does what the process's arguments say.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no faults; where even they cannot be written there is nobody to tell.
            let _ = error.print();
            return match error.use_stderr() {
                true => Exit::Usage.into(),
                false => Exit::Ok.into(),
            };
        }
    };
    let mut console = Console::new();
    match cli.verb.run(&mut console) {
        Ok(exit) => exit.into(),
        // Whoever read the output has gone, as `| head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Ok.into(),
        Err(error) => {
            let _ = console.note(format!("error: {error}"));
            Exit::Findings.into()
        }
    }
}

// === impl Verb ===

impl Verb {
    fn run(self, console: &mut Console) -> io::Result<Exit> {
        match self {
            Self::Demo(verb) => verb.run(console),
            Self::Serve(verb) => verb.run(console),
            Self::Sandbox(verb) => verb.run(console),
            Self::Check(verb) => verb.run(console),
            Self::Test(verb) => verb.run(console),
            Self::Explain(verb) => verb.run(console),
            Self::Coverage(verb) => verb.run(console),
            Self::Translate(verb) => verb.run(console),
            Self::Openapi(verb) => verb.run(console),
            Self::Schema(verb) => verb.run(console),
            Self::Key(verb) => verb.run(console),
            Self::Completions(verb) => verb.run(console),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn flags_are_told_apart() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_is_a_variable_too() {
        for verb in Cli::command().get_subcommands() {
            for flag in verb
                .get_arguments()
                .filter(|each| each.get_long().is_some())
            {
                let long = flag.get_long().unwrap();
                if ["help", "version"].contains(&long) || flag.is_hide_set() {
                    continue;
                }
                let variable = format!("INTERLINGUA_{}", long.replace('-', "_").to_uppercase());
                let by_settings = crate::config::OVERRIDES
                    .iter()
                    .any(|over| over.flag == long && over.variable == variable);
                let by_clap = flag.get_env().is_some_and(|env| *env == *variable);
                assert!(by_settings != by_clap, "{} --{long}", verb.get_name());
            }
        }
    }
}
