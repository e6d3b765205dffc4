//! Converters between two places: M210 (types), M211 and M212 (laws), M213 (joined parts), M242 (open texts).

use std::collections::BTreeSet;

use super::kinds::{self, Holds};
use super::separator;
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{Message, Rule};
use crate::mapping::compile::compiled_table;
use crate::mapping::convert::{Joined, Law, ValueType};
use crate::mapping::plan::{Chain, Fan};
use crate::mapping::survey::usage::{rules, texts};
use crate::mapping::survey::{Does, Entry, Spot, Survey, Walk};
use crate::mapping::syntax::{ConverterCall, RuleText};
use crate::model::shape::{ShapeId, Shapes};

/// Checks the types along the rules of a mapping.
pub(super) fn types(survey: &Survey<'_>, walk: &Walk<'_>, report: &mut Report) {
    for entry in &walk.entries {
        match entry.does {
            Does::Value => value(survey, walk, entry, report),
            // That its mapping is of these types is seen where it is made.
            Does::Map(_) | Does::Each | Does::Entries => {}
        }
    }
}

fn value(survey: &Survey<'_>, walk: &Walk<'_>, entry: &Entry<'_>, report: &mut Report) {
    let Some(text) = entry.text else {
        single(survey, entry, &Chain::default(), report);
        return;
    };
    let Some(chain) = survey.compiler.chain(&text.chain, report) else {
        return;
    };
    if !counts(entry, text, &chain, report) {
        return;
    }
    single(survey, entry, &chain, report);
    if let Some(joined) = &chain.join {
        separator::native_parts(survey, entry, joined, report);
    }
    if let Some(Fan::Joined(joined)) = &chain.fan {
        separator::canonical_parts(survey, entry, joined, report);
    }
    if walk.message == Message::Response && entry.travels {
        open_text(survey, entry, &chain, report);
    }
}

/// The number of places on either side is what the converters take and give.
fn counts(entry: &Entry<'_>, text: &RuleText, chain: &Chain, report: &mut Report) -> bool {
    let (natives, canonicals) = (text.places.len().max(1), entry.rule.places.len());
    let takes = match &chain.fan {
        Some(Fan::Table(table)) if chain.join.is_none() && chain.steps.is_empty() => {
            table.native_columns()
        }
        _ => 1,
    };
    if chain.join.is_none() && natives != takes {
        let message =
            format!("the rule has {natives} native places, and its converters take {takes}");
        let help = "several native places become one value by `join`, or by a table with as many native columns";
        report.push(Diagnostic::new(Code::M210, text.span, message).help(help));
        return false;
    }
    let gives = match &chain.fan {
        None => 1,
        Some(Fan::Table(table)) => table.canonical_columns(),
        Some(Fan::Joined(_)) => usize::MAX,
    };
    if canonicals > gives {
        let message =
            format!("the rule has {canonicals} canonical places, and its converters give {gives}");
        let help =
            "several canonical places come from one value by `table`, `copy`, `split` or `money`";
        report.push(Diagnostic::new(Code::M210, entry.rule.key, message).help(help));
        return false;
    }
    true
}

/// Follows one value from the native places to the canonical ones.
fn single(survey: &Survey<'_>, entry: &Entry<'_>, chain: &Chain, report: &mut Report) {
    let (model, native) = (&survey.catalog.canonical, &survey.set.native);
    let mut sound = true;
    for (shapes, spots) in [(model, &entry.canonical), (native, &entry.native)] {
        for spot in spots {
            let held = kinds::holds(shapes, spot.shape);
            let help = match held {
                Holds::Object => "objects correspond by `map(...)`, or member by member below `at`",
                Holds::List => "lists correspond by `each`, or one item in brackets",
                Holds::Value(_) | Holds::Anything => continue,
            };
            // What is carried as it stands may be anything.
            if other_side_is_any(survey, entry) {
                continue;
            }
            let message = format!(
                "`{}` is {} and not one value",
                spot.path,
                kind_word(&held, shapes, spot.shape)
            );
            report.push(Diagnostic::new(Code::M210, spot.path.span, message).help(help));
            sound = false;
        }
    }
    if sound {
        follow(survey, entry, chain, report);
    }
}

fn other_side_is_any(survey: &Survey<'_>, entry: &Entry<'_>) -> bool {
    let any = |shapes: &Shapes, spots: &[Spot]| {
        spots
            .iter()
            .any(|spot| kinds::holds(shapes, spot.shape) == Holds::Anything)
    };
    any(&survey.catalog.canonical, &entry.canonical) || any(&survey.set.native, &entry.native)
}

fn follow(survey: &Survey<'_>, entry: &Entry<'_>, chain: &Chain, report: &mut Report) {
    let Some(first) = entry.native.first() else {
        return;
    };
    let Holds::Value(types) = kinds::holds(&survey.set.native, first.shape) else {
        return;
    };
    let canonical = entry.canonical.iter().filter_map(|spot| {
        match kinds::holds(&survey.catalog.canonical, spot.shape) {
            Holds::Value(types) => Some((spot.path.to_string(), types)),
            Holds::Anything | Holds::Object | Holds::List => None,
        }
    });
    let way = Way {
        native: (format!("`{}`", first.path), types),
        canonical: canonical.collect(),
        calls: entry.text.map_or(&[][..], |text| &text.chain),
        span: entry.text.map_or(entry.rule.key, |text| text.span),
    };
    way.check(chain, report);
}

/// What converters stand between: names and types of both ends.
pub(super) struct Way<'w> {
    pub(super) native: (String, Vec<ValueType>),
    pub(super) canonical: Vec<(String, Vec<ValueType>)>,
    pub(super) calls: &'w [ConverterCall],
    pub(super) span: Span,
}

impl Way<'_> {
    /// Reports the first converter that does not fit what stands before it, or ends that do not fit.
    pub(super) fn check(&self, chain: &Chain, report: &mut Report) {
        let (mut said, mut types) = self.native.clone();
        let mut calls = self.calls.iter();
        if chain.join.is_some() {
            calls.next();
            types = vec![ValueType::Text];
            "what `join` makes".clone_into(&mut said);
        }
        for (step, call) in chain.steps.iter().zip(calls) {
            let wanted = step.native_type();
            let name = &call.name.value;
            if !types.iter().any(|one| one.fits(wanted)) {
                let words = kinds::words(&types);
                let message = format!(
                    "`{name}` reads {}, but {said} is {words}",
                    kinds::words(&[wanted])
                );
                let help = "converters stand in the order native to canonical; take this one away or put another before it";
                report.push(Diagnostic::new(Code::M210, call.span, message).help(help));
                return;
            }
            types = vec![step.canonical_type()];
            said = format!("what `{name}` gives");
        }
        if matches!(chain.fan, Some(Fan::Table(_))) {
            return;
        }
        for (place, wanted) in &self.canonical {
            let fits = types
                .iter()
                .any(|one| wanted.iter().any(|other| kinds::moves(*one, *other)));
            if !fits {
                let (is, words) = (kinds::words(wanted), kinds::words(&types));
                let message = format!("`{place}` is {is}, but {said} is {words}");
                report.push(Diagnostic::new(Code::M210, self.span, message).help(between(wanted)));
            }
        }
    }
}

/// Which converter gives a type.
fn between(wanted: &[ValueType]) -> String {
    let name = match wanted.first() {
        Some(ValueType::Integer) => "integer",
        Some(ValueType::Boolean) => "boolean",
        Some(ValueType::Date) => "date(...)",
        Some(ValueType::DateTime) => "datetime(...)",
        Some(ValueType::Month) => "month-end",
        Some(ValueType::Country) => "country(...)",
        Some(ValueType::Language) => "locale",
        Some(ValueType::Phone) => "phone(...)",
        Some(ValueType::Text | ValueType::Number | ValueType::Id) | None => "table(...)",
    };
    format!("put a converter between them, such as `{name}`")
}

fn kind_word(held: &Holds, shapes: &Shapes, shape: ShapeId) -> String {
    let name = &shapes.get(shape).name;
    match held {
        Holds::Object if name.is_empty() => "an object".to_owned(),
        Holds::Object => format!("an object (`{name}`)"),
        Holds::List => "a list".to_owned(),
        Holds::Value(types) => kinds::words(types),
        Holds::Anything => "anything".to_owned(),
    }
}

/// A value of an open text that does not convert fails a whole answer (M242).
fn open_text(survey: &Survey<'_>, entry: &Entry<'_>, chain: &Chain, report: &mut Report) {
    const NEVER_FAIL: [&str; 2] = ["phone", "insert"];
    let open = |spot: &&Spot| kinds::is_open_text(&survey.set.native, spot.shape);
    let Some(spot) = entry.native.iter().find(open) else {
        return;
    };
    let amount = matches!(chain.fan, Some(Fan::Joined(Joined::Money(_))));
    if entry.rule.invalid.is_some() || chain.fan.is_some() && !amount {
        return;
    }
    let converts = chain
        .steps
        .iter()
        .any(|step| !NEVER_FAIL.contains(&step.info().name));
    let narrower = entry.canonical.iter().find(|spot| {
        let model = &survey.catalog.canonical;
        let text = matches!(kinds::holds(model, spot.shape), Holds::Value(_));
        text && chain.steps.is_empty() && is_narrow(model, spot.shape)
    });
    let message = match (converts, narrower) {
        (true, _) => format!(
            "`{}` is an open text: a value that does not convert fails the whole answer",
            spot.path
        ),
        (false, Some(place)) => format!(
            "`{}` is an open text: a value that is none of `{}` fails the whole answer",
            spot.path, place.path
        ),
        (false, None) => return,
    };
    let span: Span = entry.text.map_or(entry.rule.key, |text| text.span);
    report.push(
        Diagnostic::new(Code::M242, span, message)
            .help("`invalid: report` makes such a value a reported loss; or restrict the text in the native schema"),
    );
}

/// Tells whether a text is restricted by more than its length.
fn is_narrow(shapes: &Shapes, shape: ShapeId) -> bool {
    use crate::model::shape::Format;
    shapes.get(shape).scalar().is_some_and(|scalar| {
        let formal = scalar
            .format
            .is_some_and(|format| !matches!(format, Format::Id | Format::Phone));
        formal || scalar.pattern.is_some() && scalar.format.is_none() || !scalar.values.is_empty()
    })
}

/// Compares what each rule declares to be lost with the laws of its converters (M211, M212).
pub(super) fn laws(survey: &Survey<'_>, report: &mut Report) {
    let of_mappings = survey.set.mappings.iter().flat_map(|mapping| {
        let variants = mapping.variants.iter().flat_map(|variant| &variant.fields);
        mapping.fields.iter().chain(variants)
    });
    let mut told = BTreeSet::new();
    for rule in of_mappings.chain(survey.file().into_iter().flat_map(rules)) {
        law(survey, rule, &mut told, report);
    }
}

/// What of a chain loses something.
struct Losing<'t> {
    span: Span,
    name: &'t str,
    /// The table that does.
    table: Option<&'t str>,
}

/// `told` are tables that lose something by themselves, whatever rules use them.
fn law<'t>(survey: &Survey<'_>, rule: &'t Rule, told: &mut BTreeSet<&'t str>, report: &mut Report) {
    for rule in &rule.fields {
        law(survey, rule, told, report);
    }
    let mut lossy = None;
    let mut judged = false;
    for text in texts(rule).filter(|text| text.chain.iter().all(|call| call.name.value != "map")) {
        let Some(chain) = survey.compiler.chain(&text.chain, &mut Report::new()) else {
            return;
        };
        judged = true;
        lossy = lossy.or_else(|| loses(text, &chain));
    }
    match (&rule.lossy, lossy) {
        (
            None,
            Some(Losing {
                table: Some(name),
                span,
                ..
            }),
        ) if told.insert(name) => report.extend(of_table(survey, name, span)),
        (None, Some(Losing { table: Some(_), .. })) => {}
        (None, Some(Losing { span, name, .. })) => report.push(
            Diagnostic::new(
                Code::M211,
                span,
                format!("`{name}` loses something, and the rule does not say so"),
            )
            .help("say what is lost: `lossy: ...`"),
        ),
        (Some(said), None) if judged => report.push(
            Diagnostic::new(
                Code::M212,
                said.span,
                "the converters of this rule lose nothing",
            )
            .help("take `lossy` away: a declaration must not outlive its reason"),
        ),
        _ => {}
    }
}

/// The row of a table that is written and never read, told once for all rules that use the table.
fn of_table(survey: &Survey<'_>, name: &str, used: Span) -> Option<Diagnostic> {
    let mut tables = survey.set.tables.iter();
    let said = tables.find(|table| table.name.value == name)?;
    let table = compiled_table(said, &mut Report::new())?;
    let unread = table.unread_rows().next();
    let row = unread.and_then(|row| said.value.rows.get(row));
    let message = format!("a row before this one of `{name}` reads its native value as another");
    let help = "take one of the two rows away; or say in each rule that uses the table what is lost: `lossy: ...`";
    let span = row.map_or(said.name.span, |row| row.span);
    let fault = Diagnostic::new(Code::M211, span, message).help(help);
    Some(fault.note(used, "a rule that uses the table"))
}

/// The first converter of a chain that loses something.
fn loses<'t>(text: &'t RuleText, chain: &Chain) -> Option<Losing<'t>> {
    let losing = |call: &'t ConverterCall, table| Losing {
        span: call.span,
        name: &call.name.value,
        table,
    };
    let mut calls = text.chain.iter();
    if chain.join.is_some() {
        calls.next();
    }
    for (step, call) in chain.steps.iter().zip(&mut calls) {
        if step.law() == Law::Lossy {
            return Some(losing(call, None));
        }
    }
    let call = calls.next()?;
    match &chain.fan {
        Some(Fan::Table(table)) if table.law() == Law::Lossy => {
            let name = call.args.first().map(|arg| &*arg.value.text().value);
            Some(losing(call, name))
        }
        _ => None,
    }
}

/// The weakest law of a chain.
pub(crate) fn weakest(chain: &Chain) -> Law {
    let steps = chain
        .steps
        .iter()
        .map(crate::mapping::convert::Convert::law);
    let fan = match &chain.fan {
        Some(Fan::Table(table)) => Some(table.law()),
        Some(Fan::Joined(joined)) => Some(joined.law()),
        None => None,
    };
    steps.chain(fan).max().unwrap_or(Law::Exact)
}
