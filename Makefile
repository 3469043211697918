# Everything a clone keeps lies in .venv/ and .tongbao/; `make clean` removes the first, never the second.
JURISDICTION ?= shiliqi
CIRCULAR ?= quarterly
PERIOD ?=
ARGS ?=

# CI and offices with their own Python may bring a ready environment: make VENV=/path/to/venv …
VENV ?= .venv
PYTHON = $(VENV)/bin/python
READY = $(VENV)/.tongbao-ready
DATABASE = .tongbao/airflow/.migrated
BASE_PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' && echo $$name && break; done)

ifndef BACKUP
BACKUP := backups/$(shell date +%Y%m%d-%H%M%S)
endif
IN_BACKUP = docker compose run --rm -T --no-deps --user "$$(id -u):0" --volume "$(abspath $(BACKUP))/archive:/backup" prepare

# Modules and rewritten assertions are compiled once, not by every process again; `make clean` removes what that leaves.
unexport PYTHONDONTWRITEBYTECODE

# Two workers, a file on one of them: what a file's tests share is made once.
SPREAD ?= -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup circular scan-demo up airflow env backup restore test test-library stack-test lint format types bench lock clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) $(DATABASE)  ## install what requirements.lock pins, prepare the database (others call it when needed)

# The lock names every package: pip need not (and, of extras, cannot) reckon again what follows from what.
$(READY): requirements.lock pyproject.toml
	@test -n "$(BASE_PYTHON)" || { echo "需要 Python 3.11、3.12 或 3.13：请先安装，或用 make BASE_PYTHON=/路径/python3.11 指明。" >&2; exit 1; }
	@echo "安装运行环境（只在第一次，需几分钟）…"
	@test -x $(PYTHON) || $(BASE_PYTHON) -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DATABASE): $(READY)
	@mkdir -p $(@D) .tongbao/logs
	@$(PYTHON) -m tongbao_airflow.environment db migrate >.tongbao/logs/migrate.log 2>&1 || { cat .tongbao/logs/migrate.log >&2; exit 1; }
	@touch $@

circular: setup  ## make a circular through the real DAGs; PERIOD=2020-Q3 JURISDICTION=shiliqi CIRCULAR=quarterly
	@$(PYTHON) -m tongbao_airflow.once --jurisdiction "$(JURISDICTION)" --circular "$(CIRCULAR)" --period "$(PERIOD)"

scan-demo: $(READY)  ## scan fictional government websites on loopback and make their circular
	@PYTHONPATH=.:plugins $(PYTHON) -m samples.scan.demo $(ARGS)

up: setup  ## start Airflow with its pages on http://127.0.0.1:8080 (stop with Ctrl-C)
	@echo "网址 http://127.0.0.1:8080，用户名 admin，密码见 .tongbao/airflow/simple_auth_manager_passwords.json.generated"
	@exec $(PYTHON) -m tongbao_airflow.environment standalone

airflow: setup  ## run an Airflow command on the same database; ARGS="dags list"
	@$(PYTHON) -m tongbao_airflow.environment $(ARGS)

env:  ## make .env: random secrets for a new production installation (docker compose)
	@test -n "$(BASE_PYTHON)" || { echo "需要 Python 3.11、3.12 或 3.13。" >&2; exit 1; }
	@PYTHONPATH=plugins $(BASE_PYTHON) -m tongbao_airflow.production env

# The database goes first: what it refers to is in the archive by then.
backup:  ## copy database and archive of the running installation into BACKUP=folder
	@umask 077 && mkdir -p "$(BACKUP)/archive"
	@umask 077 && docker compose exec -T postgres pg_dump --username airflow --format custom airflow >"$(BACKUP)/database.part"
	@mv "$(BACKUP)/database.part" "$(BACKUP)/database.dump"
	@$(IN_BACKUP) python -m tongbao_airflow.backup save /backup
	@echo "备份在 $(BACKUP)；密钥文件 .env 请另行妥善保存，没有它无法读出数据库中的连接密码。"

restore:  ## bring BACKUP=folder back into a new, empty installation with the old .env
	@test -f "$(BACKUP)/database.dump" || { echo "$(BACKUP) 中没有 database.dump，请用 BACKUP=文件夹 指明备份。" >&2; exit 1; }
	docker compose up --detach --wait postgres redis store
	docker compose exec -T postgres pg_restore --username airflow --dbname airflow --clean --if-exists --exit-on-error <"$(BACKUP)/database.dump"
	docker compose run --rm prepare
	$(IN_BACKUP) python -m tongbao_airflow.backup restore /backup
	docker compose up --detach

test: $(READY)  ## run all tests but those of the production topology
	PATH="$(abspath $(VENV))/bin:$$PATH" $(PYTHON) -m pytest $(SPREAD) --ignore tests/stack --cov --cov-report=term $(ARGS)

stack-test: $(READY)  ## run the production topology on loopback: roles, reviews, faults, backup (8 to 10 min)
	PATH="$(abspath $(VENV))/bin:$$PATH" $(PYTHON) -m pytest tests/stack $(ARGS)

test-library: $(READY)  ## run the library's tests where Airflow cannot be imported, but for runs of the whole sample
	$(PYTHON) -m pytest $(SPREAD) tests/tongbao -p tests.without_airflow -m "not whole" $(ARGS)

lint: $(READY) types  ## check style, formatting, types and layers
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(VENV)/bin/lint-imports

types: $(READY)  ## check types
	$(PYTHON) -m mypy

format: $(READY)  ## mend style and formatting
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench: $(READY)  ## run the named workloads: time and peak memory
	$(PYTHON) -m benchmarks $(ARGS)

lock:  ## renew requirements.lock from pyproject.toml (needs uv and a package index)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --no-emit-index-url --upgrade -o requirements.lock

clean:  ## remove the environment and caches; data under .tongbao/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage .coverage.* plugins/*.egg-info build
	find . -name __pycache__ -type d -not -path './.tongbao/*' -prune -exec rm -rf {} +
