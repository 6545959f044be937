# The image holds one binary, the C library it is linked with, certificates and time zones: no shell, no package
# manager, nothing to update but driftledger. Linked with glibc and copied rather than static: musl's allocator is slow
# under threads, and a static aws-lc and SQLite would need a second C tool chain.
#
#   docker build -t driftledger .
#   docker run -w /repository -v "$PWD:/repository:ro" -v driftledger:/data -p 127.0.0.1:9464:9464 driftledger
#
# with `listen: 0.0.0.0:9464` and `store: sqlite:/data/driftledger.db` in the repository's driftledger.yaml.
FROM rust:1.95.0-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/*
# The image is that tool chain; without this, rustup would fetch what rust-toolchain.toml lists for developers.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    scripts/build-image-root.sh /image
# Apart, because a copy changes the owner of what it makes and not of what is there.
RUN mkdir -p /owned/data

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /owned /
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
# Each thread's own heap keeps what pages of long lists once needed; `cargo bench --bench kubernetes` prints how much.
ENV MALLOC_ARENA_MAX=1
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 9464
ENTRYPOINT ["/usr/local/bin/driftledger"]
CMD ["serve"]
