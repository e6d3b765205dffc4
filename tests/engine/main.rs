//! Plans of the shipped mappings over whole documents, both ways.
#![cfg(test)]
use std::collections::BTreeMap;
use std::path::Path;

use interlingua::codec::Limits;
use interlingua::diag::{Report, Sources};
use interlingua::engine::{Direction, Engine, Reading, Surroundings};
use interlingua::mapping::ast::{File, MappingFile, Message, Named, Table};
use interlingua::mapping::compile::Compiler;
use interlingua::mapping::convert::CallFacts;
use interlingua::mapping::plan::{Plan, Wire};
use interlingua::mapping::{read, schema, yaml};
use interlingua::model::shape::Shapes;

pub struct Shipped {
    pub canonical: Shapes,
    pub native: Shapes,
    pub mappings: Vec<MappingFile>,
    pub tables: Vec<Named<Table>>,
    pub settings: BTreeMap<String, String>,
    pub wire: Wire,
    pub name: String,
    pub sources: Sources,
}

impl Shipped {
    pub fn load(name: &str, wire: Wire, settings: &[(&str, &str)]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Sources::new();
        let mut report = Report::new();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(root.join("schemas/canonical")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "json") {
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                let id = sources.add(file.as_str(), std::fs::read_to_string(&path).unwrap());
                files.push((file, yaml::read(id, &sources, &mut report).unwrap()));
            }
        }
        let canonical = schema::canonical(&files, &mut report);
        let id = sources.add(
            "native",
            std::fs::read_to_string(root.join(format!("schemas/native/{name}.schema.yaml")))
                .unwrap(),
        );
        let node = yaml::read(id, &sources, &mut report).unwrap();
        let native = schema::native(&node, &mut report);
        let mut mappings = Vec::new();
        let mut tables = Vec::new();
        for entry in std::fs::read_dir(root.join("mappings").join(name)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "yaml") {
                let id = sources.add(
                    path.file_name().unwrap().to_string_lossy().as_ref(),
                    std::fs::read_to_string(&path).unwrap(),
                );
                match read::read(id, &sources, &mut report) {
                    Some(File::Mapping(file)) => mappings.push(*file),
                    Some(File::Tables(file)) => tables.extend(file.tables),
                    _ => {}
                }
            }
        }
        for d in report.sorted(&sources) {
            println!("{d:?}");
        }
        assert!(!report.has_errors());
        let settings = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Self {
            canonical,
            native,
            mappings,
            tables,
            settings,
            wire,
            name: name.to_owned(),
            sources,
        }
    }

    pub fn plan(&self, mapping: &str, view: Option<&str>, message: Message) -> Plan {
        let compiler = Compiler {
            canonical: &self.canonical,
            native: &self.native,
            mappings: &self.mappings,
            tables: &self.tables,
            settings: &self.settings,
            upstream: &self.name,
            wire: self.wire,
        };
        let mut report = Report::new();
        let file = compiler.mapping(mapping).unwrap();
        let document = compiler.document(file, view, message, &mut report).unwrap();
        let plan = compiler.plan(&document, message, &mut report);
        for d in report.sorted(&self.sources) {
            println!(
                "{d:?} {:?}",
                d.span
                    .map(|s| (self.sources.name(s.source), self.sources.position(s)))
            );
        }
        plan.unwrap()
    }
}

fn facts() -> CallFacts<'static> {
    CallFacts {
        nonce: [7; 12],
        request_id: "r",
        now_unix_ms: 0,
    }
}

pub fn run(
    plan: &Plan,
    direction: Direction,
    input: &str,
    reading: Reading,
) -> Result<String, String> {
    let mut engine = Engine::default();
    let mut out = Vec::new();
    let facts = facts();
    engine
        .translate(
            plan,
            direction,
            input.as_bytes(),
            reading,
            &Limits::default(),
            Surroundings {
                given: &[],
                call: &facts,
            },
            &mut out,
        )
        .map_err(|f| format!("{f:?}"))?;
    println!("losses {:?}", engine.losses());
    Ok(String::from_utf8(out).unwrap())
}
pub fn put(plan: &Plan, patch: &str, base: &str) -> Result<String, String> {
    let mut engine = Engine::default();
    let mut out = Vec::new();
    let facts = facts();
    engine
        .put(
            plan,
            patch.as_bytes(),
            base.as_bytes(),
            &Limits::default(),
            Surroundings {
                given: &[],
                call: &facts,
            },
            &mut out,
        )
        .map_err(|f| format!("{f:?}"))?;
    println!("losses {:?}", engine.losses());
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn xml_customer() {
    let shipped = Shipped::load(
        "blubilling",
        Wire::Xml,
        &[("phone-country", "US"), ("time-zone", "UTC")],
    );
    let plan = shipped.plan("customer", None, Message::Response);
    let native =
        std::fs::read_to_string("mappings/blubilling/cases/getCustomer/by-reference/native.xml")
            .unwrap();
    let out = run(&plan, Direction::ToCanonical, &native, Reading::Whole).unwrap();
    println!("{out}");
    let back = run(&plan, Direction::ToNative, &out, Reading::Whole).unwrap();
    println!("{back}");
    let plan = shipped.plan("customer", Some("CustomerUpdate"), Message::Request);
    println!("{}", put(&plan, r#"{"name":{"full":"Bob"}, "paymentTerms": null, "contacts":[{"role":"billing","name":{"first":"Bill","last":"Joseph"},"email":"x@y","phones":[{"type":"work","number":"324 555 879"}],"addresses":[{"use":"postal","line1":"43 Main Av","city":"Chicago","region":"IL","postalCode":"12345","country":"CA"}],"login":{"username":"bill0004"}}]}"#, &native).unwrap());
    println!("{}", put(&plan, r#"{}"#, &native).unwrap());
}
#[test]
fn json_account() {
    let shipped = Shipped::load(
        "dxp-ux",
        Wire::Json,
        &[("country", "PR"), ("channel", "APP")],
    );
    let plan = shipped.plan("billing-account", None, Message::Response);
    let native = std::fs::read_to_string(
        "/work/shared/design/drafts/cases/dxp-ux/getBillingAccount/autopay-enabled/native.json",
    )
    .unwrap();
    let out = run(&plan, Direction::ToCanonical, &native, Reading::Whole).unwrap();
    println!("{out}");
    let back = run(&plan, Direction::ToNative, &out, Reading::Whole).unwrap();
    println!("{back}");
}
