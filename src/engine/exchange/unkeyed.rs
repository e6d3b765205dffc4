//! What was made without the upstream telling under which key.

use super::{Warning, places};
use crate::codec::json::tape::{Kind, TapeNode};
use crate::mapping::compile::upstream::Made;

/// Says of which resources of a body the answer tells no id: they are made, and whoever made them should know that the
/// answer does not name them.
pub(super) fn warnings(
    made: &[Made],
    body: Option<TapeNode<'_>>,
    answer: Option<TapeNode<'_>>,
) -> Vec<Warning> {
    let mut told = Vec::new();
    for Made { member, is_list } in made {
        let Some(member) = member else {
            if !has_id(answer) {
                told.push(warning(None));
            }
            continue;
        };
        let Some(sent) = body.and_then(|body| body.get(member)) else {
            continue;
        };
        let answered = answer.and_then(|answer| answer.get(member));
        let at = format!("/{}", places::escaped(member));
        if !is_list {
            if sent.kind() != Kind::Null && !has_id(answered) {
                told.push(warning(Some(at)));
            }
            continue;
        }
        let mut answered = answered.into_iter().flat_map(TapeNode::items);
        for (index, _) in sent.items().enumerate() {
            if !has_id(answered.next()) {
                told.push(warning(Some(format!("{at}/{index}"))));
            }
        }
    }
    told
}

fn has_id(resource: Option<TapeNode<'_>>) -> bool {
    resource.is_some_and(|resource| resource.get("id").is_some_and(|id| id.as_str().is_some()))
}

fn warning(pointer: Option<String>) -> Warning {
    Warning {
        code: "no-id".to_owned(),
        detail: Some("It was made; the upstream does not tell its id.".to_owned()),
        pointer,
    }
}
