//! Rules, variants and what is not carried.

use super::build::Build;
use super::check::misplaced;
use super::sentence;
use crate::diag::Spanned;
use crate::mapping::ast::{
    CellValue, Condition, Rule, Unmapped, UnmappedEntry, UnmappedPath, Variant,
};
use crate::mapping::syntax::{self, Brackets};
use crate::mapping::yaml::{Entry, Node, Scalar, Style, quoting};

/// What the native side of a rule is.
const TARGETS: &[&str] = &["native", "request", "response", "at", "each", "entries"];

/// Options, and beside which native sides they mean something.
const BESIDE: &[(&str, &[&str])] = &[
    ("also", &["native", "request", "response"]),
    ("fields", &["at", "each"]),
    ("key", &["each", "entries"]),
    ("map", &["each"]),
    ("removal", &["each"]),
    ("more", &["each"]),
    ("value", &["entries"]),
    ("default", &["native", "request", "response"]),
    ("invalid", &["native", "request", "response"]),
    ("lossy", &["native", "request", "response"]),
];

// === impl Build ===

impl Build<'_> {
    pub(super) fn rules(&mut self, node: Option<&Node>) -> Vec<Rule> {
        let entries = self.entries(node);
        let misplaced = misplaced(entries).map(|(_, entry)| entry.key.span);
        entries
            .iter()
            .filter(|entry| Some(entry.key.span) != misplaced)
            .filter_map(|entry| self.rule(entry))
            .collect()
    }

    fn rule(&mut self, entry: &Entry) -> Option<Rule> {
        if entry.key.style == Style::Refused {
            return None;
        }
        let places = syntax::places(&entry.key, self.sources).ok();
        let node = Some(&entry.value);
        let mut rule = Rule::new(entry.key.span, places?);
        if entry.value.as_map().is_none() || quoting::is_braced_text(&entry.value, self.sources) {
            rule.native = Some(self.sentence(node, syntax::rule)?);
            amount_and_currency(&mut rule);
            return Some(rule);
        }
        self.combination(entry);
        self.options(&mut rule, &entry.value);
        amount_and_currency(&mut rule);
        let whole = |key: &str, read: bool| read || entry.value.get(key).is_none();
        let given = whole("native", rule.native.is_some())
            && whole("request", rule.request.is_some())
            && whole("response", rule.response.is_some())
            && whole("at", rule.at.is_some())
            && whole("each", rule.each.is_some())
            && whole("entries", rule.entries.is_some())
            && TARGETS.iter().any(|key| entry.value.get(key).is_some());
        given.then_some(rule)
    }

    fn options(&mut self, rule: &mut Rule, node: &Node) {
        rule.native = self.sentence(node.get("native"), syntax::rule);
        rule.request = self.sentence(node.get("request"), syntax::rule);
        rule.response = self.sentence(node.get("response"), syntax::rule);
        rule.also = self.sentence(node.get("also"), syntax::rule);
        rule.at = self.place(node.get("at"));
        rule.fields = self.rules(node.get("fields"));
        rule.fields_key = Self::key(node, "fields");
        rule.each = self.by_message(node.get("each"), |build, node| build.place(Some(node)));
        rule.member_key = self.place(node.get("key"));
        rule.map = self.document(node.get("map"));
        rule.removal = self.word(node.get("removal"));
        rule.more = self.place(node.get("more"));
        rule.entries = self.place(node.get("entries"));
        rule.value = self.place(node.get("value"));
        rule.default = self
            .scalar(node.get("default"))
            .map(sentence::default_value);
        rule.when = self.sentence(node.get("when"), syntax::cond);
        rule.invalid = self.word(node.get("invalid"));
        rule.lossy = self.text(node.get("lossy"));
    }

    /// Reports options that exclude each other, or mean nothing alone.
    fn combination(&mut self, entry: &Entry) {
        let node = &entry.value;
        let given: Vec<&str> = TARGETS
            .iter()
            .copied()
            .filter(|key| node.get(key).is_some())
            .collect();
        let Some((first, others)) = given.split_first() else {
            if TARGETS.iter().any(|key| Self::is_misspelt(node, key)) {
                return;
            }
            let help =
                "a rule has `native` (or `request` and `response`), `at`, `each` or `entries`";
            self.fault(entry.key.span, "the rule has no native side", help);
            return;
        };
        for other in others
            .iter()
            .filter(|other| (*first, **other) != ("request", "response"))
        {
            let message = format!("`{first}` and `{other}` exclude each other");
            self.fault(
                Self::key(node, other).unwrap_or(node.span),
                message,
                "a rule has one native side",
            );
        }
        for (option, beside) in BESIDE {
            if let (Some(span), false) = (
                Self::key(node, option),
                given.iter().any(|target| beside.contains(target)),
            ) {
                let beside: Vec<_> = beside.iter().map(|target| format!("`{target}`")).collect();
                let help = format!("it stands beside {}", beside.join(" or "));
                self.fault(
                    span,
                    format!("`{option}` means nothing beside `{first}`"),
                    help,
                );
            }
        }
        let has = |key| node.get(key).is_some();
        if has("at") && !has("fields") {
            let help = "name the rules below the moved root with `fields`";
            self.fault(entry.key.span, "`at` without `fields` moves nothing", help);
        }
        if let (Some(span), true) = (Self::key(node, "map"), has("fields")) {
            self.fault(
                span,
                "`map` and `fields` exclude each other",
                "a member has a mapping or rules of its own",
            );
        }
        if has("entries") && has("key") != has("value") {
            self.fault(
                entry.key.span,
                "`key` and `value` stand together",
                "an entry of a list has both, a member of an object neither",
            );
        }
    }

    pub(super) fn variant(&mut self, node: &Node) -> Option<Variant> {
        node.as_map()?;
        Some(Variant {
            span: Self::first_key(node),
            canonical: self.conditions(node.get("canonical"), false),
            native: self.conditions(node.get("native"), true),
            at: self.place(node.get("at")),
            fields: self.rules(node.get("fields")),
            unmapped: self.unmapped(node.get("unmapped")),
        })
    }

    fn conditions(&mut self, node: Option<&Node>, native: bool) -> Vec<Condition> {
        let read = self.places(node, Brackets::Some, |build, node| {
            let scalar = build.scalar(Some(node))?;
            Some(Spanned::new(condition(scalar), scalar.span))
        });
        let conditions: Vec<_> = read
            .into_iter()
            .map(|(place, value)| Condition { place, value })
            .collect();
        let odd = conditions
            .iter()
            .find(|it| !native && !matches!(it.value.value, CellValue::Literal(_)));
        if let Some(span) = odd.map(|it| it.value.span) {
            let help = "`<present>` and `<none>` stand on the native side";
            self.fault(
                span,
                "a canonical condition of a variant is a constant",
                help,
            );
        }
        conditions
    }

    pub(super) fn unmapped(&mut self, node: Option<&Node>) -> Unmapped {
        let Some(node) = node else {
            return Unmapped::default();
        };
        Unmapped {
            canonical: self.list(node.get("canonical"), Self::unmapped_entry),
            native: self.list(node.get("native"), Self::unmapped_entry),
        }
    }

    pub(super) fn unmapped_entry(&mut self, node: &Node) -> Option<UnmappedEntry> {
        let path = node.get("path")?;
        let path = match path.as_scalar() {
            Some(scalar) if scalar.text == "rest" => UnmappedPath::Rest(scalar.span),
            _ => {
                let places = self.many(Some(path), |build, node| {
                    build.sentence(Some(node), |scalar, sources| {
                        syntax::path(scalar, sources, Brackets::EveryAndNot)
                    })
                });
                if places.is_empty() {
                    return None;
                }
                UnmappedPath::Places(places)
            }
        };
        let why = self.text(node.get("why"))?;
        Some(UnmappedEntry {
            path,
            why,
            span: Self::first_key(node),
        })
    }
}

/// A rule by `money` names one place, of which it fills both members.
fn amount_and_currency(rule: &mut Rule) {
    let texts = [&rule.native, &rule.request, &rule.response];
    let by_money = texts.into_iter().flatten().any(|text| {
        text.chain
            .last()
            .is_some_and(|call| call.name.value == "money")
    });
    if let ([place], true) = (rule.places.as_slice(), by_money) {
        rule.places = ["amount", "currency"]
            .map(|name| place.member(name))
            .to_vec();
    }
}

fn condition(scalar: &Scalar) -> CellValue {
    match scalar.text.as_str() {
        "<present>" => CellValue::Present,
        "<none>" => CellValue::None,
        literal => CellValue::Literal(literal.to_owned()),
    }
}
