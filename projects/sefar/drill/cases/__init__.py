"""Every case of the drill."""

from ..small_disk import can_mount
from ..trial import Case
from .checkpoints import of_checkpoints
from .clips import of_clips
from .configs import of_configs
from .files import of_files
from .lists import of_lists, of_tables
from .numbers import of_numbers
from .outputs import of_outputs, of_small_disks


def cases() -> list[Case]:
    """All of them, by command."""
    found = [*of_files(), *of_checkpoints(), *of_outputs(), *of_numbers()]
    found += [*of_lists(), *of_clips(), *of_tables(), *of_configs()]
    if can_mount():
        found += of_small_disks()
    names = [(case.command, case.name) for case in found]
    assert len(set(names)) == len(names), 'two cases of one name'
    return sorted(found, key=lambda case: case.command)
