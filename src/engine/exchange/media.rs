//! Media types of answers and requests.

use std::borrow::Cow;

use crate::codec::deaf::Deaf;
use crate::codec::xml::XmlReader;
use crate::codec::{Fault, Limits, encoding, form, json};
use crate::mapping::plan::Wire;

/// Tells whether a body of this media type can be a document of the format; one without a type may be any.
pub(super) fn fits(content_type: Option<&str>, wire: Wire) -> bool {
    let Some(content_type) = content_type else {
        return true;
    };
    let essence = essence(content_type);
    match wire {
        Wire::Json => essence == "application/json" || essence.ends_with("+json"),
        Wire::Xml => {
            essence == "application/xml" || essence == "text/xml" || essence.ends_with("+xml")
        }
        Wire::Form => essence == "application/x-www-form-urlencoded",
    }
}

/// Tells whether a body says that it is a problem (RFC 9457).
pub(super) fn is_problem(content_type: Option<&str>) -> bool {
    let essence = content_type.map(essence);
    essence.is_some_and(|essence| {
        matches!(
            &*essence,
            "application/problem+json" | "application/problem+xml"
        )
    })
}

/// The document in UTF-8.
pub(super) fn utf8<'b>(
    body: &'b [u8],
    content_type: Option<&str>,
    wire: Wire,
) -> Result<Cow<'b, [u8]>, Fault> {
    let charset = content_type.and_then(charset);
    match wire {
        Wire::Xml => encoding::decode(body, charset.as_deref()),
        Wire::Json => encoding::json(charset.as_deref()).map(|()| Cow::Borrowed(body)),
        Wire::Form => Ok(Cow::Borrowed(body)),
    }
}

/// Reads a document for nothing but whether it is one.
pub(super) fn read(document: &[u8], wire: Wire, limits: &Limits) -> Result<(), Fault> {
    let mut scratch = Vec::new();
    match wire {
        Wire::Json => json::Reader::default().read(document, limits, &mut scratch, &mut Deaf),
        Wire::Xml => XmlReader::default().read(document, limits, &mut scratch, &mut Deaf),
        Wire::Form => {
            let mut reader = form::Reader::default();
            reader.read(document, limits, |_| false, &mut scratch, &mut Deaf)
        }
    }
}

fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase()
}

/// The parameter `charset` (RFC 9110, 8.3.2).
fn charset(content_type: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_of_formats() {
        for (content_type, wire, fit) in [
            (Some("application/json"), Wire::Json, true),
            (
                Some("Application/Problem+JSON; charset=utf-8"),
                Wire::Json,
                true,
            ),
            (Some("text/html"), Wire::Json, false),
            (Some("text/xml;charset=utf-8"), Wire::Xml, true),
            (Some("application/atom+xml"), Wire::Xml, true),
            (Some("application/json"), Wire::Xml, false),
            (None, Wire::Xml, true),
            (Some(""), Wire::Json, false),
        ] {
            assert_eq!(fits(content_type, wire), fit, "{content_type:?}");
        }
        assert_eq!(
            charset("text/xml; a=b; CharSet=\"UTF-8\"").as_deref(),
            Some("utf-8")
        );
        assert_eq!(charset("text/xml"), None);
    }
}
