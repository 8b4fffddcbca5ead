# make demo    run all of Pamong in this terminal          (Ctrl-C stops it)
# make test    lint, types, import floors and every test
# make check   the quick half of it
# make bench   measure what is promised about speed   (CASES=20000 ONLY=register: try a part of it, small)
# make faults  break every part of a running Pamong under 20,000 mails     (half an hour; MAILS=100000 for more)
# make fuzz    60 hostile texts in every field, 30,000 requests, 100,000 texts in mails, hostile files
#
# Needs Python 3.11 or newer, make and git. Everything else goes into .venv from the lock files.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
LAUNCHER := $(VENV)/bin/pamong
RUNS := $(VENV)/.runs
TESTS := $(VENV)/.tests
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard webapp/translations/*/LC_MESSAGES/*.po))
JOBS ?= 2
MAILS ?= 20000
# Of `make bench`: cases in its data, which pairs (commas between; unset: all), minutes of the pair "load".
export CASES ONLY MINUTES
PEERS := tests/benchmarks/peers
PEER := build/bench-django/.installed

.PHONY: help demo test check bench faults fuzz setup lint types floors browser mailbox office lock messages

help:
	@sed -n 's/^# \{0,1\}//; 1,8p' Makefile

demo: setup
	@exec $(PY) -m webapp.cli demo --end-with-parent

test: browser mailbox office lint types floors $(CATALOGUES)
	$(PY) -m pytest -n $(JOBS) --dist worksteal --durations=25

check: lint types floors $(CATALOGUES)
	$(PY) -m pytest tests/domain tests/architecture

bench: $(TESTS) $(PEER) $(CATALOGUES)
	@exec $(PY) -m tests.benchmarks

faults: $(TESTS) $(CATALOGUES)
	$(PY) -m tests.faults.run --mails $(MAILS)

fuzz: $(TESTS) $(CATALOGUES)
	@rm -f build/fuzz.json
	PAMONG_FUZZ=full $(PY) -m pytest -n $(JOBS) --dist worksteal tests/hostile
	@$(PY) -m tests.hostile.ledger

setup: $(RUNS) $(LAUNCHER) $(CATALOGUES)

lint: $(TESTS)
	$(PY) -m ruff check .

types: $(TESTS)
	$(PY) -m mypy

floors: $(TESTS)
	$(PY) -c "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"

# The environment. A second run finds the stamps and does nothing.

$(PY):
	@sh .ci/make-venv $(VENV)

$(RUNS): requirements.lock | $(PY)
	@echo "Installing what Pamong runs on into $(VENV) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(TESTS): requirements-dev.lock $(RUNS) $(LAUNCHER) | $(PY)
	@echo "Installing what the tests need into $(VENV) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(LAUNCHER): .ci/pamong | $(PY)
	@cp .ci/pamong $@ && chmod +x $@

# Django's admin, beside which Pamong is measured, has an environment of its own.
$(PEER): $(PEERS)/requirements.lock
	@sh .ci/make-venv build/bench-django
	@build/bench-django/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

%.mo: %.po | $(RUNS)
	@$(PY) -m babel.messages.frontend compile -i $< -o $@

# Browser tests drive the system's Chromium.
browser:
	@sh .ci/program Chromium "the browser tests" "chromium fonts-liberation" \
		chromium chromium-browser google-chrome google-chrome-stable

# Answers by mail are tested against a real IMAP server.
mailbox:
	@sh .ci/program Dovecot "the tests of the mailbox" dovecot-imapd dovecot

# Whether a school can open what is made as a Word file is asked of a real word processor.
office:
	@sh .ci/program LibreOffice "the tests that open Word files" libreoffice-writer-nogui soffice libreoffice

# For those who change Pamong.

COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv (a package of that name)."; exit 1; }
	$(COMPILE) requirements.in -o requirements.lock
	$(COMPILE) requirements-dev.in -o requirements-dev.lock
	$(COMPILE) $(PEERS)/requirements.in -o $(PEERS)/requirements.lock

messages: $(RUNS)
	@mkdir -p build
	$(PY) -m babel.messages.frontend -q extract -F pyproject.toml -k _l -k lazy_gettext -k N_ \
		--no-location --sort-output --project Pamong --omit-header -o build/messages.pot .
	$(PY) -m babel.messages.frontend -q update -i build/messages.pot -d webapp/translations \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
