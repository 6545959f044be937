//! What was last applied to the objects of a cluster, brought together from what each of them tells of it.
//!
//! `kubectl apply` notes it in an annotation, and whoever applies by hand notes it there as well: so a value counts only
//! if it was once declared ([`Trust::Refreshed`]). Of an object that tells nothing the live values stand in: those that
//! were declared once are what was deployed, and the others were never.

use std::collections::BTreeMap;

use super::{AppliedSide, Trust};
use crate::model::{Applied, Declaration, Live, Value};

/// A declared object, as it was looked for.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// How it is declared.
    pub declaration: &'a Declaration,
    /// The object, if it was found.
    pub live: Option<&'a Live>,
    /// What it tells of what was last applied ([`Projected::last_applied`](crate::compare::kubernetes::Projected)).
    pub last_applied: Option<&'a Value>,
    /// Whether an earlier scan found it.
    pub was_found: bool,
}

/// What was last applied from the declarations of a stack. It is complete: an object that is not there, and that no
/// scan ever found, was not deployed yet. One that was found once and is gone was deleted.
pub fn side<'a>(objects: impl IntoIterator<Item = Sought<'a>>) -> AppliedSide {
    let resources: BTreeMap<String, Applied> = objects.into_iter().filter_map(applied).collect();
    AppliedSide { resources, is_complete: true, trust: Trust::Refreshed, ..AppliedSide::default() }
}

fn applied(sought: Sought<'_>) -> Option<(String, Applied)> {
    let Sought { declaration, live, last_applied, was_found } = sought;
    let attributes = match live {
        Some(live) => last_applied.unwrap_or(&live.attributes),
        None if was_found => &declaration.attributes,
        None => return None,
    };
    let applied = Applied {
        address: declaration.address.clone(),
        resource_type: declaration.resource_type.clone(),
        identifier: declaration.identifier.clone(),
        attributes: attributes.clone(),
    };
    Some((declaration.address.clone(), applied))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::applied::merge_base::{History, merge_base};
    use crate::compare::kubernetes::{Subject, compare};
    use crate::model::{AttributePath, Location, ResourceType, Retention};
    use crate::schema::kubernetes::Schemas;

    const TYPE: &str = "apps/v1/Deployment";

    fn declaration(attributes: &Json) -> Declaration {
        Declaration {
            address: "Deployment/shop/web".into(),
            resource_type: TYPE.into(),
            identifier: Some("shop/web".into()),
            attributes: Value::from_json(attributes),
            at: Location { file: "web.yaml".into(), line: 1, column: 1 },
            account: None,
            region: None,
            ignored: Vec::new(),
            retention: Retention::default(),
        }
    }

    fn live(attributes: &Json) -> Live {
        Live {
            resource_type: TYPE.into(),
            identifier: "shop/web".into(),
            aliases: Vec::new(),
            attributes: Value::from_json(attributes),
            computed: BTreeMap::new(),
            evidence: Vec::new(),
            owners: Vec::new(),
            in_flight: None,
        }
    }

    #[test]
    fn what_was_never_found_is_not_deployed_and_what_is_gone_was_deleted() {
        let declaration = declaration(&json!({"spec": {"replicas": 2}}));
        let sought = Sought { declaration: &declaration, live: None, last_applied: None, was_found: false };
        let check = |sought: Sought<'_>, deployed: bool| {
            let side = side([sought]);
            assert!(side.is_complete);
            assert_eq!(side.resources.contains_key("Deployment/shop/web"), deployed);
        };
        check(sought, false);
        check(Sought { was_found: true, ..sought }, true);
        check(Sought { live: Some(&live(&json!({}))), ..sought }, true);
    }

    struct Case {
        declared: Json,
        /// `None`: the object tells nothing.
        annotation: Option<Json>,
        live: Json,
        commits: Vec<Json>,
        in_sync: Json,
    }

    fn standings(case: &Case) -> Vec<String> {
        let resource_type: ResourceType = TYPE.into();
        let (declaration, live) = (declaration(&case.declared), live(&case.live));
        let annotation = case.annotation.as_ref().map(Value::from_json);
        let sought =
            Sought { declaration: &declaration, live: Some(&live), last_applied: annotation.as_ref(), was_found: true };
        let applied = side([sought]).resources.remove(&declaration.address).unwrap();
        let paths = case.in_sync.as_object().unwrap().iter();
        let in_sync: BTreeMap<AttributePath, Value> =
            paths.map(|(path, value)| (path.parse().unwrap(), Value::from_json(value))).collect();
        let schema = Schemas::built_in().of_type(&resource_type).unwrap();
        let history = History {
            resource_type: &resource_type,
            account: None,
            region: None,
            schema: Some(&schema),
            declared: &declaration.attributes,
            state: &applied.attributes,
            in_sync: &in_sync,
            open_drifts: &BTreeMap::new(),
        };
        let commits: Vec<Value> = case.commits.iter().map(Value::from_json).collect();
        let base = merge_base(&history, &commits);
        let subject = Subject {
            resource_type: &resource_type,
            declared: &declaration.attributes,
            base: &base,
            live: &live.attributes,
            owners: &[],
            schema: Some(&schema),
            autoscaled: false,
            ignored: &[],
        };
        compare(&subject).attributes.iter().map(|drift| format!("{} {}", drift.path, drift.standing)).collect()
    }

    fn replicas(count: i64) -> Json {
        json!({"spec": {"replicas": count}})
    }

    fn ports(ports: Json) -> Json {
        json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "ports": ports}]}}}})
    }

    #[test]
    fn what_was_applied_counts_only_if_it_was_declared() {
        let check = |case: Case, expect: &[&str]| assert_eq!(standings(&case), expect);
        let case = |declared, annotation: Option<i64>, live, commits: &[i64]| Case {
            declared: replicas(declared),
            annotation: annotation.map(replicas),
            live: replicas(live),
            commits: commits.iter().copied().map(replicas).collect(),
            in_sync: json!({}),
        };
        // Git moved, the cluster did not.
        check(case(3, Some(2), 2, &[2]), &["spec.replicas pending"]);
        // Somebody applied by hand: the annotation has that value as well, and no commit ever said it.
        check(case(2, Some(9), 9, &[2]), &["spec.replicas drifted"]);
        check(case(3, Some(9), 9, &[2]), &["spec.replicas conflict"]);
        check(case(2, Some(9), 9, &[]), &["spec.replicas drifted"]);
        check(case(2, Some(2), 9, &[2]), &["spec.replicas drifted"]);
        check(case(3, Some(2), 9, &[2]), &["spec.replicas conflict"]);
        check(case(3, Some(2), 3, &[2]), &["spec.replicas codified"]);
        // Without a word of what was applied, what was declared once is.
        check(case(3, None, 2, &[2]), &["spec.replicas pending"]);
        check(case(2, None, 9, &[2]), &["spec.replicas drifted"]);
        check(Case { in_sync: json!({"spec.replicas": 2}), ..case(3, None, 2, &[]) }, &["spec.replicas pending"]);
        check(Case { in_sync: json!({"spec.replicas": 2}), ..case(3, None, 9, &[]) }, &["spec.replicas conflict"]);
    }

    #[test]
    fn what_git_no_longer_has_and_the_deployer_applied_is_pending() {
        let both = json!({"spec": {"replicas": 2, "paused": true}});
        let case = |commits| Case {
            declared: replicas(2),
            annotation: Some(both.clone()),
            live: both.clone(),
            commits,
            in_sync: json!({}),
        };
        assert_eq!(standings(&case(vec![both.clone()])), ["spec.paused pending"]);
        assert_eq!(standings(&case(vec![replicas(2)])), ["spec.paused drifted"]);
    }

    #[test]
    fn items_without_their_defaulted_key_are_the_same_items() {
        let case = |declared, annotation, live, commit| Case {
            declared: ports(declared),
            annotation: Some(ports(annotation)),
            live: ports(live),
            commits: vec![ports(commit)],
            in_sync: json!({}),
        };
        let (old, new) = (json!([{"containerPort": 80, "name": "a"}]), json!([{"containerPort": 80, "name": "b"}]));
        let served = json!([{"containerPort": 80, "name": "a", "protocol": "TCP"}]);
        let path = "spec.template.spec.containers[name=web].ports[containerPort,protocol=80,TCP].name";
        assert_eq!(standings(&case(new, old.clone(), served, old)), [format!("{path} pending")]);
    }
}
