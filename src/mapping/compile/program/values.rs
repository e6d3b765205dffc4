//! Values of both programs, and the conditions over them.

use super::super::layout;
use super::super::place::{Place, StepKind, member_at};
use super::super::refs::STATUS_SLOT;
use super::super::scope::{Guard, Rule, RuleKind, Scope};
use super::super::target::To;
use super::literals::{literal, spelling_of, write_as};
use super::{Builder, Context, Scoped, Spot, from_narrow, narrow};
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::plan::{
    Chain, Check, Cond, Fan, Input, Inputs, Lit, NONE, OfItem, SlotRef, Value, Way, Wire, WriteAs,
    beyond_pattern,
};
use crate::mapping::table::Content;
use crate::model::shape::{Form, Format, Scalar, Sensitivity};

impl<'b> Builder<'b, '_> {
    /// The value of the read program for a canonical place of a rule.
    pub(super) fn read_value(
        &mut self,
        scoped: &mut Scoped<'_, '_>,
        index: usize,
        column: u8,
    ) -> u32 {
        if let Some(value) = scoped.reads.get(&(index, column)) {
            return *value;
        }
        let Some(rule) = scoped.scope.rules.get(index) else {
            return 0;
        };
        let RuleKind::Value {
            chain,
            also,
            default,
            report_invalid,
        } = &rule.kind
        else {
            return 0;
        };
        let (native, also) = native_inputs(scoped, index, also);
        let (scalar, source) = self.ends(rule, column, scoped.scope);
        // What another place may give is not known to be what the first one's schema says.
        let source = source.filter(|_| also.is_empty());
        let (write, check, id) = match scalar {
            Some(scalar) => (
                write_as(Wire::Json, scalar, &Context::Root),
                self.check(scalar, source, (*chain, column), To::Canonical),
                scalar.format == Some(Format::Id),
            ),
            None => (WriteAs::Text, NONE, false),
        };
        let default = default
            .as_ref()
            .map(|text| literal(&mut self.pool, text.as_bytes()));
        let value = Value {
            inputs: inputs(native),
            chain: *chain,
            column,
            write,
            check,
            id,
            default,
            also,
            report_invalid: *report_invalid,
            sensitivity: self.care(rule.info),
            ..plain(None, rule.info)
        };
        self.read.values.push(value);
        let made = narrow(self.read.values.len()).saturating_sub(1);
        scoped.reads.insert((index, column), made);
        scoped.judged.push(index);
        let (when, case) = self.when(rule, scoped, To::Canonical);
        scoped.judged.pop();
        if let Some(value) = self.read.values.get_mut(from_narrow(made)) {
            value.when = when;
            value.case = case;
        }
        made
    }

    pub(super) fn write_value(
        &mut self,
        scoped: &mut Scoped<'_, '_>,
        index: usize,
        column: u8,
        also: Option<usize>,
        scalar: &Scalar,
        spot: Spot<'_>,
    ) -> u32 {
        let Some(rule) = scoped.scope.rules.get(index) else {
            return 0;
        };
        let RuleKind::Value {
            chain, also: alsos, ..
        } = &rule.kind
        else {
            return 0;
        };
        let chain = also.map_or(*chain, |number| {
            alsos.get(number).map_or(NONE, |(_, chain)| *chain)
        });
        let count = rule.canonical.len();
        let ids = self.ids(rule, scoped.scope);
        let (source, _) = self.ends(rule, 0, scoped.scope);
        let check = self.check(scalar, source, (chain, column), To::Native);
        let canonical = scoped.slots.get(index).map_or_else(Vec::new, |slots| {
            slots.canonical.iter().map(read_slot).collect()
        });
        let reads = (0..count)
            .map(|column| self.read_value(scoped, index, u8::try_from(column).unwrap_or(u8::MAX)))
            .collect();
        let (when, case) = self.when(rule, scoped, To::Native);
        let spelling = self.spellings(scalar);
        let base = scoped.native.slot(spot.place);
        let item = self.of_item(rule, spot.place, scoped).map(Box::new);
        let value = Value {
            item,
            inputs: inputs(canonical),
            chain,
            column,
            write: write_as(self.compiler.wire, scalar, spot.context),
            check,
            ids,
            silent: u8::try_from(rule.silent & 0xff).unwrap_or(0),
            when,
            case,
            spelling,
            reads,
            base,
            sensitivity: self.care(rule.info),
            ..plain(None, rule.info)
        };
        self.write.values.push(value);
        narrow(self.write.values.len()).saturating_sub(1)
    }

    /// The item that the first place of a rule is in, if a selector names one.
    fn of_item(&self, rule: &Rule, native: &Place, scoped: &mut Scoped<'_, '_>) -> Option<OfItem> {
        let (canonical_root, native_root) = (scoped.scope.canonical, scoped.scope.native);
        let mut said = rule.canonical.iter().enumerate();
        let (_, place) = said.find(|(column, _)| !rule.is_silent(*column))?;
        let selects = |kind: &StepKind| !matches!(kind, StepKind::Member(_));
        let at = place.steps.iter().rposition(|step| selects(&step.kind))?;
        let list = Place {
            steps: place.steps.get(..at)?.to_vec(),
        };
        let (last, above) = native.steps.split_last()?;
        let holder = above.last().map_or(native_root, |step| step.shape);
        let required = match last.kind {
            StepKind::Member(index) => member_at(self.compiler.native, holder, index),
            StepKind::Select(_) | StepKind::Index(_) | StepKind::Status => None,
        };
        Some(OfItem {
            list: scoped.canonical.slot(&list)?,
            register: scoped.canonical.slot(place)?.register,
            within: native.steps.iter().any(|step| selects(&step.kind)),
            required: required.is_some_and(|member| member.required),
            path: place.path(self.compiler.canonical, canonical_root)?,
        })
    }

    /// The value that says the HTTP status of an answer that is written; none if no rule does.
    pub(super) fn status_value(&mut self, scoped: &mut Scoped<'_, '_>) -> Option<u32> {
        let rules = scoped.scope.rules.iter().enumerate();
        let (index, rule, column) = rules.into_iter().find_map(|(index, rule)| {
            let column = rule.native.iter().position(Place::is_status)?;
            Some((index, rule, column))
        })?;
        let RuleKind::Value { chain, .. } = &rule.kind else {
            return None;
        };
        let canonical = scoped.slots.get(index)?.canonical.iter().map(read_slot);
        let value = Value {
            inputs: inputs(canonical.collect()),
            chain: *chain,
            column: u8::try_from(column).ok()?,
            ..plain(None, rule.info)
        };
        self.write.values.push(value);
        Some(narrow(self.write.values.len()).saturating_sub(1))
    }

    /// The schema of a rule's canonical place, and that of its first native place.
    fn ends(
        &self,
        rule: &Rule,
        column: u8,
        scope: &Scope,
    ) -> (Option<&'b Scalar>, Option<&'b Scalar>) {
        let (canonical, native) = (self.compiler.canonical, self.compiler.native);
        let place = rule.canonical.get(usize::from(column));
        (
            place.and_then(|place| canonical.get(place.shape(scope.canonical)).scalar()),
            rule.native
                .first()
                .and_then(|place| native.get(place.shape(scope.native)).scalar()),
        )
    }

    /// Which of a rule's canonical places are ids, by bits.
    fn ids(&self, rule: &Rule, scope: &Scope) -> u8 {
        let is_id = |place: &Place| {
            let scalar = self
                .compiler
                .canonical
                .get(place.shape(scope.canonical))
                .scalar();
            scalar.is_some_and(|scalar| scalar.format == Some(Format::Id))
        };
        let places = rule.canonical.iter().enumerate().take(8);
        places
            .filter(|(_, place)| is_id(place))
            .fold(0, |ids, (number, _)| ids | 1 << number)
    }

    /// The care that a rule's values need.
    fn care(&self, info: u16) -> Sensitivity {
        self.infos
            .get(usize::from(info))
            .map_or(Sensitivity::None, |info| info.sensitivity)
    }

    /// The check of a value that is written; none where the source's own checks, or its chain, say enough.
    fn check(
        &mut self,
        target: &Scalar,
        source: Option<&Scalar>,
        (chain, column): (u16, u8),
        to: To,
    ) -> u16 {
        let mut check = Check::new(target, true);
        // A text comes back as it was written.
        check.verbatim = source.is_some_and(|source| source.form == Form::Text);
        let same_form = target.form == Form::Text
            || (chain == NONE && source.is_some_and(|of| fits(of, target.form)));
        let open = check.is_open() || (check.form == Form::Boolean && check.values.is_empty());
        let kept = source.is_some_and(|source| says_as_much(source, target));
        let chain = self.chains.get(usize::from(chain));
        let said = match (chain, source) {
            (None, _) => kept,
            (Some(chain), Some(source)) => {
                made(chain, source, to).is_some_and(|made| says_as_much(&made, target))
            }
            (Some(_), None) => false,
        };
        // A table's source is open to codes that its schema does not list.
        let repeats = kept && to == To::Canonical && target.values.is_empty();
        let of_chain = chain.is_some_and(|chain| gives_only(chain, column, &check, to, repeats));
        if same_form && (open || said) || of_chain {
            return NONE;
        }
        layout::push_check(self.checks, check)
    }

    /// The spellings of a boolean that is not written as `true` or `false`.
    pub(super) fn spellings(&mut self, scalar: &Scalar) -> Option<(Lit, Lit)> {
        (scalar.form == Form::Boolean && !scalar.spellings.is_empty()).then(|| {
            (
                literal(&mut self.pool, spelling_of(scalar, "true").as_bytes()),
                literal(&mut self.pool, spelling_of(scalar, "false").as_bytes()),
            )
        })
    }

    /// The conditions of a rule's alternatives and guards, and the first of them, which is its alternative's.
    pub(super) fn when(
        &mut self,
        rule: &Rule,
        scoped: &mut Scoped<'_, '_>,
        to: To,
    ) -> (Option<u32>, Option<u32>) {
        let case = rule.cases.last().map(|case| self.case(*case, scoped, to));
        let mut parts: Vec<u32> = case.into_iter().collect();
        for guard in &rule.guards {
            parts.push(self.cond(guard, scoped, to));
        }
        let when = match *parts {
            [] => None,
            [only] => Some(only),
            _ => Some(self.push_cond(Cond::All(parts.into()), to)),
        };
        (when, case)
    }

    pub(super) fn push_cond(&mut self, cond: Cond, to: To) -> u32 {
        let conds = &mut self.program(to).conds;
        conds.push(cond);
        narrow(conds.len()).saturating_sub(1)
    }

    fn cond(&mut self, guard: &Guard, scoped: &mut Scoped<'_, '_>, to: To) -> u32 {
        if let Some(cond) = self.tagged(guard, scoped, to) {
            return cond;
        }
        let cond = match guard {
            Guard::All(parts) => Cond::All(
                parts
                    .iter()
                    .map(|part| self.cond(part, scoped, to))
                    .collect(),
            ),
            Guard::Any(parts) => Cond::Any(
                parts
                    .iter()
                    .map(|part| self.cond(part, scoped, to))
                    .collect(),
            ),
            Guard::Not(inner) => Cond::Not(self.cond(inner, scoped, to)),
            Guard::Present(place, span) => Cond::Present(self.guarding(place, *span, scoped, to)),
            Guard::In(place, literals, span) => {
                let value = self.guarding(place, *span, scoped, to);
                Cond::In(
                    value,
                    literals
                        .iter()
                        .map(|text| literal(&mut self.pool, text.as_bytes()))
                        .collect(),
                )
            }
            Guard::Always(holds) => Cond::Always(*holds),
        };
        self.push_cond(cond, to)
    }

    /// The value of a canonical place in a condition. One whose own condition is being made cannot be part of it
    /// (M230).
    fn guarding(&mut self, place: &Place, span: Span, scoped: &mut Scoped<'_, '_>, to: To) -> u32 {
        let found = scoped
            .scope
            .rules
            .iter()
            .enumerate()
            .find_map(|(index, rule)| {
                let column = rule.canonical.iter().position(|of| of == place)?;
                matches!(rule.kind, RuleKind::Value { .. }).then_some((index, column))
            });
        let circle =
            found.filter(|(index, _)| to == To::Canonical && scoped.judged.contains(index));
        if circle.is_some() {
            let message = "what the guard names is filled only where the guard holds";
            self.report.push(
                Diagnostic::new(Code::M230, span, message).help(
                    "a guard names places of rules without a guard, `context` and `settings`",
                ),
            );
        }
        match (to, found.filter(|_| circle.is_none())) {
            (To::Canonical, Some((index, column))) => {
                self.read_value(scoped, index, u8::try_from(column).unwrap_or(u8::MAX))
            }
            (To::Native, Some((index, column))) => self.watched(scoped, index, column),
            (_, None) => {
                let slot = if to == To::Native {
                    scoped.canonical.slot(place)
                } else {
                    None
                };
                let value = plain(slot, NONE);
                let values = &mut self.program(to).values;
                values.push(value);
                narrow(values.len()).saturating_sub(1)
            }
        }
    }
}

/// True if nothing but what a check accepts comes out of a chain at a column: every cell of a table that ends it,
/// where a cell that repeats the source's text counts only if the source's schema says enough of it.
fn gives_only(chain: &Chain, column: u8, check: &Check, to: To, repeats: bool) -> bool {
    let Some(Fan::Table(table)) = &chain.fan else {
        return false;
    };
    let alone = chain.steps.is_empty() && chain.join.is_none();
    let repeats = repeats && alone && check.form == Form::Text && table.native_columns() == 1;
    let mut rows = table.rows().iter().chain(table.unknown_row());
    (alone || to == To::Canonical)
        && (repeats || !table.keeps_unknown())
        && rows.all(|row| {
            let made = match to {
                To::Canonical => row.canonical(),
                To::Native => row.native(),
            };
            match made.get(usize::from(column)) {
                Some(Content::Literal(text)) => check.judge_written(text.as_bytes()).is_ok(),
                Some(Content::Variable(_) | Content::Optional(_)) => repeats,
                Some(Content::Absent) => true,
                None => false,
            }
        })
}

/// What the texts are that come out of a chain of nothing but converters.
fn made(chain: &Chain, source: &Scalar, to: To) -> Option<Scalar> {
    if chain.join.is_some() || chain.fan.is_some() {
        return None;
    }
    let of = source.clone();
    Some(match to {
        To::Canonical => chain
            .steps
            .iter()
            .fold(of, |of, step| step.makes_canonical(&of)),
        To::Native => chain
            .steps
            .iter()
            .rev()
            .fold(of, |of, step| step.makes_native(&of)),
    })
}

/// True if whatever the source's schema takes, as either of its types, is of the target's type.
fn fits(source: &Scalar, target: Form) -> bool {
    let mut forms = std::iter::once(source.form).chain(source.also);
    forms.all(|form| form == target || (form, target) == (Form::Integer, Form::Number))
}

/// True if a text that the source's schema accepts is accepted by the target's.
fn says_as_much(source: &Scalar, target: &Scalar) -> bool {
    let values = !source.values.is_empty()
        && source
            .values
            .iter()
            .all(|value| target.values.contains(value));
    let open_values = target.values.is_empty() && target.constant.is_none();
    // What is said of a text is not said of a number or a boolean in its place.
    let is_text = source.form == Form::Text && source.also.is_none();
    let pattern = target.pattern.is_none() || is_text && target.pattern == source.pattern;
    let said = |format| target.format == source.format || beyond_pattern(format).is_none();
    let format = target.format.is_none_or(said);
    let longest = target
        .max_length
        .is_none_or(|max| is_text && source.max_length.is_some_and(|source| source <= max));
    let shortest = target
        .min_length
        .is_none_or(|min| is_text && source.min_length.is_some_and(|source| source >= min));
    let numbers = target.minimum.is_none() && target.maximum.is_none() && target.scale.is_none();
    format
        && (values
            && pattern
            && numbers
            && target.constant.is_none()
            && target.max_length.is_none()
            || open_values && pattern && longest && shortest && numbers)
}

fn inputs(mut inputs: Vec<Input>) -> Inputs {
    match inputs.len() {
        1 => Inputs::One(inputs.remove(0)),
        _ => Inputs::Many(inputs.into()),
    }
}

/// A value that moves as it is from a slot.
pub(super) fn plain(slot: Option<SlotRef>, info: u16) -> Value {
    Value {
        rule: info,
        inputs: Inputs::One(slot.map_or(Input::Nothing, Input::Slot)),
        chain: NONE,
        column: 0,
        write: WriteAs::Text,
        check: NONE,
        id: false,
        ids: 0,
        silent: 0,
        default: None,
        when: None,
        case: None,
        also: Box::default(),
        report_invalid: false,
        spelling: None,
        reads: Box::default(),
        base: None,
        sensitivity: Sensitivity::None,
        way: Way::Chain,
        copies: false,
        sound: false,
        item: None,
    }
}

/// The native inputs of a rule, and those of its further places with their chains.
#[allow(
    clippy::type_complexity,
    reason = "two fields of a value, made together"
)]
fn native_inputs(
    scoped: &Scoped<'_, '_>,
    rule: usize,
    also: &[(Place, u16)],
) -> (Vec<Input>, Box<[(Input, u16)]>) {
    let Some(slots) = scoped.slots.get(rule) else {
        return (Vec::new(), Box::default());
    };
    let native = slots.native.iter().map(read_slot).collect();
    let also = also.iter().zip(&slots.also);
    (
        native,
        also.map(|((_, chain), slot)| (read_slot(slot), *chain))
            .collect(),
    )
}

fn read_slot(slot: &Option<SlotRef>) -> Input {
    match slot {
        // The one value beside the document.
        Some(place) if *place == STATUS_SLOT => Input::Given(0),
        Some(place) => Input::Slot(*place),
        None => Input::Nothing,
    }
}
