"""docs/own_data.md, walked: from a folder of clips and twenty labels to onnxruntime's answer."""

import csv
import json
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.conftest import ROOT, free_port, run_tool, write_clip

# The recipe's 30 epochs, of one step each.
SHORT = ['train_dataloader.batch_sampler.steps=1', 'train_cfg.val_interval=30']
SHORT += ['default_hooks.checkpoint.interval=30', 'train_dataloader.batch_size=8']
SHORT += ['train_dataloader.num_workers=0', 'train_dataloader.persistent_workers=False']


def commands():
    """The commands of the page's walk."""
    text = (ROOT / 'docs/own_data.md').read_text()
    block = next(b for b in re.findall(r'```bash\n(.*?)```', text, re.S) if 'tools/app.py' in b)
    return [shlex.split(line, comments=True) for line in block.splitlines()]


@pytest.fixture
def place(tmp_path):
    """Sixty clips of two classes in two folders, and twenty labels."""
    clips = tmp_path / 'path/to/clips'
    rows = ['clip,label']
    for i in range(60):
        day = ('friday', 'monday')[i % 2]
        (clips / day).mkdir(parents=True, exist_ok=True)
        dark = 20 + i % 30  # no two clips are one
        ramp = (dark, 220) if i < 30 else (220, dark)
        write_clip(clips / day / f'take {i:02d}.mp4', 12, size=136, ramp=ramp)
        if i % 3 == 0:
            rows.append(f'{day}/take {i:02d}.mp4,{"brighter" if i < 30 else "darker"}')
    (tmp_path / 'labels.csv').write_text('\n'.join(rows) + '\n')
    return tmp_path


def run(words, cwd):
    if words[1] == 'tools/app.py':
        label_ten([sys.executable, str(ROOT / words[1]), *words[2:]], cwd)
        return ''
    more = ['--cfg-options', *SHORT] if words[1] == 'tools/train.py' else []
    done = run_tool(words[1], *words[2:], *more, cwd=cwd)
    assert done.returncode == 0, (words, done.stdout[-1500:], done.stderr[-1500:])
    return done.stdout


def label_ten(command, cwd):
    """What a person does on the page, over its own address."""
    port = free_port()
    process = subprocess.Popen(
        [*command, '--port', port], cwd=cwd, stdout=subprocess.PIPE, text=True
    )
    assert f'127.0.0.1:{port}' in process.stdout.readline()
    address = f'http://127.0.0.1:{port}/api'

    def ask(path, body=None):
        request = urllib.request.Request(address + path, body, {'X-SeFAR': '1'})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    for _ in range(100):  # it says where it is a moment before it answers
        try:
            rows = ask('/next')['rows']
            break
        except OSError:
            time.sleep(0.1)
    for row in rows:
        label = 'brighter' if int(row['clip'].split()[-1][:2]) < 30 else 'darker'
        left = ask('/label', json.dumps(dict(clip=row['clip'], label=label)).encode())['left']
    assert len(rows) == 10 and left == 0
    process.send_signal(signal.SIGINT)
    process.wait(20)


def test_the_walk(place):
    pytest.importorskip('onnxscript')
    walk = commands()
    assert len(walk) == 14
    first = None
    for words in walk:
        out = run(words, place)
        if words[1] == 'tools/data/make_lists.py':
            test = (place / 'data/mine/test.txt').read_text()
            first = first or test
            assert test == first  # more labels leave it as it is
    assert out.splitlines()[0].split()[0] in ('brighter', 'darker')
    labelled = (place / 'data/mine/labelled.txt').read_text().splitlines()
    assert len(labelled) == 14 + 10
    with open(place / 'answers.csv', newline='') as file:
        answers = list(csv.DictReader(file))
    assert len(answers) == 40 and {row['class'] for row in answers} <= {'brighter', 'darker'}
