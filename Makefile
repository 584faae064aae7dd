# Every recipe a line or two; `make help` reads the ## comments. Continuous integration calls the same recipes.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
HBS := tests/template/differential
WEB := src/grantwire/edges/web
WEB_SOURCES := $(shell find $(WEB)/assets $(WEB)/templates -type f -not -path '*/node_modules/*')
# npm of the machine, or the one that a wheel brings into .venv
NPM = PATH="$$PATH:$(CURDIR)/$(BIN)" npm

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: .venv/.ready $(WEB)/static/manifest.json ## Make .venv with everything in it, pinned, and build the console
	@:

.venv/.ready: requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.npm: .venv/.ready requirements/node.txt
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --require-hashes -r requirements/node.txt
	@touch $@

# what the console's pages load, and handlebars.js, which our template engine is held against
$(WEB)/assets/node_modules/.ready: $(WEB)/assets/package-lock.json .venv/.npm
	@$(NPM) ci --prefix $(WEB)/assets --silent --no-audit --no-fund --ignore-scripts && touch $@

$(WEB)/static/manifest.json: $(WEB)/assets/node_modules/.ready $(WEB_SOURCES)
	@$(NPM) run --prefix $(WEB)/assets --silent build

$(HBS)/node_modules/.ready: $(HBS)/package-lock.json .venv/.npm
	@$(NPM) ci --prefix $(HBS) --silent --no-audit --no-fund --ignore-scripts && touch $@

demo: setup ## Run the main job: server, sandbox, the guide's webhook, sample requests (ARGS="--requests 5")
	@$(BIN)/grantwire demo $(ARGS)

test: setup $(HBS)/node_modules/.ready ## Pass all tests (ARGS="tests/domain -k retry" for some)
	@$(BIN)/python -m pytest $(ARGS)

fuzz: setup $(HBS)/node_modules/.ready ## Hold random templates against handlebars.js (ARGS="--count 100000 --seed any")
	@$(BIN)/python $(HBS)/fuzz.py $(or $(ARGS),--count 20000)

soak: setup ## Kill a server again and again, through every trouble, and count (ARGS="--minutes 60 --seed any")
	@$(BIN)/python -m tests.e2e.crash.soak $(ARGS)

proof: setup ## Prove that no event becomes two incidents (ARGS="--events 10000")
	@$(BIN)/python -m tests.e2e.reconcile_proof $(ARGS)

mutate: setup ## Change the context analyser one small thing at a time: do the tests notice? (ARGS="json_states walk")
	@nice -n 10 $(BIN)/python tools/mutate.py $(ARGS)

check: setup ## Lint, types, import rules, sizes
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache && $(BIN)/python tools/sizes.py src bench tools

fix: setup ## Mend what a machine can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

screenshots: setup ## Fill screenshots/ with every page: light, dark, 360 px
	@$(BIN)/python -m tests.e2e.console.screenshots $(ARGS)

bench: setup ## Measure beside a floor in the same run; one JSON file per program in bench/results/
	@for program in $(or $(ARGS),$(wildcard bench/[a-z]*.py)); do $(BIN)/python $$program || exit 1; done

lock: ## Pin the newest versions that fit pyproject.toml, with hashes
	@tools/lock

clean: ## Remove everything that was made
	@rm -rf .venv $(HBS)/node_modules $(WEB)/assets/node_modules $(WEB)/static screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis bench/results build dist

.PHONY: help setup demo test fuzz soak proof mutate check fix screenshots bench lock clean
