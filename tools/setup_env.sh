# Sourced by quickstart.sh and run_tests.sh: a virtual environment with the tested versions.
# VENV names the environment (default .venv); what is there already is reused.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=${VENV:-$ROOT/.venv}
PYTHON=$VENV/bin/python

if [ ! -x "$PYTHON" ]; then
    python3 -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 13))' || {
        echo "python3 is $(python3 --version 2>&1); SeFAR needs Python 3.10 to 3.12" >&2
        exit 1
    }
    python3 -m venv "$VENV"
fi
WANTED=$(cat "$ROOT/constraints.txt" "$ROOT/setup.py" | cksum)-$ROOT
if [ "$(cat "$VENV/.sefar-installed" 2>/dev/null)" != "$WANTED" ]; then
    echo "Installing into $VENV …"
    # torch first and alone: what depends on it then takes this build and no newer one.
    "$PYTHON" -m pip install --quiet --constraint "$ROOT/constraints.txt" torch
    "$PYTHON" -m pip install --quiet --constraint "$ROOT/constraints.txt" --editable "$ROOT[test]"
    echo "$WANTED" >"$VENV/.sefar-installed"
fi
export PATH=$VENV/bin:$PATH
cd "$ROOT" || exit 1
