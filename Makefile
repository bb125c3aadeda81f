# Two commands for everybody: `make run` and `make test`. The rest is for those who change the house.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test lint format lock bench clean

## Serve Gatehouse: installs, migrates, makes the first team on an empty database.
run: $(VENV)/.installed
	@$(BIN)/python manage.py start

## Every test. Those that need PostgreSQL, Redis or Chromium say so when they are skipped.
test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/djlint --check --quiet templates
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	GATEHOUSE_PUBLIC_URL=https://gatehouse.example $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates

## Measure the gate against its peers; writes benchmarks/results.json and prints a table.
bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks

## Resolve the ranges of pyproject.toml anew. Needs uv.
lock:
	uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --no-annotate --quiet \
	    --custom-compile-command "make lock" --upgrade --output-file requirements.txt
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --python-version 3.11 --no-annotate --quiet \
	    --custom-compile-command "make lock" --constraints requirements.txt --output-file requirements-dev.txt

clean:
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Gatehouse needs Python 3.11 or later; say which with: make run PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	@touch $@
