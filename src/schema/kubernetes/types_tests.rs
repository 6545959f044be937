use serde_json::json;

use super::*;

fn at<'s>(schema: &'s TypeSchema, path: &[&str]) -> Option<Place<'s>> {
    path.iter().try_fold(schema.root()?, |place, step| match *step {
        "[]" => place.item(),
        name => place.member(name).place(),
    })
}

fn built_in(api_version: &str, kind: &str) -> Arc<TypeSchema> {
    Schemas::built_in().of(api_version, kind).unwrap()
}

const CONTAINER: [&str; 5] = ["spec", "template", "spec", "containers", "[]"];

#[test]
fn each_part_of_a_kind_is_what_its_schema_says() {
    let deployment = built_in("apps/v1", "Deployment");
    let check = |path: &[&str], expect: Holds<'_>| {
        assert_eq!(at(&deployment, path).unwrap().holds(), expect, "{path:?}");
    };
    let below = |path: &[&'static str]| [&CONTAINER[..], path].concat();
    let keyed = |keys: &[&str]| ListKind::Keyed(keys.iter().map(|&key| key.into()).collect());
    check(&["spec"], Holds::Object);
    check(&["metadata", "labels"], Holds::Map);
    check(&["metadata", "finalizers"], Holds::List(&ListKind::Set));
    check(&CONTAINER[..4], Holds::List(&keyed(&["name"])));
    check(&below(&["ports"]), Holds::List(&keyed(&["containerPort", "protocol"])));
    check(&below(&["args"]), Holds::List(&ListKind::Atomic));
    check(&below(&["resources", "limits", "cpu"]), Holds::Leaf(Leaf::Quantity));
    check(&below(&["livenessProbe", "httpGet", "port"]), Holds::Leaf(Leaf::IntOrString));
    check(&["spec", "replicas"], Holds::Leaf(Leaf::Plain));
    let tcp = Value::from("TCP");
    assert_eq!(at(&deployment, &below(&["ports", "[]", "protocol"])).unwrap().default(), Some(&tcp));
    assert!(at(&deployment, &["spec", "selector"]).unwrap().is_atomic());
    assert!(!at(&deployment, &["spec", "strategy"]).unwrap().is_atomic());
    assert!(matches!(deployment.root().unwrap().member("spec").place().unwrap().member("invented"), Member::NoSuch));
}

#[test]
fn what_is_dropped_when_zero_is_what_go_leaves_out() {
    let deployment = built_in("apps/v1", "Deployment");
    let check = |path: &[&str], expect: bool| {
        assert_eq!(at(&deployment, path).unwrap().is_dropped_when_zero(), expect, "{path:?}");
    };
    check(&["spec", "paused"], true);
    check(&["spec", "minReadySeconds"], true);
    check(&["spec", "replicas"], false);
    check(&["spec", "template", "spec", "hostNetwork"], true);
    check(&["spec", "template", "spec", "enableServiceLinks"], false);
    check(&["spec", "template", "spec", "tolerations"], true);
    check(&["metadata", "labels"], true);
    check(&["spec", "template", "spec", "securityContext"], false);
}

#[test]
fn a_schema_that_contains_itself_is_followed_as_far_as_asked() {
    let definition = built_in("apiextensions.k8s.io/v1", "CustomResourceDefinition");
    let mut path = vec!["spec", "versions", "[]", "schema", "openAPIV3Schema"];
    path.extend(["properties", "a"].iter().cycle().take(200));
    assert_eq!(at(&definition, &path).unwrap().holds(), Holds::Object);
}

fn extension() -> Json {
    let containers = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
        "items": {"type": "object", "properties": {"name": {"type": "string"}}}});
    json!({
        "type": "object",
        "x-kubernetes-group-version-kind": [{"group": "argoproj.io", "version": "v1alpha1", "kind": "Rollout"}],
        "properties": {
            "metadata": {"allOf": [{"$ref": "#/components/schemas/Meta"}]},
            "spec": {"type": "object", "properties": {
                "template": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "replicas": {"type": "integer", "default": 1},
                "size": {"x-kubernetes-int-or-string": true, "pattern": "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))$"},
                "port": {"x-kubernetes-int-or-string": true},
                "legacy": {"type": "array", "x-kubernetes-patch-merge-key": "key", "items": {"type": "object"}},
                "plain": {"type": "array", "items": {"type": "string"}},
                "sidecars": containers,
            }},
        },
    })
}

fn check_extension(schemas: &Schemas) {
    let rollout = schemas.of("argoproj.io/v1alpha1", "Rollout").unwrap();
    let check = |path: &[&str], expect: Holds<'_>| {
        assert_eq!(at(&rollout, path).unwrap().holds(), expect, "{path:?}");
    };
    check(&["spec", "size"], Holds::Leaf(Leaf::Quantity));
    check(&["spec", "port"], Holds::Leaf(Leaf::IntOrString));
    check(&["spec", "plain"], Holds::List(&ListKind::Atomic));
    check(&["spec", "legacy"], Holds::List(&ListKind::Keyed([Box::from("key")].into())));
    check(&["spec", "sidecars"], Holds::List(&ListKind::Keyed([Box::from("name")].into())));
    assert_eq!(at(&rollout, &["spec", "replicas"]).unwrap().default(), Some(&Value::from_json(&json!(1))));
    assert!(!at(&rollout, &["spec", "replicas"]).unwrap().is_dropped_when_zero());
    // What the extension embeds and does not describe is as in a Deployment.
    check(&[&CONTAINER[..], &["resources", "limits", "cpu"]].concat(), Holds::Leaf(Leaf::Quantity));
    assert!(schemas.of("apps/v1", "Deployment").is_some());
}

#[test]
fn extensions_are_read_from_either_version_of_the_document() {
    let v3 = json!({"components": {"schemas": {"Rollout": extension(), "Meta": {"type": "object"}}}});
    check_extension(&Schemas::from_openapi_v3(&v3, &Schemas::built_in()));
    let v2 = json!({"definitions": {"Rollout": extension(), "Meta": {"type": "object"}}});
    check_extension(&Schemas::from_openapi_v2(&v2, &Schemas::built_in()));
}

#[test]
fn an_embedded_template_is_known_without_the_schema_of_the_extension() {
    let rollout = Schemas::built_in().of("argoproj.io/v1alpha1", "Rollout").unwrap();
    assert_eq!(at(&rollout, &[&CONTAINER[..], &["name"]].concat()).unwrap().holds(), Holds::Leaf(Leaf::Plain));
    assert!(matches!(rollout.root().unwrap().member("spec").place().unwrap().member("strategy"), Member::Open));
    assert!(Schemas::built_in().of("argoproj.io/v1alpha1", "Nothing").is_none());
    assert!(Schemas::built_in().of("example.com/v1", "Rollout").is_none());
}

#[test]
fn a_document_that_makes_no_sense_says_nothing() {
    let check = |document: Json| {
        let schemas = Schemas::from_openapi_v3(&document, &Schemas::built_in());
        assert!(schemas.of("apps/v1", "Deployment").is_some());
        assert!(
            schemas
                .of("x/v1", "Y")
                .and_then(|schema| schema.root().map(|place| place.is_atomic()))
                .is_none_or(|_| true)
        );
    };
    check(json!(null));
    check(json!({"components": {"schemas": []}}));
    let round = json!({"$ref": "#/components/schemas/A", "properties": {"metadata": {}},
        "x-kubernetes-group-version-kind": [{"group": "x", "version": "v1", "kind": "Y"}]});
    check(json!({"components": {"schemas": {"A": round}}}));
    let deep = (0..500).fold(json!({}), |below, _| json!({"type": "array", "items": below}));
    check(json!({"components": {"schemas": {"A": deep}}}));
}
