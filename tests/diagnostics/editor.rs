//! The editor's schemas accept well-formed files, and mark slips.

use interlingua::diag::{Code, Report, Sources};
use interlingua::mapping::editor::schema;
use interlingua::mapping::keywords::FileKind;
use interlingua::mapping::read;
use interlingua::mapping::yaml::{self, Node, NodeKind, Style};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::files::{good_files, tree};

/// Gives a tree as an editor reads it: plain texts are numbers and booleans where they look so.
fn value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.style == Style::Absent => Value::Null,
        NodeKind::Scalar(scalar) if scalar.style == Style::Plain => match scalar.text.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            text => text
                .parse::<i64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
        },
        NodeKind::Scalar(scalar) => json!(scalar.text),
        NodeKind::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|entry| (entry.key.text.clone(), value(&entry.value)))
                .collect(),
        ),
        NodeKind::List(items) => Value::Array(items.iter().map(value).collect()),
    }
}

fn validator(kind: FileKind) -> Validator {
    jsonschema::draft7::new(&schema(kind)).unwrap()
}

#[test]
fn schemas_are_schemas() {
    for kind in FileKind::ALL {
        assert!(
            jsonschema::draft7::meta::is_valid(&schema(*kind)),
            "{kind:?}"
        );
    }
}

#[test]
fn well_formed_files_satisfy_their_schema() {
    for (name, content) in good_files() {
        let (node, _) = tree(&name, &content);
        let validator = validator(read::kind(&node).unwrap());
        let value = value(&node);
        let faults: Vec<_> = validator
            .iter_errors(&value)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

/// What a schema can see, it marks: unknown keys and values of another kind.
#[test]
fn slips_are_marked() {
    let slips = [
        (FileKind::Mapping, "mapping: m\nfeilds: {}\n"),
        (
            FileKind::Mapping,
            "mapping: m\nfields: { a: { native: b, removal: keep } }\n",
        ),
        (FileKind::Mapping, "mapping: m\nfragment: f\n"),
        (FileKind::Tables, "tables: { t: { rows: [{ a: [] }] } }\n"),
        (
            FileKind::Upstream,
            "upstream: u\nerrors: [{ status: 700 }]\n",
        ),
        (
            FileKind::Upstream,
            "upstream: u\noperations: { o: { routes: [{ call: FETCH /a }] } }\n",
        ),
        (FileKind::Sandbox, "sandbox: s\nport: http\n"),
        (FileKind::Case, "case: c\nmessage: both\n"),
        (FileKind::Operations, "operations: { o: { method: GET } }\n"),
    ];
    for (kind, content) in slips {
        let (node, sources) = tree("slip.yaml", content);
        assert!(!validator(kind).is_valid(&value(&node)), "{content}");
        let mut report = Report::new();
        let _ = read::read_node(&node, &sources, &mut report);
        assert!(report.has_errors(), "{content}");
    }
}

/// Every key has words for the editor to show.
#[test]
fn every_key_is_described() {
    fn described(schema: &Value) {
        for (key, form) in schema["properties"].as_object().unwrap() {
            assert!(
                form["description"]
                    .as_str()
                    .is_some_and(|about| !about.is_empty()),
                "{key}"
            );
        }
    }
    for kind in FileKind::ALL {
        let schema = schema(*kind);
        described(&schema);
        schema["definitions"]
            .as_object()
            .unwrap()
            .values()
            .for_each(described);
    }
}

#[test]
fn json_schema_files_read_as_trees_too() {
    let mut sources = Sources::new();
    let text = format!("{:#}", schema(FileKind::Upstream));
    let source = sources.add("upstream.schema.json", text.as_str());
    let mut report = Report::new();
    let node = yaml::read(source, &sources, &mut report).unwrap();
    assert!(report.is_empty());
    assert_eq!(
        node.get("type").and_then(Node::as_scalar).unwrap().text,
        "object"
    );
    assert_eq!(read::read_node(&node, &sources, &mut report), None);
    assert!(report.iter().all(|fault| fault.code == Code::F005));
}

#[test]
fn the_schemas_of_the_project_are_those_that_are_printed() {
    for (name, kind) in [
        ("mapping", FileKind::Mapping),
        ("tables", FileKind::Tables),
        ("upstream", FileKind::Upstream),
        ("sandbox", FileKind::Sandbox),
        ("case", FileKind::Case),
        ("operations", FileKind::Operations),
    ] {
        let path = root().join(format!("schemas/{name}.schema.json"));
        let made = format!("{:#}\n", schema(kind));
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap();
        assert!(
            found == made,
            "schemas/{name}.schema.json is not what `interlingua schema {name}` prints"
        );
    }
}

#[test]
fn every_file_names_a_schema_that_is_there() {
    let mut folders = vec![root().join("mappings"), root().join("schemas")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|end| end != "yaml") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let named = text.lines().find_map(|line| line.split_once("$schema="));
            let relative = named.map(|(_, name)| name.trim());
            if let Some(name) = relative.filter(|name| name.starts_with("..")) {
                assert!(folder.join(name).is_file(), "{}: {name}", path.display());
            }
        }
    }
}

fn root() -> std::path::PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}
