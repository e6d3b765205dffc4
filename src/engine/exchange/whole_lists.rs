//! Updates of an upstream that replaces lists: one that a patch names in part goes out whole, as the base with the patch
//! in it.

use super::body::Written;
use super::call::Lost;
use super::facts;
use crate::codec::Limits;
use crate::codec::json::tape::{Kind, Tape, TapeNode};
use crate::engine::LossCode;
use crate::mapping::ast::Word;
use crate::mapping::compile::upstream::{RouteBody, SharedList, SharedPlace, Spellings};

/// What becomes of a member of the patch.
enum Keep {
    All,
    Below,
    Nothing,
}

/// The lists of which a patch does not say all, although it names them.
pub(super) fn named<'r>(route: &'r RouteBody, patch: TapeNode<'_>) -> Vec<&'r SharedList> {
    let lists = route.shared.iter();
    let is_named = |list: &&SharedList| {
        let mut places = list.places.iter();
        places.any(|place| names(patch, &place.members))
    };
    lists.filter(is_named).collect()
}

/// What is lost of lists where it is not known what their items hold.
pub(super) fn unseen(lists: &[&SharedList]) -> Vec<Lost> {
    let places = lists.iter().flat_map(|list| &list.places);
    let lost = |place: &SharedPlace| Lost {
        code: LossCode::Residue.word(),
        pointer: format!("/{}", place.members.join("/")),
        parameter: None,
    };
    places.map(lost).collect()
}

/// The document that a request changes, in the answer that was read for it.
pub(super) fn within<'t>(
    answer: &'t str,
    path: &[Spellings],
    tape: &'t mut Tape,
) -> Option<&'t str> {
    if path.is_empty() {
        return Some(answer);
    }
    let root = tape.parse(answer, &Limits::default()).ok()?;
    let mut path = path.iter();
    let found = path.try_fold(root, |node, names| {
        names.iter().find_map(|name| node.get(name))
    })?;
    answer.get(facts::range(found))
}

/// Server role: the places of the lists that a request holds, all of which it says.
pub(super) fn said(route: &RouteBody, document: &[u8], tape: &mut Tape) -> Vec<Vec<Box<str>>> {
    let text = std::str::from_utf8(document).ok();
    let root = text.and_then(|text| tape.parse(text, &Limits::default()).ok());
    let Some(root) = root else {
        return Vec::new();
    };
    let holds = |list: &&SharedList| {
        let mut names = list.path.iter();
        let found = names.try_fold(root, |node: TapeNode<'_>, names| {
            names.iter().find_map(|name| node.get(name))
        });
        found.is_some()
    };
    let places = route.shared.iter().filter(holds);
    let places = places.flat_map(|list| &list.places);
    let alone = places.filter(|place| place.alone && !place.members.is_empty());
    alone.map(|place| place.members.clone()).collect()
}

/// Tells whether a patch says something at a place, below it or around it.
fn names(patch: TapeNode<'_>, place: &[Box<str>]) -> bool {
    let mut at = patch;
    for name in place {
        if at.kind() != Kind::Object {
            return true;
        }
        let Some(below) = at.get(name) else {
            return false;
        };
        at = below;
    }
    true
}

/// Divides a patch into what these lists hold and what they do not, each with blanks in place of the other, so that
/// nothing in it moves. What is of both is in both.
pub(super) fn divided(
    bytes: &[u8],
    patch: TapeNode<'_>,
    lists: &[&SharedList],
) -> (Vec<u8>, Vec<u8>) {
    let places: Vec<_> = lists.iter().flat_map(|list| &list.places).collect();
    let inside = |path: &[&str]| {
        let own = |place: &[Box<str>]| is(path, place);
        if places.iter().any(|place| own(&place.members)) {
            Keep::All
        } else if places.iter().any(|place| is_around(path, &place.members)) {
            Keep::Below
        } else {
            Keep::Nothing
        }
    };
    let outside = |path: &[&str]| {
        let alone = || places.iter().filter(|place| place.alone);
        if alone().any(|place| is(path, &place.members)) {
            Keep::Nothing
        } else if alone().any(|place| is_around(path, &place.members)) {
            Keep::Below
        } else {
            Keep::All
        }
    };
    let part = |keeps: &dyn Fn(&[&str]) -> Keep| {
        let mut out = vec![b' '; bytes.len()];
        match only(&mut out, bytes, patch, &mut Vec::new(), keeps) {
            Some(()) => out,
            None => bytes.to_vec(),
        }
    };
    (part(&inside), part(&outside))
}

fn is(path: &[&str], place: &[Box<str>]) -> bool {
    path.len() == place.len() && path.iter().zip(place).all(|(one, other)| **one == **other)
}

fn is_around(path: &[&str], place: &[Box<str>]) -> bool {
    path.len() < place.len() && path.iter().zip(place).all(|(one, other)| **one == **other)
}

/// Copies an object with some of its members; none where a name is written with escapes.
fn only<'p>(
    out: &mut [u8],
    bytes: &[u8],
    node: TapeNode<'p>,
    path: &mut Vec<&'p str>,
    keeps: &dyn Fn(&[&str]) -> Keep,
) -> Option<()> {
    let range = facts::range(node);
    *out.get_mut(range.start)? = b'{';
    *out.get_mut(range.end.checked_sub(1)?)? = b'}';
    let mut before: Option<usize> = None;
    for (name, value) in node.members() {
        let whole = facts::range(value);
        path.push(name);
        let kept = match keeps(path) {
            Keep::Below if value.kind() != Kind::Object => Keep::All,
            kept => kept,
        };
        if !matches!(kept, Keep::Nothing) {
            let front = bytes.get(..whole.start)?.trim_ascii_end();
            let front = front.strip_suffix(b":")?.trim_ascii_end();
            let from = front.strip_suffix(format!("\"{name}\"").as_bytes())?.len();
            if let Some(before) = before {
                // A comma stood between the two.
                *out.get_mut(before)? = b',';
            }
            before = Some(whole.end);
            let to = match kept {
                Keep::Below => whole.start,
                _ => whole.end,
            };
            out.get_mut(from..to)?.copy_from_slice(bytes.get(from..to)?);
            if matches!(kept, Keep::Below) {
                only(out, bytes, value, path, keeps)?;
            }
        }
        path.pop();
    }
    Some(())
}

/// Puts the lists of the changed base into what is sent of the rest.
pub(super) fn joined(partial: Written, whole: Written, lists: &[&SharedList]) -> Option<Written> {
    let (rest, base) = (partial.bytes?, whole.bytes?);
    let (rest, base) = (String::from_utf8(rest).ok()?, String::from_utf8(base).ok()?);
    let (mut of_rest, mut of_base) = (Tape::default(), Tape::default());
    let limits = Limits::default();
    let said = of_rest.parse(&rest, &limits).ok()?;
    let is = of_base.parse(&base, &limits).ok()?;
    let paths: Vec<_> = lists.iter().map(|list| list.path.as_slice()).collect();
    let mut out = Vec::with_capacity(rest.len().saturating_add(base.len()));
    object(Some((said, &rest)), Some((is, &base)), &paths, &mut out)?;
    let before = partial.losses.len();
    let mut losses = partial.losses;
    let told = |lost: &Lost, losses: &[Lost]| {
        let mut same = losses.iter();
        same.any(|other| other.code == lost.code && other.pointer == lost.pointer)
    };
    let came = whole.losses.len();
    for lost in whole.losses {
        if !told(&lost, losses.get(..before)?) {
            losses.push(lost);
        }
    }
    let twice = came.saturating_sub(losses.len().saturating_sub(before));
    let lost = partial.lost.saturating_add(whole.lost);
    Some(Written {
        bytes: Some(out),
        content_type: partial.content_type,
        lost: lost.saturating_sub(u32::try_from(twice).unwrap_or(u32::MAX)),
        losses,
        says_nothing: false,
    })
}

/// A node with the text that it is of.
type Of<'t> = (TapeNode<'t>, &'t str);

/// Writes an object with the lists of another in it.
fn object(
    rest: Option<Of<'_>>,
    base: Option<Of<'_>>,
    lists: &[&[Spellings]],
    out: &mut Vec<u8>,
) -> Option<()> {
    out.push(b'{');
    let mut comma: &[u8] = b"";
    let mut member = |name: &str, out: &mut Vec<u8>| {
        out.extend_from_slice(comma);
        comma = b",";
        crate::codec::json::write::string(out, name.as_bytes(), false);
        out.push(b':');
    };
    let heads = |name: &str| {
        let lists = lists.iter().filter_map(|list| list.split_first());
        let of_name = lists.filter(move |(head, _)| head.iter().any(|own| **own == *name));
        of_name.map(|(_, below)| below).collect::<Vec<_>>()
    };
    let mut done: Vec<&str> = Vec::new();
    if let Some((node, text)) = rest {
        for (name, value) in node.members() {
            member(name, out);
            let below = heads(name);
            if below.is_empty() {
                out.extend_from_slice(text.get(facts::range(value))?.as_bytes());
            } else {
                done.push(name);
                below_of(Some((value, text)), base, name, (lists, &below), out)?;
            }
        }
    }
    for head in lists.iter().filter_map(|list| list.first()) {
        let Some(own) = head.first() else { continue };
        if !head.iter().any(|name| done.contains(&&**name)) {
            done.push(own);
            member(own, out);
            below_of(None, base, own, (lists, &heads(own)), out)?;
        }
    }
    out.push(b'}');
    Some(())
}

/// Writes a member on the way to lists, or a list itself.
fn below_of(
    rest: Option<Of<'_>>,
    base: Option<Of<'_>>,
    name: &str,
    (lists, below): (&[&[Spellings]], &[&[Spellings]]),
    out: &mut Vec<u8>,
) -> Option<()> {
    let mut spellings = lists.iter().filter_map(|list| list.first());
    let spellings = spellings.find(|head| head.iter().any(|own| **own == *name))?;
    let found = base.and_then(|(base, text)| {
        let mut found = spellings.iter().filter_map(|name| base.get(name));
        Some((found.next()?, text))
    });
    if below.iter().any(|list| list.is_empty()) {
        match found {
            Some((list, text)) => {
                out.extend_from_slice(text.get(facts::range(list))?.as_bytes());
            }
            // Nothing is left in it.
            None => out.extend_from_slice(b"[]"),
        }
        return Some(());
    }
    let is_object = |(node, _): &Of<'_>| node.kind() == Kind::Object;
    object(rest.filter(is_object), found.filter(is_object), below, out)
}
