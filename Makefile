# Two commands do everything on a fresh machine: `make lab` and `make test`.
# Windows without make: see README.md (conda).

VENV    ?= .venv
BIN     := $(VENV)/bin
PY      := $(BIN)/python
# LIGHT=1 leaves TensorFlow out; an environment that has it serves as well
READY   := $(VENV)/.ready-$(if $(filter-out 0 no,$(LIGHT)),light,lab)
TEST_OK := $(VENV)/.ready-test
WORKERS ?= 2
# a file of tests stays with one worker; they begin in the order of conftest.py
WORKING := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
SOURCES := pyproject.toml $(shell find jupyter -type f)

.DEFAULT_GOAL := help
.PHONY: help lab test test-all test-long test-lint test-unit test-notebooks test-browser browser quick bench notebooks html site slides format clean

help:
	@echo "make lab         open JupyterLab on the lessons (creates the environment first; LIGHT=1 without TensorFlow)"
	@echo "make test        every test: lint, unit, notebooks, browser (BROWSER=no leaves the last out)"
	@echo "make test-all    make test, and the tests that are too long for it (marked long)"
	@echo "make quick       lint and the tests that need neither TensorFlow nor a browser"
	@echo "make notebooks   run every lesson in full and store its outputs"
	@echo "make html        save every lesson as a page that works with no kernel, in build/html"
	@echo "make site        the site in build/site: every lesson with live sliders, with no kernel and no network"
	@echo "make slides      every lesson as slides whose sliders move, in build/slides, with no kernel and no network"
	@echo "make bench       the speed claims, side by side (PyTorch is installed for it)"

# The interpreter: PYTHON=... and no other if given, else the first of these that is 3.11 to 3.14 and can make an environment.
# 3.14 comes last: there is no TensorFlow for it.
FITS := -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1
$(PY):
	@for p in $(if $(PYTHON),"$(PYTHON)",python3.12 python3.13 python3.11 python3 python python3.14); do \
	  if "$$p" $(FITS); then \
	    echo "creating $(VENV) with $$p ($$("$$p" --version))"; \
	    "$$p" -m venv --clear $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	    echo "The environment $(VENV) could not be made: is the disk full, or may this folder not be written to?"; \
	    exit 1; \
	  fi; \
	done; \
	[ -z "$(PYTHON)" ] || echo "$(PYTHON) cannot be taken: $$("$(PYTHON)" --version 2>&1)."; \
	echo "lstm_viz needs Python 3.11 to 3.14 with venv (3.14 runs without TensorFlow, which has no wheels for it)."; \
	echo "Install one: https://www.python.org/downloads/ , or 'sudo apt install python3 python3-venv' (Debian, Ubuntu),"; \
	echo "'brew install python@3.12' (macOS); or name one: make lab PYTHON=/path/to/python3.12"; \
	exit 1

# A folder that was moved or copied has its environment with it, whose packages know only where it lay: they are told.
PLACE := $(VENV)/.place
ifneq ($(shell cat $(PLACE) 2>/dev/null),$(CURDIR))
MOVED := moved
endif
.PHONY: moved

$(VENV)/.ready-light: $(SOURCES) $(MOVED) | $(PY)
	@$(PY) tools/install.py light
	@echo "$(CURDIR)" > $(PLACE)
	@touch $@

$(VENV)/.ready-lab: $(SOURCES) $(MOVED) | $(PY)
	@$(PY) tools/install.py lab
	@echo "$(CURDIR)" > $(PLACE)
	@touch $@ $(VENV)/.ready-light

$(TEST_OK): $(SOURCES) $(MOVED) | $(PY)
	@$(PY) tools/install.py test
	@echo "$(CURDIR)" > $(PLACE)
	@touch $@ $(VENV)/.ready-lab $(VENV)/.ready-light

# The default address is the printed one, for who has to copy it. JupyterLab asks root for its consent; make lab gives it.
lab: $(READY)
	@echo "Starting JupyterLab on lesson 00. No browser opens? Copy the address below into one. Ctrl+C here ends it."
	@$(PY) -m jupyterlab --notebook-dir=notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb \
	  $$([ "$$(id -u)" -ne 0 ] || echo --allow-root)

test: browser test-lint test-unit test-notebooks test-browser

test-all: test test-long

test-long: browser
	$(PY) -m pytest $(WORKING) -m "long$(if $(filter no,$(BROWSER)), and not browser)" tests
ifneq ($(BROWSER),no)
	LSTM_VIZ_QUICK=1 LSTM_VIZ_ALL=1 $(PY) -m pytest tests/browser/test_site.py
endif

# First of all, so that a missing browser is said at once and not after ten minutes.
browser: $(TEST_OK)
ifneq ($(BROWSER),no)
	@$(PY) tools/get_browser.py
endif

test-lint: $(TEST_OK)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

test-unit: $(TEST_OK)
	$(PY) -m pytest $(WORKING) -m "not browser and not long" tests

test-notebooks: $(TEST_OK)
	LSTM_VIZ_QUICK=1 $(PY) -m pytest -n $(WORKERS) --dist loadfile --nbval notebooks

test-browser: browser
ifeq ($(BROWSER),no)
	@echo "The browser tests are left out, as BROWSER=no says."
else
	LSTM_VIZ_QUICK=1 $(PY) -m pytest $(WORKING) -m "browser and not long" tests
endif

quick: $(TEST_OK)
	$(BIN)/ruff check .
	$(PY) -m pytest -q -m "not browser and not keras and not slow and not long" tests

format: $(TEST_OK)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: $(TEST_OK)
	$(PY) tools/store_notebooks.py notebooks/*.ipynb

html: $(TEST_OK)
	$(PY) tools/save_html.py notebooks/*.ipynb -o build/html

site: $(TEST_OK)
	$(PY) tools/make_site.py

slides: $(TEST_OK)
	$(PY) tools/make_slides.py notebooks/*.ipynb -o build/slides

bench: $(TEST_OK) site
	$(PY) -m pip install --quiet '.[bench]'
	@missed=; for script in benchmarks/bench_*.py; do $(PY) $$script || missed="$$missed $$script"; done; \
	if [ -n "$$missed" ]; then echo "a target was missed in:$$missed"; exit 1; fi

clean:
	rm -rf $(VENV) build .pytest_cache .ruff_cache .hypothesis
