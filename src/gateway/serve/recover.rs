//! Looks for what a write of unknown outcome would have made, by the read that its mapping names (`recover`).

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;

use super::exchange::Exchange;
use super::several::Asked;
use crate::gateway::answer::{Done, Told};
use crate::gateway::judge::{self, Matching};
use crate::gateway::problem::{Code, Refusal};
use crate::gateway::shared::Upstream;
use crate::gateway::translate::{Call, Context, Outcome, PageRequest};
use crate::journal::Attempt;
use crate::mapping::ast::Kind;

/// A look for the work of one attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'c> {
    pub(super) asked: &'c Asked<'c>,
    pub(super) upstream: &'c Upstream,
}

/// What a look for the work of an attempt found.
pub(super) enum Sought {
    /// What it would have made.
    Found(Box<Outcome>),
    /// Nothing.
    Absent,
    /// Nobody could say.
    Unknown,
}

// === impl Search ===

impl Search<'_> {
    /// Looks for what an attempt would have made, by the operation that the mapping names.
    pub(super) async fn seek(&self, attempt: &Attempt, call: &Call<'_>) -> Sought {
        let recovery = self.upstream.translator.recovery(call.operation);
        let (Some(recovery), Some(trace)) = (recovery, attempt.trace.as_ref()) else {
            return Sought::Unknown;
        };
        let trace = trace.text.as_str();
        let Some(operation) = self.asked.shared.operation(recovery.with) else {
            return Sought::Unknown;
        };
        let criteria = serde_json::json!({ recovery.by: trace }).to_string();
        let by_search = operation.kind == Kind::Search;
        let inputs = [("reference", trace)];
        let read = Call {
            operation: recovery.with,
            inputs: if by_search { &[] } else { &inputs },
            body: by_search.then_some(criteria.as_bytes()),
            page: PageRequest::default(),
            context: Context {
                idempotency_key: None,
                if_match: None,
                nonce: self.asked.shared.identities.nonce(),
                ..call.context
            },
        };
        let exchange = Exchange {
            shared: self.asked.shared,
            record: self.asked.record,
            upstream: self.upstream,
            operation,
            heard: None,
        };
        match exchange.ask(&read, call.body).await {
            Ok((_, outcome)) if outcome.is_list => self.among(&outcome, recovery.by, trace),
            Ok((_, outcome)) if outcome.body.is_some() => Sought::Found(outcome),
            Ok(_) => Sought::Unknown,
            Err(problem) if matches!(problem.code, Code::NotFound | Code::Gone) => Sought::Absent,
            Err(_) => Sought::Unknown,
        }
    }

    /// The one item of a search that has the text at the place; several may be anybody's.
    fn among(&self, outcome: &Outcome, by: &str, trace: &str) -> Sought {
        let items = outcome.body.as_deref().unwrap_or_default();
        match judge::matching(items, &self.asked.shared.reading, by, trace) {
            Matching::One { item, id } => Sought::Found(Box::new(Outcome {
                body: Some(item),
                id,
                is_list: false,
                ..Outcome::default()
            })),
            Matching::None if outcome.page.more != Some(true) && outcome.page.next.is_none() => {
                Sought::Absent
            }
            Matching::None | Matching::Several => Sought::Unknown,
        }
    }

    /// The answer of a call whose work was found.
    pub(super) fn found(&self, mut outcome: Outcome) -> Result<Response<Full<Bytes>>, Refusal> {
        let asked = self.asked;
        if let (None, Some(body)) = (&outcome.id, &outcome.body) {
            outcome.id = judge::text_of(body, &asked.shared.reading, "id");
        }
        let composer = asked.composer(self.upstream);
        composer.compose(Done {
            outcome: Box::new(outcome),
            warnings: vec![Told::found_afterwards()],
            native: Vec::new(),
            status: StatusCode::OK.as_u16(),
            is_whole: true,
        })
    }
}
