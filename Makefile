# Every target does its own set-up: a fresh clone needs nothing but Python 3.11 or newer and make.
STACK ?= dev
PYTHON ?= python3
OUTPUT ?= rendered
VENV := .venv
BIN := $(VENV)/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help up preview policy render status down registry test lint bench docs lock lock-images clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

up: $(VENV)/ready ## Deploy STACK (default dev) and wait until its models are ready
	$(BIN)/python -m sandbox up --stack $(STACK)

preview: $(VENV)/ready ## Show what `make up` would change
	$(BIN)/python -m sandbox preview --stack $(STACK)

policy: $(VENV)/ready ## Check STACK against the policy pack
	$(BIN)/python -m sandbox policy --stack $(STACK)

render: $(VENV)/ready ## Write the manifests of STACK to OUTPUT (default rendered/)
	$(BIN)/python -m sandbox render --stack $(STACK) --output $(OUTPUT)

status: $(VENV)/ready ## Show what runs of STACK, and how it is reached
	$(BIN)/python -m sandbox status --stack $(STACK)

down: $(VENV)/ready ## Stop the sandbox of STACK and forget its state
	$(BIN)/python -m sandbox down --stack $(STACK)

registry: $(VENV)/ready-registry ## Install the command line of the model registry (docs/registry.md)
	$(BIN)/python -m registry --help

test: $(VENV)/ready-dev lint ## Run every check and test
	$(BIN)/python -m pytest

lint: $(VENV)/ready-dev ## Style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	timeout 300 $(BIN)/basedpyright

bench: $(VENV)/ready-dev ## Measure, as ratios against stated bounds
	$(BIN)/python -m benchmarks

docs: $(VENV)/ready ## Write the generated parts of the documentation anew
	$(BIN)/python -m settings.reference
	$(BIN)/python -m sandbox.diagram

lock-images: $(VENV)/ready ## Write the digest of every image to images.lock, asked of the registries
	$(BIN)/python -m sandbox.image_lock

lock: $(VENV)/ready ## Pin the requirements with hashes
	$(BIN)/pip install --quiet uv==0.13.8
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file requirements-registry.txt requirements-registry.in
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in
	$(COMPILE) --output-file tests/registry/mlflow_server/server.txt tests/registry/mlflow_server/server.in

clean: ## Remove what the targets made in this checkout, sandboxes excepted
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis $(OUTPUT)

# A stamp that is newer than the pins: a changed pin is installed at the next command.
$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	touch $@

$(VENV)/ready-registry: requirements-registry.txt $(VENV)/ready
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-registry.txt
	touch $@

$(VENV)/ready-dev: requirements-dev.txt $(VENV)/ready
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.txt
	touch $@
