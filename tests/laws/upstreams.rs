//! Every mapping of every upstream, with the views and in the messages that its operations use.

use interlingua::mapping::ast::Message;
use interlingua::proof::law::Law;
use interlingua::proof::laws::{Budget, Judges, prove_law};

use crate::shipped::{Shipped, Used};

#[test]
fn every_law_holds_for_every_shipped_mapping() {
    let mut broken = Vec::new();
    for shipped in Shipped::all() {
        let used: Vec<Used> = shipped.used().into_iter().collect();
        // Two at a time: each has its own engine.
        let half = used.len().div_ceil(2);
        let prove = |part: &[Used]| {
            let mut broken = Vec::new();
            for used in part {
                prove_one(&shipped, used, &mut broken);
            }
            broken
        };
        let (first, second) = used.split_at(half);
        broken.extend(std::thread::scope(|scope| {
            let other = scope.spawn(|| prove(second));
            let mut all = prove(first);
            all.extend(other.join().unwrap());
            all
        }));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn prove_one(shipped: &Shipped, used: &Used, broken: &mut Vec<String>) {
    let message = if used.request {
        Message::Request
    } else {
        Message::Response
    };
    // A mapping of answers only may name places that no request has.
    let of_answers = |used: &Used| {
        used.request
            && used.view.is_none()
            && shipped
                .plan(&used.mapping, None, Message::Response)
                .is_some()
    };
    let Some(plan) = shipped.plan(&used.mapping, used.view.as_deref(), message) else {
        if !of_answers(used) {
            broken.push(format!("{} {used:?}: no plan", shipped.name));
        }
        return;
    };
    // What stands beside the plan's own checks: the model's schema, of answers.
    let schema = shipped.judge(&used.mapping);
    let judge = |document: &[u8]| schema.judge(document);
    let judges = Judges {
        canonical: (!used.request).then_some(&judge),
        native: None,
    };
    for law in Law::ALL {
        let budget = Budget {
            documents: 60,
            ..Budget::default()
        };
        let outcome = prove_law(law, &plan, judges, budget);
        println!(
            "{} {} {:?} {message:?} {}: {} held, {} discarded {:?}",
            shipped.name,
            used.mapping,
            used.view,
            law.name(),
            outcome.held,
            outcome.discarded,
            outcome.refusals
        );
        let Some(fault) = outcome.diagnostic() else {
            continue;
        };
        let at = fault.span.map_or_else(String::new, |span| {
            format!(
                "{}:{}",
                shipped.sources.name(span.source),
                shipped.sources.position(span).line
            )
        });
        broken.push(format!(
            "{} {used:?} {at} {}\n{:#?} {:?}",
            shipped.name, fault.message, fault.notes, fault.help
        ));
    }
}
