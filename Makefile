# Two commands matter to a newcomer: `make demo` and `make test`. CONTRIBUTING.md lists the others.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install demo chromium test check lint format docs clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Optwright needs Python 3.11 or newer; run: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]' --group dev
	touch $@

demo: install # with the embedded model, whatever endpoint is configured
	env -u OPENAI_BASE_URL -u OPENAI_API_KEY -u OPTWRIGHT_BASE_URL -u OPTWRIGHT_API_KEY \
		$(BIN)/optwright solve examples/bakery.txt

chromium: # for the tests in a browser, which are skipped where it is missing
	@command -v chromium >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null \
		|| { apt-get update && apt-get install --yes chromium; } >/dev/null 2>&1 \
		|| echo "Chromium could not be installed; the tests in a browser will be skipped"

test: install chromium
	$(BIN)/python -m pytest -n 2 --dist loadgroup

check: install
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m 'not slow and not model'

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: install
	$(BIN)/python -m docs.generate

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
