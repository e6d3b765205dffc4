//! One law against one case.

use std::collections::BTreeSet;

use super::accounting::accounted;
use super::case::Case;
use super::compare::{Comparison, Difference, Leave, without};
use super::law::{Finding, Law};
use super::laws::Judges;
use super::parse::Parsed;
use super::runner::{Ran, Refusal, Runner, json};
use super::skeleton::skeleton;
use super::statuses;
use super::texts::accepts;
use super::tree::{Path, Tree};
use crate::codec::json::is_number;
use crate::engine::{Direction, FaultCode, LossCode};
use crate::mapping::plan::{NodeKind, Wire};
use crate::model::decimal::is_digits;
use crate::model::shape::Form;

/// What came of one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The law holds.
    Held,
    /// The mapping refuses the case, which then says nothing.
    Discarded(String),
    /// The law does not hold.
    Broken(Finding),
}

/// A plan with those who judge its documents.
#[derive(Debug)]
pub struct Trial<'a, 'p> {
    /// Runs the plan.
    pub runner: Runner<'a, 'p>,
    /// Says what else documents must be.
    pub judges: Judges<'a>,
}

impl Trial<'_, '_> {
    /// Holds a law against a case.
    pub fn check(&mut self, law: Law, case: &Case) -> Verdict {
        let canonical = case.direction == Direction::ToNative;
        if !canonical && !self.fits(&case.input.tree) {
            return Verdict::Discarded("not of the view".to_owned());
        }
        // To put nothing is a matter of GetPut.
        if case.patches.contains(&Tree::Object(Vec::new())) {
            return Verdict::Discarded("touches nothing".to_owned());
        }
        self.runner.at_status(case.status);
        let done = match law {
            Law::PutGet if canonical => self.put_get(case),
            Law::PutGet => self.put_get_over(case),
            Law::GetPut => self.get_put(case),
            Law::Create => self.create(case),
            Law::PutPut => self.put_put(case),
            Law::LeastChange => self.least_change(case),
            Law::Stability => self.stability(case),
            Law::Validity => self.valid(case),
            Law::Accounting => {
                let bytes = case.input.bytes();
                self.runner
                    .translate(case.direction, &bytes)
                    .map_err(discarded)
                    .and_then(|ran| self.accounting(case, &bytes, &ran))
            }
        };
        match done {
            Ok(()) => Verdict::Held,
            Err(verdict) => verdict,
        }
    }

    /// True if a native document has listed values where a table decides what is read: a view may list fewer.
    fn fits(&self, tree: &Tree) -> bool {
        let atlas = self.runner.atlas;
        atlas.native.place(tree).iter().all(|place| {
            let written = place
                .node
                .and_then(|node| atlas.native.facts(node))
                .and_then(|facts| facts.written)
                .and_then(|check| atlas.plan.checks.get(usize::from(check)));
            let text = tree.at(&place.path).and_then(Tree::text);
            match (written, text) {
                (Some(check), Some(text)) if check.form == Form::Text => {
                    check.values.is_empty() || accepts(check, text)
                }
                _ => true,
            }
        })
    }

    fn accounting(&mut self, case: &Case, bytes: &[u8], ran: &Ran) -> Result<(), Verdict> {
        let Some(parsed) = Parsed::read(case.input.wire, bytes) else {
            return Err(Verdict::Discarded("unreadable".to_owned()));
        };
        let mut input = parsed.document;
        input.noise = None;
        // Losses are places of the noisy document, whose nodes are those of the plain one.
        let plain = self
            .runner
            .translate(case.direction, &input.bytes())
            .map_err(discarded)?;
        let plain = Ran {
            losses: ran.losses.clone(),
            ..plain
        };
        accounted(&mut self.runner, case.direction, &input, &plain)
            .map_or(Ok(()), |finding| Err(Verdict::Broken(finding)))
    }

    /// `read(write(c)) = c`.
    fn put_get(&mut self, case: &Case) -> Result<(), Verdict> {
        let given = case.input.bytes();
        let written = self.runner.write(&given).map_err(discarded)?;
        let read = self
            .runner
            .read(&written.bytes)
            .map_err(|refusal| refused("what was written to be read", &refusal))?;
        let leave = Leave {
            more: true,
            ..Leave::default()
        };
        let kept = without(&case.input.tree, &losses(&written));
        let read = self.canonical(&read)?;
        let comparison = Comparison::new(self.runner.atlas, true, leave, &[]);
        self.none(true, comparison.differ(&kept, &read))
    }

    /// A patch over a base reads as the patch where it touches something, and as the base elsewhere.
    fn put_get_over(&mut self, case: &Case) -> Result<(), Verdict> {
        let Some(patch) = case.patches.first() else {
            return Err(Verdict::Discarded("base is refused".to_owned()));
        };
        let base = case.input.bytes();
        let before = self.runner.read(&base).map_err(discarded)?;
        let put = self.runner.put(&json(patch), &base).map_err(discarded)?;
        let after = self
            .runner
            .read(&put.bytes)
            .map_err(|refusal| refused("what was put to be read", &refusal))?;
        let patch = without(patch, &losses(&put));
        let (before, after) = (self.canonical(&before)?, self.canonical(&after)?);
        let touched = self.touched(&patch);
        let guarded = self
            .runner
            .atlas
            .guards
            .iter()
            .filter(|(_, looks_at)| looks_at.iter().any(|rule| touched.contains(rule)));
        let guarded: Vec<u16> = guarded.map(|(rule, _)| *rule).collect();
        let chosen = self.chosen(&touched);
        let touched: Vec<u16> = touched.into_iter().chain(guarded).chain(chosen).collect();
        let leave = Leave {
            more: true,
            ..Leave::default()
        };
        let comparison = Comparison::new(self.runner.atlas, true, leave, &touched);
        self.none(true, comparison.merged(&before, &patch, &after))
    }

    /// `write(read(n), base=n) = n`, byte for byte, and so for a patch that touches nothing.
    fn get_put(&mut self, case: &Case) -> Result<(), Verdict> {
        let base = case.input.bytes();
        let read = self.runner.read(&base).map_err(discarded)?;
        for patch in [&read.bytes[..], b"{}"] {
            let put = self
                .runner
                .put(patch, &base)
                .map_err(|refusal| refused("what was read to be put back", &refusal))?;
            if put.bytes != base {
                return Err(self.changed(&base, &put.bytes));
            }
        }
        Ok(())
    }

    /// `write(read(n))` is `n` up to what converters, defaults and losses declare.
    fn create(&mut self, case: &Case) -> Result<(), Verdict> {
        let native = case.input.bytes();
        let read = self.runner.read(&native).map_err(discarded)?;
        let written = self
            .runner
            .write(&read.bytes)
            .map_err(|refusal| Self::unless_narrower("what was read to be written", &refusal))?;
        if let (Some(status), Some(found)) = (case.status, written.status)
            && statuses::is_taken(self.runner.atlas.plan, status, found)
        {
            return Err(Verdict::Broken(Finding {
                pointer: String::new(),
                rule: None,
                expected: format!("the status {status}, which no row has, to be none that has one"),
                actual: found.to_string(),
            }));
        }
        let kept = without(&case.input.tree, &losses(&read));
        let Some(again) = tree_of(case.input.wire, &written.bytes) else {
            return Err(self.unreadable());
        };
        let leave = Leave {
            more: true,
            spelling: true,
            ..Leave::default()
        };
        let comparison = Comparison::new(self.runner.atlas, false, leave, &[]);
        if written.lost > 0 {
            return Err(Verdict::Discarded(
                "what was read is lost on writing".to_owned(),
            ));
        }
        self.none(false, comparison.differ(&kept, &again))
    }

    /// A later patch that touches as much counts alone, but for what only answers have.
    fn put_put(&mut self, case: &Case) -> Result<(), Verdict> {
        let [first, second] = case.patches.as_slice() else {
            return Err(Verdict::Discarded("base is refused".to_owned()));
        };
        if !covers(second, first) {
            return Err(Verdict::Discarded("touches less".to_owned()));
        }
        let base = case.input.bytes();
        self.runner.read(&base).map_err(discarded)?;
        let (first, second) = (json(first), json(second));
        let once = self.runner.put(&first, &base).map_err(discarded)?;
        let twice = self.runner.put(&second, &once.bytes).map_err(discarded)?;
        let alone = self.runner.put(&second, &base).map_err(discarded)?;
        let mut read = |ran: &Ran| {
            self.runner
                .read(&ran.bytes)
                .map_err(|refusal| refused("what was put to be read", &refusal))
        };
        let (twice, alone) = (read(&twice)?, read(&alone)?);
        let (twice, alone) = (self.canonical(&twice)?, self.canonical(&alone)?);
        let leave = Leave {
            read_only: true,
            ..Leave::default()
        };
        // A composite keeps the current code where that agrees: what refines a value depends on what was there.
        let side = &self.runner.atlas.canonical;
        let touched = case.patches.first().map(|patch| self.touched(patch));
        let several = |rule: &u16| {
            let of = side.facts.iter().filter(|facts| facts.rules.contains(rule));
            of.count() > 1
        };
        let touched = touched.unwrap_or_default();
        let chosen = self.chosen(&touched);
        let composites: Vec<u16> = touched.into_iter().filter(several).chain(chosen).collect();
        let comparison = Comparison::new(self.runner.atlas, true, leave, &composites);
        self.none(true, comparison.differ(&alone, &twice))
    }

    /// Only bytes of touched places change.
    fn least_change(&mut self, case: &Case) -> Result<(), Verdict> {
        let Some(patch) = case.patches.first() else {
            return Err(Verdict::Discarded("base is refused".to_owned()));
        };
        let base = case.input.bytes();
        self.runner.read(&base).map_err(discarded)?;
        let put = self.runner.put(&json(patch), &base).map_err(discarded)?;
        let mut touched = self.touched(patch);
        let atlas = self.runner.atlas;
        let chosen = self.chosen(&touched);
        touched.extend(chosen);
        let before = skeleton(atlas, &base, &touched);
        let after = skeleton(atlas, &put.bytes, &touched);
        if before == after {
            return Ok(());
        }
        let shown = |bytes: Option<Vec<u8>>| {
            bytes.map_or_else(
                || "no document".to_owned(),
                |bytes| String::from_utf8_lossy(&bytes).into_owned(),
            )
        };
        Err(Verdict::Broken(Finding {
            pointer: String::new(),
            rule: touched.first().copied(),
            expected: format!("untouched: {}", shown(before)),
            actual: shown(after),
        }))
    }

    /// `read` of what was written from what was read is what was read.
    fn stability(&mut self, case: &Case) -> Result<(), Verdict> {
        let native = case.input.bytes();
        let read = self.runner.read(&native).map_err(discarded)?;
        let written = self
            .runner
            .write(&read.bytes)
            .map_err(|refusal| Self::unless_narrower("what was read to be written", &refusal))?;
        let again = self
            .runner
            .read(&written.bytes)
            .map_err(|refusal| refused("what was written to be read", &refusal))?;
        let tree = self.canonical(&read)?;
        let tree = without(&tree, &losses(&written));
        let again = self.canonical(&again)?;
        let comparison = Comparison::new(self.runner.atlas, true, Leave::default(), &[]);
        self.none(true, comparison.differ(&tree, &again))
    }

    /// What is written is accepted by the native side, what is read by the canonical one.
    fn valid(&mut self, case: &Case) -> Result<(), Verdict> {
        let bytes = case.input.bytes();
        let ran = self
            .runner
            .translate(case.direction, &bytes)
            .map_err(|refusal| match refusal.code {
                FaultCode::Malformed => refused("a document of its format", &refusal),
                _ => discarded(refusal),
            })?;
        let (back, judge) = match case.direction {
            Direction::ToNative => (Direction::ToCanonical, self.judges.native),
            Direction::ToCanonical => (Direction::ToNative, self.judges.canonical),
        };
        if back == Direction::ToCanonical {
            self.runner
                .read(&ran.bytes)
                .map_err(|refusal| refused("what was written to be of its schema", &refusal))?;
        } else if tree_of(Wire::Json, &ran.bytes).is_none() {
            return Err(self.unreadable());
        }
        self.spelled(case.direction, &ran.bytes)?;
        match judge.map(|judge| judge(&ran.bytes)) {
            Some(Err(why)) => Err(Verdict::Broken(Finding {
                pointer: String::new(),
                rule: None,
                expected: why,
                actual: String::from_utf8_lossy(&ran.bytes).into_owned(),
            })),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Whole numbers are written in their digits.
    fn spelled(&self, direction: Direction, bytes: &[u8]) -> Result<(), Verdict> {
        let canonical = direction == Direction::ToCanonical;
        let atlas = self.runner.atlas;
        let side = atlas.side(canonical);
        let tree = tree_of(side.layout.wire, bytes).ok_or_else(|| self.unreadable())?;
        let is_whole = |node: u16| {
            let node = side.layout.nodes.get(usize::from(node))?;
            let check = atlas.plan.checks.get(usize::from(node.detail))?;
            Some(node.kind == NodeKind::Leaf && check.form == Form::Integer && check.also.is_none())
        };
        for place in side.place(&tree) {
            let text = tree.at(&place.path).and_then(Tree::text);
            let whole = place.node.and_then(is_whole) == Some(true);
            let Some(text) = text.filter(|text| whole && is_number(text.as_bytes())) else {
                continue;
            };
            if !is_digits(text.as_bytes()) {
                let rules = place.node.and_then(|node| side.facts(node));
                return Err(Verdict::Broken(Finding {
                    pointer: String::new(),
                    rule: rules.and_then(|facts| facts.rules.first().copied()),
                    expected: "a whole number in its digits".to_owned(),
                    actual: text.to_owned(),
                }));
            }
        }
        Ok(())
    }

    /// The rules that a patch touches.
    fn touched(&self, patch: &Tree) -> BTreeSet<u16> {
        let side = &self.runner.atlas.canonical;
        let mut rules = BTreeSet::new();
        for place in side.place(patch) {
            let (Some(node), Some(tree)) = (place.node, patch.at(&place.path)) else {
                continue;
            };
            let whole = matches!(tree, Tree::Null | Tree::List(_));
            for (index, facts) in side.facts.iter().enumerate() {
                let index = u16::try_from(index).unwrap_or(u16::MAX);
                if index == node || whole && side.is_within(index, node) {
                    rules.extend(&facts.rules);
                }
            }
        }
        rules
    }

    /// The rules of the alternatives of unions whose tags are touched: another alternative takes the place of the
    /// one before.
    fn chosen(&self, touched: &BTreeSet<u16>) -> BTreeSet<u16> {
        let atlas = self.runner.atlas;
        let tags: Vec<&u16> = touched.intersection(&atlas.unions).collect();
        let guards = atlas.guards.iter();
        let chosen = guards.filter(|(_, looks_at)| tags.iter().any(|tag| looks_at.contains(tag)));
        let mut rules: BTreeSet<u16> = chosen.map(|(rule, _)| *rule).collect();
        let side = &atlas.canonical;
        let numbered = || {
            let facts = side.facts.iter().enumerate();
            facts.filter_map(|(index, facts)| Some((u16::try_from(index).ok()?, facts)))
        };
        let above: Vec<u16> = numbered()
            .filter(|(_, facts)| facts.rules.iter().any(|rule| rules.contains(rule)))
            .map(|(index, _)| index)
            .collect();
        let below =
            numbered().filter(|(index, _)| above.iter().any(|node| side.is_within(*index, *node)));
        rules.extend(below.flat_map(|(_, facts)| facts.rules.iter().copied()));
        rules
    }

    fn canonical(&self, ran: &Ran) -> Result<Tree, Verdict> {
        tree_of(Wire::Json, &ran.bytes).ok_or_else(|| self.unreadable())
    }

    fn none(&self, canonical: bool, difference: Option<Difference>) -> Result<(), Verdict> {
        let Some(difference) = difference else {
            return Ok(());
        };
        let side = self.runner.atlas.side(canonical);
        let rule = side
            .facts(difference.node)
            .and_then(|facts| facts.rules.first().copied());
        Err(Verdict::Broken(Finding {
            pointer: difference.pointer,
            rule,
            expected: difference.expected,
            actual: difference.actual,
        }))
    }

    /// A base that changed although nothing was to change.
    fn changed(&self, base: &[u8], put: &[u8]) -> Verdict {
        let same = base
            .iter()
            .zip(put)
            .take_while(|(one, two)| one == two)
            .count();
        let at = u32::try_from(same).unwrap_or(u32::MAX);
        let native = &self.runner.atlas.native;
        let parsed = Parsed::read(native.layout.wire, base);
        let path = parsed
            .as_ref()
            .and_then(|parsed| parsed.around(at))
            .map_or_else(Path::new, |node| node.path.clone());
        let (mut pointer, mut rule) = (String::new(), None);
        if let Some(parsed) = &parsed {
            pointer = parsed.document.tree.pointer(&path);
            let placed = native.place(&parsed.document.tree);
            rule = placed
                .iter()
                .rfind(|place| path.starts_with(&place.path) || place.path.starts_with(&path))
                .and_then(|place| native.facts(place.node?))
                .and_then(|facts| facts.rules.first().copied());
        }
        Verdict::Broken(Finding {
            pointer,
            rule,
            expected: "the same bytes".to_owned(),
            actual: String::from_utf8_lossy(put).into_owned(),
        })
    }

    /// A view may ask for more than what was read has.
    fn unless_narrower(expected: &str, refusal: &Refusal) -> Verdict {
        match refusal.code {
            FaultCode::MissingInput | FaultCode::NotSupportedHere => discarded(refusal.clone()),
            _ => refused(expected, refusal),
        }
    }

    fn unreadable(&self) -> Verdict {
        Verdict::Broken(Finding {
            pointer: String::new(),
            rule: None,
            expected: format!("a document of `{}`", self.runner.atlas.plan.mapping),
            actual: "bytes that are none".to_owned(),
        })
    }
}

/// The tree of a document; `None` if it is none.
#[must_use]
pub fn tree_of(wire: Wire, bytes: &[u8]) -> Option<Tree> {
    Some(Parsed::read(wire, bytes)?.document.tree)
}

/// True if a patch touches all that another one touches.
pub(super) fn covers(patch: &Tree, other: &Tree) -> bool {
    match (patch, other) {
        (Tree::Object(_), Tree::Object(members)) => members.iter().all(|member| {
            patch
                .member(&member.name)
                .is_some_and(|inner| covers(inner, &member.value))
        }),
        (Tree::Object(_), _) => false,
        _ => true,
    }
}

/// A refusal where the law asks for a document.
fn refused(expected: &str, refusal: &Refusal) -> Verdict {
    Verdict::Broken(Finding {
        pointer: String::new(),
        rule: refusal.rule,
        expected: expected.to_owned(),
        actual: format!("{:?} (expected {})", refusal.code, refusal.why),
    })
}

/// Places of the input that were not carried. Residue is lost at a place that is.
fn losses(ran: &Ran) -> Vec<Path> {
    ran.losses
        .iter()
        .filter(|(_, code)| *code != LossCode::Residue)
        .filter_map(|(path, _)| path.clone())
        .collect()
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "it stands where a fault is turned into another"
)]
fn discarded(refusal: Refusal) -> Verdict {
    Verdict::Discarded(format!("{:?}: {}", refusal.code, refusal.why))
}
