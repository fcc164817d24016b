# Two commands matter: `make demo` and `make test`. Both set up what they need.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check system anchors spark agency-zip lock lock-anchors clean

.venv/ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $@

demo: .venv/ready
	$(BIN)/lapis demo --out build/demo $(ARGS)

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# In CI the peers, Spark and the system's programs are there too, so that no test is skipped.
test: check $(if $(CI),system anchors spark)
	$(BIN)/pytest -n 2 $(ARGS)

# What some tests drive and pip cannot bring: a browser, PostgreSQL, Go with its own reader of logs, Java for Spark.
# Needs root.
SYSTEM := chromium default-jre-headless golang-go golang-golang-x-mod-dev postgresql

system:
	dpkg --status $(SYSTEM) >/dev/null 2>&1 || \
	    (apt-get update --quiet && DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes $(SYSTEM)) >/dev/null

# The peers that `lapis evaluate` and `lapis bench` compare with, each in an environment of its own.
ANCHORS := anonlink splink

anchors: $(ANCHORS:%=build/anchors/%/ready)

build/anchors/%/ready: requirements-anchors-%.lock
	$(PYTHON) -m venv build/anchors/$*
	build/anchors/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

# PySpark, for the tests of the engine: source alone, so it is built with what the lock has and nothing else is fetched.
spark: build/spark/ready

build/spark/ready: requirements-spark.lock .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	    --no-build-isolation --target build/spark -r $<
	touch $@

# For Windows laptops (ARGS=--here: for this system): wheels by hash from the package index, and a command that installs
# them without a network.
agency-zip: .venv/ready
	$(BIN)/python -m scripts.agency_zip --out build $(ARGS)

# Needs uv; the locks carry hashes and no host.
UV ?= uv

lock:
	for extra in agency centre dev; do \
	    $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	        --extra $$extra pyproject.toml -o requirements-$$extra.lock; \
	done

lock-anchors:
	for name in $(ANCHORS); do \
	    $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	        scripts/anchors/$$name.in -o requirements-anchors-$$name.lock; \
	done

clean:
	rm -rf build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
