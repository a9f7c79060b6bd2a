# enid: `make run` starts it, `make test` proves it. Both install what they miss (Debian).

CARGO ?= cargo
VENV := .venv
# Where tests record what they saw of the API.
COVERAGE := $(CURDIR)/target/coverage
VENV_ANSIBLE := .venv-ansible
PYTEST := $(VENV)/bin/pytest -c tests/pytest.ini

.PHONY: help run tools test check unit api coverage crash packets examples packaging clients package bench clean

help:
	@echo "make run      build in release mode, start the server on 127.0.0.1:8773"
	@echo "make tools    the AWS CLI and boto3 in $(VENV), as the tests use them"
	@echo "make test     everything: formatting, lints, unit tests, API, packets, examples"
	@echo "make bench    the benchmarks, as a table"
	@echo "make package  the stripped binary, its debug information and a Debian package, in target/package"

run:
	@scripts/install build
	$(CARGO) build --release --package enid
	@scripts/run

tools: $(VENV)/installed

$(VENV)/installed: tests/requirements.txt
	@scripts/install python
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# The fast parts first: what fails, fails early.
test: check unit api coverage crash packets examples packaging clients

check:
	@scripts/install build
	$(CARGO) fmt --all -- --check
	$(CARGO) clippy --workspace --all-targets --locked -- --deny warnings

unit: $(VENV)/installed
	@scripts/install packets
	$(CARGO) build --workspace --locked
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		ENID_COVERAGE=$(COVERAGE) $(CARGO) nextest run --workspace --locked; \
	else \
		ENID_COVERAGE=$(COVERAGE) $(CARGO) test --workspace --locked; \
	fi
	$(CARGO) test --workspace --locked --doc

api: $(VENV)/installed
	@scripts/install shells
	$(CARGO) build --package enid --locked
	ENID_COVERAGE=$(COVERAGE) $(PYTEST) tests/api

# EC2's model against what is served, read, answered and tested, by what the two before recorded.
coverage: unit api
	$(CARGO) xtask coverage $(COVERAGE)

# Servers killed under load, and the benchmarks, as far as that they run.
crash:
	@scripts/install packets
	$(CARGO) xtask crash
	$(CARGO) xtask bench --quick

packets: $(VENV)/installed
	@scripts/install packets
	$(CARGO) build --package enid --locked
	$(PYTEST) tests/packets

# Every example is run as a reader would, on a server of its own.
examples: $(VENV)/installed
	@scripts/install packets
	$(CARGO) build --package enid --locked
	$(PYTEST) tests/examples

# The Debian package and what the Dockerfile is made of, of the debug build.
packaging: $(VENV)/installed
	@scripts/install package
	@scripts/install shells
	$(CARGO) build --package enid --locked
	$(PYTEST) tests/packaging

package:
	@scripts/install build
	@scripts/install package
	$(CARGO) xtask package

# Last, since their installs are slow.
clients: $(VENV)/installed $(VENV_ANSIBLE)/installed examples/sdk-js/node_modules/.package-lock.json
	$(CARGO) build --package enid --locked
	$(PYTEST) tests/clients

$(VENV_ANSIBLE)/installed: examples/ansible/requirements.txt
	@scripts/install python
	python3 -m venv $(VENV_ANSIBLE)
	$(VENV_ANSIBLE)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

examples/sdk-js/node_modules/.package-lock.json: examples/sdk-js/package-lock.json
	@scripts/install node
	cd examples/sdk-js && npm ci --no-audit --no-fund
	@touch $@

bench:
	@scripts/install build
	$(CARGO) build --release --package enid
	$(CARGO) run --release --package xtask -- bench

clean:
	$(CARGO) clean
	rm -rf $(VENV) $(VENV_ANSIBLE) examples/sdk-js/node_modules
