//! Log lines leave through a thread of their own: a reader that is stuck costs lines, never a call.

use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use prometheus::IntCounter;
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait for the thread. At the usual 300 bytes of a line that is about 1 MiB.
const WAITING: usize = 4_096;

/// How long the end of the process waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Hands lines to the thread that writes them, and counts those that found no room.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    queue: SyncSender<Entry>,
    dropped: IntCounter,
}

/// Writes out what is still waiting when it is dropped, for a second at most.
#[derive(Debug)]
#[must_use = "the last log lines are written when this is dropped"]
pub struct LogGuard {
    queue: SyncSender<Entry>,
}

#[derive(Debug)]
enum Entry {
    Line(Box<[u8]>),
    /// Answer when everything before is written.
    Flush(SyncSender<()>),
}

// === impl Lines ===

impl Lines {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub(super) fn start(
        out: impl Write + Send + 'static,
        dropped: IntCounter,
    ) -> io::Result<(Self, LogGuard)> {
        let (queue, entries) = sync_channel(WAITING);
        let lost = dropped.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || pump(&entries, BufWriter::new(out), &lost))?;
        let guard = LogGuard {
            queue: queue.clone(),
        };
        Ok((Self { queue, dropped }, guard))
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// Takes one line: the formatter writes each event at once.
#[derive(Debug)]
pub(super) struct Line<'a>(&'a Lines);

// === impl Line ===

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.0.queue.try_send(Entry::Line(line.into())).is_err() {
            self.0.dropped.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// === impl LogGuard ===

impl Drop for LogGuard {
    fn drop(&mut self) {
        let (written, wait) = sync_channel(1);
        let start = Instant::now();
        let mut flush = Entry::Flush(written);
        // A full queue is worked off or stuck; which of both shows within the second.
        while let Err(TrySendError::Full(back)) = self.queue.try_send(flush) {
            if start.elapsed() >= LAST_LINES {
                return;
            }
            flush = back;
            thread::sleep(Duration::from_millis(5));
        }
        let _ = wait.recv_timeout(LAST_LINES.saturating_sub(start.elapsed()));
    }
}

fn pump(entries: &Receiver<Entry>, mut out: impl Write, lost: &IntCounter) {
    while let Ok(first) = entries.recv() {
        put(first, &mut out, lost);
        // What came meanwhile goes out with the same flush.
        while let Ok(next) = entries.try_recv() {
            put(next, &mut out, lost);
        }
        let _ = out.flush();
    }
}

fn put(entry: Entry, out: &mut impl Write, lost: &IntCounter) {
    match entry {
        Entry::Line(line) => {
            if out.write_all(&line).is_err() {
                lost.inc();
            }
        }
        Entry::Flush(written) => {
            let _ = out.flush();
            let _ = written.try_send(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Says what is written, or blocks until it is let go.
    struct Gate {
        open: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.open.recv();
            let _ = self.written.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines() -> (Lines, LogGuard, Sender<()>, Receiver<Vec<u8>>) {
        let (key, open) = channel();
        let (written, bytes) = channel();
        let dropped = IntCounter::new("dropped", "dropped").unwrap();
        let (lines, guard) = Lines::start(Gate { open, written }, dropped).unwrap();
        (lines, guard, key, bytes)
    }

    #[test]
    fn a_stuck_reader_costs_lines_and_never_blocks() {
        let (lines, guard, key, _bytes) = lines();
        let long = [b'x'; 64 << 10];

        for _ in 0..WAITING + 100 {
            lines.make_writer().write_all(&long).unwrap();
        }

        // The thread holds a few at most: the one it writes and what its buffer took.
        assert!(lines.dropped.get() >= 90, "{}", lines.dropped.get());
        drop(key);
        drop(guard);
    }

    #[test]
    fn the_guard_waits_for_the_last_lines() {
        let (lines, guard, key, bytes) = lines();
        lines.make_writer().write_all(b"one\n").unwrap();
        lines.make_writer().write_all(b"two\n").unwrap();
        drop(key);

        drop(guard);

        let written: Vec<u8> = bytes.try_iter().flatten().collect();
        assert_eq!(written, b"one\ntwo\n");
        assert_eq!(lines.dropped.get(), 0);
    }
}
