//! One request, one answer: connection, deadlines, limits.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response};
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until};
use tower::Service;

use super::addresses::{Addresses, Known, Said, Visit};
use super::connect::Connector;
use super::failure::{Failure, FailureKind};
use super::line::{Line, Outgoing, Patience, Stop};
use super::origin::Origin;
use super::outbound::{self, Former};
use super::pool::Pool;
use super::watch::Watch;
use crate::config::{self, Conduct, Limits};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// The innermost service of the stack: carries one request to the origin and reads the whole answer.
#[derive(Debug, Clone)]
pub struct Exchange(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    origin: Origin,
    addresses: Arc<Addresses>,
    way: RwLock<Arc<Way>>,
    conduct: Conduct,
    limit: usize,
    watch: Arc<Watch>,
}

/// How connections are opened, and those that were opened so.
#[derive(Debug)]
struct Way {
    connector: Connector,
    pool: Arc<Pool>,
}

// === impl Exchange ===

impl Exchange {
    pub(super) fn new(
        origin: Origin,
        addresses: Arc<Addresses>,
        connector: Connector,
        conduct: &Conduct,
        limits: &Limits,
        watch: Arc<Watch>,
    ) -> Self {
        Self(Arc::new(Parts {
            origin,
            addresses,
            way: RwLock::new(Arc::new(Way::new(connector, &conduct.pool))),
            conduct: conduct.clone(),
            limit: limits.answer,
            watch,
        }))
    }

    /// Opens connections in another way from now on. Those that are open serve their exchange to its end and none more.
    pub(super) fn open_by(&self, open: impl FnOnce(&Connector) -> Connector) {
        let mut way = self.0.way.write().unwrap_or_else(PoisonError::into_inner);
        *way = Arc::new(Way::new(open(&way.connector), &self.0.conduct.pool));
    }
}

impl Service<Request<Bytes>> for Exchange {
    type Response = Response<Bytes>;
    type Error = Failure;
    /// The one box of an exchange: hyper's own futures have no name.
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        Box::pin(Arc::clone(&self.0).run(request))
    }
}

// === impl Way ===

impl Way {
    fn new(connector: Connector, pool: &config::Pool) -> Self {
        Self {
            connector,
            pool: Arc::new(Pool::new(pool.idle, pool.concurrency)),
        }
    }
}

// === impl Parts ===

impl Parts {
    async fn run(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let request = self.origin.address(request)?;
        let is_repeatable = outbound::is_repeatable(&request);
        let start = Instant::now();
        let known = self.addresses.find(self.connected_by(start)).await?;
        let former = request.extensions().get::<Former>().cloned();
        let before = former.as_ref().and_then(|former| former.replace(None));
        let chosen = self.addresses.choose(&known, start, is_repeatable, before);
        let unreachable = Failure::not_sent(FailureKind::Unreachable);
        let mut visit = Visit::to(chosen.ok_or(unreachable)?);
        let result = self.carry(request, start, &known, &mut visit).await;
        let address = visit.address();
        if let Some(former) = former {
            former.replace(Some(address.socket()));
        }
        self.addresses.note(address, Said::by(&result));
        result
    }

    /// Sends the request where the visit is to, or to another address if no connection comes about there.
    async fn carry(
        &self,
        mut request: Outgoing,
        start: Instant,
        known: &Known,
        visit: &mut Visit,
    ) -> Result<Response<Bytes>, Failure> {
        let is_repeatable = outbound::is_repeatable(&request);
        let (way, deadlines) = (self.way(), &self.conduct.deadlines);
        let end = after(start, deadlines.total);
        let mut timer = pin!(sleep_until(end));
        let (mut line, answer) = loop {
            let (mut line, fresh) = match way.pool.take(visit.address(), start, is_repeatable) {
                Some(line) => (line, false),
                None => (self.open(&way, start, known, visit).await?, true),
            };
            let written = if fresh { Instant::now() } else { start };
            timer
                .as_mut()
                .reset(after(written, deadlines.first_byte).min(end));
            match line.head(request, timer.as_mut()).await {
                Ok(answer) => break (line, answer),
                Err(Stop::Failed(failure)) => return Err(failure),
                // The peer hung up while the connection lay in the pool: nothing was written, so the next one may try.
                // Each turn takes a connection out of the pool, and a fresh one that is dead ends the loop.
                Err(Stop::Unsent(back)) if !fresh => request = *back,
                Err(Stop::Unsent(_)) => {
                    self.addresses.note(visit.address(), Said::Fails);
                    return Err(Failure::not_sent(FailureKind::Unreachable));
                }
            }
        };
        let (head, body): (_, Incoming) = answer.into_parts();
        let patience = Patience {
            idle: deadlines.idle,
            end,
        };
        let body = line.body(body, self.limit, patience, timer).await?;
        line.settle().await;
        if line.is_reusable() {
            let granted = keep_alive(&head.headers);
            way.pool.put(line, Instant::now(), granted);
        }
        Ok(Response::from_parts(head, body))
    }

    /// When there must be a connection: name, TCP, TLS and all.
    fn connected_by(&self, start: Instant) -> Instant {
        let deadlines = &self.conduct.deadlines;
        after(start, deadlines.connect.min(deadlines.total))
    }

    async fn open(
        &self,
        way: &Way,
        start: Instant,
        known: &Known,
        visit: &mut Visit,
    ) -> Result<Box<Line>, Failure> {
        let open = |to| {
            let (connector, watch) = (way.connector.clone(), Arc::clone(&self.watch));
            async move { connector.open(to, &watch).await.map(Box::new) }
        };
        let by = self.connected_by(start);
        let opened = self.addresses.open(known, visit.address(), by, open).await;
        let (to, line) = opened.map_err(|failure| {
            let deadlines = &self.conduct.deadlines;
            let is_late = failure.kind == FailureKind::ConnectTimeout;
            match is_late && deadlines.total < deadlines.connect {
                true => Failure::not_sent(FailureKind::TotalTimeout),
                false => failure,
            }
        })?;
        if !Arc::ptr_eq(&to, visit.address()) {
            *visit = Visit::to(&to);
        }
        Ok(line)
    }

    fn way(&self) -> Arc<Way> {
        let way = self.way.read();
        Arc::clone(&way.unwrap_or_else(PoisonError::into_inner))
    }
}

/// How long the upstream says that it keeps a connection (`Keep-Alive: timeout=5`, RFC 2068, 19.7.1): a second less, since
/// its answer took some time, and it may hang up while a request is on its way.
fn keep_alive(headers: &HeaderMap) -> Option<Duration> {
    let said = headers.get(KEEP_ALIVE)?.to_str().ok()?;
    let seconds = said.split(',').find_map(|part| {
        let (name, seconds) = part.split_once('=')?;
        let is_timeout = name.trim().eq_ignore_ascii_case("timeout");
        is_timeout.then(|| seconds.trim().parse().ok())?
    });
    Some(Duration::from_secs(seconds?).saturating_sub(Duration::from_secs(1)))
}

/// Adds a span of time; what is beyond the clock is a year away, which no exchange lives.
pub(super) fn after(start: Instant, span: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    start.checked_add(span.min(YEAR)).unwrap_or(start)
}
