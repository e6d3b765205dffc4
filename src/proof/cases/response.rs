//! Cases of answers.

use super::given::Given;
use super::request::said;
use super::{CaseResult, compare};
use crate::codec::Limits;
use crate::codec::json::tape::{Tape, TapeNode};
use crate::codec::json::write;
use crate::engine::exchange::{
    Accepted, Answered, NativeAnswer, NativeResponse, Outcome, Page, RouteIndex, ServerOutcome,
    ServerProblem, UpstreamProblem, Warning, Worker,
};
use crate::mapping::ast::Direction;
use crate::mapping::catalog::CanonicalAnswer;
use crate::mapping::compile::upstream::Upstream;

/// Reads the answer of a case and writes it again.
pub(super) fn run(
    upstream: &Upstream,
    given: &Given<'_>,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    let (Some(canonical), Some(native)) = (given.case.canonical(), given.case.native()) else {
        return;
    };
    let route = upstream.route_of(&given.call(None));
    let problem = given
        .case
        .file
        .problem
        .as_ref()
        .map(|code| code.value.as_str());
    let said = given.case.file.status.as_ref().map(|status| status.value);
    let status = said.or_else(|| upstream.status_for(given.index, route, problem));
    let Some(status) = status else {
        result.note(
            "answer",
            Some("no case of the operation is of this kind".to_owned()),
        );
        return;
    };
    if given.runs(Direction::ToCanonical) {
        let answer = NativeAnswer {
            status,
            headers: &[],
            content_type: Some(given.content_type()),
            body: native,
        };
        read(upstream, given, route, &answer, canonical, worker, result);
    }
    if given.runs(Direction::ToNative) {
        write_again(
            upstream,
            given,
            (route, status),
            canonical,
            native,
            worker,
            result,
        );
    }
}

fn read(
    upstream: &Upstream,
    given: &Given<'_>,
    route: RouteIndex,
    answer: &NativeAnswer<'_>,
    canonical: &[u8],
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    match upstream.answer(&given.call(given.asked()), route, answer, worker) {
        Answered::Outcome(outcome) => {
            result.note(
                "canonical document",
                compare::canonical(canonical, &of_outcome(&outcome)),
            );
            if !given.case.file.losses.is_empty() {
                result.note(
                    "losses",
                    compare::losses(&given.case.file.losses, &outcome.losses),
                );
            }
        }
        Answered::Problem(problem) => {
            result.note(
                "canonical document",
                compare::canonical(canonical, &of_problem(&problem, canonical)),
            );
        }
        Answered::Broken(broken) => result.note(
            "canonical document",
            Some(format!("the answer is not understood: {broken:?}")),
        ),
    }
}

/// The outcome as the API answers it.
fn of_outcome(outcome: &Outcome) -> Vec<u8> {
    let mut out = Vec::new();
    let body = outcome.body.as_deref().unwrap_or(b"{}");
    if outcome.is_list {
        out.extend_from_slice(b"{\"items\":");
        out.extend_from_slice(body);
        out.extend_from_slice(b",\"page\":{");
        let mut members = Vec::new();
        if let Some(next) = &outcome.page.next {
            members.push(format!("\"next\":{}", quoted(next)));
        }
        members.extend(outcome.page.more.map(|more| format!("\"more\":{more}")));
        members.extend(outcome.page.total.map(|total| format!("\"total\":{total}")));
        out.extend_from_slice(members.join(",").as_bytes());
        out.extend_from_slice(b"}}");
    } else {
        out.extend_from_slice(body);
    }
    if !outcome.warnings.is_empty() {
        let warnings = outcome.warnings.iter().map(|warning| {
            let member = |name: &str, value: &Option<String>| {
                let value = value.as_ref();
                value.map_or_else(String::new, |value| {
                    format!(",\"{name}\":{}", quoted(value))
                })
            };
            let detail = member("detail", &warning.detail);
            let pointer = member("pointer", &warning.pointer);
            format!("{{\"code\":{}{detail}{pointer}}}", quoted(&warning.code))
        });
        let warnings = format!("\"warnings\":[{}]", warnings.collect::<Vec<_>>().join(","));
        let empty = out.trim_ascii() == b"{}";
        out.pop();
        if !empty {
            out.push(b',');
        }
        out.extend_from_slice(warnings.as_bytes());
        out.push(b'}');
    }
    out
}

/// The problem as its mapping says it. What is taken from the first error counts where the case says it.
fn of_problem(problem: &UpstreamProblem, expected: &[u8]) -> Vec<u8> {
    let mut members = vec![format!("\"code\":{}", quoted(&problem.code))];
    let says = |word: &[u8]| expected.windows(word.len()).any(|window| window == word);
    let mut upstream = Vec::new();
    upstream.extend(
        problem
            .upstream_code
            .as_ref()
            .map(|code| format!("\"code\":{}", quoted(code))),
    );
    upstream.extend(
        problem
            .upstream_message
            .as_ref()
            .map(|message| format!("\"message\":{}", quoted(message))),
    );
    if !upstream.is_empty() && (problem.errors.is_empty() || says(b"\"upstream\"")) {
        members.push(format!("\"upstream\":{{{}}}", upstream.join(",")));
    }
    if !problem.errors.is_empty() {
        let errors = problem.errors.iter().map(|error| {
            let named = [
                ("code", &error.code),
                ("detail", &error.detail),
                ("pointer", &error.pointer),
                ("nativeField", &error.native_field),
            ];
            let members = named.iter().filter_map(|(name, value)| {
                Some(format!("\"{name}\":{}", quoted(value.as_ref()?)))
            });
            let mut members: Vec<_> = members.collect();
            if !error.candidates.is_empty() {
                let candidates: Vec<_> = error
                    .candidates
                    .iter()
                    .map(|candidate| quoted(candidate))
                    .collect();
                members.push(format!("\"candidates\":[{}]", candidates.join(",")));
            }
            format!("{{{}}}", members.join(","))
        });
        members.push(format!(
            "\"errors\":[{}]",
            errors.collect::<Vec<_>>().join(",")
        ));
    }
    format!("{{{}}}", members.join(",")).into_bytes()
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    write::string(&mut out, text.as_bytes(), false);
    String::from_utf8_lossy(&out).into_owned()
}

fn write_again(
    upstream: &Upstream,
    given: &Given<'_>,
    (route, status): (RouteIndex, u16),
    canonical: &[u8],
    native: &[u8],
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    let accepted = Accepted {
        operation: given.index,
        route,
        inputs: given
            .inputs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        context: given.received(),
        body: given.asked().map(<[u8]>::to_vec),
        ..Accepted::default()
    };
    let text = String::from_utf8_lossy(canonical);
    let mut tape = Tape::default();
    let Ok(root) = tape.parse(&text, &Limits::default()) else {
        result.note(
            "native document",
            Some("`canonical.json` does not read".to_owned()),
        );
        return;
    };
    let warnings = warnings(root);
    let resource = without(root, &text, "warnings");
    let items = root.get("items").and_then(|items| slice(items, &text));
    let page = page(root);
    let problem = given.case.file.problem.as_ref().map(|code| ServerProblem {
        code: code.value.as_str(),
        status,
        document: Some(canonical),
    });
    let is_list = matches!(given.operation.answer, CanonicalAnswer::Items(_));
    let outcome = ServerOutcome {
        resource: (!is_list).then_some(resource.as_slice()),
        items: if is_list {
            items.map(str::as_bytes)
        } else {
            None
        },
        warnings: &warnings,
        page: is_list.then_some(&page),
        problem,
        ..ServerOutcome::default()
    };
    match upstream.respond(&accepted, &outcome, given.base(), worker) {
        Ok(response) => written(given, native, status, &response, result),
        Err(unanswerable) => {
            let why = unanswerable
                .faults
                .as_ref()
                .map_or_else(|| "no case of the operation writes it".to_owned(), said);
            result.note("native document", Some(why));
        }
    }
}

/// Compares what was written; the status where the case says one.
fn written(
    given: &Given<'_>,
    native: &[u8],
    status: u16,
    response: &NativeResponse,
    result: &mut CaseResult,
) {
    let exactly = given.base().is_some();
    let difference = compare::native(native, &response.body, exactly);
    result.note("native document", difference);
    if given.case.file.status.is_some() {
        result.note("status", compare::status(status, response.status));
    }
}

fn slice<'t>(node: TapeNode<'_>, text: &'t str) -> Option<&'t str> {
    let whole = node.whole();
    text.get(usize::try_from(whole.start).ok()?..usize::try_from(whole.end).ok()?)
}

/// The object without one of its members.
fn without(root: TapeNode<'_>, text: &str, left_out: &str) -> Vec<u8> {
    let members = root.members().filter(|(name, _)| *name != left_out);
    let members: Vec<String> = members
        .map(|(name, value)| format!("{}:{}", quoted(name), slice(value, text).unwrap_or("null")))
        .collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

fn warnings(root: TapeNode<'_>) -> Vec<Warning> {
    let text = |node: TapeNode<'_>, name: &str| {
        node.get(name).and_then(TapeNode::as_str).map(str::to_owned)
    };
    let warnings = root.get("warnings").into_iter().flat_map(TapeNode::items);
    warnings
        .map(|warning| Warning {
            code: text(warning, "code").unwrap_or_default(),
            detail: text(warning, "detail"),
            pointer: None,
        })
        .collect()
}

fn page(root: TapeNode<'_>) -> Page {
    let page = root.get("page");
    let member = |name: &str| page.and_then(|page| page.get(name));
    Page {
        next: member("next").and_then(TapeNode::as_str).map(str::to_owned),
        more: member("more").and_then(TapeNode::as_bool),
        total: member("total")
            .and_then(TapeNode::lexeme)
            .and_then(|total| total.parse().ok()),
    }
}
