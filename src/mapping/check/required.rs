//! What one side's schema requires and the rules do not make (M402, M403).

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Report, Span};
use crate::mapping::ast::{CellValue, Condition, MappingFile, Message};
use crate::mapping::survey::place::{member, selected};
use crate::mapping::survey::usage::routes;
use crate::mapping::survey::{Body, Carried, Survey, Tree, Walk};
use crate::mapping::syntax::{DocumentRef, Path};
use crate::model::shape::{Kind, Object, ShapeId, Shapes};

use super::covered::empty;
use super::views;

/// Mappings within mappings are followed this deep; deeper is a cycle, which is reported elsewhere.
const DEEPEST: usize = 16;

/// Checks that what the canonical type requires is read (M403).
pub(super) fn read<'a>(
    survey: &Survey<'a>,
    mapping: &'a MappingFile,
    walk: &Walk<'a>,
    report: &mut Report,
) {
    let span = mapping
        .canonical
        .as_ref()
        .map_or(mapping.name.span, |name| name.span);
    let tree = Tree::of(walk, Carried::Canonical);
    let needs = Needs {
        survey,
        shapes: &survey.catalog.canonical,
        side: Carried::Canonical,
        message: Message::Response,
    };
    let mut missing = BTreeSet::new();
    needs.find(&tree, walk.canonical, &empty(span), 0, false, &mut missing);
    for place in missing {
        let name = &mapping.name.value;
        let message = format!("`{place}` is required, and no rule of `{name}` reads it in answers");
        report.push(
            Diagnostic::new(Code::M403, span, message)
                .help("write a rule for it, or give it one value with `assume`"),
        );
    }
}

/// Checks that what the view of each request requires is written (M402).
pub(super) fn written(survey: &Survey<'_>, report: &mut Report) {
    let mut told = BTreeSet::new();
    for route in survey.file().into_iter().flat_map(routes) {
        let Some(said) = &route.body else { continue };
        let Some(Body { mapping, native }) = survey.body(said, Message::Request) else {
            continue;
        };
        let mut tree = Tree::default();
        if let Some(mapping) = mapping {
            let of = survey.natives_of(mapping, Message::Request);
            if !views::is_view(&survey.set.native, native, &of) {
                // It requires what it likes: that it is no view is told.
                continue;
            }
            let Some(canonical) = survey.canonical_of(mapping) else {
                continue;
            };
            let walk = || Walk::of_mapping(survey, mapping, Message::Request, canonical, native);
            tree.add(&walk(), Carried::Native);
            for variant in &mapping.variants {
                tree.add(&walk().with_variant(survey, variant), Carried::Native);
                let is_present = |one: &&Condition| one.value.value == CellValue::Present;
                for made in variant.native.iter().filter(is_present) {
                    tree.at(&made.place.steps);
                }
            }
        }
        let beside = Walk::of_rules(survey, &route.fields, Message::Request, native, native);
        tree.add(&beside, Carried::Native);
        let needs = Needs {
            survey,
            shapes: &survey.set.native,
            side: Carried::Native,
            message: Message::Request,
        };
        let mut missing = BTreeSet::new();
        needs.find(&tree, native, &empty(said.span), 0, true, &mut missing);
        for place in missing {
            if told.insert((said.to_string(), place.clone())) {
                report.push(unwritten(survey, said, &place, native));
            }
        }
    }
}

fn unwritten(survey: &Survey<'_>, said: &DocumentRef, place: &str, native: ShapeId) -> Diagnostic {
    let view = &survey.set.native.get(native).name;
    let span: Span = said.view.as_ref().map_or(said.span, |view| view.span);
    let message =
        format!("`{view}` requires `{place}`, and neither a rule nor a constant writes it");
    Diagnostic::new(Code::M402, span, message)
        .help("write a rule for it, or name a view that does not require it")
}

struct Needs<'n, 'a> {
    survey: &'n Survey<'a>,
    shapes: &'n Shapes,
    side: Carried,
    message: Message,
}

impl<'a> Needs<'_, 'a> {
    /// Collects required members of objects that rules make and do not fill. `inside` follows mappings, too.
    fn find(
        &self,
        tree: &Tree<'a>,
        shape: ShapeId,
        path: &Path,
        depth: usize,
        inside: bool,
        missing: &mut BTreeSet<String>,
    ) {
        if tree.whole || depth > DEEPEST {
            return;
        }
        match &self.shapes.get(shape).kind {
            Kind::Object(object) => {
                self.members(tree, object, path, depth, missing);
                for one in &object.members {
                    if let Some(node) = tree.members.get(&*one.name) {
                        self.find(
                            node,
                            one.shape,
                            &member(path, &one.name),
                            depth,
                            inside,
                            missing,
                        );
                    }
                }
                for walk in tree
                    .maps
                    .iter()
                    .filter(|_| inside)
                    .flat_map(|map| self.walks(map, shape))
                {
                    let mut below = Tree::of(&walk, self.side);
                    // What is required here was asked above, of all that writes into this object.
                    for one in object.members.iter().filter(|one| one.required) {
                        let node = below.members.entry(one.name.to_string());
                        node.or_insert_with(|| Tree {
                            whole: true,
                            ..Tree::default()
                        });
                    }
                    self.find(
                        &below,
                        shape,
                        path,
                        depth.saturating_add(1),
                        inside,
                        missing,
                    );
                }
            }
            Kind::List(list) => {
                for (select, node) in tree.cells.values() {
                    self.find(
                        node,
                        list.item,
                        &selected(path, select.clone()),
                        depth,
                        inside,
                        missing,
                    );
                }
            }
            Kind::Scalar(_) | Kind::Any => {}
        }
    }

    fn members(
        &self,
        tree: &Tree<'a>,
        object: &Object,
        path: &Path,
        depth: usize,
        missing: &mut BTreeSet<String>,
    ) {
        for one in object.members.iter().filter(|one| one.required) {
            let other_message = match self.message {
                Message::Request => one.read_only,
                Message::Response => one.write_only,
            };
            let constant = self
                .shapes
                .get(one.shape)
                .scalar()
                .is_some_and(|scalar| scalar.constant.is_some());
            let by_schema = constant && self.side == Carried::Native;
            if !other_message && !by_schema && !self.fills(tree, &one.name, depth) {
                missing.insert(member(path, &one.name).to_string());
            }
        }
    }

    /// Tells whether a rule here, or of a mapping that is used here, fills a member.
    fn fills(&self, tree: &Tree<'a>, name: &str, depth: usize) -> bool {
        let of_maps = |map: &&'a MappingFile| {
            let mut walks = self.survey.walks(map, self.message).into_iter();
            walks.any(|walk| {
                let tree = Tree::of(&walk, self.side);
                depth < DEEPEST && self.fills(&tree, name, depth.saturating_add(1))
            })
        };
        tree.whole || tree.members.contains_key(name) || tree.maps.iter().any(of_maps)
    }

    /// The rules of a mapping that is used at a native shape.
    fn walks(&self, map: &&'a MappingFile, shape: ShapeId) -> Option<Walk<'a>> {
        let canonical = self.survey.canonical_of(map)?;
        Some(Walk::of_mapping(
            self.survey,
            map,
            self.message,
            canonical,
            shape,
        ))
    }
}
