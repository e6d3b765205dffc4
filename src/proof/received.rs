//! What the server role makes of a request that the client role wrote.

use crate::engine::exchange::{Accepted, NativeRequest, NotAccepted, ReceivedRequest, Worker};
use crate::mapping::compile::upstream::Upstream;

/// Reads a request as the server role does; its body may be given otherwise.
///
/// # Errors
/// Why no route takes it.
pub fn understood(
    upstream: &Upstream,
    written: &NativeRequest,
    body: Option<&[u8]>,
    worker: &mut Worker,
) -> Result<Accepted, NotAccepted> {
    let headers: Vec<(&str, &[u8])> = written
        .headers
        .iter()
        .map(|(name, value)| (&**name, value.as_slice()))
        .collect();
    let received = ReceivedRequest {
        method: written.method,
        target: &written.target,
        headers: &headers,
        content_type: written.content_type.as_deref(),
        body: body.or(written.body.as_deref()).unwrap_or_default(),
    };
    upstream.accept(&received, worker)
}

/// The headers of a request as lines, in an order of their own.
pub(super) fn header_lines(request: &NativeRequest) -> Vec<String> {
    let headers = request.headers.iter();
    let line =
        |(name, value): &(Box<str>, Vec<u8>)| format!("{name}: {}", String::from_utf8_lossy(value));
    let mut lines: Vec<String> = headers.map(line).collect();
    lines.sort_unstable();
    lines
}
