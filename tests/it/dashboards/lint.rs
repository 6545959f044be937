//! The rules of Grafana's dashboard linter, for the one dashboard shipped.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{metrics, promql};

/// Units of Grafana's list that the board may use.
const UNITS: [&str; 4] = ["short", "s", "percentunit", "reqps"];

/// Everything wrong with a dashboard, in the order of the file.
pub fn findings(board: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if board["editable"] != false {
        found.push("the board is editable".to_owned());
    }
    found.extend(variables(board));
    let mut ids = BTreeSet::new();
    for panel in items(&board["panels"]) {
        let name = format!("panel {:?}", text(&panel["title"]));
        if !ids.insert(panel["id"].as_u64()) {
            found.push(format!("{name}: its id is taken"));
        }
        if panel["type"] != "row" {
            found.extend(self::panel(panel).into_iter().map(|finding| format!("{name}: {finding}")));
        }
    }
    found
}

fn variables(board: &Value) -> Vec<String> {
    let list = items(&board["templating"]["list"]);
    let named = |name: &str| list.iter().find(|variable| variable["name"] == name);
    let mut found = Vec::new();
    match named("datasource") {
        Some(source) if source["type"] == "datasource" && source["query"] == "prometheus" => {
            if source["label"] != "Data source" {
                found.push("the variable `datasource` is not labelled `Data source`".to_owned());
            }
        }
        _ => found.push("no variable `datasource` of the type datasource".to_owned()),
    }
    for (name, label) in [("job", "Job"), ("instance", "Instance")] {
        match named(name) {
            Some(variable) if variable["label"] == label => {}
            Some(_) => found.push(format!("the variable `{name}` is not labelled `{label}`")),
            None => found.push(format!("no variable `{name}`")),
        }
    }
    for variable in list.iter().filter(|variable| variable["type"] == "query") {
        let name = text(&variable["name"]);
        found.extend(query_variable(variable).into_iter().map(|finding| format!("variable `{name}`: {finding}")));
    }
    found
}

fn query_variable(variable: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if variable["refresh"] != 2 {
        found.push("refresh is not 2, on a change of the time range".to_owned());
    }
    if variable["allValue"] != ".+" {
        found.push("allValue is not `.+`".to_owned());
    }
    if variable["multi"] != true {
        found.push("it is not multi".to_owned());
    }
    if !templated(&variable["datasource"]) {
        found.push("its datasource is fixed".to_owned());
    }
    let query = text(&variable["query"]["query"]);
    let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
    match inner.and_then(|inner| inner.rsplit_once(", ")).map(|(series, _)| promql::selectors(series)) {
        Some(Ok(_)) => {}
        _ => found.push(format!("not one label_values query with PromQL in it: {query}")),
    }
    found
}

fn panel(panel: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for member in ["title", "description"] {
        if text(&panel[member]).is_empty() {
            found.push(format!("no {member}"));
        }
    }
    if !templated(&panel["datasource"]) {
        found.push("its datasource is fixed".to_owned());
    }
    let unit = text(&panel["fieldConfig"]["defaults"]["unit"]);
    if !UNITS.contains(&unit) {
        found.push(format!("no known unit: {unit:?}"));
    }
    let targets = items(&panel["targets"]);
    if targets.is_empty() {
        found.push("no target".to_owned());
    }
    for target in targets {
        if !templated(&target["datasource"]) {
            found.push("the datasource of a target is fixed".to_owned());
        }
        found.extend(expression(text(&target["expr"])));
    }
    found
}

fn expression(expression: &str) -> Vec<String> {
    let query = match promql::selectors(expression) {
        Ok(query) => query,
        Err(error) => return vec![error],
    };
    let mut found = Vec::new();
    for selector in &query.selectors {
        found.extend(metrics::findings(selector));
        for (label, wanted) in [("job", "=~\"$job\""), ("instance", "=~\"$instance\"")] {
            if !selector.matchers.iter().any(|(name, value)| name == label && value == wanted) {
                found.push(format!("`{}` lacks {label}{wanted}", selector.metric));
            }
        }
        let rated = selector.innermost().and_then(promql::Around::function);
        if matches!(rated, Some("rate" | "irate")) && selector.range != Some(promql::RATE_INTERVAL) {
            found.push(format!("`{}`: the range inside rate is not $__rate_interval", selector.metric));
        }
    }
    found
}

fn templated(datasource: &Value) -> bool {
    ["${datasource}", "$datasource"].contains(&text(&datasource["uid"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
