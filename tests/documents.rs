//! Documents that say what the program says, too: the language reference, and the home of every upstream field.
#![cfg(test)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::string_slice,
    reason = "over the project's own files, where a panic is a failed test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use interlingua::diag::{Code, Report, Sources};
use interlingua::mapping::catalog::Catalog;
use interlingua::mapping::convert::{Example, Way};
use interlingua::mapping::coverage;
use interlingua::mapping::keywords::{self, MapSpec};
use interlingua::mapping::syntax::Brackets;
use interlingua::mapping::yaml::{self, Node};
use interlingua::mapping::{convert, schema, syntax};
use interlingua::model::shape::Shapes;

const MAPS: &[&MapSpec] = &[
    &keywords::MAPPING,
    &keywords::VARIANT,
    &keywords::RULE,
    &keywords::UNMAPPED,
    &keywords::UNMAPPED_ENTRY,
    &keywords::TABLES,
    &keywords::TABLE,
    &keywords::UPSTREAM,
    &keywords::SETTING,
    &keywords::EVERY_CALL,
    &keywords::IDEMPOTENCY,
    &keywords::AUTH,
    &keywords::AUTH_KEY,
    &keywords::OPERATION,
    &keywords::CALL,
    &keywords::ROUTE,
    &keywords::ANSWER,
    &keywords::PAGING,
    &keywords::RECOVER,
    &keywords::STEP,
    &keywords::CALLBACK,
    &keywords::MACHINE,
    &keywords::SANDBOX,
    &keywords::RECORD,
    &keywords::MADE,
    &keywords::EFFECT,
    &keywords::CURL,
    &keywords::CASE,
    &keywords::LOSS,
    &keywords::OPERATIONS,
    &keywords::CANONICAL_OPERATION,
    &keywords::INPUT,
];

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A section of the language reference, by its number.
fn section(language: &str, number: u32) -> String {
    let start = language.find(&format!("\n## {number}. ")).unwrap();
    let end = language[start + 1..]
        .find("\n## ")
        .map_or(language.len(), |end| start + 1 + end);
    language[start..end].to_owned()
}

/// What stands in backticks in a text.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_reference_lists_the_keywords_that_are_read() {
    let language = text("mappings/LANGUAGE.md");
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in section(&language, 17)
        .lines()
        .filter(|line| line.starts_with("| "))
    {
        let cells: Vec<&str> = row
            .trim_matches('|')
            .splitn(3, '|')
            .map(str::trim)
            .collect();
        let keys = cells[2]
            .split(" · ")
            .flat_map(|part| quoted(part.split(':').next().unwrap()));
        documented.insert(cells[0].to_owned(), keys.map(str::to_owned).collect());
    }
    let mut wrong = Vec::new();
    for map in MAPS {
        let read: BTreeSet<String> = map.keys.iter().map(|key| key.name.to_owned()).collect();
        match documented.get(map.name) {
            None => wrong.push(format!("no row for `{}`", map.name)),
            Some(keys) if *keys != read => {
                let missing: Vec<_> = read.difference(keys).collect();
                let surplus: Vec<_> = keys.difference(&read).collect();
                wrong.push(format!(
                    "`{}`: not documented {missing:?}, not read {surplus:?}",
                    map.name
                ));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reference_lists_the_converters_there_are() {
    let language = text("mappings/LANGUAGE.md");
    let section = section(&language, 13);
    let documented: BTreeSet<&str> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| quoted(line.split('|').nth(1).unwrap()))
        .map(|name| name.split('(').next().unwrap())
        .collect();
    // Between several places, or made by the compiler: no converters of one text.
    let structural = [
        "copy",
        "field-name",
        "join",
        "map",
        "money",
        "split",
        "table",
    ];
    let made: BTreeSet<&str> = convert::infos()
        .map(|info| info.name)
        .chain(structural)
        .collect();
    assert_eq!(documented, made);
}

/// One example as a row: texts in quotes, with how they lead to each other.
fn example(name: &str, example: &Example) -> String {
    let arguments: Vec<String> = example
        .args
        .iter()
        .map(|argument| {
            let plain = |text: &str| {
                let word = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
                let word = !text.is_empty() && text.chars().all(word);
                if word {
                    text.to_owned()
                } else {
                    format!("{text:?}")
                }
            };
            let value = plain(argument.value);
            argument
                .name
                .map_or(value.clone(), |name| format!("{name}={value}"))
        })
        .collect();
    let call = if arguments.is_empty() {
        name.to_owned()
    } else {
        format!("{name}({})", arguments.join(", "))
    };
    let texts = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|text| format!("`{text:?}`")).collect();
        texts.join(" + ")
    };
    let (native, way, canonical) = match example.way {
        Way::Both => (texts(example.native), "both", texts(example.canonical)),
        Way::Read => (texts(example.native), "read", texts(example.canonical)),
        Way::Write => (texts(example.native), "written", texts(example.canonical)),
        Way::RefuseRead => (texts(example.native), "refused", String::new()),
        Way::RefuseWrite => (String::new(), "refused", texts(example.canonical)),
    };
    let cells = [
        format!("`{call}`"),
        native,
        way.into(),
        canonical,
        example.note.into(),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

#[test]
fn the_reference_shows_the_examples_that_run() {
    let mut table = String::from("| Converter | Native | | Canonical | |\n|---|---|---|---|---|\n");
    for info in convert::infos().chain(convert::joined_infos()) {
        for one in info.examples {
            table.push_str(&example(info.name, one));
        }
    }
    let language = text("mappings/LANGUAGE.md");
    let between = |text: &str| {
        let (_, rest) = text.split_once("<!-- examples:begin -->\n").unwrap();
        rest.split_once("<!-- examples:end -->")
            .unwrap()
            .0
            .to_owned()
    };
    let shown = between(&language);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/LANGUAGE.md");
        let begin = "<!-- examples:begin -->\n";
        let updated = language.replace(&format!("{begin}{shown}"), &format!("{begin}{table}"));
        fs::write(path, updated).unwrap();
    } else {
        assert_eq!(shown, table, "regenerate with UPDATE_GOLDENS=1");
    }
}

#[test]
fn the_reference_names_codes_that_exist() {
    let language = text("mappings/LANGUAGE.md");
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    for word in section(&language, 16).split(|c: char| !c.is_ascii_alphanumeric()) {
        let is_code = word.len() == 4
            && word.starts_with('M')
            && word[1..].chars().all(|c| c.is_ascii_digit());
        assert!(!is_code || known.contains(word), "{word}");
    }
}

/// The canonical model and the inputs of its operations.
fn model() -> (Shapes, BTreeMap<String, BTreeSet<String>>, Sources) {
    let mut sources = Sources::new();
    let mut report = Report::new();
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/canonical");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let id = sources.add(name.as_str(), fs::read_to_string(&path).unwrap());
            files.push((name, yaml::read(id, &sources, &mut report).unwrap()));
        }
    }
    let shapes = schema::canonical(&files, &mut report);
    let id = sources.add("operations.yaml", text("schemas/canonical/operations.yaml"));
    let node = yaml::read(id, &sources, &mut report).unwrap();
    let mut inputs = BTreeMap::new();
    for operation in node.get("operations").and_then(Node::as_map).unwrap() {
        let mut names = BTreeSet::new();
        for input in operation
            .value
            .get("inputs")
            .and_then(Node::as_map)
            .unwrap_or_default()
        {
            names.insert(input.key.text.clone());
            let gives = input
                .value
                .get("gives")
                .and_then(Node::as_list)
                .unwrap_or_default();
            names.extend(
                gives
                    .iter()
                    .filter_map(Node::as_scalar)
                    .map(|scalar| scalar.text.clone()),
            );
        }
        inputs.insert(operation.key.text.clone(), names);
    }
    assert!(!report.has_errors());
    (shapes, inputs, sources)
}

fn scalar(node: &Node, key: &str) -> Option<String> {
    node.get(key)
        .and_then(Node::as_scalar)
        .map(|scalar| scalar.text.clone())
}

#[test]
fn every_upstream_field_has_a_home_and_the_table_shows_it() {
    let (shapes, inputs, mut sources) = model();
    let mut report = Report::new();
    let id = sources.add("homes.yaml", text("schemas/homes.yaml"));
    let node = yaml::read(id, &sources, &mut report).unwrap();
    let mut table = String::from("| Document | Field | Home |\n|---|---|---|\n");
    let mut wrong = Vec::new();
    for row in node.get("homes").and_then(Node::as_list).unwrap() {
        let upstream = scalar(row, "upstream").unwrap();
        let field = scalar(row, "field").unwrap();
        let cell = match scalar(row, "none") {
            Some(reason) => format!("none: {reason}"),
            None => {
                let homes = row.get("home").and_then(Node::as_list).unwrap();
                let mut shown = Vec::new();
                for home in homes {
                    let home = home.as_scalar().unwrap();
                    shown.push(format!("`{}`", home.text));
                    let input = home
                        .text
                        .split_once('.')
                        .and_then(|(operation, name)| Some(inputs.get(operation)?.contains(name)));
                    let place = syntax::path(home, &sources, Brackets::EveryAndNot)
                        .ok()
                        .map(|path| schema::definition(&shapes, &path).is_ok());
                    if !(input.unwrap_or(false) || place.unwrap_or(false)) {
                        wrong.push(format!("{upstream} {field}: no home {}", home.text));
                    }
                }
                shown.join(", ")
            }
        };
        let field = field.replace('|', "\\|");
        table.push_str(&format!(
            "| {upstream} | `{field}` | {} |\n",
            cell.replace('|', "\\|")
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let readme = text("schemas/README.md");
    let shown = readme
        .split("<!-- homes:begin -->\n")
        .nth(1)
        .unwrap()
        .split("<!-- homes:end -->")
        .next()
        .unwrap();
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/README.md");
        fs::write(path, readme.replace(shown, &table)).unwrap();
    } else {
        assert_eq!(shown, table, "regenerate with UPDATE_GOLDENS=1");
    }
}

/// Every file of a folder of the project, by its path.
fn tree(folder: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap();
        if path.is_dir() {
            tree(name, found);
        } else {
            found.insert(name.to_owned(), fs::read(&path).unwrap());
        }
    }
}

#[test]
fn the_table_of_who_offers_what_is_current() {
    let mut files = BTreeMap::new();
    tree("mappings", &mut files);
    tree("schemas", &mut files);
    let (catalog, _) = Catalog::load(files);
    let table = coverage::operations(&catalog).to_string();
    assert!(table.lines().count() > catalog.operations.len(), "{table}");
    let page = text("mappings/README.md");
    let (before, rest) = page.split_once("<!-- interlingua coverage -->\n").unwrap();
    let (found, behind) = rest.split_once("<!-- end -->").unwrap();
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        let page = [
            before,
            "<!-- interlingua coverage -->\n",
            &table,
            "<!-- end -->",
            behind,
        ];
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/README.md");
        fs::write(path, page.concat()).unwrap();
        return;
    }
    assert_eq!(found, table, "UPDATE_GOLDENS=1 writes it anew");
}
