# make run: the demo on http://127.0.0.1:8000    make test: everything a change must pass

# The first interpreter that is new enough; PYTHON=/path/to/python3 chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
NODE_ENOUGH := const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)
BIN := .venv/bin
PIP = $(BIN)/python -m pip -qq --disable-pip-version-check
READY := .venv/.ready
EXPLORER := transport/pages/explorer/index.html

## Every day

.PHONY: run test check format
# The explorer is built beside, where there is Node: nobody waits for it, and its page says what to do until it is there.
run: $(READY)
	@mkdir -p var; if node -e '$(NODE_ENOUGH)' 2>/dev/null; then $(MAKE) -s explorer >var/explorer.log 2>&1 & fi
	@exec $(BIN)/huiju demo

test: check
	@$(BIN)/pytest -q -n 2 --dist loadfile --cov --cov-report=term

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

## The explorer, with Node

.PHONY: explorer test-explorer screenshots
explorer: $(EXPLORER)

# These two need `make run` going beside, at HUIJU_URL, and Chromium.
test-explorer: explorer
	@cd explorer && npm run --silent types -- --check && npm run --silent check && npm test --silent && npm run --silent test:browser

screenshots: explorer
	@cd explorer && node screenshots.mjs

# The page comes last and in one step: what is half built is never served.
$(EXPLORER): explorer/node_modules/.ready $(shell find explorer/src explorer/public explorer/examples -type f) \
		explorer/index.html explorer/vite.config.ts explorer/compress.ts
	@cd explorer && npm run --silent build -- --logLevel warn
	@touch $@

%/node_modules/.ready: %/package-lock.json
	@cd $* && npm ci --silent --no-fund --no-audit
	@touch $@

## Figures; docs/performance.md tells what they mean

.PHONY: bench bench-search bench-faults bench-load
bench: $(READY)
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.tokens

# The whole catalogue; SIZE=20000 for a quick look.
bench-search: $(READY)
	@$(BIN)/python -m bench.catalogue $(if $(SIZE),--size $(SIZE))

bench-faults: $(READY)
	@$(BIN)/python -m bench.faults

bench-load: $(READY)
	@$(BIN)/python -m bench.load

## Against other people's software, installed beside

.PHONY: peers peers-openid test-clients
# pycsw, PostGraphile and Datasette, read by their ready definitions.
peers: $(READY) peers-openid
	@$(BIN)/python -m tests.peers

# A certified OpenID provider and a certified client; needs Node.
peers-openid: $(READY)
	@cd peers && npm ci --silent
	@$(BIN)/pytest -q tests/auth/test_certified_provider.py tests/federation/test_certified_client.py

# The snippets of docs/clients.md, against `make run` going beside, at HUIJU_URL.
test-clients: $(READY) tests/clients/node_modules/.ready
	@cd tests/clients && npm test --silent

## What all of it is installed from

.PHONY: lock clean
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
	@rm -rf .venv explorer/node_modules tests/clients/node_modules tests/clients/build transport/pages/explorer build dist \
		.mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
