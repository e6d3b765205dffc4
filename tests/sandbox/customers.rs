//! Customers in XML.

use super::Caller;

/// `demo:demo-blubilling`, as `sandbox.yaml` publishes it.
const BASIC: &str = "Basic ZGVtbzpkZW1vLWJsdWJpbGxpbmc=";

const BY_ID: &str = "/rest/customer/340?format=xml";
const CONTACT: &str = "/rest/customer/340/billingContact?format=xml";
const PLAN: &str = "/rest/customers/340/paymentPlan?format=xml";

fn caller() -> Caller {
    Caller::new("blubilling", &[("Authorization", BASIC)], "application/xml")
}

/// The document of the first record.
fn record() -> String {
    let file = include_str!("../../mappings/blubilling/sandbox.yaml");
    let block = file.split("document: |\n").nth(1).unwrap();
    let lines = block.lines().take_while(|line| line.starts_with("      "));
    lines
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

#[test]
fn a_document_that_is_not_whole_is_not_told_as_another_call() {
    for body in ["<customer>", "<customer><name>x</name></customer>"] {
        let (status, told) = caller().text("POST", "/rest/customers?format=xml", body);
        assert_eq!(status, 400, "{body}");
        assert!(!told.contains("actionName"), "{body}: {told}");
    }
}

#[test]
fn a_record_is_answered_as_it_was_written() {
    let mut caller = caller();
    let by_reference = caller.call("GET", "/rest/customer?format=xml&extCustomerRef=bj444", "");

    assert_eq!(
        (by_reference.status, by_reference.content_type.as_deref()),
        (200, Some("application/xml"))
    );
    // The blank in front of the e-mail address and all: nothing was converted that nobody changed.
    assert_eq!(String::from_utf8(by_reference.body).unwrap(), record());
    assert_eq!(caller.text("GET", BY_ID, ""), (200, record()));
}

#[test]
fn a_refusal_says_why_in_the_one_document_that_is_known_of_any() {
    let wrong = [("Authorization", "Basic d3Jvbmc6d3Jvbmc=")];
    let mut stranger = Caller::new("blubilling", &wrong, "application/xml");
    let unnamed = "/rest/customers?format=xml";
    let create = |contact: &str| {
        format!(
            "<customer><name>A</name><extCustomerRef>bj444</extCustomerRef>{contact}</customer>"
        )
    };
    let suspended = "/rest/customer/340?format=xml&actionName=activate";
    for (caller, line, status, words) in [
        (
            &mut stranger,
            ("GET", BY_ID, String::new()),
            401,
            "The credentials are missing or not valid",
        ),
        (
            &mut caller(),
            ("GET", "/rest/customer/1?format=xml", String::new()),
            404,
            "There is no such resource",
        ),
        (
            &mut caller(),
            ("POST", unnamed, create("")),
            400,
            "billingContact is required",
        ),
        (
            &mut caller(),
            ("POST", unnamed, "<customer>".to_owned()),
            400,
            "The body is not well-formed",
        ),
        (
            &mut caller(),
            (
                "POST",
                unnamed,
                create("<billingContact><firstName>a</firstName></billingContact>"),
            ),
            409,
            "Another resource has this value",
        ),
        (
            &mut caller(),
            ("POST", suspended, String::new()),
            409,
            "There is no way from the state",
        ),
    ] {
        let (method, target, body) = &line;
        let refused = caller.text(method, target, body);
        let begins = "<status><success>False</success><errors><error>";
        assert!(
            refused.0 == status && refused.1.starts_with(begins),
            "{line:?} {refused:?}"
        );
        assert!(refused.1.contains(words), "{line:?} {refused:?}");
    }
}

#[test]
fn lists_are_cut_into_pages_and_searches_look_at_criteria() {
    let mut caller = caller();
    let mut ids = |target: &str| {
        let (status, body) = caller.text("GET", target, "");
        assert_eq!(status, 200, "{target}");
        body.split("<customer id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    assert_eq!(ids("/rest/customers?format=xml"), ["340", "316", "832"]);
    assert_eq!(ids("/rest/customers?format=xml&max=2"), ["340", "316"]);
    assert_eq!(ids("/rest/customers?format=xml&max=2&offset=2"), ["832"]);
    assert_eq!(ids("/rest/customers?format=xml&search=Joseph"), ["340"]);
    assert!(ids("/rest/customers?format=xml&search=Nobody").is_empty());
    assert!(ids("/rest/customers?format=xml&createStartTime=209901010000").is_empty());
    assert_eq!(
        ids("/rest/customers?format=xml&createStartTime=202001010000").len(),
        3
    );
}

#[test]
fn a_page_that_is_no_number_is_refused() {
    let mut caller = caller();
    for query in [
        "max=abc",
        "max=",
        "max=-1",
        "max=1e1",
        "offset=abc",
        "offset=-1",
    ] {
        let target = format!("/rest/customers?format=xml&{query}");
        let (status, body) = caller.text("GET", &target, "");
        assert_eq!(status, 400, "{query}");
        assert!(body.contains("<success>False</success>"), "{query}: {body}");
        let name = query.split('=').next().unwrap();
        assert!(
            body.contains(&format!("{name} is not valid")),
            "{query}: {body}"
        );
    }
}

#[test]
fn a_contact_is_part_of_its_customer() {
    let mut caller = caller();
    let (_, before) = caller.text("GET", BY_ID, "");
    let (status, contact) = caller.text("GET", CONTACT, "");
    assert_eq!(status, 200);
    assert!(before.contains(&contact), "{contact}");

    let sent = "<billingContact><firstName>Ann</firstName><fax kind=\"x\">1</fax></billingContact>";
    assert_eq!(caller.text("PUT", CONTACT, sent), (200, sent.to_owned()));
    assert_eq!(caller.text("GET", CONTACT, ""), (200, sent.to_owned()));
    // One record, one residue: the customer has the contact's unheard element too, and all of its own.
    assert_eq!(
        caller.text("GET", BY_ID, ""),
        (200, before.replace(&contact, sent))
    );

    let sales = "/rest/customer/340/salesContact?format=xml";
    assert_eq!(caller.text("GET", sales, "").0, 404);
    assert_eq!(
        caller
            .text(
                "PUT",
                sales,
                "<salesContact><firstName>Sam</firstName></salesContact>"
            )
            .0,
        200
    );
    assert!(
        caller
            .text("GET", sales, "")
            .1
            .contains("<firstName>Sam</firstName>")
    );
    assert!(caller.text("GET", CONTACT, "").1.contains("Ann"));
}

#[test]
fn a_password_is_taken_and_never_given() {
    let mut caller = caller();
    let sent = "<billingContact><username>u</username><passwd>hunter2</passwd><fax>1</fax></billingContact>";
    for target in [CONTACT, BY_ID, "/rest/customers?format=xml"] {
        let (status, body) = match target {
            CONTACT => caller.text("PUT", CONTACT, sent),
            _ => caller.text("GET", target, ""),
        };
        assert_eq!(status, 200);
        assert!(
            !body.contains("hunter2") && !body.contains("passwd"),
            "{body}"
        );
        assert!(body.contains("<username>u</username>"), "{body}");
    }
    let whole = format!("<customer><name>A</name>{sent}</customer>");
    assert!(!caller.text("PUT", BY_ID, &whole).1.contains("hunter2"));
    assert!(!caller.text("GET", BY_ID, "").1.contains("hunter2"));
}

#[test]
fn of_a_payment_method_only_kind_and_order_come_back() {
    let mut caller = caller();
    let target = "/rest/customer/340/autopay";
    let sent =
        include_str!("../../mappings/blubilling/cases/putPaymentMethod/as-documented/native.xml");
    for (sent, kind) in [
        (sent.to_owned(), "creditCardPaymentMethod"),
        (
            "<autopay><paymentMethodDTO type=\"Cash\"><cashPaymentMethod><autopayPreference>1</autopayPreference></cashPaymentMethod></paymentMethodDTO></autopay>"
                .to_owned(),
            "cashPaymentMethod",
        ),
    ] {
        let put = format!("{target}?format=xml&validate=true");
        assert_eq!(caller.text("PUT", &put, &sent).0, 200);
        let expected = format!(
            "<autopay><paymentMethodDTO><{kind}><autopayPreference>1</autopayPreference></{kind}></paymentMethodDTO></autopay>"
        );
        let (status, got) = caller.text("GET", target, "");
        assert_eq!((status, got.replace('\n', "")), (200, expected));
    }
}

/// What is made of a part of a request is answered with its key, and is there.
#[test]
fn a_customer_with_orders_is_answered_with_the_keys_of_what_was_made() {
    let mut caller = caller();
    let sent = "<addCustomerAndOrder><customer><name>Ann</name><extCustomerRef>cus2001</extCustomerRef>\
        <billingContact><firstName>Ann</firstName></billingContact></customer>\
        <subscriptionOrders><subscriptionOrder><offerCode>A</offerCode></subscriptionOrder>\
        <subscriptionOrder><offerCode>B</offerCode></subscriptionOrder></subscriptionOrders></addCustomerAndOrder>";
    let target = "/rest/customers?format=xml&actionName=addCustomerAndOrder";
    let (status, answered) = caller.text("POST", target, sent);
    assert_eq!(status, 200, "{answered}");
    let id = answered.split("<customer id=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    for number in [1, 2] {
        let order = format!("<subscriptionOrder id=\"{id}-{number}\"");
        assert!(answered.contains(&order), "{answered}");
    }
    let (status, made) = caller.text("GET", &format!("/rest/customer/{id}?format=xml"), "");
    assert_eq!(status, 200);
    assert!(
        made.contains("<extCustomerRef>cus2001</extCustomerRef>"),
        "{made}"
    );
}

#[test]
fn an_update_takes_the_whole_document() {
    let mut caller = caller();
    let sent = "<customer><name>William</name><extCustomerRef>bj444</extCustomerRef><odd a=\"1\">kept</odd></customer>";
    let (status, answered) = caller.text("PUT", BY_ID, sent);
    assert_eq!(status, 200);
    for kept in [
        "<name>William</name>",
        "<odd a=\"1\">kept</odd>",
        "id=\"340\"",
        "<status>Active</status>",
    ] {
        assert!(answered.contains(kept), "{kept} in {answered}");
    }
    assert!(
        !answered.contains("Chicago"),
        "what is left out is cleared: {answered}"
    );
    assert_eq!(caller.text("GET", BY_ID, "").1, answered);
}

#[test]
fn a_customer_that_was_made_keeps_its_status() {
    let document =
        include_str!("../../mappings/blubilling/cases/createCustomer/as-documented/native.xml");
    let mut caller = caller();
    let sent = document.replace("bj444", "bj555");
    let (status, answered) = caller.text("POST", "/rest/customers?format=xml", &sent);
    assert_eq!(status, 200, "{answered}");

    let by_reference = "/rest/customer?format=xml&extCustomerRef=bj555";
    let (_, read) = caller.text("GET", by_reference, "");
    for kept in ["<status>Active</status>", "<emailPrimary> Bill@"] {
        assert!(answered.contains(kept), "{kept} in {answered}");
    }
    assert_eq!(read, answered);

    // The key is unique: a second customer has another one, and none takes that of the first.
    let count = |caller: &mut super::Caller| {
        let (_, list) = caller.text("GET", "/rest/customers?format=xml", "");
        list.matches("<customer id=").count()
    };
    let before = count(&mut caller);
    let again = caller.call("POST", "/rest/customers?format=xml", &sent);
    assert_eq!(again.status, 409);
    let taken = "<customer><name>A</name><extCustomerRef>bj555</extCustomerRef></customer>";
    assert_eq!(caller.call("PUT", BY_ID, taken).status, 409);
    assert_eq!(count(&mut caller), before);

    // A status that changes is another one, of which the document says nothing any more.
    let id = answered.split("id=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let suspend = format!("/rest/customer/{id}?format=xml&actionName=suspend");
    assert_eq!(caller.call("POST", &suspend, "").status, 200);
    let (_, read) = caller.text("GET", by_reference, "");
    assert!(read.contains("<status>Suspended1</status>"), "{read}");
}

#[test]
fn a_customer_that_is_sent_as_it_was_read_is_still_listed() {
    let mut caller = caller();
    for id in ["340", "316", "832"] {
        let target = format!("/rest/customer/{id}?format=xml");
        let (status, read) = caller.text("GET", &target, "");
        assert_eq!(status, 200, "{id}");
        // What it lacks is cleared, and the object of it is not there afterwards either.
        assert_eq!(caller.text("PUT", &target, &read), (200, read), "{id}");
    }
    let (status, list) = caller.text("GET", "/rest/customers?format=xml", "");
    assert_eq!(status, 200, "{list}");
    assert_eq!(list.matches("<customer id=").count(), 3, "{list}");
}

#[test]
fn a_customer_is_made_and_a_line_makes_it_a_partial_success() {
    let mut caller = caller();
    let made = |reference: &str| {
        format!(
            "<customer><name>Ann</name><extCustomerRef>{reference}</extCustomerRef><odd>1</odd><billingContact><firstName>A</firstName></billingContact></customer>"
        )
    };
    let (status, body) = caller.text("POST", "/rest/customers?format=xml", &made("cus1001"));
    assert_eq!(status, 201);
    assert!(body.starts_with("<status><success>True</success><customer><id>833</id><extCustomerRef>cus1001</extCustomerRef></customer><errors><error>An exact street"), "{body}");

    let (status, body) = caller.text("POST", "/rest/customers?format=xml", &made("cus1002"));
    assert_eq!(status, 200);
    assert!(
        body.starts_with("<customer id=\"834\"><name>Ann</name>"),
        "{body}"
    );
    assert_eq!(
        caller.text("GET", "/rest/customer/834?format=xml", ""),
        (200, body)
    );

    let incomplete = caller.text(
        "POST",
        "/rest/customers?format=xml",
        "<customer><name>Ann</name></customer>",
    );
    assert_eq!(incomplete.0, 400);
    assert_eq!(
        caller.text("GET", "/rest/customer/835?format=xml", "").0,
        404
    );
}

#[test]
fn a_command_moves_the_status_and_leaves_a_trace() {
    let mut caller = caller();
    let transitions = "/rest/customers/transitions?format=xml";
    let before = caller.text("GET", transitions, "").1;

    assert_eq!(
        caller.text(
            "POST",
            "/rest/customer/340?format=xml&actionName=suspend",
            ""
        ),
        (200, String::new())
    );
    let (_, customer) = caller.text("GET", BY_ID, "");
    assert_eq!(
        customer,
        record().replace("<status>Active</status>", "<status>Suspended1</status>")
    );
    let after = caller.text("GET", transitions, "").1;
    let added = "<customerTransition id=\"3\"><dateTransitioned>2026-11-22</dateTransitioned><previousStatus>Active</previousStatus><newStatus>Suspended1</newStatus><customer id=\"340\"><extCustomerRef>bj444</extCustomerRef></customer></customerTransition></list>";
    assert_eq!(after, before.replace("</list>", added));
    assert_eq!(
        caller
            .text(
                "GET",
                "/rest/customers/transitions?format=xml&startDate=2026-11-22",
                ""
            )
            .1
            .matches("<customerTransition ")
            .count(),
        1
    );

    assert_eq!(
        caller
            .text(
                "POST",
                "/rest/customer/340?format=xml&actionName=unheard",
                ""
            )
            .0,
        400
    );
    assert_eq!(
        caller
            .text("POST", "/rest/customer/9?format=xml&actionName=suspend", "")
            .0,
        404
    );
}

#[test]
fn a_plan_belongs_to_its_customer_and_is_switched_off_instead_of_deleted() {
    let mut caller = caller();
    let (status, plan) = caller.text("GET", PLAN, "");
    assert_eq!(status, 200);
    assert_eq!(
        caller
            .text("GET", "/rest/customers/316/paymentPlan?format=xml", "")
            .0,
        404
    );

    assert_eq!(
        caller.text(
            "DELETE",
            "/rest/customers/paymentPlan?format=xml&id=340",
            ""
        ),
        (200, String::new())
    );
    let off = plan.replace(
        "<isEnabled>true</isEnabled>",
        "<isEnabled>false</isEnabled>",
    );
    assert_eq!(caller.text("GET", PLAN, ""), (200, off));

    assert_eq!(caller.text("DELETE", BY_ID, "").0, 200);
    assert_eq!(caller.text("GET", BY_ID, "").0, 404);
    assert_eq!(caller.text("GET", PLAN, "").0, 404);
}

#[test]
fn strangers_are_told_to_say_who_they_are() {
    let mut caller = Caller::new(
        "blubilling",
        &[("Authorization", "Basic d3Jvbmc6d3Jvbmc=")],
        "application/xml",
    );
    assert_eq!(caller.call("GET", BY_ID, "").status, 401);
    let mut caller = self::caller();
    assert_eq!(caller.call("GET", "/elsewhere", "").status, 404);
    let refused = caller.call("PATCH", BY_ID, "<customer/>");
    assert_eq!(refused.status, 405);
    assert_eq!(
        refused.headers.first().map(|(name, _)| &**name),
        Some("allow")
    );
    assert_eq!(caller.call("PUT", BY_ID, "<customer>").status, 400);
}
