//! The merge base of a resource whose deployer keeps a note that others write as well: what of a Terraform state, or of
//! what was last applied to a Kubernetes object, may be taken for the last deployment of a declaration.
//!
//! State is not intent. Every refresh writes what is live into it, manual changes included, and then the state says that
//! nothing was changed by hand; `kubectl apply` by hand notes what it applied as a pipeline does. A value of the state counts only if it was declared, or was in sync when last looked
//! at; a drift that is open with just this value outweighs it. Pure: knows no state file and no store.

mod edit;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::compare::{Base, Comparison, Reader, Subject, compare, kubernetes, normalised};
use crate::model::{AttributeDrift, AttributePath, ResourceType, Value};
use crate::schema::kubernetes::{TypeSchema, kind_of};

/// One resource, and everything that is known of its past.
#[derive(Clone, Copy, Debug)]
pub struct History<'a> {
    /// The canonical type.
    pub resource_type: &'a ResourceType,
    /// The account it lives in.
    pub account: Option<&'a str>,
    /// The region it lives in.
    pub region: Option<&'a str>,
    /// The schema of the kind, for an object of a cluster of which one is known.
    pub schema: Option<&'a TypeSchema>,
    /// The properties in the repository now.
    pub declared: &'a Value,
    /// The properties in the state, or as last applied.
    pub state: &'a Value,
    /// What each attribute was when a scan last found it in sync.
    pub in_sync: &'a BTreeMap<AttributePath, Value>,
    /// Attributes with an open drift, and what was live then; `None`: it was not there.
    pub open_drifts: &'a BTreeMap<AttributePath, Option<Value>>,
}

/// The remark on an attribute whose value in the state was never declared.
pub const ABSORBED: &str = "absorbed into state";
/// The remark on an attribute of which no earlier declaration is known.
pub const APPLIED_UNKNOWN: &str = "applied unknown: no earlier declaration to check the state against";
/// The remark on an attribute that earlier declarations left to the deployment.
pub const STATE_ALONE: &str = "applied as the state has it: the declaration does not tell";
/// The remark on an attribute of an object with a value that was never declared.
pub const NEVER_DECLARED: &str = "a value that was never declared";
/// The remark on an attribute of an object of which no earlier declaration is known.
pub const BASE_UNKNOWN: &str = "base unknown: no earlier declaration is known";

/// What was last deployed, as far as the state can be believed.
///
/// `commits` are the properties as declared earlier: at the deployed commit if that is known, else at recent commits,
/// newest first.
pub fn merge_base<'a>(history: &History<'a>, commits: impl IntoIterator<Item = &'a Value>) -> Base {
    let now = history.against_state(history.declared);
    // Most commits leave most resources alone.
    let compared = |commit: &Value| match commit == history.declared {
        true => Cow::Borrowed(&now),
        false => Cow::Owned(history.against_state(commit)),
    };
    let past = Past {
        history,
        in_sync: OnceCell::new(),
        drifted: OnceCell::new(),
        earlier: commits.into_iter().map(compared).collect(),
    };
    let mut edits: BTreeMap<&AttributePath, Option<&Value>> = BTreeMap::new();
    let mut notes: BTreeMap<&AttributePath, &str> = BTreeMap::new();
    for drift in &now.attributes {
        match past.judge(drift) {
            Trust::State => drop(edits.insert(&drift.path, drift.live.as_ref())),
            Trust::StateAlone => {
                edits.insert(&drift.path, drift.live.as_ref());
                notes.insert(&drift.path, STATE_ALONE);
            }
            Trust::Instead(value, note) => {
                edits.extend(value.map(|value| (&drift.path, Some(value))));
                notes.insert(&drift.path, note);
            }
        }
    }
    for (path, value) in past.earlier.first().map(|commit| commit.in_sync.as_slice()).unwrap_or_default() {
        if !now.speaks_of(path) && !past.is_open_drift(path) {
            edits.insert(path, Some(value));
        }
    }
    let base = match edits.is_empty() {
        true => Base::as_declared(),
        // From the last to the first: taking an item out moves those behind it.
        false => Base::deployed(history.declared_with(edits.into_iter().rev())),
    };
    notes.into_iter().fold(base, |base, (path, note)| base.noting(path.clone(), note))
}

/// What to take for the applied value of an attribute on which state and declaration differ.
enum Trust<'v> {
    /// The state's.
    State,
    /// The state's, for want of anything else.
    StateAlone,
    /// This one, or the declared one if there is none, and why.
    Instead(Option<&'v Value>, &'static str),
}

impl History<'_> {
    fn is_kubernetes(&self) -> bool {
        kind_of(self.resource_type).is_some()
    }

    /// Declared properties against the state, by the rules of the type.
    fn against_state(&self, declared: &Value) -> Comparison {
        if self.is_kubernetes() {
            return kubernetes::compare(&kubernetes::Subject {
                resource_type: self.resource_type,
                declared,
                base: &Base::unknown(),
                live: self.state,
                owners: &[],
                schema: self.schema,
                autoscaled: false,
                ignored: &[],
            });
        }
        compare(&Subject {
            resource_type: self.resource_type,
            identifier: None,
            account: self.account,
            region: self.region,
            declared,
            base: &Base::unknown(),
            live: self.state,
            reader: Reader::Unknown,
            open_collections: &std::collections::BTreeSet::new(),
            ignored: &[],
            bands: &[],
        })
    }

    /// The declared properties with some of them set otherwise.
    fn declared_with<'v>(&self, edits: impl Iterator<Item = (&'v AttributePath, Option<&'v Value>)>) -> Value {
        let mut properties = match self.is_kubernetes() {
            true => kubernetes::with_keys(self.schema, self.declared),
            false => normalised(self.resource_type, self.declared),
        };
        edits.for_each(|(path, value)| edit::set(&mut properties, path.steps(), value));
        properties
    }
}

/// What the state agrees with of what was. Compared when it is first asked for: most resources are as declared, and
/// nobody asks.
struct Past<'a> {
    history: &'a History<'a>,
    in_sync: OnceCell<Comparison>,
    drifted: OnceCell<Comparison>,
    /// The earlier declarations, newest first.
    earlier: Vec<Cow<'a, Comparison>>,
}

impl Past<'_> {
    /// Everything as it was when last found in sync.
    fn in_sync(&self) -> &Comparison {
        let history = self.history;
        let values = || history.in_sync.iter().map(|(path, value)| (path, Some(value)));
        self.in_sync.get_or_init(|| history.against_state(&history.declared_with(values())))
    }

    /// Everything as the open drifts found it.
    fn drifted(&self) -> &Comparison {
        let history = self.history;
        let values = || history.open_drifts.iter().map(|(path, value)| (path, value.as_ref()));
        self.drifted.get_or_init(|| history.against_state(&history.declared_with(values())))
    }

    /// Whether the state has the value that an open drift found.
    fn is_open_drift(&self, path: &AttributePath) -> bool {
        self.history.open_drifts.keys().any(|open| touch(open, path)) && !self.drifted().doubts(path)
    }

    fn judge(&self, drift: &AttributeDrift) -> Trust<'_> {
        let path = &drift.path;
        let was_in_sync = self.history.in_sync.keys().any(|then| touch(then, path));
        let is_new = drift.live.is_none() && !was_in_sync && !self.history.in_sync.is_empty();
        if !self.is_open_drift(path) {
            // A commit that said nothing of the attribute agrees as well: what nobody declared was not drift then.
            let agreed_then = was_in_sync && !self.in_sync().doubts(path);
            if agreed_then || is_new || self.earlier.iter().any(|commit| !commit.doubts(path)) {
                return Trust::State;
            }
            if self.earlier.iter().any(|commit| commit.is_unknown(path)) {
                return Trust::StateAlone;
            }
        }
        let declared_then = self.earlier.iter().flat_map(|commit| &commit.attributes).find(|then| then.path == *path);
        let value = self.history.in_sync.get(path).or_else(|| declared_then.and_then(|then| then.declared.as_ref()));
        let known = value.is_some() || !self.earlier.is_empty() || self.history.open_drifts.contains_key(path);
        let note = match (self.history.is_kubernetes(), known) {
            (false, true) => ABSORBED,
            (false, false) => APPLIED_UNKNOWN,
            (true, true) => NEVER_DECLARED,
            (true, false) => BASE_UNKNOWN,
        };
        Trust::Instead(value, note)
    }
}

impl Comparison {
    /// Whether anything was found at a path, in it, or around it.
    fn speaks_of(&self, path: &AttributePath) -> bool {
        self.doubts(path) || self.in_sync.iter().any(|(found, _)| touch(found, path))
    }

    /// Whether the state is not proven to agree with the declaration at a path.
    fn doubts(&self, path: &AttributePath) -> bool {
        self.attributes.iter().any(|drift| touch(&drift.path, path)) || self.is_unknown(path)
    }

    fn is_unknown(&self, path: &AttributePath) -> bool {
        self.unverifiable.iter().any(|(unknown, _)| touch(unknown, path))
    }
}

/// Whether one path is the other or a part of it.
fn touch(a: &AttributePath, b: &AttributePath) -> bool {
    a.is_within(b) || b.is_within(a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    struct Case {
        declared: Json,
        state: Json,
        live: Json,
        in_sync: Json,
        open: Json,
        commits: Vec<Json>,
    }

    fn paths<T>(json: &Json, read: impl Fn(&Json) -> T) -> BTreeMap<AttributePath, T> {
        json.as_object().unwrap().iter().map(|(path, value)| (path.parse().unwrap(), read(value))).collect()
    }

    /// `path standing applied note` of every attribute that is not in sync.
    fn found(case: &Case) -> Vec<String> {
        let resource_type = "AWS::SQS::Queue".into();
        let [declared, state, live] = [&case.declared, &case.state, &case.live].map(Value::from_json);
        let in_sync = paths(&case.in_sync, Value::from_json);
        let open_drifts = paths(&case.open, |value| (!value.is_null()).then(|| Value::from_json(value)));
        let history = History {
            resource_type: &resource_type,
            account: None,
            region: None,
            schema: None,
            declared: &declared,
            state: &state,
            in_sync: &in_sync,
            open_drifts: &open_drifts,
        };
        let commits: Vec<Value> = case.commits.iter().map(Value::from_json).collect();
        let base = merge_base(&history, &commits);
        let subject = Subject {
            resource_type: &resource_type,
            identifier: None,
            account: None,
            region: None,
            declared: &declared,
            base: &base,
            live: &live,
            reader: Reader::Unknown,
            open_collections: &Default::default(),
            ignored: &[],
            bands: &[],
        };
        compare(&subject).attributes.iter().map(line).collect()
    }

    fn line(drift: &AttributeDrift) -> String {
        let applied = drift.applied.as_ref().map_or(Json::Null, Value::to_json);
        let note = drift.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
        format!("{} {} {applied}{note}", drift.path, drift.standing)
    }

    fn delay(seconds: i64) -> Json {
        json!({ "DelaySeconds": seconds })
    }

    fn case(declared: i64, state: i64, live: i64) -> Case {
        let [declared, state, live] = [declared, state, live].map(delay);
        Case { declared, state, live, in_sync: json!({}), open: json!({}), commits: vec![] }
    }

    #[test]
    fn a_value_of_the_state_counts_if_it_was_declared_or_in_sync() {
        let check = |case: Case, expect: &[&str]| assert_eq!(found(&case), expect);
        let pending = &["DelaySeconds pending 1"];
        check(Case { commits: vec![delay(1)], ..case(2, 1, 1) }, pending);
        check(Case { commits: vec![delay(3), delay(1)], ..case(2, 1, 1) }, pending);
        check(Case { in_sync: delay(1), ..case(2, 1, 1) }, pending);
        check(Case { in_sync: json!({"DelaySeconds": "1"}), ..case(2, 1, 1) }, pending);
        let new = json!({"DelaySeconds": 1, "MaximumMessageSize": 1024});
        let case_of_new = Case { declared: new, in_sync: delay(1), ..case(1, 1, 1) };
        check(case_of_new, &["MaximumMessageSize pending null"]);
        check(Case { commits: vec![delay(1)], ..case(2, 1, 5) }, &["DelaySeconds conflict 1"]);
        check(Case { commits: vec![delay(1)], ..case(1, 1, 1) }, &[]);
    }

    #[test]
    fn a_manual_change_that_a_refresh_wrote_into_the_state_is_still_a_manual_change() {
        let check = |case: Case, expect: &[&str]| assert_eq!(found(&case), expect);
        check(Case { commits: vec![delay(1)], ..case(1, 9, 9) }, &["DelaySeconds drifted 1 (absorbed into state)"]);
        check(Case { commits: vec![delay(1)], ..case(2, 9, 9) }, &["DelaySeconds conflict 1 (absorbed into state)"]);
        check(Case { in_sync: delay(1), ..case(2, 9, 9) }, &["DelaySeconds conflict 1 (absorbed into state)"]);
        let open = Case { open: delay(9), commits: vec![delay(9), delay(1)], ..case(1, 9, 9) };
        check(open, &["DelaySeconds drifted 1 (absorbed into state)"]);
        let spelled = Case { open: json!({"DelaySeconds": "9"}), commits: vec![delay(9)], ..case(1, 9, 9) };
        check(spelled, &["DelaySeconds drifted 1 (absorbed into state)"]);
        let moved_on = Case { open: delay(8), commits: vec![delay(9)], ..case(1, 9, 9) };
        check(moved_on, &["DelaySeconds pending 9"]);
        let note = format!("DelaySeconds drifted 1 ({APPLIED_UNKNOWN})");
        check(case(1, 9, 9), &[&note]);
    }

    #[test]
    fn where_the_declaration_left_it_to_the_deployment_the_state_is_all_there_is() {
        let commits = vec![json!({"DelaySeconds": {"Fn::Unknown": "var.delay"}})];
        let note = format!("DelaySeconds pending 9 ({STATE_ALONE})");
        assert_eq!(found(&Case { commits, ..case(1, 9, 9) }), [note]);
    }

    fn tagged(keys: &[&str]) -> Json {
        let tags: Vec<Json> = keys.iter().map(|key| json!({"Key": key, "Value": "1"})).collect();
        json!({ "Tags": tags })
    }

    fn tags(declared: &[&str], state: &[&str], live: &[&str], commit: &[&str]) -> Vec<String> {
        let commits = vec![tagged(commit)];
        let [declared, state, live] = [declared, state, live].map(tagged);
        found(&Case { declared, state, live, commits, in_sync: json!({}), open: json!({}) })
    }

    #[test]
    fn members_are_judged_one_by_one() {
        let check = |found: Vec<String>, expect: &[&str]| assert_eq!(found, expect);
        check(tags(&["a"], &["a", "b"], &["a", "b"], &["a"]), &["Tags[Key=b] drifted null (absorbed into state)"]);
        let whole = r#"{"Key":"b","Value":"1"}"#;
        check(tags(&["a"], &["a", "b"], &["a", "b"], &["a", "b"]), &[&format!("Tags[Key=b] pending {whole}")]);
        check(tags(&["a", "b"], &["a"], &["a"], &["a"]), &["Tags[Key=b] pending null"]);
        check(
            tags(&["a", "b"], &["a"], &["a"], &["a", "b"]),
            &[&format!("Tags[Key=b] drifted {whole} (absorbed into state)")],
        );
    }

    #[test]
    fn what_the_state_holds_besides_is_not_a_declaration() {
        let case = Case {
            declared: delay(1),
            state: json!({"DelaySeconds": 1, "MaximumMessageSize": 1024}),
            live: json!({"DelaySeconds": 1, "MaximumMessageSize": 2048}),
            in_sync: json!({}),
            open: json!({}),
            commits: vec![delay(1)],
        };
        assert_eq!(found(&case), Vec::<String>::new());
    }

    #[test]
    fn an_attribute_declared_for_the_first_time_is_pending() {
        let case = Case { commits: vec![json!({"QueueName": "q"})], ..case(2, 0, 0) };
        assert_eq!(found(&case), ["DelaySeconds pending 0"]);
    }

    #[test]
    fn an_attribute_that_left_the_repository_is_pending() {
        let both = json!({"DelaySeconds": 1, "MaximumMessageSize": 1024});
        let case = Case {
            declared: delay(1),
            state: both.clone(),
            live: both.clone(),
            in_sync: json!({}),
            open: json!({}),
            commits: vec![both],
        };
        assert_eq!(found(&case), ["MaximumMessageSize pending 1024"]);
    }
}
