# Two commands do all the set-up: `make run` and `make test`. `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 3000
VENV := .venv
LOCKED := $(VENV)/.ready
READY := $(VENV)/bin/kehu
# The key of a real source's pseudonyms: from the environment, or a file that only its owner can read.
KEY := $(if $(or $(KEHU_KEY),$(KEHU_KEY_FILE),$(filter simulated,$(or $(SOURCE),$(KEHU_SOURCE),simulated))),,.kehu/key)
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

# In this environment the tools report their usage to nobody, whoever starts them.
QUIET := import os; [os.environ.setdefault(k, v) for k, v in (("DVC_NO_ANALYTICS", "1"), ("MLFLOW_DISABLE_TELEMETRY", "true"), ("BENTOML_DO_NOT_TRACK", "True"), ("DO_NOT_TRACK", "1"))]

.DEFAULT_GOAL := help
.PHONY: help setup run serve test test-slow test-all lint lock docs clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'
	@echo "  make run SOURCE=berka   the same pipeline on another source (see configs/sources)"

setup: $(READY) ## Create .venv, install the locked dependencies and the command kehu

$(READY): | $(LOCKED)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

$(LOCKED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kehu needs Python 3.11 or newer, found " + sys.version.split()[0] + ". Say which one: make run PYTHON=python3.11")'
	@echo "Installing the locked dependencies into $(VENV) (about 1.4 GB, a few minutes) …"
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@echo '$(QUIET)' > "$$($(VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/usage_reporting_off.pth"
	@touch $(LOCKED)

.kehu/key: | $(READY)
	@kehu privacy init

run: $(READY) $(KEY) ## Run the pipeline and print the figures; SOURCE=berka takes another source
	@kehu run $(if $(SOURCE),--source $(SOURCE))

serve: $(READY) ## Start the endpoint on the winning models (http://localhost:3000; PORT=… for another)
	@kehu serve $(if $(SOURCE),--source $(SOURCE)) --port $(PORT)

test: $(READY) lint ## Lint, format, types, import contract and the test suite
	@pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(READY) ## The slow checks
	@pytest -n 2 --dist loadfile -m slow

test-all: test test-slow ## Both

lint: $(READY)
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports

lock: $(READY) ## Resolve the newest versions that work together into the lock files
	@python -m pip install --quiet uv
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o requirements.lock
	@uv pip compile pyproject.toml --extra serve --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o src/serving/requirements.lock

docs: $(READY) ## Write the feature dictionary, the parameter reference and the figures of README.md anew
	@kehu features dictionary > configs/FEATURES.md
	@kehu params reference > configs/PARAMETERS.md
	@python -m tests.support.project.front_page

clean: ## Remove the environment and what the pipeline made; data/incoming stays
	rm -rf $(VENV) mlflow.db mlruns mlartifacts dvc_plots .dvc/cache .dvc/tmp
	find data -mindepth 2 -maxdepth 2 ! -path 'data/incoming/*' ! -name metrics ! -name 'dvc.*' -exec rm -rf {} +
