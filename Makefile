# Everything that is done to this project. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
DEMO := demo
WORKERS ?= 2
SECONDS ?= 60
SEED ?= 0
RUNS ?= 1
MINUTES ?= 2
KILLS ?= 0

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | \
		awk -F'|' '{ printf "  %-12s %s\n", $$1, $$2 }'

$(RUNTIME): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@echo "Setting up (once; a minute or two) …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . >&2
	@touch $@

$(DEV): $(RUNTIME)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' >&2
	@touch $@

.PHONY: setup
setup: $(DEV) ## Set up the environment for development

.PHONY: run
run: $(RUNTIME) ## Set up, write sample data into demo/, and chat in the terminal
	@$(BIN)/stadtfunk init $(DEMO) >/dev/null
	@$(BIN)/stadtfunk chat --config $(DEMO)/config.toml

.PHONY: browser
browser: $(DEV) ## Set up a Chromium for the tests of the pages, where there is none
	@for name in chromium chromium-browser google-chrome; do \
		command -v $$name >/dev/null && exit 0; done; \
	echo "Setting up a browser (once; a minute or two) …" >&2; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq >&2 && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2; \
	else $(BIN)/python -m playwright install chromium >&2; fi

.PHONY: test
test: browser ## Set up and run all tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

.PHONY: check
check: $(DEV) lint types contracts ## Format, lint, types and import contracts

.PHONY: lint
lint: $(DEV) ## Format and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

.PHONY: types
types: $(DEV) ## Types
	@$(BIN)/mypy

.PHONY: contracts
contracts: $(DEV) ## Import contracts
	@$(BIN)/lint-imports

.PHONY: format
format: $(DEV) ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: bench
bench: $(DEV) ## Measure: our figures beside the baselines, from one run
	@$(BIN)/python -m bench

.PHONY: bench-page
bench-page: $(DEV) ## Measure, and write docs/performance.md with its pictures
	@$(BIN)/python -m bench --page

.PHONY: fuzz
fuzz: $(DEV) ## Fuzz every entry of the feed parsers, SECONDS each
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]' >&2
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

.PHONY: faults
faults: $(DEV) ## Let everything fail at random: SEED, RUNS, MINUTES, or KILLS power cuts
	@$(BIN)/python -m tests.faults --seed $(SEED) --runs $(RUNS) --minutes $(MINUTES) --kills $(KILLS)

.PHONY: bench-aiogram
bench-aiogram: ## Install aiogram for `make bench`, apart from everything else
	@$(PYTHON) -m venv .venv-aiogram
	@.venv-aiogram/bin/python -m pip install --quiet --disable-pip-version-check 'aiogram~=3.31'

.PHONY: constraints
constraints: $(DEV) ## Write the installed versions to constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable | grep -v '@' > constraints.txt

.PHONY: clean
clean: ## Remove the environment, caches and the demo
	@rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
