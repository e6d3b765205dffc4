//! An engine that has seen other documents reads every document as one that has seen none.

use std::ops::Range;

use interlingua::codec::Limits;
use interlingua::engine::{Direction, Engine, Failure, Incoming, Loss};
use interlingua::mapping::ast::Message;
use interlingua::mapping::plan::{Plan, Wire};
use interlingua::proof::atlas::Atlas;
use interlingua::proof::generate::{Generator, Manner};
use interlingua::proof::random::Random;

use crate::once;
use crate::shipped::Shipped;

const CUSTOMER: &str = include_str!("../../benches/translate/documents/customer.xml");
const ACCOUNT: &str = include_str!("../../benches/translate/documents/account.json");

const FOUND: &str =
    include_str!("../../mappings/flexiti/cases/getCustomer/by-account-number/native.json");

/// All that a translation tells.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    done: Result<(), Failure>,
    written: Vec<u8>,
    losses: Vec<Loss>,
    lost: u32,
    leaves: u32,
}

fn told(engine: &mut Engine, plan: &Plan, direction: Direction, document: &[u8]) -> Told {
    let mut written = Vec::new();
    let input = Incoming::Text(document);
    let limits = Limits::default();
    let done = once::translate(engine, plan, direction, input, &limits, &mut written);
    let of_whole = done.is_ok();
    let (losses, lost) = engine.losses();
    Told {
        // What is known of a document that was refused is nobody's to ask for.
        losses: if of_whole {
            losses.to_vec()
        } else {
            Vec::new()
        },
        lost: if of_whole { lost } else { 0 },
        leaves: if of_whole { engine.leaves() } else { 0 },
        done,
        written,
    }
}

/// The document with some of it changed: a byte replaced, taken out or put in, a piece doubled, the end cut off.
fn changed(document: &[u8], random: &mut Random) -> Vec<u8> {
    const BYTES: &[u8] = b"\"\\<>&;{}[],:0 -a\n\r\x01/]\xC3='!";
    let mut other = document.to_vec();
    for _ in 0..=random.below(2) {
        if other.is_empty() {
            break;
        }
        let at = random.below(other.len());
        let byte = BYTES[random.below(BYTES.len())];
        match random.below(6) {
            0 => other[at] = byte,
            1 => {
                other.remove(at);
            }
            2 => other.insert(at, byte),
            3 => other.truncate(at),
            4 => {
                let end = (at + random.below(40)).min(other.len());
                let piece = other[at..end].to_vec();
                other.splice(at..at, piece);
            }
            _ => {
                // A value of the same kind mostly: a letter or digit for another.
                if other[at].is_ascii_alphanumeric() {
                    other[at] = if other[at].is_ascii_digit() {
                        b'7'
                    } else {
                        b'q'
                    };
                }
            }
        }
    }
    other
}

fn manner(presence: usize, noise: bool) -> Manner {
    Manner {
        presence,
        residue: 20,
        odd: 5,
        noise,
        forbidden: false,
    }
}

/// Documents that resemble each other, and some that do not.
fn documents(atlas: &Atlas<'_>, direction: Direction) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (seed, presence, noise) in [(1, 100, false), (2, 60, false), (3, 90, true)] {
        let manner = manner(presence, noise);
        let mut generator = Generator::new(atlas, direction, manner, seed);
        all.extend((0..3).map(|_| generator.document().bytes()));
    }
    all
}

/// Blanks in front of a document, which make it too long for a stencil of its own, so that its items have theirs.
const LONG: usize = 8 * 1024;

/// Holds a warm engine against cold ones, for documents behind so many blanks.
fn hold(plan: &Plan, direction: Direction, blanks: usize, name: &str) {
    let atlas = Atlas::new(plan);
    let mut random = Random::new(3);
    let behind = |document: &[u8]| [&b" ".repeat(blanks), document].concat();
    for short in documents(&atlas, direction) {
        let document = behind(&short);
        let mut warm = Engine::default();
        for _ in 0..3 {
            told(&mut warm, plan, direction, &document);
        }
        for round in 0..24 {
            let other = if round == 0 {
                document.clone()
            } else {
                behind(&changed(&short, &mut random))
            };
            // What does not fit costs patience, and what fits gives it back.
            told(&mut warm, plan, direction, &document);
            let expected = told(&mut Engine::default(), plan, direction, &other);
            let found = told(&mut warm, plan, direction, &other);
            assert_eq!(
                found,
                expected,
                "{name}, after\n{}\nthis:\n{}",
                String::from_utf8_lossy(&short),
                String::from_utf8_lossy(&other)
            );
        }
    }
}

/// The texts of a document: what stands between two marks.
fn texts(document: &[u8], (open, close): (u8, u8)) -> Vec<Range<usize>> {
    let mut texts = Vec::new();
    let mut from = None;
    for (at, byte) in document.iter().enumerate() {
        match from {
            Some(start) if *byte == close => {
                texts.push(start..at);
                from = None;
            }
            None if *byte == open => from = Some(at + 1),
            _ => {}
        }
    }
    texts
}

/// The marks around texts.
fn marks(plan: &Plan, direction: Direction) -> (u8, u8) {
    match plan.native.wire {
        Wire::Xml if direction == Direction::ToCanonical => (b'>', b'<'),
        _ => (b'"', b'"'),
    }
}

/// The document with a text at the place of another one.
fn with(document: &[u8], place: &Range<usize>, text: &Range<usize>) -> Vec<u8> {
    let mut other = document.to_vec();
    other.splice(place.clone(), document[text.clone()].iter().copied());
    other
}

/// Holds one engine that sees documents of one form with other values, again and again, against cold ones.
fn hold_one_form(plan: &Plan, direction: Direction, name: &str) -> usize {
    let atlas = Atlas::new(plan);
    let mut random = Random::new(5);
    let mut warm = Engine::default();
    let mut alike = 0;
    let mut documents = Vec::new();
    for seed in 10..16 {
        let mut generator = Generator::new(&atlas, direction, manner(100, false), seed);
        documents.push(generator.document().bytes());
    }
    let marks = marks(plan, direction);
    for _ in 0..8 {
        for document in &documents {
            for _ in 0..4 {
                told(&mut warm, plan, direction, document);
            }
            let texts = texts(document, marks);
            let mut any = || &texts[random.below(texts.len())];
            let other = with(document, any(), any());
            for document in [document, &other] {
                let expected = told(&mut Engine::default(), plan, direction, document);
                let found = told(&mut warm, plan, direction, document);
                alike += usize::from(found.done.is_ok());
                assert_eq!(
                    found,
                    expected,
                    "{name}:\n{}",
                    String::from_utf8_lossy(document)
                );
            }
        }
    }
    alike
}

#[test]
fn documents_of_one_form_read_the_same_whatever_their_values() {
    let mut alike = 0;
    for shipped in Shipped::all() {
        for used in shipped.used() {
            let (message, direction) = if used.request {
                (Message::Request, Direction::ToNative)
            } else {
                (Message::Response, Direction::ToCanonical)
            };
            if let Some(plan) = shipped.plan(&used.mapping, used.view.as_deref(), message) {
                let name = format!("{} {used:?}", shipped.name);
                alike += hold_one_form(&plan, direction, &name);
            }
        }
    }
    assert!(alike > 1000, "{alike} documents were translated");
}

/// Holds an engine that knows a document against cold ones, for every text of it at the place of every other one.
fn hold_every_exchange(plan: &Plan, direction: Direction, document: &[u8]) {
    let mut warm = Engine::default();
    let texts = texts(document, marks(plan, direction));
    let mut translated = 0;
    assert_eq!(told(&mut warm, plan, direction, document).done, Ok(()));
    for place in &texts {
        for text in &texts {
            let other = with(document, place, text);
            for _ in 0..3 {
                told(&mut warm, plan, direction, document);
            }
            let expected = told(&mut Engine::default(), plan, direction, &other);
            let found = told(&mut warm, plan, direction, &other);
            translated += usize::from(found.done.is_ok());
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(&other));
        }
    }
    assert!(translated > 100, "{translated} were translated");
}

/// Types of telephones, codes, names: a value that stands where another one stood moves items between cells, and flips
/// conditions.
#[test]
fn every_value_at_the_place_of_every_other_reads_the_same() {
    for (upstream, mapping, created, document) in [
        ("blubilling", "customer", Some("CustomerCreate"), CUSTOMER),
        ("dxp-ux", "billing-account", None, ACCOUNT),
    ] {
        let shipped = Shipped::all();
        let shipped = shipped.iter().find(|shipped| shipped.name == upstream);
        let shipped = shipped.unwrap();
        let read = shipped.plan(mapping, None, Message::Response).unwrap();
        hold_every_exchange(&read, Direction::ToCanonical, document.as_bytes());
        if created.is_none() {
            continue;
        }
        let canonical = told(
            &mut Engine::default(),
            &read,
            Direction::ToCanonical,
            document.as_bytes(),
        );
        let write = shipped.plan(mapping, created, Message::Request).unwrap();
        hold_every_exchange(&write, Direction::ToNative, &canonical.written);
    }
}

/// A number at a place of texts and whole numbers, in every spelling, after one in digits.
#[test]
fn numbers_read_the_same_in_every_spelling() {
    let shipped = Shipped::all();
    let shipped = shipped.iter().find(|shipped| shipped.name == "flexiti");
    let plan = shipped.unwrap().plan("customer", None, Message::Response);
    let plan = plan.unwrap();
    let document = |number: &str| FOUND.replace("123456789", number).into_bytes();
    assert_ne!(document("7"), FOUND.as_bytes());
    let mut warm = Engine::default();
    for number in ["-0", "1e2", "30.0", "1.5", "1e30", "1e400", "-1e400", "12"] {
        for _ in 0..4 {
            let known = told(&mut warm, &plan, Direction::ToCanonical, &document("7"));
            assert_eq!(known.done, Ok(()));
        }
        let other = document(number);
        let mut cold = Engine::default();
        let expected = told(&mut cold, &plan, Direction::ToCanonical, &other);
        let found = told(&mut warm, &plan, Direction::ToCanonical, &other);
        assert_eq!(found, expected, "{number}");
    }
}

#[test]
fn documents_read_the_same_whatever_was_read_before() {
    for shipped in Shipped::all() {
        for used in shipped.used() {
            let (message, direction) = if used.request {
                (Message::Request, Direction::ToNative)
            } else {
                (Message::Response, Direction::ToCanonical)
            };
            let Some(plan) = shipped.plan(&used.mapping, used.view.as_deref(), message) else {
                continue;
            };
            for blanks in [0, LONG] {
                hold(
                    &plan,
                    direction,
                    blanks,
                    &format!("{} {used:?}", shipped.name),
                );
            }
        }
    }
}
