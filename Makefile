# Every target does its own set-up: a fresh clone needs nothing but Python 3.11 or newer and make.
STACK ?= dev
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCAN := .venv-scan
TRAINING := .venv-training
UV := $(BIN)/uv
UV_LIST := scripts/uv.txt
EXPORT := $(UV) export --quiet --frozen --offline --no-header

.DEFAULT_GOAL := help
.PHONY: help up preview recover doctor status verify alerts history rollback promote api-key-pair api-key down render lock-models policy
.PHONY: report publish-report identity plan deploy-plan drift verify-now compliance processing-record rightsizing find-subject export-subject erase-subject erase-again cost scan registry train demo-alert demo-autoscaling demo-canary
.PHONY: demo-change demo-erasure demo-model test lint bench agreement mutations mutation-score docs messages lock lock-images clean

help: ## List the targets
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-18s", $$1; folded($$2) } \
	  function folded(text,   words, number, at, i) { number = split(text, words, " "); at = 20; \
	    for (i = 1; i <= number; i++) { \
	      if (at + length(words[i]) > 79) { printf "\n%20s", ""; at = 20 } \
	      printf "%s ", words[i]; at += length(words[i]) + 1 } \
	    print "" }' $(MAKEFILE_LIST) | sed 's/ *$$//'

# An option with the value of a variable, where it has one: $(call option,--nodes,NODES). An empty variable on make's
# command line, such as one that the shell has not set, is passed on and refused: nobody means the default by it.
option = $(if $($2)$(filter command,$(origin $2)),$1 "$($2)")
INFERENCECTL = $(BIN)/python -m inferencectl

##@ Deploy

# The live stack trains, signs and publishes what it serves.
LIVE_PARTS := $(if $(filter live,$(STACK)),$(VENV)/ready-registry $(TRAINING)/ready)

up: $(VENV)/ready $(LIVE_PARTS) ## Deploy STACK (default dev) and wait until its models are ready; OFFLINE=1 uses the pinned versions, NODES=real runs its pods, CLUSTER=current takes the cluster of kubectl
	$(INFERENCECTL) up --stack "$(STACK)" $(if $(OFFLINE),--offline) $(call option,--nodes,NODES) $(call option,--cluster,CLUSTER)

preview: $(VENV)/ready ## Show what `make up` would change
	$(INFERENCECTL) preview --stack "$(STACK)" $(if $(OFFLINE),--offline)

recover: $(VENV)/ready ## Put right what a killed Pulumi has left of STACK; BACKEND=current takes the backend of `pulumi login`
	$(INFERENCECTL) recover --stack "$(STACK)" $(call option,--backend,BACKEND) $(if $(YES),--yes)

doctor: $(VENV)/ready ## Show what this machine lacks for STACK, and with CLUSTER= (current, or a context) what the cluster lacks
	$(INFERENCECTL) doctor --stack "$(STACK)" $(call option,--cluster,CLUSTER)

status: $(VENV)/ready ## Show what is running in STACK, and its addresses
	$(INFERENCECTL) status --stack "$(STACK)"

# A variable, for make prints a recipe with its ends of lines.
VERIFY = $(strip $(call option,--model,MODEL) $(call option,--version,VERSION) $(call option,--files,FILES) \
  $(call option,--address,ADDRESS) $(call option,--grpc,GRPC) \
  $(call option,--latency-milliseconds,LATENCY))

verify: $(VENV)/ready ## Check that STACK serves what was published; MODEL=, VERSION=, ADDRESS=, GRPC=, FILES=, LATENCY=
	$(INFERENCECTL) verify --stack "$(STACK)" $(VERIFY)

alerts: $(VENV)/ready ## Show what is firing in STACK, since when, and who is told; ALERTMANAGER= is its address
	$(INFERENCECTL) alerts --stack "$(STACK)" $(call option,--alertmanager,ALERTMANAGER)

history: $(VENV)/ready ## Show who released which versions of MODEL in STACK, when, and with which result
	$(INFERENCECTL) history --stack "$(STACK)" $(call option,--model,MODEL)

rollback: $(VENV)/ready ## Put the last good release of MODEL, or TO=, back into the file of STACK, and deploy it
	$(INFERENCECTL) rollback --stack "$(STACK)" $(call option,--model,MODEL) $(call option,--to,TO)

promote: $(VENV)/ready ## Put the version of MODEL that was proved in the stack FROM, or VERSION=, into the file of the stack TO, for review
	$(INFERENCECTL) promote $(strip $(call option,--from,FROM) $(call option,--to,TO) $(call option,--model,MODEL) \
	  $(call option,--version,VERSION) $(call option,--unverified,UNVERIFIED))

api-key-pair: $(VENV)/ready ## Make a key pair to sign API keys with: the private half to the file KEY=, the public one is printed
	$(INFERENCECTL) api-key-pair $(call option,--key,KEY)

api-key: $(VENV)/ready ## Sign an API key with KEY= for CALLER= of STACK; SUBJECT= of several, DAYS= (default 90)
	$(INFERENCECTL) api-key --stack "$(STACK)" $(strip $(call option,--caller,CALLER) $(call option,--key,KEY) \
	  $(call option,--subject,SUBJECT) $(call option,--days,DAYS))

down: $(VENV)/ready ## Stop the sandbox of STACK and delete its state
	$(INFERENCECTL) down --stack "$(STACK)"

render: OUTPUT ?= rendered
render: $(VENV)/ready ## Write the manifests of STACK to OUTPUT (default rendered/)
	$(INFERENCECTL) render --stack "$(STACK)" --output "$(OUTPUT)"

lock-models: $(VENV)/ready-registry ## Resolve the version names in STACK and pin them in models.lock
	$(INFERENCECTL) lock-models --stack "$(STACK)"

##@ Pipelines of real environments

identity: ## In a pipeline: write the identity of the job, and KUBECONFIG_TEXT, to .identity/
	install -d -m 700 .identity
	$(PYTHON) -m scripts.pipeline_identity .identity/token

plan: $(VENV)/ready ## Show what Pulumi would change in the real STACK, and save it in PLAN= (default plan/)
	$(INFERENCECTL) plan --stack "$(STACK)" $(call option,--plan,PLAN)

deploy-plan: $(VENV)/ready ## Deploy the plan in PLAN= (default plan/), unless STACK has changed since
	$(INFERENCECTL) deploy-plan --stack "$(STACK)" $(call option,--plan,PLAN)

drift: $(VENV)/ready ## Fail if the cluster of the real STACK is not as Pulumi has left it
	$(INFERENCECTL) drift --stack "$(STACK)"

verify-now: $(VENV)/ready ## Run the scheduled verification of the real STACK now; RUN= ends the name of its Job
	$(INFERENCECTL) verify-now --stack "$(STACK)" $(call option,--run,RUN)

publish-report: REPORT ?= report
publish-report: ## In a workflow: put the report in REPORT (default report/) on its pull request
	$(PYTHON) -m scripts.pull_request_comment "$(REPORT)"

##@ Check and report

policy: $(VENV)/ready ## Check STACK against the policy pack; SARIF= and JUNIT= write reports
	$(INFERENCECTL) policy --stack "$(STACK)" $(call option,--sarif,SARIF) $(call option,--junit,JUNIT)

report: OUTPUT ?= report
report: $(VENV)/ready ## Report what this checkout changes in every stack since BASE= (default origin/main); OUTPUT= (default report/)
	$(INFERENCECTL) report $(call option,--base,BASE) --output "$(OUTPUT)" $(call option,--whole,WHOLE)

compliance: OUTPUT ?= compliance
compliance: $(VENV)/ready ## Report what the policies prove for each control of each standard; OUTPUT= (default compliance/)
	$(INFERENCECTL) compliance --stack "$(STACK)" --output "$(OUTPUT)"

processing-record: OUTPUT ?= processing-record.md
processing-record: $(VENV)/ready ## Write the record of processing (Art. 30 GDPR) of STACK, with what PROCESSING= declares (default processing.yaml)
	$(INFERENCECTL) processing-record --stack "$(STACK)" --output "$(OUTPUT)" $(call option,--processing,PROCESSING)

rightsizing: $(VENV)/ready ## Propose resources from the usage that PROMETHEUS= recorded in WINDOW= (default 7d)
	$(INFERENCECTL) rightsizing --stack "$(STACK)" --prometheus "$(PROMETHEUS)" $(call option,--window,WINDOW)

cost: $(VENV)/ready ## Show what the models of STACK have cost by what PROMETHEUS= recorded; SINCE= (default 7d)
	$(INFERENCECTL) cost --stack "$(STACK)" --prometheus "$(PROMETHEUS)" $(call option,--since,SINCE)

scan: $(VENV)/ready $(SCAN)/ready ## Check the manifests of prod with Checkov
	$(BIN)/python -m inferencectl.policy_check.scanner

##@ Personal data

SUBJECT_OPTIONS = $(strip $(call option,--subject,SUBJECT) $(call option,--privacy,PRIVACY))

find-subject: $(VENV)/ready ## Count the records of the person SUBJECT=; PRIVACY= says where they are (default privacy.yaml)
	$(INFERENCECTL) find-subject $(SUBJECT_OPTIONS)

export-subject: OUTPUT ?= subject.jsonl
export-subject: $(VENV)/ready ## Write the records of the person SUBJECT= to the file OUTPUT (default subject.jsonl)
	$(INFERENCECTL) export-subject $(SUBJECT_OPTIONS) --output "$(OUTPUT)"

erase-subject: PROOF ?= erasure-proof.json
erase-subject: $(VENV)/ready ## Erase the person SUBJECT=, BY= whom; DRY_RUN=1 only counts; proof to PROOF (default erasure-proof.json)
	$(INFERENCECTL) erase-subject $(SUBJECT_OPTIONS) $(call option,--by,BY) --proof "$(PROOF)" $(if $(DRY_RUN),--dry-run)

erase-again: PROOF ?= erasure-proof.json
erase-again: $(VENV)/ready ## After a restore, erase everybody of the ledger again, BY= whom; proof to PROOF
	$(INFERENCECTL) erase-again $(strip $(call option,--privacy,PRIVACY) $(call option,--by,BY)) --proof "$(PROOF)"

##@ Models

registry: $(VENV)/ready-registry ## Install the command line of the model registry and list its commands
	$(BIN)/python -m registry --help

train: OUTPUT ?= trained
train: $(TRAINING)/ready ## Train the example model and write its versions to OUTPUT (default trained/)
	PYTHONPATH=model_images/training $(TRAINING)/bin/python -m digits_model train --output "$(OUTPUT)"

##@ Demonstrations

demo-alert: $(VENV)/ready ## A model fails: the alert, who is told, and that it is over; requests and time are simulated
	$(INFERENCECTL) demo-alert

demo-autoscaling: OUTPUT ?= demo
demo-autoscaling: $(VENV)/ready ## Replicas and nodes follow a load; write a picture to OUTPUT (default demo/)
	$(INFERENCECTL) demo-autoscaling --output "$(OUTPUT)"

demo-canary: OUTPUT ?= demo
demo-canary: $(VENV)/ready ## A version is promoted and one is taken back, with simulated requests; picture to OUTPUT (default demo/)
	$(INFERENCECTL) demo-canary --output "$(OUTPUT)"

demo-change: OUTPUT ?= demo
demo-change: STACK = live
demo-change: $(VENV)/ready $(VENV)/ready-registry $(TRAINING)/ready ## Change the live stack under load and count lost requests; report to OUTPUT (default demo/)
	$(INFERENCECTL) demo-change --output "$(OUTPUT)"

demo-erasure: $(VENV)/ready ## One of two people is erased from a real search engine, and again after a restore; needs Java and Maven
	$(INFERENCECTL) demo-erasure

demo-model: $(VENV)/ready-dev $(TRAINING)/ready ## Train, publish and promote a model, and preview the change
	$(INFERENCECTL) demo-model --training-python $(TRAINING)/bin/python

##@ Develop

# Bytecode is written whatever the environment says: the tests start Python hundreds of times.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/ready-dev lint ## Run lint and every test in WORKERS processes (default: two per processor)
	$(BIN)/python -m pytest --numprocesses $(or $(WORKERS),auto)

lint: $(VENV)/ready-dev ## Check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	timeout 300 $(BIN)/basedpyright

bench: $(VENV)/ready-dev $(SCAN)/ready $(TRAINING)/ready ## Measure performance as ratios against stated bounds
	$(BIN)/python -m benchmarks

agreement: $(VENV)/ready-dev ## Count Kubernetes' Pod Security cases, and reported cases, that the pack judges correctly
	$(BIN)/python -m pytest -q tests/policies/test_pod_security_standards.py
	$(BIN)/python -m tests.policies.reported_cases

mutations: $(VENV)/ready-dev ## Count the ways of breaking the prod stack that the pack catches
	$(BIN)/python -m pytest -q tests/policies/test_mutations.py

mutation-score: $(VENV)/ready-dev ## Measure the share of small faults in components/ and settings/ that the fast tests detect
	$(BIN)/python -m benchmarks.mutation

docs: $(VENV)/ready ## Regenerate the generated parts of the documentation
	$(BIN)/python -m settings.reference
	$(BIN)/python -m scripts.diagram
	$(BIN)/python -m scripts.decision_index
	$(BIN)/python -m scripts.policy_reference

messages: $(VENV)/ready-dev ## Generate the Python of the .proto files
	$(BIN)/python -m scripts.messages

lock: $(UV) ## Resolve pyproject.toml to uv.lock, and export the lists of packages
	$(UV) lock --quiet
	$(EXPORT) --output-file requirements.txt
	$(EXPORT) --only-group uv --output-file $(UV_LIST)
	$(EXPORT) --only-group tools --output-file model_images/tools/requirements.txt
	$(EXPORT) --only-group torchserve --output-file model_images/torchserve/requirements.txt
	$(EXPORT) --only-group router --output-file model_images/router/requirements.txt
	$(EXPORT) --only-group sampler --output-file model_images/sampler/requirements.txt
	$(EXPORT) --only-group training --output-file model_images/training/requirements.txt
	$(EXPORT) --only-group training --prune scikit-learn --prune libclang --no-annotate \
	  --output-file inferencectl/sandbox/images/wheels/tensorflow-serving-stand-in.txt

lock-images: $(VENV)/ready ## Look up the digest of every image and write images.lock
	$(BIN)/python -m scripts.image_lock

clean: ## Remove what the targets created in this checkout, except sandboxes
	rm -rf $(VENV) $(SCAN) $(TRAINING) .pytest_cache .ruff_cache .hypothesis rendered report plan .identity compliance demo trained

installing = @echo "· installing the packages of $(1), once; this can take a minute or two" >&2

# A stamp that is newer than the pins: a changed pin is installed at the next command.
$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(call installing,requirements.txt)
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	touch $@

$(UV): $(UV_LIST) $(VENV)/ready
	$(BIN)/pip install --quiet --require-hashes --requirement $(UV_LIST)
	touch $@

# What pip installs is what uv.lock has for the group, whole and by its hashes: no dependency is looked up.
define install
	$(EXPORT) --only-group $(2) --output-file $(1)/$(2).txt
	$(call installing,the group $(2))
	$(1)/bin/pip install --quiet --no-deps --require-hashes --requirement $(1)/$(2).txt
	touch $@
endef

$(VENV)/ready-registry: uv.lock | $(UV)
	$(call install,$(VENV),registry)

$(VENV)/ready-dev: uv.lock | $(UV)
	$(call install,$(VENV),dev)

# Environments of their own: the scanner pins many packages, and TensorFlow needs another protobuf.
$(SCAN)/ready: uv.lock | $(UV)
	$(PYTHON) -m venv $(SCAN)
	$(call install,$(SCAN),scan)

$(TRAINING)/ready: uv.lock | $(UV)
	$(PYTHON) -m venv $(TRAINING)
	$(call install,$(TRAINING),training)
