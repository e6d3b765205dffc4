//! What a query of Prometheus names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use interlingua::gateway::problem::Code;
use interlingua::telemetry::names::metric::{self, Metric};
use interlingua::telemetry::names::{EVENTS, TRACES, label};
use interlingua::telemetry::{Outcome, Sent};
use regex::Regex;

/// Labels that Prometheus adds to whatever it scrapes.
pub(crate) const OF_TARGETS: [&str; 2] = ["job", "instance"];

static SELECTOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(interlingua_[a-z_]+|up)\b(?:\{([^}]*)\})?").unwrap());
static MATCHER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"([a-z]+) *(?:=~|!~|!=|=) *"([^"]*)""#).unwrap());
static GROUPS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bby \(([^)]*)\)").unwrap());

/// Everything that is wrong about the names of a query.
pub(crate) fn faults(query: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut labels: BTreeSet<&str> = OF_TARGETS.into();
    for found in SELECTOR.captures_iter(query) {
        let name = found.get(1).unwrap().as_str();
        let Some((metric, of_metric)) = known(name) else {
            faults.push(format!("there is no metric `{name}`"));
            continue;
        };
        labels.extend(&of_metric);
        let matchers = found.get(2).map_or("", |matchers| matchers.as_str());
        for found in MATCHER.captures_iter(matchers) {
            let (label, values) = (found.get(1).unwrap().as_str(), found.get(2).unwrap());
            if !of_metric.contains(&label) {
                faults.push(format!("`{name}` has no label `{label}`"));
            }
            let values = values.as_str().split('|');
            let unknown = values.filter(|value| !is_value(metric, label, value));
            faults.extend(unknown.map(|value| format!("`{name}` is never {label}=\"{value}\"")));
        }
    }
    let unknown = grouped(query)
        .into_iter()
        .filter(|label| !labels.contains(label.as_str()));
    faults.extend(unknown.map(|label| format!("nothing there has the label `{label}`")));
    faults
}

/// Labels by which a query groups: those that its result has.
pub(crate) fn grouped(query: &str) -> BTreeSet<String> {
    let names = GROUPS.captures_iter(query).flat_map(|found| {
        let names = found.get(1).unwrap().as_str().split(',');
        names.map(|name| name.trim().to_owned()).collect::<Vec<_>>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// The metric behind the name of a series, if it is one of ours, and the labels of the series.
fn known(name: &str) -> Option<(Option<Metric>, Vec<&'static str>)> {
    if name == "up" {
        return Some((None, OF_TARGETS.to_vec()));
    }
    let (base, of_buckets): (_, &[_]) = match name {
        _ if name.ends_with("_seconds_bucket") => (name.strip_suffix("_bucket")?, &["le"]),
        _ if name.ends_with("_seconds_sum") => (name.strip_suffix("_sum")?, &[]),
        _ if name.ends_with("_seconds_count") => (name.strip_suffix("_count")?, &[]),
        // A histogram has no series of its own name.
        _ if name.ends_with("_seconds") => return None,
        _ => (name, &[]),
    };
    let metric = metric::ALL.into_iter().find(|metric| metric.name == base)?;
    let labels = [metric.labels, &OF_TARGETS, of_buckets].concat();
    Some((Some(metric), labels))
}

fn is_value(metric: Option<Metric>, label: &str, value: &str) -> bool {
    let Some(metric) = metric else {
        return label == "job" && value == "interlingua";
    };
    match label {
        // A variable of the dashboard.
        _ if value.starts_with('$') => true,
        "job" => value == "interlingua",
        label::UPSTREAM if value.starts_with('(') => [EVENTS, TRACES].contains(&value),
        label::CODE => Code::named(value).is_some(),
        label::SENT => {
            let all = [Sent::Untold, Sent::NotSent, Sent::Unknown, Sent::Answered];
            all.iter().any(|sent| sent.name() == value)
        }
        label::OUTCOME if metric == metric::REQUESTS => {
            Outcome::ALL.iter().any(|outcome| outcome.name() == value)
        }
        // All others are words of the metric's own help.
        _ => {
            let mut words = metric
                .help
                .split(|c: char| !c.is_alphanumeric() && c != '-');
            words.any(|word| word == value)
        }
    }
}

#[test]
fn faults_of_queries_are_found() {
    for sound in [
        "sum by (upstream) (rate(interlingua_losses_total[5m])) > 0",
        r#"histogram_quantile(0.9, sum by (le) (rate(interlingua_translation_seconds_bucket{direction="$direction"}[5m])))"#,
        r#"interlingua_upstream_retries_total{outcome="no-budget", upstream="$upstream"}"#,
        r#"interlingua_upstream_suspended{upstream!="(traces)"} == 1"#,
        r#"up{job="interlingua"} == 0"#,
    ] {
        assert_eq!(faults(sound), [""; 0], "{sound}");
    }
    for broken in [
        "interlingua_loss_total",
        "interlingua_translation_seconds",
        "interlingua_losses_total_sum",
        r#"interlingua_losses_total{operation="$operation"}"#,
        "sum by (operation) (interlingua_losses_total)",
        "sum by (le) (interlingua_translation_seconds_sum)",
        r#"interlingua_requests_total{outcome="error"}"#,
        r#"interlingua_problems_total{code=~"internal|interna"}"#,
        r#"interlingua_upstream_retries_total{outcome="budget"}"#,
        r#"interlingua_upstream_suspended{upstream="(spans)"}"#,
        r#"up{job="other"}"#,
    ] {
        assert_eq!(faults(broken).len(), 1, "{broken}: {:?}", faults(broken));
    }
}
