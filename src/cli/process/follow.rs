//! Files that are looked at for as long as the process runs.

use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

/// How often files are looked at: their bytes count, since orchestrators exchange links that no watcher sees.
const LOOK: Duration = Duration::from_secs(10);

/// Something that stands in files.
pub(super) trait InFiles: Sized + Send + 'static {
    /// Looks at the files once; tells of a change whether it counts.
    fn look(&mut self) -> Option<bool>;
}

/// Looks at the files again and again, and says of each change whether it counts.
pub(super) async fn follow(mut files: impl InFiles, say: impl Fn(bool)) {
    loop {
        sleep(LOOK).await;
        // Reading files blocks.
        let looked = spawn_blocking(move || {
            let exchanged = files.look();
            (files, exchanged)
        });
        let Ok((looked, exchanged)) = looked.await else {
            return;
        };
        files = looked;
        if let Some(exchanged) = exchanged {
            say(exchanged);
        }
    }
}
