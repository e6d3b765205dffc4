//! Settings about the collector of traces.

use super::keyword::Form::{Map, Secret, Share, Text};
use super::keyword::Keyword;
use super::keyword::Need::{Optional, Required};
use super::keywords::row;

/// Rows of the table, each map before what stands in it.
pub(super) const TRACES: &[Keyword] = &[
    row(
        "telemetry.traces",
        Map,
        Optional,
        "Where spans of calls go, as OTLP over HTTP in JSON; left out, none are recorded.",
    ),
    row(
        "telemetry.traces.endpoint",
        Text,
        Required,
        "Where they are posted, `http://` or `https://` with its whole path.",
    ),
    row(
        "telemetry.traces.headers",
        Map,
        Optional,
        "Headers that prove to the collector who sends them.",
    ),
    row(
        "telemetry.traces.headers.*",
        Secret,
        Optional,
        "One header with its value.",
    ),
    row(
        "telemetry.traces.sample",
        Share,
        Optional,
        "The share of calls that is recorded where their callers do not record them already; left out, all.",
    ),
    row(
        "telemetry.traces.service-name",
        Text,
        Optional,
        "What the collector calls this service; left out, `interlingua`.",
    ),
];
