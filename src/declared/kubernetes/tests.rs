use proptest::prelude::*;
use serde_json::json;

use super::*;

impl<'a> Inputs<'a> {
    /// Everything of a tree, without a program.
    pub(in crate::declared::kubernetes) fn default_of_tests(tree: &'a Tree) -> Self {
        static NONE: Programs = Programs { helm: None, kustomize: None };
        Inputs { tree, path: "", namespace: "default", helm: None, kustomize: KustomizeBy::Auto, programs: &NONE }
    }
}

fn read_files<const N: usize>(path: &str, files: [(&str, &str); N]) -> Read {
    let tree = Tree::memory(files);
    read(&Inputs { path, ..Inputs::default_of_tests(&tree) })
}

fn addresses(read: &Read) -> Vec<&str> {
    read.declarations.iter().map(|declaration| declaration.address.as_str()).collect()
}

fn problems(read: &Read) -> Vec<String> {
    read.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_documents_of_a_file_are_objects_with_the_place_of_every_value() {
    let text = "\
# nothing but a comment
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, creationTimestamp: null}
spec:
  replicas: 2
status: {replicas: 1}
---
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {on: yes}}
  - apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleList
    items: [{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: reader, namespace: shop}}]
---
";
    let read = read_files("k/all.yaml", [("k/all.yaml", text)]);
    assert_eq!(problems(&read), [""; 0]);
    let shown = read.declarations.iter().map(|declaration| {
        let identifier = declaration.identifier.as_deref().unwrap_or_default();
        format!(
            "{} {} {identifier} {} {}",
            declaration.at,
            declaration.resource_type,
            declaration.address,
            declaration.attributes.to_json()
        )
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
    k/all.yaml:3:1 apps/v1/Deployment shop/web Deployment/shop/web {"spec":{"replicas":2}}
    k/all.yaml:13:5 v1/ConfigMap default/a ConfigMap/default/a {"data":{"true":true}}
    k/all.yaml:16:13 rbac.authorization.k8s.io/v1/ClusterRole reader ClusterRole/reader {}
    "#);
    let replicas = read.declarations[0].attributes.at_keys(["spec", "replicas"]).unwrap();
    assert_eq!(replicas.at.as_ref().unwrap().to_string(), "k/all.yaml:7:13");
}

#[test]
fn a_folder_is_read_at_any_depth_and_other_peoples_files_are_no_manifests() {
    let config_map = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n");
    let (a, b) = (config_map("a"), config_map("b"));
    let read = read_files(
        "k",
        [
            ("k/a.yaml", &a),
            ("k/sub/b.yml", &b),
            ("k/sub/c.json", r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}"#),
            ("k/values.yaml", "replicas: 2\n"),
            ("k/docker-compose.yml", "services: {web: {image: nginx}}\n"),
            ("k/broken.yaml", "a: [\n"),
            ("k/notes.txt", "kind: apiVersion"),
            ("k/template.yaml", "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Kind: !Sub kind\n"),
            ("k/kind.yaml", "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\n"),
            ("k/overlay/kustomization.yaml", "resources: [x.yaml]\n"),
            ("k/overlay/x.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"),
            ("k/chart/Chart.yaml", "apiVersion: v2\nname: chart\n"),
            ("k/chart/templates/y.yaml", "{{ kind }}\n"),
            ("other/d.yaml", &a),
        ],
    );
    assert_eq!(addresses(&read), ["ConfigMap/default/a", "ConfigMap/default/b", "ConfigMap/default/c"]);
    assert_eq!(problems(&read), [""; 0]);
    let skipped: Vec<_> =
        read.skipped.iter().map(|skipped| format!("{}: {}", skipped.resource_type, skipped.reason)).collect();
    assert_eq!(
        skipped,
        [
            "k/chart: a chart in a folder of manifests: make it a stack of its own",
            "k/overlay: a kustomization in a folder of manifests: make it a stack of its own",
            "kind.x-k8s.io/v1alpha4/Cluster: a file of a tool, no object of a cluster",
        ]
    );
}

#[test]
fn what_is_not_there_to_stay_is_counted_and_not_declared() {
    let check = |object: &str, reason: Option<&str>| {
        let read = read_files("o.yaml", [("o.yaml", object)]);
        let skipped: Vec<_> = read.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
        match reason {
            Some(reason) => assert!(skipped.len() == 1 && skipped[0].contains(reason), "{object} {skipped:?}"),
            None => assert_eq!((skipped.len(), read.declarations.len()), (0, 1), "{object}"),
        }
    };
    let annotated = |annotation: &str| {
        format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p, annotations: {{{annotation}}}}}}}")
    };
    check(&annotated("helm.sh/hook: pre-install"), Some("hook of Helm"));
    check(&annotated("helm.sh/hooks: none"), None);
    check(&annotated("argocd.argoproj.io/hook: Sync"), Some("hook of Argo CD"));
    check(&annotated("config.kubernetes.io/local-config: 'true'"), Some("local"));
    check(&annotated("config.kubernetes.io/local-config: 'false'"), None);
    check("{apiVersion: v1, kind: Pod, metadata: {generateName: p-}}", Some("made up"));
    check(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {ttlSecondsAfterFinished: 0}}",
        Some("finished"),
    );
    check("{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {}}", None);
}

#[test]
fn a_custom_resource_lives_where_its_definition_says() {
    let check = |scope: &str, expect: &str| {
        let text = format!(
            "{{apiVersion: x.io/v1, kind: Thing, metadata: {{name: t, namespace: shop}}}}\n---\n{{apiVersion: \
             apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: things.x.io}}, spec: {{group: \
             {scope}, names: {{kind: Thing}}, scope: Cluster}}}}\n"
        );
        let read = read_files("o.yaml", [("o.yaml", text.as_str())]);
        assert_eq!(addresses(&read)[0], expect);
    };
    check("x.io", "Thing.x.io/t");
    check("other.io", "Thing.x.io/shop/t");
}

#[test]
fn what_cannot_be_read_is_a_problem_and_leaves_open_what_else_there_is() {
    let check = |text: &str, expect: &str| {
        let read = read_files("o.yaml", [("o.yaml", text)]);
        let [problem] = read.problems.as_slice() else { panic!("{text}: {:?}", read.problems) };
        assert!(problem.to_string().contains(expect), "{problem}");
        assert!(read.may_declare("Deployment/shop/web"), "{text}");
    };
    check("apiVersion: v1\nkind: Pod\nmetadata: {}\n", "an object without metadata.name");
    check("apiVersion: v1\nmetadata: {name: a}\n", "an object without kind");
    check("apiVersion: 1\nkind: Pod\nmetadata: {name: a}\n", "its apiVersion is not a text");
    check("apiVersion: v1\nkind: Pod\nmetadata: {name: on}\n", "its metadata.name is not a text");
    check("- 1\n", "a document that is no object");
    check("a: [\n", "o.yaml");
    check(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {y: a, on: b}\n",
        "the key `true` is given twice",
    );
    let deep = format!("apiVersion: {}", "[".repeat(1000));
    check(&deep, "recursion limit");
    let bomb = (1..12).fold("apiVersion: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        format!("{text}a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "))
    });
    check(&bomb, "16 MiB");
    let nothing = read_files("k", [("k/values.yaml", "a: 1\n")]);
    assert_eq!(problems(&nothing)[0].split(" (").next(), Some("k: holds no Kubernetes object"));
    let nowhere = read_files("../../etc", [("k/values.yaml", "a: 1\n")]);
    assert!(problems(&nowhere)[0].contains("leads out of the repository"), "{nowhere:?}");
}

#[test]
fn an_object_that_is_declared_twice_is_a_problem_and_is_not_guessed() {
    let one = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
    let other = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let text = format!("{one}---\n{other}---\n{one}");
    let read = read_files("o.yaml", [("o.yaml", text.as_str())]);
    assert_eq!(addresses(&read), ["Service/default/web"]);
    assert_eq!(read.problems[0].message, "is declared twice, first at o.yaml:1");
    assert!(read.may_declare("Deployment/default/web") && !read.may_declare("Deployment/default/api"));
}

#[test]
fn charts_kustomizations_and_folders_of_manifests_are_found_and_bases_are_not_stacks() {
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let tree = Tree::memory([
        ("k8s/base/kustomization.yaml", "resources: [a.yaml]\n"),
        ("k8s/base/a.yaml", object),
        (
            "k8s/overlays/prod/kustomization.yaml",
            "resources: [../../base, ../../shared/b.yaml]\ncomponents: [../../part]\n",
        ),
        ("k8s/overlays/test/kustomization.yml", "bases: [../../base]\n"),
        ("k8s/part/kustomization.yaml", "kind: Component\n"),
        ("k8s/shared/b.yaml", object),
        ("charts/web/Chart.yaml", "name: web\n"),
        ("charts/web/charts/sub/Chart.yaml", "name: sub\n"),
        ("charts/web/templates/a.yaml", object),
        ("deploy/a.yaml", object),
        ("deploy/more/b.yaml", object),
        (".github/workflows/ci.yaml", "on: push\n"),
    ]);
    let found = found(&tree, &tree.walk("").files);
    let shown: Vec<_> = found.iter().map(|found| format!("{} {}", found.path, found.kind.noun())).collect();
    assert_eq!(
        shown,
        [
            "charts/web a chart",
            "deploy manifests",
            "k8s/overlays/prod a kustomization",
            "k8s/overlays/test a kustomization"
        ]
    );
}

#[test]
fn a_kustomization_that_is_not_built_here_goes_to_the_program_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let object = "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: %s}\\n' \"${2##*/}\"";
    let kustomize = programs::tests::fake(folder.path(), "kustomize", object);
    let failing = programs::tests::fake(folder.path(), "kubectl", "echo 'Error: no such field' >&2; exit 1");
    let check = |kustomization: &str, program: Option<Kustomize>, kustomize: KustomizeBy, expect: &str| {
        let tree = Tree::memory([("k/kustomization.yaml", kustomization)]);
        let programs = Programs { helm: None, kustomize: program };
        let inputs = Inputs { path: "k", programs: &programs, kustomize, ..Inputs::default_of_tests(&tree) };
        let read = read(&inputs);
        let objects = read.declarations.iter().map(|object| format!("{} {}", object.address, object.at));
        let shown: Vec<_> = objects.chain(read.problems.iter().map(ToString::to_string)).collect();
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].contains(expect), "{shown:?}");
    };
    let unknown = "replacements: [{path: r.yaml}]\n";
    let by_kustomize = Some(Kustomize::Kustomize(kustomize));
    check(unknown, by_kustomize.clone(), KustomizeBy::Auto, "ConfigMap/default/k k/kustomization.yaml:1:1");
    check(unknown, by_kustomize.clone(), KustomizeBy::Native, "replacements of a kustomization is not built here");
    check(unknown, None, KustomizeBy::Auto, "install kustomize or kubectl");
    check(
        unknown,
        Some(Kustomize::Kubectl(failing)),
        KustomizeBy::Auto,
        "kustomize does not build it: Error: no such field",
    );
    check("namePrefix: 1\n", by_kustomize, KustomizeBy::Auto, "namePrefix is not a text");
}

fn leaf() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        prop_oneof![Just("yes".to_owned()), Just("0644".to_owned()), Just("1e3".to_owned()), "[ -~]{0,8}"]
            .prop_map(Into::into),
    ]
}

fn tree_of_values() -> impl Strategy<Value = serde_json::Value> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map("[a-z./]{1,6}", inner, 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_object_is_the_same_in_yaml_and_in_json(spec in tree_of_values()) {
        let object = json!({"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": spec});
        // The texts are quoted: what a plain word is, is a matter of the dialect.
        let yaml = block(&object, 0);
        let read = |file: &str, text: String| {
            let tree = Tree::memory([(file, text)]);
            read(&Inputs { path: file, ..Inputs::default_of_tests(&tree) }).declarations.remove(0).attributes
        };
        prop_assert_eq!(read("o.yaml", yaml), read("o.json", object.to_string()));
    }
}

/// A value as YAML in block style.
fn block(value: &serde_json::Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    match value {
        serde_json::Value::Object(members) if !members.is_empty() => members
            .iter()
            .map(|(key, member)| format!("\n{indent}{}: {}", json!(key), block(member, depth + 1)))
            .collect(),
        serde_json::Value::Array(items) if !items.is_empty() => {
            items.iter().map(|item| format!("\n{indent}- {}", block(item, depth + 1))).collect()
        }
        other => other.to_string(),
    }
}
