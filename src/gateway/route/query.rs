//! The query as names and values.

use std::borrow::Cow;

use super::path::{Undecodable, decode};

/// One parameter, decoded.
pub(in crate::gateway) type Pair<'q> = (Cow<'q, str>, Result<Cow<'q, str>, Undecodable>);

/// Splits and decodes a query. A name that does not decode stays as it is, and so is unknown.
pub(in crate::gateway) fn pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name, true).unwrap_or(Cow::Borrowed(name));
            (name, decode(value, true))
        })
}

/// The query with another cursor.
pub(in crate::gateway) fn with_cursor(query: &str, cursor: &str) -> String {
    let mut out = String::with_capacity(query.len().saturating_add(cursor.len()).saturating_add(8));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if pair.split('=').next() != Some("cursor") {
            out.push_str(pair);
            out.push('&');
        }
    }
    out.push_str("cursor=");
    out.push_str(cursor);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        let pairs: Vec<_> = pairs("a=1+2&b%20c=%2B&&d").collect();
        assert_eq!(
            pairs,
            [
                ("a".into(), Ok("1 2".into())),
                ("b c".into(), Ok("+".into())),
                ("d".into(), Ok("".into())),
            ]
        );
    }

    #[test]
    fn the_cursor_is_replaced_and_all_else_stays() {
        assert_eq!(
            with_cursor("limit=2&cursor=x&status=active", "y"),
            "limit=2&status=active&cursor=y"
        );
        assert_eq!(with_cursor("", "y"), "cursor=y");
    }
}
