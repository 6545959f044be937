#!/bin/sh
# Finds promtool, or takes it out of Debian's prometheus package without installing that (no service, no root), and
# prints its path.
set -eu

cd "$(dirname "$0")/.."
tools=${CARGO_TARGET_DIR:-target}/tools
unpacked=$tools/usr/bin/promtool

if command -v promtool; then
    exit
fi
if [ ! -x "$unpacked" ]; then
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || {
        echo 'install-promtool: promtool is missing; install prometheus' >&2
        exit 1
    }
    mkdir -p "$tools/download"
    (
        cd "$tools/download"
        apt-get download prometheus >&2 || { apt-get update >&2 && apt-get download prometheus >&2; }
        dpkg -x prometheus_*.deb ..
    )
    rm -r "$tools/download"
fi
echo "$unpacked"
