"""What earlier calls of make_lists wrote, and with which options."""

import hashlib
import json
from pathlib import Path
from typing import Any

from sefar.whole_file import read_json, whole_file

FIRST: dict[str, Any] = dict(recipe='small', size=64, group_by=None)
"""Options of a first call."""


class Made:
    """What earlier calls wrote to a folder, by digests, so that edits are told from it.

    Args:
        out: The folder; ``.made.json`` in it is the record.

    Raises:
        ValueError: the record cannot be read.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.file = out / '.made.json'
        record = read_json(self.file) if self.file.is_file() else {}
        self.choice: dict[str, Any] = record.pop('choice', {})
        self.digests: dict[str, list[str]] = record

    def choose(self, **given: Any) -> tuple[dict[str, Any], list[str]]:
        """Options as given, else as they were, else the first ones; and what to say of them."""
        notes = []
        choice = {**FIRST, **self.choice}
        for name, value in given.items():
            before = choice[name]
            if value is not None and self.choice and value != before:
                notes.append(f'{name} is {value}, it was {before}')
            elif value is None and before != FIRST[name]:
                notes.append(f'{name} is {before}, as it was')
            choice[name] = before if value is None else value
        return choice, notes

    def write(self, texts: dict[str, str], choice: dict[str, Any]) -> list[str]:
        """Write files, those that somebody edited as ``NAME.new``; returns what to say of them."""
        self.out.mkdir(parents=True, exist_ok=True)
        notes, ours = [], {}
        for name, text in texts.items():
            path = self.out / name
            present = path.read_text() if path.is_file() else None
            known = self.digests.get(name, [])
            if present is not None and present != text and _digest(present) not in known:
                new = self.out / f'{name}.new'
                new.write_text(text)
                number = len(set(present.splitlines()) ^ set(text.splitlines()))
                notes.append(f'{name} was edited and is kept; {new.name} differs in {number} lines')
                continue
            ours[name] = text
        # Before the files, beside what they were: whoever is stopped in between has edited nothing.
        digests = {name: _digest(text) for name, text in ours.items()}
        both = {name: [*self.digests.get(name, []), new] for name, new in digests.items()}
        self._record({**self.digests, **both}, choice)
        for name, text in ours.items():
            with whole_file(self.out / name) as file:
                file.write(text)
        self._record({**self.digests, **{n: [new] for n, new in digests.items()}}, choice)
        return notes

    def _record(self, digests: dict[str, list[str]], choice: dict[str, Any]) -> None:
        with whole_file(self.file) as file:
            json.dump({**digests, 'choice': choice}, file, indent=1)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
