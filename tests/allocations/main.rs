//! A warm engine allocates nothing, and holds no more than half of what it reads.

#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    reason = "figures of a test, where a panic is a failed test"
)]

#[path = "../../benches/translate/documents.rs"]
mod documents;
#[path = "../../benches/translate/once.rs"]
mod once;
#[path = "../../benches/translate/shipped.rs"]
mod shipped;
#[path = "../tree/mod.rs"]
mod tree;

use interlingua::codec::Limits;
use interlingua::engine::exchange::{
    Answered, Call, Context, NativeAnswer, PageRequest, RouteIndex, Worker,
};
use interlingua::engine::{Direction, Engine, Incoming};
use interlingua::mapping::ast::Message;
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::compile::upstream::{Settings, Upstream};
use interlingua::mapping::plan::{Plan, Wire};

use documents::{ACCOUNT, CUSTOMER, accounts, customers};
use shipped::Shipped;

fn billing() -> Shipped {
    let settings = [("phone-country", "US"), ("time-zone", "UTC")];
    Shipped::load("blubilling", Wire::Xml, &settings)
}

fn dxp() -> Shipped {
    let settings = [("country", "PR"), ("channel", "APP")];
    Shipped::load("dxp-ux", Wire::Json, &settings)
}

fn translate(engine: &mut Engine, plan: &Plan, to: Direction, input: &str, out: &mut Vec<u8>) {
    let input = Incoming::Text(input.as_bytes());
    out.clear();
    once::translate(engine, plan, to, input, &Limits::default(), out).unwrap();
}

/// What an engine may keep of what documents of one kind have between their values.
const LEARNED: i64 = 64 * 1024;

/// Allocations of a warm call, and the bytes that its first call left behind by those of the input.
fn cost(plan: &Plan, to: Direction, input: &str) -> (u64, f64) {
    let mut out = Vec::with_capacity(4 * input.len());
    // Converters build their indices once for the process.
    translate(&mut Engine::default(), plan, to, input, &mut out);
    let mut engine = Engine::default();
    let cold = allocation_counter::measure(|| translate(&mut engine, plan, to, input, &mut out));
    let learned = allocation_counter::measure(|| {
        for _ in 0..3 {
            translate(&mut engine, plan, to, input, &mut out);
        }
    });
    assert!(learned.bytes_current <= LEARNED, "{learned:?}");
    let warm = allocation_counter::measure(|| translate(&mut engine, plan, to, input, &mut out));
    let held = f64::from(u32::try_from(cold.bytes_current).unwrap());
    (
        warm.count_total,
        held / f64::from(u32::try_from(input.len()).unwrap()),
    )
}

#[test]
fn a_warm_engine_allocates_nothing() {
    let (billing, dxp) = (billing(), dxp());
    let read = billing.plan("customer", None, Message::Response);
    assert_eq!(cost(&read, Direction::ToCanonical, CUSTOMER).0, 0);
    let account = dxp.plan("billing-account", None, Message::Response);
    assert_eq!(cost(&account, Direction::ToCanonical, ACCOUNT).0, 0);

    let mut canonical = Vec::new();
    translate(
        &mut Engine::default(),
        &read,
        Direction::ToCanonical,
        CUSTOMER,
        &mut canonical,
    );
    let write = billing.plan("customer", Some("CustomerCreate"), Message::Request);
    let canonical = String::from_utf8(canonical).unwrap();
    assert_eq!(cost(&write, Direction::ToNative, &canonical).0, 0);
}

#[test]
fn a_call_holds_at_most_half_of_its_input() {
    for (plan, input) in [
        (
            billing().plan("page", None, Message::Response),
            customers(100_000),
        ),
        (
            dxp().plan("page", None, Message::Response),
            accounts(100_000),
        ),
    ] {
        let (allocations, held) = cost(&plan, Direction::ToCanonical, &input);
        assert_eq!(allocations, 0);
        assert!(held <= 0.5, "{held} of the input");
    }
}

/// What nothing carries is counted by its declared place, whose name nobody needs for a call.
#[test]
fn a_value_that_is_lost_costs_no_allocation_of_its_own() {
    let (catalog, _) = Catalog::load(tree::files(&[
        ("schemas", "schemas"),
        ("mappings/blubilling", "mappings/blubilling"),
    ]));
    let sandbox = catalog.mappings["blubilling"].sandbox.as_ref();
    let auth = sandbox.and_then(|sandbox| sandbox.auth.as_ref());
    let url = ("base-url".to_owned(), "http://upstream.example".into());
    let settings = Settings::from([url]);
    let upstream = Upstream::compile(&catalog, "blubilling", "blubilling", &settings, auth);
    let upstream = upstream.unwrap();
    let call = Call {
        operation: catalog.operation("getCustomer").unwrap().0,
        inputs: &[("id", "7")],
        body: None,
        page: PageRequest::default(),
        context: Context::default(),
    };
    let mut worker = Worker::default();
    worker.tell_places(false);
    let mut cost = |lost: &str| {
        let body = format!("<customer id=\"7\"><name>Ann</name>{lost}</customer>");
        let answer = NativeAnswer {
            status: 200,
            headers: &[],
            content_type: Some("application/xml"),
            body: body.as_bytes(),
        };
        let mut read = || {
            let read = upstream.answer(&call, RouteIndex(0), &answer, &mut worker);
            let Answered::Outcome(outcome) = read else {
                panic!("{read:?}");
            };
            outcome.left.map_or(0, |left| left.places().len())
        };
        let places = (0..4).map(|_| read()).max().unwrap();
        (
            places,
            allocation_counter::measure(|| {
                read();
            })
            .count_total,
        )
    };
    let odd = "<odd>x</odd>";
    let (none, one, many) = (cost(""), cost(odd), cost(&odd.repeat(40)));
    assert_eq!((none.0, one.0, many.0), (0, 1, 1));
    // The list of them.
    assert_eq!((one.1, many.1), (none.1 + 1, none.1 + 1));
    let (declared, both) = (
        cost("<locale>x</locale>"),
        cost(&format!("<locale>x</locale>{odd}")),
    );
    assert_eq!((declared.0, both.0), (1, 2));
    assert_eq!(both.1, declared.1);
}
