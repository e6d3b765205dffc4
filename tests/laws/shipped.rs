//! The shipped mappings, read from their folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use interlingua::diag::{Report, Sources};
use interlingua::mapping::ast::{File, MappingFile, Message, Named, Table};
use interlingua::mapping::compile::{Compiler, Document};
use interlingua::mapping::plan::{Plan, Wire};
use interlingua::mapping::{read, schema, yaml};
use interlingua::model::shape::Shapes;

/// A mapping as an operation uses it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Used {
    pub(crate) mapping: String,
    pub(crate) view: Option<String>,
    pub(crate) request: bool,
}

/// One upstream's files.
pub(crate) struct Shipped {
    pub(crate) name: String,
    pub(crate) sources: Sources,
    canonical: Shapes,
    native: Shapes,
    mappings: Vec<MappingFile>,
    tables: Vec<Named<Table>>,
    settings: BTreeMap<String, String>,
    wire: Wire,
    upstream: String,
}

impl Shipped {
    /// Every folder below `mappings/`.
    pub(crate) fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders: Vec<PathBuf> = std::fs::read_dir(root.join("mappings"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        folders
            .iter()
            .map(|folder| {
                let name = folder.file_name().unwrap().to_string_lossy().into_owned();
                let native = root.join(format!("schemas/native/{name}.schema.yaml"));
                Self::load(&name, folder, &native, &root.join("schemas/canonical"))
            })
            .collect()
    }

    /// A folder of mappings with its schemas.
    pub(crate) fn load(name: &str, folder: &Path, native: &Path, canonical: &Path) -> Self {
        let mut sources = Sources::new();
        let mut report = Report::new();
        let mut files = Vec::new();
        for path in files_of(canonical, "json") {
            let file = file_name(&path);
            let text = std::fs::read_to_string(&path).unwrap();
            let id = sources.add(file.as_str(), text);
            files.push((file, yaml::read(id, &sources, &mut report).unwrap()));
        }
        let canonical = schema::canonical(&files, &mut report);
        let id = sources.add("native", std::fs::read_to_string(native).unwrap());
        let node = yaml::read(id, &sources, &mut report).unwrap();
        let native = schema::native(&node, &mut report);
        let mut shipped = Self {
            name: name.to_owned(),
            sources: Sources::new(),
            canonical,
            native,
            mappings: Vec::new(),
            tables: Vec::new(),
            settings: BTreeMap::new(),
            wire: Wire::Json,
            upstream: String::new(),
        };
        for path in files_of(folder, "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let id = sources.add(file_name(&path), text.as_str());
            match read::read(id, &sources, &mut report) {
                Some(File::Mapping(file)) => shipped.mappings.push(*file),
                Some(File::Tables(file)) => shipped.tables.extend(file.tables),
                Some(File::Upstream(_)) => {
                    shipped.wire = if text.contains("media-type: application/xml") {
                        Wire::Xml
                    } else if text.contains("urlencoded") {
                        Wire::Form
                    } else {
                        Wire::Json
                    };
                    shipped.upstream = text;
                }
                Some(File::Sandbox(file)) => {
                    for setting in &file.settings {
                        shipped
                            .settings
                            .insert(setting.name.value.clone(), setting.value.value.clone());
                    }
                }
                _ => {}
            }
        }
        assert!(!report.has_errors(), "{name}: {report:?}");
        shipped.sources = sources;
        shipped
    }

    /// The same documents as XML.
    pub(crate) fn xml(mut self) -> Self {
        self.wire = Wire::Xml;
        self
    }

    /// The same documents as forms.
    pub(crate) fn form(mut self) -> Self {
        self.wire = Wire::Form;
        self
    }

    /// The mappings with the views and messages that operations use them with; those that stand inside others in
    /// both messages.
    pub(crate) fn used(&self) -> BTreeSet<Used> {
        let mut used = BTreeSet::new();
        for line in self.upstream.lines() {
            let Some((before, behind)) = line.split_once("body: ") else {
                continue;
            };
            let end = behind.split([',', '}', '#']).next().unwrap_or_default();
            let words: Vec<&str> = end.split_whitespace().collect();
            let (Some(mapping), view) = (words.first(), words.get(2)) else {
                continue;
            };
            if self.is_mapping(mapping) {
                used.insert(Used {
                    mapping: (*mapping).to_owned(),
                    view: view.map(|view| (*view).to_owned()),
                    request: before.contains("call: "),
                });
            }
        }
        for mapping in &self.mappings {
            let name = &mapping.name.value;
            if self.is_mapping(name) && used.iter().all(|of| of.mapping != *name) {
                // Items of an answer's list are of answers only.
                let listed = self.upstream.contains(&format!("map: {name}"));
                for request in [true, false]
                    .into_iter()
                    .filter(|request| !(listed && *request))
                {
                    used.insert(Used {
                        mapping: name.clone(),
                        view: None,
                        request,
                    });
                }
            }
        }
        used
    }

    /// The schema that documents read by a mapping are of.
    pub(crate) fn judge(&self, mapping: &str) -> ModelSchema {
        let file = self
            .mappings
            .iter()
            .find(|file| file.name.value == mapping)
            .unwrap();
        let title = &file.canonical.as_ref().unwrap().value;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/canonical");
        let schemas: Vec<serde_json::Value> = files_of(&folder, "json")
            .iter()
            .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
            .collect();
        let id = |schema: &serde_json::Value| schema["$id"].as_str().unwrap_or_default().to_owned();
        let registry = schemas
            .iter()
            .fold(jsonschema::Registry::new(), |registry, schema| {
                registry.add(id(schema), schema.clone()).unwrap()
            })
            .prepare()
            .unwrap();
        let schema = schemas
            .iter()
            .find(|schema| schema["title"].as_str() == Some(title));
        ModelSchema(schema.map(|schema| {
            jsonschema::options()
                .with_registry(&registry)
                .build(schema)
                .unwrap()
        }))
    }

    fn is_mapping(&self, name: &str) -> bool {
        self.mappings.iter().any(|mapping| {
            mapping.name.value == name && mapping.native.is_some() && mapping.canonical.is_some()
        })
    }

    /// The plan of a mapping; `None` if it says nothing of the message.
    pub(crate) fn plan(&self, mapping: &str, view: Option<&str>, message: Message) -> Option<Plan> {
        let compiler = self.compiler();
        let mut report = Report::new();
        let file = compiler.mapping(mapping).unwrap();
        let document = compiler.document(file, view, message, &mut report)?;
        let plan = compiler.plan(&document, message, &mut report);
        assert!(!report.has_errors(), "{mapping}: {report:?}");
        plan
    }

    /// What a plan is called of the definition of a mapping, where no mapping is named.
    pub(crate) fn called_without_mapping(&self, mapping: &str) -> String {
        let compiler = self.compiler();
        let mut report = Report::new();
        let file = compiler.mapping(mapping).unwrap();
        let document = compiler.document(file, None, Message::Response, &mut report);
        let document = Document {
            mapping: None,
            ..document.unwrap()
        };
        let plan = compiler.plan(&document, Message::Response, &mut report);
        plan.unwrap().mapping.into()
    }

    fn compiler(&self) -> Compiler<'_> {
        Compiler {
            canonical: &self.canonical,
            native: &self.native,
            mappings: &self.mappings,
            tables: &self.tables,
            settings: &self.settings,
            upstream: &self.name,
            wire: self.wire,
        }
    }
}

/// The model's schema of one type.
#[derive(Debug)]
pub(crate) struct ModelSchema(Option<jsonschema::Validator>);

impl ModelSchema {
    /// Says why a document is not of its type.
    pub(crate) fn judge(&self, document: &[u8]) -> Result<(), String> {
        let Some(schema) = &self.0 else {
            return Ok(());
        };
        let document = serde_json::from_slice(document).map_err(|error| error.to_string())?;
        schema
            .validate(&document)
            .map_err(|error| format!("{error} at {}", error.instance_path()))
    }
}

fn files_of(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
