# `make` alone prints this help.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Tests side by side: one more than the two cores the suite is measured on, as storms wait often.
JOBS ?= 3
# What Python compiles is kept, whatever the shell says: the suite starts many processes.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

.PHONY: help install demo test browser soak check lint types layers bench migration wishes docs clean

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Genjin needs Python 3.11, 3.12 or 3.13; this is %s. Say which: make PYTHON=python3.12 …" % sys.version.split()[0])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python has no venv module. On Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Preparing .venv (once) …"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.python requirements.lock pyproject.toml
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

.venv/.test: .venv/.run requirements-test.lock
	@$(PIP) install -r requirements-test.lock
	@touch $@

install: .venv/.run ## Only the virtual environment .venv, with .venv/bin/genjin

demo: .venv/.run ## Open the sandbox: both chat platforms, four people, a clock to turn
	@$(BIN)/genjin demo $(ARGS)

test: .venv/.test ## Every test but the browser's
	@$(PYTEST) -n $(JOBS) --dist worksteal $(ARGS)

browser: .venv/.test ## The pages in Chromium, phone and desktop width
	@$(BIN)/python -m tests.browser.chromium
	@$(PYTEST) -m browser tests/browser $(ARGS)

soak: .venv/.test ## The storms of the suite, longer: a thousand kills a database, thousands of odd inputs
	@GENJIN_SOAK=1 $(PYTEST) -n $(JOBS) tests/e2e/test_crash.py tests/e2e/test_infrastructure.py tests/e2e/test_slots.py tests/hostile tests/handlers tests/crm_store/test_replay.py tests/nlp/test_wishes.py $(ARGS)

check: lint types layers ## Formatting, lint, types, import contract

lint: .venv/.test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: .venv/.test
	@$(BIN)/mypy bot handlers notifiers crm_store nlp config tests

layers: .venv/.test
	@$(BIN)/lint-imports

bench: .venv/.test ## Measurements, as ratios within one run
	@$(BIN)/python -m pytest -m bench tests/benchmarks -s --timeout=0 $(ARGS)

migration: .venv/.test ## A migration from the models: make migration m="add …"
	@$(BIN)/python -m crm_store.migrations new "$(m)"

wishes: .venv/.test ## The model of wishes, from the labelled utterances of tests/samples
	@$(BIN)/python -m tests.nlp.wishes $(ARGS)

docs: .venv/.test ## Refresh the generated part of docs/
	@$(BIN)/python -m tests.documents

clean: ## Remove what these commands made
	@rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
