//! Lists.

use super::layers::{each, flag, texts, xml, xml_name};
use super::reader::{Pending, Reader};
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::yaml::Node;
use crate::model::shape::List;

// === impl Reader ===

impl<'a> Reader<'a> {
    /// Reads a list, with the place that names its key.
    pub(super) fn list(
        &mut self,
        pending: &Pending<'a>,
        flat: &[&'a Node],
    ) -> (List, Option<Span>) {
        let items: Vec<&Node> = each(flat, "items").collect();
        let item = if items.is_empty() {
            self.any()
        } else {
            self.shape_of(&items, format!("{}[]", pending.name), None)
        };
        let wrapped = xml(flat, "wrapped") == Some("true");
        let own = xml(&items, "name");
        let item_wire = match own {
            Some(own) => Some(xml_name(&items, own)),
            None if wrapped => {
                let flat = self.flat(&items);
                xml(&flat, "name").map(|name| xml_name(&flat, name))
            }
            None => None,
        };
        let (min_items, max_items) = self.counts(flat, "minItems", "maxItems");
        let key = self.list_key(flat);
        let list = List {
            item,
            item_wire: item_wire.or_else(|| pending.wire.clone()),
            wrapped,
            one_or_many: flag(flat, "x-one-or-many"),
            key: key.map(|(name, _)| name.into()),
            min_items,
            max_items,
        };
        (list, key.map(|(_, span)| span))
    }

    fn list_key(&mut self, flat: &[&'a Node]) -> Option<(&'a str, Span)> {
        let keyed = each(flat, "x-list-type").last();
        let names = each(flat, "x-list-map-keys").last();
        let (keyed, names) = match (keyed, names) {
            (Some(keyed), Some(names)) => (keyed, names),
            (Some(lone), None) | (None, Some(lone)) => {
                let message = "`x-list-type: map` and `x-list-map-keys` stand together";
                let help = "write `x-list-type: map` and `x-list-map-keys: [member]`";
                self.faults
                    .push(Diagnostic::new(Code::S012, lone.span, message).help(help));
                return None;
            }
            (None, None) => return None,
        };
        let mut found = texts(names);
        let first = found.next()?;
        if found.next().is_some() {
            let fault = Diagnostic::new(Code::S012, names.span, "the list has several keys");
            let fault = fault.help("name the one member that tells items apart");
            self.faults
                .push(fault.note(keyed.span, "a list of this type has one key"));
        }
        Some((&first.text, names.span))
    }
}
