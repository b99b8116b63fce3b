# One entrance per task; continuous integration calls the same names.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PORT ?= 8000
# More than there are cores: many tests wait for a server or a browser.
WORKERS ?= 4
PYTEST_ARGS ?=
DATABASE ?= sqlite
REQUESTS ?= 20000

BIN := .venv/bin
PYTHON := $(BIN)/python
STAMPS := .venv/.stamps
SERVICES := $(PYTHON) scripts/services.py run --

# A Node.js that scripts/ensure-node placed there comes first.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help install demo test check fix conformance bench cases docs wheel lock fuzz soak coverage machine clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMPS)/dev $(STAMPS)/js $(STAMPS)/conformance $(STAMPS)/identity-provider ## virtual environment, package with all extras, tools, Node packages

demo: $(STAMPS)/demo ## serve the example app on PORT (needs nothing but Python)
	@echo "Open http://127.0.0.1:$(PORT)"
	DEMO=1 PORT=$(PORT) $(PYTHON) -m uvicorn example_app.main:app --host 127.0.0.1 --port $(PORT)

test: machine install check docs wheel ## everything: machine, tools, checks, docs, wheel, the whole suite
	$(SERVICES) $(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

check: $(STAMPS)/dev ## lint, types, layers, spelling, copies, forbidden text
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(PYTHON) -m scripts.check_copies
	$(PYTHON) -m scripts.check_text
	$(PYTHON) -m scripts.generate_sync_client --check
	$(PYTHON) -m scripts.generate_slices --check
	$(PYTHON) -m scripts.providers_page --check
	$(PYTHON) -m scripts.llms --check
	$(BIN)/mypy
	$(BIN)/pyright

fix: $(STAMPS)/dev ## repair what can be repaired by machine
	$(PYTHON) -m scripts.generate_sync_client
	$(PYTHON) -m scripts.generate_slices
	$(PYTHON) -m scripts.providers_page
	$(PYTHON) -m scripts.llms
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

conformance: install ## compare every built variant with the reference (DATABASE=sqlite|postgres|mariadb|all)
	$(SERVICES) $(PYTHON) -m scripts.conformance --database $(DATABASE)

bench: $(STAMPS)/dev ## the guard against a hand-written one, a dead mail server against none
	$(SERVICES) $(PYTHON) -m benchmarks

cases: $(STAMPS)/dev ## security cases that no test names
	$(PYTHON) -m scripts.cases

docs: $(STAMPS)/dev ## build the documentation; a warning is an error
	@# With --quiet mkdocs counts no warnings.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

wheel: $(STAMPS)/dev ## build sdist and wheel, and use the wheel in a fresh environment
	$(PYTHON) -m scripts.smoke_wheel

soak: install ## the tests that take too long for the suite
	$(SERVICES) $(PYTHON) -m pytest -n $(WORKERS) -m soak $(PYTEST_ARGS)

fuzz: $(STAMPS)/dev ## schemathesis over the OpenAPI document
	$(SERVICES) $(PYTHON) -m scripts.fuzz --requests $(REQUESTS)

coverage: install ## the suite under branch coverage
	$(BIN)/coverage erase
	$(SERVICES) $(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lock: ## renew requirements/dev.lock
	python3 -m venv .venv/lock
	.venv/lock/bin/pip install --quiet --upgrade uv
	.venv/lock/bin/uv pip compile --quiet --universal --upgrade --python-version 3.11 --all-extras --group dev \
		--no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements/dev.lock

machine: ## install missing servers where we may (root or CI)
	scripts/setup-machine

clean: ## forget builds and caches; the environment stays
	rm -rf build dist site .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis tests/conformance/out

$(PYTHON):
	@python3 -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python cannot make virtual environments: install python3-venv (Debian, Ubuntu) first." >&2; exit 1; }
	python3 -m venv .venv

$(STAMPS)/dev: requirements/dev.lock pyproject.toml | $(PYTHON)
	$(PYTHON) -m pip install --quiet --requirement requirements/dev.lock
	$(PYTHON) -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(PYTHON) -m compileall -q fastapi_betterauth
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/demo

$(STAMPS)/demo: pyproject.toml | $(PYTHON)
	$(PYTHON) -m pip install --quiet --constraint requirements/dev.lock --editable ".[social,two-factor]" jinja2 python-multipart uvicorn websockets
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/js: tests/js/package-lock.json $(STAMPS)/dev
	scripts/ensure-node
	npm ci --prefix tests/js --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/identity-provider: tests/identity_provider/package-lock.json $(STAMPS)/dev
	scripts/ensure-node
	npm ci --prefix tests/identity_provider --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/conformance: tests/conformance/package-lock.json tests/conformance/reference/package-lock.json $(STAMPS)/dev
	scripts/ensure-node
	npm ci --prefix tests/conformance --no-audit --no-fund --loglevel=error
	npm ci --prefix tests/conformance/reference --no-audit --no-fund --loglevel=error
	@touch $@
