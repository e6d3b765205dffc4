//! Rules of a query or of headers.

use super::cond::{self, Cond};
use super::hidden::Hidden;
use super::source::{Lookup, Source};
use super::template;
use crate::diag::{Code, Diagnostic, Report};
use crate::mapping::ast::{DefaultValue, Message, Rule};
use crate::mapping::compile::Compiler;
use crate::mapping::plan::{Chain, Fan};
use crate::mapping::syntax::{Path, RuleText};

/// One correspondence between places of the call and names of a query or of headers.
#[derive(Debug)]
pub(crate) struct Param {
    /// The canonical places, in the order of the value's parts.
    pub(crate) sources: Vec<Source>,
    /// The native names, headers in lower case.
    pub(crate) names: Vec<Box<str>>,
    /// The same as the file writes them.
    pub(crate) spelled: Vec<Box<str>>,
    /// The setting whose value it is, where it moves one as it is.
    pub(crate) setting: Option<Box<str>>,
    /// The converters; none if the text moves as it is.
    pub(crate) chain: Option<Chain>,
    pub(crate) when: Option<Cond>,
    /// The value of an absent native name.
    pub(crate) default: Option<Hidden>,
}

/// What the native names are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Query,
    Headers,
}

/// Compiles rules; those at fault are reported and left out, those whose name is of an absent setting too.
pub(super) fn compile(
    rules: &[Rule],
    names: Names,
    message: Message,
    lookup: &Lookup<'_>,
    compiler: &Compiler<'_>,
    report: &mut Report,
) -> Vec<Param> {
    rules
        .iter()
        .filter_map(|rule| {
            let text = rule.text(message)?;
            param(rule, text, names, lookup, compiler, report)
        })
        .collect()
}

fn param(
    rule: &Rule,
    text: &RuleText,
    names: Names,
    lookup: &Lookup<'_>,
    compiler: &Compiler<'_>,
    report: &mut Report,
) -> Option<Param> {
    unfit(rule, report)?;
    let sources: Vec<_> = rule
        .places
        .iter()
        .map(|path| lookup.source(path, report))
        .collect();
    let sources = sources.into_iter().collect::<Option<Vec<_>>>()?;
    let spelled: Vec<Box<str>> = match &text.header {
        Some(header) => vec![template::compile(header, lookup, report)?.fixed()?.into()],
        None => text.places.iter().map(name).collect(),
    };
    let names: Vec<_> = match names {
        Names::Query => spelled.clone(),
        Names::Headers => {
            let lower = spelled.iter().map(|name| name.to_ascii_lowercase().into());
            lower.collect()
        }
    };
    let chain = if text.chain.is_empty() {
        None
    } else {
        let mut chain = compiler.chain(&text.chain, report)?;
        chain.lossy = rule.lossy.is_some();
        Some(chain)
    };
    fits(rule, &sources, &names, chain.as_ref(), report)?;
    let when = match &rule.when {
        Some(when) => Some(cond::compile(when, lookup, report)?),
        None => None,
    };
    let default = match rule.default.as_ref().map(|default| &default.value) {
        Some(DefaultValue::Literal(text)) => Some(Hidden::new(text)),
        Some(DefaultValue::Setting(name)) => {
            compiler.settings.get(name).map(|value| Hidden::new(value))
        }
        None => None,
    };
    let setting = match (rule.places.as_slice(), &chain) {
        ([path], None) => path.to_string().strip_prefix("settings.").map(Into::into),
        _ => None,
    };
    Some(Param {
        sources,
        names,
        spelled,
        setting,
        chain,
        when,
        default,
    })
}

/// The name as it is written: a dot in it is a part of it.
fn name(path: &Path) -> Box<str> {
    let steps: Vec<_> = path.steps.iter().map(|step| step.name.as_str()).collect();
    steps.join(".").into()
}

/// Reports options that a query or headers have no use for.
fn unfit(rule: &Rule, report: &mut Report) -> Option<()> {
    let list =
        rule.each.is_some() || rule.entries.is_some() || rule.at.is_some() || rule.also.is_some();
    if list {
        report.push(
            Diagnostic::new(
                Code::M215,
                rule.key,
                "a rule of a query or of headers has single values",
            )
            .help("names with converters, `when`, `default` and `lossy` may stand here"),
        );
    }
    (!list).then_some(())
}

/// Reports numbers of places that the converters do not join.
fn fits(
    rule: &Rule,
    sources: &[Source],
    names: &[Box<str>],
    chain: Option<&Chain>,
    report: &mut Report,
) -> Option<()> {
    let joined =
        chain.is_some_and(|chain| chain.join.is_some() || matches!(chain.fan, Some(Fan::Table(_))));
    let fanned = chain.is_some_and(|chain| chain.fan.is_some());
    let fit = (sources.len() == 1 || fanned) && (names.len() == 1 || joined);
    if !fit {
        report.push(
            Diagnostic::new(Code::M210, rule.key, "several places become one value by a converter")
                .help("`table`, `copy`, `split` and `money` have several canonical places, `table` and `join` several native ones"),
        );
    }
    fit.then_some(())
}
