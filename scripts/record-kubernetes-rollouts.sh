#!/usr/bin/env bash
# Records what a real control plane says after deployments, rollbacks and changes by hand, for the tests of
# src/rollback/kubernetes and src/evidence/audit_log.
#
#   scripts/kube-test-cluster.sh start FOLDER
#   scripts/record-kubernetes-rollouts.sh FOLDER
#
# Writes tests/fixtures/kubernetes/rollouts/NN-STEP.json (lists of the workloads, ReplicaSets and ControllerRevisions as
# they were after the step) and tests/fixtures/kubernetes/audit.jsonl (the writes of people and of the deployer). A
# cluster without nodes runs no containers, so this script says of each pod that it is ready.
set -euo pipefail

run=${1:?the folder of a cluster}
here=$(cd "$(dirname "$0")/.." && pwd)
out=$here/tests/fixtures/kubernetes
kubectl=${DRIFTLEDGER_KUBE_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/driftledger/kube-1.33/bin}/kubectl
namespace=shop
step=0

as() { local user=$1; shift; "$kubectl" --kubeconfig "$run/$user.kubeconfig" --cache-dir "$run/kubectl-cache" -n "$namespace" "$@"; }

# Every pod that there is, ready: what a kubelet would say.
ready() {
    local tries pod
    for ((tries = 0; tries < 12; tries++)); do
        for pod in $(as admin get pods -o json | jq -r '.items[] | select(all(.status.conditions[]?; .type != "Ready")) | .metadata.name'); do
            as admin patch pod "$pod" --subresource status --type merge -p \
                '{"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "'"$(date -u +%FT%TZ)"'"}]}}' >/dev/null 2>&1 || true
        done
        sleep 0.3
    done
}

# snapshot NAME: times are in whole seconds, so steps are kept apart.
snapshot() {
    step=$((step + 1))
    as admin get deployments,statefulsets,daemonsets,replicasets,controllerrevisions -o json --show-managed-fields |
        jq -c '.items[] | del(.metadata.managedFields[]? | select(.manager == "kube-controller-manager") | .fieldsV1)' |
        jq -s '{items: .}' --indent 1 >"$(printf '%s/rollouts/%02d-%s.json' "$out" "$step" "$1")"
    sleep 1.1
}

settled() { ready; snapshot "$1"; }

deployment() { # VERSION
    cat <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 1
  progressDeadlineSeconds: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.com/web:$1
END
}

set_of_pods() { # KIND VERSION
    local service=''
    [[ $1 != StatefulSet ]] || service='serviceName: db'
    cat <<END
apiVersion: apps/v1
kind: $1
metadata: {name: db}
spec:
  $service
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec: {containers: [{name: db, image: "example.com/db:$2"}]}
END
}

deploy() { as deployer apply -f - >/dev/null; }

rollouts() {
    for version in 1.0 2.0 3.0; do
        deployment "$version" | deploy
        settled "deploy-$version"
    done
    as alice rollout undo deployment/web >/dev/null
    settled undo
    as alice rollout undo deployment/web --to-revision=1 >/dev/null
    settled undo-to-revision-1
    deployment 3.0 | as deployer replace -f - >/dev/null
    settled replace-with-git
    as alice rollout restart deployment/web >/dev/null
    settled restart
    as alice scale deployment/web --replicas=3 >/dev/null
    settled scale
    as alice set image deployment/web web=example.com/web:9.9 >/dev/null
    settled hotfix
    deployment 3.0 | deploy
    settled hotfix-overwritten
    as alice set image deployment/web web=example.com/web:9.9 >/dev/null
    settled hotfix-again
    as alice rollout undo deployment/web >/dev/null
    settled hotfix-undone
    deployment 4.0 | deploy
    settled deploy-4.0
    as alice set env deployment/web HOTFIX=1 >/dev/null
    settled env-by-hand
    deployment 3.0 | deploy
    settled git-back-with-env
    deployment 5.0 | deploy
    sleep 4
    snapshot deploy-5.0-fails
    as alice rollout undo deployment/web >/dev/null
    settled undo-of-failure
}

sets() {
    local kind version
    for version in 1.0 2.0 3.0; do
        for kind in StatefulSet DaemonSet; do set_of_pods "$kind" "$version" | deploy; done
        settled "sets-$version"
    done
    as alice rollout restart statefulset/db >/dev/null
    settled sets-restart
    for kind in statefulset daemonset; do as alice rollout undo "$kind/db" >/dev/null; done
    settled sets-undo
    for kind in StatefulSet DaemonSet; do set_of_pods "$kind" 1.0 | deploy; done
    settled sets-back-to-1.0
}

# What people do by hand, for the audit log.
by_hand() {
    deployment 1.0 | as deployer diff -f - >/dev/null || true
    as alice patch deployment web -p '{"spec": {"template": {"spec": {"containers": [{"name": "web", "env": [{"name": "LEVEL", "value": "debug"}]}]}}}}' >/dev/null
    as alice patch deployment web --type json -p '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "example.com/web:9.8"}]' >/dev/null
    as alice patch deployment web --type merge -p '{"metadata": {"labels": {"team": "shop"}}}' >/dev/null
    as alice set env deployment/web LEVEL- >/dev/null
    EDITOR='sed -i s/revisionHistoryLimit:.10/revisionHistoryLimit:\ 5/' as alice edit deployment web >/dev/null
    as alice annotate deployment web example.com/note=CR-7 >/dev/null
    as alice create configmap flags --from-literal=mode=safe >/dev/null
    as alice create secret generic key --from-literal=password=hunter2 >/dev/null
    as alice delete configmap flags >/dev/null
    deployment 6.0 | as deployer apply --server-side --force-conflicts --field-manager=ci -f - >/dev/null
    as admin --as=alice --as-group=engineers scale deployment/web --replicas=2 >/dev/null
}

main() {
    rm -rf "$out/rollouts"
    mkdir -p "$out/rollouts"
    as admin delete namespace "$namespace" --ignore-not-found >/dev/null
    as admin create namespace "$namespace" >/dev/null
    : >"$run/audit.log"
    rollouts
    by_hand
    # One write of the control plane's own is enough.
    jq -c -n '[inputs | select(.objectRef.resource as $resource | ["deployments", "configmaps", "secrets"] | index($resource))
        | select(.objectRef.namespace == "'"$namespace"'")]
        | (map(select(.userAgent | startswith("kube-controller-manager"))) | .[:1])
            + map(select(.userAgent | startswith("kube-controller-manager") | not)) | .[]' "$run/audit.log" >"$out/audit.jsonl"
    as admin delete deployment web >/dev/null
    sets
}

main
