# Stockbook: `make run` to see it, `make test` to check it. Only python3, its venv module and make are needed.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# Each user has caches of their own, so that a checkout can be used by several in turn.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/stockbook/$(shell pwd | cksum | cut -d ' ' -f 1)
# What Python compiled once need not be compiled again by each process of the tests.
export PYTHONDONTWRITEBYTECODE :=
export RUFF_CACHE_DIR := $(CACHE)/ruff
export MYPY_CACHE_DIR := $(CACHE)/mypy
export HYPOTHESIS_STORAGE_DIRECTORY := $(CACHE)/hypothesis

.PHONY: help venv run test tests check browser planted torture bench first-migration clean

help:
	@echo "make run      set up and serve at http://127.0.0.1:8000 (PORT=… chooses another)"
	@echo "make test     all checks and tests"
	@echo "make check    only the checks that need no database"
	@echo "make planted  plants known faults and shows that each is caught"
	@echo "make torture  asks the API for everything that its description allows and forbids, kills workers, and replays two months, killed and in peace, for long"
	@echo "make bench    measures (BENCH='--orders 1000000 --grown FOLDER' on a large company, which is kept)"

venv: .venv/stamp

.venv/stamp: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: name it, as in PYTHON=python3.12 make run."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing: install it, on Debian and Ubuntu with: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --requirement requirements-dev.txt
	$(BIN)/python -m pip check
	touch .venv/stamp

run: venv
	@$(BIN)/python -m app.launch

# The checks take one processor for half a minute, so that the tests begin on the other meanwhile.
test: venv browser
	@$(MAKE) --no-print-directory --jobs=2 check tests

tests:
	$(BIN)/python -m pytest -n 3 --dist worksteal -o cache_dir=$(CACHE)/pytest

check: venv
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo --cache-dir $(CACHE)/imports
	$(BIN)/mypy

# The tests that look at pages want Chromium; without it they are skipped and say so.
browser:
	@if command -v "$${CHROMIUM:-chromium}" >/dev/null || command -v google-chrome >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "Chromium is not here, so the tests in a browser will be skipped (Debian: apt-get install chromium)."; exit 0; \
	fi; \
	echo "Installing Debian's Chromium for the tests in a browser."; \
	export DEBIAN_FRONTEND=noninteractive; \
	quick="-qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20"; \
	{ apt-get $$quick update && apt-get $$quick install --yes --no-install-recommends chromium; } >.venv/chromium.log 2>&1 \
		&& command -v chromium >/dev/null \
		|| echo "That did not succeed (.venv/chromium.log says why), so the tests in a browser will be skipped."

planted: venv
	$(BIN)/python -m tests.planted

torture: venv browser
	STOCKBOOK_TORTURE=200 $(BIN)/python -m pytest -n 2 -o cache_dir=$(CACHE)/pytest tests/api/test_description.py tests/api/test_two_worlds.py tests/api/test_deliveries.py tests/domain/intake/test_real_trade.py

bench: venv
	$(BIN)/python -m benchmarks $(BENCH)

# While nothing is released there is one migration; it is written anew from the models, guards and privileges.
first-migration: venv
	$(BIN)/python -m migrations.first

clean:
	rm -rf .venv $(CACHE)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
