//! Liveness, readiness, metrics.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use tower::Service;

use super::answer::{fresh, line, problem, unless_read};
use super::readiness::Readiness;
use crate::gateway::problem::Code;
use crate::telemetry::Metrics;

/// Answers `/livez`, `/readyz` and `/metrics`, and nothing that tells of any call.
#[derive(Debug, Clone)]
pub struct Probes {
    readiness: Readiness,
    metrics: Metrics,
}

// === impl Probes ===

impl Probes {
    /// Makes the probes of a process.
    #[must_use]
    pub fn new(readiness: Readiness, metrics: Metrics) -> Self {
        Self { readiness, metrics }
    }

    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if let Some(refusal) = unless_read(method) {
            return refusal;
        }
        match path {
            "/livez" => line(StatusCode::OK, "ok\n"),
            "/readyz" if self.readiness.is_ready() => line(StatusCode::OK, "ok\n"),
            "/readyz" => line(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
            "/metrics" => match self.metrics.encode() {
                Ok(text) => fresh(StatusCode::OK, Metrics::CONTENT_TYPE, text),
                Err(_) => problem(Code::Internal, "The metrics cannot be written."),
            },
            _ => problem(
                Code::NotFound,
                "There are `/livez`, `/readyz` and `/metrics`.",
            ),
        }
    }
}

impl<B> Service<Request<B>> for Probes {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer(request.method(), request.uri().path())))
    }
}
