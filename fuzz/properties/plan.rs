//! Plans: mappings with lines of theirs changed, as far as `check` accepts them, and documents that are nearly theirs.

#[path = "ground.rs"]
mod ground;

use std::cell::RefCell;
use std::sync::OnceLock;

use ground::Files;
use interlingua::codec::Limits;
use interlingua::codec::json::tape::{Tape, TapeJson};
use interlingua::diag::render::{Colour, text};
use interlingua::diag::{Code, Report};
use interlingua::engine::Direction;
use interlingua::mapping::ast::Message;
use interlingua::mapping::catalog::{Catalog, MappingSet};
use interlingua::mapping::check;
use interlingua::mapping::compile::upstream::Upstream;
use interlingua::mapping::plan::{Plan, Wire};
use interlingua::proof::atlas::Atlas;
use interlingua::proof::generate::{Generator, Manner};
use interlingua::proof::laws::{Budget, Judges, plans, prove};
use interlingua::proof::runner::{Ran, Refusal, Runner};
use interlingua::proof::trial::tree_of;
use interlingua::sandbox;
use jsonschema::{PatternOptions, Registry, Validator};
use serde_json::Value;

/// An upstream that is changed, and the model that it is of.
struct Ground {
    model: (&'static str, &'static str),
    upstream: &'static [(&'static str, &'static str)],
}

const SHIPPED: (&str, &str) = ("schemas/canonical", "schemas/canonical");

const GROUNDS: [Ground; 6] = [
    Ground {
        model: ("tests/checks/base/schemas/canonical", "schemas/canonical"),
        upstream: &[
            ("tests/checks/base/mappings/shop", "mappings/shop"),
            ("tests/checks/base/schemas/native", "schemas/native"),
        ],
    },
    Ground {
        model: SHIPPED,
        upstream: &[("tests/fixtures/shelves", "")],
    },
    Ground {
        model: SHIPPED,
        upstream: &[
            ("tests/newcomers/mappings/quillpost", "mappings/quillpost"),
            ("tests/newcomers/schemas", "schemas"),
        ],
    },
    Ground {
        model: SHIPPED,
        upstream: &[
            ("tests/newcomers/mappings/tolliver", "mappings/tolliver"),
            ("tests/newcomers/schemas", "schemas"),
        ],
    },
    Ground {
        model: SHIPPED,
        upstream: &[
            ("mappings/blubilling", "mappings/blubilling"),
            (
                "schemas/native/blubilling.schema.yaml",
                "schemas/native/blubilling.schema.yaml",
            ),
        ],
    },
    Ground {
        model: SHIPPED,
        upstream: &[
            ("mappings/ebpp", "mappings/ebpp"),
            (
                "schemas/native/ebpp.schema.yaml",
                "schemas/native/ebpp.schema.yaml",
            ),
        ],
    },
];

/// Documents for each law.
const DOCUMENTS: usize = 2;

/// Decisions, one byte each; zeroes once there is none left.
struct Draw<'b>(std::slice::Iter<'b, u8>);

impl Draw<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let (high, low) = (self.byte(), self.byte());
        usize::from(u16::from_be_bytes([high, low])) % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }
}

/// What was made of a mapping, shown where a property fails.
struct Edited(Vec<(String, Vec<u8>)>);

impl Drop for Edited {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (name, text) in &self.0 {
                eprintln!("{name}:\n{}", String::from_utf8_lossy(text));
            }
        }
    }
}

thread_local! {
    /// The models of grounds, read once: most of a catalog is its model.
    static MODELS: RefCell<[Option<Catalog>; GROUNDS.len()]> = const { RefCell::new([const { None }; GROUNDS.len()]) };
}

/// Holds every property for what these bytes choose.
pub(crate) fn hold(bytes: &[u8]) {
    static FOUND: [OnceLock<Files>; GROUNDS.len()] = [const { OnceLock::new() }; GROUNDS.len()];
    let mut draw = Draw(bytes.iter());
    let number = usize::from(draw.byte()) % GROUNDS.len();
    let ground = &GROUNDS[number];
    let mut files = FOUND[number].get_or_init(|| own_files(ground)).clone();
    let edited = edit(&mut files, &mut draw);
    let model = MODELS.with_borrow_mut(|models| models[number].take());
    let model = model.unwrap_or_else(|| Catalog::load(ground::files(&[ground.model])).0);
    let (catalog, report) = checked(model, files);
    if report.has_errors() {
        let told = text(&report, &catalog.sources, Colour::Plain);
        assert!(
            !edited.0.is_empty(),
            "a ground with faults is none:\n{told}"
        );
    } else {
        let seed = bytes.iter().fold(1_u64, |seed, byte| {
            seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte)
        });
        for set in catalog.mappings.values() {
            for_plan(&catalog, set, seed, &mut draw);
        }
    }
    MODELS.with_borrow_mut(|models| models[number] = Some(catalog));
}

/// The files of an upstream as they are.
fn own_files(ground: &Ground) -> Files {
    let mut files = ground::files(ground.upstream);
    // What worked calls hold is not of a changed mapping any more; that they are there, sandboxes ask.
    files.retain(|(name, _)| !name.contains("/cases/") || name.ends_with("/case.yaml"));
    files
}

/// Reads files beside a model, and checks them.
fn checked(model: Catalog, files: Files) -> (Catalog, Report) {
    let (own, read) = Catalog::load(files);
    let catalog = Catalog {
        sources: own.sources,
        mappings: own.mappings,
        ..model
    };
    let mut report = Report::new();
    // The model that is told to be missing is there.
    report.extend(
        read.iter()
            .filter(|fault| fault.code != Code::F004)
            .cloned(),
    );
    check::check(&catalog, &mut report);
    (catalog, report)
}

/// Changes lines of the mappings: takes some away, doubles them, puts others in their place.
fn edit(files: &mut Files, draw: &mut Draw<'_>) -> Edited {
    let mut edited = Edited(Vec::new());
    let mappings: Vec<usize> = (0..files.len())
        .filter(|at| files[*at].0.starts_with("mappings/") && files[*at].0.ends_with(".yaml"))
        .filter(|at| !files[*at].0.contains("/cases/"))
        .filter(|at| !files[*at].0.ends_with("/sandbox.yaml"))
        .collect();
    for _ in 0..draw.byte() % 4 {
        let file = mappings[draw.below(mappings.len())];
        let other = mappings[draw.below(mappings.len())];
        let donor = String::from_utf8(files[other].1.clone()).unwrap();
        let text = String::from_utf8(files[file].1.clone()).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        let others: Vec<&str> = donor.lines().collect();
        if lines.is_empty() || others.is_empty() {
            continue;
        }
        let at = draw.below(lines.len());
        let to = draw.below(lines.len());
        let value = |line: &'_ str| line.split_once(": ").map(|(_, value)| value.to_owned());
        let mixed;
        match draw.byte() % 6 {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[to]),
            2 => lines.swap(at, to),
            3 => lines.insert(at, others[draw.below(others.len())]),
            // The value of another line.
            kind => {
                let from = if kind == 4 {
                    lines[to]
                } else {
                    others[draw.below(others.len())]
                };
                let (Some((key, _)), Some(value)) = (lines[at].split_once(": "), value(from))
                else {
                    continue;
                };
                mixed = format!("{key}: {value}");
                lines[at] = &mixed;
            }
        }
        files[file].1 = (lines.join("\n") + "\n").into_bytes();
        edited.0.push(files[file].clone());
    }
    edited
}

/// A plan that the upstream runs.
fn for_plan(catalog: &Catalog, set: &MappingSet, seed: u64, draw: &mut Draw<'_>) {
    let settings = sandbox::settings(set, "http://127.0.0.1:8101");
    let auth = set.sandbox.as_ref().and_then(|file| file.auth.as_ref());
    let upstream = match Upstream::compile(catalog, &set.folder, &set.folder, &settings, auth) {
        Ok(upstream) => upstream,
        Err(report) => {
            // What the operator has to give is no fault of the mapping.
            let told = text(&report, &catalog.sources, Colour::Plain);
            let of_operator = report
                .iter()
                .all(|fault| fault.code.as_str().starts_with('C'));
            return assert!(of_operator, "accepted and not compiled:\n{told}");
        }
    };
    // One of them is enough for one input.
    let plans = plans(&upstream);
    if let Some((message, plan)) = plans.get(draw.below(plans.len())) {
        let mapping = set.mapping(&plan.mapping);
        let mapping = mapping.filter(|_| *message == Message::Response);
        let title = mapping.and_then(|mapping| mapping.canonical.as_ref());
        let schema = title.and_then(|title| schema(catalog, &title.value));
        plan_holds(plan, schema.as_ref(), catalog, seed, draw);
    }
}

/// The model's schema of a type.
fn schema(catalog: &Catalog, title: &str) -> Option<Validator<TapeJson>> {
    let files = catalog.canonical_schemas.iter();
    let schemas: Vec<Value> = files
        .map(|(_, text)| serde_json::from_str(text).unwrap())
        .collect();
    let registry = schemas.iter().fold(Registry::new(), |registry, schema| {
        let id = schema["$id"].as_str().unwrap().to_owned();
        registry.add(id, schema.clone()).unwrap()
    });
    let registry = registry.prepare().unwrap();
    let schema = schemas
        .iter()
        .find(|schema| schema["title"].as_str() == Some(title))?;
    let options =
        jsonschema::options_for::<TapeJson>().with_pattern_options(PatternOptions::regex());
    Some(options.with_registry(&registry).build(schema).unwrap())
}

/// Says why a document is not of its type.
fn judge(schema: Option<&Validator<TapeJson>>, document: &[u8]) -> Result<(), String> {
    let mut tape = Tape::default();
    let text = std::str::from_utf8(document).map_err(|error| error.to_string())?;
    let root = tape
        .parse(text, &Limits::default())
        .map_err(|fault| fault.to_string())?;
    let Some(schema) = schema else { return Ok(()) };
    schema
        .validate(root)
        .map_err(|error| format!("{error} at {}", error.instance_path()))
}

/// The laws hold for a plan, and documents of any kind are refused or translated.
fn plan_holds(
    plan: &Plan,
    schema: Option<&Validator<TapeJson>>,
    catalog: &Catalog,
    seed: u64,
    draw: &mut Draw<'_>,
) {
    let canonical = |document: &[u8]| judge(schema, document);
    let judges = Judges {
        canonical: Some(&canonical),
        native: None,
    };
    let budget = Budget {
        documents: DOCUMENTS,
        seed,
        discards: 100,
    };
    for outcome in prove(plan, judges, budget) {
        // Documents that are all refused say nothing.
        if outcome.counter.is_some() {
            let mut report = Report::new();
            report.extend(outcome.diagnostic());
            panic!("{}", text(&report, &catalog.sources, Colour::Plain));
        }
    }
    let atlas = Atlas::new(plan);
    let manner = Manner {
        presence: 90,
        residue: 10,
        odd: 5,
        noise: seed.is_multiple_of(2),
        forbidden: false,
    };
    for direction in [Direction::ToCanonical, Direction::ToNative] {
        let document = Generator::new(&atlas, direction, manner, seed)
            .document()
            .bytes();
        let mut warm = Runner::new(&atlas);
        for _ in 0..3 {
            let changed = changed(&document, draw);
            let _ = warm.translate(direction, &document);
            let told = warm.translate(direction, &changed);
            let cold = Runner::new(&atlas).translate(direction, &changed);
            assert_eq!(
                shown(&told),
                shown(&cold),
                "{}",
                String::from_utf8_lossy(&changed)
            );
            if let Ok(ran) = told {
                translated(plan, direction, schema, &changed, &ran);
            }
        }
    }
}

/// A document with a few of its bytes changed.
fn changed(document: &[u8], draw: &mut Draw<'_>) -> Vec<u8> {
    let mut changed = document.to_vec();
    for _ in 0..draw.byte() % 4 {
        let at = draw.below(changed.len() + 1);
        let end = (at + usize::from(draw.byte()) % 24).min(changed.len());
        match draw.byte() % 4 {
            0 => drop(changed.splice(at..end, [])),
            1 => drop(changed.splice(at..at, [draw.byte()])),
            2 => {
                let piece = changed[at..end].to_vec();
                let to = draw.below(changed.len() + 1);
                changed.splice(to..to, piece);
            }
            _ if at < changed.len() => changed[at] ^= draw.byte(),
            _ => {}
        }
    }
    changed
}

/// All that a run tells.
fn shown(ran: &Result<Ran, Refusal>) -> String {
    format!("{ran:?}")
}

/// What was written is a document, of its type where a type is judged; each loss that is told has its place.
fn translated(
    plan: &Plan,
    direction: Direction,
    schema: Option<&Validator<TapeJson>>,
    document: &[u8],
    ran: &Ran,
) {
    let wire = match direction {
        Direction::ToCanonical => Wire::Json,
        Direction::ToNative => plan.native.wire,
    };
    let input = String::from_utf8_lossy(document);
    assert!(
        tree_of(wire, &ran.bytes).is_some(),
        "no document is written of {input}"
    );
    if direction == Direction::ToCanonical {
        let judged = judge(schema, &ran.bytes);
        let written = String::from_utf8_lossy(&ran.bytes);
        assert_eq!(judged, Ok(()), "{}: {written} of {input}", plan.mapping);
    }
    for (path, code) in &ran.losses {
        assert!(
            path.is_some(),
            "a loss without a place, {code:?} of {input}"
        );
    }
    assert!(ran.lost as usize >= ran.losses.len());
}
