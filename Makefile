# Needs nothing but python3 (3.11 or newer) with its venv module. `make` alone lists the targets.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest --durations=10 --durations-min=1

.DEFAULT_GOAL := help
.PHONY: help install demo test simulate lint bench parts chaos up verify clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: install ## the demonstration: a year of five cities, from reports to the yearly tables
	$(BIN)/liandong demo

test: install ## every test: unit and integration three at a time, then end to end, on real servers
	$(PYTEST) -n 3 --dist loadfile --max-worker-restart 0 tests/unit tests/integration # each worker has servers of its own
	$(PYTEST) tests/end_to_end

simulate: install ## seeded schedules of crashes, cuts, pauses and rebalances; SEED= and COUNT=, by default a thousand
	SEED=$(or $(SEED),1) COUNT=$(or $(COUNT),1000) $(PYTEST) -s tests/integration/test_simulation.py -k schedule_loses

lint: install ## style, types, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## every claim about speed in one go, into the ledger; on a quiet machine about an hour and a half
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --frozen --compile-bytecode --group bench --python $(BIN)/python
	$(BIN)/python -m tests.benchmarks.speed $(BENCH)

parts: install ## what single parts cost: decide, calendar, intake's answer, local servers, disclosure, statistics
	for part in decide clock_arithmetic intake_answer report_to_queue local_infrastructure disclosure statistics; do $(BIN)/python -m tests.benchmarks.$$part || exit 1; done

MINUTES ?= 10
chaos: install ## break everything for MINUTES (10), one SEED after the other, and check the invariants
	$(BIN)/python -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

up: install ## start everything on this machine; Ctrl-C stops it
	$(BIN)/liandong up

verify: install ## fold every case again and compare
	$(BIN)/liandong verify

clean: ## remove the environment and all caches of this folder; data and downloads stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

install: $(BIN)/.installed ## the environment in .venv, as uv.lock says

$(BIN)/.installed: pyproject.toml uv.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "需要 Python 3.11 或更新版本。 / Python 3.11 or newer is needed.")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	UV_PYTHON_DOWNLOADS=never $(BIN)/uv sync --frozen --compile-bytecode --python $(BIN)/python
	touch $@
