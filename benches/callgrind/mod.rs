//! User-mode instructions, counted by callgrind: Debian's package `valgrind`.

use std::process::Command;

/// True if callgrind can be run.
pub(crate) fn is_there() -> bool {
    Command::new("valgrind")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A command that counts; what is to be counted follows.
pub(crate) fn command() -> Command {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind
}

/// Runs a command to its end and gives what was counted.
pub(crate) fn counted(command: &mut Command) -> u64 {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    collected(&told)
}

/// What callgrind says it counted.
pub(crate) fn collected(told: &str) -> u64 {
    let line = told
        .lines()
        .find(|line| line.contains("Collected :"))
        .unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
