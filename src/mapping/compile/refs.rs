//! Places of a scope as registers and slots of captured records.

use super::layout::Mapped;
use super::place::{Place, Step, StepKind, Test};
use crate::mapping::plan::{Cell, NONE, Name, SlotRef, Split, Take, Test as SlotTest};

/// One side of a scope: which registers its selectors need, and how its lists divide.
pub(crate) struct Frame<'m> {
    pub(crate) mapped: &'m Mapped,
    root: u16,
    registers: u8,
    splits: Vec<Division>,
}

/// A place in a captured record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) register: u8,
    pub(crate) node: u16,
}

/// A cell of a list that is taken whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) list: SlotRef,
    pub(crate) node: u16,
    division: usize,
    cell: u8,
}

struct Division {
    list: SlotRef,
    /// The node of its items.
    item: u16,
    kind: u16,
    cells: Vec<(Vec<Test>, Take)>,
    rest: Option<u8>,
}

/// Stands for the HTTP status, which is in no record.
pub(crate) const STATUS_SLOT: SlotRef = SlotRef {
    register: u8::MAX,
    slot: NONE,
};

/// The number of the cell of remaining items.
const REST: u8 = u8::MAX;

impl<'m> Frame<'m> {
    pub(crate) fn new(mapped: &'m Mapped, root: u16) -> Self {
        Self {
            mapped,
            root,
            registers: 1,
            splits: Vec::new(),
        }
    }

    /// Follows steps from the scope's root; `None` where the document at hand lacks the place.
    pub(crate) fn walk(&mut self, steps: &[Step]) -> Option<At> {
        let mut at = At {
            register: 0,
            node: self.root,
        };
        for step in steps {
            at = match &step.kind {
                StepKind::Member(index) => At {
                    node: self.mapped.child(at.node, *index)?,
                    ..at
                },
                StepKind::Select(tests) => self.select(at, tests.clone(), None)?,
                StepKind::Index(index) => self.select(at, Vec::new(), Some(*index))?,
                StepKind::Status => return None,
            };
        }
        Some(at)
    }

    /// The slot of a place.
    pub(crate) fn slot(&mut self, place: &Place) -> Option<SlotRef> {
        if place.is_status() {
            return Some(STATUS_SLOT);
        }
        let at = self.walk(&place.steps)?;
        self.slot_at(at)
    }

    pub(crate) fn slot_at(&self, at: At) -> Option<SlotRef> {
        let slot = self.mapped.node(at.node)?.slot;
        (slot != NONE).then_some(SlotRef {
            register: at.register,
            slot,
        })
    }

    fn select(&mut self, at: At, tests: Vec<Test>, index: Option<u32>) -> Option<At> {
        let list = self.slot_at(at)?;
        let node = self.mapped.node(at.node)?;
        let item = node.item;
        let division = self.division(list, at.node);
        let found = self
            .splits
            .get(division)?
            .cells
            .iter()
            .find_map(|(of, take)| match take {
                Take::One(register) if index.is_none() && *of == tests => Some(*register),
                Take::At(position, register) if index == Some(*position) => Some(*register),
                Take::One(_) | Take::At(..) | Take::Many => None,
            });
        let register = match found {
            Some(register) => register,
            None => {
                let register = self.registers;
                self.registers = self.registers.checked_add(1)?;
                let take =
                    index.map_or(Take::One(register), |position| Take::At(position, register));
                self.splits.get_mut(division)?.cells.push((tests, take));
                register
            }
        };
        Some(At {
            register,
            node: item,
        })
    }

    fn division(&mut self, list: SlotRef, node: u16) -> usize {
        if let Some(index) = self
            .splits
            .iter()
            .position(|division| division.list == list)
        {
            return index;
        }
        let (kind, item) = self
            .mapped
            .node(node)
            .map_or((NONE, NONE), |node| (node.detail, node.item));
        self.splits.push(Division {
            list,
            item,
            kind,
            cells: Vec::new(),
            rest: None,
        });
        self.splits.len().saturating_sub(1)
    }

    /// Takes all items of a cell.
    pub(crate) fn many(&mut self, place: &Place, tests: &[Test]) -> Option<Taken> {
        let at = self.walk(&place.steps)?;
        let list = self.slot_at(at)?;
        let division = self.division(list, at.node);
        let cells = &mut self.splits.get_mut(division)?.cells;
        let cell = u8::try_from(cells.len()).ok()?;
        cells.push((tests.to_vec(), Take::Many));
        Some(Taken {
            list,
            node: at.node,
            division,
            cell,
        })
    }

    /// Takes the items that no other cell takes, or the members of a map.
    pub(crate) fn rest(&mut self, place: &Place) -> Option<Taken> {
        let at = self.walk(&place.steps)?;
        let list = self.slot_at(at)?;
        let node = self.mapped.node(at.node)?;
        if node.kind == crate::mapping::plan::NodeKind::Map {
            return Some(Taken {
                list,
                node: at.node,
                division: usize::MAX,
                cell: REST,
            });
        }
        let division = self.division(list, at.node);
        self.splits.get_mut(division)?.rest = Some(REST);
        Some(Taken {
            list,
            node: at.node,
            division,
            cell: REST,
        })
    }

    /// The cell of what was taken, once every rule of the scope is known; `None` if its list is not divided.
    pub(crate) fn cell(&self, taken: Taken) -> Option<u8> {
        let division = self.splits.get(taken.division)?;
        (!division.is_trivial()).then_some(taken.cell)
    }

    /// The selectors of other rules on the list: names that an entry must not have.
    pub(crate) fn claims(&self, taken: Taken) -> Vec<Test> {
        let tests = self
            .splits
            .get(taken.division)
            .into_iter()
            .flat_map(|division| &division.cells)
            .filter_map(|(tests, _)| tests.first().cloned());
        tests.collect()
    }

    pub(crate) fn registers(&self) -> u8 {
        self.registers
    }

    /// The divisions that are needed, as splits of a program.
    pub(crate) fn splits(&self) -> Vec<Split> {
        self.splits
            .iter()
            .filter(|division| !division.is_trivial())
            .map(|division| Split {
                list: division.list,
                kind: division.kind,
                cells: division
                    .cells
                    .iter()
                    .map(|(tests, take)| Cell {
                        tests: self.slot_tests(division, tests),
                        take: *take,
                    })
                    .collect(),
                rest: division.rest,
            })
            .collect()
    }

    fn slot_tests(&self, division: &Division, tests: &[Test]) -> Vec<SlotTest> {
        tests
            .iter()
            .filter_map(|test| {
                let mut node = division.item;
                for step in &test.members {
                    let StepKind::Member(index) = step.kind else {
                        return None;
                    };
                    node = self.mapped.child(node, index)?;
                }
                let slot = self.mapped.node(node)?.slot;
                Some(SlotTest {
                    slot,
                    no_case: test.no_case,
                    literal: Name::new(test.literal.as_bytes()),
                })
            })
            .collect()
    }
}

impl Division {
    /// One cell with every item needs no division.
    fn is_trivial(&self) -> bool {
        self.rest.is_none()
            && matches!(self.cells.as_slice(), [(tests, Take::Many)] if tests.is_empty())
    }
}
