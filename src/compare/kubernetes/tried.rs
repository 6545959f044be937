//! Holding a comparison against what the server says that a deploy would change.
//!
//! A server-side apply that is only tried out is exact where it works: it knows every rule by which the server makes two
//! values equal. What it cannot see is what somebody added, which no apply touches; so it confirms, corrects and adds to
//! what was found of declared attributes, and leaves additions alone.

use serde_json::{Map, Value as Json};

use super::project::of_json;
use super::{Subject, compare, items};
use crate::compare::{Base, Comparison};
use crate::model::{
    AttributeDrift, AttributePath, Basis, Declaration, Fingerprinter, Kind, ResourceType, Standing, Step, Value,
};
use crate::schema::kubernetes::{Place, TypeSchema, kind_of};

/// An object as it is sent to be tried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The object.
    pub object: Json,
    /// What is declared and not in it: secrets, which are not known here, and what only a deploy knows.
    pub omitted: Vec<AttributePath>,
}

impl Trial {
    /// The object that a declaration stands for, without some of its attributes. `None`: it is none of a cluster.
    pub fn of(declaration: &Declaration, schema: Option<&TypeSchema>, without: &[AttributePath]) -> Option<Self> {
        let (api_version, kind) = kind_of(&declaration.resource_type)?;
        let (namespace, name) = match declaration.identifier.as_deref()?.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, declaration.identifier.as_deref()?),
        };
        let mut writer = Writer { without, omitted: Vec::new() };
        let root = schema.and_then(TypeSchema::root);
        let written = writer.value(&AttributePath::root(), root, &declaration.attributes);
        let Some(Json::Object(mut object)) = written else { return None };
        let mut metadata = match object.remove("metadata") {
            Some(Json::Object(metadata)) => metadata,
            _ => Map::new(),
        };
        metadata.insert("name".to_owned(), name.into());
        metadata.extend(namespace.map(|namespace| ("namespace".to_owned(), namespace.into())));
        object.insert("metadata".to_owned(), Json::Object(metadata));
        object.insert("apiVersion".to_owned(), api_version.into());
        object.insert("kind".to_owned(), kind.into());
        Some(Self { object: Json::Object(object), omitted: writer.omitted })
    }
}

struct Writer<'a> {
    without: &'a [AttributePath],
    omitted: Vec<AttributePath>,
}

/// Deeper than any object.
const MAX_DEPTH: usize = 64;

impl Writer<'_> {
    fn value(&mut self, path: &AttributePath, place: Option<Place<'_>>, value: &Value) -> Option<Json> {
        let is_known = !value.has_unknown() && !value.has_sensitive();
        let is_whole = place.is_some_and(|place| place.is_atomic()) || path.steps().len() >= MAX_DEPTH;
        let is_left_out = self.without.contains(path);
        match &value.kind {
            Kind::Object(members) if !is_whole && !is_left_out => {
                let members = members.iter().filter_map(|(name, member)| {
                    let place = place.and_then(|place| place.member(name).place());
                    Some((name.clone(), self.value(&path.key(name), place, member)?))
                });
                Some(Json::Object(members.collect()))
            }
            Kind::List(list) if !is_whole && !is_left_out => match items::steps(place, list) {
                Some(steps) => {
                    let item = place.and_then(|place| place.item());
                    let items = steps.into_iter().zip(list);
                    Some(Json::Array(items.filter_map(|(step, one)| self.value(&path.then(step), item, one)).collect()))
                }
                None => self.whole(path, value, is_known && !self.leaves_out_within(path)),
            },
            _ => self.whole(path, value, is_known && !self.leaves_out_within(path)),
        }
    }

    fn leaves_out_within(&self, path: &AttributePath) -> bool {
        self.without.iter().any(|without| without.is_within(path))
    }

    fn whole(&mut self, path: &AttributePath, value: &Value, is_sent: bool) -> Option<Json> {
        if is_sent {
            return Some(value.to_json());
        }
        self.omitted.push(path.clone());
        None
    }
}

/// What the server says of an object that was tried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The field manager for which it was tried out.
    pub manager: String,
    /// What would change: `declared` is the value after it, `live` the one now.
    pub changes: Vec<AttributeDrift>,
    /// What was not sent, and of which it says nothing.
    pub omitted: Vec<AttributePath>,
}

/// An object before and after an apply that was tried out.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// Its type.
    pub resource_type: &'a ResourceType,
    /// The schema of its kind, where one is known.
    pub schema: Option<&'a TypeSchema>,
    /// Its attributes in the repository; what is a secret in them is one on both sides.
    pub declared: &'a Value,
    /// The object as it is.
    pub before: &'a Json,
    /// The object as it would be.
    pub after: &'a Json,
}

impl Verdict {
    /// What would change of an object of which some attributes were not sent.
    pub fn of(outcome: &Outcome<'_>, manager: &str, omitted: Vec<AttributePath>, fingerprints: &Fingerprinter) -> Self {
        let [before, after] = [outcome.before, outcome.after].map(|object| {
            let attributes = of_json(outcome.resource_type, object, fingerprints);
            fingerprints.hide_like(&attributes, outcome.declared).into_owned()
        });
        let found = compare(&Subject {
            resource_type: outcome.resource_type,
            declared: &after,
            base: &Base::as_declared(),
            live: &before,
            owners: &[],
            schema: outcome.schema,
            autoscaled: false,
            ignored: &[],
        });
        let all = found.attributes.into_iter().chain(found.controlled);
        let changes = all.filter(|change| !omitted.iter().any(|path| touch(path, &change.path))).collect();
        Self { manager: manager.to_owned(), changes, omitted }
    }

    /// Corrects a comparison: what was found of a declared attribute is confirmed or withdrawn, what could not be told is
    /// told, and what would change and was not found is added. Withdrawn differences are listed with those that control
    /// loops made.
    pub fn correct(&self, mut found: Comparison, declared: &Value) -> Comparison {
        let changes = |path: &AttributePath| self.changes.iter().any(|change| touch(&change.path, path));
        let speaks_of = |path: &AttributePath| !self.omitted.iter().any(|omitted| touch(omitted, path));
        let told: Vec<AttributePath> = {
            let listed = [&found.attributes, &found.ignored, &found.controlled];
            listed.into_iter().flatten().map(|drift| drift.path.clone()).collect()
        };
        let is_difference = |drift: &AttributeDrift| {
            drift.declared.is_some() && drift.standing != Standing::Codified && speaks_of(&drift.path)
        };
        for mut drift in std::mem::take(&mut found.attributes) {
            match (is_difference(&drift), changes(&drift.path)) {
                (true, true) => {
                    let confirmed = format!("a dry run as {} confirms it", self.manager);
                    drift.note = Some(drift.note.map_or(confirmed.clone(), |note| format!("{note}; {confirmed}")));
                    found.attributes.push(drift);
                }
                (true, false) => {
                    let note =
                        format!("withdrawn: by a dry run as {}, a deploy would change nothing here", self.manager);
                    found.controlled.push(AttributeDrift { note: Some(note), ..drift });
                }
                (false, _) => found.attributes.push(drift),
            }
        }
        let untold = std::mem::take(&mut found.unverifiable).into_iter();
        let (settled, untold): (Vec<_>, Vec<_>) = untold.partition(|(path, _)| speaks_of(path));
        found.unverifiable = untold;
        let as_declared = settled.into_iter().filter(|(path, _)| !changes(path));
        found
            .in_sync
            .extend(as_declared.filter_map(|(path, _)| Some((path.clone(), declared.part(path.steps())?.clone()))));
        let new = self.changes.iter().filter(|change| !told.iter().any(|path| touch(path, &change.path)));
        found.attributes.extend(new.map(|change| self.found_by_server(change)));
        found.in_sync.retain(|(path, _)| !found.attributes.iter().any(|drift| drift.path == *path));
        found.attributes.sort_by(|a, b| a.path.cmp(&b.path));
        found.controlled.sort_by(|a, b| a.path.cmp(&b.path));
        found.in_sync.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    fn found_by_server(&self, change: &AttributeDrift) -> AttributeDrift {
        let note = format!(
            "found by a dry run as {} alone: a deploy would change it, and reading did not show it",
            self.manager
        );
        AttributeDrift {
            applied: change.declared.clone(),
            standing: Standing::Drifted,
            basis: Basis::Declaration,
            note: Some(note),
            ..change.clone()
        }
    }
}

fn touch(one: &AttributePath, other: &AttributePath) -> bool {
    // A list that is compared as a whole on one side is one by position on the other.
    let steps = |path: &AttributePath| {
        path.steps().iter().take_while(|step| !matches!(step, Step::Index(_))).cloned().collect()
    };
    let (one, other): (AttributePath, AttributePath) = (steps(one), steps(other));
    one.is_within(&other) || other.is_within(&one)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Location, Retention};
    use crate::schema::kubernetes::Schemas;

    const TYPE: &str = "apps/v1/Deployment";

    fn declaration(attributes: Value) -> Declaration {
        Declaration {
            address: "Deployment/shop/web".into(),
            resource_type: TYPE.into(),
            identifier: Some("shop/web".into()),
            attributes,
            at: Location::new("web.yaml", 1, 1),
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        }
    }

    fn pods(spec: &Json) -> Json {
        json!({"spec": {"template": {"spec": spec}}})
    }

    #[test]
    fn what_is_sent_is_the_declaration_without_what_is_not_known_of_it() {
        let schema = Schemas::built_in().of("apps/v1", "Deployment").unwrap();
        let env = json!([{"name": "A", "value": "1"}, {"name": "B", "value": {"Fn::Unknown": "later"}}]);
        let attributes = pods(&json!({"hostname": "h", "containers": [{"name": "web", "env": env,
            "args": ["one", {"Fn::Unknown": "later"}], "command": ["run"]}]}));
        let check = |without: &[&str], expect: Json, omitted: &[&str]| {
            let without: Vec<AttributePath> = without.iter().map(|path| path.parse().unwrap()).collect();
            let trial = Trial::of(&declaration(Value::from_stored_json(&attributes)), Some(&schema), &without).unwrap();
            assert_eq!(trial.object["spec"]["template"]["spec"], expect);
            assert_eq!(trial.object["metadata"], json!({"name": "web", "namespace": "shop"}));
            assert_eq!([&trial.object["apiVersion"], &trial.object["kind"]], ["apps/v1", "Deployment"]);
            assert_eq!(trial.omitted.iter().map(ToString::to_string).collect::<Vec<_>>(), omitted);
        };
        let container = "spec.template.spec.containers[name=web]";
        let (args, value) = (format!("{container}.args"), format!("{container}.env[name=B].value"));
        check(
            &[],
            json!({"hostname": "h", "containers": [{"name": "web", "env": [{"name": "A", "value": "1"}, {"name": "B"}], "command": ["run"]}]}),
            &[&args, &value],
        );
        check(
            &["spec.template.spec.hostname", &format!("{container}.env[name=B]")],
            json!({"containers": [{"name": "web", "env": [{"name": "A", "value": "1"}], "command": ["run"]}]}),
            &[&args, &format!("{container}.env[name=B]"), "spec.template.spec.hostname"],
        );
    }

    fn drift(path: &str, declared: bool, standing: Standing) -> AttributeDrift {
        let value = Some(Value::from("x"));
        AttributeDrift {
            path: path.parse().unwrap(),
            declared: value.clone().filter(|_| declared),
            applied: None,
            live: value,
            standing,
            basis: Basis::Declaration,
            note: None,
        }
    }

    #[test]
    fn findings_are_confirmed_withdrawn_and_added_and_additions_are_left_alone() {
        let verdict = |changes: &[&str], omitted: &[&str]| Verdict {
            manager: "ci".into(),
            changes: changes.iter().map(|path| drift(path, true, Standing::Drifted)).collect(),
            omitted: omitted.iter().map(|path| path.parse().unwrap()).collect(),
        };
        let declared = Value::from_json(&json!({"spec": {"a": "1", "u": "2"}}));
        let check = |verdict: &Verdict, expect: &[&str], withdrawn: &[&str], untold: &[&str], in_sync: &[&str]| {
            let found = Comparison {
                attributes: vec![
                    drift("spec.a", true, Standing::Drifted),
                    drift("spec.c", true, Standing::Codified),
                    drift("spec.p", true, Standing::Pending),
                    drift("spec.x", false, Standing::Drifted),
                ],
                controlled: vec![drift("spec.replicas", true, Standing::Drifted)],
                unverifiable: vec![("spec.u".parse().unwrap(), "no such field".into())],
                ..Comparison::default()
            };
            let found = verdict.correct(found, &declared);
            let note = |drift: &AttributeDrift| {
                let note = drift.note.as_deref().unwrap_or("-");
                format!("{} {}", drift.path, note.split(' ').next().unwrap())
            };
            assert_eq!(found.attributes.iter().map(note).collect::<Vec<_>>(), expect);
            assert_eq!(found.controlled.iter().map(note).collect::<Vec<_>>(), withdrawn);
            assert_eq!(found.unverifiable.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>(), untold);
            assert_eq!(found.in_sync.iter().map(|(path, _)| path.to_string()).collect::<Vec<_>>(), in_sync);
        };
        let all = &["spec.a a", "spec.c -", "spec.p a", "spec.x -"];
        check(&verdict(&["spec.a", "spec.p"], &[]), all, &["spec.replicas -"], &[], &["spec.u"]);
        // An addition that the server would keep, and what a control loop set, are no change of a deploy.
        check(
            &verdict(&["spec.a.b", "spec.replicas"], &["spec.u"]),
            &["spec.a a", "spec.c -", "spec.x -"],
            &["spec.p withdrawn:", "spec.replicas -"],
            &["spec.u"],
            &[],
        );
        check(
            &verdict(&["spec.new", "spec.u"], &["spec.a", "spec.p"]),
            &["spec.a -", "spec.c -", "spec.new found", "spec.p -", "spec.u found", "spec.x -"],
            &["spec.replicas -"],
            &[],
            &[],
        );
    }

    #[test]
    fn only_what_the_server_would_change_is_a_change() {
        let schema = Schemas::built_in().of("apps/v1", "Deployment").unwrap();
        let object = |spec: Json, generation: i64| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec,
            "metadata": {"name": "web", "generation": generation, "managedFields": [{"manager": format!("m{generation}")}]}})
        };
        let check = |before: Json, after: Json, omitted: &[&str], expect: &[&str]| {
            let resource_type = TYPE.into();
            let outcome = Outcome {
                resource_type: &resource_type,
                schema: Some(&schema),
                declared: &Value::from_json(&json!({})),
                before: &object(before, 1),
                after: &object(after, 2),
            };
            let omitted = omitted.iter().map(|path| path.parse().unwrap()).collect();
            let verdict = Verdict::of(&outcome, "ci", omitted, &Fingerprinter::new(*b"key"));
            assert_eq!(verdict.changes.iter().map(|change| change.path.to_string()).collect::<Vec<_>>(), expect);
        };
        check(json!({"replicas": 2}), json!({"replicas": 2}), &[], &[]);
        check(json!({"replicas": 2, "paused": true}), json!({"replicas": 3}), &[], &["spec.paused", "spec.replicas"]);
        check(json!({"replicas": 2, "paused": true}), json!({"replicas": 3}), &["spec.paused"], &["spec.replicas"]);
    }
}
