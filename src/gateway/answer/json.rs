//! Documents of answers, made by putting finished pieces together: a resource is never read again.

use super::Told;
use crate::codec::json::write;
use crate::gateway::translate::Page;

/// The resource with its warnings beside its own members.
pub(super) fn with_warnings(mut resource: Vec<u8>, warnings: &[Told]) -> Vec<u8> {
    if warnings.is_empty() {
        return resource;
    }
    while resource.last().is_some_and(|byte| *byte != b'}') {
        resource.pop();
    }
    resource.pop();
    if resource
        .iter()
        .rev()
        .find(|byte| !byte.is_ascii_whitespace())
        != Some(&b'{')
    {
        resource.push(b',');
    }
    push_warnings(&mut resource, warnings);
    resource.push(b'}');
    resource
}

/// A list: items, where it goes on, warnings.
pub(super) fn list(items: &[u8], next: Option<&str>, page: &Page, warnings: &[Told]) -> Vec<u8> {
    let mut out = Vec::with_capacity(items.len().saturating_add(256));
    out.extend_from_slice(b"{\"items\":");
    out.extend_from_slice(items);
    out.extend_from_slice(b",\"page\":{");
    let mut first = true;
    let mut member = |out: &mut Vec<u8>, name: &[u8]| {
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(name);
    };
    if let Some(next) = next {
        member(&mut out, b"\"next\":");
        write::string(&mut out, next.as_bytes(), true);
    }
    if let Some(more) = page.more {
        member(
            &mut out,
            if more {
                b"\"more\":true"
            } else {
                b"\"more\":false"
            },
        );
    }
    if let Some(total) = page.total {
        member(&mut out, b"\"total\":");
        out.extend_from_slice(total.to_string().as_bytes());
    }
    out.push(b'}');
    if !warnings.is_empty() {
        out.push(b',');
        push_warnings(&mut out, warnings);
    }
    out.push(b'}');
    out
}

fn push_warnings(out: &mut Vec<u8>, warnings: &[Told]) {
    out.extend_from_slice(b"\"warnings\":[");
    for (at, warning) in warnings.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"code\":");
        write::string(out, warning.code.as_bytes(), false);
        if !warning.detail.is_empty() {
            out.extend_from_slice(b",\"detail\":");
            write::string(out, warning.detail.as_bytes(), false);
        }
        if let Some(pointer) = &warning.pointer {
            out.extend_from_slice(b",\"pointer\":");
            write::string(out, pointer.as_bytes(), false);
        }
        out.push(b'}');
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning() -> Told {
        Told {
            code: "saved-with-warning".into(),
            detail: "no \"street\"".into(),
            pointer: Some("/a".to_owned()),
        }
    }

    const TOLD: &str =
        r#""warnings":[{"code":"saved-with-warning","detail":"no \"street\"","pointer":"/a"}]"#;

    fn warned(resource: &str, warnings: &[Told]) -> String {
        String::from_utf8(with_warnings(resource.as_bytes().to_vec(), warnings)).unwrap()
    }

    #[test]
    fn warnings_stand_behind_the_resources_own_members() {
        assert_eq!(
            warned(r#"{"a":{"b":1}}"#, &[warning()]),
            [r#"{"a":{"b":1},"#, TOLD, "}"].concat()
        );
        assert_eq!(warned("{ }\n", &[warning()]), ["{ ", TOLD, "}"].concat());
    }

    #[test]
    fn a_resource_without_warnings_stays_byte_for_byte() {
        assert_eq!(warned("{ \"a\" : 1 }\n", &[]), "{ \"a\" : 1 }\n");
    }

    #[test]
    fn a_list_says_what_is_known_of_its_page() {
        let page = Page {
            next: None,
            more: Some(true),
            total: Some(7),
        };
        let written = list(b"[1,2]", Some("bmV4dA"), &page, &[warning()]);
        let expected = [
            r#"{"items":[1,2],"page":{"next":"bmV4dA","more":true,"total":7},"#,
            TOLD,
            "}",
        ]
        .concat();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
        assert_eq!(
            list(b"[]", None, &Page::default(), &[]),
            br#"{"items":[],"page":{}}"#
        );
    }
}
