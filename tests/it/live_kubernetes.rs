//! Reading a cluster, against a real API server.

use std::collections::BTreeSet;
use std::sync::Arc;

use driftledger::live::kubernetes::{Calls, Cluster as Connection, connect, read};
use driftledger::live::objects::{Answer, Happening};
use driftledger::live::{KubernetesScope, Wanted};
use serde_json::Value as Json;

use crate::cluster::{self, Cluster, User};

async fn connection(cluster: &Cluster, user: User, calls: &Arc<Calls>) -> Connection {
    let scope = KubernetesScope {
        kubeconfig: Some(cluster.kubeconfig(user).display().to_string()),
        cluster: Some("test".into()),
        max_concurrency: 4,
        timeout_seconds: 20,
        ..KubernetesScope::default()
    };
    connect(&scope, std::path::Path::new("/"), calls).await.unwrap()
}

fn wanted(names: &[(&str, &str)]) -> BTreeSet<Wanted> {
    let wanted = |(kind, key): &(&str, &str)| Wanted { resource_type: (*kind).into(), key: (*key).into() };
    names.iter().map(wanted).collect()
}

/// The keys of what was kept, what was answered, and the problems.
async fn look(connection: &Connection, names: &[(&str, &str)]) -> (Vec<String>, usize, Vec<String>) {
    let answer: Answer<(String, Json)> =
        read(connection, &wanted(names), Arc::new(|wanted, object| vec![(wanted.key.clone(), object)])).await;
    let mut kept: Vec<_> = answer.kept.into_iter().map(|(key, _)| key).collect();
    kept.sort();
    (kept, answer.answered.len(), answer.gaps.iter().map(|gap| gap.problem.to_string()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_kept_and_what_is_not_was_answered_for() {
    let cluster = cluster::shared();
    cluster.namespace("reading");
    let map = |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n---\n");
    cluster.deploy("reading", &["a", "b", "c"].map(map).concat());
    let calls = Arc::default();
    let connection = connection(cluster, User::Deployer, &calls).await;
    let names = [("v1/ConfigMap", "reading/a"), ("v1/ConfigMap", "reading/gone"), ("v1/Namespace", "reading")];
    assert_eq!(look(&connection, &names).await, (vec!["reading".into(), "reading/a".into()], 3, vec![]));
    let list = calls.snapshot().into_iter().find(|count| count.operation == "list").unwrap();
    assert_eq!((list.outcome.as_str(), list.calls), ("ok", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_a_problem_with_its_scope_and_nothing_in_it_is_answered() {
    let cluster = cluster::shared();
    cluster.namespace("refusing");
    let connection = connection(cluster, User::Alice, &Arc::default()).await;
    let names = [("v1/Secret", "refusing/a"), ("rbac.authorization.k8s.io/v1/Role", "refusing/r"), ("v1/Node", "n")];
    let (kept, answered, problems) = look(&connection, &names).await;
    assert_eq!((kept, answered), (vec![], 1), "{problems:?}");
    assert_eq!(problems.len(), 2);
    assert!(problems[0].starts_with("kubernetes test refusing rbac.authorization.k8s.io/v1/Role: "), "{problems:?}");
    assert!(problems[1].starts_with("kubernetes test v1/Node: nodes is forbidden"), "{problems:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_is_read_in_the_version_that_the_cluster_prefers_where_the_declared_one_is_gone() {
    let cluster = cluster::shared();
    cluster.namespace("versions");
    cluster.kubectl(User::Deployer, &["-n", "versions", "create", "cronjob", "c", "--image=i", "--schedule=@daily"]);
    let connection = connection(cluster, User::Deployer, &Arc::default()).await;
    let found = look(&connection, &[("batch/v1beta1/CronJob", "versions/c")]).await;
    assert_eq!(found, (vec!["versions/c".into()], 1, vec![]));
    let (_, answered, problems) = look(&connection, &[("example.com/v1/Thing", "versions/t")]).await;
    assert_eq!(answered, 0);
    assert_eq!(
        problems,
        ["kubernetes test versions example.com/v1/Thing: the cluster serves no such kind \
          (install its CustomResourceDefinition, or correct its apiVersion)"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_in_pages_and_a_few_objects_of_it_one_by_one() {
    let cluster = cluster::shared();
    cluster.namespace("pages");
    let map = |number: usize| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{number:03}}}\n---\n");
    let all: String = (0..560).map(map).collect();
    cluster.kubectl_with(User::Deployer, &["create", "-n", "pages", "-f", "-"], &all);
    let keys: Vec<_> = (0..561).map(|number| format!("pages/m{number:03}")).collect();
    let names: Vec<_> = keys.iter().map(|key| ("v1/ConfigMap", key.as_str())).collect();
    let check = async |names: &[(&str, &str)], expect: (usize, u64, u64)| {
        let calls = Arc::default();
        let connection = connection(cluster, User::Deployer, &calls).await;
        let (kept, answered, problems) = look(&connection, names).await;
        assert_eq!((answered, problems), (names.len(), vec![]));
        let count = |operation: &str| {
            calls.snapshot().iter().filter(|count| count.operation == operation).map(|count| count.calls).sum::<u64>()
        };
        assert_eq!((kept.len(), count("list"), count("get")), expect);
    };
    check(&names, (560, 2, 0)).await;
    // The last two are on no first page, and one of them is not there.
    check(&names[557..], (3, 1, 4)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_in_the_middle_leaves_problems_and_nothing_missing() {
    let cluster = Cluster::start();
    cluster.namespace("dying");
    let connection = connection(&cluster, User::Deployer, &Arc::default()).await;
    assert_eq!(look(&connection, &[("v1/ConfigMap", "dying/none")]).await.1, 1);
    cluster.kill_server();
    let (kept, answered, problems) = look(&connection, &[("v1/ConfigMap", "dying/none")]).await;
    assert_eq!((kept.len(), answered), (0, 0));
    assert!(problems[0].contains("kubernetes test dying v1/ConfigMap"), "{problems:?}");
    assert!(connection.greet().await.is_err());
    // The same connection is good again when the server is.
    tokio::task::block_in_place(|| cluster.start_server_again());
    assert_eq!(look(&connection, &[("v1/ConfigMap", "dying/none")]).await, (vec![], 1, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_told_before_anything_is() {
    let cluster = cluster::shared();
    let names = wanted(&[("v1/ConfigMap", "default/a"), ("v1/Secret", "default/s"), ("v1/Node", "n")]);
    let told = async |user: User| {
        let refusals = connection(cluster, user, &Arc::default()).await.refusals(&names).await;
        refusals.iter().map(|problem| format!("{}: {}", problem.scope, problem.message)).collect::<Vec<_>>()
    };
    assert_eq!(told(User::Deployer).await, [""; 0]);
    assert_eq!(
        told(User::Alice).await,
        ["kubernetes test v1/Node: may not get, list, watch nodes"],
        "the role `edit` reads secrets"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_are_those_that_the_cluster_publishes_and_are_fetched_once() {
    let cluster = cluster::shared();
    cluster.kubectl_with(
        User::Deployer,
        &["apply", "-f", "-"],
        include_str!("../fixtures/kubernetes/shop/00-extensions.yaml"),
    );
    cluster.kubectl(User::Admin, &["wait", "--for=condition=Established", "crd/queues.shop.example.com"]);
    let calls = Arc::default();
    let connection = connection(cluster, User::Deployer, &calls).await;
    let types = ["shop.example.com/v1/Queue", "apps/v1/Deployment"].map(Into::into).into();
    let queue = "shop.example.com/v1/Queue".into();
    // A new kind is published some moments after it is served.
    let mut found = connection.schemas(&types).await;
    for _ in 0..100 {
        if found.0.of_type(&queue).is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        found = connection.schemas(&types).await;
    }
    assert!(
        found.1.is_none()
            && found.0.of_type(&queue).is_some()
            && found.0.of_type(&"apps/v1/Deployment".into()).is_some()
    );
    let before = calls.snapshot().iter().find(|count| count.operation == "openapi").unwrap().calls;
    connection.schemas(&types).await;
    let after = calls.snapshot().iter().find(|count| count.operation == "openapi").unwrap().calls;
    assert_eq!(after - before, 1, "only the index is asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_taken_back_at_once_is_seen_by_the_watch() {
    let cluster = cluster::shared();
    cluster.namespace("watching");
    cluster.deploy("watching", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: '1'}\n");
    let connection = connection(cluster, User::Deployer, &Arc::default()).await;
    let (tell, mut told) = tokio::sync::mpsc::channel(8);
    let names = wanted(&[("v1/ConfigMap", "watching/m")]);
    let watching = tokio::spawn(async move { connection.watch(&names, tell).await });
    let first = told.recv().await.unwrap();
    assert!(matches!(&first.what, Happening::Known(_)), "{first:?}");
    for value in ["2", "1"] {
        let patch = format!(r#"{{"data": {{"a": "{value}"}}}}"#);
        cluster.kubectl(User::Alice, &["-n", "watching", "patch", "configmap", "m", "-p", &patch]);
    }
    for _ in 0..2 {
        let seen = told.recv().await.unwrap();
        let Happening::Changed(object) = &seen.what else { panic!("{seen:?}") };
        assert!(object.to_string().contains("kubectl-patch"), "{object}");
    }
    cluster.kubectl(User::Alice, &["-n", "watching", "delete", "configmap", "m"]);
    assert_eq!(told.recv().await.unwrap().what, Happening::Deleted);
    drop(told);
    cluster.deploy("watching", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n");
    tokio::time::timeout(std::time::Duration::from_secs(20), watching).await.unwrap().unwrap();
}
