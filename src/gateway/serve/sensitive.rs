//! What of a call may not come back in an upstream's words.

use bytes::Bytes;
use http::Response;

use super::exchange::Exchange;
use super::native;
use crate::gateway::translate::{Call, OperationIndex, RouteIndex};

/// The native side of a call.
#[derive(Debug)]
pub(super) struct Native<'b> {
    pub(super) route: RouteIndex,
    /// The caller's document, also where it is not what is sent: in a read before a change.
    pub(super) asked: Option<&'b [u8]>,
    /// The body that was sent.
    pub(super) sent: Bytes,
    /// What was read before, with the operation that read it.
    pub(super) base: Option<(OperationIndex, &'b Response<Bytes>)>,
}

impl Exchange<'_> {
    /// Values of the call that need care: as the caller wrote them, as they were sent, those of the document that was
    /// changed, and what the operator keeps secret. This is looked for only when an upstream has said something.
    #[cold]
    pub(super) fn sensitive(&self, call: &Call<'_>, native: &Native<'_>) -> Vec<String> {
        let mut values = match (self.operation.body, native.asked) {
            (Some(judge), Some(body)) => {
                let judges = &self.shared.judge;
                judges.sensitive_values(judge, body, &self.shared.reading)
            }
            _ => Vec::new(),
        };
        let translator = &self.upstream.translator;
        values.extend(translator.sent_with_care(call, native.route, &native.sent));
        if let Some((operation, response)) = &native.base {
            let base = native::answer(response, |answer| {
                translator.read_with_care(call, *operation, answer)
            });
            values.extend(base);
        }
        values.extend(translator.secrets());
        values.extend(self.upstream.client.tokens());
        values.sort_unstable();
        values.dedup();
        values
    }
}
