#!/usr/bin/env bash
# One short command for every habit; CI runs these same ones.
#
#   ./do setup       a virtual environment in .venv with everything that development needs
#   ./do build       compile the engine again, after a change in pcapflow/engine
#   ./do format      bring all files into the common form
#   ./do lint        is all in that form, and free of known mistakes?
#   ./do types       do the types fit?
#   ./do imports     do imports point one way through the house?
#   ./do test ...    the tests, with pytest's options
#   ./do pure ...    the tests with the engine interpreted
#   ./do cover       which lines do the tests reach? (interpreted: compiled lines are not seen)
#   ./do bench ...   the benchmarks
#   ./do docs        write the pages of docs/ that are made from the code
#   ./do notebooks   run the notebooks and store what they show
#   ./do check       lint, types, imports, test, pure
#   ./do clean       remove what was built
#
# PYTHON names another interpreter than the one in .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
python=${PYTHON:-.venv/bin/python}
command=${1:-help}
shift || true

case $command in
setup)
    python3 -m venv .venv
    .venv/bin/pip install -e '.[dev]'
    ;;
build) PCAPFLOW_BUILD=require "$python" setup.py --quiet build_ext --inplace ;;
format)
    "$python" -m ruff check --fix --select I
    "$python" -m ruff format
    ;;
lint)
    "$python" -m ruff check
    "$python" -m ruff format --check
    ;;
types) "$python" -m mypy "$@" ;;
imports) "$(dirname "$python")/lint-imports" ;;
test) "$python" -m pytest "$@" ;;
pure) PCAPFLOW_PURE=1 "$python" -m pytest "$@" ;;
cover)
    PCAPFLOW_PURE=1 "$python" -m coverage run -m pytest "$@"
    "$python" -m coverage report
    ;;
bench) "$python" -m tests.benchmarks "$@" ;;
docs) "$python" -m tests.docs ;;
notebooks) "$python" -m tests.notebooks ;;
check) for step in lint types imports test pure; do "$0" "$step"; done ;;
clean)
    rm -rf build dist ./*.egg-info
    rm -f pcapflow/engine/*.so pcapflow/engine/_built.*.json
    ;;
*)
    sed -n '4,/^set/s/^# \{0,1\}//p' "$0"
    [ "$command" = help ]
    ;;
esac
