//! Runs the binary: to its end, or until a test is done with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// The binary without any variable of whoever runs the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interlingua"));
    command
        .args(arguments)
        .env_clear()
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Ended {
    ended(command(arguments).stdin(Stdio::null()).output().unwrap())
}

/// Runs it with something on standard input.
pub(crate) fn run_with(arguments: &[&str], input: &str) -> Ended {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    ended(child.wait_with_output().unwrap())
}

pub(crate) fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A process that serves; it ends with the test.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    /// The next line of standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        assert!(
            !line.is_empty(),
            "the process ended: {:?}",
            self.child.try_wait()
        );
        line.trim_end().to_owned()
    }

    /// Lines up to and with one that holds a text.
    pub(crate) fn until(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines
            .last()
            .is_some_and(|line: &String| line.contains(text))
        {
            lines.push(self.line());
        }
        lines
    }

    /// The addresses of these listeners, once all are told.
    pub(crate) fn listening<const N: usize>(&mut self, listeners: [&str; N]) -> [SocketAddr; N] {
        let lines = self.until("\"probes\"");
        listeners.map(|listener| {
            let name = format!("\"{listener}\"");
            let line = lines.iter().find(|line| line.contains(&name));
            let line: Value = serde_json::from_str(line.unwrap()).unwrap();
            line["address"].as_str().unwrap().parse().unwrap()
        })
    }

    /// Asks it to end; gives the exit code and what it still wrote.
    pub(crate) fn end(self) -> (i32, String) {
        self.ask();
        self.ended()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end.
    pub(crate) fn ask(&self) {
        let id = self.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end; gives the exit code and what it still wrote.
    pub(crate) fn ended(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().unwrap(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in a line such as `gateway  http://127.0.0.1:8080/v1`.
pub(crate) fn address(line: &str) -> SocketAddr {
    let rest = line.split("http://").nth(1).unwrap();
    rest.split(['/', ' ']).next().unwrap().parse().unwrap()
}
