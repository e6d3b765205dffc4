//! Coverage and explanations of the shipped mappings.

use std::fs;

use interlingua::mapping::ast::Message;
use interlingua::mapping::coverage::{
    FILE, Generated, Matrix, coverage, operations, places, stale,
};
use interlingua::mapping::explain::{Missing, explain};

use crate::files::{checked, root};
use crate::shipped::shipped;

/// `UPDATE_GOLDENS=1` writes the files again.
#[test]
fn coverage_files_are_what_the_mappings_carry() {
    let (catalog, _) = checked(shipped());
    for (name, set) in &catalog.mappings {
        let path = root().join("mappings").join(&set.folder).join(FILE);
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            fs::write(&path, coverage(&catalog, name).unwrap().to_string()).unwrap();
        }
        let found = fs::read_to_string(&path).ok();
        assert_eq!(stale(&catalog, name, lying(found.as_deref())), None);
    }
}

fn lying(text: Option<&str>) -> Generated<'_> {
    Generated {
        text,
        place: "mappings/it/coverage.txt",
        command: "interlingua coverage it",
    }
}

#[test]
fn a_coverage_file_that_is_missing_or_differs_is_stale() {
    let (catalog, _) = checked(shipped());
    let name = catalog.mappings.keys().next().unwrap();
    let now = coverage(&catalog, name).unwrap().to_string();
    assert_eq!(stale(&catalog, name, lying(Some(&now))), None);
    let missing = stale(&catalog, name, lying(None)).unwrap();
    assert_eq!(missing.code.as_str(), "M410");
    assert!(
        missing.message.ends_with("coverage.txt` does not exist"),
        "{}",
        missing.message
    );
    let less: String = now
        .lines()
        .take(5)
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(
        stale(&catalog, name, lying(Some(&less)))
            .unwrap()
            .message
            .contains("lacks")
    );
    assert!(
        stale(&catalog, name, lying(Some(&format!("{now}more\n"))))
            .unwrap()
            .message
            .contains("is no more")
    );
    assert!(
        stale(
            &catalog,
            name,
            lying(Some(&now.replacen("operations", "things", 1)))
        )
        .unwrap()
        .message
        .contains("`things`")
    );
}

/// What a row says of two upstreams.
fn of_two(matrix: &Matrix, row: &str) -> Vec<String> {
    let (_, cells) = matrix.rows.iter().find(|(name, _)| name == row).unwrap();
    ["blubilling", "dxp-ux"]
        .map(|name| {
            let column = matrix.upstreams.iter().position(|other| other == name);
            cells[column.unwrap()].clone()
        })
        .into()
}

#[test]
fn tables_have_a_row_for_each_operation_and_place() {
    let (catalog, _) = checked(shipped());
    let offered = operations(&catalog);
    assert_eq!(offered.rows.len(), catalog.operations.len());
    let row = |id: &str| of_two(&offered, id);
    assert_eq!(row("getCustomer"), ["2 requests", ""]);
    assert_eq!(row("searchBillingAccounts"), ["", "yes"]);
    let carried = places(&catalog);
    let row = |place: &str| of_two(&carried, place);
    assert_eq!(row("Customer.reference"), ["in, out", ""]);
    assert_eq!(row("Customer.id"), ["out", ""]);
    assert_eq!(row("Customer.contacts[].phones[].number"), ["in, out", ""]);
    assert_eq!(row("Customer.contacts[].login.password"), ["in", ""]);
    assert_eq!(row("Customer.birthDate"), ["", ""]);
    assert_eq!(
        row("BillingAccount.balances[].amount.currency"),
        ["", "out"]
    );
    assert_eq!(
        row("BillingAccount.contacts[].addresses[].city"),
        ["", "in, out"]
    );
    let table = carried.to_string();
    let upstreams: Vec<&str> = catalog.mappings.keys().map(AsRef::as_ref).collect();
    let columns = upstreams.len() + 1;
    assert!(table.starts_with(&format!(
        "| Place | {} |\n|{}\n| `",
        upstreams.join(" | "),
        "---|".repeat(columns)
    )));
}

#[test]
fn a_place_is_explained_by_its_rules_and_views() {
    let (catalog, _) = checked(shipped());
    let told = |operation: &str, place: &str| {
        explain(&catalog, "blubilling", operation, place)
            .unwrap()
            .to_string()
    };
    let status = told("updateCustomer", "status");
    assert!(
        status.contains("mappings/blubilling/customer.yaml:9:3 (mapping `customer`)"),
        "{status}"
    );
    assert!(
        status.contains("  converters table(customer-status)\n"),
        "{status}"
    );
    assert!(
        status.contains("  refused    customer as CustomerUpdate forbids it\n"),
        "{status}"
    );
    assert!(
        status.contains("  response   customer (the gateway reads it, the sandbox writes it)\n"),
        "{status}"
    );
    let country = told(
        "createCustomer",
        "contacts[role=billing].addresses[use=postal].country",
    );
    assert!(
        country.contains(
            "  native     billingContact.address.countryCode + billingContact.address.country\n"
        ),
        "{country}"
    );
    assert!(country.contains("normalising"), "{country}");
    let native = told("createCustomer", "billingContact.passwd");
    assert!(
        native.contains("contacts[role=billing].login.password"),
        "{native}"
    );
    assert!(!native.contains("response"), "{native}");
}

#[test]
fn what_travels_beside_the_documents_is_explained_too() {
    let (catalog, _) = checked(shipped());
    for (upstream, operation, place, part, name) in [
        (
            "dxp-ux",
            "searchBillingAccounts",
            "taxId",
            "header of the request",
            "x-tax-identifier",
        ),
        (
            "dxp-ux",
            "searchBillingAccounts",
            "X-Tax-Identifier",
            "header of the request",
            "taxId",
        ),
        (
            "dxp-ux",
            "listBillingAccounts",
            "serviceId",
            "query of the request",
            "characteristic.value",
        ),
        (
            "blubilling",
            "changeCustomerStatus",
            "status",
            "query of the request",
            "actionName",
        ),
        (
            "blubilling",
            "searchCustomers",
            "text",
            "query of the request",
            "search",
        ),
        (
            "blubilling",
            "getCustomer",
            "id",
            "path of the request",
            "/rest/customer/{id}",
        ),
    ] {
        let told = explain(&catalog, upstream, operation, place)
            .unwrap()
            .to_string();
        assert!(told.contains(part) && told.contains(name), "{told}");
    }
    for operation in ["changeCustomerStatus", "updateCustomer"] {
        let told = explain(&catalog, "blubilling", operation, "status").unwrap();
        let of_request = |missing: &Missing| missing.message == Message::Request;
        assert!(!told.missing.iter().any(of_request), "{told}");
    }
    let open = explain(&catalog, "blubilling", "getCustomer", "contacts[role").unwrap_err();
    assert_eq!(open.code.as_str(), "M101");
}

#[test]
fn a_place_that_is_not_carried_is_explained_by_its_reason() {
    let (catalog, _) = checked(shipped());
    let told = explain(&catalog, "blubilling", "createCustomer", "birthDate").unwrap();
    assert!(told.rules.is_empty());
    let declared: Vec<_> = told
        .missing
        .iter()
        .filter(|missing| missing.declared.is_some())
        .collect();
    assert!(
        declared
            .iter()
            .any(|missing| missing.why.starts_with("not held")),
        "{told}"
    );
    let unknown = explain(&catalog, "blubilling", "createCustomer", "colour").unwrap_err();
    assert_eq!(unknown.code.as_str(), "M101");
    let unknown = explain(&catalog, "blubilling", "createCustomers", "name").unwrap_err();
    assert_eq!(
        unknown.help.as_deref(),
        Some("did you mean `createCustomer` or `updateCustomer` or `deleteCustomer`?")
    );
    assert!(explain(&catalog, "blue", "createCustomer", "name").is_err());
}
