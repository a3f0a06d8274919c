# Everything runs in .venv, which is made and filled when it is missing or when the requirements change.
# The first that runs, is of a version that the package is tested with, and can make virtual environments.
FITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
PROFILE ?= quick
DEVICE ?= auto
BIN := .venv/bin
READY := .venv/installed
TORCH = $(shell grep '^torch==' constraints.txt)
PEERS := .venv/peers
BENCH ?=
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

.PHONY: reproduce test coverage fuzz style lab docs bench calibration readme reference teaching clean

reproduce: $(READY)
	$(BIN)/snnlib reproduce --profile $(PROFILE) --device $(DEVICE)
	@echo "Open figures/$(PROFILE)/report.html"

test: $(READY) $(PEERS)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(PYTEST)

# The same, and which lines the tests run: of those that are not slow, which takes them half as long again.
coverage: $(READY) $(PEERS)
	$(BIN)/python -m coverage erase
	$(MAKE) test PYTEST="$(PYTEST) --cov --cov-report=term"

fuzz: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/faults/fuzz.py

style: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lab: $(READY)
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks  # root: as in a container

docs: $(READY)
	$(BIN)/python -m sphinx -W --keep-going --quiet docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

bench: $(READY) $(PEERS)
	$(BIN)/python -m benchmarks $(BENCH)

# LONG=--long repeats every world 200 times and writes figures/calibration.
calibration: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/calibration.py $(LONG)

reference: $(READY)
	$(BIN)/python .ci/reference.py figures/$(PROFILE)

readme: $(READY)
	$(BIN)/python .ci/readme.py

teaching: $(READY)
	$(BIN)/python .ci/teaching.py

# torch first, by its exact version: what is there already satisfies all that comes later. Without an NVIDIA GPU its
# build for CPUs, if pip finds one where it is configured to look.
$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(or $(PYTHON),false) -c '$(FITS)' 2>/dev/null || { echo \
		"Python 3.11, 3.12 or 3.13 with its module venv (on Debian and Ubuntu the package python3-venv) is missing:" \
		"install it, or name it by make PYTHON=/path/to/python." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	command -v nvidia-smi >/dev/null || $(BIN)/python -m pip install --quiet "$(TORCH)+cpu" 2>/dev/null || true
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[reproduce,docs,lab,test]"
	touch $@

# Without what they ask for: see the file. Where they are not to be had, tests skip them and the benchmark names them.
$(PEERS): benchmarks/peers.txt $(READY)
	$(BIN)/python -m pip install --quiet --no-deps --requirement benchmarks/peers.txt && touch $@ || \
		echo "Not all peers could be installed: tests skip them, rows of the benchmark say so."

clean:
	rm -rf .venv store docs/_build docs/executed docs/reports
