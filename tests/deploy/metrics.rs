//! Alerts and dashboard name what there is, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use interlingua::mapping::yaml::Node;
use serde_json::Value;

use crate::query::{OF_TARGETS, faults, grouped};
use crate::{at, text, tree};

/// The alerts by their names.
fn alerts() -> BTreeMap<String, Node> {
    let file = tree("deploy/prometheus/alerts.yaml");
    let groups = file.get("groups").and_then(Node::as_list).unwrap();
    let rules = groups.iter().flat_map(|group| {
        let rules = group.get("rules").and_then(Node::as_list);
        rules.unwrap().to_vec()
    });
    let named = rules.map(|rule| (at(&rule, &["alert"]).unwrap().to_owned(), rule));
    named.collect()
}

/// The panels' queries with their legends.
pub(crate) fn panels() -> Vec<(String, String)> {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array());
    let text = |target: &Value, key: &str| target[key].as_str().unwrap().to_owned();
    let queries = targets.flatten();
    queries
        .map(|target| (text(target, "expr"), text(target, "legendFormat")))
        .collect()
}

fn dashboard() -> Value {
    serde_json::from_str(&text("deploy/grafana/interlingua.json")).unwrap()
}

/// What a text names between double braces, behind `before`.
fn filled_in(text: &str, before: &str) -> BTreeSet<String> {
    let braces = text.split("{{").skip(1);
    let inner = braces.filter_map(|rest| rest.split("}}").next());
    let names = inner.filter_map(|inner| inner.trim().strip_prefix(before));
    names.map(str::to_owned).collect()
}

#[test]
fn alerts_name_only_metrics_and_labels_that_exist() {
    let alerts = alerts();
    assert!(alerts.len() > 10);
    for (name, rule) in &alerts {
        let query = at(rule, &["expr"]).unwrap();
        assert_eq!(faults(query), [""; 0], "{name}");
        let mut labels = grouped(query);
        if labels.is_empty() {
            labels.extend(OF_TARGETS.map(str::to_owned));
        }
        for said in ["summary", "description"] {
            let said = at(rule, &["annotations", said]).unwrap();
            let unknown: Vec<_> = filled_in(said, "$labels.")
                .difference(&labels)
                .cloned()
                .collect();
            assert_eq!(unknown, [""; 0], "{name}: {said}");
        }
        let severity = at(rule, &["labels", "severity"]).unwrap();
        assert!(["page", "ticket"].contains(&severity), "{name}");
    }
}

#[test]
fn every_alert_has_a_runbook_and_no_runbook_is_of_none() {
    let alerts = alerts();
    let readme = text("deploy/README.md");
    for (name, rule) in &alerts {
        let anchor = format!("deploy/README.md#{}", name.to_lowercase());
        assert_eq!(at(rule, &["annotations", "runbook"]), Some(&*anchor));
    }
    let headings = readme
        .lines()
        .filter_map(|line| line.strip_prefix("### Interlingua"))
        .map(|name| format!("Interlingua{name}"));
    assert_eq!(
        headings.collect::<BTreeSet<_>>(),
        alerts.into_keys().collect::<BTreeSet<_>>()
    );
}

#[test]
fn every_alert_is_tested_firing_and_silent() {
    let file = tree("deploy/prometheus/alerts.test.yaml");
    let mut tested: BTreeMap<String, [bool; 2]> = BTreeMap::new();
    for case in file.get("tests").and_then(Node::as_list).unwrap() {
        let times = case.get("alert_rule_test").and_then(Node::as_list);
        for time in times.unwrap() {
            let name = at(time, &["alertname"]).unwrap().to_owned();
            let fires = usize::from(time.get("exp_alerts").is_some());
            tested.entry(name).or_default()[fires] = true;
        }
    }
    let wanted = alerts().into_keys().map(|name| (name, [true, true]));
    assert_eq!(tested, wanted.collect());
}

#[test]
fn the_dashboard_names_only_metrics_and_labels_that_exist() {
    let panels = panels();
    assert!(panels.len() > 20);
    for (query, legend) in &panels {
        assert_eq!(faults(query), [""; 0], "{query}");
        let labels = grouped(query);
        let unknown: Vec<_> = filled_in(legend, "").difference(&labels).cloned().collect();
        assert_eq!(unknown, [""; 0], "{legend} of {query}");
    }
    let variables = dashboard()["templating"]["list"].clone();
    for variable in variables.as_array().unwrap() {
        let Some(query) = variable["query"]["query"].as_str() else {
            continue;
        };
        let values = query.strip_prefix("label_values(").unwrap();
        let (series, label) = values.trim_end_matches(')').rsplit_once(", ").unwrap();
        let query = format!("sum by ({label}) ({series})");
        assert_eq!(faults(&query), [""; 0], "{query}");
    }
}

#[test]
fn panels_are_told_apart_and_lie_beside_each_other() {
    let dashboard = dashboard();
    let mut ids = BTreeSet::new();
    let mut places = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        let (left, top) = (place("x"), place("y"));
        for x in left..left + place("w") {
            for y in top..top + place("h") {
                assert!(x < 24 && places.insert((x, y)), "{title} at {x}, {y}");
            }
        }
    }
}
