//! Signals: the first one asks everything to end, the second one does not ask.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::admin::Quit;

/// Tells everything that serves when to stop. Clones see the same.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Stop(watch::Receiver<bool>);

/// Listens to the process's signals.
#[derive(Debug)]
pub(in crate::cli) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    stop: watch::Sender<bool>,
}

// === impl Stop ===

impl Stop {
    /// Begins to listen to signals: from here on none ends the process by itself.
    pub(in crate::cli) fn on_signals() -> io::Result<(Self, Signals)> {
        let (stop, receiver) = watch::channel(false);
        let signals = Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            stop,
        };
        Ok((Self(receiver), signals))
    }

    /// Ready once it is time to stop.
    pub(in crate::cli) async fn asked(mut self) {
        // The sender goes away only when the process ends: then it is time too.
        let _ = self.0.wait_for(|asked| *asked).await;
    }
}

// === impl Signals ===

impl Signals {
    /// Waits for the first signal and passes it on; gives back its name.
    pub(in crate::cli) async fn first(&mut self) -> &'static str {
        let name = self.next().await;
        self.stop.send_replace(true);
        name
    }

    /// Waits for the first signal, or for an operator who asks for the same, and passes it on; gives back its name.
    pub(in crate::cli) async fn first_or(&mut self, quit: &Quit) -> &'static str {
        tokio::select! {
            name = self.first() => name,
            () = quit.asked() => {
                self.stop.send_replace(true);
                "quitquitquit"
            }
        }
    }

    /// Waits for a signal.
    pub(in crate::cli) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
