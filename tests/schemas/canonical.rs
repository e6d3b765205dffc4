//! The canonical model.

use interlingua::diag::{Report, Sources};
use interlingua::mapping::schema;
use interlingua::model::shape::{Form, Format, Kind, Scalar, Sensitivity, ShapeId, Shapes};

use super::{at, files, is_clean, member, shape, tree};

fn model() -> Shapes {
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let nodes: Vec<_> = files("schemas/canonical", ".schema.json")
        .into_iter()
        .map(|(name, text)| {
            let node = tree(&name, text, &mut sources, &mut report);
            (name, node)
        })
        .collect();
    let shapes = schema::canonical(&nodes, &mut report);
    is_clean(&report, &sources);
    assert_eq!(shapes.definitions().count(), nodes.len());
    shapes
}

#[test]
fn every_schema_is_read_without_a_fault() {
    let shapes = model();
    for (name, id) in shapes.definitions() {
        let shape = shapes.get(id);
        assert_eq!(&*shape.name, name);
        let object = shape
            .object()
            .unwrap_or_else(|| panic!("{name} is no object"));
        assert_eq!(object.open, None, "{name} is closed");
        assert!(!object.members.is_empty(), "{name}");
    }
}

#[test]
fn keyed_lists_name_their_key_and_their_items_narrow_the_type() {
    let shapes = model();
    let contacts = shape(&shapes, "Customer", "contacts").list().unwrap();
    assert_eq!(contacts.key.as_deref(), Some("role"));
    let item = shapes.get(contacts.item);
    assert_eq!(item.view_of, shapes.definition("Contact"));
    assert_eq!(&*item.name, "Customer.contacts[]");
    assert!(member(&shapes, "Customer", "contacts[].role").required);
    assert!(!member(&shapes, "Contact", "role").required);
    let phones = shape(&shapes, "Customer", "phones").list().unwrap();
    assert_eq!(shapes.definition("Phone"), Some(phones.item));
}

/// The texts below a type, each with its place.
fn texts(shapes: &Shapes, id: ShapeId, place: &str, found: &mut Vec<(String, Scalar)>) {
    match &shapes.get(id).kind {
        Kind::Object(object) => {
            for member in &object.members {
                texts(
                    shapes,
                    member.shape,
                    &format!("{place}/{}", member.name),
                    found,
                );
            }
        }
        Kind::List(list) => texts(shapes, list.item, place, found),
        Kind::Scalar(scalar) if scalar.form == Form::Text => {
            found.push((place.to_owned(), scalar.clone()));
        }
        _ => {}
    }
}

#[test]
fn no_criterion_of_a_search_may_be_of_blanks_alone() {
    let shapes = model();
    let mut found = Vec::new();
    for name in ["CustomerCriteria", "AccountCriteria"] {
        texts(&shapes, shapes.definition(name).unwrap(), name, &mut found);
    }
    assert!(
        found
            .iter()
            .any(|(place, _)| place == "CustomerCriteria/name/first")
    );
    for (place, scalar) in found {
        let has_form = scalar.format.is_some() || !scalar.values.is_empty();
        let is_cursor = place.ends_with("/cursor");
        let says_so = scalar.pattern.as_deref() == Some(r"\S") && scalar.min_length == Some(1);
        assert!(has_form || is_cursor || says_so, "{place}: {scalar:?}");
    }
}

#[test]
fn types_may_lead_back_to_themselves() {
    let shapes = model();
    let holder = at(&shapes, "Customer", "accounts[0].holder");
    assert_eq!(Some(holder.shape), shapes.definition("Customer"));
    assert!(holder.facts.read_only);
    let deeper = at(&shapes, "Customer", "accounts[0].holder.accounts[1].number");
    assert_eq!(deeper.members.len(), 4);
}

#[test]
fn a_reference_into_a_type_is_the_place_itself() {
    let shapes = model();
    let status = at(&shapes, "StatusChange", "status");
    assert_eq!(status.shape, at(&shapes, "Customer", "status").shape);
    let shape = shapes.get(status.shape);
    assert_eq!(&*shape.name, "Customer.status");
    assert!(
        shape
            .scalar()
            .unwrap()
            .values
            .iter()
            .any(|value| &**value == "overdue")
    );
}

#[test]
fn values_have_their_forms_bounds_and_care() {
    let shapes = model();
    let id = shape(&shapes, "Customer", "id").scalar().unwrap();
    assert_eq!((id.format, id.max_length), (Some(Format::Id), Some(300)));
    let stage = shape(&shapes, "Customer", "statusStage").scalar().unwrap();
    assert_eq!(stage.form, Form::Integer);
    assert_eq!(
        (stage.minimum.as_deref(), stage.maximum.as_deref()),
        (Some("1"), Some("3"))
    );
    assert_eq!(
        at(&shapes, "Customer", "taxId").facts.sensitivity,
        Sensitivity::Personal
    );
    let password = at(&shapes, "Customer", "contacts[role=billing].login.password").facts;
    assert_eq!(
        (password.sensitivity, password.write_only),
        (Sensitivity::Secret, true)
    );
    let open = at(&shapes, "Customer", "attributes.segment");
    assert!(open.member(&shapes).is_none());
    assert_eq!(
        shapes.get(open.shape).scalar().unwrap().max_length,
        Some(4000)
    );
}

#[test]
fn envelopes_and_the_context_are_no_resources() {
    let shapes = model();
    let named = |wanted: fn(&interlingua::model::shape::Shape) -> bool| {
        let all = shapes
            .definitions()
            .filter(|(_, id)| wanted(shapes.get(*id)));
        all.map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(named(|shape| shape.envelope), ["Outcome", "Problem"]);
    assert_eq!(named(|shape| shape.context), ["Context"]);
    assert!(matches!(
        shape(&shapes, "Outcome", "resource").kind,
        Kind::Any
    ));
}
