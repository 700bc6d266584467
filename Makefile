# Tovholder's commands: `make help` lists them. Each does its own set-up, into .venv, from a hashed lock.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test asvs check format demo bench proof pictures lock clean runtime dev browser

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is Python 3.11 or later and can make a virtual environment; `make PYTHON=... run` overrides.
PYTHON_CANDIDATES := python3.13 python3.12 python3.11 python3
PYTHON ?=
# A whole run is spread over several processes; what ARGS chooses runs in one, where -s and --pdb work.
WORKERS ?= $(if $(ARGS),0,auto)

# A set-up is done once per content of the lock and of pyproject.toml, and again when the folder was moved.
key = $(shell { pwd; cat $(1) pyproject.toml; } | cksum | tr ' ' '-')
RUNTIME_STAMP := $(VENV)/.runtime-$(call key,requirements.lock)
DEV_STAMP := $(VENV)/.dev-$(call key,requirements-dev.lock)

define set-up
	@set -eu; \
	if [ "$$(cat $(VENV)/.place 2>/dev/null || :)" != "$$(pwd)" ] || ! $(BIN)/python -c '' 2>/dev/null; then \
	    chosen=; \
	    for candidate in $(or $(PYTHON),$(PYTHON_CANDIDATES)); do \
	        if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	            chosen=$$candidate; break; \
	        fi; \
	    done; \
	    if [ -z "$$chosen" ]; then \
	        echo "Tovholder needs Python 3.11 or later with its venv module (Debian: apt install python3-venv)." >&2; exit 1; \
	    fi; \
	    echo "Setting up $(VENV) with $$chosen"; \
	    "$$chosen" -m venv --clear $(VENV); pwd > $(VENV)/.place; \
	fi; \
	echo "Installing $(1): some minutes at the first time"; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(1); \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .; \
	rm -f $(VENV)/$(2)-*; touch $@
endef

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime  ## Serve the reporter's chat and the staff console on SQLite under ./data
	@exec $(BIN)/tovholder serve

test: dev browser  ## Run the whole suite, on SQLite and on a PostgreSQL that it starts itself
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0 $(ARGS)

asvs: dev  ## Show by which tests each of forty requirements of OWASP ASVS 5.0 stands
	@$(BIN)/python -m pytest -q -m asvs -p tests.asvs.register -n $(WORKERS) --dist loadfile $(ARGS)

check: dev  ## Check format, lint, types, floors, spelling, templates and the profile (no tests)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/codespell
	@$(BIN)/djlint --quiet --lint admin handlers
	@! git grep -nIE 'pypi[.]|python[h]osted|registry[.]npm|/simple[/]|[^o-]-index[-]url|find[-]links' -- . ':!Makefile'
	@$(BIN)/tovholder check

format: dev  ## Write the code as `check` wants it
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

demo: runtime  ## Serve with synthetic cases, in a folder of its own
	@exec $(BIN)/tovholder demo

bench: dev  ## Measure against the targets
	@$(BIN)/python -m pytest -m bench --capture=no $(ARGS)

proof: dev browser  ## Run the fault tests at full size
	@$(BIN)/python -m pytest -m proof --capture=no $(ARGS)

pictures: dev browser  ## Make the pictures of the README anew, and the journeys with theirs
	@$(BIN)/python -m tests.e2e.pictures
	@$(BIN)/python -m tests.e2e.journeys_page

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(ARGS) pyproject.toml --group build

lock: dev  ## Write the locks anew from pyproject.toml (ARGS=--upgrade takes newer versions)
	@$(COMPILE) -o requirements.lock
	@$(COMPILE) --group dev --extra notify --constraints requirements.lock -o requirements-dev.lock

clean:  ## Remove what the commands made, but for data and keys
	@rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf .coverage htmlcov mutants

# The walks need a browser. Debian's is installed where that is possible; elsewhere the walks are deselected. Its form
# without windows costs a quarter of the whole one's work for each new page: a build server takes it beside another.
browser:
	@if [ -z "$$TOVHOLDER_TEST_CHROMIUM" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	    && ! command -v chromium-headless-shell >/dev/null && { [ -n "$$CI" ] \
	    || ! { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; }; then \
	    echo "Installing Chromium for the browser tests"; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { apt-get update; for name in chromium-headless-shell chromium; do \
	        apt-get install -y --no-install-recommends $$name fonts-dejavu fonts-noto-core && break; done; } \
	        >/dev/null 2>&1 || echo "Chromium could not be installed"; \
	fi

dev: $(DEV_STAMP)

# What develops also runs: the runtime lock alone is installed only where nothing else is.
runtime: $(if $(wildcard $(DEV_STAMP)),,$(RUNTIME_STAMP))

$(RUNTIME_STAMP):
	$(call set-up,requirements.lock,.runtime)

$(DEV_STAMP):
	$(call set-up,requirements-dev.lock,.dev)
