use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::declared::kubernetes::declare;

fn cases() -> Vec<(String, Tree)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kubernetes/kustomize");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    folders.iter().map(|path| (name(path), Tree::work_tree(path).unwrap())).collect()
}

fn built_or_refused(tree: &Tree) -> Rendered {
    build(tree, "overlay", BTreeMap::new()).unwrap_or_else(|problem| Rendered::unread(*problem))
}

/// Objects by what tells them apart, without what no comparison looks at.
fn by_name(rendered: Rendered) -> BTreeMap<String, serde_json::Value> {
    let read = declare::declared(rendered, "default");
    assert_eq!(read.problems, []);
    read.declarations.into_iter().map(|object| (object.address, object.attributes.to_json())).collect()
}

#[test]
fn kustomizations_become_what_kubectl_makes_of_them() {
    let mut built = 0;
    let mut wrong = Vec::new();
    for (name, tree) in cases() {
        let rendered = built_or_refused(&tree);
        let Ok(expected) = tree.read_text("expected.yaml") else {
            assert!(
                rendered.is_partial && rendered.objects.is_empty() && rendered.problems.len() == 1,
                "{name} {rendered:?}"
            );
            continue;
        };
        assert_eq!(rendered.problems, [], "{name}");
        let expected = by_name(documents::of_text(&"expected.yaml".into(), &expected));
        let found = by_name(rendered);
        for address in found.keys().chain(expected.keys()) {
            let (found, expected) = (found.get(address), expected.get(address));
            if found != expected {
                wrong.push(format!("{name} {address}\n  found    {found:?}\n  expected {expected:?}"));
            }
        }
        built += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(built >= 12, "{built} cases");
}

#[test]
fn a_value_has_the_place_where_it_was_written() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 1\n  template:\n    \
                      spec:\n      containers:\n        - {name: web, image: 'web:1'}\n        - {name: side, image: 'side:1'}\n";
    let overlay = "resources: [../base]\npatches:\n  - target: {kind: Deployment}\n    patch: |-\n      - op: add\n        path: \
                   /spec/paused\n        value: true\n  - path: patch.yaml\nimages:\n  - name: side\n    newTag: '2'\nreplicas:\n  - \
                   {name: web, count: 3}\nconfigMapGenerator:\n  - name: c\n    literals:\n      - a=1\n    files: [f.txt]\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        \
                 - name: web\n          tty: true\n";
    let tree = Tree::memory([
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", deployment),
        ("overlay/kustomization.yaml", overlay),
        ("overlay/patch.yaml", patch),
        ("overlay/f.txt", "x"),
    ]);
    let rendered = built_or_refused(&tree);
    assert_eq!(rendered.problems, []);
    let check = |object: usize, path: &[&str], expect: &str| {
        let at = crate::yaml::locate(&rendered.objects[object], path).unwrap();
        assert_eq!(at.to_string(), expect, "{path:?}");
    };
    let container = |position, key| ["spec", "template", "spec", "containers", position, key];
    check(0, &["kind"], "base/web.yaml:2:7");
    check(0, &container("0", "image"), "base/web.yaml:10:30");
    check(0, &container("0", "tty"), "overlay/patch.yaml:9:16");
    check(0, &container("1", "image"), "overlay/kustomization.yaml:11:13");
    check(0, &["spec", "paused"], "overlay/kustomization.yaml:7:16");
    check(0, &["spec", "replicas"], "overlay/kustomization.yaml:13:24");
    check(1, &["data", "a"], "overlay/kustomization.yaml:17:9");
    check(1, &["data", "f.txt"], "overlay/f.txt:1:1");
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n";

#[test]
fn what_is_not_known_or_not_here_is_told_by_name() {
    let check = |kustomization: &str, kind: ProblemKind, expect: &str| {
        let tree = Tree::memory([
            ("overlay/kustomization.yaml", kustomization),
            ("overlay/a.yaml", "kind: [\n"),
            ("overlay/svc.yaml", SERVICE),
        ]);
        let problem = build(&tree, "overlay", BTreeMap::new()).unwrap_err();
        assert_eq!(problem.kind, kind, "{problem}");
        assert!(problem.to_string().contains(expect), "{problem}");
    };
    check(
        "replacements: [{path: r.yaml}]\n",
        ProblemKind::NotSupported,
        "replacements of a kustomization is not built here",
    );
    check("helmCharts: [{name: x}]\n", ProblemKind::NotSupported, "helmCharts of a kustomization");
    let remote = "github.com/acme/base//k?ref=v1 is not in this repository";
    check("resources: ['github.com/acme/base//k?ref=v1']\n", ProblemKind::Unevaluated, remote);
    check(
        "resources: ['https://example.com/a.yaml']\n",
        ProblemKind::Unevaluated,
        "https://example.com/a.yaml is not in",
    );
    let ports = "resources: [svc.yaml]\npatches:\n  - patch: |-\n      {apiVersion: v1, kind: Service, metadata: {name: s}, spec: \
                 {ports: [{port: 80, protocol: TCP, name: x}]}}\n";
    check(
        ports,
        ProblemKind::NotSupported,
        "an item of spec/ports that names other keys (port, protocol) in the patch",
    );
    check("resources: [../../../etc]\n", ProblemKind::Unreadable, "leads out of the repository");
    check("resources: [nothing.yaml]\n", ProblemKind::Unreadable, "there is no such file");
    check("resources: [a.yaml]\n", ProblemKind::Invalid, "overlay/a.yaml");
    check("components: [.]\n", ProblemKind::Invalid, "builds on itself");
    check("namePrefix: 1\n", ProblemKind::Invalid, "namePrefix is not a text");
    check("images: [{name: '(', newTag: x}]\n", ProblemKind::Invalid, "the name of an image is no pattern");
    check("- a\n", ProblemKind::Invalid, "is not one mapping");
}
