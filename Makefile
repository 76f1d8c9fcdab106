# The front door. `make help` says what each target does.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
SERVE  ?= 1
PORT   ?= 8000
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench format clean setup setup-dev lock

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/' | expand -t 14

demo: setup ## mine the bundled sample and open the desk (SERVE=0: end after the report; PORT=8000)
	$(BIN)/zhongsheng demo $(if $(filter 0,$(SERVE)),--no-serve,--serve) --port $(PORT)

test: setup-dev ## run every test: unit, API, browser, PostgreSQL (WORKERS=2: processes side by side, up to 6 GB each)
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile

lint: setup-dev ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup-dev ## every suite of `zhongsheng evaluate`, peers beside us (corpora: ZHONGSHENG_DATA)
	$(BIN)/zhongsheng evaluate all

format: setup-dev ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what the other targets made
	rm -rf $(VENV) .zhongsheng out report.html evaluation/reports .pytest_cache .mypy_cache .ruff_cache .hypothesis

setup: $(VENV)/.installed ## make the virtual environment with the locked dependencies

setup-dev: $(VENV)/.installed-dev ## the same with the tools that test and check, the ray engine and the peers

lock: ## rewrite constraints.txt from what the newest allowed versions resolve to
	scripts/lock.sh $(PYTHON)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' \
	  || { echo "Zhongsheng needs Python 3.11 or 3.12; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed scripts/install_chromium.sh
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	scripts/install_chromium.sh
	@touch $@
