//! Members: what their own schema and the one it refers to say together.

use super::layers::{each, text, texts, xml, xml_name};
use super::object::Found;
use super::reader::Reader;
use crate::diag::{Code, Diagnostic};
use crate::mapping::yaml::Node;
use crate::model::shape::{Alias, Member, Sensitivity, XmlName};

/// Lists inside lists that are looked into for sensitivity.
const MAX_LISTS: usize = 8;

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn member(&mut self, found: &Found<'a>, parent: &str) -> Member {
        let name = found.key.text.as_str();
        let flat = self.flat(&found.direct);
        let items: Vec<&Node> = each(&flat, "items").collect();
        let bare = xml(&flat, "wrapped") != Some("true");
        let item_name = xml(&items, "name").filter(|_| bare);
        let local = item_name
            .or_else(|| xml(&found.direct, "name"))
            .unwrap_or(name);
        let mut named = found.direct.clone();
        named.extend(items.iter().filter(|_| bare));
        let wire = xml_name(&named, local);
        let path = format!("{parent}.{name}");
        let shape = self.shape_of(&found.direct, path, Some(wire.clone()));
        let attribute = xml(&found.direct, "attribute") == Some("true");
        self.check_attribute(found, &flat);
        let forbids = each(&flat, "x-forbid-sensitivity").flat_map(texts);
        let mut forbids: Vec<_> = forbids
            .filter_map(|name| Sensitivity::named(&name.text))
            .collect();
        forbids.sort_unstable();
        forbids.dedup();
        Member {
            name: name.into(),
            wire,
            shape,
            required: found.required.is_some(),
            forbidden: found.forbidden,
            read_only: self.only(&flat, "readOnly"),
            write_only: self.only(&flat, "writeOnly"),
            sensitivity: self.sensitivity(&flat, MAX_LISTS),
            forbids,
            attribute,
            aliases: aliases(&found.direct),
            provenance: text(&flat, "x-provenance").map(Into::into),
        }
    }

    /// Tells whether a member is for one message only; a view may not take that back.
    fn only(&mut self, flat: &[&'a Node], keyword: &str) -> bool {
        let mut said = false;
        for node in each(flat, keyword) {
            let new = node.as_scalar().is_some_and(|scalar| scalar.text == "true");
            if said && !new {
                self.wider(node.span, format!("`{keyword}` is said by the base"));
            }
            said |= new;
        }
        said
    }

    /// Gives the greatest care that the member, its items or its members without a name need.
    fn sensitivity(&mut self, flat: &[&'a Node], depth: usize) -> Sensitivity {
        let said = each(flat, "x-sensitivity").filter_map(Node::as_scalar);
        let own = said
            .filter_map(|scalar| Sensitivity::named(&scalar.text))
            .max();
        let mut most = own.unwrap_or_default();
        for keyword in ["items", "additionalProperties"] {
            let below: Vec<&Node> = each(flat, keyword)
                .filter(|node| node.as_map().is_some())
                .collect();
            if let Some(depth) = depth.checked_sub(1)
                && !below.is_empty()
            {
                let below = self.flat(&below);
                most = most.max(self.sensitivity(&below, depth));
            }
        }
        most
    }

    fn check_attribute(&mut self, found: &Found<'a>, flat: &[&'a Node]) {
        let compound = each(flat, "type").filter_map(Node::as_scalar);
        let compound = compound.filter(|kind| matches!(kind.text.as_str(), "object" | "array"));
        let said = each(&found.direct, "xml")
            .filter_map(|node| node.get("attribute"))
            .last();
        if let (Some(node), true) = (said, flag_is(said))
            && compound.count() > 0
        {
            let message = "an attribute holds one value, no object and no list";
            let fault = Diagnostic::new(Code::S006, node.span, message);
            self.faults.push(fault.help("leave `attribute` out"));
        }
    }

    /// Reports members that a document could not tell apart.
    pub(super) fn check_spellings(&mut self, found: &[Found<'a>], members: &[Member]) {
        let mut seen: Vec<(Spelling<'_>, usize)> = Vec::new();
        for (at, member) in members.iter().enumerate() {
            let others = member
                .aliases
                .iter()
                .map(|alias| spelling(&alias.name, alias.attribute));
            for spelled in [spelling(&member.wire, member.attribute)]
                .into_iter()
                .chain(others)
            {
                match seen.iter().find(|(other, _)| *other == spelled) {
                    Some(&(_, first)) if first != at => {
                        self.one_spelling(found.get(at), found.get(first), spelled.0);
                    }
                    _ => seen.push((spelled, at)),
                }
            }
        }
    }

    fn one_spelling(&mut self, second: Option<&Found<'a>>, first: Option<&Found<'a>>, name: &str) {
        let (Some(second), Some(first)) = (second, first) else {
            return;
        };
        let (one, other) = (&first.key.text, &second.key.text);
        let message = format!("`{other}` and `{one}` are both spelled `{name}`");
        let fault = Diagnostic::new(Code::S007, second.key.span, message);
        let fault = fault.help("give one of them another `xml` name or alias");
        self.faults
            .push(fault.note(first.key.span, "the other member"));
    }
}

/// What tells names apart: the local part, the namespace as far as the schema says one, and whether it is an attribute's.
type Spelling<'n> = (&'n str, Option<&'n str>, bool);

fn spelling(name: &XmlName, attribute: bool) -> Spelling<'_> {
    let namespace = if attribute {
        Some(name.of_attribute())
    } else {
        name.namespace.as_deref()
    };
    (&name.local, namespace, attribute)
}

fn flag_is(node: Option<&Node>) -> bool {
    node.and_then(Node::as_scalar)
        .is_some_and(|scalar| scalar.text == "true")
}

fn aliases(direct: &[&Node]) -> Vec<Alias> {
    let listed = each(direct, "x-aliases")
        .last()
        .and_then(Node::as_list)
        .unwrap_or_default();
    let alias = |node: &Node| {
        Some(Alias {
            name: XmlName {
                local: node.get("name")?.as_scalar()?.text.as_str().into(),
                namespace: node
                    .get("namespace")
                    .and_then(Node::as_scalar)
                    .map(|scalar| scalar.text.as_str().into()),
                prefix: None,
            },
            attribute: flag_is(node.get("attribute")),
        })
    };
    listed.iter().filter_map(alias).collect()
}
