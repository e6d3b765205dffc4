//! How a document is written from captured slots: a template in the target's order.

use super::{Chain, Check, Fan, Name};
use crate::mapping::convert::Joined;
use crate::model::shape::Sensitivity;

/// A literal of the plan's pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lit {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last.
    pub end: u32,
    /// It begins with what separates a member from the one in front of it, and is left out behind none.
    pub separated: bool,
}

/// A slot of a record that a register of the running block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlotRef {
    /// Register; 0 is the record that the block runs over.
    pub register: u8,
    /// Slot in that record.
    pub slot: u16,
}

/// The template of one direction.
#[derive(Debug, Default)]
pub struct Program {
    /// Blocks; the root's is the first.
    pub blocks: Vec<Block>,
    /// Operations of all blocks; an operation that encloses others says where they end.
    pub ops: Vec<Op>,
    /// Values that operations and conditions name.
    pub values: Vec<Value>,
    /// Divisions of lists.
    pub splits: Vec<Split>,
    /// Conditions.
    pub conds: Vec<Cond>,
    /// Objects' rules.
    pub objects: Vec<Object>,
    /// Lists.
    pub eaches: Vec<Each>,
    /// Maps.
    pub entries: Vec<Entries>,
    /// What blocks and entries leave unread.
    pub unread: Vec<Unread>,
    /// Places that a view forbids, by the block whose record they stand in: cut out of a base.
    pub forbidden: Vec<(u32, SlotRef)>,
    /// Tagged unions.
    pub unions: Vec<Union>,
    /// The value that is the HTTP status of an answer (to-native).
    pub status: Option<u32>,
}

/// What runs over one record: the root, or an item of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Block {
    /// First and behind the last of its splits, run before the operations.
    pub splits: (u32, u32),
    /// First and behind the last of its operations.
    pub ops: (u32, u32),
    /// Registers that it needs.
    pub registers: u8,
    /// First and behind the last of what it leaves unread of its records.
    pub unread: (u32, u32),
    /// First and behind the last of its tagged unions.
    pub unions: (u32, u32),
}

/// A tagged union whose tags stand in the records of a block.
#[derive(Debug, Clone)]
pub struct Union {
    /// What stands for its tags.
    pub rule: u16,
    /// Its alternatives, of which one holds.
    pub cases: Box<[Case]>,
    /// Places of the tags: if something stands there, an alternative must hold.
    pub tags: Box<[SlotRef]>,
    /// Places that its alternatives carry: where something stands there, one must hold as well.
    pub places: Box<[SlotRef]>,
}

/// One alternative of a tagged union.
#[derive(Debug, Clone)]
pub struct Case {
    /// When it holds.
    pub cond: u32,
    /// When the base holds it (to-native): a condition of the reading program.
    pub read: u32,
    /// What only others carry: lost where this one holds.
    pub unread: Box<[Unread]>,
}

/// A place of a record that the block which runs over the record does not read, since only other cells of the
/// list or the other direction do: what stands there is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// The place.
    pub place: SlotRef,
    /// The kind of its items' records, if it is a list or map.
    pub items: Option<u16>,
}

/// One step of a template. `bit` is the position among the members of the object that is being written, for
/// its rules on presence; 64 where it has more.
#[derive(Debug, Clone, Copy)]
pub enum Op {
    /// Writes `open`, the value and `close`; nothing if the value is absent.
    Value {
        /// In front, with the member's name.
        open: Lit,
        /// Behind.
        close: Lit,
        /// Index of the value.
        value: u32,
        /// Member's position.
        bit: u8,
    },
    /// An object: undone if nothing in it was written.
    Object {
        /// In front, with the member's name.
        open: Lit,
        /// Behind.
        close: Lit,
        /// Behind the last operation of its attributes (XML; equal to the next operation elsewhere).
        attributes: u32,
        /// Behind its last operation.
        end: u32,
        /// Index of its rules.
        object: u32,
        /// Member's position.
        bit: u8,
    },
    /// A list: undone if no item was written. It encloses the operations of its cells.
    List {
        /// In front.
        open: Lit,
        /// Behind.
        close: Lit,
        /// Behind its last operation.
        end: u32,
        /// Native list (while writing with a base): its slot in the base.
        base: Option<SlotRef>,
        /// Fewest and most items.
        items: (u32, u32),
        /// Member's position.
        bit: u8,
    },
    /// Items made from the items of one cell of a list.
    Each {
        /// Index in [`Program::eaches`].
        each: u32,
    },
    /// Members of a map, or items of a name and value list.
    Entries {
        /// Index in [`Program::entries`].
        entries: u32,
    },
    /// Runs the operations up to `end` only if the condition holds.
    When {
        /// Index of the condition.
        cond: u32,
        /// Behind the last operation.
        end: u32,
    },
    /// A constant, written with its object and never making one.
    Constant {
        /// What is written.
        lit: Lit,
        /// Member's position.
        bit: u8,
    },
    /// Members that only answers have: what a request says of them is not sent, and a loss if it differs from
    /// the base.
    ReadOnly {
        /// Index of the value.
        value: u32,
    },
    /// A value that the view forbids: refused if it is given and differs from the base.
    Forbidden {
        /// Index of the value.
        value: u32,
    },
    /// A value that must equal a constant if it is given (`assume`, to-native).
    Fixed {
        /// Index of the value.
        value: u32,
        /// The constant.
        lit: Lit,
    },
}

/// Rules of an object that is written.
#[derive(Debug, Clone, Default)]
pub struct Object {
    /// Bits of the members that must be present.
    pub required: u64,
    /// Groups of alternatives, of which one must be wholly present.
    pub any_of: Box<[Box<[u64]>]>,
    /// Members that others must accompany: the bit of the one, the bits of the others.
    pub dependents: Box<[(u64, u64)]>,
    /// Fewest and most members.
    pub members: (u32, u32),
    /// Names of the members by their bits, for messages.
    pub names: Box<[Box<str>]>,
    /// Rule that made each member by its bit; [`super::NONE`] for constants.
    pub rules: Box<[u16]>,
    /// The object in the base; of an item of a list, slot 0 of its record.
    pub base: Option<SlotRef>,
    /// To-native: its node in the native layout.
    pub node: u16,
    /// It is made although nothing is written into it where this holds (to-native), and was where the other does
    /// (of the reading program): it tells an alternative from others.
    pub made: Option<(u32, u32)>,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteAs {
    /// A JSON string, or escaped XML text.
    Text,
    /// An escaped XML attribute value.
    Attribute,
    /// A JSON number or boolean.
    Bare,
}

/// Where a value comes from and what is done with it on the way.
#[derive(Debug, Clone)]
pub struct Value {
    /// The rule.
    pub rule: u16,
    /// The inputs of its chain.
    pub inputs: Inputs,
    /// Chain of converters; [`super::NONE`] if the text moves as it is.
    pub chain: u16,
    /// Output of the chain that is meant.
    pub column: u8,
    /// How it is written.
    pub write: WriteAs,
    /// Check of the result; [`super::NONE`] where the source's own check says enough.
    pub check: u16,
    /// The result is an id of the model, which is qualified (to-canonical).
    pub id: bool,
    /// Inputs that are ids, by bits: they are unqualified before anything else (to-native).
    pub ids: u8,
    /// Inputs that the message never holds, by bits: answers-only places of a request (to-native).
    pub silent: u8,
    /// Taken if the value is absent (to-canonical).
    pub default: Option<Lit>,
    /// Counts only where this condition holds.
    pub when: Option<u32>,
    /// The part of the condition that is its alternative of a union: where that does not hold, others count.
    pub case: Option<u32>,
    /// Other places of the same value with chains of their own, in order (`also`).
    pub also: Box<[(Input, u16)]>,
    /// A text that does not convert is a loss rather than a fault.
    pub report_invalid: bool,
    /// First spelling of `true` and of `false` in the target, where they are not `true` and `false`.
    pub spelling: Option<(Lit, Lit)>,
    /// To-native: the values of the read program that say what the base holds, one for each canonical place.
    pub reads: Box<[u32]>,
    /// To-native: the slot of the native place in the base.
    pub base: Option<SlotRef>,
    /// Greatest care that its places need.
    pub sensitivity: Sensitivity,
    /// How short the way from its place is.
    pub way: Way,
    /// It is what `copy` gives to several places, each with a check of its own.
    pub copies: bool,
    /// To-canonical: its place accepts whatever the rows of its table make of a code.
    pub sound: bool,
    /// To-native: the item of a canonical list that its place is in, where a selector names one.
    pub item: Option<Box<OfItem>>,
}

/// An item of a canonical list that a selector names: a patch that gives the list says all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfItem {
    /// The list.
    pub list: SlotRef,
    /// The register of the item.
    pub register: u8,
    /// The native place is in a list itself, which is sent whole.
    pub within: bool,
    /// The native object is none without the value.
    pub required: bool,
    /// The way to the place from the root of the canonical document.
    pub path: Box<[ItemStep]>,
}

/// A member of an item, by the names on the way, and the value that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTest {
    /// The names.
    pub names: Box<[Box<str>]>,
    /// The value.
    pub value: Box<str>,
}

/// A step to a place of a canonical document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemStep {
    /// A member.
    Member(Box<str>),
    /// The first item whose members have these values.
    Where(Box<[ItemTest]>),
    /// The item at a position.
    At(u32),
}

/// How short the way of a value is: what most values need nothing of is decided when the plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// The text of one place moves as it is.
    Direct(SlotRef),
    /// The text of one place goes through a table alone (to-canonical).
    Table(SlotRef),
    /// The text of one place goes through one converter.
    Step(SlotRef),
    /// The text of one place is an id that is qualified (to-canonical).
    Id(SlotRef),
    /// Whatever else its chain says.
    #[default]
    Chain,
}

impl Value {
    /// The places of the source document that it reads first.
    pub(crate) fn places(&self) -> impl Iterator<Item = SlotRef> + '_ {
        let inputs = match &self.inputs {
            Inputs::One(input) => std::slice::from_ref(input),
            Inputs::Many(inputs) => inputs,
        };
        inputs.iter().filter_map(|input| match input {
            Input::Slot(place) => Some(*place),
            Input::Literal(_) | Input::Given(_) | Input::Nothing => None,
        })
    }

    /// Decides its way.
    pub(crate) fn settle(&mut self, chains: &[Chain], checks: &[Check]) {
        let chain = chains.get(usize::from(self.chain));
        let check = checks.get(usize::from(self.check));
        self.sound = chain.is_some_and(|chain| match &chain.fan {
            Some(Fan::Table(table)) => table
                .made_literals(usize::from(self.column))
                .all(|text| check.is_none_or(|check| check.judge_written(text.as_bytes()).is_ok())),
            Some(Fan::Joined(_)) | None => false,
        });
        self.copies = self.reads.len() > 1
            && chain.is_some_and(|chain| {
                chain.steps.is_empty() && matches!(&chain.fan, Some(Fan::Joined(Joined::Copy)))
            });
        let Inputs::One(Input::Slot(place)) = self.inputs else {
            return;
        };
        if self.ids != 0 || !self.also.is_empty() {
            return;
        }
        self.way = match (chain, self.id) {
            (None, false) => Way::Direct(place),
            (None, true) => Way::Id(place),
            (Some(chain), false) if chain.join.is_none() => match (chain.steps.len(), &chain.fan) {
                (0, Some(Fan::Table(_))) => Way::Table(place),
                (1, None) => Way::Step(place),
                _ => Way::Chain,
            },
            (Some(_), _) => Way::Chain,
        };
    }
}

/// Inputs of a value.
#[derive(Debug, Clone)]
pub enum Inputs {
    /// One place.
    One(Input),
    /// Several places, in the rule's order.
    Many(Box<[Input]>),
}

/// One input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A place of the source document.
    Slot(SlotRef),
    /// A literal: a setting's value, fixed when the plan is made.
    Literal(Lit),
    /// A value of the call that is not of the document, by its index in the call's list: 0 is the HTTP status.
    Given(u16),
    /// A place that this shape of document does not have.
    Nothing,
}

/// The division of one list into cells.
#[derive(Debug, Clone)]
pub struct Split {
    /// The list.
    pub list: SlotRef,
    /// Kind of its items' records.
    pub kind: u16,
    /// Its cells, in the order of the file; an item belongs to the first whose tests hold.
    pub cells: Vec<Cell>,
    /// Cell of the items that no other takes (`entries`); without it they are losses.
    pub rest: Option<u8>,
}

/// One cell of a list.
#[derive(Debug, Clone)]
pub struct Cell {
    /// All must hold.
    pub tests: Vec<Test>,
    /// What is done with its items.
    pub take: Take,
}

/// Which items of a cell count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// The first, into this register; further ones are losses.
    One(u8),
    /// The one at this position of the list, into this register.
    At(u32, u8),
    /// All.
    Many,
}

/// A test on an item.
#[derive(Debug, Clone)]
pub struct Test {
    /// Slot in the item's record.
    pub slot: u16,
    /// Compare without case (ASCII).
    pub no_case: bool,
    /// What the text must be.
    pub literal: Name,
}

impl Test {
    /// True if the text is the literal; `ends` are those of [`Name::ends`] for the text.
    #[inline]
    pub(crate) fn holds(&self, text: &[u8], ends: (u64, u64)) -> bool {
        // Mostly a text is the literal as it stands.
        self.literal.is(text, ends)
            || self.no_case && text.eq_ignore_ascii_case(self.literal.bytes())
    }
}

/// A condition over the canonical side.
#[derive(Debug, Clone)]
pub enum Cond {
    /// All hold.
    All(Box<[u32]>),
    /// One holds.
    Any(Box<[u32]>),
    /// The other does not hold.
    Not(u32),
    /// The value is present.
    Present(u32),
    /// The value is one of these.
    In(u32, Box<[Lit]>),
    /// A place of the source document is present, whatever it holds.
    Exists(SlotRef),
    /// Known when the plan was made.
    Always(bool),
}

/// Items of one list from items of another.
#[derive(Debug, Clone)]
pub struct Each {
    /// The source list.
    pub list: SlotRef,
    /// Its cell; `None` if the list is not divided.
    pub cell: Option<u8>,
    /// Kind of its items' records.
    pub kind: u16,
    /// What is run for each item.
    pub block: u32,
    /// The rule.
    pub rule: u16,
    /// To-native with a base: the base's list, its cell, and the block that reads an item.
    pub base: Option<(SlotRef, Option<u8>, u32)>,
    /// Slot of the key in a native item's record.
    pub key: Option<u16>,
    /// The value of the block that writes the key.
    pub key_value: Option<u32>,
    /// An item missing in an update is refused rather than removed.
    pub removal_refused: bool,
    /// To-native: the way to the canonical list from the record around it; last, what its items must hold.
    pub path: Box<[ItemStep]>,
    /// The alternative that it belongs to: its condition here, and that of the reading program.
    pub case: Option<(u32, u32)>,
}

/// Open members.
#[derive(Debug, Clone)]
pub struct Entries {
    /// The source: a map, or a list with the cell of its remaining items.
    pub list: SlotRef,
    /// The cell.
    pub cell: Option<u8>,
    /// The rule.
    pub rule: u16,
    /// Slots of the name and of the value in a source record.
    pub slots: (u16, u16),
    /// Checks of what is written as name and as value; [`super::NONE`] for any text.
    pub checks: (u16, u16),
    /// Literals around an entry: before the name, between name and value, behind.
    pub around: (Lit, Lit, Lit),
    /// Names that other rules claim: refused to-native. True where they compare without case.
    pub claimed: Box<[(Lit, bool)]>,
    /// To-native with a base: the base's list with its cell, and the slots of name and value in its records.
    pub base: Option<(SlotRef, Option<u8>, (u16, u16))>,
    /// Names compare without case when aligned with the base.
    pub no_case: bool,
    /// The source records are items of a list rather than members of a map.
    pub from_list: bool,
    /// Written as members of an object (JSON), rather than as items of a list.
    pub as_members: bool,
    /// Written as elements that have their names (XML).
    pub as_elements: bool,
    /// First and behind the last of what it leaves unread of its records.
    pub unread: (u32, u32),
}
