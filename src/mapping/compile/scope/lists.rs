//! Rules over lists: the scope of an item, and lists of names and values.

use super::super::place::{Place, Step, StepKind, Test};
use super::{Constant, Expander, Roots, RuleKind, Scope};
use crate::diag::{Code, Diagnostic, Span};
use crate::mapping::ast;
use crate::mapping::plan::NONE;
use crate::mapping::syntax::Path;
use crate::model::shape::{Kind, ShapeId, Shapes};

impl<'a> Expander<'_, 'a> {
    pub(super) fn each(
        &mut self,
        rule: &'a ast::Rule,
        list: &Path,
        canonical: Vec<Place>,
        roots: &Roots,
        scope: &mut Scope,
    ) {
        let (Some(native), Some(canonical)) = (
            self.native(list, roots, scope),
            canonical.into_iter().next(),
        ) else {
            return;
        };
        let (canonical, canonical_tests, canonical_item) =
            split_list(canonical, scope.canonical, self.compiler.canonical);
        let (native, native_tests, native_item) =
            split_list(native, scope.native, self.compiler.native);
        let Some(native_item) = native_item else {
            self.no_list(list.span, &native, scope.native);
            return;
        };
        let canonical_item = canonical_item.map(|item| self.item_type(rule, item));
        let Some(canonical_item) = canonical_item else {
            self.report.push(
                Diagnostic::new(
                    Code::M210,
                    rule.key,
                    "`each` stands at a place that is no list",
                )
                .help("name a list of the model to the left"),
            );
            return;
        };
        let mut inner = Scope {
            canonical: canonical_item,
            native: native_item,
            rules: Vec::new(),
            canonical_constants: constants(&canonical_tests),
            native_constants: constants(&native_tests),
            unions: Vec::new(),
        };
        self.item(rule, &mut inner);
        let key = rule.member_key.as_ref().and_then(|path| {
            self.compiler
                .native_side()
                .resolve(native_item, path, self.report)
        });
        let kind = RuleKind::Each {
            canonical_tests,
            native_tests,
            scope: Box::new(inner),
            key,
            removal_refused: rule.removal.is_some(),
        };
        self.push(
            rule.key,
            vec![canonical],
            vec![native],
            kind,
            false,
            roots,
            scope,
        );
    }

    /// The type of a canonical list's items: of a list of anything, that of the mapping of each.
    fn item_type(&self, rule: &ast::Rule, item: ShapeId) -> ShapeId {
        let canonical = self.compiler.canonical;
        if !matches!(canonical.get(item).kind, Kind::Any) {
            return item;
        }
        let mapping = rule.map.as_ref().and_then(|map| map.name.as_name());
        mapping
            .and_then(|name| self.compiler.mapping(name))
            .and_then(|mapping| mapping.canonical.as_ref())
            .and_then(|name| canonical.definition(&name.value))
            .unwrap_or(item)
    }

    /// The rules of a list's item.
    fn item(&mut self, rule: &'a ast::Rule, inner: &mut Scope) {
        let roots = Roots {
            canonical: Place::default(),
            native: Place::default(),
            guards: Vec::new(),
            cases: Vec::new(),
        };
        if let Some(map) = &rule.map {
            match map
                .name
                .as_name()
                .and_then(|name| self.compiler.mapping(name))
            {
                Some(mapping) if self.takes(mapping, map.span, &roots, inner) => {
                    self.mapping(mapping, &roots, inner);
                }
                Some(_) => {}
                None => self.compiler.unknown_mapping(
                    map.name.as_name().unwrap_or("?"),
                    map.span,
                    self.report,
                ),
            }
        } else if rule.fields_key.is_some() {
            self.rules(&rule.fields, &roots, inner);
        } else {
            let kind = RuleKind::Value {
                chain: NONE,
                also: Vec::new(),
                default: None,
                report_invalid: false,
            };
            self.push(
                rule.key,
                vec![Place::default()],
                vec![Place::default()],
                kind,
                false,
                &roots,
                inner,
            );
        }
    }

    fn no_list(&mut self, span: Span, place: &Place, root: ShapeId) {
        let name = self.compiler.native.get(place.shape(root)).name.clone();
        self.report.push(
            Diagnostic::new(Code::M210, span, format!("`{name}` is no list"))
                .help("`each` runs over the items of a native list"),
        );
    }

    pub(super) fn entries(
        &mut self,
        rule: &'a ast::Rule,
        entries: &Path,
        canonical: Vec<Place>,
        roots: &Roots,
        scope: &mut Scope,
    ) {
        let Some(native) = self.native(entries, roots, scope) else {
            return;
        };
        let item = self
            .compiler
            .native
            .get(native.shape(scope.native))
            .list()
            .map(|list| list.item);
        let mut within = |path: &Option<Path>| {
            let (path, item) = (path.as_ref()?, item?);
            self.compiler.native_side().resolve(item, path, self.report)
        };
        let name = within(&rule.member_key);
        let value = within(&rule.value);
        let kind = RuleKind::Entries { name, value };
        self.push(rule.key, canonical, vec![native], kind, false, roots, scope);
    }
}

/// A list's place apart from the selector behind it, with the shape of an item.
fn split_list(
    mut place: Place,
    root: ShapeId,
    shapes: &Shapes,
) -> (Place, Vec<Test>, Option<ShapeId>) {
    if let Some(Step {
        kind: StepKind::Select(_),
        ..
    }) = place.steps.last()
        && let Some(Step {
            kind: StepKind::Select(tests),
            shape,
        }) = place.steps.pop()
    {
        return (place, tests, Some(shape));
    }
    let item = shapes.get(place.shape(root)).list().map(|list| list.item);
    (place, Vec::new(), item)
}

fn constants(tests: &[Test]) -> Vec<Constant> {
    tests
        .iter()
        .map(|test| Constant {
            place: Place {
                steps: test.members.clone(),
            },
            literal: test.literal.clone(),
            info: NONE,
        })
        .collect()
}
