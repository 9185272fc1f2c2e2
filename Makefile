# make run: the demo on http://127.0.0.1:8000    make test: everything a change must pass

# The first interpreter that is new enough; PYTHON=/path/to/python3 chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP = $(BIN)/python -m pip -qq --disable-pip-version-check
READY := .venv/.ready

.PHONY: run test check format bench bench-faults lock clean

run: $(READY)
	@exec $(BIN)/huiju demo

test: check
	@$(BIN)/pytest -q --cov --cov-report=term

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY)
	@$(BIN)/python -m bench

bench-faults: $(READY)
	@$(BIN)/python -m bench.faults

# Everything is installed from the lock, the build backend too, so nothing is resolved or built out of sight.
$(READY): requirements.lock pyproject.toml
	@$(or $(PYTHON),false) -c '$(NEW_ENOUGH)' || { echo "Huiju needs Python 3.11 or newer: install it, or name it with PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	@rm -rf build/lock && $(PYTHON) -m venv build/lock
	@build/lock/bin/pip install --quiet '.[dev]'
	@build/lock/bin/pip freeze --exclude huiju > requirements.lock

# Data under var/ stays.
clean:
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
