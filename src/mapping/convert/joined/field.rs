//! `field-name`: the upstream's name of a field. What it is a name of is found where the call is known.

use super::super::info::{Info, Parameter};

pub(in super::super) static INFO: Info = Info {
    name: "field-name",
    summary: "the upstream's name of a field, of one or several parts",
    parameters: &[Parameter::required("style", "`leaf` or `path`")],
    examples: &[],
};

/// How much of a field's path its name has when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldStyle {
    /// The last name.
    Leaf,
    /// All names, with points between them.
    Path,
}

/// The parts that hold something, with points between them; an empty text if none does and one is there.
pub(super) fn unite(parts: &[Option<&[u8]>], out: &mut Vec<u8>) -> bool {
    let mut begun = false;
    for part in parts.iter().flatten().filter(|part| !part.is_empty()) {
        if begun {
            out.push(b'.');
        }
        out.extend_from_slice(part);
        begun = true;
    }
    parts.iter().any(Option::is_some)
}

/// The upstream's own spelling, where it is given; an empty one is given, too.
pub(super) fn name(spelling: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(spelling.unwrap_or_default());
    spelling.is_some()
}

/// The last name stands last, what is before it in front.
pub(super) fn divide<'t>(whole: &'t [u8], parts: &mut [Option<&'t [u8]>]) {
    parts.fill(None);
    let Some((last, before)) = parts.split_last_mut() else {
        return;
    };
    let point = whole.iter().rposition(|byte| *byte == b'.');
    match (point, before.first_mut()) {
        (Some(point), Some(first)) => {
            let (front, name) = whole.split_at_checked(point).unwrap_or((&[], whole));
            *first = Some(front);
            *last = Some(name.get(1..).unwrap_or_default());
        }
        (None, _) | (_, None) => *last = Some(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Joined;
    use super::*;

    #[test]
    fn an_empty_name_is_a_name() {
        let style = Joined::field_name("leaf").unwrap();
        let mut out = Vec::new();
        assert_eq!(style.unite(&[None, Some(b"")], &mut out), Ok(true));
        assert_eq!(style.unite(&[Some(b"/email"), None], &mut out), Ok(false));
        assert!(out.is_empty());
    }

    #[test]
    fn an_empty_name_is_there_and_adds_no_point() {
        let united = |parts: &[Option<&[u8]>]| {
            let mut out = Vec::new();
            unite(parts, &mut out).then_some(out)
        };
        assert_eq!(united(&[Some(b"")]), Some(Vec::new()));
        assert_eq!(united(&[Some(b""), Some(b"zip")]), Some(b"zip".to_vec()));
        assert_eq!(united(&[None, None]), None);
    }
}
