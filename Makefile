# Everything is made in .venv from a fresh checkout with Python 3.11 or newer. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
MODELS ?= 1
ARGS ?=
MODEL ?=
ONLY ?=
BIN := .venv/bin
UV := $(BIN)/python -m uv pip
INSTALL := $(UV) install --quiet --python $(BIN)/python
COMPILE := $(UV) compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 pyproject.toml --extra postgres --extra observe --extra ocr --extra s3
PACKAGES := pulse db letters mail_gateway workers

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.ready ## A .venv with pulse, in the locked versions

.venv/.ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps -e .
	@touch $@

.venv/.models: .venv/.ready requirements-models.lock
	$(INSTALL) --require-hashes -r requirements-models.lock
	@touch $@

.PHONY: models
models: .venv/.models ## Also what a language model needs (torch: about 5 GB)

.PHONY: demo
demo: .venv/.ready $(if $(MODEL),.venv/.models) ## Run the whole chain (ARGS=--once ends by itself, MODEL=name|path words the letters)
	$(BIN)/pulse demo $(ARGS) $(if $(MODEL),--model $(MODEL))

.PHONY: lint
lint: .venv/.ready ## Lint, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

.PHONY: test
test: .venv/.ready $(if $(filter 1,$(MODELS)),.venv/.models) services lint ## Every check and every test (MODELS=0 leaves torch out)
	$(BIN)/pytest -n 2 --dist loadgroup

.PHONY: services
services:
	scripts/test-services postgresql dovecot chromium tesseract libreoffice calc node jdk maven

.PHONY: bars
bars: .venv/.ready .venv/.models services ## The proofs at full size; writes docs/bars.md (ONLY=text runs those with this text)
	$(BIN)/python -m bench.bars --only "$(ONLY)"

.PHONY: bench
bench: .venv/.ready ## Speed, as ratios from one run
	$(BIN)/python bench/worker.py --json
	$(BIN)/python bench/engine.py --json
	$(BIN)/python bench/chain.py --json
	$(BIN)/python bench/mail.py --json

.PHONY: format
format: .venv/.ready ## Format and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: .venv/.ready ## Lock the newest versions, with hashes
	$(COMPILE) --extra demo --group dev --upgrade -o requirements.lock
	$(COMPILE) --extra demo --group dev --group serve --extra models --constraint requirements.lock -o requirements-models.lock
	$(COMPILE) --constraint requirements.lock -o deploy/requirements.lock

.PHONY: clean
clean: ## Remove the environment and the demo's data
	rm -rf .venv var
