//! `copy`: one native value at several canonical places.

use super::super::info::{Example, Info};
use super::super::{Refusal, RefusalKind};

pub(in super::super) static INFO: Info = Info {
    name: "copy",
    summary: "the same value at every canonical place; those that are present must agree on writing",
    parameters: &[],
    examples: &[
        Example::both(&[], &["4711"], &["4711", "4711"]),
        Example::write(&[], &["4711"], &["4711"]).note("the other place is absent"),
        Example::refuse_write(&[], &["4711", "4712"]),
    ],
};

pub(super) fn unite(parts: &[Option<&[u8]>], out: &mut Vec<u8>) -> Result<bool, Refusal> {
    let mut present = parts
        .iter()
        .enumerate()
        .filter_map(|(place, part)| Some((place, (*part)?)));
    let Some((first, value)) = present.next() else {
        return Ok(false);
    };
    if let Some((second, _)) = present.find(|(_, other)| *other != value) {
        let kind = RefusalKind::Conflict { first, second };
        return Err(Refusal {
            why: "the same value as at the other place",
            kind,
        });
    }
    out.extend_from_slice(value);
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_that_differ_are_told() {
        let mut out = Vec::new();
        let refusal = unite(&[None, Some(b"a"), Some(b"a"), Some(b"b")], &mut out).unwrap_err();
        assert_eq!(
            refusal.kind,
            RefusalKind::Conflict {
                first: 1,
                second: 3
            }
        );
        assert_eq!(unite(&[None, None], &mut out), Ok(false));
        assert!(out.is_empty());
    }
}
