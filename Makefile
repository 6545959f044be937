.DEFAULT_GOAL := help
.PHONY: help build demo clean-demo test rules lint deny bench fuzz image-root

CARGO_DENY_VERSION := 0.20.2
CARGO_FUZZ_VERSION := 0.13.2
FUZZ_SECONDS ?= 600
FUZZ_TARGETS := commands evaluate expression terraform_state
TARGET := $(or $(CARGO_TARGET_DIR),target)

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## The binary, for development: target/debug/driftledger
	cargo build

demo: ## A sample company on an emulated AWS, and what driftledger says about it (DEMO_KEEP=1 stays up)
	scripts/demo.sh

clean-demo: ## Removes what the demo left
	rm -rf .demo

test: ## Everything: unit and integration tests, also on emulators and a Kubernetes control plane; alert rules
	scripts/install-emulators.sh
	@# Built once, by Go. Where it cannot be, the tests that need it are left out, and it is said.
	set -e; if scripts/kube-test-cluster.sh build; then features=emulators,cluster; \
	elif test -n "$(DRIFTLEDGER_REQUIRE_CLUSTER)"; then exit 1; \
	else features=emulators; fi; \
	cargo test --locked --features $$features; \
	test $$features = emulators,cluster || echo 'LEFT OUT: the tests on a Kubernetes control plane'
	$(MAKE) --no-print-directory rules
	@echo 'all tests passed'

rules: ## The Prometheus rules and their tests
	promtool=$$(scripts/install-promtool.sh) && \
	$$promtool check config config/prometheus.yml && \
	$$promtool test rules config/prometheus-rules.test.yaml

lint: ## Format and lints, with and without AWS
	cargo fmt --check
	cargo clippy --locked --all-targets --no-default-features -- -D warnings
	cargo clippy --locked --all-targets --features emulators,cluster -- -D warnings

deny: ## Licences, banned and duplicate crates, registries; installs cargo-deny under target/
	@test -x $(TARGET)/tools/bin/cargo-deny || \
	cargo install cargo-deny --locked --debug --version $(CARGO_DENY_VERSION) --root $(TARGET)/tools
	$(TARGET)/tools/bin/cargo-deny check -D warnings bans licenses sources

bench: ## The benchmarks, on an emulated AWS
	scripts/install-emulators.sh
	cargo bench --locked

fuzz: ## Each fuzz target for FUZZ_SECONDS (600); needs a nightly compiler, installs cargo-fuzz under target/
	@test -x $(TARGET)/tools/bin/cargo-fuzz || \
	cargo install cargo-fuzz --locked --version $(CARGO_FUZZ_VERSION) --root $(TARGET)/tools
	set -e; for target in $(FUZZ_TARGETS); do \
		mkdir -p fuzz/corpus/$$target; \
		PATH="$(abspath $(TARGET)/tools/bin):$$PATH" cargo +nightly fuzz run $$target \
			fuzz/corpus/$$target fuzz/seeds/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=1 -rss_limit_mb=512; \
	done

image-root: ## What the container image holds, under target/image
	scripts/build-image-root.sh $(TARGET)/image
