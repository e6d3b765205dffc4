//! The rules of one mapping, flat, each with its places from the mapping's two roots.

use super::Survey;
use super::place::{items, join};
use crate::diag::Span;
use crate::mapping::ast::{CellValue, Condition, MappingFile, Message, Rule, Unmapped, Variant};
use crate::mapping::compile::is_status;
use crate::mapping::schema::{self, Facts};
use crate::mapping::syntax::{Cond, DocumentRef, Path, RuleText};
use crate::model::shape::{ShapeId, Shapes};

/// Fragments within fragments are followed this deep; deeper is a cycle, which is reported elsewhere.
const DEEPEST: usize = 16;

/// A place with what its schema says of it.
#[derive(Debug, Clone)]
pub(crate) struct Spot {
    /// From the root.
    pub(crate) path: Path,
    /// The shape there.
    pub(crate) shape: ShapeId,
    /// What the members on the way say.
    pub(crate) facts: Facts,
}

/// What a rule does with its places.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Does<'a> {
    /// Moves a value.
    Value,
    /// Hands two objects to another mapping.
    Map(&'a MappingFile),
    /// Pairs the items of two lists; what becomes of an item is said by entries of its own.
    Each,
    /// Moves what no other rule on the native list or object takes.
    Entries,
}

/// One rule, or what a rule says of the items of its list.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) does: Does<'a>,
    /// None for places outside the document: inputs, context, settings.
    pub(crate) canonical: Vec<Spot>,
    pub(crate) native: Vec<Spot>,
    /// Further places of the same value.
    pub(crate) also: Vec<Spot>,
    pub(crate) text: Option<&'a RuleText>,
    /// Conditions of this rule and of those around it, with the root that their places stand below.
    pub(crate) guards: Vec<(&'a Cond, Path)>,
    /// How many first steps of the canonical and native places lead to the item of the `each` around it.
    pub(crate) below: (usize, usize),
    /// Whether the schemas let its value travel in this message.
    pub(crate) travels: bool,
}

/// The rules of one mapping in one message, over one native shape.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) message: Message,
    pub(crate) canonical: ShapeId,
    pub(crate) native: ShapeId,
    pub(crate) entries: Vec<Entry<'a>>,
    /// Rules with a native place that this shape lacks.
    pub(crate) silent: Vec<&'a Rule>,
    /// Whether a canonical place or a mapping is unknown, which is reported elsewhere.
    pub(crate) broken: bool,
    /// Canonical constants.
    pub(crate) assumed: Vec<Path>,
    /// Native places of which a condition leaves nothing to carry.
    pub(crate) fixed: Vec<Path>,
    /// The variant whose rules are among these.
    pub(crate) variant: Option<&'a Variant>,
    /// What the mapping and its fragments declare.
    pub(crate) unmapped: Vec<&'a Unmapped>,
}

#[derive(Clone)]
struct Roots<'a> {
    canonical: Path,
    native: Path,
    guards: Vec<(&'a Cond, Path)>,
    below: (usize, usize),
}

impl<'a> Walk<'a> {
    /// Looks at the rules of a mapping and of its fragments.
    pub(crate) fn of_mapping(
        survey: &Survey<'a>,
        mapping: &'a MappingFile,
        message: Message,
        canonical: ShapeId,
        native: ShapeId,
    ) -> Self {
        let mut walk = Self::empty(message, canonical, native);
        let roots = Roots::at(mapping.key);
        walk.mapping(survey, mapping, &roots, 0);
        walk
    }

    /// Adds the rules of one variant.
    pub(crate) fn with_variant(mut self, survey: &Survey<'a>, variant: &'a Variant) -> Self {
        let mut roots = Roots::at(variant.span);
        if let Some(at) = &variant.at {
            roots.native = join(&roots.native, at);
        }
        for rule in &variant.fields {
            self.rule(survey, rule, &roots);
        }
        let literal =
            |condition: &&Condition| matches!(condition.value.value, CellValue::Literal(_));
        let canonical = variant.canonical.iter().filter(literal);
        self.assumed
            .extend(canonical.map(|condition| condition.place.clone()));
        // What has one value, or is not there, has nothing to carry.
        let native = variant
            .native
            .iter()
            .filter(|condition| condition.value.value != CellValue::Present);
        self.fixed
            .extend(native.map(|condition| condition.place.clone()));
        self.unmapped.push(&variant.unmapped);
        self.variant = Some(variant);
        self
    }

    /// Looks at rules that stand beside a body.
    pub(crate) fn of_rules(
        survey: &Survey<'a>,
        rules: &'a [Rule],
        message: Message,
        canonical: ShapeId,
        native: ShapeId,
    ) -> Self {
        let mut walk = Self::empty(message, canonical, native);
        if let Some(first) = rules.first() {
            let roots = Roots::at(first.key);
            for rule in rules {
                walk.rule(survey, rule, &roots);
            }
        }
        walk
    }

    fn empty(message: Message, canonical: ShapeId, native: ShapeId) -> Self {
        Self {
            message,
            canonical,
            native,
            entries: Vec::new(),
            silent: Vec::new(),
            broken: false,
            assumed: Vec::new(),
            fixed: Vec::new(),
            variant: None,
            unmapped: Vec::new(),
        }
    }

    fn mapping(
        &mut self,
        survey: &Survey<'a>,
        mapping: &'a MappingFile,
        roots: &Roots<'a>,
        depth: usize,
    ) {
        if depth > DEEPEST {
            return;
        }
        for fragment in &mapping.include {
            if let Some(fragment) = survey.compiler.mapping(&fragment.value) {
                self.mapping(survey, fragment, roots, depth.saturating_add(1));
            }
        }
        for rule in &mapping.fields {
            self.rule(survey, rule, roots);
        }
        let assumed = mapping
            .assume
            .iter()
            .map(|(path, _)| join(&roots.canonical, path));
        self.assumed.extend(assumed);
        self.unmapped.push(&mapping.unmapped);
    }

    fn rule(&mut self, survey: &Survey<'a>, rule: &'a Rule, roots: &Roots<'a>) {
        let mut roots = roots.clone();
        if let Some(when) = &rule.when {
            roots.guards.push((when, roots.canonical.clone()));
        }
        let canonical: Vec<Path> = rule
            .places
            .iter()
            .map(|path| join(&roots.canonical, path))
            .collect();
        if let Some(each) = &rule.each {
            if let (Some(list), Some(first)) = (each.of(self.message), canonical.first()) {
                self.each(survey, rule, list, first, &roots);
            }
        } else if let Some(list) = &rule.entries {
            self.entries_of(survey, rule, list, &canonical, &roots);
        } else if let Some(at) = &rule.at {
            if let Some(first) = canonical.first() {
                let below = Roots {
                    canonical: first.clone(),
                    native: join(&roots.native, at),
                    guards: roots.guards,
                    below: roots.below,
                };
                for rule in &rule.fields {
                    self.rule(survey, rule, &below);
                }
            }
        } else if let Some(text) = rule.text(self.message) {
            self.value(survey, rule, text, &canonical, &roots);
        }
    }

    fn value(
        &mut self,
        survey: &Survey<'a>,
        rule: &'a Rule,
        text: &'a RuleText,
        canonical: &[Path],
        roots: &Roots<'a>,
    ) {
        let native: Vec<Path> = text
            .places
            .iter()
            .filter(|path| !is_status(path))
            .map(|path| join(&roots.native, path))
            .collect();
        let also: Vec<Path> = rule
            .also
            .iter()
            .flat_map(|also| &also.places)
            .map(|path| join(&roots.native, path))
            .collect();
        let mapped = text.chain.iter().find(|call| call.name.value == "map");
        let does = match mapped {
            None => Does::Value,
            Some(call) => {
                let name = call.args.first().map(|arg| arg.value.text());
                match name.and_then(|name| survey.compiler.mapping(&name.value)) {
                    Some(mapping) => Does::Map(mapping),
                    None => {
                        self.broken = true;
                        return;
                    }
                }
            }
        };
        self.push(
            survey,
            rule,
            does,
            canonical,
            &native,
            &also,
            Some(text),
            roots,
        );
    }

    fn each(
        &mut self,
        survey: &Survey<'a>,
        rule: &'a Rule,
        list: &'a Path,
        canonical: &Path,
        roots: &Roots<'a>,
    ) {
        let native = join(&roots.native, list);
        if native.steps.is_empty() {
            // The document itself is the list.
            if let Some(of) = survey.set.native.get(self.native).list() {
                self.native = of.item;
            }
        }
        let (canonical, native) = (items(canonical.clone()), items(native));
        let lists = (
            std::slice::from_ref(&canonical),
            std::slice::from_ref(&native),
        );
        self.push(survey, rule, Does::Each, lists.0, lists.1, &[], None, roots);
        if let Some(more) = rule
            .more
            .as_ref()
            .filter(|_| self.message == Message::Response)
        {
            self.fixed.push(join(&roots.native, more));
        }
        let below = Roots {
            canonical: canonical.clone(),
            native: native.clone(),
            guards: roots.guards.clone(),
            below: (canonical.steps.len(), native.steps.len()),
        };
        if let Some(map) = &rule.map {
            if let Some(mapping) = map
                .name
                .as_name()
                .and_then(|name| survey.compiler.mapping(name))
            {
                self.push(
                    survey,
                    rule,
                    Does::Map(mapping),
                    lists.0,
                    lists.1,
                    &[],
                    None,
                    &below,
                );
            } else {
                self.broken = true;
            }
        } else if rule.fields_key.is_some() {
            for rule in &rule.fields {
                self.rule(survey, rule, &below);
            }
        } else {
            self.push(
                survey,
                rule,
                Does::Value,
                lists.0,
                lists.1,
                &[],
                None,
                &below,
            );
        }
    }

    fn entries_of(
        &mut self,
        survey: &Survey<'a>,
        rule: &'a Rule,
        list: &Path,
        canonical: &[Path],
        roots: &Roots<'a>,
    ) {
        let native = join(&roots.native, list);
        self.push(
            survey,
            rule,
            Does::Entries,
            canonical,
            &[native],
            &[],
            None,
            roots,
        );
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "an entry is made here and nowhere else"
    )]
    fn push(
        &mut self,
        survey: &Survey<'a>,
        rule: &'a Rule,
        does: Does<'a>,
        canonical: &[Path],
        native: &[Path],
        also: &[Path],
        text: Option<&'a RuleText>,
        roots: &Roots<'a>,
    ) {
        let shapes = &survey.set.native;
        let Some(native) = spots(shapes, self.native, native) else {
            self.silent.push(rule);
            return;
        };
        let model = &survey.catalog.canonical;
        let known: Vec<Spot> = canonical
            .iter()
            .filter_map(|path| spot(model, self.canonical, path))
            .collect();
        self.broken |= known.len() < canonical.len();
        let canonical = known;
        if let Does::Map(mapping) = does
            && !self.takes(survey, mapping, canonical.first(), native.first())
        {
            self.broken = true;
            return;
        }
        let travels = travels(self.message, &canonical, &native);
        self.entries.push(Entry {
            rule,
            does,
            canonical,
            native,
            also: spots(shapes, self.native, also).unwrap_or_default(),
            text,
            guards: roots.guards.clone(),
            below: roots.below,
            travels,
        });
    }

    /// Whether a mapping is of the types of both places; where it is not, that is reported elsewhere.
    fn takes(
        &self,
        survey: &Survey<'a>,
        mapping: &'a MappingFile,
        canonical: Option<&Spot>,
        native: Option<&Spot>,
    ) -> bool {
        let of = Vec::from_iter(survey.canonical_of(mapping));
        let natives = survey.natives_of(mapping, self.message);
        let model = &survey.catalog.canonical;
        canonical.is_none_or(|spot| model.takes(spot.shape, &of))
            && native.is_none_or(|spot| survey.set.native.takes(spot.shape, &natives))
    }
}

impl Roots<'_> {
    fn at(span: Span) -> Self {
        let root = Path {
            steps: Vec::new(),
            span,
        };
        Self {
            canonical: root.clone(),
            native: root,
            guards: Vec::new(),
            below: (0, 0),
        }
    }
}

impl Entry<'_> {
    /// Where the converter of this name stands in the rule.
    pub(crate) fn converter(&self, name: &str) -> Option<Span> {
        let calls = &self.text?.chain;
        calls
            .iter()
            .find(|call| call.name.value == name)
            .map(|call| call.span)
    }
}

fn spot(shapes: &Shapes, root: ShapeId, path: &Path) -> Option<Spot> {
    let found = schema::path(shapes, root, path).ok()?;
    Some(Spot {
        path: path.clone(),
        shape: found.shape,
        facts: found.facts,
    })
}

fn spots(shapes: &Shapes, root: ShapeId, paths: &[Path]) -> Option<Vec<Spot>> {
    paths.iter().map(|path| spot(shapes, root, path)).collect()
}

/// Requests leave out what only answers have, and the reverse.
fn travels(message: Message, canonical: &[Spot], native: &[Spot]) -> bool {
    let native_any = |is: fn(&Facts) -> bool| native.iter().any(|spot| is(&spot.facts));
    match message {
        Message::Request => {
            !canonical.first().is_some_and(|spot| spot.facts.read_only)
                && !native_any(|facts| facts.read_only || facts.forbidden)
        }
        Message::Response => {
            !canonical.iter().any(|spot| spot.facts.write_only)
                && !native_any(|facts| facts.write_only || facts.forbidden)
        }
    }
}

/// Every converter call that maps objects, with the mapping that it names.
pub(crate) fn mapped(rule: &Rule) -> impl Iterator<Item = &crate::diag::Spanned<String>> {
    let texts = [&rule.native, &rule.request, &rule.response, &rule.also];
    texts
        .into_iter()
        .flatten()
        .flat_map(|text| &text.chain)
        .filter(|call| call.name.value == "map")
        .filter_map(|call| call.args.first().map(|arg| arg.value.text()))
}

/// The name of a mapping that a document refers to.
pub(crate) fn named(document: &DocumentRef) -> Option<&str> {
    document.name.as_name()
}
