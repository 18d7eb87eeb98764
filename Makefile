# Two commands do everything on a fresh machine: `make replay` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_FLAGS := --disable-pip-version-check --quiet
OUT ?= results

.PHONY: replay test test-frameworks test-published compiler slurm postgres chromium lint docs linkcheck bench notebooks clean
.DELETE_ON_ERROR:

# What would each stock policy have cost for each bundled job, which is better, and what does that hang on? Tables on
# stdout; every run, plots, and a report of it all in $(OUT).
replay: $(VENV)/installed
	$(BIN)/simulator study --out $(OUT)

# All tests, doctests and the README's examples included, by some processes side by side: much of the time is waiting.
# A file's tests stay together and in their order. One process alone: make test WORKERS=0
WORKERS ?= 3
PYTEST_FLAGS ?= --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
test: $(VENV)/installed-for-tests compiler slurm postgres chromium
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

# The adapters' tests want gigabytes of frameworks, and skip without them; here they have an environment of their own.
# On a machine without a GPU, torch's CPU build will do: make test-frameworks TORCH='torch --index-url ...'
TORCH ?= torch
test-frameworks: | $(BIN)/python
	$(PYTHON) -m venv $(VENV)-frameworks
	$(VENV)-frameworks/bin/python -m pip install $(PIP_FLAGS) $(TORCH)
	$(VENV)-frameworks/bin/python -m pip install $(PIP_FLAGS) transformers accelerate lightning keras --editable '.[test]'
	$(VENV)-frameworks/bin/python -m pytest tests/collect/adapters tests/collect/examples tests/collect/events tests/service/client/test_callbacks.py

# The published server wants older packages than ours; it has an environment of its own, and is asked what ours is asked.
# With numpy 2 it runs, but does not keep its generators' states, so that seeds mean nothing.
PUBLISHED := "zeus==0.16.0" "numpy<2" "pandas<3" "fastapi<0.110" "pydantic<2" "sqlalchemy<2.1" \
  "uvicorn<0.30" aiosqlite asyncpg httptools uvloop python-dotenv
test-published: $(VENV)/installed-for-tests
	$(PYTHON) -m venv $(VENV)-published
	$(VENV)-published/bin/python -m pip install $(PIP_FLAGS) $(PUBLISHED)
	SIMULATOR_PUBLISHED_PYTHON=$(CURDIR)/$(VENV)-published/bin/python $(BIN)/python -m pytest tests/service/published

# The simulated GPU of the tests is a small C library; without a compiler its tests skip and say so.
compiler:
	@command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq gcc libc6-dev; } || \
	  echo "No C compiler: tests that need a simulated GPU will skip (Debian: apt-get install gcc libc6-dev)"

# The tests start a Slurm of their own, as root; where they cannot, those that need it skip and say so.
slurm:
	@PATH="$$PATH:/usr/sbin:/sbin"; { command -v munged && command -v slurmctld && command -v slurmd && command -v srun; } >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && tests/slurm/install.sh; } || \
	  echo "No Slurm: tests that need it will skip (Debian, as root: tests/slurm/install.sh)"

# The service is tested on a PostgreSQL that the tests start; Debian keeps its programs off the path.
postgres:
	@PATH="$$(printf '%s:' /usr/lib/postgresql/*/bin)$$PATH"; { command -v initdb && command -v postgres; } >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && tests/postgres/install.sh; } || \
	  echo "No PostgreSQL: tests that need it will skip (Debian, as root: tests/postgres/install.sh)"

# The service's page is tested in a browser without a screen.
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	  echo "No Chromium: tests of the service's page in a browser will skip (Debian: apt-get install chromium)"

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

# The documentation: pages of docs/, docstrings, commands and notebooks, as HTML. Needs no network once installed.
docs: $(VENV)/installed-for-tests
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --quiet docs docs/build/html
	@echo "Documentation: docs/build/html/index.html"

# Ask the network whether the links that lead out of the documentation still lead somewhere.
linkcheck: $(VENV)/installed-for-tests
	$(BIN)/python -m sphinx --builder linkcheck --keep-going docs docs/build/linkcheck

# All benchmarks, one JSON and a page: $(OUT)/benchmarks. Minutes instead of half an hour: make bench QUICK=--quick
QUICK ?=
bench: $(VENV)/installed-for-benchmarks compiler postgres
	$(BIN)/python -m benchmarks run $(QUICK) --out $(OUT)/benchmarks/benchmarks.json

# Execute the notebooks and store what they show; tests compare it with what they would show now.
notebooks: $(VENV)/installed-for-tests compiler
	$(BIN)/python notebooks/execute.py

clean:
	rm -rf $(VENV) $(VENV)-frameworks $(VENV)-published results dist build docs/build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable .
	touch $@

$(VENV)/installed-for-tests: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[test]'
	touch $(VENV)/installed $@

$(VENV)/installed-for-benchmarks: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install $(PIP_FLAGS) --editable '.[test,bench]'
	touch $(VENV)/installed $(VENV)/installed-for-tests $@

# Debian's python3 comes without what makes an environment; install it where we may.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; say which: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq python3-venv; } || \
	  { echo "Python lacks venv; install it (Debian: apt-get install python3-venv), or say which: make PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
