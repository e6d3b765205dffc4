//! What is told of a panic while calls are served.

use std::io::Write as _;
use std::panic::{self, Location};

/// Tells on standard error where a panic was, and not what it says: a message may quote the text that it was about.
pub(super) fn tell_places_only() {
    panic::set_hook(Box::new(|panicked| {
        // Where nobody reads, nobody is told.
        let _ = std::io::stderr().write_all(told(panicked.location()).as_bytes());
    }));
}

fn told(place: Option<&Location<'_>>) -> String {
    place.map_or_else(
        || "panicked\n".to_owned(),
        |place| format!("panicked at {place}\n"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_by_its_place() {
        let here = Location::caller();
        let expected = format!(
            "panicked at {}:{}:{}\n",
            file!(),
            here.line(),
            here.column()
        );
        assert_eq!(told(Some(here)), expected);
        assert_eq!(told(None), "panicked\n");
    }
}
