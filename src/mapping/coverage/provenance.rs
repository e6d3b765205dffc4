//! Shapes that come from elsewhere than the upstream's samples.

use super::Note;
use crate::model::shape::{Kind, ShapeId, Shapes};

/// The notes of all members, by definition; views repeat those of what they narrow and are left out.
pub(super) fn notes(shapes: &Shapes) -> Vec<Note> {
    let mut notes = Vec::new();
    for (name, id) in shapes.definitions() {
        if shapes.get(id).view_of.is_none() {
            below(shapes, id, name, &mut notes);
        }
    }
    notes.sort();
    notes.dedup();
    notes
}

fn below(shapes: &Shapes, id: ShapeId, path: &str, notes: &mut Vec<Note>) {
    match &shapes.get(id).kind {
        Kind::Object(object) => {
            for member in &object.members {
                let place = format!("{path}.{}", member.name);
                if let Some(provenance) = &member.provenance {
                    notes.push(Note {
                        place: place.clone(),
                        text: provenance.to_string(),
                    });
                }
                inside(shapes, member.shape, &place, notes);
            }
        }
        Kind::List(list) => inside(shapes, list.item, &format!("{path}[]"), notes),
        Kind::Scalar(_) | Kind::Any => {}
    }
}

/// Goes into a shape that has no definition of its own.
fn inside(shapes: &Shapes, id: ShapeId, place: &str, notes: &mut Vec<Note>) {
    let defined = shapes.definitions().any(|(_, other)| other == id);
    if !defined && *shapes.get(id).name == *place {
        below(shapes, id, place, notes);
    }
}
