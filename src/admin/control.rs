//! What operators ask the running process to do.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::{Notify, mpsc, oneshot};

use super::answer::{fresh, line, problem, unless_read};
use super::readiness::Readiness;
use crate::gateway::problem::{Code, Problem};
use crate::telemetry::events::{Draining, LevelChanged};
use crate::telemetry::{Event, LogControl, LogLevel, Telemetry};

/// Bytes of the longest body: no level has a longer name.
const LONGEST: usize = 16;

/// Asks the process to stop, as its first signal does.
#[derive(Debug, Clone, Default)]
pub struct Quit(Arc<Notify>);

/// Asks for the files to be read again. Clones ask the same.
#[derive(Debug, Clone)]
pub struct Reloads(mpsc::Sender<oneshot::Sender<Reloaded>>);

/// What reading the files again came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reloaded {
    /// What they say now serves.
    Applied {
        /// What tells it from other states of the files.
        version: Box<str>,
    },
    /// They say what serves already.
    Unchanged {
        /// What tells it from other states of the files.
        version: Box<str>,
    },
    /// They cannot serve, and what served before goes on.
    Refused {
        /// Why, for people.
        faults: String,
    },
}

/// What operators can do to the process.
#[derive(Debug, Clone)]
pub struct Control {
    /// Whether calls should come here.
    pub readiness: Readiness,
    /// What ends it.
    pub quit: Quit,
    /// How much is logged, where that can be changed.
    pub log: Option<LogControl>,
    /// What reads the files again, where they may.
    pub reloads: Option<Reloads>,
    /// Who is told.
    pub telemetry: Telemetry,
}

/// What is asked of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The level of its logs, or another one.
    LogLevel,
    /// That changed files count.
    Reload,
    /// That no more calls come.
    Drain,
    /// That it ends.
    Quit,
}

// === impl Quit ===

impl Quit {
    /// Asks.
    pub fn ask(&self) {
        self.0.notify_one();
    }

    /// Ready once somebody asked.
    pub async fn asked(&self) {
        self.0.notified().await;
    }
}

// === impl Reloads ===

impl Reloads {
    /// What asks, and where it is heard; few ask at one time.
    #[must_use]
    pub fn new() -> (Self, mpsc::Receiver<oneshot::Sender<Reloaded>>) {
        let (asks, asked) = mpsc::channel(1);
        (Self(asks), asked)
    }

    /// Asks; none where nobody reads files any more.
    async fn ask(&self) -> Option<Reloaded> {
        let (tell, told) = oneshot::channel();
        self.0.send(tell).await.ok()?;
        told.await.ok()
    }
}

// === impl Order ===

impl Order {
    /// What a path asks for.
    pub(super) fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/log-level" => Self::LogLevel,
            "/reload" => Self::Reload,
            "/drain" => Self::Drain,
            "/quitquitquit" => Self::Quit,
            _ => return None,
        })
    }

    /// The refusal of methods that do not ask for it: what a page may load, or a crawler follow, does nothing here.
    fn refusal(self, method: &Method) -> Option<Response<Full<Bytes>>> {
        let (asks, allow) = match self {
            Self::LogLevel if unless_read(method).is_none() => return None,
            Self::LogLevel => (Method::PUT, "GET, HEAD, PUT"),
            Self::Reload | Self::Drain | Self::Quit => (Method::POST, "POST"),
        };
        if *method == asks {
            return None;
        }
        let mut problem = Problem::new(Code::MethodNotAllowed, "");
        problem.allow = Some(HeaderValue::from_static(allow));
        Some(problem.into_response(""))
    }
}

// === impl Control ===

impl Control {
    /// Does what is asked.
    pub(super) async fn answer<B>(
        &self,
        order: Order,
        method: &Method,
        body: B,
    ) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<tower::BoxError>,
    {
        if let Some(refusal) = order.refusal(method) {
            return refusal;
        }
        match order {
            Order::LogLevel => match &self.log {
                Some(log) if *method == Method::PUT => self.set_level(log, body).await,
                Some(log) => told(log.level()),
                None => problem(Code::NotFound, "Logs are not this process's own."),
            },
            Order::Reload => match &self.reloads {
                Some(reloads) => reloaded(reloads.ask().await),
                None => problem(Code::NotFound, "This process has no files of its own."),
            },
            Order::Drain => {
                self.readiness.drain();
                Draining.emit(&self.telemetry);
                line(StatusCode::OK, "draining\n")
            }
            Order::Quit => {
                self.quit.ask();
                line(StatusCode::ACCEPTED, "stopping\n")
            }
        }
    }

    async fn set_level<B>(&self, log: &LogControl, body: B) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<tower::BoxError>,
    {
        let body = Limited::new(body, LONGEST).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let level = str::from_utf8(&body).ok().map(str::trim);
        let level: Option<LogLevel> = level.and_then(|level| level.parse().ok());
        match level {
            Some(level) if log.set(level) => {
                LevelChanged { level }.emit(&self.telemetry);
                told(level)
            }
            Some(_) => problem(Code::Internal, "Nothing is logged any more."),
            None => problem(
                Code::InvalidInput,
                "The body is one of `error`, `warn`, `info`, `debug` and `trace`.",
            ),
        }
    }
}

fn reloaded(reloaded: Option<Reloaded>) -> Response<Full<Bytes>> {
    match reloaded {
        Some(Reloaded::Applied { version }) => {
            line(StatusCode::OK, format!("{version} serves now\n"))
        }
        Some(Reloaded::Unchanged { version }) => {
            line(StatusCode::OK, format!("{version} serves already\n"))
        }
        Some(Reloaded::Refused { faults }) => {
            let kind = "text/plain; charset=utf-8";
            fresh(StatusCode::UNPROCESSABLE_ENTITY, kind, faults)
        }
        None => problem(Code::Internal, "The process ends."),
    }
}

fn told(level: LogLevel) -> Response<Full<Bytes>> {
    let text = [level.name(), "\n"].concat();
    fresh(StatusCode::OK, "text/plain; charset=utf-8", text)
}
