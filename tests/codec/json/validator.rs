//! A validator judges a tape as it judges the tree that `serde_json` builds.

use interlingua::codec::Limits;
use interlingua::codec::json::tape::{Tape, TapeJson};
use jsonschema::PatternOptions;
use serde_json::{Value, json};

fn schemas() -> Vec<Value> {
    vec![
        json!(true),
        json!(false),
        json!({"type": "object"}),
        json!({"type": ["string", "null"]}),
        json!({"type": "integer"}),
        json!({"type": "number"}),
        json!({"type": "number", "minimum": 0, "maximum": 100.5}),
        json!({"exclusiveMinimum": 1, "exclusiveMaximum": 10}),
        json!({"multipleOf": 0.01}),
        json!({"multipleOf": 5}),
        json!({"const": 1}),
        json!({"const": "a"}),
        json!({"const": {"a": [1, 2.0]}}),
        json!({"const": [1, null]}),
        json!({"enum": ["a", "é", 1, 1.5, null, true, [], {"a": 1}]}),
        json!({"minLength": 2, "maxLength": 3}),
        json!({"pattern": "^[A-Z]{3}$"}),
        json!({"items": {"type": "string"}, "minItems": 1, "maxItems": 3}),
        json!({"uniqueItems": true}),
        json!({"contains": {"const": 2}}),
        json!({"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": false}),
        json!({"required": ["a", "b"]}),
        json!({"required": ["a", "b", "c", "d", "e", "f"]}),
        json!({"properties": {"a": {"type": "string"}, "b": {"minimum": 3}}, "additionalProperties": false}),
        json!({"patternProperties": {"^x": {"type": "integer"}}}),
        json!({"propertyNames": {"maxLength": 2}}),
        json!({"minProperties": 1, "maxProperties": 2}),
        json!({"dependentRequired": {"a": ["b"]}}),
        json!({"anyOf": [{"type": "string"}, {"required": ["a"]}]}),
        json!({"oneOf": [{"type": "number"}, {"minimum": 2}]}),
        json!({"not": {"type": "array"}}),
        json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 0}}),
        json!({"$defs": {"tree": {"properties": {"a": {"$ref": "#/$defs/tree"}}, "required": ["n"]}},
               "$ref": "#/$defs/tree"}),
        json!({"properties": {"a": {}}, "unevaluatedProperties": false}),
        json!({"properties": {"list": {"items": {"properties": {"v": {"type": "integer"}}, "required": ["v"]}}}}),
    ]
}

const DOCUMENTS: &[&str] = &[
    "null",
    "true",
    "0",
    "-0",
    "1",
    "1.0",
    "1.00",
    "1e0",
    "10e-1",
    "1.5",
    "2",
    "5",
    "9.99",
    "10",
    "100.5",
    "100.51",
    "-3",
    "18446744073709551615",
    "18446744073709551616",
    "1e300",
    r#""""#,
    r#""a""#,
    r#""\u0061""#,
    r#""é""#,
    r#""\u00e9""#,
    r#""USD""#,
    r#""\u0055SD""#,
    r#""éé""#,
    r#""𝄞𝄞𝄞𝄞""#,
    "[]",
    "[1,null]",
    "[1,2]",
    "[1,1.0]",
    "[1,\"1\"]",
    "[\"a\",2]",
    "[\"a\",2,3]",
    r#"["a","\u0061"]"#,
    r#"[{"a":1,"b":2},{"b":2,"a":1.0}]"#,
    r#"[{"a":1,"b":2},{"b":1,"a":2}]"#,
    "[[1,2],[2,1]]",
    "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]",
    "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,1.0]",
    r#"[null,true,false,"null","true",0,[],{},[[]],[{}],{"a":[]},{"a":{}},"",1,[0],["0"],[null],1.0]"#,
    r#"[null,true,false,"null","true",0,[],{},[[]],[{}],{"a":[]},{"a":{}},"",1,[0],["0"],[null]]"#,
    "{}",
    r#"{"a":1}"#,
    r#"{"\u0061":1}"#,
    r#"{"a":[1.0,2]}"#,
    r#"{"a":"x","b":3}"#,
    r#"{"b":3,"a":"x"}"#,
    r#"{"a":"x","b":2,"c":1}"#,
    r#"{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}"#,
    r#"{"x1":1,"x2":"2"}"#,
    r#"{"\u00781":"no"}"#,
    r#"{"long name":1}"#,
    r#"{"n":1,"a":{"n":2,"a":{"n":3}}}"#,
    r#"{"n":1,"a":{"n":2,"a":{}}}"#,
    r#"{"list":[{"v":1},{"v":"1"},{},{"v":2.5}]}"#,
];

/// Instance path and keyword path of every error, in the validator's order.
macro_rules! errors {
    ($validator:expr, $document:expr) => {
        $validator
            .iter_errors($document)
            .map(|error| format!("{} {}", error.instance_path(), error.schema_path()))
            .collect::<Vec<_>>()
    };
}

#[test]
fn verdicts_and_error_paths_are_those_of_a_tree() {
    let mut tape = Tape::default();
    let mut refused = 0;
    for schema in schemas() {
        let of_tree = jsonschema::options()
            .with_pattern_options(PatternOptions::regex())
            .build(&schema)
            .unwrap();
        let of_tape = jsonschema::options_for::<TapeJson>()
            .with_pattern_options(PatternOptions::regex())
            .build(&schema)
            .unwrap();
        for document in DOCUMENTS {
            let tree: Value = serde_json::from_str(document).unwrap();
            let root = tape.parse(document, &Limits::default()).unwrap();
            assert_eq!(
                of_tree.is_valid(&tree),
                of_tape.is_valid(root),
                "{schema} {document}"
            );
            let (mut expected, mut found) = (errors!(of_tree, &tree), errors!(of_tape, root));
            // Members of a tree may be visited in another order.
            expected.sort();
            found.sort();
            refused += usize::from(!found.is_empty());
            assert_eq!(expected, found, "{schema} {document}");
        }
    }
    assert!(refused > 500, "only {refused} refusals compared");
}

#[test]
fn an_error_tells_the_same_message() {
    let schema = json!({"properties": {"a": {"type": "string"}}, "required": ["b"]});
    let document = r#"{"a":[1,{"x":1.5}]}"#;
    let tree: Value = serde_json::from_str(document).unwrap();
    let of_tree = jsonschema::validator_for(&schema).unwrap();
    let of_tape = jsonschema::options_for::<TapeJson>()
        .build(&schema)
        .unwrap();
    let mut tape = Tape::default();
    let root = tape.parse(document, &Limits::default()).unwrap();
    let expected: Vec<_> = of_tree.iter_errors(&tree).map(|e| e.to_string()).collect();
    let found: Vec<_> = of_tape.iter_errors(root).map(|e| e.to_string()).collect();
    assert_eq!(expected, found);
}

/// Where a float would lose digits the lexeme decides.
#[test]
fn numbers_are_judged_on_their_digits() {
    let mut tape = Tape::default();
    let mut valid = |schema: Value, document: &str| {
        let validator = jsonschema::options_for::<TapeJson>()
            .build(&schema)
            .unwrap();
        let root = tape.parse(document, &Limits::default()).unwrap();
        validator.is_valid(root)
    };
    assert!(valid(json!({"enum": [0.1]}), "0.10"));
    assert!(!valid(
        json!({"enum": [0.1]}),
        "0.1000000000000000055511151231257827"
    ));
    assert!(!valid(
        json!({"type": "integer"}),
        "1.0000000000000000000001"
    ));
    assert!(valid(json!({"type": "integer"}), "1e400"));
    assert!(valid(
        json!({"uniqueItems": true}),
        "[9007199254740993.0,9007199254740992.0]"
    ));
    assert!(!valid(json!({"uniqueItems": true}), "[1e400,10e399]"));
    assert!(valid(json!({"type": "number", "minimum": 1}), "1e400"));
    assert!(!valid(json!({"type": "number", "minimum": 1}), "-1e400"));
}

#[test]
fn many_items_are_told_apart_by_value() {
    let validator = jsonschema::options_for::<TapeJson>()
        .build(&json!({"uniqueItems": true}))
        .unwrap();
    let mut tape = Tape::default();
    let mut items: Vec<_> = (0..3_000)
        .map(|n| format!(r#"{{"a":{n},"b":["{n}"]}}"#))
        .collect();
    let document = format!("[{}]", items.join(","));
    assert!(validator.is_valid(tape.parse(&document, &Limits::default()).unwrap()));
    items.push(r#"{"b":["7"],"a":7.0}"#.into());
    let document = format!("[{}]", items.join(","));
    assert!(!validator.is_valid(tape.parse(&document, &Limits::default()).unwrap()));
}
