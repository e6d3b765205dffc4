//! What the tags of unions are, for an atlas.

use super::{Atlas, Registers, Side, conditioned, inputs, narrow, text, wide};
use crate::mapping::plan::{Cond, Input, NONE, Op, Plan, Program};

impl Atlas<'_> {
    /// Notes what tells alternatives apart.
    pub(super) fn unions(&mut self, reading: &Registers, writing: &Registers) {
        self.tags(reading, writing);
        self.objects(reading);
        self.silent_tags(writing);
    }

    /// What the tags of unions are.
    fn tags(&mut self, reading: &Registers, writing: &Registers) {
        for (program, side, registers) in [
            (&self.plan.read, &mut self.native, reading),
            (&self.plan.write, &mut self.canonical, writing),
        ] {
            for (number, block) in program.blocks.iter().enumerate() {
                let unions = wide(block.unions.0)..wide(block.unions.1);
                for union in program.unions.get(unions).unwrap_or_default() {
                    self.unions.insert(union.rule);
                    for case in &union.cases {
                        side.choices(program, case.cond, narrow(number), registers, self.plan);
                    }
                }
            }
        }
    }

    /// Objects that stand for an alternative belong to what stands for its tags.
    fn objects(&mut self, reading: &Registers) {
        let plan = self.plan;
        for (number, block) in plan.write.blocks.iter().enumerate() {
            let ops = wide(block.ops.0)..wide(block.ops.1);
            for op in plan.write.ops.get(ops).unwrap_or_default() {
                let Op::Object { object, .. } = op else {
                    continue;
                };
                let Some(rules) = plan.write.objects.get(wide(*object)) else {
                    continue;
                };
                let mut watched = Vec::new();
                if let Some((made, _)) = rules.made {
                    conditioned(&plan.write, made, 0, &mut watched, 0);
                }
                let node = rules
                    .base
                    .and_then(|place| self.native.resolve(reading, narrow(number), place));
                for (_, value) in watched {
                    if let Some(node) = node {
                        self.native.carry(node, value.rule, NONE, 0);
                    }
                }
            }
        }
    }

    /// An alternative that is known by what is not there is what an empty document says.
    fn silent_tags(&mut self, writing: &Registers) {
        let plan = self.plan;
        let absent = |cond: u32| matches!(plan.read.conds.get(wide(cond)), Some(Cond::Not(_)));
        for (number, block) in plan.write.blocks.iter().enumerate() {
            let unions = wide(block.unions.0)..wide(block.unions.1);
            let unions = plan.write.unions.get(unions).unwrap_or_default();
            for case in unions.iter().flat_map(|union| &union.cases) {
                let silent = match plan.read.conds.get(wide(case.read)) {
                    Some(Cond::All(parts)) => parts.iter().all(|part| absent(*part)),
                    _ => false,
                };
                let Some(Cond::All(tags)) = plan.write.conds.get(wide(case.cond)) else {
                    continue;
                };
                for tag in tags.iter().filter(|_| silent) {
                    let Some(Cond::In(value, literals)) = plan.write.conds.get(wide(*tag)) else {
                        continue;
                    };
                    if let Some([Input::Slot(place)]) =
                        plan.write.values.get(wide(*value)).map(inputs)
                        && let Some(node) = self.canonical.resolve(writing, narrow(number), *place)
                        && let Some(facts) = self.canonical.facts.get_mut(usize::from(node))
                    {
                        facts.default = literals.first().map(|lit| text(plan.lit(*lit)));
                    }
                }
            }
        }
    }
}

impl Side<'_> {
    /// The texts that the condition of an alternative asks for.
    fn choices(
        &mut self,
        program: &Program,
        cond: u32,
        block: u32,
        registers: &Registers,
        plan: &Plan,
    ) {
        match program.conds.get(wide(cond)) {
            Some(Cond::All(parts)) => {
                for part in parts {
                    self.choices(program, *part, block, registers, plan);
                }
            }
            Some(Cond::In(value, literals)) => {
                let place = program.values.get(wide(*value)).map(inputs);
                if let Some([Input::Slot(place)]) = place
                    && let Some(node) = self.resolve(registers, block, *place)
                    && let Some(facts) = self.facts.get_mut(usize::from(node))
                {
                    let texts = literals.iter().map(|lit| text(plan.lit(*lit)));
                    facts.choices.extend(texts);
                }
            }
            _ => {}
        }
    }
}
