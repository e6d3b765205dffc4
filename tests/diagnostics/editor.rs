//! The editor's schemas accept well-formed files, and mark slips.

use interlingua::diag::{Code, Report, Sources};
use interlingua::mapping::editor::schema;
use interlingua::mapping::keywords::FileKind;
use interlingua::mapping::read;
use interlingua::mapping::yaml::{self, Node};
use jsonschema::Validator;
use serde_json::Value;

use super::as_edited::value;
use super::files::{good_files, tree};

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
