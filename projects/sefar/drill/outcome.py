"""What became of a bad input."""

import re
from collections.abc import Sequence
from typing import NamedTuple

HANDLED, ONE_LINE, TRACED, UNCLEAR, LATE, SILENT, HUNG, RAN_CODE = KINDS = (
    'handled',
    'one clear line',
    'clear under a trace',
    'unclear',
    'late',
    'silent',
    'hung',
    'ran code',
)
"""From good to bad: ``handled`` where the input is to be put up with, ``late`` after a step."""
_STEP = re.compile(r'Epoch\(train\)\s+\[')
_BAR = re.compile(r'\s\d+%\|')
_TRACE = 'Traceback (most recent call last)'


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        status: Its exit status, ``None`` where it had to be stopped.
        out: What it wrote on stdout.
        err: What it wrote on stderr.
        ran_code: Whether something that only a hostile file does was done.
    """

    status: int | None
    out: str
    err: str
    ran_code: bool = False


def outcome(
    ended: Ended, tells: Sequence[str], put_up_with: bool = False, reports: bool = False
) -> str:
    """One of :data:`KINDS`.

    Args:
        ended: How the command ended.
        tells: What a clear message says: the file, the option or the number. One of them is
            enough where they are alternatives, written ``a|b``.
        put_up_with: Whether the command is to go on, and to say ``tells`` on the way.
        reports: Whether what it finds is its output, on stdout, and no mistake of its own.
    """
    if ended.ran_code:
        return RAN_CODE
    if ended.status is None:
        return HUNG
    said = ended.out + ended.err
    if put_up_with:
        told = _told(said, tells) and _TRACE not in said
        return HANDLED if ended.status == 0 and told else SILENT if ended.status == 0 else UNCLEAR
    if ended.status == 0:
        return SILENT
    if reports and _TRACE not in said and _told(ended.out, tells):
        return ONE_LINE
    # A bar of progress is drawn over, and what follows one stands alone.
    lines = [line for line in ended.err.splitlines() if line.strip() and not _BAR.search(line)]
    usage = next((i for i, line in enumerate(lines) if line.startswith('usage: ')), None)
    if usage is not None:  # argparse's own: usage, then the error
        lines = lines[:usage] + lines[-1:]
    clear = bool(lines) and _told(lines[-1], tells)
    if clear and _STEP.search(ended.out):
        return LATE
    if clear and _TRACE in said:
        return TRACED
    # One line is the one that a person reads: nothing before it.
    return ONE_LINE if clear and len(lines) == 1 else UNCLEAR


def _told(text: str, tells: Sequence[str]) -> bool:
    folded = text.lower()
    return all(any(word in folded for word in tell.lower().split('|')) for tell in tells)
