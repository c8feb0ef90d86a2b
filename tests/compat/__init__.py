"""Each repair, and the failure that it removes."""

import os
import subprocess
import sys


def python(code, path=''):
    return subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(path)},
    )
