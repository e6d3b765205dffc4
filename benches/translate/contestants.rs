//! What is measured, by name: the engine and its references, each over one document.
#![allow(
    clippy::type_complexity,
    reason = "a contestant is a function over what it reads"
)]

use std::borrow::Cow;
use std::hint::black_box;

use interlingua::codec::json::tape::{Tape, TapeJson};
use interlingua::codec::json::{JsonSink, Named, Reader};
use interlingua::codec::xml::{Name, XmlReader, XmlSink};
use interlingua::codec::{Limits, Range, Stop, Text};
use interlingua::engine::{Direction, Engine, Incoming};
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::{Check, NONE, NodeKind, Plan, Wire};
use interlingua::model::shape::{Form, Scalar};
use jsonschema::PatternOptions;
use serde_json::{Value, json};

use crate::documents::{ACCOUNT, CUSTOMER, accounts, customers};
use crate::once;
use crate::references::{handwritten, typed, typed_write, untyped};
use crate::shipped::Shipped;

/// A document and what is done with it; results are appended to a buffer that the caller clears.
pub(crate) struct Contestant {
    pub(crate) input: Cow<'static, str>,
    pub(crate) call: Box<dyn FnMut(&[u8], &mut Vec<u8>)>,
}

/// Documents of lists may be larger than a gateway allows by default.
fn limits() -> Limits {
    Limits {
        bytes: 1 << 26,
        elements: 10_000_000,
        ..Limits::default()
    }
}

/// Makes a contestant of its name, as `STEP/WHO`.
pub(crate) fn contestant(name: &str) -> Contestant {
    let (step, who) = name.split_once('/').unwrap();
    let input = document(step);
    let call: Box<dyn FnMut(&[u8], &mut Vec<u8>)> = match (step, who) {
        ("xml", "hand-written") => Box::new(handwritten::customer),
        (_, "hand-written") => Box::new(handwritten::customers),
        ("json", "serde typed") => Box::new(typed::account),
        ("json", "serde Value") => Box::new(untyped::account),
        ("write" | "judged", "serde typed") => Box::new(typed_write::customer),
        ("write" | "judged", "serde Value") => Box::new(typed_write::customer_untyped),
        (_, "serde typed") => Box::new(typed::accounts),
        (_, "serde Value") => Box::new(untyped::accounts),
        ("judged", _) => judged(),
        ("json unlike", "engine") => unlike(plan(step)),
        ("reader-xml", _) => xml_reader(),
        ("reader-json", _) => json_reader(),
        (_, "engine, no checks") => engine(without_checks(plan(step)), step),
        _ => engine(plan(step), step),
    };
    Contestant { input, call }
}

fn document(step: &str) -> Cow<'static, str> {
    let size = |step: &str| match step.rsplit_once(' ') {
        Some((_, "10 KB")) | None => 10_000,
        Some(_) if step.ends_with("10 KB") => 10_000,
        Some(_) if step.ends_with("100 KB") => 100_000,
        Some(_) => 1_000_000,
    };
    match step {
        "xml" | "reader-xml" => CUSTOMER.into(),
        "json" | "json unlike" | "reader-json" => ACCOUNT.into(),
        "write" | "judged" => canonical_customer().into(),
        _ if step.starts_with("xml") => customers(size(step)).into(),
        _ => accounts(size(step)).into(),
    }
}

/// The canonical form of the customer that is read.
fn canonical_customer() -> String {
    let mut out = Vec::new();
    engine(plan("xml"), "xml")(CUSTOMER.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

fn plan(step: &str) -> Plan {
    match step {
        "xml" => billing().plan("customer", None, Message::Response),
        "write" | "judged" => billing().plan("customer", Some("CustomerCreate"), Message::Request),
        "json" | "json unlike" => dxp().plan("billing-account", None, Message::Response),
        _ if step.starts_with("xml") => billing().plan("page", None, Message::Response),
        _ => dxp().plan("page", None, Message::Response),
    }
}

fn billing() -> Shipped {
    let settings = [("phone-country", "US"), ("time-zone", "UTC")];
    Shipped::load("blubilling", Wire::Xml, &settings)
}

fn dxp() -> Shipped {
    let settings = [("country", "PR"), ("channel", "APP")];
    Shipped::load("dxp-ux", Wire::Json, &settings)
}

/// The plan with every check of a value or of presence taken out that does not decide how a value is written.
fn without_checks(mut plan: Plan) -> Plan {
    for check in &mut plan.checks {
        let open = Scalar {
            form: check.form,
            also: check.also,
            ..Scalar::default()
        };
        let booleans = check.booleans.take();
        *check = Check::new(&open, false);
        check.booleans = booleans;
    }
    for layout in [&mut plan.canonical, &mut plan.native] {
        for node in &mut layout.nodes {
            let open = node.kind == NodeKind::Leaf
                && plan
                    .checks
                    .get(usize::from(node.detail))
                    .is_some_and(|check| check.form == Form::Text);
            if open {
                node.detail = NONE;
            }
            node.required = 0;
            node.any_of = Box::default();
        }
    }
    for program in [&mut plan.read, &mut plan.write] {
        for value in &mut program.values {
            value.check = NONE;
        }
        for object in &mut program.objects {
            object.required = 0;
            object.any_of = Box::default();
        }
    }
    plan
}

fn direction(step: &str) -> Direction {
    match step {
        "write" | "judged" => Direction::ToNative,
        _ => Direction::ToCanonical,
    }
}

fn engine(plan: Plan, step: &str) -> Box<dyn FnMut(&[u8], &mut Vec<u8>)> {
    let direction = direction(step);
    let mut engine = Engine::default();
    Box::new(move |input, out| {
        let input = Incoming::Text(input);
        translate(&mut engine, black_box(&plan), direction, input, out);
    })
}

/// Documents in more shapes than are remembered, so that each is read whole.
fn unlike(plan: Plan) -> Box<dyn FnMut(&[u8], &mut Vec<u8>)> {
    let shapes: Vec<String> = (1..=16)
        .map(|blanks| ACCOUNT.replacen(':', &(":".to_owned() + &" ".repeat(blanks)), 1))
        .collect();
    let mut engine = Engine::default();
    let mut turn = 0;
    let mut call = move |out: &mut Vec<u8>| {
        let input = Incoming::Text(shapes[turn].as_bytes());
        turn = (turn + 1) % shapes.len();
        translate(
            &mut engine,
            black_box(&plan),
            Direction::ToCanonical,
            input,
            out,
        );
    };
    for _ in 0..64 {
        call(&mut Vec::new());
    }
    Box::new(move |_, out| call(out))
}

fn translate(
    engine: &mut Engine,
    plan: &Plan,
    direction: Direction,
    input: Incoming<'_>,
    out: &mut Vec<u8>,
) {
    let done = once::translate(engine, plan, direction, input, &limits(), out);
    done.unwrap();
}

/// Bytes that an engine holds behind its first call, output apart.
pub(crate) fn held(name: &str) -> i64 {
    let (step, _) = name.split_once('/').unwrap();
    let (plan, direction, input) = (plan(step), direction(step), document(step));
    let mut out = Vec::with_capacity(4 * input.len());
    let mut call = |engine: &mut Engine| {
        out.clear();
        translate(
            engine,
            &plan,
            direction,
            Incoming::Text(input.as_bytes()),
            &mut out,
        );
    };
    // Indices of converters and caches of expressions are made once for the process and the plan.
    call(&mut Engine::default());
    let mut engine = Engine::default();
    allocation_counter::measure(|| call(&mut engine)).bytes_current
}

/// The schema of the canonical customer judges the request over the tape before the plan translates it.
fn judged() -> Box<dyn FnMut(&[u8], &mut Vec<u8>)> {
    let validator = jsonschema::options_for::<TapeJson>()
        .with_pattern_options(PatternOptions::regex())
        .build(&customer_schema())
        .unwrap();
    let mut tape = Tape::default();
    let (plan, direction) = (plan("judged"), direction("judged"));
    let mut engine = Engine::default();
    let limits = limits();
    Box::new(move |input, out| {
        let text = std::str::from_utf8(input).unwrap();
        let root = tape.parse(text, &limits).unwrap();
        assert!(validator.is_valid(root));
        let input = Incoming::Read(root);
        translate(&mut engine, black_box(&plan), direction, input, out);
    })
}

/// The canonical schemas bundled into one document, with the customer's at its root.
fn customer_schema() -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/canonical");
    let mut parts = serde_json::Map::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let schema: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            parts.insert(name, schema);
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "https://interlingua.example/canonical/customer.schema.json",
        "$defs": parts,
    })
}

fn xml_reader() -> Box<dyn FnMut(&[u8], &mut Vec<u8>)> {
    let mut reader = XmlReader::default();
    let mut scratch = Vec::new();
    let limits = limits();
    Box::new(move |input, _| {
        let mut count = Count(0);
        scratch.clear();
        reader
            .read(input, &limits, &mut scratch, &mut count)
            .unwrap();
        black_box(count.0);
    })
}

fn json_reader() -> Box<dyn FnMut(&[u8], &mut Vec<u8>)> {
    let mut reader = Reader::default();
    let mut scratch = Vec::new();
    let limits = limits();
    Box::new(move |input, _| {
        let mut count = Count(0);
        scratch.clear();
        reader
            .read(input, &limits, &mut scratch, &mut count)
            .unwrap();
        black_box(count.0);
    })
}

/// A sink that only counts, so that a reader is measured alone.
struct Count(u32);

impl Count {
    fn add(&mut self, more: u32) -> Result<(), Stop> {
        self.0 = self.0.wrapping_add(more);
        Ok(())
    }
}

impl XmlSink for Count {
    fn predict(&self) -> &[u8] {
        b""
    }

    fn predicted_start(&mut self, _at: u32) -> Result<(), Stop> {
        self.add(1)
    }

    fn start(&mut self, _name: Name<'_>, _at: u32) -> Result<(), Stop> {
        self.add(1)
    }

    fn attribute(
        &mut self,
        _name: Name<'_>,
        text: Text,
        _bytes: &[u8],
        _inner: Range,
        _outer: Range,
    ) -> Result<(), Stop> {
        self.add(text.range.end)
    }

    fn content(&mut self, _at: u32, _empty: bool) -> Result<(), Stop> {
        Ok(())
    }

    fn mixed(&mut self, text: Text, _bytes: &[u8]) -> Result<(), Stop> {
        self.add(text.range.end)
    }

    fn end(&mut self, text: Text, _bytes: &[u8], _inner: Range, _outer: Range) -> Result<(), Stop> {
        self.add(text.range.end)
    }
}

impl JsonSink for Count {
    fn predict(&self) -> &[u8] {
        b""
    }

    fn predicted_key(&mut self, _at: u32) -> Result<Named, Stop> {
        Ok(Named::Unknown)
    }

    fn key(&mut self, _text: Text, _name: &[u8], _at: u32) -> Result<Named, Stop> {
        self.add(1).map(|()| Named::Unknown)
    }

    fn begin_object(&mut self, _at: u32) -> Result<(), Stop> {
        self.add(1)
    }

    fn end_object(&mut self, whole: Range) -> Result<(), Stop> {
        self.add(whole.end)
    }

    fn begin_array(&mut self, _at: u32) -> Result<(), Stop> {
        self.add(1)
    }

    fn end_array(&mut self, whole: Range) -> Result<(), Stop> {
        self.add(whole.end)
    }

    fn string(&mut self, text: Text, _bytes: &[u8], _whole: Range) -> Result<(), Stop> {
        self.add(text.range.end)
    }

    fn number(&mut self, _bytes: &[u8], whole: Range) -> Result<(), Stop> {
        self.add(whole.end)
    }

    fn boolean(&mut self, _value: bool, whole: Range) -> Result<(), Stop> {
        self.add(whole.end)
    }

    fn null(&mut self, whole: Range) -> Result<(), Stop> {
        self.add(whole.end)
    }
}
