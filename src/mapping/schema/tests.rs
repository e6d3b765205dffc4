//! What schemas become, and where paths over them lead.

use super::*;
use crate::diag::Sources;
use crate::mapping::syntax::{self, Brackets, Path};
use crate::mapping::yaml::{NodeKind, read};
use crate::model::shape::{Alias, Dependent, Form, Kind, Sensitivity, Shape, XmlName};

const SHOP: &str = "\
$defs:
  Text: { type: string, maxLength: 20 }
  Flag: { type: boolean, x-lexical: { 'true': ['Y', 'T'], 'false': ['N'] } }
  Item:
    type: object
    required: [kind]
    xml: { name: part }
    properties:
      kind: { type: string, enum: [small, large] }
      price: { type: [number, string], x-write-as: string, x-scale: 2 }
      notes: { type: object, x-sensitivity: personal, additionalProperties: { $ref: '#/$defs/Text' } }
  Order:
    type: object
    xml: { name: order }
    required: [id, items]
    properties:
      id: { $ref: '#/$defs/Text', readOnly: true, xml: { attribute: true }, x-aliases: [{ name: key }] }
      items: { type: array, xml: { name: all, wrapped: true }, items: { $ref: '#/$defs/Item' } }
      tags: { type: array, x-one-or-many: true, items: { type: string, x-sensitivity: secret, xml: { name: tag } } }
      paid: { $ref: '#/$defs/Flag' }
      parent: { $ref: '#/$defs/Order', writeOnly: true }
  Bare: { type: array, xml: { name: list, wrapped: true }, items: { $ref: '#/$defs/Order' } }
  Paid:
    allOf: [{ $ref: '#/$defs/Order' }]
    required: [paid]
    properties:
      parent: false
      id: { xml: { attribute: false } }
      paid: { const: true }
      items: { minItems: 1, items: { required: [price], properties: { kind: { const: large } } } }
";

fn read_in(text: &str) -> (Shapes, Report, Sources) {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let file = sources.add("shop.yaml", text);
    let root = read(file, &sources, &mut report).unwrap();
    let shapes = native(&root, &mut report);
    (shapes, report, sources)
}

fn good(text: &str) -> Shapes {
    let (shapes, report, _) = read_in(text);
    assert!(report.is_empty(), "{report:?}");
    shapes
}

fn place(text: &str) -> Path {
    let mut sources = Sources::new();
    let file = sources.add("place", format!("\"{text}\""));
    let node = read(file, &sources, &mut Report::new()).unwrap();
    let NodeKind::Scalar(scalar) = &node.kind else {
        panic!("{node:?}")
    };
    syntax::path(scalar, &sources, Brackets::EveryAndNot).unwrap()
}

fn at(shapes: &Shapes, whole: &str) -> Resolved {
    definition(shapes, &place(whole)).unwrap_or_else(|fault| panic!("{whole}: {fault:?}"))
}

fn shape<'s>(shapes: &'s Shapes, whole: &str) -> &'s Shape {
    shapes.get(at(shapes, whole).shape)
}

fn refused(shapes: &Shapes, whole: &str) -> String {
    let fault = definition(shapes, &place(whole)).unwrap_err();
    let told = fault.diagnostic(Code::M102);
    let near = told.help.filter(|help| help.starts_with("did you mean"));
    let near = near.map(|help| format!("; {help}")).unwrap_or_default();
    format!("{}: {}{near}", told.code, told.message)
}

#[test]
fn a_view_says_what_its_layers_say_together() {
    let shapes = good(SHOP);
    let view = shape(&shapes, "Paid");
    assert_eq!(view.view_of, shapes.definition("Order"));
    assert_eq!(view.root.as_ref().map(|name| &*name.local), Some("order"));
    let members = &view.object().unwrap().members;
    let told: Vec<_> = members
        .iter()
        .map(|member| (&*member.name, member.required, member.forbidden))
        .collect();
    let expected = [
        ("id", true, false),
        ("items", true, false),
        ("tags", false, false),
        ("paid", true, false),
        ("parent", false, true),
    ];
    assert_eq!(told, expected);
    let id = at(&shapes, "Paid.id");
    let member = id.member(&shapes).unwrap();
    assert_eq!((member.attribute, member.read_only), (false, true));
    assert_eq!(Some(id.shape), shapes.definition("Text"));
    let paid = shape(&shapes, "Paid.paid");
    assert_eq!(paid.scalar().unwrap().constant.as_deref(), Some("true"));
    assert_eq!(paid.scalar().unwrap().spellings.len(), 2);
    assert_eq!(paid.view_of, shapes.definition("Flag"));
    let items = shape(&shapes, "Paid.items");
    assert_eq!(items.view_of, Some(at(&shapes, "Order.items").shape));
    let list = items.list().unwrap();
    assert_eq!((list.min_items, list.wrapped), (Some(1), true));
    assert_eq!(list.item_wire, Some(XmlName::plain("part")));
    let item = shapes.get(list.item);
    assert_eq!(
        (&*item.name, item.view_of),
        ("Paid.items[]", shapes.definition("Item"))
    );
    let kind = shape(&shapes, "Paid.items[].kind").scalar().unwrap();
    assert_eq!(
        (kind.values.len(), kind.constant.as_deref()),
        (2, Some("large"))
    );
}

#[test]
fn names_of_elements_are_those_of_members_and_roots_those_of_definitions() {
    let shapes = good(SHOP);
    let wire = |whole: &str| {
        at(&shapes, whole)
            .member(&shapes)
            .unwrap()
            .wire
            .local
            .clone()
    };
    assert_eq!(&*wire("Order.items"), "all");
    assert_eq!(&*wire("Order.parent"), "parent");
    assert_eq!(&*wire("Order.tags"), "tag");
    let tags = shape(&shapes, "Order.tags").list().unwrap();
    assert_eq!(
        (
            tags.item_wire.as_ref().map(|name| &*name.local),
            tags.wrapped,
            tags.one_or_many
        ),
        (Some("tag"), false, true)
    );
    let bare = shape(&shapes, "Bare");
    assert_eq!(bare.root, Some(XmlName::plain("list")));
    assert_eq!(
        bare.list().unwrap().item_wire,
        Some(XmlName::plain("order"))
    );
    let id = at(&shapes, "Order.id");
    let alias = Alias {
        name: XmlName::plain("key"),
        attribute: false,
    };
    assert_eq!(id.member(&shapes).unwrap().aliases, [alias]);
    assert!(id.facts.attribute);
}

#[test]
fn care_rises_from_items_and_falls_on_what_is_below() {
    let shapes = good(SHOP);
    assert_eq!(
        at(&shapes, "Order.tags").facts.sensitivity,
        Sensitivity::Secret
    );
    let open = at(&shapes, "Order.parent.items[0].notes.colour");
    assert_eq!(open.facts.sensitivity, Sensitivity::Personal);
    assert_eq!(Some(open.shape), shapes.definition("Text"));
    assert!(open.member(&shapes).is_none());
    assert!(open.facts.write_only && !open.facts.required);
    assert!(at(&shapes, "Order.id").facts.required);
    assert!(!at(&shapes, "Order.items[0].kind").facts.required);
}

#[test]
fn paths_that_lead_nowhere_name_the_type_and_what_is_near() {
    let shapes = good(SHOP);
    let told = |whole: &str| refused(&shapes, whole);
    assert_eq!(
        told("Order.itmes"),
        "M102: `Order` has no member `itmes`; did you mean `items`?"
    );
    assert_eq!(
        told("Order.items[].knd"),
        "M102: `Item` has no member `knd`; did you mean `kind`?"
    );
    assert_eq!(told("Order.zzz"), "M102: `Order` has no member `zzz`");
    assert_eq!(
        told("Ordr"),
        "M103: there is no definition `Ordr`; did you mean `Order`?"
    );
    assert_eq!(
        told("Order.items.kind"),
        "M102: `Order.items` is a list, which has no member `kind`"
    );
    assert_eq!(
        told("Order.id.x"),
        "M102: `Text` is one value, which has no member `x`"
    );
    assert_eq!(told("Order.id[0]"), "M102: `id` is no list");
    assert_eq!(told("Order[0]"), "M102: `Order` is no list");
    let near = "M303: `smal` is none of the values of `Item.kind`; did you mean `small`?";
    assert_eq!(told("Order.items[kind=smal]"), near);
    assert!(told("Order.items[kind=Small]").starts_with("M303"));
    assert!(told("Order.items[notes=x]").starts_with("M102: `Item.notes` is no single value"));
    assert_eq!(
        told("Order.items[knd=small]"),
        "M102: `Item` has no member `knd`; did you mean `kind`?"
    );
    assert_eq!(
        at(&shapes, "Order.items[kind~=SMALL].price").members.len(),
        2
    );
    assert_eq!(at(&shapes, "Bare[].id").members.len(), 1);
}

#[test]
fn views_of_types_that_lead_back_to_themselves_come_to_an_end() {
    let shapes = good(
        "$defs:
  Wide: { type: object, properties: { next: { $ref: '#/$defs/Wide' }, list: { type: array, items: { $ref: '#/$defs/Wide' } } } }
  Slim: { type: object, properties: { next: { $ref: '#/$defs/Slim' }, list: { type: array, items: { $ref: '#/$defs/Slim' } } } }
  View: { allOf: [{ $ref: '#/$defs/Wide' }], properties: { next: { $ref: '#/$defs/Slim' } } }
",
    );
    let next = at(&shapes, "View.next").shape;
    assert_eq!(at(&shapes, "View.next.next.next").shape, next);
    assert!(shapes.len() < 20, "{}", shapes.len());
}

#[test]
fn a_definition_that_adds_members_is_no_view() {
    let shapes = good(
        "$defs:
  Row: { type: object, properties: { id: { type: string } } }
  More: { allOf: [{ $ref: '#/$defs/Row' }], required: [id], properties: { name: { type: string } } }
  Same: { allOf: [{ $ref: '#/$defs/More' }], xml: { name: same } }
",
    );
    assert_eq!(shape(&shapes, "More").view_of, None);
    assert_eq!(shape(&shapes, "More").object().unwrap().members.len(), 2);
    let same = shape(&shapes, "Same");
    assert_eq!(
        (same.view_of, same.root.as_ref().map(|name| &*name.local)),
        (shapes.definition("More"), Some("same"))
    );
}

#[test]
fn rules_over_members_are_kept() {
    let shapes = good(
        "$defs:
  Thing:
    type: object
    minProperties: 1
    maxProperties: 3
    properties: { a: { type: string }, b: { enum: [x, y] }, c: { type: integer } }
    dependentRequired: { a: [b] }
    allOf:
      - anyOf: [{ required: [a] }, { required: [b, c] }]
",
    );
    let thing = shape(&shapes, "Thing").object().unwrap();
    assert_eq!((thing.min_members, thing.max_members), (Some(1), Some(3)));
    assert_eq!(
        thing.any_of,
        [[vec![Box::<str>::from("a")], vec!["b".into(), "c".into()]]]
    );
    let always = Dependent {
        member: "a".into(),
        value: None,
        needs: vec!["b".into()],
    };
    assert_eq!(thing.dependents, [always]);
    assert!(matches!(shapes.get(thing.open.unwrap()).kind, Kind::Any));
}

/// Types of the model may say it: their documents are judged whole.
#[test]
fn what_depends_on_a_value_is_of_the_model_only() {
    let text = "title: Thing
type: object
properties: { b: { enum: [x, y] }, c: { type: integer } }
allOf:
  - if: { properties: { b: { const: x } }, required: [b] }
    then: { required: [c] }
";
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let file = sources.add("thing.schema.json", text);
    let root = read(file, &sources, &mut report).unwrap();
    let shapes = canonical(&[("thing.schema.json".to_owned(), root)], &mut report);
    assert!(report.is_empty(), "{report:?}");
    let sometimes = Dependent {
        member: "b".into(),
        value: Some("x".into()),
        needs: vec!["c".into()],
    };
    assert_eq!(
        shape(&shapes, "Thing").object().unwrap().dependents,
        [sometimes]
    );
}

#[test]
fn types_are_those_of_constants_where_none_is_said() {
    let shapes = good(
        "$defs:
  A: { const: true }
  B: { const: 'true' }
  C: { enum: [1, 2.5] }
  D: { enum: [1, x] }
  E: {}
  F: { type: [string, integer], x-write-as: integer, pattern: '^[0-9]+$', minimum: -1 }
",
    );
    let form = |whole: &str| shape(&shapes, whole).scalar().unwrap().form;
    let forms = ["A", "B", "C", "D"].map(form);
    assert_eq!(forms, [Form::Boolean, Form::Text, Form::Number, Form::Text]);
    assert!(matches!(shape(&shapes, "E").kind, Kind::Any));
    let both = shape(&shapes, "F").scalar().unwrap();
    assert_eq!((both.form, both.also), (Form::Integer, Some(Form::Text)));
}

#[test]
fn what_is_not_at_fault_is_read_all_the_same() {
    let text = SHOP
        .replace("maxLength: 20", "maxLenght: 20")
        .replace("Flag' }", "Flog' }");
    let (shapes, report, sources) = read_in(&text);
    let told: Vec<_> = report
        .sorted(&sources)
        .iter()
        .map(|fault| (fault.code, fault.help.clone().unwrap_or_default()))
        .collect();
    let expected = [
        (
            Code::S002,
            "did you mean `maxLength` or `minLength`?".to_owned(),
        ),
        (Code::S003, "did you mean `Flag`?".to_owned()),
    ];
    assert_eq!(told, expected);
    assert_eq!(shape(&shapes, "Order").object().unwrap().members.len(), 5);
}

#[test]
fn no_schema_with_a_piece_missing_stops_the_reading() {
    let pieces: Vec<_> = SHOP.match_indices(['{', '[', ':', ',', '\n']).collect();
    for (from, _) in &pieces {
        for (to, _) in pieces.iter().filter(|(to, _)| to > from).take(3) {
            let mut text = SHOP.to_owned();
            text.replace_range(from..to, "");
            let (mut sources, mut report) = (Sources::new(), Report::new());
            let file = sources.add("shop.yaml", text);
            if let Some(root) = read(file, &sources, &mut report) {
                let shapes = native(&root, &mut report);
                assert!(shapes.len() < 200);
            }
        }
    }
}
