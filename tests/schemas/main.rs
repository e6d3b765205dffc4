//! The schemas of the product: read without a fault, and with the facts that mappings count on.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that goes wrong should end there"
)]

#[path = "../diagnostics/as_edited.rs"]
mod as_edited;
mod canonical;
mod editor;
mod native;

use std::fs;
use std::path::PathBuf;

use interlingua::diag::render::{Colour, text};
use interlingua::diag::{Report, Sources};
use interlingua::mapping::schema::{Resolved, path};
use interlingua::mapping::syntax::{self, Brackets, Path};
use interlingua::mapping::yaml::{Node, NodeKind, Scalar, Style, read};
use interlingua::model::shape::{Member, Shape, ShapeId, Shapes};

/// Gives the files of a folder in the order of their names.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut names: Vec<_> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(ending))
        .collect();
    names.sort();
    let read = |name: String| {
        let text = fs::read_to_string(root.join(&name)).unwrap();
        (name, text)
    };
    names.into_iter().map(read).collect()
}

fn tree(name: &str, text: String, sources: &mut Sources, report: &mut Report) -> Node {
    let id = sources.add(name, text);
    read(id, sources, report).unwrap()
}

fn is_clean(report: &Report, sources: &Sources) {
    assert!(
        report.is_empty(),
        "{}",
        text(report, sources, Colour::Plain)
    );
}

/// Reads a place of the mapping language.
fn place(written: &str) -> Path {
    let mut sources = Sources::new();
    let id = sources.add("place", format!("{written:?}"));
    let node = read(id, &sources, &mut Report::new()).unwrap();
    let NodeKind::Scalar(
        scalar @ Scalar {
            style: Style::DoubleQuoted,
            ..
        },
    ) = &node.kind
    else {
        panic!("{node:?}")
    };
    syntax::path(scalar, &sources, Brackets::EveryAndNot).unwrap()
}

fn at(shapes: &Shapes, definition: &str, written: &str) -> Resolved {
    let root: ShapeId = shapes.definition(definition).expect(definition);
    path(shapes, root, &place(written)).unwrap_or_else(|fault| panic!("{written}: {fault:?}"))
}

fn member<'a>(shapes: &'a Shapes, definition: &str, written: &str) -> &'a Member {
    at(shapes, definition, written)
        .member(shapes)
        .expect(written)
}

fn shape<'a>(shapes: &'a Shapes, definition: &str, written: &str) -> &'a Shape {
    shapes.get(at(shapes, definition, written).shape)
}
