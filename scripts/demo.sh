#!/usr/bin/env bash
# Deploys the sample company to an AWS emulator on this machine, changes things by hand, and asks driftledger about it.
#
#   make demo                                from nothing; builds driftledger first
#   DEMO_KEEP=1 make demo                    leaves the page up until Enter or Ctrl-C
#   DRIFTLEDGER=/path/to/driftledger …       takes this binary instead of building one
#
# Everything it makes is under .demo/; everything it starts, it stops, however it ends.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demo="$root/.demo"
shop="$demo/shop"
account=123456789012 # twelve digits as access key are the account, for the emulator
region=eu-west-1
running=()           # process ids to stop
started=$SECONDS
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE # set by whoever runs this from a git hook

step() { printf '\n\033[1m[%3ds] %s\033[0m\n' "$((SECONDS - started))" "$*"; }
note() { printf '  %s\n' "$*"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }

stop_one() {
    local pid=$1
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 50); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
}

clean_up() {
    local code=$?
    trap - EXIT
    trap '' INT TERM # a second Ctrl-C must not leave anything behind
    for pid in "${running[@]+"${running[@]}"}"; do stop_one "$pid"; done
    rm -f "$demo/pid"
    exit "$code"
}

free_port() { # the wanted port if nobody listens there, else any
    python3 - "$1" <<'PYTHON'
import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
PYTHON
}

fetch() { # prints what an address answers; fails until it answers
    python3 - "$1" <<'PYTHON'
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    sys.stdout.write(opener.open(sys.argv[1], timeout=10).read().decode())
except OSError as error:
    sys.exit(f"{sys.argv[1]}: {error}")
PYTHON
}

wait_for() { # address, process id, log
    for _ in $(seq 150); do
        fetch "$1" >/dev/null 2>&1 && return 0
        kill -0 "$2" 2>/dev/null || break
        sleep 0.2
    done
    tail -n 20 "$3" >&2
    fail "nothing answers at $1"
}

as_reader() { # driftledger, as a user who holds config/iam-policy.json and no other right
    # shellcheck disable=SC1091
    source "$demo/keys"
    cd "$shop"
    exec "$driftledger" "$@"
}

expect() { # exit code, command…: shows a command, and insists on how it ends
    local wanted=$1 got=0
    shift
    printf '  $ driftledger %s\n\n' "$*"
    (as_reader "$@") || got=$?
    [[ $got == "$wanted" ]] || fail "driftledger $1 ended with exit code $got, expected $wanted"
    printf '\n  exit code %s\n' "$got"
}

build() {
    command -v git >/dev/null || fail "git is needed"
    command -v python3 >/dev/null || fail "Python 3 is needed"
    if [[ -n ${DRIFTLEDGER:-} ]]; then
        driftledger=$(cd "$(dirname "$DRIFTLEDGER")" && pwd)/$(basename "$DRIFTLEDGER")
    else
        step "Building driftledger (the first time takes some minutes)"
        cargo build --manifest-path "$root/Cargo.toml"
        driftledger=${CARGO_TARGET_DIR:-$root/target}/debug/driftledger
    fi
    [[ -x $driftledger ]] || fail "$driftledger is not there"
    step "Installing the emulator and the AWS CLI"
    "$root/scripts/install-emulators.sh"
    started=$SECONDS
}

fresh_directory() {
    if [[ -f $demo/pid ]] && kill -0 "$(<"$demo/pid")" 2>/dev/null; then
        fail "a demo is running already (process $(<"$demo/pid"))"
    fi
    rm -rf "$demo"
    mkdir -p "$demo"
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    echo $$ >"$demo/pid"
    cp -R "$root/examples/shop" "$shop"
}

# Only the emulator is spoken to: no profile, no credentials and no metadata service of this machine.
aim_at_emulator() {
    unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
    export AWS_ACCESS_KEY_ID=$account AWS_SECRET_ACCESS_KEY=test # the owner, to the emulator
    export AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_ENDPOINT_URL=$endpoint
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
    export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
}

start_emulator() {
    step "Starting the AWS emulator"
    local port
    port=$(free_port 4566)
    endpoint=http://127.0.0.1:$port
    mkdir -p "$demo/ministack"
    env -i PATH="$PATH" HOME="$demo/ministack" AUTH=true BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" \
        STATE_DIR="$demo/ministack/state" S3_DATA_DIR="$demo/ministack/s3" \
        "$root/.venv/ministack/bin/ministack" >"$demo/ministack/log" 2>&1 &
    running+=($!)
    wait_for "$endpoint/_ministack/health" $! "$demo/ministack/log"
    aim_at_emulator
    note "$endpoint, account $account, permissions enforced"
}

deploy() {
    step "Deploying the shop as its repository declares it"
    "$root/.venv/moto/bin/python" "$root/scripts/demo/deploy.py" --shop "$shop" --endpoint "$endpoint" \
        --region "$region" --policy "$root/config/iam-policy.json" --keys "$demo/keys"
    local port
    port=$(free_port 9464)
    listen=127.0.0.1:$port
    sed -i.bak -e "s|http://127.0.0.1:4566|$endpoint|" -e "s|127.0.0.1:9464|$listen|" "$shop/driftledger.yaml"
    rm "$shop/driftledger.yaml.bak"
    python3 "$root/scripts/demo/history.py" --shop "$shop"
}

incident() {
    step "The evening of the sale: people change things by hand"
    python3 "$root/scripts/demo/incident.py" --shop "$shop" --aws "$root/.venv/moto/bin/aws"
}

scan() {
    step "What happened? (2: there is drift that no record explains)"
    expect 2 scan
}

gate_blocks() {
    step "May the API be released? The template still says 512 MB, 2048 MB are running"
    expect 2 gate --stack shop-api
}

codify() {
    step "The team keeps 2048 MB, and commits it to the template"
    sed -i.bak 's/production: { MemorySize: 512,/production: { MemorySize: 2048,/' "$shop/infra/api/template.yaml"
    rm "$shop/infra/api/template.yaml.bak"
    git -C "$shop" --no-pager diff --no-ext-diff --no-color --unified=0 -- infra/api/template.yaml | sed -n 's/^[-+]/  &/p'
    git -C "$shop" -c user.name=jonas -c user.email=jonas@example.com -c commit.gpgsign=false \
        commit --quiet --all --message "Orders function: 2048 MB, as it runs since the sale (CR-2026-045)"
}

gate_passes() {
    step "May the API be released now?"
    expect 0 gate --stack shop-api
    step "And the platform? Its drift is nobody's to overwrite yet"
    expect 2 gate --stack shop-platform
}

serve() {
    step "The daemon: metrics, API and page"
    (as_reader serve) >"$demo/serve.log" 2>&1 &
    serving=$!
    running+=("$serving")
    wait_for "http://$listen/metrics" "$serving" "$demo/serve.log"
    fetch "http://$listen/metrics" >"$demo/metrics.txt"
    note "http://$listen/ is the page, http://$listen/metrics says:"
    grep -E '^driftledger_(drifts|drift_oldest_timestamp_seconds|change_records|change_record_violations|gate_decisions_total)\{' \
        "$demo/metrics.txt" | grep -v ' 0$' | sed 's/^/    /' || fail "there is no drift in the metrics"
}

finish() {
    step "Done"
    if [[ ${DEMO_KEEP:-0} == 1 ]]; then
        note "http://$listen/ stays up; Enter or Ctrl-C ends it"
        if ! read -r; then wait "$serving"; fi # no keyboard: until stopped from outside
    else
        note "DEMO_KEEP=1 make demo leaves the page up; the repository of the demo is in .demo/shop"
    fi
}

build
fresh_directory
start_emulator
deploy
incident
scan
gate_blocks
codify
gate_passes
serve
finish
