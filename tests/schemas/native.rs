//! The documents of the upstreams.

use interlingua::diag::{Report, Sources};
use interlingua::mapping::schema;
use interlingua::model::shape::{Alias, Form, Sensitivity, Shapes, XmlName};

use super::{at, files, is_clean, member, shape, tree};

fn upstream(name: &str) -> Shapes {
    let file = format!("{name}.schema.yaml");
    let found = files("schemas/native", &file).pop().expect(name);
    let (mut sources, mut report) = (Sources::new(), Report::new());
    let node = tree(&found.0, found.1, &mut sources, &mut report);
    let shapes = schema::native(&node, &mut report);
    is_clean(&report, &sources);
    shapes
}

fn local(name: Option<&XmlName>) -> Option<&str> {
    name.map(|name| &*name.local)
}

#[test]
fn every_schema_is_read_without_a_fault() {
    let all = files("schemas/native", ".schema.yaml");
    assert!(!all.is_empty());
    for (name, _) in all {
        let shapes = upstream(name.trim_end_matches(".schema.yaml"));
        assert!(shapes.definitions().count() > 5, "{name}");
    }
}

#[test]
fn a_view_narrows_its_base_and_keeps_the_rest() {
    let shapes = upstream("blubilling");
    let base = shapes.definition("Customer").unwrap();
    let create = shapes.get(shapes.definition("CustomerCreate").unwrap());
    assert_eq!(
        (create.view_of, local(create.root.as_ref())),
        (Some(base), Some("customer"))
    );
    assert!(member(&shapes, "CustomerCreate", "billingContact").required);
    assert!(!member(&shapes, "Customer", "billingContact").required);
    assert_eq!(
        shape(&shapes, "CustomerCreate", "status")
            .scalar()
            .unwrap()
            .values
            .len(),
        9
    );
    assert_eq!(
        shape(&shapes, "Customer", "status")
            .scalar()
            .unwrap()
            .values
            .len(),
        0
    );
    let update = shapes
        .get(shapes.definition("CustomerUpdate").unwrap())
        .object()
        .unwrap();
    let forbidden = update.members.iter().filter(|member| member.forbidden);
    let forbidden: Vec<_> = forbidden.map(|member| &*member.name).collect();
    assert_eq!(forbidden, ["id", "status", "CustomerFinancials"]);
    assert_eq!(update.dependents.len(), 2);
    let saved = shape(&shapes, "Saved", "success").scalar().unwrap();
    assert_eq!(
        (saved.form, saved.constant.as_deref()),
        (Form::Boolean, Some("true"))
    );
    assert_eq!(&*saved.spellings[0].spelled[0], "True");
}

#[test]
fn elements_attributes_and_lists_have_their_names() {
    let shapes = upstream("blubilling");
    let id = member(&shapes, "Customer", "id");
    let alias = Alias {
        name: XmlName::plain("id"),
        attribute: false,
    };
    assert_eq!(
        (id.attribute, id.read_only, &id.aliases),
        (true, true, &vec![alias])
    );
    let contact = shapes.get(shapes.definition("BillingContact").unwrap());
    assert_eq!(
        (local(contact.root.as_ref()), contact.view_of),
        (Some("billingContact"), shapes.definition("Contact"))
    );
    assert_eq!(
        &*member(&shapes, "Customer", "salesContact").wire.local,
        "salesContact"
    );
    assert_eq!(
        Some(at(&shapes, "Customer", "salesContact").shape),
        shapes.definition("Contact")
    );
    let all = shapes.get(shapes.definition("CustomerList").unwrap());
    let list = all.list().unwrap();
    assert_eq!(
        (local(all.root.as_ref()), local(list.item_wire.as_ref())),
        (Some("list"), Some("customer"))
    );
    assert_eq!(Some(list.item), shapes.definition("Customer"));
    let errors = shape(&shapes, "StatusDocument", "errors").list().unwrap();
    assert_eq!(
        (errors.wrapped, local(errors.item_wire.as_ref())),
        (true, Some("error"))
    );
}

#[test]
fn annotations_beside_a_reference_hold_for_the_member_alone() {
    let shapes = upstream("blubilling");
    assert!(
        shape(&shapes, "Contact", "emailPrimary")
            .scalar()
            .unwrap()
            .trim
    );
    assert!(
        !shape(&shapes, "Contact", "firstName")
            .scalar()
            .unwrap()
            .trim
    );
    assert_eq!(
        Some(at(&shapes, "Contact", "firstName").shape),
        shapes.definition("Text")
    );
    assert_eq!(
        member(&shapes, "Contact", "firstName").sensitivity,
        Sensitivity::Personal
    );
    let plan = shape(&shapes, "PaymentPlan", "chargeAmount")
        .scalar()
        .unwrap();
    assert_eq!((plan.form, plan.scale), (Form::Number, Some(2)));
    let financials = member(&shapes, "Customer", "CustomerFinancials");
    assert_eq!(
        (financials.read_only, financials.sensitivity),
        (true, Sensitivity::Personal)
    );
    let send = shapes
        .get(shapes.definition("SendEmail").unwrap())
        .object()
        .unwrap();
    assert_eq!(send.any_of.len(), 2);
    assert_eq!(&*send.any_of[1][0][0], "customerId");
}

#[test]
fn members_without_a_type_take_that_of_their_constant() {
    let shapes = upstream("dxp-ux");
    let kind = shape(&shapes, "BillingAccount", "'@type'")
        .scalar()
        .unwrap();
    assert_eq!(
        (kind.form, kind.constant.as_deref()),
        (Form::Text, Some("BillingAccount"))
    );
    let status = shape(&shapes, "Error", "status").scalar().unwrap();
    assert_eq!((status.form, status.also), (Form::Text, Some(Form::Number)));
    let medium = shape(&shapes, "Medium", "characteristic");
    assert_eq!(medium.view_of, shapes.definition("MediumCharacteristic"));
    assert!(member(&shapes, "Medium", "characteristic.contactType").required);
}
