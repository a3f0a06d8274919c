# Everything runs in .venv, which is made and filled when it is missing or when the requirements change.
PYTHON ?= python3.11
PROFILE ?= quick
DEVICE ?= auto
BIN := .venv/bin
READY := .venv/installed

.PHONY: reproduce test style lab docs bench calibration readme reference teaching clean

reproduce: $(READY)
	$(BIN)/snnlib reproduce --profile $(PROFILE) --device $(DEVICE)
	@echo "Open figures/$(PROFILE)/report.html"

test: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m coverage erase
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --cov --cov-report=term

style: $(READY)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lab: $(READY)
	$(BIN)/jupyter lab notebooks

docs: $(READY)
	$(BIN)/python -m sphinx -W --keep-going --quiet docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

bench: $(READY)
	$(BIN)/python benchmarks/lif.py

# LONG=--long repeats every world 200 times and writes figures/calibration.
calibration: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/calibration.py $(LONG)

reference: $(READY)
	$(BIN)/python .ci/reference.py figures/$(PROFILE)

readme: $(READY)
	$(BIN)/python .ci/readme.py

teaching: $(READY)
	$(BIN)/python .ci/teaching.py

# torch first, by its exact version: what is there already satisfies all that comes later.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[reproduce,docs,lab,test]"
	touch $@

clean:
	rm -rf .venv store docs/_build docs/executed docs/reports
