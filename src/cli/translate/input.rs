//! The documents that are translated, from files and standard input.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::cli::console::Console;

/// Stands for standard input in the place of a file.
const STANDARD: &str = "-";
/// How long whatever stands before us in a pipe may take for its first byte, where none is wanted.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads the document: of a file, or standard input if none is named.
pub(super) fn document(named: Option<&Path>, console: &mut Console) -> Result<Vec<u8>, String> {
    if let Some(path) = named.filter(|path| *path != Path::new(STANDARD)) {
        return file(path);
    }
    if io::stdin().is_terminal() {
        // Who does not see it is told by the next read.
        let _ = console.note("reading the document from standard input, to its end");
    }
    let mut bytes = Vec::new();
    match io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(format!("standard input cannot be read: {}", error.kind())),
    }
}

/// Reads a file of the command line.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("`{}` cannot be read: {}", path.display(), error.kind()))
}

/// Says what to do about a document that is given where none is taken.
pub(super) fn stray(named: Option<&Path>) -> Option<&'static str> {
    if named.is_some() {
        return Some("an answer to it is read with `-d to-canonical`");
    }
    holds_something().then_some(
        "what stands on standard input is an answer to it (`-d to-canonical`), or not meant for this (`< /dev/null`)",
    )
}

/// True if something stands on standard input: in a file, or in a pipe whose other end does not keep us waiting.
fn holds_something() -> bool {
    let Ok(kind) = File::open("/dev/stdin").and_then(|file| file.metadata()) else {
        return false;
    };
    if kind.is_file() {
        return kind.len() > 0;
    }
    if !kind.file_type().is_fifo() {
        return false;
    }
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let read = io::stdin().lock().read(&mut [0]);
        // Nobody listens any more where it took too long.
        let _ = tell.send(read.is_ok_and(|read| read > 0));
    });
    told.recv_timeout(PATIENCE).unwrap_or(false)
}
