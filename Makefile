# Needs python3 (3.11 or newer) with venv, make and git; everything else is installed into .venv/.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/installed
BROWSER_INSTALLED := $(VENV)/browser-installed
JAVASCRIPT := tests/clients/javascript
JAVASCRIPT_INSTALLED := $(JAVASCRIPT)/node_modules/installed
LOCK := $(VENV)/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--only-binary :all: --system-certs --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" \
	$(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help demo test clients redis browser screenshots bench check format lock clean

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

demo: $(INSTALLED)  ## the service with a simulated Messenger and sample data; ONCE=1: one round, then stop
	$(PY) manage.py demo $(if $(filter-out 0,$(ONCE)),--once)

test: $(INSTALLED)  ## the tests, on SQLite or on DATABASE_URL; ARGS="-k name" goes to pytest
	$(PY) -m pytest $(ARGS)

clients: $(INSTALLED) $(JAVASCRIPT_INSTALLED)  ## the tests with public clients, Python's and JavaScript's; needs Node 18 (or newer) and npm
	$(PY) -m pytest tests/clients/python $(JAVASCRIPT) $(ARGS)

redis: $(INSTALLED)  ## the tests that have the queue on Redis; needs redis-server
	$(PY) -m pytest -m redis tests/worker $(ARGS)

browser: $(BROWSER_INSTALLED)  ## the tests in a browser; needs chromium
	$(PY) -m pytest tests/browser $(ARGS)

screenshots: $(BROWSER_INSTALLED)  ## make the pictures of the console in docs/pictures/ again, from the demo; needs chromium
	$(PY) -m tests.browser.screenshots

bench: $(INSTALLED)  ## measure, and keep the figures in docs/performance.md; QUICK=1: only see that it runs
	QUICK=$(QUICK) $(PY) -m tests.bench

check: export DJANGO_SETTINGS_MODULE = tests.settings
check: $(INSTALLED)  ## style, types, architecture, system checks, missing migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) manage.py check
	$(PY) manage.py makemigrations --check --dry-run

format: $(INSTALLED)  ## let ruff put the style right
	$(VENV)/bin/ruff check --fix-only .
	$(VENV)/bin/ruff format .

lock: $(INSTALLED)  ## make the locks again from requirements/*.in; UPGRADE=1: with the newest versions
	test -x $(VENV)/bin/uv || $(PY) -m pip install --quiet --disable-pip-version-check uv
	cd requirements && $(foreach name,runtime dev browser,../$(LOCK) $(name).in --output-file $(name).txt &&) true

clean:  ## remove the virtual environment and all caches; var/ with its data stays
	rm -rf $(VENV) $(dir $(JAVASCRIPT_INSTALLED)) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so that an installation broken off half-way starts afresh.
$(INSTALLED): requirements.txt requirements/runtime.txt requirements/dev.txt
	@echo "Installing the locked requirements into $(VENV)/ ..."
	$(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements.txt
	@touch $@

$(BROWSER_INSTALLED): $(INSTALLED) requirements/browser.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements/browser.txt
	@touch $@

$(JAVASCRIPT_INSTALLED): $(JAVASCRIPT)/package-lock.json
	npm ci --loglevel=error --prefix $(JAVASCRIPT)
	@touch $@
