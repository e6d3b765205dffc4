//! The rules of a document with every fragment, map and moved root expanded in place.
//!
//! What remains is a flat list of rules per *scope*: the document's root, or an item of a list.

mod guards;
mod lists;
mod takes;
mod unions;
mod values;

use super::place::{Facts, Place, STATUS, Step, StepKind, Test};
use super::{Compiler, Document, literal};
use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{self, Message};
use crate::mapping::plan::{NONE, RuleInfo};
use crate::mapping::syntax::Path;
use crate::model::shape::ShapeId;
pub(crate) use unions::{Alternative, Case, Union, exclude};

/// Maps within maps are expanded this deep; deeper is a cycle without progress.
const DEEPEST: usize = 24;

/// The rules over one root, or over one item of a list.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) canonical: ShapeId,
    pub(crate) native: ShapeId,
    pub(crate) rules: Vec<Rule>,
    /// Constants of the canonical side: `assume`, and of the cell that the item is in.
    pub(crate) canonical_constants: Vec<Constant>,
    /// Constants of the cell of the native side that the item is in.
    pub(crate) native_constants: Vec<Constant>,
    /// Tagged unions.
    pub(crate) unions: Vec<Union>,
}

/// A place with its one value.
#[derive(Debug, Clone)]
pub(crate) struct Constant {
    pub(crate) place: Place,
    pub(crate) literal: Box<str>,
    /// The rule, if another value is to be refused.
    pub(crate) info: u16,
}

/// One correspondence of places.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) info: u16,
    pub(crate) canonical: Vec<Place>,
    pub(crate) native: Vec<Place>,
    pub(crate) kind: RuleKind,
    pub(crate) guards: Vec<Guard>,
    /// Alternatives of unions that it belongs to, the outermost first.
    pub(crate) cases: Vec<Case>,
    pub(crate) travels: Travels,
    /// Canonical places, by their bits, that the message never holds: answers-only ones of a request.
    pub(crate) silent: u32,
}

impl Rule {
    /// True if the message never holds the canonical place at this position.
    pub(crate) fn is_silent(&self, column: usize) -> bool {
        u32::try_from(column).is_ok_and(|bit| self.silent.checked_shr(bit).unwrap_or(0) & 1 == 1)
    }
}

/// What a rule does with its places.
#[derive(Debug)]
pub(crate) enum RuleKind {
    Value {
        chain: u16,
        also: Vec<(Place, u16)>,
        default: Option<Box<str>>,
        report_invalid: bool,
    },
    Each {
        canonical_tests: Vec<Test>,
        native_tests: Vec<Test>,
        scope: Box<Scope>,
        key: Option<Place>,
        removal_refused: bool,
    },
    Entries {
        name: Option<Place>,
        value: Option<Place>,
    },
}

/// Whether a rule is run, or only watches for what a request must not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Travels {
    Yes,
    /// The canonical place is answers-only and the message a request.
    ReadOnly,
    /// The view forbids the native place.
    Forbidden,
}

/// A condition over canonical places of the same scope.
#[derive(Debug, Clone)]
pub(crate) enum Guard {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Present(Place, Span),
    In(Place, Vec<Box<str>>, Span),
    Always(bool),
}

/// The roots below which rules are read, and what holds of all of them.
#[derive(Clone)]
struct Roots {
    canonical: Place,
    native: Place,
    guards: Vec<Guard>,
    cases: Vec<Case>,
}

/// Expands the rules of documents.
pub(crate) struct Expander<'c, 'a> {
    pub(crate) compiler: &'c Compiler<'a>,
    pub(crate) message: Message,
    pub(crate) chains: Vec<crate::mapping::plan::Chain>,
    pub(crate) infos: Vec<RuleInfo>,
    pub(crate) report: &'c mut Report,
    depth: usize,
    /// The document is a problem.
    of_problem: bool,
    /// A native place that the shape at hand lacks belongs to another shape of the mapping.
    of_several: bool,
}

impl<'c, 'a> Expander<'c, 'a> {
    pub(crate) fn new(
        compiler: &'c Compiler<'a>,
        message: Message,
        report: &'c mut Report,
    ) -> Self {
        Self {
            compiler,
            message,
            chains: Vec::new(),
            infos: Vec::new(),
            report,
            depth: 0,
            of_problem: false,
            of_several: false,
        }
    }

    /// The scope of a document's root.
    pub(crate) fn document(&mut self, document: &Document<'a>) -> Scope {
        let mut scope = Scope {
            canonical: document.canonical,
            native: document.native,
            rules: Vec::new(),
            canonical_constants: Vec::new(),
            native_constants: Vec::new(),
            unions: Vec::new(),
        };
        let roots = Roots {
            canonical: Place::default(),
            native: Place::default(),
            guards: Vec::new(),
            cases: Vec::new(),
        };
        self.of_problem = self.compiler.canonical.definition("Problem") == Some(document.canonical);
        if let Some(mapping) = document.mapping {
            self.mapping(mapping, &roots, &mut scope);
        }
        self.rules(document.fields, &roots, &mut scope);
        scope
    }

    fn mapping(&mut self, mapping: &'a ast::MappingFile, roots: &Roots, scope: &mut Scope) {
        if self.depth >= DEEPEST {
            self.report.push(
                Diagnostic::new(
                    Code::M202,
                    mapping.name.span,
                    format!(
                        "`{}` is reached from itself again and again",
                        mapping.name.value
                    ),
                )
                .help(
                    "a map or fragment must lead deeper into both documents each time it is used",
                ),
            );
            return;
        }
        self.depth = self.depth.saturating_add(1);
        let around = self.of_several;
        self.of_several = mapping.has_several_shapes() || (around && mapping.fragment);
        for fragment in &mapping.include {
            if let Some(found) = self.compiler.mapping(&fragment.value) {
                self.mapping(found, roots, scope);
            } else {
                self.compiler
                    .unknown_mapping(&fragment.value, fragment.span, self.report);
            }
        }
        self.rules(&mapping.fields, roots, scope);
        self.union(mapping, roots, scope);
        for (path, literal) in &mapping.assume {
            self.assume(path, literal, roots, scope);
        }
        self.of_several = around;
        self.depth = self.depth.saturating_sub(1);
    }

    fn rules(&mut self, rules: &'a [ast::Rule], roots: &Roots, scope: &mut Scope) {
        for rule in rules {
            self.rule(rule, roots, scope);
        }
    }

    /// Adds a canonical constant, in the scope of the list whose items it is said of.
    fn assume(&mut self, path: &Path, literal: &ast::Text, roots: &Roots, scope: &mut Scope) {
        let root = roots.canonical.shape(scope.canonical);
        let Some(place) = self
            .compiler
            .canonical_side()
            .resolve(root, path, self.report)
        else {
            return;
        };
        let place = roots.canonical.join(&place);
        if !self.holds(&place, scope, &literal.value, literal.span) {
            return;
        }
        let info = self.info(path.span, &place, None, scope);
        place_constant(scope, &place.steps, &literal.value, info);
    }

    fn rule(&mut self, rule: &'a ast::Rule, roots: &Roots, scope: &mut Scope) {
        let root = roots.canonical.shape(scope.canonical);
        let side = self.compiler.canonical_side();
        let mut canonical = Vec::new();
        for path in &rule.places {
            match side.resolve(root, path, self.report) {
                Some(place) => canonical.push(roots.canonical.join(&place)),
                None => return self.rest(rule, roots, scope),
            }
        }
        let mut roots = roots.clone();
        if let Some(when) = &rule.when {
            let guard = self.guard(when, &roots, scope);
            roots.guards.extend(guard);
        }
        if let Some(each) = &rule.each {
            if let Some(list) = each.of(self.message) {
                self.each(rule, list, canonical, &roots, scope);
            }
        } else if let Some(entries) = &rule.entries {
            self.entries(rule, entries, canonical, &roots, scope);
        } else if let Some(at) = &rule.at {
            if let (Some(native), Some(place)) =
                (self.native(at, &roots, scope), canonical.into_iter().next())
            {
                self.rules(
                    &rule.fields,
                    &Roots {
                        canonical: place,
                        native,
                        guards: roots.guards,
                        cases: roots.cases,
                    },
                    scope,
                );
            }
        } else if let Some(text) = rule.text(self.message) {
            self.value(rule, text, canonical, &roots, scope);
        }
    }

    /// What else is wrong with a rule whose canonical place is unknown.
    fn rest(&mut self, rule: &'a ast::Rule, roots: &Roots, scope: &Scope) {
        for text in rule.text(self.message).into_iter().chain(&rule.also) {
            for path in &text.places {
                let _ = self.native(path, roots, scope);
            }
            if text.chain.iter().all(|call| call.name.value != "map") {
                let _ = self.chain(&text.chain, false);
            }
        }
        if let Some(list) = rule.each.as_ref().and_then(|each| each.of(self.message)) {
            let _ = self.native(list, roots, scope);
        }
    }

    /// Reports a literal that a canonical place does not hold.
    fn holds(&mut self, place: &Place, scope: &Scope, text: &str, span: Span) -> bool {
        let shapes = self.compiler.canonical;
        let Some(scalar) = shapes.get(place.shape(scope.canonical)).scalar() else {
            return true;
        };
        let what = place.text(shapes, scope.canonical);
        let fault = literal::judge(scalar, text, span, &what, false);
        let holds = fault.is_none();
        self.report.extend(fault);
        holds
    }

    /// A native place below the roots.
    fn native(&mut self, path: &Path, roots: &Roots, scope: &Scope) -> Option<Place> {
        let root = roots.native.shape(scope.native);
        let side = self.compiler.native_side();
        if self.of_several {
            // What no shape of the mapping has is told where the whole mapping is checked.
            let place = side.resolve(root, path, &mut Report::new())?;
            return Some(roots.native.join(&place));
        }
        let place = side.resolve(root, path, self.report)?;
        Some(roots.native.join(&place))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "a rule is made here and nowhere else"
    )]
    fn push(
        &mut self,
        key: Span,
        canonical: Vec<Place>,
        native: Vec<Place>,
        kind: RuleKind,
        lossy: bool,
        roots: &Roots,
        scope: &mut Scope,
    ) {
        let request = self.message == Message::Request;
        let of_canonical = facts(&canonical, self.compiler.canonical, scope.canonical);
        let of_native = facts(&native, self.compiler.native, scope.native);
        let first_read_only = canonical.first().is_some_and(|place| {
            place
                .facts(self.compiler.canonical, scope.canonical)
                .read_only
        });
        let silent = (0_u32..).zip(&canonical).filter(|(_, place)| {
            request
                && place
                    .facts(self.compiler.canonical, scope.canonical)
                    .read_only
        });
        let silent = silent.fold(0, |mask, (bit, _)| {
            mask | 1_u32.checked_shl(bit).unwrap_or(0)
        });
        let travels = if request && first_read_only {
            Travels::ReadOnly
        } else if of_native.forbidden {
            Travels::Forbidden
        } else {
            Travels::Yes
        };
        if !request && (of_canonical.write_only || of_native.write_only) {
            return;
        }
        if request && of_native.read_only && travels == Travels::Yes {
            return;
        }
        let native_text: Vec<String> = native
            .iter()
            .map(|place| place.text(self.compiler.native, scope.native))
            .collect();
        let info = self.infos.len();
        let Ok(info) = u16::try_from(info) else {
            return;
        };
        self.infos.push(RuleInfo {
            span: Some(key),
            canonical: texts(&canonical, self.compiler.canonical, scope.canonical).into(),
            native: native_text.join(" + ").into(),
            sensitivity: of_canonical.sensitivity.max(of_native.sensitivity),
            lossy,
        });
        scope.rules.push(Rule {
            info,
            canonical,
            native,
            kind,
            guards: roots.guards.clone(),
            cases: roots.cases.clone(),
            travels,
            silent,
        });
    }

    fn info(
        &mut self,
        span: Span,
        canonical: &Place,
        native: Option<&Place>,
        scope: &Scope,
    ) -> u16 {
        let info = self.infos.len();
        self.infos.push(RuleInfo {
            span: Some(span),
            canonical: canonical
                .text(self.compiler.canonical, scope.canonical)
                .into(),
            native: native.map_or_else(Box::default, |place| {
                place.text(self.compiler.native, scope.native).into()
            }),
            sensitivity: canonical
                .facts(self.compiler.canonical, scope.canonical)
                .sensitivity,
            lossy: false,
        });
        u16::try_from(info).unwrap_or(NONE)
    }
}

/// True for the HTTP status of an answer.
pub(crate) fn is_status(path: &Path) -> bool {
    path.steps.len() == 1 && path.first_name() == Some(STATUS)
}

fn facts(places: &[Place], shapes: &crate::model::shape::Shapes, root: ShapeId) -> Facts {
    let mut all = Facts::default();
    for place in places {
        let facts = place.facts(shapes, root);
        all.read_only |= facts.read_only;
        all.write_only |= facts.write_only;
        all.forbidden |= facts.forbidden;
        all.sensitivity = all.sensitivity.max(facts.sensitivity);
    }
    all
}

/// Puts a canonical constant into the scope of the innermost list whose items it is said of.
fn place_constant(scope: &mut Scope, steps: &[Step], literal: &str, info: u16) {
    let every = steps
        .iter()
        .position(|step| matches!(&step.kind, StepKind::Select(tests) if tests.is_empty()));
    let Some(every) = every else {
        scope.canonical_constants.push(Constant {
            place: Place {
                steps: steps.to_vec(),
            },
            literal: literal.into(),
            info,
        });
        return;
    };
    let (list, rest) = steps.split_at(every);
    let rest = rest.get(1..).unwrap_or_default();
    for rule in &mut scope.rules {
        if let (Some(first), RuleKind::Each { scope: inner, .. }) =
            (rule.canonical.first(), &mut rule.kind)
            && first.steps == list
        {
            place_constant(inner, rest, literal, info);
        }
    }
}

fn texts(places: &[Place], shapes: &crate::model::shape::Shapes, root: ShapeId) -> String {
    let texts: Vec<String> = places
        .iter()
        .map(|place| place.text(shapes, root))
        .collect();
    texts.join(" + ")
}
