# A thin face over pip and the evonas command line. Without make:
#     python3 -m venv .venv && . .venv/bin/activate
#     pip install -c constraints.txt torch
#     pip install -c constraints.txt -e .[dev]
#     evonas search configs/quickstart.yaml --mpi 3
#     python -m pytest

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALLED := pyproject.toml setup.py constraints.txt

.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

search: $(VENV)/.installed ## search on handwritten digits under MPI: 3 minutes, ends with a network
	$(BIN)/evonas search configs/quickstart.yaml --mpi 3

test: $(VENV)/.installed-dev ## the whole test suite
	$(BIN)/python -m pytest -n 2 --dist worksteal

explore: $(VENV)/.installed-dev ## the whole test suite, with newly drawn examples
	$(BIN)/python -m pytest -n 2 --dist worksteal --hypothesis-profile explore

lint: $(VENV)/.installed-dev ## style, types, docstrings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/interrogate --quiet evonas cluster minibench tests

clean: ## remove the environment and what tools left; keeps runs/
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "evonas needs Python 3.11 or newer, and \`$(PYTHON)\` is" \
	    "`$(PYTHON) --version 2>&1`. Name another: make PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(INSTALLED) | $(VENV)/bin/python
	@echo "Installing evonas into $(VENV) (about a gigabyte with torch) ..."
	$(PIP) install -c constraints.txt torch
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e .[dev]
	@# Its data files alone are read: nothing of it is imported, so none of its needs.
	$(PIP) install -c constraints.txt --no-deps aeon
	@touch $@

.PHONY: help search test explore lint clean
