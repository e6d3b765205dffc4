//! The shipped mappings, compiled as the gateway compiles them, and lists of their documents.

use std::collections::BTreeMap;
use std::path::Path;

use interlingua::diag::{Report, Sources};
use interlingua::mapping::ast::{File, MappingFile, Message, Named, Table};
use interlingua::mapping::compile::Compiler;
use interlingua::mapping::plan::{Plan, Wire};
use interlingua::mapping::{read, schema, yaml};
use interlingua::model::shape::Shapes;

/// One upstream's files, ready to be compiled.
pub(crate) struct Shipped {
    canonical: Shapes,
    native: Shapes,
    mappings: Vec<MappingFile>,
    tables: Vec<Named<Table>>,
    settings: BTreeMap<String, String>,
    wire: Wire,
    name: &'static str,
    sources: Sources,
}

/// Pages of documents: what the operations that list make of the shipped mappings.
const PAGE: &str = r##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://interlingua.example/canonical/bench-NAME.schema.json",
  "title": "Bench-NAME",
  "type": "object",
  "properties": { "items": { "type": "array", "items": { "$ref": "OF.schema.json" } } },
  "additionalProperties": false
}"##;

impl Shipped {
    pub(crate) fn load(name: &'static str, wire: Wire, settings: &[(&str, &str)]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Sources::new();
        let mut report = Report::new();
        let mut files = Vec::new();
        for (file, text) in files_of(&root.join("schemas/canonical"), "json") {
            let id = sources.add(file.as_str(), text);
            files.push((file, yaml::read(id, &sources, &mut report).unwrap()));
        }
        for (page, of) in [("customers", "customer"), ("accounts", "billing-account")] {
            let file = format!("bench-{page}.schema.json");
            let text = PAGE.replace("NAME", page).replace("OF", of);
            let id = sources.add(file.as_str(), text);
            files.push((file, yaml::read(id, &sources, &mut report).unwrap()));
        }
        let canonical = schema::canonical(&files, &mut report);
        let native = root.join(format!("schemas/native/{name}.schema.yaml"));
        let id = sources.add("native", std::fs::read_to_string(native).unwrap());
        let node = yaml::read(id, &sources, &mut report).unwrap();
        let native = schema::native(&node, &mut report);
        let mut shipped = Self {
            canonical,
            native,
            mappings: Vec::new(),
            tables: Vec::new(),
            settings: settings
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
            wire,
            name,
            sources,
        };
        let (page, of, native) = match wire {
            Wire::Xml => ("Bench-customers", "customer", "CustomerList"),
            Wire::Json | Wire::Form => ("Bench-accounts", "billing-account", "BillingAccounts"),
        };
        let page = format!(
            "mapping: page\ncanonical: {page}\nnative: {native}\nfields:\n  items: {{ each: ., map: {of} }}\n"
        );
        let mut texts = files_of(&root.join("mappings").join(name), "yaml");
        texts.push(("page.yaml".to_owned(), page));
        for (file, text) in texts {
            shipped.add(&file, text, &mut report);
        }
        shipped.refuse_faults(&report);
        shipped
    }

    fn add(&mut self, file: &str, text: String, report: &mut Report) {
        let id = self.sources.add(file, text);
        match read::read(id, &self.sources, report) {
            Some(File::Mapping(mapping)) => self.mappings.push(*mapping),
            Some(File::Tables(tables)) => self.tables.extend(tables.tables),
            _ => {}
        }
    }

    pub(crate) fn plan(&self, mapping: &str, view: Option<&str>, message: Message) -> Plan {
        let compiler = Compiler {
            canonical: &self.canonical,
            native: &self.native,
            mappings: &self.mappings,
            tables: &self.tables,
            settings: &self.settings,
            upstream: self.name,
            wire: self.wire,
        };
        let mut report = Report::new();
        let file = compiler.mapping(mapping).unwrap();
        let document = compiler.document(file, view, message, &mut report).unwrap();
        let plan = compiler.plan(&document, message, &mut report);
        self.refuse_faults(&report);
        plan.unwrap()
    }

    fn refuse_faults(&self, report: &Report) {
        let faults: Vec<_> = report.sorted(&self.sources).into_iter().collect();
        assert!(!report.has_errors(), "{faults:#?}");
    }
}

/// The files of a folder that end so, by name.
fn files_of(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}
