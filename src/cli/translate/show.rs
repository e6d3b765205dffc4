//! Documents and places in them, for people.

use crate::codec::deaf::Deaf;
use crate::codec::{Limits, json, xml};
use crate::mapping::plan::Wire;

/// Lays a document out; one that does not read stays as it is.
pub(super) fn pretty(document: &[u8], wire: Wire) -> Vec<u8> {
    let limits = Limits::default();
    let laid_out = match wire {
        Wire::Json => {
            let mut out = Vec::new();
            json::pretty(document, &limits, &mut out).map(|()| out)
        }
        Wire::Xml => xml::pretty::pretty(document, &limits),
        Wire::Form => return document.to_vec(),
    };
    laid_out.unwrap_or_else(|_| document.to_vec())
}

/// Says where a text stops being JSON; none if it is JSON.
pub(super) fn malformed(document: &[u8]) -> Option<String> {
    let limits = Limits::default();
    let read = json::Reader::default().read(document, &limits, &mut Vec::new(), &mut Deaf);
    let fault = read.err()?;
    Some(format!("{}: {}", position(document, fault.at), fault.what))
}

/// Line and column of an offset, both from 1, the column in characters.
pub(super) fn position(document: &[u8], at: u32) -> String {
    let at = usize::try_from(at)
        .unwrap_or(usize::MAX)
        .min(document.len());
    let before = String::from_utf8_lossy(document.get(..at).unwrap_or(document)).into_owned();
    let line = before.matches('\n').count().saturating_add(1);
    let last = before.rsplit('\n').next().unwrap_or("");
    format!("{line}:{}", last.chars().count().saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_has_a_place() {
        assert_eq!(malformed(b"{\"a\": [1, 2]}"), None);
        assert_eq!(
            malformed(b"{\n\"a\" 1}").as_deref(),
            Some("2:5: expected `:`")
        );
    }

    #[test]
    fn positions_count_lines_and_characters() {
        let document = "a\n\u{e9}\u{e9}b".as_bytes();
        assert_eq!(position(document, 0), "1:1");
        assert_eq!(position(document, 6), "2:3");
        assert_eq!(position(document, 900), "2:4");
    }
}
