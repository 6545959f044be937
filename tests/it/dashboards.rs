//! The shipped dashboard and the alert rules: they parse, they name only metrics and labels that exist, and they keep
//! the rules of Grafana's dashboard linter.
//!
//! The rules are those of `grafana/dashboard-linter` at commit 4d0844b, written down again because the linter needs a
//! Go build; `target-counter-agg` is stricter here, it looks at the metric's name and not at the printed selector.

mod lint;
mod metrics;
mod promql;

use std::path::Path;

use serde_json::{Value, json};

fn shipped(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn dashboard() -> Value {
    serde_json::from_str(&shipped("dashboards/driftledger.json")).unwrap()
}

/// The rules of the rule file: record or alert, and the whole of it.
fn rules() -> Vec<serde_yaml::Value> {
    let file: serde_yaml::Value = serde_yaml::from_str(&shipped("config/prometheus-rules.yaml")).unwrap();
    let groups = file["groups"].as_sequence().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_sequence().unwrap()).cloned().collect()
}

#[test]
fn the_dashboard_keeps_every_rule_of_the_linter() {
    assert_eq!(lint::findings(&dashboard()), Vec::<String>::new());
}

/// Sets what a JSON pointer names, and expects the linter to say why that is wrong.
#[track_caller]
fn check(pointer: &str, broken: Value, finding: &str) {
    let mut board = dashboard();
    let place = board.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
    *place = broken;
    let found = lint::findings(&board);
    assert!(found.iter().any(|one| one.contains(finding)), "expected {finding:?} among {found:#?}");
}

#[test]
fn the_linter_finds_what_is_wrong_with_a_board() {
    check("/editable", json!(true), "editable");
    check("/templating/list/0/label", json!("Data Source"), "labelled `Data source`");
    check("/templating/list/1/refresh", json!(1), "refresh");
    check("/templating/list/1/allValue", json!(""), "allValue");
    check("/templating/list/2/multi", json!(false), "multi");
    check("/templating/list/2/name", json!("pod"), "no variable `instance`");
    check("/templating/list/2/query/query", json!("label_values(up{, instance)"), "label_values");
    check("/panels/1/title", json!(""), "no title");
    check("/panels/1/description", json!(""), "no description");
    check("/panels/1/datasource", json!({"uid": "prometheus"}), "datasource");
    check("/panels/1/fieldConfig/defaults/unit", json!("seconds"), "unit");
    check("/panels/1/targets", json!([]), "no target");
    check("/panels/2/id", dashboard()["panels"][1]["id"].clone(), "id");
}

#[test]
fn the_linter_finds_what_is_wrong_with_a_query() {
    let query = |broken: &str, finding: &str| check("/panels/1/targets/0/expr", json!(broken), finding);
    let chosen = r#"job=~"$job", instance=~"$instance""#;
    query("sum(", "does not parse");
    query(&format!("driftledger_dirfts{{{chosen}}}"), "no metric `driftledger_dirfts`");
    query(r#"driftledger_build_info{job=~"$job"}"#, "instance=~\"$instance\"");
    query(r#"driftledger_build_info{instance=~"$instance"}"#, "job=~\"$job\"");
    query(&format!(r#"driftledger_build_info{{stack="a", {chosen}}}"#), "no label `stack`");
    query(&format!("sum by (stak) (driftledger_build_info{{{chosen}}})"), "no label `stak`");
    query(&format!("rate(driftledger_api_calls_total{{{chosen}}}[5m])"), "$__rate_interval");
    query(&format!("sum(driftledger_api_calls_total{{{chosen}}})"), "inside rate, irate or increase");
    query(&format!("increase(driftledger_build_info{{{chosen}}}[1h])"), "is no counter");
    query(&format!("sum(driftledger_drifts{{{chosen}}})"), "max without (instance, pod)");
    query(&format!("sum(max without (pod) (driftledger_drifts{{{chosen}}}))"), "max without (instance, pod)");
    query(&format!("histogram_quantile(0.5, driftledger_scan_duration_seconds{{{chosen}}})"), "_bucket");
}

#[test]
fn the_rules_name_only_what_exists_and_never_count_a_replica_twice() {
    let rules = rules();
    let recorded: Vec<&str> = rules.iter().filter_map(|rule| rule["record"].as_str()).collect();
    let mut findings = Vec::new();
    for rule in &rules {
        let name = rule["record"].as_str().or(rule["alert"].as_str()).unwrap();
        match promql::selectors(rule["expr"].as_str().unwrap()) {
            Err(error) => findings.push(format!("{name}: {error}")),
            Ok(query) => findings.extend(
                query
                    .selectors
                    .iter()
                    .filter(|selector| !recorded.contains(&selector.metric.as_str()))
                    .flat_map(metrics::findings)
                    .map(|finding| format!("{name}: {finding}")),
            ),
        }
    }
    assert_eq!(findings, Vec::<String>::new());
}

#[test]
fn every_alert_has_an_entry_in_the_runbook_and_every_entry_an_alert() {
    let runbook = shipped("docs/runbook.md");
    let entries: Vec<String> = runbook.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    let rules = rules();
    let alerts: Vec<&str> = rules.iter().filter_map(|rule| rule["alert"].as_str()).collect();
    assert_eq!(entries, alerts);
    for rule in rules.iter().filter(|rule| rule["alert"].is_string()) {
        let anchor = format!("docs/runbook.md#{}", rule["alert"].as_str().unwrap().to_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"].as_str(), Some(anchor.as_str()));
        for said in ["summary", "description"] {
            assert!(rule["annotations"][said].is_string(), "{anchor}: no {said}");
        }
        assert!(rule["labels"]["severity"].is_string(), "{anchor}: no severity");
    }
}

#[test]
fn every_alert_is_tested_with_promtool() {
    let tests = shipped("config/prometheus-rules.test.yaml");
    for alert in rules().iter().filter_map(|rule| rule["alert"].as_str()) {
        assert!(tests.contains(&format!("- alertname: {alert}\n")), "no test in which {alert} fires");
    }
}
