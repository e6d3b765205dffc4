//! The laws of the mapping language, held against generated documents.

use std::collections::{BTreeMap, BTreeSet};

use super::atlas::Atlas;
use super::case::Case;
use super::generate::{Generator, Manner};
use super::law::{CounterExample, Finding, Law, LawOutcome};
use super::patches;
use super::random::Random;
use super::runner::{Runner, json};
use super::statuses;
use super::tree::{Document, Tree};
use super::trial::{Trial, Verdict, covers, tree_of};
use crate::engine::Direction;
use crate::mapping::ast::Message;
use crate::mapping::compile::upstream::{Answer, AnswerBody, Upstream};
use crate::mapping::plan::{Plan, Wire};

/// Most turns of finding a patch that says something, and of fitting two to each other.
const ROUNDS: usize = 6;

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Documents for each law.
    pub documents: usize,
    /// The seed that they come from.
    pub seed: u64,
    /// Of a hundred documents, so many may be refused before a law counts as not tried.
    pub discards: usize,
}

impl Default for Budget {
    /// 200 documents, of which at most 60 of 100 are refused.
    fn default() -> Self {
        Self {
            documents: 200,
            seed: 1,
            discards: 60,
        }
    }
}

/// Says what else a document must be, beside what the plan's own checks ask for: the reason if it is not.
pub type Judge<'a> = &'a dyn Fn(&[u8]) -> Result<(), String>;

/// Judges of either side, for the law of validity; a side without one is judged by the plan alone.
#[derive(Clone, Copy, Default)]
pub struct Judges<'a> {
    /// Of what was read.
    pub canonical: Option<Judge<'a>>,
    /// Of what was written.
    pub native: Option<Judge<'a>>,
}

impl std::fmt::Debug for Judges<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judges")
            .field("canonical", &self.canonical.is_some())
            .field("native", &self.native.is_some())
            .finish()
    }
}

/// Gives every plan that an upstream runs, with the message that it is of; of those that are alike, the first.
#[must_use]
pub fn plans(upstream: &Upstream) -> Vec<(Message, &Plan)> {
    let operations = || upstream.operations.iter().flatten();
    let routes = operations().flat_map(|operation| &operation.routes);
    let requests = routes
        .filter_map(|route| route.body.as_ref())
        .map(|body| (Message::Request, &*body.body.plan));
    let cases = operations().flat_map(|operation| operation.all_cases());
    let answers = cases.chain(&upstream.errors).filter_map(answered);
    let callbacks = upstream.callbacks.iter().map(|case| &*case.body.plan);
    let responses = answers.chain(callbacks);
    let mut plans: Vec<_> = requests
        .chain(responses.map(|plan| (Message::Response, plan)))
        .collect();
    let mut met = BTreeSet::new();
    plans.retain(|(message, plan)| met.insert(shape(*message == Message::Request, plan)));
    plans
}

fn answered(answer: &Answer) -> Option<&Plan> {
    match &answer.body {
        AnswerBody::Document(body) => Some(&body.plan),
        AnswerBody::Unread | AnswerBody::None | AnswerBody::Ignored(_) => None,
    }
}

/// What tells plans apart: operations that share a mapping and a view share their plan's shape.
fn shape(is_request: bool, plan: &Plan) -> (bool, &str, &[u8], [usize; 3]) {
    let sizes = [
        plan.native.nodes.len(),
        plan.canonical.nodes.len(),
        plan.rules.len(),
    ];
    (
        is_request,
        &plan.mapping,
        plan.native.root_name.bytes(),
        sizes,
    )
}

/// Holds every law against generated documents of a plan.
#[must_use]
pub fn prove(plan: &Plan, judges: Judges<'_>, budget: Budget) -> Vec<LawOutcome> {
    Law::ALL
        .into_iter()
        .map(|law| prove_law(law, plan, judges, budget))
        .collect()
}

/// Holds one law against generated documents of a plan.
#[must_use]
pub fn prove_law(law: Law, plan: &Plan, judges: Judges<'_>, budget: Budget) -> LawOutcome {
    let atlas = Atlas::new(plan);
    let mut trial = Trial {
        runner: Runner::new(&atlas),
        judges,
    };
    let mut outcome = LawOutcome {
        law,
        mapping: plan.mapping.clone(),
        held: 0,
        discarded: 0,
        refusals: BTreeMap::new(),
        tolerated: budget.discards,
        counter: None,
    };
    for number in 0..budget.documents {
        let mut random = Random::new(budget.seed ^ seed_of(law, number));
        let case = trial.case(law, &mut random);
        match trial.check(law, &case) {
            Verdict::Held => outcome.held = outcome.held.saturating_add(1),
            Verdict::Discarded(why) => {
                outcome.discarded = outcome.discarded.saturating_add(1);
                let count = outcome.refusals.entry(why).or_default();
                *count = count.saturating_add(1);
            }
            Verdict::Broken(_) => {
                outcome.counter = Some(trial.counter(law, case));
                break;
            }
        }
    }
    outcome
}

fn seed_of(law: Law, number: usize) -> u64 {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    let mut random = Random::new(number);
    let law = u64::try_from(law.name().len()).unwrap_or(0);
    random.draw().rotate_left(7) ^ law
}

impl Trial<'_, '_> {
    /// The side that a law begins with.
    fn begins(law: Law, random: &mut Random) -> Direction {
        match law {
            Law::PutGet if random.chance(50) => Direction::ToNative,
            Law::Validity | Law::Accounting if random.chance(50) => Direction::ToNative,
            _ => Direction::ToCanonical,
        }
    }

    /// A case that the mapping does not refuse, if mending can make it one.
    fn case(&mut self, law: Law, random: &mut Random) -> Case {
        let direction = Self::begins(law, random);
        let status = statuses::draw(self.runner.atlas.plan, random);
        self.runner.at_status(status);
        let manner = Manner {
            presence: [30, 60, 85, 97].get(random.below(4)).copied().unwrap_or(60),
            residue: if random.chance(50) { 0 } else { 12 },
            odd: if random.chance(60) { 0 } else { 15 },
            noise: random.chance(50),
            forbidden: false,
        };
        let mut input = self.input(direction, manner, random);
        if self.runner.translate(direction, &input.bytes()).is_err() {
            // Something that must be there was not: a full document has it.
            let full = Manner {
                presence: 97,
                odd: 0,
                ..manner
            };
            input = self.input(direction, full, random);
        }
        let mut case = Case {
            direction,
            input,
            patches: Vec::new(),
            status,
        };
        let patches = match law {
            Law::PutGet if direction == Direction::ToCanonical => 1,
            Law::LeastChange => 1,
            Law::PutPut => 2,
            _ => 0,
        };
        if patches > 0 {
            self.patches(patches, &mut case, manner, random);
        }
        case
    }

    /// A document without what the mapping refuses in it.
    fn input(&mut self, direction: Direction, manner: Manner, random: &mut Random) -> Document {
        let atlas = self.runner.atlas;
        let mut generator = Generator::new(atlas, direction, manner, random.draw());
        generator.settled(&mut |document| self.runner.translate(direction, document).err())
    }

    fn patches(&mut self, count: usize, case: &mut Case, manner: Manner, random: &mut Random) {
        let base = case.input.bytes();
        let Ok(ran) = self.runner.read(&base) else {
            return;
        };
        let Some(read) = tree_of(Wire::Json, &ran.bytes) else {
            return;
        };
        let manner = Manner {
            presence: [12, 30, 70].get(random.below(3)).copied().unwrap_or(30),
            noise: false,
            ..manner
        };
        let atlas = self.runner.atlas;
        let mut generator = Generator::new(atlas, Direction::ToNative, manner, random.draw());
        let mut first = Tree::Object(Vec::new());
        for _ in 0..ROUNDS {
            first = patches::patch(&read, &mut generator, random);
            self.mend(&mut generator, &mut first, &[&base]);
            if first != Tree::Object(Vec::new()) {
                break;
            }
        }
        if count == 1 {
            case.patches.push(first);
            return;
        }
        let mut second = generator.another(&first);
        for _ in 0..ROUNDS {
            let once = self.runner.put(&json(&first), &base);
            let once = once.map_or_else(|_| base.clone(), |ran| ran.bytes);
            self.mend(&mut generator, &mut second, &[&base, &once]);
            if covers(&second, &first) {
                break;
            }
            // What the second cannot say, the first does not say either.
            patches::narrow(&mut first, &second);
            self.mend(&mut generator, &mut first, &[&base]);
        }
        case.patches.extend([first, second]);
    }

    /// Mends a patch until it goes over every one of these documents.
    fn mend(&mut self, generator: &mut Generator<'_, '_>, patch: &mut Tree, bases: &[&[u8]]) {
        generator.settle(patch, &mut |patch| {
            let text = json(patch);
            let mut refused = |base: &&[u8]| self.runner.put(&text, base).err();
            bases.iter().find_map(&mut refused)
        });
    }

    /// Shrinks a case and says what is wrong with it.
    fn counter(&mut self, law: Law, mut case: Case) -> CounterExample {
        case.shrink(&mut |case| matches!(self.check(law, case), Verdict::Broken(_)));
        let finding = match self.check(law, &case) {
            Verdict::Broken(finding) => finding,
            Verdict::Held | Verdict::Discarded(_) => Finding {
                pointer: String::new(),
                rule: None,
                expected: "the law to hold".to_owned(),
                actual: "a document that breaks it".to_owned(),
            },
        };
        let input = match case.direction {
            Direction::ToNative => "canonical document",
            Direction::ToCanonical => "native document",
        };
        let span = finding
            .rule
            .and_then(|rule| self.runner.atlas.plan.rules.get(usize::from(rule)))
            .and_then(|rule| rule.span);
        CounterExample {
            documents: case.documents(input),
            finding,
            span,
        }
    }
}
