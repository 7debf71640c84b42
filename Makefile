# make brief   the main job, from a bare clone: sets everything up and writes the Kursk brief
# make test    the same set-up for the tests, then all of them; CI runs this
# make lint    style, types and the direction of imports
# make bench   how fast it is
# make clean   removes what the targets above made, the virtual environment included

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
SCENARIO ?= kursk-2024
AS_OF ?= 2025-03-11
OUT ?= briefs/$(SCENARIO)
WORKERS ?= 2

.PHONY: help brief test lint bench clean

help:
	@sed -n 's/^# //p' Makefile

brief: $(VENV)/.ready-fit
	$(BIN)/salient brief $(SCENARIO) --as-of $(AS_OF) --out $(OUT)
	@echo "Open $(OUT)/index.html in a browser."

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready-fit
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache briefs

# Each stamp says that these extras are installed as pyproject.toml now asks; all of them hold what `make brief` needs.
$(VENV)/.ready-fit: EXTRAS := fit
$(VENV)/.ready-test: EXTRAS := fit,site,postgresql,questions,serve,test
$(VENV)/.ready-dev: EXTRAS := fit,questions,site,serve,dev
$(VENV)/.ready-fit $(VENV)/.ready-test $(VENV)/.ready-dev: pyproject.toml | $(VENV)/.made
	@echo "Installing Salient and what it needs into $(VENV); the first time takes a few minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@ $(VENV)/.ready-fit

$(VENV)/.made:
	@new=; python=; for name in $(PYTHON) python3.11 python3 python3.12 python3.13; do \
	  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  new=$$name; \
	  if $$name -c 'import ensurepip, venv' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$new" ]; then \
	  echo "Salient needs Python 3.11 or newer. On Debian: apt-get install python3 python3-venv" >&2; exit 1; \
	elif [ -z "$$python" ]; then \
	  echo "$$new cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; exit 1; \
	fi; \
	$$python -m venv $(VENV)
	@touch $@
