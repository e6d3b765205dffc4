//! Cases of documents that an upstream sends by itself.

use super::given;
use super::{CaseResult, compare};
use crate::codec::json::write;
use crate::engine::exchange::{Event, ReceivedDocument, Worker};
use crate::mapping::catalog::CaseFolder;
use crate::mapping::compile::upstream::Upstream;

/// Reads the document of a case and compares the events that it tells.
pub(super) fn run(
    upstream: &Upstream,
    case: &CaseFolder,
    worker: &mut Worker,
    result: &mut CaseResult,
) {
    let (Some(canonical), Some(native)) = (case.canonical(), case.native()) else {
        return;
    };
    let document = ReceivedDocument {
        content_type: Some(given::content_type(case)),
        body: native,
    };
    let context = given::context(case);
    let events = upstream.events(&document, &context, worker);
    let has_time = context.now_unix_ms != 0;
    result.note(
        "events",
        compare::canonical(canonical, &listed(&events, has_time)),
    );
}

/// The events as a list. An id that each delivery makes anew is left out, and so is the time where the case has none.
fn listed(events: &[Event], has_time: bool) -> Vec<u8> {
    let mut out = b"{\"items\":[".to_vec();
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let time = event.time.as_deref().filter(|_| has_time);
        let texts = [
            ("{\"type\":", Some(&*event.kind)),
            (",\"id\":", event.id.as_deref()),
            (",\"time\":", time),
        ];
        for (name, value) in texts {
            let Some(value) = value else { continue };
            out.extend_from_slice(name.as_bytes());
            write::string(&mut out, value.as_bytes(), false);
        }
        if let Some(data) = &event.data {
            out.extend_from_slice(b",\"data\":");
            out.extend_from_slice(data);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}
