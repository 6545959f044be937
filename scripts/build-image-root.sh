#!/bin/sh
# Builds driftledger for release and lays out everything the container image holds under DIRECTORY: the binary, the
# shared libraries it is linked with, certificates, time zones, and a user. The Dockerfile and CI both run this.
#
#   scripts/build-image-root.sh DIRECTORY
#   BINARY=/path/to/driftledger …          takes this binary instead of building one
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
image=${1:?the directory to fill}
certificates=/etc/ssl/certs/ca-certificates.crt
zones=/usr/share/zoneinfo

fail() {
    echo "build-image-root: $1" >&2
    exit 1
}

[ -f "$certificates" ] || fail "$certificates is missing; install ca-certificates"
[ -f "$zones/Europe/Berlin" ] || fail "$zones is missing; install tzdata (change records name time zones)"

if [ -z "${BINARY:-}" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    BINARY=${CARGO_TARGET_DIR:-$root/target}/release/driftledger
fi

rm -rf "$image"
mkdir -p "$image/usr/local/bin" "$image/usr/share" "$image/etc/ssl/certs" "$image/tmp"
chmod 1777 "$image/tmp"
install -m 755 "$BINARY" "$image/usr/local/bin/driftledger"
install -m 644 "$certificates" "$image$certificates"
cp -RL "$zones" "$image$zones"
rm -rf "$image$zones/posix" "$image$zones/right" # the same again, twice

# The C library and its loader, each at the path where the binary looks for it. Names are resolved by libc itself
# (files and dns are built in since glibc 2.34), so no further libraries are loaded at run time.
ldd "$BINARY" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$image$(dirname "$library")"
    cp -L "$library" "$image$library"
done

echo 'driftledger:x:65532:65532::/data:/nonexistent' >"$image/etc/passwd"
echo 'driftledger:x:65532:' >"$image/etc/group"
echo 'hosts: files dns' >"$image/etc/nsswitch.conf"
