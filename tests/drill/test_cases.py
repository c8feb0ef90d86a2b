"""The drill's cases: a number of them, by hand chosen ones of every kind run here."""

from pathlib import Path

import pytest

from sefar.drill.cases import cases
from sefar.drill.trial import train_world, try_case
from sefar.drill.world import make_world

PROJECT = Path(__file__).parents[2]
TRIED = (
    'data/make_lists: table: one clip with two labels',
    'predict: checkpoint: A pickle that runs a command when it is read',
    'predict: checkpoint: its config runs code',
    'predict: clip: a FIFO',
    'report: scores for classes: A pickle that runs a command when it is read',
    'test: checkpoint: other_classes',
    'train: labelled list: a copy of a test clip',
    'train: labelled list: a test clip by a link',
    'train: labelled list: the same clip with two labels',
    'train: resumed checkpoint: The right file with some bytes of its largest member turned over',
    'train: train_dataloder.batch_size=4',
    'train: unlabelled list: a labelled clip in another spelling',
    'train: a work dir of another list',
)


@pytest.fixture(scope='module')
def world(tmp_path_factory):
    made = make_world(tmp_path_factory.mktemp('drill') / 'world', PROJECT)
    train_world(made)
    return made


def test_there_are_many():
    assert len(cases()) >= 300 and len({case.command for case in cases()}) >= 20


@pytest.mark.parametrize('name', TRIED)
def test_it_ends_in_one_clear_line(world, tmp_path, name):
    (case,) = [case for case in cases() if case.title == name]
    result = try_case(case, world, tmp_path / 'case')
    assert result.kind == 'one clear line', result.ended.err
