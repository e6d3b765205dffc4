//! The first mapping of the guide: its files and its commands, as they are printed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::http::get;
use crate::process::{Running, address};

/// A block of the guide: the file that it is, or the commands.
#[derive(Debug)]
enum Block {
    File(String, String),
    Commands(Vec<String>),
}

/// The blocks of the chapter, in order.
fn blocks() -> Vec<Block> {
    let guide = include_str!("../../mappings/README.md");
    let chapter = guide
        .split("\n## ")
        .find(|chapter| chapter.starts_with("A first mapping"));
    let mut lines = chapter.unwrap().lines();
    let mut blocks = Vec::new();
    let mut name = None;
    while let Some(line) = lines.next() {
        if let Some(path) = line
            .strip_prefix('`')
            .and_then(|rest| rest.strip_suffix("`:"))
        {
            name = Some(path.to_owned());
        } else if let Some(kind) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(match (kind, name.take()) {
                ("sh", None) => Block::Commands(text.into_iter().map(str::to_owned).collect()),
                (_, Some(name)) => Block::File(name, text.join("\n") + "\n"),
                (kind, None) => panic!("a block of {kind} is no file and no command"),
            });
        }
    }
    blocks
}

/// A shell in the folder, with the binary on its path.
fn shell(folder: &Path, command: &str) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_interlingua"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", command])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path);
    shell
}

#[test]
fn every_command_of_the_guide_works_as_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = Vec::new();
    let mut told = Vec::new();
    for block in blocks() {
        match block {
            Block::File(name, text) => {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Block::Commands(commands) => {
                for command in commands {
                    if command.starts_with("export ") {
                        before.push(command);
                    } else if command.starts_with("interlingua sandbox") {
                        sandbox(folder.path(), &before, &command);
                    } else if command.starts_with("interlingua demo") {
                        demo(folder.path(), &before, &command);
                    } else {
                        let whole = [before.join("\n"), command.clone()].join("\n");
                        let ended = shell(folder.path(), &whole)
                            .stdin(Stdio::null())
                            .output()
                            .unwrap();
                        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
                        assert!(
                            ended.status.success() && ended.stderr.is_empty(),
                            "{command}\n{text}{}",
                            String::from_utf8_lossy(&ended.stderr)
                        );
                        told.push(text);
                    }
                }
            }
        }
    }
    let all = told.join("");
    for expected in [
        "nothing found",
        "1 cases hold, 0 fail",
        "GET /clients/7 HTTP/1.1",
        "\"language\": \"en-US\"",
        "mappings/clients/client.yaml:7:3",
    ] {
        assert!(all.contains(expected), "{expected}: {all}");
    }
    let coverage = folder.path().join("mappings/clients/coverage.txt");
    assert!(
        fs::read_to_string(coverage)
            .unwrap()
            .contains("GET /clients/{id}")
    );
}

/// Starts a command that serves, on a free port instead of the printed one.
fn serving(folder: &Path, before: &[String], command: &str) -> Running {
    Running::start(shell(
        folder,
        &format!("{}\nexec {command}", before.join("\n")),
    ))
}

fn sandbox(folder: &Path, before: &[String], command: &str) {
    let mut running = serving(folder, before, &format!("{command} --port 0"));
    let address = address(&running.line());
    assert!(
        get(address, "/clients/7")
            .body
            .contains("<surname>Joseph</surname>")
    );
    assert_eq!(running.end().0, 0);
}

fn demo(folder: &Path, before: &[String], command: &str) {
    let free = "--listen 127.0.0.1:0 --admin 127.0.0.1:0 --probes 127.0.0.1:0 --sandbox-port 0";
    let mut running = serving(folder, before, &format!("{command} {free}"));
    let lines = running.until("curl");
    let gateway = lines.iter().find(|line| line.contains("gateway")).unwrap();
    let answer = get(address(gateway), "/v1/customers/clients:7");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["name"]["last"], "Joseph");
    assert_eq!(running.end().0, 0);
}
