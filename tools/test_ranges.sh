#!/usr/bin/env bash
# bash tools/test_ranges.sh oldest|newest [pytest options]: the tests on an end of each supported range.
# oldest takes the lower bounds of setup.py, newest what the index offers today. PYTHON names the interpreter.
set -euo pipefail
END=${1:?oldest or newest}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
VENV=$ROOT/.venv-$END
PYTHON=${PYTHON:-python3}

if [ ! "$VENV/.done" -nt setup.py ]; then
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV"
    PINS=$VENV/pins.txt
    if [ "$END" = oldest ]; then
        # What has no lower bound of its own follows from the rest. 4.9 is the first 4.9, 5 the first 5.0.
        grep -oE "['}][A-Za-z0-9_-]*>=[0-9][0-9a-z.]*" setup.py | tr -d "'" | grep -v '^>' |
            sed -E 's/^}/mmcv-lite/; s/>=([0-9]+)$/>=\1.0/; s/>=/==/; /rc[0-9]+$/!s/$/.*/' | sort -u >"$PINS"
    else
        : >"$PINS"
    fi
    "$VENV/bin/python" -m pip install --quiet --constraint "$PINS" torch
    "$VENV/bin/python" -m pip install --quiet --constraint "$PINS" --editable "$ROOT[test]"
    touch "$VENV/.done"
fi
"$VENV/bin/python" -m pip list --format freeze | grep -iE '^(torch|numpy|mmengine|mmaction2|mmcv|mmcv-lite|mmpretrain|decord|opencv-python|transformers|onnx)=='
OMP_NUM_THREADS=1 "$VENV/bin/python" -m pytest --numprocesses "${JOBS:-2}" "${@:2}"
