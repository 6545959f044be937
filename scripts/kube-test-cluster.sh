#!/usr/bin/env bash
# A control plane of Kubernetes for tests: etcd, kube-apiserver and kube-controller-manager on loopback, without nodes.
#
#   kube-test-cluster.sh build                              builds the programs if they are not there; prints their folder
#   kube-test-cluster.sh start FOLDER [PORT] [CONTROLLERS]  starts a cluster (ports PORT to PORT+2, 26443); prints the
#                                                           kubeconfig of its administrator
#   kube-test-cluster.sh again FOLDER NAME                  starts a program of the cluster again that died, as it was
#                                                           started: on the same port, with the same data
#   kube-test-cluster.sh stop FOLDER                        stops what was started there
#
# The programs are built once from the Go module proxy (Go 1.24 or newer, about ten minutes on two cores) and kept
# under $XDG_CACHE_HOME/driftledger. FOLDER/NAME.kubeconfig is the access of admin, of deployer (cluster-admin), of alice
# (edit) and of driftledger (nothing yet); FOLDER/audit.log has their requests, a line each, writes with their bodies.
# KUBE_APISERVER_FLAGS has further flags for the apiserver.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
minor=1.33
cache=${XDG_CACHE_HOME:-$HOME/.cache}/driftledger/kube-$minor
bin=${DRIFTLEDGER_KUBE_BIN:-$cache/bin}
default_controllers=deployment,replicaset,statefulset,daemonset,job,cronjob,clusterrole-aggregation,garbagecollector,namespace

say() { echo "kube-test-cluster: $*" >&2; }
die() { say "$*"; exit 1; }

# ---------------------------------------------------------------------------------------------- build

build() {
    [[ -f $bin/BUILT ]] && return
    [[ -z ${DRIFTLEDGER_KUBE_BIN:-} ]] || die "DRIFTLEDGER_KUBE_BIN names $bin, and no finished build is there (file BUILT)"
    command -v go >/dev/null || die 'Go is needed to build the test cluster (https://go.dev/doc/install)'
    mkdir -p "$cache"
    exec 9>"$cache/lock"
    flock 9
    [[ -f $bin/BUILT ]] && return
    say "building Kubernetes $minor into $cache; this takes about ten minutes"
    rm -rf "$cache/build"
    mkdir -p "$cache/build/bin"
    cp "$here/kube-test-cluster/go.mod" "$here/kube-test-cluster/go.sum" "$cache/build"
    (compile) >"$cache/build.log" 2>&1 || { tail -n 20 "$cache/build.log" >&2; die "the build failed, see $cache/build.log"; }
    (cd "$cache/build/bin" && sha256sum -- * >BUILT)
    rm -rf "$bin"
    mv "$cache/build/bin" "$bin"
    rm -rf "$cache/build" "$cache/mod" "$cache/gocache"
    exec 9>&-
}

compile() {
    cd "$cache/build"
    export GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0 GOFLAGS='-mod=mod -modcacherw' GOMODCACHE=$cache/mod GOCACHE=$cache/gocache
    local version flags='-s -w' package
    version=$(awk '$1 == "require" && $2 == "k8s.io/kubernetes" {print $3}' go.mod)
    for package in component-base/version client-go/pkg/version; do
        flags="$flags -X k8s.io/$package.gitVersion=$version -X k8s.io/$package.gitMajor=${minor%.*} -X k8s.io/$package.gitMinor=${minor#*.}"
    done
    go build -trimpath -ldflags "$flags" -o bin/ k8s.io/kubernetes/cmd/kube-apiserver \
        k8s.io/kubernetes/cmd/kube-controller-manager k8s.io/kubernetes/cmd/kubectl
    go build -trimpath -ldflags '-s -w' -o bin/etcd go.etcd.io/etcd/server/v3
}

# ------------------------------------------------------------------------------------------ processes

# Clock ticks from boot to the start of a process: with the pid they name one process, even after the pid is used again.
started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

alive() { [[ -n $2 && $(started_at "$1") == "$2" ]]; } # PID TICKS

# launch NAME COMMAND...: in a session of its own, logged to NAME.log, recorded in pids before it becomes the server, and
# the words of the command in NAME.command.
launch() {
    local name=$1
    shift
    printf '%s\0' "$@" >"$run/$name.command"
    setsid sh -c 'echo "$1 $$ $(sed "s/.*) //" /proc/$$/stat | cut -d" " -f20)" >>"$2"; shift 2; exec "$@"' \
        launch "$name" "$run/pids" "$@" </dev/null >>"$run/$name.log" 2>&1 &
    until grep -qs "^$name " "$run/pids"; do sleep 0.05; done
}

wait_for() { # SECONDS WHAT COMMAND...
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < end)) || { tail -n 5 "$run"/*.log >&2; die "$what: not reached"; }
        sleep 0.2
    done
}

again() {
    local name=$1 pid ticks command
    [[ -f $run/pids && -f $run/$name.command ]] || die "no $name was started in $run"
    while read -r _ pid ticks; do
        wait_for 30 "the end of $name" eval "! alive $pid $ticks"
    done < <(grep "^$name " "$run/pids")
    sed -i "/^$name /d" "$run/pids"
    mapfile -d '' -t command <"$run/$name.command"
    launch "$name" "${command[@]}"
    wait_for 120 'the apiserver' is_ready
}

stop() {
    local name pid ticks tries
    [[ -f $run/pids ]] || return 0
    while read -r name pid ticks; do # last started, first stopped
        alive "$pid" "$ticks" || continue
        kill -TERM "$pid" 2>/dev/null || true
        for ((tries = 0; tries < 100; tries++)); do
            alive "$pid" "$ticks" || break
            sleep 0.1
        done
        ! alive "$pid" "$ticks" || kill -KILL "$pid" 2>/dev/null || true
    done < <(tac "$run/pids")
    rm -f "$run/pids"
}

# ---------------------------------------------------------------------------------------------- start

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

kubeconfig() { # NAME
    cat >"$run/$1.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$port", certificate-authority: "$run/certs/apiserver.crt"}}]
users: [{name: $1, user: {token: $1-token}}]
contexts: [{name: $1, context: {cluster: test, user: $1}}]
current-context: $1
END
}

kc() { "$bin/kubectl" --kubeconfig "$run/admin.kubeconfig" --cache-dir "$run/kubectl-cache" "$@"; }
is_ready() { [[ $(kc get --raw /readyz) == ok ]]; }
roles_are_filled() { [[ -n $(kc get clusterrole view -o 'jsonpath={.rules[0].verbs}') ]]; }

settings() {
    cat >"$run/tokens.csv" <<'END'
admin-token,admin,uid-admin,"system:masters"
deployer-token,deployer,uid-deployer,"deployers"
alice-token,alice,uid-alice,"engineers"
driftledger-token,driftledger,uid-driftledger,"drift-readers"
END
    cat >"$run/audit-policy.yaml" <<'END'
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, users: ["system:apiserver"]}
- {level: Metadata, users: [driftledger]}
- {level: None, verbs: [get, list, watch]}
- {level: Request, verbs: [create, update, patch, delete, deletecollection]}
END
    local name
    for name in admin deployer alice driftledger; do kubeconfig "$name"; done
}

start() {
    port=${2:-26443}
    local controllers=${3:-$default_controllers} etcd="http://127.0.0.1:$((port + 1))" peer="http://127.0.0.1:$((port + 2))"
    build
    umask 077
    mkdir -p "$1"
    run=$(cd "$1" && pwd)
    [[ ! -f $run/pids ]] || die "a cluster was started in $run; stop it first"
    [[ ! -e $run/etcd || -f $run/tokens.csv ]] || die "$run/etcd was not made by this script"
    local p
    for p in "$port" $((port + 1)) $((port + 2)); do port_is_free "$p" || die "port $p is in use"; done
    rm -rf "$run/etcd" "$run/certs" "$run/audit.log" "$run/kubectl-cache" "$run"/*.log
    settings
    trap stop EXIT
    launch etcd "$bin/etcd" --data-dir "$run/etcd" --unsafe-no-fsync --log-level warn --listen-client-urls "$etcd" \
        --advertise-client-urls "$etcd" --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
        --initial-cluster "default=$peer"
    # The key that the apiserver makes for its own certificate also signs the tokens of service accounts.
    launch kube-apiserver "$bin/kube-apiserver" --etcd-servers "$etcd" --secure-port "$port" --bind-address 127.0.0.1 \
        --advertise-address 127.0.0.1 --cert-dir "$run/certs" --service-cluster-ip-range 10.0.0.0/24 \
        --endpoint-reconciler-type none --service-account-issuer https://kubernetes.default.svc \
        --service-account-signing-key-file "$run/certs/apiserver.key" \
        --service-account-key-file "$run/certs/apiserver.key" --authorization-mode RBAC \
        --token-auth-file "$run/tokens.csv" --disable-admission-plugins ServiceAccount --allow-privileged=true \
        --audit-policy-file "$run/audit-policy.yaml" --audit-log-path "$run/audit.log" --audit-log-mode blocking \
        ${KUBE_APISERVER_FLAGS:-}
    wait_for 180 'the apiserver' is_ready
    launch kube-controller-manager "$bin/kube-controller-manager" --kubeconfig "$run/admin.kubeconfig" \
        --leader-elect=false --secure-port 0 --controllers "$controllers" \
        --service-account-private-key-file "$run/certs/apiserver.key"
    wait_for 30 'the namespace default' kc get namespace default
    kc create clusterrolebinding test-deployers --clusterrole cluster-admin --group deployers >&2
    kc create clusterrolebinding test-engineers --clusterrole edit --group engineers >&2
    # Its controller fills the roles for people; until then everybody is refused.
    [[ ,$controllers, != *,clusterrole-aggregation,* ]] || wait_for 30 'the roles' roles_are_filled
    trap - EXIT
    say "ready: https://127.0.0.1:$port"
    printf '%s\n' "$run/admin.kubeconfig"
}

case ${1:-} in
build) build; printf '%s\n' "$bin" ;;
start) [[ $# -ge 2 ]] || die 'start needs a folder'; start "${@:2}" ;;
again) [[ $# -eq 3 && -d $2 ]] || die 'again needs the folder of a cluster and the name of a program'; run=$(cd "$2" && pwd); again "$3" ;;
stop) [[ $# -eq 2 && -d $2 ]] || die 'stop needs the folder of a cluster'; run=$(cd "$2" && pwd); stop ;;
*) sed -n '2,/^set/{s/^# \{0,1\}//;/^set/d;p}' "$0" >&2; exit 64 ;;
esac
