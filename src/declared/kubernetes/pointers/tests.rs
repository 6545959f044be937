use crate::declared::kubernetes::{Inputs, read};
use crate::repo::Tree;

const APP: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\n";
const FLUX: &str =
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n";
const CONFIG: &str = "[remote \"origin\"]\n\turl = git@github.com:acme/shop.git\n";

/// What is declared at `clusters` in a repository with some files: addresses, then problems.
fn declared<const N: usize>(pointer: &str, files: [(&str, &str); N]) -> Vec<String> {
    let all = [("clusters/pointer.yaml", pointer), (".git/config", CONFIG)].into_iter().chain(files);
    let tree = Tree::memory(all);
    let read = read(&Inputs { path: "clusters", ..Inputs::default_of_tests(&tree) });
    let objects = read
        .declarations
        .iter()
        .map(|declaration| format!("{} {}", declaration.address, declaration.attributes.to_json()));
    let objects = objects.filter(|object| !object.contains("argoproj.io/") && !object.contains("fluxcd.io/"));
    objects.chain(read.problems.iter().map(ToString::to_string)).collect()
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n";

#[test]
fn an_application_deploys_a_folder_of_this_repository_into_its_namespace() {
    let spec = |source: &str| {
        format!(
            "{APP}spec:\n  destination: {{namespace: shop}}\n  source: {{repoURL: 'https://github.com/acme/shop', {source}}}\n"
        )
    };
    let files = [
        ("apps/web/a.yaml", MAP),
        ("apps/web/sub/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"),
        ("apps/web/ns.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
        ("kust/kustomization.yaml", "resources: [../apps/web/a.yaml]\n"),
        ("chart/Chart.yaml", "name: c\n"),
    ];
    let a = "ConfigMap/shop/a {\"data\":{\"k\":\"v\"}}";
    assert_eq!(declared(&spec("path: apps/web"), files), [a, "Namespace/shop {}"]);
    let recursive = spec("path: apps/web, directory: {recurse: true}");
    assert_eq!(declared(&recursive, files), [a, "Namespace/shop {}", "ConfigMap/shop/b {}"]);
    let overlaid = spec("path: kust, kustomize: {namePrefix: p-, commonLabels: {x: 'y'}}");
    assert_eq!(
        declared(&overlaid, files),
        ["ConfigMap/shop/p-a {\"data\":{\"k\":\"v\"},\"metadata\":{\"labels\":{\"x\":\"y\"}}}"]
    );
    let check = |source: &str, expect: &str| {
        let found = declared(&spec(source), files);
        assert!(found.len() == 1 && found[0].contains(expect), "{found:?}");
    };
    check("path: nowhere", "nowhere is not in this repository");
    check("path: ../..", "is not in this repository");
    check("chart: redis", "releases the chart redis of another repository");
    check("path: apps/web, directory: {exclude: '*.json'}", "directory.exclude is not understood here");
    check("path: kust, kustomize: {components: [x]}", "kustomize.components is not understood here");
    check("path: chart", "there is no program helm");
    let other = spec("path: apps/web").replace("acme/shop'", "acme/other'");
    assert!(
        declared(&other, files)[0]
            .contains("takes its manifests from https://github.com/acme/other, which is another repository")
    );
}

#[test]
fn an_application_that_lies_in_the_folder_it_points_at_reads_it_once() {
    let root = format!("{APP}spec: {{source: {{repoURL: 'ssh://git@github.com/acme/shop.git', path: clusters}}}}\n");
    assert_eq!(declared(&root, [("clusters/a.yaml", MAP)]), ["ConfigMap/default/a {\"data\":{\"k\":\"v\"}}"]);
    let inner = format!(
        "{APP}spec: {{destination: {{namespace: n1}}, source: {{repoURL: 'https://github.com/acme/shop', path: clusters/web}}}}\n"
    );
    assert_eq!(declared(&inner, [("clusters/web/a.yaml", MAP)]), ["ConfigMap/n1/a {\"data\":{\"k\":\"v\"}}"]);
}

#[test]
fn applications_that_point_at_each_other_end() {
    let to = |name: &str, path: &str| {
        format!(
            "{}spec: {{source: {{repoURL: 'https://github.com/acme/shop', path: {path}}}}}\n",
            APP.replace("web", name)
        )
    };
    let (first, second, third) = (to("one", "a"), to("two", "b"), to("three", "a"));
    let files = [("a/two.yaml", second.as_str()), ("b/three.yaml", third.as_str()), ("b/map.yaml", MAP)];
    assert_eq!(declared(&first, files), ["ConfigMap/default/a {\"data\":{\"k\":\"v\"}}"]);
}

#[test]
fn a_kustomization_of_flux_has_a_namespace_patches_and_variables() {
    let spec = |more: &str| {
        format!("{FLUX}spec:\n  path: ./apps\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{more}")
    };
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: ${K:=none}-${REGION}\n  n: ${NUM}\n  q: \"${NUM}\"\n  e: $${E}\n  \
               t: ${M}${NUM}${M}\n  c: \"a: ${NUM}\"\n";
    let files = [("apps/a.yaml", map)];
    let filled = "  targetNamespace: shop\n  postBuild: {substitute: {REGION: eu, NUM: '3', M: '\"'}}\n";
    let data = r#"{"c":"a: 3","e":"${E}","k":"none-eu","n":3,"q":3,"t":"3"}"#;
    assert_eq!(declared(&spec(filled), files), [format!("ConfigMap/shop/a {{\"data\":{data}}}")]);
    assert!(declared(&spec(""), files)[0].contains("\"q\":\"${NUM}\""));
    let unknown = "  postBuild: {substitute: {NUM: '3'}, substituteFrom: [{kind: ConfigMap, name: vars}]}\n";
    let found = declared(&spec(unknown), files);
    assert!(
        found[0].contains("\"k\":{\"Fn::Unknown\":\"a variable of substituteFrom") && found[0].contains("\"q\":3"),
        "{found:?}"
    );
    let patched = "  patches: [{target: {kind: ConfigMap}, patch: '[{op: remove, path: /data}]'}]\n";
    assert_eq!(declared(&spec(patched), files), ["ConfigMap/default/a {}"]);
    let foreign = spec("").replace("kind: GitRepository", "kind: OCIRepository");
    assert!(declared(&foreign, files)[0].contains("takes its manifests from the OCIRepository flux-system"));
    let other = format!(
        "{}---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: flux-system}}\nspec: {{url: 'https://github.com/acme/other'}}\n",
        spec("")
    );
    assert!(declared(&other, files)[0].contains("which is another repository"));
}

#[test]
fn a_helm_release_of_flux_needs_a_chart_of_this_repository_and_known_values() {
    let release = |spec: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: shop}}\nspec: {{{spec}}}\n"
        )
    };
    let check = |spec: &str, expect: &str| {
        let found = declared(&release(spec), [("charts/web/Chart.yaml", "name: web\n")]);
        assert!(found.len() == 1 && found[0].contains(expect), "{found:?}");
    };
    let source = "sourceRef: {kind: GitRepository, name: r}";
    check(&format!("chart: {{spec: {{chart: ./charts/web, {source}}}}}"), "there is no program helm");
    check("chart: {spec: {chart: redis, sourceRef: {kind: HelmRepository, name: bitnami}}}", "HelmRepository bitnami");
    check(
        &format!("chart: {{spec: {{chart: ./charts/web, {source}}}}}, valuesFrom: [{{kind: Secret, name: s}}]"),
        "valuesFrom is not understood",
    );
    check("chartRef: {kind: OCIRepository, name: r}", "another object names");
}
