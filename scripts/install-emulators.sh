#!/bin/sh
# Installs the AWS emulators that the tests behind the cargo feature `emulators` start: ministack into .venv/ministack,
# moto (with boto3 and the aws command line) into .venv/moto. Two environments, because ministack pins its own botocore.
# Idempotent: an environment that already holds these versions is left alone. Needs python3 (3.10 or newer) and nothing else.
set -eu

cd "$(dirname "$0")/.."

# ministack answers every CBOR call (CloudWatch) with HTTP 500 unless cbor2 stands beside it.
ministack='ministack==1.5.33 cbor2==6.2.1'
moto='moto[server]==5.2.5 boto3==1.44.5 awscli==1.46.2'

fail() {
    echo "install-emulators: $1" >&2
    exit 1
}

# make_environment DIRECTORY: an empty virtual environment with pip.
make_environment() {
    rm -rf "$1"
    mkdir -p "$(dirname "$1")"
    if python3 -c 'import ensurepip' 2>/dev/null; then
        python3 -m venv "$1"
    elif command -v virtualenv >/dev/null; then
        virtualenv --quiet --python python3 "$1"
    else
        # Debian's python3 comes without ensurepip; another pip can fill an environment that has none of its own.
        python3 -m pip --version >/dev/null 2>&1 ||
            fail 'python3 has neither ensurepip nor pip; run "apt-get install python3-venv" (Debian, Ubuntu) and try again'
        python3 -m venv --without-pip "$1"
    fi
}

# install_into DIRECTORY REQUIREMENTS
install_into() {
    stamp="$1/requirements"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$2" ]; then
        return
    fi
    make_environment "$1"
    # The requirements are words of this script, split on purpose.
    # shellcheck disable=SC2086
    if [ -x "$1/bin/pip" ]; then
        "$1/bin/pip" install --quiet --disable-pip-version-check $2
    else
        python3 -m pip --python "$1/bin/python" install --quiet --disable-pip-version-check $2
    fi || fail "could not install $2"
    printf '%s' "$2" >"$stamp"
}

command -v python3 >/dev/null || fail 'python3 is not installed'
python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail 'python3 is older than 3.10'
install_into .venv/ministack "$ministack"
install_into .venv/moto "$moto"
