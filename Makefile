# Tovholder's commands: `make help` lists them. Each does its own set-up, into .venv, from a hashed lock.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check format demo bench proof lock clean runtime dev browser

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is Python 3.11 or later and can make a virtual environment; `make PYTHON=... run` overrides.
PYTHON_CANDIDATES := python3.13 python3.12 python3.11 python3
PYTHON ?=

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
	echo "Installing $(1)"; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r $(1); \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .; \
	rm -f $(VENV)/$(2)-*; touch $@
endef

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime  ## Serve the reporter's chat and the staff console on SQLite under ./data
	@exec $(BIN)/tovholder serve

dev: $(DEV_STAMP)

# What develops also runs: the runtime lock alone is installed only where nothing else is.
runtime: $(if $(wildcard $(DEV_STAMP)),,$(RUNTIME_STAMP))

$(RUNTIME_STAMP):
	$(call set-up,requirements.lock,.runtime)

$(DEV_STAMP):
	$(call set-up,requirements-dev.lock,.dev)
