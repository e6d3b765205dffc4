//! A plan seen from its documents: which node is which place, and which rules it belongs to.

mod tags;

use std::collections::{BTreeMap, BTreeSet};

use crate::mapping::plan::{
    Cond, Entries, Fan, Input, Inputs, Layout, NONE, NodeKind, Op, Plan, Program, SlotRef, Take,
    Value, Wire,
};

/// Both sides of a plan.
#[derive(Debug)]
pub struct Atlas<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// The canonical side.
    pub canonical: Side<'p>,
    /// The native side.
    pub native: Side<'p>,
    /// Rules with the rules that their guards look at.
    pub guards: BTreeMap<u16, BTreeSet<u16>>,
    /// What stands for the tags of unions.
    pub unions: BTreeSet<u16>,
}

/// One side of a plan.
#[derive(Debug)]
pub struct Side<'p> {
    /// Its layout.
    pub layout: &'p Layout,
    /// What the rules say of each node.
    pub facts: Vec<Facts>,
    /// Nodes that a program writes as constants, or that accept one value only.
    pub constants: BTreeSet<u16>,
    /// Of each node the kind of record that its slots are in: the root, or the node of an item.
    owners: Vec<u16>,
    slots: BTreeMap<(u16, u16), u16>,
}

/// What the rules say of one node.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    /// The rules that carry it.
    pub rules: BTreeSet<u16>,
    /// The chains that it goes through, with its column among the places of its side.
    pub chains: Vec<(u16, usize)>,
    /// Texts that tell cells of a list apart, or that entries must not have as names.
    pub literals: BTreeSet<String>,
    /// Texts that tell alternatives of a union apart.
    pub choices: BTreeSet<String>,
    /// A member of the item of a list that tells cells apart.
    pub tested: bool,
    /// The view forbids it.
    pub forbidden: bool,
    /// A further place of a value.
    pub also: bool,
    /// The message never holds it.
    pub silent: bool,
    /// The check of what is written here.
    pub written: Option<u16>,
    /// The canonical values of this place are of this format.
    pub partner: Option<u16>,
    /// It takes this value when it is absent.
    pub default: Option<String>,
    /// Its list has several cells.
    pub divided: bool,
    /// Canonical: it must have this value if it is given.
    pub fixed: Option<String>,
    /// Canonical: the chains that its values go through alone, with the checks of what they make.
    pub written_by: Vec<(u16, u16)>,
    /// Canonical: what each rule makes of it.
    pub ways: Vec<Way>,
}

/// What one rule makes of a canonical value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The rule.
    pub rule: u16,
    /// Its chain, if it has one.
    pub chain: u16,
    /// The value's column among the places of the rule.
    pub column: usize,
    /// The rule makes what it writes of this value alone.
    pub alone: bool,
    /// The check of what is written.
    pub check: u16,
}

impl<'p> Atlas<'p> {
    /// Looks at a plan.
    #[must_use]
    pub fn new(plan: &'p Plan) -> Self {
        let mut atlas = Self {
            plan,
            canonical: Side::new(&plan.canonical),
            native: Side::new(&plan.native),
            guards: BTreeMap::new(),
            unions: BTreeSet::new(),
        };
        let reading = registers(&plan.read, &atlas.native);
        let writing = registers(&plan.write, &atlas.canonical);
        atlas.divide(&reading, &writing);
        for (block, value) in values(&plan.read) {
            atlas.read_value(block, value, &reading);
        }
        for (_, value) in values(&plan.write) {
            let mut watched = Vec::new();
            if let Some(cond) = value.when {
                conditioned(&plan.write, cond, 0, &mut watched, 0);
            }
            let rules = watched.iter().map(|(_, value)| value.rule);
            atlas.guards.entry(value.rule).or_default().extend(rules);
        }
        for (_, op) in blocks(&plan.write) {
            if let Op::Each { each } = op
                && let Some(each) = plan.write.eaches.get(wide(each))
                && let Some((case, _)) = each.case
            {
                let mut watched = Vec::new();
                conditioned(&plan.write, case, 0, &mut watched, 0);
                let rules = watched.iter().map(|(_, value)| value.rule);
                atlas.guards.entry(each.rule).or_default().extend(rules);
            }
        }
        for (block, value) in values(&plan.write) {
            atlas.write_value(block, value, &reading, &writing);
        }
        atlas.lists(&reading, &writing);
        atlas.unions(&reading, &writing);
        atlas.constants(&writing);
        for (block, place) in &plan.write.forbidden {
            if let Some(node) = atlas.native.resolve(&reading, *block, *place) {
                atlas.native.mark_forbidden(node);
            }
        }
        atlas
    }

    /// The canonical side, or the native one.
    #[must_use]
    pub const fn side(&self, canonical: bool) -> &Side<'p> {
        if canonical {
            &self.canonical
        } else {
            &self.native
        }
    }

    fn divide(&mut self, reading: &Registers, writing: &Registers) {
        for (program, side, registers) in [
            (&self.plan.read, &mut self.native, reading),
            (&self.plan.write, &mut self.canonical, writing),
        ] {
            for (number, block) in program.blocks.iter().enumerate() {
                let block_index = narrow(number);
                let splits = program
                    .splits
                    .get(wide(block.splits.0)..wide(block.splits.1))
                    .unwrap_or_default();
                for split in splits {
                    let Some(list) = side.resolve(registers, block_index, split.list) else {
                        continue;
                    };
                    let item = side.item(list);
                    if let Some(facts) = side.facts.get_mut(usize::from(list)) {
                        facts.divided = true;
                    }
                    for test in split.cells.iter().flat_map(|cell| &cell.tests) {
                        let node = side.slots.get(&(item, test.slot)).copied();
                        if let Some(facts) =
                            node.and_then(|node| side.facts.get_mut(usize::from(node)))
                        {
                            facts.tested = true;
                            facts.literals.insert(text(test.literal.bytes()));
                        }
                    }
                }
            }
        }
    }

    fn read_value(&mut self, block: u32, value: &Value, registers: &Registers) {
        let mut first = true;
        for (column, input) in inputs(value).iter().enumerate() {
            let Input::Slot(place) = *input else { continue };
            let Some(node) = self.native.resolve(registers, block, place) else {
                continue;
            };
            self.native.carry(node, value.rule, value.chain, column);
            if first && let Some(facts) = self.native.facts.get_mut(usize::from(node)) {
                facts.default = value.default.map(|lit| text(self.plan.lit(lit)));
            }
            first = false;
        }
        for (input, chain) in &value.also {
            if let Input::Slot(place) = *input
                && let Some(node) = self.native.resolve(registers, block, place)
            {
                self.native.carry(node, value.rule, *chain, 0);
                if let Some(facts) = self.native.facts.get_mut(usize::from(node)) {
                    facts.also = true;
                }
            }
        }
    }

    fn write_value(&mut self, block: u32, value: &Value, reading: &Registers, writing: &Registers) {
        let mut partner = None;
        for (column, input) in inputs(value).iter().enumerate() {
            let Input::Slot(place) = *input else { continue };
            let Some(node) = self.canonical.resolve(writing, block, place) else {
                continue;
            };
            partner = partner.or(Some(node));
            self.canonical.carry(node, value.rule, value.chain, column);
            if let Some(facts) = self.canonical.facts.get_mut(usize::from(node)) {
                facts.ways.push(Way {
                    rule: value.rule,
                    chain: value.chain,
                    column,
                    alone: matches!(value.inputs, Inputs::One(_)),
                    check: value.check,
                });
            }
            if let (Inputs::One(_), Some(facts)) = (
                &value.inputs,
                self.canonical.facts.get_mut(usize::from(node)),
            ) {
                facts.written_by.push((value.chain, value.check));
            }
            if column < 8
                && value.silent >> column & 1 == 1
                && let Some(facts) = self.canonical.facts.get_mut(usize::from(node))
            {
                facts.silent = true;
            }
            let read = value.reads.get(column).copied().map(wide);
            let read = read.and_then(|index| self.plan.read.values.get(index));
            if let Some(default) = read.and_then(|read| read.default)
                && let Some(facts) = self.canonical.facts.get_mut(usize::from(node))
            {
                facts.default = Some(text(self.plan.lit(default)));
            }
        }
        if let Some(place) = value.base
            && let Some(node) = self.native.resolve(reading, block, place)
        {
            self.native
                .carry(node, value.rule, value.chain, usize::from(value.column));
            if let Some(facts) = self.native.facts.get_mut(usize::from(node)) {
                facts.partner = facts.partner.or(partner);
                facts.written = (value.check != NONE).then_some(value.check);
            }
        }
    }

    /// Lists and maps belong to the rule that runs over them.
    fn lists(&mut self, reading: &Registers, writing: &Registers) {
        for (block, op) in blocks(&self.plan.write) {
            match op {
                Op::Each { each } => {
                    let Some(each) = self.plan.write.eaches.get(wide(each)) else {
                        continue;
                    };
                    if let Some(node) = self.canonical.resolve(writing, block, each.list) {
                        self.canonical.carry(node, each.rule, NONE, 0);
                        if let Some(facts) = self.canonical.facts.get_mut(usize::from(node)) {
                            // Aligned by key: new items stand behind those that the base has.
                            facts.divided |= each.key.is_some();
                        }
                    }
                    if let Some((place, ..)) = each.base
                        && let Some(node) = self.native.resolve(reading, block, place)
                    {
                        self.native.carry(node, each.rule, NONE, 0);
                    }
                }
                Op::Entries { entries } => {
                    let Some(entries) = self.plan.write.entries.get(wide(entries)) else {
                        continue;
                    };
                    self.entries(block, entries, reading, writing);
                }
                _ => {}
            }
        }
    }

    /// Places with one value: by the schema, or because the mapping assumes it.
    fn constants(&mut self, writing: &Registers) {
        for side in [&mut self.canonical, &mut self.native] {
            for (index, node) in side.layout.nodes.iter().enumerate() {
                let check = self.plan.checks.get(usize::from(node.detail));
                let one = check.is_some_and(|check| check.values.len() == 1);
                if node.kind == NodeKind::Leaf && one {
                    side.constants.insert(u16::try_from(index).unwrap_or(NONE));
                }
            }
        }
        for (block, op) in blocks(&self.plan.write) {
            if let Op::Fixed { value, lit } = op
                && let Some(value) = self.plan.write.values.get(wide(value))
                && let Some(Input::Slot(place)) = inputs(value).first()
                && let Some(node) = self.canonical.resolve(writing, block, *place)
            {
                self.canonical.constants.insert(node);
                if let Some(facts) = self.canonical.facts.get_mut(usize::from(node)) {
                    facts.fixed = Some(text(self.plan.lit(lit)));
                }
            }
        }
    }

    fn entries(&mut self, block: u32, entries: &Entries, reading: &Registers, writing: &Registers) {
        if let Some(node) = self.canonical.resolve(writing, block, entries.list) {
            self.canonical.carry(node, entries.rule, NONE, 0);
            let item = self.canonical.item(node);
            self.canonical.carry(item, entries.rule, NONE, 0);
            if let Some(facts) = self.canonical.facts.get_mut(usize::from(node)) {
                let claimed = entries.claimed.iter();
                facts
                    .literals
                    .extend(claimed.map(|(lit, _)| text(self.plan.lit(*lit))));
            }
        }
        let Some((place, _, slots)) = entries.base else {
            return;
        };
        if let Some(node) = self.native.resolve(reading, block, place) {
            self.native.carry(node, entries.rule, NONE, 0);
            let item = self.native.item(node);
            for slot in [slots.0, slots.1] {
                if let Some(node) = self.native.slots.get(&(item, slot)).copied() {
                    self.native.carry(node, entries.rule, NONE, 0);
                }
            }
        }
    }

    /// True if a chain may write another text than it read.
    #[must_use]
    pub fn normalises(&self, chain: u16) -> bool {
        use crate::mapping::convert::Law;
        self.plan
            .chains
            .get(usize::from(chain))
            .is_some_and(|chain| {
                chain.lossy
                    || chain.steps.iter().any(|step| step.law() != Law::Exact)
                    || matches!(&chain.fan, Some(Fan::Table(table)) if table.law() != Law::Exact)
                    || chain.join.is_some()
            })
    }
}

impl<'p> Side<'p> {
    fn new(layout: &'p Layout) -> Self {
        let mut side = Self {
            layout,
            facts: vec![Facts::default(); layout.nodes.len()],
            constants: BTreeSet::new(),
            owners: Vec::new(),
            slots: BTreeMap::new(),
        };
        for index in 0..layout.nodes.len() {
            let index = u16::try_from(index).unwrap_or(NONE);
            let owner = side.owner_of(index);
            side.owners.push(owner);
            if let Some(node) = layout.nodes.get(usize::from(index))
                && node.slot != NONE
            {
                side.slots.insert((owner, node.slot), index);
            }
        }
        side
    }

    /// The node whose record holds the slots of this one.
    fn owner_of(&self, node: u16) -> u16 {
        let mut at = node;
        for _ in 0..=self.layout.nodes.len() {
            let Some(found) = self.layout.nodes.get(usize::from(at)) else {
                return 0;
            };
            let parent = self.layout.nodes.get(usize::from(found.parent));
            let is_item = parent.is_some_and(|parent| parent.item == at);
            if at == 0 || is_item {
                return at;
            }
            at = found.parent;
        }
        0
    }

    /// The node whose record holds the slots of this one.
    #[must_use]
    pub fn owner(&self, node: u16) -> u16 {
        self.owners.get(usize::from(node)).copied().unwrap_or(0)
    }

    /// The node of the items of a list or map.
    #[must_use]
    pub fn item(&self, list: u16) -> u16 {
        self.layout
            .nodes
            .get(usize::from(list))
            .map_or(NONE, |node| node.item)
    }

    /// What the rules say of a node.
    #[must_use]
    pub fn facts(&self, node: u16) -> Option<&Facts> {
        self.facts.get(usize::from(node))
    }

    pub(super) fn resolve(&self, registers: &Registers, block: u32, place: SlotRef) -> Option<u16> {
        let owner = registers.get(&(block, place.register))?;
        self.slots.get(&(*owner, place.slot)).copied()
    }

    pub(super) fn carry(&mut self, node: u16, rule: u16, chain: u16, column: usize) {
        if let Some(facts) = self.facts.get_mut(usize::from(node)) {
            if rule != NONE {
                facts.rules.insert(rule);
            }
            if chain != NONE && !facts.chains.contains(&(chain, column)) {
                facts.chains.push((chain, column));
            }
        }
    }

    fn mark_forbidden(&mut self, node: u16) {
        for index in 0..self.facts.len() {
            let index = u16::try_from(index).unwrap_or(NONE);
            if self.is_within(index, node)
                && let Some(facts) = self.facts.get_mut(usize::from(index))
            {
                facts.forbidden = true;
            }
        }
    }

    /// True if a node is another one or below it.
    #[must_use]
    pub fn is_within(&self, node: u16, above: u16) -> bool {
        let mut at = node;
        for _ in 0..=self.layout.nodes.len() {
            if at == above {
                return true;
            }
            match self.layout.nodes.get(usize::from(at)) {
                Some(found) if found.parent != at => at = found.parent,
                _ => return false,
            }
        }
        false
    }

    /// The member of this name of an object's node.
    #[must_use]
    pub fn child(&self, node: u16, name: &str, attribute: bool) -> Option<u16> {
        let node = self.layout.nodes.get(usize::from(node))?;
        let edges = self
            .layout
            .edges
            .get(wide(node.edges.0)..wide(node.edges.1))?;
        let attribute = attribute && self.layout.wire == Wire::Xml;
        edges
            .iter()
            .find(|edge| edge.attribute == attribute && edge.name.bytes() == name.as_bytes())
            .map(|edge| edge.node)
    }
}

/// The record that each register of each block is of, as the node that owns its slots.
pub(super) type Registers = BTreeMap<(u32, u8), u16>;

fn registers(program: &Program, side: &Side<'_>) -> Registers {
    let mut registers = Registers::new();
    registers.insert((0, 0), 0);
    // Blocks are made from outside to inside, but a selector may stand below another: go on until nothing is new.
    for _ in 0..8 {
        let before = registers.len();
        for (number, block) in program.blocks.iter().enumerate() {
            let index = narrow(number);
            let splits = program
                .splits
                .get(wide(block.splits.0)..wide(block.splits.1))
                .unwrap_or_default();
            for split in splits {
                let Some(list) = side.resolve(&registers, index, split.list) else {
                    continue;
                };
                for cell in &split.cells {
                    if let Take::One(register) | Take::At(_, register) = cell.take {
                        registers.insert((index, register), side.item(list));
                    }
                }
            }
        }
        for (block, op) in blocks(program) {
            if let Op::Each { each } = op
                && let Some(each) = program.eaches.get(wide(each))
                && let Some(list) = side.resolve(&registers, block, each.list)
            {
                registers.insert((each.block, 0), side.item(list));
            }
        }
        if registers.len() == before {
            break;
        }
    }
    registers
}

/// Every operation with the block that it is in.
fn blocks(program: &Program) -> Vec<(u32, Op)> {
    let mut all = Vec::new();
    for (number, block) in program.blocks.iter().enumerate() {
        let ops = program
            .ops
            .get(wide(block.ops.0)..wide(block.ops.1))
            .unwrap_or_default();
        all.extend(ops.iter().map(|op| (narrow(number), *op)));
    }
    all
}

/// Every value that is written, with the block that writes it.
fn values(program: &Program) -> Vec<(u32, &Value)> {
    let mut all = Vec::new();
    for (block, op) in blocks(program) {
        let value = match op {
            Op::Value { value, .. } => Some(value),
            Op::When { cond, .. } => {
                conditioned(program, cond, block, &mut all, 0);
                None
            }
            _ => None,
        };
        if let Some(found) = value.and_then(|value| program.values.get(wide(value))) {
            all.push((block, found));
            if let Some(cond) = found.when {
                conditioned(program, cond, block, &mut all, 0);
            }
        }
    }
    all
}

pub(super) fn conditioned<'p>(
    program: &'p Program,
    cond: u32,
    block: u32,
    all: &mut Vec<(u32, &'p Value)>,
    depth: usize,
) {
    let Some(cond) = program.conds.get(wide(cond)).filter(|_| depth < 16) else {
        return;
    };
    let deeper = depth.saturating_add(1);
    match cond {
        Cond::All(parts) | Cond::Any(parts) => {
            for part in parts {
                conditioned(program, *part, block, all, deeper);
            }
        }
        Cond::Not(inner) => conditioned(program, *inner, block, all, deeper),
        Cond::Present(value) | Cond::In(value, _) => {
            all.extend(program.values.get(wide(*value)).map(|value| (block, value)));
        }
        Cond::Exists(_) | Cond::Always(_) => {}
    }
}

/// The inputs of a value.
fn inputs(value: &Value) -> &[Input] {
    match &value.inputs {
        Inputs::One(input) => std::slice::from_ref(input),
        Inputs::Many(inputs) => inputs,
    }
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn wide(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

pub(super) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
