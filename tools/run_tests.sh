#!/usr/bin/env bash
# bash tools/run_tests.sh [pytest options]: set up if needed, then lint, types, rooms, tests and a quick drill; $JOBS processes.
set -euo pipefail
source "$(dirname "$0")/setup_env.sh"

ruff check .
ruff format --check .
mypy
lint-imports --no-cache >/dev/null || lint-imports --no-cache # quiet unless a room imports what it must not
# Two processes of one thread: half the time on two cores.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
pytest --numprocesses "${JOBS:-2}" "$@"
# Bad input for every command; left out where options choose some tests.
[ $# -gt 0 ] || python tools/drill.py --quick --jobs "${JOBS:-2}"
