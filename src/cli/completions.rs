//! `completions`: what shells complete.

use std::io;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::console::{Console, Exit};

/// Write completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  interlingua completions bash > ~/.local/share/bash-completion/completions/interlingua
  interlingua completions zsh > ~/.zfunc/_interlingua")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

// === impl Completions ===

impl Completions {
    pub(super) fn run(&self, console: &mut Console) -> io::Result<Exit> {
        // The generator panics where it cannot write; into memory it always can.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "interlingua", &mut script);
        console.say(script)?;
        Ok(Exit::Ok)
    }
}
