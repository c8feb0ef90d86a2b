#!/usr/bin/env bash
# bash tools/run_tests.sh [pytest options]: set up if needed, then lint, types and tests.
set -euo pipefail
source "$(dirname "$0")/setup_env.sh"

ruff check .
ruff format --check .
mypy
pytest "$@"
