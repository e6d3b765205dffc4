//! Which slots a side's documents need, from what the rules carry.

mod uses;

use std::collections::BTreeMap;

use crate::codec::xml::expand;
use crate::mapping::plan::{Check, Edge, Layout, LayoutId, NONE, Name, Node, NodeKind, Wire};
use crate::model::shape::{
    Alias, Form, Kind, Member, Scalar, Sensitivity, ShapeId, Shapes, XmlName,
};

pub(crate) use uses::{Of, Use};

/// A layout with the way from members to nodes.
#[derive(Debug)]
pub(crate) struct Mapped {
    pub(crate) layout: Layout,
    children: BTreeMap<(u16, usize), u16>,
}

impl Mapped {
    /// The node of a member.
    pub(crate) fn child(&self, node: u16, member: usize) -> Option<u16> {
        self.children.get(&(node, member)).copied()
    }

    pub(crate) fn node(&self, node: u16) -> Option<&Node> {
        self.layout.nodes.get(usize::from(node))
    }
}

/// Builds the layout of one side.
pub(crate) struct Builder<'b> {
    pub(crate) shapes: &'b Shapes,
    pub(crate) wire: Wire,
    pub(crate) checks: &'b mut Vec<Check>,
    /// Checks of this side by what they are of: a type that stands in many places is checked by one.
    known: BTreeMap<(ShapeId, bool), u16>,
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    widths: Vec<u16>,
    lists: Vec<Vec<(u16, u16)>>,
    children: BTreeMap<(u16, usize), u16>,
    /// The namespace of element names without a prefix at the place that is being added (XML).
    around: Box<str>,
    namespaced: bool,
    prefixes: Vec<(Box<str>, Box<str>)>,
}

impl<'b> Builder<'b> {
    pub(crate) fn new(shapes: &'b Shapes, wire: Wire, checks: &'b mut Vec<Check>) -> Self {
        Self {
            shapes,
            wire,
            checks,
            known: BTreeMap::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            widths: vec![0],
            lists: vec![Vec::new()],
            children: BTreeMap::new(),
            around: Box::default(),
            namespaced: false,
            prefixes: Vec::new(),
        }
    }

    pub(crate) fn build(mut self, root: ShapeId, used: &Use) -> Mapped {
        let shape = self.shapes.get(root);
        let root_name = match shape.root.as_ref().filter(|_| self.wire == Wire::Xml) {
            Some(name) => {
                self.around = name.inside("").into();
                self.name_of(name, "", false)
            }
            None => Name::new(b""),
        };
        self.node(root, Some(used), 0, 0, None);
        Mapped {
            layout: Layout {
                id: LayoutId::unique(),
                wire: self.wire,
                nodes: self.nodes,
                edges: self.edges,
                widths: self.widths,
                lists: self.lists,
                root_name,
                namespaced: self.namespaced,
                prefixes: self.prefixes,
            },
            children: self.children,
        }
    }

    /// The name of an element or attribute on the wire, where names without a prefix are in a namespace.
    fn name_of(&mut self, name: &XmlName, around: &str, attribute: bool) -> Name {
        let namespace = if attribute {
            name.of_attribute()
        } else {
            name.of_element(around)
        };
        self.namespaced |= !namespace.is_empty();
        if let Some(prefix) = &name.prefix
            && self.prefixes.iter().all(|(known, _)| known != prefix)
        {
            self.prefixes.push((prefix.clone(), namespace.into()));
        }
        let mut text = Vec::new();
        expand(&mut text, namespace.as_bytes(), name.local.as_bytes());
        Name::new(&text)
    }

    /// Adds the node of what stands inside an element of a name.
    fn inside(&mut self, name: Option<&XmlName>, add: impl FnOnce(&mut Self) -> u16) -> u16 {
        let around = self.around.clone();
        if let Some(name) = name.filter(|_| self.wire == Wire::Xml) {
            self.around = name.inside(&around).into();
        }
        let node = add(self);
        self.around = around;
        node
    }

    fn slots(&mut self, record: u16, count: u16) -> u16 {
        match self.widths.get_mut(usize::from(record)) {
            Some(width) => {
                let slot = *width;
                *width = width.saturating_add(count);
                slot
            }
            None => NONE,
        }
    }

    fn width(&self, record: u16) -> u16 {
        self.widths.get(usize::from(record)).copied().unwrap_or(0)
    }

    /// Adds the node of a shape and everything below it.
    fn node(
        &mut self,
        shape: ShapeId,
        used: Option<&Use>,
        record: u16,
        parent: u16,
        member: Option<&Member>,
    ) -> u16 {
        let used = used.filter(|used| used.carried);
        let shape = used.and_then(|used| used.shape).unwrap_or(shape);
        let index = u16::try_from(self.nodes.len()).unwrap_or(NONE);
        let from = self.width(record);
        self.nodes.push(blank(parent, member));
        let shapes = self.shapes;
        let kind = &shapes.get(shape).kind;
        match (kind, used) {
            (Kind::Scalar(scalar), used) => self.leaf(index, (shape, scalar), used, record),
            (Kind::Object(object), Some(used)) => match object.open {
                Some(value) if object.members.is_empty() => self.map(index, value, record),
                _ => self.object(index, object, used, record),
            },
            (Kind::List(list), Some(used)) => self.list(index, list, used, record),
            (Kind::Any | Kind::Object(_) | Kind::List(_), _) => {}
        }
        let to = self.width(record);
        if let Some(node) = self.nodes.get_mut(usize::from(index)) {
            node.slots = (from, to);
        }
        index
    }

    fn leaf(
        &mut self,
        index: u16,
        (shape, scalar): (ShapeId, &Scalar),
        used: Option<&Use>,
        record: u16,
    ) {
        let slot = if used.is_some() {
            self.slots(record, 1)
        } else {
            NONE
        };
        let tabled = used.is_some_and(|used| used.tabled);
        let check = self.check(shape, scalar, !tabled);
        if let Some(node) = self.nodes.get_mut(usize::from(index)) {
            node.kind = NodeKind::Leaf;
            node.slot = slot;
            node.detail = check;
            // XML Schema drops the blanks around whatever is no text.
            node.trim = scalar.trim || self.wire == Wire::Xml && scalar.form != Form::Text;
            node.constant = scalar.constant.is_some();
            node.report_invalid = used.is_some_and(|used| used.report_invalid);
        }
    }

    fn check(&mut self, shape: ShapeId, scalar: &Scalar, closed: bool) -> u16 {
        let make = || push_check(self.checks, Check::new(scalar, closed));
        *self.known.entry((shape, closed)).or_insert_with(make)
    }

    fn object(
        &mut self,
        index: u16,
        object: &crate::model::shape::Object,
        used: &Use,
        record: u16,
    ) {
        let slot = self.slots(record, 1);
        let mut edges = Vec::new();
        let mut aliases = Vec::new();
        let mut required = 0_u64;
        for (number, member) in object.members.iter().enumerate() {
            let element = (!member.attribute).then_some(&member.wire);
            let child = self.inside(element, |builder| {
                let used = used.members.get(&number);
                builder.node(member.shape, used, record, index, Some(member))
            });
            self.children.insert((index, number), child);
            let bit = u8::try_from(number).unwrap_or(64).min(64);
            if member.required && bit < 64 {
                required |= 1 << bit;
            }
            edges.push(self.edge(member, child, bit));
            for alias in &member.aliases {
                aliases.push(self.alias(alias, child, bit));
            }
        }
        // Attributes stand first in a start tag; aliases are never expected.
        edges.sort_by_key(|edge| !edge.attribute);
        edges.extend(aliases);
        let from = self.edges.len();
        self.edges.extend(edges);
        let to = self.edges.len();
        let any_of = masks(object);
        if let Some(node) = self.nodes.get_mut(usize::from(index)) {
            node.kind = NodeKind::Object;
            node.slot = slot;
            node.edges = (narrow(from), narrow(to));
            node.required = required;
            node.any_of = any_of;
            node.dependents = dependents(object);
            node.members = (
                object.min_members.unwrap_or(0),
                object.max_members.unwrap_or(u32::MAX),
            );
        }
    }

    fn edge(&mut self, member: &Member, node: u16, bit: u8) -> Edge {
        let xml = self.wire == Wire::Xml;
        let attribute = member.attribute && xml;
        let name = if xml {
            let around = self.around.clone();
            self.name_of(&member.wire, &around, attribute)
        } else {
            Name::new(member.name.as_bytes())
        };
        Edge {
            name,
            node,
            bit,
            attribute,
        }
    }

    fn alias(&mut self, alias: &Alias, node: u16, bit: u8) -> Edge {
        let xml = self.wire == Wire::Xml;
        let attribute = alias.attribute && xml;
        let name = if xml {
            let around = self.around.clone();
            self.name_of(&alias.name, &around, attribute)
        } else {
            Name::new(alias.name.local.as_bytes())
        };
        Edge {
            name,
            node,
            bit,
            attribute,
        }
    }

    fn map(&mut self, index: u16, value: ShapeId, record: u16) {
        let slot = self.slots(record, 2);
        let item_record = self.record(record, slot);
        // Slot 0 of an entry is its name.
        self.slots(item_record, 1);
        let used = Use {
            carried: true,
            ..Use::default()
        };
        let item = self.node(value, Some(&used), item_record, index, None);
        let from = self.edges.len();
        if !self.around.is_empty() {
            let mut name = Vec::new();
            expand(&mut name, self.around.as_bytes(), b"");
            self.edges.push(Edge {
                name: Name::new(&name),
                node: item,
                bit: 64,
                attribute: false,
            });
        }
        let to = self.edges.len();
        if let Some(node) = self.nodes.get_mut(usize::from(index)) {
            node.kind = NodeKind::Map;
            node.slot = slot;
            node.edges = (narrow(from), narrow(to));
            node.detail = item_record;
            node.item = item;
        }
    }

    fn list(&mut self, index: u16, list: &crate::model::shape::List, used: &Use, record: u16) {
        let slot = self.slots(record, 2);
        let item_record = self.record(record, slot);
        let carried = Use {
            carried: true,
            ..Use::default()
        };
        // The items of a list without an element of its own have its name.
        let own = list.wrapped || index == 0;
        let element = list.item_wire.as_ref().filter(|_| own);
        let item = self.inside(element, |builder| {
            let used = used.item.as_deref().unwrap_or(&carried);
            builder.node(list.item, Some(used), item_record, index, None)
        });
        if let Some(node) = self.nodes.get_mut(usize::from(item)) {
            node.name = "[]".into();
        }
        let from = self.edges.len();
        if own {
            let plain = XmlName::plain("item");
            let wire = list.item_wire.as_ref().unwrap_or(&plain);
            let name = match self.wire {
                Wire::Xml => {
                    let around = self.around.clone();
                    self.name_of(wire, &around, false)
                }
                Wire::Json | Wire::Form => Name::new(wire.local.as_bytes()),
            };
            self.edges.push(Edge {
                name,
                node: item,
                bit: 64,
                attribute: false,
            });
        }
        let to = self.edges.len();
        if let Some(node) = self.nodes.get_mut(usize::from(index)) {
            node.kind = NodeKind::List;
            node.slot = slot;
            node.detail = item_record;
            node.item = item;
            node.edges = (narrow(from), narrow(to));
            node.items = (
                list.min_items.unwrap_or(0),
                list.max_items.unwrap_or(u32::MAX),
            );
            node.one_or_many = list.one_or_many;
            // The root of a document is always an element of its own.
            node.wrapped = list.wrapped || index == 0;
        }
    }

    /// A kind of record for the items of the list at a slot of another kind.
    fn record(&mut self, holder: u16, slot: u16) -> u16 {
        let index = u16::try_from(self.widths.len()).unwrap_or(NONE);
        self.widths.push(0);
        self.lists.push(Vec::new());
        if let Some(lists) = self.lists.get_mut(usize::from(holder)) {
            lists.push((slot, index));
        }
        index
    }
}

/// Adds a check.
pub(crate) fn push_check(checks: &mut Vec<Check>, check: Check) -> u16 {
    let index = u16::try_from(checks.len()).unwrap_or(NONE);
    checks.push(check);
    index
}

/// Groups of alternatives of an object as masks of its members.
pub(crate) fn masks(object: &crate::model::shape::Object) -> Box<[Box<[u64]>]> {
    object
        .any_of
        .iter()
        .map(|group| group.iter().map(|names| mask(object, names)).collect())
        .collect()
}

/// Members that others must accompany whatever their value, as masks.
pub(crate) fn dependents(object: &crate::model::shape::Object) -> Box<[(u64, u64)]> {
    object
        .dependents
        .iter()
        .filter(|dependent| dependent.value.is_none())
        .map(|dependent| {
            let member = mask(object, std::slice::from_ref(&dependent.member));
            (member, mask(object, &dependent.needs))
        })
        .collect()
}

fn mask(object: &crate::model::shape::Object, names: &[Box<str>]) -> u64 {
    names
        .iter()
        .filter_map(|name| object.member(name))
        .filter(|(index, _)| *index < 64)
        .fold(0_u64, |mask, (index, _)| mask | 1 << index)
}

fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn blank(parent: u16, member: Option<&Member>) -> Node {
    Node {
        kind: NodeKind::Skip,
        slot: NONE,
        slots: (0, 0),
        edges: (0, 0),
        detail: NONE,
        item: NONE,
        required: 0,
        any_of: Box::default(),
        dependents: Box::default(),
        members: (0, u32::MAX),
        items: (0, u32::MAX),
        one_or_many: false,
        wrapped: false,
        report_invalid: false,
        trim: false,
        constant: false,
        read_only: member.is_some_and(|member| member.read_only),
        sensitivity: member.map_or(Sensitivity::None, |member| member.sensitivity),
        parent,
        name: member.map_or_else(Box::default, |member| member.name.clone()),
    }
}
