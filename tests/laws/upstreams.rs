//! Every mapping of every upstream, in both messages and under each view that its operations use.

use interlingua::mapping::ast::Message;
use interlingua::proof::law::Law;
use interlingua::proof::laws::{Budget, Judges, prove_law};

use crate::shipped::{Shipped, Used};

#[test]
fn every_law_holds_for_every_shipped_mapping() {
    let only = std::env::var("LAW_ONLY").unwrap_or_default();
    let documents = std::env::var("LAW_DOCUMENTS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100);
    let mut broken = Vec::new();
    for shipped in Shipped::all() {
        for Used {
            mapping,
            view,
            request,
        } in shipped.used()
        {
            {
                let message = if request {
                    Message::Request
                } else {
                    Message::Response
                };
                let Some(plan) = shipped.plan(&mapping, view.as_deref(), message) else {
                    continue;
                };
                let name = format!(
                    "{} {mapping}{} {message:?}",
                    shipped.name,
                    view.as_deref()
                        .map_or_else(String::new, |view| format!(" as {view}"))
                );
                if !name.contains(&only) {
                    continue;
                }
                let seed = std::env::var("LAW_SEED")
                    .ok()
                    .and_then(|n| n.parse().ok())
                    .unwrap_or(1);
                let budget = Budget {
                    documents,
                    seed,
                    ..Budget::default()
                };
                for law in Law::ALL {
                    let start = std::time::Instant::now();
                    let outcome = prove_law(law, &plan, Judges::default(), budget);
                    println!(
                        "{} {name} {}: {} held, {} discarded, {:?} {:?}",
                        if outcome.holds() { "    " } else { "FAIL" },
                        law.name(),
                        outcome.held,
                        outcome.discarded,
                        outcome.refusals,
                        start.elapsed()
                    );
                    if let Some(diagnostic) = outcome.diagnostic() {
                        println!(
                            "   {} {}",
                            diagnostic.message,
                            diagnostic.help.clone().unwrap_or_default()
                        );
                        if let Some(span) = diagnostic.span {
                            println!(
                                "   at {}:{}",
                                shipped.sources.name(span.source),
                                shipped.sources.position(span).line
                            );
                        }
                        for (_, note) in &diagnostic.notes {
                            println!("   {note}");
                        }
                        broken.push(format!("{name} {}", law.name()));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
