//! Pages, as the upstream names them.

use interlingua::engine::exchange::{PageRequest, Worker};
use interlingua::proof::received::understood;

use crate::depot::{call, index, upstream};

#[test]
fn pages_are_asked_for_in_the_upstreams_names() {
    let upstream = upstream();
    let mut worker = Worker::default();
    for (operation, body, limit, cursor, target) in [
        (
            "listCustomers",
            None,
            Some(3),
            None,
            "/clients?view=full&size=3",
        ),
        (
            "listCustomers",
            None,
            None,
            Some("t/1"),
            "/clients?view=full&after=t%2F1",
        ),
        (
            "searchCustomers",
            Some(r#"{"text": "a"}"#),
            Some(3),
            Some("4"),
            "/clients/find?skip=4&take=3",
        ),
    ] {
        let mut call = call(operation, &[], body);
        call.page = PageRequest { limit, cursor };
        assert_eq!(
            upstream.request(&call, None, &mut worker).unwrap().target,
            target
        );
    }
}

#[test]
fn pages_are_asked_for_in_the_body_where_the_upstream_has_them_there() {
    let upstream = upstream();
    let mut worker = Worker::default();
    let inputs = [("locationId", "7")];
    for (operation, inputs, body, limit, cursor, native) in [
        (
            "listBillingAccounts",
            &inputs[..],
            None,
            Some(3),
            Some("t/1"),
            r#"{"client":"7","after":"t/1","size":3}"#,
        ),
        (
            "listBillingAccounts",
            &inputs[..],
            None,
            None,
            None,
            r#"{"client":"7"}"#,
        ),
        (
            "searchBillingAccounts",
            &[],
            Some(r#"{"taxId": "a", "limit": 5}"#),
            None,
            Some("4"),
            r#"{"no":"a","skip":4,"take":5}"#,
        ),
    ] {
        let mut call = call(operation, inputs, body);
        call.page = PageRequest { limit, cursor };
        let request = upstream.request(&call, None, &mut worker).unwrap();
        assert!(!request.target.contains('?'), "{}", request.target);
        let body = request.body.clone().unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), native);
        assert_eq!(request.losses, []);
        // The server role reads the same page out of it.
        let accepted = understood(upstream, &request, None, &mut worker).unwrap();
        assert_eq!(accepted.operation, index(operation));
        assert_eq!(accepted.cursor.as_deref(), cursor);
        let asked = limit.or(body_limit(call.body));
        assert_eq!(accepted.limit, asked);
    }
    let mut call = call("searchBillingAccounts", &[], Some(r#"{"taxId": "a"}"#));
    call.page.cursor = Some("no count");
    assert!(upstream.request(&call, None, &mut worker).is_err());
}

fn body_limit(body: Option<&[u8]>) -> Option<u32> {
    body.is_some_and(|body| body.ends_with(b"5}")).then_some(5)
}
