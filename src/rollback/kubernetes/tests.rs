//! On what a real control plane recorded (`scripts/record-kubernetes-rollouts.sh`), and on histories of delivery tools
//! in their documented shapes.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::store::RollbackEvent;

const NOW: &str = "2030-01-01T00:00:00Z";

/// What a reader gave, by kind.
#[derive(Default)]
struct Read {
    workloads: Vec<Value>,
    replica_sets: Vec<Value>,
    controller_revisions: Vec<Value>,
    helm_releases: Vec<Value>,
    argo_applications: Vec<Value>,
    flux_helm_releases: Vec<Value>,
    flux_kustomizations: Vec<Value>,
    reverts: Vec<Revert>,
}

impl Read {
    fn detect(&self, known: &KnownRollouts) -> Detected {
        let history = ClusterHistory {
            workloads: &self.workloads,
            replica_sets: &self.replica_sets,
            controller_revisions: &self.controller_revisions,
            helm_releases: &self.helm_releases.iter().filter_map(HelmVersion::of_secret).collect::<Vec<_>>(),
            argo_applications: &self.argo_applications,
            flux_helm_releases: &self.flux_helm_releases,
            flux_kustomizations: &self.flux_kustomizations,
            reverts: &self.reverts,
            deployers: &["kubectl-replace".to_owned()],
            observed_at: NOW.parse().unwrap(),
        };
        detect("production", "shop", &history, known)
    }

    /// A scan, whose results are kept.
    fn scan(&self, known: &mut KnownRollouts) {
        let detected = self.detect(known);
        note(known, &detected);
    }

    fn recorded(step: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kubernetes/rollouts");
        let text = std::fs::read_to_string(folder.join(format!("{step}.json"))).unwrap();
        let list: Value = serde_json::from_str(&text).unwrap();
        let of = |kinds: &[&str]| {
            let items = list["items"].as_array().unwrap().iter();
            items.filter(|item| kinds.iter().any(|kind| item["kind"] == *kind)).cloned().collect()
        };
        Self {
            workloads: of(&["Deployment", "StatefulSet", "DaemonSet"]),
            replica_sets: of(&["ReplicaSet"]),
            controller_revisions: of(&["ControllerRevision"]),
            ..Self::default()
        }
    }
}

fn note(known: &mut KnownRollouts, detected: &Detected) {
    known.deployments.extend(detected.deployments.iter().map(|event| (event.key.clone(), (event.kind, event.outcome))));
    known.rollbacks.extend(detected.rollbacks.iter().map(|event| event.key.clone()));
    known.taken_back.extend(detected.rollbacks.iter().filter_map(|event| event.deployment.clone()));
}

fn told(rollbacks: &[RollbackEvent]) -> Vec<(&str, &str, &str)> {
    rollbacks.iter().map(|event| (event.mechanism, event.trigger.as_str(), event.service.as_str())).collect()
}

#[test]
fn every_step_of_a_recorded_deployment_is_seen_for_what_it_was() {
    let web = "Deployment/shop/web";
    let steps: [(&str, Option<&str>); 17] = [
        ("01-deploy-1.0", None),
        ("02-deploy-2.0", None),
        ("03-deploy-3.0", None),
        ("04-undo", Some("undo")),
        ("05-undo-to-revision-1", Some("undo")),
        // To what is newer than what the undo went back to.
        ("06-replace-with-git", None),
        ("07-restart", None),
        ("08-scale", None),
        ("09-hotfix", None),
        ("10-hotfix-overwritten", None),
        ("11-hotfix-again", None),
        ("12-hotfix-undone", None),
        ("13-deploy-4.0", None),
        ("14-env-by-hand", None),
        // A new ReplicaSet, because the variable stayed: only the image went back.
        ("15-git-back-with-env", Some("redeployment")),
        ("16-deploy-5.0-fails", None),
        ("17-undo-of-failure", Some("deployment_failure")),
    ];
    let mut known = KnownRollouts::default();
    for (step, expect) in steps {
        let read = Read::recorded(step);
        let detected = read.detect(&known);
        let expect: Vec<_> = expect.into_iter().map(|trigger| ("kubernetes", trigger, web)).collect();
        assert_eq!(told(&detected.rollbacks), expect, "{step}");
        note(&mut known, &detected);
        assert!(read.detect(&known).rollbacks.is_empty(), "{step}: a second look counts nothing");
    }
    let mut kinds = std::collections::BTreeMap::new();
    for (kind, outcome) in known.deployments.values() {
        *kinds.entry((kind.as_str(), outcome.as_str())).or_insert(0) += 1;
    }
    let expect = [
        (("forward", "rolled_back"), 2),
        (("forward", "succeeded"), 2),
        (("forward", "failed"), 1),
        (("hotfix", "succeeded"), 4),
        (("redeploy", "succeeded"), 3),
        (("rollback", "rolled_back"), 1),
        (("rollback", "succeeded"), 3),
    ];
    assert_eq!(kinds, std::collections::BTreeMap::from(expect));
}

#[test]
fn a_rollback_names_what_it_took_back_and_when() {
    let mut known = KnownRollouts::default();
    Read::recorded("03-deploy-3.0").scan(&mut known);
    let read = Read::recorded("04-undo");
    let detected = read.detect(&known);
    let [rollback] = detected.rollbacks.as_slice() else { panic!("{:?}", detected.rollbacks) };
    let set = |image: &str| {
        let is = |set: &&Value| set["spec"]["template"]["spec"]["containers"][0]["image"] == *image;
        read.replica_sets.iter().find(is).unwrap()
    };
    let (old, taken_back) = (set("example.com/web:2.0"), set("example.com/web:3.0"));
    assert_eq!(rollback.key, format!("kubernetes:{}:4", old["metadata"]["uid"].as_str().unwrap()));
    let expect = format!("kubernetes:{}:3", taken_back["metadata"]["uid"].as_str().unwrap());
    assert_eq!(rollback.deployment.as_deref(), Some(expect.as_str()));
    let manager = read.workloads[0]["metadata"]["managedFields"].as_array().unwrap().iter();
    let undo = manager.clone().find(|entry| entry["manager"] == "kubectl").unwrap();
    assert_eq!(rollback.at, undo["time"].as_str().unwrap().parse().unwrap());
    assert!(rollback.duration_ms.is_some_and(|duration| (1_000..60_000).contains(&duration)), "{rollback:?}");
}

#[test]
fn what_happened_before_the_first_look_is_found_as_well() {
    let rollbacks = Read::recorded("06-replace-with-git").detect(&KnownRollouts::default()).rollbacks;
    let expect = ("kubernetes", "unknown", "Deployment/shop/web");
    assert_eq!(told(&rollbacks), [expect, expect], "who did it is no longer to be seen");
    let newest = Read::recorded("06-replace-with-git").replica_sets.iter().filter_map(object::created).max().unwrap();
    assert!(rollbacks.iter().all(|rollback| rollback.at > newest && rollback.at < NOW.parse().unwrap()));
}

#[test]
fn sets_go_back_by_their_controller_revisions() {
    let mut known = KnownRollouts::default();
    for step in ["18-sets-1.0", "19-sets-2.0", "20-sets-3.0", "21-sets-restart"] {
        let detected = Read::recorded(step).detect(&known);
        assert_eq!(told(&detected.rollbacks), [], "{step}");
        note(&mut known, &detected);
    }
    // What the StatefulSet undid was a restart.
    let detected = Read::recorded("22-sets-undo").detect(&known);
    assert_eq!(told(&detected.rollbacks), [("kubernetes", "undo", "DaemonSet/shop/db")]);
    note(&mut known, &detected);
    let mut detected = Read::recorded("23-sets-back-to-1.0").detect(&known);
    detected.rollbacks.sort_by(|one, other| one.service.cmp(&other.service));
    let expect =
        [("kubernetes", "redeployment", "DaemonSet/shop/db"), ("kubernetes", "redeployment", "StatefulSet/shop/db")];
    assert_eq!(told(&detected.rollbacks), expect);
}

#[test]
fn one_reverting_commit_is_one_rollback_of_all_that_it_takes_back() {
    let mut known = KnownRollouts::default();
    for step in ["18-sets-1.0", "19-sets-2.0", "20-sets-3.0", "21-sets-restart", "22-sets-undo"] {
        Read::recorded(step).scan(&mut known);
    }
    let mut read = Read::recorded("23-sets-back-to-1.0");
    let changed = |read: &Read| authors::of_template(&read.workloads[0], &[]).unwrap().1;
    let revert = |at| Revert {
        commit: "c0ffee".to_owned(),
        at,
        addresses: ["DaemonSet/shop/db".to_owned(), "StatefulSet/shop/db".to_owned()].into(),
    };
    read.reverts = vec![revert(changed(&read) - jiff::SignedDuration::from_millis(500))];
    let detected = read.detect(&known);
    let [rollback] = detected.rollbacks.as_slice() else { panic!("{:?}", told(&detected.rollbacks)) };
    assert_eq!((rollback.mechanism, rollback.trigger.as_str()), ("git", "git_revert"));
    note(&mut known, &detected);
    assert!(read.detect(&known).rollbacks.is_empty());
    // A commit that came after it is not behind it.
    read.reverts = vec![revert(NOW.parse().unwrap())];
    assert!(read.detect(&KnownRollouts::default()).rollbacks.iter().all(|rollback| rollback.mechanism == "kubernetes"));
}

#[test]
fn reverting_commits_are_known_by_what_git_writes() {
    let check = |subject: &str, body: &str, expect: bool| {
        let commit = CommitInfo {
            id: crate::repo::git::CommitId::from_hex("1234567890123456789012345678901234567890").unwrap(),
            time: NOW.parse().unwrap(),
            author: "alice@example.com".to_owned(),
            subject: subject.to_owned(),
            body: body.to_owned(),
        };
        assert_eq!(Revert::of(&commit, BTreeSet::new()).is_some(), expect, "{subject}: {body}");
    };
    check("Revert \"Deploy 3.0\"", "", true);
    check("Back to 2.0", "This reverts commit c0ffee.", true);
    check("Revert \"Revert \"Deploy 3.0\"\"", "This reverts commit c0ffee.", false);
    check("Reapply \"Deploy 3.0\"", "This reverts commit c0ffee.", false);
    check("Deploy 3.0", "It does not revert anything.", false);
}

/// A Secret as Helm writes it.
fn helm_release(version: i64, status: &str, description: &str, manifest: &str) -> Value {
    let at = format!("2026-03-01T12:{version:02}:00.5Z");
    let payload = json!({"name": "shop", "manifest": manifest, "config": {"password": "hunter2"},
        "info": {"status": status, "description": description, "first_deployed": at, "last_deployed": at}});
    let text = payload.to_string();
    let mut packed = vec![0; 4096];
    let config = zlib_rs::DeflateConfig { window_bits: 15 + 16, ..Default::default() };
    let (packed, _) = zlib_rs::compress_slice(&mut packed, text.as_bytes(), config);
    json!({"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"uid": format!("release-{version}"), "namespace": "shop", "name": format!("sh.helm.release.v1.shop.v{version}"),
            "labels": {"owner": "helm", "name": "shop", "status": status, "version": version.to_string()}},
        "data": {"release": STANDARD.encode(STANDARD.encode(packed))}})
}

#[test]
fn helm_says_so_or_deploys_an_old_manifest_again() {
    let check = |releases: &[(&str, &str, &str)], expect: &[&str]| {
        let read = Read {
            helm_releases: releases
                .iter()
                .zip(1..)
                .map(|((status, description, manifest), version)| helm_release(version, status, description, manifest))
                .collect(),
            ..Read::default()
        };
        let detected = read.detect(&KnownRollouts::default());
        let triggers: Vec<_> = detected.rollbacks.iter().map(|rollback| rollback.trigger.as_str()).collect();
        assert_eq!(triggers, expect, "{releases:?}");
        assert!(!format!("{detected:?}").contains("hunter2"));
    };
    let good = "Upgrade complete";
    check(&[("superseded", "Install complete", "a"), ("deployed", good, "b")], &[]);
    check(&[("superseded", good, "a"), ("superseded", good, "b"), ("deployed", "Rollback to 1", "a")], &["manual"]);
    check(
        &[("superseded", good, "a"), ("failed", "Upgrade failed", "b"), ("deployed", "Rollback to 1", "a")],
        &["deployment_failure"],
    );
    check(&[("superseded", good, "a"), ("superseded", good, "b"), ("deployed", good, "a")], &["redeployment"]);
    // The same again is none, and neither is something new.
    check(&[("superseded", good, "a"), ("superseded", good, "b"), ("deployed", good, "b")], &[]);
    check(&[("superseded", good, "a"), ("superseded", good, "b"), ("deployed", good, "c")], &[]);
}

#[test]
fn a_payload_that_is_not_helms_is_passed_over() {
    for release in ["", "%%%", "aGVsbG8=", &STANDARD.encode(STANDARD.encode([0x1f, 0x8b, 8, 0, 255, 255, 255, 255]))] {
        let mut secret = helm_release(1, "deployed", "Rollback to 1", "a");
        secret["data"]["release"] = json!(release);
        let read = Read { helm_releases: vec![secret], ..Read::default() };
        assert_eq!(read.detect(&KnownRollouts::default()), Detected::default(), "{release}");
    }
}

/// A recorded rollback whose workload a release of Helm delivers, whose versions were made when the ReplicaSets were.
fn delivered_by_helm(last: (&str, &str)) -> Read {
    let mut read = Read::recorded("04-undo");
    read.workloads[0]["metadata"]["annotations"]["meta.helm.sh/release-name"] = json!("shop");
    read.workloads[0]["metadata"]["annotations"]["meta.helm.sh/release-namespace"] = json!("shop");
    let newest = read.replica_sets.iter().filter_map(object::created).max().unwrap();
    let minute = newest.strftime("%Y-%m-%dT%H:%M").to_string();
    // Times of the releases are put around the recorded ones.
    let base: Timestamp = format!("{minute}:00Z").parse().unwrap();
    read.helm_releases = [("superseded", "Upgrade complete", "a"), ("superseded", "Upgrade complete", "b")]
        .into_iter()
        .chain([("deployed", last.0, last.1)])
        .zip(1..)
        .map(|((status, description, manifest), version)| {
            let mut secret = helm_release(version, status, description, manifest);
            let at = base + jiff::SignedDuration::from_mins(version - 3);
            repack(&mut secret, at);
            secret
        })
        .collect();
    read
}

fn repack(secret: &mut Value, at: Timestamp) {
    let text = STANDARD.decode(STANDARD.decode(secret["data"]["release"].as_str().unwrap()).unwrap()).unwrap();
    let mut unpacked = vec![0; 4096];
    let (unpacked, _) = zlib_rs::decompress_slice(&mut unpacked, &text, zlib_rs::InflateConfig { window_bits: 31 });
    let mut payload: Value = serde_json::from_slice(unpacked).unwrap();
    payload["info"]["last_deployed"] = json!(at.to_string());
    let mut packed = vec![0; 4096];
    let config = zlib_rs::DeflateConfig { window_bits: 31, ..Default::default() };
    let (packed, _) = zlib_rs::compress_slice(&mut packed, payload.to_string().as_bytes(), config);
    secret["data"]["release"] = json!(STANDARD.encode(STANDARD.encode(packed)));
}

#[test]
fn a_helm_rollback_and_the_replica_set_that_follows_it_are_one() {
    let detected = delivered_by_helm(("Rollback to 1", "a")).detect(&KnownRollouts::default());
    // The recorded one was by hand, but within the window of Helm's own.
    assert_eq!(told(&detected.rollbacks), [("helm", "manual", "helm:shop/shop")]);
    assert_eq!(detected.rollbacks[0].deployment.as_deref(), Some("helm:release-2"));
    let counted: Vec<_> = detected.deployments.iter().map(|event| (event.mechanism, event.kind.as_str())).collect();
    assert_eq!(counted, [("helm", "forward"), ("helm", "forward"), ("helm", "rollback")]);
}

#[test]
fn an_undo_of_what_helm_deployed_takes_back_helms_deployment() {
    let detected = delivered_by_helm(("Upgrade complete", "c")).detect(&KnownRollouts::default());
    assert_eq!(told(&detected.rollbacks), [("kubernetes", "undo", "Deployment/shop/web")]);
    assert_eq!(detected.rollbacks[0].deployment.as_deref(), Some("helm:release-3"));
}

fn application(history: Value) -> Read {
    let application = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"uid": "app", "namespace": "argocd", "name": "shop"},
        "status": {"history": history, "resources": [
            {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "web"}]}});
    Read { argo_applications: vec![application], ..Read::default() }
}

#[test]
fn argo_cd_syncs_an_old_revision_again() {
    let sync = |id: i64, revision: &str, by: Value| json!({"id": id, "revision": revision, "deployedAt": format!("2026-03-01T12:{id:02}:00Z"), "initiatedBy": by});
    let person = json!({"username": "alice"});
    let automatic = json!({"automated": true});
    let check = |last: Value, expect: &[&str]| {
        let history = json!([sync(0, "aaa", automatic.clone()), sync(1, "bbb", automatic.clone()), last]);
        let detected = application(history).detect(&KnownRollouts::default());
        let triggers: Vec<_> = detected.rollbacks.iter().map(|rollback| rollback.trigger.as_str()).collect();
        assert_eq!((triggers.as_slice(), detected.deployments.len()), (expect, 3));
    };
    check(sync(2, "aaa", person.clone()), &["manual"]);
    check(sync(2, "aaa", automatic.clone()), &["redeployment"]);
    check(sync(2, "aaa", json!({})), &["unknown"]);
    check(sync(2, "bbb", person.clone()), &[]);
    check(sync(2, "ccc", person.clone()), &[]);
}

#[test]
fn flux_takes_a_failed_release_back_or_deploys_an_old_one_again() {
    let snapshot = |version: i64, status: &str, chart: &str| {
        json!({"name": "shop", "namespace": "shop", "version": version, "status": status, "chartName": "shop",
            "chartVersion": chart, "configDigest": "sha256:1", "lastDeployed": format!("2026-03-01T12:{version:02}:00Z")})
    };
    let check = |snapshots: &[Value], conditions: Value, expect: &[&str]| {
        let release = json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
            "metadata": {"uid": "hr", "namespace": "shop", "name": "shop"},
            "status": {"history": snapshots, "conditions": conditions}});
        let read = Read { flux_helm_releases: vec![release], ..Read::default() };
        let detected = read.detect(&KnownRollouts::default());
        let triggers: Vec<_> = detected.rollbacks.iter().map(|rollback| rollback.trigger.as_str()).collect();
        assert_eq!(triggers, expect, "{snapshots:?}");
    };
    let (one, two) = (snapshot(1, "superseded", "1.0.0"), snapshot(2, "superseded", "2.0.0"));
    let failed = snapshot(2, "failed", "2.0.0");
    check(&[two.clone(), one.clone()], json!([]), &[]);
    check(&[snapshot(3, "deployed", "1.0.0"), failed.clone(), one.clone()], json!([]), &["deployment_failure"]);
    check(&[snapshot(3, "deployed", "1.0.0"), two.clone(), one.clone()], json!([]), &["redeployment"]);
    check(&[snapshot(3, "deployed", "3.0.0"), two.clone(), one.clone()], json!([]), &[]);
    check(&[snapshot(3, "deployed", "2.0.0"), two, one.clone()], json!([]), &[]);
    let remediated = |reason: &str| json!([{"type": "Remediated", "status": "True", "reason": reason, "lastTransitionTime": "2026-03-01T12:30:00Z"}]);
    check(&[failed.clone(), one.clone()], remediated("RollbackSucceeded"), &["deployment_failure"]);
    check(&[failed, one], remediated("UninstallSucceeded"), &[]);
}

#[test]
fn a_kustomization_applies_an_old_digest_again() {
    let entry = |digest: &str, first: &str, last: &str| {
        json!({"digest": digest, "firstReconciled": format!("2026-03-01T{first}:00Z"), "lastReconciled": format!("2026-03-01T{last}:00Z"),
            "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 2})
    };
    let check = |history: &[Value], expect: usize| {
        let kustomization = json!({"kind": "Kustomization", "metadata": {"uid": "ks", "namespace": "flux-system", "name": "apps"},
            "status": {"history": history}});
        let read = Read { flux_kustomizations: vec![kustomization], ..Read::default() };
        let mut known = KnownRollouts::default();
        let detected = read.detect(&known);
        assert_eq!(detected.rollbacks.len(), expect, "{history:?}");
        note(&mut known, &detected);
        assert!(read.detect(&known).rollbacks.is_empty());
    };
    check(&[entry("b", "11:00", "12:00"), entry("a", "09:00", "10:50")], 0);
    check(&[entry("a", "09:00", "13:00"), entry("b", "11:00", "12:00")], 1);
}

#[test]
fn what_flux_applied_again_after_a_reverting_commit_is_that_commits_though_no_workload_went_back() {
    let entry = |digest: &str, first: &str, last: &str| {
        json!({"digest": digest, "firstReconciled": format!("2026-03-01T{first}:00Z"), "lastReconciled": format!("2026-03-01T{last}:00Z"),
            "lastReconciledStatus": "ReconciliationSucceeded"})
    };
    let kustomization = json!({"kind": "Kustomization", "metadata": {"uid": "ks", "namespace": "flux-system", "name": "apps"},
        "status": {"history": [entry("a", "09:00", "13:00"), entry("b", "11:00", "12:00")],
            "inventory": {"entries": [{"id": "shop_settings__ConfigMap", "v": "v1"}, {"id": "_reader_rbac.authorization.k8s.io_ClusterRole", "v": "v1"}]}}});
    let check = |address: &str, expect: &str| {
        let revert = Revert {
            commit: "c0ffee".to_owned(),
            at: "2026-03-01T12:30:00Z".parse().unwrap(),
            addresses: [address.to_owned()].into(),
        };
        let read = Read { flux_kustomizations: vec![kustomization.clone()], reverts: vec![revert], ..Read::default() };
        let detected = read.detect(&KnownRollouts::default());
        assert_eq!(
            detected.rollbacks.iter().map(|one| one.trigger.as_str()).collect::<Vec<_>>(),
            [expect],
            "{address}"
        );
    };
    check("ConfigMap/shop/settings", "git_revert");
    check("ClusterRole/reader", "git_revert");
    check("ConfigMap/shop/other", "redeployment");
}

fn rollout(message: &str) -> Read {
    let owner = json!([{"uid": "rollout", "controller": true}]);
    let set = |name: &str, revision: &str, at: &str| {
        json!({"kind": "ReplicaSet", "metadata": {"uid": name, "ownerReferences": owner, "creationTimestamp": at,
            "labels": {"rollouts-pod-template-hash": name}, "annotations": {"rollout.argoproj.io/revision": revision}},
            "spec": {"template": {"spec": {"containers": [{"name": "web", "image": format!("web:{revision}")}]}}}})
    };
    let rollout = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"uid": "rollout", "namespace": "shop", "name": "web"},
        "status": {"abort": true, "abortedAt": "2026-03-01T12:10:00Z", "phase": "Degraded", "stableRS": "a", "currentPodHash": "b",
            "conditions": [{"type": "Progressing", "status": "False", "reason": "RolloutAborted", "message": message}]}});
    Read {
        workloads: vec![rollout],
        replica_sets: vec![set("a", "1", "2026-03-01T11:00:00Z"), set("b", "2", "2026-03-01T12:00:00Z")],
        ..Read::default()
    }
}

#[test]
fn an_aborted_rollout_is_a_rollback_before_the_spec_goes_back() {
    let check = |message: &str, expect: &str| {
        let rollbacks = rollout(message).detect(&KnownRollouts::default()).rollbacks;
        assert_eq!(told(&rollbacks), [("argo_rollouts", expect, "Rollout.argoproj.io/shop/web")]);
        assert_eq!(rollbacks[0].deployment.as_deref(), Some("kubernetes:b:2"));
    };
    check("Rollout aborted update to revision 2", "manual");
    check(
        "Rollout aborted update to revision 2: Metric \"errors\" assessed Failed due to failed (1) > failureLimit (0)",
        "deployment_failure",
    );
}

#[test]
fn the_spec_that_goes_back_after_an_abort_is_the_same_rollback() {
    let mut read = rollout("Rollout aborted update to revision 2");
    let mut known = KnownRollouts::default();
    read.scan(&mut known);
    let annotations = &mut read.replica_sets[0]["metadata"]["annotations"];
    annotations["rollout.argoproj.io/revision"] = json!("3");
    annotations["rollout.argoproj.io/revision-history"] = json!("1");
    read.workloads[0]["status"] = json!({"phase": "Healthy", "stableRS": "a", "currentPodHash": "a"});
    assert_eq!(told(&read.detect(&known).rollbacks), []);
    assert_eq!(read.detect(&KnownRollouts::default()).rollbacks.len(), 1, "without the abort it is one of its own");
}
