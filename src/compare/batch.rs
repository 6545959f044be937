//! Comparing pairs that come as JSON: one line in, one line out.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::{Base, Comparison, Reader, Subject, compare, objects};
use crate::model::{AttributeDrift, AttributePath, FieldOwner, ResourceType, Value};
use crate::parallel;
use crate::schema::kubernetes::kind_of;

/// One pair to compare, in the canonical model.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The canonical type.
    pub resource_type: ResourceType,
    /// The physical id.
    pub identifier: Option<String>,
    /// The account it lives in.
    pub account: Option<String>,
    /// The region it lives in.
    pub region: Option<String>,
    /// The declared properties.
    pub declared: Value,
    /// The properties now.
    pub live: Value,
    /// The properties last deployed; without them the declared ones stand in.
    pub applied: Option<Value>,
    /// Who owns what of an object of a cluster is not as declared.
    owners: Vec<FieldOwner>,
}

impl Pair {
    /// A pair of nothing but a type and its properties, as from files.
    ///
    /// # Errors
    /// A side that is no JSON object, by its name.
    pub fn of_files(resource_type: &str, declared: &Json, live: &Json, applied: Option<&Json>) -> Result<Self, String> {
        let pair = Self {
            resource_type: resource_type.into(),
            identifier: None,
            account: None,
            region: None,
            declared: properties("declared", Some(declared))?,
            live: properties("live", Some(live))?,
            applied: applied.map(|applied| properties("applied", Some(applied))).transpose()?,
            owners: Vec::new(),
        };
        Ok(pair.cut(declared, live))
    }

    /// Objects of a cluster may come whole: they are cut to what is compared, and what is live to what is declared or was
    /// added by hand, where it says who owns its fields.
    fn cut(mut self, declared: &Json, live: &Json) -> Self {
        if kind_of(&self.resource_type).is_some() {
            let applied = self.applied.take();
            let read = objects::read(&self.resource_type, declared, live, applied);
            (self.declared, self.applied) = (read.declared, read.applied);
            (self.live, self.owners) = (read.live, read.owners);
        }
        self
    }

    /// Compares the pair.
    pub fn compare(&self) -> Comparison {
        let base = self.applied.clone().map_or_else(Base::unknown, Base::deployed);
        if kind_of(&self.resource_type).is_some() {
            return objects::compare(&self.resource_type, &self.declared, &base, &self.live, &self.owners);
        }
        let mut found = compare(&Subject {
            resource_type: &self.resource_type,
            identifier: self.identifier.as_deref(),
            account: self.account.as_deref(),
            region: self.region.as_deref(),
            declared: &self.declared,
            base: &base,
            live: &self.live,
            reader: Reader::Unknown,
            open_collections: &BTreeSet::new(),
            ignored: &[],
            bands: &[],
        });
        self.leave_open(&mut found);
        found
    }

    /// Inline policies of a role that declares none may be declared as resources of their own
    /// (`AWS::IAM::RolePolicy`, `AWS::IAM::Policy`), which a single pair does not show: they cannot be told.
    fn leave_open(&self, found: &mut Comparison) {
        const POLICIES: &str = "Policies";
        if !self.resource_type.as_str().starts_with("AWS::IAM::") || self.declared.get(POLICIES).is_some() {
            return;
        }
        let inline = AttributePath::keys([POLICIES]);
        let (open, told) = std::mem::take(&mut found.attributes)
            .into_iter()
            .partition(|drift| drift.path.is_within(&inline) && drift.declared.is_none() && drift.applied.is_none());
        found.attributes = told;
        let open: Vec<AttributeDrift> = open;
        let reason = "it may be declared as a resource of its own";
        found.unverifiable.extend(open.into_iter().map(|drift| (drift.path, reason.to_owned())));
        found.unverifiable.sort();
    }
}

/// The answer to one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One line of JSON, without its end.
    pub text: String,
    /// Whether any attribute differs.
    pub differs: bool,
}

/// Answers one line `{id,type,identifier?,account?,region?,declared,live,applied?}` with
/// `{"id","attributes":[{path,declared,applied?,live,standing}],"unverifiable":[paths]}`.
///
/// Other members of the line are not read. A side that is not there is written as `null`; `applied` is written only
/// where the line has one.
///
/// # Errors
/// A line that is no such object is answered with `{"id"?,"error"}` in the error.
pub fn answer(line: &str) -> Result<Answer, String> {
    let json: Json = serde_json::from_str(line).map_err(|error| refusal(None, &format!("not JSON: {error}")))?;
    let id = json.get("id").cloned();
    let pair = read(&json).map_err(|error| refusal(id.as_ref(), &error))?;
    let comparison = pair.compare();
    let text = written(id, &comparison, pair.applied.is_some()).to_string();
    Ok(Answer { text, differs: !comparison.attributes.is_empty() })
}

/// How many lines at most are answered at once: enough to keep all workers busy, and little to hold in memory.
pub const ROUND: usize = 1024;

/// After so many bytes of lines a round ends early.
pub const ROUND_BYTES: usize = 8 << 20;

/// The answers to lines, in their order, made by all processors.
pub fn answers(lines: &[String]) -> Vec<Result<Answer, String>> {
    parallel::map(lines, parallel::workers(), |line| answer(line))
}

/// A comparison as the JSON of a batch answer.
pub fn written(id: Option<Json>, comparison: &Comparison, with_applied: bool) -> Json {
    let attributes: Vec<Json> = comparison.attributes.iter().map(|drift| attribute(drift, with_applied)).collect();
    let unverifiable: Vec<String> = comparison.unverifiable.iter().map(|(path, _)| path.to_string()).collect();
    let mut answer = json!({ "id": id, "attributes": attributes, "unverifiable": unverifiable });
    if !comparison.controlled.is_empty() {
        answer["controlled"] = comparison.controlled.iter().map(|drift| attribute(drift, with_applied)).collect();
    }
    answer
}

fn attribute(drift: &AttributeDrift, with_applied: bool) -> Json {
    let side = |value: &Option<Value>| value.as_ref().map_or(Json::Null, Value::to_json);
    let mut written = Map::new();
    written.insert("path".into(), drift.path.to_string().into());
    written.insert("declared".into(), side(&drift.declared));
    if with_applied {
        written.insert("applied".into(), side(&drift.applied));
    }
    written.insert("live".into(), side(&drift.live));
    written.insert("standing".into(), drift.standing.as_str().into());
    Json::Object(written)
}

fn refusal(id: Option<&Json>, error: &str) -> String {
    match id {
        Some(id) => json!({ "id": id, "error": error }),
        None => json!({ "error": error }),
    }
    .to_string()
}

fn read(json: &Json) -> Result<Pair, String> {
    let text = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
    let applied = json.get("applied").filter(|applied| !applied.is_null());
    let pair = Pair {
        resource_type: text("type").ok_or("`type` is missing or no text")?.into(),
        identifier: text("identifier"),
        account: text("account"),
        region: text("region"),
        declared: properties("declared", json.get("declared"))?,
        live: properties("live", json.get("live"))?,
        applied: applied.map(|applied| properties("applied", Some(applied))).transpose()?,
        owners: Vec::new(),
    };
    let side = |name: &str| json.get(name).unwrap_or(&Json::Null);
    Ok(pair.cut(side("declared"), side("live")))
}

fn properties(name: &str, json: Option<&Json>) -> Result<Value, String> {
    match json {
        Some(json) if json.is_object() => Ok(Value::from_json(json)),
        Some(_) => Err(format!("`{name}` is not an object of properties")),
        None => Err(format!("`{name}` is missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_answered_with_the_differences_and_what_cannot_be_told() {
        let line = json!({
            "id": "a", "type": "AWS::SQS::Queue", "drifted": ["x"],
            "declared": {"DelaySeconds": 5, "QueueName": {"Fn::Unknown": true}},
            "live": {"DelaySeconds": 6, "QueueName": "q"},
        });
        let expect = json!({
            "id": "a",
            "attributes": [{"path": "DelaySeconds", "declared": 5, "live": 6, "standing": "drifted"}],
            "unverifiable": ["QueueName"],
        });
        assert_eq!(answer(&line.to_string()).unwrap().text, expect.to_string());
    }

    #[test]
    fn values_that_look_like_an_answer_do_not_hide_a_difference() {
        let side = |value: i64| json!({ "Tags": {"attributes": []}, "DelaySeconds": value });
        let line = |live| json!({"type": "T", "declared": side(1), "live": side(live)}).to_string();
        assert!(answer(&line(2)).unwrap().differs);
        assert!(!answer(&line(1)).unwrap().differs);
    }

    #[test]
    fn what_was_applied_tells_pending_from_drifted() {
        let check = |declared: i64, applied: i64, live: i64, expect: &str| {
            let side = |value: i64| json!({ "DelaySeconds": value });
            let line = json!({"id": 1, "type": "AWS::SQS::Queue", "declared": side(declared), "applied": side(applied), "live": side(live)});
            assert!(answer(&line.to_string()).unwrap().text.contains(expect), "{line}");
        };
        check(2, 1, 1, "\"pending\"");
        check(1, 1, 2, "\"drifted\"");
        check(2, 1, 3, "\"conflict\"");
        check(2, 1, 2, "\"codified\"");
        check(1, 1, 1, "\"attributes\":[]");
    }

    #[test]
    fn objects_of_a_cluster_come_whole_or_as_attributes() {
        let line = |declared: Json, live: Json, applied: Json| {
            let line =
                json!({"id": 1, "type": "apps/v1/Deployment", "declared": declared, "live": live, "applied": applied});
            serde_json::from_str::<Json>(&answer(&line.to_string()).unwrap().text).unwrap()
        };
        let spec = |replicas: i64| json!({"spec": {"replicas": replicas}});
        let fields = json!({"f:metadata": {"f:labels": {"f:x": {}}}});
        let whole = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "status": {"replicas": 1},
            "metadata": {"name": "web", "uid": "u", "labels": {"x": "y"}, "managedFields":
                [{"manager": "kubectl-label", "operation": "Update", "apiVersion": "apps/v1", "fieldsV1": fields}]},
            "spec": {"replicas": 2, "progressDeadlineSeconds": 600},
        });
        let check = |answer: Json, expect: Json| assert_eq!(answer["attributes"], expect, "{answer}");
        let label = json!({"path": "metadata.labels.x", "declared": null, "live": "y", "standing": "drifted"});
        check(line(spec(2), whole.clone(), Json::Null), json!([label]));
        check(line(spec(2), spec(2), Json::Null), json!([]));
        check(
            line(spec(3), spec(2), spec(2)),
            json!([{"path": "spec.replicas", "declared": 3, "applied": 2, "live": 2, "standing": "pending"}]),
        );
        check(line(whole.clone(), whole, Json::Null), json!([]));
    }

    #[test]
    fn the_content_of_a_secret_is_not_in_the_answer() {
        let side = |text: &str| json!({"stringData": {"password": text}});
        let line = json!({"type": "v1/Secret", "declared": side("hunter2"), "live": side("hunter3"), "applied": side("hunter2")});
        let answer = answer(&line.to_string()).unwrap();
        assert!(
            answer.differs && answer.text.contains("data.password") && answer.text.contains("drifted"),
            "{}",
            answer.text
        );
        assert!(!["hunter", "aHVudGVy"].iter().any(|part| answer.text.contains(part)), "{}", answer.text);
    }

    #[test]
    fn answers_come_in_the_order_of_the_lines() {
        let line = |id: usize| match id % 7 {
            0 => "{".to_owned(),
            _ => json!({"id": id, "type": "AWS::X::Y", "declared": {"A": 1}, "live": {"A": id % 2}}).to_string(),
        };
        let lines: Vec<String> = (0..100).map(line).collect();
        let expect: Vec<_> = lines.iter().map(|line| answer(line)).collect();
        assert_eq!(answers(&lines), expect);
    }

    #[test]
    fn a_bad_line_is_refused_with_its_id() {
        let check = |line: &str, expect: &str| assert_eq!(answer(line).unwrap_err(), expect);
        check(r#"{"id":"x","type":"T","declared":{}}"#, r#"{"id":"x","error":"`live` is missing"}"#);
        check(r#"{"id":"x","declared":{},"live":{}}"#, r#"{"id":"x","error":"`type` is missing or no text"}"#);
        check(r#"{"type":"T","declared":[],"live":{}}"#, r#"{"error":"`declared` is not an object of properties"}"#);
        assert!(answer("{").unwrap_err().starts_with(r#"{"error":"not JSON"#));
    }
}
