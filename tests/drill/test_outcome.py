"""The drill's judge, on fakes that are known to be bad."""

import os
import sys
import time

import pytest

from sefar.drill.outcome import Ended, outcome
from sefar.drill.trial import FILE, Case, try_case
from sefar.drill.world import World

STEP = '11/25 08:00:00 - mmengine - INFO - Epoch(train) [1][1/2]  loss: 1\n'
TRACE = 'Traceback (most recent call last):\n  File "x.py", line 1\n'


@pytest.mark.parametrize(
    ('ended', 'kind'),
    [
        (Ended(1, '', 'train: a.txt:3: label 7\n'), 'one clear line'),
        (
            Ended(2, '', 'usage: train [-h]\n  [x]\ntrain: error: a.txt is wrong\n'),
            'one clear line',
        ),
        (Ended(1, '', f'{TRACE}ValueError: a.txt:3: label 7\n'), 'clear under a trace'),
        (Ended(1, '', 'a warning\ntrain: a.txt:3: label 7\n'), 'unclear'),
        (Ended(1, '', 'train: something is wrong\n'), 'unclear'),
        (Ended(1, '', f'{TRACE}KeyError: 7\n'), 'unclear'),
        (Ended(1, '', ''), 'unclear'),
        (Ended(1, STEP, 'train: a.txt:3: label 7\n'), 'late'),
        (Ended(0, STEP, ''), 'silent'),
        (Ended(0, '', 'a.txt is wrong, going on\n'), 'silent'),
        (Ended(None, '', 'a.txt\n'), 'hung'),
        (Ended(1, '', 'train: a.txt is refused\n', ran_code=True), 'ran code'),
    ],
)
def test_kinds(ended, kind):
    assert outcome(ended, ['a.txt']) == kind


def test_what_is_put_up_with_is_told():
    assert outcome(Ended(0, 'b.mp4 cannot be read\n', ''), ['b.mp4', 'cannot'], True) == 'handled'
    assert outcome(Ended(0, 'done\n', ''), ['b.mp4'], True) == 'silent'
    assert outcome(Ended(1, 'b.mp4\n', ''), ['b.mp4'], True) == 'unclear'
    assert outcome(Ended(1, 'x', 'y: size 7\n'), ['shape|size'], False) == 'one clear line'


def test_what_is_asked_for_is_on_stdout():
    assert outcome(Ended(1, 'error: a.txt:3\n', ''), ['a.txt'], reports=True) == 'one clear line'
    assert outcome(Ended(0, 'error: a.txt:3\n', ''), ['a.txt'], reports=True) == 'silent'
    assert outcome(Ended(1, 'fine\n', ''), ['a.txt'], reports=True) == 'unclear'


FAKE = """
import os, sys, time
print('out', flush=True)
{}
"""


@pytest.mark.parametrize(
    ('body', 'kind'),
    [
        ("sys.exit('fake: wrong.txt is no list')", 'one clear line'),
        ("raise ValueError('wrong.txt')", 'clear under a trace'),
        ('1 / 0', 'unclear'),
        ('pass', 'silent'),
        ('time.sleep(60)', 'hung'),
        ("os.system('sleep 60')", 'hung'),
        (f"open('{FILE}', 'w'); sys.exit('wrong.txt')", 'ran code'),
        ('os.abort()', 'unclear'),
    ],
)
def test_fakes_are_run_and_judged(tmp_path, body, kind):
    tools = tmp_path / 'tools'
    tools.mkdir()
    (tools / 'fake.py').write_text(FAKE.format(body))
    world = World(tmp_path, tmp_path, *[tmp_path] * 3)
    case = Case('fake', 'a fake', lambda world, folder: ['word'], ['wrong.txt'], limit=4)
    before = sys.argv, os.getcwd(), time.monotonic()
    result = try_case(case, world, tmp_path / 'case')
    assert result.kind == kind and result.ended.out == 'out\n'
    assert (sys.argv, os.getcwd()) == before[:2] and time.monotonic() - before[2] < 50
