# Every target does its own set-up: a fresh clone needs nothing but Python 3.11 or newer and make.
STACK ?= dev
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCAN := .venv-scan
TRAINING := .venv-training
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help up preview policy compliance render rightsizing status verify down demo-autoscaling lock-models
.PHONY: demo-model registry train test lint agreement mutations scan bench docs lock-images lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

up: $(VENV)/ready ## Deploy STACK (default dev) and wait until its models are ready; OFFLINE=1 asks no registry
	$(BIN)/python -m inferencectl up --stack $(STACK) $(if $(OFFLINE),--offline)

preview: $(VENV)/ready ## Show what `make up` would change
	$(BIN)/python -m inferencectl preview --stack $(STACK) $(if $(OFFLINE),--offline)

policy: $(VENV)/ready ## Check STACK against the policy pack; SARIF= and JUNIT= name files to write for machines
	$(BIN)/python -m inferencectl policy --stack $(STACK) $(if $(SARIF),--sarif $(SARIF)) $(if $(JUNIT),--junit $(JUNIT))

compliance: OUTPUT ?= compliance
compliance: $(VENV)/ready ## Write what the policies prove of each standard to OUTPUT (default compliance/)
	$(BIN)/python -m inferencectl compliance --stack $(STACK) --output $(OUTPUT)

render: OUTPUT ?= rendered
render: $(VENV)/ready ## Write the manifests of STACK to OUTPUT (default rendered/)
	$(BIN)/python -m inferencectl render --stack $(STACK) --output $(OUTPUT)

rightsizing: $(VENV)/ready ## Propose resources by what the Prometheus at PROMETHEUS= saw in WINDOW (default 7d)
	$(BIN)/python -m inferencectl rightsizing --stack $(STACK) --prometheus "$(PROMETHEUS)" --window $(or $(WINDOW),7d)

status: $(VENV)/ready ## Show what runs of STACK, and how it is reached
	$(BIN)/python -m inferencectl status --stack $(STACK)

verify: $(VENV)/ready ## Ask what STACK serves; MODEL=, VERSION= choose, ADDRESS=, GRPC= name one server, FILES= what it recorded
	$(BIN)/python -m inferencectl verify --stack $(STACK) $(if $(MODEL),--model $(MODEL)) $(if $(VERSION),--version $(VERSION)) \
	  $(if $(ADDRESS),--address $(ADDRESS)) $(if $(GRPC),--grpc $(GRPC)) $(if $(FILES),--files $(FILES)) \
	  $(if $(LATENCY),--latency-milliseconds $(LATENCY))

down: $(VENV)/ready ## Stop the sandbox of STACK and forget its state
	$(BIN)/python -m inferencectl down --stack $(STACK)

demo-autoscaling: OUTPUT ?= demo
demo-autoscaling: $(VENV)/ready ## Show replicas and nodes following a load; write a picture to OUTPUT (default demo/)
	$(BIN)/python -m inferencectl demo-autoscaling --output $(OUTPUT)
lock-models: $(VENV)/ready-registry ## Write to models.lock what the names of versions in STACK mean now
	$(BIN)/python -m inferencectl lock-models --stack $(STACK)

demo-model: $(VENV)/ready-dev $(TRAINING)/ready ## Train, publish and promote a model, and show the preview that names the change
	$(BIN)/python -m inferencectl demo-model --training-python $(TRAINING)/bin/python

registry: $(VENV)/ready-registry ## Install the command line of the model registry (docs/registry.md)
	$(BIN)/python -m registry --help

train: OUTPUT ?= trained
train: $(TRAINING)/ready ## Train the example model and write its versions to OUTPUT (default trained/)
	PYTHONPATH=model_images/training $(TRAINING)/bin/python -m digits_model train --output $(OUTPUT)

test: $(VENV)/ready-dev lint ## Run every check and test
	$(BIN)/python -m pytest

lint: $(VENV)/ready-dev ## Style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	timeout 300 $(BIN)/basedpyright

agreement: $(VENV)/ready-dev ## How many cases of Kubernetes' own Pod Security tests the pack judges alike
	$(BIN)/python -m pytest -q tests/policies/test_pod_security_standards.py

mutations: $(VENV)/ready-dev ## How many ways of breaking the prod stack the pack catches
	$(BIN)/python -m pytest -q tests/policies/test_mutations.py

scan: $(VENV)/ready $(SCAN)/ready ## Check the manifests of prod with a general scanner
	$(BIN)/python -m inferencectl.policy_check.scanner

bench: $(VENV)/ready-dev $(SCAN)/ready $(TRAINING)/ready ## Measure, as ratios against stated bounds
	$(BIN)/python -m benchmarks

docs: $(VENV)/ready ## Write the generated parts of the documentation anew
	$(BIN)/python -m settings.reference
	$(BIN)/python -m scripts.diagram
	$(BIN)/python -m scripts.decision_index
	$(BIN)/python -m scripts.policy_reference

lock-images: $(VENV)/ready ## Write the digest of every image to images.lock, asked of the registries
	$(BIN)/python -m scripts.image_lock

lock: $(VENV)/ready ## Pin the requirements with hashes
	$(BIN)/pip install --quiet uv==0.13.8
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file requirements-registry.txt requirements-registry.in
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in
	$(COMPILE) --output-file requirements-scan.txt requirements-scan.in
	$(COMPILE) --output-file requirements-training.txt requirements-training.in
	$(COMPILE) --output-file requirements-verification.txt requirements-verification.in
	$(COMPILE) --output-file tests/registry/mlflow_server/server.txt tests/registry/mlflow_server/server.in
	$(COMPILE) --output-file model_images/tools/requirements.txt model_images/tools/requirements.in
	$(COMPILE) --output-file model_images/torchserve/requirements.txt model_images/torchserve/requirements.in
	$(COMPILE) --output-file tests/runtimes/torchserve_server.txt tests/runtimes/torchserve_server.in
	$(COMPILE) --output-file tests/runtimes/triton_server.txt tests/runtimes/triton_server.in

clean: ## Remove what the targets made in this checkout, sandboxes excepted
	rm -rf $(VENV) $(SCAN) $(TRAINING) .pytest_cache .ruff_cache .hypothesis rendered compliance demo trained

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

# Environments of their own: the scanner pins many packages, and TensorFlow wants another protobuf. The second list is
# whole, and what it leaves out on purpose is not asked for again (pyproject.toml).
$(SCAN)/ready: requirements-scan.txt
	$(PYTHON) -m venv $(SCAN)
	$(SCAN)/bin/pip install --quiet --require-hashes --requirement requirements-scan.txt
	touch $@

$(TRAINING)/ready: requirements-training.txt
	$(PYTHON) -m venv $(TRAINING)
	$(TRAINING)/bin/pip install --quiet --no-deps --require-hashes --requirement requirements-training.txt
	touch $@
