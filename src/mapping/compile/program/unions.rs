//! Tagged unions: when each alternative holds, its tags, and what is lost where it does.

use std::collections::BTreeSet;

use super::super::place::Place;
use super::super::scope::{Case, Guard, Rule, RuleKind, exclude};
use super::super::target::To;
use super::literals::{literal, write_as};
use super::values::plain;
use super::{Builder, Context, Scoped, Spot, narrow};
use crate::mapping::ast::CellValue;
use crate::mapping::plan::{
    self, Cond, Input, Inputs, NONE, SlotRef, Union, Unread, Value, Wire, WriteAs,
};
use crate::model::shape::Scalar;

impl Builder<'_, '_> {
    /// The condition of an alternative, made once.
    pub(super) fn case(&mut self, case: Case, scoped: &mut Scoped<'_, '_>, to: To) -> u32 {
        if let Some(cond) = scoped.cases.get(&(to, case)) {
            return *cond;
        }
        let scope = scoped.scope;
        let mut parts = Vec::new();
        if let Some(union) = scope.unions.get(case.union)
            && let Some(alternative) = union.alternatives.get(case.number)
        {
            parts.extend(
                union
                    .within
                    .last()
                    .map(|outer| self.case(*outer, scoped, to)),
            );
            match to {
                To::Native => {
                    for constant in &alternative.canonical {
                        let value = self.watched_tag(&constant.place, union.info, scoped);
                        let lit = literal(&mut self.pool, constant.literal.as_bytes());
                        parts.push(self.push_cond(Cond::In(value, Box::new([lit])), to));
                    }
                }
                To::Canonical => {
                    if !union.native.steps.is_empty() {
                        parts.push(self.exists(&union.native, scoped));
                    }
                    for (place, value) in &alternative.native {
                        parts.push(self.native_condition(place, value, union.info, scoped));
                    }
                }
            }
        }
        let cond = self.push_cond(Cond::All(parts.into()), to);
        scoped.cases.insert((to, case), cond);
        cond
    }

    fn native_condition(
        &mut self,
        place: &Place,
        value: &CellValue,
        info: u16,
        scoped: &mut Scoped<'_, '_>,
    ) -> u32 {
        match value {
            CellValue::Present => self.exists(place, scoped),
            CellValue::None => {
                let there = self.exists(place, scoped);
                self.push_cond(Cond::Not(there), To::Canonical)
            }
            CellValue::Literal(text) => {
                let slot = scoped.native.slot(place);
                self.read.values.push(plain(slot, info));
                let value = narrow(self.read.values.len()).saturating_sub(1);
                let lit = literal(&mut self.pool, text.as_bytes());
                self.push_cond(Cond::In(value, Box::new([lit])), To::Canonical)
            }
        }
    }

    fn exists(&mut self, place: &Place, scoped: &mut Scoped<'_, '_>) -> u32 {
        let cond = scoped
            .native
            .slot(place)
            .map_or(Cond::Always(false), Cond::Exists);
        self.push_cond(cond, To::Canonical)
    }

    /// A canonical tag as it stands, with what the base says of it.
    fn watched_tag(&mut self, place: &Place, info: u16, scoped: &mut Scoped<'_, '_>) -> u32 {
        let reads = tags_at(scoped, place)
            .into_iter()
            .map(|(case, number)| self.read_tag(scoped, case, number))
            .collect();
        let value = Value {
            reads,
            ..plain(scoped.canonical.slot(place), info)
        };
        self.write.values.push(value);
        narrow(self.write.values.len()).saturating_sub(1)
    }

    /// The value of the read program that a canonical tag of an alternative has.
    pub(super) fn read_tag(
        &mut self,
        scoped: &mut Scoped<'_, '_>,
        case: Case,
        number: usize,
    ) -> u32 {
        if let Some(value) = scoped.tags.get(&(case, number)) {
            return *value;
        }
        let scope = scoped.scope;
        let union = scope.unions.get(case.union);
        let constant = union
            .and_then(|union| union.alternatives.get(case.number))
            .and_then(|alternative| alternative.canonical.get(number));
        let (Some(union), Some(constant)) = (union, constant) else {
            return 0;
        };
        let shape = constant.place.shape(scope.canonical);
        let scalar = self.compiler.canonical.get(shape).scalar();
        let lit = literal(&mut self.pool, constant.literal.as_bytes());
        let cond = self.case(case, scoped, To::Canonical);
        let value = Value {
            inputs: Inputs::One(Input::Literal(lit)),
            write: scalar.map_or(WriteAs::Text, |scalar| {
                write_as(Wire::Json, scalar, &Context::Root)
            }),
            when: Some(cond),
            case: Some(cond),
            ..plain(None, union.info)
        };
        self.read.values.push(value);
        let made = narrow(self.read.values.len()).saturating_sub(1);
        scoped.tags.insert((case, number), made);
        made
    }

    /// The value that writes a native tag of an alternative.
    pub(super) fn write_tag(
        &mut self,
        scoped: &mut Scoped<'_, '_>,
        (case, number): (Case, usize),
        scalar: &Scalar,
        spot: Spot<'_>,
    ) -> u32 {
        let scope = scoped.scope;
        let union = scope.unions.get(case.union);
        let text = union
            .and_then(|union| union.alternatives.get(case.number))
            .and_then(|alternative| alternative.literals().nth(number))
            .map_or("", |(_, text)| text);
        let lit = literal(&mut self.pool, text.as_bytes());
        let cond = self.case(case, scoped, To::Native);
        let read = self.read_tag(scoped, case, 0);
        let value = Value {
            inputs: Inputs::One(Input::Literal(lit)),
            write: write_as(self.compiler.wire, scalar, spot.context),
            spelling: self.spellings(scalar),
            when: Some(cond),
            case: Some(cond),
            reads: Box::new([read]),
            base: scoped.native.slot(spot.place),
            ..plain(None, union.map_or(NONE, |union| union.info))
        };
        self.write.values.push(value);
        narrow(self.write.values.len()).saturating_sub(1)
    }

    /// Where an object is made although nothing is written into it, and where the base had it so.
    pub(super) fn made(
        &mut self,
        cases: &[Case],
        scoped: &mut Scoped<'_, '_>,
        to: To,
    ) -> Option<(u32, u32)> {
        if cases.is_empty() || to == To::Canonical {
            return None;
        }
        let mut any = |to: To| {
            let parts: Vec<u32> = cases
                .iter()
                .map(|case| self.case(*case, scoped, to))
                .collect();
            match *parts {
                [only] => only,
                _ => self.push_cond(Cond::Any(parts.into()), to),
            }
        };
        Some((any(To::Native), any(To::Canonical)))
    }

    /// A guard over a canonical tag, to-canonical: the alternatives that give it.
    pub(super) fn tagged(
        &mut self,
        guard: &Guard,
        scoped: &mut Scoped<'_, '_>,
        to: To,
    ) -> Option<u32> {
        let (place, literals) = match guard {
            Guard::Present(place, _) => (place, None),
            Guard::In(place, literals, _) => (place, Some(literals)),
            Guard::All(_) | Guard::Any(_) | Guard::Not(_) | Guard::Always(_) => return None,
        };
        let tags = tags_at(scoped, place);
        if tags.is_empty() {
            return None;
        }
        if to == To::Native {
            let value = self.watched_tag(place, NONE, scoped);
            let cond = match literals {
                None => Cond::Present(value),
                Some(literals) => {
                    let mut of = |text: &str| literal(&mut self.pool, text.as_bytes());
                    Cond::In(value, literals.iter().map(|text| of(text)).collect())
                }
            };
            return Some(self.push_cond(cond, to));
        }
        let mut parts = Vec::new();
        for (case, number) in tags {
            let alternative = scoped
                .scope
                .unions
                .get(case.union)
                .and_then(|union| union.alternatives.get(case.number));
            let constant = alternative.and_then(|one| one.canonical.get(number));
            let says = constant.is_some_and(|constant| {
                literals.is_none_or(|literals| literals.contains(&constant.literal))
            });
            if says {
                parts.push(self.case(case, scoped, to));
            }
        }
        Some(self.push_cond(Cond::Any(parts.into()), to))
    }

    /// The unions of a scope, as the block of a direction judges them.
    pub(super) fn unions(&mut self, scoped: &mut Scoped<'_, '_>, to: To) -> (u32, u32) {
        let from = narrow(self.program(to).unions.len());
        for index in 0..scoped.scope.unions.len() {
            let union = self.union(index, scoped, to);
            self.program(to).unions.extend(union);
        }
        (from, narrow(self.program(to).unions.len()))
    }

    fn union(&mut self, index: usize, scoped: &mut Scoped<'_, '_>, to: To) -> Option<Union> {
        let scope = scoped.scope;
        let union = scope.unions.get(index)?;
        let tags: BTreeSet<(u8, u16)> = (0..union.alternatives.len())
            .flat_map(|number| {
                Self::tested(
                    Case {
                        union: index,
                        number,
                    },
                    scoped,
                    to,
                )
            })
            .collect();
        let all = self.places_within(index, scoped, to);
        let mut cases = Vec::new();
        for number in 0..union.alternatives.len() {
            let case = Case {
                union: index,
                number,
            };
            let (own, others) = self.carried(case, scoped, to);
            let unread: Vec<Unread> = others
                .into_iter()
                .filter(|other| !own.contains(&key(other)))
                .collect();
            cases.push(plan::Case {
                cond: self.case(case, scoped, to),
                read: self.case(case, scoped, To::Canonical),
                unread: unread.into(),
            });
        }
        Some(Union {
            rule: union.info,
            cases: cases.into(),
            tags: tags
                .into_iter()
                .map(|(register, slot)| SlotRef { register, slot })
                .collect(),
            places: all.into(),
        })
    }

    /// The slots of the source that tell an alternative from others.
    fn tested(case: Case, scoped: &mut Scoped<'_, '_>, to: To) -> BTreeSet<(u8, u16)> {
        let union = scoped.scope.unions.get(case.union);
        let Some(one) = union.and_then(|union| union.alternatives.get(case.number)) else {
            return BTreeSet::new();
        };
        let slots: Vec<Option<SlotRef>> = match to {
            To::Native => one
                .canonical
                .iter()
                .map(|constant| scoped.canonical.slot(&constant.place))
                .collect(),
            To::Canonical => one
                .native
                .iter()
                .map(|(place, _)| scoped.native.slot(place))
                .collect(),
        };
        let slots = slots.into_iter().flatten();
        slots.map(|slot| (slot.register, slot.slot)).collect()
    }

    /// The places of the source that count where an alternative holds, and those of the rules that do not.
    fn carried(
        &self,
        case: Case,
        scoped: &mut Scoped<'_, '_>,
        to: To,
    ) -> (BTreeSet<(u8, u16)>, Vec<Unread>) {
        let mut own = Self::tested(case, scoped, to);
        let mut others: Vec<Unread> = Vec::new();
        for (rule, slots) in scoped.scope.rules.iter().zip(&scoped.slots) {
            let excluded = exclude(&rule.cases, &[case]);
            for place in self.places_of(rule, slots, to) {
                if !excluded {
                    own.insert(key(&place));
                } else if !others.contains(&place) {
                    others.push(place);
                }
            }
        }
        (own, others)
    }

    /// The places of the source that any alternative carries.
    fn places_within(&self, union: usize, scoped: &Scoped<'_, '_>, to: To) -> Vec<SlotRef> {
        let rules = scoped.scope.rules.iter().zip(&scoped.slots);
        let within = rules.filter(|(rule, _)| rule.cases.iter().any(|case| case.union == union));
        within
            .flat_map(|(rule, slots)| self.places_of(rule, slots, to))
            .map(|place| place.place)
            .collect()
    }

    fn places_of(&self, rule: &Rule, slots: &super::Slots, to: To) -> Vec<Unread> {
        if let RuleKind::Value { .. } = rule.kind {
            let own = match to {
                To::Native => &slots.canonical,
                To::Canonical => &slots.native,
            };
            let also = (to == To::Canonical).then_some(&slots.also);
            let all = own.iter().chain(also.into_iter().flatten()).flatten();
            return all
                .map(|place| Unread {
                    place: *place,
                    items: None,
                })
                .collect();
        }
        let list = slots.lists.map(|(canonical, native)| match to {
            To::Native => (self.canonical, canonical),
            To::Canonical => (self.native, native),
        });
        list.into_iter()
            .map(|(mapped, taken)| Unread {
                place: taken.list,
                items: mapped.node(taken.node).map(|node| node.detail),
            })
            .collect()
    }
}

fn key(place: &Unread) -> (u8, u16) {
    (place.place.register, place.place.slot)
}

/// The tags of alternatives at a canonical place.
fn tags_at(scoped: &Scoped<'_, '_>, place: &Place) -> Vec<(Case, usize)> {
    let mut tags = Vec::new();
    for (union, found) in scoped.scope.unions.iter().enumerate() {
        for (number, alternative) in found.alternatives.iter().enumerate() {
            for (column, constant) in alternative.canonical.iter().enumerate() {
                if constant.place == *place {
                    tags.push((Case { union, number }, column));
                }
            }
        }
    }
    tags
}
