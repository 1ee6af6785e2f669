# The commands of the house; `make` alone prints them. `.venv` is made on the first use and again when what is pinned changes.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
# Two processes: the tests share one server, and more of them wait for each other.
PYTEST := $(PY) -m pytest -n 2
# The oldest version that is supported; the tests start a server of their own from Debian's binaries (tests/servers.py).
DEBIAN_PG := $(wildcard /usr/lib/postgresql/15/bin/postgres)

.PHONY: help install demo test sure fix bench docs shots proof clean

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.runtime ## what the program needs, in .venv: on a studio's machine

demo: .venv/.runtime ## a sample studio: 14 months of books, closed, verified, and its pages on http://127.0.0.1:8000
	$(BIN)/estudio demo --serve

test: .venv/.dev ## every test, on the embedded PostgreSQL and once more over TCP on Debian's
	$(PYTEST) --servidor=embutido $(ARGS)
ifneq ($(DEBIAN_PG),)
	$(PYTEST) --servidor=tcp15 $(ARGS)
else ifeq ($(CI),true)
	@echo "PostgreSQL 15 is missing: in CI the tests have to run on it as well (.ci/run installs it)." >&2; exit 1
else
	@echo "PostgreSQL 15 is not installed: the tests ran on the embedded server only."
endif

sure: .venv/.dev ## format, lint, types, tests with coverage: before every push
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(PYTEST) --cov --cov-report=term $(ARGS)

fix: .venv/.dev ## put format and imports in order
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: .venv/.dev ## the figures of bench/README.md
	$(PY) bench/run.py $(ARGS)

docs: .venv/.dev ## links, commands and settings that the docs name exist
	$(PY) -m pytest -q backend/tests/test_docs.py

shots: .venv/.dev ## a picture of every page of the sample studio into docs/screens
	$(PY) docs/shots.py

proof: .venv/.dev ## attacks, interleavings, crash, concurrency, damage and mutants at full length: up to an hour
	$(PYTEST) -m "proof or tabela" --timeout 3600 $(ARGS)

clean: ## forget .venv and what the tools keep
	rm -rf .venv .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache backend/*.egg-info

# Installed exactly as pinned, every file checked against its hash; the program itself needs nothing from the network.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $$($(PYTHON) --version 2>&1) was found. Try: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "The virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

.venv/.runtime: requirements.txt pyproject.toml
	$(call install,requirements.txt)
	@touch $@

.venv/.dev: requirements-dev.txt requirements.txt pyproject.toml
	$(call install,requirements-dev.txt)
	@touch .venv/.runtime $@

.PHONY: .venv
.venv: .venv/.dev
