//! Documents of answers, made by putting finished pieces together: a resource is never read again.

use super::Told;
use crate::codec::json::write;
use crate::gateway::problem::Problem;
use crate::gateway::problem::redact::without_cards;
use crate::gateway::translate::Page;

/// The reserved members, which stand only when there is something in them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside<'b> {
    pub(super) warnings: &'b [Told],
    /// Places and values of the upstream's own answer.
    pub(super) native: &'b [(String, String)],
}

/// What became of a call at one of several upstreams.
#[derive(Debug, Clone, Copy)]
pub(super) struct AtUpstream<'b> {
    pub(super) name: &'b str,
    pub(super) outcome: &'static str,
    /// The upstream's own status, if it answered.
    pub(super) status: Option<u16>,
    pub(super) problem: Option<&'b Problem>,
    /// Places and values of its answer.
    pub(super) native: &'b [(String, String)],
}

// === impl Beside ===

impl Beside<'_> {
    const fn is_empty(&self) -> bool {
        self.warnings.is_empty() && self.native.is_empty()
    }

    fn push(&self, out: &mut Vec<u8>) {
        if !self.warnings.is_empty() {
            push_warnings(out, self.warnings);
        }
        if !self.native.is_empty() {
            if !self.warnings.is_empty() {
                out.push(b',');
            }
            push_native(out, self.native);
        }
    }
}

/// The resource with what stands beside its own members.
pub(super) fn with(mut resource: Vec<u8>, beside: Beside<'_>) -> Vec<u8> {
    if beside.is_empty() {
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
    beside.push(&mut resource);
    resource.push(b'}');
    resource
}

/// A list: items, where it goes on, what stands beside.
pub(super) fn list(items: &[u8], next: Option<&str>, page: &Page, beside: Beside<'_>) -> Vec<u8> {
    let mut out = open_list(items, next, page, beside);
    out.push(b'}');
    out
}

/// The same of several upstreams, with what became of each.
pub(super) fn list_of_several(
    items: &[u8],
    next: Option<&str>,
    page: &Page,
    warnings: &[Told],
    upstreams: &[AtUpstream<'_>],
) -> Vec<u8> {
    let beside = Beside {
        warnings,
        native: &[],
    };
    let mut out = open_list(items, next, page, beside);
    out.extend_from_slice(b",\"upstreams\":[");
    for (at, upstream) in upstreams.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        push_upstream(&mut out, upstream);
    }
    out.extend_from_slice(b"]}");
    out
}

fn push_upstream(out: &mut Vec<u8>, upstream: &AtUpstream<'_>) {
    out.extend_from_slice(b"{\"name\":");
    write::string(out, upstream.name.as_bytes(), false);
    out.extend_from_slice(b",\"outcome\":");
    write::string(out, upstream.outcome.as_bytes(), false);
    if let Some(status) = upstream.status {
        out.extend_from_slice(b",\"status\":");
        out.extend_from_slice(status.to_string().as_bytes());
    }
    if let Some(problem) = upstream.problem {
        out.extend_from_slice(b",\"code\":");
        write::string(out, problem.code.row().name.as_bytes(), false);
        out.extend_from_slice(b",\"problem\":");
        out.extend_from_slice(&problem.document(""));
    }
    if !upstream.native.is_empty() {
        out.push(b',');
        push_native(out, upstream.native);
    }
    out.push(b'}');
}

fn open_list(items: &[u8], next: Option<&str>, page: &Page, beside: Beside<'_>) -> Vec<u8> {
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
    if !beside.is_empty() {
        out.push(b',');
        beside.push(&mut out);
    }
    out
}

fn push_native(out: &mut Vec<u8>, native: &[(String, String)]) {
    out.extend_from_slice(b"\"native\":{");
    for (at, (place, text)) in native.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write::string(out, place.as_bytes(), false);
        out.push(b':');
        write::string(out, text.as_bytes(), false);
    }
    out.push(b'}');
}

fn push_warnings(out: &mut Vec<u8>, warnings: &[Told]) {
    out.extend_from_slice(b"\"warnings\":[");
    for (at, warning) in warnings.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"code\":");
        write::string(out, warning.code.as_bytes(), false);
        if let Some(upstream) = &warning.upstream {
            out.extend_from_slice(b",\"upstream\":");
            write::string(out, upstream.as_bytes(), false);
        }
        if !warning.detail.is_empty() {
            out.extend_from_slice(b",\"detail\":");
            write::string(out, warning.detail.as_bytes(), false);
        }
        if let Some(pointer) = &warning.pointer {
            out.extend_from_slice(b",\"pointer\":");
            write::string(out, without_cards(pointer).as_bytes(), false);
        }
        if let Some(count) = warning.count {
            out.extend_from_slice(b",\"count\":");
            out.extend_from_slice(count.to_string().as_bytes());
        }
        if let Some(problem) = &warning.problem {
            out.extend_from_slice(b",\"problem\":");
            out.extend_from_slice(&problem.document(""));
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
            count: None,
            upstream: None,
            problem: None,
        }
    }

    const TOLD: &str =
        r#""warnings":[{"code":"saved-with-warning","detail":"no \"street\"","pointer":"/a"}]"#;

    fn beside(warnings: &[Told]) -> Beside<'_> {
        Beside {
            warnings,
            native: &[],
        }
    }

    #[test]
    fn native_values_stand_behind_warnings() {
        let native = [("/a/@b".to_owned(), "x\"y".to_owned())];
        let both = |warnings| Beside {
            warnings,
            native: &native,
        };
        let told = r#""native":{"/a/@b":"x\"y"}"#;
        let warnings = [warning()];
        let written = |beside| String::from_utf8(with(b"{}".to_vec(), beside)).unwrap();
        assert_eq!(written(both(&[])), ["{", told, "}"].concat());
        assert_eq!(
            written(both(&warnings)),
            ["{", TOLD, ",", told, "}"].concat()
        );
    }

    fn warned(resource: &str, warnings: &[Told]) -> String {
        String::from_utf8(with(resource.as_bytes().to_vec(), beside(warnings))).unwrap()
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
        let written = list(b"[1,2]", Some("bmV4dA"), &page, beside(&[warning()]));
        let expected = [
            r#"{"items":[1,2],"page":{"next":"bmV4dA","more":true,"total":7},"#,
            TOLD,
            "}",
        ]
        .concat();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
        assert_eq!(
            list(b"[]", None, &Page::default(), beside(&[])),
            br#"{"items":[],"page":{}}"#
        );
    }
}
