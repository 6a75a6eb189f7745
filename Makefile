# The entry for people: `make help`. Every target first makes the environments that it needs.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export SAM_CLI_TELEMETRY := 0

# Which Python makes the environments: `make test PYTHON=python3.13`. Empty: the first that serves.
PYTHON ?=
# What a target hands on to its command: `make test ARGS="-k registry"`.
ARGS :=
# The customers that `make demo` works on; without, it makes some.
DATA :=
# What `make destroy` deletes: the name that samconfig.toml deploys under, or yours.
STACK := segmentation
PURGE :=

PYTHON_FOR_VENV := .venv/bin/python
SAM := .venv-sam/bin/sam

##@ Use

.PHONY: demo
demo: .venv/.stamp ## Show the whole system at work on this machine (DATA=customers.csv: on your file)
	@$(PYTHON_FOR_VENV) -m cli.demo $(if $(DATA),"$(DATA)")

.PHONY: up
up: .venv/.stamp ## Run the system on this machine until Ctrl-C
	@exec .venv/bin/segment up $(ARGS)

.PHONY: console
console: .venv-console/.stamp ## Open the console in the browser (ARGS="--stack NAME": of a system in AWS)
	@exec .venv-console/bin/segment console $(ARGS)

.PHONY: notebook
notebook: .venv-notebook/.stamp ## Explore a training in the browser, in a copy of training/explore.ipynb outside of git
	@mkdir -p .local && cp --no-clobber training/explore.ipynb .local/explore.ipynb
	@exec .venv-notebook/bin/jupyter lab --ip=127.0.0.1 .local/explore.ipynb $(ARGS)

.PHONY: deploy
deploy: .venv-sam/.stamp ## Build, then deploy to AWS with your credentials; the first time it asks for settings
	@$(MAKE) build ARGS=
	@$(if $(ARGS),exec $(SAM) deploy $(ARGS),$(deploy-with-own-settings))

.PHONY: destroy
destroy: .venv/.stamp ## Delete what was deployed (STACK=name); PURGE=1: with its buckets and all files in them
	@exec $(PYTHON_FOR_VENV) -m operations.destroy $(STACK) $(if $(PURGE),--purge) $(ARGS)

##@ Develop

.PHONY: test
test: .venv/.stamp ## Run the tests, without the slow ones
	@$(PYTHON_FOR_VENV) -m pytest -m "not slow" $(ARGS)

.PHONY: test-slow
test-slow: .venv/.stamp ## Run the slow tests
	@$(PYTHON_FOR_VENV) -m pytest -m slow $(ARGS)

.PHONY: test-lambda
test-lambda: .venv/.stamp environment-of-lambda ## Build both functions and test them in AWS's emulator of Lambda
	@$(PYTHON_FOR_VENV) -m pytest -rs tests/end_to_end/lambda_runtime $(ARGS)

# Types of what these import are checked by `make types`, in the environment that has the stubs.
.PHONY: test-console
test-console: .venv-console/.stamp ## Test the console, also in a real browser (Debian: installed where root)
	@$(install-browser)
	@.venv-console/bin/python -m mypy --follow-imports=silent console tests/end_to_end/console/*.py
	@.venv-console/bin/python -m pytest -rs tests/end_to_end/console console --ignore=console/views --ignore=console/app.py $(ARGS)

.PHONY: test-notebook
test-notebook: .venv-notebook/.stamp ## Run training/explore.ipynb and look at what it shows
	@.venv-notebook/bin/python -m pytest -rs tests/end_to_end/notebook $(ARGS)

.PHONY: test-install
test-install: .venv/.stamp ## Install the project into an empty environment, and use it there
	@$(PYTHON_FOR_VENV) -m pytest -rs tests/end_to_end/installed $(ARGS)

.PHONY: environment-of-lambda
environment-of-lambda: .venv-sam/.stamp ## Set up AWS's emulator of Lambda
	@$(find-runtime-python); $(MAKE) -s .venv-lambda/.stamp PYTHON="$${python:-$(PYTHON)}"

.PHONY: test-spark
test-spark: .venv/.stamp-spark ## Have Spark read the labelled Parquet (needs Java)
	@$(PYTHON_FOR_VENV) -m pytest -rs tests/integration/test_outputs.py -k spark $(ARGS)

.PHONY: e2e
e2e: .venv/.stamp .venv-sam/.stamp ## Deploy to an emulator of AWS that runs code, use it and delete it
	@$(find-runtime-python); if [ -n "$$python" ]; then $(MAKE) -s .venv-e2e/.stamp PYTHON="$$python"; fi
	@$(PYTHON_FOR_VENV) -m pytest -rs tests/end_to_end/deployed $(ARGS)

.PHONY: lint
lint: .venv/.stamp ## Check style, formatting, and which room imports which
	@$(PYTHON_FOR_VENV) -m ruff check .
	@$(PYTHON_FOR_VENV) -m ruff format --check .
	@.venv/bin/lint-imports

.PHONY: format
format: .venv/.stamp ## Format the code and mend what can be mended automatically
	@$(PYTHON_FOR_VENV) -m ruff check --fix --quiet . || true
	@$(PYTHON_FOR_VENV) -m ruff format .

.PHONY: types
types: .venv/.stamp ## Check types
	@$(PYTHON_FOR_VENV) -m mypy $(ARGS)

.PHONY: coverage
coverage: .venv/.stamp ## Measure how much of the code the unit tests run, and hold the floor
	@$(PYTHON_FOR_VENV) -m pytest -q tests/unit -m "not slow" --cov $(ARGS)

.PHONY: hooks
hooks: .venv/.stamp ## Have git run the fast checks before each commit
	@.venv/bin/pre-commit install

.PHONY: validate
validate: .venv-sam/.stamp ## Check template.yaml
	@$(SAM) validate --lint

.PHONY: build
build: .venv-sam/.stamp ## Build both functions for Lambda into .aws-sam
	@PYTHON="$(CURDIR)/.venv-sam/bin/python" $(SAM) build $(ARGS)

.PHONY: bench
bench: .venv/.stamp-bench ## Measure speed and memory (ARGS="cold warm cost": of the functions in Lambda)
	@$(if $(filter cold warm cost,$(ARGS)),$(MAKE) -s environment-of-lambda ARGS=)
	@$(PYTHON_FOR_VENV) -m benchmarks $(ARGS)

.PHONY: simulate
simulate: .venv/.stamp ## Work out how time and cost grow from 1 to 100,000 files (ARGS="--memory-mb 3538")
	@$(PYTHON_FOR_VENV) -m benchmarks.cost.capacity $(ARGS)

.PHONY: scan
scan: .venv/.stamp .venv-scan/.stamp ## Look for weaknesses in code, template, secrets, pins and running API
	@$(PYTHON_FOR_VENV) -m pytest tests/security/scanners $(ARGS)

.PHONY: audit
audit: .venv-scan/.stamp ## Ask which pinned packages have known weaknesses (needs the internet)
	@weak=0; for file in requirements/*.txt functions/*/requirements.txt; do \
		echo "$$file"; \
		.venv-scan/bin/pip-audit --strict --disable-pip --require-hashes --requirement "$$file" \
			--progress-spinner off $(ARGS) || weak=1; \
	done; exit $$weak

.PHONY: fuzz
fuzz: .venv/.stamp ## Throw hostile input at everything that reads any (ARGS="--seconds 60")
	@$(PYTHON_FOR_VENV) -m tests.stress.fuzz $(ARGS)

.PHONY: prove
prove: .venv/.stamp .venv-proof/.stamp ## Break delivery in every way, load the system, fuzz it: nothing may be lost (20 minutes)
	@PATH="$$PATH:$(CURDIR)/.venv-proof/bin" $(PYTHON_FOR_VENV) -m tests.stress.proof $(ARGS)

.PHONY: check
check: ## Run all that continuous integration runs
	@bash .ci/run

##@ Maintain

.PHONY: lock
lock: .venv-lock/.stamp ## Compile the pinned requirement files anew (ARGS=--upgrade: take newer versions)
	@$(call compile,requirements/pip.txt,--group pyproject.toml:pip)
	@$(call compile,requirements/lock.txt,--group pyproject.toml:lock)
	@$(call compile,requirements/sam.txt,--group pyproject.toml:sam)
	@$(call compile,requirements/scan.txt,--group pyproject.toml:scan)
	@$(call compile,requirements/lambda.txt,--group pyproject.toml:lambda)
	@$(call compile,requirements/e2e.txt,--group pyproject.toml:e2e)
	@$(call compile,requirements/proof.txt,--group pyproject.toml:proof)
	@$(call compile,requirements/dev.txt,pyproject.toml --group dev)
	@$(call compile,requirements/console.txt,pyproject.toml --all-extras --group console $(SAME_AS_DEV))
	@$(call compile,requirements/notebook.txt,pyproject.toml --group notebook $(SAME_AS_DEV))
	@$(call compile,requirements/bench.txt,--group pyproject.toml:bench $(SAME_AS_DEV))
	@$(call compile,requirements/spark.txt,--group pyproject.toml:spark $(SAME_AS_DEV))
	@$(call compile,functions/predict/requirements.txt,--group pyproject.toml:predict $(SAME_AS_DEV))
	@$(call compile,functions/score/requirements.txt,--group pyproject.toml:score $(SAME_AS_DEV))

.PHONY: console-picture
console-picture: .venv-console/.stamp ## Take the README's picture of the console anew
	@$(install-browser)
	@.venv-console/bin/python -m tests.end_to_end.console.picture

.PHONY: clean
clean: ## Remove builds and caches
	@rm -rf .aws-sam build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path "./.venv*" -prune -exec rm -rf {} +

.PHONY: clean-all
clean-all: clean ## Remove the environments too
	@rm -rf .venv .venv-sam .venv-scan .venv-lambda .venv-console .venv-e2e .venv-proof .venv-notebook .venv-lock

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Environments. A stamp is newer than what it was made from, or it is made again.

.venv/.stamp: .venv/.stamp-packages pyproject.toml
	@$(PYTHON_FOR_VENV) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.stamp-packages: requirements/dev.txt requirements/pip.txt
	@$(call environment,.venv,requirements/dev.txt)
	@touch $@

.venv/.stamp-bench: requirements/bench.txt .venv/.stamp
	@$(call environment,.venv,requirements/bench.txt)
	@touch $@

.venv/.stamp-spark: requirements/spark.txt .venv/.stamp
	@$(call environment,.venv,requirements/spark.txt)
	@touch $@

.venv-sam/.stamp: requirements/sam.txt requirements/pip.txt
	@$(call environment,.venv-sam,requirements/sam.txt)
	@touch $@

.venv-scan/.stamp: requirements/scan.txt requirements/pip.txt
	@$(call environment,.venv-scan,requirements/scan.txt)
	@touch $@

.venv-lambda/.stamp: requirements/lambda.txt requirements/pip.txt
	@$(call environment,.venv-lambda,requirements/lambda.txt)
	@touch $@

.venv-e2e/.stamp: requirements/e2e.txt requirements/pip.txt
	@$(call environment,.venv-e2e,requirements/e2e.txt)
	@touch $@

.venv-proof/.stamp: requirements/proof.txt requirements/pip.txt
	@$(call environment,.venv-proof,requirements/proof.txt)
	@touch $@

.venv-console/.stamp: requirements/console.txt requirements/pip.txt pyproject.toml
	@$(call environment,.venv-console,requirements/console.txt)
	@.venv-console/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-notebook/.stamp: requirements/notebook.txt requirements/pip.txt pyproject.toml
	@$(call environment,.venv-notebook,requirements/notebook.txt)
	@.venv-notebook/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-lock/.stamp: requirements/lock.txt requirements/pip.txt
	@$(call environment,.venv-lock,requirements/lock.txt)
	@touch $@

# $(call environment,FOLDER,FILE): a virtual environment with the packages of a pinned file. Bytecode
# is left to the first import: that halves the wait, and most modules are never imported.
define environment
if ! $(1)/bin/python -m pip --version >/dev/null 2>&1; then \
	$(find-python); \
	echo "Making $(1) with $$("$$python" --version)" >&2; \
	"$$python" -m venv --clear $(1); \
fi; \
echo "Installing the packages of $(2) into $(1) (may take a minute)" >&2; \
$(1)/bin/python -m pip install -qq --require-hashes --requirement requirements/pip.txt; \
$(1)/bin/python -m pip install -qq --require-hashes --no-compile --requirement $(2)
endef

# A name on the path may be there and yet not run (version managers' shims), so each is tried.
define find-python
python=""; \
for candidate in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
	if "$$candidate" -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))" \
		>/dev/null 2>&1; then python="$$candidate"; break; fi; \
done; \
if [ -z "$$python" ]; then \
	echo "No usable Python: tried $(or $(PYTHON),python3 python3.13 python3.12 python3.11)," \
		"and need 3.11 or newer with the venv module (Debian, Ubuntu: apt install python3-venv)." \
		"Name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	exit 1; \
fi
endef

# The Python that template.yaml deploys, on the path or among pyenv's; empty where there is none.
RUNTIME = $(shell sed -n 's/^ *Runtime: python//p' template.yaml)
define find-runtime-python
python=""; \
for candidate in $(or $(PYTHON),python$(RUNTIME) \
	"$$(pyenv root 2>/dev/null)"/versions/$(RUNTIME).*/bin/python$(RUNTIME)); do \
	if "$$candidate" -c "import sys, venv, ensurepip; sys.exit(not sys.version.startswith('$(RUNTIME).'))" \
		>/dev/null 2>&1; then python="$$candidate"; break; fi; \
done
endef

# Debian's own browser, and fonts for it; elsewhere, or without being root, whatever Chromium is there.
define install-browser
if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "Installing Debian's chromium" >&2; \
	apt-get update -qq && apt-get install -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
fi
endef

# Region and parameters as they were answered the first time stay in a file of their own, outside of git:
# those of samconfig.toml are everybody's. A copy without a region is one that was not finished.
OWN_SETTINGS := $(CURDIR)/samconfig.local.toml
define deploy-with-own-settings
if ! grep -qs '^region' "$(OWN_SETTINGS)"; then \
	cp samconfig.toml "$(OWN_SETTINGS)"; \
	exec $(SAM) deploy --guided --config-file "$(OWN_SETTINGS)"; \
fi; \
exec $(SAM) deploy --config-file "$(OWN_SETTINGS)"
endef

# $(call compile,FILE,WHAT): pins for every platform and Python that the project supports, one version
# each, with hashes. Extras stay in: pip's hash mode needs them to see that a pin serves a requirement.
SAME_AS_DEV := --constraints requirements/dev.txt
define compile
echo "$(1)"; \
env -u UV_FIND_LINKS -u UV_INDEX -u UV_EXTRA_INDEX_URL .venv-lock/bin/uv pip compile $(2) \
	--output-file $(1) --quiet --no-config --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-strip-extras --no-emit-index-url \
	--custom-compile-command "make lock" $(ARGS)
endef
