//! Spans on their way to a collector: gathered, posted as OTLP over HTTP, and dropped where that does not help.
//!
//! Calls only put spans into a queue. A collector that is slow or gone fills it; what finds no room then is dropped, and
//! counted.

mod otlp;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::carry::Carry;
use crate::telemetry::events::{DropCause, SpansDropped, SpansExported};
use crate::telemetry::trace::{Sink, Span, Traces};
use crate::telemetry::{Event, Telemetry};
use crate::upstream::{Failure, Outbound, Sent};

use otlp::Service;

/// Spans of one request, as many as OpenTelemetry's own batches have at most.
const BATCH: usize = 512;

/// Spans that may wait: as many as wait there, four batches.
const WAITING: usize = 4 * BATCH;

/// How long the first span of a batch waits for others.
const GATHER: Duration = Duration::from_secs(1);

/// How often it is looked whether a batch is full. Waking somebody for each span would cost more than the span.
const LOOK: Duration = Duration::from_millis(50);

/// How often a batch is sent.
const ATTEMPTS: u32 = 4;

/// The wait before the second of these where the collector says none; it doubles with each further one.
const WAIT: Duration = Duration::from_secs(1);

/// The longest wait for a collector: in a longer one more is dropped than it saves.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Where spans go.
#[derive(Debug)]
pub struct Collector<'c> {
    /// Its client.
    pub client: Arc<dyn Carry>,
    /// Its URL, of which path and query count.
    pub endpoint: &'c str,
    /// What stands on each request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What it calls the process.
    pub service: Box<str>,
}

/// Takes the spans of calls.
#[derive(Debug)]
pub struct SpanQueue {
    queue: mpsc::Sender<Span>,
    telemetry: Telemetry,
}

/// Posts them.
#[derive(Debug)]
pub struct SpanExporter {
    queue: mpsc::Receiver<Span>,
    client: Arc<dyn Carry>,
    target: Uri,
    headers: HeaderMap,
    service: Service,
    telemetry: Telemetry,
}

/// There is no such collector: its URL is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint is no URL")]
pub struct NoCollector;

/// Makes both ends of the way to a collector; `telemetry` is told what becomes of spans.
///
/// # Errors
/// Its endpoint is no URL.
pub fn to_collector(
    collector: Collector<'_>,
    telemetry: &Telemetry,
) -> Result<(SpanQueue, SpanExporter), NoCollector> {
    let (sender, queue) = mpsc::channel(WAITING);
    let root = PathAndQuery::from_static("/");
    let endpoint: Uri = collector.endpoint.parse().map_err(|_| NoCollector)?;
    let target = endpoint.into_parts().path_and_query;
    let mut headers: HeaderMap = collector.headers.into_iter().collect();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let exporter = SpanExporter {
        queue,
        client: collector.client,
        target: Uri::from(target.unwrap_or(root)),
        headers,
        service: Service {
            name: collector.service,
            version: env!("CARGO_PKG_VERSION"),
            instance: Traces::default().instance().into(),
        },
        telemetry: telemetry.clone(),
    };
    let queue = SpanQueue {
        queue: sender,
        telemetry: telemetry.clone(),
    };
    Ok((queue, exporter))
}

// === impl SpanQueue ===

impl Sink for SpanQueue {
    fn take(&self, span: Span) {
        if self.queue.try_send(span).is_err() {
            SpansDropped {
                count: 1,
                cause: DropCause::NoRoom,
            }
            .emit(&self.telemetry);
        }
    }
}

// === impl SpanExporter ===

impl SpanExporter {
    /// Posts spans until `stop` says so, and then what is still there, each batch once. Nobody waits for it longer than
    /// he wants: it may be dropped at any time.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut batch = Vec::new();
        loop {
            tokio::select! {
                biased;
                () = self.gather(&mut batch) => {}
                () = said(&mut stop) => break,
            }
            self.deliver(&batch, &mut stop).await;
            batch.clear();
        }
        self.queue.close();
        loop {
            self.fill(&mut batch);
            if batch.is_empty() {
                return;
            }
            let posted = self.post(&batch).await;
            self.tell(batch.len(), posted);
            batch.clear();
        }
    }

    /// Waits until a batch is full, or its first span has waited long enough.
    async fn gather(&mut self, batch: &mut Vec<Span>) {
        match self.queue.recv().await {
            Some(first) => batch.push(first),
            // No more will come; what is to be done is said by whoever stops it.
            None => pending().await,
        }
        let started = Instant::now();
        while self.queue.len() < BATCH && started.elapsed() < GATHER {
            sleep(LOOK).await;
        }
        self.fill(batch);
    }

    fn fill(&mut self, batch: &mut Vec<Span>) {
        while batch.len() < BATCH
            && let Ok(span) = self.queue.try_recv()
        {
            batch.push(span);
        }
    }

    /// Posts a batch, again where the collector may take it later.
    async fn deliver(&self, batch: &[Span], stop: &mut watch::Receiver<bool>) {
        for attempt in 1.. {
            let posted = self.post(batch).await;
            let wait = again_in(&posted, attempt).filter(|_| attempt < ATTEMPTS);
            let Some(wait) = wait else {
                return self.tell(batch.len(), posted);
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = said(stop) => return self.tell(batch.len(), posted),
            }
        }
    }

    async fn post(&self, batch: &[Span]) -> Result<Response<Bytes>, Failure> {
        let mut request = Request::new(Bytes::from(otlp::request(&self.service, batch)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        *request.headers_mut() = self.headers.clone();
        let outbound = Outbound {
            request,
            is_repeatable: false,
            trace: None,
        };
        self.client.carry(outbound).await
    }

    /// Tells what became of a batch.
    fn tell(&self, count: usize, posted: Result<Response<Bytes>, Failure>) {
        let (taken, cause) = match posted {
            Ok(answer) if answer.status().is_success() => {
                let rejected = otlp::rejected(answer.body()).min(count);
                let cause = DropCause::Refused(answer.status().as_u16());
                (count.saturating_sub(rejected), cause)
            }
            Ok(answer) => (0, DropCause::Refused(answer.status().as_u16())),
            Err(failure) => (0, DropCause::Failed(failure.kind.name())),
        };
        if taken > 0 {
            SpansExported { count: taken }.emit(&self.telemetry);
        }
        let count = count.saturating_sub(taken);
        if count > 0 {
            SpansDropped { count, cause }.emit(&self.telemetry);
        }
    }
}

/// Ready once `stop` says so, or nobody can say it any more.
async fn said(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// When a batch is sent again, if it is: the answers that the protocol names, and what was not sent at all.
fn again_in(posted: &Result<Response<Bytes>, Failure>, attempt: u32) -> Option<Duration> {
    let doubled = WAIT.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let wait = match posted {
        Ok(answer) if is_passing(answer.status()) => {
            let said = answer.headers().get(RETRY_AFTER);
            let seconds = said.and_then(|said| said.to_str().ok()?.trim().parse().ok());
            seconds.map_or(doubled, Duration::from_secs)
        }
        Err(failure) if failure.sent == Sent::NotSent => failure.lasts.unwrap_or(doubled),
        Ok(_) | Err(_) => return None,
    };
    (wait <= LONGEST_WAIT).then_some(wait)
}

fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

#[cfg(test)]
mod tests;
