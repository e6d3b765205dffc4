//! The way of spans, under a stopped clock.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::Value;

use super::*;
use crate::gateway::carry::Carrying;
use crate::telemetry::Metrics;
use crate::telemetry::trace::Share;
use crate::upstream::{Blame, FailureKind};

type Posted = Result<Response<Bytes>, Failure>;

/// A collector that answers from a script, and then takes everything.
#[derive(Debug, Default)]
struct Scripted {
    script: Mutex<VecDeque<Posted>>,
    /// What it got, and when.
    got: Mutex<Vec<(Instant, Request<Bytes>)>>,
}

impl Carry for Scripted {
    fn carry(&self, outbound: Outbound) -> Carrying {
        let got = (Instant::now(), outbound.request);
        self.got.lock().unwrap().push(got);
        let next = self.script.lock().unwrap().pop_front();
        Box::pin(async { next.unwrap_or_else(|| Ok(Response::new(Bytes::from_static(b"{}")))) })
    }
}

fn answer(status: u16, retry_after: Option<&'static str>) -> Posted {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    if let Some(seconds) = retry_after {
        let seconds = HeaderValue::from_static(seconds);
        answer.headers_mut().insert(RETRY_AFTER, seconds);
    }
    Ok(answer)
}

fn failure(sent: Sent) -> Posted {
    Err(Failure {
        kind: FailureKind::Unreachable,
        blame: Blame::Upstream,
        sent,
        lasts: None,
    })
}

/// Traces that are recorded, the collector that gets them, and what they are counted by.
struct World {
    traces: Traces,
    collector: Arc<Scripted>,
    metrics: Metrics,
    exporter: SpanExporter,
    stop: watch::Sender<bool>,
}

impl World {
    fn answering(script: impl IntoIterator<Item = Posted>) -> Self {
        let telemetry = Telemetry {
            metrics: Metrics::new("0").unwrap(),
            access_log: false,
            traces: Traces::default(),
        };
        let client = Arc::new(Scripted {
            script: Mutex::new(script.into_iter().collect()),
            got: Mutex::default(),
        });
        let key = HeaderName::from_static("x-key");
        let collector = Collector {
            client: client.clone(),
            endpoint: "http://collector.example:4318/v1/traces",
            headers: vec![(key, HeaderValue::from_static("s3cr3t"))],
            service: "interlingua".into(),
        };
        let (queue, exporter) = to_collector(collector, &telemetry).unwrap();
        Self {
            traces: Traces::recorded_by(Box::new(queue), Share::ALL),
            collector: client,
            metrics: telemetry.metrics,
            exporter,
            stop: watch::channel(false).0,
        }
    }

    fn record(&self, count: usize) {
        for _ in 0..count {
            let call = self.traces.join(None).unwrap();
            self.traces.serve(call, "getThing").unwrap().end();
        }
    }

    /// Runs the exporter for so long and then until it has stopped; gives how many spans each request had, after how
    /// many seconds.
    async fn run(self, time: Duration) -> (Vec<(usize, u64)>, String) {
        let started = Instant::now();
        let running = tokio::spawn(self.exporter.run(self.stop.subscribe()));
        sleep(time).await;
        self.stop.send_replace(true);
        running.await.unwrap();
        let got = self.collector.got.lock().unwrap();
        let got = got.iter().map(|(at, request)| {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
            let after = at.duration_since(started).as_secs();
            (spans.as_array().unwrap().len(), after)
        });
        (got.collect(), self.metrics.encode().unwrap())
    }
}

const LONG: Duration = Duration::from_secs(60);

fn counts(metrics: &str, exported: usize, cause: &str, dropped: usize) -> bool {
    let exported = format!("interlingua_spans_exported_total {exported}\n");
    let series = format!("interlingua_spans_dropped_total{{cause=\"{cause}\"}}");
    let line = format!("{series} {dropped}\n");
    metrics.contains(&exported)
        && (metrics.contains(&line) || dropped == 0 && !metrics.contains(&series))
}

#[tokio::test(start_paused = true)]
async fn spans_leave_together_within_a_second_or_when_there_are_many() {
    let world = World::answering([]);
    world.record(3);
    let (got, metrics) = world.run(LONG).await;
    assert_eq!(got, [(3, 1)]);
    assert!(counts(&metrics, 3, "not-taken", 0), "{metrics}");

    let world = World::answering([]);
    world.record(BATCH + 2);
    let (got, _) = world.run(LONG).await;
    // The one that was taken before the others were looked at makes room for one more.
    assert_eq!(got, [(BATCH, 0), (2, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_request_bears_what_the_configuration_says() {
    let world = World::answering([]);
    world.record(1);
    let collector = Arc::clone(&world.collector);
    world.run(LONG).await;
    let got = collector.got.lock().unwrap();
    let (_, request) = &got[0];
    assert_eq!(
        (request.method(), request.uri().path()),
        (&Method::POST, "/v1/traces")
    );
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["x-key"], "s3cr3t");
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_wants_time_gets_it() {
    let passing = [
        (answer(503, Some("7")), 7),
        (answer(429, None), 1),
        (answer(502, Some("soon")), 1),
        (failure(Sent::NotSent), 1),
    ];
    for (first, wait) in passing {
        let world = World::answering([first]);
        world.record(1);
        let (got, metrics) = world.run(LONG).await;
        assert_eq!(got, [(1, 1), (1, 1 + wait)]);
        assert!(counts(&metrics, 1, "not-taken", 0), "{metrics}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_collector_does_not_want_is_dropped_and_counted() {
    let refusals = [
        answer(400, None),
        answer(500, Some("1")),
        answer(503, Some("31")),
        failure(Sent::MaybeSent),
    ];
    for refusal in refusals {
        let world = World::answering([refusal]);
        world.record(2);
        let (got, metrics) = world.run(LONG).await;
        assert_eq!(got, [(2, 1)]);
        assert!(counts(&metrics, 0, "not-taken", 2), "{metrics}");
    }

    let part = Response::new(Bytes::from_static(
        br#"{"partialSuccess":{"rejectedSpans":"1"}}"#,
    ));
    let world = World::answering([Ok(part)]);
    world.record(2);
    let (_, metrics) = world.run(LONG).await;
    assert!(counts(&metrics, 1, "not-taken", 1), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_is_gone_costs_its_spans_and_nothing_else() {
    let gone = std::iter::repeat_with(|| failure(Sent::NotSent)).take(100);
    let world = World::answering(gone);
    world.record(WAITING + 10);
    let text = world.metrics.encode().unwrap();
    assert!(counts(&text, 0, "no-room", 10), "{text}");

    let (got, metrics) = world.run(Duration::from_secs(20)).await;
    // Four attempts of each batch, with waits of 1, 2 and 4 seconds between them, and at the end one.
    let times: Vec<_> = got.iter().map(|(_, at)| *at).collect();
    assert_eq!(times[..8], [0, 1, 3, 7, 7, 8, 10, 14]);
    assert!(counts(&metrics, 0, "not-taken", WAITING), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn at_the_end_what_waits_is_sent_at_once() {
    let world = World::answering([answer(503, Some("9"))]);
    world.record(BATCH + 1);
    let (got, metrics) = world.run(Duration::ZERO).await;
    assert_eq!(got, [(BATCH, 0), (1, 0)]);
    assert!(counts(&metrics, 1, "not-taken", BATCH), "{metrics}");
}
